/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_vm_test.c - a vm's life on KVM: descriptors, limits, registers, and life after life. */
#include "guest_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include "../src/kvm_.h"

GUEST(park, "movb $1, %al\n"
	    "outb %al, $0x80\n"
	    "hlt");

/* Open descriptors of this process but the one that counts them; *ret_bad: not close-on-exec. */
static unsigned count_fds(unsigned first, unsigned *ret_bad)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	*ret_bad = 0;
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		int fd = (int)strtol(e->d_name, NULL, 10);

		if (e->d_name[0] == '.' || fd == dirfd(d) || fd < (int)first)
			continue;
		n++;
		*ret_bad += !(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	}
	closedir(d);
	return n;
}

static void all_descriptors_are_close_on_exec(void **state)
{
	unsigned bad, before = count_fds(3, &bad);
	unsigned bad_before = bad;
	struct guest g = guest_open(2, 24, guest_park, guest_park_end);

	assert_int_equal(count_fds(3, &bad) - before, 3); /* vm, two vcpus */
	assert_int_equal(bad, bad_before);
	guest_close(&g);
	assert_int_equal(count_fds(3, &bad), before);
}

/* With no descriptor to be had each step fails cleanly, and works when there are some again. */
static void running_out_of_descriptors_is_emfile_and_leaks_none(void **state)
{
	unsigned bad, before = count_fds(0, &bad);
	struct cairn_vm *vm = guest_vm(1, 24);
	struct cairn_vcpu *v;
	struct rlimit full, none;
	int lowest = dup(0);

	assert_true(lowest >= 0);
	close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &full), 0);
	none = full;
	none.rlim_cur = (rlim_t)lowest;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(cairn_hv_vcpu_open(vm, 0, &v), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &full), 0);
	assert_int_equal(cairn_hv_vcpu_open(vm, 0, &v), 0);
	cairn_hv_vcpu_close(v);
	cairn_hv_close(vm);
	assert_int_equal(count_fds(0, &bad), before);
}

static void limits_are_asked_of_the_vm(void **state)
{
	struct cairn_vm *with = guest_vm(1, 24), *without = guest_vm(1, 0);

	assert_true(cairn_hv_cap(with, CAIRN_HV_MAX_VCPUS) >= 1);
	assert_true(cairn_hv_cap(with, CAIRN_HV_MAX_VCPUS) <= 255);
	assert_true(cairn_hv_cap(with, CAIRN_HV_GPA_BITS) >= 32);
	assert_true(cairn_hv_cap(with, CAIRN_HV_MEM_SLOTS) >= 32);
	assert_int_equal(cairn_hv_cap(with, CAIRN_HV_LINES), 24);
	assert_int_equal(cairn_hv_cap(with, CAIRN_HV_BOOT_REGS), 2);
	assert_int_equal(cairn_hv_cap(with, CAIRN_HV_MEM_LEND), 0);
	assert_true(cairn_hv_cap(with, CAIRN_HV_MSI) > 1000);
	assert_int_equal(cairn_hv_cap(without, CAIRN_HV_MSI), 0);
	cairn_hv_close(with);
	cairn_hv_close(without);
}

static int open_x86(uint32_t max_vcpus, uint32_t n_lines, struct cairn_hv_x86_64 x)
{
	const struct cairn_hv_vm_config c = {
		.max_vcpus = max_vcpus, .n_lines = n_lines, .kick_signal = SIGRTMIN, .arch = &x
	};
	struct cairn_vm *vm = NULL;
	int rc = cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL);

	cairn_hv_close(vm);
	return rc;
}

static void the_machine_must_make_sense(void **state)
{
	assert_int_equal(open_x86(4, 24, (struct cairn_hv_x86_64){ .threads_per_core = 2 }), 0);
	assert_int_equal(open_x86(3, 24, (struct cairn_hv_x86_64){ .threads_per_core = 2 }),
			 -EINVAL);
	assert_int_equal(open_x86(3, 24, (struct cairn_hv_x86_64){ .threads_per_core = 3 }),
			 -EINVAL);
	assert_int_equal(open_x86(1, 24, (struct cairn_hv_x86_64){ .pit = true }), 0);
	assert_int_equal(open_x86(1, 0, (struct cairn_hv_x86_64){ .pit = true }), -EINVAL);
	assert_int_equal(open_x86(256, 24, (struct cairn_hv_x86_64){ 0 }), -EINVAL);
	assert_int_equal(open_x86(1, 25, (struct cairn_hv_x86_64){ 0 }), -EINVAL);
}

static void registers_of_every_place_read_back(void **state)
{
	const struct cairn_hv_reg set[] = {
		{ CAIRN_HV_X86_RAX, 0x1122334455667788 },
		{ CAIRN_HV_X86_R15, 15 },
		{ CAIRN_HV_X86_RIP, 0x123456 },
		{ CAIRN_HV_X86_RSP, 0x7000 },
		{ CAIRN_HV_X86_CR3, 0x5000 },
		{ CAIRN_HV_X86_CR8, 3 },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_GS, CAIRN_HV_X86_BASE), 0xabc000 },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_GS, CAIRN_HV_X86_LIMIT), UINT32_MAX },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_GS, CAIRN_HV_X86_SELECTOR), 0x18 },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_GS, CAIRN_HV_X86_ATTR),
		  3 | CAIRN_HV_X86_ATTR_S | CAIRN_HV_X86_ATTR_P | CAIRN_HV_X86_ATTR_DB |
		      CAIRN_HV_X86_ATTR_G | CAIRN_HV_X86_ATTR_AVL },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_LDT, CAIRN_HV_X86_ATTR), 2 | CAIRN_HV_X86_ATTR_P },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_GDTR, CAIRN_HV_X86_BASE), 0x6000 },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_GDTR, CAIRN_HV_X86_LIMIT), 0x1f },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_IDTR, CAIRN_HV_X86_LIMIT), 0xfff },
		cairn_hv_x86_boot_msrs[0],
		cairn_hv_x86_boot_msrs[1],
		{ CAIRN_HV_X86_MSR(0xc0000102), 0x778000 }, /* KERNEL_GS_BASE */
	};
	struct cairn_hv_reg get[CAIRN_ARRAY_LEN(set)];
	struct guest g = guest_open(1, 24, guest_park, guest_park_end);

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(set); i++)
		get[i] = (struct cairn_hv_reg){ set[i].id, 0 };
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], set, CAIRN_ARRAY_LEN(set)), 0);
	assert_int_equal(cairn_hv_vcpu_get_regs(g.vcpu[0], get, CAIRN_ARRAY_LEN(set)), 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(set); i++)
		assert_int_equal(get[i].value, set[i].value);
	guest_close(&g);
}

static void unknown_registers_change_nothing(void **state)
{
	static const uint64_t unknown[] = {
		CAIRN_HV_X86_N_GENERAL,
		CAIRN_HV_X86_END_CONTROL,
		CAIRN_HV_X86_CR0 - 1,
		CAIRN_HV_X86_SEG(CAIRN_HV_X86_GDTR, CAIRN_HV_X86_SELECTOR),
		CAIRN_HV_X86_SEG(CAIRN_HV_X86_IDTR, CAIRN_HV_X86_ATTR),
		CAIRN_HV_X86_SEG(CAIRN_HV_X86_N_SEGS, CAIRN_HV_X86_BASE),
		UINT64_C(2) << 32,
		UINT64_MAX,
	};
	struct guest g = guest_open(1, 24, guest_park, guest_park_end);

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(unknown); i++) {
		struct cairn_hv_reg r[] = { { CAIRN_HV_X86_RIP, 0x999 }, { unknown[i], 1 } };

		assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], r, 2), -EINVAL);
		assert_int_equal(cairn_hv_vcpu_get_regs(g.vcpu[0], r, 2), -EINVAL);
	}
	assert_int_equal(guest_reg(g.vcpu[0], CAIRN_HV_X86_RIP), GUEST_CODE_AT);
	guest_close(&g);
}

static void an_unknown_msr_is_not_supported(void **state)
{
	struct cairn_hv_reg r = { CAIRN_HV_X86_MSR(0xdeadbeef), 1 };
	struct guest g = guest_open(1, 24, guest_park, guest_park_end);

	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], &r, 1), -ENOTSUP);
	assert_int_equal(cairn_hv_vcpu_get_regs(g.vcpu[0], &r, 1), -ENOTSUP);
	guest_close(&g);
}

/* More than one call to KVM takes; the last stands for all. */
static void many_msrs_go_in_batches(void **state)
{
	struct cairn_hv_reg r[70];
	struct guest g = guest_open(1, 24, guest_park, guest_park_end);

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(r); i++)
		r[i] = (struct cairn_hv_reg){ CAIRN_HV_X86_MSR(0xc0000102), 0x1000 * (i + 1) };
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], r, CAIRN_ARRAY_LEN(r)), 0);
	assert_int_equal(cairn_hv_vcpu_get_regs(g.vcpu[0], r, CAIRN_ARRAY_LEN(r)), 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(r); i++)
		assert_int_equal(r[i].value, 0x1000 * CAIRN_ARRAY_LEN(r));
	guest_close(&g);
}

/* All of a vcpu that KVM shows, but the clocks, which go on. */
struct vcpu_state {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_fpu fpu;
	struct kvm_lapic_state lapic;
	struct kvm_debugregs debug;
	struct kvm_xcrs xcrs;
	struct kvm_vcpu_events events;
	struct kvm_mp_state mp;
};

static void state_read(struct cairn_vcpu *v, struct vcpu_state *s)
{
	int fd = to_kvm_vcpu(v)->fd;

	memset(s, 0, sizeof(*s));
	assert_int_equal(ioctl(fd, KVM_GET_REGS, &s->regs), 0);
	assert_int_equal(ioctl(fd, KVM_GET_SREGS, &s->sregs), 0);
	assert_int_equal(ioctl(fd, KVM_GET_FPU, &s->fpu), 0);
	assert_int_equal(ioctl(fd, KVM_GET_LAPIC, &s->lapic), 0);
	assert_int_equal(ioctl(fd, KVM_GET_DEBUGREGS, &s->debug), 0);
	assert_int_equal(ioctl(fd, KVM_GET_XCRS, &s->xcrs), 0);
	assert_int_equal(ioctl(fd, KVM_GET_VCPU_EVENTS, &s->events), 0);
	assert_int_equal(ioctl(fd, KVM_GET_MP_STATE, &s->mp), 0);
}

/* Part by part: a guest ran in between, and the new vm shows nothing of it; the second waits. */
static void a_new_vm_after_a_reboot_is_like_the_first(void **state)
{
	static struct vcpu_state first[2], again[2];
	unsigned bad, before = count_fds(0, &bad);

	for (int boot = 0; boot < 10; boot++) {
		struct guest g = guest_open(2, 24, guest_park, guest_park_end);

		for (int i = 0; i < 2; i++) {
			state_read(g.vcpu[i], boot == 0 ? &first[i] : &again[i]);
			assert_memory_equal(boot == 0 ? &first[i] : &again[i], &first[i],
					    sizeof(first[i]));
		}
		assert_int_equal(first[1].mp.mp_state, KVM_MP_STATE_UNINITIALIZED);
		guest_expect_write(&g, CAIRN_HV_EXIT_PIO, 0x80, 1, 1);
		guest_close(&g);
	}
	assert_int_equal(count_fds(0, &bad), before);
}

/* With the paravirtual clock at 0x6000, its flags (byte 29) get bit 1: "stopped by the host". */
static void a_pause_is_seen_by_a_guest_with_a_clock(void **state)
{
	const struct cairn_hv_reg clock = { CAIRN_HV_X86_MSR(0x4b564d01), 0x6000 | 1 };
	struct guest g = guest_open(1, 24, guest_park, guest_park_end);

	assert_int_equal(cairn_hv_vcpu_paused(g.vcpu[0]), 0);
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], &clock, 1), 0);
	assert_int_equal(cairn_hv_vcpu_paused(g.vcpu[0]), 0);
	guest_run(&g, CAIRN_HV_EXIT_PIO);
	assert_true(guest_mem[0x6000 + 29] & 2);
	guest_close(&g);
}

static void one_node_serves_many_vms_and_stays_open(void **state)
{
	struct cairn_hv_vm_config c = { .max_vcpus = 1, .kick_signal = SIGRTMIN };
	struct cairn_vm *vm;

	c.node_fd = cairn_hv_kvm_node_open(NULL, NULL);
	assert_true(c.node_fd > 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(cairn_hv_open(&cairn_hv_kvm_ops, "/nonexistent", &c, &vm, NULL),
				 0);
		cairn_hv_close(vm);
	}
	assert_int_equal(close(c.node_fd), 0);
}

static void two_vms_live_side_by_side(void **state)
{
	struct guest a = guest_open(1, 24, guest_park, guest_park_end);
	struct guest b = guest_open(1, 24, guest_park, guest_park_end);

	guest_expect_write(&a, CAIRN_HV_EXIT_PIO, 0x80, 1, 1);
	guest_close(&a);
	guest_expect_write(&b, CAIRN_HV_EXIT_PIO, 0x80, 1, 1);
	guest_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_descriptors_are_close_on_exec),
		cmocka_unit_test(running_out_of_descriptors_is_emfile_and_leaks_none),
		cmocka_unit_test(limits_are_asked_of_the_vm),
		cmocka_unit_test(the_machine_must_make_sense),
		cmocka_unit_test(registers_of_every_place_read_back),
		cmocka_unit_test(unknown_registers_change_nothing),
		cmocka_unit_test(an_unknown_msr_is_not_supported),
		cmocka_unit_test(many_msrs_go_in_batches),
		cmocka_unit_test(a_new_vm_after_a_reboot_is_like_the_first),
		cmocka_unit_test(a_pause_is_seen_by_a_guest_with_a_clock),
		cmocka_unit_test(one_node_serves_many_vms_and_stays_open),
		cmocka_unit_test(two_vms_live_side_by_side),
	};

	if (!guest_has_kvm())
		return GUEST_TEST_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
