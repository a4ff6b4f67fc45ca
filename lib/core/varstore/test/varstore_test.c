/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <cairn/crc.h>
#include <cairn/le.h>

#include "nor.h"

#define HALF 4096u

static struct nor nor;
static struct cairn_varstore store;
static struct cairn_err err;

static struct cairn_varstore_key key_of(uint16_t *name, uint32_t n)
{
	name[0] = (uint16_t)('a' + n);
	name[1] = 0;
	return (struct cairn_varstore_key){ .name = name, .name_bytes = 4, .guid = { 1, 2, 3 } };
}

static int put(uint32_t n, const void *data, uint32_t len)
{
	uint16_t name[2];
	struct cairn_varstore_key key = key_of(name, n);
	struct cairn_varstore_value v = {
		.data = data, .data_bytes = len, .attributes = 7, .time = { 9 }
	};

	return cairn_varstore_put(&store, &key, &v);
}

static int del(uint32_t n)
{
	uint16_t name[2];
	struct cairn_varstore_key key = key_of(name, n);

	return cairn_varstore_delete(&store, &key);
}

static void expect(uint32_t n, const void *data, uint32_t len)
{
	uint16_t name[2], got_name[2];
	struct cairn_varstore_key key = key_of(name, n);
	struct cairn_varstore_entry e;
	uint8_t got[HALF];

	assert_int_equal(cairn_varstore_find(&store, &key, &e), 0);
	assert_int_equal(e.data_bytes, len);
	assert_int_equal(e.attributes, 7);
	assert_int_equal(e.time[0], 9);
	assert_int_equal(cairn_varstore_read(&store, &e, got_name, got), 0);
	assert_memory_equal(got_name, name, sizeof(name));
	assert_memory_equal(got, data, len);
}

static int find(uint32_t n)
{
	uint16_t name[2];
	struct cairn_varstore_key key = key_of(name, n);
	struct cairn_varstore_entry e;

	return cairn_varstore_find(&store, &key, &e);
}

static unsigned count(void)
{
	struct cairn_varstore_entry e;
	uint32_t at = 0;
	unsigned n = 0;
	int ret;

	while ((ret = cairn_varstore_next(&store, &at, &e)) > 0)
		n++;
	assert_int_equal(ret, 0);
	return n;
}

static int reopen(void)
{
	struct cairn_varstore_region r = nor_region(&nor);

	return cairn_varstore_open(&store, &r, &err);
}

static int setup(void **state)
{
	nor_init(&nor, HALF, HALF / 2);
	return reopen();
}

static int teardown(void **state)
{
	nor_fini(&nor);
	return 0;
}

/* The example of the README: how often the machine was started. */
static int count_start(struct cairn_varstore *s, uint32_t *ret_starts)
{
	static const uint16_t name[] = { 'S', 't', 'a', 'r', 't', 's', 0 };
	struct cairn_varstore_key key = { .name = name, .name_bytes = sizeof(name) };
	struct cairn_varstore_entry e;
	uint32_t starts = 0;
	int ret = cairn_varstore_find(s, &key, &e);

	if (ret == 0 && e.data_bytes == sizeof(starts))
		ret = cairn_varstore_read(s, &e, NULL, &starts);
	if (ret < 0 && ret != -ENOENT)
		return ret;
	*ret_starts = ++starts;
	return cairn_varstore_put(s, &key,
				  &(struct cairn_varstore_value){ .data = &starts,
								  .data_bytes = sizeof(starts),
								  .attributes = 7 });
}

static void readme_example_works(void **state)
{
	uint32_t starts;

	assert_int_equal(count_start(&store, &starts), 0);
	assert_int_equal(starts, 1);
	assert_int_equal(reopen(), 0);
	assert_int_equal(count_start(&store, &starts), 0);
	assert_int_equal(starts, 2);
}

static void what_was_put_is_there_again(void **state)
{
	assert_int_equal(find(0), -ENOENT);
	assert_int_equal(put(0, "one", 3), 0);
	assert_int_equal(put(1, "two", 3), 0);
	assert_int_equal(put(0, "another", 7), 0);
	assert_int_equal(put(2, NULL, 0), 0);
	assert_int_equal(reopen(), 0);
	expect(0, "another", 7);
	expect(1, "two", 3);
	expect(2, "", 0);
	assert_int_equal(count(), 3);
	assert_int_equal(del(0), 0);
	assert_int_equal(del(0), -ENOENT);
	assert_int_equal(reopen(), 0);
	assert_int_equal(find(0), -ENOENT);
	assert_int_equal(count(), 2);
	assert_int_equal(nor.wrongs, 0);
}

static void names_of_odd_lengths_are_refused(void **state)
{
	static const uint8_t name[1100];
	struct cairn_varstore_key key = { .name = name };
	struct cairn_varstore_value v = { .attributes = 7 };
	const uint32_t lens[] = { 0, 2, 5, CAIRN_VARSTORE_NAME_BYTES_MAX + 2 };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lens); i++) {
		key.name_bytes = lens[i];
		assert_int_equal(cairn_varstore_put(&store, &key, &v), -EINVAL);
	}
	key.name_bytes = CAIRN_VARSTORE_NAME_BYTES_MAX;
	assert_int_equal(cairn_varstore_put(&store, &key, &v), 0);
	assert_int_equal(reopen(), 0);
	assert_int_equal(count(), 1);
}

static void room_is_told_and_used_to_the_last_byte(void **state)
{
	static uint8_t data[HALF];
	uint32_t all = cairn_varstore_capacity(&store), most = all - 56 - 4;

	assert_int_equal(cairn_varstore_free(&store), all);
	memset(data, 0x31, sizeof(data));
	assert_int_equal(put(0, data, most + 1), -ENOSPC);
	assert_int_equal(put(0, data, UINT32_MAX), -ENOSPC);
	assert_int_equal(put(0, data, most), 0);
	assert_int_equal(cairn_varstore_free(&store), 0);
	assert_int_equal(put(1, "", 0), -ENOSPC);
	memset(data, 0x32, sizeof(data));
	assert_int_equal(put(0, data, most), 0); /* in the place of the old one */
	assert_int_equal(reopen(), 0);
	expect(0, data, most);
	assert_int_equal(cairn_varstore_free(&store), 0);
	assert_int_equal(del(0), 0);
	assert_int_equal(cairn_varstore_free(&store), all);
	assert_int_equal(put(1, "x", 1), 0);
	assert_int_equal(cairn_varstore_free(&store), all - cairn_varstore_cost(4, 1));
	assert_int_equal(nor.wrongs, 0);
}

static void full_store_keeps_all(void **state)
{
	uint8_t data[200];
	uint32_t n = 0;

	for (;; n++) {
		memset(data, (int)n, sizeof(data));
		if (put(n, data, sizeof(data)) != 0)
			break;
	}
	assert_int_equal(n, (HALF - 32) / 264);
	assert_int_equal(put(n, data, sizeof(data)), -ENOSPC);
	assert_int_equal(reopen(), 0);
	while (n-- > 0) {
		memset(data, (int)n, sizeof(data));
		expect(n, data, sizeof(data));
	}
}

static void thousands_of_changes_agree_with_a_model(void **state)
{
	static uint8_t model[8][300];
	uint32_t len[8] = { 0 }, seed = 1;
	bool is_there[8] = { false };

	for (int i = 0; i < 5000; i++) {
		uint32_t n, size;

		seed = seed * 1664525 + 1013904223;
		n = seed >> 28 & 7;
		size = seed >> 10 & 255;
		if (seed >> 20 & 3) {
			memset(model[n], (int)(seed >> 18), size);
			len[n] = size;
			is_there[n] = true;
			assert_int_equal(put(n, model[n], size), 0);
		} else {
			assert_int_equal(del(n), is_there[n] ? 0 : -ENOENT);
			is_there[n] = false;
		}
		if (i % 50 == 0)
			assert_int_equal(reopen(), 0);
		for (uint32_t k = 0; k < 8; k++) {
			if (is_there[k])
				expect(k, model[k], len[k]);
			else
				assert_int_equal(find(k), -ENOENT);
		}
	}
	assert_int_equal(nor.wrongs, 0);
}

static void zeroes_are_nothing_too(void **state)
{
	memset(nor.bytes, 0, nor.len);
	assert_int_equal(reopen(), 0);
	assert_int_equal(put(0, "x", 1), 0);
	assert_int_equal(reopen(), 0);
	expect(0, "x", 1);
}

static void something_else_is_left_alone(void **state)
{
	uint8_t before[2 * HALF];

	memset(nor.bytes, 0xff, nor.len);
	nor.bytes[HALF + 700] = 0x5a;
	memcpy(before, nor.bytes, nor.len);
	assert_int_equal(reopen(), -EEXIST);
	memcpy(nor.bytes, "CAIRNVAX", 8);
	memcpy(before, nor.bytes, nor.len);
	assert_int_equal(reopen(), -EEXIST);
	assert_memory_equal(nor.bytes, before, nor.len);
}

static void store_of_another_size_is_something_else(void **state)
{
	struct cairn_varstore_region r = nor_region(&nor);

	assert_int_equal(put(0, "x", 1), 0);
	memset(nor.bytes + 8, 0, 4); /* and of another version */
	assert_int_equal(cairn_varstore_open(&store, &r, &err), -EEXIST);
	r.bytes = HALF + 1;
	assert_int_equal(cairn_varstore_open(&store, &r, &err), -EINVAL);
	r.bytes = HALF;
	assert_int_equal(cairn_varstore_open(&store, &r, &err), -EINVAL);
	r.block_bytes = 3000;
	r.bytes = 2 * HALF;
	assert_int_equal(cairn_varstore_open(&store, &r, &err), -EINVAL);
}

static void halves_are_whole_blocks(void **state)
{
	assert_int_equal(cairn_varstore_half_bytes(4096, 1 << 20, 1 << 17), 1 << 17);
	assert_int_equal(cairn_varstore_half_bytes(4096, 540672, 1 << 20), 270336);
	assert_int_equal(cairn_varstore_half_bytes(65536, 200000, 1 << 17), 65536);
	assert_int_equal(cairn_varstore_half_bytes(1 << 18, 1 << 26, 1 << 17), 1 << 18);
	assert_int_equal(cairn_varstore_half_bytes(1 << 18, 1 << 18, 1 << 17), 0);
	assert_int_equal(cairn_varstore_half_bytes(512, 8191, 1 << 17), 0);
	assert_int_equal(cairn_varstore_half_bytes(512, 8192, 1 << 17), 4096);
	assert_int_equal(cairn_varstore_half_bytes(0, 1 << 20, 1 << 17), 0);
	assert_int_equal(cairn_varstore_half_bytes(1u << 30, UINT32_MAX, 1), 0);
}

static void one_damaged_value_costs_one_variable(void **state)
{
	assert_int_equal(put(0, "first", 5), 0);
	assert_int_equal(put(1, "second", 6), 0);
	nor.bytes[32 + 56 + 4] ^= 1;
	assert_int_equal(reopen(), 0);
	assert_int_equal(find(0), -ENOENT);
	expect(1, "second", 6);
	assert_int_equal(cairn_varstore_free(&store),
			 cairn_varstore_capacity(&store) - cairn_varstore_cost(4, 6));
	assert_int_equal(put(0, "again", 5), 0);
	expect(0, "again", 5);
	assert_int_equal(count(), 2);
}

static void behind_a_damaged_record_nothing_is_written(void **state)
{
	assert_int_equal(put(0, "first", 5), 0);
	assert_int_equal(put(1, "second", 6), 0);
	nor.bytes[32 + 72 + 20] ^= 1;
	assert_int_equal(reopen(), 0);
	assert_int_equal(count(), 1);
	expect(0, "first", 5);
	assert_int_equal(find(1), -ENOENT);
	assert_int_equal(put(1, "anew", 4), 0);
	assert_int_equal(reopen(), 0);
	expect(0, "first", 5);
	expect(1, "anew", 4);
	assert_int_equal(nor.wrongs, 0);
}

/* A record of these lengths whose sums are right, at the end of what is there. */
static void forge(uint32_t at, uint16_t name_bytes, uint32_t data_bytes)
{
	uint32_t body = name_bytes + data_bytes; /* as it would be summed up */
	uint8_t *r = nor.bytes + at;

	memset(r, 0xff, 56);
	r[1] = 0x56;
	cairn_le_store(r + 2, 2, name_bytes);
	cairn_le_store(r + 4, 4, data_bytes);
	if (body <= HALF)
		cairn_le_store(r + 12, 4, cairn_crc_ieee(0, r + 56, body));
	cairn_le_store(r + 48, 4, cairn_crc_ieee(0, r + 1, 47));
}

static void lengths_that_lie_end_the_log(void **state)
{
	const struct {
		uint16_t name;
		uint32_t data;
	} lies[] = {
		{ 4, UINT32_MAX }, { 4, HALF }, { 4, HALF - 32 - 56 - 3 },      { 0, 8 }, { 2, 8 },
		{ 5, 8 },          { 1026, 8 }, { 0xffff, UINT32_MAX - 0xffff }
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lies); i++) {
		forge(32, lies[i].name, lies[i].data);
		assert_int_equal(reopen(), 0);
		assert_int_equal(count(), 0);
		assert_int_equal(put(0, "x", 1), 0);
		assert_int_equal(count(), 1);
		memset(nor.bytes, 0xff, nor.len);
		assert_int_equal(reopen(), 0);
	}
}

/* While the store stays open. */
static void what_failed_is_not_written_over(void **state)
{
	assert_int_equal(put(0, "first", 5), 0);
	nor.left = 60;
	assert_int_equal(put(1, "second", 6), -EIO);
	nor.left = NOR_FOREVER;
	assert_int_equal(put(1, "second", 6), 0);
	assert_int_equal(nor.wrongs, 0);
	expect(0, "first", 5);
	expect(1, "second", 6);
}

static void record_of_another_kind_ends_the_log(void **state)
{
	forge(32, 4, 8);
	assert_int_equal(reopen(), 0);
	assert_int_equal(count(), 1);
	nor.bytes[32 + 1] = 0x54;
	cairn_le_store(nor.bytes + 32 + 48, 4, cairn_crc_ieee(0, nor.bytes + 32 + 1, 47));
	assert_int_equal(reopen(), 0);
	assert_int_equal(count(), 0);
}

static void region_that_keeps_nothing_is_noticed(void **state)
{
	assert_int_equal(put(0, "x", 1), 0);
	nor.is_stuck = true;
	assert_int_equal(put(0, "y", 1), -EIO);
	assert_int_equal(put(0, "y", 1), -EIO); /* in the other half, now */
	expect(0, "x", 1);
	nor.is_stuck = false;
	assert_int_equal(put(0, "y", 1), 0);
	expect(0, "y", 1);
	memset(nor.bytes, 0xff, nor.len);
	nor.is_stuck = true;
	assert_int_equal(reopen(), -EIO);
	nor.is_stuck = false;
}

static void later_generation_counts_in_a_circle(void **state)
{
	uint8_t *g = nor.bytes + 12;

	cairn_le_store(g, 4, UINT32_MAX);
	cairn_le_store(g + 8, 4, cairn_crc_ieee(0, nor.bytes, 20));
	assert_int_equal(reopen(), 0);
	for (uint32_t i = 0; i < 70; i++) /* until the other half is in use */
		assert_int_equal(put(0, &i, 4), 0);
	assert_int_equal(cairn_le_load(nor.bytes + HALF + 12, 4), 0);
	assert_int_equal(reopen(), 0);
	expect(0, &(uint32_t){ 69 }, 4);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(readme_example_works),
		T(what_was_put_is_there_again),
		T(names_of_odd_lengths_are_refused),
		T(room_is_told_and_used_to_the_last_byte),
		T(full_store_keeps_all),
		T(thousands_of_changes_agree_with_a_model),
		T(zeroes_are_nothing_too),
		T(something_else_is_left_alone),
		T(store_of_another_size_is_something_else),
		T(halves_are_whole_blocks),
		T(one_damaged_value_costs_one_variable),
		T(behind_a_damaged_record_nothing_is_written),
		T(lengths_that_lie_end_the_log),
		T(what_failed_is_not_written_over),
		T(record_of_another_kind_ends_the_log),
		T(region_that_keeps_nothing_is_noticed),
		T(later_generation_counts_in_a_circle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
