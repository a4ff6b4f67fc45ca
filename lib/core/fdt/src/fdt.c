/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Sizes (5.4): a node is a token, its name with a NUL, padding to 4, and a token at its end; a
 * property is a token, two words, its value and padding; its name lies once in the strings block.
 */
#include <libfdt.h>

#include <cairn/fdt.h>
#include <cairn/le.h>

enum {
	WORD = 4,
	HEADER = 48,        /* the header, and padding to the reservation block */
	RESERVE_ENTRY = 16, /* one of zeroes ends the block */
	UNIT_DIGITS = 16,
};

static void fail(struct cairn_fdt *f, const char *what, uint64_t at)
{
	if (f->code)
		return;
	f->code = -EINVAL;
	f->what = what;
	f->at = at;
}

/* What libfdt says: no room left is no mistake. Everything else was checked before. */
static void check(struct cairn_fdt *f, int r)
{
	if (r == -FDT_ERR_NOSPACE)
		f->is_full = true;
	else if (r)
		fail(f, "libfdt refused", (uint64_t)-r);
}

/* More is written: no mistake so far and room. */
static bool is_writing(const struct cairn_fdt *f)
{
	return !f->code && !f->is_full;
}

static size_t padded(size_t len)
{
	return (len + WORD - 1) & ~(size_t)(WORD - 1);
}

/* Characters of s, or `max` + 1 when there are more. */
static size_t length(const char *s, size_t max)
{
	size_t n = 0;

	while (n <= max && s[n])
		n++;
	return n;
}

void cairn_fdt_init(struct cairn_fdt *f, void *buf, size_t size)
{
	*f = (struct cairn_fdt){ .buf = buf, .size = size, .need = HEADER + RESERVE_ENTRY };
	if (size > CAIRN_FDT_MAX_BYTES)
		f->size = CAIRN_FDT_MAX_BYTES;
	check(f, fdt_create(buf, (int)f->size));
}

void cairn_fdt_reserve(struct cairn_fdt *f, uint64_t base, uint64_t len)
{
	if (f->has_nodes)
		fail(f, "a reservation behind the root", base);
	f->need += RESERVE_ENTRY;
	if (is_writing(f))
		check(f, fdt_add_reservemap_entry(f->buf, base, len));
}

/* The root has no name, and every other node has one. */
static bool may_begin(struct cairn_fdt *f, size_t name_len)
{
	if (f->has_nodes && f->depth == 0)
		fail(f, "a second root", 0);
	else if (f->depth == CAIRN_FDT_MAX_DEPTH)
		fail(f, "nodes too deep inside each other", f->depth);
	else if (name_len > CAIRN_FDT_MAX_NAME || !name_len != !f->depth)
		fail(f, "a node's name is too long or missing", name_len);
	return !f->code;
}

/* name: checked. len: without its NUL. */
static void begin(struct cairn_fdt *f, const char *name, size_t len)
{
	if (!f->has_nodes && is_writing(f))
		check(f, fdt_finish_reservemap(f->buf));
	f->has_nodes = true;
	if (f->depth)
		f->nodes[f->depth - 1].has_children = true;
	f->nodes[f->depth].address_cells = 2;
	f->nodes[f->depth].size_cells = 1;
	f->nodes[f->depth].has_children = false;
	f->depth++;
	f->need += WORD + padded(len + 1);
	if (is_writing(f))
		check(f, fdt_begin_node(f->buf, name));
}

void cairn_fdt_begin(struct cairn_fdt *f, const char *name)
{
	size_t len = length(name, CAIRN_FDT_MAX_NAME);

	if (may_begin(f, len))
		begin(f, name, len);
}

void cairn_fdt_begin_at(struct cairn_fdt *f, const char *name, uint64_t unit)
{
	static const char digits[] = "0123456789abcdef";
	char whole[CAIRN_FDT_MAX_NAME + 1 + UNIT_DIGITS + 1];
	size_t len = length(name, CAIRN_FDT_MAX_NAME);
	unsigned shift = 0;

	if (!may_begin(f, len))
		return;
	memcpy(whole, name, len);
	whole[len++] = '@';
	while (shift < 60 && unit >> shift >> 4)
		shift += 4;
	for (;; shift -= 4) {
		whole[len++] = digits[unit >> shift & 15];
		if (!shift)
			break;
	}
	whole[len] = '\0';
	begin(f, whole, len);
}

void cairn_fdt_end(struct cairn_fdt *f)
{
	if (f->depth == 0)
		fail(f, "a node ends that did not begin", 0);
	if (f->code)
		return;
	f->depth--;
	f->need += WORD;
	if (is_writing(f))
		check(f, fdt_end_node(f->buf));
}

/* Room for a property's value; NULL: there is none, or it is not wanted any more. */
static uint8_t *property(struct cairn_fdt *f, const char *name, size_t len)
{
	size_t name_len = length(name, CAIRN_FDT_MAX_NAME);
	void *value = NULL;

	if (f->depth == 0)
		fail(f, "a property outside the root", 0);
	else if (f->nodes[f->depth - 1].has_children)
		fail(f, "a property behind a child node", 0);
	else if (name_len == 0 || name_len > CAIRN_FDT_MAX_NAME)
		fail(f, "a property's name is too long or missing", name_len);
	if (len > CAIRN_FDT_MAX_BYTES) {
		f->is_full = true;
		len = CAIRN_FDT_MAX_BYTES;
	}
	f->need += 3 * WORD + padded(len) + name_len + 1;
	if (is_writing(f))
		check(f, fdt_property_placeholder(f->buf, name, (int)len, &value));
	return is_writing(f) ? value : NULL;
}

void cairn_fdt_flag(struct cairn_fdt *f, const char *name)
{
	(void)property(f, name, 0);
}

void cairn_fdt_bytes(struct cairn_fdt *f, const char *name, const void *bytes, size_t len)
{
	uint8_t *to = property(f, name, len);

	if (to && len)
		memcpy(to, bytes, len);
}

void cairn_fdt_u32(struct cairn_fdt *f, const char *name, uint32_t v)
{
	cairn_be32 wire = cairn_be32_of(v);

	cairn_fdt_bytes(f, name, &wire, sizeof(wire));
}

void cairn_fdt_u64(struct cairn_fdt *f, const char *name, uint64_t v)
{
	cairn_be64 wire = cairn_be64_of(v);

	cairn_fdt_bytes(f, name, &wire, sizeof(wire));
}

void cairn_fdt_cells(struct cairn_fdt *f, const char *name, const uint32_t *cells, size_t n)
{
	uint8_t *to = property(f, name, n <= CAIRN_FDT_MAX_BYTES ? n * WORD : SIZE_MAX);

	for (size_t i = 0; to && i < n; i++) {
		cairn_be32 wire = cairn_be32_of(cells[i]);

		memcpy(to + i * WORD, &wire, WORD);
	}
}

void cairn_fdt_string(struct cairn_fdt *f, const char *name, const char *s)
{
	cairn_fdt_strings(f, name, &s, 1);
}

void cairn_fdt_strings(struct cairn_fdt *f, const char *name, const char *const *list, size_t n)
{
	size_t len = 0;
	uint8_t *to;

	for (size_t i = 0; i < n; i++)
		len += length(list[i], CAIRN_FDT_MAX_BYTES) + 1;
	to = property(f, name, len);
	for (size_t i = 0; to && i < n; i++) {
		len = length(list[i], CAIRN_FDT_MAX_BYTES) + 1;
		memcpy(to, list[i], len);
		to += len;
	}
}

void cairn_fdt_child_cells(struct cairn_fdt *f, uint32_t address, uint32_t size)
{
	if (address > 3 || size > 2)
		fail(f, "cells that nothing has", address > 3 ? address : size);
	cairn_fdt_u32(f, "#address-cells", address);
	cairn_fdt_u32(f, "#size-cells", size);
	if (f->code)
		return;
	f->nodes[f->depth - 1].address_cells = (uint8_t)address;
	f->nodes[f->depth - 1].size_cells = (uint8_t)size;
}

/* Whether v can be told in 0, 1 or 2 cells. */
static bool fits(uint64_t v, unsigned cells)
{
	return cells >= 2 || v >> (cells * 32) == 0;
}

static uint8_t *put(uint8_t *to, uint64_t v, unsigned cells)
{
	cairn_be64 wire = cairn_be64_of(v);

	memcpy(to, (const uint8_t *)&wire + (2 - cells) * WORD, cells * WORD);
	return to + cells * WORD;
}

void cairn_fdt_reg(struct cairn_fdt *f, const struct cairn_fdt_range *ranges, size_t n)
{
	unsigned address, size;
	uint8_t *to;

	if (f->depth < 2) {
		fail(f, "the root has no address", 0);
		return;
	}
	address = f->nodes[f->depth - 2].address_cells;
	size = f->nodes[f->depth - 2].size_cells;
	if (address > 2)
		fail(f, "addresses of three cells have no single number", address);
	for (size_t i = 0; i < n; i++)
		if (!fits(ranges[i].base, address) || !fits(ranges[i].len, size))
			fail(f, "a number does not fit its parent's cells", ranges[i].base);
	to = property(f, "reg", n * (address + size) * WORD);
	for (size_t i = 0; to && i < n; i++) {
		to = put(to, ranges[i].base, address);
		to = put(to, ranges[i].len, size);
	}
}

void cairn_fdt_phandle(struct cairn_fdt *f, uint32_t phandle)
{
	if (phandle == 0 || phandle > CAIRN_FDT_MAX_PHANDLE)
		fail(f, "a phandle out of range", phandle);
	else if (cairn_bits_test(f->phandles, phandle))
		fail(f, "a phandle twice", phandle);
	else
		cairn_bits_set(f->phandles, phandle);
	cairn_fdt_u32(f, "phandle", phandle);
}

int cairn_fdt_finish(struct cairn_fdt *f, size_t *ret_len, struct cairn_err *err)
{
	if (f->is_finished || !f->has_nodes || f->depth)
		fail(f, "nodes are left open, or there is none", f->depth);
	f->is_finished = true;
	f->need += WORD;
	if (is_writing(f))
		check(f, fdt_finish(f->buf));
	if (f->code)
		return cairn_err_set(err, -f->code, f->what, f->at);
	if (f->is_full)
		return cairn_err_set(err, ENOSPC, "the device tree does not fit", f->need);
	*ret_len = fdt_totalsize(f->buf);
	return 0;
}
