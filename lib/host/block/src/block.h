/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* block.h - what the files of this component share. */
#ifndef CAIRN_BLOCK_PRIVATE_H
#define CAIRN_BLOCK_PRIVATE_H

#include <cairn/block.h>

#define CAIRN_BLOCK_BOUNCE_BYTES_ 131072u
#define CAIRN_BLOCK_ZEROES_BYTES_ 1048576u

struct cairn_disk {
	int fd;
	struct cairn_disk_geometry geometry; /* size_bytes by atomic access only */
	void *zeroes; /* CAIRN_BLOCK_ZEROES_BYTES_ of never touched, read-only memory */
};

/* err with a formatted file name and reason. Returns -code. */
int cairn_disk_err_(struct cairn_err *err, int code, const char *what, const char *path);
/* Fills everything of the geometry but the size, for a disk whose fd, size and flags are known. */
int cairn_disk_probe_(struct cairn_disk *d, const char *path, struct cairn_err *err);
/* The size of now, checked against the block size. */
int cairn_disk_measure_(const struct cairn_disk *d, uint64_t *ret_bytes, struct cairn_err *err);

/* One system call's worth of a request. */
enum cairn_block_step_kind {
	CAIRN_BLOCK_STEP_READV,
	CAIRN_BLOCK_STEP_WRITEV,
	CAIRN_BLOCK_STEP_SYNC,
	CAIRN_BLOCK_STEP_FALLOCATE,
	CAIRN_BLOCK_STEP_DEVICE_DISCARD,
};

struct cairn_block_step {
	enum cairn_block_step_kind kind;
	int mode; /* FALLOCATE */
	const struct iovec *iov;
	uint32_t n_iov;
	uint64_t offset, bytes;
};

/* A request before its first step. */
void cairn_block_step_begin_(const struct cairn_disk *d, struct cairn_block_req *r);
/* What to do next. */
void cairn_block_step_(const struct cairn_disk *d, struct cairn_block_req *r,
		       struct cairn_block_step *ret);
/* res: what the step's system call returned (>= 0, or a negative errno). Returns true when the
 * request has ended, with its status in r->result; false: do the next step. */
bool cairn_block_step_result_(struct cairn_block_req *r, int64_t res);

/* Bounce buffer of a direct disk. */
int cairn_block_bounce_new_(struct cairn_block_engine *e);
void cairn_block_bounce_free_(struct cairn_block_engine *e);
bool cairn_block_bounce_wants_(const struct cairn_block_engine *e, const struct cairn_block_req *r);
void cairn_block_bounce_submit_(struct cairn_block_engine *e, struct cairn_block_req *r);
void cairn_block_bounce_cancel_(struct cairn_block_engine *e, struct cairn_block_req *r);
/* False: r is not the bounce buffer's own, nothing was done. */
bool cairn_block_bounce_done_(struct cairn_block_engine *e, struct cairn_block_req *r, int status);

/* The caller's request has ended: counts it off and calls done(). */
void cairn_block_end_(struct cairn_block_engine *e, struct cairn_block_req *r, int status);

int cairn_block_uring_new_(struct cairn_disk *disk, const struct cairn_block_engine_cfg *cfg,
			   struct cairn_block_engine **ret, struct cairn_err *err);
int cairn_block_threads_new_(struct cairn_disk *disk, const struct cairn_block_engine_cfg *cfg,
			     struct cairn_block_engine **ret, struct cairn_err *err);

/* Singly linked list of requests, first in, first out. */
struct cairn_block_list {
	struct cairn_block_req *head, *tail;
};

static inline void cairn_block_list_add(struct cairn_block_list *l, struct cairn_block_req *r)
{
	r->next = NULL;
	if (l->tail)
		l->tail->next = r;
	else
		l->head = r;
	l->tail = r;
}

static inline struct cairn_block_req *cairn_block_list_take(struct cairn_block_list *l)
{
	struct cairn_block_req *r = l->head;

	if (!r)
		return NULL;
	l->head = r->next;
	if (!l->head)
		l->tail = NULL;
	return r;
}

/* True when r was in the list, and is no more. */
static inline bool cairn_block_list_remove(struct cairn_block_list *l, struct cairn_block_req *r)
{
	struct cairn_block_req *before = NULL, *at = l->head;

	while (at && at != r) {
		before = at;
		at = at->next;
	}
	if (!at)
		return false;
	if (before)
		before->next = r->next;
	else
		l->head = r->next;
	if (l->tail == r)
		l->tail = before;
	return true;
}

#endif
