/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_queue.h - what every device of this process needs around a struct cairn_virtq: starting it
 * on its loop, listening for kicks, taking chains in rounds, signalling once per round, stopping.
 *
 * States: STOPPED -start-> RUNNING -stop-> STOPPING -idle-> STOPPED. start, stop and enable are
 * called on the device's home loop, from its vdev ops, and answer as those do; everything else
 * happens on the loop of the queue's configuration, which may be another thread's. Kicks are
 * suppressed while the device is at work. No allocation.
 */
#ifndef CAIRN_VIRTIO_QUEUE_H
#define CAIRN_VIRTIO_QUEUE_H

#include <cairn/vdev.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cairn_virtio_queue;

/* How a round ended. */
enum cairn_virtio_round {
	CAIRN_VIRTIO_EMPTY, /* nothing to take: listen for kicks */
	CAIRN_VIRTIO_AGAIN, /* the round's budget is used up: call again in the loop's next round */
	CAIRN_VIRTIO_WAIT,  /* no use for chains now: no kicks; the device will call wake */
};

struct cairn_virtio_queue_ops { /* static const; .size = sizeof. All on the queue's loop */
	size_t size;
	/* Before the first round. < 0: the start fails with it, and stopped is not called. NULL:
	 * nothing to do. */
	int (*started)(struct cairn_virtio_queue *q);
	/* Take chains, a bounded number. What was put is published and signalled afterwards. */
	enum cairn_virtio_round (*round)(struct cairn_virtio_queue *q);
	/* No more rounds come. Finish (or abandon) what was taken, then call idle, now or later.
	 * Called a second time when a CANCEL overtakes a DRAIN. NULL: nothing is ever held between
	 * rounds. */
	void (*stop)(struct cairn_virtio_queue *q, enum cairn_vq_stop how);
	/* The last thing on this loop, called by it directly: nothing of the device or of what is
	 * behind it is on the stack. NULL: nothing to do. */
	void (*stopped)(struct cairn_virtio_queue *q);
};

struct cairn_virtio_queue_stop { /* private */
	struct cairn_virtio_queue *q;
	struct cairn_call there, back;
	struct cairn_vdev_call *call;
	bool wanted;
};

struct cairn_virtio_queue { /* embedded in the device's queue; read vdev, cfg, vq */
	const struct cairn_virtio_queue_ops *ops;
	struct cairn_vdev *vdev;
	struct cairn_vq_cfg cfg;
	struct cairn_virtq vq;
	/* private */
	struct cairn_watch kick;
	struct cairn_timer again;
	struct cairn_call enter, entered, broke, finish;
	struct cairn_vdev_call *start_call;
	struct cairn_virtio_queue_stop stops[2]; /* by enum cairn_vq_stop */
	struct cairn_vq_pos pos;
	int start_status, why;
	bool enabled; /* by atomic access */
	bool running, stopping, finishing, broken, waiting;
};

/* Once, when the device is made. */
void cairn_virtio_queue_init(struct cairn_virtio_queue *q, struct cairn_vdev *d,
			     const struct cairn_virtio_queue_ops *ops);

/*
 * The three vdev ops. start: -EPROTO, -EFAULT of cairn_virtq_init(), what started said, or an errno
 * of epoll_ctl. Home loop.
 */
CAIRN_MUST_USE int cairn_virtio_queue_start(struct cairn_virtio_queue *q,
					    const struct cairn_vq_cfg *cfg,
					    struct cairn_vdev_call *call);
CAIRN_MUST_USE int cairn_virtio_queue_stop(struct cairn_virtio_queue *q, enum cairn_vq_stop how,
					   struct cairn_vdev_call *call);
CAIRN_MUST_USE int cairn_virtio_queue_enable(struct cairn_virtio_queue *q, bool on);

/* On the queue's loop from here. */

/* cairn_virtq_pop(), and the device is broken when the driver broke the rules. Returns 1 or 0. */
CAIRN_MUST_USE int cairn_virtio_queue_pop(struct cairn_virtio_queue *q,
					  struct cairn_virtq_chain *chain);
/* cairn_virtq_put(); nothing where the queue is broken. */
void cairn_virtio_queue_put(struct cairn_virtio_queue *q, const struct cairn_virtq_chain *chain,
			    uint32_t written);
/* Publish what was put, signal the driver if it wants that. Rounds end with it by themselves. */
void cairn_virtio_queue_flush(struct cairn_virtio_queue *q);
/* What a round that ended with WAIT waited for is here: do one now, or when the queue is enabled.
 * Nothing while stopping. */
void cairn_virtio_queue_wake(struct cairn_virtio_queue *q);
/* Nothing taken is out any more: the stop is done in the loop's next round. While stopping only; a
 * second call changes nothing. */
void cairn_virtio_queue_idle(struct cairn_virtio_queue *q);
/* The driver broke the rules (why: negative errno): no more rounds; tells vdev at home. Once. */
void cairn_virtio_queue_break(struct cairn_virtio_queue *q, int why);
/* False: rounds do not come now, until the carrier enables the queue. Any thread. */
bool cairn_virtio_queue_is_enabled(const struct cairn_virtio_queue *q);
/* Started, enabled, not stopping, not broken: chains may be taken outside of rounds too. */
bool cairn_virtio_queue_may_run(const struct cairn_virtio_queue *q);
static inline bool cairn_virtio_queue_is_stopping(const struct cairn_virtio_queue *q)
{
	return q->stopping;
}

#ifdef __cplusplus
}
#endif
#endif
