/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/pci_root.h>

#include "pci_private.h"

#define CLASS_HOST_BRIDGE 0x060000

enum {
	FUNC_SHIFT = 12, /* ECAM: 4 KiB per function */
	BUS_SHIFT = 20,

	PORT_CF9 = 1,
	PORT_DATA = 4,

	BELOW = 0, /* windows */
	ABOVE = 1,
};

/* The register at 0xcf8. */
#define ADDRESS_ENABLE UINT32_C(0x80000000)
#define ADDRESS_BITS   UINT32_C(0x80fffffc)

static bool ends_by(const struct cairn_pci_window *w, uint64_t last)
{
	return w->len == 0 || (w->base <= last && w->len - 1 <= last - w->base);
}

int cairn_pci_root_init(struct cairn_pci_root *r, const struct cairn_pci_root_config *c)
{
	const struct cairn_pci_window windows[2] = { c->mem32, c->mem64 };
	struct cairn_pci_ids ids = c->bridge;

	if (!c->mem || !ends_by(&c->mem32, UINT32_MAX) || !ends_by(&c->mem64, UINT64_MAX - 1) ||
	    (c->mem64.len && c->mem64.base <= UINT32_MAX))
		return -EINVAL;
	*r = (struct cairn_pci_root){ .mem = c->mem, .cf9 = c->cf9, .cf9_ctx = c->cf9_ctx };
	for (unsigned i = 0; i < 2; i++) {
		r->windows[i] = windows[i];
		if (windows[i].len &&
		    cairn_ranges_init(&r->ranges[i], r->taken[i], CAIRN_PCI_MAX_RANGES,
				      windows[i].base, windows[i].len) < 0)
			return -EINVAL;
	}
	ids.class_code = CLASS_HOST_BRIDGE;
	cairn_pci_func_init(&r->bridge, &ids);
	memcpy(r->bridge.initial, r->bridge.config, sizeof(r->bridge.initial));
	r->bridge.is_added = true;
	r->funcs[0] = &r->bridge;
	return 0;
}

/* An address for one BAR, in the window it prefers or the one below 4 GiB. */
static int take(struct cairn_pci_root *r, const struct cairn_pci_bar *b, unsigned *ret_window,
		uint64_t *ret_at)
{
	int rc = -ENOSPC;

	if ((b->flags & CAIRN_PCI_BAR_64) && r->windows[ABOVE].len) {
		*ret_window = ABOVE;
		rc = cairn_ranges_take(&r->ranges[ABOVE], b->size, b->size, 0, UINT64_MAX, ret_at);
	}
	if (rc < 0 && r->windows[BELOW].len) {
		*ret_window = BELOW;
		rc = cairn_ranges_take(&r->ranges[BELOW], b->size, b->size, 0, UINT64_MAX, ret_at);
	}
	return rc;
}

static int place_bars(struct cairn_pci_root *r, struct cairn_pci_func *f)
{
	uint64_t at[CAIRN_PCI_BARS] = { 0 };
	unsigned window[CAIRN_PCI_BARS] = { 0 };
	unsigned i;
	int rc = 0;

	for (i = 0; i < CAIRN_PCI_BARS && rc == 0; i++)
		if (f->bars[i].size)
			rc = take(r, &f->bars[i], &window[i], &at[i]);
	if (rc < 0) {
		/* Give back those before the one that failed, which is i - 1. */
		for (unsigned k = 0; k + 1 < i; k++)
			if (f->bars[k].size) {
				int given = cairn_ranges_give(&r->ranges[window[k]], at[k],
							      f->bars[k].size);
				(void)given; /* taken just above */
			}
		return rc;
	}
	for (i = 0; i < CAIRN_PCI_BARS; i++)
		if (f->bars[i].size)
			cairn_pci_func_place_(f, i, at[i]);
	return 0;
}

int cairn_pci_root_add(struct cairn_pci_root *r, unsigned device, unsigned function,
		       struct cairn_pci_func *f)
{
	struct cairn_pci_func *first;
	unsigned slot = device << 3 | function;
	int rc;

	if (f->is_added || device < 1 || device > 31 || function > 7)
		return -EINVAL;
	first = r->funcs[device << 3];
	if (function > 0 && !first)
		return -EINVAL;
	if (r->funcs[slot])
		return -EEXIST;
	rc = place_bars(r, f);
	if (rc < 0)
		return rc;
	if (function > 0) {
		first->config[PCI_HEADER_TYPE] |= PCI_MULTI_FUNCTION;
		first->initial[PCI_HEADER_TYPE] |= PCI_MULTI_FUNCTION;
	}
	memcpy(f->windows, r->windows, sizeof(f->windows));
	memcpy(f->initial, f->config, sizeof(f->initial));
	f->is_added = true;
	r->funcs[slot] = f;
	return 0;
}

static void tell(const struct cairn_pci_func *f, unsigned bar)
{
	if (f->owner.mapped)
		f->owner.mapped(f->owner.ctx, bar, f->bars[bar].mapped);
}

/* Takes off the bus what no longer is where it should be. */
static void unmap_moved(struct cairn_pci_root *r, struct cairn_pci_func *f)
{
	for (unsigned i = 0; i < CAIRN_PCI_BARS; i++) {
		struct cairn_pci_bar *b = &f->bars[i];
		int rc;

		if (b->mapped == CAIRN_PCI_UNMAPPED ||
		    b->mapped == cairn_pci_func_bar_address(f, i))
			continue;
		rc = cairn_bus_remove(r->mem, b->mapped);
		(void)rc; /* it is there: only this file maps and unmaps BARs */
		b->mapped = CAIRN_PCI_UNMAPPED;
		tell(f, i);
	}
}

/* Puts on the bus what is not. Returns how many it refused. */
static unsigned map_missing(struct cairn_pci_root *r, struct cairn_pci_func *f)
{
	unsigned refused = 0;

	for (unsigned i = 0; i < CAIRN_PCI_BARS; i++) {
		struct cairn_pci_bar *b = &f->bars[i];
		uint64_t at = cairn_pci_func_bar_address(f, i);
		struct cairn_bus_region region = {
			.base = at, .len = b->size, .ops = b->ops, .ctx = b->ctx
		};

		if (at == b->mapped)
			continue;
		if (cairn_bus_add(r->mem, &region) < 0) {
			refused++;
			continue;
		}
		b->mapped = at;
		tell(f, i);
	}
	return refused;
}

unsigned cairn_pci_root_remap(struct cairn_pci_root *r)
{
	unsigned refused = 0;

	/* All off before any on: two BARs may change places. */
	for (unsigned i = 0; i < CAIRN_PCI_SLOTS; i++)
		if (r->funcs[i])
			unmap_moved(r, r->funcs[i]);
	for (unsigned i = 0; i < CAIRN_PCI_SLOTS; i++)
		if (r->funcs[i])
			refused += map_missing(r, r->funcs[i]);
	return refused;
}

void cairn_pci_root_reset(struct cairn_pci_root *r)
{
	unsigned refused;

	r->address = 0;
	for (unsigned i = 0; i < CAIRN_PCI_SLOTS; i++)
		if (r->funcs[i])
			cairn_pci_func_reset(r->funcs[i]);
	refused = cairn_pci_root_remap(r);
	(void)refused; /* nothing decodes after reset */
}

static enum cairn_io read_func(struct cairn_pci_func *f, uint32_t off, uint32_t len,
			       uint64_t *ret_value)
{
	uint32_t v;
	enum cairn_io io;

	if (!f)
		return CAIRN_IO_DONE; /* the bus has all ones in *ret_value */
	io = cairn_pci_func_read(f, off, len, &v);
	*ret_value = v;
	return io;
}

/* The function an ECAM offset is in, or NULL. */
static struct cairn_pci_func *ecam_func(const struct cairn_pci_root *r, uint64_t off)
{
	return off >> BUS_SHIFT ? NULL : r->funcs[off >> FUNC_SHIFT];
}

static enum cairn_io ecam_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	*ret_value = UINT64_MAX;
	return read_func(ecam_func(ctx, off), off & ((1u << FUNC_SHIFT) - 1), len, ret_value);
}

static enum cairn_io ecam_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_pci_func *f = ecam_func(ctx, off);

	if (!f)
		return CAIRN_IO_DONE;
	return cairn_pci_func_write(f, off & ((1u << FUNC_SHIFT) - 1), len, (uint32_t)value);
}

const struct cairn_bus_ops cairn_pci_root_ecam_ops = { .read = ecam_read, .write = ecam_write };

/* The function that 0xcf8 selects, or NULL, and the register at data port 4 + byte. */
static struct cairn_pci_func *selected(const struct cairn_pci_root *r, uint64_t off,
				       uint32_t *ret_reg)
{
	*ret_reg = (r->address & 0xfc) + (uint32_t)(off - PORT_DATA);
	if (!(r->address & ADDRESS_ENABLE) || (r->address >> 16 & 0xff))
		return NULL;
	return r->funcs[r->address >> 8 & 0xff];
}

static enum cairn_io port_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct cairn_pci_root *r = ctx;
	struct cairn_pci_func *f;
	uint32_t reg;

	if (off >= PORT_DATA) {
		f = selected(r, off, &reg);
		*ret_value = UINT64_MAX;
		return read_func(f, reg, len, ret_value);
	}
	if (off == 0 && len == 4) {
		*ret_value = r->address;
		return CAIRN_IO_DONE;
	}
	if (off == PORT_CF9 && len == 1 && r->cf9)
		return r->cf9->read(r->cf9_ctx, 0, 1, ret_value);
	return CAIRN_IO_BAD;
}

static enum cairn_io port_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_pci_root *r = ctx;
	struct cairn_pci_func *f;
	uint32_t reg;

	if (off >= PORT_DATA) {
		f = selected(r, off, &reg);
		return f ? cairn_pci_func_write(f, reg, len, (uint32_t)value) : CAIRN_IO_DONE;
	}
	if (off == 0 && len == 4) {
		r->address = (uint32_t)value & ADDRESS_BITS;
		return CAIRN_IO_DONE;
	}
	if (off == PORT_CF9 && len == 1 && r->cf9)
		return r->cf9->write(r->cf9_ctx, 0, 1, value);
	return CAIRN_IO_BAD;
}

const struct cairn_bus_ops cairn_pci_root_port_ops = { .read = port_read, .write = port_write };
