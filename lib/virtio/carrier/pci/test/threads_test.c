/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * vCPU threads mask, unmask and move messages while the device signals from its loop; another moves
 * the BAR. No signal is lost, and ThreadSanitizer finds nothing.
 */
#include "driver.h"

#define CONTROL (FUNC + 0x42)
#define SIGNALS 300

/* What a VMM has around the bus and the root. */
static pthread_rwlock_t bus_lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t root_lock = PTHREAD_MUTEX_INITIALIZER;

struct race {
	struct cairn_suite *s;
	struct cairn_call call;
	unsigned left; /* signals to give */
	bool stop;     /* atomic */
};

/* A configuration access, and what it asks for afterwards. */
static void config_write(struct world *w, uint64_t addr, uint32_t len, uint64_t value)
{
	enum cairn_io io;

	pthread_rwlock_rdlock(&bus_lock);
	pthread_mutex_lock(&root_lock);
	io = cairn_bus_write(&w->mem, addr, len, value);
	pthread_mutex_unlock(&root_lock);
	pthread_rwlock_unlock(&bus_lock);
	if (io != CAIRN_IO_REMAP)
		return;
	pthread_rwlock_wrlock(&bus_lock);
	pthread_mutex_lock(&root_lock);
	cairn_pci_root_remap(&w->root);
	pthread_mutex_unlock(&root_lock);
	pthread_rwlock_unlock(&bus_lock);
}

static void bar_write(struct world *w, uint64_t addr, uint32_t len, uint64_t value)
{
	pthread_rwlock_rdlock(&bus_lock);
	cairn_bus_write(&w->mem, addr, len, value);
	pthread_rwlock_unlock(&bus_lock);
}

static bool is_over(struct race *r)
{
	return __atomic_load_n(&r->stop, __ATOMIC_SEQ_CST);
}

static void *mask_vector(void *arg)
{
	struct race *r = arg;
	struct world *w = world_of(r->s);

	while (!is_over(r)) {
		bar_write(w, MSIX + 16 + 12, 4, 1);
		bar_write(w, MSIX + 16 + 12, 4, 0);
	}
	return NULL;
}

static void *mask_function(void *arg)
{
	struct race *r = arg;
	struct world *w = world_of(r->s);

	while (!is_over(r)) {
		config_write(w, CONTROL, 2, 0xc000);
		config_write(w, CONTROL, 2, 0x8000);
	}
	return NULL;
}

static void *move_bar(void *arg)
{
	struct race *r = arg;
	struct world *w = world_of(r->s);

	while (!is_over(r)) {
		config_write(w, FUNC + 0x10, 4, MOVED);
		config_write(w, FUNC + 0x10, 4, REGS);
	}
	return NULL;
}

static void give_signal(struct cairn_call *c)
{
	struct race *r = cairn_container_of(c, struct race, call);

	cairn_vdev_script_signal(&r->s->dev, 0);
	if (--r->left)
		cairn_loop_post(r->s->loop, &r->call);
	else
		cairn_loop_stop(r->s->loop);
}

static int setup(void **state)
{
	*state = cairn_suite_open(&pci_suite_ops, 0);
	cairn_suite_start(*state);
	return 0;
}

static int teardown(void **state)
{
	cairn_suite_close(*state);
	return 0;
}

/* Runs `loops` beside a device that signals; then the line has sent, or a signal is pending. */
static void race(void **state, void *(*const loops[])(void *), size_t n)
{
	struct race r = { .s = *state, .call.fn = give_signal, .left = SIGNALS };
	pthread_t threads[4];

	for (size_t i = 0; i < n; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, loops[i], &r), 0);
	cairn_loop_post(r.s->loop, &r.call);
	assert_int_equal(cairn_loop_run(r.s->loop), 0);
	__atomic_store_n(&r.stop, true, __ATOMIC_SEQ_CST);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void last_signal_is_sent_whoever_masks(void **state)
{
	void *(*const loops[])(void *) = { mask_vector, mask_function };
	struct world *w = world_of(*state);

	race(state, loops, 2);
	assert_in_range(take_sent(line_of(w, 1)), 1, SIGNALS);
	bar_write(w, MSIX + 16 + 12, 4, 0);
	config_write(w, CONTROL, 2, 0x8000);
	assert_int_equal(rd(w, MSIX + 0x800, 8), 0);
	cairn_vdev_script_signal(&((struct cairn_suite *)*state)->dev, 0);
	assert_in_range(take_sent(line_of(w, 1)), 1, 1);
}

static void signal_under_a_held_mask_is_one_pending_bit(void **state)
{
	void *(*const loops[])(void *) = { move_bar };
	struct world *w = world_of(*state);

	bar_write(w, MSIX + 16 + 12, 4, 1);
	race(state, loops, 1);
	assert_int_equal(take_sent(line_of(w, 1)), 0);
	bar_write(w, MSIX + 16 + 12, 4, 0);
	assert_int_equal(take_sent(line_of(w, 1)), 1);
}

static void every_signal_is_sent_while_the_bar_moves(void **state)
{
	void *(*const loops[])(void *) = { move_bar };
	struct world *w = world_of(*state);

	race(state, loops, 1);
	assert_int_equal(take_sent(line_of(w, 1)), SIGNALS);
	assert_int_equal(w->n_bells, CAIRN_SUITE_QUEUES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(last_signal_is_sent_whoever_masks),
		TEST(signal_under_a_held_mask_is_one_pending_bit),
		TEST(every_signal_is_sent_while_the_bar_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
