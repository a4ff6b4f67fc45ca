/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* fakes.h - an interrupt line that counts its edges, and doorbells that remember what was bound. */
#ifndef MMIO_TEST_FAKES_H
#define MMIO_TEST_FAKES_H

#include <cairn/virtio_mmio.h>

#define FAKE_BASE  UINT64_C(0xd0000000)
#define FAKE_BELLS 64

struct fake_line {
	struct cairn_irq_line line;
	unsigned int edges; /* atomic */
	bool high;          /* atomic */
	unsigned int puts;
};

struct fake_bells {
	int answer; /* of add, from the fail_from-th on */
	unsigned int fail_from;
	unsigned int n;
	struct {
		uint64_t addr, match;
		uint8_t len;
		int fd;
	} bell[FAKE_BELLS];
};

static inline int fake_line_set(struct cairn_irq_line *l, bool high)
{
	struct fake_line *f = cairn_container_of(l, struct fake_line, line);

	if (high && !__atomic_exchange_n(&f->high, true, __ATOMIC_SEQ_CST))
		__atomic_add_fetch(&f->edges, 1, __ATOMIC_SEQ_CST);
	if (!high)
		__atomic_store_n(&f->high, false, __ATOMIC_SEQ_CST);
	return 0;
}

static inline void fake_line_put(struct cairn_irq_line *l)
{
	cairn_container_of(l, struct fake_line, line)->puts++;
}

static const struct cairn_irq_line_ops fake_line_ops = { .set = fake_line_set,
							 .put = fake_line_put };

static inline int fake_add(void *ctx, bool pio, uint64_t addr, uint8_t len, const uint64_t *match,
			   int fd)
{
	struct fake_bells *b = ctx;

	if (b->answer && b->n >= b->fail_from)
		return b->answer;
	b->bell[b->n].addr = addr;
	b->bell[b->n].match = *match;
	b->bell[b->n].len = len;
	b->bell[b->n].fd = fd;
	b->n++;
	return 0;
}

static inline int fake_del(void *ctx, bool pio, uint64_t addr, uint8_t len, const uint64_t *match,
			   int fd)
{
	struct fake_bells *b = ctx;

	for (unsigned int i = 0; i < b->n; i++) {
		if (b->bell[i].addr != addr || b->bell[i].match != *match || b->bell[i].fd != fd)
			continue;
		b->bell[i] = b->bell[--b->n];
		return 0;
	}
	return -ENOENT;
}

/* One register access as the bus makes it. */
static inline uint32_t fake_read(struct cairn_virtio_mmio *m, uint64_t off)
{
	uint64_t value = 0;

	(void)cairn_virtio_mmio_bus_ops.read(m, off, 4, &value);
	return (uint32_t)value;
}

static inline void fake_write(struct cairn_virtio_mmio *m, uint64_t off, uint32_t value)
{
	(void)cairn_virtio_mmio_bus_ops.write(m, off, 4, value);
}

#endif
