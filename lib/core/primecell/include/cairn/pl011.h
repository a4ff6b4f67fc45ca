/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pl011.h - Arm's serial port, PrimeCell PL011 (r1p5).
 *
 * Output leaves at once through a sink, whether or not the driver has enabled the port, so that the
 * earliest messages of a kernel are seen. Input waits in the receive FIFO, is taken only while the
 * driver has receiving enabled, and is never dropped by the host's doing: cairn_pl011_push() takes
 * what fits and says how much.
 *
 * Interrupts are raw status bits that events set; RX and RT also end when their cause does. Input
 * below the trigger level raises the time-out at once. Not modelled: baud rate, parity, framing,
 * break and IrDA (their registers are kept), DMA.
 *
 * Threads: one at a time; the caller's lock covers register accesses and push. Hooks are called
 * from inside these and must not call back into the same port. Arm DDI 0183, chapter 3.
 */
#ifndef CAIRN_PL011_H
#define CAIRN_PL011_H

#include <cairn/bus.h>
#include <cairn/hooks.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_PL011_LEN  0x1000 /* bytes of the register block */
#define CAIRN_PL011_FIFO 32     /* bytes of input held when the driver has turned the FIFOs on */

/* Where output goes. What the sink does with it is not the guest's business: nothing is returned.
 */
struct cairn_pl011_sink {
	void (*fn)(void *ctx, const uint8_t *bytes, size_t n);
	void *ctx;
};

/* Private by word. */
struct cairn_pl011 {
	struct cairn_line irq;
	struct cairn_pl011_sink sink;
	struct cairn_trigger room;
	uint8_t rx[CAIRN_PL011_FIFO];
	uint8_t rx_head, rx_n;
	uint16_t ris, imsc; /* raw status, and which of it interrupts */
	uint16_t cr, ibrd;
	uint8_t lcr_h, ifls, ilpr, fbrd, dmacr;
	uint8_t modem;  /* inputs, as FR shows them but for RI in bit 3 */
	bool overrun;   /* RSR.OE */
	bool cut_short; /* a push found too little room */
	bool irq_high;
};

/*
 * cairn_pl011_init() - a port in its reset state.
 *
 * @irq: interrupt line (UARTINTR), low now
 * @sink: NULL fn: output is lost
 * @room: fired when a push was cut short and there is room in an empty FIFO since; push again then
 */
void cairn_pl011_init(struct cairn_pl011 *p, struct cairn_line irq, struct cairn_pl011_sink sink,
		      struct cairn_trigger room);

/* Reset state: registers, FIFO (input in it is lost), line low. The hooks stay. */
void cairn_pl011_reset(struct cairn_pl011 *p);

/*
 * The registers as a region of CAIRN_PL011_LEN bytes, ctx being the struct cairn_pl011: 1, 2 or 4
 * bytes at multiples of four, anything else is CAIRN_IO_BAD. Unknown registers read as 0.
 */
extern const struct cairn_bus_ops cairn_pl011_bus_ops;

/* How many bytes a push would take now: 0 while full, in loopback, or receiving is disabled. */
size_t cairn_pl011_room(const struct cairn_pl011 *p);

/*
 * cairn_pl011_push() - input for the guest.
 *
 * Returns how many of the n bytes were taken, 0 to n. When fewer than n, the room hook fires later.
 */
CAIRN_MUST_USE size_t cairn_pl011_push(struct cairn_pl011 *p, const uint8_t *bytes, size_t n);

/* The FIFO's indices are in bounds and the line is what the status says. For tests and fuzzing. */
bool cairn_pl011_is_valid(const struct cairn_pl011 *p);

#ifdef __cplusplus
}
#endif
#endif
