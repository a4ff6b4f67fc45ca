/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Which rings and positions a queue can be put on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "raw_ring.h"

static struct cairn_virtq q;

static int set_up(void **state)
{
	return raw_start(&q, 0);
}

/* init fails with rc, and what is left of the queue answers nothing. */
static void expect_refusal(const struct cairn_virtq_cfg *cfg, int rc)
{
	struct cairn_span spans[4];
	struct cairn_virtq_chain chain = { .spans = spans, .cap = 4 };

	assert_int_equal(cairn_virtq_init(&q, cfg), rc);
	assert_true(cairn_virtq_is_broken(&q));
	assert_int_equal(cairn_virtq_pop(&q, &chain), -EPROTO);
	assert_int_equal(cairn_virtq_put(&q, &chain, 0), -EPROTO);
	assert_int_equal(cairn_virtq_unpop(&q, &chain), -EINVAL);
	assert_int_equal(cairn_virtq_available(&q), 0);
	assert_false(cairn_virtq_enable_kicks(&q));
	cairn_virtq_disable_kicks(&q);
	cairn_virtq_publish(&q);
	assert_false(cairn_virtq_must_signal(&q));
}

static void init_takes_every_power_of_two(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(0);

	for (uint32_t size = 1; size <= 256; size *= 2) {
		cfg.size = (uint16_t)size;
		assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
		assert_false(cairn_virtq_is_broken(&q));
	}
}

static void init_refuses_other_sizes(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(0);
	const uint16_t bad[] = { 0, 3, 6, 255, 32767, 32769, 65535 };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		cfg.size = bad[i];
		expect_refusal(&cfg, -EPROTO);
	}
}

static void init_takes_the_largest_size(void **state)
{
	static _Alignas(4096) uint8_t big[CAIRN_VIRTQ_DESC_BYTES(32768) + 0x80000];
	const struct cairn_mem_region region = { .len_bytes = sizeof(big), .host = big };
	struct cairn_mem mem;
	struct cairn_virtq_cfg cfg = {
		.mem = &mem, .size = 32768, .driver = { 0x80000 }, .device = { 0x80000 + 0x14000 }
	};

	assert_int_equal(cairn_mem_init(&mem, &region, 1, NULL), 0);
	assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
}

static void init_refuses_misaligned_rings(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(0);

	cfg.desc.v += 8;
	expect_refusal(&cfg, -EPROTO);
	cfg = raw_cfg(0);
	cfg.driver.v += 1;
	expect_refusal(&cfg, -EPROTO);
	cfg = raw_cfg(0);
	cfg.device.v += 2;
	expect_refusal(&cfg, -EPROTO);
}

static void init_takes_the_least_alignment(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(0);

	cfg.desc.v += 16;
	cfg.driver.v += 2;
	cfg.device.v += 4;
	assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
}

static void init_refuses_a_ring_outside_memory(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(0);

	cfg.desc.v = RAW_END - 16 * RAW_SIZE + 16;
	expect_refusal(&cfg, -EFAULT);
	cfg = raw_cfg(0);
	cfg.driver.v = RAW_END - CAIRN_VIRTQ_DRIVER_BYTES(RAW_SIZE) + 2;
	expect_refusal(&cfg, -EFAULT);
	cfg = raw_cfg(0);
	cfg.device.v = UINT64_MAX - 3;
	expect_refusal(&cfg, -EFAULT);
}

static void init_counts_the_event_words(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(0);

	cfg.driver.v = RAW_END - CAIRN_VIRTQ_DRIVER_BYTES(RAW_SIZE);
	assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
	cfg = raw_cfg(0);
	cfg.device.v = RAW_END - CAIRN_VIRTQ_DEVICE_BYTES(RAW_SIZE) + 2;
	expect_refusal(&cfg, -EFAULT);
}

static void init_refuses_a_ring_in_two_regions(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(0);

	cfg.desc.v = RAW_NEXT - 16;
	expect_refusal(&cfg, -EFAULT);
}

static void init_refuses_only_the_device_ring_in_rom(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(0);

	cfg.desc.v = RAW_ROM;
	cfg.driver.v = RAW_ROM + 0x800;
	assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
	cfg.device.v = RAW_ROM;
	expect_refusal(&cfg, -EFAULT);
}

static void init_holds_the_position_to_the_size(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(0);

	cfg.pos = (struct cairn_vq_pos){ .avail = 3, .used = (uint16_t)(3 - RAW_SIZE) };
	assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
	assert_int_equal(cairn_virtq_pos(&q).avail, 3);
	assert_int_equal(cairn_virtq_pos(&q).used, (uint16_t)(3 - RAW_SIZE));
	cfg.pos.used--;
	expect_refusal(&cfg, -EPROTO);
	cfg.pos = (struct cairn_vq_pos){ .avail = 3, .used = 4 };
	expect_refusal(&cfg, -EPROTO);
}

static void init_writes_nothing(void **state)
{
	struct cairn_virtq_cfg cfg = raw_cfg(CAIRN_VIRTIO_F_EVENT_IDX);

	memset(raw_used(), 0x5a, CAIRN_VIRTQ_DEVICE_BYTES(RAW_SIZE));
	cfg.pos = (struct cairn_vq_pos){ .avail = 7, .used = 7 };
	assert_int_equal(cairn_virtq_init(&q, &cfg), 0);
	for (size_t i = 0; i < CAIRN_VIRTQ_DEVICE_BYTES(RAW_SIZE); i++)
		assert_int_equal(raw_ram[RAW_DEVICE + i], 0x5a);
}

static void read_used_gives_the_index_in_the_ring(void **state)
{
	uint16_t used = 0;
	cairn_gpa device = cairn_gpa_of(RAW_DEVICE);

	raw_used()->idx = cairn_le16_of(0x1234);
	assert_int_equal(cairn_virtq_read_used(&raw_mem, device, RAW_SIZE, &used), 0);
	assert_int_equal(used, 0x1234);
	assert_int_equal(cairn_virtq_read_used(&raw_mem, device, 6, &used), -EPROTO);
	device.v += 2;
	assert_int_equal(cairn_virtq_read_used(&raw_mem, device, RAW_SIZE, &used), -EPROTO);
	device.v = RAW_ROM;
	assert_int_equal(cairn_virtq_read_used(&raw_mem, device, RAW_SIZE, &used), -EFAULT);
	assert_int_equal(used, 0x1234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(init_takes_every_power_of_two, set_up),
		cmocka_unit_test_setup(init_refuses_other_sizes, set_up),
		cmocka_unit_test(init_takes_the_largest_size),
		cmocka_unit_test_setup(init_refuses_misaligned_rings, set_up),
		cmocka_unit_test_setup(init_takes_the_least_alignment, set_up),
		cmocka_unit_test_setup(init_refuses_a_ring_outside_memory, set_up),
		cmocka_unit_test_setup(init_counts_the_event_words, set_up),
		cmocka_unit_test_setup(init_refuses_a_ring_in_two_regions, set_up),
		cmocka_unit_test_setup(init_refuses_only_the_device_ring_in_rom, set_up),
		cmocka_unit_test_setup(init_holds_the_position_to_the_size, set_up),
		cmocka_unit_test_setup(init_writes_nothing, set_up),
		cmocka_unit_test_setup(read_used_gives_the_index_in_the_ring, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
