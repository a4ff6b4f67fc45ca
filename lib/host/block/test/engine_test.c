/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * engine_test.c - every engine does the same: each test runs with io_uring and with threads,
 * through the page cache and past it. Where the kernel or the file system has one of them not, the
 * tests of that combination are skipped.
 */
#include "support.h"

#define DISK_BYTES (4u << 20)

struct combination {
	enum cairn_block_kind kind;
	uint32_t flags;
};

static struct image img;
static struct cairn_disk *disk;
static struct cairn_block_engine *engine;
static struct cairn_loop *loop;
static uint32_t n_rounds;
static _Alignas(4096) uint8_t data[DISK_BYTES];
static _Alignas(4096) uint8_t back[DISK_BYTES];

static void count_round(void *ctx)
{
	n_rounds++;
}

static void open_engine(const struct combination *c, uint32_t flags)
{
	struct cairn_block_engine_cfg cfg = { .kind = c->kind, .depth = 8, .n_threads = 3 };
	struct cairn_err err = { 0 };
	int r = cairn_disk_open(img.path, c->flags | flags, &disk, &err);

	if (r == -EINVAL && c->flags & CAIRN_DISK_DIRECT)
		skip();
	assert_int_equal(r, 0);
	r = cairn_block_engine_new(disk, &cfg, &engine, &err);
	if (r == -ENOSYS || r == -EPERM)
		skip();
	assert_int_equal(r, 0);
	assert_int_equal(cairn_loop_new(&loop), 0);
	assert_int_equal(cairn_block_bind(engine, loop, (struct cairn_trigger){ count_round }), 0);
}

static int setup(void **state)
{
	n_rounds = 0;
	disk = NULL;
	engine = NULL;
	loop = NULL;
	image_make(&img, DISK_BYTES);
	return 0;
}

static void close_engine(void)
{
	if (engine)
		assert_int_equal(cairn_block_unbind(engine), 0);
	cairn_block_engine_free(engine);
	cairn_disk_close(disk);
	cairn_loop_free(loop);
	engine = NULL;
	disk = NULL;
	loop = NULL;
}

static int teardown(void **state)
{
	close_engine();
	image_drop(&img);
	return 0;
}

static int op(enum cairn_block_op o, uint64_t at, void *buf, uint64_t bytes)
{
	return test_do(loop, engine, o, at, buf, bytes);
}

static void what_was_written_is_read_again(void **state)
{
	open_engine(*state, 0);
	pattern_fill(data, 0, DISK_BYTES, 1);
	assert_int_equal(op(CAIRN_BLOCK_WRITE, 0, data, DISK_BYTES), 0);
	assert_int_equal(op(CAIRN_BLOCK_FLUSH, 0, NULL, 0), 0);
	memset(back, 0, DISK_BYTES);
	assert_int_equal(op(CAIRN_BLOCK_READ, 0, back, DISK_BYTES), 0);
	assert_true(pattern_holds(back, 0, DISK_BYTES, 1));
	memset(back, 0, DISK_BYTES);
	assert_int_equal(pread(img.fd, back, DISK_BYTES, 0), DISK_BYTES);
	assert_true(pattern_holds(back, 0, DISK_BYTES, 1));
	assert_true(n_rounds >= 3);
}

/* More requests than fit into the ring, in a jumbled order, each in three pieces. */
static void many_requests_at_once_all_arrive(void **state)
{
	enum { N = 128, LEN = 24576, BLOCK = 4096 };
	static struct test_req reqs[N];

	open_engine(*state, 0);
	pattern_fill(data, 0, N * LEN, 2);
	for (uint32_t i = 0; i < N; i++) {
		uint64_t at = (uint64_t)(i * 37 % N) * LEN;

		test_req_init(&reqs[i], CAIRN_BLOCK_WRITE, at, data + at, LEN);
		reqs[i].iov[0].iov_len = BLOCK;
		reqs[i].iov[1] = (struct iovec){ data + at + BLOCK, BLOCK };
		reqs[i].iov[2] = (struct iovec){ data + at + 2 * BLOCK, LEN - 2 * BLOCK };
		reqs[i].r.n_iov = 3;
		assert_int_equal(cairn_block_submit(engine, &reqs[i].r), 0);
	}
	test_run_until_idle(loop, engine);
	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(reqs[i].status, 0);
	assert_int_equal(op(CAIRN_BLOCK_READ, 0, back, N * LEN), 0);
	assert_true(pattern_holds(back, 0, N * LEN, 2));
}

static void unaligned_buffers_are_served(void **state)
{
	enum { LEN = 4096 * 100 };
	struct test_req reqs[3];

	open_engine(*state, 0);
	pattern_fill(data + 1, 0, 3 * LEN, 3);
	for (int i = 0; i < 3; i++) {
		test_req_init(&reqs[i], CAIRN_BLOCK_WRITE, (uint64_t)i * LEN, data + 1 + i * LEN,
			      LEN);
		assert_int_equal(cairn_block_submit(engine, &reqs[i].r), 0);
	}
	test_run_until_idle(loop, engine);
	for (int i = 0; i < 3; i++)
		assert_int_equal(reqs[i].status, 0);
	test_req_init(&reqs[0], CAIRN_BLOCK_READ, 0, back + 3, 3 * LEN);
	reqs[0].iov[0].iov_len = 7;
	reqs[0].iov[1] = (struct iovec){ back + 10, 3 * LEN - 7 };
	reqs[0].r.n_iov = 2;
	assert_int_equal(cairn_block_submit(engine, &reqs[0].r), 0);
	test_run_until_idle(loop, engine);
	assert_int_equal(reqs[0].status, 0);
	assert_true(pattern_holds(back + 3, 0, 3 * LEN, 3));
}

static void unaligned_and_cancelled_ends_too(void **state)
{
	struct test_req reqs[3];

	open_engine(*state, 0);
	for (int i = 0; i < 3; i++) {
		test_req_init(&reqs[i], CAIRN_BLOCK_WRITE, 0, data + 1, 1 << 20);
		assert_int_equal(cairn_block_submit(engine, &reqs[i].r), 0);
	}
	for (int i = 0; i < 3; i++)
		cairn_block_cancel(engine, &reqs[i].r);
	test_run_until_idle(loop, engine);
	for (int i = 0; i < 3; i++)
		assert_true(reqs[i].status == 0 || reqs[i].status == -ECANCELED);
	if (cairn_block_geometry(engine).memory_align > 1) /* those waited for the first */
		assert_true(reqs[1].status == -ECANCELED && reqs[2].status == -ECANCELED);
}

static void last_block_works_and_the_next_does_not(void **state)
{
	open_engine(*state, 0);
	assert_int_equal(op(CAIRN_BLOCK_READ, DISK_BYTES - 4096, back, 4096), 0);
	assert_int_equal(op(CAIRN_BLOCK_READ, DISK_BYTES, back, 4096), -ERANGE);
	assert_int_equal(op(CAIRN_BLOCK_READ, DISK_BYTES - 4096, back, 8192), -ERANGE);
	assert_int_equal(op(CAIRN_BLOCK_WRITE, UINT64_MAX - 4095, back, 4096), -ERANGE);
	assert_int_equal(op(CAIRN_BLOCK_DISCARD, 4096, NULL, UINT64_MAX - 4095), -ERANGE);
}

static void more_pieces_than_the_limit_are_refused(void **state)
{
	static struct iovec pieces[CAIRN_BLOCK_MAX_IOV + 1];
	struct test_req t;

	open_engine(*state, 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(pieces); i++)
		pieces[i] = (struct iovec){ back + i * 512, 512 };
	test_req_init(&t, CAIRN_BLOCK_READ, 0, back, CAIRN_BLOCK_MAX_IOV * 512);
	t.r.iov = pieces;
	t.r.n_iov = CAIRN_BLOCK_MAX_IOV;
	assert_int_equal(cairn_block_submit(engine, &t.r), 0);
	test_run_until_idle(loop, engine);
	assert_int_equal(t.status, 0);
	test_req_init(&t, CAIRN_BLOCK_READ, 0, back, (CAIRN_BLOCK_MAX_IOV + 8) * 512);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(pieces); i++)
		pieces[i] = (struct iovec){ back + i * 512, 512 };
	pieces[0].iov_len += 7 * 512;
	t.r.iov = pieces;
	t.r.n_iov = CAIRN_BLOCK_MAX_IOV + 1;
	assert_int_equal(cairn_block_submit(engine, &t.r), -EINVAL);
}

static void misshapen_requests_are_refused(void **state)
{
	struct test_req t;

	open_engine(*state, 0);
	assert_int_equal(op(CAIRN_BLOCK_READ, 0, back, 0), -EINVAL);
	assert_int_equal(op(CAIRN_BLOCK_READ, 0, back, 513), -EINVAL);
	assert_int_equal(op(CAIRN_BLOCK_READ, 1, back, 4096), -EINVAL);
	assert_int_equal(op(CAIRN_BLOCK_READ, 0, NULL, 4096), -EINVAL);
	test_req_init(&t, CAIRN_BLOCK_READ, 0, back, 4096);
	t.iov[0].iov_len = 8192;
	assert_int_equal(cairn_block_submit(engine, &t.r), -EINVAL);
	t.iov[0].iov_len = SIZE_MAX;
	t.iov[1].iov_len = 4097;
	t.r.n_iov = 2;
	assert_int_equal(cairn_block_submit(engine, &t.r), -EINVAL);
	assert_int_equal(cairn_block_in_flight(engine), 0);
}

static void read_only_disk_refuses_every_change(void **state)
{
	open_engine(*state, CAIRN_DISK_READ_ONLY);
	assert_int_equal(op(CAIRN_BLOCK_WRITE, 0, data, 4096), -EROFS);
	assert_int_equal(op(CAIRN_BLOCK_DISCARD, 0, NULL, 4096), -EROFS);
	assert_int_equal(op(CAIRN_BLOCK_WRITE_ZEROES, 0, NULL, 4096), -EROFS);
	assert_int_equal(op(CAIRN_BLOCK_READ, 0, back, 4096), 0);
	assert_int_equal(op(CAIRN_BLOCK_FLUSH, 0, NULL, 0), 0);
}

static void write_zeroes(bool may_unmap)
{
	struct test_req t;

	memset(data, 0xaa, DISK_BYTES);
	assert_int_equal(op(CAIRN_BLOCK_WRITE, 0, data, DISK_BYTES), 0);
	test_req_init(&t, CAIRN_BLOCK_WRITE_ZEROES, 4096, NULL, 2 << 20);
	t.r.may_unmap = may_unmap;
	assert_int_equal(cairn_block_submit(engine, &t.r), 0);
	test_run_until_idle(loop, engine);
	assert_int_equal(t.status, 0);
	assert_int_equal(op(CAIRN_BLOCK_READ, 0, back, DISK_BYTES), 0);
	assert_true(is_all(back, 4096, 0xaa));
	assert_true(is_all(back + 4096, 2 << 20, 0));
	assert_true(is_all(back + 4096 + (2 << 20), DISK_BYTES - 4096 - (2 << 20), 0xaa));
}

static void zeroes_read_as_zeroes(void **state)
{
	open_engine(*state, 0);
	write_zeroes(false);
	write_zeroes(true);
}

static void discard_leaves_its_neighbours_alone(void **state)
{
	open_engine(*state, 0);
	memset(data, 0xaa, DISK_BYTES);
	assert_int_equal(op(CAIRN_BLOCK_WRITE, 0, data, DISK_BYTES), 0);
	assert_int_equal(op(CAIRN_BLOCK_DISCARD, 4096, NULL, 1 << 20), 0);
	assert_int_equal(op(CAIRN_BLOCK_READ, 0, back, DISK_BYTES), 0);
	assert_true(is_all(back, 4096, 0xaa));
	assert_true(is_all(back + 4096 + (1 << 20), DISK_BYTES - 4096 - (1 << 20), 0xaa));
}

static void file_cut_short_is_an_io_error(void **state)
{
	open_engine(*state, 0);
	assert_int_equal(ftruncate(img.fd, 8192), 0);
	assert_int_equal(op(CAIRN_BLOCK_READ, 4096, back, 4096), 0);
	assert_int_equal(op(CAIRN_BLOCK_READ, 4096, back, 8192), -EIO);
	assert_int_equal(op(CAIRN_BLOCK_READ, 1 << 20, back, 4096), -EIO);
}

static void grown_file_is_reached_after_refresh(void **state)
{
	open_engine(*state, 0);
	assert_int_equal(ftruncate(img.fd, 2 * DISK_BYTES), 0);
	assert_int_equal(op(CAIRN_BLOCK_READ, DISK_BYTES, back, 4096), -ERANGE);
	assert_int_equal(cairn_disk_refresh(disk, NULL), 1);
	assert_int_equal(op(CAIRN_BLOCK_READ, DISK_BYTES, back, 4096), 0);
	assert_int_equal(cairn_block_geometry(engine).size_bytes, 2 * DISK_BYTES);
}

static void cancelled_before_commit_never_happens(void **state)
{
	struct test_req t;

	open_engine(*state, 0);
	memset(data, 0x55, 4096);
	test_req_init(&t, CAIRN_BLOCK_WRITE, 0, data, 4096);
	assert_int_equal(cairn_block_submit(engine, &t.r), 0);
	cairn_block_cancel(engine, &t.r);
	assert_int_equal(t.status, 1); /* not from inside cancel */
	test_run_until_idle(loop, engine);
	assert_true(t.status == -ECANCELED || t.status == 0);
}

static void cancel_in_the_middle_ends_every_request_once(void **state)
{
	enum { N = 64 };
	static struct test_req reqs[N];

	open_engine(*state, 0);
	for (uint32_t i = 0; i < N; i++) {
		test_req_init(&reqs[i], CAIRN_BLOCK_WRITE, i * 4096, data, 4096);
		assert_int_equal(cairn_block_submit(engine, &reqs[i].r), 0);
	}
	cairn_block_commit(engine);
	for (uint32_t i = 0; i < N; i++)
		if (reqs[i].status == 1)
			cairn_block_cancel(engine, &reqs[i].r);
	test_run_until_idle(loop, engine);
	for (uint32_t i = 0; i < N; i++)
		assert_true(reqs[i].status == 0 || reqs[i].status == -ECANCELED);
}

/* With or without the loop: each request ends once. */
static void reaping_ends_each_request_once(void **state)
{
	struct test_req reqs[8];
	uint32_t n = 0;

	open_engine(*state, 0);
	assert_int_equal(cairn_block_reap(engine), 0);
	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(reqs); i++) {
		test_req_init(&reqs[i], CAIRN_BLOCK_READ, i * 4096, back + i * 4096, 4096);
		assert_int_equal(cairn_block_submit(engine, &reqs[i].r), 0);
	}
	cairn_block_commit(engine);
	for (int tries = 0; tries < 20; tries++)
		n += cairn_block_reap(engine);
	assert_int_equal(cairn_block_in_flight(engine), CAIRN_ARRAY_LEN(reqs) - n);
	test_run_until_idle(loop, engine);
	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(reqs); i++)
		assert_int_equal(reqs[i].status, 0);
	assert_int_equal(cairn_block_reap(engine), 0);
}

static void unbind_waits_for_what_is_in_flight(void **state)
{
	struct test_req t;

	open_engine(*state, 0);
	test_req_init(&t, CAIRN_BLOCK_READ, 0, back, 4096);
	assert_int_equal(cairn_block_submit(engine, &t.r), 0);
	assert_int_equal(cairn_block_unbind(engine), -EBUSY);
	test_run_until_idle(loop, engine);
	assert_int_equal(cairn_block_unbind(engine), 0);
	assert_int_equal(cairn_block_unbind(engine), 0);
	assert_int_equal(cairn_block_submit(engine, &t.r), -EINVAL);
	assert_int_equal(cairn_block_bind(engine, loop, (struct cairn_trigger){ 0 }), 0);
	assert_int_equal(cairn_block_bind(engine, loop, (struct cairn_trigger){ 0 }), -EBUSY);
	assert_int_equal(op(CAIRN_BLOCK_READ, 0, back, 4096), 0);
}

static const struct combination combinations[] = {
	{ CAIRN_BLOCK_URING, 0 },
	{ CAIRN_BLOCK_URING, CAIRN_DISK_DIRECT },
	{ CAIRN_BLOCK_THREADS, 0 },
	{ CAIRN_BLOCK_THREADS, CAIRN_DISK_DIRECT },
};

#define T(f)                                                                                       \
	{                                                                                          \
#f, f, setup, teardown, NULL                                                       \
	}

static const struct CMUnitTest each[] = {
	T(what_was_written_is_read_again),
	T(many_requests_at_once_all_arrive),
	T(unaligned_buffers_are_served),
	T(unaligned_and_cancelled_ends_too),
	T(last_block_works_and_the_next_does_not),
	T(misshapen_requests_are_refused),
	T(more_pieces_than_the_limit_are_refused),
	T(read_only_disk_refuses_every_change),
	T(zeroes_read_as_zeroes),
	T(discard_leaves_its_neighbours_alone),
	T(file_cut_short_is_an_io_error),
	T(grown_file_is_reached_after_refresh),
	T(cancelled_before_commit_never_happens),
	T(cancel_in_the_middle_ends_every_request_once),
	T(reaping_ends_each_request_once),
	T(unbind_waits_for_what_is_in_flight),
};

int main(void)
{
	struct CMUnitTest tests[CAIRN_ARRAY_LEN(combinations) * CAIRN_ARRAY_LEN(each)];

	for (size_t c = 0; c < CAIRN_ARRAY_LEN(combinations); c++)
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(each); i++) {
			struct CMUnitTest *t = &tests[c * CAIRN_ARRAY_LEN(each) + i];

			*t = each[i];
			t->initial_state = (void *)(uintptr_t)&combinations[c];
		}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
