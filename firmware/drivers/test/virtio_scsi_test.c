/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* virtio_scsi_test.c - the driver meets a host with several units, some of which are awkward. */
#include <fw/disks.h>

#include "scripted.h"

#define BLOCKS     4096u
#define MAX_BYTES  (BLOCKS * 512u)
#define N_UNITS    5
#define RAM_BYTES  (UINT64_C(1) << 23)
#define BAD_TARGET 3
#define NOT_READY  2
#define ATTENTION  6
#define ILLEGAL    5

struct fake_unit {
	uint8_t target, type;
	uint16_t lun;
	uint32_t block_bytes;
	uint64_t n_blocks;
	uint8_t sense_key, sense_code; /* of the next commands but INQUIRY and REPORT LUNS */
	uint32_t n_bad;                /* how many of them; UINT32_MAX: all */
	bool is_protected, is_removable, refuses_flush;
};

static struct fake_unit units[N_UNITS];
static uint8_t content[MAX_BYTES];
static uint32_t n_commands, n_flushes, n_tests, longest;
static uint32_t residual; /* of reads */
static bool loses_reads;  /* no answer to these */
static bool counts_reads; /* used.len has what the device has read, too */
static struct fw_virtio transport;
static struct fw_block *disks[FW_SCSI_UNITS_MAX];
static uint32_t n_disks;
static struct cairn_err err;

struct request {
	uint8_t bytes[51];
};

static uint64_t be(const uint8_t *p, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

static void put_be(uint8_t *p, size_t len, uint64_t v)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(v >> 8 * (len - 1 - i));
}

static struct fake_unit *find(const struct request *q)
{
	uint16_t lun = (uint16_t)(be(q->bytes + 2, 2) & 0x3fff);

	assert_int_equal(q->bytes[0], 1);
	for (int i = 0; i < N_UNITS; i++)
		if (units[i].block_bytes && units[i].target == q->bytes[1] && units[i].lun == lun)
			return &units[i];
	return NULL;
}

static bool has_target(uint8_t target)
{
	for (int i = 0; i < N_UNITS; i++)
		if (units[i].block_bytes && units[i].target == target)
			return true;
	return false;
}

/* Returns the length of data for the driver. */
static uint32_t report_luns(uint8_t target, uint8_t *data)
{
	uint32_t n = 0;

	for (int i = 0; i < N_UNITS; i++)
		if (units[i].block_bytes && units[i].target == target) {
			put_be(data + 8 + 8 * n, 2,
			       units[i].lun < 256 ? units[i].lun : 0x4000u | units[i].lun);
			n++;
		}
	put_be(data, 4, 8 * n);
	return 8 + 8 * n;
}

static uint32_t small_command(const struct fake_unit *u, uint8_t opcode, uint8_t *data)
{
	switch (opcode) {
	case 0x12:
		data[0] = u ? u->type : 0x7f;
		data[1] = u && u->is_removable ? 0x80 : 0;
		return 36;
	case 0x1a:
		data[2] = u->is_protected ? 0x80 : 0;
		return 4;
	case 0x25:
		put_be(data, 4, u->n_blocks - 1);
		put_be(data + 4, 4, u->block_bytes);
		return 8;
	case 0x9e:
		put_be(data, 8, u->n_blocks - 1);
		put_be(data + 8, 4, u->block_bytes);
		return 32;
	default:
		return 0;
	}
}

struct answer {
	uint8_t head[108];
	uint8_t status, response;
	uint32_t data_len;
};

static void sense(struct answer *a, uint8_t key, uint8_t code)
{
	a->status = 2;
	cairn_le_store(a->head, 4, 18);
	a->head[12] = 0x70;
	a->head[12 + 2] = key;
	a->head[12 + 12] = code;
}

static bool is_bad(struct fake_unit *u, struct answer *a)
{
	if (u->n_bad == 0)
		return false;
	if (u->n_bad != UINT32_MAX)
		u->n_bad--;
	sense(a, u->sense_key, u->sense_code);
	return true;
}

static void transfer(struct fake_unit *u, const struct cairn_virtq_chain *c, const uint8_t *cdb,
		     struct answer *a)
{
	bool is_write = cdb[0] == 0x8a;
	uint64_t lba = cdb[0] == 0x28 ? be(cdb + 2, 4) : be(cdb + 2, 8);
	uint64_t n = cdb[0] == 0x28 ? be(cdb + 7, 2) : be(cdb + 10, 4);
	uint64_t bytes = n * u->block_bytes;
	uint8_t *at = content + lba * u->block_bytes;

	assert_true(lba + n <= u->n_blocks);
	longest = bytes > longest ? (uint32_t)bytes : longest;
	if (is_write) {
		assert_int_equal(c->read_bytes, 51 + bytes);
		cairn_spans_read(c->spans, c->n_read, 51, at, bytes);
		return;
	}
	assert_int_equal(c->write_bytes, 108 + bytes);
	cairn_spans_write(c->spans + c->n_read, c->n_write, 108, at, bytes);
	cairn_le_store(a->head + 4, 4, residual);
}

static void command(const struct cairn_virtq_chain *c, const struct request *q, struct answer *a)
{
	const uint8_t *cdb = q->bytes + 19;
	struct fake_unit *u = find(q);
	uint8_t data[512] = { 0 };

	n_commands++;
	n_tests += cdb[0] == 0;
	if (!has_target(q->bytes[1])) {
		a->response = BAD_TARGET;
		return;
	}
	if (cdb[0] == 0xa0)
		a->data_len = report_luns(q->bytes[1], data);
	else if (!u && cdb[0] != 0x12)
		sense(a, ILLEGAL, 0x25);
	else if (cdb[0] != 0x12 && is_bad(u, a))
		return;
	else if (cdb[0] == 0x88 || cdb[0] == 0x8a || cdb[0] == 0x28)
		transfer(u, c, cdb, a);
	else
		a->data_len = small_command(u, cdb[0], data);
	if (cdb[0] == 0x35)
		n_flushes++;
	if (a->data_len)
		cairn_spans_write(c->spans + c->n_read, c->n_write, 108, data,
				  cairn_min_u64(a->data_len, c->write_bytes - 108));
}

static void serve_scsi(struct scripted *s, struct scripted_queue *q)
{
	struct cairn_span spans[128];
	struct cairn_virtq_chain c = { .spans = spans, .cap = 128 };

	assert_ptr_equal(q, &s->queues[2]);
	while (cairn_virtq_pop(&q->ring, &c) > 0) {
		struct answer a = { .response = 0 };
		struct request r;

		assert_int_equal(cairn_spans_read(c.spans, c.n_read, 0, &r, sizeof(r)), 51);
		if (loses_reads && r.bytes[19] == 0x88)
			continue;
		command(&c, &r, &a);
		a.head[10] = a.status;
		a.head[11] = a.response;
		cairn_spans_write(c.spans + c.n_read, c.n_write, 0, a.head, sizeof(a.head));
		if (counts_reads && c.read_bytes > sizeof(r))
			scripted_use(q, c.head_, c.write_bytes + c.read_bytes, 1);
		else
			assert_int_equal(cairn_virtq_push(&q->ring, &c, c.write_bytes), 0);
	}
}

static void set_config(uint32_t off, uint32_t len, uint64_t value)
{
	cairn_le_store(scripted.config + off, len, value);
}

static int setup(void **state)
{
	world_open(RAM_BYTES);
	scripted_plug(2);
	scripted.id = FW_VIRTIO_SCSI;
	scripted.serve = serve_scsi;
	set_config(0, 4, 1);
	set_config(4, 4, 126);
	set_config(8, 4, 0xffff);
	set_config(20, 4, 96);
	set_config(24, 4, 32);
	set_config(30, 2, 255);
	memset(units, 0, sizeof(units));
	units[0] = (struct fake_unit){ .target = 3, .block_bytes = 512, .n_blocks = BLOCKS };
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i / 512 * 3 + i);
	n_commands = n_flushes = n_tests = longest = residual = 0;
	loses_reads = counts_reads = false;
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
	assert_int_equal(fw_virtio_probe_mmio(&transport, WORLD_MMIO, NULL), 0);
	return fw_virtio_scsi_open(&transport, disks, FW_SCSI_UNITS_MAX, &n_disks, &err);
}

static int read_all(uint32_t i)
{
	memset(world.ram, 0, MAX_BYTES);
	return disks[i]->ops->read(disks[i], 0, world.ram, (uint32_t)disks[i]->n_blocks);
}

static void unit_is_found_and_read(void **state)
{
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 1);
	assert_int_equal(disks[0]->n_blocks, BLOCKS);
	assert_int_equal(disks[0]->block_bytes, 512);
	assert_false(disks[0]->is_readonly);
	assert_int_equal(disks[0]->at.unit, 3 << 16);
	assert_string_equal(disks[0]->name, "scsi 0xfeb00000#30000");
	assert_int_equal(read_all(0), 0);
	assert_memory_equal(world.ram, content, MAX_BYTES);
	assert_int_equal(longest, FW_DISK_REQUEST_BYTES);
}

static void targets_are_looked_for_many_at_once(void **state)
{
	scripted.n_notified = 0;
	assert_int_equal(open_disks(), 0);
	assert_true(n_commands > 256);
	assert_true(scripted.n_notified < 20);
}

static void no_more_targets_than_the_host_has(void **state)
{
	set_config(30, 2, 2);
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 0);
	assert_int_equal(n_commands, 3);
	assert_int_equal(pages_out(), 0);
}

static void several_units_are_disks_of_their_own(void **state)
{
	units[1] = (struct fake_unit){ .target = 3, .lun = 5, .block_bytes = 4096, .n_blocks = 64 };
	units[2] =
	    (struct fake_unit){ .target = 200, .lun = 300, .block_bytes = 512, .n_blocks = 10 };
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 3);
	assert_int_equal(disks[1]->block_bytes, 4096);
	assert_int_equal(disks[1]->at.unit, 3 << 16 | 5);
	assert_int_equal(disks[2]->at.unit, 200 << 16 | 300);
	assert_int_equal(read_all(1), 0);
	assert_memory_equal(world.ram, content, 64 * 4096);
}

static void more_units_than_asked_for_are_left_out(void **state)
{
	units[1] = (struct fake_unit){ .target = 4, .block_bytes = 512, .n_blocks = 64 };
	assert_int_equal(fw_virtio_probe_mmio(&transport, WORLD_MMIO, NULL), 0);
	assert_int_equal(fw_virtio_scsi_open(&transport, disks, 1, &n_disks, &err), 0);
	assert_int_equal(n_disks, 1);
}

static void unit_attention_is_asked_again(void **state)
{
	units[0].sense_key = ATTENTION;
	units[0].sense_code = 0x29;
	units[0].n_bad = 2;
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 1);
	units[0].n_bad = 1;
	assert_int_equal(read_all(0), 0);
	units[0].n_bad = 4;
	assert_int_equal(read_all(0), -EIO);
}

static void unit_that_is_getting_ready_is_waited_for(void **state)
{
	units[0].sense_key = NOT_READY;
	units[0].sense_code = 4;
	units[0].n_bad = 5;
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 1);
	assert_int_equal(n_tests, 6);
}

static void unit_without_medium_is_left_out_at_once(void **state)
{
	units[0].sense_key = NOT_READY;
	units[0].sense_code = 0x3a;
	units[0].n_bad = UINT32_MAX;
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 0);
	assert_int_equal(n_tests, 1);
}

static void unit_that_never_gets_ready_is_left_out(void **state)
{
	units[0].sense_key = NOT_READY;
	units[0].sense_code = 4;
	units[0].n_bad = UINT32_MAX;
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 0);
}

static void cd_is_read_by_its_own_commands(void **state)
{
	units[0].type = 5;
	units[0].block_bytes = 2048;
	units[0].n_blocks = MAX_BYTES / 2048;
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 1);
	assert_int_equal(disks[0]->block_bytes, 2048);
	assert_true(disks[0]->is_readonly);
	assert_int_equal(read_all(0), 0);
	assert_memory_equal(world.ram, content, MAX_BYTES);
	assert_int_equal(disks[0]->ops->flush(disks[0]), 0);
	assert_int_equal(n_flushes, 0);
}

static void medium_that_was_changed_is_gone(void **state)
{
	units[0] = (struct fake_unit){
		.target = 3, .type = 5, .block_bytes = 2048, .n_blocks = 64, .is_removable = true
	};
	units[1] = units[0];
	units[1].lun = 1;
	units[0].sense_key = ATTENTION;
	units[0].sense_code = 0x28;
	units[0].n_bad = 2; /* it was put in before */
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 2);
	assert_true(disks[0]->is_removable);
	assert_int_equal(read_all(0), 0);
	units[0].n_bad = 1;
	assert_int_equal(read_all(0), -EIO);
	assert_int_equal(read_all(0), -EIO);
	assert_int_equal(read_all(1), 0);
}

static void attention_of_what_cannot_be_changed_is_asked_again(void **state)
{
	assert_int_equal(open_disks(), 0);
	assert_false(disks[0]->is_removable);
	units[0].sense_key = ATTENTION;
	units[0].sense_code = 0x28;
	units[0].n_bad = 1;
	assert_int_equal(read_all(0), 0);
}

static void other_kinds_of_units_are_left_out(void **state)
{
	static const uint8_t types[] = { 1, 3, 7, 0x20, 0x60, 0x7f, 0xff };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(types); i++) {
		units[0].type = types[i];
		assert_int_equal(open_disks(), 0);
		assert_int_equal(n_disks, 0);
	}
}

static void sizes_that_cannot_be_are_left_out(void **state)
{
	static const struct {
		uint64_t n_blocks;
		uint32_t block_bytes;
	} bad[] = { { 0, 512 }, { 1, 256 }, { 1, 520 }, { 1, 8192 }, { UINT64_C(1) << 55, 512 } };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		units[0].n_blocks = bad[i].n_blocks; /* 0: the last block is 2^64 - 1 */
		units[0].block_bytes = bad[i].block_bytes;
		assert_int_equal(open_disks(), 0);
		assert_int_equal(n_disks, 0);
	}
}

static void protected_unit_is_readonly(void **state)
{
	units[0].is_protected = true;
	assert_int_equal(open_disks(), 0);
	assert_true(disks[0]->is_readonly);
}

static void write_and_flush_reach_the_unit(void **state)
{
	assert_int_equal(open_disks(), 0);
	memset(world.ram, 0x5a, 1024);
	assert_int_equal(disks[0]->ops->write(disks[0], 7, world.ram, 2), 0);
	assert_memory_equal(content + 7 * 512, world.ram, 1024);
	assert_int_not_equal(content[9 * 512], 0x5a);
	assert_int_equal(disks[0]->ops->flush(disks[0]), 0);
	assert_int_equal(n_flushes, 1);
}

/* QEMU's does: a write of one block says that 620 bytes were written, where 108 can be. */
static void count_of_bytes_does_not_matter(void **state)
{
	assert_int_equal(open_disks(), 0);
	counts_reads = true;
	memset(world.ram, 0x5a, 512);
	assert_int_equal(disks[0]->ops->write(disks[0], 7, world.ram, 1), 0);
	assert_memory_equal(content + 7 * 512, world.ram, 512);
}

static void requests_keep_to_max_sectors(void **state)
{
	set_config(8, 4, 33);
	units[0].block_bytes = 4096;
	units[0].n_blocks = MAX_BYTES / 4096;
	assert_int_equal(open_disks(), 0);
	assert_int_equal(read_all(0), 0);
	assert_memory_equal(world.ram, content, MAX_BYTES);
	assert_int_equal(longest, 16384);
}

static void blocks_longer_than_a_request_are_left_out(void **state)
{
	set_config(8, 4, 7);
	units[0].block_bytes = 4096;
	assert_int_equal(open_disks(), 0);
	assert_int_equal(n_disks, 0);
}

static void short_read_is_an_error(void **state)
{
	assert_int_equal(open_disks(), 0);
	residual = 1;
	assert_int_equal(read_all(0), -EIO);
	residual = 0;
	assert_int_equal(read_all(0), 0);
}

static void other_sense_is_an_error(void **state)
{
	assert_int_equal(open_disks(), 0);
	units[0].sense_key = 3; /* medium error */
	units[0].n_bad = 1;
	assert_int_equal(read_all(0), -EIO);
	assert_int_equal(read_all(0), 0);
}

static void odd_configurations_are_refused(void **state)
{
	static const struct {
		uint32_t off, value;
		int code;
	} odd[] = {
		{ 4, 0, -EPROTO }, { 8, 0, -EPROTO }, { 20, 95, -ENOTSUP }, { 24, 64, -ENOTSUP }
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(odd); i++) {
		uint32_t honest = (uint32_t)cairn_le_load(scripted.config + odd[i].off, 4);

		set_config(odd[i].off, 4, odd[i].value);
		assert_int_equal(open_disks(), odd[i].code);
		assert_int_equal(pages_out(), 0);
		set_config(odd[i].off, 4, honest);
	}
}

static void host_that_hangs_while_scanned_is_refused(void **state)
{
	scripted.serve = scripted_never;
	assert_int_equal(open_disks(), -ETIMEDOUT);
	assert_int_equal(pages_out(), 0);
}

static void unit_that_hangs_is_given_up_after_two_tries(void **state)
{
	assert_int_equal(open_disks(), 0);
	scripted.n_resets = 0;
	loses_reads = true;
	assert_int_equal(read_all(0), -ETIMEDOUT);
	assert_int_equal(scripted.n_resets, 2);
	assert_int_equal(read_all(0), -EIO);
}

static void stop_of_each_unit_is_one_stop(void **state)
{
	units[1] = (struct fake_unit){ .target = 4, .block_bytes = 512, .n_blocks = 64 };
	assert_int_equal(open_disks(), 0);
	scripted.n_resets = 0;
	disks[0]->ops->stop(disks[0]);
	disks[1]->ops->stop(disks[1]);
	assert_int_equal(scripted.n_resets, 1);
	assert_int_equal(read_all(1), -EIO);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(unit_is_found_and_read),
		T(targets_are_looked_for_many_at_once),
		T(no_more_targets_than_the_host_has),
		T(several_units_are_disks_of_their_own),
		T(more_units_than_asked_for_are_left_out),
		T(unit_attention_is_asked_again),
		T(unit_that_is_getting_ready_is_waited_for),
		T(unit_without_medium_is_left_out_at_once),
		T(unit_that_never_gets_ready_is_left_out),
		T(cd_is_read_by_its_own_commands),
		T(medium_that_was_changed_is_gone),
		T(attention_of_what_cannot_be_changed_is_asked_again),
		T(other_kinds_of_units_are_left_out),
		T(sizes_that_cannot_be_are_left_out),
		T(protected_unit_is_readonly),
		T(write_and_flush_reach_the_unit),
		T(count_of_bytes_does_not_matter),
		T(requests_keep_to_max_sectors),
		T(blocks_longer_than_a_request_are_left_out),
		T(short_read_is_an_error),
		T(other_sense_is_an_error),
		T(odd_configurations_are_refused),
		T(host_that_hangs_while_scanned_is_refused),
		T(unit_that_hangs_is_given_up_after_two_tries),
		T(stop_of_each_unit_is_one_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
