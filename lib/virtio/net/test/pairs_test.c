/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pairs_test.c - several pairs of queues: started and stopped in every order, each on a thread of
 * its own, and taken in and out of use while frames flow.
 */
#include "net_test.h"

#include <pthread.h>

enum { RX_SIZE = 64, FRAME = 100 };

static uint8_t frame[FRAME] = { [12] = 2, 0, 0, 0, 0, 7 };

static uint16_t rx(int pair)
{
	return (uint16_t)(2 * pair);
}

static uint16_t tx(int pair)
{
	return (uint16_t)(2 * pair + 1);
}

static int setup(void **state)
{
	open_net(0);
	return 0;
}

static int teardown(void **state)
{
	close_net();
	return 0;
}

static void start(uint16_t queue)
{
	assert_int_equal(cairn_virtio_rig_start(&rig, queue, RX_SIZE), 0);
}

static void stop(uint16_t queue)
{
	assert_int_equal(cairn_virtio_rig_stop(&rig, queue, CAIRN_VQ_DRAIN), 0);
}

static void arrive(int pair)
{
	assert_int_equal(send(ports[pair].peer, frame, FRAME, 0), FRAME);
}

/* A frame that waits in the port is given to the driver. */
static bool comes(int pair)
{
	uint32_t written;
	uint16_t head;

	cairn_virtio_rig_settle(&rig);
	return cairn_virtq_mock_collect(&rig.queues[rx(pair)].mock, &head, &written) == 1;
}

static void assert_sends(int pair)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(frame, FRAME) };
	uint8_t got[FRAME + 1];
	uint32_t written;
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, tx(pair), p, 1, &head), 0);
	assert_int_equal(cairn_virtio_rig_collect(&rig, tx(pair), &head, &written), 1);
	assert_int_equal(recv(ports[pair].peer, got, sizeof(got), 0), FRAME);
}

static void frames_come_on_pairs_in_use_only(void **state)
{
	for (int i = 0; i < PAIRS; i++) {
		start(rx(i));
		add_buffers(rx(i), 8);
	}
	start(CONTROL);
	arrive(0);
	arrive(1);
	assert_true(comes(0));
	assert_false(comes(1));
	assert_int_equal(cairn_virtio_net_counts(net).rx_filtered, 1);
	assert_int_equal(set_pairs(2), OK);
	arrive(1);
	arrive(2);
	assert_true(comes(1));
	assert_false(comes(2));
	assert_int_equal(set_pairs(1), OK);
	arrive(1);
	assert_false(comes(1));
	assert_int_equal(cairn_virtio_net_counts(net).rx_filtered, 3);
}

/* It has been read, and waits for buffers. */
static void frame_of_a_pair_that_is_out_of_use_is_dropped(void **state)
{
	uint8_t big[3000] = { 0 };

	start(rx(1));
	start(CONTROL);
	add_buffers(rx(1), 1);
	assert_int_equal(set_pairs(2), OK);
	assert_int_equal(send(ports[1].peer, big, sizeof(big), 0), sizeof(big));
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(set_pairs(1), OK);
	add_buffers(rx(1), 4);
	assert_false(comes(1));
	assert_int_equal(cairn_virtio_net_counts(net).rx_filtered, 1);
	assert_int_equal(set_pairs(2), OK);
	arrive(1);
	assert_true(comes(1));
}

/* What is set while a queue is stopped is known to it when it starts. */
static void queue_that_starts_knows_what_is_set(void **state)
{
	start(CONTROL);
	assert_int_equal(set_pairs(3), OK);
	start(rx(2));
	add_buffers(rx(2), 2);
	arrive(2);
	assert_true(comes(2));
	stop(rx(2));
	assert_int_equal(set_pairs(1), OK);
	start(rx(2));
	add_buffers(rx(2), 2);
	arrive(2);
	assert_false(comes(2));
}

static const int orders[][PAIRS] = {
	{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
};

static void assert_works(int pair)
{
	add_buffers(rx(pair), 2);
	arrive(pair);
	assert_true(comes(pair));
	assert_sends(pair);
}

static void start_and_stop(const int *starts, const int *stops, bool tx_first)
{
	for (int i = 0; i < PAIRS; i++) {
		start(tx_first ? tx(starts[i]) : rx(starts[i]));
		start(tx_first ? rx(starts[i]) : tx(starts[i]));
		assert_works(starts[i]);
	}
	for (int i = 0; i < PAIRS; i++) {
		stop(tx_first ? rx(stops[i]) : tx(stops[i]));
		stop(tx_first ? tx(stops[i]) : rx(stops[i]));
		for (int k = i + 1; k < PAIRS; k++)
			assert_works(stops[k]);
	}
}

static void pairs_start_and_stop_in_every_order(void **state)
{
	uint64_t memory;

	start(CONTROL);
	assert_int_equal(set_pairs(PAIRS), OK);
	memory = rig.ram.next;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(orders); i++) {
		for (size_t k = 0; k < CAIRN_ARRAY_LEN(orders); k++) {
			start_and_stop(orders[i], orders[k], k % 2);
			rig.ram.next = memory;
		}
	}
}

static void full_port_holds_back_its_own_pair_only(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(frame, FRAME) };
	uint16_t head;

	for (int i = 0; i < PAIRS; i++)
		start(tx(i));
	ports[1].transmit_error = -EAGAIN;
	ports[1].n_full = UINT32_MAX;
	assert_int_equal(cairn_virtio_rig_push(&rig, tx(1), p, 1, &head), 0);
	while (ports[1].n_full == UINT32_MAX)
		assert_true(cairn_loop_dispatch(rig.loop, 1000) >= 0);
	assert_sends(0);
	assert_sends(2);
	stop(tx(1));
	assert_int_equal(rig.queues[tx(1)].pos.avail, 0);
}

struct thread {
	pthread_t id;
	struct cairn_loop *loop;
};

static struct thread threads[2 * PAIRS];
static bool is_over; /* by atomic access */

static void *run_loop(void *arg)
{
	struct thread *t = arg;

	return cairn_loop_run(t->loop) == 0 ? NULL : t;
}

static void start_threads(void)
{
	for (uint16_t i = 0; i < CAIRN_ARRAY_LEN(threads); i++) {
		struct thread *t = &threads[i];

		assert_int_equal(cairn_loop_new(&t->loop), 0);
		assert_int_equal(pthread_create(&t->id, NULL, run_loop, t), 0);
		assert_int_equal(cairn_virtio_rig_start_on(&rig, i, RX_SIZE, t->loop), 0);
	}
}

static void stop_threads(void)
{
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(threads); i++) {
		void *failed;

		cairn_loop_stop(threads[i].loop);
		pthread_join(threads[i].id, &failed);
		assert_null(failed);
		cairn_loop_free(threads[i].loop);
	}
}

/* Frames into every port, until it is over. Returns how many, through its address. */
static void *send_frames(void *arg)
{
	uint64_t *sent = arg;

	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		for (int i = 0; i < PAIRS; i++) {
			struct pollfd room = { .fd = ports[i].peer, .events = POLLOUT };

			if (send(ports[i].peer, frame, FRAME, MSG_DONTWAIT) == FRAME)
				++*sent;
			else
				poll(&room, 1, 1);
		}
	}
	return NULL;
}

/* The chain at head has come back: its buffer, the same memory, is offered again. */
static void offer_again(uint16_t queue, uint16_t head)
{
	struct cairn_virtq_mock *m = &rig.queues[queue].mock;
	const struct cairn_virtq_buf buf = m->bufs[head][0];

	assert_int_equal(cairn_virtq_driver_add(&m->driver, &buf, 1, NULL, &head), 0);
	m->bufs[head][0] = buf;
	cairn_virtq_driver_publish(&m->driver);
	if (cairn_virtq_driver_must_kick(&m->driver))
		cairn_virtio_rig_kick(&rig, queue);
}

/* What the driver does all the time: buffers back to their queues, frames out. */
static void drive(void)
{
	uint8_t got[FRAME];
	uint32_t written;
	uint16_t head;

	for (uint16_t q = 0; q < 2 * PAIRS; q++)
		while (cairn_virtq_mock_collect(&rig.queues[q].mock, &head, &written) == 1)
			offer_again(q, head);
	for (int i = 0; i < PAIRS; i++)
		while (recv(ports[i].peer, got, sizeof(got), MSG_DONTWAIT) > 0)
			;
}

static uint64_t n_frames(void)
{
	return cairn_virtio_net_counts(net).rx_frames;
}

static uint64_t n_filtered(void)
{
	return cairn_virtio_net_counts(net).rx_filtered;
}

static uint64_t n_all(void)
{
	return n_frames() + n_filtered() + cairn_virtio_net_counts(net).rx_dropped;
}

/* Frames flow all the time: until there are more of these. */
static void drive_for(uint64_t (*count)(void))
{
	uint64_t before = count();

	while (count() == before) {
		drive();
		assert_true(cairn_loop_dispatch(rig.loop, 1) >= 0);
	}
}

static void pairs_and_filters_change_while_frames_flow(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(frame, FRAME) };
	uint64_t sent = 0;
	pthread_t sender;
	uint16_t head;

	start_threads();
	start(CONTROL);
	for (int i = 0; i < PAIRS; i++) {
		add_buffers(rx(i), RX_SIZE);
		assert_int_equal(cairn_virtio_rig_push(&rig, tx(i), p, 1, &head), 0);
	}
	assert_int_equal(pthread_create(&sender, NULL, send_frames, &sent), 0);
	for (uint32_t i = 0; i < 400; i++) {
		assert_int_equal(set_pairs((uint16_t)(1 + i * 7 % PAIRS)), OK);
		assert_int_equal(set_mode((uint8_t)(i % 6), i / 6 % 2), OK);
		assert_int_equal(command(CLASS_MAC, 0, "\1\0\0\0\2\0\0\0\0\x8\0\0\0\0", 14), OK);
		assert_int_equal(set_offloads(i % 2 ? CAIRN_VIRTIO_NET_F_GUEST_CSUM : 0), OK);
		drive_for(n_all);
	}
	assert_int_equal(set_mode(0, 1), OK);
	assert_int_equal(set_pairs(PAIRS), OK);
	drive_for(n_frames);
	assert_int_equal(set_pairs(1), OK);
	drive_for(n_filtered);
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	pthread_join(sender, NULL);
	/* Every frame that was sent comes, or is one that should not. */
	while (n_all() < sent)
		drive_for(n_all);
	assert_int_equal(n_all(), sent);
	assert_int_equal(rig.n_broken, 0);
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	stop_threads();
	assert_int_equal(cairn_virtio_rig_attach(&rig, cairn_virtio_net_vdev(net), 0), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(frames_come_on_pairs_in_use_only),
		T(frame_of_a_pair_that_is_out_of_use_is_dropped),
		T(queue_that_starts_knows_what_is_set),
		T(pairs_start_and_stop_in_every_order),
		T(full_port_holds_back_its_own_pair_only),
		T(pairs_and_filters_change_while_frames_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
