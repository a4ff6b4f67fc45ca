/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* address.c - `reg` and `ranges`: addresses of a bus, and the processor's (2.3.6, 2.3.8). */
#include "internal.h"

#include <cairn/math.h>

enum { ADDRESS_CELLS_MAX = 3, SIZE_CELLS_MAX = 2 };

/* The cells that one entry has, or 0: more than can be read. */
static uint32_t entry_cells(uint32_t address, uint32_t parent, uint32_t size)
{
	if (address > ADDRESS_CELLS_MAX || parent > 2 || size > SIZE_CELLS_MAX)
		return 0;
	return address + parent + size;
}

/* Entry i of a value of such entries, or NULL. */
static const uint8_t *entry(const uint8_t *value, uint32_t len, uint32_t n_cells, uint32_t i)
{
	if (!value || !n_cells || i >= len / (4 * n_cells))
		return NULL;
	return value + (size_t)4 * n_cells * i;
}

/* The window of the node at `depth` of the way of n, its processor's side as the parent counts. */
static bool window_at(const struct cairn_fdt_node *n, uint32_t depth, uint32_t i,
		      struct cairn_fdt_reader_window *w)
{
	uint32_t address = n->way[depth].address_cells, size = n->way[depth].size_cells;
	uint32_t parent = n->way[depth - 1].address_cells, len;
	const uint8_t *value = cairn_fdt_reader_prop_at_(n->tree, n->way[depth].at, "ranges", &len);
	const uint8_t *e = entry(value, len, entry_cells(address, parent, size), i);
	uint64_t end;

	if (!e)
		return false;
	w->space = address == ADDRESS_CELLS_MAX ? cairn_fdt_reader_u32_(e) : 0;
	w->from = address == ADDRESS_CELLS_MAX ? cairn_fdt_reader_cells_(e + 4, 2)
					       : cairn_fdt_reader_cells_(e, address);
	w->at = cairn_fdt_reader_cells_(e + 4 * address, parent);
	w->len = cairn_fdt_reader_cells_(e + 4 * (address + parent), size);
	return cairn_add_u64(w->from, w->len, &end) && cairn_add_u64(w->at, w->len, &end);
}

/* From the bus of the node at `depth` to its parent's. Without entries `ranges` changes nothing. */
static bool up(const struct cairn_fdt_node *n, uint32_t depth, uint64_t *at, uint64_t len)
{
	struct cairn_fdt_reader_window w;
	uint32_t value_len;

	if (!cairn_fdt_reader_prop_at_(n->tree, n->way[depth].at, "ranges", &value_len) ||
	    n->way[depth].address_cells == ADDRESS_CELLS_MAX)
		return false;
	if (value_len == 0)
		return true;
	for (uint32_t i = 0; window_at(n, depth, i, &w); i++) {
		if (*at < w.from || !cairn_in_range(*at - w.from, len, w.len))
			continue;
		*at = w.at + (*at - w.from);
		return true;
	}
	return false;
}

/* From the bus of the node at `depth` to the root's, which is the processor's. */
static bool to_processor(const struct cairn_fdt_node *n, uint32_t depth, uint64_t *at, uint64_t len)
{
	for (; depth > 0; depth--)
		if (!up(n, depth, at, len))
			return false;
	return true;
}

bool cairn_fdt_reader_reg(const struct cairn_fdt_node *n, uint32_t i,
			  struct cairn_fdt_reader_range *ret_range)
{
	uint32_t address, size, len;
	const uint8_t *value = cairn_fdt_reader_prop(n, "reg", &len), *e;
	struct cairn_fdt_reader_range range;
	uint64_t end;

	if (n->depth == 0)
		return false;
	address = n->way[n->depth - 1].address_cells;
	size = n->way[n->depth - 1].size_cells;
	if (address > 2)
		return false;
	e = entry(value, len, entry_cells(address, 0, size), i);
	if (!e)
		return false;
	range.at = cairn_fdt_reader_cells_(e, address);
	range.len = cairn_fdt_reader_cells_(e + 4 * address, size);
	if (!cairn_add_u64(range.at, range.len, &end) ||
	    !to_processor(n, n->depth - 1, &range.at, range.len))
		return false;
	*ret_range = range;
	return true;
}

bool cairn_fdt_reader_window(const struct cairn_fdt_node *n, uint32_t i,
			     struct cairn_fdt_reader_window *ret_window)
{
	struct cairn_fdt_reader_window w;

	if (n->depth == 0 || !window_at(n, n->depth, i, &w) ||
	    !to_processor(n, n->depth - 1, &w.at, w.len))
		return false;
	*ret_window = w;
	return true;
}
