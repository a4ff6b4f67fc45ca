/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* nvme_test.c - namespaces read and written by pages, and controllers that lie or hang. */
#include <fw/disks.h>
#include <fw/platform.h>

#include "fake_nvme.h"

#define RAM_BYTES (UINT64_C(1) << 24)

static struct fw_block *disks[FW_NVME_UNITS_MAX];
static uint32_t n_disks;
static struct cairn_err err;

static int setup(void **state)
{
	world_open(RAM_BYTES);
	nvme_plug();
	return 0;
}

static int teardown(void **state)
{
	world_close();
	return 0;
}

static int open_disks(void)
{
	memset(&err, 0, sizeof(err));
	assert_int_equal(fw_pci_enumerate(&fw_platform, world.functions, FW_PCI_MAX), 2);
	return fw_nvme_open(&world.functions[1], disks, FW_NVME_UNITS_MAX, &n_disks, &err);
}

static void expect_refused(int code, const char *what)
{
	assert_int_equal(open_disks(), code);
	assert_string_equal(err.what, what);
	assert_int_equal(pages_out(), 0);
}

static int read_all(uint32_t i)
{
	memset(world.ram, 0, NVME_DISK);
	return disks[i]->ops->read(disks[i], 0, world.ram, (uint32_t)disks[i]->n_blocks);
}

static void namespace_is_found_and_read(void **state)
{
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 1);
	assert_int_equal(disks[0]->n_blocks, NVME_DISK / 512);
	assert_int_equal(disks[0]->block_bytes, 512);
	assert_false(disks[0]->is_readonly);
	assert_string_equal(disks[0]->name, "nvme 0:9.0#1");
	assert_int_equal(read_all(0), 0);
	assert_memory_equal(world.ram, nvme.disk, NVME_DISK);
	assert_int_equal(nvme.n_bells, 1);
	assert_int_equal(disks[0]->notifications, 1 + 2 + 3); /* queues, identities */
}

static void other_functions_are_none(void **state)
{
	assert_int_equal(fw_pci_enumerate(&fw_platform, world.functions, FW_PCI_MAX), 2);
	assert_int_equal(
	    fw_nvme_open(&world.functions[0], disks, FW_NVME_UNITS_MAX, &n_disks, &err), -ENODEV);
}

static void pages_need_not_be_whole(void **state)
{
	static const uint32_t offsets[] = { 0, 4, 2048, 3584, 4092 };
	static const uint32_t blocks[] = { 1, 7, 8, 9, 16, 17, 300, 2048, 2049 };

	assert_int_equal(open_disks(), 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(offsets); i++)
		for (size_t k = 0; k < CAIRN_ARRAY_LEN(blocks); k++) {
			uint8_t *dst = world.ram + offsets[i];
			size_t bytes = blocks[k] * 512u;

			memset(world.ram, 0xee, bytes + 8192);
			assert_int_equal(disks[0]->ops->read(disks[0], 3, dst, blocks[k]), 0);
			assert_memory_equal(dst, nvme.disk + 3 * 512, bytes);
			assert_int_equal(dst[bytes], 0xee);
			assert_true(offsets[i] == 0 || dst[-1] == 0xee);
		}
	assert_true(nvme.n_prp_lists > 0);
}

static void odd_addresses_go_through_other_pages(void **state)
{
	assert_int_equal(open_disks(), 0);
	assert_int_equal(disks[0]->ops->read(disks[0], 1, world.ram + 3, 300), 0);
	assert_memory_equal(world.ram + 3, nvme.disk + 512, 300 * 512);
	memset(world.ram, 0x5a, 300 * 512 + 1);
	assert_int_equal(disks[0]->ops->write(disks[0], 8, world.ram + 1, 300), 0);
	assert_memory_equal(nvme.disk + 8 * 512, world.ram, 300 * 512);
	assert_int_not_equal(nvme.disk[308 * 512], 0x5a);
}

static void write_and_flush_reach_the_namespace(void **state)
{
	assert_int_equal(open_disks(), 0);
	memset(world.ram, 0x5a, 1024);
	assert_int_equal(disks[0]->ops->write(disks[0], 7, world.ram, 2), 0);
	assert_memory_equal(nvme.disk + 7 * 512, world.ram, 1024);
	assert_int_not_equal(nvme.disk[9 * 512], 0x5a);
	assert_int_equal(disks[0]->ops->flush(disks[0]), 0);
	assert_int_equal(nvme.n_flushes, 1);
}

static void requests_keep_to_mdts(void **state)
{
	nvme.mdts = 3;
	assert_int_equal(open_disks(), 0);
	assert_int_equal(read_all(0), 0);
	assert_memory_equal(world.ram, nvme.disk, NVME_DISK);
	assert_int_equal(nvme.longest, 8 * 4096);
}

static void mdts_beyond_ours_is_ours(void **state)
{
	nvme.mdts = 255;
	assert_int_equal(open_disks(), 0);
	assert_int_equal(read_all(0), 0);
	assert_int_equal(nvme.longest, FW_DISK_REQUEST_BYTES);
}

static void short_queues_do(void **state)
{
	nvme.mdts = 1;
	nvme.cap = (nvme.cap & ~UINT64_C(0xffff)) | 1; /* two entries: one command at a time */
	assert_int_equal(open_disks(), 0);
	assert_int_equal(nvme.size, 2);
	assert_int_equal(read_all(0), 0);
	assert_memory_equal(world.ram, nvme.disk, NVME_DISK);
}

static void rings_wrap_many_times(void **state)
{
	nvme.mdts = 1;
	assert_int_equal(open_disks(), 0);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(read_all(0), 0);
		assert_memory_equal(world.ram, nvme.disk, NVME_DISK);
	}
}

static void doorbells_may_be_apart(void **state)
{
	nvme.cap |= UINT64_C(3) << 32;
	assert_int_equal(open_disks(), 0);
	assert_int_equal(read_all(0), 0);
}

static void namespaces_are_disks_of_their_own(void **state)
{
	nvme.spaces[1] = (struct nvme_space){ .n_blocks = 0 };
	nvme.spaces[2] = (struct nvme_space){ .n_blocks = 100, .shift = 12, .is_protected = true };
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 2);
	assert_int_equal(disks[1]->block_bytes, 4096);
	assert_int_equal(disks[1]->at.unit, 3);
	assert_true(disks[1]->is_readonly);
	assert_int_equal(read_all(1), 0);
	assert_memory_equal(world.ram, nvme.disk, 100 * 4096);
}

static void old_controllers_have_no_list(void **state)
{
	nvme.version = 0x010000;
	nvme.spaces[1] = (struct nvme_space){ .n_blocks = 10, .shift = 9 };
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 2);
}

static void odd_namespaces_are_left_out(void **state)
{
	static const struct nvme_space odd[] = {
		{ .n_blocks = 8, .shift = 8 },
		{ .n_blocks = 8, .shift = 13 },
		{ .n_blocks = 8, .shift = 255 },
		{ .n_blocks = 8, .shift = 9, .metadata = 8 },
		{ .n_blocks = UINT64_C(1) << 55, .shift = 9 },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(odd); i++) {
		nvme.spaces[0] = odd[i];
		assert_int_equal(open_disks(), 0);
		assert_int_equal(n_disks, 0);
		assert_int_equal(pages_out(), 0);
		assert_int_equal(nvme.cc & 1, 0);
	}
}

static void refused_commands_are_an_end(void **state)
{
	nvme.refused_admin = 5;
	expect_refused(-ENOTSUP, "the controller gives no queues");
	nvme.refused_admin = 1;
	expect_refused(-ENOTSUP, "the controller gives no queues");
	nvme.refused_admin = 6;
	expect_refused(-ENOTSUP, "the controller does not identify itself");
}

static void capabilities_that_do_not_fit_are_refused(void **state)
{
	nvme.cap |= UINT64_C(1) << 48; /* pages of 8192 at least */
	expect_refused(-ENOTSUP, "no pages of 4096 bytes, or no NVM commands");
	nvme.cap = 2047;
	expect_refused(-ENOTSUP, "no pages of 4096 bytes, or no NVM commands");
	nvme.cap = UINT64_C(1) << 37; /* one entry */
	expect_refused(-EPROTO, "queues or doorbells that cannot be");
	nvme.cap = UINT64_C(1) << 37 | UINT64_C(15) << 32 | 2047; /* beyond the BAR */
	expect_refused(-EPROTO, "queues or doorbells that cannot be");
	nvme.cap = UINT64_MAX;
	expect_refused(-ENODEV, "nobody answers");
}

static void controller_that_does_not_get_ready_is_a_time_limit(void **state)
{
	nvme.never_ready = true;
	expect_refused(-ETIMEDOUT, "the controller does not get ready");
	assert_true(test_ticks >= UINT64_C(2000000000));
	assert_true(test_ticks <= UINT64_C(3000000000));
}

static void controller_that_is_beyond_help_is_not_waited_for(void **state)
{
	nvme.is_fatal = true;
	expect_refused(-ETIMEDOUT, "the controller does not get ready");
	assert_true(test_ticks < UINT64_C(1000000000));
}

/* It may still write to the pages: they stay allocated. */
static void controller_that_does_not_stop_keeps_its_pages(void **state)
{
	nvme.csts = 1;
	nvme.never_stops = true;
	assert_int_equal(open_disks(), -ETIMEDOUT);
	assert_string_equal(err.what, "the controller does not stop");
	assert_int_not_equal(pages_out(), 0);
}

static void failed_command_is_an_error_and_the_next_works(void **state)
{
	assert_int_equal(open_disks(), 0);
	nvme.status = 0x281;
	assert_int_equal(read_all(0), -EIO);
	nvme.status = 0;
	assert_int_equal(read_all(0), 0);
}

static void lost_command_is_tried_again_after_a_reset(void **state)
{
	assert_int_equal(open_disks(), 0);
	nvme.n_starts = 0;
	nvme.n_lost = 2;
	assert_int_equal(read_all(0), 0);
	assert_memory_equal(world.ram, nvme.disk, NVME_DISK);
	assert_int_equal(nvme.n_starts, 1);
}

static void controller_that_hangs_twice_is_given_up(void **state)
{
	assert_int_equal(open_disks(), 0);
	nvme.n_lost = UINT32_MAX;
	assert_int_equal(read_all(0), -ETIMEDOUT);
	assert_int_equal(nvme.cc & 1, 0);
	nvme.n_lost = 0;
	assert_int_equal(read_all(0), -EIO);
}

static void controller_that_fails_is_not_waited_for(void **state)
{
	assert_int_equal(open_disks(), 0);
	nvme.n_lost = UINT32_MAX;
	nvme.is_fatal = true;
	nvme.csts = 3;
	assert_int_equal(read_all(0), -ETIMEDOUT);
	assert_true(test_ticks < FW_DISK_LIMIT_NS / 2);
}

static void completion_of_nothing_costs_the_controller(void **state)
{
	static const uint16_t wild[] = { 31, 63, 64, 0xffff };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(wild); i++) {
		nvme.wild_id = 0;
		assert_int_equal(open_disks(), 0);
		nvme.wild_id = wild[i];
		assert_int_equal(read_all(0), -EIO);
		assert_int_equal(nvme.cc & 1, 0);
		nvme.wild_id = 0;
		assert_int_equal(read_all(0), -EIO);
	}
}

static void stop_is_quiet(void **state)
{
	assert_int_equal(open_disks(), 0);
	disks[0]->ops->stop(disks[0]);
	assert_int_equal(nvme.cc & 1, 0);
	assert_int_equal(fw_pci_config_read(&world.functions[1], 4, 2) & 4, 0);
	assert_int_equal(read_all(0), -EIO);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(namespace_is_found_and_read),
		T(other_functions_are_none),
		T(pages_need_not_be_whole),
		T(odd_addresses_go_through_other_pages),
		T(write_and_flush_reach_the_namespace),
		T(requests_keep_to_mdts),
		T(mdts_beyond_ours_is_ours),
		T(short_queues_do),
		T(rings_wrap_many_times),
		T(doorbells_may_be_apart),
		T(namespaces_are_disks_of_their_own),
		T(old_controllers_have_no_list),
		T(odd_namespaces_are_left_out),
		T(refused_commands_are_an_end),
		T(capabilities_that_do_not_fit_are_refused),
		T(controller_that_does_not_get_ready_is_a_time_limit),
		T(controller_that_is_beyond_help_is_not_waited_for),
		T(controller_that_does_not_stop_keeps_its_pages),
		T(failed_command_is_an_error_and_the_next_works),
		T(lost_command_is_tried_again_after_a_reset),
		T(controller_that_hangs_twice_is_given_up),
		T(controller_that_fails_is_not_waited_for),
		T(completion_of_nothing_costs_the_controller),
		T(stop_is_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
