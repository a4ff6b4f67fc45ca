/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* virtio_blk_test.c - the driver meets the toolkit's own virtio-blk, over PCI and over MMIO. */
#include <cairn/block_fault.h>
#include <cairn/virtio_blk.h>

#include <fw/disks.h>

#include "world.h"

#define MIB        (UINT64_C(1) << 20)
#define DISK_BYTES (64 * MIB)
#define RAM_BYTES  (160 * MIB)

static uint8_t content[DISK_BYTES];
static struct cairn_block_fault fault;
static struct cairn_block_engine *engines[1];
static struct cairn_virtio_blk *device;
static struct fw_virtio transport;
static struct fw_block *disk;

static const struct cairn_disk_geometry plain = {
	.size_bytes = DISK_BYTES,
	.block_bytes = 512,
	.physical_bytes = 512,
	.memory_align = 1,
};

static void open_device(const struct cairn_disk_geometry *g, uint16_t queue_size)
{
	struct cairn_virtio_blk_cfg cfg = { .engines = engines, .n_queues = 1 };

	for (size_t i = 0; i < sizeof(content); i += 8) {
		uint64_t v = i * UINT64_C(0x9e3779b97f4a7c15);

		memcpy(content + i, &v, 8);
	}
	world_open(RAM_BYTES);
	cfg.home = world.loop;
	cfg.queue_size = queue_size;
	assert_int_equal(cairn_block_fault_init(&fault, g, content), 0);
	engines[0] = &fault.engine;
	assert_int_equal(cairn_virtio_blk_new(&cfg, &device, NULL), 0);
}

static void open_disk(uint32_t slot)
{
	world_probe(slot, &transport);
	assert_int_equal(transport.type, FW_VIRTIO_BLK);
	assert_int_equal(fw_virtio_blk_open(&transport, &disk, NULL), 0);
}

static void open_over_pci(const struct cairn_disk_geometry *g, uint16_t queue_size)
{
	open_device(g, queue_size);
	open_disk(world_plug_pci(cairn_virtio_blk_vdev(device)));
}

static int setup_pci(void **state)
{
	open_over_pci(&plain, 0);
	return 0;
}

static int setup_mmio(void **state)
{
	open_device(&plain, 0);
	open_disk(world_plug_mmio(cairn_virtio_blk_vdev(device)));
	return 0;
}

static int setup_world(void **state)
{
	open_device(&plain, 0);
	return 0;
}

static int teardown(void **state)
{
	world_unplug();
	cairn_virtio_blk_free(device);
	cairn_block_fault_fini(&fault);
	world_close();
	disk = NULL;
	return 0;
}

static void disk_is_what_the_device_says(void **state)
{
	assert_int_equal(disk->n_blocks, DISK_BYTES / 512);
	assert_int_equal(disk->block_bytes, 512);
	assert_false(disk->is_readonly);
}

static void name_says_where_it_is(void **state)
{
	assert_string_equal(disk->name, "virtio-blk 0:1.0");
}

static void name_over_mmio_is_the_address(void **state)
{
	assert_string_equal(disk->name, "virtio-blk 0xfeb00000");
}

static void read_gives_the_blocks_asked_for(void **state)
{
	uint8_t *dst = world.ram + 3; /* any alignment */

	assert_int_equal(disk->ops->read(disk, 7, dst, 5), 0);
	assert_memory_equal(dst, content + 7 * 512, 5 * 512);
}

static void last_block_can_be_read(void **state)
{
	assert_int_equal(disk->ops->read(disk, disk->n_blocks - 1, world.ram, 1), 0);
	assert_memory_equal(world.ram, content + DISK_BYTES - 512, 512);
}

/* The aim is 1000 notifications for a RAM disk of 60 MiB. */
static void sixty_mebibytes_take_few_notifications(void **state)
{
	uint64_t before = disk->notifications;

	assert_int_equal(disk->ops->read(disk, 0, world.ram, 60 * MIB / 512), 0);
	assert_memory_equal(world.ram, content, 60 * MIB);
	assert_true(disk->notifications > before);
	assert_true(disk->notifications - before <= 4);
}

static void write_changes_its_blocks_only(void **state)
{
	static uint8_t before[3 * 512];

	memcpy(before, content + 99 * 512, sizeof(before));
	memset(world.ram, 0xa5, 512);
	assert_int_equal(disk->ops->write(disk, 100, world.ram, 1), 0);
	assert_memory_equal(content + 100 * 512, world.ram, 512);
	assert_memory_equal(content + 99 * 512, before, 512);
	assert_memory_equal(content + 101 * 512, before + 1024, 512);
}

static void flush_reaches_the_disk(void **state)
{
	assert_int_equal(disk->ops->flush(disk), 0);
	assert_int_equal(fault.n_flushes, 1);
}

static void failed_request_is_an_error_and_the_next_works(void **state)
{
	fault.mode = CAIRN_BLOCK_FAULT_ERROR;
	fault.arg = EIO;
	assert_int_equal(disk->ops->read(disk, 0, world.ram, 4096), -EIO);
	fault.mode = CAIRN_BLOCK_FAULT_NONE;
	assert_int_equal(disk->ops->read(disk, 0, world.ram, 4096), 0);
	assert_memory_equal(world.ram, content, 4096 * 512);
}

static void short_queue_does_with_what_it_has(void **state)
{
	open_over_pci(&plain, 4);
	assert_int_equal(disk->ops->read(disk, 0, world.ram, 8 * MIB / 512), 0);
	assert_memory_equal(world.ram, content, 8 * MIB);
	teardown(state);
}

static void queue_that_holds_no_request_is_refused(void **state)
{
	struct cairn_err err;

	open_device(&plain, 2);
	world_probe(world_plug_pci(cairn_virtio_blk_vdev(device)), &transport);
	assert_int_equal(fw_virtio_blk_open(&transport, &disk, &err), -EPROTO);
	assert_int_equal(pages_out(), 0);
	teardown(state);
}

static void disk_without_capacity_is_refused(void **state)
{
	struct cairn_disk_geometry g = plain;
	struct cairn_err err;

	g.size_bytes = 0;
	open_device(&g, 0);
	world_probe(world_plug_pci(cairn_virtio_blk_vdev(device)), &transport);
	assert_int_equal(fw_virtio_blk_open(&transport, &disk, &err), -ENODEV);
	assert_string_equal(err.what, "no capacity");
	assert_int_equal(pages_out(), 0);
	teardown(state);
}

static void blocks_of_4096_bytes_are_the_unit(void **state)
{
	struct cairn_disk_geometry g = plain;

	g.block_bytes = g.physical_bytes = 4096;
	open_over_pci(&g, 0);
	assert_int_equal(disk->block_bytes, 4096);
	assert_int_equal(disk->n_blocks, DISK_BYTES / 4096);
	assert_int_equal(disk->ops->read(disk, 5, world.ram, 2), 0);
	assert_memory_equal(world.ram, content + 5 * 4096, 2 * 4096);
	teardown(state);
}

static void readonly_disk_says_so(void **state)
{
	struct cairn_disk_geometry g = plain;

	g.is_read_only = true;
	open_over_pci(&g, 0);
	assert_true(disk->is_readonly);
	assert_int_equal(disk->ops->read(disk, 5, world.ram, 2), 0);
	assert_int_equal(disk->ops->write(disk, 5, world.ram, 2), -EIO);
	teardown(state);
}

/* Requests that come from now on are served. */
static void heal_after_a_while(void)
{
	if (test_ticks > FW_DISK_LIMIT_NS / 2)
		fault.mode = CAIRN_BLOCK_FAULT_NONE;
	world_pause();
}

/* The engine holds the first requests for ever; those after the reset go through. */
static void hung_request_is_tried_again_after_a_reset(void **state)
{
	fault.mode = CAIRN_BLOCK_FAULT_HOLD;
	fault.can_cancel = true;
	test_on_pause = heal_after_a_while;
	assert_int_equal(disk->ops->read(disk, 0, world.ram, 64), 0);
	assert_memory_equal(world.ram, content, 64 * 512);
	assert_true(test_ticks >= FW_DISK_LIMIT_NS);
	assert_true(test_ticks < 2 * FW_DISK_LIMIT_NS);
}

static void disk_that_hangs_twice_is_given_up(void **state)
{
	fault.mode = CAIRN_BLOCK_FAULT_HOLD;
	fault.can_cancel = true;
	assert_int_equal(disk->ops->read(disk, 0, world.ram, 64), -ETIMEDOUT);
	assert_true(test_ticks >= 2 * FW_DISK_LIMIT_NS);
	fault.mode = CAIRN_BLOCK_FAULT_NONE;
	assert_int_equal(disk->ops->read(disk, 0, world.ram, 64), -EIO);
}

/* Nothing turns any more: not even the reset is answered. */
static void device_that_answers_nothing_ends_too(void **state)
{
	world.stuck = true;
	assert_int_equal(disk->ops->read(disk, 0, world.ram, 64), -ETIMEDOUT);
	assert_int_equal(disk->ops->read(disk, 0, world.ram, 64), -EIO);
}

static void stop_gives_the_rings_back(void **state)
{
	uint64_t before = pages_out();

	disk->ops->stop(disk);
	assert_true(pages_out() < before);
	assert_int_equal(fw_pci_config_read(&world.functions[1], 4, 2) & 4, 0);
	assert_int_equal(disk->ops->read(disk, 0, world.ram, 1), -EIO);
}

static void device_that_is_stopped_can_be_opened_again(void **state)
{
	disk->ops->stop(disk);
	assert_int_equal(fw_virtio_blk_open(&transport, &disk, NULL), 0);
	assert_int_equal(disk->ops->read(disk, 1, world.ram, 1), 0);
	assert_memory_equal(world.ram, content + 512, 512);
}

static void no_memory_is_said(void **state)
{
	world_probe(world_plug_pci(cairn_virtio_blk_vdev(device)), &transport);
	fw_platform.memory.n = 0;
	assert_int_equal(fw_virtio_blk_open(&transport, &disk, NULL), -ENOMEM);
}

#define PCI(test)  cmocka_unit_test_setup_teardown(test, setup_pci, teardown)
#define MMIO(test) cmocka_unit_test_setup_teardown(test, setup_mmio, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PCI(disk_is_what_the_device_says),
		MMIO(disk_is_what_the_device_says),
		PCI(name_says_where_it_is),
		MMIO(name_over_mmio_is_the_address),
		PCI(read_gives_the_blocks_asked_for),
		MMIO(read_gives_the_blocks_asked_for),
		PCI(last_block_can_be_read),
		PCI(sixty_mebibytes_take_few_notifications),
		MMIO(sixty_mebibytes_take_few_notifications),
		PCI(write_changes_its_blocks_only),
		MMIO(write_changes_its_blocks_only),
		PCI(flush_reaches_the_disk),
		PCI(failed_request_is_an_error_and_the_next_works),
		cmocka_unit_test(short_queue_does_with_what_it_has),
		cmocka_unit_test(queue_that_holds_no_request_is_refused),
		cmocka_unit_test(disk_without_capacity_is_refused),
		cmocka_unit_test(blocks_of_4096_bytes_are_the_unit),
		cmocka_unit_test(readonly_disk_says_so),
		PCI(hung_request_is_tried_again_after_a_reset),
		MMIO(hung_request_is_tried_again_after_a_reset),
		PCI(disk_that_hangs_twice_is_given_up),
		PCI(device_that_answers_nothing_ends_too),
		PCI(stop_gives_the_rings_back),
		PCI(device_that_is_stopped_can_be_opened_again),
		cmocka_unit_test_setup_teardown(no_memory_is_said, setup_world, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
