/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* fault_test.c - the engine fails in the ways it was told to, and in no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <cairn/block_fault.h>

static const struct cairn_disk_geometry geometry = {
	.size_bytes = 4096,
	.block_bytes = 512,
	.memory_align = 1,
};
static uint8_t bytes[4096], buf[1024];
static struct cairn_block_fault f;
static struct cairn_loop *loop;
static int statuses[4], n_done;

static void note_done(struct cairn_block_req *r, int status)
{
	statuses[n_done++] = status;
}

static int setup(void **state)
{
	n_done = 0;
	memset(bytes, 0x11, sizeof(bytes));
	memset(buf, 0x22, sizeof(buf));
	assert_int_equal(cairn_loop_new(&loop), 0);
	assert_int_equal(cairn_block_fault_init(&f, &geometry, bytes), 0);
	return cairn_block_bind(&f.engine, loop, (struct cairn_trigger){ 0 });
}

static int teardown(void **state)
{
	assert_int_equal(cairn_block_unbind(&f.engine), 0);
	cairn_block_fault_fini(&f);
	cairn_loop_free(loop);
	return 0;
}

struct request {
	struct cairn_block_req r;
	struct iovec iov;
};

static void submit(struct request *q, enum cairn_block_op op)
{
	*q = (struct request){ .iov = { buf, sizeof(buf) } };
	q->r.op = op;
	q->r.iov = &q->iov;
	q->r.n_iov = 1;
	q->r.bytes = sizeof(buf);
	q->r.done = note_done;
	assert_int_equal(cairn_block_submit(&f.engine, &q->r), 0);
}

static void rounds(int n)
{
	while (n--)
		assert_true(cairn_loop_dispatch(loop, 0) >= 0);
}

static void healthy_engine_moves_bytes(void **state)
{
	struct request q;

	submit(&q, CAIRN_BLOCK_WRITE);
	assert_int_equal(n_done, 0);
	rounds(1);
	assert_int_equal(n_done, 1);
	assert_int_equal(statuses[0], 0);
	assert_memory_equal(bytes, buf, sizeof(buf));
	submit(&q, CAIRN_BLOCK_WRITE_ZEROES);
	rounds(1);
	assert_int_equal(bytes[1023], 0);
	assert_int_equal(bytes[1024], 0x11);
	submit(&q, CAIRN_BLOCK_READ);
	rounds(1);
	assert_int_equal(buf[0], 0);
}

static void delay_counts_rounds(void **state)
{
	struct request q;

	f.mode = CAIRN_BLOCK_FAULT_DELAY;
	f.arg = 2;
	submit(&q, CAIRN_BLOCK_FLUSH);
	rounds(2);
	assert_int_equal(n_done, 0);
	rounds(1);
	assert_int_equal(n_done, 1);
	assert_int_equal(f.n_flushes, 1);
}

static void short_transfers_half(void **state)
{
	struct request q;

	f.mode = CAIRN_BLOCK_FAULT_SHORT;
	submit(&q, CAIRN_BLOCK_WRITE);
	rounds(1);
	assert_int_equal(statuses[0], -EIO);
	assert_int_equal(bytes[511], 0x22);
	assert_int_equal(bytes[512], 0x11);
}

static void held_requests_wait_for_release(void **state)
{
	struct request a, b;

	f.mode = CAIRN_BLOCK_FAULT_HOLD;
	submit(&a, CAIRN_BLOCK_WRITE);
	submit(&b, CAIRN_BLOCK_DISCARD);
	rounds(5);
	assert_int_equal(n_done, 0);
	assert_int_equal(f.n_held, 2);
	cairn_block_fault_release(&f, 1);
	rounds(1);
	assert_int_equal(n_done, 1);
	cairn_block_fault_release(&f, 9);
	rounds(1);
	assert_int_equal(n_done, 2);
	assert_int_equal(bytes[0], 0xdd);
}

static void held_requests_are_cancelled_when_that_is_allowed(void **state)
{
	struct request a, b, c;

	f.mode = CAIRN_BLOCK_FAULT_HOLD;
	submit(&a, CAIRN_BLOCK_WRITE);
	submit(&b, CAIRN_BLOCK_WRITE);
	cairn_block_cancel(&f.engine, &b.r);
	rounds(1);
	assert_int_equal(n_done, 1);
	assert_int_equal(statuses[0], -ECANCELED);
	submit(&c, CAIRN_BLOCK_WRITE);
	f.can_cancel = false;
	cairn_block_cancel(&f.engine, &a.r);
	rounds(1);
	assert_int_equal(n_done, 1);
	cairn_block_fault_release(&f, 2);
	rounds(1);
	assert_int_equal(n_done, 3);
	assert_int_equal(f.n_cancels, 2);
}

/* A direct disk's bounce buffer, with an engine that does not cancel. */
static void unaligned_request_goes_no_further_when_cancelled(void **state)
{
	enum { BYTES = 512 * 1024 };
	static uint8_t large[BYTES], guest[BYTES + 1];
	struct cairn_disk_geometry direct = geometry;
	struct iovec iov = { guest + 1, BYTES };
	struct cairn_block_fault b;
	struct cairn_block_req r = {
		.op = CAIRN_BLOCK_WRITE,
		.iov = &iov,
		.n_iov = 1,
		.bytes = BYTES,
		.done = note_done,
	};

	direct.size_bytes = BYTES;
	direct.memory_align = 512;
	assert_int_equal(cairn_block_fault_init(&b, &direct, large), 0);
	assert_int_equal(cairn_block_bind(&b.engine, loop, (struct cairn_trigger){ 0 }), 0);
	b.mode = CAIRN_BLOCK_FAULT_HOLD;
	b.can_cancel = false;
	assert_int_equal(cairn_block_submit(&b.engine, &r), 0);
	cairn_block_cancel(&b.engine, &r);
	cairn_block_fault_release(&b, 1);
	rounds(2);
	assert_int_equal(n_done, 1);
	assert_int_equal(statuses[0], -ECANCELED);
	assert_int_equal(b.n_submitted, 1);
	assert_int_equal(cairn_block_unbind(&b.engine), 0);
	cairn_block_fault_fini(&b);
}

static void resize_moves_the_end(void **state)
{
	struct request q;

	cairn_block_fault_resize(&f, 512);
	q = (struct request){ .r = { .op = CAIRN_BLOCK_DISCARD, .bytes = 1024 } };
	assert_int_equal(cairn_block_submit(&f.engine, &q.r), -ERANGE);
}

static void on_done(struct cairn_block_req *r, int status)
{
	assert_int_equal(status, -EIO);
	n_done++;
}

static void readme_example_works(void **state)
{
	struct iovec iov = { buf, 512 };
	struct cairn_block_req r = {
		.op = CAIRN_BLOCK_READ,
		.iov = &iov,
		.n_iov = 1,
		.bytes = 512,
		.done = on_done,
	};

	f.mode = CAIRN_BLOCK_FAULT_ERROR;
	f.arg = EIO;
	assert_int_equal(cairn_block_submit(&f.engine, &r), 0);
	cairn_block_commit(&f.engine);
	rounds(1);
	assert_int_equal(n_done, 1);
	assert_int_equal(f.n_commits, 2); /* ours, and the one after the round */
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(healthy_engine_moves_bytes),
		T(delay_counts_rounds),
		T(short_transfers_half),
		T(held_requests_wait_for_release),
		T(held_requests_are_cancelled_when_that_is_allowed),
		T(unaligned_request_goes_no_further_when_cancelled),
		T(resize_moves_the_end),
		T(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
