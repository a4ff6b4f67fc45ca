/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * unpack.h - decompress the kernel that a kernel file carries, into a buffer whose size the caller
 * has bounded. The compressed bytes are hostile; the libraries that decode them are the ones that
 * their formats' users use: zlib (RFC 1952), libzstd (RFC 8878), liblzma (.xz 1.1, .lzma), liblz4
 * (legacy frame).
 */
#ifndef CAIRN_UNPACK_H
#define CAIRN_UNPACK_H

#include <cairn/loader_image.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A decoder may take this much memory beside the buffer: .xz files with larger dictionaries fail.
 */
#define CAIRN_UNPACK_MEMORY_MAX (UINT64_C(256) << 20)

/* The most that a payload may unpack to whose file does not say how much it is. */
#define CAIRN_UNPACK_UNSAID_MAX (UINT64_C(1) << 30)

/* Can this kind be unpacked here? No side effect. */
bool cairn_unpack_is_known(enum cairn_payload_kind kind);

/*
 * cairn_unpack_stream() - decompress bytes [off, off + len) of an image.
 *
 * @dst: cap bytes; never is one written beyond them. Undefined contents after a failure.
 * @ret_len: bytes written to dst
 *
 * Returns 0; -ENOTSUP: a kind that is not done here (bzip2, lzo, unknown), or a stream that needs
 * more than CAIRN_UNPACK_MEMORY_MAX; -EPROTO: damaged, cut short, or followed by other bytes;
 * -ENOSPC: unpacks to more than cap (err->at); -ENOMEM; or what the image returned.
 * The input is read front to back, once, in pieces. One call holds at most a few MiB, and for xz
 * and lzma the dictionary. Any thread.
 */
CAIRN_MUST_USE int cairn_unpack_stream(const struct cairn_image *image, uint64_t off, uint64_t len,
				       enum cairn_payload_kind kind, void *dst, size_t cap,
				       size_t *ret_len, struct cairn_err *err);

/* A kernel out of its file: memory of our own, until cairn_unpack_kernel_close(). */
struct cairn_unpack_kernel {
	void *bytes; /* an ELF file, or an Image */
	size_t len;  /* > 0 */
};

/*
 * cairn_unpack_kernel_open() - unpack the payload of a bzImage (cairn_loader_bzimage_parse()), of
 * EFI zboot or of an Image.gz (cairn_loader_packed_parse()).
 *
 * @limit: refuse what unpacks to more bytes than this
 *
 * Returns as cairn_unpack_stream(), with the kind's name in err->what where it is known and not
 * done; -EPROTO also when the size differs from what the file says, or is 0; -ENOSPC also when it
 * exceeds the limit, or CAIRN_UNPACK_UNSAID_MAX where the file does not say; -ENOMEM: no address
 * space. After -ENOTSUP a bzImage may still start by unpacking itself.
 */
CAIRN_MUST_USE int cairn_unpack_kernel_open(const struct cairn_image *image,
					    const struct cairn_payload *p, uint64_t limit,
					    struct cairn_unpack_kernel *ret_kernel,
					    struct cairn_err *err);
/* Gives the memory back. An empty or closed one is fine. */
void cairn_unpack_kernel_close(struct cairn_unpack_kernel *kernel);

#ifdef __cplusplus
}
#endif
#endif
