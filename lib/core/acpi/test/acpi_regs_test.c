/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/acpi.h>

struct world {
	unsigned offs, changes;
	bool irq;
};

static void power_off(void *ctx)
{
	((struct world *)ctx)->offs++;
}

static void set_irq(void *ctx, bool high)
{
	struct world *w = ctx;

	w->irq = high;
	w->changes++;
}

static void soft_off_with_enable_powers_off(void **state)
{
	struct world w = { 0 };
	struct cairn_acpi_sleep s = { { power_off, &w } };

	assert_int_equal(cairn_acpi_sleep_ops.write(&s, 0, 1, 5 << 2 | 0x20), CAIRN_IO_DONE);
	assert_int_equal(w.offs, 1);
}

static void other_sleep_writes_do_nothing(void **state)
{
	struct world w = { 0 };
	struct cairn_acpi_sleep s = { { power_off, &w } };
	uint64_t v = 1;

	assert_int_equal(cairn_acpi_sleep_ops.write(&s, 0, 1, 5 << 2), CAIRN_IO_DONE);
	assert_int_equal(cairn_acpi_sleep_ops.write(&s, 0, 1, 3 << 2 | 0x20), CAIRN_IO_DONE);
	assert_int_equal(cairn_acpi_sleep_ops.write(&s, 1, 1, 5 << 2 | 0x20), CAIRN_IO_DONE);
	assert_int_equal(cairn_acpi_sleep_ops.write(&s, 0, 2, 5 << 2 | 0x20), CAIRN_IO_BAD);
	assert_int_equal(cairn_acpi_sleep_ops.read(&s, 0, 2, &v), CAIRN_IO_BAD);
	assert_int_equal(cairn_acpi_sleep_ops.read(&s, 1, 1, &v), CAIRN_IO_DONE);
	assert_int_equal(v, 0);
	assert_int_equal(w.offs, 0);
}

static void raised_event_holds_the_line_until_it_is_read(void **state)
{
	struct world w = { 0 };
	struct cairn_acpi_ged g;
	uint64_t v = 0;

	cairn_acpi_ged_init(&g, (struct cairn_line){ set_irq, &w });
	cairn_acpi_ged_raise(&g, CAIRN_ACPI_POWER_BUTTON);
	cairn_acpi_ged_raise(&g, CAIRN_ACPI_POWER_BUTTON);
	assert_true(w.irq);
	assert_int_equal(w.changes, 1);
	assert_int_equal(cairn_acpi_ged_ops.read(&g, 0, 1, &v), CAIRN_IO_DONE);
	assert_int_equal(v, CAIRN_ACPI_POWER_BUTTON);
	assert_false(w.irq);
	assert_int_equal(cairn_acpi_ged_ops.read(&g, 0, 1, &v), CAIRN_IO_DONE);
	assert_int_equal(v, 0);
	assert_int_equal(w.changes, 2);
}

static void event_register_ignores_writes_and_wide_accesses(void **state)
{
	struct world w = { 0 };
	struct cairn_acpi_ged g;
	uint64_t v;

	cairn_acpi_ged_init(&g, (struct cairn_line){ set_irq, &w });
	cairn_acpi_ged_raise(&g, CAIRN_ACPI_POWER_BUTTON);
	assert_int_equal(cairn_acpi_ged_ops.write(&g, 0, 1, 0), CAIRN_IO_DONE);
	assert_int_equal(cairn_acpi_ged_ops.write(&g, 0, 4, 0), CAIRN_IO_BAD);
	assert_int_equal(cairn_acpi_ged_ops.read(&g, 0, 4, &v), CAIRN_IO_BAD);
	assert_true(w.irq);
}

static void reset_forgets_the_event(void **state)
{
	struct world w = { 0 };
	struct cairn_acpi_ged g;

	cairn_acpi_ged_init(&g, (struct cairn_line){ set_irq, &w });
	cairn_acpi_ged_raise(&g, CAIRN_ACPI_POWER_BUTTON);
	cairn_acpi_ged_reset(&g);
	assert_false(w.irq);
	assert_int_equal(g.pending, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(soft_off_with_enable_powers_off),
		cmocka_unit_test(other_sleep_writes_do_nothing),
		cmocka_unit_test(raised_event_holds_the_line_until_it_is_read),
		cmocka_unit_test(event_register_ignores_writes_and_wide_accesses),
		cmocka_unit_test(reset_forgets_the_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
