/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Driver and device on two threads, both sleeping whenever nobody promised to wake them. When both
 * sleep, a kick or an interrupt was lost: whoever finds the other asleep says so and ends it. Every
 * chain carries a number there and its complement back. ThreadSanitizer finds what is not ordered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <pthread.h>

#include <cairn/virtq_driver.h>

#define SIZE     16
#define N_CHAINS 20000u
#define SLOT     64 /* bytes of data memory for each head: number, answer, indirect table */

static _Alignas(4096) uint8_t ram[0x4000];
static const struct cairn_mem_region region = { .len_bytes = sizeof(ram), .host = ram };
static struct cairn_mem mem;

enum {
	AT_DESC = 0,
	AT_DRIVER = 0x1000,
	AT_DEVICE = 0x2000,
	AT_DATA = 0x3000,
};

enum end { DRIVER, DEVICE };
enum state { AWAKE, ASLEEP, GONE };

static struct pair {
	struct cairn_virtq q;
	struct cairn_virtq_driver d;
	struct cairn_virtq_slot slots[SIZE];
	pthread_mutex_t lock; /* of the next four */
	pthread_cond_t wake;
	enum state state[2];
	bool rung[2], is_lost;
	bool in_batches;
	int device_rc;
} pair = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

static void ring(struct pair *p, enum end whom)
{
	pthread_mutex_lock(&p->lock);
	p->rung[whom] = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

/* Whether `whom` rings nobody any more. */
static bool is_still(const struct pair *p, enum end whom)
{
	return p->state[whom] == GONE || (p->state[whom] == ASLEEP && !p->rung[whom]);
}

/* Returns false when nobody is left to wake this end. */
static bool sleep_until_rung(struct pair *p, enum end me)
{
	bool is_lost;

	pthread_mutex_lock(&p->lock);
	p->state[me] = ASLEEP;
	while (!p->rung[me] && !p->is_lost) {
		p->is_lost = is_still(p, !me);
		if (p->is_lost)
			pthread_cond_broadcast(&p->wake);
		else
			pthread_cond_wait(&p->wake, &p->lock);
	}
	p->state[me] = AWAKE;
	p->rung[me] = false;
	is_lost = p->is_lost;
	pthread_mutex_unlock(&p->lock);
	return !is_lost;
}

static void leave(struct pair *p, enum end me)
{
	pthread_mutex_lock(&p->lock);
	p->state[me] = GONE;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

/* The device: pops, answers, publishes one by one or in batches, sleeps. Ends after N_CHAINS. */
static void *device_main(void *ctx)
{
	struct pair *p = ctx;
	struct cairn_span spans[SIZE];
	struct cairn_virtq_chain chain = { .spans = spans, .cap = SIZE };
	uint32_t done = 0;

	while (done < N_CHAINS) {
		int rc;

		while ((rc = cairn_virtq_pop(&p->q, &chain)) == 1) {
			uint32_t v;

			cairn_spans_read(spans, chain.n_read, 0, &v, 4);
			v = ~v;
			cairn_spans_write(spans + chain.n_read, chain.n_write, 0, &v, 4);
			if (cairn_virtq_put(&p->q, &chain, 4) < 0)
				break;
			done++;
			if (!p->in_batches)
				cairn_virtq_publish(&p->q);
		}
		cairn_virtq_publish(&p->q);
		if (cairn_virtq_must_signal(&p->q))
			ring(p, DRIVER);
		p->device_rc = rc;
		if (rc < 0)
			break;
		if (done < N_CHAINS && !cairn_virtq_enable_kicks(&p->q)) {
			if (!sleep_until_rung(p, DEVICE))
				break;
			cairn_virtq_disable_kicks(&p->q);
		}
	}
	leave(p, DEVICE);
	return NULL;
}

/* Offer number `v`. Which bytes it uses goes by the free descriptor it will get. */
static bool offer(struct pair *p, uint32_t v)
{
	uint32_t at = AT_DATA + p->d.free_head * SLOT;
	const struct cairn_virtq_buf bufs[] = { { .at = { at }, .len = 4 },
						{ .at = { at + 4 }, .len = 4, .writable = true } };
	struct cairn_virtq_table table = { .host = ram + at + 16, .at = { at + 16 }, .cap = 2 };
	uint16_t head;

	if (cairn_virtq_driver_free(&p->d) < 2)
		return false;
	cairn_copy_out(ram + at, &v, 4);
	return cairn_virtq_driver_add(&p->d, bufs, 2, v & 1 ? &table : NULL, &head) == 0;
}

/* The driver: keeps the ring full, checks every answer, sleeps. Returns the sum of the answers. */
static uint64_t drive(struct pair *p)
{
	uint32_t offered = 0, back = 0, v;
	uint64_t sum = 0;

	while (back < N_CHAINS) {
		uint32_t written, before = back;
		uint16_t head;

		while (offered < N_CHAINS && offer(p, offered))
			offered++;
		cairn_virtq_driver_publish(&p->d);
		if (cairn_virtq_driver_must_kick(&p->d))
			ring(p, DEVICE);
		while (cairn_virtq_driver_get(&p->d, &head, &written) == 1) {
			cairn_copy_in(&v, ram + AT_DATA + head * SLOT + 4, 4);
			sum += ~v;
			back++;
		}
		if (p->d.broken)
			break;
		if (back == before && !cairn_virtq_driver_enable_interrupts(&p->d)) {
			if (!sleep_until_rung(p, DRIVER))
				break;
			cairn_virtq_driver_disable_interrupts(&p->d);
		}
	}
	leave(p, DRIVER);
	return sum;
}

static void run(uint64_t features, bool in_batches)
{
	pthread_t device;
	uint64_t sum;
	struct cairn_virtq_cfg cfg = { .mem = &mem,
				       .size = SIZE,
				       .desc = { AT_DESC },
				       .driver = { AT_DRIVER },
				       .device = { AT_DEVICE } };
	struct cairn_virtq_driver_cfg driver_cfg = { .size = SIZE,
						     .desc = ram + AT_DESC,
						     .driver = ram + AT_DRIVER,
						     .device = ram + AT_DEVICE,
						     .slots = pair.slots,
						     .features = features };

	cfg.features = features;
	assert_int_equal(cairn_mem_init(&mem, &region, 1, NULL), 0);
	assert_int_equal(cairn_virtq_driver_init(&pair.d, &driver_cfg), 0);
	assert_int_equal(cairn_virtq_init(&pair.q, &cfg), 0);
	pair.in_batches = in_batches;
	pair.device_rc = 0;
	pair.state[DRIVER] = pair.state[DEVICE] = AWAKE;
	pair.rung[DRIVER] = pair.rung[DEVICE] = pair.is_lost = false;
	assert_int_equal(pthread_create(&device, NULL, device_main, &pair), 0);
	sum = drive(&pair);
	assert_int_equal(pthread_join(device, NULL), 0);
	assert_int_equal(pair.device_rc, 0);
	assert_false(pair.d.broken);
	assert_false(pair.is_lost);
	assert_int_equal(sum, (uint64_t)N_CHAINS * (N_CHAINS - 1) / 2);
}

static void flags_wake_both_sides(void **state)
{
	run(CAIRN_VIRTIO_F_INDIRECT_DESC, false);
	run(CAIRN_VIRTIO_F_INDIRECT_DESC, true);
}

static void event_indices_wake_both_sides(void **state)
{
	run(CAIRN_VIRTIO_F_INDIRECT_DESC | CAIRN_VIRTIO_F_EVENT_IDX, false);
	run(CAIRN_VIRTIO_F_INDIRECT_DESC | CAIRN_VIRTIO_F_EVENT_IDX, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_wake_both_sides),
		cmocka_unit_test(event_indices_wake_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
