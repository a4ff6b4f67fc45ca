/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_irq_test.c - interrupts into a guest. */
#include "guest_irq.h"

#include "../src/kvm_.h"

/* The line, and the guest that takes it. */
static struct guest line_guest(bool is_level, struct cairn_irq **ret_line)
{
	struct guest g = guest_line(is_level);

	assert_int_equal(cairn_hv_irq_line(g.vm, GUEST_LINE, ret_line), 0);
	return g;
}

static void a_rising_line_interrupts_once(void **state)
{
	struct cairn_irq *i;
	struct guest g = line_guest(false, &i);

	for (int n = 0; n < 3; n++) {
		assert_int_equal(cairn_hv_irq_level(i, true), 0);
		guest_expect_interrupt(&g, guest_line_says);
		assert_int_equal(cairn_hv_irq_level(i, false), 0);
	}
	guest_expect_silence(&g);
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
	struct guest g = line_guest(false, &i);
	void *rc = NULL;
	pthread_t t;

	guest_expect_silence(&g);
	guest_halts(&g);
	assert_int_equal(pthread_create(&t, NULL, raise_soon, i), 0);
	guest_expect_polling(&g, 0x9010, guest_line_says);
	assert_int_equal(pthread_join(t, &rc), 0);
	assert_null(rc);
	cairn_hv_irq_put(i);
	guest_close(&g);
}

static void a_bound_fd_raises_an_edge(void **state)
{
	struct cairn_irq *i;
	struct guest g = line_guest(false, &i);
	int fd = guest_eventfd();

	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	for (int n = 0; n < 3; n++) {
		assert_int_equal(eventfd_write(fd, 1), 0);
		guest_expect_interrupt(&g, guest_line_says);
	}
	guest_expect_silence(&g);
	assert_int_equal(guest_taken(fd), 0);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

static void a_resampled_line_is_high_until_the_guest_ends_it(void **state)
{
	struct cairn_irq *i;
	struct guest g = line_guest(true, &i);
	int fd = guest_eventfd(), resample = guest_eventfd();

	assert_int_equal(cairn_hv_irq_bind(i, fd, resample), 0);
	for (int n = 0; n < 3; n++) {
		assert_int_equal(eventfd_write(fd, 1), 0);
		guest_expect_polling(&g, 0x9010, guest_line_says);
		assert_int_equal(guest_taken(resample), 0);
		guest_expect_polling(&g, 0x9020, 0x66);
		assert_int_equal(guest_taken(resample), 1);
	}
	guest_expect_silence(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
	close(resample);
}

static void after_unbind_the_fd_is_ours(void **state)
{
	struct cairn_irq *i;
	struct guest g = line_guest(false, &i);
	int fd = guest_eventfd();

	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(cairn_hv_irq_unbind(i), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	guest_expect_silence(&g);
	assert_int_equal(guest_taken(fd), 1);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	guest_expect_interrupt(&g, guest_line_says);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

static int route(struct cairn_irq *i, unsigned which)
{
	const struct guest_message m = guest_message(which);

	return cairn_hv_irq_route(i, m.addr, m.data, m.devid);
}

static struct cairn_irq *message(struct guest *g, unsigned which)
{
	struct cairn_irq *i;

	assert_int_equal(cairn_hv_irq_msi(g->vm, &i), 0);
	assert_int_equal(route(i, which), 0);
	return i;
}

static void a_message_is_sent_without_a_table(void **state)
{
	struct guest g = guest_messages();
	struct cairn_irq *i = message(&g, 0);

	assert_int_equal(cairn_hv_irq_level(i, true), 0);
	guest_expect_interrupt(&g, guest_message_says[0]);
	assert_true(to_kvm_vm(g.vm)->routes_dirty);
	guest_expect_silence(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
}

static void a_bound_message_goes_where_its_route_says_now(void **state)
{
	struct guest g = guest_messages();
	struct cairn_irq *i = message(&g, 0);
	int fd = guest_eventfd();

	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	guest_expect_interrupt(&g, guest_message_says[0]);
	assert_int_equal(route(i, 1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	guest_expect_interrupt(&g, guest_message_says[1]);
	assert_int_equal(cairn_hv_irq_unbind(i), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	guest_expect_silence(&g);
	assert_int_equal(guest_taken(fd), 1);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

static void routes_are_written_once_for_many(void **state)
{
	struct guest g = guest_messages();
	struct cairn_irq *i[3] = { message(&g, 0), message(&g, 0), message(&g, 1) };
	int fd[3];

	for (int n = 0; n < 3; n++) {
		assert_int_equal(to_kvm_vm(g.vm)->routes_dirty, n == 0);
		fd[n] = guest_eventfd();
		assert_int_equal(cairn_hv_irq_bind(i[n], fd[n], -1), 0);
	}
	/* the same route again is no change */
	assert_int_equal(cairn_hv_irq_unbind(i[1]), 0);
	assert_int_equal(route(i[1], 0), 0);
	assert_false(to_kvm_vm(g.vm)->routes_dirty);
	assert_int_equal(eventfd_write(fd[2], 1), 0);
	guest_expect_interrupt(&g, guest_message_says[1]);
	for (int n = 0; n < 3; n++) {
		cairn_hv_irq_put(i[n]);
		close(fd[n]);
	}
	guest_close(&g);
}

static void a_number_used_again_gets_the_new_route(void **state)
{
	struct guest g = guest_messages();
	struct cairn_irq *i = message(&g, 0);
	int fd = guest_eventfd();

	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	cairn_hv_irq_put(i);
	i = message(&g, 1);
	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	guest_expect_interrupt(&g, guest_message_says[1]);
	guest_expect_silence(&g);
	cairn_hv_irq_put(i);
	guest_close(&g);
	close(fd);
}

static void lines_work_beside_messages(void **state)
{
	struct cairn_irq *line;
	struct guest g = line_guest(false, &line);
	struct cairn_irq *i = message(&g, 0);
	int fd = guest_eventfd();

	assert_int_equal(cairn_hv_irq_bind(i, fd, -1), 0); /* writes the whole table */
	assert_int_equal(cairn_hv_irq_level(line, true), 0);
	guest_expect_interrupt(&g, guest_line_says);
	cairn_hv_irq_put(i);
	cairn_hv_irq_put(line);
	guest_close(&g);
	close(fd);
}

static void as_many_messages_as_promised_can_be_bound(void **state)
{
	static struct cairn_irq *all[KVM_GSI_LIMIT];
	struct guest g = guest_messages();
	int n = cairn_hv_cap(g.vm, CAIRN_HV_MSI), fd = guest_eventfd();
	struct cairn_irq *more;

	assert_in_range(n, 1, KVM_GSI_LIMIT);
	for (int i = 0; i < n; i++)
		all[i] = message(&g, i == n - 1);
	assert_int_equal(cairn_hv_irq_msi(g.vm, &more), -ENOSPC);
	assert_int_equal(cairn_hv_irq_bind(all[n - 1], fd, -1), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	guest_expect_interrupt(&g, guest_message_says[1]);
	for (int i = 0; i < n; i++)
		cairn_hv_irq_put(all[i]);
	guest_close(&g);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest lines[] = {
		cmocka_unit_test(a_rising_line_interrupts_once),
		cmocka_unit_test(a_halted_guest_is_woken),
		cmocka_unit_test(a_bound_fd_raises_an_edge),
		cmocka_unit_test(a_resampled_line_is_high_until_the_guest_ends_it),
		cmocka_unit_test(after_unbind_the_fd_is_ours),
	};
	const struct CMUnitTest messages[] = {
		cmocka_unit_test(a_message_is_sent_without_a_table),
		cmocka_unit_test(a_bound_message_goes_where_its_route_says_now),
		cmocka_unit_test(routes_are_written_once_for_many),
		cmocka_unit_test(a_number_used_again_gets_the_new_route),
		cmocka_unit_test(lines_work_beside_messages),
		cmocka_unit_test(as_many_messages_as_promised_can_be_bound),
	};
	int failed;

	if (!guest_has_kvm())
		return GUEST_TEST_SKIP;
	failed = cmocka_run_group_tests(lines, NULL, NULL);
	if (guest_has_messages())
		failed += cmocka_run_group_tests(messages, NULL, NULL);
	else
		print_message("no messages here\n");
	return failed;
}
