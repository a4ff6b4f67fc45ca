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
	if (n > most) {
		memset(dst, 0xee, b->block_bytes);
		return -EIO;
	}
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
		/* KiB: 64, 128, 256, 512, four of 768, 64 to the disk's end */
		assert_int_equal(reads, 9);
		assert_int_equal(disk.requests, 9);
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

/* As GRUB goes from a file to the table of FAT and back, both in pieces of 32 KiB. */
static void two_readers_keep_their_windows(void **state)
{
	uint64_t n = PIECE / 512, tables = disk.n_blocks - 64 * n;

	for (uint64_t i = 0; i < 64; i++) {
		expect(i * n, n);
		expect(tables + i / 32 * n, n);
		expect(1, 1);
	}
	/* of the file 64, 128, 256, 512, 768, 768 (2 MiB in all); of the tables 64; of others 64 */
	assert_int_equal(reads, 6 + 1 + 1);
}

/* The long window is for whom it serves; the others go on in theirs. */
static void a_slow_reader_does_not_take_the_long_window(void **state)
{
	uint64_t n = PIECE / 512, slow = disk.n_blocks / 2;

	expect(0, n);
	expect(n, n);
	for (uint64_t i = 2; i < 34; i++) {
		expect(i * n, n);
		if (i % 4 == 0)
			expect(slow + i * n / 4, n);
	}
	/* 64, 128, 256, 512, 768; the slow one's 8 pieces, two in a window */
	assert_int_equal(reads, 5 + 4);
	assert_int_equal(disk.bytes_read, ((64 + 128 + 256 + 512 + 768) + 4 * 64) << 10);
}

static void the_long_window_goes_to_the_next_reader(void **state)
{
	uint64_t n = PIECE / 512, second = disk.n_blocks / 2;

	for (uint64_t i = 0; i < 16; i++)
		expect(i * n, n);
	reads = 0;
	for (uint64_t i = 0; i < 28; i++)
		expect(second + i * n, n);
	assert_int_equal(reads, 4); /* 64, 128, 256, 512 */
}

static void the_window_used_least_recently_is_filled(void **state)
{
	const uint64_t step = FW_AHEAD_SHORT_BYTES / 512 * 2;

	for (uint64_t i = 0; i < FW_AHEAD_SHORTS; i++)
		expect(i * step, 1);
	expect(0, 1);
	assert_int_equal(reads, FW_AHEAD_SHORTS);
	expect(FW_AHEAD_SHORTS * step, 1); /* in place of the second */
	expect(0, 1);
	expect(2 * step, 1);
	expect(3 * step, 1);
	assert_int_equal(reads, FW_AHEAD_SHORTS + 1);
	expect(step, 1);
	assert_int_equal(reads, FW_AHEAD_SHORTS + 2);
}

static void a_disk_shorter_than_a_window_is_read_to_its_end(void **state)
{
	disk.n_blocks = 5;
	expect(2, 1);
	assert_int_equal(disk.bytes_read, 3 * 512);
	expect(2, 3);
	expect(4, 1);
	assert_int_equal(reads, 1);
	assert_int_equal(fw_block_read(&disk, 4, got, 2), -EINVAL);
	assert_int_equal(reads, 1);
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
	assert_int_equal(disk.bytes_read, 2 * FW_AHEAD_SHORT_BYTES);
	assert_int_equal(fw_block_write(&disk, 99, block, 1), 0);
	assert_int_equal(reads, 2);
	expect(100, 4);
	assert_int_equal(reads, 2);
}

/* Both windows that have it, the long one and a short one. */
static void every_window_forgets_what_is_written(void **state)
{
	uint64_t n = PIECE / 512;
	uint8_t block[512] = { 4, 5, 6 };

	expect(5 * n - 1, 1); /* up to 7 n */
	for (uint64_t i = 0; i < 5; i++)
		expect(i * n, n); /* 64 and 128 KiB: 2 n to 6 n in the long one */
	assert_int_equal(reads, 3);
	assert_int_equal(fw_block_write(&disk, 5 * n + 1, block, 1), 0);
	expect(5 * n, 2);
	assert_int_equal(reads, 4);
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

static void a_disk_that_fails_spoils_no_others_window(void **state)
{
	const uint64_t step = FW_AHEAD_SHORT_BYTES / 512 * 2;

	for (uint64_t i = 0; i < FW_AHEAD_SHORTS; i++)
		expect(i * step, 1);
	most = 4;
	assert_int_equal(fw_block_read(&other, 0, got, 1), 0);
	most = UINT32_MAX;
	for (uint64_t i = 0; i < FW_AHEAD_SHORTS; i++)
		expect(i * step, 1);
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
		T(two_readers_keep_their_windows),
		T(a_slow_reader_does_not_take_the_long_window),
		T(the_long_window_goes_to_the_next_reader),
		T(the_window_used_least_recently_is_filled),
		T(a_disk_shorter_than_a_window_is_read_to_its_end),
		T(large_reads_pass_by),
		T(reads_longer_than_the_first_window_are_whole),
		T(written_blocks_are_read_anew),
		T(every_window_forgets_what_is_written),
		T(disks_do_not_share),
		T(a_window_that_cannot_be_read_is_not_tried_again),
		T(a_disk_that_fails_spoils_no_others_window),
		T(any_reads_and_writes_agree_with_the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
