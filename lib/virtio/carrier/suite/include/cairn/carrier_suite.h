/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * carrier_suite.h - the tests that every carrier passes, written once. A carrier's test program
 * implements struct cairn_suite_ops, which plays the driver (or the front end) and the program
 * towards that carrier, and calls cairn_suite_run(). The device is the scripted one.
 *
 * The ops are what every carrier can do, in words of virtio and not of a transport. What a carrier
 * has not is said in `lacks`, its op is NULL, and each test and each step of the walk that needs it
 * is counted as not applicable. A register transport fills the ops from its registers by
 * CAIRN_SUITE_REGISTER_OPS, and passes the tests of registers as well.
 *
 * All of it runs on one thread, which dispatches the loop itself: no op waits for the device, whose
 * answers show after cairn_suite_turn().
 */
#ifndef CAIRN_CARRIER_SUITE_H
#define CAIRN_CARRIER_SUITE_H

#include <cairn/carrier.h>
#include <cairn/vdev_script.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_SUITE_QUEUES 2u
#define CAIRN_SUITE_QUEUE_MAX                                                                      \
	{                                                                                          \
		8, 16                                                                              \
	}
#define CAIRN_SUITE_CONFIG_LEN 24u
#define CAIRN_SUITE_FEATURES   (CAIRN_VIRTIO_F_INDIRECT_DESC | UINT64_C(0x21))
/* Where the rings are: queue q from RINGS + q * STRIDE on, its three parts 0x1000 apart. */
#define CAIRN_SUITE_RINGS      UINT64_C(0x500000000)
#define CAIRN_SUITE_STRIDE     UINT64_C(0x10000)

/* What not every carrier has. */
enum cairn_suite_trait {
	CAIRN_SUITE_REGISTERS = 1u << 0,     /* device status and queue registers */
	CAIRN_SUITE_PAUSE = 1u << 1,         /* the program's wishes of carrier.h */
	CAIRN_SUITE_STOP = 1u << 2,          /* one queue drains and keeps its form */
	CAIRN_SUITE_QUEUE_RESET = 1u << 3,   /* one queue drains and forgets its form */
	CAIRN_SUITE_ENABLE = 1u << 4,        /* a running queue is disabled and enabled */
	CAIRN_SUITE_CONNECTION = 1u << 5,    /* the driver's side can hang up */
	CAIRN_SUITE_RESET_MESSAGE = 1u << 6, /* a reset within the connection */
	CAIRN_SUITE_DEADLINE = 1u << 7,      /* for the device; else it is the program's */
};
#define CAIRN_SUITE_TRAITS 8u

struct cairn_suite {
	const struct cairn_suite_ops *ops;
	struct cairn_loop *loop;
	struct cairn_memview *view;
	struct cairn_vdev_script dev;
	uint32_t dev_flags;
	void *transport; /* the carrier's; made by open */
	/* of CAIRN_SUITE_REGISTER_OPS */
	struct cairn_carrier_call end_call, grow_call;
};

/* The registers of a transport, as wide as the widest of any: what does not fit is the transport's
 * to refuse. */
struct cairn_suite_regs {
	void (*set_status)(struct cairn_suite *s, uint32_t status);
	uint32_t (*status)(struct cairn_suite *s);
	void (*ack)(struct cairn_suite *s, uint32_t sel, uint32_t bits);
	uint32_t (*queue_max)(struct cairn_suite *s, uint32_t q);
	uint32_t (*queue_size)(struct cairn_suite *s, uint32_t q);
	void (*set_queue_size)(struct cairn_suite *s, uint32_t q, uint32_t size);
	void (*set_queue_addr)(struct cairn_suite *s, uint32_t q, uint64_t desc, uint64_t driver,
			       uint64_t device);
	void (*enable)(struct cairn_suite *s, uint32_t q);
	bool (*is_enabled)(struct cairn_suite *s, uint32_t q);
	uint32_t (*generation)(struct cairn_suite *s);
	struct cairn_carrier *(*carrier)(struct cairn_suite *s);
};

struct cairn_suite_ops {
	const char *name;
	uint32_t lacks;    /* enum cairn_suite_trait */
	uint64_t features; /* the carrier's own, offered beside the device's */
	/* Put s->dev behind the transport; the view is s->view, the loop s->loop. Once more after
	 * close, with the same device. */
	void (*open)(struct cairn_suite *s);
	/* When it is ended, or nothing has happened. */
	void (*close)(struct cairn_suite *s);

	/* The driver. From the beginning, whatever went before. */
	void (*reset)(struct cairn_suite *s);
	bool (*is_fresh)(struct cairn_suite *s); /* the last reset is done */
	void (*greet)(struct cairn_suite *s);    /* a driver is there; no features yet */
	uint64_t (*offered)(struct cairn_suite *s);
	void (*accept)(struct cairn_suite *s, uint64_t features);
	bool (*is_accepted)(struct cairn_suite *s);
	/* Form and place of a queue. */
	void (*set_up)(struct cairn_suite *s, uint32_t q, uint32_t size);
	/* It runs from now on; before go, from then on. */
	void (*start)(struct cairn_suite *s, uint32_t q);
	void (*go)(struct cairn_suite *s);
	void (*kick)(struct cairn_suite *s, uint32_t q);
	/* The driver was told since the reset that a queue, or all of the device, is of no use. */
	bool (*is_broken)(struct cairn_suite *s);
	uint64_t (*config_read)(struct cairn_suite *s, uint32_t off, uint32_t len);
	void (*config_write)(struct cairn_suite *s, uint32_t off, uint32_t len, uint64_t value);
	/* Interrupts since the last time, acknowledged now. */
	unsigned int (*take_queue_irqs)(struct cairn_suite *s);
	unsigned int (*take_config_irqs)(struct cairn_suite *s);

	/* STOP */
	void (*stop)(struct cairn_suite *s, uint32_t q);
	bool (*is_stopped)(struct cairn_suite *s, uint32_t q); /* the last stop is done */
	/* QUEUE_RESET */
	void (*queue_reset)(struct cairn_suite *s, uint32_t q);
	bool (*is_resetting)(struct cairn_suite *s, uint32_t q);
	/* ENABLE */
	void (*enable)(struct cairn_suite *s, uint32_t q, bool on);
	/* CONNECTION: nobody is there, until reset */
	void (*hang_up)(struct cairn_suite *s);
	/* RESET_MESSAGE */
	void (*reset_message)(struct cairn_suite *s);
	/* DEADLINE: from now on it is as short as it can be */
	void (*hurry)(struct cairn_suite *s);

	/* Whoever owns the guest's memory: there is more of it. */
	void (*grow)(struct cairn_suite *s);
	/* The program: take the device from its driver, for good. */
	void (*end)(struct cairn_suite *s);
	bool (*is_ended)(struct cairn_suite *s);

	const struct cairn_suite_regs *regs; /* REGISTERS and PAUSE */
};

/* Runs everything. Returns the number of failures, for main(). */
int cairn_suite_run(const struct cairn_suite_ops *ops);

/* For a carrier's own tests: the world before and after a test, and the steps of a driver. */
struct cairn_suite *cairn_suite_open(const struct cairn_suite_ops *ops, uint32_t dev_flags);
void cairn_suite_close(struct cairn_suite *s);     /* ends first */
void cairn_suite_turn(struct cairn_suite *s);      /* dispatch until nothing happens any more */
void cairn_suite_negotiate(struct cairn_suite *s); /* reset, and features accepted */
void cairn_suite_set_queue(struct cairn_suite *s, uint32_t q, uint32_t size); /* and start it */
void cairn_suite_start(struct cairn_suite *s); /* from reset to all queues running */

/* The ops of a register transport, from its registers. */
void cairn_suite_regs_reset(struct cairn_suite *s);
bool cairn_suite_regs_is_fresh(struct cairn_suite *s);
void cairn_suite_regs_greet(struct cairn_suite *s);
void cairn_suite_regs_accept(struct cairn_suite *s, uint64_t features);
bool cairn_suite_regs_is_accepted(struct cairn_suite *s);
void cairn_suite_regs_set_up(struct cairn_suite *s, uint32_t q, uint32_t size);
void cairn_suite_regs_start(struct cairn_suite *s, uint32_t q);
void cairn_suite_regs_go(struct cairn_suite *s);
bool cairn_suite_regs_is_broken(struct cairn_suite *s);
void cairn_suite_regs_grow(struct cairn_suite *s);
void cairn_suite_regs_end(struct cairn_suite *s);
bool cairn_suite_regs_is_ended(struct cairn_suite *s);

#define CAIRN_SUITE_REGISTER_OPS                                                                   \
	.features = CAIRN_CARRIER_FEATURES, .reset = cairn_suite_regs_reset,                       \
	.is_fresh = cairn_suite_regs_is_fresh, .greet = cairn_suite_regs_greet,                    \
	.accept = cairn_suite_regs_accept, .is_accepted = cairn_suite_regs_is_accepted,            \
	.set_up = cairn_suite_regs_set_up, .start = cairn_suite_regs_start,                        \
	.go = cairn_suite_regs_go, .is_broken = cairn_suite_regs_is_broken,                        \
	.grow = cairn_suite_regs_grow, .end = cairn_suite_regs_end,                                \
	.is_ended = cairn_suite_regs_is_ended
/* What no register transport has. */
#define CAIRN_SUITE_REGISTER_LACKS                                                                 \
	(CAIRN_SUITE_ENABLE | CAIRN_SUITE_CONNECTION | CAIRN_SUITE_RESET_MESSAGE |                 \
	 CAIRN_SUITE_DEADLINE)

#ifdef __cplusplus
}
#endif
#endif
