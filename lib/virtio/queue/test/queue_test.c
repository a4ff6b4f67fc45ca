/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* queue_test.c - rounds, kicks, stops and breaks, with a device that does as told. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cairn/virtio_queue.h>
#include <cairn/virtio_rig.h>

struct device {
	struct cairn_vdev vdev;
	struct cairn_virtio_queue q;
	uint32_t n_rounds, n_taken, n_started, n_stopped, n_stops;
	uint32_t budget; /* chains per round */
	bool waits;      /* rounds take nothing */
	bool holds;      /* chains are kept until stop */
	bool may_start;  /* atomic; of slow_ops */
	int start_result;
	uint32_t n_held;
	struct cairn_virtq_chain held[16];
	struct cairn_span spans[16][8];
};

static struct device dev;
static struct cairn_virtio_rig rig;
static const uint16_t queue_max[] = { 16 };

static struct device *to_device(struct cairn_virtio_queue *q)
{
	return cairn_container_of(q, struct device, q);
}

static int device_started(struct cairn_virtio_queue *q)
{
	to_device(q)->n_started++;
	return to_device(q)->start_result;
}

static enum cairn_virtio_round device_round(struct cairn_virtio_queue *q)
{
	struct device *d = to_device(q);

	d->n_rounds++;
	if (d->waits)
		return CAIRN_VIRTIO_WAIT;
	for (uint32_t i = 0; i < d->budget; i++) {
		struct cairn_virtq_chain *c = &d->held[d->n_held];

		c->spans = d->spans[d->n_held];
		c->cap = 8;
		if (!cairn_virtio_queue_pop(q, c))
			return CAIRN_VIRTIO_EMPTY;
		__atomic_add_fetch(&d->n_taken, 1, __ATOMIC_RELAXED);
		if (d->holds)
			d->n_held++;
		else
			cairn_virtio_queue_put(q, c, 0);
	}
	return CAIRN_VIRTIO_AGAIN;
}

static void give_back(struct device *d)
{
	while (d->n_held)
		cairn_virtio_queue_put(&d->q, &d->held[--d->n_held], 0);
	cairn_virtio_queue_idle(&d->q);
	cairn_virtio_queue_idle(&d->q); /* one is enough */
}

static void device_stop(struct cairn_virtio_queue *q, enum cairn_vq_stop how)
{
	struct device *d = to_device(q);

	d->n_stops++;
	assert_true(cairn_virtio_queue_is_stopping(q));
	if (!d->holds || how == CAIRN_VQ_CANCEL)
		give_back(d);
}

static void device_stopped(struct cairn_virtio_queue *q)
{
	to_device(q)->n_stopped++;
}

static const struct cairn_virtio_queue_ops queue_ops = {
	.size = sizeof(queue_ops),
	.started = device_started,
	.round = device_round,
	.stop = device_stop,
	.stopped = device_stopped,
};

static const struct cairn_virtio_queue_ops least_ops = {
	.size = sizeof(least_ops),
	.round = device_round,
};

static int set_features(struct cairn_vdev *d, uint64_t acked, struct cairn_vdev_call *call)
{
	return 0;
}

static int queue_start(struct cairn_vdev *d, const struct cairn_vq_cfg *cfg,
		       struct cairn_vdev_call *call)
{
	return cairn_virtio_queue_start(&dev.q, cfg, call);
}

static int queue_stop(struct cairn_vdev *d, uint16_t i, enum cairn_vq_stop how,
		      struct cairn_vdev_call *call)
{
	return cairn_virtio_queue_stop(&dev.q, how, call);
}

static int queue_enable(struct cairn_vdev *d, uint16_t i, bool on)
{
	return cairn_virtio_queue_enable(&dev.q, on);
}

static const struct cairn_vdev_ops ops = {
	.size = sizeof(ops),
	.set_features = set_features,
	.queue_start = queue_start,
	.queue_stop = queue_stop,
	.queue_enable = queue_enable,
};

static int setup_ops(const struct cairn_virtio_queue_ops *o, uint64_t features)
{
	struct cairn_vdev_desc desc = {
		.ops = &ops,
		.features = CAIRN_VIRTIO_F_EVENT_IDX,
		.type = 4,
		.flags = CAIRN_VDEV_ANY_LOOP,
		.n_queues = 1,
		.queue_max = queue_max,
	};

	memset(&dev, 0, sizeof(dev));
	dev.budget = 100;
	assert_int_equal(cairn_virtio_rig_open(&rig, 1 << 20, 1), 0);
	desc.home = rig.loop;
	assert_int_equal(cairn_vdev_init(&dev.vdev, &desc), 0);
	cairn_virtio_queue_init(&dev.q, &dev.vdev, o);
	return cairn_virtio_rig_attach(&rig, &dev.vdev, features);
}

static int setup(void **state)
{
	return setup_ops(&queue_ops, CAIRN_VIRTIO_F_EVENT_IDX);
}

static int setup_flags(void **state)
{
	return setup_ops(&queue_ops, 0);
}

static int setup_least(void **state)
{
	return setup_ops(&least_ops, 0);
}

static int teardown(void **state)
{
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	cairn_vdev_fini(&dev.vdev);
	cairn_virtio_rig_close(&rig);
	return 0;
}

static void push(void)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R("x", 1) };
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, 0, p, 1, &head), 0);
}

static void collect(void)
{
	uint32_t written;
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_collect(&rig, 0, &head, &written), 1);
}

static void start(void)
{
	assert_int_equal(cairn_virtio_rig_start(&rig, 0, 16), 0);
}

static void kicked_queue_takes_chains_and_signals_once(void **state)
{
	start();
	cairn_virtio_rig_settle(&rig);
	for (int i = 0; i < 5; i++)
		push();
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(dev.n_taken, 5);
	assert_int_equal(rig.queues[0].n_signals, 1);
}

static void chains_from_before_the_start_need_no_kick(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R("x", 1) };
	uint16_t head;

	start();
	assert_int_equal(cairn_virtq_mock_push(&rig.queues[0].mock, p, 1, &head), 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(dev.n_taken, 1);
}

static void kick_from_before_the_start_is_heard(void **state)
{
	cairn_virtio_rig_kick(&rig, 0);
	start();
	cairn_virtio_rig_settle(&rig);
	push();
	collect();
}

static void budget_ends_a_round_and_the_next_goes_on(void **state)
{
	dev.budget = 2;
	start();
	cairn_virtio_rig_settle(&rig);
	for (int i = 0; i < 7; i++)
		push();
	dev.n_rounds = 0;
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(dev.n_taken, 7);
	assert_int_equal(dev.n_rounds, 4);
}

static void waiting_queue_hears_no_kicks_until_woken(void **state)
{
	dev.waits = true;
	start();
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(dev.n_rounds, 1);
	push();
	cairn_virtio_rig_kick(&rig, 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(dev.n_rounds, 1);
	dev.waits = false;
	cairn_virtio_queue_wake(&dev.q);
	assert_int_equal(dev.n_taken, 1);
	cairn_virtio_queue_wake(&dev.q); /* it does not wait: nothing */
	assert_int_equal(dev.n_rounds, 2);
	push();
	collect();
}

static void disabled_queue_takes_nothing(void **state)
{
	start();
	assert_int_equal(cairn_vdev_queue_enable(&dev.vdev, 0, false), 0);
	push();
	cairn_virtio_rig_kick(&rig, 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(dev.n_taken, 0);
	assert_int_equal(cairn_vdev_queue_enable(&dev.vdev, 0, true), 0);
	collect();
}

static void woken_while_disabled_it_goes_on_when_enabled(void **state)
{
	dev.waits = true;
	start();
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_vdev_queue_enable(&dev.vdev, 0, false), 0);
	push();
	dev.waits = false;
	cairn_virtio_queue_wake(&dev.q);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(dev.n_taken, 0);
	assert_int_equal(cairn_vdev_queue_enable(&dev.vdev, 0, true), 0);
	collect();
}

static void stop_hands_back_the_position(void **state)
{
	start();
	push();
	push();
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(rig.queues[0].pos.avail, 2);
	assert_int_equal(rig.queues[0].pos.used, 2);
	assert_int_equal(dev.n_stopped, 1);
	push();
	cairn_virtio_rig_kick(&rig, 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(dev.n_taken, 2);
}

static void device_without_stop_is_stopped_at_once(void **state)
{
	start();
	push();
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_CANCEL), 0);
	start();
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
}

static void drain_goes_on_until_idle_and_cancel_overtakes_it(void **state)
{
	dev.holds = true;
	start();
	push();
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_rig_ask_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	cairn_virtio_rig_settle(&rig);
	assert_true(rig.queues[0].stop_pending[CAIRN_VQ_DRAIN]);
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_CANCEL), 0);
	cairn_virtio_rig_settle(&rig);
	assert_false(rig.queues[0].stop_pending[CAIRN_VQ_DRAIN]);
	assert_int_equal(dev.n_stops, 2);
	assert_int_equal(dev.n_stopped, 1);
}

/* DRAIN is idle already, and home has not heard of it, when the CANCEL comes. */
static void cancel_right_behind_a_drain_is_answered(void **state)
{
	start();
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_rig_ask_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_CANCEL), 0);
	cairn_virtio_rig_settle(&rig);
	assert_false(rig.queues[0].stop_pending[CAIRN_VQ_DRAIN]);
	assert_int_equal(dev.n_stopped, 1);
	start();
	push();
	collect();
}

static void failing_start_is_told(void **state)
{
	dev.start_result = -ENOMEM;
	assert_int_equal(cairn_virtio_rig_start(&rig, 0, 16), -ENOMEM);
	assert_int_equal(dev.n_stopped, 0);
	dev.start_result = 0;
	start();
}

static void kick_fd_that_cannot_be_watched_fails_the_start(void **state)
{
	int fd = rig.queues[0].kick_fd;

	rig.queues[0].kick_fd = 1 << 20;
	assert_int_equal(cairn_virtio_rig_start(&rig, 0, 16), -EBADF);
	rig.queues[0].kick_fd = fd;
	assert_int_equal(dev.n_stopped, 1);
}

static void ring_outside_memory_is_the_drivers_fault(void **state)
{
	struct cairn_vdev_call call = { 0 };
	struct cairn_vq_cfg cfg = {
		.size = 16,
		.desc = { 0x10 },
		.driver = { 0 },
		.device = { 0 },
		.kick_fd = -1,
		.call_fd = -1,
		.loop = rig.loop,
	};

	assert_int_equal(cairn_vdev_queue_start(&dev.vdev, &cfg, &call), -EFAULT);
	assert_int_equal(dev.n_started, 0);
}

static void broken_ring_is_told_once_and_stops(void **state)
{
	start();
	cairn_virtio_rig_settle(&rig);
	cairn_virtq_mock_raw_desc(&rig.queues[0].mock, 0, UINT64_MAX, 1, 0, 0);
	cairn_virtq_mock_raw_offer(&rig.queues[0].mock, 0);
	cairn_virtq_mock_raw_offer(&rig.queues[0].mock, 0);
	cairn_virtio_rig_kick(&rig, 0);
	cairn_virtio_rig_settle(&rig);
	cairn_virtio_rig_kick(&rig, 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
	assert_int_equal(rig.broken_why, -EFAULT);
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_CANCEL), 0);
}

static void first_reason_to_break_counts(void **state)
{
	start();
	cairn_virtio_rig_settle(&rig);
	cairn_virtio_queue_break(&dev.q, -EPROTO);
	cairn_virtio_queue_break(&dev.q, -EFAULT);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
	assert_int_equal(rig.broken_why, -EPROTO);
}

/* Started with a kick waiting: the kick and the first round meet. */
static void waiting_queue_is_not_woken_by_an_old_timer(void **state)
{
	dev.waits = true;
	cairn_virtio_rig_kick(&rig, 0);
	start();
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(dev.n_rounds, 1);
}

static void queue_without_kicks_is_polled(void **state)
{
	int fd = rig.queues[0].kick_fd;

	rig.queues[0].kick_fd = -1;
	start();
	assert_int_equal(cairn_vdev_queue_enable(&dev.vdev, 0, false), 0);
	for (int i = 0; i < 4; i++) /* it is never settled */
		assert_true(cairn_loop_dispatch(rig.loop, 1000) >= 0);
	assert_int_equal(cairn_vdev_queue_enable(&dev.vdev, 0, true), 0);
	for (int i = 0; i < 3; i++) {
		push();
		collect();
	}
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	rig.queues[0].kick_fd = fd;
}

#define GREW_AT   (UINT64_C(1) << 40)
#define GREW_SIZE UINT64_C(4096)

/* The memory there was, and more of it; the device hears of it while its queue runs. */
static void grow(void)
{
	struct cairn_vdev_call call = { 0 };
	struct cairn_mapping *more;
	struct cairn_memview *view;
	struct cairn_memview_part parts[2] = {
		{ .at = rig.ram.regions[0].at,
		  .mapping = rig.mapping,
		  .len_bytes = rig.ram.regions[0].len_bytes },
		{ .at = { GREW_AT }, .len_bytes = GREW_SIZE },
	};

	assert_int_equal(cairn_mapping_new(GREW_SIZE, &more, NULL), 0);
	parts[1].mapping = more;
	assert_int_equal(cairn_memview_new(parts, 2, &view, NULL), 0);
	assert_int_equal(cairn_vdev_set_view(&dev.vdev, view, CAIRN_VIEW_GROWN, &call), 0);
	cairn_memview_put(view);
	cairn_mapping_put(more);
}

static void offer_grown_memory(void)
{
	cairn_virtq_mock_raw_desc(&rig.queues[0].mock, 0, GREW_AT, 1, 0, 0);
	cairn_virtq_mock_raw_offer(&rig.queues[0].mock, 0);
	cairn_virtio_rig_kick(&rig, 0);
	cairn_virtio_rig_settle(&rig);
}

static void memory_that_grew_is_not_there_for_a_running_queue(void **state)
{
	start();
	cairn_virtio_rig_settle(&rig);
	grow();
	push(); /* what was there still is */
	collect();
	offer_grown_memory();
	assert_int_equal(rig.broken_why, -EFAULT);
}

static void memory_that_grew_is_there_from_the_next_start_on(void **state)
{
	start();
	grow();
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	start();
	offer_grown_memory();
	assert_int_equal(dev.n_taken, 1);
	assert_int_equal(rig.n_broken, 0);
}

static void *run_loop(void *arg)
{
	assert(cairn_loop_run(arg) == 0);
	return NULL;
}

static void queue_on_another_thread_starts_works_breaks_and_stops(void **state)
{
	struct cairn_loop *loop;
	pthread_t thread;

	assert_int_equal(cairn_loop_new(&loop), 0);
	assert_int_equal(pthread_create(&thread, NULL, run_loop, loop), 0);
	dev.start_result = -EIO;
	assert_int_equal(cairn_virtio_rig_start_on(&rig, 0, 16, loop), -EIO);
	dev.start_result = 0;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(cairn_virtio_rig_start_on(&rig, 0, 16, loop), 0);
		push();
		collect();
		assert_int_equal(cairn_virtio_rig_ask_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
		assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_CANCEL), 0);
		while (rig.queues[0].stop_pending[CAIRN_VQ_DRAIN])
			assert_true(cairn_loop_dispatch(rig.loop, 1000) >= 0);
	}
	assert_int_equal(cairn_virtio_rig_start_on(&rig, 0, 16, loop), 0);
	cairn_virtq_mock_raw_desc(&rig.queues[0].mock, 0, UINT64_MAX, 1, 0, 0);
	cairn_virtq_mock_raw_offer(&rig.queues[0].mock, 0);
	cairn_virtio_rig_kick(&rig, 0);
	while (!rig.n_broken)
		assert_true(cairn_loop_dispatch(rig.loop, 1000) >= 0);
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_CANCEL), 0);
	cairn_loop_stop(loop);
	pthread_join(thread, NULL);
	cairn_loop_free(loop);
}

static void let_start(struct cairn_timer *t)
{
	__atomic_store_n(&dev.may_start, true, __ATOMIC_RELEASE);
}

static int started_when_allowed(struct cairn_virtio_queue *q)
{
	while (!__atomic_load_n(&dev.may_start, __ATOMIC_ACQUIRE))
		sched_yield();
	return 0;
}

static const struct cairn_virtio_queue_ops slow_ops = {
	.size = sizeof(slow_ops),
	.started = started_when_allowed,
	.round = device_round,
};

static int setup_slow(void **state)
{
	return setup_ops(&slow_ops, 0);
}

/* A home loop that is woken for what it has done already waits on. */
static void wake_for_nothing_is_not_the_end_of_patience(void **state)
{
	struct cairn_timer timer = { .fn = let_start };
	struct cairn_loop *loop;
	pthread_t thread;

	assert_int_equal(cairn_loop_new(&loop), 0);
	assert_int_equal(pthread_create(&thread, NULL, run_loop, loop), 0);
	cairn_timer_arm(rig.loop, &timer, 10000000);
	cairn_loop_stop(rig.loop); /* wakes, and there is nothing to do */
	assert_int_equal(cairn_virtio_rig_start_on(&rig, 0, 16, loop), 0);
	push();
	collect();
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	cairn_loop_stop(loop);
	pthread_join(thread, NULL);
	cairn_loop_free(loop);
}

struct told {
	struct cairn_vdev_call call;
	int n, status;
};

static void on_told(struct cairn_vdev_call *call, int status)
{
	struct told *t = cairn_container_of(call, struct told, call);

	t->n++;
	t->status = status;
}

/* Both are asked before the queue's thread runs. The start then fails, or not. */
static void overtake_start(int start_result)
{
	struct told start = { .call.done = on_told }, cancel = start;
	struct cairn_vq_cfg cfg = { .size = 16, .pos = { .avail = 3, .used = 3 }, .call_fd = -1 };
	struct cairn_loop *loop;
	pthread_t thread;

	dev.start_result = start_result;
	assert_int_equal(cairn_virtq_mock_init(&rig.queues[0].mock, &rig.ram, 16, dev.vdev.acked),
			 0);
	cfg.desc = rig.queues[0].mock.desc_at;
	cfg.driver = rig.queues[0].mock.driver_at;
	cfg.device = rig.queues[0].mock.device_at;
	cfg.kick_fd = rig.queues[0].kick_fd;
	assert_int_equal(cairn_loop_new(&loop), 0);
	cfg.loop = loop;
	assert_int_equal(cairn_vdev_queue_start(&dev.vdev, &cfg, &start.call), CAIRN_PENDING);
	assert_int_equal(cairn_vdev_queue_stop(&dev.vdev, 0, CAIRN_VQ_CANCEL, &cancel.call),
			 CAIRN_PENDING);
	assert_int_equal(pthread_create(&thread, NULL, run_loop, loop), 0);
	while (!cancel.n)
		assert_true(cairn_loop_dispatch(rig.loop, 1000) >= 0);
	assert_int_equal(start.n, 1);
	assert_int_equal(start.status, start_result ? start_result : -ECANCELED);
	assert_int_equal(cancel.status, 0);
	assert_int_equal(cancel.call.pos.avail, 3);
	assert_false(cairn_vdev_queue_is_started(&dev.vdev, 0));
	assert_int_equal(dev.n_stopped, start_result ? 0 : 1);
	cairn_loop_stop(loop);
	pthread_join(thread, NULL);
	cairn_loop_free(loop);
}

static void cancel_overtakes_a_start_on_another_thread(void **state)
{
	overtake_start(0);
}

static void cancel_of_a_start_that_fails_is_answered(void **state)
{
	overtake_start(-EIO);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(kicked_queue_takes_chains_and_signals_once),
		T(chains_from_before_the_start_need_no_kick),
		T(kick_from_before_the_start_is_heard),
		T(budget_ends_a_round_and_the_next_goes_on),
		T(waiting_queue_hears_no_kicks_until_woken),
		T(disabled_queue_takes_nothing),
		T(woken_while_disabled_it_goes_on_when_enabled),
		T(stop_hands_back_the_position),
		cmocka_unit_test_setup_teardown(device_without_stop_is_stopped_at_once, setup_least,
						teardown),
		cmocka_unit_test_setup_teardown(waiting_queue_hears_no_kicks_until_woken,
						setup_flags, teardown),
		T(drain_goes_on_until_idle_and_cancel_overtakes_it),
		T(cancel_right_behind_a_drain_is_answered),
		T(failing_start_is_told),
		T(kick_fd_that_cannot_be_watched_fails_the_start),
		T(ring_outside_memory_is_the_drivers_fault),
		T(broken_ring_is_told_once_and_stops),
		T(first_reason_to_break_counts),
		T(waiting_queue_is_not_woken_by_an_old_timer),
		T(queue_without_kicks_is_polled),
		T(queue_on_another_thread_starts_works_breaks_and_stops),
		T(memory_that_grew_is_not_there_for_a_running_queue),
		T(memory_that_grew_is_there_from_the_next_start_on),
		T(cancel_overtakes_a_start_on_another_thread),
		T(cancel_of_a_start_that_fails_is_answered),
		cmocka_unit_test_setup_teardown(wake_for_nothing_is_not_the_end_of_patience,
						setup_slow, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
