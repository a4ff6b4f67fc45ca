/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Blocks out of pieces, and the padding (FIPS 180-4, 5.1). */
#include "internal.h"

CAIRN_RESIDENT uint32_t cairn_hash_size(enum cairn_hash_kind kind)
{
	static const uint8_t sizes[] CAIRN_RESIDENT_DATA = {
		[CAIRN_SHA1] = 20,
		[CAIRN_SHA256] = 32,
		[CAIRN_SHA384] = 48,
		[CAIRN_SHA512] = 64,
	};

	return sizes[kind];
}

CAIRN_RESIDENT static bool is_short(const struct cairn_hash *h)
{
	return h->kind == CAIRN_SHA1 || h->kind == CAIRN_SHA256;
}

CAIRN_RESIDENT static uint32_t block_bytes(const struct cairn_hash *h)
{
	return is_short(h) ? CAIRN_HASH_SHORT_BLOCK : CAIRN_HASH_LONG_BLOCK;
}

CAIRN_RESIDENT static void compress(struct cairn_hash *h, const uint8_t *block)
{
	if (h->kind == CAIRN_SHA1)
		cairn_hash_sha1_(h->state, block);
	else if (h->kind == CAIRN_SHA256)
		cairn_hash_sha256_(h->state, block);
	else
		cairn_hash_sha512_(h->state, block);
}

CAIRN_RESIDENT void cairn_hash_init(struct cairn_hash *h, enum cairn_hash_kind kind)
{
	h->kind = kind;
	h->total_bytes = 0;
	cairn_hash_start_(h->state, kind);
}

CAIRN_RESIDENT void cairn_hash_update(struct cairn_hash *h, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint32_t size = block_bytes(h);

	while (n) {
		uint32_t filled = (uint32_t)(h->total_bytes % size);
		size_t take = n < size - filled ? n : size - filled;

		if (take == size) {
			compress(h, p);
		} else {
			memcpy(h->block + filled, p, take);
			if (filled + take == size)
				compress(h, h->block);
		}
		h->total_bytes += take;
		p += take;
		n -= take;
	}
}

CAIRN_RESIDENT void cairn_hash_final(struct cairn_hash *h, uint8_t *ret_digest)
{
	uint32_t size = block_bytes(h), filled = (uint32_t)(h->total_bytes % size);
	uint32_t length_at = size - size / 8, word = is_short(h) ? 4 : 8;
	uint64_t bits = h->total_bytes * 8;

	h->block[filled++] = 0x80;
	if (filled > length_at) {
		memset(h->block + filled, 0, size - filled);
		compress(h, h->block);
		filled = 0;
	}
	memset(h->block + filled, 0, size - filled);
	for (uint32_t i = 0; i < 8; i++)
		h->block[size - 1 - i] = (uint8_t)(bits >> 8 * i);
	compress(h, h->block);
	for (uint32_t i = 0; i < cairn_hash_size(h->kind); i++)
		ret_digest[i] = (uint8_t)(h->state[i / word] >> 8 * (word - 1 - i % word));
}

CAIRN_RESIDENT void cairn_hash_bytes(enum cairn_hash_kind kind, const void *bytes, size_t n,
				     uint8_t *ret_digest)
{
	struct cairn_hash h;

	cairn_hash_init(&h, kind);
	cairn_hash_update(&h, bytes, n);
	cairn_hash_final(&h, ret_digest);
}
