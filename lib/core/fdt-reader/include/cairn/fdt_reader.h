/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * fdt_reader.h - reads a flattened device tree that somebody else wrote.
 *
 * cairn_fdt_reader_open() looks at every byte of it once; what it accepts can be walked without an
 * error: each function below then either finds something or does not. The bytes must not change
 * between. Nothing is allocated or copied; what is handed out points into the tree. Pure.
 *
 * Devicetree Specification 0.4: 2.2 (names), 2.3 (standard properties), 5 (the format).
 */
#ifndef CAIRN_FDT_READER_H
#define CAIRN_FDT_READER_H

#include <cairn/err.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_FDT_READER_HEADER_BYTES 40u
#define CAIRN_FDT_READER_BYTES_MAX    (16u << 20) /* a longer tree is refused */
#define CAIRN_FDT_READER_DEPTH_MAX    32u         /* nodes inside each other, the root included */

struct cairn_fdt_reader { /* private by word, but len */
	const uint8_t *bytes;
	uint32_t len; /* of the whole tree */
	uint32_t reservations_at, n_reservations;
	uint32_t nodes_at, nodes_end;
	uint32_t strings_at, strings_len;
};

/* How long the tree is that begins with this header, or 0: it is none. For who has to find out how
 * much to look at; nothing else of it is checked. */
uint32_t cairn_fdt_reader_len(const uint8_t header[CAIRN_FDT_READER_HEADER_BYTES]);

/*
 * cairn_fdt_reader_open() - checks all of a tree.
 *
 * @bytes: stay, and stay as they are, while the reader or a node of it is used; of any alignment
 * @len: how many there are, at least; behind the tree's own length nothing is read
 *
 * Returns 0, and with err -EPROTO: not a device tree, cut, or malformed (nodes that do not close,
 * names that do not end, nodes too deep, more than one root, a property behind a node or none's);
 * -ENOTSUP: of a version before 16, or one to come that cannot be read as 17; larger than
 * CAIRN_FDT_READER_BYTES_MAX. O(len).
 */
CAIRN_MUST_USE int cairn_fdt_reader_open(struct cairn_fdt_reader *ret_r, const void *bytes,
					 size_t len, struct cairn_err *err);

struct cairn_fdt_reader_range {
	uint64_t at, len;
};

/* Memory that must be left alone (5.3), by number. False behind the last. */
bool cairn_fdt_reader_reservation(const struct cairn_fdt_reader *r, uint32_t i,
				  struct cairn_fdt_reader_range *ret_range);

struct cairn_fdt_node { /* a place in the tree: private by word, but name and depth */
	const struct cairn_fdt_reader *tree;
	const char *name; /* "memory@40000000"; "" is the root's */
	uint32_t depth;   /* 0: the root */
	uint32_t next;    /* behind this node's name */
	struct {
		uint32_t at;
		uint32_t address_cells, size_cells; /* of its children */
	} way[CAIRN_FDT_READER_DEPTH_MAX];          /* the root, … this node */
};

/*
 * A walk over all nodes, in the order in which they are written: each before its children.
 *
 *	for (n = cairn_fdt_reader_root(r);; ) { …; if (!cairn_fdt_reader_next(&n)) break; }
 *
 * A copy of a node is a place to go on from. next() returns false behind the last, with *n as it
 * was. The whole walk is O(length of the tree).
 */
struct cairn_fdt_node cairn_fdt_reader_root(const struct cairn_fdt_reader *r);
bool cairn_fdt_reader_next(struct cairn_fdt_node *n);
/* The same over what is in `top`, that is deeper: false behind the last of it. */
bool cairn_fdt_reader_next_in(struct cairn_fdt_node *n, const struct cairn_fdt_node *top);
/*
 * cairn_fdt_reader_find() - a node by its path: "/", "/soc/serial@10000000", or an alias of
 * /aliases with or without a path behind it (2.2.3, 3.3).
 *
 * @len: of the path; a unit address that is not given fits any. Of two such nodes the first.
 * Returns false where there is none. O(length of the tree).
 */
bool cairn_fdt_reader_find(const struct cairn_fdt_reader *r, const char *path, size_t len,
			   struct cairn_fdt_node *ret_node);

/* "memory" for "memory@0" and "memory". */
bool cairn_fdt_reader_is_named(const struct cairn_fdt_node *n, const char *name);
/* A property is a list of strings, or one, and has this one. */
bool cairn_fdt_reader_says(const struct cairn_fdt_node *n, const char *property, const char *text);
/* So does `compatible` (2.3.1). */
bool cairn_fdt_reader_is(const struct cairn_fdt_node *n, const char *compatible);
/* `status` says so, or is not there (2.3.4). */
bool cairn_fdt_reader_is_enabled(const struct cairn_fdt_node *n);

/* A property's value; NULL where there is none. ret_len: its bytes, perhaps 0. */
const uint8_t *cairn_fdt_reader_prop(const struct cairn_fdt_node *n, const char *name,
				     uint32_t *ret_len);
/* A string, with its NUL. NULL: none, empty, or without a NUL at its end. */
const char *cairn_fdt_reader_string(const struct cairn_fdt_node *n, const char *name);
/* A number of 4 or 8 bytes. False: none, or of another size. */
bool cairn_fdt_reader_number(const struct cairn_fdt_node *n, const char *name, uint64_t *ret);

/*
 * cairn_fdt_reader_reg() - the i-th range of `reg` (2.3.6), as the processor addresses it: through
 * the `ranges` (2.3.8) of each bus above.
 *
 * False: there is no such range; it ends beyond 2^64; a bus above does not lead it to the
 * processor as one range; or an address has more than two cells.
 */
bool cairn_fdt_reader_reg(const struct cairn_fdt_node *n, uint32_t i,
			  struct cairn_fdt_reader_range *ret_range);

/* What a bus leads to the processor: one entry of `ranges`. */
struct cairn_fdt_reader_window {
	uint32_t space;    /* of three cells of address the first (PCI bus binding 2.1), else 0 */
	uint64_t from, at; /* address on the bus, and the processor's */
	uint64_t len;
};

/* The i-th entry of the node's own `ranges`. False: no such entry, or one as above. */
bool cairn_fdt_reader_window(const struct cairn_fdt_node *n, uint32_t i,
			     struct cairn_fdt_reader_window *ret_window);

#ifdef __cplusplus
}
#endif
#endif
