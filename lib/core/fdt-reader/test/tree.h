/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* tree.h - device trees token by token, right and wrong, for tests. */
#ifndef CAIRN_FDT_READER_TEST_TREE_H
#define CAIRN_FDT_READER_TEST_TREE_H

#include <cairn/fdt_reader.h>

enum { TREE_BYTES = 8192, TREE_NODES_AT = 72 };

/* Where the fields of the header are (5.2). */
enum tree_field {
	TREE_MAGIC = 0,
	TREE_LEN = 4,
	TREE_NODES = 8,
	TREE_STRINGS = 12,
	TREE_RESERVED = 16,
	TREE_VERSION = 20,
	TREE_LAST = 24,
	TREE_STRINGS_LEN = 32,
	TREE_NODES_LEN = 36,
};

struct tree {
	uint8_t bytes[TREE_BYTES];
	uint32_t len;
	char strings[1024];
	uint32_t strings_len;
};

/* A header, one reservation of [0x1000, 0x3000), and room for nodes. */
void tree_init(struct tree *t);
void tree_cell(struct tree *t, uint32_t v);
void tree_begin(struct tree *t, const char *name);
void tree_end(struct tree *t);
void tree_bytes(struct tree *t, const char *name, const void *value, uint32_t len);
void tree_text(struct tree *t, const char *name, const char *value);
#define tree_cells(t, name, ...)                                                                   \
	tree_cells_(t, name, (const uint32_t[]){ __VA_ARGS__ },                                    \
		    sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)
void tree_cells_(struct tree *t, const char *name, const uint32_t *cells, size_t n);
/* The end of the nodes, the strings, and a header that says so. */
void tree_finish(struct tree *t);
void tree_put(struct tree *t, uint32_t at, uint32_t v);

/* The tree opens. */
struct cairn_fdt_reader tree_open(const struct tree *t);
/* Fails the test where there is no such node. */
struct cairn_fdt_node tree_node(const struct cairn_fdt_reader *r, const char *path);

#endif
