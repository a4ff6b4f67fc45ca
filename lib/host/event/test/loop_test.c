/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cairn/event.h>

/* A watch that counts, and may remove another one while it runs. */
struct probe {
	struct cairn_watch watch;
	unsigned int calls;
	uint32_t events;
	struct cairn_watch *victim;
};

static void on_probe(struct cairn_watch *w, uint32_t events)
{
	struct probe *p = cairn_container_of(w, struct probe, watch);

	p->calls++;
	p->events = events;
	if (p->victim)
		cairn_watch_remove(p->victim);
}

static int ready_fd(void)
{
	int fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

static struct cairn_loop *new_loop(void)
{
	struct cairn_loop *l = NULL;

	assert_int_equal(cairn_loop_new(&l), 0);
	return l;
}

static void add_probe(struct cairn_loop *l, struct probe *p, int fd)
{
	*p = (struct probe){ .watch.fn = on_probe };
	assert_int_equal(cairn_loop_watch(l, &p->watch, fd, EPOLLIN), 0);
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void watch_runs_while_its_fd_is_ready(void **state)
{
	struct cairn_loop *l = new_loop();
	int fd = ready_fd();
	struct probe p;

	add_probe(l, &p, fd);
	assert_true(cairn_watch_is_added(&p.watch));
	assert_int_equal(cairn_loop_dispatch(l, 0), 1);
	assert_int_equal(cairn_loop_dispatch(l, 0), 1); /* level-triggered */
	assert_int_equal(p.calls, 2);
	assert_int_equal(p.events, EPOLLIN);
	cairn_watch_remove(&p.watch);
	assert_false(cairn_watch_is_added(&p.watch));
	assert_int_equal(cairn_loop_dispatch(l, 0), 0);
	cairn_watch_remove(&p.watch); /* once more does nothing */
	close(fd);
	cairn_loop_free(l);
}

static void watch_without_events_is_silent(void **state)
{
	struct cairn_loop *l = new_loop();
	int fd = ready_fd();
	struct probe p;

	add_probe(l, &p, fd);
	assert_int_equal(cairn_watch_set(&p.watch, 0), 0);
	assert_int_equal(cairn_loop_dispatch(l, 0), 0);
	assert_int_equal(cairn_watch_set(&p.watch, EPOLLIN), 0);
	assert_int_equal(cairn_loop_dispatch(l, 0), 1);
	cairn_watch_remove(&p.watch);
	assert_int_equal(cairn_watch_set(&p.watch, EPOLLIN), -EINVAL);
	close(fd);
	cairn_loop_free(l);
}

static void watch_is_added_once(void **state)
{
	struct cairn_loop *l = new_loop();
	int fd = ready_fd();
	struct probe p;

	add_probe(l, &p, fd);
	assert_int_equal(cairn_loop_watch(l, &p.watch, fd, EPOLLIN), -EEXIST);
	cairn_watch_remove(&p.watch);
	assert_int_equal(cairn_loop_watch(l, &p.watch, -1, EPOLLIN), -EBADF);
	assert_false(cairn_watch_is_added(&p.watch));
	close(fd);
	cairn_loop_free(l);
}

/* Whichever of the two runs first removes the other: exactly one may run. */
static void watch_removed_in_a_round_does_not_run_in_it(void **state)
{
	struct cairn_loop *l = new_loop();
	int fds[2] = { ready_fd(), ready_fd() };
	struct probe a, b;

	add_probe(l, &a, fds[0]);
	add_probe(l, &b, fds[1]);
	a.victim = &b.watch;
	b.victim = &a.watch;
	assert_int_equal(cairn_loop_dispatch(l, 0), 1);
	assert_int_equal(a.calls + b.calls, 1);
	cairn_watch_remove(&a.watch);
	cairn_watch_remove(&b.watch);
	close(fds[0]);
	close(fds[1]);
	cairn_loop_free(l);
}

/* Removes the other watch, closes its fd, and adds it again for a fresh fd that reuses the number
 * and is not ready. */
struct swapper {
	struct cairn_watch watch;
	struct swapper *other;
	unsigned int calls;
};

static void on_swapper(struct cairn_watch *w, uint32_t events)
{
	struct swapper *s = cairn_container_of(w, struct swapper, watch);
	struct cairn_loop *l = w->loop;
	int old = s->other->watch.fd, fresh;

	s->calls++;
	cairn_watch_remove(&s->other->watch);
	close(old);
	fresh = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(fresh, old);
	assert_int_equal(cairn_loop_watch(l, &s->other->watch, fresh, EPOLLIN), 0);
}

static void fd_reused_in_a_round_does_not_get_the_old_event(void **state)
{
	struct cairn_loop *l = new_loop();
	struct swapper a = { .watch.fn = on_swapper }, b = { .watch.fn = on_swapper };

	a.other = &b;
	b.other = &a;
	assert_int_equal(cairn_loop_watch(l, &a.watch, ready_fd(), EPOLLIN), 0);
	assert_int_equal(cairn_loop_watch(l, &b.watch, ready_fd(), EPOLLIN), 0);
	assert_int_equal(cairn_loop_dispatch(l, 0), 1);
	assert_int_equal(a.calls + b.calls, 1);
	for (struct swapper *s = &a; s; s = s == &a ? &b : NULL) {
		int fd = s->watch.fd;

		cairn_watch_remove(&s->watch);
		close(fd);
	}
	cairn_loop_free(l);
}

struct counted_call {
	struct cairn_call call;
	struct cairn_loop *again; /* post once more from inside */
	int *order, at;
};

static void on_call(struct cairn_call *c)
{
	struct counted_call *cc = cairn_container_of(c, struct counted_call, call);

	cc->at = (*cc->order)++;
	if (cc->again)
		cairn_loop_post(cc->again, c);
}

static void calls_run_in_the_order_of_posting(void **state)
{
	struct cairn_loop *l = new_loop();
	struct counted_call c[3];
	int order = 0;

	for (int i = 0; i < 3; i++) {
		c[i] = (struct counted_call){ .call.fn = on_call, .order = &order };
		cairn_loop_post(l, &c[i].call);
	}
	assert_true(is_readable(cairn_loop_fd(l)));
	assert_int_equal(cairn_loop_dispatch(l, 0), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(c[i].at, i);
	assert_false(is_readable(cairn_loop_fd(l)));
	cairn_loop_free(l);
}

static void call_posted_by_a_handler_runs_in_the_next_round(void **state)
{
	struct cairn_loop *l = new_loop();
	int order = 0;
	struct counted_call c = { .call.fn = on_call, .order = &order, .again = l };

	cairn_loop_post(l, &c.call);
	assert_int_equal(cairn_loop_dispatch(l, 0), 1);
	assert_int_equal(order, 1);
	c.again = NULL;
	assert_int_equal(cairn_loop_dispatch(l, 0), 1);
	assert_int_equal(order, 2);
	assert_int_equal(cairn_loop_dispatch(l, 0), 0);
	cairn_loop_free(l);
}

static void stop_before_run_is_kept(void **state)
{
	struct cairn_loop *l = new_loop();

	cairn_loop_stop(l);
	assert_int_equal(cairn_loop_run(l), 0);
	assert_int_equal(cairn_loop_dispatch(l, 0), 0); /* drains the wake, runs nothing */
	cairn_loop_free(l);
}

struct stopper {
	struct cairn_call call;
	struct cairn_loop *loop;
	bool was_current;
	int nested;
};

static void on_stopper(struct cairn_call *c)
{
	struct stopper *s = cairn_container_of(c, struct stopper, call);

	s->was_current = cairn_loop_is_current(s->loop);
	s->nested = cairn_loop_dispatch(s->loop, 0);
	cairn_loop_stop(s->loop);
}

static void handler_runs_on_the_current_loop_and_may_not_dispatch_it(void **state)
{
	struct cairn_loop *l = new_loop();
	struct stopper s = { .call.fn = on_stopper, .loop = l };

	assert_false(cairn_loop_is_current(l));
	cairn_loop_post(l, &s.call);
	assert_int_equal(cairn_loop_run(l), 0);
	assert_true(s.was_current);
	assert_int_equal(s.nested, -EDEADLK);
	assert_false(cairn_loop_is_current(l));
	cairn_loop_free(l);
}

struct nest {
	struct cairn_watch watch;
	struct cairn_loop *inner;
	int ran;
};

static void on_inner(struct cairn_watch *w, uint32_t events)
{
	struct nest *n = cairn_container_of(w, struct nest, watch);

	n->ran = cairn_loop_dispatch(n->inner, 0);
}

static void loops_nest(void **state)
{
	struct cairn_loop *outer = new_loop(), *inner = new_loop();
	struct nest n = { .watch.fn = on_inner, .inner = inner };
	int order = 0;
	struct counted_call c = { .call.fn = on_call, .order = &order };

	assert_int_equal(cairn_loop_watch(outer, &n.watch, cairn_loop_fd(inner), EPOLLIN), 0);
	cairn_loop_post(inner, &c.call);
	assert_int_equal(cairn_loop_dispatch(outer, 0), 1);
	assert_int_equal(n.ran, 1);
	assert_int_equal(order, 1);
	cairn_watch_remove(&n.watch);
	cairn_loop_free(inner);
	cairn_loop_free(outer);
}

/* More ready fds than one round takes: all of them run, over the rounds. */
static void many_ready_watches_all_run(void **state)
{
	enum { N = 150 };
	struct cairn_loop *l = new_loop();
	struct probe p[N];
	int fds[N], total = 0;

	for (int i = 0; i < N; i++) {
		fds[i] = ready_fd();
		add_probe(l, &p[i], fds[i]);
	}
	for (int round = 0; round < 3; round++)
		total += cairn_loop_dispatch(l, 0);
	assert_true(total >= N);
	for (int i = 0; i < N; i++) {
		assert_true(p[i].calls >= 1);
		cairn_watch_remove(&p[i].watch);
		close(fds[i]);
	}
	cairn_loop_free(l);
}

static void descriptors_are_close_on_exec(void **state)
{
	int before = dup(0), flags;
	struct cairn_loop *l;

	close(before);
	l = new_loop(); /* epoll, eventfd, timerfd: the next three numbers */
	for (int fd = before; fd < before + 3; fd++) {
		flags = fcntl(fd, F_GETFD);
		assert_int_equal(flags, FD_CLOEXEC);
	}
	cairn_loop_free(l);
	assert_int_equal(fcntl(before, F_GETFD), -1);
	cairn_loop_free(NULL);
}

static void on_ticket(struct cairn_watch *w, uint32_t events)
{
	uint64_t n;

	assert_int_equal(read(w->fd, &n, sizeof(n)), sizeof(n));
	cairn_loop_stop(w->loop);
}

static void readme_example_works(void **state)
{
	struct cairn_watch bell = { .fn = on_ticket };
	struct cairn_loop *loop;
	int fd = eventfd(1, EFD_CLOEXEC);

	assert_int_equal(cairn_loop_new(&loop), 0);
	assert_int_equal(cairn_loop_watch(loop, &bell, fd, EPOLLIN), 0);
	assert_int_equal(cairn_loop_run(loop), 0);
	cairn_watch_remove(&bell);
	close(fd);
	cairn_loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(watch_runs_while_its_fd_is_ready),
		cmocka_unit_test(watch_without_events_is_silent),
		cmocka_unit_test(watch_is_added_once),
		cmocka_unit_test(watch_removed_in_a_round_does_not_run_in_it),
		cmocka_unit_test(fd_reused_in_a_round_does_not_get_the_old_event),
		cmocka_unit_test(calls_run_in_the_order_of_posting),
		cmocka_unit_test(call_posted_by_a_handler_runs_in_the_next_round),
		cmocka_unit_test(stop_before_run_is_kept),
		cmocka_unit_test(handler_runs_on_the_current_loop_and_may_not_dispatch_it),
		cmocka_unit_test(loops_nest),
		cmocka_unit_test(many_ready_watches_all_run),
		cmocka_unit_test(descriptors_are_close_on_exec),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
