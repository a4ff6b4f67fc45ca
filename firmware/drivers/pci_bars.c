/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pci_bars.c - how long BARs are, and addresses for those that have none.
 *
 * Addresses are given upwards from behind the highest that somebody gave before, bridge after
 * bridge, so that what lies behind a bridge is one range of each kind and the bridge's windows are
 * that. Memory behind a bridge goes to the window below 4 GiB, but prefetchable BARs of 64 bits:
 * these alone may lie in a bridge's window above.
 */
#include "pci_bars.h"

#include <cairn/math.h>

#include "pci_regs.h"

#define BRIDGE_UNIT (UINT64_C(1) << 20)
#define WINDOW_BITS 0xfff0u

/* Writes all ones to a register and back. Returns the bits that the device keeps. */
static uint32_t probe(const struct fw_pci *f, uint32_t reg, uint32_t *ret_value)
{
	uint32_t kept;

	*ret_value = fw_pci_config_read(f, reg, 4);
	fw_pci_config_write(f, reg, 4, UINT32_MAX);
	kept = fw_pci_config_read(f, reg, 4);
	fw_pci_config_write(f, reg, 4, *ret_value);
	return kept;
}

static void read_port_bar(uint32_t value, uint32_t kept, struct fw_pci_bar *b)
{
	uint32_t mask = kept & 0xfffcu;

	b->is_port = true;
	b->at = value & 0xfffcu;
	b->len = mask & (~mask + 1);
}

/* Returns how many registers it takes. */
static uint32_t read_bar(const struct fw_pci *f, uint32_t i, uint32_t n, struct fw_pci_bar *b)
{
	uint32_t value, kept = probe(f, PCI_BAR + 4 * i, &value);
	uint32_t value_high = 0, kept_high = 0;
	uint64_t mask, end;

	if (kept & PCI_BAR_PORT) {
		read_port_bar(value, kept, b);
		return 1;
	}
	b->is_64 = (kept & PCI_BAR_TYPE) == PCI_BAR_TYPE_64 && i + 1 < n;
	b->is_prefetchable = kept & PCI_BAR_PREFETCH;
	if (b->is_64)
		kept_high = probe(f, PCI_BAR + 4 * (i + 1), &value_high);
	mask = (uint64_t)kept_high << 32 | (kept & ~UINT32_C(15));
	b->at = (uint64_t)value_high << 32 | (value & ~UINT32_C(15));
	b->len = mask & (~mask + 1);
	if (!cairn_add_u64(b->at, b->len, &end))
		b->len = 0;
	return b->is_64 ? 2 : 1;
}

void fw_pci_read_bars_(struct fw_pci *f)
{
	uint32_t n = f->is_bridge ? 2 : FW_PCI_BARS;

	fw_pci_config_write(f, PCI_COMMAND, 2,
			    f->command & ~(uint32_t)(PCI_COMMAND_PORT | PCI_COMMAND_MEMORY));
	for (uint32_t i = 0; i < n;)
		i += read_bar(f, i, n, &f->bars[i]);
	fw_pci_config_write(f, PCI_COMMAND, 2, f->command);
}

/* A window, and where the next address comes from. next > end: nothing is left. */
struct pool {
	uint64_t next, end;
};

struct assign {
	struct fw_pci *functions;
	uint32_t n;
	struct pool pools[2]; /* below 4 GiB, above */
	bool has_windows;
};

enum { LOW, HIGH };

static struct pool make_pool(uint64_t at, uint64_t len)
{
	uint64_t end;

	if (at == 0 || !cairn_add_u64(at, len, &end))
		return (struct pool){ 1, 1 };
	return (struct pool){ at, end };
}

static void raise(struct pool *p, uint64_t at, uint64_t end)
{
	if (at < p->end && end > p->next)
		p->next = end;
}

static uint64_t window_end(const struct fw_pci *f, uint32_t reg, uint32_t high_base,
			   uint32_t high_limit, uint64_t *ret_base)
{
	uint32_t w = fw_pci_config_read(f, reg, 4);
	bool wide = high_base && (w & 0xf) == 1;
	uint64_t base = (uint64_t)(w & WINDOW_BITS) << 16;
	uint64_t limit = (uint64_t)(w >> 16 & WINDOW_BITS) << 16;

	if (wide) {
		base |= (uint64_t)fw_pci_config_read(f, high_base, 4) << 32;
		limit |= (uint64_t)fw_pci_config_read(f, high_limit, 4) << 32;
	}
	*ret_base = base;
	return base == 0 || limit < base ? 0 : limit + BRIDGE_UNIT;
}

/* The bridge forwards something already. */
static bool is_open(const struct fw_pci *f)
{
	uint64_t base;

	return window_end(f, PCI_MEM_WINDOW, 0, 0, &base) ||
	       window_end(f, PCI_PREF_WINDOW, PCI_PREF_BASE_HIGH, PCI_PREF_LIMIT_HIGH, &base);
}

/* Nothing is given below what anybody has. */
static void skip_what_is_taken(struct assign *a, struct pool *p)
{
	for (uint32_t i = 0; i < a->n; i++) {
		const struct fw_pci *f = &a->functions[i];
		uint64_t base, end;

		for (uint32_t k = 0; k < FW_PCI_BARS; k++)
			if (f->bars[k].at && f->bars[k].len && !f->bars[k].is_port)
				raise(p, f->bars[k].at, f->bars[k].at + f->bars[k].len);
		if (!f->is_bridge)
			continue;
		end = window_end(f, PCI_MEM_WINDOW, 0, 0, &base);
		raise(p, base, end);
		end =
		    window_end(f, PCI_PREF_WINDOW, PCI_PREF_BASE_HIGH, PCI_PREF_LIMIT_HIGH, &base);
		raise(p, base, end);
	}
}

/* Returns 0 where nothing is left. */
static uint64_t take(struct pool *p, uint64_t len)
{
	uint64_t at;

	if (!cairn_align_up(p->next, len, &at) || at >= p->end || p->end - at < len)
		return 0;
	p->next = at + len;
	return at;
}

static void align_to_bridge(struct pool *p)
{
	if (!cairn_align_up(p->next, BRIDGE_UNIT, &p->next))
		p->next = p->end;
}

static void give(struct assign *a, struct fw_pci *f, uint32_t i, bool may_be_high)
{
	struct fw_pci_bar *b = &f->bars[i];
	uint64_t at = 0;

	if (b->len == 0 || b->at != 0)
		return;
	if (!b->is_port && b->is_64 && may_be_high)
		at = take(&a->pools[HIGH], b->len);
	if (!b->is_port && at == 0)
		at = take(&a->pools[LOW], b->len);
	if (at == 0) {
		b->len = 0;
		return;
	}
	b->at = at;
	fw_pci_config_write(f, PCI_BAR + 4 * i, 4, (uint32_t)at);
	if (b->is_64)
		fw_pci_config_write(f, PCI_BAR + 4 * (i + 1), 4, (uint32_t)(at >> 32));
}

/* How far the way to a function lets addresses through. */
struct way {
	bool is_root, is_shut, is_wide;
};

static void give_all(struct assign *a, struct fw_pci *f, struct way way)
{
	for (uint32_t i = 0; i < FW_PCI_BARS; i++) {
		struct fw_pci_bar *b = &f->bars[i];

		if (way.is_shut && b->at == 0)
			b->len = 0;
		give(a, f, i, way.is_root || (way.is_wide && b->is_prefetchable));
	}
}

static void open_window(const struct fw_pci *f, uint32_t reg, uint64_t from, uint64_t to)
{
	uint32_t base = 0xfff0, limit = 0; /* shut */

	if (to > from) {
		base = (uint32_t)(from >> 16) & WINDOW_BITS;
		limit = (uint32_t)((to - 1) >> 16) & WINDOW_BITS;
	}
	fw_pci_config_write(f, reg, 4, limit << 16 | base);
	if (reg != PCI_PREF_WINDOW)
		return;
	fw_pci_config_write(f, PCI_PREF_BASE_HIGH, 4, to > from ? (uint32_t)(from >> 32) : 0);
	fw_pci_config_write(f, PCI_PREF_LIMIT_HIGH, 4, to > from ? (uint32_t)((to - 1) >> 32) : 0);
}

static uint32_t assign_behind(struct assign *a, uint32_t i, struct way way);

/* Returns the first function that is not behind the bridge at i. */
static uint32_t assign_bridge(struct assign *a, uint32_t i, struct way way)
{
	struct fw_pci *f = &a->functions[i];
	uint64_t from[2];
	struct way behind = {
		.is_shut = way.is_shut || is_open(f),
		.is_wide = (way.is_root || way.is_wide) &&
			   (fw_pci_config_read(f, PCI_PREF_WINDOW, 2) & 0xf) == 1,
	};

	for (int k = LOW; k <= HIGH; k++) {
		align_to_bridge(&a->pools[k]);
		from[k] = a->pools[k].next;
	}
	i++;
	if (i < a->n && a->functions[i].at.path_len > f->at.path_len)
		i = assign_behind(a, i, behind);
	if (behind.is_shut || !a->has_windows)
		return i;
	for (int k = LOW; k <= HIGH; k++)
		align_to_bridge(&a->pools[k]);
	open_window(f, PCI_MEM_WINDOW, from[LOW], a->pools[LOW].next);
	open_window(f, PCI_PREF_WINDOW, from[HIGH], a->pools[HIGH].next);
	fw_pci_config_write(f, PCI_COMMAND, 2,
			    fw_pci_config_read(f, PCI_COMMAND, 2) | PCI_COMMAND_MEMORY |
				PCI_COMMAND_MASTER);
	return i;
}

/* The functions from i on that are as deep as it, or deeper. */
static uint32_t assign_behind(struct assign *a, uint32_t i, struct way way)
{
	uint8_t depth = i < a->n ? a->functions[i].at.path_len : 0;
	uint8_t bus = i < a->n ? a->functions[i].bus : 0;

	while (i < a->n && a->functions[i].at.path_len == depth && a->functions[i].bus == bus) {
		give_all(a, &a->functions[i], way);
		i = a->functions[i].is_bridge ? assign_bridge(a, i, way) : i + 1;
	}
	return i;
}

void fw_pci_assign_(const struct fw_ecam *ecam, struct fw_pci *functions, uint32_t n)
{
	struct assign a = {
		.functions = functions,
		.n = n,
		.pools = {
			make_pool(ecam ? ecam->mem32.at : 0, ecam ? ecam->mem32.len : 0),
			make_pool(ecam ? ecam->mem64.at : 0, ecam ? ecam->mem64.len : 0),
		},
	};

	a.has_windows = a.pools[LOW].next < a.pools[LOW].end;
	skip_what_is_taken(&a, &a.pools[LOW]);
	skip_what_is_taken(&a, &a.pools[HIGH]);
	assign_behind(&a, 0, (struct way){ .is_root = true });
}
