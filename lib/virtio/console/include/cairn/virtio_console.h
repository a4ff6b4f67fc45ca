/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_console.h - a console with 1 to 16 ports (virtio 1.2, 5.3). Bytes from the guest go to the
 * function of a port's other end, which is the program's; bytes for the guest go into its buffers.
 * Whoever is full holds the other back, and nothing is dropped while both ends are open.
 *
 * A port is open at both ends or not: the guest's end as its driver says (PORT_OPEN), the host's as
 * the program says. Input waits until the guest's end is open; output to an end of the host's that
 * is closed is dropped. A driver that did not accept MULTIPORT knows port 0 only, and that one as
 * always open.
 *
 * Everything on the home loop's thread.
 */
#ifndef CAIRN_VIRTIO_CONSOLE_H
#define CAIRN_VIRTIO_CONSOLE_H

#include <cairn/vdev.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VIRTIO_CONSOLE_F_SIZE        (UINT64_C(1) << 0)
#define CAIRN_VIRTIO_CONSOLE_F_MULTIPORT   (UINT64_C(1) << 1)
#define CAIRN_VIRTIO_CONSOLE_F_EMERG_WRITE (UINT64_C(1) << 2)

#define CAIRN_VIRTIO_CONSOLE_ROUND_BYTES   65536u /* of output, before the loop serves others */
#define CAIRN_VIRTIO_CONSOLE_MAX_PORTS     16u
#define CAIRN_VIRTIO_CONSOLE_NAME_BYTES    64u /* with the NUL */

/* Queues (5.3.2). The control queues are there when ports are. */
enum {
	CAIRN_VIRTIO_CONSOLE_RX = 0,
	CAIRN_VIRTIO_CONSOLE_TX = 1,
	CAIRN_VIRTIO_CONSOLE_CONTROL_RX = 2,
	CAIRN_VIRTIO_CONSOLE_CONTROL_TX = 3,
};

/* Where a port's queue for input is; that for output is the next. */
static inline uint16_t cairn_virtio_console_rx_of(uint32_t port)
{
	return (uint16_t)(port ? 2 * port + 2 : (uint32_t)CAIRN_VIRTIO_CONSOLE_RX);
}

struct cairn_virtio_console;

/* A port and its other end. The functions do not call the device, but for room. */
struct cairn_virtio_console_port_cfg {
	const char *name; /* copied, shorter than NAME_BYTES; NULL: none */
	bool is_console;  /* the driver makes a terminal of it */
	bool is_open;     /* the host's end, to begin with */
	bool has_size;    /* tell the driver columns and rows */
	uint16_t columns, rows;
	/* Bytes from the guest. Returns how many it took; when it took fewer than n, the program
	 * calls cairn_virtio_console_output_ready() once it can take more. Port 0: also emergency
	 * writes, one byte each, from inside a vdev op; what it does not take of these is lost. */
	size_t (*output)(void *ctx, const uint8_t *bytes, size_t n);
	/* The guest opened or closed its end; a reset closes it, from inside a vdev op. NULL: not
	 * wanted. Called with MULTIPORT only. */
	void (*guest_open)(void *ctx, bool open);
	void *ctx;
	/* The guest can take input again, after cairn_virtio_console_input() took fewer bytes than
	 * it was given. May call it. fn NULL: there is no input. */
	struct cairn_trigger room;
};

struct cairn_virtio_console_cfg {
	struct cairn_loop *home;
	const struct cairn_virtio_console_port_cfg *ports; /* port 0 first */
	uint32_t n_ports;                                  /* at least one, at most max_ports */
	uint32_t max_ports; /* 1 to 16 with MULTIPORT; 0: without it, one port */
};

/* Returns 0, -EINVAL (numbers of ports, or a port that cannot be: see add_port), -ENOMEM. cfg is
 * copied. */
CAIRN_MUST_USE int cairn_virtio_console_new(const struct cairn_virtio_console_cfg *cfg,
					    struct cairn_virtio_console **ret,
					    struct cairn_err *err);
/* No queue is started, no carrier attached. NULL is allowed. */
void cairn_virtio_console_free(struct cairn_virtio_console *c);
/* What a carrier takes. Lives as long as the device. */
struct cairn_vdev *cairn_virtio_console_vdev(struct cairn_virtio_console *c);

/*
 * From here: not from inside a vdev op. A port that is not there is no mistake: it takes nothing.
 */

/* Bytes for the guest. Returns how many fitted into its buffers: 0 while its driver is not there or
 * its end is closed. When fewer than n, room follows. */
size_t cairn_virtio_console_input(struct cairn_virtio_console *c, uint32_t port,
				  const uint8_t *bytes, size_t n);
/* output can take more. */
void cairn_virtio_console_output_ready(struct cairn_virtio_console *c, uint32_t port);
/* The terminal has another size: told by the configuration (port 0) and, with MULTIPORT, by RESIZE
 * messages for consoles; sizes that the driver had no buffer for are overtaken by the last. Nothing
 * where has_size was false. */
void cairn_virtio_console_set_size(struct cairn_virtio_console *c, uint32_t port, uint16_t columns,
				   uint16_t rows);
/* The host's end. Closing it drops output that waits. */
void cairn_virtio_console_set_open(struct cairn_virtio_console *c, uint32_t port, bool open);
/* Add a port under the lowest free number. Returns 0, -EINVAL (no output, a name too long), -ENOSPC
 * (there are max_ports). */
CAIRN_MUST_USE int cairn_virtio_console_add_port(struct cairn_virtio_console *c,
						 const struct cairn_virtio_console_port_cfg *cfg,
						 uint32_t *ret_port);
/* Take it away: its functions are not called any more, output that waits is dropped. */
void cairn_virtio_console_remove_port(struct cairn_virtio_console *c, uint32_t port);

#ifdef __cplusplus
}
#endif
#endif
