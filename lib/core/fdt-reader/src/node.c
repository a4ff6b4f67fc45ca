/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* node.c - walks over a tree that was checked. */
#include "internal.h"

/* A token, and where the next one is. NOPs are none. */
static uint32_t token_at(const struct cairn_fdt_reader *r, uint32_t *at)
{
	uint32_t token;

	do {
		token = cairn_fdt_reader_u32_(r->bytes + *at);
		*at += 4;
	} while (token == NOP);
	return token;
}

struct property {
	const char *name;
	const uint8_t *value;
	uint32_t len;
};

/* The property that is there, if one is; *at goes behind it. */
static bool property_at(const struct cairn_fdt_reader *r, uint32_t *at, struct property *ret)
{
	uint32_t p = *at;

	if (token_at(r, &p) != PROP)
		return false;
	ret->len = cairn_fdt_reader_u32_(r->bytes + p);
	ret->name =
	    (const char *)r->bytes + r->strings_at + cairn_fdt_reader_u32_(r->bytes + p + 4);
	ret->value = r->bytes + p + PROP_HEADER_BYTES;
	*at = p + PROP_HEADER_BYTES + cairn_fdt_reader_round_(ret->len);
	return true;
}

bool cairn_fdt_reader_property_(const struct cairn_fdt_reader *r, uint32_t *at,
				const char **ret_name)
{
	struct property p;

	if (!property_at(r, at, &p))
		return false;
	*ret_name = p.name;
	return true;
}

uint32_t cairn_fdt_reader_skip_(const struct cairn_fdt_reader *r, uint32_t at)
{
	struct property p;

	while (property_at(r, &at, &p))
		;
	return at;
}

const uint8_t *cairn_fdt_reader_prop_at_(const struct cairn_fdt_reader *r, uint32_t at,
					 const char *name, uint32_t *ret_len)
{
	struct property p;

	while (property_at(r, &at, &p)) {
		if (!cairn_fdt_reader_equal_(p.name, name))
			continue;
		*ret_len = p.len;
		return p.value;
	}
	return NULL;
}

const uint8_t *cairn_fdt_reader_prop(const struct cairn_fdt_node *n, const char *name,
				     uint32_t *ret_len)
{
	return cairn_fdt_reader_prop_at_(n->tree, n->next, name, ret_len);
}

static uint32_t cells(const struct cairn_fdt_node *n, const char *name, uint32_t otherwise)
{
	uint32_t len;
	const uint8_t *value = cairn_fdt_reader_prop(n, name, &len);

	return value && len == 4 ? cairn_fdt_reader_u32_(value) : otherwise;
}

/* A node whose name is at `at` becomes the place. */
static void enter(struct cairn_fdt_node *n, uint32_t at, uint32_t depth)
{
	const char *name = (const char *)n->tree->bytes + at;

	n->name = name;
	n->depth = depth;
	n->next = at + cairn_fdt_reader_round_(cairn_fdt_reader_strlen_(name, UINT32_MAX) + 1);
	n->way[depth].at = n->next;
	n->way[depth].address_cells = cells(n, "#address-cells", 2); /* 2.3.5 */
	n->way[depth].size_cells = cells(n, "#size-cells", 1);
}

struct cairn_fdt_node cairn_fdt_reader_root(const struct cairn_fdt_reader *r)
{
	struct cairn_fdt_node n = { .tree = r };
	uint32_t at = r->nodes_at;

	(void)token_at(r, &at); /* BEGIN_NODE, or the tree had been refused */
	enter(&n, at, 0);
	return n;
}

bool cairn_fdt_reader_next_in(struct cairn_fdt_node *n, const struct cairn_fdt_node *top)
{
	uint32_t at = cairn_fdt_reader_skip_(n->tree, n->next);
	uint32_t depth = n->depth + 1; /* of a node that begins here */

	for (;;) {
		uint32_t token = token_at(n->tree, &at);

		if (token == BEGIN_NODE) {
			enter(n, at, depth);
			return true;
		}
		if (token == END || depth-- == top->depth + 1)
			return false;
	}
}

bool cairn_fdt_reader_next(struct cairn_fdt_node *n)
{
	const struct cairn_fdt_node root = { .depth = 0 };

	return cairn_fdt_reader_next_in(n, &root);
}

/* Whether a node's name is the first `len` bytes of `want`, with or without its unit address. */
static bool name_is(const char *name, const char *want, uint32_t len)
{
	uint32_t i = 0;

	while (i < len && name[i] && name[i] == want[i])
		i++;
	return i == len && (!name[i] || name[i] == '@');
}

bool cairn_fdt_reader_is_named(const struct cairn_fdt_node *n, const char *name)
{
	return name_is(n->name, name, cairn_fdt_reader_strlen_(name, UINT32_MAX));
}

static bool child(struct cairn_fdt_node *n, const char *name, uint32_t len)
{
	const struct cairn_fdt_node top = *n;

	while (cairn_fdt_reader_next_in(n, &top))
		if (n->depth == top.depth + 1 && name_is(n->name, name, len))
			return true;
	return false;
}

static bool descend(struct cairn_fdt_node *n, const char *path, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t end;

		while (at < len && path[at] == '/')
			at++;
		for (end = at; end < len && path[end] != '/';)
			end++;
		if (end == at)
			break;
		if (end - at > UINT32_MAX || !child(n, path + at, (uint32_t)(end - at)))
			return false;
		at = end;
	}
	return true;
}

/* /aliases: names that stand for paths. Returns the property whose name is `len` bytes of `want`.
 */
static const char *alias(const struct cairn_fdt_reader *r, const char *want, size_t len)
{
	struct cairn_fdt_node n = cairn_fdt_reader_root(r);
	struct property p;
	uint32_t at;

	if (!child(&n, "aliases", 7))
		return NULL;
	for (at = n.next; property_at(r, &at, &p);)
		if (cairn_fdt_reader_strlen_(p.name, UINT32_MAX) == len &&
		    memcmp(p.name, want, len) == 0)
			return p.len > 1 && p.value[p.len - 1] == 0 && p.value[0] == '/'
				   ? (const char *)p.value
				   : NULL;
	return NULL;
}

bool cairn_fdt_reader_find(const struct cairn_fdt_reader *r, const char *path, size_t len,
			   struct cairn_fdt_node *ret_node)
{
	struct cairn_fdt_node n = cairn_fdt_reader_root(r);
	const char *other;
	size_t first = 0;

	if (len && path[0] != '/') {
		while (first < len && path[first] != '/')
			first++;
		other = alias(r, path, first);
		if (!other || !descend(&n, other, cairn_fdt_reader_strlen_(other, UINT32_MAX)))
			return false;
	}
	if (!len || !descend(&n, path + first, len - first))
		return false;
	*ret_node = n;
	return true;
}

bool cairn_fdt_reader_says(const struct cairn_fdt_node *n, const char *property, const char *text)
{
	uint32_t len, i = 0;
	const uint8_t *value = cairn_fdt_reader_prop(n, property, &len);

	if (!value || !len || value[len - 1])
		return false;
	while (i < len) {
		const char *s = (const char *)value + i;

		if (cairn_fdt_reader_equal_(s, text))
			return true;
		i += cairn_fdt_reader_strlen_(s, len) + 1;
	}
	return false;
}

bool cairn_fdt_reader_is(const struct cairn_fdt_node *n, const char *compatible)
{
	return cairn_fdt_reader_says(n, "compatible", compatible);
}

const char *cairn_fdt_reader_string(const struct cairn_fdt_node *n, const char *name)
{
	uint32_t len;
	const uint8_t *value = cairn_fdt_reader_prop(n, name, &len);

	return value && len > 1 && value[len - 1] == 0 ? (const char *)value : NULL;
}

bool cairn_fdt_reader_is_enabled(const struct cairn_fdt_node *n)
{
	uint32_t len;

	return !cairn_fdt_reader_prop(n, "status", &len) ||
	       cairn_fdt_reader_says(n, "status", "okay") ||
	       cairn_fdt_reader_says(n, "status", "ok");
}

bool cairn_fdt_reader_number(const struct cairn_fdt_node *n, const char *name, uint64_t *ret)
{
	uint32_t len;
	const uint8_t *value = cairn_fdt_reader_prop(n, name, &len);

	if (!value || (len != 4 && len != 8))
		return false;
	*ret = cairn_fdt_reader_cells_(value, len / 4);
	return true;
}
