/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/i8042.h>

enum {
	PORT92_RESET = 0x01,
	PORT92_A20 = 0x02,

	CF9_FULL = 0x08, /* power cycle too: kept, the reset is the same */
	CF9_RESET = 0x04,
	CF9_SYSTEM = 0x02, /* hard rather than soft: kept, the reset is the same */
};

void cairn_i8042_resets_init(struct cairn_i8042_resets *r, struct cairn_trigger reset)
{
	*r = (struct cairn_i8042_resets){ .reset = reset, .port92 = PORT92_A20 };
}

/* Both registers reset on the rising edge of one bit. */
static void store(struct cairn_i8042_resets *r, uint8_t *reg, uint8_t value, uint8_t edge)
{
	bool rises = value & ~*reg & edge;

	*reg = value;
	if (rises)
		cairn_trigger_fire(&r->reset);
}

static enum cairn_io port92_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	const struct cairn_i8042_resets *r = ctx;

	if (len != 1)
		return CAIRN_IO_BAD;
	*ret_value = r->port92;
	return CAIRN_IO_DONE;
}

static enum cairn_io port92_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_i8042_resets *r = ctx;

	if (len != 1)
		return CAIRN_IO_BAD;
	store(r, &r->port92, (uint8_t)(value & (PORT92_A20 | PORT92_RESET)), PORT92_RESET);
	return CAIRN_IO_DONE;
}

static enum cairn_io cf9_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	const struct cairn_i8042_resets *r = ctx;

	if (len != 1)
		return CAIRN_IO_BAD;
	*ret_value = r->cf9;
	return CAIRN_IO_DONE;
}

static enum cairn_io cf9_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_i8042_resets *r = ctx;

	if (len != 1)
		return CAIRN_IO_BAD;
	store(r, &r->cf9, (uint8_t)(value & (CF9_FULL | CF9_RESET | CF9_SYSTEM)), CF9_RESET);
	return CAIRN_IO_DONE;
}

const struct cairn_bus_ops cairn_i8042_port92_ops = { .read = port92_read, .write = port92_write };
const struct cairn_bus_ops cairn_i8042_cf9_ops = { .read = cf9_read, .write = cf9_write };
