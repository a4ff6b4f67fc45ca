/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_irq_test.c - interrupts into a guest, doorbells out of it, and a second processor started. */
#include "guest_test.h"

#include "../src/kvm_.h"

enum { HANDLER = 0x80, HANDLER_2 = 0xc0, SECOND_CPU = 0x1000, MSI_AT = 0xfee00000 };

/*
 * Line 5 is vector 13; its handler says 0x55 at port 0x81, ends the interrupt, says so at 0x82.
 * Between interrupts the guest reads port 0x83, and halts before when 0x7101 is not 0.
 */
GUEST(line, "cli\n"
	    "movb $0x11, %al\noutb %al, $0x20\noutb %al, $0xa0\n"
	    "movb $8, %al\noutb %al, $0x21\n"
	    "movb $0x70, %al\noutb %al, $0xa1\n"
	    "movb $4, %al\noutb %al, $0x21\n"
	    "movb $2, %al\noutb %al, $0xa1\n"
	    "movb $1, %al\noutb %al, $0x21\noutb %al, $0xa1\n"
	    "movb $0xdf, %al\noutb %al, $0x21\n"
	    "movb $0xff, %al\noutb %al, $0xa1\n"
	    "movb 0x7100, %al\nmovw $0x4d0, %dx\noutb %al, %dx\n"
	    "outb %al, $0x80\n"
	    "sti\n"
	    "1: cmpb $0, 0x7101\nje 2f\nhlt\n"
	    "2: inb $0x83, %al\njmp 1b\n"
	    ".org guest_line + 0x80\n"
	    "movb $0x55, %al\noutb %al, $0x81\n"
	    "movb $0x20, %al\noutb %al, $0x20\n"
	    "movb $0x66, %al\noutb %al, $0x82\n"
	    "iret");

/* triggers: 0x20 makes line 5 a level (the ELCR's bit), 0 an edge. Runs until it waits. */
static struct guest line_guest(uint8_t triggers, struct cairn_irq **ret_line)
{
	struct guest g = guest_open(1, 24, guest_line, guest_line_end);

	guest_mem[0x7100] = triggers;
	guest_vector(13, GUEST_CODE_AT + HANDLER);
	guest_expect_write(&g, CAIRN_HV_EXIT_PIO, 0x80, 1, triggers);
	assert_int_equal(cairn_hv_irq_line(g.vm, 5, ret_line), 0);
	return g;
}

/* The next write. The guest polls until it is interrupted, however late the host brings it. */
static void expect_write_polling(struct guest *g, uint64_t port, uint64_t value)
{
	for (int polls = 0; polls < 1000000; polls++) {
		guest_run(g, CAIRN_HV_EXIT_PIO);
		if (g->e->is_write)
			break;
		assert_int_equal(g->e->addr, 0x83);
	}
	assert_true(g->e->is_write);
	assert_int_equal(g->e->addr, port);
	assert_int_equal(g->e->data[0], value);
}

static void expect_interrupt(struct guest *g)
{
	expect_write_polling(g, 0x81, 0x55);
	expect_write_polling(g, 0x82, 0x66);
}

/* The guest goes on polling. */
static void expect_silence(struct guest *g)
{
	for (int polls = 0; polls < 5; polls++) {
		guest_run(g, CAIRN_HV_EXIT_PIO);
		assert_false(g->e->is_write);
	}
}

static void a_rising_line_interrupts_once(void **state)
{
	struct cairn_irq *i;
	struct guest g = line_guest(0, &i);

	for (int n = 0; n < 3; n++) {
		assert_int_equal(cairn_hv_irq_level(i, true), 0);
		expect_interrupt(&g);
		assert_int_equal(cairn_hv_irq_level(i, false), 0);
	}
	expect_silence(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
}

static void *raise_soon(void *line)
{
	usleep(5000);
	return (void *)(intptr_t)cairn_hv_irq_level(line, true);
}

/* Most likely it halts before the line rises; either way the interrupt must come. */
static void a_halted_guest_is_woken(void **state)
{
	struct cairn_irq *i;
	struct guest g = line_guest(0, &i);
	void *rc = NULL;
	pthread_t t;

	expect_silence(&g);
	guest_mem[0x7101] = 1;
	assert_int_equal(pthread_create(&t, NULL, raise_soon, i), 0);
	expect_write_polling(&g, 0x81, 0x55);
	assert_int_equal(pthread_join(t, &rc), 0);
	assert_null(rc);
	cairn_hv_irq_put(i);
	guest_close(&g);
}

static void a_bound_fd_raises_an_edge(void **state)
{
	struct cairn_irq *i;
	struct guest g = line_guest(0, &i);
	int fd = guest_eventfd();

	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	for (int n = 0; n < 3; n++) {
		assert_int_equal(eventfd_write(fd, 1), 0);
		expect_interrupt(&g);
	}
	expect_silence(&g);
	assert_int_equal(guest_taken(fd), 0);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

static void a_resampled_line_is_high_until_the_guest_ends_it(void **state)
{
	struct cairn_irq *i;
	struct guest g = line_guest(0x20, &i);
	int fd = guest_eventfd(), resample = guest_eventfd();

	assert_int_equal(cairn_hv_irq_bind(i, fd, resample), 0);
	for (int n = 0; n < 3; n++) {
		assert_int_equal(eventfd_write(fd, 1), 0);
		expect_write_polling(&g, 0x81, 0x55);
		assert_int_equal(guest_taken(resample), 0);
		expect_write_polling(&g, 0x82, 0x66);
		assert_int_equal(guest_taken(resample), 1);
	}
	expect_silence(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
	close(resample);
}

static void after_unbind_the_fd_is_ours(void **state)
{
	struct cairn_irq *i;
	struct guest g = line_guest(0, &i);
	int fd = guest_eventfd();

	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(cairn_hv_irq_unbind(i), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	expect_silence(&g);
	assert_int_equal(guest_taken(fd), 1);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	expect_interrupt(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

/* The local APIC on; vector 0x41 says 0x41 at port 0x81, vector 0x42 says 0x42. */
GUEST(msi, "cli\n"
	   "movl $0x1ff, %fs:0xf0\n"
	   "movb $0xff, %al\noutb %al, $0x80\n"
	   "sti\n"
	   "1: inb $0x83, %al\njmp 1b\n"
	   ".org guest_msi + 0x80\n"
	   "movb $0x41, %al\noutb %al, $0x81\n"
	   "movl $0, %fs:0xb0\n"
	   "iret\n"
	   ".org guest_msi + 0xc0\n"
	   "movb $0x42, %al\noutb %al, $0x81\n"
	   "movl $0, %fs:0xb0\n"
	   "iret");

static struct guest msi_guest(void)
{
	struct guest g = guest_open(1, 24, guest_msi, guest_msi_end);

	guest_vector(0x41, GUEST_CODE_AT + HANDLER);
	guest_vector(0x42, GUEST_CODE_AT + HANDLER_2);
	guest_expect_write(&g, CAIRN_HV_EXIT_PIO, 0x80, 1, 0xff);
	return g;
}

static struct cairn_irq *message(struct guest *g, uint32_t data)
{
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_msi(g->vm, &i), 0);
	assert_int_equal(cairn_hv_irq_route(i, MSI_AT, data, 0), 0);
	return i;
}

static void a_message_is_sent_without_a_table(void **state)
{
	struct guest g = msi_guest();
	struct cairn_irq *i = message(&g, 0x41);

	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	expect_write_polling(&g, 0x81, 0x41);
	assert_true(to_kvm_vm(g.vm)->routes_dirty);
	expect_silence(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
}

static void a_bound_message_goes_where_its_route_says_now(void **state)
{
	struct guest g = msi_guest();
	struct cairn_irq *i = message(&g, 0x41);
	int fd = guest_eventfd();

	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	expect_write_polling(&g, 0x81, 0x41);
	assert_int_equal(cairn_hv_irq_route(i, MSI_AT, 0x42, 0), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	expect_write_polling(&g, 0x81, 0x42);
	assert_int_equal(cairn_hv_irq_unbind(i), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	expect_silence(&g);
	assert_int_equal(guest_taken(fd), 1);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

static void routes_are_written_once_for_many(void **state)
{
	struct guest g = msi_guest();
	struct cairn_irq *i[3] = { message(&g, 0x41), message(&g, 0x41), message(&g, 0x42) };
	int fd[3];

	for (int n = 0; n < 3; n++) {
		assert_int_equal(to_kvm_vm(g.vm)->routes_dirty, n == 0);
		fd[n] = guest_eventfd();
		assert_int_equal(cairn_hv_irq_bind(i[n], fd[n], -1), 0);
	}
	/* the same route again is no change */
	assert_int_equal(cairn_hv_irq_unbind(i[1]), 0);
	assert_int_equal(cairn_hv_irq_route(i[1], MSI_AT, 0x41, 0), 0);
	assert_false(to_kvm_vm(g.vm)->routes_dirty);
	assert_int_equal(eventfd_write(fd[2], 1), 0);
	expect_write_polling(&g, 0x81, 0x42);
	for (int n = 0; n < 3; n++) {
		cairn_hv_irq_put(i[n]);
		close(fd[n]);
	}
	guest_close(&g);
}

static void a_number_used_again_gets_the_new_route(void **state)
{
	struct guest g = msi_guest();
	struct cairn_irq *i = message(&g, 0x41);
	int fd = guest_eventfd();

	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	cairn_hv_irq_put(i);
	i = message(&g, 0x42);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	expect_write_polling(&g, 0x81, 0x42);
	expect_silence(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

static void lines_work_beside_messages(void **state)
{
	struct cairn_irq *line;
	struct guest g = line_guest(0, &line);
	struct cairn_irq *i = message(&g, 0x41);
	int fd = guest_eventfd();

	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0); /* writes the whole table */
	assert_int_equal(cairn_hv_irq_level(line, true), 0);
	expect_interrupt(&g);
	cairn_hv_irq_put(i);
	cairn_hv_irq_put(line);
	guest_close(&g);
	close(fd);
}

static void as_many_messages_as_promised_can_be_bound(void **state)
{
	static struct cairn_irq *all[KVM_GSI_LIMIT];
	struct guest g = msi_guest();
	int n = cairn_hv_cap(g.vm, CAIRN_HV_MSI), fd = guest_eventfd();
	struct cairn_irq *more;

	assert_in_range(n, 1, KVM_GSI_LIMIT);
	for (int i = 0; i < n; i++)
		all[i] = message(&g, i == n - 1 ? 0x42 : 0x41);
	assert_int_equal(cairn_hv_irq_msi(g.vm, &more), -ENOSPC);
	assert_int_equal(cairn_hv_irq_bind(all[n - 1], fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	expect_write_polling(&g, 0x81, 0x42);
	for (int i = 0; i < n; i++)
		cairn_hv_irq_put(all[i]);
	guest_close(&g);
	close(fd);
}

GUEST(bell, "movw $1, 0x9050\n"
	    "movw $2, 0x9050\n"
	    "movw $7, 0x9060\n"
	    "movb $7, 0x9060\n"
	    "movw $3, %ax\noutw %ax, $0x50\n"
	    "movw $4, %ax\noutw %ax, $0x50\n"
	    "movw 0x9050, %ax\n"
	    "hlt");

static int bell_add(struct cairn_vm *vm, struct cairn_hv_doorbell *d)
{
	d->fd = guest_eventfd();
	assert_int_equal(cairn_hv_doorbell_add(vm, d), 0);
	return d->fd;
}

static void doorbells_ring_without_an_exit(void **state)
{
	struct guest g = guest_open(1, 0, guest_bell, guest_bell_end);
	struct cairn_hv_doorbell one = { .addr = 0x9050, .len = 2, .has_match = true, .match = 1 };
	struct cairn_hv_doorbell any = { .addr = 0x9060 };
	struct cairn_hv_doorbell port = {
		.pio = true, .addr = 0x50, .len = 2, .has_match = true, .match = 3
	};
	int fd_one = bell_add(g.vm, &one), fd_any = bell_add(g.vm, &any);
	int fd_port = bell_add(g.vm, &port);

	guest_expect_write(&g, CAIRN_HV_EXIT_MMIO, 0x9050, 2, 2);
	assert_int_equal(guest_taken(fd_one), 1);
	guest_expect_write(&g, CAIRN_HV_EXIT_PIO, 0x50, 2, 4);
	assert_int_equal(guest_taken(fd_any), 2);
	assert_int_equal(guest_taken(fd_port), 1);
	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	assert_false(g.e->is_write);
	guest_close(&g);
	close(fd_one);
	close(fd_any);
	close(fd_port);
}

static void doorbells_are_deleted_by_their_tuple(void **state)
{
	struct guest g = guest_open(1, 0, guest_bell, guest_bell_end);
	struct cairn_hv_doorbell d = { .addr = 0x9050, .len = 2, .has_match = true, .match = 1 };
	struct cairn_hv_doorbell other = d;

	bell_add(g.vm, &d);
	assert_int_equal(cairn_hv_doorbell_add(g.vm, &d), -EEXIST);
	other.fd = d.fd;
	other.match = 2;
	assert_int_equal(cairn_hv_doorbell_del(g.vm, &other), -ENOENT);
	assert_int_equal(cairn_hv_doorbell_del(g.vm, &d), 0);
	guest_expect_write(&g, CAIRN_HV_EXIT_MMIO, 0x9050, 2, 1);
	guest_close(&g);
	close(d.fd);
}

/* INIT and SIPI to all others; they start at 0x2000 and say 7 at port 0x82. */
GUEST(smp, "movl $0x1ff, %fs:0xf0\n"
	   "movl $0xc4500, %fs:0x300\n"
	   "movl $0xc4602, %fs:0x300\n"
	   "movb $1, %al\noutb %al, $0x80\n"
	   "1: hlt\njmp 1b\n"
	   ".org guest_smp + 0x1000\n"
	   "movb $7, %al\noutb %al, $0x82\n"
	   "1: hlt\njmp 1b");

struct second_cpu {
	struct cairn_vcpu *vcpu;
	struct cairn_hv_exit e;
	uint8_t said;
	int rc;
};

static void *second_cpu_run(void *arg)
{
	struct second_cpu *s = arg;
	struct cairn_hv_exit *e;

	s->rc = cairn_hv_vcpu_run(s->vcpu, &e);
	if (s->rc == 0)
		s->e = *e;
	if (s->rc == 0 && e->data)
		s->said = e->data[0];
	return NULL;
}

/* It waits, can be kicked out of the wait, and is where a processor is after power-on. */
static void expect_parked(struct cairn_vcpu *v)
{
	struct cairn_hv_exit *e;

	cairn_hv_vcpu_kick(v);
	assert_int_equal(cairn_hv_vcpu_run(v, &e), 0);
	assert_int_equal(e->kind, CAIRN_HV_EXIT_KICKED);
	assert_int_equal(guest_reg(v, CAIRN_HV_X86_RIP), 0xfff0);
}

static void the_second_processor_waits_starts_and_waits_again_after_a_reboot(void **state)
{
	struct guest g = guest_open(2, 24, guest_smp, guest_smp_end);
	struct second_cpu s = { .vcpu = g.vcpu[1] };
	pthread_t t;

	expect_parked(g.vcpu[1]);
	assert_int_equal(pthread_create(&t, NULL, second_cpu_run, &s), 0);
	guest_expect_write(&g, CAIRN_HV_EXIT_PIO, 0x80, 1, 1);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(s.rc, 0);
	assert_int_equal(s.e.kind, CAIRN_HV_EXIT_PIO);
	assert_int_equal(s.e.addr, 0x82);
	assert_int_equal(s.said, 7);
	guest_close(&g);
	g = guest_open(2, 24, guest_smp, guest_smp_end);
	expect_parked(g.vcpu[1]);
	guest_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rising_line_interrupts_once),
		cmocka_unit_test(a_halted_guest_is_woken),
		cmocka_unit_test(a_bound_fd_raises_an_edge),
		cmocka_unit_test(a_resampled_line_is_high_until_the_guest_ends_it),
		cmocka_unit_test(after_unbind_the_fd_is_ours),
		cmocka_unit_test(a_message_is_sent_without_a_table),
		cmocka_unit_test(a_bound_message_goes_where_its_route_says_now),
		cmocka_unit_test(routes_are_written_once_for_many),
		cmocka_unit_test(a_number_used_again_gets_the_new_route),
		cmocka_unit_test(lines_work_beside_messages),
		cmocka_unit_test(as_many_messages_as_promised_can_be_bound),
		cmocka_unit_test(doorbells_ring_without_an_exit),
		cmocka_unit_test(doorbells_are_deleted_by_their_tuple),
		cmocka_unit_test(the_second_processor_waits_starts_and_waits_again_after_a_reboot),
	};

	if (!guest_has_kvm())
		return GUEST_TEST_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
