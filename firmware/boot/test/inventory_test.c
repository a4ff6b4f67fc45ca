/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "../inventory.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <cairn/le.h>
#include <cairn/math.h>
#include <fw/console.h>

enum { BLOCK = 512, BLOCKS = 8192 };

static uint8_t content[BLOCKS * BLOCK];
static int answer;
static char screen[4096];
static size_t n;
static struct fw_devices devices;

static void put(struct fw_console_dev *dev, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && n + 1 < sizeof(screen); i++)
		if (bytes[i] != '\r')
			screen[n++] = bytes[i];
	screen[n] = '\0';
}

static int get(struct fw_console_dev *dev)
{
	return -1;
}

static struct fw_console_dev console = { .put = put, .get = get };

static int disk_read(struct fw_block *b, uint64_t lba, void *dst, uint32_t count)
{
	assert_true(cairn_in_range(lba, count, BLOCKS));
	memcpy(dst, content + lba * BLOCK, (size_t)count * BLOCK);
	return answer;
}

static const struct fw_block_ops ops = { .read = disk_read };
static struct fw_block disk;

static int add_console(void **state)
{
	fw_console_add(&console);
	return 0;
}

static int start(void **state)
{
	memset(content, 0, sizeof(content));
	memset(&devices, 0, sizeof(devices));
	disk = (struct fw_block){
		.ops = &ops, .n_blocks = BLOCKS, .block_bytes = BLOCK, .name = "disk 0"
	};
	devices.disks[0] = &disk;
	devices.n_disks = 1;
	answer = 0;
	n = 0;
	screen[0] = '\0';
	return 0;
}

static void mbr_slot(uint32_t i, uint8_t type, uint32_t first, uint32_t blocks)
{
	uint8_t *slot = content + 0x1be + 16 * i;

	slot[4] = type;
	cairn_le_store(slot + 8, 4, first);
	cairn_le_store(slot + 12, 4, blocks);
	content[510] = 0x55;
	content[511] = 0xaa;
}

static void disks_are_shown_with_their_partitions(void **state)
{
	mbr_slot(0, 0xef, 64, 4096);
	mbr_slot(1, 0xea, 4160, 100);
	mbr_slot(2, 0x83, 4300, 2048);
	disk.is_readonly = true;
	fw_inventory_devices(&devices);
	assert_string_equal(screen, "disk 0: 4 MiB, read only\n"
				    "  1: 2 MiB, EFI system partition\n"
				    "  2: 50 KiB, extended boot partition\n"
				    "  3: 1 MiB\n");
}

static uint32_t lines(void)
{
	uint32_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += screen[i] == '\n';
	return found;
}

/* Logical partitions, each a block behind its record, and records one after the other. */
static void make_chain(uint32_t count)
{
	mbr_slot(0, 0x05, 1, BLOCKS - 1);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *link = content + (1 + 2 * i) * BLOCK;

		link[0x1be + 4] = 0x83;
		cairn_le_store(link + 0x1be + 8, 4, 1);
		cairn_le_store(link + 0x1be + 12, 4, 1);
		link[0x1ce + 4] = i + 1 < count ? 0x05 : 0;
		cairn_le_store(link + 0x1ce + 8, 4, 2 * i + 2);
		link[510] = 0x55;
		link[511] = 0xaa;
	}
}

static void many_partitions_leave_a_screen_to_the_others(void **state)
{
	make_chain(100);
	for (uint32_t i = 0; i < 3; i++)
		devices.disks[i] = &disk;
	devices.n_disks = 3;
	fw_inventory_devices(&devices);
	assert_non_null(strstr(screen, "  12: 0 KiB\n  and 92 more\ndisk 0: 4 MiB\n  5: 0 KiB\n"));
	assert_non_null(
	    strstr(screen, "  12: 0 KiB\n  and 92 more\ndisk 0: 4 MiB\n  and 100 more\n"));
	assert_int_equal(lines(), 3 + 3 + 16);
}

static void of_partitions_that_cannot_be_used_the_first_is_shown(void **state)
{
	for (uint32_t i = 0; i < 4; i++)
		mbr_slot(i, 0x83, 64, i == 2 ? 2 : BLOCKS);
	fw_inventory_devices(&devices);
	assert_string_equal(screen, "disk 0: 4 MiB\n"
				    "  partition outside the disk\n"
				    "  3: 1 KiB\n"
				    "  and 2 more\n");
}

static void a_disk_without_partitions_says_so(void **state)
{
	fw_inventory_devices(&devices);
	assert_string_equal(screen, "disk 0: 4 MiB\n  no partitions\n");
}

static void a_damaged_table_is_said_and_the_next_disk_follows(void **state)
{
	mbr_slot(0, 0xee, 1, BLOCKS - 1);
	devices.disks[1] = &disk;
	devices.n_disks = 2;
	fw_inventory_devices(&devices);
	assert_non_null(strstr(screen, "GPT"));
	assert_null(strstr(screen, "no partitions"));
	assert_non_null(strstr(strstr(screen, "disk 0") + 1, "disk 0"));
}

static void a_disk_that_cannot_be_read_is_said(void **state)
{
	answer = -EIO;
	fw_inventory_devices(&devices);
	assert_null(strstr(screen, "no partitions"));
	assert_memory_equal(screen, "disk 0: 4 MiB\n  ", 16);
	assert_true(n > 18);
}

static void devices_that_cannot_be_used_are_named(void **state)
{
	devices.n_disks = 0;
	devices.n_notes = 1;
	devices.notes[0] = (struct fw_note){ .kind = "virtio-blk", .what = "odd", .value = 0x1f };
	devices.n_left_out = 3;
	fw_inventory_devices(&devices);
	assert_string_equal(screen, "virtio-blk: cannot be used: odd (1f)\n"
				    "and 3 devices more than there is room for\nno disks\n");
}

static void memory_is_what_is_ram(void **state)
{
	static struct fw_platform p = { .entered_by = "test" };

	assert_int_equal(
	    fw_memory_describe(&p.memory, 0x100000, 0x500000, FW_MEM_FREE, FW_MEM_ATTR_WB), 0);
	assert_int_equal(fw_memory_describe(&p.memory, 0x800000, 0x500000, FW_MEM_RESERVED, 0), 0);
	fw_inventory_machine(&p);
	assert_non_null(strstr(screen, "entered by test, 5 MiB of memory\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(disks_are_shown_with_their_partitions, start),
		cmocka_unit_test_setup(many_partitions_leave_a_screen_to_the_others, start),
		cmocka_unit_test_setup(of_partitions_that_cannot_be_used_the_first_is_shown, start),
		cmocka_unit_test_setup(a_disk_without_partitions_says_so, start),
		cmocka_unit_test_setup(a_damaged_table_is_said_and_the_next_disk_follows, start),
		cmocka_unit_test_setup(a_disk_that_cannot_be_read_is_said, start),
		cmocka_unit_test_setup(devices_that_cannot_be_used_are_named, start),
		cmocka_unit_test_setup(memory_is_what_is_ram, start),
	};

	return cmocka_run_group_tests(tests, add_console, NULL);
}
