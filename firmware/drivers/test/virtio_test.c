/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* virtio_test.c - devices that lie, devices that hang, and one of the old kind. */
#include <fw/disks.h>

#include "scripted.h"

static struct fw_virtio transport;
static struct fw_block *disk;
static struct cairn_err err;

static int setup(void **state)
{
	world_open(UINT64_C(1) << 22);
	scripted_plug(2);
	return 0;
}

static int setup_legacy(void **state)
{
	world_open(UINT64_C(1) << 22);
	scripted_plug(1);
	scripted_open_low_ram();
	return 0;
}

static int teardown_legacy(void **state)
{
	scripted_close_low_ram();
	world_close();
	return 0;
}

static int teardown(void **state)
{
	world_close();
	return 0;
}

static int probe(void)
{
	memset(&err, 0, sizeof(err));
	return fw_virtio_probe_mmio(&transport, WORLD_MMIO, &err);
}

static int open_disk(void)
{
	assert_int_equal(probe(), 0);
	return fw_virtio_blk_open(&transport, &disk, &err);
}

static void offer(uint64_t features)
{
	scripted.offered |= features;
}

static void set_config(uint32_t off, uint32_t len, uint64_t value)
{
	cairn_le_store(scripted.config + off, len, value);
}

static void expect_refused(int code, const char *what)
{
	assert_int_equal(open_disk(), code);
	assert_string_equal(err.what, what);
	assert_int_equal(pages_out(), 0);
}

static int read_all(void)
{
	memset(world.ram, 0, SCRIPTED_DISK);
	return disk->ops->read(disk, 0, world.ram, (uint32_t)disk->n_blocks);
}

static void expect_content(void)
{
	assert_int_equal(read_all(), 0);
	assert_memory_equal(world.ram, scripted.disk, SCRIPTED_DISK);
}

static void honest_disk_is_read(void **state)
{
	assert_int_equal(open_disk(), 0);
	assert_true(scripted.accepted & CAIRN_VIRTIO_F_VERSION_1);
	expect_content();
}

static void legacy_disk_is_read(void **state)
{
	assert_int_equal(open_disk(), 0);
	assert_true(transport.is_legacy);
	expect_content();
}

static void legacy_disk_that_hangs_is_given_up(void **state)
{
	assert_int_equal(open_disk(), 0);
	scripted.serve = scripted_never;
	assert_int_equal(read_all(), -ETIMEDOUT);
}

/* The number of a page has 32 bits there. */
static void legacy_queue_above_16_tib_is_refused(void **state)
{
	if ((uintptr_t)world.ram >> 44 == 0) {
		print_message("memory of this host is below 16 TiB\n");
		skip();
	}
	scripted.version = 1;
	expect_refused(-EPROTO, "no usable queue");
}

static void empty_slot_is_no_device(void **state)
{
	scripted.id = 0;
	assert_int_equal(probe(), -ENODEV);
	scripted.id = 2;
	scripted.magic = 0xffffffff;
	assert_int_equal(probe(), -ENODEV);
}

static void address_that_cannot_be_is_refused(void **state)
{
	assert_int_equal(fw_virtio_probe_mmio(&transport, WORLD_MMIO + 2, &err), -EPROTO);
	assert_int_equal(fw_virtio_probe_mmio(&transport, UINT64_MAX - 3, &err), -EPROTO);
}

static void version_to_come_is_not_supported(void **state)
{
	scripted.version = 3;
	assert_int_equal(probe(), -ENOTSUP);
}

static void device_without_version_1_is_refused(void **state)
{
	scripted.offered = 0;
	expect_refused(-ENOTSUP, "the device offers no VERSION_1");
}

static void features_refused_are_an_end(void **state)
{
	scripted.refuses_features = true;
	expect_refused(-ENOTSUP, "the device wants other features");
	offer(FW_VIRTIO_F_ACCESS_PLATFORM);
	expect_refused(-ENOTSUP, "the device is behind an IOMMU");
	assert_false(scripted.accepted & FW_VIRTIO_F_ACCESS_PLATFORM);
}

static void reset_that_never_ends_is_a_time_limit(void **state)
{
	scripted.ignores_reset = true;
	scripted.status = 4;
	assert_int_equal(open_disk(), -ETIMEDOUT);
	assert_string_equal(err.what, "the reset does not end");
}

static void missing_queue_is_refused(void **state)
{
	scripted.queue_max = 0;
	expect_refused(-EPROTO, "no usable queue");
}

static void odd_queue_size_is_rounded_down(void **state)
{
	scripted.queue_max = 100;
	assert_int_equal(open_disk(), 0);
	assert_int_equal(scripted.queues[0].size, 64);
	expect_content();
}

static void huge_queue_is_used_in_part(void **state)
{
	scripted.queue_max = UINT32_MAX;
	assert_int_equal(open_disk(), 0);
	assert_int_equal(scripted.queues[0].size, FW_VIRTIO_QUEUE_MAX);
}

static void capacity_must_fit(void **state)
{
	set_config(0, 8, UINT64_MAX);
	expect_refused(-ENODEV, "no capacity");
	set_config(0, 8, UINT64_MAX / 512 + 1);
	expect_refused(-ENODEV, "no capacity");
}

static void capacity_that_never_settles_is_read_all_the_same(void **state)
{
	scripted.changes_generation = true;
	assert_int_equal(open_disk(), 0);
	assert_int_equal(disk->n_blocks, SCRIPTED_DISK / 512);
}

static void block_sizes_are_512_to_4096(void **state)
{
	static const uint32_t bad[] = { 0, 1, 256, 513, 3 * 512, 8192, 1u << 31, UINT32_MAX };

	offer(1u << 6);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		set_config(20, 4, bad[i]);
		expect_refused(-ENOTSUP, "blocks that are not 512 to 4096 bytes");
	}
}

static void less_than_a_block_is_no_capacity(void **state)
{
	offer(1u << 6);
	set_config(20, 4, 4096);
	set_config(0, 8, 7);
	expect_refused(-ENODEV, "no capacity");
}

static void segments_keep_to_the_limits(void **state)
{
	offer(1u << 1 | 1u << 2);
	set_config(8, 4, 1030);
	set_config(12, 4, 5);
	assert_int_equal(open_disk(), 0);
	expect_content();
	assert_int_equal(scripted.segment_max, 1024);
	assert_int_equal(scripted.n_segments_max, 5);
}

static void segments_fit_a_short_queue(void **state)
{
	offer(1u << 1 | 1u << 2);
	set_config(8, 4, 512);
	set_config(12, 4, 1000);
	scripted.queue_max = 8;
	assert_int_equal(open_disk(), 0);
	expect_content();
	assert_int_equal(scripted.n_segments_max, 6);
}

static void seg_max_of_0_is_1(void **state)
{
	offer(1u << 2);
	assert_int_equal(open_disk(), 0);
	expect_content();
}

static void segments_shorter_than_a_block_are_refused(void **state)
{
	offer(1u << 1);
	set_config(8, 4, 511);
	expect_refused(-ENOTSUP, "segments shorter than a block");
}

static void status_that_is_not_ok_is_an_error(void **state)
{
	static const uint8_t bad[] = { 1, 2, 3, 0xfe, 0xff };

	assert_int_equal(open_disk(), 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		scripted.status_byte = bad[i];
		assert_int_equal(read_all(), -EIO);
	}
	scripted.status_byte = 0;
	expect_content();
}

static void use_nothing_written(struct scripted *s, struct scripted_queue *q)
{
	scripted_use(q, 0, 0, 1);
}

static void use_wild_id(struct scripted *s, struct scripted_queue *q)
{
	scripted_use(q, 0xffff1234, 1, 1);
}

static void use_other_id(struct scripted *s, struct scripted_queue *q)
{
	scripted_use(q, q->size - 1, 1, 1);
}

static void use_too_long(struct scripted *s, struct scripted_queue *q)
{
	scripted_use(q, 0, UINT32_MAX, 1);
}

static void use_too_many(struct scripted *s, struct scripted_queue *q)
{
	scripted_use(q, 0, 1, 0x8000);
}

/* The status byte was never written, whatever the length says. */
static void use_without_status(struct scripted *s, struct scripted_queue *q)
{
	scripted_use(q, 0, SCRIPTED_DISK + 1, 1);
}

static void request_without_an_answer_is_an_error(void **state)
{
	assert_int_equal(open_disk(), 0);
	scripted.serve = use_nothing_written;
	assert_int_equal(read_all(), -EIO);
	scripted.serve = use_without_status;
	assert_int_equal(open_disk(), 0);
	assert_int_equal(read_all(), -EIO);
}

static void wild_ring_costs_the_device(void **state)
{
	static void (*const wild[])(struct scripted *,
				    struct scripted_queue *) = { use_wild_id, use_other_id,
								 use_too_long, use_too_many };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(wild); i++) {
		uint32_t n_resets;

		scripted.serve = NULL;
		assert_int_equal(open_disk(), 0);
		n_resets = scripted.n_resets;
		scripted.serve = wild[i];
		assert_int_equal(read_all(), -EIO);
		assert_int_equal(scripted.n_resets, n_resets + 1);
		scripted.serve = NULL;
		assert_int_equal(read_all(), -EIO);
	}
}

static void device_that_needs_reset_is_not_waited_for(void **state)
{
	assert_int_equal(open_disk(), 0);
	scripted.needs_reset = true;
	scripted.serve = scripted_never;
	assert_int_equal(read_all(), -ETIMEDOUT);
	assert_true(test_ticks < FW_DISK_LIMIT_NS);
}

static void device_that_hangs_is_reset_and_asked_once_more(void **state)
{
	assert_int_equal(open_disk(), 0);
	scripted.n_resets = scripted.n_notified = 0;
	scripted.serve = scripted_never;
	assert_int_equal(read_all(), -ETIMEDOUT);
	assert_int_equal(scripted.n_notified, 2);
	assert_int_equal(scripted.n_resets, 2); /* before the second time, and for good */
}

#define T(test)      cmocka_unit_test_setup_teardown(test, setup, teardown)
#define LEGACY(test) cmocka_unit_test_setup_teardown(test, setup_legacy, teardown_legacy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(honest_disk_is_read),
		LEGACY(legacy_disk_is_read),
		LEGACY(legacy_disk_that_hangs_is_given_up),
		T(legacy_queue_above_16_tib_is_refused),
		T(empty_slot_is_no_device),
		T(address_that_cannot_be_is_refused),
		T(version_to_come_is_not_supported),
		T(device_without_version_1_is_refused),
		T(features_refused_are_an_end),
		T(reset_that_never_ends_is_a_time_limit),
		T(missing_queue_is_refused),
		T(odd_queue_size_is_rounded_down),
		T(huge_queue_is_used_in_part),
		T(capacity_must_fit),
		T(capacity_that_never_settles_is_read_all_the_same),
		T(block_sizes_are_512_to_4096),
		T(less_than_a_block_is_no_capacity),
		T(segments_keep_to_the_limits),
		T(segments_fit_a_short_queue),
		T(seg_max_of_0_is_1),
		T(segments_shorter_than_a_block_are_refused),
		T(status_that_is_not_ok_is_an_error),
		T(request_without_an_answer_is_an_error),
		T(wild_ring_costs_the_device),
		T(device_that_needs_reset_is_not_waited_for),
		T(device_that_hangs_is_reset_and_asked_once_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
