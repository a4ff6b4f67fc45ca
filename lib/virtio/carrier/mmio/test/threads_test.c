/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* vCPU threads that wait for the device, and are interrupted. Meant for ThreadSanitizer too. */
#include "driver.h"

#include <sched.h>

/* The home loop runs in a thread of its own; the test's thread is a vCPU. */
struct home {
	struct cairn_suite *s;
	pthread_t thread;
};

static void *run_home(void *arg)
{
	struct cairn_suite *s = arg;

	assert_int_equal(cairn_loop_run(s->loop), 0);
	return NULL;
}

static void home_start(struct home *h, void **state)
{
	h->s = *state;
	cairn_carrier_interrupt(h->s->ops->regs->carrier(h->s), false);
	assert_int_equal(pthread_create(&h->thread, NULL, run_home, h->s), 0);
}

static void home_stop(struct home *h)
{
	cairn_loop_stop(h->s->loop);
	assert_int_equal(pthread_join(h->thread, NULL), 0);
	cairn_carrier_interrupt(h->s->ops->regs->carrier(h->s), true);
}

static int setup(void **state)
{
	*state = cairn_suite_open(&mmio_suite_ops, 0);
	return 0;
}

static int teardown(void **state)
{
	cairn_suite_close(*state);
	return 0;
}

static void answer_all(struct cairn_suite *s, enum cairn_vdev_script_answer how)
{
	for (size_t op = 0; op < CAIRN_VDEV_SCRIPT_OPS; op++)
		s->dev.answer[op] = how;
}

/* Straight through, as a driver does it, without looking whether anything is still under way. */
static void drive(struct cairn_suite *s)
{
	s->ops->regs->set_status(s, 0);
	assert_int_equal(s->ops->regs->status(s), 0);
	s->ops->regs->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER);
	s->ops->regs->ack(s, 0, (uint32_t)CAIRN_SUITE_FEATURES);
	s->ops->regs->ack(s, 1, 1);
	s->ops->regs->set_status(s, 0xb);
	assert_int_equal(s->ops->regs->status(s), 0xb);
	s->ops->config_write(s, 8, 4, 0x5a5a);
	assert_int_equal(s->ops->config_read(s, 8, 4), 0x5a5a);
	s->ops->regs->set_queue_size(s, 0, 8);
	s->ops->regs->enable(s, 0);
	s->ops->regs->set_status(s, 0xf);
	s->ops->kick(s, 0);
	s->ops->stop(s, 0);
	assert_false(s->ops->regs->is_enabled(s, 0));
}

static void driver_waits_for_a_device_that_answers_late(void **state)
{
	struct home h;

	answer_all(*state, CAIRN_VDEV_SCRIPT_LATER);
	home_start(&h, state);
	for (int i = 0; i < 20; i++)
		drive(*state);
	home_stop(&h);
}

static void *wait_for_features(void *arg)
{
	struct cairn_suite *s = arg;
	uint32_t status;

	s->ops->regs->set_status(s, CAIRN_VIRTIO_DRIVER);
	s->ops->regs->ack(s, 1, 1);
	s->ops->regs->set_status(s, 0xa);
	status = s->ops->regs->status(s);
	return (void *)(uintptr_t)status;
}

static void processor_that_waits_comes_back_when_interrupted(void **state)
{
	struct cairn_suite *s = *state;
	struct home h;
	pthread_t vcpu;
	void *status;

	s->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_HELD;
	home_start(&h, state);
	assert_int_equal(pthread_create(&vcpu, NULL, wait_for_features, s), 0);
	cairn_carrier_interrupt(s->ops->regs->carrier(s), true);
	assert_int_equal(pthread_join(vcpu, &status), 0);
	assert_int_equal((uintptr_t)status, 0xa); /* promised */
	home_stop(&h);
}

struct unplugger {
	struct cairn_call call;
	struct cairn_carrier_call wish;
	struct cairn_suite *s;
	unsigned int n;
};

static void on_unplugged(struct cairn_carrier_call *c, int status)
{
	cairn_container_of(c, struct unplugger, wish)->n++;
}

static void on_unplug(struct cairn_call *c)
{
	struct unplugger *u = cairn_container_of(c, struct unplugger, call);

	assert_int_equal(
	    cairn_carrier_unplug(u->s->ops->regs->carrier(u->s), CAIRN_VQ_CANCEL, &u->wish), 0);
}

static void processor_that_waits_comes_back_when_the_device_is_unplugged(void **state)
{
	static struct unplugger u; /* told at the end of the test */
	struct cairn_suite *s = *state;
	struct home h;
	pthread_t vcpu;

	u = (struct unplugger){ .call.fn = on_unplug, .wish.done = on_unplugged, .s = s };
	s->dev.answer[CAIRN_VDEV_OP_SET_FEATURES] = CAIRN_VDEV_SCRIPT_HELD;
	home_start(&h, state);
	assert_int_equal(pthread_create(&vcpu, NULL, wait_for_features, s), 0);
	sched_yield();
	cairn_loop_post(s->loop, &u.call);
	assert_int_equal(pthread_join(vcpu, NULL), 0);
	home_stop(&h);
}

static void *go_on(void *arg)
{
	struct cairn_suite *s = arg;

	s->ops->regs->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE);
	return (void *)(uintptr_t)s->ops->regs->status(s);
}

struct releaser {
	struct cairn_call call;
	struct cairn_suite *s;
};

static void on_release(struct cairn_call *c)
{
	struct releaser *r = cairn_container_of(c, struct releaser, call);

	cairn_vdev_script_release(&r->s->dev, CAIRN_VDEV_OP_RESET);
}

static void write_after_an_interrupted_reset_waits_for_its_end(void **state)
{
	struct cairn_suite *s = *state;
	struct releaser r = { .call.fn = on_release, .s = s };
	struct home h;
	pthread_t vcpu;
	void *status;

	cairn_suite_start(s);
	s->dev.answer[CAIRN_VDEV_OP_RESET] = CAIRN_VDEV_SCRIPT_HELD;
	s->ops->regs->set_status(s, 0); /* does not wait: interrupted */
	cairn_suite_turn(s);
	home_start(&h, state);
	assert_int_equal(pthread_create(&vcpu, NULL, go_on, s), 0);
	sched_yield();
	cairn_loop_post(s->loop, &r.call);
	assert_int_equal(pthread_join(vcpu, &status), 0);
	assert_int_equal((uintptr_t)status, CAIRN_VIRTIO_ACKNOWLEDGE);
	home_stop(&h);
}

static void *hammer(void *arg)
{
	struct cairn_suite *s = arg;

	for (uint32_t i = 0; i < 200; i++) {
		s->ops->config_write(s, 0, 4, i);
		s->ops->regs->set_status(s, i % 7 == 0 ? 0 : 0xf);
		s->ops->regs->enable(s, i % 3);
		s->ops->kick(s, i % 3);
		s->ops->stop(s, i % 2);
		(void)s->ops->regs->generation(s);
		(void)s->ops->regs->status(s);
		(void)s->ops->config_read(s, i % 16, 8);
	}
	return NULL;
}

static void two_processors_hammer_while_the_device_answers_late(void **state)
{
	struct cairn_suite *s = *state;
	struct home h;
	pthread_t vcpu[2];

	answer_all(s, CAIRN_VDEV_SCRIPT_LATER);
	home_start(&h, state);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&vcpu[i], NULL, hammer, s), 0);
	for (int i = 0; i < 10; i++) {
		cairn_carrier_interrupt(s->ops->regs->carrier(s), i % 2 == 0);
		sched_yield();
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(vcpu[i], NULL), 0);
	drive(s); /* still a device */
	home_stop(&h);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(driver_waits_for_a_device_that_answers_late),
		TEST(processor_that_waits_comes_back_when_interrupted),
		TEST(processor_that_waits_comes_back_when_the_device_is_unplugged),
		TEST(write_after_an_interrupted_reset_waits_for_its_end),
		TEST(two_processors_hammer_while_the_device_answers_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
