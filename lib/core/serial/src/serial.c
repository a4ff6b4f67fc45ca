/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/serial.h>

enum reg {
	REG_DATA = 0, /* RBR and THR; divisor low while DLAB */
	REG_IER = 1,  /* divisor high while DLAB */
	REG_IIR = 2,  /* FCR when written */
	REG_LCR = 3,
	REG_MCR = 4,
	REG_LSR = 5,
	REG_MSR = 6,
	REG_SCR = 7,
};

enum {
	IER_RDA = 0x01,
	IER_THRE = 0x02,
	IER_RLS = 0x04,
	IER_MSR = 0x08,
	IER_ALL = 0x0f,

	IIR_NONE = 0x01, /* causes in bits 3:1, by falling priority below */
	IIR_RLS = 0x06,
	IIR_RDA = 0x04,
	IIR_TIMEOUT = 0x0c, /* input below the trigger level */
	IIR_THRE = 0x02,
	IIR_MSR = 0x00,
	IIR_FIFO = 0xc0,

	FCR_ENABLE = 0x01,
	FCR_CLEAR_RX = 0x02,
	FCR_KEPT = 0xc9, /* enable, DMA mode, trigger level; the clear bits clear themselves */

	LCR_DLAB = 0x80,

	MCR_DTR = 0x01,
	MCR_RTS = 0x02,
	MCR_OUT1 = 0x04,
	MCR_OUT2 = 0x08,
	MCR_LOOP = 0x10,
	MCR_ALL = 0x1f,

	LSR_DR = 0x01,
	LSR_OE = 0x02,
	LSR_THRE = 0x20,
	LSR_TEMT = 0x40,

	MSR_DELTAS = 0x0f,
	MSR_TERI = 0x04,
	MSR_CTS = 0x10,
	MSR_DSR = 0x20,
	MSR_RI = 0x40,
	MSR_DCD = 0x80,
};

static bool has_fifo(const struct cairn_serial *s)
{
	return s->fcr & FCR_ENABLE;
}

static size_t depth(const struct cairn_serial *s)
{
	return has_fifo(s) ? CAIRN_SERIAL_FIFO : 1;
}

/* What IIR says: the cause of highest priority among those that hold and are enabled. */
static uint8_t cause(const struct cairn_serial *s)
{
	static const uint8_t trigger[4] = { 1, 4, 8, 14 };

	if ((s->ier & IER_RLS) && s->overrun)
		return IIR_RLS;
	if ((s->ier & IER_RDA) && s->rx_n > 0)
		return has_fifo(s) && s->rx_n < trigger[s->fcr >> 6] ? IIR_TIMEOUT : IIR_RDA;
	if ((s->ier & IER_THRE) && s->thre)
		return IIR_THRE;
	if ((s->ier & IER_MSR) && (s->msr & MSR_DELTAS))
		return IIR_MSR;
	return IIR_NONE;
}

static void update_irq(struct cairn_serial *s)
{
	bool high = cause(s) != IIR_NONE;

	if (high == s->irq_high)
		return;
	s->irq_high = high;
	cairn_line_set(&s->irq, high);
}

static void tell_room(struct cairn_serial *s)
{
	if (!s->cut_short || s->rx_n > 0 || cairn_serial_room(s) == 0)
		return;
	s->cut_short = false;
	cairn_trigger_fire(&s->room);
}

static void rx_clear(struct cairn_serial *s)
{
	s->rx_head = 0;
	s->rx_n = 0;
}

static void rx_put(struct cairn_serial *s, uint8_t byte)
{
	s->rx[(s->rx_head + s->rx_n) % CAIRN_SERIAL_FIFO] = byte;
	s->rx_n++;
}

static uint8_t rx_get(struct cairn_serial *s)
{
	uint8_t byte;

	if (s->rx_n == 0)
		return 0;
	byte = s->rx[s->rx_head];
	s->rx_head = (uint8_t)((s->rx_head + 1) % CAIRN_SERIAL_FIFO);
	s->rx_n--;
	return byte;
}

/* The modem inputs: a peer that is there, or in loopback our own outputs. */
static uint8_t modem_inputs(const struct cairn_serial *s)
{
	uint8_t in = 0;

	if (!(s->mcr & MCR_LOOP))
		return MSR_DCD | MSR_DSR | MSR_CTS;
	if (s->mcr & MCR_RTS)
		in |= MSR_CTS;
	if (s->mcr & MCR_DTR)
		in |= MSR_DSR;
	if (s->mcr & MCR_OUT1)
		in |= MSR_RI;
	if (s->mcr & MCR_OUT2)
		in |= MSR_DCD;
	return in;
}

/* Takes over the inputs and notes the changes; of RI only its end counts. */
static void update_modem(struct cairn_serial *s)
{
	uint8_t in = modem_inputs(s);
	uint8_t changed = (uint8_t)((s->msr ^ in) >> 4);

	if (in & MSR_RI)
		changed &= (uint8_t)~MSR_TERI;
	s->msr = (uint8_t)(in | (s->msr & MSR_DELTAS) | changed);
}

void cairn_serial_reset(struct cairn_serial *s)
{
	rx_clear(s);
	s->ier = s->fcr = s->lcr = s->mcr = s->scr = 0;
	s->divisor[0] = s->divisor[1] = 0;
	s->msr = modem_inputs(s);
	s->overrun = false;
	s->thre = false;
	update_irq(s);
	tell_room(s);
}

void cairn_serial_init(struct cairn_serial *s, struct cairn_line irq, struct cairn_serial_sink sink,
		       struct cairn_trigger room)
{
	*s = (struct cairn_serial){ .irq = irq, .sink = sink, .room = room };
	cairn_serial_reset(s);
}

static uint8_t read_iir(struct cairn_serial *s)
{
	uint8_t iir = cause(s);

	if (iir == IIR_THRE)
		s->thre = false; /* having been told is what clears this cause */
	return (uint8_t)(iir | (has_fifo(s) ? IIR_FIFO : 0));
}

static uint8_t read_lsr(struct cairn_serial *s)
{
	uint8_t lsr = LSR_THRE | LSR_TEMT;

	if (s->rx_n > 0)
		lsr |= LSR_DR;
	if (s->overrun)
		lsr |= LSR_OE;
	s->overrun = false;
	return lsr;
}

static uint8_t read_msr(struct cairn_serial *s)
{
	uint8_t msr = s->msr;

	s->msr &= (uint8_t)~MSR_DELTAS;
	return msr;
}

static uint8_t read_reg(struct cairn_serial *s, uint64_t off)
{
	bool dlab = s->lcr & LCR_DLAB;

	switch (off) {
	case REG_DATA:
		return dlab ? s->divisor[0] : rx_get(s);
	case REG_IER:
		return dlab ? s->divisor[1] : s->ier;
	case REG_IIR:
		return read_iir(s);
	case REG_LCR:
		return s->lcr;
	case REG_MCR:
		return s->mcr;
	case REG_LSR:
		return read_lsr(s);
	case REG_MSR:
		return read_msr(s);
	case REG_SCR:
		return s->scr;
	default:
		return 0xff;
	}
}

static void transmit(struct cairn_serial *s, uint8_t byte)
{
	if (s->mcr & MCR_LOOP) {
		if (s->rx_n < depth(s))
			rx_put(s, byte);
		else
			s->overrun = true;
	} else if (s->sink.fn) {
		s->sink.fn(s->sink.ctx, &byte, 1);
	}
	s->thre = true; /* whatever became of the byte */
}

static void write_ier(struct cairn_serial *s, uint8_t value)
{
	/* Enabling the cause while THR is empty, as it always is, raises it. */
	if ((value & IER_THRE) && !(s->ier & IER_THRE))
		s->thre = true;
	s->ier = value & IER_ALL;
}

static void write_fcr(struct cairn_serial *s, uint8_t value)
{
	bool switched = (value ^ s->fcr) & FCR_ENABLE;

	if (switched || ((value & FCR_ENABLE) && (value & FCR_CLEAR_RX)))
		rx_clear(s);
	/* The other bits count only together with the enable bit. */
	s->fcr = value & FCR_ENABLE ? value & FCR_KEPT : 0;
}

static void write_reg(struct cairn_serial *s, uint64_t off, uint8_t value)
{
	bool dlab = s->lcr & LCR_DLAB;

	switch (off) {
	case REG_DATA:
		if (dlab)
			s->divisor[0] = value;
		else
			transmit(s, value);
		break;
	case REG_IER:
		if (dlab)
			s->divisor[1] = value;
		else
			write_ier(s, value);
		break;
	case REG_IIR:
		write_fcr(s, value);
		break;
	case REG_LCR:
		s->lcr = value;
		break;
	case REG_MCR:
		s->mcr = value & MCR_ALL;
		update_modem(s);
		break;
	case REG_SCR:
		s->scr = value;
		break;
	default: /* LSR and MSR are read-only */
		break;
	}
}

uint8_t cairn_serial_read(struct cairn_serial *s, uint64_t off)
{
	uint8_t value = read_reg(s, off);

	update_irq(s);
	tell_room(s);
	return value;
}

void cairn_serial_write(struct cairn_serial *s, uint64_t off, uint8_t value)
{
	write_reg(s, off, value);
	update_irq(s);
	tell_room(s);
}

size_t cairn_serial_room(const struct cairn_serial *s)
{
	return s->mcr & MCR_LOOP ? 0 : depth(s) - s->rx_n;
}

size_t cairn_serial_push(struct cairn_serial *s, const uint8_t *bytes, size_t n)
{
	size_t room = cairn_serial_room(s);
	size_t taken = n < room ? n : room;

	for (size_t i = 0; i < taken; i++)
		rx_put(s, bytes[i]);
	if (taken < n)
		s->cut_short = true;
	update_irq(s);
	return taken;
}

bool cairn_serial_is_valid(const struct cairn_serial *s)
{
	return s->rx_head < CAIRN_SERIAL_FIFO && s->rx_n <= depth(s) && !(s->ier & ~IER_ALL) &&
	       !(s->mcr & ~MCR_ALL) && s->irq_high == (cause(s) != IIR_NONE);
}

static enum cairn_io bus_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	if (len != 1)
		return CAIRN_IO_BAD;
	*ret_value = cairn_serial_read(ctx, off);
	return CAIRN_IO_DONE;
}

static enum cairn_io bus_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	if (len != 1)
		return CAIRN_IO_BAD;
	cairn_serial_write(ctx, off, (uint8_t)value);
	return CAIRN_IO_DONE;
}

const struct cairn_bus_ops cairn_serial_bus_ops = { .read = bus_read, .write = bus_write };
