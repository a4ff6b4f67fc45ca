/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/pl061.h>

#include "primecell.h"

#define PART     0x061u
#define REVISION 0u

enum reg {
	REG_DATA_LAST = 0x3fc, /* from 0: address bits 9 to 2 say which pins are meant */
	REG_DIR = 0x400,
	REG_IS = 0x404,
	REG_IBE = 0x408,
	REG_IEV = 0x40c,
	REG_IE = 0x410,
	REG_RIS = 0x414,
	REG_MIS = 0x418,
	REG_IC = 0x41c,
	REG_AFSEL = 0x420,
};

/* What the pins are: the guest's where it drives, the host's elsewhere. */
static uint8_t levels(const struct cairn_pl061 *p)
{
	return (uint8_t)((p->latch & p->dir) | (p->driven & ~p->dir));
}

/* Raw status: edges that came, and the levels that count as an interrupt (of inputs). */
static uint8_t raw(const struct cairn_pl061 *p)
{
	uint8_t at_level = (uint8_t) ~(levels(p) ^ p->iev);

	return (uint8_t)((p->edges & ~p->is) | (at_level & p->is & ~p->dir));
}

static void update_irq(struct cairn_pl061 *p)
{
	bool high = raw(p) & p->ie;

	if (high == p->irq_high)
		return;
	p->irq_high = high;
	cairn_line_set(&p->irq, high);
}

void cairn_pl061_reset(struct cairn_pl061 *p)
{
	p->latch = p->dir = p->is = p->ibe = p->iev = p->ie = 0;
	p->edges = p->afsel = 0;
	update_irq(p);
}

void cairn_pl061_init(struct cairn_pl061 *p, struct cairn_line irq, struct cairn_pl061_out out)
{
	*p = (struct cairn_pl061){ .irq = irq, .out = out };
}

void cairn_pl061_drive(struct cairn_pl061 *p, unsigned int pin, bool high)
{
	uint8_t bit = (uint8_t)(pin < CAIRN_PL061_PINS ? 1u << pin : 0);
	uint8_t before = p->driven;

	p->driven = (uint8_t)(high ? before | bit : before & ~bit);
	/* Edges of inputs: both, or the one that IEV names. */
	p->edges |=
	    (uint8_t)((before ^ p->driven) & ~p->dir & ~p->is & (p->ibe | ~(p->driven ^ p->iev)));
	update_irq(p);
}

static uint32_t read_reg(const struct cairn_pl061 *p, uint64_t off)
{
	if (off <= REG_DATA_LAST)
		return levels(p) & (uint32_t)(off >> 2);
	switch (off) {
	case REG_DIR:
		return p->dir;
	case REG_IS:
		return p->is;
	case REG_IBE:
		return p->ibe;
	case REG_IEV:
		return p->iev;
	case REG_IE:
		return p->ie;
	case REG_RIS:
		return raw(p);
	case REG_MIS:
		return raw(p) & p->ie;
	case REG_AFSEL:
		return p->afsel;
	default:
		return primecell_id(PART, REVISION, off);
	}
}

static void tell_outputs(const struct cairn_pl061 *p)
{
	if (p->out.fn)
		p->out.fn(p->out.ctx, p->dir, p->latch & p->dir);
}

static void write_data(struct cairn_pl061 *p, uint8_t mask, uint8_t value)
{
	uint8_t before = p->latch & p->dir;

	/* Only outputs take a value; what an input was written is not remembered. */
	mask &= p->dir;
	p->latch = (uint8_t)((p->latch & ~mask) | (value & mask));
	if ((p->latch & p->dir) != before)
		tell_outputs(p);
}

static void write_dir(struct cairn_pl061 *p, uint8_t value)
{
	if (value == p->dir)
		return;
	p->dir = value;
	tell_outputs(p);
}

static void write_reg(struct cairn_pl061 *p, uint64_t off, uint8_t value)
{
	if (off <= REG_DATA_LAST) {
		write_data(p, (uint8_t)(off >> 2), value);
		return;
	}
	switch (off) {
	case REG_DIR:
		write_dir(p, value);
		break;
	case REG_IS:
		p->is = value;
		break;
	case REG_IBE:
		p->ibe = value;
		break;
	case REG_IEV:
		p->iev = value;
		break;
	case REG_IE:
		p->ie = value;
		break;
	case REG_IC:
		p->edges &= (uint8_t)~value;
		break;
	case REG_AFSEL:
		p->afsel = value;
		break;
	default: /* read-only, or nobody */
		break;
	}
}

bool cairn_pl061_is_valid(const struct cairn_pl061 *p)
{
	return p->irq_high == ((raw(p) & p->ie) != 0);
}

static enum cairn_io bus_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	if (!primecell_is_register(off, len))
		return CAIRN_IO_BAD;
	*ret_value = read_reg(ctx, off);
	return CAIRN_IO_DONE;
}

static enum cairn_io bus_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_pl061 *p = ctx;

	if (!primecell_is_register(off, len))
		return CAIRN_IO_BAD;
	write_reg(p, off, (uint8_t)value);
	update_irq(p);
	return CAIRN_IO_DONE;
}

const struct cairn_bus_ops cairn_pl061_bus_ops = { .read = bus_read, .write = bus_write };
