/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The power goes after each single byte that is programmed and each piece that is erased, cleanly
 * and in the middle of it. Then the variable that was to change is the old one or the new one, the
 * others are whole, and the change can be made again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "nor.h"

enum { HALF = 4096, VARS = 5, OPS = 60 };

struct var {
	bool is_there;
	uint32_t len;
	uint8_t fill;
};

struct op {
	uint32_t n;
	struct var to;
};

static struct nor nor;
static struct var model[VARS];

static struct cairn_varstore_key key_of(uint16_t *name, uint32_t n)
{
	name[0] = (uint16_t)('A' + n);
	name[1] = 0;
	return (struct cairn_varstore_key){ .name = name, .name_bytes = 4 };
}

static int apply(struct cairn_varstore *s, const struct op *op)
{
	uint8_t data[1024];
	uint16_t name[2];
	struct cairn_varstore_key key = key_of(name, op->n);
	struct cairn_varstore_value v = { .data = data, .data_bytes = op->to.len, .attributes = 7 };
	int ret;

	if (op->to.is_there) {
		memset(data, op->to.fill, sizeof(data));
		return cairn_varstore_put(s, &key, &v);
	}
	ret = cairn_varstore_delete(s, &key);
	return ret == -ENOENT ? 0 : ret;
}

static void open_store(struct cairn_varstore *s)
{
	struct cairn_varstore_region r = nor_region(&nor);

	assert_int_equal(cairn_varstore_open(s, &r, NULL), 0);
}

static bool is_as(const struct cairn_varstore *s, uint32_t n, const struct var *v)
{
	uint8_t got[1024];
	uint16_t name[2];
	struct cairn_varstore_key key = key_of(name, n);
	struct cairn_varstore_entry e;
	int ret = cairn_varstore_find(s, &key, &e);

	if (!v->is_there)
		return ret == -ENOENT;
	if (ret < 0 || e.data_bytes != v->len || cairn_varstore_read(s, &e, NULL, got) < 0)
		return false;
	for (uint32_t i = 0; i < v->len; i++)
		if (got[i] != v->fill)
			return false;
	return true;
}

/* Each name once. */
static uint32_t count(const struct cairn_varstore *s)
{
	struct cairn_varstore_entry e;
	uint32_t at = 0, n = 0;

	while (cairn_varstore_next(s, &at, &e) > 0)
		n++;
	return n;
}

static void check_after_cut(const struct op *op)
{
	struct cairn_varstore s;
	uint32_t there = 0;

	open_store(&s);
	assert_true(is_as(&s, op->n, &model[op->n]) || is_as(&s, op->n, &op->to));
	for (uint32_t k = 0; k < VARS; k++)
		if (k != op->n)
			assert_true(is_as(&s, k, &model[k]));
	assert_int_equal(apply(&s, op), 0);
	open_store(&s);
	for (uint32_t k = 0; k < VARS; k++) {
		assert_true(is_as(&s, k, k == op->n ? &op->to : &model[k]));
		there += k == op->n ? op->to.is_there : model[k].is_there;
	}
	assert_int_equal(count(&s), there);
}

static void cut_at(const struct op *op, const uint8_t *before, uint32_t step, bool is_torn)
{
	struct cairn_varstore s;

	memcpy(nor.bytes, before, nor.len);
	open_store(&s);
	nor.left = step;
	nor.is_torn = is_torn;
	(void)apply(&s, op);
	nor.left = NOR_FOREVER;
	check_after_cut(op);
}

static void change(const struct op *op, bool is_torn)
{
	static uint8_t before[2 * HALF], after[2 * HALF];
	struct cairn_varstore s;
	uint32_t steps;

	memcpy(before, nor.bytes, nor.len);
	open_store(&s);
	nor.steps = 0;
	assert_int_equal(apply(&s, op), 0);
	steps = nor.steps;
	memcpy(after, nor.bytes, nor.len);
	for (uint32_t step = 0; step < steps; step++)
		cut_at(op, before, step, is_torn);
	memcpy(nor.bytes, after, nor.len);
	model[op->n] = op->to;
}

static void all_cuts(bool is_torn)
{
	struct cairn_varstore s;
	uint32_t seed = 7;

	memset(model, 0, sizeof(model));
	nor_init(&nor, HALF, HALF);
	open_store(&s);
	for (int i = 0; i < OPS; i++) {
		struct op op;

		seed = seed * 1664525 + 1013904223;
		op.n = (seed >> 24) % VARS;
		op.to = (struct var){ .is_there = (seed >> 8) % 4 != 0,
				      .len = (seed >> 12) % 700,
				      .fill = (uint8_t)(seed >> 16) };
		change(&op, is_torn);
	}
	assert_true(nor.bytes[HALF] != 0xff); /* the halves have changed places */
	if (!is_torn)
		assert_int_equal(nor.wrongs, 0);
	nor_fini(&nor);
}

static void every_cut_leaves_old_or_new(void **state)
{
	all_cuts(false);
}

static void every_torn_byte_leaves_old_or_new(void **state)
{
	all_cuts(true);
}

static void a_store_that_is_made_can_be_made_again(void **state)
{
	const uint8_t fills[] = { 0x00, 0xff };
	struct cairn_varstore_region r;
	struct cairn_varstore s;
	uint32_t steps;

	nor_init(&nor, HALF, HALF);
	r = nor_region(&nor);
	open_store(&s);
	steps = nor.steps;
	for (uint32_t i = 0; i < 4 * steps; i++) {
		memset(nor.bytes, fills[i / steps / 2], nor.len);
		nor.left = i % steps;
		nor.is_torn = i / steps % 2 && nor.left > HALF / 64; /* not in the erasing */
		assert_true(cairn_varstore_open(&s, &r, NULL) < 0);
		nor.left = NOR_FOREVER;
		open_store(&s);
		assert_int_equal(count(&s), 0);
	}
	nor_fini(&nor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cut_leaves_old_or_new),
		cmocka_unit_test(every_torn_byte_leaves_old_or_new),
		cmocka_unit_test(a_store_that_is_made_can_be_made_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
