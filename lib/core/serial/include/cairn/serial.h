/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * serial.h - a 16550A serial port: eight registers of one byte each.
 *
 * Output leaves at once through a sink, so the transmitter is always empty. Input waits in the
 * receive FIFO and is never dropped by the host's doing: cairn_serial_push() takes what fits and
 * says how much. Interrupt causes are conditions, worked out anew after every change, and drive a
 * level; nothing is signalled once and then forgotten.
 *
 * Not modelled: baud rate (the divisor is stored), parity, framing, break, DMA modes. Modem inputs
 * say that a peer is there (DCD, DSR, CTS). OUT2 does not gate the interrupt line. The FIFO holds
 * 64 bytes, not 16, which a driver cannot tell because it never overruns.
 *
 * Threads: one at a time; the caller's lock covers register accesses and push. Hooks are called
 * from inside these and must not call back into the same port.
 * National Semiconductor PC16550D data sheet, chapter 8.
 */
#ifndef CAIRN_SERIAL_H
#define CAIRN_SERIAL_H

#include <cairn/bus.h>
#include <cairn/hooks.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_SERIAL_LEN  8  /* bytes of the register block */
#define CAIRN_SERIAL_FIFO 64 /* bytes of input held when the driver has turned the FIFOs on */

/* Where output goes. What the sink does with it is not the guest's business: nothing is returned.
 */
struct cairn_serial_sink {
	void (*fn)(void *ctx, const uint8_t *bytes, size_t n);
	void *ctx;
};

/* Private by word. */
struct cairn_serial {
	struct cairn_line irq;
	struct cairn_serial_sink sink;
	struct cairn_trigger room;
	uint8_t rx[CAIRN_SERIAL_FIFO];
	uint8_t rx_head, rx_n;
	uint8_t ier, fcr, lcr, mcr, msr, scr;
	uint8_t divisor[2];
	bool overrun;   /* LSR.OE */
	bool thre;      /* THR became empty and nobody has asked about it yet */
	bool cut_short; /* a push found too little room */
	bool irq_high;
};

/*
 * cairn_serial_init() - a port in its power-on state.
 *
 * @irq: interrupt line, low now
 * @sink: NULL fn: output is lost
 * @room: fired when a push was cut short and the FIFO has become empty since; push again then
 */
void cairn_serial_init(struct cairn_serial *s, struct cairn_line irq, struct cairn_serial_sink sink,
		       struct cairn_trigger room);

/* Power-on state: registers, FIFO (input in it is lost), line low. The hooks stay. */
void cairn_serial_reset(struct cairn_serial *s);

/* Register off (0 to 7; others read as 0xff and ignore writes). Never fails. */
uint8_t cairn_serial_read(struct cairn_serial *s, uint64_t off);
void cairn_serial_write(struct cairn_serial *s, uint64_t off, uint8_t value);

/*
 * The same as a region of CAIRN_SERIAL_LEN bytes, ctx being the struct cairn_serial. Accesses wider
 * than a byte are CAIRN_IO_BAD: the port is an 8-bit device, and no driver uses such accesses.
 */
extern const struct cairn_bus_ops cairn_serial_bus_ops;

/* How many bytes a push would take now: 0 while full, or while the driver tests in loopback. */
size_t cairn_serial_room(const struct cairn_serial *s);

/*
 * cairn_serial_push() - input for the guest.
 *
 * Returns how many of the n bytes were taken, 0 to n. When fewer than n, the room hook fires later.
 */
CAIRN_MUST_USE size_t cairn_serial_push(struct cairn_serial *s, const uint8_t *bytes, size_t n);

/* The FIFO's indices are in bounds and the line is what the causes say. For tests and fuzzing. */
bool cairn_serial_is_valid(const struct cairn_serial *s);

#ifdef __cplusplus
}
#endif
#endif
