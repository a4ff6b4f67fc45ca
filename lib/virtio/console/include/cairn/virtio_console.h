/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_console.h - a console with one port (virtio 1.2, 5.3). Bytes from the guest go to the
 * program's function, bytes for the guest into its buffers; whoever is full holds the other back,
 * and nothing is dropped while both sides live.
 *
 * Everything on the home loop's thread.
 */
#ifndef CAIRN_VIRTIO_CONSOLE_H
#define CAIRN_VIRTIO_CONSOLE_H

#include <cairn/vdev.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VIRTIO_CONSOLE_F_SIZE      (UINT64_C(1) << 0)
#define CAIRN_VIRTIO_CONSOLE_ROUND_BYTES 65536u /* of output, before the loop serves others */

enum { CAIRN_VIRTIO_CONSOLE_RX = 0, CAIRN_VIRTIO_CONSOLE_TX = 1 }; /* queues */

struct cairn_virtio_console;

struct cairn_virtio_console_cfg {
	struct cairn_loop *home;
	/* Bytes from the guest. Returns how many it took; when it took fewer than n, the program
	 * calls cairn_virtio_console_output_ready() once it can take more. */
	size_t (*output)(void *ctx, const uint8_t *bytes, size_t n);
	void *ctx;
	/* The guest can take input again, after cairn_virtio_console_input() took fewer bytes than
	 * it was given. May call it. fn NULL: there is no input. */
	struct cairn_trigger room;
	bool has_size; /* tell the driver columns and rows */
	uint16_t columns, rows;
};

/* Returns 0, -EINVAL (no output), -ENOMEM. */
CAIRN_MUST_USE int cairn_virtio_console_new(const struct cairn_virtio_console_cfg *cfg,
					    struct cairn_virtio_console **ret,
					    struct cairn_err *err);
/* No queue is started, no carrier attached. NULL is allowed. */
void cairn_virtio_console_free(struct cairn_virtio_console *c);
/* What a carrier takes. Lives as long as the device. */
struct cairn_vdev *cairn_virtio_console_vdev(struct cairn_virtio_console *c);

/* Bytes for the guest. Returns how many fitted into its buffers: 0 while its driver is not there.
 * When fewer than n, room follows. Not from inside a vdev op. */
size_t cairn_virtio_console_input(struct cairn_virtio_console *c, const uint8_t *bytes, size_t n);
/* output can take more. Not from inside a vdev op. */
void cairn_virtio_console_output_ready(struct cairn_virtio_console *c);
/* The terminal has another size. Nothing where has_size was false. Not from inside a vdev op. */
void cairn_virtio_console_set_size(struct cairn_virtio_console *c, uint16_t columns, uint16_t rows);

#ifdef __cplusplus
}
#endif
#endif
