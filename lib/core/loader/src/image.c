/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "internal.h"

#include <cairn/le.h>
#include <cairn/loader_linux.h>
#include <cairn/math.h>

static int mem_read_at(void *ctx, uint64_t off, void *dst, size_t len)
{
	memcpy(dst, (const uint8_t *)ctx + off, len);
	return 0;
}

struct cairn_image cairn_loader_image_mem(const void *bytes, size_t len)
{
	return (struct cairn_image){ .read_at = mem_read_at,
				     .size_bytes = len,
				     .ctx = (void *)(uintptr_t)bytes };
}

int cairn_loader_read_(const struct cairn_image *image, uint64_t off, void *dst, size_t len,
		       const char *beyond, struct cairn_err *err)
{
	int ret;

	if (!cairn_in_range(off, len, image->size_bytes))
		return cairn_err_set(err, EPROTO, beyond, off);
	ret = image->read_at(image->ctx, off, dst, len);
	if (ret < 0)
		return cairn_err_set(err, -ret, "cannot read the file", off);
	return 0;
}

int cairn_loader_write_(const struct cairn_load_sink *sink, uint64_t at, const void *src,
			size_t len, struct cairn_err *err)
{
	int ret = sink->write(sink->ctx, cairn_gpa_of(at), src, len);

	if (ret < 0)
		return cairn_err_set(err, -ret, "cannot write guest memory", at);
	return 0;
}

int cairn_loader_zero_(const struct cairn_load_sink *sink, uint64_t at, uint64_t len,
		       struct cairn_err *err)
{
	int ret = len ? sink->zero(sink->ctx, cairn_gpa_of(at), len) : 0;

	if (ret < 0)
		return cairn_err_set(err, -ret, "cannot write guest memory", at);
	return 0;
}

static int copy_through_buffer(const struct cairn_load_sink *sink, uint64_t at,
			       const struct cairn_image *image, uint64_t off, uint64_t len,
			       struct cairn_err *err)
{
	uint8_t buf[1024];

	while (len) {
		size_t n = (size_t)cairn_min_u64(len, sizeof(buf));
		int ret = cairn_loader_read_(image, off, buf, n, "", err);

		if (ret == 0)
			ret = cairn_loader_write_(sink, at, buf, n, err);
		if (ret < 0)
			return ret;
		at += n;
		off += n;
		len -= n;
	}
	return 0;
}

int cairn_loader_copy(const struct cairn_load_sink *sink, cairn_gpa at,
		      const struct cairn_image *image, uint64_t off, uint64_t len_bytes,
		      struct cairn_err *err)
{
	cairn_gpa end;
	int ret;

	if (!cairn_in_range(off, len_bytes, image->size_bytes))
		return cairn_err_set(err, EPROTO, "file is shorter than its headers say", off);
	if (!cairn_gpa_add(at, len_bytes, &end))
		return cairn_err_set(err, EFAULT, "does not fit into the address space", at.v);
	if (!sink->read_from)
		return copy_through_buffer(sink, at.v, image, off, len_bytes, err);
	ret = sink->read_from(sink->ctx, at, image, off, len_bytes);
	if (ret < 0)
		return cairn_err_set(err, -ret, "cannot copy the file into guest memory", off);
	return 0;
}

static const struct {
	uint8_t len;
	uint8_t magic[CAIRN_PAYLOAD_MAGIC_BYTES];
	const char *name;
} payloads[] = {
	[CAIRN_PAYLOAD_UNKNOWN] = { 0, { 0 }, "unknown" },
	[CAIRN_PAYLOAD_GZIP] = { 2, { 0x1f, 0x8b }, "gzip" },
	[CAIRN_PAYLOAD_XZ] = { 6, { 0xfd, '7', 'z', 'X', 'Z', 0 }, "xz" },
	[CAIRN_PAYLOAD_ZSTD] = { 4, { 0x28, 0xb5, 0x2f, 0xfd }, "zstd" },
	[CAIRN_PAYLOAD_LZ4_LEGACY] = { 4, { 0x02, 0x21, 0x4c, 0x18 }, "lz4" },
	[CAIRN_PAYLOAD_BZIP2] = { 3, { 'B', 'Z', 'h' }, "bzip2" },
	[CAIRN_PAYLOAD_LZMA] = { 3, { 0x5d, 0, 0 }, "lzma" },
	[CAIRN_PAYLOAD_LZO] = { 9, { 0x89, 'L', 'Z', 'O', 0, 0x0d, 0x0a, 0x1a, 0x0a }, "lzo" },
};

enum cairn_payload_kind cairn_loader_payload_kind(const uint8_t *first, size_t len)
{
	for (size_t i = CAIRN_PAYLOAD_GZIP; i < CAIRN_ARRAY_LEN(payloads); i++)
		if (len >= payloads[i].len &&
		    memcmp(first, payloads[i].magic, payloads[i].len) == 0)
			return (enum cairn_payload_kind)i;
	return CAIRN_PAYLOAD_UNKNOWN;
}

const char *cairn_loader_payload_name(enum cairn_payload_kind kind)
{
	return payloads[(size_t)kind < CAIRN_ARRAY_LEN(payloads) ? kind : 0].name;
}

int cairn_loader_probe(const struct cairn_image *image, enum cairn_kernel_kind *ret_kind,
		       struct cairn_err *err)
{
	static const uint8_t elf_magic[4] = { 0x7f, 'E', 'L', 'F' };
	static const uint8_t zboot_magic[8] = { 'M', 'Z', 0, 0, 'z', 'i', 'm', 'g' };
	enum { BOOT_FLAG_AT = 0x1fe, MAGIC_AT = 0x202, PROBED = 0x206 };
	size_t n = (size_t)cairn_min_u64(image->size_bytes, PROBED);
	uint8_t head[PROBED] = { 0 };
	int ret = cairn_loader_read_(image, 0, head, n, "", err);
	uint64_t magic;

	if (ret < 0)
		return ret;
	magic = cairn_le_load(head + CAIRN_KIMAGE_MAGIC_AT_, 4);
	*ret_kind = CAIRN_KERNEL_UNKNOWN;
	if (memcmp(head, elf_magic, sizeof(elf_magic)) == 0)
		*ret_kind = CAIRN_KERNEL_ELF;
	else if (cairn_le_load(head + BOOT_FLAG_AT, 2) == CAIRN_LINUX_BOOT_FLAG &&
		 cairn_le_load(head + MAGIC_AT, 4) == CAIRN_LINUX_HEADER_MAGIC)
		*ret_kind = CAIRN_KERNEL_BZIMAGE;
	else if (magic == CAIRN_KIMAGE_MAGIC_ARM64_ || magic == CAIRN_KIMAGE_MAGIC_RISCV64_)
		*ret_kind = CAIRN_KERNEL_KIMAGE;
	else if (memcmp(head, zboot_magic, sizeof(zboot_magic)) == 0)
		*ret_kind = CAIRN_KERNEL_ZBOOT;
	else if (cairn_loader_payload_kind(head, n) != CAIRN_PAYLOAD_UNKNOWN)
		*ret_kind = CAIRN_KERNEL_STREAM;
	return 0;
}
