/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * carrier.h - the half of a register transport (virtio-mmio, virtio-pci) that does not depend on
 * where the registers are: device status, feature words, queue registers, and the sequence of
 * device ops that follows from them. A transport maps its registers onto the functions of "what
 * the driver does", and implements struct cairn_carrier_ops.
 *
 * How it works. A register write changes the register at once, under the carrier's lock, and wakes
 * the home loop. There the carrier compares what the registers ask for with what the device has
 * been told, and enters one device op after the other until both agree:
 *
 *   asked for                            ops
 *   status 0                             CANCEL of every queue, then reset; registers become fresh
 *   FEATURES_OK                          set_features; a refusal clears FEATURES_OK
 *   write to the configuration space     config_write, in the order of writing
 *   queue enabled, and DRIVER_OK         queue_start; a failure is DEVICE_NEEDS_RESET
 *   queue disabled or reset              DRAIN of this queue
 *   the device broke, or the driver did  DEVICE_NEEDS_RESET, CANCEL of every queue
 *   pause, unplug (the program's wish)   DRAIN of every queue
 *
 * A CANCEL overtakes a DRAIN or a start that does not end. Writes that come while a reset is under
 * way wait for its end. Nothing the driver can do makes anything grow: wishes are bits,
 * configuration writes a short ring.
 *
 * Waiting. What a driver may rely on when its write returns (FEATURES_OK, configuration, and where
 * the transport says so reset and disabling) makes the vCPU wait until the device has answered. The
 * wait is interruptible: cairn_carrier_interrupt() gets every vCPU back at once, and what they
 * asked for completes later. On the home loop's own thread nothing waits either.
 *
 * Threads. "What the driver does" is for any thread. Everything else belongs to the home loop's
 * thread, or to the thread that sets up before that loop runs. The lock is never held while a
 * device or a transport is called, but for fresh().
 */
#ifndef CAIRN_CARRIER_H
#define CAIRN_CARRIER_H

#include <cairn/vdev.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Device status (virtio 1.2, 2.1). */
enum cairn_virtio_status {
	CAIRN_VIRTIO_ACKNOWLEDGE = 1,
	CAIRN_VIRTIO_DRIVER = 2,
	CAIRN_VIRTIO_DRIVER_OK = 4,
	CAIRN_VIRTIO_FEATURES_OK = 8,
	CAIRN_VIRTIO_NEEDS_RESET = 64,
	CAIRN_VIRTIO_FAILED = 128,
};

/* What every carrier built on this offers beside the device's features. */
#define CAIRN_CARRIER_FEATURES (CAIRN_VIRTIO_F_VERSION_1 | CAIRN_VIRTIO_F_RING_RESET)

struct cairn_carrier;

/* The transport, as the common half sees it. */
struct cairn_carrier_ops {
	size_t size;
	/* Used buffers in queue `index`: interrupt the driver. Any thread. */
	void (*queue_signal)(struct cairn_carrier *c, uint16_t index);
	/* The configuration or DEVICE_NEEDS_RESET changed: interrupt. Any thread. */
	void (*config_signal)(struct cairn_carrier *c);
	/* The registers have become fresh: so do the transport's own (selectors, ISR, vectors).
	 * Under the carrier's lock. */
	void (*fresh)(struct cairn_carrier *c);
};

enum cairn_carrier_addr {
	CAIRN_CARRIER_DESC,
	CAIRN_CARRIER_DRIVER,
	CAIRN_CARRIER_DEVICE,
	CAIRN_CARRIER_ADDRS
};

struct cairn_carrier_queue { /* private */
	struct cairn_carrier *carrier;
	uint16_t index;
	/* registers, under the lock */
	uint16_t size; /* 0: the driver wrote what no queue can have */
	uint64_t addr[CAIRN_CARRIER_ADDRS];
	bool enabled;
	bool want_stop, want_fresh; /* disabled or reset while it was started */
	bool is_idle;               /* the device has no part in it */
	/* home loop */
	struct cairn_vq_pos pos;
	unsigned int stops; /* pending queue_stop ops */
	bool started, draining, cancelling;
	struct cairn_vdev_call drain_call, cancel_call;
	struct cairn_watch call_watch;
	int kick_fd, call_fd; /* as long as the carrier */
};

/* A wish of the program, and its answer: on the home loop, once. status: 0 or a negative errno. */
struct cairn_carrier_call { /* the caller's, untouchable until done */
	void (*done)(struct cairn_carrier_call *call, int status);
};

#define CAIRN_CARRIER_MAX_WRITES 16u

struct cairn_carrier_write { /* private: a write to the configuration space */
	uint16_t off;
	uint8_t len;
	uint8_t data[8];
};

struct cairn_carrier { /* private; embedded in the transport */
	const struct cairn_carrier_ops *ops;
	struct cairn_vdev *vdev;
	struct cairn_vdev_host host;
	struct cairn_carrier_queue *queues; /* vdev->n_queues of them */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under the lock */
	uint8_t status;
	uint64_t acked;
	bool acked_beyond; /* a feature bit above 63 */
	bool want_reset, want_features, want_view;
	bool broken, paused, gone, posted;
	bool interrupted, promised; /* promised: FEATURES_OK was shown before it was true */
	struct cairn_carrier_write writes[CAIRN_CARRIER_MAX_WRITES];
	uint32_t n_written, n_done; /* free-running; the ring holds what lies between */
	/* home loop */
	enum cairn_vdev_op op; /* pending, or NONE */
	uint16_t op_index;     /* its queue */
	unsigned int n_stops;  /* pending queue_stop ops */
	bool own_call_fds;
	enum cairn_vq_stop gone_how;
	struct cairn_memview *view;
	enum cairn_view_change view_why;
	struct cairn_vdev_call vdev_call;
	struct cairn_call wake;
	struct cairn_timer tell; /* the wish is done */
	struct cairn_carrier_call *wish;
	enum cairn_vdev_op wish_op; /* whose status is the wish's */
	int wish_status;
};

struct cairn_carrier_desc {
	const struct cairn_carrier_ops *ops;
	struct cairn_vdev *vdev;    /* not attached; the program owns it and outlives the carrier */
	struct cairn_memview *view; /* the carrier takes a reference of its own */
	/* The transport serves the call fds of a WANTS_FDS device itself (MSI-X bound in the
	 * kernel). Else the home loop reads them and calls queue_signal. */
	bool own_call_fds;
};

/*
 * cairn_carrier_init() - attach to a device and give it the view.
 *
 * One eventfd per queue for kicks, and one for calls when the device wants fds; close-on-exec.
 * Returns 0; -ENOMEM; a negative errno of eventfd or of the device's set_view. On failure
 * everything is as before, but the device may have the view.
 */
CAIRN_MUST_USE int cairn_carrier_init(struct cairn_carrier *c,
				      const struct cairn_carrier_desc *desc);
/* After unplug is done, or before the driver could do anything. Detaches; closes the fds. */
void cairn_carrier_fini(struct cairn_carrier *c);

/*
 * The program's wishes. One at a time: -EBUSY. Else they return 0, and call->done() follows from
 * the home loop, never before the function has returned and never from inside the device, so that
 * it may take everything apart. They end when the device has answered all: a device that hangs
 * keeps them, and the deadline is the caller's.
 */
/* DRAIN every queue and remember where it stands. Register writes still do what they do, but no
 * queue starts. vCPUs are stopped, or interrupted. */
CAIRN_MUST_USE int cairn_carrier_pause(struct cairn_carrier *c, struct cairn_carrier_call *call);
/* The queues go on from where they stood. */
CAIRN_MUST_USE int cairn_carrier_resume(struct cairn_carrier *c, struct cairn_carrier_call *call);
/* As if the driver had written status 0: the machine reboots. No vCPU runs. */
CAIRN_MUST_USE int cairn_carrier_reset(struct cairn_carrier *c, struct cairn_carrier_call *call);
/* Guest memory changed. REPLACED only while paused, or without a running queue: -EINVAL. Running
 * queues do not see what GROWN brings: pause, set it, resume, and then tell the guest. */
CAIRN_MUST_USE int cairn_carrier_set_view(struct cairn_carrier *c, struct cairn_memview *view,
					  enum cairn_view_change why,
					  struct cairn_carrier_call *call);
/* Stop for good; from now on register writes do nothing, and when it is done fini may follow.
 * Allowed while another wish hangs (call->done(-ECANCELED) then comes from inside this function);
 * CANCEL overtakes its DRAIN. */
CAIRN_MUST_USE int cairn_carrier_unplug(struct cairn_carrier *c, enum cairn_vq_stop how,
					struct cairn_carrier_call *call);

/* Any thread. on: nobody waits in this carrier from now on; off: they do again. */
void cairn_carrier_interrupt(struct cairn_carrier *c, bool on);

/*
 * What the driver does. Any thread. Queue indices come from the driver: beyond the last queue reads
 * are 0 and writes do nothing. Values are taken as wide as the driver wrote them, then checked.
 */

/* Waits while FEATURES_OK is being decided. Interrupted, it shows it set, and should the device
 * then refuse, that is DEVICE_NEEDS_RESET. */
uint8_t cairn_carrier_status(struct cairn_carrier *c);
/*
 * Bits are only added; 0 resets; NEEDS_RESET is not the driver's; unknown bits make the write
 * nothing. FEATURES_OK needs DRIVER and VERSION_1, and is the device's to refuse; DRIVER_OK needs
 * FEATURES_OK. wait: a write of 0 returns when the reset is done (else the driver polls for 0).
 */
void cairn_carrier_set_status(struct cairn_carrier *c, uint32_t status, bool wait);

/* 32 bits of the offered and the accepted features; sel counts words. Accepted ones are fixed once
 * FEATURES_OK is set; words above the second must stay 0. */
uint32_t cairn_carrier_offered(struct cairn_carrier *c, uint32_t sel);
uint32_t cairn_carrier_acked(struct cairn_carrier *c, uint32_t sel);
void cairn_carrier_ack(struct cairn_carrier *c, uint32_t sel, uint32_t bits);

uint16_t cairn_carrier_n_queues(const struct cairn_carrier *c);
uint16_t cairn_carrier_queue_max(struct cairn_carrier *c, uint32_t index);
uint16_t cairn_carrier_queue_size(struct cairn_carrier *c, uint32_t index);
/* Not while enabled. A size that no queue can have reads back 0, and such a queue cannot be
 * enabled: that is DEVICE_NEEDS_RESET. */
void cairn_carrier_queue_set_size(struct cairn_carrier *c, uint32_t index, uint32_t size);
uint64_t cairn_carrier_queue_addr(struct cairn_carrier *c, uint32_t index,
				  enum cairn_carrier_addr which);
/* One half, low or high. Not while enabled. */
void cairn_carrier_queue_set_addr(struct cairn_carrier *c, uint32_t index,
				  enum cairn_carrier_addr which, bool high, uint32_t value);
/* True from enabling until the device has no part in the queue any more. */
bool cairn_carrier_queue_is_enabled(struct cairn_carrier *c, uint32_t index);
void cairn_carrier_queue_enable(struct cairn_carrier *c, uint32_t index);
/* Stop it; its registers stay. Waits until the device has let go of the ring. */
void cairn_carrier_queue_disable(struct cairn_carrier *c, uint32_t index);
/* Stop it, registers fresh (virtio 1.2, 2.6.1). Only when RING_RESET was accepted. Does not wait:
 * the driver polls is_resetting. */
void cairn_carrier_queue_reset(struct cairn_carrier *c, uint32_t index);
bool cairn_carrier_queue_is_resetting(struct cairn_carrier *c, uint32_t index);

/* A kick that came as a register write. Before DRIVER_OK it is kept. */
void cairn_carrier_kick(struct cairn_carrier *c, uint32_t index);
/* For doorbells: write to it to kick. -1: no such queue. As long as the carrier. */
int cairn_carrier_kick_fd(const struct cairn_carrier *c, uint32_t index);
/* -1: no such queue, or the device does not want fds. */
int cairn_carrier_call_fd(const struct cairn_carrier *c, uint32_t index);

/* The configuration space; len 1, 2, 4 or 8, little-endian. Out of range: 0, or nothing. A write
 * waits for the device. */
uint64_t cairn_carrier_config_read(struct cairn_carrier *c, uint64_t off, uint32_t len);
void cairn_carrier_config_write(struct cairn_carrier *c, uint64_t off, uint32_t len,
				uint64_t value);
uint32_t cairn_carrier_config_generation(struct cairn_carrier *c);

/* The transport met something that no driver may do: DEVICE_NEEDS_RESET. Any thread. */
void cairn_carrier_break(struct cairn_carrier *c);

#ifdef __cplusplus
}
#endif
#endif
