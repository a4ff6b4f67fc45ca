/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "console.h"

struct bench {
	struct cairn_loop *loop;
	struct console *console;
	int in[2], out[2];
	uint8_t got[1024]; /* by the guest */
	size_t n_got, room;
};

static size_t guest_push(void *ctx, const uint8_t *bytes, size_t n)
{
	struct bench *b = ctx;
	size_t taken = n < b->room ? n : b->room;

	memcpy(b->got + b->n_got, bytes, taken);
	b->n_got += taken;
	b->room -= taken;
	return taken;
}

static void open_bench(struct bench *b)
{
	*b = (struct bench){ .room = sizeof(b->got) };
	assert_int_equal(cairn_loop_new(&b->loop), 0);
	assert_int_equal(pipe(b->in), 0);
	assert_int_equal(pipe(b->out), 0);
	assert_int_equal(
	    console_new(b->loop, b->in[0], b->out[1], (struct cairn_trigger){ 0 }, &b->console), 0);
	console_connect(b->console, (struct console_guest){ .push = guest_push, .ctx = b });
}

static void spin(struct bench *b)
{
	for (int i = 0; i < 20; i++)
		assert_true(cairn_loop_dispatch(b->loop, 0) >= 0);
}

static void close_bench(struct bench *b)
{
	spin(b);
	console_free(b->console);
	cairn_loop_free(b->loop);
	for (int i = 0; i < 2; i++) {
		close(b->in[i]);
		close(b->out[i]);
	}
}

static void output_comes_out_in_order(void **state)
{
	struct bench b;
	char text[16];

	(void)state;
	open_bench(&b);
	console_output(b.console, (const uint8_t *)"hello ", 6);
	console_output(b.console, (const uint8_t *)"world", 5);
	spin(&b);
	assert_int_equal(read(b.out[0], text, sizeof(text)), 11);
	assert_memory_equal(text, "hello world", 11);
	close_bench(&b);
}

static void input_waits_for_room(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b);
	b.room = 2;
	assert_int_equal(write(b.in[1], "abcdef", 6), 6);
	spin(&b);
	assert_int_equal(b.n_got, 2);
	b.room = 100;
	console_has_room(b.console);
	spin(&b);
	assert_int_equal(b.n_got, 6);
	assert_memory_equal(b.got, "abcdef", 6);
	close_bench(&b);
}

static void ctrl_a_is_ordinary_on_a_pipe(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b);
	assert_int_equal(write(b.in[1], "\001x", 2), 2);
	spin(&b);
	assert_int_equal(b.n_got, 2);
	close_bench(&b);
}

static void the_end_of_input_is_quiet(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b);
	close(b.in[1]);
	b.in[1] = -1;
	spin(&b);
	assert_int_equal(cairn_loop_dispatch(b.loop, 0), 0);
	close_bench(&b);
}

enum { FLOOD = 300000 };

static void *flood(void *arg)
{
	struct bench *b = arg;
	uint8_t chunk[100];

	for (size_t sent = 0; sent < FLOOD; sent += sizeof(chunk)) {
		for (size_t i = 0; i < sizeof(chunk); i++)
			chunk[i] = (uint8_t)(sent + i);
		console_output(b->console, chunk, sizeof(chunk));
	}
	return NULL;
}

static void a_full_ring_holds_back_and_loses_nothing(void **state)
{
	struct bench b;
	pthread_t thread;
	uint8_t bytes[4096];
	size_t total = 0;

	(void)state;
	open_bench(&b);
	assert_int_equal(fcntl(b.out[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&thread, NULL, flood, &b), 0);
	while (total < FLOOD) {
		ssize_t n;

		assert_true(cairn_loop_dispatch(b.loop, 10) >= 0);
		n = read(b.out[0], bytes, sizeof(bytes));
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(bytes[i], (uint8_t)total++);
	}
	pthread_join(thread, NULL);
	close_bench(&b);
}

static void release_lets_the_guest_go(void **state)
{
	struct bench b;
	pthread_t thread;

	(void)state;
	open_bench(&b);
	assert_int_equal(pthread_create(&thread, NULL, flood, &b), 0);
	console_release(b.console, true);
	pthread_join(thread, NULL); /* nobody reads, and yet it ends */
	console_release(b.console, false);
	close_bench(&b);
}

static void count_ready(void *ctx)
{
	(*(int *)ctx)++;
}

static void a_full_ring_says_when_it_is_not(void **state)
{
	static uint8_t bytes[100000];
	struct bench b;
	int ready = 0;

	(void)state;
	open_bench(&b);
	console_connect(b.console,
			(struct console_guest){ .output_ready = count_ready, .ctx = &ready });
	assert_true(console_try_output(b.console, bytes, sizeof(bytes)) < sizeof(bytes));
	assert_int_equal(ready, 0);
	spin(&b);
	assert_int_equal(ready, 1);
	close_bench(&b);
}

static void a_file_takes_all_at_once(void **state)
{
	char path[] = "/tmp/cairn-console-XXXXXX", text[8];
	int fd = mkstemp(path);
	struct cairn_loop *loop;
	struct console *c;

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(cairn_loop_new(&loop), 0);
	assert_int_equal(console_new(loop, -1, fd, (struct cairn_trigger){ 0 }, &c), 0);
	console_output(c, (const uint8_t *)"file", 4);
	assert_true(cairn_loop_dispatch(loop, 0) >= 0);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 4);
	console_free(c);
	cairn_loop_free(loop);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_comes_out_in_order),
		cmocka_unit_test(input_waits_for_room),
		cmocka_unit_test(ctrl_a_is_ordinary_on_a_pipe),
		cmocka_unit_test(the_end_of_input_is_quiet),
		cmocka_unit_test(a_full_ring_holds_back_and_loses_nothing),
		cmocka_unit_test(release_lets_the_guest_go),
		cmocka_unit_test(a_full_ring_says_when_it_is_not),
		cmocka_unit_test(a_file_takes_all_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
