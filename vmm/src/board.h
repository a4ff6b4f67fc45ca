/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * board.h - the platform's small devices behind one lock: their registers on the buses, the serial
 * port's way to the console, and the clock that they read.
 *
 * The lock is a leaf: no hook of a device waits under it. Serial output leaves after it is dropped,
 * since the console may hold a vCPU's thread back, and the main thread takes the lock to hand over
 * input.
 */
#ifndef VMM_BOARD_H
#define VMM_BOARD_H

#include <cairn/hooks.h>

#include "machine.h"

enum { BOARD_MAX_REGIONS = 12, BOARD_PENDING = 16 };

/* A device's registers behind the lock: ctx for board_ops. */
struct board_region {
	struct board *board;
	const struct cairn_bus_ops *ops;
	void *ctx;
};
extern const struct cairn_bus_ops board_ops;

struct board {
	struct machine *machine;
	pthread_mutex_t lock;
	uint8_t pending[BOARD_PENDING]; /* serial output of the access under way */
	size_t n_pending;
	struct board_region regions[BOARD_MAX_REGIONS];
	size_t n_regions;
};

void board_init(struct board *b, struct machine *m);
void board_fini(struct board *b);

/* Registers of a device, on a bus. Returns 0 or the bus's errno (a layout mistake). */
CAIRN_MUST_USE int board_add(struct board *b, struct cairn_bus *bus, uint64_t base, uint64_t len,
			     const struct cairn_bus_ops *ops, void *ctx);

/* Hooks for devices. Sink: ctx is the board, from inside an access. Line: ctx is the cairn_irq. */
void board_serial_sink(void *board, const uint8_t *bytes, size_t n);
void board_line_set(void *irq, bool high);
/* The machine is reset, or powered off: ctx is the machine. */
void board_reset_asked(void *machine);
void board_power_off_asked(void *machine);
extern const struct cairn_clock board_clock;

#endif
