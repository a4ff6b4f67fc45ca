/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What is virtio-pci's own, but interrupts: identity, capabilities, registers, doorbells. */
#include "driver.h"

#include <unistd.h>

static int setup(void **state)
{
	*state = cairn_suite_open(&pci_suite_ops, 0);
	return 0;
}

static int teardown(void **state)
{
	cairn_suite_close(*state);
	return 0;
}

static void function_is_a_modern_virtio_device(void **state)
{
	struct world *w = world_of(*state);

	assert_int_equal(rd(w, FUNC, 2), 0x1af4);
	assert_int_equal(rd(w, FUNC + 2, 2), 0x1040 + CAIRN_VDEV_SCRIPT_TYPE);
	assert_int_equal(rd(w, FUNC + 8, 4), 0xff000001);
	assert_int_equal(rd(w, FUNC + 0x2c, 4), (0x40u + CAIRN_VDEV_SCRIPT_TYPE) << 16 | 0x1af4);
	assert_int_equal(rd(w, FUNC + 0x3d, 1), 1);
	assert_int_equal(rd(w, FUNC + 0x10, 4), REGS);
	assert_int_equal(rd(w, FUNC + 0x14, 4), MSIX);
}

static void class_follows_the_device_type(void **state)
{
	static const struct {
		uint32_t type, class_code;
	} want[] = { { 1, 0x020000 }, { 2, 0x018000 }, { 3, 0x078000 }, { 4, 0xff0000 } };
	struct cairn_suite *s = *state;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(want); i++) {
		s->ops->close(s);
		s->dev.vdev.type = want[i].type;
		s->ops->open(s);
		assert_int_equal(rd(world_of(s), FUNC + 8, 4), want[i].class_code << 8 | 1);
		assert_int_equal(rd(world_of(s), FUNC + 2, 2), 0x1040 + want[i].type);
	}
}

static void expect_cap(struct world *w, uint8_t type, uint32_t len, uint32_t at, uint32_t size)
{
	uint32_t cap = find_cap(w, type);

	assert_int_equal(rd(w, FUNC + cap + 2, 1), len);
	assert_int_equal(rd(w, FUNC + cap + 4, 1), 0);
	assert_int_equal(rd(w, FUNC + cap + 8, 4), at);
	assert_int_equal(rd(w, FUNC + cap + 12, 4), size);
}

static void capabilities_name_the_structures(void **state)
{
	struct world *w = world_of(*state);

	expect_cap(w, 1, 16, 0x0000, 0x3c);
	expect_cap(w, 2, 20, 0x3000, 0x100);
	expect_cap(w, 3, 16, 0x1000, 1);
	expect_cap(w, 4, 16, 0x2000, CAIRN_SUITE_CONFIG_LEN);
	expect_cap(w, 5, 20, 0, 0);
	assert_int_equal(rd(w, FUNC + find_cap(w, 2) + 16, 4), 4); /* between doorbells */
}

static void common_structure_reads_as_it_stands(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	cairn_suite_start(s);
	wr(w, REGS + 0x16, 2, 1);
	assert_int_equal(rd(w, REGS + 0x12, 2), CAIRN_SUITE_QUEUES);
	assert_int_equal(rd(w, REGS + 0x16, 2), 1);
	assert_int_equal(rd(w, REGS + 0x18, 2), 8);
	assert_int_equal(rd(w, REGS + 0x1a, 2), 2);
	assert_int_equal(rd(w, REGS + 0x1e, 2), 1);
	assert_true(rd(w, REGS + 0x20, 8) == 0x500010000);
	assert_int_equal(rd(w, REGS + 0x20, 4), 0x10000);
	assert_int_equal(rd(w, REGS + 0x24, 4), 5);
	assert_true(rd(w, REGS + 0x28, 8) == 0x500011000);
	assert_true(rd(w, REGS + 0x30, 8) == 0x500012000);
	assert_int_equal(rd(w, REGS + 0x08, 4), 1);
	assert_int_equal(rd(w, REGS + 0x0c, 4), s->dev.acked >> 32);
	assert_int_equal(rd(w, REGS + 0x00, 4), 1);
	assert_int_equal(rd(w, REGS + 0x38, 2), 0);
	assert_int_equal(rd(w, REGS + 0x3c, 2), 0);
}

static void address_of_eight_bytes_keeps_both_halves(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	cairn_suite_negotiate(s);
	wr(w, REGS + 0x16, 2, 0);
	wr(w, REGS + 0x20, 8, 0x1122334455667000);
	assert_true(cairn_carrier_queue_addr(&w->pci.carrier, 0, CAIRN_CARRIER_DESC) ==
		    0x1122334455667000);
	wr(w, REGS + 0x24, 4, 0x99);
	assert_true(rd(w, REGS + 0x20, 8) == 0x9955667000);
}

static void queue_that_is_not_there_has_nothing(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	cairn_suite_start(s);
	wr(w, REGS + 0x16, 2, CAIRN_SUITE_QUEUES);
	wr(w, REGS + 0x1a, 2, 0);
	assert_int_equal(rd(w, REGS + 0x18, 2), 0);
	assert_int_equal(rd(w, REGS + 0x1a, 2), 0xffff);
	assert_int_equal(rd(w, REGS + 0x1c, 2), 0);
	assert_int_equal(rd(w, REGS + 0x1e, 2), 0);
	assert_int_equal(rd(w, REGS + 0x20, 8), 0);
}

/* Each byte of the common structure by each width that is not its field's. */
static void odd_accesses_read_zero_and_do_nothing(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);
	static const uint8_t widths[] = { 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0,
					  0, 2, 0, 2, 0, 1, 1, 2, 0, 2, 0, 2, 0, 2, 0,
					  2, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4,
					  0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 2, 0, 2, 0 };

	cairn_suite_start(s);
	for (uint32_t off = 0; off < sizeof(widths); off++)
		for (uint32_t len = 1; len <= 8; len *= 2) {
			if (len == widths[off] || (len == 8 && off >= 0x20 && off % 8 == 0))
				continue;
			wr(w, REGS + off, len, 0);
			assert_int_equal(rd(w, REGS + off, len), 0);
		}
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), 0x0f);
	assert_int_equal(rd(w, REGS + 0x10, 2), 0);
	assert_int_equal(rd(w, REGS + 0x00, 4), 1);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], 1);
}

static void isr_and_doorbells_read_as_zero_otherwise(void **state)
{
	struct world *w = world_of(*state);

	assert_int_equal(rd(w, REGS + 0x1000, 4), 0);
	assert_int_equal(rd(w, REGS + 0x1001, 1), 0);
	wr(w, REGS + 0x1000, 1, 0xff);
	assert_int_equal(rd(w, REGS + 0x1000, 1), 0);
	assert_int_equal(rd(w, REGS + 0x3000, 4), 0);
	assert_int_equal(rd(w, REGS + 0x2000 + CAIRN_SUITE_CONFIG_LEN, 1), 0);
}

static void only_one_means_something_to_enable_and_reset(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	cairn_suite_start(s);
	wr(w, REGS + 0x16, 2, 0);
	wr(w, REGS + 0x1c, 2, 0);
	wr(w, REGS + 0x3a, 2, 2);
	cairn_suite_turn(s);
	assert_true(s->dev.queues[0].running);
	assert_int_equal(rd(w, REGS + 0x1c, 2), 1);
	cairn_suite_negotiate(s);
	wr(w, REGS + 0x1c, 2, 2);
	assert_int_equal(rd(w, REGS + 0x1c, 2), 0);
}

static void reset_makes_selectors_and_vectors_fresh(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	cairn_suite_start(s);
	wr(w, REGS + 0x16, 2, 1);
	s->ops->regs->set_status(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(rd(w, REGS + 0x00, 4), 0);
	assert_int_equal(rd(w, REGS + 0x08, 4), 0);
	assert_int_equal(rd(w, REGS + 0x16, 2), 0);
	assert_int_equal(rd(w, REGS + 0x10, 2), 0xffff);
	assert_int_equal(rd(w, REGS + 0x1a, 2), 0xffff);
}

static void kick_is_told_by_its_place(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	cairn_suite_start(s);
	wr(w, REGS + 0x3004, 2, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[1].kicks, 1);
	wr(w, REGS + 0x3006, 2, 1);
	wr(w, REGS + 0x3008, 2, 1);
	wr(w, REGS + 0x3ffc, 4, 1);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[0].kicks, 0);
	assert_int_equal(s->dev.queues[1].kicks, 1);
}

static void doorbells_follow_the_bar(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	assert_int_equal(w->n_bells, CAIRN_SUITE_QUEUES);
	assert_true(w->bells[0].addr == REGS + 0x3000 && w->bells[1].addr == REGS + 0x3004);
	assert_int_equal(w->bells[0].len, 0);
	assert_int_equal(w->bells[1].fd, cairn_carrier_kick_fd(&w->pci.carrier, 1));
	wr(w, FUNC + 0x10, 4, MOVED);
	assert_int_equal(w->n_bells, CAIRN_SUITE_QUEUES);
	assert_true(w->bells[0].addr == MOVED + 0x3000 && w->bells[1].addr == MOVED + 0x3004);
	wr(w, FUNC + 0x14, 4, MOVED + 0x10000); /* the table's BAR: not theirs */
	assert_int_equal(w->n_bells, CAIRN_SUITE_QUEUES);
	wr(w, FUNC + 0x04, 2, 0);
	assert_int_equal(w->n_bells, 0);
}

static void kicks_come_over_the_bus_where_doorbells_are_not_to_be_had(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	w->bells_allowed = 1;
	wr(w, FUNC + 0x10, 4, MOVED);
	assert_int_equal(w->n_bells, 1);
	wr(w, FUNC + 0x10, 4, REGS);
	cairn_suite_start(s);
	s->ops->kick(s, 1);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[1].kicks, 1);
}

/* Sets the window and returns where its data is. */
static uint64_t set_window(struct world *w, uint8_t bar, uint32_t off, uint32_t len)
{
	uint64_t cap = FUNC + find_cap(w, 5);

	wr(w, cap + 4, 1, bar);
	wr(w, cap + 8, 4, off);
	wr(w, cap + 12, 4, len);
	return cap + 16;
}

static void window_reaches_the_registers(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);
	uint64_t data = set_window(w, 0, 0x14, 1);

	wr(w, data, 1, CAIRN_VIRTIO_ACKNOWLEDGE);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), CAIRN_VIRTIO_ACKNOWLEDGE);
	assert_int_equal(rd(w, data, 1), CAIRN_VIRTIO_ACKNOWLEDGE);
	data = set_window(w, 0, 0x12, 2);
	assert_int_equal(rd(w, data, 2), CAIRN_SUITE_QUEUES);
	data = set_window(w, 0, 0x2008, 4);
	wr(w, data, 4, 0x11223344);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.config_off, 8);
	assert_int_equal(s->dev.config[3], 0x11);
}

static void window_elsewhere_is_none(void **state)
{
	static const struct {
		uint8_t bar;
		uint32_t off, len;
	} bad[] = { { 1, 0x14, 1 },       { 0, 0x14, 0 },          { 0, 0x14, 3 },
		    { 0, 0x20, 8 },       { 0, 0x2001, 2 },        { 0, 0x4000, 1 },
		    { 0, 0xfffffffc, 4 }, { 0, 0x14, 0xffffffff }, { 0xff, 0x14, 1 } };
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	cairn_suite_start(s);
	cairn_vdev_script_config(&s->dev, 1, 7);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		uint64_t data = set_window(w, bad[i].bar, bad[i].off, bad[i].len);

		wr(w, data, 4, 0);
		assert_int_equal(rd(w, data, 4), 0);
	}
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), 0x0f);
}

static void device_without_configuration_has_no_structure_for_it(void **state)
{
	struct cairn_suite *s = *state;
	uint32_t at;

	s->ops->close(s);
	s->dev.vdev.config_len = 0;
	s->ops->open(s);
	at = (uint32_t)rd(world_of(s), FUNC + 0x34, 1);
	for (; at; at = (uint32_t)rd(world_of(s), FUNC + at + 1, 1))
		assert_false(rd(world_of(s), FUNC + at, 1) == 9 &&
			     rd(world_of(s), FUNC + at + 3, 1) == 4);
}

static void function_works_without_doorbells(void **state)
{
	struct cairn_suite *s = *state;
	struct world *w = world_of(s);

	wr(w, FUNC + 0x04, 2, 0);
	w->pci.doorbells.add = NULL;
	wr(w, FUNC + 0x04, 2, 6);
	assert_int_equal(w->n_bells, 0);
	cairn_suite_start(s);
	s->ops->kick(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[0].kicks, 1);
}

static void window_works_before_the_bars_are_mapped(void **state)
{
	struct world *w = world_of(*state);
	uint64_t data;

	wr(w, FUNC + 0x04, 2, 0);
	data = set_window(w, 0, 0x12, 2);
	assert_int_equal(rd(w, data, 2), CAIRN_SUITE_QUEUES);
}

static void init_needs_an_interrupt(void **state)
{
	struct cairn_suite *s = *state;
	static struct cairn_virtio_pci p;
	struct cairn_irq_line line = { 0 };
	struct cairn_virtio_pci_desc desc = { .vdev = &s->dev.vdev, .view = s->view };

	s->ops->close(s);
	assert_int_equal(cairn_virtio_pci_init(&p, &desc), -EINVAL);
	desc.intx = &line;
	desc.intx_pin = 5;
	assert_int_equal(cairn_virtio_pci_init(&p, &desc), -EINVAL);
	assert_null(s->dev.vdev.host);
	s->dev.status[CAIRN_VDEV_OP_SET_VIEW] = -ENOMEM;
	assert_int_equal(cairn_virtio_pci_init(&p, &desc), -ENOMEM);
	s->dev.status[CAIRN_VDEV_OP_SET_VIEW] = 0;
	s->ops->open(s);
}

static int no_messages(void *ctx, struct cairn_irq_line **ret)
{
	return -ENOSPC;
}

static void readme_example_works(void **state)
{
	struct cairn_suite *s = *state;
	struct cairn_vdev *vdev = &s->dev.vdev;
	struct cairn_memview *view = s->view;
	static struct cairn_pci_root root;
	static struct cairn_virtio_pci pci;
	struct cairn_bus_region array[4];
	struct cairn_bus mem;

	s->ops->close(s);

	struct cairn_pci_root_config c = { .mem = &mem, .mem32 = { 0xc0000000, 0x10000000 } };
	struct cairn_virtio_pci_desc desc = { .vdev = vdev, .view = view, .msi = { no_messages } };

	assert_int_equal(cairn_bus_init(&mem, array, 4, CAIRN_BUS_MEM_LAST, CAIRN_BUS_MEM_MAX_LEN),
			 0);
	assert_int_equal(cairn_pci_root_init(&root, &c), 0);
	assert_int_equal(cairn_virtio_pci_init(&pci, &desc), 0);
	assert_int_equal(cairn_pci_root_add(&root, 1, 0, &pci.func), 0);
	cairn_virtio_pci_fini(&pci);

	s->ops->open(s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(function_is_a_modern_virtio_device),
		TEST(class_follows_the_device_type),
		TEST(capabilities_name_the_structures),
		TEST(common_structure_reads_as_it_stands),
		TEST(address_of_eight_bytes_keeps_both_halves),
		TEST(queue_that_is_not_there_has_nothing),
		TEST(odd_accesses_read_zero_and_do_nothing),
		TEST(isr_and_doorbells_read_as_zero_otherwise),
		TEST(only_one_means_something_to_enable_and_reset),
		TEST(reset_makes_selectors_and_vectors_fresh),
		TEST(kick_is_told_by_its_place),
		TEST(doorbells_follow_the_bar),
		TEST(kicks_come_over_the_bus_where_doorbells_are_not_to_be_had),
		TEST(window_reaches_the_registers),
		TEST(window_elsewhere_is_none),
		TEST(device_without_configuration_has_no_structure_for_it),
		TEST(function_works_without_doorbells),
		TEST(window_works_before_the_bars_are_mapped),
		TEST(init_needs_an_interrupt),
		TEST(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
