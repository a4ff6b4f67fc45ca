/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* suite.c - the world of the tests, and the list of them. */
#include "suite_tests.h"

static const struct cairn_suite_ops *current;

struct cairn_suite *cairn_suite_open(const struct cairn_suite_ops *ops, uint32_t dev_flags)
{
	static const uint16_t queue_max[CAIRN_SUITE_QUEUES] = CAIRN_SUITE_QUEUE_MAX;
	static struct cairn_suite s;

	s = (struct cairn_suite){ .ops = ops, .dev_flags = dev_flags };
	assert_int_equal(cairn_loop_new(&s.loop), 0);
	assert_int_equal(cairn_memview_new(NULL, 0, &s.view, NULL), 0);
	assert_int_equal(
	    cairn_vdev_script_init(
		&s.dev, &(struct cairn_vdev_script_desc){ .home = s.loop,
							  .features = CAIRN_SUITE_FEATURES,
							  .flags = dev_flags,
							  .n_queues = CAIRN_SUITE_QUEUES,
							  .config_len = CAIRN_SUITE_CONFIG_LEN,
							  .queue_max = queue_max }),
	    0);
	ops->open(&s);
	return &s;
}

void cairn_suite_on_wish_(struct cairn_carrier_call *call, int status)
{
	struct suite_wish *w = cairn_container_of(call, struct suite_wish, call);

	w->n++;
	w->status = status;
}

void cairn_suite_turn(struct cairn_suite *s)
{
	int quiet = 0;

	for (int rounds = 0; quiet < 2; rounds++) {
		int n = cairn_loop_dispatch(s->loop, 0);

		assert_true(n >= 0 && rounds < 200);
		quiet = n ? 0 : quiet + 1;
	}
}

void cairn_suite_unstick_(struct cairn_suite *s)
{
	for (int op = CAIRN_VDEV_OP_NONE; op < (int)CAIRN_VDEV_SCRIPT_OPS; op++) {
		s->dev.answer[op] = CAIRN_VDEV_SCRIPT_NOW;
		s->dev.status[op] = 0;
	}
	for (int round = 0; round < 4; round++) {
		for (int op = CAIRN_VDEV_OP_NONE; op < (int)CAIRN_VDEV_SCRIPT_OPS; op++)
			cairn_vdev_script_release(&s->dev, (enum cairn_vdev_op)op);
		cairn_suite_turn(s);
	}
}

void cairn_suite_close(struct cairn_suite *s)
{
	struct suite_wish w = { .call.done = cairn_suite_on_wish_ };

	if (!s->ops->carrier(s)->gone)
		assert_int_equal(cairn_carrier_unplug(s->ops->carrier(s), CAIRN_VQ_CANCEL, &w.call),
				 0);
	else
		w.n = 1;
	cairn_suite_unstick_(s);
	assert_int_equal(w.n, 1);
	assert_int_equal(w.status, 0);
	s->ops->close(s);
	cairn_vdev_fini(&s->dev.vdev);
	cairn_memview_put(s->view);
	cairn_loop_free(s->loop);
}

void cairn_suite_ack_(struct cairn_suite *s, uint64_t features)
{
	s->ops->ack(s, 0, (uint32_t)features);
	s->ops->ack(s, 1, (uint32_t)(features >> 32));
}

void cairn_suite_negotiate(struct cairn_suite *s)
{
	s->ops->set_status(s, 0);
	cairn_suite_turn(s);
	s->ops->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE);
	s->ops->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER);
	cairn_suite_ack_(s, s->ops->offered(s));
	s->ops->set_status(s, ST_FEATURES);
	cairn_suite_turn(s);
}

void cairn_suite_set_queue(struct cairn_suite *s, uint32_t q, uint32_t size)
{
	uint64_t base = UINT64_C(0x500000000) + q * 0x10000;

	s->ops->set_queue_size(s, q, size);
	s->ops->set_queue_addr(s, q, base, base + 0x1000, base + 0x2000);
	s->ops->enable(s, q);
	cairn_suite_turn(s);
}

void cairn_suite_start(struct cairn_suite *s)
{
	cairn_suite_negotiate(s);
	for (uint32_t q = 0; q < CAIRN_SUITE_QUEUES; q++)
		cairn_suite_set_queue(s, q, 8);
	s->ops->set_status(s, ST_RUNNING);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->status(s), ST_RUNNING);
	assert_true(s->dev.queues[0].running && s->dev.queues[1].running);
}

static int setup(void **state)
{
	*state = cairn_suite_open(current, 0);
	return 0;
}

static int teardown(void **state)
{
	cairn_suite_close(*state);
	return 0;
}

int cairn_suite_run(const struct cairn_suite_ops *ops)
{
	static struct CMUnitTest tests[SUITE_MAX_TESTS];
	size_t n = 0;

	current = ops;
	n += cairn_suite_negotiation_tests_(tests + n);
	n += cairn_suite_queue_tests_(tests + n);
	n += cairn_suite_reset_tests_(tests + n);
	n += cairn_suite_program_tests_(tests + n);
	n += cairn_suite_walk_tests_(tests + n);
	for (size_t i = 0; i < n; i++) {
		tests[i].setup_func = setup;
		tests[i].teardown_func = teardown;
	}
	return _cmocka_run_group_tests(ops->name, tests, n, NULL, NULL);
}
