/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

void tree_put(struct tree *t, uint32_t at, uint32_t v)
{
	for (uint32_t i = 0; i < 4; i++)
		t->bytes[at + i] = (uint8_t)(v >> (24 - 8 * i));
}

void tree_cell(struct tree *t, uint32_t v)
{
	assert_true(t->len + 4 <= TREE_BYTES);
	tree_put(t, t->len, v);
	t->len += 4;
}

void tree_init(struct tree *t)
{
	static const uint32_t reservations[] = { 0, 0x1000, 0, 0x2000, 0, 0, 0, 0 };

	*t = (struct tree){ .len = CAIRN_FDT_READER_HEADER_BYTES };
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(reservations); i++)
		tree_cell(t, reservations[i]);
	assert_int_equal(t->len, TREE_NODES_AT);
}

static void put_bytes(struct tree *t, const void *bytes, uint32_t len)
{
	assert_true(t->len + len + 3 <= TREE_BYTES);
	memcpy(t->bytes + t->len, bytes, len);
	t->len = (t->len + len + 3) & ~3u;
}

void tree_begin(struct tree *t, const char *name)
{
	tree_cell(t, 1);
	put_bytes(t, name, (uint32_t)strlen(name) + 1);
}

void tree_end(struct tree *t)
{
	tree_cell(t, 2);
}

void tree_bytes(struct tree *t, const char *name, const void *value, uint32_t len)
{
	uint32_t n = (uint32_t)strlen(name) + 1;

	assert_true(t->strings_len + n <= sizeof(t->strings));
	tree_cell(t, 3);
	tree_cell(t, len);
	tree_cell(t, t->strings_len);
	put_bytes(t, value, len);
	memcpy(t->strings + t->strings_len, name, n);
	t->strings_len += n;
}

void tree_text(struct tree *t, const char *name, const char *value)
{
	tree_bytes(t, name, value, (uint32_t)strlen(value) + 1);
}

void tree_cells_(struct tree *t, const char *name, const uint32_t *cells, size_t n)
{
	uint32_t at;

	tree_bytes(t, name, cells, (uint32_t)(4 * n));
	at = t->len - (uint32_t)(4 * n);
	for (size_t i = 0; i < n; i++)
		tree_put(t, at + (uint32_t)(4 * i), cells[i]);
}

void tree_finish(struct tree *t)
{
	uint32_t strings;

	tree_cell(t, 9);
	strings = t->len;
	put_bytes(t, t->strings, t->strings_len);
	tree_put(t, TREE_MAGIC, 0xd00dfeed);
	tree_put(t, TREE_LEN, t->len);
	tree_put(t, TREE_NODES, TREE_NODES_AT);
	tree_put(t, TREE_STRINGS, strings);
	tree_put(t, TREE_RESERVED, CAIRN_FDT_READER_HEADER_BYTES);
	tree_put(t, TREE_VERSION, 17);
	tree_put(t, TREE_LAST, 16);
	tree_put(t, TREE_STRINGS_LEN, t->strings_len);
	tree_put(t, TREE_NODES_LEN, strings - TREE_NODES_AT);
}

struct cairn_fdt_reader tree_open(const struct tree *t)
{
	struct cairn_fdt_reader r;
	struct cairn_err err = { 0 };

	assert_int_equal(cairn_fdt_reader_open(&r, t->bytes, t->len, &err), 0);
	assert_int_equal(err.code, 0);
	return r;
}

struct cairn_fdt_node tree_node(const struct cairn_fdt_reader *r, const char *path)
{
	struct cairn_fdt_node n;

	assert_true(cairn_fdt_reader_find(r, path, strlen(path), &n));
	return n;
}
