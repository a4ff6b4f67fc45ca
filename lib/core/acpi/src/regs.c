/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/acpi.h>

#include "dsdt.h"

enum {
	SLP_TYP_SHIFT = 2, /* of the sleep control register (4.8.3.7) */
	SLP_TYP_MASK = 7,
	SLP_EN = 0x20,
};

static enum cairn_io sleep_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	if (len != 1)
		return CAIRN_IO_BAD;
	*ret_value = 0; /* SLP_EN reads as 0, and there is no wake status without sleep */
	return CAIRN_IO_DONE;
}

static enum cairn_io sleep_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	const struct cairn_acpi_sleep *s = ctx;

	if (len != 1)
		return CAIRN_IO_BAD;
	if (off == 0 && (value & SLP_EN) && (value >> SLP_TYP_SHIFT & SLP_TYP_MASK) == ACPI_S5_TYPE)
		cairn_trigger_fire(&s->power_off);
	return CAIRN_IO_DONE;
}

const struct cairn_bus_ops cairn_acpi_sleep_ops = { .read = sleep_read, .write = sleep_write };

void cairn_acpi_ged_init(struct cairn_acpi_ged *g, struct cairn_line irq)
{
	*g = (struct cairn_acpi_ged){ .irq = irq };
}

static void set_pending(struct cairn_acpi_ged *g, uint8_t pending)
{
	bool was = g->pending != 0;

	g->pending = pending;
	if (was != (pending != 0))
		cairn_line_set(&g->irq, !was);
}

void cairn_acpi_ged_reset(struct cairn_acpi_ged *g)
{
	set_pending(g, 0);
}

void cairn_acpi_ged_raise(struct cairn_acpi_ged *g, enum cairn_acpi_event event)
{
	set_pending(g, (uint8_t)(g->pending | event));
}

static enum cairn_io ged_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct cairn_acpi_ged *g = ctx;

	if (len != 1)
		return CAIRN_IO_BAD;
	*ret_value = g->pending;
	set_pending(g, 0);
	return CAIRN_IO_DONE;
}

static enum cairn_io ged_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	return len == 1 ? CAIRN_IO_DONE : CAIRN_IO_BAD; /* read-only */
}

const struct cairn_bus_ops cairn_acpi_ged_ops = { .read = ged_read, .write = ged_write };
