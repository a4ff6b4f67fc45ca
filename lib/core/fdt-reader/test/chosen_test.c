/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Copies with another /chosen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <cairn/fdt_chosen.h>

#include "tree.h"

static uint8_t bytes[2 * TREE_BYTES];
static const struct cairn_fdt_chosen both = { .bootargs = "root=/dev/vda",
					      .initrd_at = UINT64_C(0x1234567000),
					      .initrd_bytes = 0x89000 };

/* Of a buffer that ends where it must be enough, so that sanitizers see what is written behind. */
static struct cairn_fdt_reader copy(const struct tree *t, const struct cairn_fdt_chosen *c)
{
	struct cairn_fdt_reader old = tree_open(t), new;
	size_t need = cairn_fdt_chosen_bytes(&old, c), len = 0;
	uint8_t *exact = malloc(need);
	struct cairn_err err = { 0 };

	assert_true(need <= sizeof(bytes));
	assert_int_equal(cairn_fdt_chosen_copy(&old, c, exact, need, &len), 0);
	assert_true(len <= need);
	memcpy(bytes, exact, len);
	free(exact);
	assert_int_equal(cairn_fdt_reader_open(&new, bytes, len, &err), 0);
	assert_int_equal(new.len, len);
	return new;
}

static void says_both(const struct cairn_fdt_reader *r)
{
	struct cairn_fdt_node n = tree_node(r, "/chosen");
	uint64_t at, end;

	assert_string_equal(cairn_fdt_reader_string(&n, "bootargs"), both.bootargs);
	assert_true(cairn_fdt_reader_number(&n, "linux,initrd-start", &at));
	assert_true(cairn_fdt_reader_number(&n, "linux,initrd-end", &end));
	assert_int_equal(at, both.initrd_at);
	assert_int_equal(end, both.initrd_at + both.initrd_bytes);
}

/* Every other property of every node is there as before. */
static void rest_is_as_before(const struct tree *t, const struct cairn_fdt_reader *new)
{
	static const char *const names[] = { "reg", "stdout-path", "compatible", "seed" };
	struct cairn_fdt_reader old = tree_open(t);
	struct cairn_fdt_node a = cairn_fdt_reader_root(&old), b = cairn_fdt_reader_root(new);
	bool more;

	do {
		assert_string_equal(a.name, b.name);
		assert_int_equal(a.depth, b.depth);
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(names); i++) {
			uint32_t n_a = 0, n_b = 0;
			const uint8_t *v_a = cairn_fdt_reader_prop(&a, names[i], &n_a);
			const uint8_t *v_b = cairn_fdt_reader_prop(&b, names[i], &n_b);

			assert_int_equal(!v_a, !v_b);
			assert_int_equal(n_a, n_b);
			if (v_a)
				assert_memory_equal(v_a, v_b, n_a);
		}
		more = cairn_fdt_reader_next(&a);
		assert_int_equal(more, cairn_fdt_reader_next(&b));
	} while (more);
}

/* What a machine has; begin: the properties of /chosen, which the caller may add to. */
static void machine(struct tree *t)
{
	tree_init(t);
	tree_begin(t, "");
	tree_cells(t, "#address-cells", 2);
	tree_text(t, "compatible", "a-machine");
	tree_begin(t, "memory@40000000");
	tree_cells(t, "reg", 0, 0x40000000, 0x10000000);
	tree_end(t);
}

static void finish(struct tree *t)
{
	tree_begin(t, "serial@9000000");
	tree_text(t, "compatible", "arm,pl011");
	tree_begin(t, "child");
	tree_end(t);
	tree_end(t);
	tree_end(t);
	tree_finish(t);
	tree_put(t, 28, 7); /* boot_cpuid_phys */
}

static void with_chosen(struct tree *t)
{
	machine(t);
	tree_begin(t, "chosen");
	tree_text(t, "stdout-path", "/serial@9000000");
	tree_text(t, "bootargs", "what the machine was started with");
	tree_cell(t, 4); /* NOP */
	tree_cells(t, "linux,initrd-start", 0x100);
	tree_cells(t, "linux,initrd-end", 0x200);
	tree_bytes(t, "seed", "12345", 5);
	tree_text(t, "bootargs", "once more");
	tree_begin(t, "module");
	tree_text(t, "bootargs", "another node's");
	tree_end(t);
	tree_end(t);
	finish(t);
}

static void options_and_initrd_are_replaced(void **state)
{
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;
	struct tree t;

	with_chosen(&t);
	r = copy(&t, &both);
	says_both(&r);
	rest_is_as_before(&t, &r);
	n = tree_node(&r, "/chosen/module");
	assert_string_equal(cairn_fdt_reader_string(&n, "bootargs"), "another node's");
}

static void what_is_not_given_is_gone(void **state)
{
	static const struct cairn_fdt_chosen none = { 0 };
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;
	uint32_t len;
	struct tree t;

	with_chosen(&t);
	r = copy(&t, &none);
	n = tree_node(&r, "/chosen");
	assert_null(cairn_fdt_reader_prop(&n, "bootargs", &len));
	assert_null(cairn_fdt_reader_prop(&n, "linux,initrd-start", &len));
	assert_null(cairn_fdt_reader_prop(&n, "linux,initrd-end", &len));
	rest_is_as_before(&t, &r);
}

static void missing_node_is_put_in(void **state)
{
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;
	struct tree t;

	machine(&t);
	finish(&t);
	r = copy(&t, &both);
	says_both(&r);
	n = cairn_fdt_reader_root(&r);
	assert_true(cairn_fdt_reader_is(&n, "a-machine"));
	(void)tree_node(&r, "/memory");
	(void)tree_node(&r, "/serial/child");
	tree_init(&t); /* a root with nothing in it */
	tree_begin(&t, "");
	tree_end(&t);
	tree_finish(&t);
	r = copy(&t, &both);
	says_both(&r);
}

static void options_of_each_length_fit(void **state)
{
	static const char *const options[] = { "", "a", "ab", "abc", "abcd", "abcde" };
	struct cairn_fdt_chosen c = { 0 };
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;
	uint32_t len;
	struct tree t;

	with_chosen(&t);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(options); i++) {
		c.bootargs = options[i];
		r = copy(&t, &c);
		n = tree_node(&r, "/chosen");
		assert_string_equal((const char *)cairn_fdt_reader_prop(&n, "bootargs", &len),
				    options[i]);
		assert_int_equal(len, i + 1);
		rest_is_as_before(&t, &r);
	}
}

static void reservations_and_header_stay(void **state)
{
	struct cairn_fdt_reader_range range;
	struct cairn_fdt_reader r;
	struct tree t;

	with_chosen(&t);
	r = copy(&t, &both);
	assert_true(cairn_fdt_reader_reservation(&r, 0, &range));
	assert_int_equal(range.at, 0x1000);
	assert_int_equal(range.len, 0x2000);
	assert_false(cairn_fdt_reader_reservation(&r, 1, &range));
	assert_int_equal(bytes[31], 7);
}

static void small_buffer_is_not_touched(void **state)
{
	struct cairn_fdt_reader r;
	struct tree t;
	size_t need, len;

	with_chosen(&t);
	r = tree_open(&t);
	need = cairn_fdt_chosen_bytes(&r, &both);
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(cairn_fdt_chosen_copy(&r, &both, bytes, need - 1, &len), -ENOSPC);
	for (size_t i = 0; i < need; i++)
		assert_int_equal(bytes[i], 'x');
}

/* What a version 16 says nothing of, the end of the nodes, is found. */
static void older_version_is_copied(void **state)
{
	struct cairn_fdt_reader r;
	struct tree t;

	with_chosen(&t);
	tree_put(&t, TREE_VERSION, 16);
	tree_put(&t, TREE_NODES_LEN, UINT32_MAX);
	r = copy(&t, &both);
	says_both(&r);
	rest_is_as_before(&t, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_initrd_are_replaced),
		cmocka_unit_test(what_is_not_given_is_gone),
		cmocka_unit_test(missing_node_is_put_in),
		cmocka_unit_test(options_of_each_length_fit),
		cmocka_unit_test(reservations_and_header_stay),
		cmocka_unit_test(small_buffer_is_not_touched),
		cmocka_unit_test(older_version_is_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
