/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/pci.h>

#define N     70
#define TABLE 0x100
#define PBA   0x800

struct world {
	struct cairn_pci_msix_entry entries[N];
	struct cairn_pci_msix m;
	struct cairn_pci_func f; /* its message control is how MSI-X is switched */
	unsigned calls, fires, syncs;
	uint16_t vector;
	bool live;
	uint64_t address;
	uint32_t data;
};

static void changed(void *ctx, uint16_t vector, const struct cairn_pci_msix_entry *e, bool fire)
{
	struct world *w = ctx;

	w->calls++;
	w->fires += fire;
	w->vector = vector;
	w->live = e->live;
	w->address = e->address;
	w->data = e->data;
}

static void sync_pending(void *ctx)
{
	struct world *w = ctx;

	w->syncs++;
	assert_false(cairn_pci_msix_raise(&w->m, 69));
}

static enum cairn_io in(struct world *w, uint64_t off, uint32_t len, uint64_t *v)
{
	return cairn_pci_msix_bus_ops.read(&w->m, off, len, v);
}

static uint64_t get(struct world *w, uint64_t off, uint32_t len)
{
	uint64_t v;

	assert_int_equal(in(w, off, len, &v), CAIRN_IO_DONE);
	return v;
}

static void out(struct world *w, uint64_t off, uint32_t len, uint64_t v)
{
	assert_int_equal(cairn_pci_msix_bus_ops.write(&w->m, off, len, v), CAIRN_IO_DONE);
	assert_true(cairn_pci_msix_is_valid(&w->m));
}

/* Bit 15 enables, bit 14 masks the function. */
static void control(struct world *w, uint16_t bits)
{
	assert_int_equal(cairn_pci_func_write(&w->f, 0x42, 2, bits), CAIRN_IO_DONE);
	assert_true(cairn_pci_msix_is_valid(&w->m));
}

static void start(struct world *w)
{
	const struct cairn_pci_ids ids = { .vendor = 0x1af4 };

	*w = (struct world){ 0 };
	assert_int_equal(
	    cairn_pci_msix_init(&w->m, w->entries, N, TABLE, PBA,
				(struct cairn_pci_msix_hook){ .changed = changed, .ctx = w }),
	    0);
	cairn_pci_func_init(&w->f, &ids);
	assert_int_equal(cairn_pci_func_bar(&w->f, 1, 0x1000, 0, &cairn_pci_msix_bus_ops, &w->m),
			 0);
	assert_int_equal(cairn_pci_func_msix(&w->f, &w->m, 1), 0);
}

/* Vector 2 with a message, unmasked, MSI-X enabled. */
static void start_live(struct world *w)
{
	start(w);
	control(w, 0x8000);
	out(w, TABLE + 32, 8, 0xfee01000);
	out(w, TABLE + 40, 4, 0x4041);
	out(w, TABLE + 44, 4, 0);
}

static void vectors_are_masked_at_first(void **state)
{
	struct world w;

	start(&w);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(get(&w, TABLE + 16 * i + 12, 4), 1);
	control(&w, 0x8000);
	assert_int_equal(w.calls, 0);
}

static void table_keeps_what_is_written(void **state)
{
	struct world w;

	start(&w);
	out(&w, TABLE + 16, 4, 0xfee00003);
	out(&w, TABLE + 20, 4, 0x12);
	out(&w, TABLE + 24, 8, 0xffffffff00004321);
	assert_true(get(&w, TABLE + 16, 8) == 0x12fee00000);
	assert_int_equal(get(&w, TABLE + 20, 4), 0x12);
	assert_true(get(&w, TABLE + 24, 8) == 0x100004321);
	out(&w, TABLE + 16 * (N - 1) + 8, 4, 7);
	assert_int_equal(get(&w, TABLE + 16 * (N - 1) + 8, 4), 7);
	assert_int_equal(get(&w, TABLE + 8, 4), 0);
	out(&w, TABLE + 32, 8, 0x55fee00000);
	assert_int_equal(get(&w, TABLE + 36, 4), 0x55);
}

static void bytes_beside_the_table_read_as_zero(void **state)
{
	struct world w;

	start(&w);
	out(&w, 0, 8, UINT64_MAX);
	out(&w, TABLE + 16 * N, 8, UINT64_MAX);
	out(&w, PBA, 8, UINT64_MAX);
	assert_int_equal(get(&w, 0, 8), 0);
	assert_int_equal(get(&w, TABLE + 16 * N, 8), 0);
	assert_int_equal(get(&w, PBA, 8), 0);
	assert_int_equal(get(&w, PBA + 16, 8), 0);
}

static void odd_accesses_are_refused(void **state)
{
	struct world w;
	uint64_t v;

	start(&w);
	assert_int_equal(in(&w, TABLE, 1, &v), CAIRN_IO_BAD);
	assert_int_equal(in(&w, TABLE, 2, &v), CAIRN_IO_BAD);
	assert_int_equal(in(&w, TABLE + 2, 4, &v), CAIRN_IO_BAD);
	assert_int_equal(in(&w, TABLE + 4, 8, &v), CAIRN_IO_BAD);
	assert_int_equal(cairn_pci_msix_bus_ops.write(&w.m, TABLE + 12, 2, 0), CAIRN_IO_BAD);
	assert_int_equal(cairn_pci_msix_bus_ops.write(&w.m, TABLE + 12, 8, 0), CAIRN_IO_BAD);
	assert_int_equal(get(&w, TABLE + 12, 4), 1);
}

static void unmasking_makes_live_and_tells_the_message(void **state)
{
	struct world w;

	start_live(&w);
	assert_int_equal(w.calls, 1);
	assert_int_equal(w.vector, 2);
	assert_true(w.live);
	assert_true(w.address == 0xfee01000);
	assert_int_equal(w.data, 0x4041);
	assert_true(cairn_pci_msix_raise(&w.m, 2));
	assert_true(cairn_pci_msix_is_valid(&w.m));
	out(&w, TABLE + 44, 4, 1);
	assert_int_equal(w.calls, 2);
	assert_false(w.live);
	assert_int_equal(w.fires, 0);
}

static void function_mask_and_enable_count_too(void **state)
{
	struct world w;

	start_live(&w);
	control(&w, 0xc000);
	assert_int_equal(w.calls, 2);
	assert_false(w.live);
	control(&w, 0x8000);
	assert_true(w.live);
	control(&w, 0x0000);
	assert_false(w.live);
	control(&w, 0x8000);
	assert_int_equal(w.calls, 5);
	control(&w, 0x8000);
	assert_int_equal(w.calls, 5);
}

static void new_message_of_a_live_vector_is_told(void **state)
{
	struct world w;

	start_live(&w);
	out(&w, TABLE + 40, 4, 0x4042);
	assert_int_equal(w.calls, 2);
	assert_int_equal(w.data, 0x4042);
	out(&w, TABLE + 32, 4, 0xfee02000);
	assert_int_equal(w.calls, 3);
	out(&w, TABLE + 32, 4, 0xfee02000);
	assert_int_equal(w.calls, 3);
	out(&w, TABLE + 24, 4, 1); /* another, masked */
	assert_int_equal(w.calls, 3);
}

static void masked_interrupt_is_pending_and_fires_when_unmasked(void **state)
{
	struct world w;

	start_live(&w);
	out(&w, TABLE + 44, 4, 1);
	assert_false(cairn_pci_msix_raise(&w.m, 2));
	assert_int_equal(get(&w, PBA, 4), 4);
	out(&w, TABLE + 40, 4, 0x4043); /* a new message does not lose it */
	assert_int_equal(get(&w, PBA, 4), 4);
	assert_int_equal(w.fires, 0);
	out(&w, TABLE + 44, 4, 0);
	assert_int_equal(w.fires, 1);
	assert_int_equal(get(&w, PBA, 8), 0);
	out(&w, TABLE + 44, 4, 1);
	out(&w, TABLE + 44, 4, 0);
	assert_int_equal(w.fires, 1);
}

static void interrupt_under_the_function_mask_is_pending(void **state)
{
	struct world w;

	start_live(&w);
	control(&w, 0xc000);
	assert_false(cairn_pci_msix_raise(&w.m, 2));
	control(&w, 0x8000);
	assert_int_equal(w.fires, 1);
}

static void pending_bits_reach_the_last_vector(void **state)
{
	struct world w;

	start(&w);
	control(&w, 0x8000);
	assert_false(cairn_pci_msix_raise(&w.m, 63));
	assert_false(cairn_pci_msix_raise(&w.m, 64));
	assert_false(cairn_pci_msix_raise(&w.m, 69));
	assert_false(cairn_pci_msix_raise(&w.m, 70));
	assert_false(cairn_pci_msix_raise(&w.m, 0xffff));
	assert_true(get(&w, PBA, 8) == UINT64_C(1) << 63);
	assert_int_equal(get(&w, PBA + 8, 8), 0x21);
	cairn_pci_msix_clear(&w.m, 64);
	cairn_pci_msix_clear(&w.m, 0xffff);
	assert_int_equal(get(&w, PBA + 8, 4), 0x20);
}

static void disabled_msix_keeps_nothing_pending(void **state)
{
	struct world w;

	start(&w);
	assert_false(cairn_pci_msix_raise(&w.m, 0));
	assert_int_equal(get(&w, PBA, 8), 0);
	control(&w, 0x8000);
	assert_false(cairn_pci_msix_raise(&w.m, 0));
	control(&w, 0x0000);
	assert_int_equal(get(&w, PBA, 8), 0);
	assert_true(cairn_pci_msix_is_valid(&w.m));
}

static void device_reports_before_pending_bits_are_read(void **state)
{
	struct world w;

	start(&w);
	w.m.hook.sync = sync_pending;
	control(&w, 0x8000);
	get(&w, TABLE, 8);
	get(&w, PBA - 8, 8);
	get(&w, PBA + 16, 8);
	assert_int_equal(w.syncs, 0);
	assert_int_equal(get(&w, PBA + 8, 4), 0x20);
	assert_int_equal(w.syncs, 1);
}

static void reset_of_the_function_resets_the_table(void **state)
{
	struct world w;

	start_live(&w);
	cairn_pci_func_reset(&w.f);
	assert_false(w.live);
	assert_false(cairn_pci_msix_is_enabled(&w.m));
}

static void reset_masks_all_and_tells_the_live(void **state)
{
	struct world w;

	start_live(&w);
	cairn_pci_msix_reset(&w.m);
	assert_int_equal(w.calls, 2);
	assert_false(w.live);
	assert_int_equal(get(&w, TABLE + 32, 8), 0);
	assert_int_equal(get(&w, TABLE + 44, 4), 1);
	assert_false(cairn_pci_msix_is_enabled(&w.m));
	assert_true(cairn_pci_msix_is_valid(&w.m));
}

static void init_refuses_nonsense(void **state)
{
	struct cairn_pci_msix_entry e[4];
	struct cairn_pci_msix m;
	const struct cairn_pci_msix_hook hook = { .changed = changed }, none = { 0 };

	assert_int_equal(cairn_pci_msix_init(&m, e, 0, 0, 64, hook), -EINVAL);
	assert_int_equal(cairn_pci_msix_init(&m, e, 2049, 0, 0x10000, hook), -EINVAL);
	assert_int_equal(cairn_pci_msix_init(&m, e, 4, 4, 0x100, hook), -EINVAL);
	assert_int_equal(cairn_pci_msix_init(&m, e, 4, 0, 0x104, hook), -EINVAL);
	assert_int_equal(cairn_pci_msix_init(&m, e, 4, 0, 56, hook), -EINVAL);
	assert_int_equal(cairn_pci_msix_init(&m, e, 4, 0x10, 0x10, hook), -EINVAL);
	assert_int_equal(cairn_pci_msix_init(&m, e, 4, 0x80000000, 0, hook), -EINVAL);
	assert_int_equal(cairn_pci_msix_init(&m, e, 4, 0, 0x80000000, hook), -EINVAL);
	assert_int_equal(cairn_pci_msix_init(&m, e, 4, 0, 64, none), -EINVAL);
	assert_int_equal(cairn_pci_msix_init(&m, e, 4, 0, 64, hook), 0);
	assert_int_equal(cairn_pci_msix_end(&m), 72);
	assert_int_equal(cairn_pci_msix_init(&m, e, 4, 8, 0, hook), 0);
	assert_int_equal(cairn_pci_msix_end(&m), 72);
}

static void is_valid_sees_a_lie(void **state)
{
	struct world w;

	start_live(&w);
	w.entries[2].live = false;
	assert_false(cairn_pci_msix_is_valid(&w.m));
	w.entries[2].live = true;
	w.entries[2].pending = true;
	assert_false(cairn_pci_msix_is_valid(&w.m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_are_masked_at_first),
		cmocka_unit_test(table_keeps_what_is_written),
		cmocka_unit_test(bytes_beside_the_table_read_as_zero),
		cmocka_unit_test(odd_accesses_are_refused),
		cmocka_unit_test(unmasking_makes_live_and_tells_the_message),
		cmocka_unit_test(function_mask_and_enable_count_too),
		cmocka_unit_test(new_message_of_a_live_vector_is_told),
		cmocka_unit_test(masked_interrupt_is_pending_and_fires_when_unmasked),
		cmocka_unit_test(interrupt_under_the_function_mask_is_pending),
		cmocka_unit_test(pending_bits_reach_the_last_vector),
		cmocka_unit_test(disabled_msix_keeps_nothing_pending),
		cmocka_unit_test(device_reports_before_pending_bits_are_read),
		cmocka_unit_test(reset_of_the_function_resets_the_table),
		cmocka_unit_test(reset_masks_all_and_tells_the_live),
		cmocka_unit_test(init_refuses_nonsense),
		cmocka_unit_test(is_valid_sees_a_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
