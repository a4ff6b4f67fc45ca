/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pl061.h - Arm's eight general-purpose pins, PrimeCell PL061.
 *
 * The host drives pins with cairn_pl061_drive() (a power button, for example) and hears through a
 * hook what the guest drives. A pin that the guest has made an output reads as the guest set it,
 * and raises no interrupt by what the host does. Hardware control of pins (AFSEL) is only kept.
 *
 * Linux's gpio-keys asks for the pin some milliseconds after its interrupt, so a key is to be held
 * for about 100 ms: drive it high, and low by a timer.
 *
 * Threads: one at a time, under the caller's lock. Hooks are called from inside accesses and must
 * not call back. Arm DDI 0190, chapter 3.
 */
#ifndef CAIRN_PL061_H
#define CAIRN_PL061_H

#include <cairn/bus.h>
#include <cairn/hooks.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_PL061_LEN  0x1000 /* bytes of the register block */
#define CAIRN_PL061_PINS 8

/* The pins that are outputs, and their levels; after every change of either. */
struct cairn_pl061_out {
	void (*fn)(void *ctx, uint8_t outputs, uint8_t levels);
	void *ctx;
};

/* Private by word. A bit per pin. */
struct cairn_pl061 {
	struct cairn_line irq;
	struct cairn_pl061_out out;
	uint8_t driven, latch;         /* by the host, by the guest */
	uint8_t dir, is, ibe, iev, ie; /* the registers of these names */
	uint8_t edges;                 /* seen, and not cleared */
	uint8_t afsel;
	bool irq_high;
};

/* Every pin an input, low. irq is the combined GPIOINTR, low now. */
void cairn_pl061_init(struct cairn_pl061 *p, struct cairn_line irq, struct cairn_pl061_out out);
/* Registers to their reset state, line low; what the host drives stays. */
void cairn_pl061_reset(struct cairn_pl061 *p);

/* The host drives pin (0 to 7; others do nothing) to that level. */
void cairn_pl061_drive(struct cairn_pl061 *p, unsigned int pin, bool high);

/*
 * A region of CAIRN_PL061_LEN bytes, ctx the struct cairn_pl061: 1, 2 or 4 bytes at multiples of
 * four, anything else is CAIRN_IO_BAD. Unknown registers read as 0.
 */
extern const struct cairn_bus_ops cairn_pl061_bus_ops;

/* The line is what the registers say. For tests and fuzzing. */
bool cairn_pl061_is_valid(const struct cairn_pl061 *p);

#ifdef __cplusplus
}
#endif
#endif
