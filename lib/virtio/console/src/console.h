/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* console.h - what the files of virtio-console share. */
#ifndef CAIRN_VIRTIO_CONSOLE_PRIVATE_H
#define CAIRN_VIRTIO_CONSOLE_PRIVATE_H

#include <cairn/virtio_console.h>
#include <cairn/virtio_queue.h>

#define CONSOLE_QUEUE_SIZE  64u
#define CONSOLE_SPANS       (CONSOLE_QUEUE_SIZE + 8u)
#define CONSOLE_PIECE_BYTES 4096u
#define CONSOLE_MAX_QUEUES  (2u + 2u * CAIRN_VIRTIO_CONSOLE_MAX_PORTS)

/* What the driver is still to be told of a port, in the order in which it is. Each is said with the
 * values of the moment when there is a buffer for it, so these bits are the whole queue. */
enum {
	CONSOLE_TELL_REMOVE = 1u << 0,
	CONSOLE_TELL_ADD = 1u << 1,
	CONSOLE_TELL_CONSOLE = 1u << 2,
	CONSOLE_TELL_NAME = 1u << 3,
	CONSOLE_TELL_SIZE = 1u << 4,
	CONSOLE_TELL_OPEN = 1u << 5,
};

struct console_port {
	struct cairn_virtio_console *console;
	struct cairn_virtio_console_port_cfg cfg; /* is_open, columns, rows: as they are now */
	char name[CAIRN_VIRTIO_CONSOLE_NAME_BYTES];
	struct cairn_virtio_queue rx, tx;
	bool exists;
	bool is_known;      /* to the driver, which was told or spoke of it */
	bool is_ready;      /* its driver said so */
	bool is_guest_open; /* the guest's end */
	bool told_open;     /* what the driver knows of the host's end */
	unsigned int tell;  /* CONSOLE_TELL_… */
	bool wants_room;    /* input found no buffer */
	bool is_held;       /* tx_chain is taken and not finished */
	struct cairn_virtq_chain tx_chain;
	uint32_t tx_off; /* bytes of it that are out */
	struct cairn_span tx_spans[CONSOLE_SPANS];
};

struct cairn_virtio_console {
	struct cairn_vdev vdev;
	uint16_t queue_max[CONSOLE_MAX_QUEUES];
	struct cairn_virtio_queue control_rx, control_tx;
	bool is_ready; /* the driver wants to hear of ports */
	struct cairn_span spans[CONSOLE_SPANS];
	uint8_t piece[CONSOLE_PIECE_BYTES];
	uint32_t max_ports;
	struct console_port ports[]; /* max_ports */
};

static inline bool console_is_multiport(const struct cairn_virtio_console *c)
{
	return c->vdev.acked & CAIRN_VIRTIO_CONSOLE_F_MULTIPORT;
}

/* port.c */
void cairn_virtio_console_port_init_(struct console_port *p);
/* One of the ends opened or closed, or the port went: go on with what waited for that. */
void cairn_virtio_console_port_changed_(struct console_port *p);

/* control.c */
void cairn_virtio_console_control_init_(struct cairn_virtio_console *c);
/* What the program changed. Nothing while the driver does not listen. */
void cairn_virtio_console_tell_added_(struct console_port *p);
void cairn_virtio_console_tell_removed_(struct console_port *p);
void cairn_virtio_console_tell_size_(struct console_port *p);
void cairn_virtio_console_tell_open_(struct console_port *p);
/* The driver knows nothing any more. */
void cairn_virtio_console_forget_(struct cairn_virtio_console *c);

#endif
