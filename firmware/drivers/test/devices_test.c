/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* devices_test.c - a machine of several devices is found, and left quiet; a console both ways. */
#include <cairn/block_fault.h>
#include <cairn/virtio_blk.h>
#include <cairn/virtio_console.h>
#include <cairn/virtio_rng.h>

#include <fw/devices.h>
#include <fw/platform.h>
#include <fw/random.h>
#include <fw/virtio_console.h>

#include "fake_nvme.h"

#define DISK_BYTES 32768u

static struct cairn_virtio_rng *rng;
static struct cairn_virtio_console *console;
static struct cairn_virtio_blk *blk[2];
static struct cairn_block_fault fault[2];
static struct cairn_block_engine *engines[2];
static uint8_t content[2][DISK_BYTES];
static struct fw_devices devices;

static char out[8192]; /* what came to the host */
static size_t n_out, out_room;

static size_t output(void *ctx, const uint8_t *bytes, size_t n)
{
	n = n > out_room ? out_room : n;
	memcpy(out + n_out, bytes, n);
	n_out += n;
	out_room -= n;
	return n;
}

static void make_blk(int i)
{
	const struct cairn_disk_geometry g = {
		.size_bytes = DISK_BYTES,
		.block_bytes = 512,
		.physical_bytes = 512,
		.memory_align = 1,
	};
	const struct cairn_virtio_blk_cfg cfg = { .home = world.loop,
						  .engines = &engines[i],
						  .n_queues = 1 };

	memset(content[i], 'a' + i, DISK_BYTES);
	assert_int_equal(cairn_block_fault_init(&fault[i], &g, content[i]), 0);
	engines[i] = &fault[i].engine;
	assert_int_equal(cairn_virtio_blk_new(&cfg, &blk[i], NULL), 0);
}

static int setup(void **state)
{
	const struct cairn_virtio_console_port_cfg port = { .output = output };
	struct cairn_virtio_console_cfg console_cfg = { .ports = &port, .n_ports = 1 };
	struct cairn_virtio_rng_cfg rng_cfg = { 0 };

	world_open(UINT64_C(1) << 23);
	n_out = 0;
	out_room = sizeof(out);
	console_cfg.home = rng_cfg.home = world.loop;
	assert_int_equal(cairn_virtio_rng_new(&rng_cfg, &rng, NULL), 0);
	assert_int_equal(cairn_virtio_console_new(&console_cfg, &console, NULL), 0);
	make_blk(0);
	make_blk(1);
	world_plug_pci(cairn_virtio_rng_vdev(rng));
	world_plug_mmio(cairn_virtio_console_vdev(console));
	world_plug_mmio(cairn_virtio_blk_vdev(blk[1]));
	world_plug_pci(cairn_virtio_blk_vdev(blk[0]));
	nvme_plug();
	for (uint32_t i = 0; i < WORLD_SLOTS; i++) /* PCI's are empty: nothing answers there */
		fw_platform.mmio[fw_platform.n_mmio++] = WORLD_MMIO + i * CAIRN_VIRTIO_MMIO_LEN;
	return 0;
}

static int setup_opened(void **state)
{
	setup(state);
	fw_devices_open(&fw_platform, &devices);
	return 0;
}

static int teardown(void **state)
{
	fw_random_stop();
	world_unplug();
	cairn_virtio_rng_free(rng);
	cairn_virtio_console_free(console);
	for (int i = 0; i < 2; i++) {
		cairn_virtio_blk_free(blk[i]);
		cairn_block_fault_fini(&fault[i]);
	}
	world_close();
	return 0;
}

static void every_device_is_found(void **state)
{
	assert_int_equal(devices.n_disks, 3);
	assert_int_equal(devices.n_consoles, 1);
	assert_int_equal(devices.n_notes, 0);
	assert_int_equal(devices.n_left_out, 0);
	assert_string_equal(devices.disks[0]->name, "virtio-blk 0:4.0");
	assert_string_equal(devices.disks[1]->name, "nvme 0:9.0#1");
	assert_string_equal(devices.disks[2]->name, "virtio-blk 0xfeb00400");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(devices.disks[i]->ops->read(devices.disks[i], 0, world.ram, 64),
				 0);
		assert_memory_equal(world.ram, i == 1 ? nvme.disk : content[i / 2], DISK_BYTES);
	}
	assert_int_equal(fw_random(world.ram, 16), 0);
}

static void device_that_cannot_be_used_is_noted(void **state)
{
	cairn_block_fault_resize(&fault[1], 0);
	cairn_virtio_blk_resize(blk[1]);
	fw_devices_open(&fw_platform, &devices);
	assert_int_equal(devices.n_disks, 2);
	assert_int_equal(devices.n_notes, 1);
	assert_string_equal(devices.notes[0].kind, "virtio-blk");
	assert_string_equal(devices.notes[0].what, "no capacity");
	assert_int_equal(devices.notes[0].code, ENODEV);
	assert_int_equal(devices.notes[0].at.mmio_at, WORLD_MMIO + 2 * CAIRN_VIRTIO_MMIO_LEN);
}

static void nothing_runs_after_stop(void **state)
{
	fw_devices_stop(&devices);
	for (uint32_t i = 0; i < WORLD_SLOTS; i++) {
		struct cairn_carrier *c = world.slots[i].is_mmio ? &world.slots[i].mmio.carrier
								 : &world.slots[i].pci.carrier;

		assert_int_equal(cairn_carrier_status(c), 0);
	}
	assert_int_equal(fw_random(world.ram, 16), -ENODEV);
	devices.consoles[0]->put(devices.consoles[0], "x", 1);
	assert_int_equal(n_out, 0);
	assert_int_equal(devices.consoles[0]->get(devices.consoles[0]), -1);
}

static void say(const char *text, size_t n)
{
	devices.consoles[0]->put(devices.consoles[0], text, n);
}

static int hear(void)
{
	return devices.consoles[0]->get(devices.consoles[0]);
}

static void output_arrives_whole(void **state)
{
	static char text[5000];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('A' + i % 50);
	say("hello", 5);
	say(text, sizeof(text));
	assert_int_equal(n_out, 5 + sizeof(text));
	assert_memory_equal(out, "hello", 5);
	assert_memory_equal(out + 5, text, sizeof(text));
}

static void input_comes_byte_by_byte(void **state)
{
	assert_int_equal(hear(), -1);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(
		    cairn_virtio_console_input(console, 0, (const uint8_t *)"ab\xff", 3), 3);
		world_turn();
		assert_int_equal(hear(), 'a');
		assert_int_equal(hear(), 'b');
		assert_int_equal(hear(), 0xff);
		assert_int_equal(hear(), -1);
		world_turn();
	}
}

/* The host's end takes nothing for a while: what was said meanwhile is lost, later words are not.
 */
static void full_console_gives_up_and_comes_back(void **state)
{
	uint64_t then = test_ticks;

	out_room = 0;
	say("lost?", 5);
	assert_true(test_ticks - then >= FW_VIRTIO_CONSOLE_LIMIT_NS);
	then = test_ticks;
	say("lost", 4);
	assert_true(test_ticks - then < FW_VIRTIO_CONSOLE_LIMIT_NS);
	out_room = 100;
	cairn_virtio_console_output_ready(console, 0);
	world_turn();
	say("heard", 5);
	assert_int_equal(n_out, 10);
	assert_memory_equal(out, "lost?heard", 10);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup_opened, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_device_is_found),
		cmocka_unit_test_setup_teardown(device_that_cannot_be_used_is_noted, setup,
						teardown),
		T(nothing_runs_after_stop),
		T(output_arrives_whole),
		T(input_comes_byte_by_byte),
		T(full_console_gives_up_and_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
