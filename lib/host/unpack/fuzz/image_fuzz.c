/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A kernel file that may be a compressed Image, from its header to the unpacked bytes. First byte
 * even: the rest is the file. Odd: the rest is the payload of a zboot file whose compression the
 * next byte names.
 */
#include <stdlib.h>

#include <cairn/le.h>
#include <cairn/loader_packed.h>
#include <cairn/unpack.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LIMIT  (1u << 16)
#define HEADER 64

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* A copy of its own size, so that ASan sees a read beyond it. */
static uint8_t *make_file(const uint8_t *data, size_t size, size_t *ret_len)
{
	static const char names[8][8] = { "gzip", "xz", "zstd", "lz4", "lzma", "lzo", "xzkern" };
	bool is_zboot = data[0] & 1;
	size_t head = is_zboot ? HEADER : 0, len = head + size - 2;
	uint8_t *file = calloc(1, len ? len : 1);

	check(file != NULL);
	memcpy(file + head, data + 2, size - 2);
	if (is_zboot) {
		memcpy(file, "MZ\0\0zimg", 8);
		cairn_le_store(file + 8, 4, HEADER);
		cairn_le_store(file + 12, 4, size - 2);
		memcpy(file + 24, names[data[1] % 8], sizeof(names[0]));
	}
	*ret_len = len;
	return file;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_unpack_kernel k = { 0 };
	struct cairn_err err = { 0 };
	struct cairn_payload p;
	struct cairn_image image;
	uint8_t *file;
	size_t len;
	int ret;

	if (size < 2)
		return 0;
	file = make_file(data, size, &len);
	image = cairn_loader_image_mem(file, len);
	ret = cairn_loader_packed_parse(&image, &p, &err);
	if (ret == 0) {
		check(p.off <= len && p.bytes <= len - p.off && p.kind != CAIRN_PAYLOAD_UNKNOWN);
		ret = cairn_unpack_kernel_open(&image, &p, LIMIT, &k, &err);
	}
	if (ret == 0)
		check(k.bytes && k.len && k.len <= LIMIT);
	else
		check((ret == -EPROTO || ret == -ENOSPC || ret == -ENOTSUP || ret == -ENOMEM) &&
		      err.code == -ret && err.what && !k.bytes);
	cairn_unpack_kernel_close(&k);
	free(file);
	return 0;
}
