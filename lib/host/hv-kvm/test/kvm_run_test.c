/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_run_test.c - exits as KVM makes them, and the rules of the run loop, with small guests. */
#include <sys/mman.h>

#include "guest_test.h"

static void mmio_leaves_with_address_length_and_data(void **state)
{
	struct guest g = guest_open(1, 0, &guest_mmio);

	guest_expect_mmio(&g, 0x9000, 2, 0x1234);
	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	assert_false(g.e->is_write);
	assert_int_equal(g.e->addr, 0x9004);
	assert_int_equal(g.e->len, 2);
	cairn_le_store(g.e->data, 2, 0x5678);
	guest_expect_mmio(&g, 0x9008, 4, 0x89abcdef);
	guest_expect_mmio(&g, 0x900c, 1, 0x78);
	guest_run(&g, guest_end);
	guest_close(&g);
}

static _Alignas(CAIRN_HV_PAGE) unsigned char rom[CAIRN_HV_PAGE];

/* In slot 1 at 0x8000, with these first bytes. */
static void rom_add(struct guest *g, unsigned char first, unsigned char second)
{
	const struct cairn_hv_region r = { .slot = 1,
					   .flags = CAIRN_HV_READONLY,
					   .at = { GUEST_MEM },
					   .len_bytes = sizeof(rom),
					   .host = rom,
					   .fd = -1 };

	rom[0] = first;
	rom[1] = second;
	assert_int_equal(cairn_hv_mem_add(g->vm, &r), 0);
}

static void a_write_to_read_only_memory_leaves_as_mmio(void **state)
{
	struct guest g = guest_open(1, 0, &guest_readonly);

	rom_add(&g, 0x11, 0x22);
	guest_expect_mmio(&g, GUEST_MEM, 1, 7);
	guest_expect_mmio(&g, 0x9000, 1, 0x22);
	assert_int_equal(rom[0], 0x11);
	assert_int_equal(cairn_hv_mem_del(g.vm, 1), 0);
	guest_close(&g);
}

/* Runs vcpu 0 to its next exit, which is kept. */
static void *run_once(void *arg)
{
	struct guest *g = arg;

	if (cairn_hv_vcpu_run(g->vcpu[0], &g->e))
		g->e = NULL;
	return NULL;
}

/* Where the guest stands when the slot changes is chance, so each change is made many times. */
static void read_only_memory_goes_and_comes_while_a_vcpu_reads(void **state)
{
	struct guest g = guest_open(1, 0, &guest_watch);
	pthread_t t;

	for (unsigned char turn = 0; turn < 50; turn++) {
		rom_add(&g, 0x11, 0);
		assert_int_equal(pthread_create(&t, NULL, run_once, &g), 0);
		for (int i = 0; i < turn % 8 * 10; i++)
			sched_yield();
		assert_int_equal(cairn_hv_mem_del(g.vm, 1), 0);
		assert_int_equal(pthread_join(t, NULL), 0);
		assert_non_null(g.e);
		assert_true(g.e->kind == CAIRN_HV_EXIT_MMIO && !g.e->is_write);
		assert_int_equal(g.e->addr, GUEST_MEM);
		g.e->data[0] = 0x80;
		guest_expect_mmio(&g, 0x9000, 1, 0x80);
		rom_add(&g, turn, 0); /* what is there now, not what was */
		if (turn != 0x11)
			guest_expect_mmio(&g, 0x9000, 1, turn);
		assert_int_equal(cairn_hv_mem_del(g.vm, 1), 0);
	}
	guest_close(&g);
}

/*
 * Memory that the host took away: -EFAULT, and not the death of the process. A KVM that emulates
 * in software calls it an emulation failure.
 */
static void memory_that_is_gone_ends_the_vcpu(void **state)
{
	struct guest g = guest_open(1, 0, &guest_hello);
	int rc;

	assert_int_equal(mprotect(guest_mem, GUEST_MEM, PROT_NONE), 0);
	rc = cairn_hv_vcpu_run(g.vcpu[0], &g.e);
	assert_int_equal(mprotect(guest_mem, GUEST_MEM, PROT_READ | PROT_WRITE), 0);
	assert_true(rc == -EFAULT || g.e->kind == CAIRN_HV_EXIT_OTHER);
	guest_close(&g);
}

static void a_kick_before_run_ends_it_and_is_spent(void **state)
{
	struct guest g = guest_open(1, 0, &guest_hello);

	cairn_hv_vcpu_kick(g.vcpu[0]);
	cairn_hv_vcpu_kick(g.vcpu[0]);
	guest_run(&g, CAIRN_HV_EXIT_KICKED);
	guest_expect_mmio(&g, 0x9000, 1, 1);
	guest_close(&g);
}

/* The answer of a read reaches its register before KICKED: registers are then those of now. */
static void a_kick_completes_the_access_before_it_ends(void **state)
{
	struct guest g = guest_open(1, 0, &guest_mmio);
	struct cairn_hv_reg r = { guest_answer, 0 };

	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	cairn_le_store(g.e->data, 2, 0x5678);
	assert_int_equal(cairn_hv_vcpu_get_regs(g.vcpu[0], &r, 1), -EBUSY);
	cairn_hv_vcpu_kick(g.vcpu[0]);
	guest_run(&g, CAIRN_HV_EXIT_KICKED);
	assert_int_equal(guest_reg(g.vcpu[0], guest_answer) & 0xffff, 0x5678);
	assert_true(guest_reg(g.vcpu[0], guest_pc) > GUEST_CODE_AT + 6);
	guest_expect_mmio(&g, 0x9008, 4, 0x89abcdef);
	guest_close(&g);
}

struct runner {
	struct guest g;
	uint64_t kicks_seen; /* atomic */
	bool failed, stop;   /* atomic */
};

/* Runs until told to stop by a kick; anything but a kick is a failure. */
static void *run_loop(void *arg)
{
	struct runner *r = arg;
	struct cairn_hv_exit *e;

	while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE)) {
		if (cairn_hv_vcpu_run(r->g.vcpu[0], &e) < 0 || e->kind != CAIRN_HV_EXIT_KICKED) {
			__atomic_store_n(&r->failed, true, __ATOMIC_RELEASE);
			break;
		}
		__atomic_fetch_add(&r->kicks_seen, 1, __ATOMIC_ACQ_REL);
	}
	return NULL;
}

static uint64_t kicks_seen(struct runner *r)
{
	assert_false(__atomic_load_n(&r->failed, __ATOMIC_ACQUIRE));
	return __atomic_load_n(&r->kicks_seen, __ATOMIC_ACQUIRE);
}

static void runner_start(struct runner *r, pthread_t *t)
{
	*r = (struct runner){ .g = guest_open(1, 0, &guest_loop) };
	assert_int_equal(pthread_create(t, NULL, run_loop, r), 0);
}

static void runner_stop(struct runner *r, pthread_t t)
{
	__atomic_store_n(&r->stop, true, __ATOMIC_RELEASE);
	cairn_hv_vcpu_kick(r->g.vcpu[0]);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_false(r->failed);
	guest_close(&r->g);
}

/* Each kick is awaited, at whatever point of the loop it came: one lost would hang the test. */
static void no_kick_is_lost_by_a_running_vcpu(void **state)
{
	enum { KICKS = 200 };
	struct runner r;
	pthread_t t;

	runner_start(&r, &t);
	for (uint64_t i = 0; i < KICKS; i++) {
		cairn_hv_vcpu_kick(r.g.vcpu[0]);
		while (kicks_seen(&r) <= i)
			sched_yield();
	}
	runner_stop(&r, t);
}

static int other_signals; /* atomic */

static void on_other_signal(int sig)
{
	__atomic_fetch_add(&other_signals, 1, __ATOMIC_RELAXED);
}

/* Neither a signal of the program's nor a bare kick signal ends run(); the kick does. */
static void signals_that_are_no_kick_do_not_end_run(void **state)
{
	const struct sigaction sa = { .sa_handler = on_other_signal };
	struct runner r;
	pthread_t t;

	assert_int_equal(sigaction(SIGUSR2, &sa, NULL), 0);
	runner_start(&r, &t);
	for (int i = 1; i <= 20; i++) {
		assert_int_equal(pthread_kill(t, SIGUSR2), 0);
		/* ThreadSanitizer keeps a handler back until the thread's next system call ends,
		 * and the bare kick ends one. */
		do {
			assert_int_equal(pthread_kill(t, SIGRTMIN), 0);
			usleep(1000);
		} while (__atomic_load_n(&other_signals, __ATOMIC_RELAXED) < i);
	}
	assert_int_equal(kicks_seen(&r), 0);
	cairn_hv_vcpu_kick(r.g.vcpu[0]);
	while (kicks_seen(&r) == 0)
		sched_yield();
	runner_stop(&r, t);
}

/* A thread that had the kick signal blocked, as threads of careful programs have all signals. */
static void a_thread_with_blocked_signals_is_kicked_too(void **state)
{
	sigset_t all, before;
	struct runner r;
	pthread_t t;

	sigfillset(&all);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &all, &before), 0);
	runner_start(&r, &t);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
	for (uint64_t i = 0; i < 3; i++) {
		cairn_hv_vcpu_kick(r.g.vcpu[0]);
		while (kicks_seen(&r) <= i)
			sched_yield();
	}
	runner_stop(&r, t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mmio_leaves_with_address_length_and_data),
		cmocka_unit_test(a_write_to_read_only_memory_leaves_as_mmio),
		cmocka_unit_test(read_only_memory_goes_and_comes_while_a_vcpu_reads),
		cmocka_unit_test(memory_that_is_gone_ends_the_vcpu),
		cmocka_unit_test(a_kick_before_run_ends_it_and_is_spent),
		cmocka_unit_test(a_kick_completes_the_access_before_it_ends),
		cmocka_unit_test(no_kick_is_lost_by_a_running_vcpu),
		cmocka_unit_test(signals_that_are_no_kick_do_not_end_run),
		cmocka_unit_test(a_thread_with_blocked_signals_is_kicked_too),
	};

	if (!guest_has_kvm())
		return GUEST_TEST_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
