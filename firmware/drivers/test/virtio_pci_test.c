/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* virtio_pci_test.c - capabilities that lie, and virtio-rng, whose bytes are asked for through
 * them. */
#include <cairn/virtio_rng.h>

#include <fw/platform.h>
#include <fw/random.h>

#include "world.h"

static struct cairn_virtio_rng *device;
static struct cairn_pci_func *func;
static struct fw_virtio transport;
static struct cairn_err err;
static uint32_t caps[6]; /* by cfg_type */
static int answer;       /* of the host's generator; 0: as much as is asked for */
static uint8_t next_byte;

static int fill(void *ctx, void *dst, size_t len)
{
	if (answer < 0)
		return answer;
	if (answer > 0 && len > (size_t)answer)
		len = (size_t)answer;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)dst)[i] = next_byte++;
	return (int)len;
}

static void find_caps(void)
{
	uint8_t at[2] = { 0 }, kind;

	for (uint32_t off = 0x40; off < 0x100; off += 4) {
		assert_int_equal(cairn_pci_func_peek(func, off, at, 2), 0);
		assert_int_equal(cairn_pci_func_peek(func, off + 3, &kind, 1), 0);
		if (at[0] == 9 && kind >= 1 && kind <= 5 && !caps[kind])
			caps[kind] = off;
	}
	assert_true(caps[1] && caps[2]);
}

static int setup(void **state)
{
	struct cairn_virtio_rng_cfg cfg = { .fill = fill };

	world_open(UINT64_C(1) << 22);
	cfg.home = world.loop;
	answer = 0;
	next_byte = 1;
	assert_int_equal(cairn_virtio_rng_new(&cfg, &device, NULL), 0);
	world_plug_pci(cairn_virtio_rng_vdev(device));
	func = &world.slots[0].pci.func;
	memset(caps, 0, sizeof(caps));
	memset(&err, 0, sizeof(err));
	find_caps();
	return 0;
}

static int teardown(void **state)
{
	fw_random_stop();
	world_unplug();
	cairn_virtio_rng_free(device);
	world_close();
	return 0;
}

static void poke(uint32_t kind, uint32_t off, uint32_t len, uint64_t value)
{
	uint8_t bytes[8];

	cairn_le_store(bytes, len, value);
	assert_int_equal(cairn_pci_func_poke(func, caps[kind] + off, bytes, len), 0);
}

static int probe(void)
{
	assert_int_equal(fw_pci_enumerate(&fw_platform, world.functions, FW_PCI_MAX), 2);
	return fw_virtio_probe_pci(&transport, &world.functions[1], &err);
}

static void device_is_recognised(void **state)
{
	assert_int_equal(probe(), 0);
	assert_int_equal(transport.type, FW_VIRTIO_RNG);
	assert_int_equal(transport.at.path[0].dev, 1);
}

static void host_bridge_is_none(void **state)
{
	assert_int_equal(probe(), 0);
	assert_int_equal(fw_virtio_probe_pci(&transport, &world.functions[0], &err), -ENODEV);
}

static void other_devices_of_the_vendor_are_none(void **state)
{
	static const uint16_t others[] = { 0x0fff, 0x1080, 0x1110 };

	assert_int_equal(probe(), 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(others); i++) {
		world.functions[1].device = others[i];
		assert_int_equal(fw_virtio_probe_pci(&transport, &world.functions[1], &err),
				 -ENODEV);
	}
}

static void transitional_device_has_its_type_elsewhere(void **state)
{
	assert_int_equal(probe(), 0);
	world.functions[1].device = 0x1005;
	world.functions[1].sub_device = 4;
	assert_int_equal(fw_virtio_probe_pci(&transport, &world.functions[1], &err), 0);
	assert_int_equal(transport.type, FW_VIRTIO_RNG);
}

static void legacy_only_is_said(void **state)
{
	poke(1, 3, 1, 0x77);
	poke(2, 3, 1, 0x77);
	assert_int_equal(probe(), -EPROTO);
	world.functions[1].device = 0x1005;
	assert_int_equal(fw_virtio_probe_pci(&transport, &world.functions[1], &err), -ENOTSUP);
}

/* Each of the lies leaves the device without a structure that it needs. */
static void lies_of_capabilities_are_refused(void **state)
{
	static const struct {
		uint32_t kind, off, len;
		uint64_t value;
	} lies[] = {
		{ 1, 2, 1, 15 },         /* too short a capability */
		{ 2, 2, 1, 19 },         /* no multiplier */
		{ 1, 4, 1, 6 },          /* no such BAR */
		{ 1, 4, 1, 255 },        /* no such BAR */
		{ 1, 4, 1, 5 },          /* a BAR that is not there */
		{ 1, 8, 4, 2 },          /* misaligned */
		{ 1, 8, 4, 0xfffffffc }, /* beyond the BAR */
		{ 1, 12, 4, 0x37 },      /* too short for its registers */
		{ 1, 12, 4, 0xffffffff }, { 2, 8, 4, 0x4000 }, { 2, 8, 4, 1 }, { 2, 12, 4, 1 },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lies); i++) {
		uint8_t honest[8];

		assert_int_equal(cairn_pci_func_peek(func, caps[lies[i].kind] + lies[i].off, honest,
						     lies[i].len),
				 0);
		poke(lies[i].kind, lies[i].off, lies[i].len, lies[i].value);
		assert_int_equal(probe(), -EPROTO);
		poke(lies[i].kind, lies[i].off, lies[i].len, cairn_le_load(honest, lies[i].len));
		assert_int_equal(probe(), 0);
	}
}

static void doorbell_beyond_its_structure_is_refused(void **state)
{
	poke(2, 16, 4, UINT32_MAX); /* queue 0's is at 0, whatever the multiplier */
	assert_int_equal(probe(), 0);
	assert_int_equal(fw_virtio_rng_open(&transport, &err), 0);
	transport.notify_len = 1;
	fw_random_stop();
	assert_int_equal(fw_virtio_rng_open(&transport, &err), -EPROTO);
	assert_int_equal(pages_out(), 0);
}

static void configuration_ends_where_it_says(void **state)
{
	assert_int_equal(probe(), 0);
	transport.config_len = 6;
	transport.config_at = UINT64_MAX; /* nobody may go there */
	assert_int_equal(fw_virtio_config(&transport, 4, 4), 0);
	assert_int_equal(fw_virtio_config(&transport, UINT32_MAX, 4), 0);
	assert_int_equal(fw_virtio_config(&transport, 6, 1), 0);
}

static void expect_bytes(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		assert_int_equal(bytes[i], (uint8_t)(1 + i));
}

static void random_bytes_are_the_devices(void **state)
{
	uint8_t bytes[3000];

	assert_int_equal(probe(), 0);
	assert_int_equal(fw_virtio_rng_open(&transport, &err), 0);
	assert_int_equal(fw_random(bytes, sizeof(bytes)), 0);
	expect_bytes(bytes, sizeof(bytes));
}

static void short_answers_are_put_together(void **state)
{
	uint8_t bytes[100];

	answer = 7;
	assert_int_equal(probe(), 0);
	assert_int_equal(fw_virtio_rng_open(&transport, &err), 0);
	assert_int_equal(fw_random(bytes, sizeof(bytes)), 0);
	expect_bytes(bytes, sizeof(bytes));
}

static void without_a_source_there_are_none(void **state)
{
	uint8_t byte = 0x5a;

	assert_int_equal(fw_random(&byte, 1), -ENODEV);
	assert_int_equal(byte, 0x5a);
}

static void source_that_hangs_is_not_asked_again(void **state)
{
	uint8_t byte;
	uint64_t then;

	assert_int_equal(probe(), 0);
	assert_int_equal(fw_virtio_rng_open(&transport, &err), 0);
	world.stuck = true;
	assert_int_equal(fw_random(&byte, 1), -ENODEV);
	assert_true(test_ticks >= FW_RANDOM_LIMIT_NS);
	then = test_ticks;
	assert_int_equal(fw_random(&byte, 1), -ENODEV);
	assert_true(test_ticks == then);
}

static void second_source_is_not_needed(void **state)
{
	assert_int_equal(probe(), 0);
	assert_int_equal(fw_virtio_rng_open(&transport, &err), 0);
	assert_int_equal(fw_virtio_rng_open(&transport, &err), -EEXIST);
}

static void stopped_source_leaves_nothing(void **state)
{
	assert_int_equal(probe(), 0);
	assert_int_equal(fw_virtio_rng_open(&transport, &err), 0);
	assert_int_not_equal(pages_out(), 0);
	fw_random_stop();
	assert_int_equal(pages_out(), 0);
	assert_int_equal(fw_pci_config_read(&world.functions[1], 4, 2) & 4, 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(device_is_recognised),
		T(host_bridge_is_none),
		T(other_devices_of_the_vendor_are_none),
		T(transitional_device_has_its_type_elsewhere),
		T(legacy_only_is_said),
		T(lies_of_capabilities_are_refused),
		T(doorbell_beyond_its_structure_is_refused),
		T(configuration_ends_where_it_says),
		T(random_bytes_are_the_devices),
		T(short_answers_are_put_together),
		T(without_a_source_there_are_none),
		T(source_that_hangs_is_not_asked_again),
		T(second_source_is_not_needed),
		T(stopped_source_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
