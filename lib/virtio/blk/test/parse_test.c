/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* parse_test.c - the parser alone, without the engine that would refuse the same once more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../src/blk.h"

#define RANGES 300u

static uint8_t readable[16 + 16 * RANGES], writable[1024];
static struct blk_request request;
static const struct blk_rules rules = {
	.capacity_bytes = 64 * 512,
	.features = CAIRN_VIRTIO_BLK_F_DISCARD | CAIRN_VIRTIO_BLK_F_WRITE_ZEROES,
};

static enum blk_status parse(uint32_t type, uint64_t sector, uint32_t out_bytes, uint32_t in_bytes,
			     const struct blk_rules *r)
{
	struct cairn_span spans[2] = {
		{ .base = (struct cairn_guest_byte *)(void *)readable, .len = 16 + out_bytes },
		{ .base = (struct cairn_guest_byte *)(void *)writable, .len = in_bytes + 1 },
	};
	struct cairn_virtq_chain c = {
		.spans = spans,
		.n_read = 1,
		.n_write = 1,
		.read_bytes = 16 + out_bytes,
		.write_bytes = in_bytes + 1,
	};

	cairn_le_store(readable, 4, type);
	cairn_le_store(readable + 8, 8, sector);
	return cairn_virtio_blk_parse_(&c, r, &request);
}

static void whole_sectors_are_read_and_written(void **state)
{
	assert_int_equal(parse(0, 5, 0, 1024, &rules), BLK_S_OK);
	assert_int_equal(request.op, BLK_IN);
	assert_int_equal(request.offset, 5 * 512);
	assert_int_equal(request.bytes, 1024);
	assert_int_equal(parse(1, 0, 512, 0, &rules), BLK_S_OK);
	assert_int_equal(request.op, BLK_OUT);
	assert_int_equal(request.bytes, 512);
}

static void parts_of_sectors_are_refused(void **state)
{
	assert_int_equal(parse(0, 0, 0, 511, &rules), BLK_S_IOERR);
	assert_int_equal(parse(1, 0, 513, 0, &rules), BLK_S_IOERR);
}

static void read_only_disk_refuses_ranges_that_were_accepted(void **state)
{
	struct blk_rules ro = rules;

	memset(readable, 0, sizeof(readable));
	assert_int_equal(parse(11, 0, 16, 0, &rules), BLK_S_OK);
	assert_int_equal(request.n_ranges, 1);
	ro.is_read_only = true;
	assert_int_equal(parse(11, 0, 16, 0, &ro), BLK_S_IOERR);
	assert_int_equal(parse(13, 0, 16, 0, &ro), BLK_S_IOERR);
}

static void more_ranges_than_there_is_room_for_are_refused(void **state)
{
	memset(readable, 0, sizeof(readable));
	assert_int_equal(parse(11, 0, 16 * CAIRN_VIRTIO_BLK_RANGES_MAX, 0, &rules), BLK_S_OK);
	assert_int_equal(request.n_ranges, CAIRN_VIRTIO_BLK_RANGES_MAX);
	assert_int_equal(parse(11, 0, 16 * (CAIRN_VIRTIO_BLK_RANGES_MAX + 1), 0, &rules),
			 BLK_S_IOERR);
	assert_int_equal(parse(11, 0, 16 * RANGES, 0, &rules), BLK_S_IOERR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_sectors_are_read_and_written),
		cmocka_unit_test(parts_of_sectors_are_refused),
		cmocka_unit_test(read_only_disk_refuses_ranges_that_were_accepted),
		cmocka_unit_test(more_ranges_than_there_is_room_for_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
