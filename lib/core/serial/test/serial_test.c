/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/serial.h>

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR, FCR = IIR };

struct world {
	struct cairn_serial s;
	uint8_t out[256];
	size_t n_out;
	bool irq;
	unsigned edges, room_calls;
};

static void set_irq(void *ctx, bool high)
{
	struct world *w = ctx;

	w->irq = high;
	w->edges++;
}

static void sink(void *ctx, const uint8_t *bytes, size_t n)
{
	struct world *w = ctx;

	assert_true(w->n_out + n <= sizeof(w->out));
	memcpy(w->out + w->n_out, bytes, n);
	w->n_out += n;
}

static void room(void *ctx)
{
	((struct world *)ctx)->room_calls++;
}

static void start(struct world *w)
{
	*w = (struct world){ 0 };
	cairn_serial_init(&w->s, (struct cairn_line){ set_irq, w },
			  (struct cairn_serial_sink){ sink, w }, (struct cairn_trigger){ room, w });
}

static void start_with_fifo(struct world *w)
{
	start(w);
	cairn_serial_write(&w->s, FCR, 0x07);
}

static size_t push(struct world *w, size_t n)
{
	static const uint8_t bytes[200] = "abcdefghijklmnopqrstuvwxyz";

	return cairn_serial_push(&w->s, bytes, n);
}

static uint8_t in(struct world *w, uint64_t off)
{
	return cairn_serial_read(&w->s, off);
}

static void out(struct world *w, uint64_t off, uint8_t v)
{
	cairn_serial_write(&w->s, off, v);
}

static void power_on_state_is_the_data_sheets(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(in(&w, IER), 0);
	assert_int_equal(in(&w, IIR), 0x01);
	assert_int_equal(in(&w, LCR), 0);
	assert_int_equal(in(&w, MCR), 0);
	assert_int_equal(in(&w, LSR), 0x60);
	assert_int_equal(in(&w, MSR), 0xb0);
	assert_int_equal(w.edges, 0);
}

static void written_bytes_reach_the_sink_in_order(void **state)
{
	struct world w;

	start(&w);
	out(&w, DATA, 'h');
	out(&w, DATA, 'i');
	assert_int_equal(w.n_out, 2);
	assert_memory_equal(w.out, "hi", 2);
	assert_int_equal(in(&w, LSR), 0x60);
}

static void missing_sink_still_raises_thre(void **state)
{
	struct world w;

	start(&w);
	cairn_serial_init(&w.s, (struct cairn_line){ set_irq, &w }, (struct cairn_serial_sink){ 0 },
			  (struct cairn_trigger){ 0 });
	out(&w, IER, 0x02);
	assert_int_equal(in(&w, IIR), 0x02);
	assert_false(w.irq);
	out(&w, DATA, 'x');
	assert_true(w.irq);
	assert_int_equal(in(&w, IIR), 0x02);
}

/* The sequence by which Linux decides whether THRE interrupts can be relied on. */
static void thre_is_raised_each_time_it_is_enabled(void **state)
{
	struct world w;

	start(&w);
	out(&w, IER, 0x02);
	assert_int_equal(in(&w, IIR), 0x02);
	assert_int_equal(in(&w, IIR), 0x01);
	out(&w, IER, 0x00);
	out(&w, IER, 0x02);
	assert_true(w.irq);
	assert_int_equal(in(&w, IIR), 0x02);
	assert_false(w.irq);
	out(&w, IER, 0x02);
	assert_int_equal(in(&w, IIR), 0x01);
}

static void received_bytes_are_read_in_order(void **state)
{
	struct world w;

	start_with_fifo(&w);
	assert_int_equal(push(&w, 3), 3);
	assert_int_equal(in(&w, LSR), 0x61);
	assert_int_equal(in(&w, DATA), 'a');
	assert_int_equal(in(&w, DATA), 'b');
	assert_int_equal(in(&w, DATA), 'c');
	assert_int_equal(in(&w, LSR), 0x60);
	assert_int_equal(in(&w, DATA), 0);
	assert_true(cairn_serial_is_valid(&w.s));
}

static void fifo_takes_no_more_than_it_holds(void **state)
{
	struct world w;

	start_with_fifo(&w);
	assert_int_equal(cairn_serial_room(&w.s), CAIRN_SERIAL_FIFO);
	assert_int_equal(push(&w, 200), CAIRN_SERIAL_FIFO);
	assert_int_equal(cairn_serial_room(&w.s), 0);
	assert_int_equal(push(&w, 1), 0);
	assert_true(cairn_serial_is_valid(&w.s));
	in(&w, DATA);
	assert_int_equal(push(&w, 2), 1);
}

static void without_fifo_one_byte_is_held(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(push(&w, 5), 1);
	assert_int_equal(cairn_serial_room(&w.s), 0);
	assert_int_equal(in(&w, DATA), 'a');
	assert_int_equal(cairn_serial_room(&w.s), 1);
}

static void fifo_wraps_around(void **state)
{
	struct world w;

	start_with_fifo(&w);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(push(&w, 26), 26);
		for (int j = 0; j < 26; j++)
			assert_int_equal(in(&w, DATA), 'a' + j);
	}
}

static void room_hook_fires_once_after_a_cut_push_is_drained(void **state)
{
	struct world w;

	start_with_fifo(&w);
	assert_int_equal(push(&w, 10), 10);
	for (int i = 0; i < 10; i++)
		in(&w, DATA);
	assert_int_equal(w.room_calls, 0);
	assert_int_equal(push(&w, 65), 64);
	for (int i = 0; i < 63; i++)
		in(&w, DATA);
	assert_int_equal(w.room_calls, 0);
	in(&w, DATA);
	in(&w, DATA);
	assert_int_equal(w.room_calls, 1);
}

static void empty_push_changes_nothing(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(cairn_serial_push(&w.s, NULL, 0), 0);
	out(&w, IER, 0x01);
	assert_false(w.irq);
}

static void data_interrupt_holds_until_the_fifo_is_empty(void **state)
{
	struct world w;

	start_with_fifo(&w);
	out(&w, IER, 0x01);
	assert_int_equal(push(&w, 2), 2);
	assert_true(w.irq);
	in(&w, DATA);
	assert_true(w.irq);
	in(&w, DATA);
	assert_false(w.irq);
	assert_int_equal(in(&w, IIR), 0xc1);
}

/* Linux masks IER while it prints from the kernel; input that came meanwhile must not be lost. */
static void input_pending_while_masked_interrupts_when_unmasked(void **state)
{
	struct world w;

	start_with_fifo(&w);
	assert_int_equal(push(&w, 1), 1);
	assert_false(w.irq);
	out(&w, IER, 0x01);
	assert_true(w.irq);
	out(&w, IER, 0x00);
	assert_false(w.irq);
	out(&w, IER, 0x05);
	assert_true(w.irq);
}

static void trigger_level_decides_between_data_and_timeout(void **state)
{
	struct world w;

	start_with_fifo(&w);
	out(&w, FCR, 0xc1);
	out(&w, IER, 0x01);
	assert_int_equal(push(&w, 13), 13);
	assert_int_equal(in(&w, IIR), 0xcc);
	assert_int_equal(push(&w, 1), 1);
	assert_int_equal(in(&w, IIR), 0xc4);
	in(&w, DATA);
	assert_int_equal(in(&w, IIR), 0xcc);
	assert_true(w.irq);
}

static void causes_are_reported_by_priority(void **state)
{
	struct world w;

	start(&w);
	out(&w, MCR, 0x10); /* loopback: the modem inputs drop */
	out(&w, DATA, 1);
	out(&w, DATA, 2); /* overrun */
	out(&w, IER, 0x0f);
	assert_int_equal(in(&w, IIR), 0x06);
	assert_int_equal(in(&w, LSR), 0x63);
	assert_int_equal(in(&w, IIR), 0x04);
	assert_int_equal(in(&w, DATA), 1);
	assert_int_equal(in(&w, IIR), 0x02);
	assert_int_equal(in(&w, IIR), 0x00);
	assert_true(w.irq);
	assert_int_equal(in(&w, MSR), 0x0b);
	assert_int_equal(in(&w, IIR), 0x01);
	assert_false(w.irq);
}

static void disabled_causes_are_silent(void **state)
{
	struct world w;

	start(&w);
	out(&w, MCR, 0x10);
	out(&w, DATA, 1);
	out(&w, DATA, 2);
	assert_int_equal(in(&w, IIR), 0x01);
	out(&w, IER, 0x01);
	assert_int_equal(in(&w, IIR), 0x04);
	in(&w, DATA);
	assert_int_equal(in(&w, IIR), 0x01);
	assert_false(w.irq);
}

static void clearing_the_receive_fifo_drops_input_and_interrupt(void **state)
{
	struct world w;

	start_with_fifo(&w);
	out(&w, IER, 0x01);
	assert_int_equal(push(&w, 100), 64);
	out(&w, FCR, 0x03);
	assert_false(w.irq);
	assert_int_equal(in(&w, LSR), 0x60);
	assert_int_equal(cairn_serial_room(&w.s), 64);
	assert_int_equal(w.room_calls, 1);
}

static void switching_the_fifos_clears_them(void **state)
{
	struct world w;

	start_with_fifo(&w);
	assert_int_equal(push(&w, 5), 5);
	out(&w, FCR, 0x00);
	assert_int_equal(in(&w, LSR), 0x60);
	assert_int_equal(in(&w, IIR), 0x01);
	assert_true(cairn_serial_is_valid(&w.s));
}

static void fcr_without_enable_sets_nothing(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(push(&w, 1), 1);
	out(&w, FCR, 0xc2);
	assert_int_equal(in(&w, LSR), 0x61);
	out(&w, IER, 0x01);
	assert_int_equal(in(&w, IIR), 0x04);
}

static void loopback_feeds_output_back(void **state)
{
	struct world w;

	start_with_fifo(&w);
	out(&w, MCR, 0x10);
	out(&w, DATA, 'q');
	assert_int_equal(w.n_out, 0);
	assert_int_equal(in(&w, DATA), 'q');
}

static void loopback_shuts_the_host_out(void **state)
{
	struct world w;

	start_with_fifo(&w);
	out(&w, MCR, 0x10);
	assert_int_equal(cairn_serial_room(&w.s), 0);
	assert_int_equal(push(&w, 1), 0);
	in(&w, SCR);
	assert_int_equal(w.room_calls, 0);
	out(&w, MCR, 0x00);
	assert_int_equal(w.room_calls, 1);
	assert_int_equal(push(&w, 1), 1);
}

static void loopback_overrun_keeps_what_was_there(void **state)
{
	struct world w;

	start_with_fifo(&w);
	out(&w, MCR, 0x10);
	for (int i = 0; i < 100; i++)
		out(&w, DATA, (uint8_t)i);
	assert_int_equal(in(&w, LSR), 0x63);
	assert_int_equal(in(&w, LSR), 0x61);
	for (int i = 0; i < CAIRN_SERIAL_FIFO; i++)
		assert_int_equal(in(&w, DATA), i);
	assert_int_equal(in(&w, LSR), 0x60);
}

static void modem_inputs_follow_the_outputs_in_loopback(void **state)
{
	struct world w;

	start(&w);
	out(&w, MCR, 0x1a); /* Linux's test: RTS and OUT2 come back as CTS and DCD */
	assert_int_equal(in(&w, MSR) & 0xf0, 0x90);
	out(&w, MCR, 0x15);
	assert_int_equal(in(&w, MSR) & 0xf0, 0x60);
	in(&w, MSR);
	out(&w, MCR, 0x11);
	assert_int_equal(in(&w, MSR), 0x24); /* the end of ringing is the change that counts */
	out(&w, MCR, 0x15);
	assert_int_equal(in(&w, MSR), 0x60); /* its beginning is none */
}

/* What Linux looks at, in its order, to call a port a 16550A and nothing later. */
static void linux_probe_finds_a_16550a(void **state)
{
	struct world w;

	start(&w);
	out(&w, IER, 0x00);
	assert_int_equal(in(&w, IER) & 0x0f, 0x00);
	out(&w, IER, 0x0f);
	assert_int_equal(in(&w, IER) & 0x0f, 0x0f);
	out(&w, IER, 0x00);
	out(&w, FCR, 0x01);
	assert_int_equal(in(&w, IIR) >> 6, 3);
	out(&w, LCR, 0x80);
	assert_int_not_equal(in(&w, IIR), 0); /* an EFR of zero would be a 16650 */
	out(&w, LCR, 0xbf);
	assert_int_not_equal(in(&w, IIR), 0);
	out(&w, LCR, 0x00);
	out(&w, FCR, 0x21);
	assert_int_equal(in(&w, IIR) >> 5, 6); /* 7 would be a 16750 */
	out(&w, IER, 0x40);
	assert_int_equal(in(&w, IER) & 0x40, 0); /* an XScale keeps this bit */
}

static void divisor_hides_data_and_interrupt_enable(void **state)
{
	struct world w;

	start(&w);
	out(&w, LCR, 0x83);
	out(&w, DATA, 0x34);
	out(&w, IER, 0x12);
	assert_int_equal(w.n_out, 0);
	assert_int_equal(in(&w, DATA), 0x34);
	assert_int_equal(in(&w, IER), 0x12);
	out(&w, LCR, 0x03);
	assert_int_equal(in(&w, IER), 0);
	assert_int_equal(in(&w, LCR), 0x03);
}

static void scratch_keeps_and_status_registers_ignore_writes(void **state)
{
	struct world w;

	start(&w);
	out(&w, SCR, 0xa5);
	assert_int_equal(in(&w, SCR), 0xa5);
	out(&w, LSR, 0xff);
	assert_int_equal(in(&w, LSR), 0x60);
	out(&w, MSR, 0xff);
	assert_int_equal(in(&w, MSR), 0xb0);
	out(&w, 8, 1);
	assert_int_equal(in(&w, 8), 0xff);
	out(&w, MCR, 0xff);
	assert_int_equal(in(&w, MCR), 0x1f);
}

static void reset_gives_the_state_of_a_new_port(void **state)
{
	struct world w, fresh;

	start(&fresh);
	start_with_fifo(&w);
	out(&w, LCR, 0x80);
	out(&w, DATA, 7);
	out(&w, LCR, 0x00);
	out(&w, IER, 0x0f);
	out(&w, SCR, 1);
	out(&w, MCR, 0x1f);
	out(&w, DATA, 'x');
	assert_true(w.irq);
	cairn_serial_reset(&w.s);
	assert_false(w.irq);
	memset(w.s.rx, 0, sizeof(w.s.rx));
	w.s.irq = fresh.s.irq;
	w.s.sink = fresh.s.sink;
	w.s.room = fresh.s.room;
	assert_memory_equal(&w.s, &fresh.s, sizeof(w.s));
}

static void reset_lets_the_host_push_again(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(push(&w, 2), 1);
	cairn_serial_reset(&w.s);
	assert_int_equal(w.room_calls, 1);
}

static void line_changes_only_when_the_level_does(void **state)
{
	struct world w;

	start_with_fifo(&w);
	out(&w, IER, 0x03);
	out(&w, DATA, 1);
	out(&w, DATA, 2);
	assert_int_equal(push(&w, 1), 1);
	assert_int_equal(w.edges, 1);
}

static void wide_access_is_refused_by_the_port(void **state)
{
	struct world w;
	struct cairn_bus_region array[1];
	struct cairn_bus bus;
	uint64_t v;

	start(&w);
	assert_int_equal(cairn_bus_init(&bus, array, 1, 0xffff, 4), 0);
	assert_int_equal(
	    cairn_bus_add(&bus, &(struct cairn_bus_region){ .base = 0x3f8,
							    .len = CAIRN_SERIAL_LEN,
							    .ops = &cairn_serial_bus_ops,
							    .ctx = &w.s }),
	    0);
	assert_int_equal(cairn_bus_write(&bus, 0x3f8, 2, 0x4141), CAIRN_IO_BAD);
	assert_int_equal(cairn_bus_read(&bus, 0x3f8, 4, &v), CAIRN_IO_BAD);
	assert_int_equal(w.n_out, 0);
	assert_int_equal(cairn_bus_write(&bus, 0x3f8, 1, 'A'), CAIRN_IO_DONE);
	assert_int_equal(cairn_bus_read(&bus, 0x3fd, 1, &v), CAIRN_IO_DONE);
	assert_int_equal(v, 0x60);
	assert_int_equal(w.n_out, 1);
}

static void is_valid_sees_broken_indices(void **state)
{
	struct world w;

	start(&w);
	assert_true(cairn_serial_is_valid(&w.s));
	w.s.rx_n = 2;
	assert_false(cairn_serial_is_valid(&w.s));
	w.s.rx_n = 0;
	w.s.irq_high = true;
	assert_false(cairn_serial_is_valid(&w.s));
}

/* The example of the README. */
static void readme_example_works(void **state)
{
	struct world console = { 0 };
	struct cairn_serial com1;
	const uint8_t typed[] = "ls\n";
	size_t taken;

	cairn_serial_init(&com1, (struct cairn_line){ set_irq, &console },
			  (struct cairn_serial_sink){ sink, &console },
			  (struct cairn_trigger){ room, &console });
	taken = cairn_serial_push(&com1, typed, 3);
	assert_int_equal(taken, 1); /* no FIFO yet: the rest when room is called */
	assert_int_equal(cairn_serial_read(&com1, 0), 'l');
	assert_int_equal(console.room_calls, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_on_state_is_the_data_sheets),
		cmocka_unit_test(written_bytes_reach_the_sink_in_order),
		cmocka_unit_test(missing_sink_still_raises_thre),
		cmocka_unit_test(thre_is_raised_each_time_it_is_enabled),
		cmocka_unit_test(received_bytes_are_read_in_order),
		cmocka_unit_test(fifo_takes_no_more_than_it_holds),
		cmocka_unit_test(without_fifo_one_byte_is_held),
		cmocka_unit_test(fifo_wraps_around),
		cmocka_unit_test(room_hook_fires_once_after_a_cut_push_is_drained),
		cmocka_unit_test(empty_push_changes_nothing),
		cmocka_unit_test(data_interrupt_holds_until_the_fifo_is_empty),
		cmocka_unit_test(input_pending_while_masked_interrupts_when_unmasked),
		cmocka_unit_test(trigger_level_decides_between_data_and_timeout),
		cmocka_unit_test(causes_are_reported_by_priority),
		cmocka_unit_test(disabled_causes_are_silent),
		cmocka_unit_test(clearing_the_receive_fifo_drops_input_and_interrupt),
		cmocka_unit_test(switching_the_fifos_clears_them),
		cmocka_unit_test(fcr_without_enable_sets_nothing),
		cmocka_unit_test(loopback_feeds_output_back),
		cmocka_unit_test(loopback_shuts_the_host_out),
		cmocka_unit_test(loopback_overrun_keeps_what_was_there),
		cmocka_unit_test(modem_inputs_follow_the_outputs_in_loopback),
		cmocka_unit_test(linux_probe_finds_a_16550a),
		cmocka_unit_test(divisor_hides_data_and_interrupt_enable),
		cmocka_unit_test(scratch_keeps_and_status_registers_ignore_writes),
		cmocka_unit_test(reset_gives_the_state_of_a_new_port),
		cmocka_unit_test(reset_lets_the_host_push_again),
		cmocka_unit_test(line_changes_only_when_the_level_does),
		cmocka_unit_test(wide_access_is_refused_by_the_port),
		cmocka_unit_test(is_valid_sees_broken_indices),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
