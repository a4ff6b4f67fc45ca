/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * carrier_suite.h - the tests that every carrier passes, written once. A carrier's test program
 * implements struct cairn_suite_ops, which plays the driver and the program towards that carrier,
 * and calls cairn_suite_run(). The device is the scripted one.
 *
 * All of it runs on one thread, which dispatches the loop itself: the ops never block (a register
 * carrier is interrupted from the beginning).
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

struct cairn_suite {
	const struct cairn_suite_ops *ops;
	struct cairn_loop *loop;
	struct cairn_memview *view;
	struct cairn_vdev_script dev;
	uint32_t dev_flags;
	void *transport; /* the carrier's; made by open */
};

/* Register values are as wide as the widest register of any transport: what does not fit is the
 * transport's to refuse. */
struct cairn_suite_ops {
	const char *name;
	/* Put s->dev behind the transport; the view is s->view, the loop s->loop. */
	void (*open)(struct cairn_suite *s);
	/* After unplug, or when nothing has happened. */
	void (*close)(struct cairn_suite *s);
	/* The driver */
	void (*set_status)(struct cairn_suite *s, uint32_t status);
	uint32_t (*status)(struct cairn_suite *s);
	uint64_t (*offered)(struct cairn_suite *s);
	void (*ack)(struct cairn_suite *s, uint32_t sel, uint32_t bits);
	uint32_t (*queue_max)(struct cairn_suite *s, uint32_t q);
	/* NULL: this transport's driver cannot read it back */
	uint32_t (*queue_size)(struct cairn_suite *s, uint32_t q);
	void (*set_queue_size)(struct cairn_suite *s, uint32_t q, uint32_t size);
	void (*set_queue_addr)(struct cairn_suite *s, uint32_t q, uint64_t desc, uint64_t driver,
			       uint64_t device);
	void (*enable)(struct cairn_suite *s, uint32_t q);
	/* NULL: this transport stops queues by queue_reset only */
	void (*disable)(struct cairn_suite *s, uint32_t q);
	bool (*is_enabled)(struct cairn_suite *s, uint32_t q);
	void (*queue_reset)(struct cairn_suite *s, uint32_t q);
	bool (*is_resetting)(struct cairn_suite *s, uint32_t q);
	void (*kick)(struct cairn_suite *s, uint32_t q);
	uint64_t (*config_read)(struct cairn_suite *s, uint32_t off, uint32_t len);
	void (*config_write)(struct cairn_suite *s, uint32_t off, uint32_t len, uint64_t value);
	uint32_t (*generation)(struct cairn_suite *s);
	/* Interrupts since the last time, acknowledged now. */
	unsigned int (*take_queue_irqs)(struct cairn_suite *s);
	unsigned int (*take_config_irqs)(struct cairn_suite *s);
	/* The program */
	struct cairn_carrier *(*carrier)(struct cairn_suite *s);
};

/* Runs everything. Returns the number of failures, for main(). */
int cairn_suite_run(const struct cairn_suite_ops *ops);

/* For a carrier's own tests: the world before and after a test, and the steps of a driver. */
struct cairn_suite *cairn_suite_open(const struct cairn_suite_ops *ops, uint32_t dev_flags);
void cairn_suite_close(struct cairn_suite *s);     /* unplugs first */
void cairn_suite_turn(struct cairn_suite *s);      /* dispatch until nothing happens any more */
void cairn_suite_negotiate(struct cairn_suite *s); /* up to FEATURES_OK */
void cairn_suite_set_queue(struct cairn_suite *s, uint32_t q, uint32_t size);
void cairn_suite_start(struct cairn_suite *s); /* up to DRIVER_OK, all queues running */

#ifdef __cplusplus
}
#endif
#endif
