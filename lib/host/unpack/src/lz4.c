/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The legacy LZ4 frame: a magic number, then blocks of at most 8 MiB of output, each behind its
 * compressed length, to the end of the data. LZ4's lz4_Frame_format.md, "Legacy frame".
 */
#include "codec.h"

#include <stdlib.h>
#include <lz4.h>

#include <cairn/le.h>
#include <cairn/loader_image.h>
#include <cairn/math.h>

enum { MAGIC_BYTES = 4, BLOCK_MAX = 8 << 20, PACKED_MAX = LZ4_COMPRESSBOUND(BLOCK_MAX) };

struct lz4 {
	const struct cairn_image *image;
	uint64_t at, left;
	uint8_t *packed; /* one block */
};

static int read_block(struct lz4 *z, uint32_t *ret_len, struct cairn_err *err)
{
	cairn_le32 len_wire;
	uint32_t len;
	int ret;

	if (z->left < sizeof(len_wire))
		return cairn_err_set(err, EPROTO, "compressed data is cut short", z->at);
	ret = z->image->read_at(z->image->ctx, z->at, &len_wire, sizeof(len_wire));
	if (ret < 0)
		return cairn_err_set(err, -ret, "cannot read the file", z->at);
	len = cairn_le32_get(len_wire);
	if (len > PACKED_MAX)
		return cairn_err_set(err, EPROTO, "compressed data is damaged", z->at);
	z->at += sizeof(len_wire);
	z->left -= sizeof(len_wire);
	if (len > z->left)
		return cairn_err_set(err, EPROTO, "compressed data is cut short", z->at);
	ret = z->image->read_at(z->image->ctx, z->at, z->packed, len);
	if (ret < 0)
		return cairn_err_set(err, -ret, "cannot read the file", z->at);
	z->at += len;
	z->left -= len;
	*ret_len = len;
	return 0;
}

/* The decoder failed: was it for room? Then the block is good where there is enough. */
static bool is_block_good(const uint8_t *packed, uint32_t len)
{
	char *scratch = malloc(BLOCK_MAX);
	bool good =
	    scratch && LZ4_decompress_safe((const char *)packed, scratch, (int)len, BLOCK_MAX) >= 0;

	free(scratch);
	return good;
}

static int unpack_blocks(struct lz4 *z, uint8_t *dst, size_t cap, size_t *ret_len,
			 struct cairn_err *err)
{
	size_t done = 0;

	while (z->left) {
		uint64_t at = z->at;
		uint32_t len = 0;
		int room = (int)cairn_min_u64(cap - done, BLOCK_MAX), n;
		int ret = read_block(z, &len, err);

		if (ret < 0)
			return ret;
		n = LZ4_decompress_safe((const char *)z->packed, (char *)dst + done, (int)len,
					room);
		if (n < 0 && room < BLOCK_MAX && is_block_good(z->packed, len))
			return cairn_err_set(err, ENOSPC, "unpacks to more bytes than allowed",
					     cap);
		if (n < 0)
			return cairn_err_set(err, EPROTO, "compressed data is damaged", at);
		done += (size_t)n;
	}
	*ret_len = done;
	return 0;
}

int cairn_unpack_lz4_(const struct cairn_image *image, uint64_t off, uint64_t len, void *dst,
		      size_t cap, size_t *ret_len, struct cairn_err *err)
{
	struct lz4 z = { .image = image, .at = off + MAGIC_BYTES, .left = len - MAGIC_BYTES };
	int ret;

	z.packed = malloc((size_t)cairn_min_u64(PACKED_MAX, len));
	if (!z.packed)
		return cairn_err_set(err, ENOMEM, "no memory to unpack", len);
	ret = unpack_blocks(&z, dst, cap, ret_len, err);
	free(z.packed);
	return ret;
}
