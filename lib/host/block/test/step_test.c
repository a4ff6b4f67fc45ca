/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* step_test.c - a request as a sequence of system calls, with results that kernels rarely give. */
#include "support.h"

#include <linux/falloc.h>

#include "../src/block.h"

static struct cairn_disk disk;
static struct cairn_block_step s;
static struct test_req t;
static uint8_t buf[4096];

static int setup(void **state)
{
	memset(&disk, 0, sizeof(disk));
	disk.zeroes = buf;
	return 0;
}

static void begin(enum cairn_block_op op, void *data, uint64_t bytes)
{
	test_req_init(&t, op, 8192, data, bytes);
	cairn_block_step_begin_(&disk, &t.r);
	cairn_block_step_(&disk, &t.r, &s);
}

static bool ends(int64_t res)
{
	bool end = cairn_block_step_result_(&t.r, res);

	if (!end)
		cairn_block_step_(&disk, &t.r, &s);
	return end;
}

static void whole_read_ends(void **state)
{
	begin(CAIRN_BLOCK_READ, buf, 4096);
	assert_int_equal(s.kind, CAIRN_BLOCK_STEP_READV);
	assert_int_equal(s.offset, 8192);
	assert_true(ends(4096));
	assert_int_equal(t.r.result, 0);
}

static void short_write_is_resumed_where_it_stopped(void **state)
{
	begin(CAIRN_BLOCK_WRITE, buf, 1000);
	t.iov[0].iov_len = 300;
	t.iov[1] = (struct iovec){ buf + 2000, 0 };
	t.iov[2] = (struct iovec){ buf + 1000, 700 };
	t.r.n_iov = 3;
	assert_false(ends(200));
	assert_int_equal(s.offset, 8392);
	assert_ptr_equal(s.iov[0].iov_base, buf + 200);
	assert_int_equal(s.iov[0].iov_len, 100);
	assert_false(ends(150));
	assert_int_equal(s.offset, 8542);
	assert_int_equal(s.n_iov, 1);
	assert_ptr_equal(s.iov[0].iov_base, buf + 1050);
	assert_int_equal(s.iov[0].iov_len, 650);
	assert_true(ends(650));
	assert_int_equal(t.r.result, 0);
}

static void end_of_file_is_an_error(void **state)
{
	begin(CAIRN_BLOCK_READ, buf, 4096);
	assert_false(ends(512));
	assert_true(ends(0));
	assert_int_equal(t.r.result, -EIO);
}

static void more_than_asked_is_an_error(void **state)
{
	begin(CAIRN_BLOCK_READ, buf, 512);
	assert_true(ends(513));
	assert_int_equal(t.r.result, -EIO);
}

static void again_is_tried_again_but_not_for_ever(void **state)
{
	int tries = 0;

	begin(CAIRN_BLOCK_READ, buf, 512);
	while (!ends(-EAGAIN))
		assert_true(++tries < 100);
	assert_int_equal(t.r.result, -EAGAIN);
	assert_true(tries > 1);
	begin(CAIRN_BLOCK_FLUSH, NULL, 0);
	assert_false(ends(-EINTR));
	assert_true(ends(0));
}

static void flush_tells_its_error(void **state)
{
	begin(CAIRN_BLOCK_FLUSH, NULL, 0);
	assert_int_equal(s.kind, CAIRN_BLOCK_STEP_SYNC);
	assert_true(ends(-EIO));
	assert_int_equal(t.r.result, -EIO);
}

static void discard_of_a_file_punches_and_may_be_refused(void **state)
{
	begin(CAIRN_BLOCK_DISCARD, NULL, 4096);
	assert_int_equal(s.kind, CAIRN_BLOCK_STEP_FALLOCATE);
	assert_int_equal(s.mode, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
	assert_int_equal(s.bytes, 4096);
	assert_true(ends(-EOPNOTSUPP));
	assert_int_equal(t.r.result, 0);
}

static void discard_of_a_device_falls_back_to_a_hole(void **state)
{
	disk.geometry.is_device = true;
	begin(CAIRN_BLOCK_DISCARD, NULL, 4096);
	assert_int_equal(s.kind, CAIRN_BLOCK_STEP_DEVICE_DISCARD);
	assert_false(ends(-EOPNOTSUPP));
	assert_int_equal(s.kind, CAIRN_BLOCK_STEP_FALLOCATE);
	assert_true(ends(-EIO));
	assert_int_equal(t.r.result, -EIO);
}

static void zeroes_that_may_unmap_try_a_hole_first(void **state)
{
	test_req_init(&t, CAIRN_BLOCK_WRITE_ZEROES, 0, NULL, 4096);
	t.r.may_unmap = true;
	cairn_block_step_begin_(&disk, &t.r);
	cairn_block_step_(&disk, &t.r, &s);
	assert_int_equal(s.mode, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
	assert_false(ends(-EOPNOTSUPP));
	assert_int_equal(s.mode, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE);
	assert_true(ends(0));
}

static void zeroes_are_written_where_nothing_else_works(void **state)
{
	uint64_t bytes = CAIRN_BLOCK_ZEROES_BYTES_ + 512;

	begin(CAIRN_BLOCK_WRITE_ZEROES, NULL, bytes);
	assert_int_equal(s.mode, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE);
	assert_false(ends(-EOPNOTSUPP));
	assert_int_equal(s.kind, CAIRN_BLOCK_STEP_WRITEV);
	assert_int_equal(s.iov[0].iov_len, CAIRN_BLOCK_ZEROES_BYTES_);
	assert_false(ends(CAIRN_BLOCK_ZEROES_BYTES_ / 2));
	assert_int_equal(s.offset, 8192 + CAIRN_BLOCK_ZEROES_BYTES_ / 2);
	assert_int_equal(s.iov[0].iov_len, CAIRN_BLOCK_ZEROES_BYTES_ / 2 + 512);
	assert_true(ends(CAIRN_BLOCK_ZEROES_BYTES_ / 2 + 512));
	assert_int_equal(t.r.result, 0);
}

static void list_forgets_what_is_removed(void **state)
{
	struct cairn_block_req a, b, c;
	struct cairn_block_list l = { 0 };

	cairn_block_list_add(&l, &a);
	cairn_block_list_add(&l, &b);
	cairn_block_list_add(&l, &c);
	assert_true(cairn_block_list_remove(&l, &c));
	assert_false(cairn_block_list_remove(&l, &c));
	cairn_block_list_add(&l, &c);
	assert_true(cairn_block_list_remove(&l, &a));
	assert_ptr_equal(cairn_block_list_take(&l), &b);
	assert_ptr_equal(cairn_block_list_take(&l), &c);
	assert_null(cairn_block_list_take(&l));
	assert_null(l.tail);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(whole_read_ends),
		T(short_write_is_resumed_where_it_stopped),
		T(end_of_file_is_an_error),
		T(more_than_asked_is_an_error),
		T(again_is_tried_again_but_not_for_ever),
		T(flush_tells_its_error),
		T(discard_of_a_file_punches_and_may_be_refused),
		T(discard_of_a_device_falls_back_to_a_hole),
		T(zeroes_that_may_unmap_try_a_hole_first),
		T(zeroes_are_written_where_nothing_else_works),
		T(list_forgets_what_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
