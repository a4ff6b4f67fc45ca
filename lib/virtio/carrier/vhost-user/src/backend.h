/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* backend.h - what the files of the carrier share. */
#ifndef CARRIER_VHOST_USER_BACKEND_H
#define CARRIER_VHOST_USER_BACKEND_H

#include <cairn/vhost_user_socket.h>
#include <cairn/virtio_vhost_user.h>

/* What one job asks of the device, in this order; each is left when it is done. */
enum step {
	STEP_STOP = 1u << 0, /* rings of stop_mask */
	STEP_RESET = 1u << 1,
	STEP_FEATURES = 1u << 2,
	STEP_CONFIG = 1u << 3,
	STEP_VIEW = 1u << 4,
	STEP_APPLY = 1u << 5, /* what the request changes here; never fails */
	STEP_START = 1u << 6, /* rings that are wanted; the last one of every job */
};

enum job {
	JOB_NONE,
	JOB_REQUEST, /* answer rx's message at the end */
	JOB_KICK,    /* rings were kicked */
	JOB_BREAK,   /* the device broke */
	JOB_LEAVE,   /* the connection is over */
};

struct slot {
	struct cairn_vhost_user_region region;
	struct cairn_mapping *mapping;
};

struct memory {
	size_t n;
	struct slot slots[CAIRN_VIRTIO_VHOST_USER_SLOTS];
	struct cairn_memview *view; /* NULL: not built */
};

struct ring {
	struct cairn_virtio_vhost_user *b;
	uint16_t index;
	/* as the front end said */
	uint32_t size; /* 0: not yet */
	uint16_t base;
	bool has_addr, enabled;
	struct cairn_vhost_user_addr addr;
	int kick_fd, err_fd; /* -1: none; without a kick the device polls */
	int call_fd;         /* its number stays, what is behind it changes */
	bool has_call, call_blocks;
	/* what follows from it */
	bool wanted;  /* kicked since it was stopped */
	bool failed;  /* could not start, until something about it changes */
	bool started; /* the device has it */
	bool draining, cancelling;
	bool cancelled; /* a CANCEL has overtaken its drain or start */
	struct cairn_watch kick;
	struct cairn_vdev_call drain_call, cancel_call;
};

struct cairn_virtio_vhost_user {
	struct cairn_vdev *vdev;
	struct cairn_vdev_host host;
	struct cairn_virtio_vhost_user_news news;
	struct ring *rings; /* vdev->n_queues */
	/* connection */
	int sock;       /* -1: none */
	int backend_fd; /* the channel in the other direction; -1: none */
	struct cairn_watch watch;
	struct cairn_vhost_user_rx rx;
	uint64_t protocol; /* accepted protocol features */
	bool leaving, broke;
	bool paused; /* not reading: a job is under way */
	/* memory of the front end: what is in use, and what the request makes of it */
	struct memory memory[2];
	unsigned int current;
	/* the job */
	enum job job;
	uint32_t steps; /* enum step */
	uint64_t stops; /* rings that STEP_STOP stops */
	bool cancel;    /* how */
	unsigned int n_pending;
	uint64_t patience_ns; /* 0: without end */
	struct cairn_timer patience;
	bool hung;    /* it was not enough */
	bool running; /* inside run() */
	int status;   /* of the job; the first failure */
	struct ring *starting;
	struct cairn_err start_err;
	struct cairn_vdev_call call;
	struct cairn_vhost_user_msg msg;
	struct cairn_err err;
	uint8_t reply[sizeof(struct cairn_vhost_user_config) + CAIRN_VHOST_USER_MAX_CONFIG];
	uint32_t reply_len;
};

/* conn.c */
void cairn_vub_conn_answer_(struct cairn_virtio_vhost_user *b); /* the request's job has ended */
void cairn_vub_conn_gone_(struct cairn_virtio_vhost_user *b);   /* the last job has ended */
void cairn_vub_conn_listen_(
    struct cairn_virtio_vhost_user *b); /* no job any more: read the next request */
/* The device does not answer: the front end is left, now. */
void cairn_vub_conn_give_up_(struct cairn_virtio_vhost_user *b);
/* Nor does it let go of the connection's memory: the program hears of it, once. */
void cairn_vub_conn_hung_(struct cairn_virtio_vhost_user *b);
/* Tell the program. */
void cairn_vub_conn_tell_(struct cairn_virtio_vhost_user *b, const char *what,
			  const struct cairn_err *err);

/* steps.c */
void cairn_vub_steps_begin_(struct cairn_virtio_vhost_user *b, enum job job, uint32_t steps);
void cairn_vub_steps_run_(struct cairn_virtio_vhost_user *b);
/* Of the timer `patience`. */
void cairn_vub_steps_late_(struct cairn_timer *t);
/* The connection is over: at once, or after what cannot be abandoned. */
void cairn_vub_steps_leave_(struct cairn_virtio_vhost_user *b);
/* The device broke: its rings are cancelled, and start again only when they are set up anew. */
void cairn_vub_steps_broken_(struct cairn_virtio_vhost_user *b);

/* request.c: fills steps and what they need. Returns 0, or a negative errno with b->err. */
CAIRN_MUST_USE int cairn_vub_request_prepare_(struct cairn_virtio_vhost_user *b);
void cairn_vub_request_apply_(struct cairn_virtio_vhost_user *b);

/* memory.c: the next memory, from the present one. Each returns 0 or a negative errno with err. */
CAIRN_MUST_USE int cairn_vub_memory_replace_(struct cairn_virtio_vhost_user *b);
CAIRN_MUST_USE int cairn_vub_memory_add_(struct cairn_virtio_vhost_user *b);
CAIRN_MUST_USE int cairn_vub_memory_remove_(struct cairn_virtio_vhost_user *b);
CAIRN_MUST_USE int cairn_vub_memory_none_(struct cairn_virtio_vhost_user *b);
struct cairn_memview *cairn_vub_memory_next_view_(struct cairn_virtio_vhost_user *b);
void cairn_vub_memory_commit_(struct cairn_virtio_vhost_user *b);
void cairn_vub_memory_forget_next_(struct cairn_virtio_vhost_user *b);
void cairn_vub_memory_close_(struct cairn_virtio_vhost_user *b);
bool cairn_vub_memory_is_broken_(const struct cairn_virtio_vhost_user *b);
/* From the front end's virtual addresses to the guest's. False: not inside one region. */
CAIRN_MUST_USE bool cairn_vub_memory_translate_(const struct cairn_virtio_vhost_user *b,
						uint64_t uva, uint64_t len, cairn_gpa *ret);

/* ring.c */
CAIRN_MUST_USE int cairn_vub_ring_open_(struct ring *r, struct cairn_virtio_vhost_user *b,
					uint16_t index);
void cairn_vub_ring_close_(struct ring *r);
/* As after a reset: the front end sets it up anew. Its call and err descriptors stay, unless all.
 */
void cairn_vub_ring_forget_(struct ring *r, bool all);
/* Both take fd, which may be -1: nobody there. */
void cairn_vub_ring_set_kick_(struct ring *r, int fd);
/* Stopped by the front end: no kick from before starts it again. */
void cairn_vub_ring_drop_kick_(struct ring *r);
CAIRN_MUST_USE int cairn_vub_ring_set_call_(struct ring *r, int fd);
void cairn_vub_ring_set_err_(struct ring *r, int fd);
bool cairn_vub_ring_can_start_(const struct ring *r);
/* Returns as cairn_vdev_queue_start(); b->start_err is set on failure. */
CAIRN_MUST_USE int cairn_vub_ring_start_(struct ring *r);
/* It could not start, or its device broke. */
void cairn_vub_ring_fail_(struct ring *r);

static inline bool has_protocol(const struct cairn_virtio_vhost_user *b,
				enum cairn_vhost_user_protocol bit)
{
	return b->protocol >> bit & 1;
}

#endif
