/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* pci_test.c - buses walked, bridges numbered, BARs measured and placed, capabilities that lie. */
#include "pci_tree.h"

#define MEM_64   0x4u
#define PREFETCH 0x8u
#define NOT_OURS UINT64_C(0xfebf8000)

static struct fw_pci found[FW_PCI_MAX];
static uint32_t n;

static int setup(void **state)
{
	tree_open(false);
	return 0;
}

static int setup_cf8(void **state)
{
	tree_open(true);
	return 0;
}

static void enumerate(void)
{
	n = fw_pci_enumerate(&tree.platform, found, FW_PCI_MAX);
}

/* Low bits all ones: `bits` of address are kept by the device. */
static uint64_t mask_of(uint64_t len)
{
	return ~(len - 1);
}

static void functions_are_found_in_order(void **state)
{
	tree_add(TREE_ROOT, 0, 0, 0x8086, 0x29c0);
	tree_add(TREE_ROOT, 3, 0, 0x1af4, 0x1042);
	tree_add(TREE_ROOT, 31, 0, 0x8086, 0x2918);
	enumerate();
	assert_int_equal(n, 3);
	assert_int_equal(found[1].vendor, 0x1af4);
	assert_int_equal(found[1].device, 0x1042);
	assert_int_equal(found[1].dev, 3);
	assert_int_equal(found[1].at.path_len, 1);
	assert_int_equal(found[1].at.path[0].dev, 3);
	assert_int_equal(found[2].dev, 31);
}

static void identity_is_read(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 0x1af4, 0x1042);

	tree_set(f, 8, 4, 0x01800003);
	tree_set(f, 0x2c, 4, 0x11001af4);
	enumerate();
	assert_int_equal(found[0].revision, 3);
	assert_int_equal(found[0].class_code, 0x018000);
	assert_int_equal(found[0].sub_vendor, 0x1af4);
	assert_int_equal(found[0].sub_device, 0x1100);
}

static void further_functions_need_the_bit_of_the_first(void **state)
{
	int f = tree_add(TREE_ROOT, 2, 0, 0x8086, 1);

	tree_add(TREE_ROOT, 2, 5, 0x8086, 2);
	enumerate();
	assert_int_equal(n, 1);
	tree_set(f, 0x0e, 1, 0x80);
	enumerate();
	assert_int_equal(n, 2);
	assert_int_equal(found[1].fn, 5);
	assert_int_equal(found[1].at.path[0].fn, 5);
}

static void no_more_than_asked_for(void **state)
{
	for (uint8_t dev = 0; dev < 17; dev++)
		for (uint8_t fn = 0; fn < 8; fn++)
			tree_set(tree_add(TREE_ROOT, dev, fn, 1, 1), 0x0e, 1, 0x80);
	enumerate();
	assert_int_equal(n, FW_PCI_MAX);
	assert_int_equal(fw_pci_enumerate(&tree.platform, found, 3), 3);
}

static void bridges_that_nobody_numbered_are_numbered(void **state)
{
	int a = tree_add_bridge(TREE_ROOT, 1), b = tree_add_bridge(a, 0), c;

	tree_add(b, 0, 0, 0x1af4, 0x1042);
	c = tree_add_bridge(TREE_ROOT, 2);
	tree_add(c, 4, 0, 0x1af4, 0x1041);
	enumerate();
	assert_int_equal(n, 5);
	assert_int_equal(tree_get(a, 0x18, 3), 0x020100);
	assert_int_equal(tree_get(b, 0x18, 3), 0x020201);
	assert_int_equal(tree_get(c, 0x18, 3), 0x030300);
	assert_int_equal(found[2].device, 0x1042);
	assert_int_equal(found[2].bus, 2);
	assert_int_equal(found[2].at.path_len, 3);
	assert_int_equal(found[2].at.path[0].dev, 1);
	assert_int_equal(found[4].device, 0x1041);
	assert_int_equal(found[4].at.path[1].dev, 4);
}

static void numbers_that_somebody_gave_stay(void **state)
{
	int a = tree_add_bridge(TREE_ROOT, 1);

	tree_add(a, 0, 0, 0x1af4, 0x1042);
	tree_number(a, 0, 7, 9);
	enumerate();
	assert_int_equal(n, 2);
	assert_int_equal(tree_get(a, 0x18, 3), 0x090700);
	assert_int_equal(found[1].bus, 7);
}

static void numbers_that_cannot_be_are_given_anew(void **state)
{
	static const uint8_t bad[][3] = { { 1, 1, 1 }, { 0, 0, 5 }, { 0, 3, 2 } };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		int a, b;

		tree_open(false);
		a = tree_add_bridge(TREE_ROOT, 1);
		b = tree_add_bridge(TREE_ROOT, 2);
		tree_add(b, 0, 0, 0x1af4, 0x1042);
		tree_number(a, 0, 1, 4);
		tree_number(b, bad[i][0], bad[i][1], bad[i][2]);
		enumerate();
		assert_int_equal(n, 3);
		assert_int_equal(tree_get(b, 0x18, 3), 0x020200);
	}
}

static void two_bridges_with_one_number_do_not_loop(void **state)
{
	int a = tree_add_bridge(TREE_ROOT, 1), b = tree_add_bridge(TREE_ROOT, 2);

	tree_number(a, 0, 1, 1);
	tree_number(b, 0, 1, 1);
	enumerate();
	assert_int_equal(n, 2);
	assert_int_equal(tree_get(b, 0x18, 3), 0x020200);
}

static void bridges_beyond_the_last_number_lead_nowhere(void **state)
{
	int a = tree_add_bridge(TREE_ROOT, 1), b = tree_add_bridge(TREE_ROOT, 2);

	tree.platform.ecam[0].last_bus = 1;
	tree_add(a, 0, 0, 1, 1);
	tree_add(b, 0, 0, 1, 1);
	enumerate();
	assert_int_equal(n, 3);
	assert_int_equal(tree_get(b, 0x19, 2), 0);
}

static void deep_chain_of_bridges_ends(void **state)
{
	int at = TREE_ROOT;

	for (int i = 0; i < 20; i++)
		at = tree_add_bridge(at, 0);
	enumerate();
	assert_int_equal(n, 8);
}

static void cf8_reaches_the_same_functions(void **state)
{
	int a = tree_add_bridge(TREE_ROOT, 1);

	tree_add(a, 3, 0, 0x1af4, 0x1042);
	enumerate();
	assert_int_equal(n, 2);
	assert_int_equal(found[1].device, 0x1042);
	assert_null(found[1].ecam);
	assert_int_equal(fw_pci_config_read(&found[1], 2, 2), 0x1042);
	assert_int_equal(fw_pci_config_read(&found[1], 256, 4), UINT32_MAX);
}

static void range_that_starts_at_another_bus_is_walked_from_there(void **state)
{
	int a;

	tree.platform.ecam[0].first_bus = 0x40;
	tree.platform.ecam[0].segment = 3;
	a = tree_add_bridge(TREE_ROOT, 1);
	tree_add(a, 0, 0, 1, 2);
	enumerate();
	assert_int_equal(n, 2);
	assert_int_equal(found[0].bus, 0x40);
	assert_int_equal(found[1].bus, 0x41);
	assert_int_equal(found[1].segment, 3);
	assert_int_equal(found[1].at.segment, 3);
}

static void range_that_cannot_be_is_left_out(void **state)
{
	tree_add(TREE_ROOT, 0, 0, 1, 1);
	tree.platform.ecam[0].at = UINT64_MAX - 4095;
	enumerate();
	assert_int_equal(n, 0);
	tree.platform.ecam[0] = (struct fw_ecam){ .at = TREE_ECAM, .first_bus = 2, .last_bus = 1 };
	enumerate();
	assert_int_equal(n, 0);
}

static int no_room(uint64_t at, uint64_t len)
{
	return -ENOMEM;
}

static void bus_that_cannot_be_mapped_is_not_read(void **state)
{
	tree_add(TREE_ROOT, 0, 0, 1, 1);
	test_map_device = no_room;
	enumerate();
	assert_int_equal(n, 0);
	assert_int_equal(tree.n_accesses, 0);
}

static void odd_accesses_do_nothing(void **state)
{
	tree_add(TREE_ROOT, 0, 0, 1, 1);
	enumerate();
	tree.n_accesses = 0;
	assert_int_equal(fw_pci_config_read(&found[0], 1, 2), 0xffff);
	assert_int_equal(fw_pci_config_read(&found[0], 4096, 1), 0xff);
	fw_pci_config_write(&found[0], 4096, 4, 0);
	assert_int_equal(tree.n_accesses, 0);
}

static void bars_have_their_length_and_keep_their_address(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 0x1af4, 0x1042);

	tree_bar(f, 1, mask_of(4096), 0, false);
	tree_set(f, 0x14, 4, NOT_OURS);
	tree_bar(f, 4, mask_of(16384), MEM_64 | PREFETCH, true);
	tree_set(f, 0x20, 8, 0xc000000000 | MEM_64 | PREFETCH);
	tree_set(f, 4, 2, 7);
	enumerate();
	assert_int_equal(found[0].bars[0].len, 0);
	assert_int_equal(found[0].bars[1].at, NOT_OURS);
	assert_int_equal(found[0].bars[1].len, 4096);
	assert_true(found[0].bars[4].at == 0xc000000000);
	assert_int_equal(found[0].bars[4].len, 16384);
	assert_true(found[0].bars[4].is_64 && found[0].bars[4].is_prefetchable);
	assert_int_equal(found[0].bars[5].len, 0);
	assert_true(tree_get(f, 0x20, 8) == (0xc000000000 | MEM_64 | PREFETCH));
}

static void nothing_decodes_while_bars_are_measured(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 0x1af4, 0x1042);

	tree_bar(f, 0, mask_of(4096), 0, false);
	tree_set(f, 0x10, 4, NOT_OURS);
	tree_set(f, 4, 2, 7);
	enumerate();
	assert_int_equal(tree.command_while_sizing & 3, 0);
	assert_int_equal(tree_get(f, 4, 2), 7);
}

static void ports_are_no_memory(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 0x1af4, 0x1042);
	uint64_t at;

	tree_bar(f, 0, mask_of(64), 1, false);
	tree_set(f, 0x10, 4, 0xc041);
	enumerate();
	assert_true(found[0].bars[0].is_port);
	assert_int_equal(found[0].bars[0].at, 0xc040);
	assert_int_equal(found[0].bars[0].len, 64);
	assert_int_equal(fw_pci_map(&found[0], 0, 0, 4, &at), -EPROTO);
}

static void absurd_lengths_are_none(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 0x1af4, 0x1042);

	tree_bar(f, 0, UINT64_C(1) << 63, MEM_64, true);
	tree_bar(f, 2, UINT64_C(1) << 47, MEM_64, true);
	tree_bar(f, 4, mask_of(UINT64_C(1) << 32), MEM_64, true);
	tree_set(f, 0x20, 8, 0xffffffff00000000 | MEM_64); /* ends beyond 2^64 */
	enumerate();
	assert_int_equal(found[0].bars[0].len, 0);
	assert_int_equal(found[0].bars[2].len, 0);
	assert_int_equal(found[0].bars[4].len, 0);
}

static void last_bar_has_no_second_half(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 0x1af4, 0x1042);

	tree_bar(f, 5, mask_of(4096), MEM_64, false);
	tree_set(f, 0x24, 4, NOT_OURS | MEM_64);
	enumerate();
	assert_false(found[0].bars[5].is_64);
	assert_int_equal(found[0].bars[5].at, NOT_OURS);
}

static void bars_without_address_get_one(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 0x1af4, 0x1042);
	int g = tree_add(TREE_ROOT, 2, 0, 0x1af4, 0x1041);

	tree_bar(f, 0, mask_of(4096), 0, false);
	tree_bar(f, 2, mask_of(1 << 20), MEM_64, true);
	tree_bar(g, 0, mask_of(65536), 0, false);
	enumerate();
	assert_int_equal(found[0].bars[0].at, 0xc0000000);
	assert_int_equal(tree_get(f, 0x10, 4), 0xc0000000);
	assert_true(found[0].bars[2].at == 0x8000000000);
	assert_true(tree_get(f, 0x18, 8) == (0x8000000000 | MEM_64));
	assert_int_equal(found[1].bars[0].at, 0xc0010000);
}

static void new_addresses_are_behind_those_given_before(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 1, 1), g = tree_add(TREE_ROOT, 2, 0, 1, 1);

	tree_bar(f, 0, mask_of(4096), 0, false);
	tree_bar(g, 0, mask_of(4096), 0, false);
	tree_set(g, 0x10, 4, 0xc0000000);
	enumerate();
	assert_int_equal(found[0].bars[0].at, 0xc0001000);
}

static void full_window_leaves_a_bar_without_address(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 1, 1);

	tree_bar(f, 0, mask_of(0x10000000), 0, false);
	tree_bar(f, 1, mask_of(4096), 0, false);
	tree_bar(f, 2, mask_of(UINT64_C(1) << 45), MEM_64, true);
	enumerate();
	assert_int_equal(found[0].bars[0].at, 0xc0000000);
	assert_int_equal(found[0].bars[1].len, 0);
	assert_int_equal(found[0].bars[2].len, 0);
}

static void without_windows_no_address_is_given(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 1, 1);
	int a = tree_add_bridge(TREE_ROOT, 2);

	tree_bar(f, 0, mask_of(4096), 0, false);
	enumerate();
	assert_int_equal(found[0].bars[0].len, 0);
	assert_int_equal(tree_get(f, 0x10, 4), 0);
	assert_int_equal(tree_get(a, 0x20, 4), 0);
}

static void bridge_is_opened_for_what_is_behind_it(void **state)
{
	int a = tree_add_bridge(TREE_ROOT, 1), b = tree_add_bridge(a, 0);
	int f = tree_add(b, 0, 0, 0x1af4, 0x1042), g = tree_add(TREE_ROOT, 2, 0, 1, 1);

	tree_bar(f, 1, mask_of(4096), 0, false);
	tree_bar(f, 2, mask_of(4096), MEM_64, true);
	tree_bar(f, 4, mask_of(16384), MEM_64 | PREFETCH, true);
	tree_bar(g, 0, mask_of(4096), 0, false);
	enumerate();
	assert_int_equal(found[2].bars[1].at, 0xc0000000);
	assert_int_equal(found[2].bars[2].at, 0xc0001000); /* not prefetchable: below */
	assert_true(found[2].bars[4].at == 0x8000000000);
	for (int i = a; i <= b; i++) {
		assert_int_equal(tree_get(i, 0x20, 4), 0xc000c000);
		assert_int_equal(tree_get(i, 0x24, 4), 0x00010001);
		assert_int_equal(tree_get(i, 0x28, 4), 0x80);
		assert_int_equal(tree_get(i, 0x2c, 4), 0x80);
		assert_int_equal(tree_get(i, 4, 2) & 6, 6);
	}
	assert_int_equal(found[3].bars[0].at, 0xc0100000);
}

static void bridge_without_devices_is_shut(void **state)
{
	int a = tree_add_bridge(TREE_ROOT, 1);

	enumerate();
	assert_int_equal(tree_get(a, 0x20, 4), 0x0000fff0);
}

static void open_bridge_stays_as_it_is(void **state)
{
	int a = tree_add_bridge(TREE_ROOT, 1);
	int f = tree_add(a, 0, 0, 1, 1), g = tree_add(TREE_ROOT, 2, 0, 1, 1);

	tree_number(a, 0, 1, 1);
	tree_set(a, 0x20, 4, 0xc010c010);
	tree_bar(f, 0, mask_of(4096), 0, false);
	tree_bar(f, 1, mask_of(4096), 0, false);
	tree_set(f, 0x10, 4, 0xc0100000);
	tree_bar(g, 0, mask_of(4096), 0, false);
	enumerate();
	assert_int_equal(found[1].bars[0].at, 0xc0100000);
	assert_int_equal(found[1].bars[1].len, 0);
	assert_int_equal(tree_get(a, 0x20, 4), 0xc010c010);
	assert_int_equal(found[2].bars[0].at, 0xc0200000); /* behind the bridge's window */
}

static uint64_t mapped_at, mapped_len;

static int remember(uint64_t at, uint64_t len)
{
	mapped_at = at;
	mapped_len = len;
	return 0;
}

static void map_is_inside_the_bar(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 1, 1);
	uint64_t at;

	tree_bar(f, 0, mask_of(4096), MEM_64, true);
	tree_set(f, 0x10, 8, 0xc000000000 | MEM_64);
	enumerate();
	test_map_device = remember;
	assert_int_equal(fw_pci_map(&found[0], 0, 0xff0, 16, &at), 0);
	assert_true(at == 0xc000000ff0 && mapped_at == at && mapped_len == 16);
	assert_int_equal(fw_pci_map(&found[0], 0, 0xff0, 17, &at), -EPROTO);
	assert_int_equal(fw_pci_map(&found[0], 0, 0, 0, &at), -EPROTO);
	assert_int_equal(fw_pci_map(&found[0], 0, UINT64_MAX, 2, &at), -EPROTO);
	assert_int_equal(fw_pci_map(&found[0], 1, 0, 4, &at), -EPROTO);
	assert_int_equal(fw_pci_map(&found[0], 6, 0, 4, &at), -EPROTO);
	test_map_device = no_room;
	assert_int_equal(fw_pci_map(&found[0], 0, 0, 4, &at), -ENOMEM);
}

static void bar_upon_memory_is_not_used(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 1, 1);
	uint64_t at;

	tree_bar(f, 0, mask_of(16384), 0, false);
	tree_set(f, 0x10, 4, 0x100000);
	enumerate();
	assert_int_equal(fw_memory_describe(&fw_platform.memory, 0x101000, 4096, FW_MEM_FREE, 0),
			 0);
	assert_int_equal(fw_pci_map(&found[0], 0, 0, 4096, &at), 0);
	assert_int_equal(fw_pci_map(&found[0], 0, 0, 4097, &at), -EPROTO);
	assert_int_equal(fw_pci_map(&found[0], 0, 4096, 4, &at), -EPROTO);
	assert_int_equal(fw_pci_map(&found[0], 0, 0, 16384, &at), -EPROTO);
	assert_int_equal(fw_pci_map(&found[0], 0, 8192, 8192, &at), 0);
	fw_platform.memory.entries[0].type = FW_MEM_RESERVED;
	assert_int_equal(fw_pci_map(&found[0], 0, 0, 8192, &at), 0);
}

static void enable_and_back(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 1, 1);

	tree_set(f, 4, 2, 0x0001);
	enumerate();
	fw_pci_enable(&found[0], true);
	assert_int_equal(tree_get(f, 4, 2), 0x0407);
	fw_pci_enable(&found[0], false);
	assert_int_equal(tree_get(f, 4, 2), 0x0001);
}

static void capabilities_are_found_one_after_the_other(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 1, 1);
	struct fw_pci_caps caps;

	tree_set(f, 6, 2, 0x10);
	tree_set(f, 0x34, 1, 0x50);
	tree_set(f, 0x50, 2, 0x4009);
	tree_set(f, 0x40, 2, 0x6011);
	tree_set(f, 0x60, 2, 0x0009);
	enumerate();
	fw_pci_caps_init(&caps, &found[0]);
	assert_int_equal(fw_pci_caps_next(&caps, 9), 0x50);
	assert_int_equal(fw_pci_caps_next(&caps, 9), 0x60);
	assert_int_equal(fw_pci_caps_next(&caps, 9), 0);
	fw_pci_caps_init(&caps, &found[0]);
	assert_int_equal(fw_pci_caps_next(&caps, 0x11), 0x40);
}

static void capabilities_without_the_status_bit_are_none(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 1, 1);
	struct fw_pci_caps caps;

	tree_set(f, 0x34, 1, 0x50);
	tree_set(f, 0x50, 2, 0x0009);
	enumerate();
	fw_pci_caps_init(&caps, &found[0]);
	assert_int_equal(fw_pci_caps_next(&caps, 9), 0);
}

static void list_that_loops_ends(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 1, 1), count = 0;
	struct fw_pci_caps caps;

	tree_set(f, 6, 2, 0x10);
	tree_set(f, 0x34, 1, 0x40);
	tree_set(f, 0x40, 2, 0x5009);
	tree_set(f, 0x50, 2, 0x4009);
	enumerate();
	fw_pci_caps_init(&caps, &found[0]);
	while (fw_pci_caps_next(&caps, 9))
		count++;
	assert_int_equal(count, 48);
}

static void list_that_leads_into_the_header_ends(void **state)
{
	int f = tree_add(TREE_ROOT, 1, 0, 1, 1);
	struct fw_pci_caps caps;

	tree_set(f, 6, 2, 0x10);
	tree_set(f, 0x34, 1, 0x08);
	tree_set(f, 0x08, 2, 0x0009);
	enumerate();
	fw_pci_caps_init(&caps, &found[0]);
	assert_int_equal(fw_pci_caps_next(&caps, 9), 0);
}

#define T(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(functions_are_found_in_order),
		T(identity_is_read),
		T(further_functions_need_the_bit_of_the_first),
		T(no_more_than_asked_for),
		T(bridges_that_nobody_numbered_are_numbered),
		T(numbers_that_somebody_gave_stay),
		T(numbers_that_cannot_be_are_given_anew),
		T(two_bridges_with_one_number_do_not_loop),
		T(bridges_beyond_the_last_number_lead_nowhere),
		T(deep_chain_of_bridges_ends),
		cmocka_unit_test_setup(cf8_reaches_the_same_functions, setup_cf8),
		T(range_that_starts_at_another_bus_is_walked_from_there),
		T(range_that_cannot_be_is_left_out),
		T(bus_that_cannot_be_mapped_is_not_read),
		T(odd_accesses_do_nothing),
		T(bars_have_their_length_and_keep_their_address),
		T(nothing_decodes_while_bars_are_measured),
		T(ports_are_no_memory),
		T(absurd_lengths_are_none),
		T(last_bar_has_no_second_half),
		T(bars_without_address_get_one),
		T(new_addresses_are_behind_those_given_before),
		T(full_window_leaves_a_bar_without_address),
		cmocka_unit_test_setup(without_windows_no_address_is_given, setup_cf8),
		T(bridge_is_opened_for_what_is_behind_it),
		T(bridge_without_devices_is_shut),
		T(open_bridge_stays_as_it_is),
		T(map_is_inside_the_bar),
		T(bar_upon_memory_is_not_used),
		T(enable_and_back),
		T(capabilities_are_found_one_after_the_other),
		T(capabilities_without_the_status_bit_are_none),
		T(list_that_loops_ends),
		T(list_that_leads_into_the_header_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
