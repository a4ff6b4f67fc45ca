/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pci_walk.c - every function of every bus.
 *
 * A range's buses are walked as they are numbered; when a bridge turns up whose numbers cannot be
 * (nobody numbered it, or wrongly), all bridges of that range are numbered anew, depth first. A bus
 * is walked once, however bridges lie.
 */
#include <cairn/bits.h>
#include <cairn/math.h>

#include <fw/arch.h>

#include "pci_bars.h"
#include "pci_regs.h"

#define DEVICES   32u
#define FUNCTIONS 8u
#define DEPTH_MAX CAIRN_ARRAY_LEN(((struct fw_location *)0)->path)

struct walk {
	const struct fw_ecam *ecam; /* NULL: CF8 */
	uint8_t last_bus;
	uint64_t seen[CAIRN_BITS_WORDS(256)];
	bool renumber;
	bool is_misnumbered; /* found while not renumbering */
	uint8_t highest;     /* bus number given, while renumbering */
	struct fw_pci *functions;
	uint32_t n, cap;
};

static void scan_bus(struct walk *w, uint8_t bus, uint8_t last, const struct fw_location *way);

/* Nothing, or what does not look like a device: identity all ones or all zeroes. */
static bool is_absent(uint32_t id)
{
	return (id & 0xffff) == 0xffff || (id & 0xffff) == 0;
}

static void read_function(struct fw_pci *f, uint32_t id, uint8_t header)
{
	uint32_t class = fw_pci_config_read(f, PCI_CLASS, 4);

	f->vendor = (uint16_t)id;
	f->device = (uint16_t)(id >> 16);
	f->revision = (uint8_t) class;
	f->class_code = class >> 8;
	f->is_bridge = (header & ~PCI_HEADER_MANY) == PCI_HEADER_BRIDGE;
	f->command = (uint16_t)fw_pci_config_read(f, PCI_COMMAND, 2);
	if (!f->is_bridge) {
		uint32_t sub = fw_pci_config_read(f, PCI_SUB_ID, 4);

		f->sub_vendor = (uint16_t)sub;
		f->sub_device = (uint16_t)(sub >> 16);
	}
	if ((header & ~PCI_HEADER_MANY) <= PCI_HEADER_BRIDGE)
		fw_pci_read_bars_(f);
}

static void write_buses(const struct fw_pci *f, uint8_t secondary, uint8_t subordinate)
{
	uint32_t latency = fw_pci_config_read(f, PCI_BUSES, 4) & 0xff000000u;

	fw_pci_config_write(f, PCI_BUSES, 4,
			    latency | (uint32_t)subordinate << 16 | (uint32_t)secondary << 8 |
				f->bus);
}

static void scan_numbered(struct walk *w, const struct fw_pci *f, uint8_t last)
{
	uint32_t buses = fw_pci_config_read(f, PCI_BUSES, 4);
	uint8_t primary = (uint8_t)buses, secondary = (uint8_t)(buses >> 8);
	uint8_t subordinate = (uint8_t)(buses >> 16);

	if (primary != f->bus || secondary <= f->bus || subordinate < secondary ||
	    subordinate > last || cairn_bits_test(w->seen, secondary)) {
		w->is_misnumbered = true;
		return;
	}
	scan_bus(w, secondary, subordinate, &f->at);
}

static void scan_and_number(struct walk *w, const struct fw_pci *f)
{
	uint8_t secondary;

	if (w->highest == w->last_bus) {
		write_buses(f, 0, 0); /* no number is left: nothing behind it */
		return;
	}
	secondary = ++w->highest;
	write_buses(f, secondary, w->last_bus);
	scan_bus(w, secondary, w->last_bus, &f->at);
	write_buses(f, secondary, w->highest);
}

/* Returns false when there is no function. */
static bool scan_function(struct walk *w, struct fw_pci *at, uint8_t last)
{
	uint32_t id = fw_pci_config_read(at, PCI_ID, 4);
	uint8_t header;
	struct fw_pci *f;

	if (is_absent(id) || w->n == w->cap)
		return !is_absent(id);
	header = (uint8_t)fw_pci_config_read(at, PCI_HEADER, 1);
	f = &w->functions[w->n++];
	*f = *at;
	read_function(f, id, header);
	if (!f->is_bridge || f->at.path_len == DEPTH_MAX)
		return true;
	if (w->renumber)
		scan_and_number(w, f);
	else
		scan_numbered(w, f, last);
	return true;
}

static void scan_device(struct walk *w, struct fw_pci *at, uint8_t last)
{
	uint32_t n = 1;

	for (uint32_t fn = 0; fn < n && !w->is_misnumbered; fn++) {
		at->fn = (uint8_t)fn;
		at->at.path[at->at.path_len - 1].fn = (uint8_t)fn;
		if (!scan_function(w, at, last))
			continue;
		if (fn == 0 && fw_pci_config_read(at, PCI_HEADER, 1) & PCI_HEADER_MANY)
			n = FUNCTIONS;
	}
}

static void scan_bus(struct walk *w, uint8_t bus, uint8_t last, const struct fw_location *way)
{
	struct fw_pci at = {
		.ecam = w->ecam,
		.segment = w->ecam ? w->ecam->segment : 0,
		.bus = bus,
		.at = *way,
	};

	cairn_bits_set(w->seen, bus);
	if (w->ecam) {
		uint64_t offset = (uint64_t)(bus - w->ecam->first_bus) << 20;

		if (fw_arch_map_device(w->ecam->at + offset, UINT64_C(1) << 20) < 0)
			return;
	}
	at.at.path_len++;
	for (uint32_t dev = 0; dev < DEVICES && !w->is_misnumbered; dev++) {
		at.dev = (uint8_t)dev;
		at.at.path[at.at.path_len - 1].dev = (uint8_t)dev;
		scan_device(w, &at, last);
	}
}

/* Returns how many functions. */
static uint32_t scan_range(const struct fw_ecam *ecam, struct fw_pci *functions, uint32_t cap)
{
	uint8_t first = ecam ? ecam->first_bus : 0;
	struct walk w = {
		.ecam = ecam,
		.last_bus = ecam ? ecam->last_bus : 255,
		.highest = first,
		.functions = functions,
		.cap = cap,
	};
	struct fw_location root = { .bus = FW_BUS_PCI, .segment = ecam ? ecam->segment : 0 };

	scan_bus(&w, first, w.last_bus, &root);
	if (w.is_misnumbered) {
		w.is_misnumbered = false;
		w.renumber = true;
		w.n = 0;
		scan_bus(&w, first, w.last_bus, &root);
	}
	fw_pci_assign_(ecam, functions, w.n);
	return w.n;
}

static bool is_usable(const struct fw_ecam *e)
{
	uint64_t end;

	return e->at % 4096 == 0 && e->last_bus >= e->first_bus &&
	       cairn_add_u64(e->at, (uint64_t)(e->last_bus - e->first_bus + 1) << 20, &end);
}

uint32_t fw_pci_enumerate(const struct fw_platform *platform, struct fw_pci *ret_functions,
			  uint32_t cap)
{
	bool has_segment_0 = false;
	uint32_t n = 0;

	for (uint32_t i = 0; i < platform->n_ecam && i < FW_ECAM_MAX; i++) {
		const struct fw_ecam *e = &platform->ecam[i];

		if (!is_usable(e))
			continue;
		has_segment_0 = has_segment_0 || e->segment == 0;
		n += scan_range(e, ret_functions + n, cap - n);
	}
	if (platform->has_cf8 && !has_segment_0)
		n += scan_range(NULL, ret_functions + n, cap - n);
	return n;
}
