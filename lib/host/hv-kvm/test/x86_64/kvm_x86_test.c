/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_x86_test.c - ports, registers and what else only x86_64 has. */
#include "guest_asm.h"

GUEST(static, pio,
      "movb $0x5a, %al\n"
      "outb %al, $0x80\n"
      "inw $0x84, %ax\n"
      "movw $0x3f8, %dx\n"
      "outw %ax, %dx\n"
      "hlt");

static void pio_leaves_with_port_length_and_data(void **state)
{
	struct guest g = guest_open(1, 0, &guest_pio);

	guest_expect_write(&g, CAIRN_HV_EXIT_PIO, 0x80, 1, 0x5a);
	assert_int_equal(g.e->count, 1);
	guest_run(&g, CAIRN_HV_EXIT_PIO);
	assert_true(!g.e->is_write && g.e->addr == 0x84 && g.e->len == 2 && g.e->count == 1);
	cairn_le_store(g.e->data, 2, 0xbeef);
	guest_expect_write(&g, CAIRN_HV_EXIT_PIO, 0x3f8, 2, 0xbeef);
	guest_run(&g, CAIRN_HV_EXIT_HALT);
	guest_close(&g);
}

GUEST(static, string,
      "movw $0x2000, %si\n"
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
	struct guest g = guest_open(1, 0, &guest_string);
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

GUEST(static, fault, "ud2");

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
	struct guest g = guest_open(1, 0, &guest_fault);

	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], regs, CAIRN_ARRAY_LEN(regs)), 0);
	guest_run(&g, CAIRN_HV_EXIT_CRASH);
	guest_close(&g);
}

GUEST(static, port,
      "movw $3, %ax\noutw %ax, $0x50\n"
      "movw $4, %ax\noutw %ax, $0x50\n"
      "hlt");

static void a_port_can_be_a_doorbell(void **state)
{
	struct guest g = guest_open(1, 0, &guest_port);
	const struct cairn_hv_doorbell d = { .pio = true,
					     .addr = 0x50,
					     .len = 2,
					     .has_match = true,
					     .match = 3,
					     .fd = guest_eventfd() };

	assert_int_equal(cairn_hv_doorbell_add(g.vm, &d), 0);
	guest_expect_write(&g, CAIRN_HV_EXIT_PIO, 0x50, 2, 4);
	assert_int_equal(guest_taken(d.fd), 1);
	guest_close(&g);
	close(d.fd);
}

/* Asks for a leaf and its index, and tells EAX to EDX. */
GUEST(static, cpuid,
      "again: inl $0x84, %eax\n"
      "movl %eax, %ecx\n"
      "inl $0x80, %eax\n"
      "cpuid\n"
      "outl %eax, $0x88\n"
      "movl %ebx, %eax\noutl %eax, $0x88\n"
      "movl %ecx, %eax\noutl %eax, $0x88\n"
      "movl %edx, %eax\noutl %eax, $0x88\n"
      "jmp again");

struct leaf {
	uint32_t function, index, regs[4];
};

static void read_leaf(struct cairn_vcpu *v, struct leaf *l)
{
	size_t n = 0;

	while (n < CAIRN_ARRAY_LEN(l->regs)) {
		struct cairn_hv_exit *e;

		assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
		assert_int_equal(e->kind, CAIRN_HV_EXIT_PIO);
		if (e->is_write)
			l->regs[n++] = (uint32_t)cairn_le_load(e->data, 4);
		else
			cairn_le_store(e->data, 4, e->addr == 0x80 ? l->function : l->index);
	}
}

/* Of both processors of a vm. Returns how many leaves. */
static size_t read_leaves(struct leaf *leaves)
{
	static const uint32_t starts[] = { 0, 0x40000000, 0x80000000 };
	struct guest g = guest_open(2, 0, &guest_cpuid);
	size_t n = 0;

	guest_boot_regs(g.vcpu[1]);
	for (size_t v = 0; v < 2; v++)
		for (size_t s = 0; s < CAIRN_ARRAY_LEN(starts); s++)
			for (uint32_t i = 0; i < 0x20 * 4; i++, n++) {
				leaves[n] =
				    (struct leaf){ .function = starts[s] + i / 4, .index = i % 4 };
				read_leaf(g.vcpu[v], &leaves[n]);
			}
	guest_close(&g);
	return n;
}

static void every_vm_has_the_same_cpuid_tables(void **state)
{
	static struct leaf first[2 * 3 * 0x20 * 4], again[CAIRN_ARRAY_LEN(first)];
	size_t n = read_leaves(first);

	assert_int_equal(n, CAIRN_ARRAY_LEN(first));
	assert_int_not_equal(first[0].regs[0], 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(read_leaves(again), n);
		assert_memory_equal(first, again, sizeof(first));
	}
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
	assert_int_equal(open_x86(256, 0, (struct cairn_hv_x86_64){ 0 }), -EINVAL);
	assert_int_equal(open_x86(256, 24, (struct cairn_hv_x86_64){ .pit = true }), -EINVAL);
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
	struct guest g = guest_open(1, guest_lines, &guest_hello);

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
	struct guest g = guest_open(1, guest_lines, &guest_hello);

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
	struct guest g = guest_open(1, guest_lines, &guest_hello);

	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], &r, 1), -ENOTSUP);
	assert_int_equal(cairn_hv_vcpu_get_regs(g.vcpu[0], &r, 1), -ENOTSUP);
	guest_close(&g);
}

/* More than one call to KVM takes; the last stands for all. */
static void many_msrs_go_in_batches(void **state)
{
	struct cairn_hv_reg r[70];
	struct guest g = guest_open(1, guest_lines, &guest_hello);

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(r); i++)
		r[i] = (struct cairn_hv_reg){ CAIRN_HV_X86_MSR(0xc0000102), 0x1000 * (i + 1) };
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], r, CAIRN_ARRAY_LEN(r)), 0);
	assert_int_equal(cairn_hv_vcpu_get_regs(g.vcpu[0], r, CAIRN_ARRAY_LEN(r)), 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(r); i++)
		assert_int_equal(r[i].value, 0x1000 * CAIRN_ARRAY_LEN(r));
	guest_close(&g);
}

/* With the paravirtual clock at 0x6000, its flags (byte 29) get bit 1: "stopped by the host". */
static void a_pause_is_seen_by_a_guest_with_a_clock(void **state)
{
	const struct cairn_hv_reg clock = { CAIRN_HV_X86_MSR(0x4b564d01), 0x6000 | 1 };
	struct guest g = guest_open(1, guest_lines, &guest_hello);

	assert_int_equal(cairn_hv_vcpu_paused(g.vcpu[0]), 0);
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], &clock, 1), 0);
	assert_int_equal(cairn_hv_vcpu_paused(g.vcpu[0]), 0);
	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	assert_true(guest_mem[0x6000 + 29] & 2);
	guest_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pio_leaves_with_port_length_and_data),
		cmocka_unit_test(string_pio_brings_every_access_in_order),
		cmocka_unit_test(triple_fault_is_a_crash),
		cmocka_unit_test(a_port_can_be_a_doorbell),
		cmocka_unit_test(every_vm_has_the_same_cpuid_tables),
		cmocka_unit_test(the_machine_must_make_sense),
		cmocka_unit_test(registers_of_every_place_read_back),
		cmocka_unit_test(unknown_registers_change_nothing),
		cmocka_unit_test(an_unknown_msr_is_not_supported),
		cmocka_unit_test(many_msrs_go_in_batches),
		cmocka_unit_test(a_pause_is_seen_by_a_guest_with_a_clock),
	};

	if (!guest_has_kvm())
		return GUEST_TEST_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
