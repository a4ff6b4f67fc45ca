/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What raises the interrupt is that the counter becomes equal to the match register: a moment, that
 * is worked out when either of them changes, and then awaited.
 */
#include <cairn/pl031.h>

#include "primecell.h"

#define PART     0x031u
#define REVISION 1u
#define NS_PER_S UINT64_C(1000000000)

enum reg {
	REG_DR = 0x00,
	REG_MR = 0x04,
	REG_LR = 0x08,
	REG_CR = 0x0c,
	REG_IMSC = 0x10,
	REG_RIS = 0x14,
	REG_MIS = 0x18,
	REG_ICR = 0x1c,
};

static uint64_t now_ns(const struct cairn_pl031 *p)
{
	return p->clock.realtime_ns(p->clock.ctx);
}

static uint32_t counter_at(const struct cairn_pl031 *p, uint64_t now)
{
	return (uint32_t)(now / NS_PER_S) + p->offset_s;
}

/* From now on the counter's next `match` is awaited; what it is at this moment counts. */
static void await_match(struct cairn_pl031 *p)
{
	uint64_t now = now_ns(p);
	uint32_t left_s = p->match - counter_at(p, now);

	p->match_at_s = now / NS_PER_S + left_s;
}

/* Raises what has become due, sets the line, and asks for the next look. */
static void look(struct cairn_pl031 *p)
{
	uint64_t now = now_ns(p);

	if (now / NS_PER_S >= p->match_at_s) {
		p->is_raised = true;
		p->match_at_s = now / NS_PER_S + (UINT64_C(1) << 32); /* once round */
	}
	cairn_line_set(&p->irq, p->is_raised && p->is_enabled);
	if (p->alarm.set)
		p->alarm.set(p->alarm.ctx,
			     p->is_enabled ? p->match_at_s * NS_PER_S - now : UINT64_MAX);
}

void cairn_pl031_init(struct cairn_pl031 *p, struct cairn_clock clock, struct cairn_line irq,
		      struct cairn_pl031_alarm alarm)
{
	*p = (struct cairn_pl031){ .clock = clock, .irq = irq, .alarm = alarm };
	p->load = counter_at(p, now_ns(p));
	await_match(p);
}

void cairn_pl031_reset(struct cairn_pl031 *p)
{
	p->is_enabled = p->is_raised = false;
	p->match = 0;
	await_match(p);
	look(p);
}

void cairn_pl031_expired(struct cairn_pl031 *p)
{
	look(p);
}

static uint32_t read_reg(const struct cairn_pl031 *p, uint64_t off)
{
	switch (off) {
	case REG_DR:
		return counter_at(p, now_ns(p));
	case REG_MR:
		return p->match;
	case REG_LR:
		return p->load;
	case REG_CR:
		return 1; /* runs */
	case REG_IMSC:
		return p->is_enabled;
	case REG_RIS:
		return p->is_raised;
	case REG_MIS:
		return p->is_raised && p->is_enabled;
	default:
		return primecell_id(PART, REVISION, off);
	}
}

static void write_reg(struct cairn_pl031 *p, uint64_t off, uint32_t value)
{
	switch (off) {
	case REG_MR:
		p->match = value;
		await_match(p);
		break;
	case REG_LR:
		p->load = value;
		p->offset_s += value - counter_at(p, now_ns(p));
		await_match(p);
		break;
	case REG_IMSC:
		p->is_enabled = value & 1;
		break;
	case REG_ICR:
		if (value & 1)
			p->is_raised = false;
		break;
	default: /* read-only, or nobody */
		break;
	}
}

static enum cairn_io bus_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct cairn_pl031 *p = ctx;

	if (!primecell_is_register(off, len))
		return CAIRN_IO_BAD;
	look(p); /* what is due is in the status */
	*ret_value = read_reg(p, off);
	return CAIRN_IO_DONE;
}

static enum cairn_io bus_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_pl031 *p = ctx;

	if (!primecell_is_register(off, len))
		return CAIRN_IO_BAD;
	look(p); /* what was due before is not lost by a new match */
	write_reg(p, off, (uint32_t)value);
	look(p);
	return CAIRN_IO_DONE;
}

const struct cairn_bus_ops cairn_pl031_bus_ops = { .read = bus_read, .write = bus_write };
