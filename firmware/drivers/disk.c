/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "disk.h"

struct text {
	char *dst;
	size_t n, cap;
};

static void put(struct text *t, char c)
{
	if (t->n + 1 < t->cap)
		t->dst[t->n++] = c;
}

static void put_text(struct text *t, const char *s)
{
	while (*s)
		put(t, *s++);
}

static void put_hex(struct text *t, uint64_t v)
{
	int shift = 60;

	while (shift > 0 && v >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put(t, "0123456789abcdef"[v >> shift & 15]);
}

void fw_block_name_(struct fw_block *b, const char *kind)
{
	struct text t = { b->name, 0, sizeof(b->name) };
	const struct fw_location *at = &b->at;

	memset(b->name, 0, sizeof(b->name));
	put_text(&t, kind);
	put(&t, ' ');
	if (at->bus == FW_BUS_MMIO) {
		put_text(&t, "0x");
		put_hex(&t, at->mmio_at);
	} else {
		put_hex(&t, at->segment);
	}
	for (uint8_t i = 0; at->bus == FW_BUS_PCI && i < at->path_len; i++) {
		put(&t, i ? '/' : ':');
		put_hex(&t, at->path[i].dev);
		put(&t, '.');
		put_hex(&t, at->path[i].fn);
	}
	if (at->unit) {
		put(&t, '#');
		put_hex(&t, at->unit);
	}
}
