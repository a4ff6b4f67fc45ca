/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* virtio_rng.c - virtio 1.2, 5.4: a buffer goes out empty and comes back with bytes. */
#include <fw/random.h>

#include <cairn/math.h>

#include <fw/arch.h>

#include "pages.h"

#define BUFFER_BYTES 1024u

struct rng {
	struct fw_virtio v;
	struct fw_virtio_queue queue;
	uint8_t buffer[BUFFER_BYTES];
};

static struct rng *source; /* NULL: none */

int fw_virtio_rng_open(const struct fw_virtio *v, struct cairn_err *err)
{
	struct rng *g;
	void *pages;
	int r;

	if (source)
		return cairn_err_set(err, EEXIST, "a second virtio-rng", 0);
	if (fw_pages_take_(sizeof(*g), &pages) < 0)
		return cairn_err_set(err, ENOMEM, "no memory for virtio-rng", sizeof(*g));
	g = pages;
	g->v = *v;
	r = fw_virtio_start(&g->v, 0, err);
	if (r == 0) {
		r = fw_virtio_queue_init(&g->v, &g->queue, 0);
		if (r < 0)
			cairn_err_set(err, -r, "no usable queue", 0);
	}
	if (r < 0) {
		if (fw_virtio_stop(&g->v, &g->queue, 1) == 0)
			fw_pages_give_(g, sizeof(*g));
		return r;
	}
	fw_virtio_run(&g->v);
	source = g;
	return 0;
}

void fw_random_stop(void)
{
	struct rng *g = source;

	source = NULL;
	if (g && fw_virtio_stop(&g->v, &g->queue, 1) == 0)
		fw_pages_give_(g, sizeof(*g));
}

/* Returns how many bytes, or a negative errno: the device has failed. */
static int ask(struct rng *g, uint32_t len)
{
	const struct cairn_virtq_buf buf = { cairn_gpa_of(fw_address_(g->buffer)), len, true };
	uint32_t written;
	uint16_t head;
	int r = cairn_virtq_driver_add(&g->queue.ring, &buf, 1, NULL, &head);

	if (r < 0)
		return r;
	fw_virtio_submit(&g->v, &g->queue);
	r = fw_virtio_wait(&g->v, &g->queue, FW_RANDOM_LIMIT_NS, &head, &written);
	if (r < 0)
		return r;
	return written > 0 ? (int)written : -EIO;
}

static int fill_from_device(uint8_t *dst, size_t len)
{
	while (source && len > 0) {
		int n = ask(source, (uint32_t)cairn_min_u64(len, BUFFER_BYTES));

		if (n < 0) {
			fw_random_stop();
			break;
		}
		cairn_copy_in(dst, source->buffer, (size_t)n);
		dst += n;
		len -= (size_t)n;
	}
	return source ? 0 : -ENODEV;
}

/* Returns 0, or -ENODEV: the processor gave no word at some point. */
static int mix_in_processor(uint8_t *dst, size_t len)
{
	uint64_t word;

	for (size_t i = 0; i < len; i++, word >>= 8) {
		if (i % 8 == 0 && fw_arch_random(&word) < 0)
			return -ENODEV;
		dst[i] ^= (uint8_t)word;
	}
	return 0;
}

int fw_random(void *dst, size_t len)
{
	int device = fill_from_device(dst, len);
	int processor = mix_in_processor(dst, len);

	return device == 0 || processor == 0 ? 0 : -ENODEV;
}
