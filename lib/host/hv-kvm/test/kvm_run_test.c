/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_run_test.c - exits as KVM makes them, and the rules of the run loop, with small guests. */
#include <sys/mman.h>

#include "guest_test.h"

GUEST(mmio, "movw $0x1234, %ax\n"
	    "movw %ax, 0x9000\n"
	    "movw 0x9004, %ax\n"
	    "movl $0x89abcdef, 0x9008\n"
	    "movb %al, 0x900c\n"
	    "hlt");

static void mmio_leaves_with_address_length_and_data(void **state)
{
	struct guest g = guest_open(1, 0, guest_mmio, guest_mmio_end);

	guest_expect_write(&g, CAIRN_HV_EXIT_MMIO, 0x9000, 2, 0x1234);
	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	assert_false(g.e->is_write);
	assert_int_equal(g.e->addr, 0x9004);
	assert_int_equal(g.e->len, 2);
	cairn_le_store(g.e->data, 2, 0x5678);
	guest_expect_write(&g, CAIRN_HV_EXIT_MMIO, 0x9008, 4, 0x89abcdef);
	guest_expect_write(&g, CAIRN_HV_EXIT_MMIO, 0x900c, 1, 0x78);
	guest_run(&g, CAIRN_HV_EXIT_HALT);
	guest_close(&g);
}

GUEST(pio, "movb $0x5a, %al\n"
	   "outb %al, $0x80\n"
	   "inw $0x84, %ax\n"
	   "movw $0x3f8, %dx\n"
	   "outw %ax, %dx\n"
	   "hlt");

static void pio_leaves_with_port_length_and_data(void **state)
{
	struct guest g = guest_open(1, 0, guest_pio, guest_pio_end);

	guest_expect_write(&g, CAIRN_HV_EXIT_PIO, 0x80, 1, 0x5a);
	assert_int_equal(g.e->count, 1);
	guest_run(&g, CAIRN_HV_EXIT_PIO);
	assert_true(!g.e->is_write && g.e->addr == 0x84 && g.e->len == 2 && g.e->count == 1);
	cairn_le_store(g.e->data, 2, 0xbeef);
	guest_expect_write(&g, CAIRN_HV_EXIT_PIO, 0x3f8, 2, 0xbeef);
	guest_run(&g, CAIRN_HV_EXIT_HALT);
	guest_close(&g);
}

GUEST(string, "movw $0x2000, %si\n"
	      "movw $6, %cx\n"
	      "movw $0x3f8, %dx\n"
	      "cld\n"
	      "rep outsb\n"
	      "movw $0x3000, %di\n"
	      "movw $4, %cx\n"
	      "movw $0x1f0, %dx\n"
	      "rep insw\n"
	      "hlt");

/* However KVM groups them, every byte comes once, in order. */
static void string_pio_brings_every_access_in_order(void **state)
{
	struct guest g = guest_open(1, 0, guest_string, guest_string_end);
	unsigned char out[8] = "";
	size_t n_out = 0, n_in = 0;

	memcpy(guest_mem + 0x2000, "stones", 6);
	for (;;) {
		assert_int_equal(cairn_hv_vcpu_run(g.vcpu[0], &g.e), 0);
		if (g.e->kind == CAIRN_HV_EXIT_HALT)
			break;
		assert_int_equal(g.e->kind, CAIRN_HV_EXIT_PIO);
		for (uint32_t i = 0; i < g.e->count; i++) {
			assert_true(n_out <= 6 && n_in <= 4);
			if (g.e->is_write)
				out[n_out++] = g.e->data[i];
			else
				cairn_le_store(g.e->data + 2 * i, 2, 0x1100 + n_in++);
		}
	}
	assert_string_equal((char *)out, "stones");
	assert_int_equal(n_in, 4);
	assert_memory_equal(guest_mem + 0x3000, "\x00\x11\x01\x11\x02\x11\x03\x11", 8);
	guest_close(&g);
}

GUEST(fault, "ud2");

/* Protected mode, and no vector to take the fault, or the fault that follows from it. */
static void triple_fault_is_a_crash(void **state)
{
	const struct cairn_hv_reg regs[] = {
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_IDTR, CAIRN_HV_X86_LIMIT), 0 },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_CS, CAIRN_HV_X86_LIMIT), UINT32_MAX },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_CS, CAIRN_HV_X86_SELECTOR), 8 },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_CS, CAIRN_HV_X86_ATTR),
		  0xb | CAIRN_HV_X86_ATTR_S | CAIRN_HV_X86_ATTR_P | CAIRN_HV_X86_ATTR_DB |
		      CAIRN_HV_X86_ATTR_G },
		{ CAIRN_HV_X86_CR0, 0x11 },
	};
	struct guest g = guest_open(1, 0, guest_fault, guest_fault_end);

	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], regs, CAIRN_ARRAY_LEN(regs)), 0);
	guest_run(&g, CAIRN_HV_EXIT_CRASH);
	guest_close(&g);
}

GUEST(readonly, "movb $7, 0x6000\n"
		"movb 0x6001, %al\n"
		"outb %al, $0x80\n"
		"hlt");

static void a_write_to_read_only_memory_leaves_as_mmio(void **state)
{
	static _Alignas(CAIRN_HV_PAGE) unsigned char rom[CAIRN_HV_PAGE] = { 0x11, 0x22 };
	const struct cairn_hv_region r = { .slot = 1,
					   .flags = CAIRN_HV_READONLY,
					   .at = { GUEST_MEM },
					   .len_bytes = sizeof(rom),
					   .host = rom,
					   .fd = -1 };
	struct guest g = guest_open(1, 0, guest_readonly, guest_readonly_end);
	const struct cairn_hv_reg ds = { CAIRN_HV_X86_SEG(CAIRN_HV_X86_DS, CAIRN_HV_X86_BASE),
					 GUEST_MEM - 0x6000 };

	assert_int_equal(cairn_hv_mem_add(g.vm, &r), 0);
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], &ds, 1), 0);
	guest_expect_write(&g, CAIRN_HV_EXIT_MMIO, GUEST_MEM, 1, 7);
	guest_expect_write(&g, CAIRN_HV_EXIT_PIO, 0x80, 1, 0x22);
	assert_int_equal(rom[0], 0x11);
	assert_int_equal(cairn_hv_mem_del(g.vm, 1), 0);
	guest_close(&g);
}

/*
 * Memory that the host took away: -EFAULT, and not the death of the process. A KVM that emulates
 * in software calls it an emulation failure.
 */
static void memory_that_is_gone_ends_the_vcpu(void **state)
{
	struct guest g = guest_open(1, 0, guest_pio, guest_pio_end);
	int rc;

	assert_int_equal(mprotect(guest_mem, GUEST_MEM, PROT_NONE), 0);
	rc = cairn_hv_vcpu_run(g.vcpu[0], &g.e);
	assert_int_equal(mprotect(guest_mem, GUEST_MEM, PROT_READ | PROT_WRITE), 0);
	assert_true(rc == -EFAULT || g.e->kind == CAIRN_HV_EXIT_OTHER);
	guest_close(&g);
}

static void a_kick_before_run_ends_it_and_is_spent(void **state)
{
	struct guest g = guest_open(1, 0, guest_pio, guest_pio_end);

	cairn_hv_vcpu_kick(g.vcpu[0]);
	cairn_hv_vcpu_kick(g.vcpu[0]);
	guest_run(&g, CAIRN_HV_EXIT_KICKED);
	guest_expect_write(&g, CAIRN_HV_EXIT_PIO, 0x80, 1, 0x5a);
	guest_close(&g);
}

/* The answer of a read reaches its register before KICKED: registers are then those of now. */
static void a_kick_completes_the_access_before_it_ends(void **state)
{
	struct guest g = guest_open(1, 0, guest_mmio, guest_mmio_end);
	struct cairn_hv_reg r = { CAIRN_HV_X86_RAX, 0 };
	uint64_t rip;

	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	cairn_le_store(g.e->data, 2, 0x5678);
	assert_int_equal(cairn_hv_vcpu_get_regs(g.vcpu[0], &r, 1), -EBUSY);
	cairn_hv_vcpu_kick(g.vcpu[0]);
	guest_run(&g, CAIRN_HV_EXIT_KICKED);
	assert_int_equal(guest_reg(g.vcpu[0], CAIRN_HV_X86_RAX) & 0xffff, 0x5678);
	rip = guest_reg(g.vcpu[0], CAIRN_HV_X86_RIP);
	assert_true(rip > GUEST_CODE_AT + 6);
	guest_expect_write(&g, CAIRN_HV_EXIT_MMIO, 0x9008, 4, 0x89abcdef);
	guest_close(&g);
}

GUEST(loop, "1: jmp 1b");

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
	*r = (struct runner){ .g = guest_open(1, 0, guest_loop, guest_loop_end) };
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
		cmocka_unit_test(pio_leaves_with_port_length_and_data),
		cmocka_unit_test(string_pio_brings_every_access_in_order),
		cmocka_unit_test(triple_fault_is_a_crash),
		cmocka_unit_test(a_write_to_read_only_memory_leaves_as_mmio),
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
