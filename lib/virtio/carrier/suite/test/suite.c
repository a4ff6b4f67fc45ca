/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* suite.c - the world of the tests, and the list of them. */
#include "suite_tests.h"

#include <stdio.h>

#define MAX_TESTS 96

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
	s->ops->end(s);
	cairn_suite_unstick_(s);
	assert_true(s->ops->is_ended(s));
	assert_false(s->dev.queues[0].running || s->dev.queues[1].running);
	s->ops->close(s);
	assert_null(s->dev.vdev.host);
	cairn_vdev_fini(&s->dev.vdev);
	cairn_memview_put(s->view);
	cairn_loop_free(s->loop);
}

void cairn_suite_negotiate(struct cairn_suite *s)
{
	s->ops->reset(s);
	cairn_suite_turn(s);
	s->ops->greet(s);
	s->ops->accept(s, s->ops->offered(s));
	cairn_suite_turn(s);
}

void cairn_suite_set_queue(struct cairn_suite *s, uint32_t q, uint32_t size)
{
	s->ops->set_up(s, q, size);
	s->ops->start(s, q);
	cairn_suite_turn(s);
}

void cairn_suite_start(struct cairn_suite *s)
{
	cairn_suite_negotiate(s);
	for (uint32_t q = 0; q < CAIRN_SUITE_QUEUES; q++)
		cairn_suite_set_queue(s, q, 8);
	s->ops->go(s);
	cairn_suite_turn(s);
	assert_true(s->ops->is_accepted(s));
	assert_false(s->ops->is_broken(s));
	assert_true(s->dev.queues[0].running && s->dev.queues[1].running);
}

void cairn_suite_drain_(struct cairn_suite *s, uint32_t q)
{
	if (s->ops->queue_reset)
		s->ops->queue_reset(s, q);
	else
		s->ops->stop(s, q);
}

void cairn_suite_expect_fresh_(struct cairn_suite *s)
{
	const struct cairn_suite_regs *regs = s->ops->regs;

	assert_true(s->ops->is_fresh(s));
	assert_false(s->dev.queues[0].running || s->dev.queues[1].running);
	assert_int_equal(s->dev.vdev.state, CAIRN_VDEV_NEW);
	if (regs) {
		assert_false(regs->is_enabled(s, 0));
		assert_int_equal(regs->queue_size(s, 1), 16);
	}
}

static const char *const trait_names[CAIRN_SUITE_TRAITS] = { "registers",       "pause and unplug",
							     "stop of a queue", "reset of a queue",
							     "enabling apart",  "connection",
							     "reset message",   "deadline" };

const char *cairn_suite_lacking_(const struct cairn_suite_ops *ops, uint32_t needs)
{
	static char text[160];
	size_t len = 0;

	if (!(ops->lacks & needs))
		return NULL;
	for (size_t i = 0; i < CAIRN_SUITE_TRAITS; i++)
		if (ops->lacks & needs & 1u << i)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
						len ? ", " : "", trait_names[i]);
	return text;
}

/* What a carrier says it lacks is what it does not have, neither more nor less. */
static bool is_honest(const struct cairn_suite_ops *o)
{
	const struct {
		uint32_t trait;
		bool has;
	} claims[] = {
		{ CAIRN_SUITE_REGISTERS, o->regs },
		{ CAIRN_SUITE_PAUSE, o->regs && o->regs->carrier },
		{ CAIRN_SUITE_STOP, o->stop && o->is_stopped },
		{ CAIRN_SUITE_QUEUE_RESET, o->queue_reset && o->is_resetting },
		{ CAIRN_SUITE_ENABLE, o->enable },
		{ CAIRN_SUITE_CONNECTION, o->hang_up },
		{ CAIRN_SUITE_RESET_MESSAGE, o->reset_message },
		{ CAIRN_SUITE_DEADLINE, o->hurry },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(claims); i++)
		if (claims[i].has == !!(o->lacks & claims[i].trait))
			return false;
	return true;
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

/* Appends those of the list that the carrier can pass. Returns how many are not applicable. */
static size_t choose(const struct cairn_suite_ops *ops, const struct suite_test *list,
		     struct CMUnitTest *tests, size_t *n)
{
	size_t lacking = 0;

	for (; list->test.name; list++) {
		const char *lacks = cairn_suite_lacking_(ops, list->needs);

		if (lacks) {
			printf("[   N/A    ] %s (%s)\n", list->test.name, lacks);
			lacking++;
			continue;
		}
		assert_true(*n < MAX_TESTS);
		tests[*n] = list->test;
		tests[*n].setup_func = setup;
		tests[(*n)++].teardown_func = teardown;
	}
	return lacking;
}

int cairn_suite_run(const struct cairn_suite_ops *ops)
{
	static const struct suite_test *const lists[] = { cairn_suite_negotiation_tests_,
							  cairn_suite_queue_tests_,
							  cairn_suite_reset_tests_,
							  cairn_suite_register_tests_,
							  cairn_suite_queue_register_tests_,
							  cairn_suite_program_tests_,
							  cairn_suite_walk_tests_ };
	static struct CMUnitTest tests[MAX_TESTS];
	size_t n = 0, lacking = 0;

	if (!is_honest(ops)) {
		printf("%s: what it lacks is not what it has not\n", ops->name);
		return 1;
	}
	current = ops;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lists); i++)
		lacking += choose(ops, lists[i], tests, &n);
	printf("%s: %zu tests, %zu not applicable\n", ops->name, n, lacking);
	return _cmocka_run_group_tests(ops->name, tests, n, NULL, NULL);
}
