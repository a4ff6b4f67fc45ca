/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The mock does what tests of devices will take for granted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <cairn/virtq_mock.h>

static _Alignas(4096) uint8_t bytes[6 * 4096];
static struct cairn_virtq_mock_ram ram;
static struct cairn_virtq_mock vq;
static struct cairn_virtq q;
static struct cairn_span spans[32];
static struct cairn_virtq_chain chain = { .spans = spans, .cap = 32 };

static int set_up_with(size_t n_regions)
{
	struct cairn_virtq_cfg cfg;

	if (cairn_virtq_mock_ram_init(&ram, bytes, sizeof(bytes), n_regions) < 0 ||
	    cairn_virtq_mock_init(&vq, &ram, 16, CAIRN_VIRTIO_F_INDIRECT_DESC) < 0)
		return -1;
	cfg = cairn_virtq_mock_cfg(&vq);
	return cairn_virtq_init(&q, &cfg);
}

static int set_up(void **state)
{
	return set_up_with(1);
}

static int set_up_in_3(void **state)
{
	return set_up_with(3);
}

static void ram_refuses_odd_shapes(void **state)
{
	assert_int_equal(cairn_virtq_mock_ram_init(&ram, bytes, sizeof(bytes), 0), -EINVAL);
	assert_int_equal(cairn_virtq_mock_ram_init(&ram, bytes, sizeof(bytes), 4), -EINVAL);
	assert_int_equal(cairn_virtq_mock_ram_init(&ram, bytes, sizeof(bytes), 9), -EINVAL);
	assert_int_equal(cairn_virtq_mock_ram_init(&ram, bytes, 0, 1), -EINVAL);
}

static void regions_lie_in_reverse_order(void **state)
{
	assert_int_equal(ram.mem.n_regions, 3);
	assert_ptr_equal(ram.regions[0].host, bytes + 4 * 4096);
	assert_ptr_equal(ram.regions[2].host, bytes);
	assert_int_equal(ram.regions[1].at.v, CAIRN_VIRTQ_MOCK_BASE + 2 * 4096);
}

static void init_refuses_sizes_it_has_no_room_for(void **state)
{
	assert_int_equal(cairn_virtq_mock_init(&vq, &ram, 512, 0), -EINVAL);
	assert_int_equal(cairn_virtq_mock_init(&vq, &ram, 24, 0), -EINVAL);
	ram.next = sizeof(bytes) - 64;
	assert_int_equal(cairn_virtq_mock_init(&vq, &ram, 16, 0), -ENOSPC);
}

static void readme_example_works(void **state)
{
	uint32_t written;
	uint16_t head;
	char got[8] = "";
	const struct cairn_virtq_mock_piece pieces[] = {
		CAIRN_VIRTQ_MOCK_R("ping", 4),
		CAIRN_VIRTQ_MOCK_W(3),
		CAIRN_VIRTQ_MOCK_W(2),
	};

	assert_int_equal(cairn_virtq_mock_push(&vq, pieces, 3, &head), 0);
	assert_int_equal(cairn_virtq_pop(&q, &chain), 1);
	assert_int_equal(cairn_spans_read(spans, chain.n_read, 0, got, 8), 4);
	assert_string_equal(got, "ping");
	assert_int_equal(cairn_spans_write(spans + 1, chain.n_write, 0, "pong", 4), 4);
	assert_int_equal(cairn_virtq_push(&q, &chain, 4), 0);
	assert_int_equal(cairn_virtq_mock_collect(&vq, &head, &written), 1);
	assert_int_equal(written, 4);
	assert_int_equal(cairn_virtq_mock_data(&vq, head, got, sizeof(got)), 5);
	assert_memory_equal(got, "pong\xee", 5);
	assert_int_equal(cairn_virtq_mock_data(&vq, head, got, 2), 2);
}

static void indirect_chain_arrives(void **state)
{
	uint16_t head;
	const struct cairn_virtq_mock_piece pieces[] = { CAIRN_VIRTQ_MOCK_R("a", 1),
							 CAIRN_VIRTQ_MOCK_W(1) };

	assert_int_equal(cairn_virtq_mock_add(&vq, pieces, 2, true, &head), 0);
	assert_int_equal(cairn_virtq_available(&q), 0);
	cairn_virtq_driver_publish(&vq.driver);
	assert_int_equal(cairn_virtq_pop(&q, &chain), 1);
	assert_int_equal(chain.n_write, 1);
	assert_int_equal(cairn_virtq_driver_free(&vq.driver), 15);
}

static void buffers_straddle_regions(void **state)
{
	static uint8_t data[4000], got[4000];
	const struct cairn_virtq_mock_piece piece[] = { CAIRN_VIRTQ_MOCK_R(data, 4000) };
	uint16_t head;
	int n_split = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(cairn_virtq_mock_push(&vq, piece, 1, &head), 0);
		assert_int_equal(cairn_virtq_pop(&q, &chain), 1);
		n_split += chain.n_read > 1;
		assert_int_equal(cairn_spans_read(spans, chain.n_read, 0, got, 4000), 4000);
		assert_memory_equal(got, data, 4000);
	}
	assert_int_equal(n_split, 2);
	assert_int_equal(cairn_virtq_mock_push(&vq, piece, 1, &head), -ENOSPC);
}

static void memory_is_freed_by_setting_next_back(void **state)
{
	static uint8_t data[4096];
	const struct cairn_virtq_mock_piece piece[] = { CAIRN_VIRTQ_MOCK_R(data, 4096) };
	uint64_t next = ram.next;
	uint32_t written;
	uint16_t head;

	for (int i = 0; i < 30; i++) {
		assert_int_equal(cairn_virtq_mock_push(&vq, piece, 1, &head), 0);
		assert_int_equal(cairn_virtq_pop(&q, &chain), 1);
		assert_int_equal(cairn_virtq_push(&q, &chain, 0), 0);
		assert_int_equal(cairn_virtq_mock_collect(&vq, &head, &written), 1);
		ram.next = next;
	}
}

static void too_many_pieces_are_refused(void **state)
{
	struct cairn_virtq_mock_piece many[CAIRN_VIRTQ_MOCK_MAX_PIECES + 1] = { 0 };
	uint16_t head;

	assert_int_equal(cairn_virtq_mock_push(&vq, many, CAIRN_ARRAY_LEN(many), &head), -EINVAL);
	assert_int_equal(cairn_virtq_mock_push(&vq, many, 0, &head), -EINVAL);
	ram.next = sizeof(bytes) - 16;
	many[0] = (struct cairn_virtq_mock_piece)CAIRN_VIRTQ_MOCK_W(8);
	assert_int_equal(cairn_virtq_mock_add(&vq, many, 1, true, &head), -ENOSPC);
}

static void table_larger_than_a_region_is_refused(void **state)
{
	struct cairn_virtq_mock_piece two[] = { CAIRN_VIRTQ_MOCK_W(1), CAIRN_VIRTQ_MOCK_W(1) };
	uint16_t head;

	ram.region_bytes = 16; /* as if the regions were tiny */
	ram.next = 0;
	assert_int_equal(cairn_virtq_mock_add(&vq, two, 2, true, &head), -ENOSPC);
}

static void raw_driver_breaks_the_device_end(void **state)
{
	cairn_virtq_mock_raw_desc(&vq, 3, 0, 1, 0, 0);
	cairn_virtq_mock_raw_offer(&vq, 3);
	assert_int_equal(cairn_virtq_pop(&q, &chain), -EFAULT);
	assert_int_equal(set_up(NULL), 0);
	cairn_virtq_mock_raw_desc(&vq, 1, CAIRN_VIRTQ_MOCK_BASE, 7, 3, 2);
	cairn_virtq_mock_raw_desc(&vq, 2, CAIRN_VIRTQ_MOCK_BASE, 9, 2, 0);
	cairn_virtq_mock_raw_offer(&vq, 1);
	assert_int_equal(cairn_virtq_pop(&q, &chain), 1);
	assert_int_equal(chain.write_bytes, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ram_refuses_odd_shapes),
		cmocka_unit_test_setup(regions_lie_in_reverse_order, set_up_in_3),
		cmocka_unit_test_setup(init_refuses_sizes_it_has_no_room_for, set_up),
		cmocka_unit_test_setup(readme_example_works, set_up),
		cmocka_unit_test_setup(indirect_chain_arrives, set_up),
		cmocka_unit_test_setup(buffers_straddle_regions, set_up_in_3),
		cmocka_unit_test_setup(memory_is_freed_by_setting_next_back, set_up),
		cmocka_unit_test_setup(too_many_pieces_are_refused, set_up),
		cmocka_unit_test_setup(table_larger_than_a_region_is_refused, set_up),
		cmocka_unit_test_setup(raw_driver_breaks_the_device_end, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
