/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What is virtio-mmio's own: register decoding, doorbells, the line. */
#include "driver.h"

#include <unistd.h>

static int setup(void **state)
{
	*state = cairn_suite_open(&mmio_suite_ops, 0);
	return 0;
}

static int teardown(void **state)
{
	cairn_suite_close(*state);
	return 0;
}

static struct cairn_virtio_mmio *mmio(void **state)
{
	return &mmio_of(*state)->mmio;
}

static void identification_is_that_of_the_standard(void **state)
{
	assert_int_equal(fake_read(mmio(state), 0x00), 0x74726976);
	assert_int_equal(fake_read(mmio(state), 0x04), 2);
	assert_int_equal(fake_read(mmio(state), 0x08), CAIRN_VDEV_SCRIPT_TYPE);
	assert_int_equal(fake_read(mmio(state), 0x0c), 0x6e726163);
}

static void shared_memory_is_not_there(void **state)
{
	fake_write(mmio(state), 0xac, 0);
	for (uint64_t off = 0xb0; off <= 0xbc; off += 4)
		assert_int_equal(fake_read(mmio(state), off), 0xffffffff);
}

static void malformed_accesses_read_zero_and_do_nothing(void **state)
{
	struct cairn_suite *s = *state;
	static const uint32_t lens[] = { 1, 2, 8 };
	uint64_t value;

	cairn_suite_start(s);
	for (uint64_t off = 0; off < 0x100; off++)
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(lens); i++) {
			value = 1;
			assert_int_equal(
			    cairn_virtio_mmio_bus_ops.read(mmio(state), off, lens[i], &value),
			    CAIRN_IO_DONE);
			assert_int_equal(value, 0);
			assert_int_equal(
			    cairn_virtio_mmio_bus_ops.write(mmio(state), off, lens[i], 0),
			    CAIRN_IO_DONE);
		}
	fake_write(mmio(state), 0x71, 0); /* not aligned */
	fake_write(mmio(state), 0xf8, 0); /* nothing is there */
	fake_write(mmio(state), 0x00, 0); /* read-only */
	assert_int_equal(fake_read(mmio(state), 0x71), 0);
	assert_int_equal(fake_read(mmio(state), 0x50), 0); /* write-only */
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), 0xf);
	assert_int_equal(s->dev.entered[CAIRN_VDEV_OP_RESET], 1);
}

static void status_of_which_only_the_low_byte_is_zero_does_not_reset(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	fake_write(mmio(state), 0x70, 0x100);
	fake_write(mmio(state), 0x70, 0x10000);
	cairn_suite_turn(s);
	assert_int_equal(s->ops->regs->status(s), 0xf);
}

static void wide_values_are_not_narrowed(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_negotiate(s);
	cairn_suite_set_queue(s, 0x10000, 8); /* not queue 0 */
	assert_false(s->ops->regs->is_enabled(s, 0));
	cairn_suite_set_queue(s, 0, 0x10008); /* not 8 */
	assert_false(s->ops->regs->is_enabled(s, 0));
	assert_true(s->ops->regs->status(s) & CAIRN_VIRTIO_NEEDS_RESET);
	cairn_suite_start(s);
	s->ops->kick(s, 0x10001);
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[1].kicks, 0);
}

static void only_one_and_zero_mean_something_to_queue_ready(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	fake_write(mmio(state), 0x30, 0);
	fake_write(mmio(state), 0x44, 2);
	fake_write(mmio(state), 0xc0, 2);
	cairn_suite_turn(s);
	assert_true(s->dev.queues[0].running);
}

static void reset_makes_selectors_and_interrupts_fresh(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	cairn_vdev_script_signal(&s->dev, 0);
	fake_write(mmio(state), 0x30, 7);
	fake_write(mmio(state), 0x14, 1);
	s->ops->regs->set_status(s, 0);
	cairn_suite_turn(s);
	assert_int_equal(fake_read(mmio(state), 0x60), 0);
	assert_int_equal(fake_read(mmio(state), 0x34), 8); /* queue 0 */
	assert_int_equal(fake_read(mmio(state), 0x10), (uint32_t)CAIRN_SUITE_FEATURES); /* word 0 */
}

static void interrupt_that_comes_before_the_acknowledgement_is_an_edge_again(void **state)
{
	struct cairn_suite *s = *state;

	cairn_suite_start(s);
	cairn_vdev_script_signal(&s->dev, 0);
	assert_int_equal(fake_read(mmio(state), 0x60), 1);
	cairn_vdev_script_signal(&s->dev, 0);
	assert_int_equal(mmio_of(s)->line.edges, 2);
	assert_false(mmio_of(s)->line.high);
	cairn_vdev_script_config(&s->dev, 0, 1);
	fake_write(mmio(state), 0x64, 1); /* acknowledges what it says, no more */
	assert_int_equal(fake_read(mmio(state), 0x60), 2);
}

static void doorbells_fire_the_kick_of_their_queue(void **state)
{
	struct cairn_suite *s = *state;
	struct fake_bells *b = &mmio_of(s)->bells;
	uint64_t one = 1;

	assert_int_equal(b->n, CAIRN_SUITE_QUEUES);
	for (unsigned int i = 0; i < b->n; i++) {
		assert_true(b->bell[i].addr == FAKE_BASE + CAIRN_VIRTIO_MMIO_NOTIFY);
		assert_int_equal(b->bell[i].len, 4);
		assert_int_equal(b->bell[i].match, i);
	}
	cairn_suite_start(s);
	assert_int_equal(write(b->bell[1].fd, &one, sizeof(one)), sizeof(one));
	cairn_suite_turn(s);
	assert_int_equal(s->dev.queues[1].kicks, 1);
}

/* Another transport for the same world's device, with doorbells that answer so. */
static int init_with(struct cairn_suite *s, struct cairn_virtio_mmio *m, struct fake_line *line,
		     struct fake_bells *bells, int answer, unsigned int from)
{
	*line = (struct fake_line){ .line.ops = &fake_line_ops };
	*bells = (struct fake_bells){ .answer = answer, .fail_from = from };
	return cairn_virtio_mmio_init(
	    m, &(struct cairn_virtio_mmio_desc){ .vdev = &s->dev.vdev,
						 .view = s->view,
						 .line = &line->line,
						 .doorbells = { fake_add, fake_del, bells },
						 .base = FAKE_BASE });
}

static void kicks_come_over_the_bus_where_doorbells_are_not_to_be_had(void **state)
{
	struct cairn_suite *s = *state;
	struct cairn_virtio_mmio m;
	struct fake_line line;
	struct fake_bells bells;

	s->ops->close(s);
	assert_int_equal(init_with(s, &m, &line, &bells, -ENOTSUP, 1), 0);
	assert_int_equal(bells.n, 1);
	fake_write(&m, 0x50, 1);
	cairn_virtio_mmio_fini(&m);
	assert_int_equal(bells.n, 0);
	s->ops->open(s);
}

static void doorbell_that_fails_undoes_everything(void **state)
{
	struct cairn_suite *s = *state;
	struct cairn_virtio_mmio m;
	struct fake_line line;
	struct fake_bells bells;

	s->ops->close(s);
	assert_int_equal(init_with(s, &m, &line, &bells, -ENOSPC, 1), -ENOSPC);
	assert_int_equal(bells.n, 0);
	assert_int_equal(line.puts, 0); /* still the caller's */
	assert_null(s->dev.vdev.host);
	s->ops->open(s);
}

static void device_that_refuses_the_memory_is_not_carried(void **state)
{
	struct cairn_suite *s = *state;
	struct cairn_virtio_mmio m;
	struct fake_line line;
	struct fake_bells bells;

	s->ops->close(s);
	s->dev.status[CAIRN_VDEV_OP_SET_VIEW] = -ENOMEM;
	assert_int_equal(init_with(s, &m, &line, &bells, 0, 0), -ENOMEM);
	assert_null(s->dev.vdev.host);
	s->dev.status[CAIRN_VDEV_OP_SET_VIEW] = 0;
	s->ops->open(s);
}

static void readme_example_works(void **state)
{
	struct cairn_suite *s = *state;
	struct fake_line line = { .line.ops = &fake_line_ops };
	struct cairn_virtio_mmio mmio;

	s->ops->close(s);

	struct cairn_virtio_mmio_desc desc = {
		.vdev = &s->dev.vdev, .view = s->view, .line = &line.line, .base = FAKE_BASE
	};
	struct cairn_bus_region array[1];
	struct cairn_bus bus;
	uint64_t magic;

	assert_int_equal(cairn_virtio_mmio_init(&mmio, &desc), 0);
	assert_int_equal(cairn_bus_init(&bus, array, 1, CAIRN_BUS_MEM_LAST, CAIRN_BUS_MEM_MAX_LEN),
			 0);
	assert_int_equal(
	    cairn_bus_add(&bus, &(struct cairn_bus_region){ .base = FAKE_BASE,
							    .len = CAIRN_VIRTIO_MMIO_LEN,
							    .ops = &cairn_virtio_mmio_bus_ops,
							    .ctx = &mmio }),
	    0);
	assert_int_equal(cairn_bus_read(&bus, FAKE_BASE, 4, &magic), CAIRN_IO_DONE);
	assert_int_equal(magic, 0x74726976);
	cairn_virtio_mmio_fini(&mmio);

	s->ops->open(s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(identification_is_that_of_the_standard),
		TEST(shared_memory_is_not_there),
		TEST(malformed_accesses_read_zero_and_do_nothing),
		TEST(status_of_which_only_the_low_byte_is_zero_does_not_reset),
		TEST(wide_values_are_not_narrowed),
		TEST(only_one_and_zero_mean_something_to_queue_ready),
		TEST(reset_makes_selectors_and_interrupts_fresh),
		TEST(interrupt_that_comes_before_the_acknowledgement_is_an_edge_again),
		TEST(doorbells_fire_the_kick_of_their_queue),
		TEST(kicks_come_over_the_bus_where_doorbells_are_not_to_be_had),
		TEST(doorbell_that_fails_undoes_everything),
		TEST(device_that_refuses_the_memory_is_not_carried),
		TEST(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
