/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/ioapic.h>

#define MASKED 0x10000u
#define LEVEL  0x8000u
#define IRR    0x4000u

struct world {
	struct cairn_ioapic a;
	struct cairn_ioapic_message sent, route; /* the last of each */
	unsigned n_sent, n_routes, n_sent_at_route;
	uint32_t pin;
	bool has_route;
};

static void on_route(void *ctx, uint32_t pin, const struct cairn_ioapic_message *m)
{
	struct world *w = ctx;

	w->n_routes++;
	w->pin = pin;
	w->has_route = m != NULL;
	w->route = m ? *m : (struct cairn_ioapic_message){ 0 };
	w->n_sent_at_route = w->n_sent;
}

static void on_send(void *ctx, const struct cairn_ioapic_message *m)
{
	struct world *w = ctx;

	w->n_sent++;
	w->sent = *m;
}

static void start(struct world *w)
{
	*w = (struct world){ .n_sent = 0 };
	cairn_ioapic_init(&w->a, (struct cairn_ioapic_hooks){ on_route, on_send, w });
}

static uint32_t get(struct world *w, uint32_t reg)
{
	cairn_ioapic_write(&w->a, 0, 4, reg);
	assert_int_equal(cairn_ioapic_read(&w->a, 0, 4), reg);
	return cairn_ioapic_read(&w->a, 0x10, 4);
}

static void set(struct world *w, uint32_t reg, uint32_t value)
{
	cairn_ioapic_write(&w->a, 0, 4, reg);
	cairn_ioapic_write(&w->a, 0x10, 4, value);
}

static uint32_t low(uint32_t pin)
{
	return 0x10 + 2 * pin;
}

static void readme_example_works(void **state)
{
	struct world seen;
	struct cairn_ioapic a;

	seen = (struct world){ .n_sent = 0 };
	cairn_ioapic_init(&a, (struct cairn_ioapic_hooks){ on_route, on_send, &seen });
	cairn_ioapic_write(&a, 0x00, 4, 0x10 + 2 * 9); /* the guest: pin 9 … */
	cairn_ioapic_write(&a, 0x10, 4, 0x8041);       /* … is a level, vector 0x41 */
	cairn_ioapic_set(&a, 9, true);                 /* on_send: data 0xc041 at 0xfee00000 */
	cairn_ioapic_eoi(&a, 0x41);                    /* still high: on_send again */
	assert_int_equal(seen.n_sent, 2);
	assert_true(seen.sent.addr == 0xfee00000 && seen.sent.data == 0xc041);
}

static void it_says_what_it_is(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(get(&w, 1), 0x00170020);
	set(&w, 0, 0xff000000);
	assert_int_equal(get(&w, 0), 0x0f000000);
	assert_int_equal(get(&w, 2), 0x0f000000);
	set(&w, 1, UINT32_MAX);
	assert_int_equal(get(&w, 1), 0x00170020);
	for (uint32_t pin = 0; pin < CAIRN_IOAPIC_PINS; pin++) {
		assert_int_equal(get(&w, low(pin)), MASKED);
		assert_int_equal(get(&w, low(pin) + 1), 0);
	}
}

static void entries_keep_their_writable_bits(void **state)
{
	struct world w;

	start(&w);
	set(&w, low(23), UINT32_MAX);
	set(&w, low(23) + 1, UINT32_MAX);
	assert_int_equal(get(&w, low(23)), 0x1afff);
	assert_int_equal(get(&w, low(23) + 1), 0xfffe0000);
	assert_int_equal(get(&w, low(22)), MASKED);
}

static void registers_that_are_none_read_as_zero(void **state)
{
	static const uint32_t regs[] = { 3, 0xf, 0x40, 0xff };
	struct world w;

	start(&w);
	for (size_t i = 0; i < 4; i++) {
		set(&w, regs[i], UINT32_MAX);
		assert_int_equal(get(&w, regs[i]), 0);
	}
	assert_int_equal(w.n_routes, 0);
}

static void only_words_reach_the_window(void **state)
{
	static const uint32_t odd[] = { 0, 1, 2, 3, 8 };
	struct world w;

	start(&w);
	cairn_ioapic_write(&w.a, 0, 1, 0x10);
	for (size_t i = 0; i < 5; i++) {
		cairn_ioapic_write(&w.a, 0x10, odd[i], 0x41);
		assert_int_equal(cairn_ioapic_read(&w.a, 0x10, odd[i]), 0);
	}
	cairn_ioapic_write(&w.a, 0x14, 4, 0x41);
	cairn_ioapic_write(&w.a, CAIRN_IOAPIC_LEN - 1, 4, 0x41);
	assert_int_equal(cairn_ioapic_read(&w.a, 0x14, 4), 0);
	assert_int_equal(get(&w, 0x10), MASKED);
	assert_int_equal(w.n_routes, 0);
}

static void an_entry_is_a_message(void **state)
{
	struct world w;

	start(&w);
	set(&w, low(3) + 1, 0x2b020000); /* 0x12b: 0x01 in bits 55 to 49, 0x2b in 63 to 56 */
	set(&w, low(3), 0x0941);         /* logical, lowest priority */
	assert_int_equal(w.n_routes, 1);
	assert_int_equal(w.pin, 3);
	assert_int_equal(w.route.addr, 0xfee00000 | 0x2b << 12 | 1 << 5 | 1 << 2);
	assert_int_equal(w.route.data, 0x141);
	set(&w, low(3) + 1, 0xfffe0000);
	assert_int_equal(w.route.addr, 0xfeefffe0 | 1 << 2);
	assert_int_equal(w.n_sent, 0);
}

static void an_edge_is_sent_once_each_time_it_rises(void **state)
{
	struct world w;

	start(&w);
	set(&w, low(4), 0x31);
	for (unsigned n = 1; n <= 3; n++) {
		cairn_ioapic_set(&w.a, 4, true);
		cairn_ioapic_set(&w.a, 4, true);
		assert_int_equal(w.n_sent, n);
		assert_int_equal(w.sent.data, 0x31);
		cairn_ioapic_set(&w.a, 4, false);
	}
	cairn_ioapic_eoi(&w.a, 0x31);
	assert_int_equal(w.n_sent, 3);
	assert_int_equal(get(&w, low(4)), 0x31);
}

static void a_masked_edge_is_lost(void **state)
{
	struct world w;

	start(&w);
	set(&w, low(4), MASKED | 0x31);
	cairn_ioapic_set(&w.a, 4, true);
	set(&w, low(4), 0x31);
	assert_int_equal(w.n_sent, 0);
	cairn_ioapic_set(&w.a, 4, false);
	cairn_ioapic_set(&w.a, 4, true);
	assert_int_equal(w.n_sent, 1);
}

static void a_level_is_sent_again_until_it_is_low(void **state)
{
	struct world w;

	start(&w);
	set(&w, low(9), LEVEL | 0x41);
	cairn_ioapic_set(&w.a, 9, true);
	cairn_ioapic_set(&w.a, 9, true);
	assert_int_equal(w.n_sent, 1);
	assert_int_equal(w.sent.data, 0xc041);
	assert_int_equal(get(&w, low(9)), LEVEL | IRR | 0x41);
	cairn_ioapic_eoi(&w.a, 0x42);
	assert_int_equal(w.n_sent, 1);
	cairn_ioapic_eoi(&w.a, 0x41);
	assert_int_equal(w.n_sent, 2);
	cairn_ioapic_set(&w.a, 9, false);
	cairn_ioapic_eoi(&w.a, 0x41);
	assert_int_equal(w.n_sent, 2);
	assert_int_equal(get(&w, low(9)), LEVEL | 0x41);
}

static void a_masked_level_waits(void **state)
{
	struct world w;

	start(&w);
	set(&w, low(9), MASKED | LEVEL | 0x41);
	cairn_ioapic_set(&w.a, 9, true);
	assert_int_equal(w.n_sent, 0);
	set(&w, low(9), LEVEL | 0x41);
	assert_int_equal(w.n_sent, 1);
	/* ended while masked: again when it is not */
	set(&w, low(9), MASKED | LEVEL | 0x41);
	cairn_ioapic_eoi(&w.a, 0x41);
	assert_int_equal(w.n_sent, 1);
	set(&w, low(9), LEVEL | 0x41);
	assert_int_equal(w.n_sent, 2);
}

static void pins_that_share_a_vector_end_together(void **state)
{
	struct world w;

	start(&w);
	set(&w, low(16), LEVEL | 0x41);
	set(&w, low(17), LEVEL | 0x41);
	cairn_ioapic_set(&w.a, 16, true);
	cairn_ioapic_set(&w.a, 17, true);
	assert_int_equal(w.n_sent, 2);
	cairn_ioapic_eoi(&w.a, 0x41);
	assert_int_equal(w.n_sent, 4);
}

static void the_eoi_register_ends_a_level(void **state)
{
	struct world w;

	start(&w);
	set(&w, low(9), LEVEL | 0x41);
	cairn_ioapic_set(&w.a, 9, true);
	cairn_ioapic_write(&w.a, 0x40, 1, 0x41);
	assert_int_equal(w.n_sent, 1);
	cairn_ioapic_write(&w.a, 0x40, 4, 0x41);
	assert_int_equal(w.n_sent, 2);
	assert_int_equal(cairn_ioapic_read(&w.a, 0x40, 4), 0);
}

/* As Linux ends an interrupt of an I/O APIC without an EOI register. */
static void an_edge_has_nothing_to_end(void **state)
{
	struct world w;

	start(&w);
	set(&w, low(9), LEVEL | 0x41);
	cairn_ioapic_set(&w.a, 9, true);
	set(&w, low(9), MASKED | 0x41);
	assert_int_equal(get(&w, low(9)), MASKED | 0x41);
	set(&w, low(9), MASKED | LEVEL | 0x41);
	assert_int_equal(w.n_sent, 1);
	set(&w, low(9), LEVEL | 0x41);
	assert_int_equal(w.n_sent, 2);
}

static void a_route_is_told_before_it_is_used_and_only_when_it_changes(void **state)
{
	struct world w;

	start(&w);
	cairn_ioapic_set(&w.a, 9, true);
	set(&w, low(9) + 1, 0x01000000);
	set(&w, low(9), MASKED | 0x55);
	assert_int_equal(w.n_routes, 0);
	set(&w, low(9), LEVEL | 0x41);
	assert_int_equal(w.n_routes, 1);
	assert_int_equal(w.n_sent_at_route, 0);
	assert_int_equal(w.n_sent, 1);
	set(&w, low(9), LEVEL | 0x41);
	set(&w, low(9), LEVEL | 0x2041); /* polarity */
	assert_int_equal(w.n_routes, 1);
	set(&w, low(9) + 1, 0x02000000);
	assert_int_equal(w.n_routes, 2);
	set(&w, low(9), MASKED | 0x41);
	assert_int_equal(w.n_routes, 3);
	assert_false(w.has_route);
	set(&w, low(9), 0x41);
	assert_int_equal(w.n_routes, 4);
	assert_true(w.has_route);
}

/* Whoever tells of ends by the routes must know of it until then. */
static void a_level_that_is_masked_has_its_route_still(void **state)
{
	struct world w;

	start(&w);
	set(&w, low(9), LEVEL | 0x41);
	cairn_ioapic_set(&w.a, 9, true);
	set(&w, low(9), MASKED | LEVEL | 0x41);
	assert_int_equal(w.n_routes, 1);
	assert_true(w.has_route);
	set(&w, low(9), MASKED | LEVEL | 0x42);
	assert_int_equal(w.n_routes, 2);
	assert_int_equal(w.route.data, 0xc042);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readme_example_works),
		cmocka_unit_test(it_says_what_it_is),
		cmocka_unit_test(entries_keep_their_writable_bits),
		cmocka_unit_test(registers_that_are_none_read_as_zero),
		cmocka_unit_test(only_words_reach_the_window),
		cmocka_unit_test(an_entry_is_a_message),
		cmocka_unit_test(an_edge_is_sent_once_each_time_it_rises),
		cmocka_unit_test(a_masked_edge_is_lost),
		cmocka_unit_test(a_level_is_sent_again_until_it_is_low),
		cmocka_unit_test(a_masked_level_waits),
		cmocka_unit_test(pins_that_share_a_vector_end_together),
		cmocka_unit_test(the_eoi_register_ends_a_level),
		cmocka_unit_test(an_edge_has_nothing_to_end),
		cmocka_unit_test(a_route_is_told_before_it_is_used_and_only_when_it_changes),
		cmocka_unit_test(a_level_that_is_masked_has_its_route_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
