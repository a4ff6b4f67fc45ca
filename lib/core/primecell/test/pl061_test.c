/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "primecell_test.h"

#include <cairn/pl061.h>

enum {
	DATA = 0x3fc, /* all pins */
	DIR = 0x400,
	IS = 0x404,
	IBE = 0x408,
	IEV = 0x40c,
	IE = 0x410,
	RIS = 0x414,
	MIS = 0x418,
	IC = 0x41c,
	AFSEL = 0x420,
};

struct world {
	struct cairn_pl061 p;
	bool irq;
	unsigned int edges, told;
	uint8_t outputs, levels;
};

static void set_irq(void *ctx, bool high)
{
	struct world *w = ctx;

	w->irq = high;
	w->edges++;
}

static void hear(void *ctx, uint8_t outputs, uint8_t levels)
{
	struct world *w = ctx;

	w->outputs = outputs;
	w->levels = levels;
	w->told++;
}

static uint32_t in(struct world *w, uint64_t off)
{
	return peek(&cairn_pl061_bus_ops, &w->p, off);
}

static void out(struct world *w, uint64_t off, uint32_t v)
{
	poke(&cairn_pl061_bus_ops, &w->p, off, v);
	assert_true(cairn_pl061_is_valid(&w->p));
}

static void start(struct world *w)
{
	*w = (struct world){ 0 };
	cairn_pl061_init(&w->p, (struct cairn_line){ set_irq, w },
			 (struct cairn_pl061_out){ hear, w });
}

static void reset_state_is_the_manuals(void **state)
{
	struct world w;

	start(&w);
	for (uint64_t off = DIR; off <= AFSEL; off += 4)
		assert_int_equal(in(&w, off), 0);
	assert_int_equal(in(&w, DATA), 0);
	assert_int_equal(in(&w, 0x800), 0);
	assert_ids(&cairn_pl061_bus_ops, &w.p, 0x00041061);
	assert_odd_accesses_are_bad(&cairn_pl061_bus_ops, &w.p);
}

static void inputs_read_as_driven_through_the_address_mask(void **state)
{
	struct world w;

	start(&w);
	cairn_pl061_drive(&w.p, 3, true);
	cairn_pl061_drive(&w.p, 0, true);
	cairn_pl061_drive(&w.p, 8, true); /* there is none */
	cairn_pl061_drive(&w.p, 33, true);
	assert_int_equal(in(&w, DATA), 0x09);
	assert_int_equal(in(&w, 0x08 << 2), 0x08);
	assert_int_equal(in(&w, 0x06 << 2), 0);
	cairn_pl061_drive(&w.p, 0, false);
	assert_int_equal(in(&w, DATA), 0x08);
}

static void outputs_are_told_and_inputs_remember_nothing(void **state)
{
	struct world w;

	start(&w);
	out(&w, DATA, 0xff);
	assert_int_equal(in(&w, DATA), 0);
	assert_int_equal(w.told, 0);
	out(&w, DIR, 0x03);
	assert_int_equal(w.told, 1);
	out(&w, 0x01 << 2, 0xff); /* only pin 0 is meant */
	assert_int_equal(w.told, 2);
	assert_int_equal(w.outputs, 0x03);
	assert_int_equal(w.levels, 0x01);
	assert_int_equal(in(&w, DATA), 0x01);
	out(&w, 0x01 << 2, 0x01); /* nothing new */
	out(&w, DIR, 0x03);
	assert_int_equal(w.told, 2);
}

static void rising_edge_interrupts_once_and_is_cleared(void **state)
{
	struct world w;

	start(&w);
	out(&w, IEV, 0x08);
	out(&w, IE, 0x08);
	cairn_pl061_drive(&w.p, 3, true);
	assert_true(w.irq);
	assert_int_equal(in(&w, MIS), 0x08);
	cairn_pl061_drive(&w.p, 3, true); /* no edge */
	out(&w, IC, 0x08);
	assert_false(w.irq);
	cairn_pl061_drive(&w.p, 3, false); /* the other edge */
	assert_false(w.irq);
	assert_int_equal(w.edges, 2);
}

static void falling_and_both_edges_as_chosen(void **state)
{
	struct world w;

	start(&w);
	out(&w, IE, 0x03);
	out(&w, IBE, 0x02);
	cairn_pl061_drive(&w.p, 0, true);
	assert_int_equal(in(&w, RIS), 0);
	cairn_pl061_drive(&w.p, 0, false);
	assert_int_equal(in(&w, RIS), 0x01);
	cairn_pl061_drive(&w.p, 1, true);
	assert_int_equal(in(&w, RIS), 0x03);
	out(&w, IC, 0x03);
	cairn_pl061_drive(&w.p, 1, false);
	assert_int_equal(in(&w, RIS), 0x02);
}

static void level_interrupts_while_it_holds_whatever_is_cleared(void **state)
{
	struct world w;

	start(&w);
	out(&w, IS, 0x10);
	out(&w, IEV, 0x10);
	out(&w, IE, 0x10);
	cairn_pl061_drive(&w.p, 4, true);
	out(&w, IC, 0xff);
	assert_true(w.irq);
	cairn_pl061_drive(&w.p, 4, false);
	assert_false(w.irq);
	out(&w, IEV, 0); /* the low level now */
	assert_true(w.irq);
}

static void masked_edge_interrupts_when_unmasked(void **state)
{
	struct world w;

	start(&w);
	out(&w, IEV, 0xff);
	cairn_pl061_drive(&w.p, 7, true);
	assert_false(w.irq);
	assert_int_equal(in(&w, RIS), 0x80);
	assert_int_equal(in(&w, MIS), 0);
	out(&w, IE, 0x80);
	assert_true(w.irq);
}

static void what_the_guest_drives_raises_nothing(void **state)
{
	struct world w;

	start(&w);
	out(&w, IE, 0xff);
	out(&w, IBE, 0xff);
	out(&w, DIR, 0xff);
	out(&w, DATA, 0xff);
	cairn_pl061_drive(&w.p, 2, true);
	out(&w, IEV, 0xff);
	out(&w, IS, 0xff);
	assert_false(w.irq);
	assert_int_equal(in(&w, DATA), 0xff);
}

static void reset_keeps_what_the_host_drives(void **state)
{
	struct world w;

	start(&w);
	out(&w, IEV, 1);
	out(&w, IE, 1);
	out(&w, AFSEL, 0x55);
	assert_int_equal(in(&w, AFSEL), 0x55);
	cairn_pl061_drive(&w.p, 0, true);
	assert_true(w.irq);
	cairn_pl061_reset(&w.p);
	assert_false(w.irq);
	assert_int_equal(in(&w, RIS), 0);
	assert_int_equal(in(&w, AFSEL), 0);
	assert_int_equal(in(&w, DATA), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reset_state_is_the_manuals),
		cmocka_unit_test(inputs_read_as_driven_through_the_address_mask),
		cmocka_unit_test(outputs_are_told_and_inputs_remember_nothing),
		cmocka_unit_test(rising_edge_interrupts_once_and_is_cleared),
		cmocka_unit_test(falling_and_both_edges_as_chosen),
		cmocka_unit_test(level_interrupts_while_it_holds_whatever_is_cleared),
		cmocka_unit_test(masked_edge_interrupts_when_unmasked),
		cmocka_unit_test(what_the_guest_drives_raises_nothing),
		cmocka_unit_test(reset_keeps_what_the_host_drives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
