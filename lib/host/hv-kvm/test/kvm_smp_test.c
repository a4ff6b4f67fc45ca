/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_smp_test.c - doorbells out of a guest, and a second processor started. */
#include "guest_test.h"

static int bell_add(struct cairn_vm *vm, struct cairn_hv_doorbell *d)
{
	d->fd = guest_eventfd();
	assert_int_equal(cairn_hv_doorbell_add(vm, d), 0);
	return d->fd;
}

static void doorbells_ring_without_an_exit(void **state)
{
	struct guest g = guest_open(1, 0, &guest_bell);
	struct cairn_hv_doorbell one = { .addr = 0x9050, .len = 2, .has_match = true, .match = 1 };
	struct cairn_hv_doorbell any = { .addr = 0x9060 };
	int fd_one = bell_add(g.vm, &one), fd_any = bell_add(g.vm, &any);

	guest_expect_mmio(&g, 0x9050, 2, 2);
	assert_int_equal(guest_taken(fd_one), 1);
	guest_run(&g, CAIRN_HV_EXIT_MMIO);
	assert_false(g.e->is_write);
	assert_int_equal(guest_taken(fd_any), 2);
	guest_close(&g);
	close(fd_one);
	close(fd_any);
}

static void doorbells_are_deleted_by_their_tuple(void **state)
{
	struct guest g = guest_open(1, 0, &guest_bell);
	struct cairn_hv_doorbell d = { .addr = 0x9050, .len = 2, .has_match = true, .match = 1 };
	struct cairn_hv_doorbell other = d;

	bell_add(g.vm, &d);
	assert_int_equal(cairn_hv_doorbell_add(g.vm, &d), -EEXIST);
	other.fd = d.fd;
	other.match = 2;
	assert_int_equal(cairn_hv_doorbell_del(g.vm, &other), -ENOENT);
	assert_int_equal(cairn_hv_doorbell_del(g.vm, &d), 0);
	guest_expect_mmio(&g, 0x9050, 2, 1);
	guest_close(&g);
	close(d.fd);
}

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
	assert_int_equal(guest_reg(v, guest_pc), guest_pc_parked);
}

static void the_second_processor_waits_starts_and_waits_again_after_a_reboot(void **state)
{
	struct guest g = guest_open(2, guest_lines, &guest_smp);
	struct second_cpu s = { .vcpu = g.vcpu[1] };
	pthread_t t;

	expect_parked(g.vcpu[1]);
	assert_int_equal(pthread_create(&t, NULL, second_cpu_run, &s), 0);
	guest_expect_mmio(&g, 0x9000, 1, 1);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(s.rc, 0);
	assert_int_equal(s.e.kind, CAIRN_HV_EXIT_MMIO);
	assert_int_equal(s.e.addr, 0x9010);
	assert_int_equal(s.said, 7);
	guest_close(&g);
	g = guest_open(2, guest_lines, &guest_smp);
	expect_parked(g.vcpu[1]);
	guest_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doorbells_ring_without_an_exit),
		cmocka_unit_test(doorbells_are_deleted_by_their_tuple),
		cmocka_unit_test(the_second_processor_waits_starts_and_waits_again_after_a_reboot),
	};

	if (!guest_has_kvm())
		return GUEST_TEST_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
