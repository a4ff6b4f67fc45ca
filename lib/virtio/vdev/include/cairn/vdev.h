/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * vdev.h - a virtio device, and whoever carries it (pci, mmio, a vhost-user back end). The device
 * knows no transport and no register; the carrier knows no device.
 *
 * Home loop: every op and every done() runs on its thread, one op entered at a time. A queue's data
 * path runs on cfg->loop.
 *
 * States: NEW -set_features-> READY -queue_start-> RUNNING(n) -last queue_stop done-> READY
 *         -reset-> NEW; BROKEN from any, left by reset only.
 *   NEW      set_features, config_write, set_view, reset, fini
 *   READY    set_features, queue_start, config_write, set_view, reset, fini
 *   RUNNING  queue_start, queue_stop, queue_enable, config_write, set_view (GROWN)
 *   BROKEN   queue_stop, reset, config_write (ignored), set_view, fini
 * While an op that goes on (CAIRN_PENDING) is not done, the only op that may be entered is
 * queue_stop of another queue, or a CANCEL of a queue whose DRAIN or queue_start is pending: then
 * the device completes both calls, in any order, and the queue is stopped when the second is done.
 * A start that was overtaken so has failed, whatever the device says of it (-ECANCELED).
 *
 * Nothing overtakes a CANCEL, a reset, or any other op: a device that never answers one of them
 * cannot be had back. A carrier that meets one gives up its other side (hangs up, or leaves the
 * program to its deadline), keeps the memory, and asks nothing more of the device.
 */
#ifndef CAIRN_VDEV_H
#define CAIRN_VDEV_H

#include <pthread.h>

#include <cairn/event.h>
#include <cairn/hostmem.h>
#include <cairn/virtq.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	CAIRN_PENDING = 1
}; /* the op goes on; call->done() follows exactly once, on the home loop */

struct cairn_vdev;

struct cairn_vdev_call { /* the caller's; untouchable while pending */
	/* status: 0 or a negative errno, as the op would have returned it */
	void (*done)(struct cairn_vdev_call *call, int status);
	struct cairn_vq_pos pos; /* out, queue_stop only: where the ring stands */
};

/* Addresses and descriptors, not a live ring: a front end forwards it, a device in this process
 * makes a struct cairn_virtq of it. */
struct cairn_vq_cfg {
	uint16_t index, size; /* checked by the carrier: index < n_queues, 0 < size <= max */
	cairn_gpa desc, driver, device; /* in the view's space; translated at start, not before */
	struct cairn_vq_pos pos;        /* where to resume; zero after reset */
	int kick_fd; /* eventfd, the carrier's, valid until the stop is done; kicks before start
			are kept. -1: nobody kicks, poll */
	int call_fd; /* eventfd, stable while started: masks and vectors change behind it; or -1 */
	/* Any thread; the same effect as writing call_fd, cheaper in this process. fn NULL: use the
	 * fd. */
	struct cairn_trigger call;
	struct cairn_virtq_inflight inflight; /* all NULL: nobody logs */
	struct cairn_loop *loop;              /* == home unless the device is CAIRN_VDEV_ANY_LOOP */
	bool enabled; /* false: consume without side effect until queue_enable */
};

enum cairn_vq_stop {
	CAIRN_VQ_DRAIN,  /* finish every popped chain (pause, queue reset, unplug) */
	CAIRN_VQ_CANCEL, /* finish or abandon; no guest memory is touched after done (device reset)
			  */
};

enum cairn_view_change {
	/* What was there is still there: allowed while queues run, which do not see it yet. */
	CAIRN_VIEW_GROWN,
	CAIRN_VIEW_REPLACED, /* all queues stopped */
};

/*
 * What a device does. Each op returns 0 (done), CAIRN_PENDING (call->done() will follow), or a
 * negative errno. Static const; .size = sizeof: the table grows at its end only.
 */
struct cairn_vdev_ops {
	size_t size;
	/* The accepted features, a subset of d->features plus the carrier's own. -ENOTSUP: this
	 * combination is refused (FEATURES_OK stays clear). */
	int (*set_features)(struct cairn_vdev *d, uint64_t acked, struct cairn_vdev_call *call);
	/* The ring may run before this returns. -EFAULT, -EPROTO: the driver's fault, the carrier
	 * breaks the device. One that goes on may be overtaken by a CANCEL. */
	int (*queue_start)(struct cairn_vdev *d, const struct cairn_vq_cfg *cfg,
			   struct cairn_vdev_call *call);
	/* Always ends, also when what is behind the device died (the status says so, the queue is
	 * stopped all the same). A slow disk may take long: the carrier owns the deadline, never
	 * the memory: the view stays pinned until done. pos never skips a chain. */
	int (*queue_stop)(struct cairn_vdev *d, uint16_t index, enum cairn_vq_stop how,
			  struct cairn_vdev_call *call);
	/* NULL: nothing to do. */
	int (*queue_enable)(struct cairn_vdev *d, uint16_t index, bool on);
	/* All queues are stopped. Back to NEW: features and device state are gone. NULL: none. */
	int (*reset)(struct cairn_vdev *d, struct cairn_vdev_call *call);
	/* In range and whole. NULL: no writable field, the write is dropped. Publishes what changed
	 * before it is done. */
	int (*config_write)(struct cairn_vdev *d, uint16_t off, const uint8_t *src, uint16_t len,
			    struct cairn_vdev_call *call);
	/* NULL: nothing to do. When it succeeded, d->view is v. Running queues go on with the view
	 * that they were started with, which stays pinned until they stop: what grew is theirs from
	 * their next start on, and until then an address there breaks the rules. So a carrier stops
	 * and starts them, or pauses, before the driver may hear of it. */
	int (*set_view)(struct cairn_vdev *d, struct cairn_memview *v, enum cairn_view_change why,
			struct cairn_vdev_call *call);
	/* Unplugged: no queue, no call pending, no carrier. Frees what init made, but not d. NULL:
	 * nothing to free. */
	void (*fini)(struct cairn_vdev *d);
};

enum cairn_vdev_flags {
	CAIRN_VDEV_WANTS_FDS = 1u << 0, /* rings served outside this process: call_fd is required */
	CAIRN_VDEV_ANY_LOOP = 1u << 1,  /* queues may run on different loops at once */
};

struct cairn_vdev_host;

/* The carrier as the device sees it. Home loop, never from inside one of the ops above. */
struct cairn_vdev_host_ops {
	size_t size;
	/* After publish: the generation and a configuration interrupt. */
	void (*config_changed)(struct cairn_vdev_host *h);
	/* DEVICE_NEEDS_RESET, once; the carrier stops the queues and later resets. why: negative
	 * errno, whose fault. */
	void (*broken)(struct cairn_vdev_host *h, int why);
};

struct cairn_vdev_host { /* embedded in the carrier */
	const struct cairn_vdev_host_ops *ops;
	uint64_t features; /* the carrier's own, offered beside the device's (VERSION_1 …) */
};

enum cairn_vdev_state {
	CAIRN_VDEV_NEW,
	CAIRN_VDEV_READY,
	CAIRN_VDEV_RUNNING,
	CAIRN_VDEV_BROKEN,
};

#define CAIRN_VDEV_MAX_QUEUES 64u
#define CAIRN_VDEV_MAX_CONFIG 256u

enum cairn_vdev_op {
	CAIRN_VDEV_OP_NONE,
	CAIRN_VDEV_OP_SET_FEATURES,
	CAIRN_VDEV_OP_QUEUE_START,
	CAIRN_VDEV_OP_QUEUE_STOP,
	CAIRN_VDEV_OP_QUEUE_ENABLE,
	CAIRN_VDEV_OP_RESET,
	CAIRN_VDEV_OP_CONFIG_WRITE,
	CAIRN_VDEV_OP_SET_VIEW,
};

struct cairn_vdev_pending {           /* private: an op that goes on */
	struct cairn_vdev_call *call; /* NULL: none */
	enum cairn_vdev_op op;
	int status;
	bool completed; /* inside an op; done() waits for the next round */
	bool cancelled; /* queue_start only: a CANCEL has overtaken it */
	uint16_t index; /* of the queue */
	uint64_t acked;
	struct cairn_memview *view;
};

struct cairn_vdev { /* embedded in the device; cairn_vdev_init() fills it, attach sets host */
	const struct cairn_vdev_ops *ops;
	struct cairn_vdev_host *host;
	struct cairn_loop *home;
	struct cairn_memview *view; /* the device's reference; NULL before the first set_view */
	uint64_t features;    /* offered by the device and its rings; the carrier adds its own */
	uint64_t acked;       /* valid from READY on */
	uint32_t type, flags; /* virtio device id; enum cairn_vdev_flags */
	uint16_t n_queues, config_len;
	const uint16_t *queue_max; /* n_queues entries, each a power of two */
	/* private from here */
	enum cairn_vdev_state state;
	uint64_t started[CAIRN_VDEV_MAX_QUEUES / 64]; /* queue_start done, queue_stop not */
	struct cairn_memview *queue_view[CAIRN_VDEV_MAX_QUEUES];   /* pins what a queue works on */
	struct cairn_vdev_pending pending;                         /* any op but queue_stop */
	struct cairn_vdev_pending stops[CAIRN_VDEV_MAX_QUEUES][2]; /* by enum cairn_vq_stop */
	unsigned int depth;                                        /* inside an op */
	struct cairn_timer later; /* what may not happen inside an op */
	bool tell_broken;
	int why;
	uint32_t generation;                   /* of the configuration image */
	pthread_mutex_t config_lock;           /* leaf lock, held for a copy only */
	uint8_t config[CAIRN_VDEV_MAX_CONFIG]; /* image: only publish and read touch it */
};

/* What a device fills in before init. */
struct cairn_vdev_desc {
	const struct cairn_vdev_ops *ops;
	struct cairn_loop *home;
	uint64_t features;
	uint32_t type, flags;
	uint16_t n_queues, config_len;
	const uint16_t *queue_max;
};

/* Zeroes d. Returns 0, or -EINVAL: more queues or configuration bytes than the limits above, a
 * queue_max that is no power of two, an op missing that may not be NULL, no loop. */
CAIRN_MUST_USE int cairn_vdev_init(struct cairn_vdev *d, const struct cairn_vdev_desc *desc);
/* Calls ops->fini, then releases the view and the lock. No queue is started, no op pending. The
 * storage of d is its owner's, to free afterwards. Not from inside done(). */
void cairn_vdev_fini(struct cairn_vdev *d);

/* A carrier takes the device, or lets it go (host NULL). Home loop, no queue started. */
void cairn_vdev_attach(struct cairn_vdev *d, struct cairn_vdev_host *host);

/* Any thread, never blocks on the device; answers from the image. -EINVAL beyond config_len. */
CAIRN_MUST_USE int cairn_vdev_config_read(struct cairn_vdev *d, uint16_t off, uint8_t *dst,
					  uint16_t len);
/* The device changes its image, any thread. The generation moves when a byte did. It says so to the
 * driver by host->ops->config_changed(). */
void cairn_vdev_config_publish(struct cairn_vdev *d, uint16_t off, const uint8_t *src,
			       uint16_t len);
/* Any thread: changes whenever the image changed (virtio 1.2, 2.5.1). */
uint32_t cairn_vdev_config_generation(struct cairn_vdev *d);

/*
 * The ops, checked: carriers call these, on the home loop. Beyond what the op returns:
 *   -EINVAL  the carrier's mistake: state, index, size, range or op not allowed now (see the head)
 *   -EBUSY   another op is pending
 * Features outside the offer (the device's and the carrier's), and the size of a split ring that is
 * no power of two, are -EPROTO. Completion, when CAIRN_PENDING was returned, is by call->done(),
 * from which other ops may be entered; otherwise done() is not called. A reset that fails leaves
 * the device BROKEN.
 */
CAIRN_MUST_USE int cairn_vdev_set_features(struct cairn_vdev *d, uint64_t acked,
					   struct cairn_vdev_call *call);
CAIRN_MUST_USE int cairn_vdev_queue_start(struct cairn_vdev *d, const struct cairn_vq_cfg *cfg,
					  struct cairn_vdev_call *call);
CAIRN_MUST_USE int cairn_vdev_queue_stop(struct cairn_vdev *d, uint16_t index,
					 enum cairn_vq_stop how, struct cairn_vdev_call *call);
CAIRN_MUST_USE int cairn_vdev_queue_enable(struct cairn_vdev *d, uint16_t index, bool on);
CAIRN_MUST_USE int cairn_vdev_reset(struct cairn_vdev *d, struct cairn_vdev_call *call);
CAIRN_MUST_USE int cairn_vdev_config_write(struct cairn_vdev *d, uint16_t off, const uint8_t *src,
					   uint16_t len, struct cairn_vdev_call *call);
CAIRN_MUST_USE int cairn_vdev_set_view(struct cairn_vdev *d, struct cairn_memview *v,
				       enum cairn_view_change why, struct cairn_vdev_call *call);
/* From queue_start's success to the end of queue_stop. Home loop. */
bool cairn_vdev_queue_is_started(const struct cairn_vdev *d, uint16_t index);

/* For devices: the driver broke the rules, or the host failed for good. State BROKEN; tells the
 * carrier once, in the next round, never from inside an op. Home loop. */
void cairn_vdev_break(struct cairn_vdev *d, int why);
/* For devices: finish an op that answered CAIRN_PENDING, or is about to: inside an op, done() waits
 * for the next round of the home loop. Home loop; the last thing a handler does, because done() may
 * go on with the next op. */
void cairn_vdev_complete(struct cairn_vdev *d, struct cairn_vdev_call *call, int status);
/* For devices: signal a queue's driver through the trigger, or the fd. Any thread. */
void cairn_vq_signal(const struct cairn_vq_cfg *cfg);

#ifdef __cplusplus
}
#endif
#endif
