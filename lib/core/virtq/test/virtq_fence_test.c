/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The two moments where both ends must not look away at once: one publishes while the other says
 * that it is going to sleep. Either the first notifies or the second sees. Both are made to meet
 * there many times; without the full fences on either side they miss each other now and then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include <cairn/virtq_driver.h>

#define SIZE     16
#define N_ROUNDS 30000u
#define PATIENCE 15 /* seconds, after which fewer rounds must do: on a busy machine each may wait  \
		     */
#define NO_MORE  UINT32_MAX

static _Alignas(4096) uint8_t ram[0x4000];
static const struct cairn_mem_region region = { .len_bytes = sizeof(ram), .host = ram };
static struct cairn_mem mem;
static struct cairn_virtq q;
static struct cairn_virtq_driver d;
static struct cairn_virtq_slot slots[SIZE];
static struct cairn_span spans[SIZE];
static struct cairn_virtq_chain chain = { .spans = spans, .cap = SIZE };

static _Alignas(64) atomic_uint round_at; /* the main thread counts up: go */
static _Alignas(64) atomic_uint round_done;
static bool helper_asked; /* what the other thread got in this round */
static void (*helper_step)(void);

/*
 * Lines that both threads write right before their steps. Each is fetched from the other's cache,
 * and x86 makes stores visible in order: the step's own store waits behind them while its load does
 * not, which is the very thing that the fences forbid.
 */
static struct {
	_Alignas(64) atomic_uint word;
} crowd[24];

static void fill_store_buffer(unsigned int v)
{
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(crowd); i++)
		atomic_store_explicit(&crowd[i].word, v, memory_order_relaxed);
}

static void wait_for(atomic_uint *a, unsigned int v)
{
	for (unsigned int i = 0; atomic_load_explicit(a, memory_order_acquire) != v; i++)
		if (i % 1024 == 1023)
			sched_yield();
}

static unsigned int wait_past(atomic_uint *a, unsigned int v)
{
	unsigned int now;

	for (unsigned int i = 0; (now = atomic_load_explicit(a, memory_order_acquire)) == v; i++)
		if (i % 1024 == 1023)
			sched_yield();
	return now;
}

static void *helper_main(void *ctx)
{
	for (unsigned int i = 0; (i = wait_past(&round_at, i)) != NO_MORE;) {
		fill_store_buffer(i);
		helper_step();
		atomic_store_explicit(&round_done, i, memory_order_release);
	}
	return NULL;
}

static void start(uint64_t features)
{
	const struct cairn_virtq_cfg cfg = { .mem = &mem,
					     .size = SIZE,
					     .driver = { 0x1000 },
					     .device = { 0x2000 },
					     .features = features };
	const struct cairn_virtq_driver_cfg driver_cfg = { .size = SIZE,
							   .desc = ram,
							   .driver = ram + 0x1000,
							   .device = ram + 0x2000,
							   .slots = slots,
							   .features = features };

	assert_int_equal(cairn_mem_init(&mem, &region, 1, NULL), 0);
	assert_int_equal(cairn_virtq_driver_init(&d, &driver_cfg), 0);
	assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
}

static void offer(void)
{
	const struct cairn_virtq_buf buf = { .at = { 0x3000 }, .len = 1 };
	uint16_t head;

	assert_int_equal(cairn_virtq_driver_add(&d, &buf, 1, NULL, &head), 0);
}

static bool is_late(time_t end, unsigned int round)
{
	return round % 256 == 0 && time(NULL) > end;
}

/* Both steps at once, N_ROUNDS times, then tidy(). Returns the rounds in which neither noticed. */
static unsigned int meet(bool (*step)(void), void (*other)(void), void (*tidy)(void))
{
	const time_t end = time(NULL) + PATIENCE;
	pthread_t helper;
	unsigned int missed = 0;

	atomic_store(&round_at, 0);
	atomic_store(&round_done, 0);
	helper_step = other;
	assert_int_equal(pthread_create(&helper, NULL, helper_main, NULL), 0);
	for (unsigned int i = 1; i <= N_ROUNDS && !is_late(end, i); i++) {
		bool noticed;

		atomic_store_explicit(&round_at, i, memory_order_release);
		for (volatile unsigned int k = i % 128; k; k--)
			; /* the other thread hears of the round a little later: try every delay */
		fill_store_buffer(i);
		noticed = step();
		wait_for(&round_done, i);
		missed += !noticed && !helper_asked;
		tidy();
	}
	atomic_store_explicit(&round_at, NO_MORE, memory_order_release);
	pthread_join(helper, NULL);
	return missed;
}

static bool publish_and_kick(void)
{
	cairn_virtq_driver_publish(&d);
	return cairn_virtq_driver_must_kick(&d);
}

static void device_goes_to_sleep(void)
{
	helper_asked = cairn_virtq_enable_kicks(&q);
}

static void serve_one(void)
{
	uint16_t head;
	uint32_t written;

	cairn_virtq_disable_kicks(&q);
	assert_int_equal(cairn_virtq_pop(&q, &chain), 1);
	assert_int_equal(cairn_virtq_push(&q, &chain, 0), 0);
	assert_int_equal(cairn_virtq_driver_get(&d, &head, &written), 1);
	offer();
}

static void kick_and_sleep(uint64_t features)
{
	start(features);
	cairn_virtq_disable_kicks(&q);
	offer();
	assert_int_equal(meet(publish_and_kick, device_goes_to_sleep, serve_one), 0);
}

static bool publish_and_signal(void)
{
	cairn_virtq_publish(&q);
	return cairn_virtq_must_signal(&q);
}

static void driver_goes_to_sleep(void)
{
	helper_asked = cairn_virtq_driver_enable_interrupts(&d);
}

/* One chain taken and put, not yet published. */
static void have_one_done(void)
{
	offer();
	cairn_virtq_driver_publish(&d);
	assert_int_equal(cairn_virtq_pop(&q, &chain), 1);
	assert_int_equal(cairn_virtq_put(&q, &chain, 0), 0);
}

static void get_one(void)
{
	uint16_t head;
	uint32_t written;

	cairn_virtq_driver_disable_interrupts(&d);
	assert_int_equal(cairn_virtq_driver_get(&d, &head, &written), 1);
	have_one_done();
}

static void signal_and_sleep(uint64_t features)
{
	start(features);
	cairn_virtq_driver_disable_interrupts(&d);
	have_one_done();
	assert_int_equal(meet(publish_and_signal, driver_goes_to_sleep, get_one), 0);
}

static void kick_by_flag_is_never_lost(void **state)
{
	kick_and_sleep(0);
}

static void kick_by_index_is_never_lost(void **state)
{
	kick_and_sleep(CAIRN_VIRTIO_F_EVENT_IDX);
}

static void interrupt_by_flag_is_never_lost(void **state)
{
	signal_and_sleep(0);
}

static void interrupt_by_index_is_never_lost(void **state)
{
	signal_and_sleep(CAIRN_VIRTIO_F_EVENT_IDX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kick_by_flag_is_never_lost),
		cmocka_unit_test(kick_by_index_is_never_lost),
		cmocka_unit_test(interrupt_by_flag_is_never_lost),
		cmocka_unit_test(interrupt_by_index_is_never_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
