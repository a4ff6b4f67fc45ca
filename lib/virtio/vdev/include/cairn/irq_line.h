/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * irq_line.h - the two ends of a hypervisor that a carrier needs: interrupts and doorbells. Defined
 * by the carriers, so that nothing under lib/virtio knows a hypervisor; a program without one (a
 * device back end) brings its own, a monitor uses the adapter over hv.
 */
#ifndef CAIRN_IRQ_LINE_H
#define CAIRN_IRQ_LINE_H

#include <cairn/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cairn_irq_line;

/* All calls from any thread, but not two at once on one line (its carrier's lock sees to that);
 * set may run beside anything. Each returns 0 or a negative errno of the host. */
struct cairn_irq_line_ops {
	/* Wired: the level. Message: high sends it once, low does nothing. */
	int (*set)(struct cairn_irq_line *l, bool high);
	/* A write to fd fires it from now on, in the kernel where that is possible. */
	int (*bind)(struct cairn_irq_line *l, int fd);
	/* After it nobody drains fd: what comes stays readable. */
	int (*unbind)(struct cairn_irq_line *l, int fd);
	/* Message-signalled only (NULL for wired): what it sends. Not while bound. */
	int (*route)(struct cairn_irq_line *l, uint64_t addr, uint32_t data);
	/* Give the line back; the pointer is dead. Not while bound. */
	void (*put)(struct cairn_irq_line *l);
};

struct cairn_irq_line { /* embedded in whoever provides it */
	const struct cairn_irq_line_ops *ops;
};

/* Where message-signalled interrupts come from. */
struct cairn_msi_source {
	/* A fresh, unrouted one. Returns 0, -ENOSPC, or a negative errno. */
	int (*take)(void *ctx, struct cairn_irq_line **ret);
	void *ctx;
};

/*
 * Doorbells: a guest write of exactly len bytes (0: any length) at addr signals fd and does not
 * reach the bus. match: only that value, or NULL for any. del takes the same tuple. Any thread.
 * Returns 0, -EEXIST, -ENOTSUP (such a doorbell is not to be had: the write reaches the bus, and
 * the carrier signals fd itself), or a negative errno of the host.
 */
struct cairn_doorbells {
	int (*add)(void *ctx, bool pio, uint64_t addr, uint8_t len, const uint64_t *match, int fd);
	int (*del)(void *ctx, bool pio, uint64_t addr, uint8_t len, const uint64_t *match, int fd);
	void *ctx;
};

#ifdef __cplusplus
}
#endif
#endif
