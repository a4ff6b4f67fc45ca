/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "read_ahead.h"

#include <cairn/math.h>

enum { SMALL_READ = 2 * FW_AHEAD_SHORT_BYTES };

struct window {
	uint8_t *data;
	const struct fw_block *disk;
	uint64_t lba, n;   /* n == 0: empty */
	uint64_t bytes;    /* how much was wanted last */
	uint64_t last_use; /* the number of a read */
};

static struct {
	struct window large, small[FW_AHEAD_SHORTS];
	uint64_t reads;             /* 0: nothing is read ahead */
	const struct fw_block *bad; /* a read ahead failed: not again, a time limit may be long */
} ahead;

void fw_ahead_open_(void *memory)
{
	uint8_t *at = memory;

	memset(&ahead, 0, sizeof(ahead));
	if (!memory)
		return;
	ahead.reads = 1;
	ahead.large.data = at;
	for (uint32_t i = 0; i < FW_AHEAD_SHORTS; i++)
		ahead.small[i].data = at + FW_AHEAD_LONG_BYTES + i * FW_AHEAD_SHORT_BYTES;
}

static bool has(const struct window *w, const struct fw_block *b, uint64_t lba, uint64_t n)
{
	return w->disk == b && lba >= w->lba && lba - w->lba <= w->n && n <= w->n - (lba - w->lba);
}

/* The window that has n blocks; n == 0: or ends there. NULL: none. */
static struct window *find(const struct fw_block *b, uint64_t lba, uint64_t n)
{
	if (has(&ahead.large, b, lba, n))
		return &ahead.large;
	for (uint32_t i = 0; i < FW_AHEAD_SHORTS; i++)
		if (has(&ahead.small[i], b, lba, n))
			return &ahead.small[i];
	return NULL;
}

static struct window *least_recent(void)
{
	struct window *w = &ahead.small[0];

	for (uint32_t i = 1; i < FW_AHEAD_SHORTS; i++)
		if (ahead.small[i].last_use < w->last_use)
			w = &ahead.small[i];
	return w;
}

/* The window that bytes from a block on are to be read into, and how many in all. */
static struct window *choose(const struct fw_block *b, uint64_t lba, uint64_t bytes,
			     uint64_t *ret_bytes)
{
	struct window *before = find(b, lba, 0);

	*ret_bytes = FW_AHEAD_SHORT_BYTES;
	if (before && (before == &ahead.large || before->last_use > ahead.large.last_use)) {
		*ret_bytes = cairn_min_u64(2 * before->bytes, FW_AHEAD_LONG_BYTES);
		before->n = before->last_use = 0; /* the next to be filled */
	} else if (bytes <= FW_AHEAD_SHORT_BYTES) {
		return before ? before : least_recent();
	}
	if (*ret_bytes < bytes)
		*ret_bytes = bytes;
	return &ahead.large;
}

static struct window *fill(struct fw_block *b, uint64_t lba, uint64_t n)
{
	uint64_t bytes;
	struct window *w = choose(b, lba, n * b->block_bytes, &bytes);

	n = cairn_min_u64(bytes / b->block_bytes, b->n_blocks - lba);
	w->n = 0;
	if (b->ops->read(b, lba, w->data, (uint32_t)n) < 0) {
		ahead.bad = b;
		return NULL;
	}
	b->requests++;
	b->bytes_read += n * b->block_bytes;
	w->disk = b;
	w->lba = lba;
	w->n = n;
	w->bytes = bytes;
	return w;
}

bool fw_ahead_read_(struct fw_block *b, uint64_t lba, void *dst, uint64_t n)
{
	struct window *w;

	if (ahead.reads == 0 || n > SMALL_READ / b->block_bytes || ahead.bad == b)
		return false;
	w = find(b, lba, n);
	if (!w)
		w = fill(b, lba, n);
	if (!w)
		return false;
	w->last_use = ahead.reads++;
	memcpy(dst, w->data + (lba - w->lba) * b->block_bytes, n * b->block_bytes);
	return true;
}

static void forget(struct window *w, const struct fw_block *b, uint64_t lba, uint64_t n)
{
	if (w->disk == b && lba < w->lba + w->n && w->lba < lba + n)
		w->n = w->last_use = 0;
}

void fw_ahead_forget_(const struct fw_block *b, uint64_t lba, uint64_t n)
{
	forget(&ahead.large, b, lba, n);
	for (uint32_t i = 0; i < FW_AHEAD_SHORTS; i++)
		forget(&ahead.small[i], b, lba, n);
}
