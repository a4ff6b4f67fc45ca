/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The vCPU threads over a hypervisor of scripted exits. */
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <cairn/hv_fake.h>

#include "crew.h"

enum { N = 3 };

struct bench {
	struct crew *crew;
	struct cairn_vm *vm;
	struct cairn_vcpu *vcpus[N];
	void *ram;
	int entered, exits, failed; /* atomic */
	int enter_result;
};

static int on_enter(void *ctx, uint32_t id)
{
	struct bench *b = ctx;

	(void)id;
	__atomic_add_fetch(&b->entered, 1, __ATOMIC_RELAXED);
	return b->enter_result;
}

static bool on_exit_(void *ctx, uint32_t id, const struct cairn_hv_exit *exit)
{
	struct bench *b = ctx;

	(void)id;
	(void)exit;
	__atomic_add_fetch(&b->exits, 1, __ATOMIC_RELAXED);
	return true;
}

static void on_failed(void *ctx, uint32_t id, int why)
{
	struct bench *b = ctx;

	(void)id;
	(void)why;
	__atomic_add_fetch(&b->failed, 1, __ATOMIC_RELAXED);
}

static void open_vm(struct bench *b)
{
	const struct cairn_hv_vm_config config = { .max_vcpus = N };
	const struct cairn_hv_start start = { 0 };
	struct cairn_hv_region region = { .len_bytes = CAIRN_HV_PAGE, .fd = -1 };

	b->ram =
	    mmap(NULL, CAIRN_HV_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(b->ram != MAP_FAILED);
	region.host = b->ram;
	assert_int_equal(cairn_hv_open(&cairn_hv_fake_ops, NULL, &config, &b->vm, NULL), 0);
	assert_int_equal(cairn_hv_mem_add(b->vm, &region), 0);
	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(cairn_hv_vcpu_open(b->vm, i, &b->vcpus[i]), 0);
	assert_int_equal(cairn_hv_start(b->vm, &start, NULL), 0);
}

static void close_vm(struct bench *b)
{
	for (uint32_t i = 0; i < N; i++)
		cairn_hv_vcpu_close(b->vcpus[i]);
	cairn_hv_close(b->vm);
	munmap(b->ram, CAIRN_HV_PAGE);
}

static int open_crew(struct bench *b)
{
	const struct crew_hooks hooks = {
		.enter = on_enter, .exit = on_exit_, .failed = on_failed, .ctx = b
	};

	return crew_new(N, &hooks, &b->crew);
}

static void assign(struct bench *b, bool on)
{
	for (uint32_t i = 0; i < N; i++)
		crew_assign(b->crew, i, on ? b->vcpus[i] : NULL);
}

static void open_bench(struct bench *b)
{
	*b = (struct bench){ 0 };
	open_vm(b);
	assert_int_equal(open_crew(b), 0);
	assign(b, true);
}

static void close_bench(struct bench *b)
{
	crew_free(b->crew);
	close_vm(b);
}

static void wait_until(const int *value, int wanted)
{
	while (__atomic_load_n(value, __ATOMIC_RELAXED) < wanted)
		usleep(100);
}

/* One access, then in the guest until kicked. */
static void script(struct bench *b)
{
	const struct cairn_hv_fake_step steps[] = {
		cairn_hv_fake_write(CAIRN_HV_EXIT_PIO, 0x80, 1, 0),
		{ .kind = CAIRN_HV_EXIT_KICKED },
	};

	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(cairn_hv_fake_push(b->vcpus[i], steps, 2), 0);
}

static void parks_vcpus_that_are_in_the_guest(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b);
	assert_int_equal(b.entered, N);
	for (int round = 1; round <= 3; round++) {
		script(&b);
		crew_run(b.crew);
		wait_until(&b.exits, round * N);
		crew_park(b.crew);
	}
	assert_int_equal(b.failed, 0);
	close_bench(&b);
}

static void a_vcpu_that_fails_says_so_once(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b);
	crew_run(b.crew); /* empty scripts: run() is -ENODATA */
	wait_until(&b.failed, N);
	crew_park(b.crew);
	assert_int_equal(b.failed, N);
	close_bench(&b);
}

static void serves_another_machine(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b);
	assign(&b, false);
	crew_run(b.crew);
	crew_park(b.crew);
	close_vm(&b);
	open_vm(&b);
	script(&b);
	assign(&b, true);
	crew_run(b.crew);
	wait_until(&b.exits, N);
	crew_park(b.crew);
	assert_int_equal(b.failed, 0);
	close_bench(&b);
}

static void a_thread_that_cannot_enter_ends_it(void **state)
{
	struct bench b = { .enter_result = -EPERM };

	(void)state;
	assert_int_equal(open_crew(&b), -EPERM);
	assert_null(b.crew);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parks_vcpus_that_are_in_the_guest),
		cmocka_unit_test(a_vcpu_that_fails_says_so_once),
		cmocka_unit_test(serves_another_machine),
		cmocka_unit_test(a_thread_that_cannot_enter_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
