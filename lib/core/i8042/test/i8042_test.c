/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/i8042.h>

struct world {
	struct cairn_bus_region array[4];
	struct cairn_bus ports;
	struct cairn_i8042 c;
	struct cairn_i8042_resets r;
	bool irq;
	unsigned resets;
};

static void set_irq(void *ctx, bool high)
{
	((struct world *)ctx)->irq = high;
}

static void reset(void *ctx)
{
	((struct world *)ctx)->resets++;
}

static void add(struct world *w, uint64_t port, const struct cairn_bus_ops *ops, void *ctx)
{
	struct cairn_bus_region region = { .base = port, .len = 1, .ops = ops, .ctx = ctx };

	assert_int_equal(cairn_bus_add(&w->ports, &region), 0);
}

static void start(struct world *w)
{
	struct cairn_trigger t = { reset, w };

	*w = (struct world){ 0 };
	cairn_i8042_init(&w->c, (struct cairn_line){ set_irq, w }, t);
	cairn_i8042_resets_init(&w->r, t);
	assert_int_equal(
	    cairn_bus_init(&w->ports, w->array, 4, CAIRN_BUS_PORT_LAST, CAIRN_BUS_PORT_MAX_LEN), 0);
	add(w, CAIRN_I8042_DATA_PORT, &cairn_i8042_data_ops, &w->c);
	add(w, CAIRN_I8042_COMMAND_PORT, &cairn_i8042_command_ops, &w->c);
	add(w, CAIRN_I8042_PORT92, &cairn_i8042_port92_ops, &w->r);
	add(w, CAIRN_I8042_CF9, &cairn_i8042_cf9_ops, &w->r);
}

static uint8_t in(struct world *w, uint64_t port)
{
	uint64_t v;

	assert_int_equal(cairn_bus_read(&w->ports, port, 1, &v), CAIRN_IO_DONE);
	return (uint8_t)v;
}

static void out(struct world *w, uint64_t port, uint8_t v)
{
	assert_int_equal(cairn_bus_write(&w->ports, port, 1, v), CAIRN_IO_DONE);
}

/* The answer to a command: there at once, and gone when read. */
static uint8_t ask(struct world *w, uint8_t cmd)
{
	uint8_t v;

	out(w, 0x64, cmd);
	assert_int_equal(in(w, 0x64) & 0x01, 0x01);
	v = in(w, 0x60);
	assert_int_equal(in(w, 0x64) & 0x01, 0x00);
	return v;
}

static void pulse_of_the_reset_line_asks_for_reset(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(in(&w, 0x64) & 0x02, 0); /* input buffer never full: nothing to wait for */
	out(&w, 0x64, 0xfe);
	assert_int_equal(w.resets, 1);
	out(&w, 0x64, 0xff); /* pulses no line */
	out(&w, 0x64, 0xfd);
	assert_int_equal(w.resets, 1);
}

static void output_port_with_the_reset_line_low_asks_for_reset(void **state)
{
	struct world w;

	start(&w);
	out(&w, 0x64, 0xd1);
	out(&w, 0x60, 0xdf);
	assert_int_equal(w.resets, 0);
	out(&w, 0x64, 0xd1);
	out(&w, 0x60, 0xfe);
	assert_int_equal(w.resets, 1);
}

/* What Linux does before it registers the controller: flush, self test, command byte, AUX test. */
static void probe_is_answered_without_waiting(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(in(&w, 0x64), 0x10);
	assert_int_equal(ask(&w, 0xaa), 0x55);
	assert_int_equal(in(&w, 0x64), 0x1c);
	assert_int_equal(ask(&w, 0x20), 0x74);
	out(&w, 0x64, 0x60);
	out(&w, 0x60, 0x75);
	assert_int_equal(ask(&w, 0x20), 0x75);
	out(&w, 0x64, 0xd3);
	out(&w, 0x60, 0x5a);
	assert_int_equal(in(&w, 0x64) & 0x21, 0x01);
	assert_int_equal(in(&w, 0x60), 0x5a);
	assert_int_equal(ask(&w, 0xa9), 0x02);
	assert_int_equal(ask(&w, 0xab), 0x00);
	assert_int_equal(w.resets, 0);
}

static void missing_keyboard_answers_resend_with_timeout(void **state)
{
	struct world w;

	start(&w);
	out(&w, 0x60, 0xf2);
	assert_int_equal(in(&w, 0x64) & 0x61, 0x41);
	assert_int_equal(in(&w, 0x60), 0xfe);
	assert_int_equal(in(&w, 0x64) & 0x61, 0x00);
	assert_int_equal(ask(&w, 0x20) & 0x10, 0);
}

static void missing_mouse_answers_as_the_mouse(void **state)
{
	struct world w;

	start(&w);
	out(&w, 0x64, 0x60);
	out(&w, 0x60, 0x01);
	out(&w, 0x64, 0xd4);
	out(&w, 0x60, 0xf4);
	assert_int_equal(in(&w, 0x64) & 0x61, 0x61);
	assert_false(w.irq);
	assert_int_equal(in(&w, 0x60), 0xfe);
}

static void keyboard_interrupt_follows_the_output_buffer(void **state)
{
	struct world w;

	start(&w);
	out(&w, 0x64, 0xd2);
	out(&w, 0x60, 0x1c);
	assert_false(w.irq);
	out(&w, 0x64, 0x60);
	out(&w, 0x60, 0x01);
	assert_true(w.irq);
	assert_int_equal(in(&w, 0x60), 0x1c);
	assert_false(w.irq);
}

static void interfaces_are_switched_in_the_command_byte(void **state)
{
	struct world w;

	start(&w);
	out(&w, 0x64, 0xae);
	assert_int_equal(ask(&w, 0x20), 0x60);
	out(&w, 0x64, 0xa8);
	assert_int_equal(ask(&w, 0x20), 0x40);
	out(&w, 0x64, 0xad);
	out(&w, 0x64, 0xa7);
	assert_int_equal(ask(&w, 0x20), 0x70);
	assert_int_equal(ask(&w, 0xc0), 0x80);
	assert_int_equal(ask(&w, 0xd0), 0x03);
}

static void controller_memory_keeps_what_is_written(void **state)
{
	struct world w;

	start(&w);
	out(&w, 0x64, 0x7f);
	out(&w, 0x60, 0xa5);
	assert_int_equal(ask(&w, 0x3f), 0xa5);
	assert_int_equal(ask(&w, 0x3e), 0x00);
}

static void new_command_forgets_one_that_waits_for_its_byte(void **state)
{
	struct world w;

	start(&w);
	out(&w, 0x64, 0xd1);
	out(&w, 0x64, 0x01);
	assert_int_equal(in(&w, 0x64) & 0x08, 0x08);
	out(&w, 0x60, 0x00);
	assert_int_equal(w.resets, 0);
	assert_int_equal(in(&w, 0x64) & 0x08, 0x00);
}

static void port92_resets_on_the_rising_edge(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(in(&w, 0x92), 0x02);
	out(&w, 0x92, 0xfe);
	assert_int_equal(w.resets, 0);
	assert_int_equal(in(&w, 0x92), 0x02);
	out(&w, 0x92, 0x03);
	out(&w, 0x92, 0x03);
	assert_int_equal(w.resets, 1);
}

static void cf9_resets_on_the_rising_edge(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(in(&w, 0xcf9), 0x00);
	out(&w, 0xcf9, 0x02);
	assert_int_equal(w.resets, 0);
	out(&w, 0xcf9, 0xf6);
	assert_int_equal(w.resets, 1);
	assert_int_equal(in(&w, 0xcf9), 0x06);
	out(&w, 0xcf9, 0x0e);
	assert_int_equal(w.resets, 1);
}

static void wide_accesses_are_refused(void **state)
{
	static const uint16_t at[] = { 0, 1, 2, 3 };
	struct world w;
	uint64_t v;

	start(&w);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(at); i++) {
		const struct cairn_bus_region *r = &w.array[at[i]];

		assert_int_equal(r->ops->read(r->ctx, 0, 2, &v), CAIRN_IO_BAD);
		assert_int_equal(r->ops->write(r->ctx, 0, 2, 0xfefe), CAIRN_IO_BAD);
	}
	assert_int_equal(w.resets, 0);
}

static void reset_gives_the_state_of_a_new_controller(void **state)
{
	struct world w, fresh;

	start(&w);
	start(&fresh);
	out(&w, 0x64, 0x60);
	out(&w, 0x60, 0x45);
	out(&w, 0x60, 0xf2);
	out(&w, 0x64, 0x65);
	assert_true(w.irq);
	cairn_i8042_reset(&w.c);
	assert_false(w.irq);
	fresh.c.irq = w.c.irq;
	fresh.c.reset = w.c.reset;
	assert_memory_equal(&w.c, &fresh.c, sizeof(w.c));
	assert_int_equal(w.resets, 0);
}

/* The example of the README. */
static void readme_example_works(void **state)
{
	unsigned asked = 0;
	struct world w = { 0 };
	struct cairn_i8042 kbc;

	cairn_i8042_init(&kbc, (struct cairn_line){ 0 }, (struct cairn_trigger){ reset, &w });
	cairn_i8042_command_ops.write(&kbc, 0, 1, 0xfe); /* outb(0xfe, 0x64) */
	asked = w.resets;
	assert_int_equal(asked, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pulse_of_the_reset_line_asks_for_reset),
		cmocka_unit_test(output_port_with_the_reset_line_low_asks_for_reset),
		cmocka_unit_test(probe_is_answered_without_waiting),
		cmocka_unit_test(missing_keyboard_answers_resend_with_timeout),
		cmocka_unit_test(missing_mouse_answers_as_the_mouse),
		cmocka_unit_test(keyboard_interrupt_follows_the_output_buffer),
		cmocka_unit_test(interfaces_are_switched_in_the_command_byte),
		cmocka_unit_test(controller_memory_keeps_what_is_written),
		cmocka_unit_test(new_command_forgets_one_that_waits_for_its_byte),
		cmocka_unit_test(port92_resets_on_the_rising_edge),
		cmocka_unit_test(cf9_resets_on_the_rising_edge),
		cmocka_unit_test(wide_accesses_are_refused),
		cmocka_unit_test(reset_gives_the_state_of_a_new_controller),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
