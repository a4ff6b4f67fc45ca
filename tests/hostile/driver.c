/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* driver.c - a driver that keeps the rules: what tests start from, and come back to. */
#include "hostile.h"

enum { TYPE_IN = 0, TYPE_OUT = 1, SECTOR = 512, DATA_SECTOR = 8, QUEUE_SENDS = 1 };

static uint16_t load(const uint16_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

void reset(struct dev *d)
{
	struct limit l = { 0 };

	put(d, R_STATUS, 0);
	while (get(d, R_STATUS) & 0xff)
		if (!limit_left(&l))
			fail("a reset does not end");
}

static void fresh_ring(struct dev *d)
{
	*d->ring = (struct ring){ .avail = { .idx = 0 } };
	d->avail = d->used = 0;
}

static void fresh_rings(struct dev *d)
{
	fresh_ring(d);
	if (d->peer)
		fresh_ring(d->peer);
}

void negotiate(struct dev *d, uint64_t wanted)
{
	reset(d);
	fresh_rings(d);
	put(d, R_STATUS, S_ACKNOWLEDGE);
	put(d, R_STATUS, S_ACKNOWLEDGE | S_DRIVER);
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t offered;

		put(d, R_OFFERED_SEL, i);
		offered = get(d, R_OFFERED);
		put(d, R_ACKED_SEL, i);
		put(d, R_ACKED, offered & (uint32_t)(wanted >> (32 * i)));
	}
	put(d, R_STATUS, S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK);
	if (!(get(d, R_STATUS) & S_FEATURES_OK))
		fail("features refused");
}

void set_queue(struct dev *d)
{
	put(d, R_QUEUE_SEL, d->queue);
	put(d, R_QUEUE_SIZE, QUEUE_SIZE);
	put_addr(d, R_DESC, (uintptr_t)d->ring->desc);
	put_addr(d, R_AVAIL, (uintptr_t)&d->ring->avail);
	put_addr(d, R_USED, (uintptr_t)&d->ring->used);
	put(d, R_QUEUE_ENABLE, 1);
}

void driver_ok(struct dev *d)
{
	put(d, R_STATUS, S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK | S_DRIVER_OK);
}

void set_up(struct dev *d)
{
	negotiate(d, UINT64_C(1) << F_VERSION_1 | UINT64_C(1) << F_INDIRECT);
	set_queue(d);
	if (d->peer)
		set_queue(d->peer);
	driver_ok(d);
}

static void add(struct dev *d, unsigned i, void *at, uint32_t len, uint16_t flags)
{
	d->ring->desc[i] = (struct desc){
		.addr = (uintptr_t)at, .len = len, .flags = flags, .next = (uint16_t)(i + 1)
	};
}

static unsigned make_blk(struct dev *d, uint32_t type)
{
	struct ring *r = d->ring;
	const uint32_t header[4] = { type, 0, DATA_SECTOR, 0 };

	for (unsigned i = 0; i < sizeof(r->header); i++)
		r->header[i] = (uint8_t)(header[i / 4] >> (8 * (i % 4)));
	r->status[0] = 0xff;
	add(d, 0, r->header, sizeof(r->header), D_NEXT);
	add(d, 1, r->data, SECTOR, type == TYPE_IN ? D_NEXT | D_WRITE : D_NEXT);
	add(d, 2, r->status, 1, D_WRITE);
	return 2;
}

static bool sends(const struct dev *d)
{
	return d->peer && d->queue == QUEUE_SENDS;
}

unsigned make_chain(struct dev *d)
{
	uint16_t flags = sends(d) ? 0 : D_WRITE;
	uint32_t len = flags && d->type == TYPE_NET ? BUF_BYTES / 2 : 64;

	if (d->type == TYPE_BLK)
		return make_blk(d, TYPE_IN);
	add(d, 0, d->ring->data, len, flags | D_NEXT);
	add(d, 1, d->ring->data + len, len, flags);
	return 1;
}

void offer(struct dev *d, uint16_t head)
{
	struct ring *r = d->ring;

	r->avail.ring[d->avail++ % QUEUE_SIZE] = head;
	__atomic_store_n(&r->avail.idx, d->avail, __ATOMIC_SEQ_CST);
	kick(d, d->queue);
}

bool wait_used(struct dev *d)
{
	struct limit l = { 0 };

	while (load(&d->ring->used.idx) == d->used)
		if (!limit_left(&l))
			return false;
	d->used++;
	return true;
}

static void serve_blk(struct dev *d)
{
	struct ring *r = d->ring;

	d->round++;
	for (unsigned i = 0; i < SECTOR; i += 64)
		r->data[i] = (uint8_t)(d->round + i + d->number);
	make_blk(d, TYPE_OUT);
	offer(d, 0);
	if (!wait_used(d) || r->status[0])
		fail("a disk that was not misused does not write");
	for (unsigned i = 0; i < SECTOR; i += 64)
		r->data[i] = 0;
	make_blk(d, TYPE_IN);
	offer(d, 0);
	if (!wait_used(d) || r->status[0])
		fail("a disk that was not misused does not read");
	for (unsigned i = 0; i < SECTOR; i += 64)
		if (r->data[i] != (uint8_t)(d->round + i + d->number))
			fail("a disk that was not misused reads something else");
}

/* A frame with a header of virtio-net, to everybody, of a type for experiments; or a full stop. */
static void serve_sender(struct dev *d)
{
	static const uint8_t frame[] = { [12] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
					 0,           0,    0,    0,    1,    0x88, 0xb5 };
	struct ring *r = d->ring;

	if (d->type == TYPE_NET)
		for (unsigned i = 0; i < 128; i++)
			r->data[i] = i < sizeof(frame) ? frame[i] : 0;
	else
		r->data[0] = '.';
	make_chain(d);
	if (d->type == TYPE_CONSOLE)
		add(d, 0, r->data, 1, 0);
	offer(d, 0);
	if (!wait_used(d))
		fail(d->type == TYPE_NET ? "a network interface that was not misused sends nothing"
					 : "a console that was not misused sends nothing");
}

/* Something must come in: whoever runs this sees to that. */
static void serve_receiver(struct dev *d)
{
	make_chain(d);
	offer(d, 0);
	if (wait_used(d) && d->ring->used.ring[(d->used - 1) % QUEUE_SIZE].len)
		return;
	fail(d->type == TYPE_RNG   ? "an entropy source that was not misused gives nothing"
	     : d->type == TYPE_NET ? "a network interface that was not misused receives nothing"
				   : "a console that was not misused receives nothing");
}

void must_serve(struct dev *d)
{
	if (d->type == TYPE_BLK)
		serve_blk(d);
	else if (sends(d))
		serve_sender(d);
	else
		serve_receiver(d);
}

static struct dev *console(void)
{
	for (unsigned i = 0; i < n_devs; i++)
		if (devs[i].type == TYPE_CONSOLE && sends(&devs[i]))
			return &devs[i];
	return NULL;
}

void console_write(const char *text)
{
	struct dev *d = console();
	uint32_t len = 0;

	if (!d)
		return;
	for (; text[len] && len < BUF_BYTES; len++)
		d->ring->data[len] = (uint8_t)text[len];
	add(d, 0, d->ring->data, len, 0);
	offer(d, 0);
	(void)wait_used(d);
}

void console_revive(void)
{
	if (console())
		set_up(console());
}

bool wait_broken(struct dev *d)
{
	struct limit l = { 0 };

	while (!(get(d, R_STATUS) & S_NEEDS_RESET))
		if (!limit_left(&l))
			return false;
	return true;
}

void must_break(struct dev *d, const char *why)
{
	if (!wait_broken(d))
		fail(why);
	set_up(d);
}
