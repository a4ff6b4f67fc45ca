/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * walk.c - every state a carrier can be in, times everything that can be done to it, times how the
 * device answers. Whatever comes of the pair: the device is asked only what its state allows (the
 * vdev wrapper and the script see to that), once it has answered everything the carrier is at
 * rest, and after a reset it negotiates and runs again; where the program has ended it, when it is
 * carried anew. Pairs that need what the carrier lacks are counted and shown as such.
 */
#include "suite_tests.h"

#include <stdio.h>

static void nothing(struct cairn_suite *s)
{
}

static void op_reset(struct cairn_suite *s)
{
	s->ops->reset(s);
}

static void op_greet(struct cairn_suite *s)
{
	s->ops->greet(s);
}

static void op_accept(struct cairn_suite *s)
{
	s->ops->accept(s, CAIRN_VIRTIO_F_VERSION_1);
}

static void op_set_up(struct cairn_suite *s)
{
	s->ops->set_up(s, 0, 4);
}

static void op_bad_size(struct cairn_suite *s)
{
	s->ops->set_up(s, 1, 0x7fff);
}

static void op_start(struct cairn_suite *s)
{
	for (uint32_t q = 0; q < CAIRN_SUITE_QUEUES; q++)
		s->ops->start(s, q);
}

static void op_go(struct cairn_suite *s)
{
	s->ops->go(s);
}

static void op_kick(struct cairn_suite *s)
{
	s->ops->kick(s, 0);
}

static void op_stop(struct cairn_suite *s)
{
	s->ops->stop(s, 0);
}

static void op_queue_reset(struct cairn_suite *s)
{
	s->ops->queue_reset(s, 0);
}

static void op_disable(struct cairn_suite *s)
{
	s->ops->enable(s, 0, false);
}

static void op_enable(struct cairn_suite *s)
{
	s->ops->enable(s, 0, true);
}

static void op_config_write(struct cairn_suite *s)
{
	s->ops->config_write(s, 0, 4, 0x12345678);
}

static void op_config_read(struct cairn_suite *s)
{
	(void)s->ops->config_read(s, 0, 4);
}

static void op_config_change(struct cairn_suite *s)
{
	cairn_vdev_script_config(&s->dev, 1, 1);
}

static void op_signal(struct cairn_suite *s)
{
	cairn_vdev_script_signal(&s->dev, 0);
}

static void op_break(struct cairn_suite *s)
{
	cairn_vdev_break(&s->dev.vdev, -EIO);
}

static void op_hang_up(struct cairn_suite *s)
{
	s->ops->hang_up(s);
}

static void op_reset_message(struct cairn_suite *s)
{
	s->ops->reset_message(s);
}

static void op_grow(struct cairn_suite *s)
{
	s->ops->grow(s);
}

static void op_end(struct cairn_suite *s)
{
	s->ops->end(s);
}

static struct suite_wish wish = { .call.done = cairn_suite_on_wish_ };

static void op_pause(struct cairn_suite *s)
{
	(void)!cairn_carrier_pause(s->ops->regs->carrier(s), &wish.call);
}

static void op_resume(struct cairn_suite *s)
{
	(void)!cairn_carrier_resume(s->ops->regs->carrier(s), &wish.call);
}

static void op_machine_reset(struct cairn_suite *s)
{
	(void)!cairn_carrier_reset(s->ops->regs->carrier(s), &wish.call);
}

static void to_set_up(struct cairn_suite *s)
{
	cairn_suite_negotiate(s);
	for (uint32_t q = 0; q < CAIRN_SUITE_QUEUES; q++)
		cairn_suite_set_queue(s, q, 8);
}

/* From running: the deed is done while the device holds back its answer to op. */
static void to_doing(struct cairn_suite *s, enum cairn_vdev_op op,
		     void (*deed)(struct cairn_suite *))
{
	cairn_suite_start(s);
	s->dev.answer[op] = CAIRN_VDEV_SCRIPT_HELD;
	deed(s);
	cairn_suite_turn(s);
}

static void to_done(struct cairn_suite *s, void (*deed)(struct cairn_suite *))
{
	cairn_suite_start(s);
	deed(s);
	cairn_suite_turn(s);
}

static void to_broken(struct cairn_suite *s)
{
	to_done(s, op_break);
}

static void to_breaking(struct cairn_suite *s)
{
	to_doing(s, CAIRN_VDEV_OP_QUEUE_STOP, op_break);
}

static void to_paused(struct cairn_suite *s)
{
	to_done(s, op_pause);
}

static void to_pausing(struct cairn_suite *s)
{
	to_doing(s, CAIRN_VDEV_OP_QUEUE_STOP, op_pause);
}

static void to_cancelling(struct cairn_suite *s)
{
	to_doing(s, CAIRN_VDEV_OP_QUEUE_STOP, op_reset);
}

static void to_resetting(struct cairn_suite *s)
{
	to_doing(s, CAIRN_VDEV_OP_RESET, op_reset);
}

static void to_reset_message(struct cairn_suite *s)
{
	to_doing(s, CAIRN_VDEV_OP_RESET, op_reset_message);
}

static void to_queue_resetting(struct cairn_suite *s)
{
	to_doing(s, CAIRN_VDEV_OP_QUEUE_STOP, op_queue_reset);
}

static void to_stopping(struct cairn_suite *s)
{
	to_doing(s, CAIRN_VDEV_OP_QUEUE_STOP, op_stop);
}

static void to_stopped(struct cairn_suite *s)
{
	to_done(s, op_stop);
}

static void to_disabled(struct cairn_suite *s)
{
	to_done(s, op_disable);
}

static void to_deciding_features(struct cairn_suite *s)
{
	s->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
}

static void to_starting(struct cairn_suite *s)
{
	s->dev.answer[CAIRN_VDEV_OP_QUEUE_START] = CAIRN_VDEV_SCRIPT_HELD;
	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0, 8);
	op_go(s);
	cairn_suite_turn(s);
}

static void to_configuring(struct cairn_suite *s)
{
	to_doing(s, CAIRN_VDEV_OP_CONFIG_WRITE, op_config_write);
}

static void to_growing(struct cairn_suite *s)
{
	to_doing(s, CAIRN_VDEV_OP_SET_VIEW, op_grow);
}

static void to_hung_up(struct cairn_suite *s)
{
	to_done(s, op_hang_up);
}

static void to_ending(struct cairn_suite *s)
{
	to_doing(s, CAIRN_VDEV_OP_QUEUE_STOP, op_end);
}

struct place {
	const char *name;
	void (*go)(struct cairn_suite *s);
	uint32_t needs;
};

static const struct place states[] = {
	{ "fresh", nothing, 0 },
	{ "greeted", op_greet, 0 },
	{ "deciding features", to_deciding_features, 0 },
	{ "features accepted", cairn_suite_negotiate, 0 },
	{ "queues set up", to_set_up, 0 },
	{ "starting a queue", to_starting, 0 },
	{ "running", cairn_suite_start, 0 },
	{ "writing configuration", to_configuring, 0 },
	{ "growing", to_growing, 0 },
	{ "stopping a queue", to_stopping, CAIRN_SUITE_STOP },
	{ "a queue stopped", to_stopped, CAIRN_SUITE_STOP },
	{ "resetting a queue", to_queue_resetting, CAIRN_SUITE_QUEUE_RESET },
	{ "a queue disabled", to_disabled, CAIRN_SUITE_ENABLE },
	{ "breaking", to_breaking, 0 },
	{ "broken", to_broken, 0 },
	{ "cancelling for a reset", to_cancelling, 0 },
	{ "resetting", to_resetting, 0 },
	{ "resetting by message", to_reset_message, CAIRN_SUITE_RESET_MESSAGE },
	{ "hung up", to_hung_up, CAIRN_SUITE_CONNECTION },
	{ "pausing", to_pausing, CAIRN_SUITE_PAUSE },
	{ "paused", to_paused, CAIRN_SUITE_PAUSE },
	{ "ending", to_ending, 0 },
};

static const struct place deeds[] = {
	{ "reset", op_reset, 0 },
	{ "greet", op_greet, 0 },
	{ "accept", op_accept, 0 },
	{ "set up", op_set_up, 0 },
	{ "set up badly", op_bad_size, 0 },
	{ "start", op_start, 0 },
	{ "go", op_go, 0 },
	{ "kick", op_kick, 0 },
	{ "stop", op_stop, CAIRN_SUITE_STOP },
	{ "queue reset", op_queue_reset, CAIRN_SUITE_QUEUE_RESET },
	{ "disable", op_disable, CAIRN_SUITE_ENABLE },
	{ "enable", op_enable, CAIRN_SUITE_ENABLE },
	{ "config write", op_config_write, 0 },
	{ "config read", op_config_read, 0 },
	{ "config change", op_config_change, 0 },
	{ "signal", op_signal, 0 },
	{ "break", op_break, 0 },
	{ "hang up", op_hang_up, CAIRN_SUITE_CONNECTION },
	{ "reset message", op_reset_message, CAIRN_SUITE_RESET_MESSAGE },
	{ "grow", op_grow, 0 },
	{ "pause", op_pause, CAIRN_SUITE_PAUSE },
	{ "resume", op_resume, CAIRN_SUITE_PAUSE },
	{ "machine reset", op_machine_reset, CAIRN_SUITE_PAUSE },
	{ "end", op_end, 0 },
};

static const enum cairn_vdev_script_answer answers[] = {
	CAIRN_VDEV_SCRIPT_NOW, CAIRN_VDEV_SCRIPT_LATER, CAIRN_VDEV_SCRIPT_INSIDE,
	CAIRN_VDEV_SCRIPT_HELD, CAIRN_VDEV_SCRIPT_DIES
};

static void expect_at_rest(struct cairn_suite *s)
{
	for (uint32_t q = 0; q < CAIRN_SUITE_QUEUES; q++)
		assert_int_equal(cairn_vdev_queue_is_started(&s->dev.vdev, (uint16_t)q),
				 s->dev.queues[q].running);
	assert_int_equal(cairn_loop_dispatch(s->loop, 0), 0);
}

static void try_pair(const struct cairn_suite_ops *ops, const struct place *state,
		     const struct place *deed, enum cairn_vdev_script_answer answer)
{
	struct cairn_suite *s = cairn_suite_open(ops, 0);

	wish.n = 0;
	state->go(s);
	for (int op = CAIRN_VDEV_OP_NONE; op < (int)CAIRN_VDEV_SCRIPT_OPS; op++)
		s->dev.answer[op] = answer;
	deed->go(s);
	deed->go(s); /* twice is no worse */
	cairn_suite_turn(s);
	cairn_suite_unstick_(s);
	expect_at_rest(s);
	if (ops->is_ended(s)) {
		ops->close(s);
		ops->open(s);
	} else if (!cairn_suite_lacking_(ops, CAIRN_SUITE_PAUSE)) {
		op_resume(s); /* if it was paused */
		cairn_suite_turn(s);
	}
	cairn_suite_start(s);
	cairn_suite_close(s);
}

struct tally {
	size_t pairs, walks, lacking;
};

static void walk_row(const struct cairn_suite_ops *ops, const struct place *state, struct tally *t)
{
	printf("  %-24s", state->name);
	for (size_t j = 0; j < CAIRN_ARRAY_LEN(deeds); j++) {
		if (cairn_suite_lacking_(ops, state->needs | deeds[j].needs)) {
			printf("  -");
			t->lacking++;
			continue;
		}
		for (size_t k = 0; k < CAIRN_ARRAY_LEN(answers); k++, t->walks++)
			try_pair(ops, state, &deeds[j], answers[k]);
		printf("  x");
		t->pairs++;
	}
	printf("\n");
}

static void every_deed_in_every_state_leaves_a_device_that_can_be_reset(void **state)
{
	const struct cairn_suite_ops *ops = ((struct cairn_suite *)*state)->ops;
	struct tally t = { 0 };

	cairn_suite_close(*state);
	printf("  %-24s", "");
	for (size_t j = 0; j < CAIRN_ARRAY_LEN(deeds); j++)
		printf(" %2zu", j + 1);
	printf("\n");
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(states); i++)
		walk_row(ops, &states[i], &t);
	for (size_t j = 0; j < CAIRN_ARRAY_LEN(deeds); j++)
		printf("%s%zu %s", j ? ", " : "  ", j + 1, deeds[j].name);
	printf("\n  %s: %zu pairs walked (x), each with %zu kinds of answer: %zu walks; "
	       "%zu pairs not applicable (-)\n",
	       ops->name, t.pairs, CAIRN_ARRAY_LEN(answers), t.walks, t.lacking);
	assert_int_equal(t.pairs + t.lacking, CAIRN_ARRAY_LEN(states) * CAIRN_ARRAY_LEN(deeds));
	*state = cairn_suite_open(ops, 0);
}

const struct suite_test cairn_suite_walk_tests_[] = {
	SUITE_TEST(every_deed_in_every_state_leaves_a_device_that_can_be_reset),
	SUITE_END,
};
