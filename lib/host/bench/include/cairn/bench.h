/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * bench.h - the clock of the micro-benchmarks: how much CPU time of this thread an operation takes.
 * CPU time, because other load on the machine disturbs it little.
 */
#ifndef CAIRN_BENCH_H
#define CAIRN_BENCH_H

#include <cairn/env.h>

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cairn_bench {
	double ns, least_ns; /* per operation: median and least of 21 samples */
};

/*
 * cairn_bench_measure() - time fn, which does its thing n times.
 *
 * n is doubled until one sample takes 5 ms; the whole measurement takes about 0.2 s, or 22 turns of
 * fn if one alone takes longer. @per_turn: operations that one of the n turns stands for, > 0.
 */
struct cairn_bench cairn_bench_measure(void (*fn)(void *ctx, uint64_t n), void *ctx,
				       unsigned int per_turn);

/* Measure, and write one line: {"who": "cairn", "bench": name, "ns": …, "least_ns": …}. name goes
 * out as it is. */
void cairn_bench_run(FILE *out, const char *name, void (*fn)(void *ctx, uint64_t n), void *ctx,
		     unsigned int per_turn);

/* The compiler must take what p points to as read and written here. */
static inline void cairn_bench_keep(void *p)
{
	__asm__ volatile("" : : "g"(p) : "memory");
}

#ifdef __cplusplus
}
#endif
#endif
