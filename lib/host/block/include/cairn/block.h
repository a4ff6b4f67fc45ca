/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * block.h - asynchronous access to a disk: requests in the caller's storage, served by an engine.
 *
 * An engine is opened for a disk (that is when it makes its ring or its threads, before a sandbox
 * closes) and bound to a loop. submit, commit, cancel and every done() happen on that loop's
 * thread. Several engines may serve one disk, each for a loop of its own. Nothing is allocated per
 * request.
 *
 * States of an engine: IDLE -bind-> BOUND -unbind (nothing in flight)-> IDLE -free-> gone.
 */
#ifndef CAIRN_BLOCK_H
#define CAIRN_BLOCK_H

#include <sys/uio.h>

#include <cairn/disk.h>
#include <cairn/event.h>

#ifdef __cplusplus
extern "C" {
#endif

enum cairn_block_op {
	CAIRN_BLOCK_READ,
	CAIRN_BLOCK_WRITE,
	CAIRN_BLOCK_FLUSH,   /* what was written and done before this was submitted is durable */
	CAIRN_BLOCK_DISCARD, /* the range is not needed; its content is undefined */
	CAIRN_BLOCK_WRITE_ZEROES, /* reads as zeroes afterwards */
};

#define CAIRN_BLOCK_MAX_IOV 1024u

/*
 * The caller's; untouchable from submit until done() is entered, together with iov (the array and
 * what it points to). The engine changes the array where a transfer is resumed.
 */
struct cairn_block_req {
	enum cairn_block_op op;
	bool may_unmap;         /* WRITE_ZEROES: space may be given back */
	uint32_t n_iov;         /* READ, WRITE: 1 … CAIRN_BLOCK_MAX_IOV */
	struct iovec *iov;      /* READ, WRITE: guest memory is welcome */
	uint64_t offset, bytes; /* multiples of the block size; bytes: also the sum of iov */
	/* 0; -EIO and others from the host; -ECANCELED. Never entered from inside submit. */
	void (*done)(struct cairn_block_req *r, int status);
	/* private to the engine from here */
	struct cairn_block_req *next;
	uint64_t done_bytes;
	uint32_t tries, stage;
	int result;
	struct iovec one;
};

struct cairn_block_engine;

/* What an engine does. Requests arrive checked. Static const; .size = sizeof. */
struct cairn_block_engine_ops {
	size_t size;
	/* Take a request; done() follows, from the loop. */
	void (*submit)(struct cairn_block_engine *e, struct cairn_block_req *r);
	/* What was submitted since the last commit starts now. NULL: submit starts it. */
	void (*commit)(struct cairn_block_engine *e);
	/* End it sooner if that is possible; done() still follows. NULL: it is not. */
	void (*cancel)(struct cairn_block_engine *e, struct cairn_block_req *r);
	/* On the loop's thread. e->loop is set. */
	int (*bind)(struct cairn_block_engine *e);
	void (*unbind)(struct cairn_block_engine *e);
	void (*fini)(struct cairn_block_engine *e);
	/* Complete what has ended, without a system call. Returns how many. NULL: nothing. */
	uint32_t (*reap)(struct cairn_block_engine *e);
};

struct cairn_block_bounce; /* unaligned buffers of a direct disk; private */

struct cairn_block_engine { /* embedded in the implementer, filled by cairn_block_engine_init() */
	const struct cairn_block_engine_ops *ops;
	const char *name; /* "io_uring", "threads" … */
	const char *note; /* why it is not the one asked for, for people; or NULL */
	/* private from here */
	struct cairn_loop *loop;
	struct cairn_trigger after_round;
	struct cairn_disk_geometry geometry;
	struct cairn_disk *disk; /* NULL: geometry.size_bytes is the size */
	uint32_t in_flight;
	struct cairn_block_bounce *bounce;
};

enum cairn_block_kind {
	CAIRN_BLOCK_AUTO, /* io_uring, or threads where the kernel has or permits no io_uring */
	CAIRN_BLOCK_URING,
	CAIRN_BLOCK_THREADS,
};

struct cairn_block_engine_cfg {
	enum cairn_block_kind kind;
	uint16_t depth;     /* io_uring: requests inside the kernel at once, 1 … 4096; 0: 128 */
	uint16_t n_threads; /* threads: 1 … 64; 0: 4 */
	/* threads: run first on each, a sandbox closes there. Memory of the caller until free. */
	struct cairn_trigger thread_start;
};

/*
 * cairn_block_engine_new() - make an engine for a disk.
 *
 * Returns 0; -EINVAL (cfg beyond its limits); -ENOSYS or -EPERM (CAIRN_BLOCK_URING, and the kernel
 * or this build has none, or it is forbidden); -ENOMEM, -EAGAIN (threads) and others from the host,
 * with err.
 * The disk outlives the engine. Memory and descriptors are bounded by cfg.
 */
CAIRN_MUST_USE int cairn_block_engine_new(struct cairn_disk *disk,
					  const struct cairn_block_engine_cfg *cfg,
					  struct cairn_block_engine **ret, struct cairn_err *err);
/* Not bound. NULL is allowed. */
void cairn_block_engine_free(struct cairn_block_engine *e);

/*
 * Completions come to this loop from now on. Loop's thread. after_round fires after each round of
 * done() calls: the place to publish and to signal once for all of them; requests submitted by
 * done() or there need no commit. Returns 0, -EBUSY (bound already), or the host's errno.
 */
CAIRN_MUST_USE int cairn_block_bind(struct cairn_block_engine *e, struct cairn_loop *loop,
				    struct cairn_trigger after_round);
/* Returns 0, or -EBUSY: something is in flight. Loop's thread. */
CAIRN_MUST_USE int cairn_block_unbind(struct cairn_block_engine *e);

/*
 * cairn_block_submit() - hand a request over. It starts at the next commit, or sooner.
 *
 * Returns 0: done() follows, exactly once. Otherwise done() does not follow: -EINVAL (not bound,
 * n_iov, bytes 0 or not the sum of iov, not in whole blocks), -ERANGE (beyond the end of the disk),
 * -EROFS (the disk is read-only). Cost O(n_iov), no system call.
 */
CAIRN_MUST_USE int cairn_block_submit(struct cairn_block_engine *e, struct cairn_block_req *r);
/* Start what was submitted: at most one system call for any number of requests. */
void cairn_block_commit(struct cairn_block_engine *e);
/*
 * cairn_block_reap() - complete now what has ended, instead of in the loop's next round.
 *
 * For who has just committed: reads from the page cache have ended by then. done() is entered, but
 * after_round does not fire, and what done() submits needs a commit. No system call. Not from
 * inside done(). Returns how many requests were looked at.
 */
uint32_t cairn_block_reap(struct cairn_block_engine *e);
/* Try to end a request sooner; its done() follows in any case, with whatever status. r is in
 * flight. */
void cairn_block_cancel(struct cairn_block_engine *e, struct cairn_block_req *r);
/* Requests whose done() is still to come. */
uint32_t cairn_block_in_flight(const struct cairn_block_engine *e);

/* The disk's, with the size of now. */
struct cairn_disk_geometry cairn_block_geometry(const struct cairn_block_engine *e);

/*
 * For implementers. init: size_bytes of the geometry is fixed unless a disk is given; returns 0 or
 * -ENOMEM. complete: ends one request (calls done). round_done: after each round of completes.
 */
CAIRN_MUST_USE int cairn_block_engine_init(struct cairn_block_engine *e,
					   const struct cairn_block_engine_ops *ops,
					   const char *name, struct cairn_disk *disk,
					   const struct cairn_disk_geometry *geometry);
void cairn_block_engine_fini(struct cairn_block_engine *e);
void cairn_block_complete(struct cairn_block_engine *e, struct cairn_block_req *r, int status);
void cairn_block_round_done(struct cairn_block_engine *e);

#ifdef __cplusplus
}
#endif
#endif
