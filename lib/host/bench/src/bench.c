/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/bench.h>

#include <stdlib.h>
#include <time.h>

enum {
	SAMPLES = 21,
	SAMPLE_NS = 5000000,
};

static uint64_t now_ns(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts); /* cannot fail: the clock exists */
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t sample(void (*fn)(void *ctx, uint64_t n), void *ctx, uint64_t n)
{
	uint64_t start = now_ns();

	fn(ctx, n);
	return now_ns() - start;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct cairn_bench cairn_bench_measure(void (*fn)(void *ctx, uint64_t n), void *ctx,
				       unsigned int per_turn)
{
	double ns[SAMPLES];
	uint64_t n = 1;

	while (sample(fn, ctx, n) < SAMPLE_NS && n < UINT64_C(1) << 40)
		n *= 2;
	for (int i = 0; i < SAMPLES; i++)
		ns[i] = (double)sample(fn, ctx, n) / (double)n / per_turn;
	qsort(ns, SAMPLES, sizeof(ns[0]), ascending);
	return (struct cairn_bench){ .ns = ns[SAMPLES / 2], .least_ns = ns[0] };
}

void cairn_bench_run(FILE *out, const char *name, void (*fn)(void *ctx, uint64_t n), void *ctx,
		     unsigned int per_turn)
{
	struct cairn_bench b = cairn_bench_measure(fn, ctx, per_turn);

	fprintf(out, "{\"who\": \"cairn\", \"bench\": \"%s\", \"ns\": %.2f, \"least_ns\": %.2f}\n",
		name, b.ns, b.least_ns);
}
