/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* How samples are taken and told; how long anything takes is not asserted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include <cairn/bench.h>

static struct calls {
	uint64_t n, last;
	bool grows;
} calls;

/* Takes 1 ms of CPU for each of n. */
static void spin(void *ctx, uint64_t n)
{
	struct calls *c = ctx;

	c->n++;
	c->grows = n >= c->last;
	c->last = n;
	for (clock_t end = clock() + (clock_t)n * CLOCKS_PER_SEC / 1000; clock() < end;)
		cairn_bench_keep(c);
}

static void measure_takes_21_samples_of_5_ms(void **state)
{
	struct cairn_bench b = cairn_bench_measure(spin, &calls, 1);

	assert_true(calls.n >= 22);
	assert_true(calls.grows);
	assert_true(b.least_ns <= b.ns);
}

static void readme_example_works(void **state)
{
	static const char start[] = "{\"who\": \"cairn\", \"bench\": \"spin\", \"ns\": ";
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	assert_non_null(out);
	cairn_bench_run(out, "spin", spin, &calls, 1);
	fclose(out);
	assert_memory_equal(line, start, sizeof(start) - 1);
	assert_int_equal(line[size - 1], '\n');
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measure_takes_21_samples_of_5_ms),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
