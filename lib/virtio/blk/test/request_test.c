/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* request_test.c - every kind of request, well made and not. */
#include "blk_test.h"

static uint8_t buf[DISK_BYTES];

static const struct cairn_disk_geometry plain = {
	.size_bytes = DISK_BYTES,
	.block_bytes = 512,
	.physical_bytes = 512,
	.memory_align = 1,
};

static void read_fills_the_buffer_and_counts_it(void **state)
{
	assert_int_equal(request(IN, 3, NULL, 0, 1024), OK);
	assert_int_equal(answer_written, 1025);
	assert_memory_equal(answer_bytes, disk + 3 * 512, 1024);
}

static void write_changes_its_sectors_only(void **state)
{
	static uint8_t before[DISK_BYTES];

	memcpy(before, disk, DISK_BYTES);
	memset(buf, 0x5a, 1024);
	assert_int_equal(request(OUT, 62, buf, 1024, 0), OK);
	assert_int_equal(answer_written, 1);
	assert_memory_equal(disk, before, 62 * 512);
	assert_memory_equal(disk + 62 * 512, buf, 1024);
}

static void flush_reaches_the_engine(void **state)
{
	assert_int_equal(request(FLUSH, 0, NULL, 0, 0), OK);
	assert_int_equal(fault.n_flushes, 1);
}

static void id_is_the_serial_padded_with_zeroes(void **state)
{
	assert_int_equal(request(GET_ID, 0, NULL, 0, 20), OK);
	assert_memory_equal(answer_bytes, "cairn-0001\0\0\0\0\0\0\0\0\0\0", 20);
	assert_int_equal(answer_written, 21);
}

static void id_is_cut_to_a_small_buffer(void **state)
{
	assert_int_equal(request(GET_ID, 0, NULL, 0, 5), OK);
	assert_memory_equal(answer_bytes, "cairn", 5);
	assert_int_equal(answer_written, 6);
}

static void id_leaves_what_is_beyond_20_bytes(void **state)
{
	assert_int_equal(request(GET_ID, 0, NULL, 0, 30), OK);
	assert_int_equal(answer_written, 20);
	assert_int_equal(answer_bytes[20], UNTOUCHED);
}

static void unknown_type_is_unsupported(void **state)
{
	assert_int_equal(request(2, 0, NULL, 0, 512), UNSUPP);
	assert_int_equal(request(0xffffffff, 0, NULL, 0, 0), UNSUPP);
	assert_int_equal(fault.n_submitted, 0);
}

static void last_sector_is_inside_and_the_next_is_not(void **state)
{
	assert_int_equal(request(IN, 63, NULL, 0, 512), OK);
	assert_int_equal(request(IN, 64, NULL, 0, 512), IOERR);
	assert_int_equal(request(IN, 63, NULL, 0, 1024), IOERR);
	assert_int_equal(answer_written, 0);
	assert_int_equal(request(OUT, 64, buf, 512, 0), IOERR);
}

static void sectors_that_overflow_are_outside(void **state)
{
	assert_int_equal(request(IN, UINT64_MAX, NULL, 0, 512), IOERR);
	assert_int_equal(request(IN, UINT64_MAX / 512 + 1, NULL, 0, 512), IOERR); /* * 512 == 0 */
	assert_int_equal(request(IN, UINT64_MAX / 512, NULL, 0, 1024), IOERR);
	assert_int_equal(fault.n_submitted, 0);
}

static void ragged_data_is_an_error(void **state)
{
	assert_int_equal(request(IN, 0, NULL, 0, 511), IOERR);
	assert_int_equal(request(IN, 0, NULL, 0, 513), IOERR);
	assert_int_equal(request(OUT, 0, buf, 100, 0), IOERR);
	assert_int_equal(fault.n_submitted, 0);
}

static void no_data_is_nothing_to_do(void **state)
{
	assert_int_equal(request(IN, 0, NULL, 0, 0), OK);
	assert_int_equal(request(OUT, 64, NULL, 0, 0), OK);
	assert_int_equal(request(OUT, 65, NULL, 0, 0), IOERR);
	assert_int_equal(fault.n_submitted, 0);
}

static void status_byte_alone_gets_an_error(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_W(1) };

	assert_int_equal(transact(p, 1), IOERR);
}

static void short_header_gets_an_error(void **state)
{
	struct header h = header(IN, 0);
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(&h, 15),
						    CAIRN_VIRTQ_MOCK_W(513) };

	assert_int_equal(transact(p, 2), IOERR);
	assert_int_equal(fault.n_submitted, 0);
}

static void chain_without_status_breaks_the_device(void **state)
{
	struct header h = header(FLUSH, 0);
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(&h, sizeof(h)) };
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, 0, p, 1, &head), 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
	assert_int_equal(rig.broken_why, -EPROTO);
}

static void looping_chain_breaks_the_device(void **state)
{
	cairn_virtq_mock_raw_desc(&rig.queues[0].mock, 0, CAIRN_VIRTQ_MOCK_BASE, 16, 1, 0);
	cairn_virtq_mock_raw_offer(&rig.queues[0].mock, 0);
	cairn_virtio_rig_kick(&rig, 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
	assert_int_equal(rig.broken_why, -EPROTO);
}

static void wild_address_breaks_the_device(void **state)
{
	cairn_virtq_mock_raw_desc(&rig.queues[0].mock, 0, UINT64_MAX - 8, 16, 0, 0);
	cairn_virtq_mock_raw_offer(&rig.queues[0].mock, 0);
	cairn_virtio_rig_kick(&rig, 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
	assert_int_equal(rig.broken_why, -EFAULT);
}

/* Header in 6 pieces, the last with the first data; data and status in pieces of their own. */
static void framing_does_not_depend_on_descriptors(void **state)
{
	uint8_t bytes[16 + 512];
	struct header h = header(OUT, 7);
	const struct cairn_virtq_mock_piece p[] = {
		CAIRN_VIRTQ_MOCK_R(bytes, 1),
		CAIRN_VIRTQ_MOCK_R(bytes + 1, 3),
		CAIRN_VIRTQ_MOCK_R(bytes + 4, 4),
		CAIRN_VIRTQ_MOCK_R(bytes + 8, 7),
		CAIRN_VIRTQ_MOCK_R(bytes + 15, 5),
		CAIRN_VIRTQ_MOCK_R(bytes + 20, 508),
		CAIRN_VIRTQ_MOCK_W(1),
	};

	memset(bytes, 0x77, sizeof(bytes));
	memcpy(bytes, &h, sizeof(h));
	assert_int_equal(transact(p, CAIRN_ARRAY_LEN(p)), OK);
	assert_memory_equal(disk + 7 * 512, bytes + 16, 512);
}

static void status_may_share_a_descriptor_with_data(void **state)
{
	struct header h = header(IN, 1);
	const struct cairn_virtq_mock_piece p[] = {
		CAIRN_VIRTQ_MOCK_R(&h, sizeof(h)), CAIRN_VIRTQ_MOCK_W(100), CAIRN_VIRTQ_MOCK_W(400),
		CAIRN_VIRTQ_MOCK_W(13), /* 12 of data, 1 of status */
	};

	assert_int_equal(transact(p, CAIRN_ARRAY_LEN(p)), OK);
	assert_int_equal(answer_written, 513);
	assert_memory_equal(answer_bytes, disk + 512, 512);
}

static void buffers_that_straddle_regions_are_filled(void **state)
{
	static uint8_t big[DISK_BYTES];

	for (int i = 0; i < 12; i++) { /* walks through all of guest memory */
		memset(big, i + 1, sizeof(big));
		assert_int_equal(request(OUT, 0, big, DISK_BYTES, 0), OK);
		assert_int_equal(request(IN, 0, NULL, 0, DISK_BYTES), OK);
		assert_memory_equal(answer_bytes, big, DISK_BYTES);
	}
}

static void engine_error_reaches_the_driver(void **state)
{
	fault.mode = CAIRN_BLOCK_FAULT_ERROR;
	fault.arg = EIO;
	assert_int_equal(request(IN, 0, NULL, 0, 512), IOERR);
	assert_int_equal(answer_written, 0);
	assert_int_equal(request(OUT, 0, buf, 512, 0), IOERR);
	assert_int_equal(request(FLUSH, 0, NULL, 0, 0), IOERR);
	fault.arg = ENOSPC;
	assert_int_equal(request(OUT, 0, buf, 512, 0), IOERR);
	fault.mode = CAIRN_BLOCK_FAULT_SHORT;
	assert_int_equal(request(IN, 0, NULL, 0, 1024), IOERR);
	assert_int_equal(rig.n_broken, 0);
}

static void discard_and_zeroes_change_their_ranges(void **state)
{
	struct range r[2] = { range(1, 2, 0), range(10, 1, 0) };

	assert_int_equal(request(DISCARD, 0, r, sizeof(r), 0), OK);
	assert_int_equal(disk[512], 0xdd);
	assert_int_equal(disk[10 * 512], 0xdd);
	assert_int_equal(disk[3 * 512], 3);
	r[0] = range(20, 1, 1);
	r[1] = range(22, 1, 0);
	assert_int_equal(request(WRITE_ZEROES, 0, r, sizeof(r), 0), OK);
	assert_int_equal(disk[20 * 512 + 5], 0);
	assert_int_not_equal(disk[21 * 512 + 5], 0);
	assert_int_equal(disk[22 * 512 + 5], 0);
}

static void empty_ranges_are_skipped(void **state)
{
	struct range r[3] = { range(1, 0, 0), range(10, 1, 0), range(5, 0, 0) };

	assert_int_equal(request(DISCARD, 0, r, sizeof(r), 0), OK);
	assert_int_equal(fault.n_submitted, 1);
	assert_int_equal(request(DISCARD, 0, r, sizeof(r[0]), 0), OK);
	assert_int_equal(fault.n_submitted, 1);
}

/* One bad range, and none is carried out. */
static void ranges_are_checked_before_any_is_carried_out(void **state)
{
	struct range r[2] = { range(1, 1, 0), range(63, 2, 0) };

	assert_int_equal(request(DISCARD, 0, r, sizeof(r), 0), IOERR);
	r[1] = range(UINT64_MAX, 1, 0);
	assert_int_equal(request(WRITE_ZEROES, 0, r, sizeof(r), 0), IOERR);
	r[1] = range(0, 1, 1);
	assert_int_equal(request(DISCARD, 0, r, sizeof(r), 0), UNSUPP);
	r[1] = range(0, 1, 2);
	assert_int_equal(request(WRITE_ZEROES, 0, r, sizeof(r), 0), UNSUPP);
	assert_int_equal(fault.n_submitted, 0);
}

static void number_of_ranges_is_limited(void **state)
{
	struct range r[CAIRN_VIRTIO_BLK_RANGES_MAX + 1];

	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(r); i++)
		r[i] = range(i, 1, 0);
	assert_int_equal(request(DISCARD, 0, r, sizeof(r), 0), IOERR);
	assert_int_equal(request(DISCARD, 0, r, sizeof(r) - sizeof(r[0]), 0), OK);
	assert_int_equal(request(DISCARD, 0, r, 17, 0), IOERR);
	assert_int_equal(request(DISCARD, 0, NULL, 0, 0), IOERR);
}

static void ranges_are_limited_in_length(void **state)
{
	struct cairn_disk_geometry huge = plain;
	struct range r = range(0, CAIRN_VIRTIO_BLK_ZEROES_SECTORS + 1, 0);

	huge.size_bytes = UINT64_C(1) << 40;
	huge.can_discard = true;
	reopen(&huge, 0);
	assert_int_equal(request(WRITE_ZEROES, 0, &r, sizeof(r), 0), IOERR);
	r = range(0, CAIRN_VIRTIO_BLK_DISCARD_SECTORS + 1, 0);
	assert_int_equal(request(DISCARD, 0, &r, sizeof(r), 0), IOERR);
	assert_int_equal(fault.n_submitted, 0);
}

static void failed_range_ends_the_request(void **state)
{
	struct range r[2] = { range(1, 1, 0), range(2, 1, 0) };

	fault.mode = CAIRN_BLOCK_FAULT_ERROR;
	fault.arg = EIO;
	assert_int_equal(request(WRITE_ZEROES, 0, r, sizeof(r), 0), IOERR);
	assert_int_equal(fault.n_submitted, 1);
}

static void what_was_not_accepted_is_unsupported(void **state)
{
	struct range r = range(0, 1, 0);

	reopen(&plain, CAIRN_VIRTIO_BLK_F_FLUSH | CAIRN_VIRTIO_BLK_F_CONFIG_WCE |
			   CAIRN_VIRTIO_BLK_F_WRITE_ZEROES);
	assert_int_equal(request(FLUSH, 0, NULL, 0, 0), UNSUPP);
	assert_int_equal(request(DISCARD, 0, &r, sizeof(r), 0), UNSUPP);
	assert_int_equal(request(WRITE_ZEROES, 0, &r, sizeof(r), 0), UNSUPP);
}

static void read_only_disk_refuses_changes(void **state)
{
	struct cairn_disk_geometry ro = plain;
	struct range r = range(0, 1, 0);

	ro.is_read_only = true;
	ro.can_discard = true;
	reopen(&ro, 0);
	assert_true(cairn_virtio_blk_vdev(blk)->features & CAIRN_VIRTIO_BLK_F_RO);
	assert_int_equal(request(OUT, 0, buf, 512, 0), IOERR);
	assert_int_equal(request(OUT, 0, NULL, 0, 0), IOERR);
	assert_int_equal(request(DISCARD, 0, &r, sizeof(r), 0), UNSUPP);
	assert_int_equal(request(IN, 0, NULL, 0, 512), OK);
	assert_int_equal(fault.n_submitted, 1);
}

static void driver_without_flush_gets_durable_writes(void **state)
{
	struct range r = range(0, 1, 0);

	reopen(&plain, CAIRN_VIRTIO_BLK_F_FLUSH | CAIRN_VIRTIO_BLK_F_CONFIG_WCE);
	assert_int_equal(request(OUT, 0, buf, 512, 0), OK);
	assert_int_equal(fault.n_flushes, 1);
	assert_int_equal(request(WRITE_ZEROES, 0, &r, sizeof(r), 0), OK);
	assert_int_equal(fault.n_flushes, 2);
	assert_int_equal(request(IN, 0, NULL, 0, 512), OK);
	assert_int_equal(fault.n_flushes, 2);
	assert_int_equal(config(32, 1), 0);
}

static void driver_turns_the_write_cache_off_and_on(void **state)
{
	assert_int_equal(config(32, 1), 1);
	assert_int_equal(config_write(32, 0), 0);
	assert_int_equal(config(32, 1), 0);
	assert_int_equal(request(OUT, 0, buf, 512, 0), OK);
	assert_int_equal(fault.n_flushes, 1);
	assert_int_equal(config_write(32, 1), 0);
	assert_int_equal(request(OUT, 0, buf, 512, 0), OK);
	assert_int_equal(fault.n_flushes, 1);
}

static void other_configuration_is_not_writable(void **state)
{
	assert_int_equal(config_write(0, 0), 0);
	assert_int_equal(config_write(33, 0), 0);
	assert_int_equal(config(0, 8), DISK_SECTORS);
	assert_int_equal(config(32, 1), 1);
	reopen(&plain, CAIRN_VIRTIO_BLK_F_CONFIG_WCE);
	assert_int_equal(config_write(32, 0), 0);
	assert_int_equal(config(32, 1), 1);
}

static void configuration_tells_the_disk(void **state)
{
	struct cairn_disk_geometry g = {
		.size_bytes = DISK_BYTES,
		.block_bytes = 1024,
		.physical_bytes = 4096,
		.align_offset_bytes = 1024,
		.io_min_bytes = 8192,
		.io_opt_bytes = 65536,
		.memory_align = 1,
		.can_discard = true,
	};

	reopen(&g, 0);
	assert_int_equal(config(0, 8), DISK_SECTORS);
	assert_int_equal(config(12, 4), CAIRN_VIRTIO_BLK_SEG_MAX);
	assert_int_equal(config(20, 4), 1024);
	assert_int_equal(config(24, 1), 2); /* 4096 is 1024 << 2 */
	assert_int_equal(config(25, 1), 1);
	assert_int_equal(config(26, 2), 8);
	assert_int_equal(config(28, 4), 64);
	assert_int_equal(config(34, 2), 1);
	assert_int_equal(config(36, 4), CAIRN_VIRTIO_BLK_DISCARD_SECTORS);
	assert_int_equal(config(40, 4), CAIRN_VIRTIO_BLK_RANGES_MAX);
	assert_int_equal(config(44, 4), 8);
	assert_int_equal(config(48, 4), CAIRN_VIRTIO_BLK_ZEROES_SECTORS);
	assert_int_equal(config(52, 4), CAIRN_VIRTIO_BLK_RANGES_MAX);
	assert_int_equal(config(56, 1), 1);
}

static void parts_of_a_block_are_an_error(void **state)
{
	struct cairn_disk_geometry g = plain;

	g.block_bytes = g.physical_bytes = 4096;
	reopen(&g, 0);
	assert_int_equal(request(IN, 1, NULL, 0, 512), IOERR);
	assert_int_equal(request(IN, 8, NULL, 0, 4096), OK);
}

static void resize_is_told_once_and_moves_the_end(void **state)
{
	cairn_virtio_blk_resize(blk);
	assert_int_equal(rig.n_config_changed, 0);
	cairn_block_fault_resize(&fault, 2 * DISK_BYTES);
	assert_int_equal(request(IN, DISK_SECTORS, NULL, 0, 512), IOERR);
	cairn_virtio_blk_resize(blk);
	assert_int_equal(rig.n_config_changed, 1);
	assert_int_equal(config(0, 8), 2 * DISK_SECTORS);
	assert_int_equal(request(IN, DISK_SECTORS, NULL, 0, 512), OK);
	cairn_block_fault_resize(&fault, 512);
	cairn_virtio_blk_resize(blk);
	assert_int_equal(request(IN, 1, NULL, 0, 512), IOERR);
}

static void batch_is_committed_and_signalled_once(void **state)
{
	uint16_t head;
	uint32_t written;

	cairn_virtio_rig_settle(&rig);
	fault.n_commits = 0;
	for (int i = 0; i < 5; i++)
		offer(IN, 0, NULL, 0, 512);
	cairn_virtio_rig_settle(&rig);
	for (int i = 0; i < 5; i++)
		assert_int_equal(cairn_virtio_rig_collect(&rig, 0, &head, &written), 1);
	assert_int_equal(fault.n_submitted, 5);
	assert_true(fault.n_commits <= 3); /* the round, and after its completions */
	assert_int_equal(rig.queues[0].n_signals, 1);
}

static void bad_configurations_are_refused(void **state)
{
	struct cairn_virtio_blk_cfg cfg = {
		.home = rig.loop,
		.engines = engines,
		.n_queues = 1,
		.queue_size = 3,
	};
	struct cairn_virtio_blk *b;

	assert_int_equal(cairn_virtio_blk_new(&cfg, &b, NULL), -EINVAL);
	cfg.queue_size = 2048;
	assert_int_equal(cairn_virtio_blk_new(&cfg, &b, NULL), -EINVAL);
	cfg.queue_size = 1;
	assert_int_equal(cairn_virtio_blk_new(&cfg, &b, NULL), -EINVAL);
	cfg.queue_size = 0;
	cfg.n_queues = 0;
	assert_int_equal(cairn_virtio_blk_new(&cfg, &b, NULL), -EINVAL);
	cfg.n_queues = 65;
	assert_int_equal(cairn_virtio_blk_new(&cfg, &b, NULL), -EINVAL);
	cairn_virtio_blk_free(NULL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(read_fills_the_buffer_and_counts_it),
		T(write_changes_its_sectors_only),
		T(flush_reaches_the_engine),
		T(id_is_the_serial_padded_with_zeroes),
		T(id_is_cut_to_a_small_buffer),
		T(id_leaves_what_is_beyond_20_bytes),
		T(unknown_type_is_unsupported),
		T(last_sector_is_inside_and_the_next_is_not),
		T(sectors_that_overflow_are_outside),
		T(ragged_data_is_an_error),
		T(no_data_is_nothing_to_do),
		T(status_byte_alone_gets_an_error),
		T(short_header_gets_an_error),
		T(chain_without_status_breaks_the_device),
		T(looping_chain_breaks_the_device),
		T(wild_address_breaks_the_device),
		T(framing_does_not_depend_on_descriptors),
		T(status_may_share_a_descriptor_with_data),
		T(buffers_that_straddle_regions_are_filled),
		T(engine_error_reaches_the_driver),
		T(discard_and_zeroes_change_their_ranges),
		T(empty_ranges_are_skipped),
		T(ranges_are_checked_before_any_is_carried_out),
		T(number_of_ranges_is_limited),
		T(ranges_are_limited_in_length),
		T(failed_range_ends_the_request),
		T(what_was_not_accepted_is_unsupported),
		T(read_only_disk_refuses_changes),
		T(driver_without_flush_gets_durable_writes),
		T(driver_turns_the_write_cache_off_and_on),
		T(other_configuration_is_not_writable),
		T(configuration_tells_the_disk),
		T(parts_of_a_block_are_an_error),
		T(resize_is_told_once_and_moves_the_end),
		T(batch_is_committed_and_signalled_once),
		T(bad_configurations_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
