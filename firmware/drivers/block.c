/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/math.h>
#include <fw/block.h>

#include "read_ahead.h"

int fw_block_read(struct fw_block *b, uint64_t lba, void *dst, uint64_t n)
{
	uint8_t *at = dst;

	if (!cairn_in_range(lba, n, b->n_blocks))
		return -EINVAL;
	if (n && fw_ahead_read_(b, lba, dst, n))
		return 0;
	while (n) {
		uint32_t now = (uint32_t)cairn_min_u64(n, UINT32_MAX);
		int r = b->ops->read(b, lba, at, now);

		if (r < 0)
			return r;
		b->requests++;
		b->bytes_read += (uint64_t)now * b->block_bytes;
		at += (uint64_t)now * b->block_bytes;
		lba += now;
		n -= now;
	}
	return 0;
}

int fw_block_write(struct fw_block *b, uint64_t lba, const void *src, uint64_t n)
{
	const uint8_t *at = src;

	if (b->is_readonly || !b->ops->write)
		return -EROFS;
	if (!cairn_in_range(lba, n, b->n_blocks))
		return -EINVAL;
	fw_ahead_forget_(b, lba, n);
	while (n) {
		uint32_t now = (uint32_t)cairn_min_u64(n, UINT32_MAX);
		int r = b->ops->write(b, lba, at, now);

		if (r < 0)
			return r;
		b->requests++;
		at += (uint64_t)now * b->block_bytes;
		lba += now;
		n -= now;
	}
	return 0;
}

int fw_block_flush(struct fw_block *b)
{
	if (b->is_readonly || !b->ops->flush)
		return 0;
	return b->ops->flush(b);
}

void fw_part_init(struct fw_part *p, struct fw_block *b, uint64_t first, uint64_t n)
{
	p->block = b;
	p->first = first;
	p->n = n;
}

static uint8_t bounce[4096]; /* one block; what is in it is used at once */

/* The next piece of a range of bytes: whole blocks, or what lies in one. Returns its length. */
static size_t piece(const struct fw_part *p, uint64_t off, size_t len, uint64_t *ret_lba,
		    uint32_t *ret_in_block)
{
	uint32_t bytes = p->block->block_bytes;

	*ret_lba = off / bytes;
	*ret_in_block = (uint32_t)(off % bytes);
	if (*ret_in_block == 0 && len >= bytes)
		return len - len % bytes;
	return (size_t)cairn_min_u64(len, bytes - *ret_in_block);
}

static int check(const struct fw_part *p, uint64_t off, size_t len)
{
	if (!cairn_in_range(p->first, p->n, p->block->n_blocks))
		return -EINVAL;
	return cairn_in_range(off, len, p->n * p->block->block_bytes) ? 0 : -EINVAL;
}

static int part_read(void *ctx, uint64_t off, void *dst, size_t len)
{
	const struct fw_part *p = ctx;
	uint32_t bytes = p->block->block_bytes, in_block;
	uint8_t *to = dst;
	uint64_t lba;
	int r = check(p, off, len);

	while (len && r == 0) {
		size_t now = piece(p, off, len, &lba, &in_block);

		if (now >= bytes) {
			r = fw_block_read(p->block, p->first + lba, to, now / bytes);
		} else {
			r = fw_block_read(p->block, p->first + lba, bounce, 1);
			if (r == 0)
				memcpy(to, bounce + in_block, now);
		}
		to += now;
		off += now;
		len -= now;
	}
	return r;
}

struct cairn_image fw_part_image(struct fw_part *p)
{
	return (struct cairn_image){ .read_at = part_read,
				     .size_bytes = p->n * p->block->block_bytes,
				     .ctx = p };
}

static int write_within(struct fw_block *b, uint64_t lba, uint32_t in_block, const void *src,
			size_t len)
{
	int r = fw_block_read(b, lba, bounce, 1);

	if (r < 0)
		return r;
	memcpy(bounce + in_block, src, len);
	return fw_block_write(b, lba, bounce, 1);
}

int fw_part_write(const struct fw_part *p, uint64_t off, const void *src, size_t len)
{
	uint32_t bytes = p->block->block_bytes, in_block;
	const uint8_t *from = src;
	uint64_t lba;
	int r = check(p, off, len);

	while (len && r == 0) {
		size_t now = piece(p, off, len, &lba, &in_block);

		lba += p->first;
		if (now >= bytes)
			r = fw_block_write(p->block, lba, from, now / bytes);
		else
			r = write_within(p->block, lba, in_block, from, now);
		from += now;
		off += now;
		len -= now;
	}
	return r;
}
