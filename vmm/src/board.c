/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <string.h>
#include <time.h>

#include "board.h"

void board_serial_sink(void *board, const uint8_t *bytes, size_t n)
{
	struct board *b = board;

	for (size_t i = 0; i < n && b->n_pending < BOARD_PENDING; i++)
		b->pending[b->n_pending++] = bytes[i];
}

static void unlock_and_emit(struct board *b)
{
	uint8_t bytes[BOARD_PENDING];
	size_t n = b->n_pending;

	memcpy(bytes, b->pending, n);
	b->n_pending = 0;
	pthread_mutex_unlock(&b->lock);
	if (n && (b->machine->options->console == CONSOLE_SERIAL ||
		  b->machine->options->console == CONSOLE_FILE))
		console_output(b->machine->console, bytes, n);
}

static enum cairn_io locked_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct board_region *r = ctx;
	enum cairn_io io;

	pthread_mutex_lock(&r->board->lock);
	io = r->ops->read(r->ctx, off, len, ret_value);
	unlock_and_emit(r->board);
	return io;
}

static enum cairn_io locked_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct board_region *r = ctx;
	enum cairn_io io;

	pthread_mutex_lock(&r->board->lock);
	io = r->ops->write(r->ctx, off, len, value);
	unlock_and_emit(r->board);
	return io;
}

const struct cairn_bus_ops board_ops = { .read = locked_read, .write = locked_write };

void board_init(struct board *b, struct machine *m)
{
	b->machine = m;
	pthread_mutex_init(&b->lock, NULL);
}

void board_fini(struct board *b)
{
	pthread_mutex_destroy(&b->lock);
}

int board_add(struct board *b, struct cairn_bus *bus, uint64_t base, uint64_t len,
	      const struct cairn_bus_ops *ops, void *ctx)
{
	struct board_region *r = &b->regions[b->n_regions];
	struct cairn_bus_region on_bus = { .base = base, .len = len, .ops = &board_ops, .ctx = r };

	if (b->n_regions == BOARD_MAX_REGIONS)
		return -ENOSPC;
	b->n_regions++;
	*r = (struct board_region){ .board = b, .ops = ops, .ctx = ctx };
	return cairn_bus_add(bus, &on_bus);
}

void board_line_set(void *irq, bool high)
{
	/* The hypervisor refuses a line only when the vm is gone. */
	(void)!cairn_hv_irq_level(irq, high);
}

void board_reset_asked(void *machine)
{
	struct machine *m = machine;

	m->hooks.ended(m->hooks.ctx, END_RESET);
}

void board_power_off_asked(void *machine)
{
	struct machine *m = machine;

	m->hooks.ended(m->hooks.ctx, END_POWER_OFF);
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static uint64_t realtime_ns(void *ctx)
{
	(void)ctx;
	return clock_ns(CLOCK_REALTIME);
}

static uint64_t monotonic_ns(void *ctx)
{
	(void)ctx;
	return clock_ns(CLOCK_MONOTONIC);
}

const struct cairn_clock board_clock = { .realtime_ns = realtime_ns, .monotonic_ns = monotonic_ns };
