/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Flash of every width, and everything that could lie where flash is looked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fw/flash.h>
#include <fw/platform.h>

#include "arch_test.h"
#include "fake_flash.h"

#define AT    UINT64_C(0xffb80000)
#define LEN   (512u << 10)
#define BLOCK 4096u

static uint8_t bytes[LEN];
static struct fake_flash flash;

static void plug(uint32_t width, uint32_t chips)
{
	memset(bytes, 0xff, sizeof(bytes));
	flash = (struct fake_flash){ .at = AT,
				     .len = LEN,
				     .block_bytes = BLOCK,
				     .width = width,
				     .chips = chips,
				     .bytes = bytes };
	fake_flash_plug(&flash);
}

static const struct {
	uint32_t width, chips;
} kinds[] = { { 1, 1 }, { 2, 1 }, { 2, 2 }, { 4, 1 }, { 4, 2 }, { 4, 4 } };

static void flash_of_every_width_is_found(void **state)
{
	struct fw_flash f;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(kinds); i++) {
		plug(kinds[i].width, kinds[i].chips);
		for (int is_end = 0; is_end < 2; is_end++) {
			assert_int_equal(fw_flash_probe(is_end ? AT + LEN : AT, is_end, &f), 0);
			assert_int_equal(f.at, AT);
			assert_int_equal(f.bytes, LEN);
			assert_int_equal(f.block_bytes, BLOCK);
			assert_int_equal(f.width, kinds[i].width);
			assert_int_equal(f.chips, kinds[i].chips);
			assert_int_equal(flash.mode, 0); /* can be read again */
		}
		for (uint32_t k = 0; k < LEN; k++)
			assert_int_equal(bytes[k], 0xff);
	}
}

static void bytes_are_programmed_and_erased_anywhere(void **state)
{
	uint8_t data[64], got[64];
	struct fw_flash f;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i + 1);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(kinds); i++) {
		plug(kinds[i].width, kinds[i].chips);
		assert_int_equal(fw_flash_probe(AT, false, &f), 0);
		flash.oddities = 0; /* the probe tries what is not there */
		for (uint32_t at = 0; at < 9; at++) {
			for (uint32_t len = 1; len < 20; len++) {
				uint32_t off = BLOCK + 32 * (at * 20 + len) + at % 5;

				assert_int_equal(fw_flash_program(&f, off, data, len), 0);
				assert_int_equal(flash.mode, 0);
				assert_memory_equal(bytes + off, data, len);
				assert_int_equal(bytes[off - 1], 0xff);
				assert_int_equal(bytes[off + len], 0xff);
				assert_int_equal(fw_flash_read(&f, off, got, len), 0);
				assert_memory_equal(got, data, len);
			}
		}
		memset(bytes, 0, sizeof(bytes));
		assert_int_equal(fw_flash_erase(&f, BLOCK, 2 * BLOCK), 0);
		assert_int_equal(bytes[BLOCK - 1], 0);
		assert_int_equal(bytes[BLOCK], 0xff);
		assert_int_equal(bytes[3 * BLOCK - 1], 0xff);
		assert_int_equal(bytes[3 * BLOCK], 0);
		assert_int_equal(flash.oddities, 0);
	}
}

/* Of a word that is there in part the rest stays, also where a chip would not clear bits only. */
static void neighbours_in_a_word_stay(void **state)
{
	const uint8_t byte = 0x3c;
	struct fw_flash f;

	plug(4, 2);
	assert_int_equal(fw_flash_probe(AT, false, &f), 0);
	flash.overwrites = true;
	memcpy(bytes + 100, "\x11\xff\x22\x33", 4);
	assert_int_equal(fw_flash_program(&f, 101, &byte, 1), 0);
	assert_memory_equal(bytes + 100, "\x11\x3c\x22\x33", 4);
}

static void what_is_erased_already_costs_no_command(void **state)
{
	uint8_t data[256];
	struct fw_flash f;

	plug(1, 1);
	assert_int_equal(fw_flash_probe(AT, false, &f), 0);
	memset(data, 0xff, sizeof(data));
	data[7] = 0;
	assert_int_equal(fw_flash_program(&f, 512, data, sizeof(data)), 0);
	assert_int_equal(flash.programs, 1);
}

static void failures_are_told_and_cleared(void **state)
{
	const uint8_t statuses[] = { 0x90, 0xa0, 0x88, 0x82 }, byte = 1;
	struct fw_flash f;

	plug(2, 2);
	assert_int_equal(fw_flash_probe(AT, false, &f), 0);
	flash.oddities = 0;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(statuses); i++) {
		flash.status = statuses[i];
		assert_int_equal(fw_flash_program(&f, 10, &byte, 1), -EIO);
		assert_int_equal(flash.mode, 0);
		assert_int_equal(fw_flash_erase(&f, 0, BLOCK), -EIO);
		assert_int_equal(flash.mode, 0);
	}
	assert_int_equal(flash.clears, 2 * CAIRN_ARRAY_LEN(statuses));
	assert_int_equal(flash.oddities, 0);
}

static void flash_that_is_never_ready_is_waited_for_in_vain(void **state)
{
	const uint8_t byte = 1;
	struct fw_flash f;

	plug(1, 1);
	assert_int_equal(fw_flash_probe(AT, false, &f), 0);
	flash.status = 0;
	assert_int_equal(fw_flash_program(&f, 10, &byte, 1), -EIO);
}

static void query_that_cannot_be_is_refused(void **state)
{
	const struct {
		uint8_t at, value;
	} lies[] = { { 0x10, 'q' }, { 0x13, 2 },    { 0x14, 1 },    { 0x2c, 0 },
		     { 0x2c, 2 },   { 0x30, 0xff }, { 0x2f, 0xff }, { 0x2e, 0xff } };
	struct fw_flash f;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lies); i++) {
		plug(1, 1);
		flash.table[lies[i].at] = lies[i].value;
		if (lies[i].at == 0x2e || lies[i].at == 0x30)
			flash.table[lies[i].at - 1] = 0xff;
		if (lies[i].at == 0x2e)
			flash.table[0x30] = 0x10;
		assert_int_equal(fw_flash_probe(AT, false, &f), -ENODEV);
		assert_int_equal(flash.mode, 0);
	}
}

static uint32_t no_write;

static uint32_t rom_read(uint64_t at, uint32_t width)
{
	return 0x12345678u >> (32 - 8 * width);
}

static void rom_write(uint64_t at, uint32_t width, uint32_t value)
{
	no_write++;
}

static void nothing_and_rom_are_no_flash(void **state)
{
	struct fw_flash f;

	plug(1, 1);
	assert_int_equal(fw_flash_probe(AT - (1u << 20), false, &f), -ENODEV);
	test_mmio_read = rom_read;
	test_mmio_write = rom_write;
	assert_int_equal(fw_flash_probe(AT, true, &f), -ENODEV);
	assert_true(no_write > 0);
}

static uint8_t *page;

static uint32_t ram_read(uint64_t at, uint32_t width)
{
	uint32_t v = 0;

	memcpy(&v, page + at % 4096, width);
	return v;
}

static void ram_write(uint64_t at, uint32_t width, uint32_t value)
{
	memcpy(page + at % 4096, &value, width);
}

static void memory_gets_back_what_it_had(void **state)
{
	uint8_t before[4096];
	struct fw_flash f;

	page = malloc(4096);
	for (int i = 0; i < 4096; i++)
		page[i] = (uint8_t)(i * 7);
	memcpy(before, page, sizeof(before));
	test_mmio_read = ram_read;
	test_mmio_write = ram_write;
	assert_int_equal(fw_flash_probe(AT, false, &f), -ENODEV);
	assert_memory_equal(page, before, sizeof(before));
	free(page);
}

static void memory_of_the_map_is_not_touched(void **state)
{
	struct fw_flash f;

	plug(1, 1);
	assert_int_equal(fw_memory_describe(&fw_platform.memory, AT + 0x10000, 0x1000, FW_MEM_FREE,
					    FW_MEM_ATTR_WB),
			 0);
	assert_int_equal(fw_flash_probe(AT, false, &f), -ENODEV);
	test_mmio_write = rom_write;
	no_write = 0;
	assert_int_equal(fw_flash_probe(AT + 0x10000, false, &f), -ENODEV);
	assert_int_equal(no_write, 0);
	fake_flash_plug(&flash);
	fw_platform.memory.n = 0;
	assert_int_equal(fw_memory_describe(&fw_platform.memory, AT, LEN, FW_MEM_RESERVED, 0), 0);
	assert_int_equal(fw_flash_probe(AT, false, &f), 0);
	fw_platform.memory.n = 0;
}

static void flash_of_a_pc_is_found_from_the_top(void **state)
{
	static struct fw_platform p;
	struct fw_flash all[4];

	p.is_pc = true;
	plug(1, 1);
	assert_int_equal(fw_flash_find(&p, all, 4), 0); /* it does not end at 4 GiB */
	flash.at = UINT64_C(0x100000000) - LEN;
	assert_int_equal(fw_flash_find(&p, all, 4), 1);
	assert_int_equal(all[0].at, flash.at);
	flash.at = UINT64_C(0xffc00000);
	assert_int_equal(fw_flash_find(&p, all, 4), 1);
	assert_int_equal(all[0].at, flash.at);
	assert_int_equal(fw_flash_find(&p, all, 0), 0);
}

static void banks_of_a_device_tree_are_found(void **state)
{
	static struct fw_platform p;
	struct fw_flash all[4];

	plug(4, 2);
	p.flash[0].at = AT + 1; /* nonsense */
	p.flash[0].len = LEN;
	p.flash[1].at = AT;
	p.flash[1].len = LEN;
	p.n_flash = 2;
	assert_int_equal(fw_flash_find(&p, all, 4), 1);
	assert_int_equal(all[0].at, AT);
	p.flash[1].len = LEN - 1; /* it would reach beyond its bank */
	assert_int_equal(fw_flash_find(&p, all, 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flash_of_every_width_is_found),
		cmocka_unit_test(bytes_are_programmed_and_erased_anywhere),
		cmocka_unit_test(neighbours_in_a_word_stay),
		cmocka_unit_test(what_is_erased_already_costs_no_command),
		cmocka_unit_test(failures_are_told_and_cleared),
		cmocka_unit_test(flash_that_is_never_ready_is_waited_for_in_vain),
		cmocka_unit_test(query_that_cannot_be_is_refused),
		cmocka_unit_test(nothing_and_rom_are_no_flash),
		cmocka_unit_test(memory_gets_back_what_it_had),
		cmocka_unit_test(memory_of_the_map_is_not_touched),
		cmocka_unit_test(flash_of_a_pc_is_found_from_the_top),
		cmocka_unit_test(banks_of_a_device_tree_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
