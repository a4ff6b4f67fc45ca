/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* support.h - what the tests of this component share: a scratch image, and waiting for requests. */
#ifndef CAIRN_BLOCK_TEST_SUPPORT_H
#define CAIRN_BLOCK_TEST_SUPPORT_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include <cairn/block.h>

struct image {
	char path[256];
	int fd; /* past every lock */
};

static inline void image_make(struct image *i, uint64_t bytes)
{
	const char *dir = getenv("TMPDIR");

	snprintf(i->path, sizeof(i->path), "%s/cairn-block-XXXXXX", dir ? dir : "/tmp");
	i->fd = mkostemp(i->path, O_CLOEXEC);
	assert_true(i->fd >= 0);
	assert_int_equal(ftruncate(i->fd, (off_t)bytes), 0);
}

static inline void image_drop(struct image *i)
{
	close(i->fd);
	unlink(i->path);
}

/* A byte for every offset, that depends on all of it. */
static inline uint8_t pattern(uint64_t at, uint32_t seed)
{
	uint64_t x = (at + seed) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint8_t)(x >> 56);
}

static inline void pattern_fill(void *buf, uint64_t at, size_t len, uint32_t seed)
{
	uint8_t *b = buf;

	for (size_t i = 0; i < len; i++)
		b[i] = pattern(at + i, seed);
}

static inline bool pattern_holds(const void *buf, uint64_t at, size_t len, uint32_t seed)
{
	const uint8_t *b = buf;

	for (size_t i = 0; i < len; i++)
		if (b[i] != pattern(at + i, seed))
			return false;
	return true;
}

static inline bool is_all(const void *buf, size_t len, uint8_t v)
{
	const uint8_t *b = buf;

	for (size_t i = 0; i < len; i++)
		if (b[i] != v)
			return false;
	return true;
}

#define TEST_MAX_IOV 4

struct test_req {
	struct cairn_block_req r;
	struct iovec iov[TEST_MAX_IOV];
	int status; /* 1: not done */
};

static inline void test_req_done(struct cairn_block_req *r, int status)
{
	struct test_req *t = cairn_container_of(r, struct test_req, r);

	assert_int_equal(t->status, 1); /* once */
	t->status = status;
}

static inline void test_req_init(struct test_req *t, enum cairn_block_op op, uint64_t offset,
				 void *buf, uint64_t bytes)
{
	memset(t, 0, sizeof(*t));
	t->status = 1;
	t->r.op = op;
	t->r.offset = offset;
	t->r.bytes = bytes;
	t->r.iov = t->iov;
	t->r.done = test_req_done;
	if (buf) {
		t->iov[0] = (struct iovec){ buf, bytes };
		t->r.n_iov = 1;
	}
}

static inline void test_run_until_idle(struct cairn_loop *loop, struct cairn_block_engine *e)
{
	cairn_block_commit(e);
	while (cairn_block_in_flight(e))
		assert_true(cairn_loop_dispatch(loop, 10000) >= 0);
}

/* Submit, wait, return the status. */
static inline int test_do(struct cairn_loop *loop, struct cairn_block_engine *e,
			  enum cairn_block_op op, uint64_t offset, void *buf, uint64_t bytes)
{
	struct test_req t;
	int r;

	test_req_init(&t, op, offset, buf, bytes);
	r = cairn_block_submit(e, &t.r);
	if (r < 0)
		return r;
	test_run_until_idle(loop, e);
	return t.status;
}

#endif
