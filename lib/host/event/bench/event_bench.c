/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* event_bench - one round with 200 ready watches, and with every 23rd of 200 ready. */
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cairn/event.h>

enum { WATCHES = 200, ROUNDS = 2000 };

static unsigned long calls;

static void on_ready(struct cairn_watch *w, uint32_t events)
{
	calls++;
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static int measure(const char *name, int every)
{
	static struct cairn_watch w[WATCHES];
	struct cairn_loop *l;
	double start;

	if (cairn_loop_new(&l) < 0)
		return 1;
	for (int i = 0; i < WATCHES; i++) {
		w[i] = (struct cairn_watch){ .fn = on_ready };
		if (cairn_loop_watch(l, &w[i], eventfd(i % every == 0, EFD_CLOEXEC), EPOLLIN) < 0)
			return 1;
	}
	calls = 0;
	start = now_s();
	for (int i = 0; i < ROUNDS; i++)
		if (cairn_loop_dispatch(l, 0) < 0)
			return 1;
	printf("%s: %.1f ns per handler\n", name, (now_s() - start) * 1e9 / (double)calls);
	for (int i = 0; i < WATCHES; i++) {
		int fd = w[i].fd;

		cairn_watch_remove(&w[i]);
		close(fd);
	}
	cairn_loop_free(l);
	return 0;
}

int main(void)
{
	return measure("200 of 200 ready", 1) | measure("9 of 200 ready", 23);
}
