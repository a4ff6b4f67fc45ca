/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What other threads may do to a loop. Meant to run under ThreadSanitizer too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>

#include <cairn/event.h>

enum { POSTERS = 4, CALLS = 500 };

struct poster {
	struct cairn_loop *loop;
	unsigned int id;
	struct numbered {
		struct cairn_call call;
		struct poster *owner;
		unsigned int number;
	} calls[CALLS];
	/* loop thread */
	unsigned int next;
	bool in_order;
};

static void on_numbered(struct cairn_call *c)
{
	struct numbered *n = cairn_container_of(c, struct numbered, call);

	if (n->number != n->owner->next++)
		n->owner->in_order = false;
}

static void *post_all(void *arg)
{
	struct poster *p = arg;

	for (unsigned int i = 0; i < CALLS; i++) {
		p->calls[i].call.fn = on_numbered;
		p->calls[i].owner = p;
		p->calls[i].number = i;
		cairn_loop_post(p->loop, &p->calls[i].call);
	}
	return NULL;
}

static void calls_of_many_threads_all_run_in_the_order_of_each(void **state)
{
	static struct poster p[POSTERS];
	pthread_t threads[POSTERS];
	struct cairn_loop *l;
	int ran = 0;

	assert_int_equal(cairn_loop_new(&l), 0);
	for (unsigned int i = 0; i < POSTERS; i++) {
		p[i] = (struct poster){ .loop = l, .id = i, .in_order = true };
		assert_int_equal(pthread_create(&threads[i], NULL, post_all, &p[i]), 0);
	}
	while (ran < POSTERS * CALLS)
		ran += cairn_loop_dispatch(l, -1);
	for (int i = 0; i < POSTERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(p[i].next, CALLS);
		assert_true(p[i].in_order);
	}
	assert_int_equal(cairn_loop_dispatch(l, 0), 0);
	cairn_loop_free(l);
}

static void *run_loop(void *arg)
{
	return (void *)(intptr_t)cairn_loop_run(arg);
}

static void stop_of_another_thread_ends_the_run(void **state)
{
	struct cairn_loop *l;
	pthread_t t;
	void *ret;

	assert_int_equal(cairn_loop_new(&l), 0);
	assert_int_equal(pthread_create(&t, NULL, run_loop, l), 0);
	cairn_loop_stop(l);
	assert_int_equal(pthread_join(t, &ret), 0);
	assert_int_equal((intptr_t)ret, 0);
	cairn_loop_free(l);
}

static void on_signal(int sig)
{
	(void)sig;
}

/* A signal without SA_RESTART must not end the run with an error. */
static void signal_does_not_end_the_run(void **state)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct cairn_loop *l;
	pthread_t t;
	void *ret;

	assert_int_equal(sigaction(SIGUSR1, &sa, NULL), 0);
	assert_int_equal(cairn_loop_new(&l), 0);
	assert_int_equal(pthread_create(&t, NULL, run_loop, l), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(pthread_kill(t, SIGUSR1), 0);
	cairn_loop_stop(l);
	assert_int_equal(pthread_join(t, &ret), 0);
	assert_int_equal((intptr_t)ret, 0);
	cairn_loop_free(l);
}

struct answerer {
	struct cairn_call call;
	struct cairn_wait *wait;
	int status;
};

static void on_answerer(struct cairn_call *c)
{
	struct answerer *a = cairn_container_of(c, struct answerer, call);

	cairn_wait_done(a->wait, a->status);
}

static void wait_gets_the_answer_of_another_loop(void **state)
{
	struct cairn_loop *l;
	struct cairn_wait w;
	struct answerer a = { .call.fn = on_answerer, .wait = &w, .status = -EIO };
	pthread_t t;
	int status = 0;

	assert_int_equal(cairn_loop_new(&l), 0);
	assert_int_equal(pthread_create(&t, NULL, run_loop, l), 0);
	cairn_wait_init(&w);
	cairn_loop_post(l, &a.call);
	assert_int_equal(cairn_wait_for(&w, &status), 0);
	assert_int_equal(status, -EIO);
	cairn_loop_stop(l);
	assert_int_equal(pthread_join(t, NULL), 0);
	cairn_wait_fini(&w);
	cairn_loop_free(l);
}

static void *interrupt(void *arg)
{
	cairn_wait_interrupt(arg);
	return NULL;
}

static void wait_is_interrupted_and_the_answer_may_still_come(void **state)
{
	struct cairn_wait w;
	pthread_t t;
	int status = 7;

	cairn_wait_init(&w);
	assert_int_equal(pthread_create(&t, NULL, interrupt, &w), 0);
	assert_int_equal(cairn_wait_for(&w, &status), -EINTR);
	assert_int_equal(status, 7);
	assert_int_equal(cairn_wait_for(&w, &status), -EINTR); /* sticky */
	cairn_wait_done(&w, 0);
	assert_int_equal(cairn_wait_for(&w, &status), 0);
	assert_int_equal(status, 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	cairn_wait_fini(&w);
}

static void armed_wait_forgets_what_was(void **state)
{
	struct cairn_wait w;
	int status = 0;

	cairn_wait_init(&w);
	cairn_wait_done(&w, 1);
	cairn_wait_interrupt(&w);
	cairn_wait_arm(&w);
	cairn_wait_interrupt(&w);
	assert_int_equal(cairn_wait_for(&w, &status), -EINTR);
	cairn_wait_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_of_many_threads_all_run_in_the_order_of_each),
		cmocka_unit_test(stop_of_another_thread_ends_the_run),
		cmocka_unit_test(signal_does_not_end_the_run),
		cmocka_unit_test(wait_gets_the_answer_of_another_loop),
		cmocka_unit_test(wait_is_interrupted_and_the_answer_may_still_come),
		cmocka_unit_test(armed_wait_forgets_what_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
