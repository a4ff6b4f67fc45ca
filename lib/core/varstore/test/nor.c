/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdlib.h>

#include "nor.h"

#define PIECE 64u

/* False: the power is gone. ret_torn: in the middle of this step. */
static bool step(struct nor *n, bool *ret_torn)
{
	*ret_torn = false;
	if (n->left == NOR_FOREVER) {
		n->steps++;
		return true;
	}
	if (n->left == 0)
		return false;
	n->left--;
	n->steps++;
	*ret_torn = n->is_torn && n->left == 0;
	return true;
}

static int nor_read(void *ctx, uint32_t at, void *dst, uint32_t len)
{
	struct nor *n = ctx;

	if (at > n->len || len > n->len - at)
		abort();
	memcpy(dst, n->bytes + at, len);
	return 0;
}

static int nor_program(void *ctx, uint32_t at, const void *src, uint32_t len)
{
	const uint8_t *s = src;
	struct nor *n = ctx;
	bool torn;

	if (at > n->len || len > n->len - at)
		abort();
	for (uint32_t i = 0; i < len; i++) {
		uint8_t *d = &n->bytes[at + i];

		if (!step(n, &torn))
			return -EIO;
		n->wrongs += (s[i] & ~*d) != 0 || (*d != 0xff && s[i] != 0xff);
		if (!n->is_stuck)
			*d &= torn ? s[i] | 0x5a : s[i];
		if (torn)
			return -EIO;
	}
	return 0;
}

static int nor_erase(void *ctx, uint32_t at, uint32_t len)
{
	struct nor *n = ctx;
	bool torn;

	if (at % n->block_bytes || len % n->block_bytes || at > n->len || len > n->len - at)
		abort();
	for (uint32_t off = 0; off < len; off += PIECE) {
		if (!step(n, &torn))
			return -EIO;
		if (!n->is_stuck)
			memset(n->bytes + at + off, torn ? 0xa5 : 0xff, PIECE);
		if (torn)
			return -EIO;
	}
	return 0;
}

void nor_init(struct nor *n, uint32_t half_bytes, uint32_t block_bytes)
{
	*n = (struct nor){ .bytes = malloc(2 * half_bytes),
			   .len = 2 * half_bytes,
			   .block_bytes = block_bytes,
			   .left = NOR_FOREVER };
	if (!n->bytes)
		abort();
	memset(n->bytes, 0xff, n->len);
}

void nor_fini(struct nor *n)
{
	free(n->bytes);
	n->bytes = NULL;
}

struct cairn_varstore_region nor_region(struct nor *n)
{
	return (struct cairn_varstore_region){ .read = nor_read,
					       .program = nor_program,
					       .erase = nor_erase,
					       .ctx = n,
					       .block_bytes = n->block_bytes,
					       .bytes = n->len };
}
