/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * open.c - every byte of a tree is looked at once. Behind this, the walks of node.c check nothing.
 *
 * Offsets are 32 bits and below CAIRN_FDT_READER_BYTES_MAX, so sums of a few of them fit.
 */
#include "internal.h"

#include <cairn/math.h>

#define MAGIC       0xd00dfeedu
#define VERSION     17u
#define VERSION_LOW 16u /* nodes' names are whole paths before */
#define RESERVATION 16u
#define MAGIC_AT    0u
#define LEN_AT      4u
#define NODES_AT    8u
#define STRINGS_AT  12u
#define RESERVED_AT 16u
#define VERSION_AT  20u
#define LAST_AT     24u
#define STRINGS_LEN 32u
#define NODES_LEN   36u /* from version 17 on */

static uint32_t field(const uint8_t *header, uint32_t at)
{
	return cairn_fdt_reader_u32_(header + at);
}

uint32_t cairn_fdt_reader_len(const uint8_t header[CAIRN_FDT_READER_HEADER_BYTES])
{
	return field(header, MAGIC_AT) == MAGIC ? field(header, LEN_AT) : 0;
}

static int check_header(struct cairn_fdt_reader *r, size_t len, struct cairn_err *err)
{
	const uint8_t *h = r->bytes;

	if (len < CAIRN_FDT_READER_HEADER_BYTES || field(h, MAGIC_AT) != MAGIC)
		return cairn_err_set(err, EPROTO, "not a device tree", 0);
	r->len = field(h, LEN_AT);
	if (r->len > CAIRN_FDT_READER_BYTES_MAX)
		return cairn_err_set(err, ENOTSUP, "device tree is too large", r->len);
	if (r->len < CAIRN_FDT_READER_HEADER_BYTES || r->len > len)
		return cairn_err_set(err, EPROTO, "device tree is cut", r->len);
	if (field(h, VERSION_AT) < VERSION_LOW || field(h, LAST_AT) > VERSION)
		return cairn_err_set(err, ENOTSUP, "device tree of an unknown version",
				     field(h, VERSION_AT));
	return 0;
}

/* The strings end with the last NUL: each that begins before it has an end. */
static int check_blocks(struct cairn_fdt_reader *r, struct cairn_err *err)
{
	const uint8_t *h = r->bytes;
	uint32_t nodes_len;

	r->nodes_at = field(h, NODES_AT);
	r->strings_at = field(h, STRINGS_AT);
	r->strings_len = field(h, STRINGS_LEN);
	r->reservations_at = field(h, RESERVED_AT);
	if (r->nodes_at % 4 || r->nodes_at > r->len)
		return cairn_err_set(err, EPROTO, "device tree with its nodes elsewhere",
				     r->nodes_at);
	nodes_len = r->len - r->nodes_at;
	if (field(h, VERSION_AT) >= VERSION)
		nodes_len = field(h, NODES_LEN);
	if (!cairn_in_range(r->nodes_at, nodes_len, r->len))
		return cairn_err_set(err, EPROTO, "device tree with its nodes elsewhere",
				     r->nodes_at);
	r->nodes_end = r->nodes_at + nodes_len;
	if (!cairn_in_range(r->strings_at, r->strings_len, r->len))
		return cairn_err_set(err, EPROTO, "device tree with its strings elsewhere",
				     r->strings_at);
	while (r->strings_len && r->bytes[r->strings_at + r->strings_len - 1])
		r->strings_len--;
	return 0;
}

static int check_reservations(struct cairn_fdt_reader *r, struct cairn_err *err)
{
	uint64_t at = r->reservations_at;

	for (r->n_reservations = 0;; r->n_reservations++, at += RESERVATION) {
		if (!cairn_in_range(at, RESERVATION, r->len))
			return cairn_err_set(err, EPROTO,
					     "device tree whose reservations do not end", at);
		if (cairn_fdt_reader_cells_(r->bytes + at, 2) == 0 &&
		    cairn_fdt_reader_cells_(r->bytes + at + 8, 2) == 0)
			return 0;
	}
}

struct check { /* of the nodes: where it is, and what it is in */
	const struct cairn_fdt_reader *r;
	uint32_t at, depth;
	bool had_root, had_node; /* had_node: the last token was a node's end */
};

static bool has(const struct check *c, uint32_t len)
{
	return len <= c->r->nodes_end - c->at;
}

static bool skip(struct check *c, uint32_t len)
{
	if (len > c->r->len || !has(c, cairn_fdt_reader_round_(len)))
		return false;
	c->at += cairn_fdt_reader_round_(len);
	return true;
}

static const char *begin_node(struct check *c)
{
	uint32_t room = c->r->nodes_end - c->at;
	uint32_t n = cairn_fdt_reader_strlen_((const char *)c->r->bytes + c->at, room);

	if (c->depth == 0 && c->had_root)
		return "device tree with a second root";
	if (c->depth == CAIRN_FDT_READER_DEPTH_MAX)
		return "device tree that is too deep";
	if (n == room || !skip(c, n + 1))
		return "device tree with a name that does not end";
	c->depth++;
	c->had_root = true;
	c->had_node = false;
	return NULL;
}

static const char *end_node(struct check *c)
{
	if (c->depth == 0)
		return "device tree that closes no node";
	c->depth--;
	c->had_node = true;
	return NULL;
}

static const char *property(struct check *c)
{
	uint32_t len, name;

	if (c->depth == 0 || c->had_node)
		return "device tree with a property behind a node";
	if (!has(c, PROP_HEADER_BYTES))
		return "device tree with a property that is cut";
	len = cairn_fdt_reader_u32_(c->r->bytes + c->at);
	name = cairn_fdt_reader_u32_(c->r->bytes + c->at + 4);
	c->at += PROP_HEADER_BYTES;
	if (name >= c->r->strings_len)
		return "device tree with a property without a name";
	return skip(c, len) ? NULL : "device tree with a property that is cut";
}

static const char *take(struct check *c, uint32_t token)
{
	switch (token) {
	case BEGIN_NODE:
		return begin_node(c);
	case END_NODE:
		return end_node(c);
	case PROP:
		return property(c);
	case NOP:
		return NULL;
	default:
		return "device tree with an unknown token";
	}
}

static int check_nodes(const struct cairn_fdt_reader *r, struct cairn_err *err)
{
	struct check c = { .r = r, .at = r->nodes_at };

	for (;;) {
		uint32_t start = c.at, token;
		const char *what;

		if (!has(&c, 4))
			return cairn_err_set(err, EPROTO, "device tree whose nodes do not end",
					     start);
		token = cairn_fdt_reader_u32_(r->bytes + c.at);
		c.at += 4;
		if (token == END && c.had_root && c.depth == 0)
			return 0;
		what = take(&c, token);
		if (what)
			return cairn_err_set(err, EPROTO, what, start);
	}
}

int cairn_fdt_reader_open(struct cairn_fdt_reader *ret_r, const void *bytes, size_t len,
			  struct cairn_err *err)
{
	struct cairn_fdt_reader r = { .bytes = bytes };
	int ret = check_header(&r, len, err);

	if (ret == 0)
		ret = check_blocks(&r, err);
	if (ret == 0)
		ret = check_reservations(&r, err);
	if (ret == 0)
		ret = check_nodes(&r, err);
	if (ret == 0)
		*ret_r = r;
	return ret;
}

bool cairn_fdt_reader_reservation(const struct cairn_fdt_reader *r, uint32_t i,
				  struct cairn_fdt_reader_range *ret_range)
{
	const uint8_t *at = r->bytes + r->reservations_at + (size_t)i * RESERVATION;

	if (i >= r->n_reservations)
		return false;
	*ret_range = (struct cairn_fdt_reader_range){ cairn_fdt_reader_cells_(at, 2),
						      cairn_fdt_reader_cells_(at + 8, 2) };
	return true;
}
