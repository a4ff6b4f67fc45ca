/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A device tree: memory and what of it is taken, /chosen, and the devices that the firmware has
 * drivers for, in the order of the tree. Linux's Documentation/devicetree/bindings; EBBR 2.1, 3.4
 * (what becomes of reserved memory in the map).
 */
#include <cairn/math.h>
#include <fw/arch.h>

#include "handover.h"

#define CHOSEN   "/chosen"
#define CPUS     "/cpus"
#define RESERVED "/reserved-memory"

enum {
	/* The first cell of a PCI address (PCI bus binding to IEEE 1275, 2.2.1.1). */
	SPACE_SHIFT = 24,
	SPACE_MASK = 3,
	SPACE_MEM32 = 2,
	SPACE_MEM64 = 3,
	ECAM_BUS_BYTES = 1 << 20,
	VIRTIO_MMIO_BYTES = 0x100, /* virtio 1.2, 4.2.2: the registers that all have */
};

int fw_handover_ram_(struct fw_platform *p, uint64_t at, uint64_t len, uint32_t type,
		     struct cairn_err *err)
{
	uint64_t attrs = type == FW_MEM_RESERVED ? 0 : FW_MEM_ATTR_WB;

	if (fw_memory_describe(&p->memory, at, len, type, attrs) < 0)
		return cairn_err_set(err, ENOSPC, "the memory map has too many entries", at);
	return 0;
}

static int read_reg(struct fw_platform *p, const struct cairn_fdt_node *n, uint32_t type,
		    struct cairn_err *err)
{
	struct cairn_fdt_reader_range range;
	int r = 0;

	for (uint32_t i = 0; r == 0 && cairn_fdt_reader_reg(n, i, &range); i++)
		r = fw_handover_ram_(p, range.at, range.len, type, err);
	return r;
}

static int read_reservations(struct fw_platform *p, const struct cairn_fdt_reader *tree,
			     struct cairn_err *err)
{
	struct cairn_fdt_reader_range range;
	int r = 0;

	for (uint32_t i = 0; r == 0 && cairn_fdt_reader_reservation(tree, i, &range); i++)
		r = fw_handover_ram_(p, range.at, range.len, FW_MEM_BOOT_DATA, err);
	return r;
}

/* A kernel gets memory back that it may map; what it may not is nobody's. */
static int read_reserved_memory(struct fw_platform *p, const struct cairn_fdt_node *top,
				struct cairn_err *err)
{
	struct cairn_fdt_node n = *top;
	uint32_t len;
	int r = 0;

	while (r == 0 && cairn_fdt_reader_next_in(&n, top)) {
		bool is_hidden = cairn_fdt_reader_prop(&n, "no-map", &len) != NULL;

		if (n.depth == top->depth + 1 && cairn_fdt_reader_is_enabled(&n))
			r = read_reg(p, &n, is_hidden ? FW_MEM_RESERVED : FW_MEM_BOOT_DATA, err);
	}
	return r;
}

static int read_memory(struct fw_platform *p, const struct cairn_fdt_reader *tree,
		       struct cairn_err *err)
{
	struct cairn_fdt_node n = cairn_fdt_reader_root(tree), reserved;
	int r = read_reservations(p, tree, err);

	if (r == 0 && cairn_fdt_reader_find(tree, RESERVED, sizeof(RESERVED) - 1, &reserved))
		r = read_reserved_memory(p, &reserved, err);
	while (r == 0 && cairn_fdt_reader_next(&n))
		if (cairn_fdt_reader_says(&n, "device_type", "memory") &&
		    cairn_fdt_reader_is_enabled(&n))
			r = read_reg(p, &n, FW_MEM_FREE, err);
	return r;
}

static int read_initrd(struct fw_platform *p, const struct cairn_fdt_node *chosen,
		       struct cairn_err *err)
{
	uint64_t at, end;

	if (!cairn_fdt_reader_number(chosen, "linux,initrd-start", &at) ||
	    !cairn_fdt_reader_number(chosen, "linux,initrd-end", &end) || end <= at)
		return 0;
	return fw_handover_initrd_(p, at, end - at, err);
}

static void read_cmdline(struct fw_platform *p, const struct cairn_fdt_node *chosen)
{
	const char *text = cairn_fdt_reader_string(chosen, "bootargs");
	size_t n = 0;

	for (; text && text[n] && n + 1 < sizeof(p->cmdline); n++)
		p->cmdline[n] = text[n];
	p->cmdline[n] = '\0';
}

static bool read_pl011(struct fw_platform *p, const struct cairn_fdt_node *n)
{
	struct cairn_fdt_reader_range range;

	if (!cairn_fdt_reader_is(n, "arm,pl011") || !cairn_fdt_reader_reg(n, 0, &range))
		return false;
	p->uart = FW_UART_PL011;
	p->uart_at = range.at;
	return true;
}

/* serial/8250.yaml: registers are `reg-shift` apart. */
static bool read_16550(struct fw_platform *p, const struct cairn_fdt_node *n)
{
	struct cairn_fdt_reader_range range;
	uint64_t shift = 0;

	if ((!cairn_fdt_reader_is(n, "ns16550a") && !cairn_fdt_reader_is(n, "ns16550")) ||
	    !cairn_fdt_reader_reg(n, 0, &range))
		return false;
	if (cairn_fdt_reader_number(n, "reg-shift", &shift) && shift > 2)
		return false;
	p->uart = FW_UART_16550_MMIO;
	p->uart_at = range.at;
	p->uart_stride = UINT32_C(1) << shift;
	return true;
}

static bool read_uart(struct fw_platform *p, const struct cairn_fdt_node *n)
{
	return read_pl011(p, n) || read_16550(p, n);
}

/* "path:options" (3.6) */
static void read_stdout(struct fw_platform *p, const struct cairn_fdt_node *chosen)
{
	const char *path = cairn_fdt_reader_string(chosen, "stdout-path");
	struct cairn_fdt_node n;
	size_t len = 0;

	while (path && path[len] && path[len] != ':')
		len++;
	if (path && cairn_fdt_reader_find(chosen->tree, path, len, &n))
		(void)read_uart(p, &n);
}

static int read_chosen(struct fw_platform *p, const struct cairn_fdt_reader *tree,
		       struct cairn_err *err)
{
	struct cairn_fdt_node n;
	int r;

	if (!cairn_fdt_reader_find(tree, CHOSEN, sizeof(CHOSEN) - 1, &n))
		return 0;
	read_cmdline(p, &n);
	read_stdout(p, &n);
	r = read_initrd(p, &n, err);
	return r < 0 ? r : fw_handover_efi_(p, &n, err);
}

/* Windows that are the same on the bus and for the processor: drivers know one address of a BAR. */
static void read_windows(struct fw_ecam *e, const struct cairn_fdt_node *n)
{
	struct cairn_fdt_reader_window w;

	for (uint32_t i = 0; cairn_fdt_reader_window(n, i, &w); i++) {
		uint32_t space = w.space >> SPACE_SHIFT & SPACE_MASK;

		if (w.from != w.at)
			continue;
		if (space == SPACE_MEM32 && !e->mem32.len) {
			e->mem32.at = w.at;
			e->mem32.len = w.len;
		} else if (space == SPACE_MEM64 && !e->mem64.len) {
			e->mem64.at = w.at;
			e->mem64.len = w.len;
		}
	}
}

/* pci/host-generic-pci.yaml: `reg` is of the buses of `bus-range`, or of as many as it holds. */
static void read_pci(struct fw_platform *p, const struct cairn_fdt_node *n)
{
	uint64_t buses = UINT8_MAX, segment = 0, first, last;
	struct cairn_fdt_reader_range range;
	struct fw_ecam e = { 0 };

	if (p->n_ecam == FW_ECAM_MAX || !cairn_fdt_reader_reg(n, 0, &range))
		return;
	(void)cairn_fdt_reader_number(n, "bus-range", &buses);
	(void)cairn_fdt_reader_number(n, "linux,pci-domain", &segment);
	first = buses >> 32;
	last = cairn_min_u64(buses & UINT32_MAX, UINT8_MAX);
	if (first > last || range.len < ECAM_BUS_BYTES)
		return;
	e.at = range.at;
	e.segment = (uint16_t)segment;
	e.first_bus = (uint8_t)first;
	e.last_bus = (uint8_t)cairn_min_u64(last, first + range.len / ECAM_BUS_BYTES - 1);
	read_windows(&e, n);
	p->ecam[p->n_ecam++] = e;
}

static void read_rtc(struct fw_platform *p, const struct cairn_fdt_node *n)
{
	struct cairn_fdt_reader_range range;

	if (!p->rtc_at && cairn_fdt_reader_reg(n, 0, &range))
		p->rtc_at = range.at;
}

static void read_mmio(struct fw_platform *p, const struct cairn_fdt_node *n)
{
	struct cairn_fdt_reader_range range;

	if (cairn_fdt_reader_reg(n, 0, &range) && range.len >= VIRTIO_MMIO_BYTES)
		fw_handover_mmio_(p, range.at, 0);
}

/* mtd/mtd-physmap.yaml: a range for each bank. */
static void read_flash(struct fw_platform *p, const struct cairn_fdt_node *n)
{
	struct cairn_fdt_reader_range range;

	for (uint32_t i = 0; p->n_flash < FW_FLASH_MAX && cairn_fdt_reader_reg(n, i, &range); i++) {
		p->flash[p->n_flash].at = range.at;
		p->flash[p->n_flash++].len = range.len;
	}
}

static void read_device(struct fw_platform *p, const struct cairn_fdt_node *n)
{
	if (!cairn_fdt_reader_is_enabled(n))
		return;
	if (cairn_fdt_reader_is(n, "virtio,mmio"))
		read_mmio(p, n);
	else if (cairn_fdt_reader_is(n, "pci-host-ecam-generic"))
		read_pci(p, n);
	else if (cairn_fdt_reader_is(n, "arm,pl031"))
		read_rtc(p, n);
	else if (cairn_fdt_reader_is(n, "cfi-flash"))
		read_flash(p, n);
	else if (cairn_fdt_reader_is(n, "arm,psci-0.2"))
		p->psci_smc = cairn_fdt_reader_says(n, "method", "smc");
	else if (p->uart == FW_UART_NONE)
		(void)read_uart(p, n);
}

/* Of the counter that riscv64 has (riscv/cpus.yaml). */
static void read_timebase(struct fw_platform *p, const struct cairn_fdt_reader *tree)
{
	struct cairn_fdt_node n;

	if (cairn_fdt_reader_find(tree, CPUS, sizeof(CPUS) - 1, &n))
		(void)cairn_fdt_reader_number(&n, "timebase-frequency", &p->timebase_hz);
}

static int open_tree(struct fw_platform *p, uint64_t at, struct cairn_fdt_reader *ret_tree,
		     struct cairn_err *err)
{
	const uint8_t *bytes = fw_arch_view(at, CAIRN_FDT_READER_HEADER_BYTES);
	uint32_t len = bytes ? cairn_fdt_reader_len(bytes) : 0;
	int r;

	p->entered_by = "device tree";
	if (len > CAIRN_FDT_READER_BYTES_MAX)
		return cairn_err_set(err, ENOTSUP, "a device tree that is too large", len);
	if (len)
		bytes = fw_arch_view(at, len);
	if (!len || !bytes)
		return cairn_err_set(err, EPROTO, "entered without a device tree", at);
	r = cairn_fdt_reader_open(ret_tree, bytes, len, err);
	if (r < 0)
		return r;
	p->fdt.at = at;
	p->fdt.len = len;
	return fw_handover_ram_(p, at, len, FW_MEM_BOOT_DATA, err);
}

int fw_handover_fdt(struct fw_platform *p, uint64_t at, struct cairn_err *err)
{
	struct cairn_fdt_reader tree;
	struct cairn_fdt_node n;
	int r = open_tree(p, at, &tree, err);

	if (r < 0)
		return r;
	read_timebase(p, &tree);
	r = read_chosen(p, &tree, err);
	for (n = cairn_fdt_reader_root(&tree); cairn_fdt_reader_next(&n);)
		read_device(p, &n);
	return r < 0 ? r : read_memory(p, &tree, err);
}
