/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tree.h"

/*
 * What dtc 1.6.1 makes of
 *
 *	/memreserve/ 0x40000000 0x1000;
 *	/ {
 *		#address-cells = <2>;
 *		#size-cells = <2>;
 *		compatible = "a,machine", "b,machine";
 *		memory@40000000 {
 *			device_type = "memory";
 *			reg = <0 0x40000000 0 0x8000000>;
 *		};
 *		uart: serial@9000000 {
 *			compatible = "arm,pl011";
 *			reg = <0 0x9000000 0 0x1000>;
 *			status = "disabled";
 *		};
 *		aliases {
 *			serial0 = &uart;
 *		};
 *	};
 */
static const uint8_t dtc[] = {
	0xd0, 0x0d, 0xfe, 0xed, 0x00, 0x00, 0x01, 0xb5, 0x00, 0x00, 0x00, 0x48, 0x00, 0x00, 0x01,
	0x70, 0x00, 0x00, 0x00, 0x28, 0x00, 0x00, 0x00, 0x11, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x45, 0x00, 0x00, 0x01, 0x28, 0x00, 0x00, 0x00, 0x00, 0x40,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x04, 0x00,
	0x00, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x14,
	0x00, 0x00, 0x00, 0x1b, 0x61, 0x2c, 0x6d, 0x61, 0x63, 0x68, 0x69, 0x6e, 0x65, 0x00, 0x62,
	0x2c, 0x6d, 0x61, 0x63, 0x68, 0x69, 0x6e, 0x65, 0x00, 0x00, 0x00, 0x00, 0x01, 0x6d, 0x65,
	0x6d, 0x6f, 0x72, 0x79, 0x40, 0x34, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x00, 0x00,
	0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x26, 0x6d, 0x65, 0x6d, 0x6f,
	0x72, 0x79, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
	0x32, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x73, 0x65, 0x72, 0x69, 0x61,
	0x6c, 0x40, 0x39, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03,
	0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x1b, 0x61, 0x72, 0x6d, 0x2c, 0x70, 0x6c, 0x30,
	0x31, 0x31, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00,
	0x00, 0x32, 0x00, 0x00, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00, 0x36,
	0x64, 0x69, 0x73, 0x61, 0x62, 0x6c, 0x65, 0x64, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x02, 0x00, 0x00, 0x00, 0x01, 0x61, 0x6c, 0x69, 0x61, 0x73, 0x65, 0x73, 0x00, 0x00, 0x00,
	0x00, 0x03, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x3d, 0x2f, 0x73, 0x65, 0x72, 0x69,
	0x61, 0x6c, 0x40, 0x39, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x00, 0x00, 0x00, 0x00, 0x02,
	0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x09, 0x23, 0x61, 0x64, 0x64, 0x72, 0x65, 0x73,
	0x73, 0x2d, 0x63, 0x65, 0x6c, 0x6c, 0x73, 0x00, 0x23, 0x73, 0x69, 0x7a, 0x65, 0x2d, 0x63,
	0x65, 0x6c, 0x6c, 0x73, 0x00, 0x63, 0x6f, 0x6d, 0x70, 0x61, 0x74, 0x69, 0x62, 0x6c, 0x65,
	0x00, 0x64, 0x65, 0x76, 0x69, 0x63, 0x65, 0x5f, 0x74, 0x79, 0x70, 0x65, 0x00, 0x72, 0x65,
	0x67, 0x00, 0x73, 0x74, 0x61, 0x74, 0x75, 0x73, 0x00, 0x73, 0x65, 0x72, 0x69, 0x61, 0x6c,
	0x30, 0x00,
};

/* The example of the README. */
static int ram_of(const void *bytes, size_t len, uint64_t *ret_bytes, struct cairn_err *err)
{
	struct cairn_fdt_reader_range range;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;
	int ret = cairn_fdt_reader_open(&r, bytes, len, err);

	if (ret < 0)
		return ret; /* err->what: "device tree whose nodes do not end" */
	*ret_bytes = 0;
	n = cairn_fdt_reader_root(&r);
	while (cairn_fdt_reader_next(&n))
		if (cairn_fdt_reader_is_named(&n, "memory"))
			for (uint32_t i = 0; cairn_fdt_reader_reg(&n, i, &range); i++)
				*ret_bytes += range.len;
	return 0;
}

static void readme_example_works(void **state)
{
	uint64_t bytes;

	assert_int_equal(ram_of(dtc, sizeof(dtc), &bytes, NULL), 0);
	assert_int_equal(bytes, 0x8000000);
	assert_int_equal(ram_of(dtc, sizeof(dtc) - 1, &bytes, NULL), -EPROTO);
}

static void what_dtc_writes_is_read(void **state)
{
	struct cairn_fdt_reader_range range;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;
	uint32_t len;

	assert_int_equal(cairn_fdt_reader_open(&r, dtc, sizeof(dtc), NULL), 0);
	assert_int_equal(r.len, sizeof(dtc));
	assert_int_equal(cairn_fdt_reader_len(dtc), sizeof(dtc));
	assert_true(cairn_fdt_reader_reservation(&r, 0, &range));
	assert_int_equal(range.at, 0x40000000);
	assert_int_equal(range.len, 0x1000);
	assert_false(cairn_fdt_reader_reservation(&r, 1, &range));
	n = tree_node(&r, "/");
	assert_true(cairn_fdt_reader_is(&n, "b,machine"));
	assert_false(cairn_fdt_reader_is(&n, "b,machin"));
	n = tree_node(&r, "serial0");
	assert_string_equal(n.name, "serial@9000000");
	assert_false(cairn_fdt_reader_is_enabled(&n));
	assert_string_equal(cairn_fdt_reader_string(&n, "status"), "disabled");
	assert_true(cairn_fdt_reader_reg(&n, 0, &range));
	assert_int_equal(range.at, 0x9000000);
	assert_null(cairn_fdt_reader_prop(&n, "statu", &len));
	assert_null(cairn_fdt_reader_prop(&n, "device_type", &len)); /* a sibling's */
}

static void small(struct tree *t)
{
	tree_init(t);
	tree_begin(t, "");
	tree_text(t, "compatible", "a");
	tree_begin(t, "chosen");
	tree_bytes(t, "flag", "", 0);
	tree_cells(t, "n32", 7);
	tree_cells(t, "n64", 1, 2);
	tree_cells(t, "n96", 1, 2, 3);
	tree_bytes(t, "open", "abc", 3);
	tree_text(t, "status", "okay");
	tree_end(t);
	tree_begin(t, "soc");
	tree_begin(t, "dev@1");
	tree_end(t);
	tree_begin(t, "dev@2");
	tree_begin(t, "inner");
	tree_end(t);
	tree_end(t);
	tree_end(t);
	tree_begin(t, "dev@3");
	tree_end(t);
	tree_begin(t, "aliases");
	tree_text(t, "two", "/soc/dev@2");
	tree_text(t, "loop", "two");
	tree_bytes(t, "unended", "/soc", 4);
	tree_text(t, "lost", "/nowhere");
	tree_end(t);
	tree_end(t);
	tree_finish(t);
}

static void walk_meets_all_nodes_in_order(void **state)
{
	static const char *const names[] = { "",      "chosen", "soc",   "dev@1",
					     "dev@2", "inner",  "dev@3", "aliases" };
	static const uint32_t depths[] = { 0, 1, 1, 2, 2, 3, 1, 1 };
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;

	small(&t);
	r = tree_open(&t);
	n = cairn_fdt_reader_root(&r);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(names); i++) {
		assert_string_equal(n.name, names[i]);
		assert_int_equal(n.depth, depths[i]);
		assert_int_equal(cairn_fdt_reader_next(&n), i + 1 < CAIRN_ARRAY_LEN(names));
	}
	assert_string_equal(n.name, "aliases");
}

static void walk_inside_a_node_ends_with_it(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node top, n;
	uint32_t count = 0;

	small(&t);
	r = tree_open(&t);
	for (top = n = tree_node(&r, "/soc"); cairn_fdt_reader_next_in(&n, &top);)
		count++;
	assert_int_equal(count, 3);
	for (top = n = tree_node(&r, "/chosen"); cairn_fdt_reader_next_in(&n, &top);)
		count++;
	assert_int_equal(count, 3);
}

static void paths_and_aliases_lead_to_nodes(void **state)
{
	static const char *const none[] = { "",      "/dev@9", "/inner",  "/soc/dev@1/inner",
					    "two/x", "loop",   "unended", "lost",
					    "three", "/de" };
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;

	small(&t);
	r = tree_open(&t);
	assert_string_equal(tree_node(&r, "/").name, "");
	assert_string_equal(tree_node(&r, "/soc/dev@2/inner").name, "inner");
	assert_string_equal(tree_node(&r, "/soc//dev@2/").name, "dev@2");
	assert_string_equal(tree_node(&r, "/soc/dev").name, "dev@1");
	assert_string_equal(tree_node(&r, "/dev").name, "dev@3");
	assert_string_equal(tree_node(&r, "two").name, "dev@2");
	assert_string_equal(tree_node(&r, "two/inner").name, "inner");
	assert_true(cairn_fdt_reader_find(&r, "/soc:115200", 4, &n));
	assert_string_equal(n.name, "soc");
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(none); i++)
		assert_false(cairn_fdt_reader_find(&r, none[i], strlen(none[i]), &n));
}

static void alias_is_no_longer_name(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;

	small(&t);
	r = tree_open(&t);
	assert_false(cairn_fdt_reader_find(&r, "tw", 2, &n));
	assert_false(cairn_fdt_reader_find(&r, "twos", 4, &n));
}

static void values_have_their_kind(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;
	uint64_t v = 0;
	uint32_t len = 99;

	small(&t);
	r = tree_open(&t);
	n = tree_node(&r, "/chosen");
	assert_non_null(cairn_fdt_reader_prop(&n, "flag", &len));
	assert_int_equal(len, 0);
	assert_true(cairn_fdt_reader_number(&n, "n32", &v));
	assert_int_equal(v, 7);
	assert_true(cairn_fdt_reader_number(&n, "n64", &v));
	assert_int_equal(v, 0x100000002);
	assert_false(cairn_fdt_reader_number(&n, "n96", &v));
	assert_false(cairn_fdt_reader_number(&n, "flag", &v));
	assert_null(cairn_fdt_reader_string(&n, "open"));
	assert_null(cairn_fdt_reader_string(&n, "flag"));
	assert_false(cairn_fdt_reader_is(&n, "a"));
	assert_true(cairn_fdt_reader_is_enabled(&n));
	assert_true(cairn_fdt_reader_is_named(&n, "chosen"));
	assert_false(cairn_fdt_reader_is_named(&n, "chose"));
}

static void list_without_an_end_is_none(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;

	tree_init(&t);
	tree_begin(&t, "");
	tree_bytes(&t, "compatible", "a\0b", 3);
	tree_end(&t);
	tree_finish(&t);
	r = tree_open(&t);
	n = cairn_fdt_reader_root(&r);
	assert_false(cairn_fdt_reader_is(&n, "a"));
}

static void refused(const struct tree *t, int code, const char *what)
{
	struct cairn_fdt_reader r;
	struct cairn_err err = { 0 };

	assert_int_equal(cairn_fdt_reader_open(&r, t->bytes, t->len, &err), -code);
	assert_string_equal(err.what, what);
}

static void header_fields_are_checked(void **state)
{
	static const struct {
		uint32_t field, value;
		int code;
		const char *what;
	} bad[] = {
		{ TREE_MAGIC, 0xd00dfeee, EPROTO, "not a device tree" },
		{ TREE_LEN, 39, EPROTO, "device tree is cut" },
		{ TREE_LEN, 9000, EPROTO, "device tree is cut" },
		{ TREE_LEN, CAIRN_FDT_READER_BYTES_MAX + 1, ENOTSUP, "device tree is too large" },
		{ TREE_VERSION, 15, ENOTSUP, "device tree of an unknown version" },
		{ TREE_LAST, 18, ENOTSUP, "device tree of an unknown version" },
		{ TREE_NODES, 9000, EPROTO, "device tree with its nodes elsewhere" },
		{ TREE_NODES, 73, EPROTO, "device tree with its nodes elsewhere" },
		{ TREE_NODES_LEN, UINT32_MAX, EPROTO, "device tree with its nodes elsewhere" },
		{ TREE_NODES_LEN, 8, EPROTO, "device tree whose nodes do not end" },
		{ TREE_STRINGS, UINT32_MAX, EPROTO, "device tree with its strings elsewhere" },
		{ TREE_STRINGS_LEN, 9000, EPROTO, "device tree with its strings elsewhere" },
		{ TREE_STRINGS_LEN, 0, EPROTO, "device tree with a property without a name" },
		{ TREE_RESERVED, 9000, EPROTO, "device tree whose reservations do not end" },
	};
	struct tree t;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		small(&t);
		tree_put(&t, bad[i].field, bad[i].value);
		refused(&t, bad[i].code, bad[i].what);
	}
	small(&t);
	t.len = 39;
	refused(&t, EPROTO, "not a device tree");
	assert_int_equal(cairn_fdt_reader_len((const uint8_t[40]){ 0xd0, 0x0d }), 0);
}

static void version_16_has_no_length_of_nodes(void **state)
{
	struct tree t;

	small(&t);
	tree_put(&t, TREE_VERSION, 16);
	tree_put(&t, TREE_NODES_LEN, UINT32_MAX);
	(void)tree_open(&t);
}

static void strings_end_with_their_block(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;

	small(&t);
	/* the last name, "lost", loses its NUL */
	tree_put(&t, TREE_STRINGS_LEN, t.strings_len - 1);
	refused(&t, EPROTO, "device tree with a property without a name");
	small(&t);
	r = tree_open(&t);
	assert_int_equal(r.strings_len, t.strings_len);
}

static void reservations_must_end(void **state)
{
	struct tree t;

	small(&t);
	for (uint32_t at = CAIRN_FDT_READER_HEADER_BYTES; at < t.len; at += 4)
		tree_put(&t, at, 1);
	refused(&t, EPROTO, "device tree whose reservations do not end");
}

enum { ROOT = 1, CLOSE = 2, NONE = 4, LAST = 9 };

/* Tokens, a node's empty name behind each 1; then what finish() adds. */
static void tokens(struct tree *t, const uint32_t *list, size_t n)
{
	tree_init(t);
	for (size_t i = 0; i < n; i++) {
		tree_cell(t, list[i]);
		if (list[i] == ROOT)
			tree_cell(t, 0);
	}
	tree_finish(t);
}

static void nodes_must_make_a_tree(void **state)
{
	static const struct {
		uint32_t list[8];
		size_t n;
		const char *what;
	} bad[] = {
		{ { 0 }, 0, "device tree with an unknown token" },
		{ { ROOT }, 1, "device tree with an unknown token" },
		{ { CLOSE }, 1, "device tree that closes no node" },
		{ { ROOT, CLOSE, CLOSE }, 3, "device tree that closes no node" },
		{ { ROOT, CLOSE, ROOT, CLOSE }, 4, "device tree with a second root" },
		{ { ROOT, 5, CLOSE }, 3, "device tree with an unknown token" },
		{ { 3, 0, 0, ROOT, CLOSE }, 5, "device tree with a property behind a node" },
		{ { ROOT, CLOSE, 3, 0, 0 }, 5, "device tree with a property behind a node" },
		{ { ROOT, ROOT, CLOSE, 3, 0, 0, CLOSE },
		  7,
		  "device tree with a property behind a node" },
		{ { ROOT, 3, 0, 0, CLOSE }, 5, "device tree with a property without a name" },
	};
	struct tree t;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		tokens(&t, bad[i].list, bad[i].n);
		refused(&t, EPROTO, bad[i].what);
	}
	tokens(&t, (const uint32_t[]){ NONE, ROOT, NONE, NONE, CLOSE, NONE }, 6);
	(void)tree_open(&t);
}

static void properties_stay_inside_the_nodes(void **state)
{
	struct tree t;

	for (uint32_t len = 5; len; len = len < 9 ? len + 4 : len == 9 ? UINT32_MAX - 2 : 0) {
		tree_init(&t);
		tree_begin(&t, "");
		tree_cells(&t, "a", 0);
		tree_put(&t, t.len - 12, len);
		tree_put(&t, t.len - 8, 0);
		tree_finish(&t);
		tree_put(&t, TREE_NODES_LEN, t.len - 4 - TREE_NODES_AT - 4);
		refused(&t, EPROTO, "device tree with a property that is cut");
	}
	tree_init(&t);
	tree_begin(&t, "");
	tree_cells(&t, "a", 0);
	tree_finish(&t);
	tree_put(&t, TREE_NODES_LEN, 16); /* ends in the property's header */
	refused(&t, EPROTO, "device tree with a property that is cut");
}

static void names_of_nodes_must_end(void **state)
{
	struct tree t;

	tree_init(&t);
	tree_begin(&t, "");
	tree_begin(&t, "abc");
	memcpy(t.bytes + t.len - 4, "abcd", 4);
	tree_finish(&t);
	tree_put(&t, TREE_NODES_LEN, t.len - TREE_NODES_AT - 4);
	refused(&t, EPROTO, "device tree with a name that does not end");
}

static void depth_has_a_limit(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;

	for (uint32_t depth = CAIRN_FDT_READER_DEPTH_MAX; depth <= CAIRN_FDT_READER_DEPTH_MAX + 1;
	     depth++) {
		tree_init(&t);
		for (uint32_t i = 0; i < depth; i++)
			tree_begin(&t, "");
		for (uint32_t i = 0; i < depth; i++)
			tree_end(&t);
		tree_finish(&t);
		if (depth > CAIRN_FDT_READER_DEPTH_MAX) {
			refused(&t, EPROTO, "device tree that is too deep");
			continue;
		}
		r = tree_open(&t);
		for (n = cairn_fdt_reader_root(&r); cairn_fdt_reader_next(&n);)
			;
		assert_int_equal(n.depth, depth - 1);
	}
}

static void tree_cut_anywhere_is_refused(void **state)
{
	struct tree t;
	struct cairn_fdt_reader r;
	uint8_t *copy;

	small(&t);
	for (uint32_t len = 0; len < t.len; len++) {
		copy = malloc(len ? len : 1); /* a byte behind it is seen by the sanitizer */
		assert_non_null(copy);
		memcpy(copy, t.bytes, len);
		assert_int_equal(cairn_fdt_reader_open(&r, copy, len, NULL), -EPROTO);
		free(copy);
	}
}

/* Whatever a byte becomes, the tree is refused, or can be walked. */
static void every_changed_byte_is_survived(void **state)
{
	static const uint8_t values[] = { 0, 1, 2, 3, 4, 9, 0x7f, 0xff };
	struct tree t;
	struct cairn_fdt_reader r;
	struct cairn_fdt_node n;
	uint32_t opened = 0, nodes;

	small(&t);
	for (uint32_t at = 0; at < t.len; at++) {
		uint8_t old = t.bytes[at];

		for (size_t v = 0; v < CAIRN_ARRAY_LEN(values); v++) {
			t.bytes[at] = values[v];
			if (cairn_fdt_reader_open(&r, t.bytes, t.len, NULL) < 0)
				continue;
			opened++;
			n = cairn_fdt_reader_root(&r);
			for (nodes = 1; cairn_fdt_reader_next(&n); nodes++)
				assert_true(n.depth < CAIRN_FDT_READER_DEPTH_MAX);
			assert_true(nodes <= t.len / 8);
		}
		t.bytes[at] = old;
	}
	assert_true(opened > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readme_example_works),
		cmocka_unit_test(what_dtc_writes_is_read),
		cmocka_unit_test(walk_meets_all_nodes_in_order),
		cmocka_unit_test(walk_inside_a_node_ends_with_it),
		cmocka_unit_test(paths_and_aliases_lead_to_nodes),
		cmocka_unit_test(alias_is_no_longer_name),
		cmocka_unit_test(values_have_their_kind),
		cmocka_unit_test(list_without_an_end_is_none),
		cmocka_unit_test(header_fields_are_checked),
		cmocka_unit_test(version_16_has_no_length_of_nodes),
		cmocka_unit_test(strings_end_with_their_block),
		cmocka_unit_test(reservations_must_end),
		cmocka_unit_test(nodes_must_make_a_tree),
		cmocka_unit_test(properties_stay_inside_the_nodes),
		cmocka_unit_test(names_of_nodes_must_end),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(tree_cut_anywhere_is_refused),
		cmocka_unit_test(every_changed_byte_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
