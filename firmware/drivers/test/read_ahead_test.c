/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "../read_ahead.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BYTES = 4 << 20, PIECE = 32 << 10, LARGE = 256 << 10 };

static uint8_t content[BYTES], memory[FW_AHEAD_BYTES], got[LARGE];
static struct fw_block disk, other;
static uint32_t reads, most; /* blocks that the driver reads at once before it fails */

static int disk_read(struct fw_block *b, uint64_t lba, void *dst, uint32_t n)
{
	reads++;
	assert_true(n > 0 && lba + n <= b->n_blocks);
	if (n > most)
		return -EIO;
	memcpy(dst, content + lba * b->block_bytes, (size_t)n * b->block_bytes);
	if (b == &other)
		((uint8_t *)dst)[0] ^= 0xff;
	return 0;
}

static int disk_write(struct fw_block *b, uint64_t lba, const void *src, uint32_t n)
{
	memcpy(content + lba * b->block_bytes, src, (size_t)n * b->block_bytes);
	return 0;
}

static const struct fw_block_ops ops = { .read = disk_read, .write = disk_write };

static void use(uint32_t block_bytes)
{
	for (uint32_t i = 0; i < BYTES; i++)
		content[i] = (uint8_t)(i * 7 + i / 512);
	disk = (struct fw_block){ .ops = &ops,
				  .n_blocks = BYTES / block_bytes,
				  .block_bytes = block_bytes };
	other = disk;
	most = UINT32_MAX;
	reads = 0;
	fw_ahead_open_(memory);
}

static int start(void **state)
{
	use(512);
	return 0;
}

static int stop(void **state)
{
	fw_ahead_open_(NULL);
	return 0;
}

static void expect(uint64_t lba, uint64_t n)
{
	assert_int_equal(fw_block_read(&disk, lba, got, n), 0);
	assert_memory_equal(got, content + lba * disk.block_bytes, n * disk.block_bytes);
}

static void small_reads_in_order_need_few_requests(void **state)
{
	static const uint32_t sizes[] = { 512, 4096 };

	for (uint32_t s = 0; s < CAIRN_ARRAY_LEN(sizes); s++) {
		uint32_t n = PIECE / sizes[s];

		use(sizes[s]);
		for (uint64_t lba = 0; lba < disk.n_blocks; lba += n)
			expect(lba, n);
		/* KiB: 64, 128, 256, 512, 1024, 1024, 1024, 64 to the disk's end */
		assert_int_equal(reads, 8);
		assert_int_equal(disk.requests, 8);
		assert_int_equal(disk.bytes_read, BYTES);
	}
}

static void a_read_elsewhere_begins_small_again(void **state)
{
	for (uint64_t lba = 0; lba < 2048; lba++)
		expect(lba, 1);
	disk.bytes_read = 0;
	expect(5000, 1);
	assert_int_equal(disk.bytes_read, 64 << 10);
}

static void large_reads_pass_by(void **state)
{
	expect(0, LARGE / 512);
	assert_int_equal(disk.bytes_read, LARGE);
	expect(0, 1);
	assert_int_equal(reads, 2);
}

static void reads_longer_than_the_first_window_are_whole(void **state)
{
	expect(7, (100 << 10) / 512);
	assert_int_equal(reads, 1);
}

static void written_blocks_are_read_anew(void **state)
{
	static uint8_t block[512] = { 1, 2, 3 };

	expect(100, 4);
	assert_int_equal(fw_block_write(&disk, 102, block, 1), 0);
	expect(100, 4);
	assert_memory_equal(got + 1024, block, 512);
	assert_int_equal(fw_block_write(&disk, 99, block, 1), 0);
	assert_int_equal(reads, 2);
	expect(100, 4);
	assert_int_equal(reads, 2);
}

static void disks_do_not_share(void **state)
{
	expect(100, 4);
	assert_int_equal(fw_block_read(&other, 100, got, 4), 0);
	assert_int_equal(got[0], content[100 * 512] ^ 0xff);
	expect(100, 4);
}

/* A disk may need its whole time limit to fail; what was asked for is read by itself. */
static void a_window_that_cannot_be_read_is_not_tried_again(void **state)
{
	most = 4;
	expect(100, 4);
	expect(200, 4);
	assert_int_equal(reads, 3);
	assert_int_equal(fw_block_read(&disk, 100, got, 5), -EIO);
}

static void any_reads_and_writes_agree_with_the_disk(void **state)
{
	srand(3);
	for (uint32_t i = 0; i < 20000; i++) {
		uint64_t lba = (uint64_t)rand() % disk.n_blocks;
		uint64_t n = (uint64_t)rand() % (rand() % 8 ? 16 : LARGE / 512);

		if (i % 3)
			lba = lba % 4096;
		if (n > disk.n_blocks - lba)
			n = disk.n_blocks - lba;
		if (rand() % 4) {
			expect(lba, n);
		} else {
			memset(got, rand(), n * 512);
			assert_int_equal(fw_block_write(&disk, lba, got, n), 0);
		}
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
		T(small_reads_in_order_need_few_requests),
		T(a_read_elsewhere_begins_small_again),
		T(large_reads_pass_by),
		T(reads_longer_than_the_first_window_are_whole),
		T(written_blocks_are_read_anew),
		T(disks_do_not_share),
		T(a_window_that_cannot_be_read_is_not_tried_again),
		T(any_reads_and_writes_agree_with_the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
