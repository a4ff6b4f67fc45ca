/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Every (state, op) pair, every answer of the device, and every argument that is refused. */
#include "world.h"

enum { N_STATES = CAIRN_VDEV_BROKEN + 1, N_OPS = CAIRN_VDEV_SCRIPT_OPS };

static int enter(struct world *w, enum cairn_vdev_op op)
{
	uint8_t byte = 1;

	switch (op) {
	case CAIRN_VDEV_OP_SET_FEATURES:
		return cairn_vdev_set_features(w->vdev, OFFER, &w->a.call);
	case CAIRN_VDEV_OP_QUEUE_START:
		return start(w, 1);
	case CAIRN_VDEV_OP_QUEUE_STOP:
		return cairn_vdev_queue_stop(w->vdev, 0, CAIRN_VQ_DRAIN, &w->a.call);
	case CAIRN_VDEV_OP_QUEUE_ENABLE:
		return cairn_vdev_queue_enable(w->vdev, 0, true);
	case CAIRN_VDEV_OP_RESET:
		return cairn_vdev_reset(w->vdev, &w->a.call);
	case CAIRN_VDEV_OP_CONFIG_WRITE:
		return cairn_vdev_config_write(w->vdev, 0, &byte, 1, &w->a.call);
	default:
		return cairn_vdev_set_view(w->vdev, w->view, CAIRN_VIEW_GROWN, &w->a.call);
	}
}

struct pair {
	int result;
	enum cairn_vdev_state then;
	bool entered; /* the device was asked */
};

#define REFUSED(state)                                                                             \
	{                                                                                          \
		-EINVAL, CAIRN_VDEV_##state, false                                                 \
	}
#define YES(state)                                                                                 \
	{                                                                                          \
		0, CAIRN_VDEV_##state, true                                                        \
	}

/* Queue 0 is started in RUNNING and BROKEN, queue 1 never. */
static const struct pair expected[N_STATES][N_OPS] = {
	[CAIRN_VDEV_NEW] = {
		[CAIRN_VDEV_OP_SET_FEATURES] = YES(READY),
		[CAIRN_VDEV_OP_QUEUE_START] = REFUSED(NEW),
		[CAIRN_VDEV_OP_QUEUE_STOP] = REFUSED(NEW),
		[CAIRN_VDEV_OP_QUEUE_ENABLE] = REFUSED(NEW),
		[CAIRN_VDEV_OP_RESET] = YES(NEW),
		[CAIRN_VDEV_OP_CONFIG_WRITE] = YES(NEW),
		[CAIRN_VDEV_OP_SET_VIEW] = YES(NEW),
	},
	[CAIRN_VDEV_READY] = {
		[CAIRN_VDEV_OP_SET_FEATURES] = YES(READY),
		[CAIRN_VDEV_OP_QUEUE_START] = YES(RUNNING),
		[CAIRN_VDEV_OP_QUEUE_STOP] = REFUSED(READY),
		[CAIRN_VDEV_OP_QUEUE_ENABLE] = REFUSED(READY),
		[CAIRN_VDEV_OP_RESET] = YES(NEW),
		[CAIRN_VDEV_OP_CONFIG_WRITE] = YES(READY),
		[CAIRN_VDEV_OP_SET_VIEW] = YES(READY),
	},
	[CAIRN_VDEV_RUNNING] = {
		[CAIRN_VDEV_OP_SET_FEATURES] = REFUSED(RUNNING),
		[CAIRN_VDEV_OP_QUEUE_START] = YES(RUNNING),
		[CAIRN_VDEV_OP_QUEUE_STOP] = YES(READY),
		[CAIRN_VDEV_OP_QUEUE_ENABLE] = YES(RUNNING),
		[CAIRN_VDEV_OP_RESET] = REFUSED(RUNNING),
		[CAIRN_VDEV_OP_CONFIG_WRITE] = YES(RUNNING),
		[CAIRN_VDEV_OP_SET_VIEW] = YES(RUNNING),
	},
	[CAIRN_VDEV_BROKEN] = {
		[CAIRN_VDEV_OP_SET_FEATURES] = REFUSED(BROKEN),
		[CAIRN_VDEV_OP_QUEUE_START] = REFUSED(BROKEN),
		[CAIRN_VDEV_OP_QUEUE_STOP] = YES(BROKEN),
		[CAIRN_VDEV_OP_QUEUE_ENABLE] = REFUSED(BROKEN),
		[CAIRN_VDEV_OP_RESET] = REFUSED(BROKEN), /* queue 0 still runs */
		[CAIRN_VDEV_OP_CONFIG_WRITE] = { 0, CAIRN_VDEV_BROKEN, false }, /* ignored */
		[CAIRN_VDEV_OP_SET_VIEW] = YES(BROKEN),
	},
};

static void check_pair(enum cairn_vdev_state state, enum cairn_vdev_op op)
{
	const struct pair *p = &expected[state][op];
	struct world *w = world_new(0);
	unsigned int before;

	go_to(w, state);
	before = w->dev.entered[op];
	assert_int_equal(enter(w, op), p->result);
	assert_int_equal(w->vdev->state, p->then);
	assert_int_equal(w->dev.entered[op] - before, p->entered);
	assert_int_equal(w->a.n, 0);
	world_free(w);
}

static void every_op_in_every_state_does_what_the_table_says(void **state)
{
	for (int s = 0; s < N_STATES; s++)
		for (int op = CAIRN_VDEV_OP_SET_FEATURES; op < N_OPS; op++)
			check_pair((enum cairn_vdev_state)s, (enum cairn_vdev_op)op);
}

/* The same pair, answered later: nothing changes until done() is called, once. */
static void check_later(enum cairn_vdev_state state, enum cairn_vdev_op op,
			enum cairn_vdev_script_answer how)
{
	const struct pair *p = &expected[state][op];
	struct world *w = world_new(0);

	go_to(w, state);
	w->dev.answer[op] = how;
	assert_int_equal(enter(w, op), CAIRN_PENDING);
	assert_int_equal(w->vdev->state, state);
	assert_int_equal(w->a.n, 0);
	turn(w);
	assert_int_equal(w->a.n, 1);
	assert_int_equal(w->a.status, 0);
	assert_int_equal(w->vdev->state, p->then);
	turn(w);
	assert_int_equal(w->a.n, 1);
	world_free(w);
}

static void every_op_may_be_answered_later(void **state)
{
	for (int s = 0; s < N_STATES; s++)
		for (int op = CAIRN_VDEV_OP_SET_FEATURES; op < N_OPS; op++) {
			if (!expected[s][op].entered || op == CAIRN_VDEV_OP_QUEUE_ENABLE)
				continue;
			check_later((enum cairn_vdev_state)s, (enum cairn_vdev_op)op,
				    CAIRN_VDEV_SCRIPT_LATER);
			check_later((enum cairn_vdev_state)s, (enum cairn_vdev_op)op,
				    CAIRN_VDEV_SCRIPT_INSIDE);
		}
}

/* What a failure leaves behind, by op, from READY (queue_stop: from RUNNING). */
static const enum cairn_vdev_state after_failure[N_OPS] = {
	[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_READY,
	[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_READY,
	[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_READY, /* stopped, whatever the status */
	[CAIRN_VDEV_OP_RESET] = CAIRN_VDEV_BROKEN,
	[CAIRN_VDEV_OP_CONFIG_WRITE] = CAIRN_VDEV_READY,
	[CAIRN_VDEV_OP_SET_VIEW] = CAIRN_VDEV_READY,
};

static void check_failure(enum cairn_vdev_op op, enum cairn_vdev_script_answer how)
{
	struct world *w = world_new(0);
	int r;

	go_to(w, op == CAIRN_VDEV_OP_QUEUE_STOP ? CAIRN_VDEV_RUNNING : CAIRN_VDEV_READY);
	w->dev.answer[op] = how;
	w->dev.status[op] = -EIO;
	r = enter(w, op);
	turn(w);
	assert_int_equal(r == CAIRN_PENDING ? w->a.status : r, -EIO);
	assert_int_equal(w->vdev->state, after_failure[op]);
	assert_null(w->vdev->queue_view[1]); /* nothing stays pinned */
	world_free(w);
}

static void every_op_may_fail_now_or_later(void **state)
{
	for (int op = CAIRN_VDEV_OP_SET_FEATURES; op < N_OPS; op++) {
		if (op == CAIRN_VDEV_OP_QUEUE_ENABLE)
			continue;
		check_failure((enum cairn_vdev_op)op, CAIRN_VDEV_SCRIPT_NOW);
		check_failure((enum cairn_vdev_op)op, CAIRN_VDEV_SCRIPT_LATER);
	}
}

static void features_outside_the_offer_are_the_drivers_fault(void **state)
{
	struct world *w = world_new(0);

	assert_int_equal(cairn_vdev_set_features(w->vdev, OFFER | 1, &w->a.call), -EPROTO);
	assert_int_equal(w->dev.entered[CAIRN_VDEV_OP_SET_FEATURES], 0);
	assert_int_equal(cairn_vdev_set_features(w->vdev, 0x10 | CARRIER, &w->a.call), 0);
	assert_true(w->dev.acked == (0x10 | CARRIER));
	assert_true(w->vdev->acked == (0x10 | CARRIER));
	cairn_vdev_attach(w->vdev, NULL); /* its features leave with the carrier */
	assert_int_equal(cairn_vdev_set_features(w->vdev, CARRIER, &w->a.call), -EPROTO);
	world_free(w);
}

static void refused_features_leave_the_accepted_ones(void **state)
{
	struct world *w = world_new(0);

	go_to(w, CAIRN_VDEV_READY);
	w->dev.status[CAIRN_VDEV_OP_SET_FEATURES] = -ENOTSUP;
	assert_int_equal(cairn_vdev_set_features(w->vdev, 0x10, &w->a.call), -ENOTSUP);
	assert_true(w->vdev->acked == OFFER);
	world_free(w);
}

static void queue_start_checks_its_configuration(void **state)
{
	struct world *w = world_new(0);
	struct cairn_vq_cfg good = cfg_of(w, 0), bad;
	struct cairn_loop *other;

	go_to(w, CAIRN_VDEV_READY);
	assert_int_equal(cairn_loop_new(&other), 0);
#define REFUSE(field, value, code)                                                                 \
	do {                                                                                       \
		bad = good;                                                                        \
		bad.field = value;                                                                 \
		assert_int_equal(cairn_vdev_queue_start(w->vdev, &bad, &w->a.call), code);         \
	} while (0)
	REFUSE(index, 2, -EINVAL);
	REFUSE(index, 0xffff, -EINVAL);
	REFUSE(size, 0, -EINVAL);
	REFUSE(size, 16, -EINVAL); /* queue 0 has 8 */
	REFUSE(size, 6, -EPROTO);
	REFUSE(loop, NULL, -EINVAL);
	REFUSE(loop, other, -EINVAL);
	assert_int_equal(w->dev.entered[CAIRN_VDEV_OP_QUEUE_START], 0);
	assert_int_equal(cairn_vdev_queue_start(w->vdev, &good, &w->a.call), 0);
	assert_int_equal(cairn_vdev_queue_start(w->vdev, &good, &w->a.call), -EINVAL);
	cairn_loop_free(other);
	world_free(w);
}

static void device_of_many_loops_may_start_on_another(void **state)
{
	struct world *w = world_new(CAIRN_VDEV_ANY_LOOP);
	struct cairn_vq_cfg cfg = cfg_of(w, 0);
	struct cairn_loop *other;

	assert_int_equal(cairn_loop_new(&other), 0);
	go_to(w, CAIRN_VDEV_READY);
	cfg.loop = other;
	assert_int_equal(cairn_vdev_queue_start(w->vdev, &cfg, &w->a.call), 0);
	world_free(w);
	cairn_loop_free(other);
}

static void device_served_outside_wants_a_call_fd(void **state)
{
	struct world *w = world_new(CAIRN_VDEV_WANTS_FDS);
	struct cairn_vq_cfg cfg = cfg_of(w, 0);

	go_to(w, CAIRN_VDEV_READY);
	assert_int_equal(cairn_vdev_queue_start(w->vdev, &cfg, &w->a.call), -EINVAL);
	cfg.call_fd = w->kick_fd[1];
	assert_int_equal(cairn_vdev_queue_start(w->vdev, &cfg, &w->a.call), 0);
	world_free(w);
}

static void queue_ops_check_their_index(void **state)
{
	struct world *w = world_new(0);

	go_to(w, CAIRN_VDEV_RUNNING);
	assert_true(cairn_vdev_queue_is_started(w->vdev, 0));
	assert_false(cairn_vdev_queue_is_started(w->vdev, 1));
	assert_false(cairn_vdev_queue_is_started(w->vdev, 0xffff));
	assert_int_equal(cairn_vdev_queue_stop(w->vdev, 1, CAIRN_VQ_DRAIN, &w->a.call), -EINVAL);
	assert_int_equal(cairn_vdev_queue_stop(w->vdev, 2, CAIRN_VQ_DRAIN, &w->a.call), -EINVAL);
	assert_int_equal(cairn_vdev_queue_stop(w->vdev, 0, (enum cairn_vq_stop)2, &w->a.call),
			 -EINVAL);
	assert_int_equal(cairn_vdev_queue_enable(w->vdev, 1, true), -EINVAL);
	assert_int_equal(cairn_vdev_queue_enable(w->vdev, 2, true), -EINVAL);
	world_free(w);
}

static void config_write_checks_its_range(void **state)
{
	struct world *w = world_new(0);
	uint8_t b[16] = { 9 };

	assert_int_equal(cairn_vdev_config_write(w->vdev, 8, b, 1, &w->a.call), -EINVAL);
	assert_int_equal(cairn_vdev_config_write(w->vdev, 0, b, 9, &w->a.call), -EINVAL);
	assert_int_equal(cairn_vdev_config_write(w->vdev, 0, b, 0, &w->a.call), -EINVAL);
	assert_int_equal(cairn_vdev_config_write(w->vdev, 7, b, 1, &w->a.call), 0);
	assert_int_equal(w->dev.config_off, 7);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_op_in_every_state_does_what_the_table_says),
		cmocka_unit_test(every_op_may_be_answered_later),
		cmocka_unit_test(every_op_may_fail_now_or_later),
		cmocka_unit_test(features_outside_the_offer_are_the_drivers_fault),
		cmocka_unit_test(refused_features_leave_the_accepted_ones),
		cmocka_unit_test(queue_start_checks_its_configuration),
		cmocka_unit_test(device_of_many_loops_may_start_on_another),
		cmocka_unit_test(device_served_outside_wants_a_call_fd),
		cmocka_unit_test(queue_ops_check_their_index),
		cmocka_unit_test(config_write_checks_its_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
