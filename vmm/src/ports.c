/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cairn/stream.h>
#include <cairn/virtio_console.h>

#include "console.h"
#include "host.h"
#include "log.h"
#include "ports.h"

struct port {
	struct cairn_stream *stream;         /* pty or socket; or */
	struct console *file;                /* and */
	int fd;                              /* of the file, or -1 */
	struct cairn_virtio_console *device; /* while connected */
	uint32_t id;
};

struct ports {
	struct cairn_loop *loop;
	const struct run_options *options;
	size_t n;
	struct port list[MAX_PORTS];
};

static size_t stream_input(void *ctx, const uint8_t *bytes, size_t n)
{
	const struct port *p = ctx;

	return cairn_virtio_console_input(p->device, p->id, bytes, n);
}

static void output_ready(void *ctx)
{
	const struct port *p = ctx;

	cairn_virtio_console_output_ready(p->device, p->id);
}

static void stream_opened(void *ctx, bool open)
{
	const struct port *p = ctx;

	cairn_virtio_console_set_open(p->device, p->id, open);
}

static const struct cairn_stream_ops stream_ops = { .input = stream_input,
						    .output_ready = output_ready,
						    .opened = stream_opened };

static size_t port_output(void *ctx, const uint8_t *bytes, size_t n)
{
	const struct port *p = ctx;

	return p->stream ? cairn_stream_output(p->stream, bytes, n)
			 : console_try_output(p->file, bytes, n);
}

static void port_room(void *ctx)
{
	const struct port *p = ctx;

	if (p->stream)
		cairn_stream_input_ready(p->stream);
}

static int open_pty(struct ports *ps, struct port *p, const struct port_options *o)
{
	struct cairn_err err = { 0 };
	char subject[32 + PORT_NAME_LEN];

	snprintf(subject, sizeof(subject), "--port name=%s", o->name);
	if (cairn_stream_open_pty(ps->loop, o->link, &p->stream, &err)) {
		log_err(subject, &err);
		return EXIT_HOST;
	}
	/* Whatever the level: nobody could find it otherwise. */
	fprintf(stderr, "cairn: %s: %s\n", subject, cairn_stream_path(p->stream));
	return 0;
}

static int open_socket(struct ports *ps, struct port *p, const struct port_options *o)
{
	struct cairn_err err = { 0 };
	char subject[32 + PORT_NAME_LEN];

	if (!cairn_stream_open_socket(ps->loop, o->socket, &p->stream, &err))
		return 0;
	snprintf(subject, sizeof(subject), "--port name=%s", o->name);
	log_err(subject, &err);
	return EXIT_BAD_FILE;
}

static int open_file(struct ports *ps, struct port *p, const struct port_options *o)
{
	int r = host_output_open("--port file", o->file, &p->fd);

	if (r)
		return r;
	r = console_new(ps->loop, -1, p->fd, (struct cairn_trigger){ 0 }, &p->file);
	if (!r)
		return 0;
	log_error("--port file=%s: %s", o->file, strerror(-r));
	return EXIT_HOST;
}

static int open_port(struct ports *ps, struct port *p, const struct port_options *o)
{
	if (o->pty)
		return open_pty(ps, p, o);
	return o->socket ? open_socket(ps, p, o) : open_file(ps, p, o);
}

int ports_open(struct cairn_loop *loop, const struct run_options *o, struct ports **ret)
{
	struct ports *ps;
	int r = 0;

	*ret = NULL;
	if (!o->n_ports)
		return 0;
	ps = calloc(1, sizeof(*ps));
	if (!ps) {
		log_error("out of memory");
		return EXIT_HOST;
	}
	ps->loop = loop;
	ps->options = o;
	while (ps->n < o->n_ports && !r) {
		struct port *p = &ps->list[ps->n];

		p->fd = -1;
		p->id = (uint32_t)ps->n++;
		r = open_port(ps, p, &o->ports[p->id]);
	}
	if (r)
		ports_close(ps);
	else
		*ret = ps;
	return r;
}

void ports_close(struct ports *ps)
{
	for (size_t i = 0; ps && i < ps->n; i++) {
		cairn_stream_close(ps->list[i].stream);
		console_free(ps->list[i].file);
		if (ps->list[i].fd >= 0)
			close(ps->list[i].fd);
	}
	free(ps);
}

static void set_device(struct port *p, struct cairn_virtio_console *device)
{
	p->device = device;
	if (p->stream)
		cairn_stream_connect(p->stream, device ? &stream_ops : NULL, p);
	else
		console_connect(
		    p->file, (struct console_guest){ .output_ready = device ? output_ready : NULL,
						     .ctx = p });
}

int ports_connect(struct ports *ps, struct cairn_virtio_console **ret, struct cairn_err *err)
{
	struct cairn_virtio_console_port_cfg cfgs[MAX_PORTS] = { 0 };
	const struct cairn_virtio_console_cfg cfg = { .home = ps->loop,
						      .ports = cfgs,
						      .n_ports = (uint32_t)ps->n,
						      .max_ports = (uint32_t)ps->n };
	int r;

	for (size_t i = 0; i < ps->n; i++) {
		struct port *p = &ps->list[i];

		cfgs[i] = (struct cairn_virtio_console_port_cfg){
			.name = ps->options->ports[i].name,
			.is_open = !p->stream || cairn_stream_is_open(p->stream),
			.output = port_output,
			.ctx = p,
			.room = { .fn = port_room, .ctx = p },
		};
	}
	r = cairn_virtio_console_new(&cfg, ret, err);
	for (size_t i = 0; i < ps->n && !r; i++)
		set_device(&ps->list[i], *ret);
	return r;
}

void ports_disconnect(struct ports *ps)
{
	for (size_t i = 0; i < ps->n; i++)
		set_device(&ps->list[i], NULL);
}
