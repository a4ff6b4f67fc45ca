/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "primecell_test.h"

#include <cairn/pl011.h>

enum {
	DR = 0x00,
	RSR = 0x04,
	FR = 0x18,
	ILPR = 0x20,
	IBRD = 0x24,
	FBRD = 0x28,
	LCR_H = 0x2c,
	CR = 0x30,
	IFLS = 0x34,
	IMSC = 0x38,
	RIS = 0x3c,
	MIS = 0x40,
	ICR = 0x44,
	DMACR = 0x48,
};

enum { RX = 0x10, TX = 0x20, RT = 0x40, OE = 0x400, ENABLE = 0x301, LOOP = 0x80 };

struct world {
	struct cairn_pl011 p;
	uint8_t out[64];
	size_t n_out;
	bool irq;
	unsigned int edges, room_calls;
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

static uint32_t in(struct world *w, uint64_t off)
{
	return peek(&cairn_pl011_bus_ops, &w->p, off);
}

static void out(struct world *w, uint64_t off, uint32_t v)
{
	poke(&cairn_pl011_bus_ops, &w->p, off, v);
	assert_true(cairn_pl011_is_valid(&w->p));
}

static void power_on(struct world *w)
{
	*w = (struct world){ 0 };
	cairn_pl011_init(&w->p, (struct cairn_line){ set_irq, w },
			 (struct cairn_pl011_sink){ sink, w }, (struct cairn_trigger){ room, w });
}

/* As a driver leaves it: FIFOs on, all but modem interrupts enabled. */
static void start(struct world *w)
{
	power_on(w);
	out(w, LCR_H, 0x70);
	out(w, CR, ENABLE);
	out(w, IMSC, RX | RT | OE);
}

static size_t push(struct world *w, size_t n)
{
	static const uint8_t bytes[100] = "abcdefghijklmnopqrstuvwxyz0123456789";

	return cairn_pl011_push(&w->p, bytes, n);
}

static void reset_state_is_the_manuals(void **state)
{
	struct world w;

	power_on(&w);
	assert_int_equal(in(&w, FR), 0x97);
	assert_int_equal(in(&w, CR), 0x300);
	assert_int_equal(in(&w, IFLS), 0x12);
	assert_int_equal(in(&w, RIS), 0);
	assert_int_equal(in(&w, IMSC), 0);
	assert_int_equal(in(&w, 0x80), 0);
	assert_ids(&cairn_pl011_bus_ops, &w.p, 0x00341011);
	assert_odd_accesses_are_bad(&cairn_pl011_bus_ops, &w.p);
	assert_int_equal(w.edges, 0);
}

static void output_goes_to_the_sink_even_before_the_port_is_enabled(void **state)
{
	struct world w;

	power_on(&w);
	out(&w, CR, 0);
	out(&w, DR, 'h');
	assert_int_equal(cairn_pl011_bus_ops.write(&w.p, DR, 1, 'i'), CAIRN_IO_DONE);
	assert_int_equal(w.n_out, 2);
	assert_memory_equal(w.out, "hi", 2);
	assert_int_equal(in(&w, FR) & 0x80, 0x80); /* empty again */
}

static void missing_sink_still_raises_tx(void **state)
{
	struct world w;

	power_on(&w);
	w.p.sink.fn = NULL;
	out(&w, IMSC, TX);
	out(&w, DR, 'x');
	assert_true(w.irq);
	out(&w, ICR, TX);
	assert_false(w.irq);
}

static void input_is_held_back_until_receiving_is_enabled(void **state)
{
	struct world w;

	power_on(&w);
	assert_int_equal(push(&w, 3), 0);
	out(&w, LCR_H, 0x10);
	assert_int_equal(w.room_calls, 0);
	out(&w, CR, ENABLE);
	assert_int_equal(w.room_calls, 1);
	assert_int_equal(push(&w, 3), 3);
	assert_int_equal(in(&w, DR), 'a');
	out(&w, CR, 0x101); /* RXE off */
	assert_int_equal(cairn_pl011_room(&w.p), 0);
}

static void few_bytes_raise_the_time_out_and_reading_ends_it(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(push(&w, 2), 2);
	assert_true(w.irq);
	assert_int_equal(in(&w, MIS), RT);
	assert_int_equal(in(&w, DR), 'a');
	assert_true(w.irq);
	assert_int_equal(in(&w, DR), 'b');
	assert_false(w.irq);
	assert_int_equal(in(&w, DR), 0); /* empty */
}

static void the_trigger_level_raises_rx_and_falling_below_ends_it(void **state)
{
	static const uint8_t levels[8] = { 4, 8, 16, 24, 28, 16, 16, 16 };

	for (uint32_t i = 0; i < 8; i++) {
		struct world w;

		start(&w);
		out(&w, IFLS, i << 3);
		assert_int_equal(push(&w, levels[i] - 1), levels[i] - 1);
		assert_int_equal(in(&w, RIS), RT);
		assert_int_equal(push(&w, 1), 1);
		assert_int_equal(in(&w, RIS), RX | RT);
		in(&w, DR);
		assert_int_equal(in(&w, RIS), RT);
	}
}

static void a_cleared_status_returns_with_the_next_byte(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(push(&w, 1), 1);
	out(&w, ICR, RX | RT);
	assert_false(w.irq);
	assert_int_equal(push(&w, 1), 1);
	assert_true(w.irq);
}

static void without_fifos_there_is_room_for_one_byte(void **state)
{
	struct world w;

	start(&w);
	out(&w, LCR_H, 0x60);
	assert_int_equal(push(&w, 2), 1);
	assert_int_equal(in(&w, RIS), RX | RT);
	assert_int_equal(in(&w, FR) & 0x50, 0x40);
	assert_int_equal(in(&w, DR), 'a');
	assert_int_equal(w.room_calls, 1);
	assert_int_equal(in(&w, FR) & 0x50, 0x10);
}

static void fifo_takes_no_more_than_it_holds(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(push(&w, 50), CAIRN_PL011_FIFO);
	assert_int_equal(push(&w, 1), 0);
	for (unsigned int i = 0; i < CAIRN_PL011_FIFO; i++) {
		assert_int_equal(w.room_calls, 0);
		assert_int_equal(in(&w, DR), "abcdefghijklmnopqrstuvwxyz0123456789"[i]);
	}
	assert_int_equal(w.room_calls, 1);
}

static void switching_the_fifos_empties_them(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(push(&w, 20), 20);
	out(&w, LCR_H, 0x60);
	assert_int_equal(in(&w, RIS), 0);
	assert_false(w.irq);
	assert_int_equal(in(&w, FR) & 0x10, 0x10);
}

static void loopback_returns_bytes_and_modem_outputs(void **state)
{
	struct world w;

	start(&w);
	out(&w, CR, ENABLE | LOOP | 0x3c00);
	assert_int_equal(in(&w, FR) & 0x107, 0x107);
	assert_int_equal(in(&w, RIS) & 0xf, 0x1); /* RI rose, the rest was high before */
	out(&w, CR, ENABLE | LOOP);
	assert_int_equal(in(&w, FR) & 0x107, 0);
	assert_int_equal(in(&w, RIS) & 0xf, 0xf);
	out(&w, DR, 'x');
	assert_int_equal(w.n_out, 0);
	assert_int_equal(in(&w, DR), 'x');
	assert_int_equal(push(&w, 1), 0);
}

static void loopback_overrun_keeps_what_was_there(void **state)
{
	struct world w;

	start(&w);
	out(&w, CR, ENABLE | LOOP);
	for (unsigned int i = 0; i < CAIRN_PL011_FIFO + 1; i++)
		out(&w, DR, 'A' + i);
	assert_int_equal(in(&w, RIS) & OE, OE);
	assert_int_equal(in(&w, RSR), 8);
	assert_int_equal(in(&w, DR), 0x800 | 'A');
	out(&w, RSR, 0);
	assert_int_equal(in(&w, RSR), 0);
	assert_int_equal(in(&w, DR), 'B');
}

static void registers_keep_what_they_can(void **state)
{
	static const struct {
		uint32_t reg, kept;
	} regs[] = { { ILPR, 0xff }, { IBRD, 0xffff }, { FBRD, 0x3f },  { LCR_H, 0xff },
		     { CR, 0xff87 }, { IFLS, 0x3f },   { IMSC, 0x7ff }, { DMACR, 7 } };
	struct world w;

	power_on(&w);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(regs); i++) {
		out(&w, regs[i].reg, UINT32_MAX);
		assert_int_equal(in(&w, regs[i].reg), regs[i].kept);
	}
	out(&w, FR, 0);
	out(&w, RIS, UINT32_MAX);
	assert_int_equal(in(&w, RIS) & (RX | RT), 0);
}

static void reset_gives_the_state_of_a_new_port(void **state)
{
	struct world w, fresh;

	power_on(&fresh);
	start(&w);
	assert_int_equal(push(&w, 40), 32);
	out(&w, CR, ENABLE | LOOP);
	out(&w, DR, 'x');
	out(&w, IBRD, 7);
	assert_true(w.irq);
	cairn_pl011_reset(&w.p);
	assert_false(w.irq);
	memset(w.p.rx, 0, sizeof(w.p.rx));
	assert_true(w.p.cut_short); /* the host is still told when there is room */
	w.p.cut_short = false;
	w.p.irq = fresh.p.irq;
	w.p.sink = fresh.p.sink;
	w.p.room = fresh.p.room;
	assert_memory_equal(&w.p, &fresh.p, sizeof(w.p));
}

static void readme_example_works(void **state)
{
	struct world console = { 0 };
	/* The example of README.md. */
	struct cairn_pl011 port;
	const uint8_t typed[] = "ls\n";
	size_t taken;

	cairn_pl011_init(&port, (struct cairn_line){ set_irq, &console },
			 (struct cairn_pl011_sink){ sink, &console },
			 (struct cairn_trigger){ room, &console });
	taken = cairn_pl011_push(&port, typed, 3); /* 0: room is called when the driver listens */
	assert_int_equal(taken, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reset_state_is_the_manuals),
		cmocka_unit_test(output_goes_to_the_sink_even_before_the_port_is_enabled),
		cmocka_unit_test(missing_sink_still_raises_tx),
		cmocka_unit_test(input_is_held_back_until_receiving_is_enabled),
		cmocka_unit_test(few_bytes_raise_the_time_out_and_reading_ends_it),
		cmocka_unit_test(the_trigger_level_raises_rx_and_falling_below_ends_it),
		cmocka_unit_test(a_cleared_status_returns_with_the_next_byte),
		cmocka_unit_test(without_fifos_there_is_room_for_one_byte),
		cmocka_unit_test(fifo_takes_no_more_than_it_holds),
		cmocka_unit_test(switching_the_fifos_empties_them),
		cmocka_unit_test(loopback_returns_bytes_and_modem_outputs),
		cmocka_unit_test(loopback_overrun_keeps_what_was_there),
		cmocka_unit_test(registers_keep_what_they_can),
		cmocka_unit_test(reset_gives_the_state_of_a_new_port),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
