/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "read_ahead.h"

#include <cairn/math.h>

enum { SMALL = FW_AHEAD_BYTES / 8, FIRST = 64 << 10 };

static struct {
	uint8_t *data; /* NULL: nothing is read ahead */
	const struct fw_block *disk;
	uint64_t lba, n;            /* n == 0: empty */
	uint64_t bytes;             /* how much was read ahead last */
	const struct fw_block *bad; /* a read ahead failed: not again, a time limit may be long */
} window;

void fw_ahead_open_(void *memory)
{
	memset(&window, 0, sizeof(window));
	window.data = memory;
}

static bool has(const struct fw_block *b, uint64_t lba, uint64_t n)
{
	return window.disk == b && lba >= window.lba && lba - window.lba <= window.n &&
	       n <= window.n - (lba - window.lba);
}

static bool fill(struct fw_block *b, uint64_t lba, uint64_t n)
{
	uint64_t bytes = FIRST;

	if (has(b, lba, 0)) /* at its end */
		bytes = cairn_min_u64(2 * window.bytes, FW_AHEAD_BYTES);
	if (bytes < n * b->block_bytes)
		bytes = n * b->block_bytes;
	n = cairn_min_u64(bytes / b->block_bytes, b->n_blocks - lba);
	window.n = 0;
	if (b->ops->read(b, lba, window.data, (uint32_t)n) < 0) {
		window.bad = b;
		return false;
	}
	b->requests++;
	b->bytes_read += n * b->block_bytes;
	window.disk = b;
	window.lba = lba;
	window.n = n;
	window.bytes = bytes;
	return true;
}

bool fw_ahead_read_(struct fw_block *b, uint64_t lba, void *dst, uint64_t n)
{
	if (!window.data || n > SMALL / b->block_bytes || window.bad == b)
		return false;
	if (!has(b, lba, n) && !fill(b, lba, n))
		return false;
	memcpy(dst, window.data + (lba - window.lba) * b->block_bytes, n * b->block_bytes);
	return true;
}

void fw_ahead_forget_(const struct fw_block *b, uint64_t lba, uint64_t n)
{
	if (window.disk == b && lba < window.lba + window.n && window.lba < lba + n)
		window.n = 0;
}
