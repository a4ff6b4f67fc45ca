/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Messages, masks, pending bits, the wired interrupt: no signal is lost, whatever the driver does.
 */
#include "driver.h"

#define CONTROL (FUNC + 0x42) /* of the MSI-X capability, the first */

static int setup(void **state)
{
	*state = cairn_suite_open(&pci_suite_ops, 0);
	cairn_suite_start(*state);
	return 0;
}

/* MSI-X is there, off, and nothing has been set. */
static int setup_bare(void **state)
{
	*state = cairn_suite_open(&pci_bare_suite_ops, 0);
	return 0;
}

static int setup_intx(void **state)
{
	*state = cairn_suite_open(&pci_intx_suite_ops, 0);
	cairn_suite_start(*state);
	return 0;
}

static int teardown(void **state)
{
	cairn_suite_close(*state);
	return 0;
}

static void signal_queue(struct cairn_suite *s, uint16_t index)
{
	cairn_vdev_script_signal(&s->dev, index);
	cairn_suite_turn(s);
}

static void each_queue_sends_its_own_message(void **state)
{
	struct world *w = world_of(*state);

	signal_queue(*state, 1);
	assert_int_equal(take_sent(line_of(w, 2)), 1);
	assert_int_equal(take_sent(line_of(w, 1)), 0);
	cairn_vdev_script_config(&((struct cairn_suite *)*state)->dev, 0, 1);
	assert_int_equal(take_sent(line_of(w, 0)), 1);
	assert_false(w->intx.high);
}

static void queues_can_share_a_vector(void **state)
{
	struct world *w = world_of(*state);

	wr(w, REGS + 0x16, 2, 0);
	wr(w, REGS + 0x1a, 2, 2);
	signal_queue(*state, 0);
	signal_queue(*state, 1);
	assert_int_equal(take_sent(line_of(w, 2)), 2);
}

static void vector_that_is_not_there_reads_back_as_none(void **state)
{
	struct world *w = world_of(*state);

	wr(w, REGS + 0x16, 2, 0);
	wr(w, REGS + 0x1a, 2, CAIRN_SUITE_QUEUES + 1);
	assert_int_equal(rd(w, REGS + 0x1a, 2), 0xffff);
	wr(w, REGS + 0x10, 2, 0xfffe);
	assert_int_equal(rd(w, REGS + 0x10, 2), 0xffff);
	signal_queue(*state, 0);
	for (unsigned v = 0; v < 3; v++)
		assert_int_equal(take_sent(line_of(w, v)), 0);
	wr(w, REGS + 0x1a, 2, CAIRN_SUITE_QUEUES);
	assert_int_equal(rd(w, REGS + 0x1a, 2), CAIRN_SUITE_QUEUES);
}

static void masked_signal_is_pending_and_sent_when_unmasked(void **state)
{
	struct world *w = world_of(*state);

	wr(w, MSIX + 16 + 12, 4, 1);
	signal_queue(*state, 0);
	signal_queue(*state, 0);
	assert_int_equal(take_sent(line_of(w, 1)), 0);
	assert_int_equal(rd(w, MSIX + 0x800, 8), 2);
	wr(w, MSIX + 16 + 12, 4, 0);
	assert_int_equal(take_sent(line_of(w, 1)), 1);
	assert_int_equal(rd(w, MSIX + 0x800, 8), 0);
}

static void function_mask_holds_everything_back(void **state)
{
	struct world *w = world_of(*state);

	wr(w, CONTROL, 2, 0xc000);
	signal_queue(*state, 0);
	signal_queue(*state, 1);
	wr(w, CONTROL, 2, 0x8000);
	assert_int_equal(take_sent(line_of(w, 1)), 1);
	assert_int_equal(take_sent(line_of(w, 2)), 1);
}

static void message_changed_under_the_mask_goes_to_the_new_place(void **state)
{
	struct world *w = world_of(*state);
	struct test_line *old = line_of(w, 1);

	wr(w, MSIX + 16 + 12, 4, 1);
	signal_queue(*state, 0);
	wr(w, MSIX + 16, 8, MSG(7));
	wr(w, MSIX + 16 + 8, 4, 7);
	assert_int_equal(old->routes, 1);
	wr(w, MSIX + 16 + 12, 4, 0);
	assert_int_equal(old->routes, 2);
	assert_ptr_equal(line_of(w, 7), old);
	assert_int_equal(take_sent(old), 1);
}

static void either_half_of_a_message_is_routed_anew(void **state)
{
	struct world *w = world_of(*state);
	struct test_line *l = line_of(w, 1);

	wr(w, MSIX + 16, 8, MSG(6));
	assert_true(l->address == MSG(6) && l->data == 1);
	wr(w, MSIX + 16 + 8, 4, 6);
	assert_true(l->address == MSG(6) && l->data == 6);
	assert_int_equal(l->routes, 3);
}

static void message_of_zeroes_is_routed_too(void **state)
{
	struct world *w = world_of(*state);

	wr(w, CONTROL, 2, 0x8000);
	wr(w, MSIX + 12, 4, 0);
	assert_int_equal(w->n_lines, 1);
	assert_int_equal(w->lines[0].routes, 1);
}

static void same_message_is_not_routed_again(void **state)
{
	struct world *w = world_of(*state);

	for (int i = 0; i < 5; i++) {
		wr(w, MSIX + 16 + 12, 4, 1);
		wr(w, MSIX + 16 + 12, 4, 0);
	}
	assert_int_equal(line_of(w, 1)->routes, 1);
}

static void message_that_the_host_refuses_breaks_the_device(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	w->route_answer = -ENOSPC;
	wr(w, MSIX + 16 + 8, 4, 9);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), 0x0f | CAIRN_VIRTIO_NEEDS_RESET);
	w->route_answer = 0;
	cairn_suite_start(s); /* reset mends it */
	wr(w, MSIX + 16 + 8, 4, 1);
	signal_queue(s, 0);
	assert_int_equal(take_sent(line_of(w, 1)), 1);
}

static void line_that_is_not_to_be_had_breaks_the_device(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	cairn_suite_start(s);
	wr(w, CONTROL, 2, 0x8000);
	assert_int_equal(w->n_lines, 0); /* none before it is live */
	w->take_answer = -ENOSPC;
	set_message(w, 1, false);
	cairn_vdev_script_signal(&s->dev, 0); /* nothing to send it by */
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), 0x0f | CAIRN_VIRTIO_NEEDS_RESET);
}

static void pending_signal_of_a_message_that_fails_is_not_sent(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	wr(w, CONTROL, 2, 0xc000);
	signal_queue(s, 0);
	w->route_answer = -EINVAL;
	wr(w, MSIX + 16 + 8, 4, 9);
	wr(w, CONTROL, 2, 0x8000);
	assert_int_equal(take_sent(&w->lines[1]), 0);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), 0x0f | CAIRN_VIRTIO_NEEDS_RESET);
}

static void without_msix_the_isr_tells_and_the_line_is_high(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	signal_queue(s, 0);
	assert_true(w->intx.high);
	assert_int_equal(rd(w, REGS + 0x1000, 4), 0); /* not its width: acknowledges nothing */
	assert_int_equal(rd(w, FUNC + 6, 2) & 8, 8);
	cairn_vdev_script_config(&s->dev, 0, 1);
	assert_int_equal(rd(w, REGS + 0x1000, 1), 3);
	assert_false(w->intx.high);
	assert_int_equal(rd(w, REGS + 0x1000, 1), 0);
	assert_int_equal(rd(w, FUNC + 6, 2) & 8, 0);
}

static void wired_interrupt_can_be_disabled_and_comes_back(void **state)
{
	struct world *w = world_of(*state);

	wr(w, FUNC + 4, 2, 0x0406);
	signal_queue(*state, 0);
	assert_false(w->intx.high);
	wr(w, FUNC + 4, 2, 0x0006);
	assert_true(w->intx.high);
	assert_int_equal(rd(w, REGS + 0x1000, 1), 1);
}

static void reset_lowers_the_wired_interrupt(void **state)
{
	struct cairn_suite *s = *state;

	signal_queue(s, 0);
	s->ops->regs->set_status(s, 0);
	cairn_suite_turn(s);
	assert_false(world_of(s)->intx.high);
	assert_int_equal(rd(world_of(s), REGS + 0x1000, 1), 0);
}

static void vectors_mean_nothing_without_msix(void **state)
{
	struct world *w = world_of(*state);

	wr(w, REGS + 0x10, 2, 0);
	assert_int_equal(rd(w, REGS + 0x10, 2), 0xffff);
	assert_true(rd(w, MSIX, 4) == 0xffffffff); /* no such BAR */
}

static void switched_off_msix_goes_back_to_the_wire(void **state)
{
	struct world *w = world_of(*state);

	wr(w, CONTROL, 2, 0);
	signal_queue(*state, 0);
	assert_true(w->intx.high);
	wr(w, CONTROL, 2, 0x8000);
	assert_false(w->intx.high);
	signal_queue(*state, 0);
	assert_int_equal(take_sent(line_of(w, 1)), 1);
	assert_int_equal(rd(w, REGS + 0x1000, 1), 1); /* of the one before */
}

static void machine_reset_leaves_nothing_of_the_interrupts(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	cairn_pci_root_reset(&w->root);
	assert_int_equal(w->n_bells, 0);
	assert_false(cairn_pci_msix_is_enabled(&w->pci.msix));
	wr(w, FUNC + 4, 2, 6);
	assert_int_equal(rd(w, MSIX + 16, 8), 0);
	assert_int_equal(rd(w, MSIX + 16 + 12, 4), 1);
}

int main(void)
{
#define TEST(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)
#define BARE(name)  cmocka_unit_test_setup_teardown(name, setup_bare, teardown)
#define WIRED(name) cmocka_unit_test_setup_teardown(name, setup_intx, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_queue_sends_its_own_message),
		TEST(queues_can_share_a_vector),
		TEST(vector_that_is_not_there_reads_back_as_none),
		TEST(masked_signal_is_pending_and_sent_when_unmasked),
		TEST(function_mask_holds_everything_back),
		TEST(message_changed_under_the_mask_goes_to_the_new_place),
		TEST(either_half_of_a_message_is_routed_anew),
		BARE(message_of_zeroes_is_routed_too),
		TEST(same_message_is_not_routed_again),
		TEST(message_that_the_host_refuses_breaks_the_device),
		TEST(pending_signal_of_a_message_that_fails_is_not_sent),
		BARE(line_that_is_not_to_be_had_breaks_the_device),
		TEST(switched_off_msix_goes_back_to_the_wire),
		TEST(machine_reset_leaves_nothing_of_the_interrupts),
		WIRED(without_msix_the_isr_tells_and_the_line_is_high),
		WIRED(wired_interrupt_can_be_disabled_and_comes_back),
		WIRED(reset_lowers_the_wired_interrupt),
		WIRED(vectors_mean_nothing_without_msix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
