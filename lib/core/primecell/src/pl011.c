/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/pl011.h>

#include "primecell.h"

#define PART     0x011u
#define REVISION 3u /* r1p5: FIFOs of 32 */

enum reg {
	REG_DR = 0x00,
	REG_RSR = 0x04, /* ECR when written */
	REG_FR = 0x18,
	REG_ILPR = 0x20,
	REG_IBRD = 0x24,
	REG_FBRD = 0x28,
	REG_LCR_H = 0x2c,
	REG_CR = 0x30,
	REG_IFLS = 0x34,
	REG_IMSC = 0x38,
	REG_RIS = 0x3c,
	REG_MIS = 0x40,
	REG_ICR = 0x44,
	REG_DMACR = 0x48,
};

enum {
	DR_OE = 0x800,
	RSR_OE = 0x8,

	FR_CTS = 0x001,
	FR_DSR = 0x002,
	FR_DCD = 0x004,
	FR_RXFE = 0x010,
	FR_RXFF = 0x040,
	FR_TXFE = 0x080,
	FR_RI = 0x100,

	LCR_FEN = 0x10,

	CR_UARTEN = 0x0001,
	CR_LBE = 0x0080,
	CR_TXE = 0x0100,
	CR_RXE = 0x0200,
	CR_DTR = 0x0400,
	CR_RTS = 0x0800,
	CR_OUT1 = 0x1000,
	CR_OUT2 = 0x2000,
	CR_ALL = 0xff87,

	IFLS_RESET = 0x12,
	IFLS_ALL = 0x3f,

	INT_MODEM = 0x00f, /* RI, CTS, DCD, DSR from bit 0 */
	INT_RI = 0x001,
	INT_CTS = 0x002,
	INT_DCD = 0x004,
	INT_DSR = 0x008,
	INT_RX = 0x010,
	INT_TX = 0x020,
	INT_RT = 0x040,
	INT_OE = 0x400,
	INT_ALL = 0x7ff,
};

static size_t depth(const struct cairn_pl011 *p)
{
	return p->lcr_h & LCR_FEN ? CAIRN_PL011_FIFO : 1;
}

/* So many bytes raise RX. */
static size_t trigger(const struct cairn_pl011 *p)
{
	static const uint8_t eighths[8] = { 1, 2, 4, 6, 7, 4, 4, 4 }; /* the last three: reserved */

	return p->lcr_h & LCR_FEN ? CAIRN_PL011_FIFO / 8 * eighths[p->ifls >> 3] : 1;
}

static void update_irq(struct cairn_pl011 *p)
{
	bool high = p->ris & p->imsc;

	if (high == p->irq_high)
		return;
	p->irq_high = high;
	cairn_line_set(&p->irq, high);
}

static void tell_room(struct cairn_pl011 *p)
{
	if (!p->cut_short || p->rx_n > 0 || cairn_pl011_room(p) == 0)
		return;
	p->cut_short = false;
	cairn_trigger_fire(&p->room);
}

static void rx_clear(struct cairn_pl011 *p)
{
	p->rx_head = 0;
	p->rx_n = 0;
	p->ris &= (uint16_t) ~(INT_RX | INT_RT);
}

static void rx_put(struct cairn_pl011 *p, uint8_t byte)
{
	p->rx[(p->rx_head + p->rx_n) % CAIRN_PL011_FIFO] = byte;
	p->rx_n++;
	p->ris |= INT_RT;
	if (p->rx_n >= trigger(p))
		p->ris |= INT_RX;
}

static uint8_t rx_get(struct cairn_pl011 *p)
{
	uint8_t byte;

	if (p->rx_n == 0)
		return 0;
	byte = p->rx[p->rx_head];
	p->rx_head = (uint8_t)((p->rx_head + 1) % CAIRN_PL011_FIFO);
	p->rx_n--;
	if (p->rx_n < trigger(p))
		p->ris &= (uint16_t)~INT_RX;
	if (p->rx_n == 0)
		p->ris &= (uint16_t)~INT_RT;
	return byte;
}

/* The modem inputs in the order of their interrupts: a peer that is there, or our own outputs. */
static uint8_t modem_inputs(const struct cairn_pl011 *p)
{
	uint8_t in = 0;

	if (!(p->cr & CR_LBE))
		return INT_CTS | INT_DCD | INT_DSR;
	if (p->cr & CR_RTS)
		in |= INT_CTS;
	if (p->cr & CR_DTR)
		in |= INT_DSR;
	if (p->cr & CR_OUT1)
		in |= INT_DCD;
	if (p->cr & CR_OUT2)
		in |= INT_RI;
	return in;
}

static void update_modem(struct cairn_pl011 *p)
{
	uint8_t in = modem_inputs(p);

	p->ris |= (uint16_t)(p->modem ^ in);
	p->modem = in;
}

void cairn_pl011_reset(struct cairn_pl011 *p)
{
	rx_clear(p);
	p->ris = p->imsc = p->ibrd = 0;
	p->lcr_h = p->ilpr = p->fbrd = p->dmacr = 0;
	p->cr = CR_TXE | CR_RXE;
	p->ifls = IFLS_RESET;
	p->modem = modem_inputs(p);
	p->overrun = false;
	update_irq(p);
}

void cairn_pl011_init(struct cairn_pl011 *p, struct cairn_line irq, struct cairn_pl011_sink sink,
		      struct cairn_trigger room)
{
	*p = (struct cairn_pl011){ .irq = irq, .sink = sink, .room = room };
	cairn_pl011_reset(p);
}

static uint32_t read_dr(struct cairn_pl011 *p)
{
	return rx_get(p) | (p->overrun ? (uint32_t)DR_OE : 0);
}

static uint32_t read_fr(const struct cairn_pl011 *p)
{
	uint32_t fr = FR_TXFE;

	fr |= p->modem & INT_CTS ? FR_CTS : 0;
	fr |= p->modem & INT_DSR ? FR_DSR : 0;
	fr |= p->modem & INT_DCD ? FR_DCD : 0;
	fr |= p->modem & INT_RI ? FR_RI : 0;
	if (p->rx_n == 0)
		fr |= FR_RXFE;
	if (p->rx_n >= depth(p))
		fr |= FR_RXFF;
	return fr;
}

static uint32_t read_reg(struct cairn_pl011 *p, uint64_t off)
{
	switch (off) {
	case REG_DR:
		return read_dr(p);
	case REG_RSR:
		return p->overrun ? RSR_OE : 0;
	case REG_FR:
		return read_fr(p);
	case REG_ILPR:
		return p->ilpr;
	case REG_IBRD:
		return p->ibrd;
	case REG_FBRD:
		return p->fbrd;
	case REG_LCR_H:
		return p->lcr_h;
	case REG_CR:
		return p->cr;
	case REG_IFLS:
		return p->ifls;
	case REG_IMSC:
		return p->imsc;
	case REG_RIS:
		return p->ris;
	case REG_MIS:
		return p->ris & p->imsc;
	case REG_DMACR:
		return p->dmacr;
	default:
		return primecell_id(PART, REVISION, off);
	}
}

static void transmit(struct cairn_pl011 *p, uint8_t byte)
{
	if (!(p->cr & CR_LBE)) {
		if (p->sink.fn)
			p->sink.fn(p->sink.ctx, &byte, 1);
	} else if (p->rx_n < depth(p)) {
		rx_put(p, byte);
	} else {
		p->overrun = true;
		p->ris |= INT_OE;
	}
	p->ris |= INT_TX; /* the transmitter is empty again */
}

static void write_lcr_h(struct cairn_pl011 *p, uint8_t value)
{
	/* Turning the FIFOs on or off empties them. */
	if ((p->lcr_h ^ value) & LCR_FEN)
		rx_clear(p);
	p->lcr_h = value;
}

static void write_reg(struct cairn_pl011 *p, uint64_t off, uint32_t value)
{
	switch (off) {
	case REG_DR:
		transmit(p, (uint8_t)value);
		break;
	case REG_RSR:
		p->overrun = false; /* whatever is written */
		break;
	case REG_ILPR:
		p->ilpr = (uint8_t)value;
		break;
	case REG_IBRD:
		p->ibrd = (uint16_t)value;
		break;
	case REG_FBRD:
		p->fbrd = value & 0x3f;
		break;
	case REG_LCR_H:
		write_lcr_h(p, (uint8_t)value);
		break;
	case REG_CR:
		p->cr = value & CR_ALL;
		update_modem(p);
		break;
	case REG_IFLS:
		p->ifls = value & IFLS_ALL;
		break;
	case REG_IMSC:
		p->imsc = value & INT_ALL;
		break;
	case REG_ICR:
		p->ris &= (uint16_t)~value;
		break;
	case REG_DMACR:
		p->dmacr = value & 0x7;
		break;
	default: /* read-only, or nobody */
		break;
	}
}

size_t cairn_pl011_room(const struct cairn_pl011 *p)
{
	const uint16_t receiving = CR_UARTEN | CR_RXE;

	if ((p->cr & receiving) != receiving || (p->cr & CR_LBE) || p->rx_n >= depth(p))
		return 0;
	return depth(p) - p->rx_n;
}

size_t cairn_pl011_push(struct cairn_pl011 *p, const uint8_t *bytes, size_t n)
{
	size_t room = cairn_pl011_room(p);
	size_t taken = n < room ? n : room;

	for (size_t i = 0; i < taken; i++)
		rx_put(p, bytes[i]);
	if (taken < n)
		p->cut_short = true;
	update_irq(p);
	return taken;
}

bool cairn_pl011_is_valid(const struct cairn_pl011 *p)
{
	return p->rx_head < CAIRN_PL011_FIFO && p->rx_n <= depth(p) && !(p->imsc & ~INT_ALL) &&
	       !(p->ris & ~INT_ALL) && !(p->modem & ~INT_MODEM) &&
	       p->irq_high == ((p->ris & p->imsc) != 0);
}

static enum cairn_io bus_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct cairn_pl011 *p = ctx;

	if (!primecell_is_register(off, len))
		return CAIRN_IO_BAD;
	*ret_value = read_reg(p, off);
	update_irq(p);
	tell_room(p);
	return CAIRN_IO_DONE;
}

static enum cairn_io bus_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_pl011 *p = ctx;

	if (!primecell_is_register(off, len))
		return CAIRN_IO_BAD;
	write_reg(p, off, (uint32_t)value);
	update_irq(p);
	tell_room(p);
	return CAIRN_IO_DONE;
}

const struct cairn_bus_ops cairn_pl011_bus_ops = { .read = bus_read, .write = bus_write };
