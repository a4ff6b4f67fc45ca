/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "../read_ahead.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BLOCK = 512, BLOCKS = 64, BYTES = BLOCK * BLOCKS };

static uint8_t content[BYTES], wanted[BYTES];
static uint32_t reads, flushes;
static int answer; /* of the driver */

static int disk_read(struct fw_block *b, uint64_t lba, void *dst, uint32_t n)
{
	reads++;
	assert_true(n > 0 && lba + n <= BLOCKS);
	if (answer == 0)
		memcpy(dst, content + lba * BLOCK, (size_t)n * BLOCK);
	return answer;
}

static int disk_write(struct fw_block *b, uint64_t lba, const void *src, uint32_t n)
{
	assert_true(n > 0 && lba + n <= BLOCKS);
	if (answer == 0)
		memcpy(content + lba * BLOCK, src, (size_t)n * BLOCK);
	return answer;
}

static int disk_flush(struct fw_block *b)
{
	flushes++;
	return answer;
}

static const struct fw_block_ops ops = { .read = disk_read,
					 .write = disk_write,
					 .flush = disk_flush };
static const struct fw_block_ops read_ops = { .read = disk_read };
static struct fw_block disk;
static struct fw_part part;

static int start(void **state)
{
	for (uint32_t i = 0; i < BYTES; i++)
		wanted[i] = content[i] = (uint8_t)(i * 7 + i / BLOCK);
	answer = 0;
	reads = flushes = 0;
	disk = (struct fw_block){ .ops = &ops, .n_blocks = BLOCKS, .block_bytes = BLOCK };
	fw_part_init(&part, &disk, 8, 40);
	return 0;
}

static void reads_outside_the_disk_do_not_reach_the_driver(void **state)
{
	uint8_t b[BLOCK];

	assert_int_equal(fw_block_read(&disk, BLOCKS, b, 1), -EINVAL);
	assert_int_equal(fw_block_read(&disk, BLOCKS - 1, b, 2), -EINVAL);
	assert_int_equal(fw_block_read(&disk, UINT64_MAX, b, 2), -EINVAL);
	assert_int_equal(fw_block_write(&disk, BLOCKS - 1, b, 2), -EINVAL);
	assert_int_equal(fw_block_read(&disk, BLOCKS, b, 0), 0);
	assert_int_equal(reads, 0);
}

static void reads_are_counted(void **state)
{
	uint8_t b[3 * BLOCK];

	assert_int_equal(fw_block_read(&disk, 2, b, 3), 0);
	assert_memory_equal(b, wanted + 2 * BLOCK, sizeof(b));
	assert_int_equal(disk.bytes_read, 3 * BLOCK);
	assert_int_equal(disk.requests, 1);
}

static void read_only_disks_are_not_written(void **state)
{
	uint8_t b[BLOCK] = { 0 };

	disk.is_readonly = true;
	assert_int_equal(fw_block_write(&disk, 0, b, 1), -EROFS);
	assert_int_equal(fw_block_flush(&disk), 0);
	disk.is_readonly = false;
	assert_int_equal(fw_block_flush(&disk), 0);
	assert_int_equal(flushes, 1);
	disk.ops = &read_ops;
	assert_int_equal(fw_block_write(&disk, 0, b, 1), -EROFS);
	assert_int_equal(fw_block_flush(&disk), 0);
	assert_memory_equal(content, wanted, BYTES);
}

static void any_range_of_a_part_reads_as_its_bytes(void **state)
{
	struct cairn_image image = fw_part_image(&part);
	static uint8_t b[40 * BLOCK];

	assert_int_equal(image.size_bytes, 40 * BLOCK);
	srand(1);
	for (uint32_t i = 0; i < 3000; i++) {
		uint64_t off = (uint64_t)rand() % image.size_bytes;
		size_t len = (size_t)rand() % (size_t)(image.size_bytes - off + 1);

		assert_int_equal(image.read_at(image.ctx, off, b, len), 0);
		assert_memory_equal(b, wanted + 8 * BLOCK + off, len);
	}
}

static void small_reads_reach_the_disk_once(void **state)
{
	struct cairn_image image = fw_part_image(&part);
	static uint8_t memory[FW_AHEAD_BYTES];
	uint8_t b[48];

	fw_ahead_open_(memory);
	for (uint64_t off = 0; off + sizeof(b) <= image.size_bytes; off += sizeof(b)) {
		assert_int_equal(image.read_at(image.ctx, off, b, sizeof(b)), 0);
		assert_memory_equal(b, wanted + 8 * BLOCK + off, sizeof(b));
	}
	fw_ahead_open_(NULL);
	assert_int_equal(reads, 1);
}

static void a_small_read_sees_what_others_wrote(void **state)
{
	struct cairn_image image = fw_part_image(&part);
	static uint8_t memory[FW_AHEAD_BYTES];
	struct fw_part other;
	uint8_t b[4];

	fw_ahead_open_(memory);
	fw_part_init(&other, &disk, 9, 2);
	assert_int_equal(image.read_at(image.ctx, BLOCK + 4, b, 4), 0);
	assert_int_equal(fw_part_write(&other, 4, "abcd", 4), 0);
	assert_int_equal(image.read_at(image.ctx, BLOCK + 4, b, 4), 0);
	fw_ahead_open_(NULL);
	assert_memory_equal(b, "abcd", 4);
}

static void a_part_ends_where_it_ends(void **state)
{
	struct cairn_image image = fw_part_image(&part);
	uint8_t b[2] = { 0 };

	assert_int_equal(image.read_at(image.ctx, 40 * BLOCK - 1, b, 2), -EINVAL);
	assert_int_equal(image.read_at(image.ctx, UINT64_MAX, b, 2), -EINVAL);
	assert_int_equal(fw_part_write(&part, 40 * BLOCK - 1, b, 2), -EINVAL);
	fw_part_init(&part, &disk, 60, 5);
	assert_int_equal(image.read_at(image.ctx, 0, b, 1), -EINVAL);
	assert_int_equal(fw_part_write(&part, 0, b, 1), -EINVAL);
	assert_int_equal(reads, 0);
}

static void any_range_of_a_part_is_written_and_nothing_else(void **state)
{
	struct cairn_image image = fw_part_image(&part);
	static uint8_t b[40 * BLOCK];

	srand(2);
	for (uint32_t i = 0; i < 1000; i++) {
		uint64_t off = (uint64_t)rand() % (40 * BLOCK);
		size_t len = (size_t)rand() % (size_t)(40 * BLOCK - off + 1);

		memset(b, rand(), len);
		assert_int_equal(fw_part_write(&part, off, b, len), 0);
		memcpy(wanted + 8 * BLOCK + off, b, len);
		assert_memory_equal(content, wanted, BYTES);
		assert_int_equal(image.read_at(image.ctx, off, b, len < 700 ? len : 700), 0);
		assert_memory_equal(b, wanted + 8 * BLOCK + off, len < 700 ? len : 700);
	}
}

static void a_small_read_sees_what_whole_blocks_were_written(void **state)
{
	struct cairn_image image = fw_part_image(&part);
	uint8_t block[BLOCK], b[4];

	memset(block, 0x5c, sizeof(block));
	assert_int_equal(image.read_at(image.ctx, BLOCK + 4, b, 4), 0);
	assert_int_equal(fw_part_write(&part, BLOCK, block, BLOCK), 0);
	assert_int_equal(image.read_at(image.ctx, BLOCK + 4, b, 4), 0);
	assert_memory_equal(b, block, 4);
}

static void the_drivers_error_comes_back_and_is_not_remembered_as_data(void **state)
{
	struct cairn_image image = fw_part_image(&part);
	uint8_t b[4] = { 9, 9, 9, 9 };

	answer = -EIO;
	assert_int_equal(image.read_at(image.ctx, 1, b, 4), -EIO);
	answer = 0;
	assert_int_equal(image.read_at(image.ctx, 1, b, 4), 0);
	assert_memory_equal(b, wanted + 8 * BLOCK + 1, 4);
	answer = -ETIMEDOUT;
	assert_int_equal(fw_part_write(&part, 1, "abcd", 4), -ETIMEDOUT);
	answer = 0;
	assert_int_equal(image.read_at(image.ctx, 1, b, 4), 0);
	assert_memory_equal(b, wanted + 8 * BLOCK + 1, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_outside_the_disk_do_not_reach_the_driver, start),
		cmocka_unit_test_setup(reads_are_counted, start),
		cmocka_unit_test_setup(read_only_disks_are_not_written, start),
		cmocka_unit_test_setup(any_range_of_a_part_reads_as_its_bytes, start),
		cmocka_unit_test_setup(small_reads_reach_the_disk_once, start),
		cmocka_unit_test_setup(a_small_read_sees_what_others_wrote, start),
		cmocka_unit_test_setup(a_part_ends_where_it_ends, start),
		cmocka_unit_test_setup(any_range_of_a_part_is_written_and_nothing_else, start),
		cmocka_unit_test_setup(a_small_read_sees_what_whole_blocks_were_written, start),
		cmocka_unit_test_setup(the_drivers_error_comes_back_and_is_not_remembered_as_data,
				       start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
