/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* stop_test.c - draining and cancelling against a disk that is slow, fails, or hangs. */
#include "blk_test.h"

static uint8_t buf[512];

/* Until the engine has n requests, and no further. */
static void run_until_submitted(uint32_t n)
{
	while (fault.n_submitted < n)
		assert_true(cairn_loop_dispatch(rig.loop, 1000) >= 0);
}

static void drain_waits_for_what_was_taken(void **state)
{
	uint16_t a, b;

	fault.mode = CAIRN_BLOCK_FAULT_HOLD;
	a = offer(OUT, 0, buf, 512, 0);
	b = offer(IN, 1, NULL, 0, 512);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_rig_ask_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	cairn_virtio_rig_settle(&rig);
	assert_true(rig.queues[0].stop_pending[CAIRN_VQ_DRAIN]);
	cairn_block_fault_release(&fault, 1);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(status_of(a), OK);
	assert_true(rig.queues[0].stop_pending[CAIRN_VQ_DRAIN]);
	cairn_block_fault_release(&fault, 1);
	cairn_virtio_rig_settle(&rig);
	assert_false(rig.queues[0].stop_pending[CAIRN_VQ_DRAIN]);
	assert_int_equal(status_of(b), OK);
	assert_int_equal(rig.queues[0].pos.avail, 2);
	assert_int_equal(rig.queues[0].pos.used, 2);
}

static void draining_queue_takes_nothing_new(void **state)
{
	uint16_t a;

	fault.mode = CAIRN_BLOCK_FAULT_HOLD;
	offer(OUT, 0, buf, 512, 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_rig_ask_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	a = offer(OUT, 1, buf, 512, 0);
	cairn_virtio_rig_kick(&rig, 0);
	cairn_virtio_rig_settle(&rig);
	cairn_block_fault_release(&fault, 1);
	cairn_virtio_rig_settle(&rig);
	assert_false(rig.queues[0].stop_pending[CAIRN_VQ_DRAIN]);
	assert_int_equal(status_of(a), UNTOUCHED);
	assert_int_equal(rig.queues[0].pos.avail, 1);
	assert_int_equal(fault.n_submitted, 1);
}

static void drain_finishes_every_step_of_a_request(void **state)
{
	struct range r[3] = { range(1, 1, 0), range(2, 1, 0), range(3, 1, 0) };
	uint16_t a;

	fault.mode = CAIRN_BLOCK_FAULT_DELAY;
	fault.arg = 3;
	assert_int_equal(config_write(32, 0), 0); /* and a flush behind */
	a = offer(WRITE_ZEROES, 0, r, sizeof(r), 0);
	run_until_submitted(1);
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(status_of(a), OK);
	assert_int_equal(fault.n_submitted, 4);
	assert_int_equal(fault.n_flushes, 1);
}

static void drain_ends_when_the_disk_fails(void **state)
{
	uint16_t a;

	fault.mode = CAIRN_BLOCK_FAULT_ERROR;
	fault.arg = EIO;
	a = offer(OUT, 0, buf, 512, 0);
	run_until_submitted(1);
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(status_of(a), IOERR);
}

static void cancel_ends_what_can_be_cancelled(void **state)
{
	uint16_t a;

	fault.mode = CAIRN_BLOCK_FAULT_HOLD;
	a = offer(IN, 0, NULL, 0, 512);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_CANCEL), 0);
	assert_int_equal(fault.n_cancels, 1);
	assert_int_equal(status_of(a), UNTOUCHED);
}

/* The heart of it: a hanging disk keeps the stop pending, and memory pinned, until it answers. */
static void cancel_waits_for_a_disk_that_hangs(void **state)
{
	uint16_t a;

	fault.mode = CAIRN_BLOCK_FAULT_HOLD;
	fault.can_cancel = false;
	a = offer(IN, 0, NULL, 0, 512);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_rig_ask_stop(&rig, 0, CAIRN_VQ_CANCEL), 0);
	cairn_virtio_rig_settle(&rig);
	assert_true(rig.queues[0].stop_pending[CAIRN_VQ_CANCEL]);
	assert_non_null(cairn_virtio_blk_vdev(blk)->queue_view[0]);
	cairn_block_fault_release(&fault, 1);
	cairn_virtio_rig_settle(&rig);
	assert_false(rig.queues[0].stop_pending[CAIRN_VQ_CANCEL]);
	assert_null(cairn_virtio_blk_vdev(blk)->queue_view[0]);
	assert_int_equal(status_of(a), UNTOUCHED); /* abandoned */
}

static void cancel_overtakes_a_drain(void **state)
{
	fault.mode = CAIRN_BLOCK_FAULT_HOLD;
	offer(IN, 0, NULL, 0, 512);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_rig_ask_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	cairn_virtio_rig_settle(&rig);
	assert_true(rig.queues[0].stop_pending[CAIRN_VQ_DRAIN]);
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_CANCEL), 0);
	cairn_virtio_rig_settle(&rig);
	assert_false(rig.queues[0].stop_pending[CAIRN_VQ_DRAIN]);
}

static void cancelled_request_takes_no_further_step(void **state)
{
	struct range r[2] = { range(1, 1, 0), range(2, 1, 0) };

	fault.mode = CAIRN_BLOCK_FAULT_HOLD;
	fault.can_cancel = false;
	offer(WRITE_ZEROES, 0, r, sizeof(r), 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_rig_ask_stop(&rig, 0, CAIRN_VQ_CANCEL), 0);
	cairn_block_fault_release(&fault, 1);
	cairn_virtio_rig_settle(&rig);
	assert_false(rig.queues[0].stop_pending[CAIRN_VQ_CANCEL]);
	assert_int_equal(fault.n_submitted, 1);
}

static void broken_device_stops_with_requests_under_way(void **state)
{
	struct header h = header(FLUSH, 0);
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(&h, sizeof(h)) };
	uint16_t head;

	fault.mode = CAIRN_BLOCK_FAULT_HOLD;
	offer(IN, 0, NULL, 0, 512);
	assert_int_equal(cairn_virtio_rig_push(&rig, 0, p, 1, &head), 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_CANCEL), 0);
}

static void stopped_queue_starts_again(void **state)
{
	for (int i = 0; i < 3; i++) {
		assert_int_equal(request(IN, 5, NULL, 0, 512), OK);
		assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
		assert_int_equal(cairn_virtio_rig_start(&rig, 0, 16), 0);
	}
}

static void full_queue_of_held_requests_drains(void **state)
{
	uint16_t head;
	uint32_t written;

	fault.mode = CAIRN_BLOCK_FAULT_HOLD;
	for (int i = 0; i < 5; i++) /* 3 descriptors each, of 16 */
		offer(IN, 0, NULL, 0, 512);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(fault.n_held, 5);
	cairn_block_fault_release(&fault, 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(cairn_virtio_rig_collect(&rig, 0, &head, &written), 1);
}

/* One head many times: more chains out than descriptors would allow an honest driver. */
static void offers_beyond_a_full_queue_break_the_device(void **state)
{
	uint16_t head;

	fault.mode = CAIRN_BLOCK_FAULT_HOLD;
	head = offer(FLUSH, 0, NULL, 0, 0);
	for (int i = 1; i < 16; i++)
		cairn_virtq_mock_raw_offer(&rig.queues[0].mock, head);
	cairn_virtio_rig_kick(&rig, 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(fault.n_held, 16);
	cairn_virtio_rig_kick(&rig, 0); /* for nothing */
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 0);
	cairn_virtq_mock_raw_offer(&rig.queues[0].mock, head);
	cairn_virtio_rig_kick(&rig, 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
	assert_int_equal(rig.broken_why, -EPROTO);
	cairn_block_fault_release(&fault, 16);
	cairn_virtio_rig_settle(&rig);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(drain_waits_for_what_was_taken),
		T(draining_queue_takes_nothing_new),
		T(drain_finishes_every_step_of_a_request),
		T(drain_ends_when_the_disk_fails),
		T(cancel_ends_what_can_be_cancelled),
		T(cancel_waits_for_a_disk_that_hangs),
		T(cancel_overtakes_a_drain),
		T(cancelled_request_takes_no_further_step),
		T(broken_device_stops_with_requests_under_way),
		T(stopped_queue_starts_again),
		T(full_queue_of_held_requests_drains),
		T(offers_beyond_a_full_queue_break_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
