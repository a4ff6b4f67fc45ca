/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * vdev_script.h - a virtio device for tests, which answers each op as it is told: at once, later,
 * when the test says so, never, or by breaking down. It counts what it was asked. Carriers are
 * tested with it.
 *
 * One thread: that of the home loop.
 */
#ifndef CAIRN_VDEV_SCRIPT_H
#define CAIRN_VDEV_SCRIPT_H

#include <cairn/vdev.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VDEV_SCRIPT_OPS   (CAIRN_VDEV_OP_SET_VIEW + 1)
#define CAIRN_VDEV_SCRIPT_CALLS 16u
#define CAIRN_VDEV_SCRIPT_TYPE  0x1234u

enum cairn_vdev_script_answer {
	CAIRN_VDEV_SCRIPT_NOW,    /* returns status */
	CAIRN_VDEV_SCRIPT_LATER,  /* PENDING, done in the next round */
	CAIRN_VDEV_SCRIPT_INSIDE, /* completes before it returns PENDING */
	CAIRN_VDEV_SCRIPT_HELD,   /* PENDING, done at cairn_vdev_script_release(), or never */
	CAIRN_VDEV_SCRIPT_DIES,   /* breaks; queue_stop then is done, the others fail with -EIO */
};

struct cairn_vdev_script_queue {
	struct cairn_vdev_script *owner;
	struct cairn_vq_cfg cfg; /* as started last */
	bool running;
	unsigned int kicks; /* times the kick fd was readable while running */
	struct cairn_watch watch;
};

struct cairn_vdev_script {
	struct cairn_vdev vdev;
	/* by enum cairn_vdev_op; the test writes them */
	enum cairn_vdev_script_answer answer[CAIRN_VDEV_SCRIPT_OPS];
	int status[CAIRN_VDEV_SCRIPT_OPS];
	struct cairn_vq_pos stop_pos; /* given back by queue_stop */
	/* Called first inside each op that can be answered: what happens at just this moment. */
	void (*meanwhile)(struct cairn_vdev_script *s, enum cairn_vdev_op op); /* or NULL */
	/* what was asked; the test reads them */
	unsigned int entered[CAIRN_VDEV_SCRIPT_OPS];
	unsigned int finished; /* ops->fini ran */
	uint64_t acked;
	enum cairn_vq_stop last_how;
	bool last_on;
	uint16_t config_off, config_len;
	uint8_t config[8];
	struct cairn_vdev_script_queue queues[CAIRN_VDEV_MAX_QUEUES];
	/* private */
	struct {
		struct cairn_vdev_call *call;
		enum cairn_vdev_op op;
		uint16_t index;
		enum cairn_vq_stop how;
		bool later;
	} held[CAIRN_VDEV_SCRIPT_CALLS];
	struct cairn_timer timer;
};

struct cairn_vdev_script_desc {
	struct cairn_loop *home;
	uint64_t features;
	uint32_t flags;
	uint16_t n_queues, config_len;
	const uint16_t *queue_max; /* n_queues entries */
};

/* All answers are NOW with status 0. Returns as cairn_vdev_init(). */
CAIRN_MUST_USE int cairn_vdev_script_init(struct cairn_vdev_script *s,
					  const struct cairn_vdev_script_desc *desc);
/* Complete the held calls of an op, each with the op's status. Returns how many there were. */
unsigned int cairn_vdev_script_release(struct cairn_vdev_script *s, enum cairn_vdev_op op);
/* Signal the driver of a running queue. */
void cairn_vdev_script_signal(struct cairn_vdev_script *s, uint16_t index);
/* Change a byte of the configuration and tell the carrier. */
void cairn_vdev_script_config(struct cairn_vdev_script *s, uint16_t off, uint8_t value);

#ifdef __cplusplus
}
#endif
#endif
