/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_gic_test.c - what of interrupts only aarch64 has: the timer, and who a message is from. */
#include "guest_asm.h"

#include "../guest_irq.h"

static void the_timer_interrupts(void **state)
{
	struct guest g = guest_timer();

	guest_expect_interrupt(&g, CAIRN_HV_ARM64_VTIMER_INTID);
	guest_expect_silence(&g);
	guest_close(&g);
}

/* The same event of another device is another message, and here one that nobody takes. */
static void a_message_is_its_devices(void **state)
{
	const struct guest_message m = guest_message(0);
	struct cairn_irq *i;
	int fd = guest_eventfd();
	struct guest g;

	if (!guest_has_messages())
		skip();
	g = guest_messages();
	assert_int_equal(cairn_hv_irq_msi(g.vm, &i), 0);
	assert_int_equal(cairn_hv_irq_route(i, m.addr, m.data, m.devid + 1), 0);
	(void)!cairn_hv_irq_level(i, true);
	guest_expect_silence(&g);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	guest_expect_silence(&g);
	assert_int_equal(cairn_hv_irq_route(i, m.addr, m.data, m.devid), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	guest_expect_interrupt(&g, guest_message_says[0]);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_timer_interrupts),
		cmocka_unit_test(a_message_is_its_devices),
	};

	if (!guest_has_kvm())
		return GUEST_TEST_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
