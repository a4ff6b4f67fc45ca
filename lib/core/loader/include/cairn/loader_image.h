/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loader_image.h - where a kernel is read from and where it is written to, as the loader sees them.
 *
 * The image is hostile: it may be anything, and it may change while it is read. Each structure in
 * it is read once into a private copy and checked there. The sink is guest memory before the guest
 * runs; the program adapts its own memory object in a few lines.
 */
#ifndef CAIRN_LOADER_IMAGE_H
#define CAIRN_LOADER_IMAGE_H

#include <cairn/env.h>
#include <cairn/err.h>
#include <cairn/gpa.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that can be read at any offset: a file, a piece of memory. */
struct cairn_image {
	/*
	 * Reads exactly len bytes at off into dst. The loader asks only for what lies inside
	 * size_bytes. Returns 0, or a negative errno; fewer bytes than asked for is -EIO.
	 */
	int (*read_at)(void *ctx, uint64_t off, void *dst, size_t len);
	uint64_t size_bytes;
	void *ctx;
};

/* Guest memory to be filled. Each function checks the range and returns 0 or a negative errno. */
struct cairn_load_sink {
	int (*write)(void *ctx, cairn_gpa at, const void *src, size_t len);
	/* The bytes must read as zero afterwards; may do nothing where they already are. */
	int (*zero)(void *ctx, cairn_gpa at, uint64_t len_bytes);
	/*
	 * Reads image bytes straight into guest memory. NULL: the loader goes through a small
	 * buffer and write().
	 */
	int (*read_from)(void *ctx, cairn_gpa at, const struct cairn_image *image, uint64_t off,
			 uint64_t len_bytes);
	void *ctx;
};

/* An image over memory that outlives it. Any thread. */
struct cairn_image cairn_loader_image_mem(const void *bytes, size_t len);

/*
 * cairn_loader_copy() - image bytes into guest memory (an initial RAM disk, a segment).
 *
 * Returns 0, -EPROTO (the range lies outside the image), or what the image or the sink returned.
 * After a failure part of the range may be written. Cost O(len_bytes).
 */
CAIRN_MUST_USE int cairn_loader_copy(const struct cairn_load_sink *sink, cairn_gpa at,
				     const struct cairn_image *image, uint64_t off,
				     uint64_t len_bytes, struct cairn_err *err);

enum cairn_kernel_kind {
	CAIRN_KERNEL_UNKNOWN,
	CAIRN_KERNEL_ELF,     /* begins as an ELF file does; class and machine are not looked at */
	CAIRN_KERNEL_BZIMAGE, /* has the signature of the Linux/x86 boot protocol */
	CAIRN_KERNEL_KIMAGE,  /* has the magic of an arm64 or a riscv64 Image */
	CAIRN_KERNEL_ZBOOT,   /* begins as EFI zboot does */
	CAIRN_KERNEL_STREAM,  /* begins as one of the payloads below does */
};

/*
 * cairn_loader_probe() - what kind of kernel an image claims to be.
 *
 * Returns 0 (also for an empty image: CAIRN_KERNEL_UNKNOWN), or what the image returned.
 */
CAIRN_MUST_USE int cairn_loader_probe(const struct cairn_image *image,
				      enum cairn_kernel_kind *ret_kind, struct cairn_err *err);

/* How the kernel proper inside its file is compressed. */
enum cairn_payload_kind {
	CAIRN_PAYLOAD_UNKNOWN,
	CAIRN_PAYLOAD_GZIP,
	CAIRN_PAYLOAD_XZ,
	CAIRN_PAYLOAD_ZSTD,
	CAIRN_PAYLOAD_LZ4_LEGACY, /* blocks of 8 MiB, each behind its length; no checksums */
	CAIRN_PAYLOAD_BZIP2,
	CAIRN_PAYLOAD_LZMA,
	CAIRN_PAYLOAD_LZO,
};

#define CAIRN_PAYLOAD_MAGIC_BYTES 9

struct cairn_payload {
	enum cairn_payload_kind kind; /* UNKNOWN: none described, or no known magic */
	uint64_t off, bytes;          /* the compressed stream alone, in the file */
	uint32_t unpacked_bytes;      /* as the build noted it; the file may lie. 0: not said */
};

/* The kind by the first bytes, CAIRN_PAYLOAD_MAGIC_BYTES of them or fewer. No side effect. */
enum cairn_payload_kind cairn_loader_payload_kind(const uint8_t *first, size_t len);
/* "gzip", "xz" … for messages. A string literal. */
const char *cairn_loader_payload_name(enum cairn_payload_kind kind);

#ifdef __cplusplus
}
#endif
#endif
