/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * i8042.h - the ways in which a PC is told to reset: the keyboard controller (ports 0x60 and 0x64),
 * system control port A (0x92) and the reset control register (0xcf9).
 *
 * The controller has no keyboard and no mouse, and says so at once: every command that a driver
 * waits for is answered, so a probe takes no time-outs. Bytes sent to the missing keyboard come
 * back as "resend" with the time-out bit, as from a controller whose keyboard is unplugged.
 *
 * Resets are only asked for: the trigger fires, the access completes, the VMM acts. A20 is always
 * on; the bits that would switch it are kept and do nothing.
 *
 * Threads: one at a time per object, under the caller's lock.
 * IBM PC AT Technical Reference (keyboard controller); Intel ICH data sheets, PORT92 and RST_CNT.
 */
#ifndef CAIRN_I8042_H
#define CAIRN_I8042_H

#include <cairn/bus.h>
#include <cairn/hooks.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_I8042_DATA_PORT    0x60
#define CAIRN_I8042_COMMAND_PORT 0x64

/* Private by word. */
struct cairn_i8042 {
	struct cairn_line irq;      /* of the keyboard, IRQ 1 */
	struct cairn_trigger reset; /* the guest asked for a reset */
	uint8_t ram[32];            /* ram[0] is the command byte */
	uint8_t status, out;        /* as read from 0x64 and 0x60 */
	uint8_t wants;              /* command that takes the next byte at 0x60, or 0 */
	bool irq_high;
};

/* A controller in its power-on state. The line is low now; it may have no function. */
void cairn_i8042_init(struct cairn_i8042 *c, struct cairn_line irq, struct cairn_trigger reset);
/* Power-on state; the hooks stay. Does not fire the trigger. */
void cairn_i8042_reset(struct cairn_i8042 *c);

/* Regions of one byte each at the two ports, ctx the struct cairn_i8042. Wider is CAIRN_IO_BAD. */
extern const struct cairn_bus_ops cairn_i8042_data_ops;
extern const struct cairn_bus_ops cairn_i8042_command_ops;

#define CAIRN_I8042_PORT92 0x92
#define CAIRN_I8042_CF9    0xcf9

/* Ports 0x92 and 0xcf9. Private by word. */
struct cairn_i8042_resets {
	struct cairn_trigger reset;
	uint8_t port92, cf9;
};

/* Both registers at their power-on values. Also how they are reset. */
void cairn_i8042_resets_init(struct cairn_i8042_resets *r, struct cairn_trigger reset);

/*
 * Regions of one byte each, ctx the struct cairn_i8042_resets. 0xcf9 lies within the four bytes of
 * PCI's CONFIG_ADDRESS: where there is one, its region hands byte accesses there on to these ops.
 */
extern const struct cairn_bus_ops cairn_i8042_port92_ops;
extern const struct cairn_bus_ops cairn_i8042_cf9_ops;

#ifdef __cplusplus
}
#endif
#endif
