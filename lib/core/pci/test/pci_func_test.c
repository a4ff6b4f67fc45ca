/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/pci.h>

static const struct cairn_pci_ids ids = { .vendor = 0x1af4,
					  .device = 0x1042,
					  .sub_vendor = 0x1af4,
					  .sub_device = 0x0040,
					  .class_code = 0x018000,
					  .revision = 1 };

struct world {
	struct cairn_pci_func f;
	bool irq;
	unsigned changes, refreshes, stores, locks, locked;
	uint32_t off, len;
	enum cairn_io answer;
};

static enum cairn_io nobody_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	return CAIRN_IO_BAD;
}

static enum cairn_io nobody_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	return CAIRN_IO_BAD;
}

static const struct cairn_bus_ops ops = { .read = nobody_read, .write = nobody_write };

static void set_irq(void *ctx, bool high)
{
	struct world *w = ctx;

	w->irq = high;
	w->changes++;
}

static uint32_t in(struct world *w, uint32_t off, uint32_t len)
{
	uint32_t v;

	assert_int_equal(cairn_pci_func_read(&w->f, off, len, &v), CAIRN_IO_DONE);
	return v;
}

static void out(struct world *w, uint32_t off, uint32_t len, uint32_t v)
{
	assert_int_equal(cairn_pci_func_write(&w->f, off, len, v), CAIRN_IO_DONE);
}

static void start(struct world *w)
{
	*w = (struct world){ 0 };
	cairn_pci_func_init(&w->f, &ids);
}

static void header_names_the_device(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(in(&w, 0x00, 4), 0x10421af4);
	assert_int_equal(in(&w, 0x08, 4), 0x01800001);
	assert_int_equal(in(&w, 0x0c, 4), 0);
	assert_int_equal(in(&w, 0x2c, 4), 0x00401af4);
	assert_int_equal(in(&w, 0x01, 2), 0x421a);
	assert_int_equal(in(&w, 0x34, 1), 0);
}

static void read_only_bytes_ignore_writes(void **state)
{
	struct world w;
	uint32_t before[64];

	start(&w);
	for (uint32_t i = 0; i < 64; i++)
		before[i] = in(&w, 4 * i, 4);
	for (uint32_t i = 0; i < 64; i++)
		out(&w, 4 * i, 4, 0xffffffff);
	assert_int_equal(in(&w, 0x04, 4), 0x00000546);
	assert_int_equal(in(&w, 0x0c, 4), 0x0000ffff);
	assert_int_equal(in(&w, 0x3c, 4), 0x000000ff);
	out(&w, 0x04, 4, 0);
	out(&w, 0x0c, 4, 0);
	out(&w, 0x3c, 1, 0);
	for (uint32_t i = 0; i < 64; i++)
		assert_int_equal(in(&w, 4 * i, 4), before[i]);
}

static void writes_touch_only_their_bytes(void **state)
{
	struct world w;

	start(&w);
	out(&w, 0x0c, 1, 0x55);
	out(&w, 0x0d, 1, 0x66);
	assert_int_equal(in(&w, 0x0c, 2), 0x6655);
	out(&w, 0x0b, 2, 0x77ff);
	assert_int_equal(in(&w, 0x0c, 2), 0x6677);
}

static void odd_sizes_and_places_are_refused(void **state)
{
	struct world w;
	uint32_t v = 0;

	start(&w);
	assert_int_equal(cairn_pci_func_read(&w.f, 0, 3, &v), CAIRN_IO_BAD);
	assert_int_equal(cairn_pci_func_read(&w.f, 0, 8, &v), CAIRN_IO_BAD);
	assert_int_equal(cairn_pci_func_read(&w.f, 0, 0, &v), CAIRN_IO_BAD);
	assert_int_equal(cairn_pci_func_read(&w.f, 253, 4, &v), CAIRN_IO_BAD);
	assert_true(v == UINT32_MAX);
	assert_int_equal(cairn_pci_func_read(&w.f, 256, 1, &v), CAIRN_IO_BAD);
	assert_int_equal(v, 0xff);
	assert_int_equal(cairn_pci_func_read(&w.f, UINT32_MAX, 2, &v), CAIRN_IO_BAD);
	assert_int_equal(v, 0xffff);
	assert_int_equal(cairn_pci_func_write(&w.f, 255, 2, 0), CAIRN_IO_BAD);
	assert_int_equal(cairn_pci_func_write(&w.f, UINT32_MAX - 1, 4, 0), CAIRN_IO_BAD);
	assert_int_equal(in(&w, 252, 4), 0);
}

static void bar_shows_its_size_when_all_ones_are_written(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(cairn_pci_func_bar(&w.f, 0, 0x4000, 0, &ops, NULL), 0);
	assert_int_equal(cairn_pci_func_bar(&w.f, 2, UINT64_C(1) << 33,
					    CAIRN_PCI_BAR_64 | CAIRN_PCI_BAR_PREFETCH, &ops, NULL),
			 0);
	for (uint32_t off = 0x10; off < 0x28; off += 4)
		out(&w, off, 4, 0xffffffff);
	assert_true(in(&w, 0x10, 4) == 0xffffc000);
	assert_int_equal(in(&w, 0x14, 4), 0);
	assert_int_equal(in(&w, 0x18, 4), 0x0000000c);
	assert_true(in(&w, 0x1c, 4) == 0xfffffffe);
	assert_int_equal(in(&w, 0x20, 4), 0);
}

static void bad_bars_are_refused(void **state)
{
	struct world w;
	const uint32_t is64 = CAIRN_PCI_BAR_64;

	start(&w);
	assert_int_equal(cairn_pci_func_bar(&w.f, 0, 0, 0, &ops, NULL), -EINVAL);
	assert_int_equal(cairn_pci_func_bar(&w.f, 0, 0x1800, 0, &ops, NULL), -EINVAL);
	assert_int_equal(cairn_pci_func_bar(&w.f, 0, 8, 0, &ops, NULL), -EINVAL);
	assert_int_equal(cairn_pci_func_bar(&w.f, 0, UINT64_C(1) << 32, 0, &ops, NULL), -EINVAL);
	assert_int_equal(cairn_pci_func_bar(&w.f, 0, UINT64_C(1) << 63, is64, &ops, NULL), -EINVAL);
	assert_int_equal(cairn_pci_func_bar(&w.f, 6, 0x1000, 0, &ops, NULL), -EINVAL);
	assert_int_equal(cairn_pci_func_bar(&w.f, 5, 0x1000, is64, &ops, NULL), -EINVAL);
	assert_int_equal(cairn_pci_func_bar(&w.f, 0, 0x1000, 0, NULL, NULL), -EINVAL);
	assert_int_equal(cairn_pci_func_bar(&w.f, 2, 0x1000, is64, &ops, NULL), 0);
	assert_int_equal(cairn_pci_func_bar(&w.f, 2, 0x1000, 0, &ops, NULL), -EINVAL);
	assert_int_equal(cairn_pci_func_bar(&w.f, 3, 0x1000, 0, &ops, NULL), -EINVAL);
	assert_int_equal(cairn_pci_func_bar(&w.f, 1, 0x1000, is64, &ops, NULL), -EINVAL);
	assert_int_equal(cairn_pci_func_bar(&w.f, 1, 0x1000, 0, &ops, NULL), 0);
}

static void capabilities_form_a_list(void **state)
{
	static const uint8_t first[] = { 5, 0xaa, 0xbb }, second[] = { 4, 0xcc };
	static const uint8_t mask[] = { 0, 0xf0 };
	struct world w;
	uint8_t a = 0, b = 0;

	start(&w);
	assert_int_equal(
	    cairn_pci_func_cap(&w.f, CAIRN_PCI_CAP_VENDOR, first, NULL, sizeof(first), &a), 0);
	assert_int_equal(cairn_pci_func_cap(&w.f, 0x05, second, mask, sizeof(second), &b), 0);
	assert_int_equal(in(&w, 0x06, 2) & 0x10, 0x10);
	assert_int_equal(in(&w, 0x34, 1), a);
	assert_int_equal(a, 0x40);
	assert_int_equal(b, 0x48);
	assert_int_equal(in(&w, a, 4), 0xaa054809);
	assert_int_equal(in(&w, b, 4), 0xcc040005);
	out(&w, b, 4, 0x33ffffff);
	assert_int_equal(in(&w, b, 4), 0x3c040005);
	out(&w, a, 4, 0);
	assert_int_equal(in(&w, a, 4), 0xaa054809);
}

static void capabilities_stop_at_the_end(void **state)
{
	static const uint8_t body[256];
	struct world w;
	uint8_t at = 0;

	start(&w);
	assert_int_equal(cairn_pci_func_cap(&w.f, 9, body, NULL, 191, &at), -ENOSPC);
	assert_int_equal(cairn_pci_func_cap(&w.f, 9, body, NULL, SIZE_MAX, &at), -ENOSPC);
	assert_int_equal(cairn_pci_func_cap(&w.f, 9, body, NULL, 190, &at), 0);
	assert_int_equal(cairn_pci_func_cap(&w.f, 9, body, NULL, 0, &at), -ENOSPC);
}

static void changed(void *ctx, uint16_t vector, const struct cairn_pci_msix_entry *e, bool fire)
{
	((struct world *)ctx)->stores++;
}

static void msix_capability_describes_the_table(void **state)
{
	struct cairn_pci_msix_entry e[8];
	struct cairn_pci_msix m;
	struct world w;

	start(&w);
	assert_int_equal(cairn_pci_msix_init(&m, e, 8, 0x2000, 0x3000,
					     (struct cairn_pci_msix_hook){ .changed = changed }),
			 0);
	assert_int_equal(cairn_pci_func_msix(&w.f, &m, 1), -EINVAL);
	assert_int_equal(cairn_pci_func_bar(&w.f, 1, 0x2000, 0, &ops, NULL), 0);
	assert_int_equal(cairn_pci_func_bar(&w.f, 4, 0x4000, 0, &ops, NULL), 0);
	assert_int_equal(cairn_pci_func_msix(&w.f, &m, 1), -EINVAL);
	assert_int_equal(cairn_pci_func_msix(&w.f, &m, 7), -EINVAL);
	assert_int_equal(cairn_pci_func_msix(&w.f, &m, 4), 0);
	assert_int_equal(cairn_pci_func_msix(&w.f, &m, 4), -EINVAL);
	assert_int_equal(in(&w, 0x40, 4), 0x00070011);
	assert_int_equal(in(&w, 0x44, 4), 0x2004);
	assert_int_equal(in(&w, 0x48, 4), 0x3004);
	out(&w, 0x40, 4, 0xffffffff);
	assert_true(in(&w, 0x40, 4) == 0xc0070011);
	assert_true(m.enabled && m.all_masked);
	out(&w, 0x43, 1, 0x80);
	assert_true(m.enabled && !m.all_masked);
}

static void msix_capability_needs_room(void **state)
{
	static const uint8_t body[182];
	struct cairn_pci_msix_entry e[1];
	struct cairn_pci_msix m;
	struct world w;
	uint8_t at;

	start(&w);
	assert_int_equal(cairn_pci_msix_init(&m, e, 1, 0, 0x10,
					     (struct cairn_pci_msix_hook){ .changed = changed }),
			 0);
	assert_int_equal(cairn_pci_func_bar(&w.f, 0, 0x1000, 0, &ops, NULL), 0);
	assert_int_equal(cairn_pci_func_cap(&w.f, 9, body, NULL, 182, &at), 0);
	assert_int_equal(cairn_pci_func_msix(&w.f, &m, 0), -ENOSPC);
	assert_null(w.f.msix);
}

static void intx_follows_the_device_and_shows_in_status(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(cairn_pci_func_intx(&w.f, 2, (struct cairn_line){ set_irq, &w }), 0);
	assert_int_equal(in(&w, 0x3d, 1), 2);
	cairn_pci_func_set_intx(&w.f, true);
	cairn_pci_func_set_intx(&w.f, true);
	assert_true(w.irq);
	assert_int_equal(w.changes, 1);
	assert_int_equal(in(&w, 0x06, 2), 0x08);
	out(&w, 0x06, 2, 0xffff);
	assert_int_equal(in(&w, 0x06, 2), 0x08);
	cairn_pci_func_set_intx(&w.f, false);
	assert_false(w.irq);
	assert_int_equal(in(&w, 0x06, 2), 0);
}

static void disabled_intx_keeps_its_status(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(cairn_pci_func_intx(&w.f, 1, (struct cairn_line){ set_irq, &w }), 0);
	out(&w, 0x04, 2, 0x0400);
	cairn_pci_func_set_intx(&w.f, true);
	assert_false(w.irq);
	assert_int_equal(in(&w, 0x06, 2), 0x08);
	out(&w, 0x04, 2, 0);
	assert_true(w.irq);
	out(&w, 0x05, 1, 0x04);
	assert_false(w.irq);
}

static void enabled_msix_silences_intx(void **state)
{
	struct cairn_pci_msix_entry e[1];
	struct cairn_pci_msix m;
	struct world w;

	start(&w);
	assert_int_equal(cairn_pci_msix_init(&m, e, 1, 0, 0x10,
					     (struct cairn_pci_msix_hook){ .changed = changed }),
			 0);
	assert_int_equal(cairn_pci_func_bar(&w.f, 0, 0x1000, 0, &ops, NULL), 0);
	assert_int_equal(cairn_pci_func_msix(&w.f, &m, 0), 0);
	assert_int_equal(cairn_pci_func_intx(&w.f, 1, (struct cairn_line){ set_irq, &w }), 0);
	cairn_pci_func_set_intx(&w.f, true);
	assert_true(w.irq);
	out(&w, 0x42, 2, 0x8000);
	assert_false(w.irq);
	out(&w, 0x42, 2, 0x0000);
	assert_true(w.irq);
}

static void function_without_a_pin_has_no_intx(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(cairn_pci_func_intx(&w.f, 0, (struct cairn_line){ set_irq, &w }), -EINVAL);
	assert_int_equal(cairn_pci_func_intx(&w.f, 5, (struct cairn_line){ set_irq, &w }), -EINVAL);
	cairn_pci_func_set_intx(&w.f, true);
	assert_int_equal(in(&w, 0x06, 2), 0);
}

static void refresh(void *ctx, uint32_t off, uint32_t len)
{
	struct world *w = ctx;

	assert_int_equal(w->locked, 0);
	w->refreshes++;
	w->off = off;
	w->len = len;
	assert_int_equal(cairn_pci_func_poke(&w->f, 0x50, (const uint8_t *)"\x11\x22", 2), 0);
}

static enum cairn_io stored(void *ctx, uint32_t off, uint32_t len)
{
	struct world *w = ctx;

	assert_int_equal(w->locked, 0);
	w->stores++;
	w->off = off;
	w->len = len;
	return w->answer;
}

static void hook_is_called_around_its_bytes(void **state)
{
	struct world w;
	struct cairn_pci_config_hook hook = { 0x50, 4, refresh, stored, &w };

	start(&w);
	assert_int_equal(cairn_pci_func_hook(&w.f, &hook), 0);
	assert_int_equal(in(&w, 0x4c, 4), 0);
	assert_int_equal(in(&w, 0x54, 4), 0);
	out(&w, 0x4c, 4, 0);
	out(&w, 0x54, 4, 0);
	assert_int_equal(w.refreshes + w.stores, 0);
	assert_int_equal(in(&w, 0x51, 1), 0x22);
	assert_int_equal(w.off, 0x51);
	assert_int_equal(w.len, 1);
	out(&w, 0x4f, 2, 0);
	assert_int_equal(w.stores, 1);
	assert_int_equal(w.off, 0x4f);
	w.answer = CAIRN_IO_REMAP;
	assert_int_equal(cairn_pci_func_write(&w.f, 0x53, 1, 0), CAIRN_IO_REMAP);
}

static void enter(void *ctx)
{
	struct world *w = ctx;

	assert_int_equal(w->locked, 0);
	w->locked++;
	w->locks++;
}

static void leave(void *ctx)
{
	struct world *w = ctx;

	assert_int_equal(w->locked, 1);
	w->locked--;
}

static void owner_is_locked_around_accesses_but_not_hooks(void **state)
{
	struct world w;
	struct cairn_pci_config_hook hook = { 0x50, 4, refresh, stored, &w };
	struct cairn_pci_owner owner = { .enter = enter, .ctx = &w };

	start(&w);
	assert_int_equal(cairn_pci_func_own(&w.f, &owner), -EINVAL);
	owner.leave = leave;
	assert_int_equal(cairn_pci_func_own(&w.f, &owner), 0);
	assert_int_equal(cairn_pci_func_hook(&w.f, &hook), 0);
	in(&w, 0x50, 4);
	out(&w, 0x50, 4, 0);
	assert_int_equal(w.refreshes + w.stores, 2);
	assert_int_equal(w.locks, 2);
	cairn_pci_func_reset(&w.f);
	assert_int_equal(w.locks, 3);
	assert_int_equal(w.locked, 0);
}

static void hook_and_poke_stay_inside_capabilities(void **state)
{
	struct world w;
	struct cairn_pci_config_hook hook = { 0x3f, 4, refresh, stored, &w };
	uint8_t b[4] = { 0 };

	start(&w);
	assert_int_equal(cairn_pci_func_hook(&w.f, &hook), -EINVAL);
	hook.off = 253;
	assert_int_equal(cairn_pci_func_hook(&w.f, &hook), -EINVAL);
	hook.off = 252;
	hook.stored = NULL;
	assert_int_equal(cairn_pci_func_hook(&w.f, &hook), -EINVAL);
	hook.stored = stored;
	hook.refresh = NULL;
	assert_int_equal(cairn_pci_func_hook(&w.f, &hook), -EINVAL);
	assert_int_equal(cairn_pci_func_poke(&w.f, 0x3c, b, 4), -EINVAL);
	assert_int_equal(cairn_pci_func_poke(&w.f, 0xfd, b, 4), -EINVAL);
	assert_int_equal(cairn_pci_func_peek(&w.f, UINT32_MAX, b, 4), -EINVAL);
	assert_int_equal(cairn_pci_func_poke(&w.f, 0xfc, (const uint8_t *)"abcd", 4), 0);
	assert_int_equal(cairn_pci_func_peek(&w.f, 0xfd, b, 3), 0);
	assert_memory_equal(b, "bcd", 3);
}

static void bus_master_is_the_drivers_word(void **state)
{
	struct world w;

	start(&w);
	assert_false(cairn_pci_func_is_master(&w.f));
	out(&w, 0x04, 2, 0x0004);
	assert_true(cairn_pci_func_is_master(&w.f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_names_the_device),
		cmocka_unit_test(read_only_bytes_ignore_writes),
		cmocka_unit_test(writes_touch_only_their_bytes),
		cmocka_unit_test(odd_sizes_and_places_are_refused),
		cmocka_unit_test(bar_shows_its_size_when_all_ones_are_written),
		cmocka_unit_test(bad_bars_are_refused),
		cmocka_unit_test(capabilities_form_a_list),
		cmocka_unit_test(capabilities_stop_at_the_end),
		cmocka_unit_test(msix_capability_describes_the_table),
		cmocka_unit_test(msix_capability_needs_room),
		cmocka_unit_test(intx_follows_the_device_and_shows_in_status),
		cmocka_unit_test(disabled_intx_keeps_its_status),
		cmocka_unit_test(enabled_msix_silences_intx),
		cmocka_unit_test(function_without_a_pin_has_no_intx),
		cmocka_unit_test(hook_is_called_around_its_bytes),
		cmocka_unit_test(owner_is_locked_around_accesses_but_not_hooks),
		cmocka_unit_test(hook_and_poke_stay_inside_capabilities),
		cmocka_unit_test(bus_master_is_the_drivers_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
