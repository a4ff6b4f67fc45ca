/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* rng_test.c - buffers are filled, bounded, and never with the host's blocking or errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cairn/virtio_rig.h>
#include <cairn/virtio_rng.h>

static struct cairn_virtio_rig rig;
static struct cairn_virtio_rng *rng;
static int fill_result; /* 0: as many as wanted */
static size_t n_fills, fill_bytes;

static int fill(void *ctx, void *dst, size_t len)
{
	n_fills++;
	if (fill_result)
		return fill_result;
	fill_bytes += len;
	memset(dst, 0x42, len);
	return (int)len;
}

static void open_with(int (*source)(void *ctx, void *dst, size_t len))
{
	struct cairn_virtio_rng_cfg cfg = { .fill = source };

	fill_result = 0;
	n_fills = fill_bytes = 0;
	assert_int_equal(cairn_virtio_rig_open(&rig, 1 << 20, 1), 0);
	cfg.home = rig.loop;
	assert_int_equal(cairn_virtio_rng_new(&cfg, &rng, NULL), 0);
	assert_int_equal(cairn_virtio_rig_attach(&rig, cairn_virtio_rng_vdev(rng),
						 cairn_virtio_rng_vdev(rng)->features),
			 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, 0, 64), 0);
}

static int setup(void **state)
{
	open_with(fill);
	return 0;
}

static int setup_getrandom(void **state)
{
	open_with(NULL);
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	cairn_virtio_rng_free(rng);
	cairn_virtio_rig_close(&rig);
	return 0;
}

static uint8_t got[8192];

static uint32_t ask(uint32_t first, uint32_t second)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_W(first),
						    CAIRN_VIRTQ_MOCK_W(second) };
	uint32_t written;
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, 0, p, second ? 2 : 1, &head), 0);
	assert_int_equal(cairn_virtio_rig_collect(&rig, 0, &head, &written), 1);
	cairn_virtq_mock_data(&rig.queues[0].mock, head, got, sizeof(got));
	return written;
}

static void buffers_are_filled_wholly(void **state)
{
	assert_int_equal(ask(1, 0), 1);
	assert_int_equal(got[0], 0x42);
	assert_int_equal(ask(7, 100), 107);
	assert_int_equal(got[106], 0x42);
}

static void long_buffers_get_their_share(void **state)
{
	assert_int_equal(ask(8192, 0), CAIRN_VIRTIO_RNG_CHAIN_BYTES);
	assert_int_equal(got[CAIRN_VIRTIO_RNG_CHAIN_BYTES], CAIRN_VIRTQ_MOCK_FILL);
}

static void getrandom_gives_different_bytes(void **state)
{
	uint8_t first[32];

	assert_int_equal(ask(32, 0), 32);
	memcpy(first, got, 32);
	assert_int_equal(ask(32, 0), 32);
	assert_memory_not_equal(first, got, 32);
}

static void source_that_is_empty_is_asked_later(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_W(16) };
	uint32_t written;
	uint16_t head;

	fill_result = -EAGAIN;
	assert_int_equal(cairn_virtio_rig_push(&rig, 0, p, 1, &head), 0);
	while (n_fills < 3)
		assert_true(cairn_loop_dispatch(rig.loop, 1000) >= 0);
	assert_int_equal(rig.n_broken, 0);
	fill_result = 0;
	assert_int_equal(cairn_virtio_rig_collect(&rig, 0, &head, &written), 1);
	assert_int_equal(written, 16);
}

static void source_that_claims_too_much_is_not_believed(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_W(16) };
	uint16_t head;

	fill_result = 17;
	assert_int_equal(cairn_virtio_rig_push(&rig, 0, p, 1, &head), 0);
	while (n_fills < 2)
		assert_true(cairn_loop_dispatch(rig.loop, 1000) >= 0);
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(rig.queues[0].pos.avail, 0); /* not taken */
}

static void flood_is_served_in_rounds(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_W(4096) };
	uint16_t head;

	cairn_virtio_rig_settle(&rig);
	for (int i = 0; i < 40; i++)
		assert_int_equal(cairn_virtio_rig_push(&rig, 0, p, 1, &head), 0);
	while (!fill_bytes)
		assert_true(cairn_loop_dispatch(rig.loop, 1000) >= 0);
	assert_int_equal(fill_bytes, CAIRN_VIRTIO_RNG_ROUND_BYTES);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(fill_bytes, 40 * 4096);
}

static void expect_broken(void)
{
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
	assert_int_equal(rig.broken_why, -EPROTO);
	assert_int_equal(n_fills, 0);
}

static void readable_buffers_break_the_device(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R("x", 1),
						    CAIRN_VIRTQ_MOCK_W(16) };
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, 0, p, 2, &head), 0);
	expect_broken();
}

static void empty_chain_breaks_the_device(void **state)
{
	cairn_virtq_mock_raw_desc(&rig.queues[0].mock, 0, CAIRN_VIRTQ_MOCK_BASE, 0, 2, 0);
	cairn_virtq_mock_raw_offer(&rig.queues[0].mock, 0);
	cairn_virtio_rig_kick(&rig, 0);
	expect_broken();
}

static void device_has_one_queue_and_no_configuration(void **state)
{
	uint8_t byte;

	assert_int_equal(cairn_virtio_rng_vdev(rng)->type, 4);
	assert_int_equal(cairn_virtio_rng_vdev(rng)->n_queues, 1);
	assert_int_equal(cairn_vdev_config_read(cairn_virtio_rng_vdev(rng), 0, &byte, 1), -EINVAL);
	cairn_virtio_rng_free(NULL);
}

static void readme_example_works(void **state)
{
	struct cairn_virtio_rng *r;
	struct cairn_virtio_rng_cfg cfg = { .home = rig.loop };

	assert_int_equal(cairn_virtio_rng_new(&cfg, &r, NULL), 0);
	/* hand cairn_virtio_rng_vdev(r) to a carrier; afterwards: */
	cairn_virtio_rng_free(r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(buffers_are_filled_wholly),
		T(long_buffers_get_their_share),
		cmocka_unit_test_setup_teardown(getrandom_gives_different_bytes, setup_getrandom,
						teardown),
		T(source_that_is_empty_is_asked_later),
		T(source_that_claims_too_much_is_not_believed),
		T(flood_is_served_in_rounds),
		T(readable_buffers_break_the_device),
		T(empty_chain_breaks_the_device),
		T(device_has_one_queue_and_no_configuration),
		T(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
