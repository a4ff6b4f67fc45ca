/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * kvm_x2apic_test.c - a processor whose id has more than 8 bits: its start, and interrupts to it by
 * processors, messages and lines. Two vcpus of 300 are opened, the first and one behind 255.
 */
#include "guest_asm.h"

#include <cairn/ioapic.h>

#include "../guest_irq.h"

enum {
	HIGH_ID = 299, /* 0x12b: its low half is that of another processor */
	HIGH_OF_300 = 300,
	ENTRY_AT = 0x7100, /* what the guest writes for GUEST_LINE: low half, high half */
	VECTOR = 0x41,
	EDGE = VECTOR,
	LEVEL = 0x8000 | VECTOR,
	MASKED = 0x10000 | VECTOR,
	MASKED_LEVEL = MASKED | LEVEL,
	HANDLER = 0x200,
	HANDLER_2 = 0x240,
};

#define X2APIC_ON                                                                                  \
	"movl $0x1b, %ecx\nrdmsr\norl $0x400, %eax\nwrmsr\n"                                       \
	"movl $0x80f, %ecx\nmovl $0x1ff, %eax\nxorl %edx, %edx\nwrmsr\n"

/*
 * GS reaches the I/O APIC. The first processor routes GUEST_LINE to the other, starts it, sends it
 * vector 0x42, routes again, and writes 1, 2, 3 at 0x9000 in between.
 */
GUEST(static, high,
      "cli\n" X2APIC_ON "movb $1, %gs:0\n"
      "movl %gs:0x10, %eax\nmovl %eax, 0x9004\n"
      "movl $0x1b, %gs:0\nmovl 0x7104, %eax\nmovl %eax, %gs:0x10\n"
      "movl $0x1a, %gs:0\nmovl 0x7100, %eax\nmovl %eax, %gs:0x10\n"
      "movl $0x830, %ecx\nmovl $299, %edx\n"
      "movl $0x4500, %eax\nwrmsr\n"
      "movl $0x4602, %eax\nwrmsr\n"
      "movb $1, 0x9000\n"
      "movl $0x830, %ecx\nmovl $299, %edx\nmovl $0x42, %eax\nwrmsr\n"
      "movb $2, 0x9000\n"
      "1: movl 0x7100, %eax\nmovl %eax, %gs:0x10\n"
      "movb $3, 0x9000\n"
      "jmp 1b\n"
      ".org guest_high_start + 0x200\n"
      "movw $0x41, 0x9010\n"
      "2: movl $0x80b, %ecx\nxorl %eax, %eax\nxorl %edx, %edx\nwrmsr\n"
      "movb $0x66, 0x9020\n"
      "iret\n"
      ".org guest_high_start + 0x240\n"
      "movw $0x42, 0x9010\n"
      "jmp 2b\n"
      ".org guest_high_start + 0x1000\n"
      "movw $0x6000, %sp\n" X2APIC_ON "movb $7, 0x9000\n"
      "sti\n"
      "1: movb 0x9030, %al\njmp 1b");

/* g->vcpu[0], whose exits the functions of guest_test.h see, and the other, are swapped. */
static void other(struct guest *g)
{
	struct cairn_vcpu *v = g->vcpu[0];

	g->vcpu[0] = g->vcpu[1];
	g->vcpu[1] = v;
}

/* The second runs, and took the first's interrupt; the line's entry is `entry`, for id. */
static struct guest high_guest_for(uint32_t id, uint32_t entry)
{
	const struct cairn_hv_reg gs = { CAIRN_HV_X86_SEG(CAIRN_HV_X86_GS, CAIRN_HV_X86_BASE),
					 CAIRN_HV_X86_IOAPIC_AT };
	struct cairn_vm *vm = guest_vm(HIGH_OF_300, guest_lines);
	struct cairn_vcpu *v;
	struct guest g;

	assert_int_equal(cairn_hv_vcpu_open(vm, HIGH_ID, &v), 0);
	g = guest_start(vm, 1, &guest_high);
	g.vcpu[1] = v;
	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], &gs, 1), 0);
	guest_vector(VECTOR, GUEST_CODE_AT + HANDLER);
	guest_vector(VECTOR + 1, GUEST_CODE_AT + HANDLER_2);
	cairn_le_store(guest_mem + ENTRY_AT, 4, entry);
	cairn_le_store(guest_mem + ENTRY_AT + 4, 4, (id & 0xff) << 24 | (id >> 8) << 17);
	guest_expect_mmio(&g, 0x9004, 4, 0x170020);
	guest_expect_mmio(&g, 0x9000, 1, 1);
	other(&g);
	guest_expect_mmio(&g, 0x9000, 1, 7);
	other(&g);
	guest_expect_mmio(&g, 0x9000, 1, 2);
	other(&g);
	guest_expect_interrupt(&g, VECTOR + 1);
	return g;
}

static struct guest high_guest(uint32_t entry)
{
	return high_guest_for(HIGH_ID, entry);
}

/* The first writes `entry`. */
static void reroute(struct guest *g, uint32_t entry)
{
	cairn_le_store(guest_mem + ENTRY_AT, 4, entry);
	other(g);
	guest_expect_mmio(g, 0x9000, 1, 3);
	other(g);
}

static void a_processor_with_a_wide_id_is_started_and_interrupted(void **state)
{
	struct guest g = high_guest(MASKED);

	guest_expect_silence(&g);
	guest_close(&g);
}

static uint64_t address(uint32_t id)
{
	return UINT64_C(0xfee00000) | (id & 0xff) << 12 | (id >> 8) << 5;
}

static void messages_reach_wide_ids(void **state)
{
	struct guest g = high_guest(MASKED);
	int fd = guest_eventfd();
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_msi(g.vm, &i), 0);
	assert_int_equal(cairn_hv_irq_route(i, address(HIGH_ID), VECTOR, 0), 0);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	guest_expect_interrupt(&g, VECTOR);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	guest_expect_interrupt(&g, VECTOR);
	assert_int_equal(cairn_hv_irq_route(i, address(HIGH_ID & 0xff), VECTOR, 0), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	guest_expect_silence(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

/* KVM refuses a whole table for one such entry. */
static void an_upper_half_of_the_guests_choice_means_nothing(void **state)
{
	struct guest g = high_guest(MASKED);
	uint64_t wild = address(HIGH_ID) | UINT64_C(0xdeadbeef) << 32;
	int fd = guest_eventfd();
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_msi(g.vm, &i), 0);
	assert_int_equal(cairn_hv_irq_route(i, wild, VECTOR, 0), 0);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	guest_expect_interrupt(&g, VECTOR);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	guest_expect_interrupt(&g, VECTOR);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

static void an_edge_reaches_wide_ids(void **state)
{
	struct guest g = high_guest(EDGE);
	int fd = guest_eventfd();
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_line(g.vm, GUEST_LINE, &i), 0);
	for (int n = 0; n < 3; n++) {
		assert_int_equal(cairn_hv_irq_level(i, true), 0);
		guest_expect_interrupt(&g, VECTOR);
		assert_int_equal(cairn_hv_irq_level(i, false), 0);
	}
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	for (int n = 0; n < 3; n++) {
		assert_int_equal(eventfd_write(fd, 1), 0);
		guest_expect_interrupt(&g, VECTOR);
	}
	guest_expect_silence(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

static void a_level_comes_again_until_it_is_low(void **state)
{
	struct guest g = high_guest(LEVEL);
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_line(g.vm, GUEST_LINE, &i), 0);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	for (int n = 0; n < 3; n++)
		guest_expect_interrupt(&g, VECTOR);
	assert_int_equal(cairn_hv_irq_level(i, false), 0);
	/* the one that was sent when it was high */
	guest_expect_interrupt(&g, VECTOR);
	guest_expect_silence(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
}

static void a_bound_descriptor_is_a_level_each_time(void **state)
{
	struct guest g = high_guest(LEVEL);
	int fd = guest_eventfd();
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_line(g.vm, GUEST_LINE, &i), 0);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	for (int n = 0; n < 3; n++) {
		assert_int_equal(eventfd_write(fd, 1), 0);
		guest_expect_interrupt(&g, VECTOR);
		guest_expect_silence(&g);
	}
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

static void a_masked_pin_is_silent_until_it_is_not(void **state)
{
	struct guest g = high_guest(MASKED_LEVEL);
	int fd = guest_eventfd();
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_line(g.vm, GUEST_LINE, &i), 0);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	guest_expect_silence(&g);
	reroute(&g, LEVEL);
	guest_expect_polling(&g, 0x9010, VECTOR);
	assert_int_equal(cairn_hv_irq_level(i, false), 0);
	reroute(&g, MASKED_LEVEL); /* before it is ended */
	guest_expect_polling(&g, 0x9020, 0x66);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	guest_expect_silence(&g);
	reroute(&g, LEVEL);
	guest_expect_polling(&g, 0x9010, VECTOR);
	assert_int_equal(cairn_hv_irq_level(i, false), 0);
	guest_expect_polling(&g, 0x9020, 0x66);
	reroute(&g, MASKED);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	guest_expect_silence(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

/* KVM may refuse such a message, which must not end the vcpu that caused it. */
static void a_line_to_nobody_is_lost(void **state)
{
	struct guest g = high_guest_for(HIGH_OF_300 - 2, MASKED_LEVEL);
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_line(g.vm, GUEST_LINE, &i), 0);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	reroute(&g, LEVEL);
	guest_expect_silence(&g);
	reroute(&g, EDGE);
	assert_int_equal(cairn_hv_irq_level(i, false), 0);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	guest_expect_silence(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
}

enum { TOGGLES = 2000, REROUTES = 100 };

static void *toggle(void *line)
{
	for (int n = 0; n < TOGGLES; n++)
		if (cairn_hv_irq_level(line, true) || cairn_hv_irq_level(line, false))
			return line;
	return NULL;
}

/* Until nothing comes any more. */
static void drain(struct guest *g)
{
	for (int quiet = 0; quiet < 8; quiet++) {
		guest_run(g, CAIRN_HV_EXIT_MMIO);
		if (g->e->is_write)
			quiet = 0;
	}
}

/* Levels, ends and entries at once, and the pin is not stuck. */
static void a_level_survives_what_happens_at_once(void **state)
{
	struct guest g = high_guest(LEVEL);
	struct cairn_irq *i;
	void *failed;
	pthread_t t;

	assert_int_equal(cairn_hv_irq_line(g.vm, GUEST_LINE, &i), 0);
	assert_int_equal(pthread_create(&t, NULL, toggle, i), 0);
	for (int n = 0; n < REROUTES; n++) {
		reroute(&g, n % 2 ? LEVEL : MASKED_LEVEL);
		guest_run(&g, CAIRN_HV_EXIT_MMIO);
	}
	assert_int_equal(pthread_join(t, &failed), 0);
	assert_null(failed);
	drain(&g);
	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	guest_expect_interrupt(&g, VECTOR);
	assert_int_equal(cairn_hv_irq_level(i, false), 0);
	drain(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
}

static void a_vm_of_many_says_what_it_lacks(void **state)
{
	struct cairn_hv_vm_config c = guest_config(CAIRN_HV_ID_LIMIT, guest_lines);
	struct cairn_vm *vm = guest_vm(HIGH_OF_300, guest_lines);
	struct cairn_err err = { 0 };
	struct cairn_irq *i;

	assert_true(cairn_hv_cap(vm, CAIRN_HV_MAX_VCPUS) >= HIGH_OF_300);
	assert_int_equal(cairn_hv_cap(vm, CAIRN_HV_IRQ_RESAMPLE), 0);
	assert_int_equal(cairn_hv_irq_line(vm, GUEST_LINE, &i), 0);
	assert_int_equal(cairn_hv_irq_bind(i, 0, 1), -ENOTSUP);
	cairn_hv_irq_put(i);
	c.n_lines = 0;
	assert_int_equal(cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, &err), -EINVAL);
	assert_string_equal(err.detail, "255 at most");
	assert_int_equal(err.at, CAIRN_HV_ID_LIMIT);
	cairn_hv_close(vm);
}

static bool has_wide_ids(void)
{
	struct cairn_vm *vm = guest_vm(1, guest_lines);
	int max = cairn_hv_cap(vm, CAIRN_HV_MAX_VCPUS);

	cairn_hv_close(vm);
	if (max < HIGH_OF_300)
		print_message("skipped: this KVM has %d vcpus at most\n", max);
	return max >= HIGH_OF_300;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_processor_with_a_wide_id_is_started_and_interrupted),
		cmocka_unit_test(messages_reach_wide_ids),
		cmocka_unit_test(an_upper_half_of_the_guests_choice_means_nothing),
		cmocka_unit_test(an_edge_reaches_wide_ids),
		cmocka_unit_test(a_level_comes_again_until_it_is_low),
		cmocka_unit_test(a_bound_descriptor_is_a_level_each_time),
		cmocka_unit_test(a_masked_pin_is_silent_until_it_is_not),
		cmocka_unit_test(a_line_to_nobody_is_lost),
		cmocka_unit_test(a_level_survives_what_happens_at_once),
		cmocka_unit_test(a_vm_of_many_says_what_it_lacks),
	};

	if (!guest_has_kvm() || !has_wide_ids())
		return GUEST_TEST_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
