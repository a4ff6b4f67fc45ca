/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * guest_irq.h - guests that are interrupted. Their handler writes what came (2 bytes) at 0x9010,
 * ends the interrupt, and writes 0x66 (1 byte) at 0x9020. In between they read a byte at 0x9030.
 * <architecture>/guest_irq.c has them.
 */
#ifndef GUEST_IRQ_H
#define GUEST_IRQ_H

#include "guest_test.h"

enum { GUEST_LINE = 5 };

struct guest_message {
	uint64_t addr;
	uint32_t data, devid;
};

/* What the handler says of GUEST_LINE, and of messages 0 and 1. */
extern const uint32_t guest_line_says, guest_message_says[2];

/* Takes GUEST_LINE as an edge or a level. */
struct guest guest_line(bool is_level);
/* From now on it waits for an interrupt before each read. */
void guest_halts(struct guest *g);
/* False: this hypervisor has no messages. */
bool guest_has_messages(void);
/* Takes messages 0 and 1. */
struct guest guest_messages(void);
/* Where those go. */
struct guest_message guest_message(unsigned which);

/* The next write. The guest polls until it is interrupted, however late the host brings it. */
static inline void guest_expect_polling(struct guest *g, uint64_t addr, uint64_t value)
{
	for (int polls = 0; polls < 1000000; polls++) {
		guest_run(g, CAIRN_HV_EXIT_MMIO);
		if (g->e->is_write)
			break;
		assert_int_equal(g->e->addr, 0x9030);
	}
	assert_true(g->e->is_write);
	assert_int_equal(g->e->addr, addr);
	assert_int_equal(cairn_le_load(g->e->data, g->e->len), value);
}

static inline void guest_expect_interrupt(struct guest *g, uint32_t says)
{
	guest_expect_polling(g, 0x9010, says);
	guest_expect_polling(g, 0x9020, 0x66);
}

/* The guest goes on polling. */
static inline void guest_expect_silence(struct guest *g)
{
	for (int polls = 0; polls < 5; polls++) {
		guest_run(g, CAIRN_HV_EXIT_MMIO);
		assert_false(g->e->is_write);
	}
}

#endif
