/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* virtio_console.c - one buffer each way: input is refilled once it has all been read. */
#include <fw/virtio_console.h>

#include <cairn/math.h>

#include "pages.h"

#define BUFFER_BYTES 1024u

enum { RX, TX, QUEUES };

struct console {
	struct fw_console_dev dev;
	struct fw_virtio v;
	struct fw_virtio_queue queues[QUEUES];
	uint32_t n_input, n_read; /* bytes in the buffer, and of these given to the caller */
	bool is_sending, is_stopped;
	/* the device's to read and write */
	uint8_t input[BUFFER_BYTES], output[BUFFER_BYTES];
};

static struct console *to_console(struct fw_console_dev *dev)
{
	return cairn_container_of(dev, struct console, dev);
}

/* A device that breaks a ring has said its last. */
static void stop(struct console *c)
{
	if (c->is_stopped)
		return;
	c->is_stopped = true;
	fw_virtio_stop(&c->v, c->queues, QUEUES);
}

static void offer(struct console *c, int queue, uint8_t *buffer, uint32_t len)
{
	const struct cairn_virtq_buf buf = { cairn_gpa_of(fw_address_(buffer)), len, queue == RX };
	uint16_t head;

	if (cairn_virtq_driver_add(&c->queues[queue].ring, &buf, 1, NULL, &head) < 0)
		stop(c);
	else
		fw_virtio_submit(&c->v, &c->queues[queue]);
}

/* Waits until the output buffer is ours. Returns false when it does not come back. */
static bool is_sent(struct console *c, uint64_t limit_ns)
{
	uint32_t written;
	uint16_t head;
	int r;

	if (!c->is_sending)
		return true;
	r = fw_virtio_wait(&c->v, &c->queues[TX], limit_ns, &head, &written);
	if (r == 0)
		c->is_sending = false;
	else if (r != -ETIMEDOUT)
		stop(c);
	return r == 0;
}

static void console_put(struct fw_console_dev *dev, const char *bytes, size_t n)
{
	struct console *c = to_console(dev);

	if (c->is_stopped || !is_sent(c, 0))
		return;
	while (n > 0 && !c->is_stopped) {
		size_t now = (size_t)cairn_min_u64(n, BUFFER_BYTES);

		memcpy(c->output, bytes, now);
		c->is_sending = true;
		offer(c, TX, c->output, (uint32_t)now);
		if (c->is_stopped || !is_sent(c, FW_VIRTIO_CONSOLE_LIMIT_NS))
			return;
		bytes += now;
		n -= now;
	}
}

static void take_input(struct console *c)
{
	uint32_t written;
	uint16_t head;
	int r = cairn_virtq_driver_get(&c->queues[RX].ring, &head, &written);

	if (r < 0) {
		stop(c);
	} else if (r > 0) {
		c->n_input = written;
		c->n_read = 0;
	}
	if (r > 0 && written == 0)
		offer(c, RX, c->input, BUFFER_BYTES);
}

static int console_get(struct fw_console_dev *dev)
{
	struct console *c = to_console(dev);
	uint8_t byte;

	if (c->is_stopped)
		return -1;
	if (c->n_read == c->n_input)
		take_input(c);
	if (c->n_read == c->n_input)
		return -1;
	cairn_copy_in(&byte, &c->input[c->n_read++], 1);
	if (c->n_read == c->n_input)
		offer(c, RX, c->input, BUFFER_BYTES);
	return byte;
}

int fw_virtio_console_open(const struct fw_virtio *v, struct fw_console_dev **ret,
			   struct cairn_err *err)
{
	struct console *c;
	void *pages;
	int r;

	if (fw_pages_take_(sizeof(*c), &pages) < 0)
		return cairn_err_set(err, ENOMEM, "no memory for a console", sizeof(*c));
	c = pages;
	c->v = *v;
	c->dev = (struct fw_console_dev){ .put = console_put, .get = console_get };
	r = fw_virtio_start(&c->v, 0, err);
	for (uint16_t i = 0; r == 0 && i < QUEUES; i++) {
		r = fw_virtio_queue_init(&c->v, &c->queues[i], i);
		if (r < 0)
			cairn_err_set(err, -r, "no usable queue", i);
	}
	if (r < 0) {
		if (fw_virtio_stop(&c->v, c->queues, QUEUES) == 0)
			fw_pages_give_(c, sizeof(*c));
		return r;
	}
	fw_virtio_run(&c->v);
	offer(c, RX, c->input, BUFFER_BYTES);
	*ret = &c->dev;
	return 0;
}

void fw_virtio_console_stop(struct fw_console_dev *dev)
{
	stop(to_console(dev));
}
