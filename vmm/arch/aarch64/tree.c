/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * tree.c - the device tree: what this machine is, as Linux's bindings want it told
 * (Documentation/devicetree/bindings).
 */
#include <stdio.h>

#include <cairn/hv_aarch64.h>
#include <cairn/pci_root.h>

#include "arch.h"
#include "devices.h"
#include "layout.h"
#include "platform.h"

enum {
	PHANDLE_GIC = 1,
	PHANDLE_ITS = 2,
	PHANDLE_CLOCK = 3,
	PHANDLE_GPIO = 4,
	PHANDLE_CACHE = 0x40, /* … + cluster * 8 + level */
	PHANDLE_CPU = 0x100,  /* … + vCPU */

	/* Interrupts as the GIC counts and signals them (arm,gic.yaml). */
	GIC_CELLS = 3,
	GIC_SPI = 0,
	GIC_PPI = 1,
	IRQ_EDGE = 1,
	IRQ_LEVEL = 4,

	FULL_CAPACITY = 1024,
	SECURE_BOOT_OFF = 2, /* enum efi_secureboot_mode */
	NS16550_CLOCK_HZ = 1843200,
	PRIMECELL_CLOCK_HZ = 24000000, /* what theirs usually is; nothing here ticks by it */
	KEY_POWER = 116,               /* include/uapi/linux/input-event-codes.h */
	GICD_V2_LEN = 0x1000,

	/* A PCI address (pci-bus-common.yaml): what it lies in, and device d of bus 0. */
	PCI_MEM32 = 0x02000000,
	PCI_MEM64 = 0x03000000,
	PCI_DEVICE_SHIFT = 11,
	PCI_WIRES = 4,
};

static uint32_t high(uint64_t v)
{
	return (uint32_t)(v >> 32);
}

static uint32_t low(uint64_t v)
{
	return (uint32_t)v;
}

static void reg(struct cairn_fdt *f, uint64_t base, uint64_t len)
{
	const struct cairn_fdt_range r = { base, len };

	cairn_fdt_reg(f, &r, 1);
}

static void interrupt(struct cairn_fdt *f, uint32_t line, uint32_t how)
{
	const uint32_t cells[GIC_CELLS] = { GIC_SPI, line, how };

	cairn_fdt_cells(f, "interrupts", cells, GIC_CELLS);
}

/* As Linux's EFI stub leaves it (Documentation/arch/arm/uefi.rst). */
static void write_efi(const struct machine *m, struct cairn_fdt *f)
{
	struct efi_handoff efi = acpi_handoff(m);

	cairn_fdt_u64(f, "linux,uefi-system-table", efi.system_table);
	cairn_fdt_u64(f, "linux,uefi-mmap-start", efi.memory_map);
	cairn_fdt_u32(f, "linux,uefi-mmap-size", efi.memory_map_len);
	cairn_fdt_u32(f, "linux,uefi-mmap-desc-size", EFI_DESCRIPTOR_LEN);
	cairn_fdt_u32(f, "linux,uefi-mmap-desc-ver", efi.descriptor_version);
	/* Debian's kernels do without UEFI where this is not told. */
	cairn_fdt_u32(f, "linux,uefi-secure-boot", SECURE_BOOT_OFF);
}

static void write_chosen(const struct machine *m, const struct tree_boot *b, struct cairn_fdt *f)
{
	char console[32];

	snprintf(console, sizeof(console), "/serial@%llx", (unsigned long long)LAYOUT_SERIAL_AT);
	cairn_fdt_begin(f, "chosen");
	cairn_fdt_string(f, "bootargs", b->cmdline);
	if (m->options->arch.acpi)
		write_efi(m, f);
	else
		cairn_fdt_string(f, "stdout-path", console);
	cairn_fdt_bytes(f, "rng-seed", b->rng_seed, sizeof(b->rng_seed));
	cairn_fdt_u64(f, "kaslr-seed", b->kaslr_seed);
	if (b->initrd.len) {
		cairn_fdt_u64(f, "linux,initrd-start", b->initrd.at);
		cairn_fdt_u64(f, "linux,initrd-end", b->initrd.at + b->initrd.len);
	}
	cairn_fdt_end(f);
}

static void write_memory(const struct machine *m, struct cairn_fdt *f)
{
	const struct cairn_mem *mem = cairn_memview_mem(m->view);

	for (uint32_t i = 0; i < mem->n_regions; i++) {
		cairn_fdt_begin_at(f, "memory", mem->regions[i].at.v);
		cairn_fdt_string(f, "device_type", "memory");
		reg(f, mem->regions[i].at.v, mem->regions[i].len_bytes);
		cairn_fdt_end(f);
	}
}

static void begin_numbered(struct cairn_fdt *f, const char *name, uint32_t number)
{
	char whole[CAIRN_FDT_MAX_NAME + 1];

	snprintf(whole, sizeof(whole), "%s%u", name, number);
	cairn_fdt_begin(f, whole);
}

/* prefix: "d-", "i-", or "" for both kinds. What is not known is not said. */
static void write_cache_numbers(struct cairn_fdt *f, const char *prefix, const struct host_cache *c)
{
	const struct {
		const char *name;
		uint32_t value;
	} numbers[] = { { "size", c->size_bytes },
			{ "line-size", c->line_bytes },
			{ "sets", c->sets } };
	char name[24];

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(numbers); i++) {
		snprintf(name, sizeof(name), "%scache-%s", prefix, numbers[i].name);
		if (numbers[i].value)
			cairn_fdt_u32(f, name, numbers[i].value);
	}
}

/* The first level is a processor's own (Devicetree Specification, 3.8.1). */
static void write_first_caches(const struct machine *m, struct cairn_fdt *f, uint64_t types)
{
	if (cache_type(types, 1) == CACHE_UNIFIED)
		cairn_fdt_flag(f, "cache-unified");
	write_cache_numbers(f, "", cache_numbers(m, types, 1, CACHE_UNIFIED));
	write_cache_numbers(f, "d-", cache_numbers(m, types, 1, CACHE_DATA));
	write_cache_numbers(f, "i-", cache_numbers(m, types, 1, CACHE_INSTRUCTIONS));
}

static void refer_to_cache(struct cairn_fdt *f, uint64_t types, uint32_t cluster, unsigned level)
{
	if (cache_type(types, level))
		cairn_fdt_u32(f, "next-level-cache", PHANDLE_CACHE + cluster * 8 + level);
}

static void write_cpu(const struct machine *m, struct cairn_fdt *f, uint32_t id, uint64_t types)
{
	cairn_fdt_begin_at(f, "cpu", cairn_hv_arm64_mpidr(id));
	cairn_fdt_string(f, "device_type", "cpu");
	cairn_fdt_string(f, "compatible", "arm,armv8");
	reg(f, cairn_hv_arm64_mpidr(id), 0);
	cairn_fdt_string(f, "enable-method", "psci");
	cairn_fdt_u32(f, "capacity-dmips-mhz", FULL_CAPACITY);
	write_first_caches(m, f, types);
	refer_to_cache(f, types, id / CLUSTER_CPUS, 2);
	cairn_fdt_phandle(f, PHANDLE_CPU + id);
	cairn_fdt_end(f);
}

/* Caches but the first are the cluster's. */
static void write_caches(const struct machine *m, struct cairn_fdt *f, uint32_t cluster,
			 uint64_t types)
{
	char name[12];

	for (unsigned level = 2; cache_type(types, level); level++) {
		snprintf(name, sizeof(name), "l%u-cache", level);
		begin_numbered(f, name, cluster);
		cairn_fdt_string(f, "compatible", "cache");
		cairn_fdt_u32(f, "cache-level", level);
		if (cache_type(types, level) == CACHE_UNIFIED)
			cairn_fdt_flag(f, "cache-unified");
		write_cache_numbers(f, "", cache_numbers(m, types, level, CACHE_UNIFIED));
		refer_to_cache(f, types, cluster, level + 1);
		cairn_fdt_phandle(f, PHANDLE_CACHE + cluster * 8 + level);
		cairn_fdt_end(f);
	}
}

static void write_cluster(struct cairn_fdt *f, uint32_t cluster, uint32_t n_cpus)
{
	begin_numbered(f, "cluster", cluster);
	for (uint32_t i = 0; i < CLUSTER_CPUS && cluster * CLUSTER_CPUS + i < n_cpus; i++) {
		begin_numbered(f, "core", i);
		cairn_fdt_u32(f, "cpu", PHANDLE_CPU + cluster * CLUSTER_CPUS + i);
		cairn_fdt_end(f);
	}
	cairn_fdt_end(f);
}

static void write_cpus(struct machine *m, struct cairn_fdt *f)
{
	uint32_t n = m->options->cpus;
	uint64_t types = cache_types(m);
	uint32_t n_clusters = (n + CLUSTER_CPUS - 1) / CLUSTER_CPUS;

	cairn_fdt_begin(f, "cpus");
	cairn_fdt_child_cells(f, 1, 0);
	for (uint32_t i = 0; i < n; i++)
		write_cpu(m, f, i, types);
	for (uint32_t i = 0; i < n_clusters; i++)
		write_caches(m, f, i, types);
	cairn_fdt_begin(f, "cpu-map");
	for (uint32_t i = 0; i < n_clusters; i++)
		write_cluster(f, i, n);
	cairn_fdt_end(f);
	cairn_fdt_end(f);
}

static void write_psci(struct cairn_fdt *f)
{
	static const char *const compatible[] = { "arm,psci-1.0", "arm,psci-0.2" };

	cairn_fdt_begin(f, "psci");
	cairn_fdt_strings(f, "compatible", compatible, CAIRN_ARRAY_LEN(compatible));
	cairn_fdt_string(f, "method", "hvc");
	cairn_fdt_end(f);
}

/* The cells of a private interrupt. A GICv2 wants to be told which processors get it: all. */
static void put_ppi(const struct machine *m, uint32_t intid, uint32_t cells[GIC_CELLS])
{
	bool is_v2 = cairn_hv_cap(m->vm, CAIRN_HV_GIC) == 2;
	uint32_t who = is_v2 ? ((1u << m->options->cpus % 32) - 1) << 8 : 0; /* it has 8 at most */

	cells[0] = GIC_PPI;
	cells[1] = intid - CAIRN_HV_ARM64_FIRST_PPI;
	cells[2] = IRQ_LEVEL | who;
}

static void write_timer(const struct machine *m, struct cairn_fdt *f)
{
	static const uint32_t ids[] = { CAIRN_HV_ARM64_PTIMER_S_INTID, CAIRN_HV_ARM64_PTIMER_INTID,
					CAIRN_HV_ARM64_VTIMER_INTID, CAIRN_HV_ARM64_TIMER_H_INTID };
	uint32_t cells[CAIRN_ARRAY_LEN(ids)][GIC_CELLS];

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(ids); i++)
		put_ppi(m, ids[i], cells[i]);
	cairn_fdt_begin(f, "timer");
	cairn_fdt_string(f, "compatible", "arm,armv8-timer");
	cairn_fdt_cells(f, "interrupts", cells[0], CAIRN_ARRAY_LEN(cells) * GIC_CELLS);
	cairn_fdt_flag(f, "always-on");
	cairn_fdt_end(f);
}

static void write_pmu(const struct machine *m, struct cairn_fdt *f)
{
	uint32_t cells[GIC_CELLS];

	put_ppi(m, CAIRN_HV_ARM64_PMU_INTID, cells);
	cairn_fdt_begin(f, "pmu");
	cairn_fdt_string(f, "compatible", "arm,armv8-pmuv3");
	cairn_fdt_cells(f, "interrupts", cells, GIC_CELLS);
	cairn_fdt_end(f);
}

static void begin_gic(struct cairn_fdt *f, const char *compatible)
{
	cairn_fdt_begin_at(f, "interrupt-controller", LAYOUT_GICD_AT);
	cairn_fdt_string(f, "compatible", compatible);
	cairn_fdt_flag(f, "interrupt-controller");
	cairn_fdt_u32(f, "#interrupt-cells", GIC_CELLS);
	cairn_fdt_phandle(f, PHANDLE_GIC);
	cairn_fdt_child_cells(f, 2, 2);
	cairn_fdt_flag(f, "ranges");
}

static void write_gic_v2(struct cairn_fdt *f)
{
	static const struct cairn_fdt_range ranges[] = {
		{ LAYOUT_GICD_AT, GICD_V2_LEN }, { LAYOUT_GICC_AT, CAIRN_HV_ARM64_GICC_LEN }
	};

	begin_gic(f, "arm,cortex-a15-gic");
	cairn_fdt_reg(f, ranges, CAIRN_ARRAY_LEN(ranges));
	cairn_fdt_end(f);
}

static void write_gic_v3(const struct machine *m, struct cairn_fdt *f)
{
	const struct cairn_fdt_range ranges[] = {
		{ LAYOUT_GICD_AT, CAIRN_HV_ARM64_GICD_LEN },
		{ LAYOUT_GICR_AT, (uint64_t)CAIRN_HV_ARM64_GICR_LEN * m->options->cpus },
	};

	begin_gic(f, "arm,gic-v3");
	cairn_fdt_reg(f, ranges, CAIRN_ARRAY_LEN(ranges));
	if (cairn_hv_cap(m->vm, CAIRN_HV_ITS)) {
		cairn_fdt_begin_at(f, "msi-controller", LAYOUT_ITS_AT);
		cairn_fdt_string(f, "compatible", "arm,gic-v3-its");
		reg(f, LAYOUT_ITS_AT, CAIRN_HV_ARM64_ITS_LEN);
		cairn_fdt_flag(f, "msi-controller");
		cairn_fdt_u32(f, "#msi-cells", 1);
		cairn_fdt_phandle(f, PHANDLE_ITS);
		cairn_fdt_end(f);
	}
	cairn_fdt_end(f);
}

static void write_clock(struct cairn_fdt *f)
{
	cairn_fdt_begin(f, "apb-pclk");
	cairn_fdt_string(f, "compatible", "fixed-clock");
	cairn_fdt_u32(f, "#clock-cells", 0);
	cairn_fdt_u32(f, "clock-frequency", PRIMECELL_CLOCK_HZ);
	cairn_fdt_phandle(f, PHANDLE_CLOCK);
	cairn_fdt_end(f);
}

static void write_ns16550(struct cairn_fdt *f)
{
	cairn_fdt_begin_at(f, "serial", LAYOUT_SERIAL_AT);
	cairn_fdt_string(f, "compatible", "ns16550a");
	reg(f, LAYOUT_SERIAL_AT, CAIRN_SERIAL_LEN);
	interrupt(f, LAYOUT_SERIAL_LINE, IRQ_LEVEL);
	cairn_fdt_u32(f, "clock-frequency", NS16550_CLOCK_HZ);
	cairn_fdt_end(f);
}

/* What PrimeCells have in common (arm/primecell.yaml). The node stays open. */
static void begin_primecell(struct cairn_fdt *f, const char *name, const char *compatible,
			    uint64_t at, uint32_t line)
{
	const char *const kinds[] = { compatible, "arm,primecell" };

	cairn_fdt_begin_at(f, name, at);
	cairn_fdt_strings(f, "compatible", kinds, CAIRN_ARRAY_LEN(kinds));
	reg(f, at, CAIRN_PL011_LEN); /* the same of each */
	interrupt(f, line, IRQ_LEVEL);
}

static void write_pl011(struct cairn_fdt *f)
{
	static const uint32_t clocks[] = { PHANDLE_CLOCK, PHANDLE_CLOCK };
	static const char *const names[] = { "uartclk", "apb_pclk" };

	begin_primecell(f, "serial", "arm,pl011", LAYOUT_SERIAL_AT, LAYOUT_SERIAL_LINE);
	cairn_fdt_cells(f, "clocks", clocks, CAIRN_ARRAY_LEN(clocks));
	cairn_fdt_strings(f, "clock-names", names, CAIRN_ARRAY_LEN(names));
	cairn_fdt_end(f);
}

static void write_rtc(struct cairn_fdt *f)
{
	begin_primecell(f, "rtc", "arm,pl031", LAYOUT_RTC_AT, LAYOUT_RTC_LINE);
	cairn_fdt_u32(f, "clocks", PHANDLE_CLOCK);
	cairn_fdt_string(f, "clock-names", "apb_pclk");
	cairn_fdt_end(f);
}

/* As the firmware's driver finds it, and Linux's (mtd/mtd-physmap.yaml). */
static void write_flash(const struct machine *m, struct cairn_fdt *f)
{
	uint32_t bytes = flash_file_bytes(&m->host->flash);

	if (!bytes)
		return;
	cairn_fdt_begin_at(f, "flash", LAYOUT_FLASH_AT);
	cairn_fdt_string(f, "compatible", "cfi-flash");
	reg(f, LAYOUT_FLASH_AT, bytes);
	cairn_fdt_u32(f, "bank-width", 1);
	cairn_fdt_end(f);
}

static void write_power_button(struct cairn_fdt *f)
{
	static const uint32_t pin[] = { PHANDLE_GPIO, LAYOUT_POWER_PIN, 0 };

	begin_primecell(f, "gpio", "arm,pl061", LAYOUT_GPIO_AT, LAYOUT_GPIO_LINE);
	cairn_fdt_u32(f, "clocks", PHANDLE_CLOCK);
	cairn_fdt_string(f, "clock-names", "apb_pclk");
	cairn_fdt_flag(f, "gpio-controller");
	cairn_fdt_u32(f, "#gpio-cells", 2);
	cairn_fdt_flag(f, "interrupt-controller");
	cairn_fdt_u32(f, "#interrupt-cells", 2);
	cairn_fdt_u32(f, "#address-cells", 0);
	cairn_fdt_phandle(f, PHANDLE_GPIO);
	cairn_fdt_end(f);

	cairn_fdt_begin(f, "gpio-keys");
	cairn_fdt_string(f, "compatible", "gpio-keys");
	cairn_fdt_begin(f, "key-power");
	cairn_fdt_string(f, "label", "power button");
	cairn_fdt_u32(f, "linux,code", KEY_POWER);
	cairn_fdt_cells(f, "gpios", pin, CAIRN_ARRAY_LEN(pin));
	cairn_fdt_end(f);
	cairn_fdt_end(f);
}

static void write_mmio(const struct machine *m, struct cairn_fdt *f)
{
	uint64_t at;
	uint32_t line;

	for (size_t i = 0; i < devices_n_mmio(m) && arch_mmio_slot(i, &at, &line); i++) {
		cairn_fdt_begin_at(f, "virtio", at);
		cairn_fdt_string(f, "compatible", "virtio,mmio");
		reg(f, at, LAYOUT_MMIO_STEP);
		interrupt(f, line, IRQ_EDGE);
		cairn_fdt_flag(f, "dma-coherent");
		cairn_fdt_end(f);
	}
}

/* Which line each pin of each device arrives at; every fourth device is wired the same. */
static void write_pci_wires(const struct arch_pci *pci, struct cairn_fdt *f)
{
	enum { ENTRY = 3 + 1 + 1 + 2 + GIC_CELLS };
	static const uint32_t mask[] = { (PCI_WIRES - 1) << PCI_DEVICE_SHIFT, 0, 0, 7 };
	uint32_t map[PCI_WIRES * PCI_WIRES][ENTRY];
	uint32_t n = 0;

	for (uint32_t device = 0; device < PCI_WIRES; device++)
		for (uint32_t pin = 0; pin < PCI_WIRES; pin++) {
			const uint32_t entry[ENTRY] = { device << PCI_DEVICE_SHIFT,
							0,
							0,
							pin + 1,
							PHANDLE_GIC,
							0,
							0,
							GIC_SPI,
							pci->intx[(device + pin) % PCI_WIRES],
							IRQ_LEVEL };

			memcpy(map[n++], entry, sizeof(entry));
		}
	cairn_fdt_u32(f, "#interrupt-cells", 1);
	cairn_fdt_cells(f, "interrupt-map-mask", mask, CAIRN_ARRAY_LEN(mask));
	cairn_fdt_cells(f, "interrupt-map", map[0], (size_t)n * ENTRY);
}

static void write_pci(struct machine *m, struct cairn_fdt *f)
{
	static const uint32_t bus[] = { 0, 0 };
	static const uint32_t msi_map[] = { 0, PHANDLE_ITS, 0, 0x10000 };
	const struct arch_pci pci = arch_pci(m);
	const struct cairn_pci_window *w = &pci.mem32, *w64 = &pci.mem64;
	const uint32_t ranges[] = {
		PCI_MEM32,       high(w->base),  low(w->base),   high(w->base),   low(w->base),
		high(w->len),    low(w->len),    PCI_MEM64,      high(w64->base), low(w64->base),
		high(w64->base), low(w64->base), high(w64->len), low(w64->len),
	};

	cairn_fdt_begin_at(f, "pcie", pci.ecam);
	cairn_fdt_string(f, "compatible", "pci-host-ecam-generic");
	cairn_fdt_string(f, "device_type", "pci");
	reg(f, pci.ecam, CAIRN_PCI_ECAM_LEN);
	cairn_fdt_cells(f, "bus-range", bus, CAIRN_ARRAY_LEN(bus));
	cairn_fdt_u32(f, "linux,pci-domain", 0);
	cairn_fdt_child_cells(f, 3, 2);
	cairn_fdt_cells(f, "ranges", ranges, CAIRN_ARRAY_LEN(ranges) / (w64->len ? 1 : 2));
	write_pci_wires(&pci, f);
	if (cairn_hv_cap(m->vm, CAIRN_HV_ITS))
		cairn_fdt_cells(f, "msi-map", msi_map, CAIRN_ARRAY_LEN(msi_map));
	cairn_fdt_flag(f, "dma-coherent");
	cairn_fdt_end(f);
}

static void write_machine(struct machine *m, struct cairn_fdt *f)
{
	write_memory(m, f);
	write_cpus(m, f);
	write_psci(f);
	write_timer(m, f);
	if (m->options->arch.pmu)
		write_pmu(m, f);
	if (cairn_hv_cap(m->vm, CAIRN_HV_GIC) == 2)
		write_gic_v2(f);
	else
		write_gic_v3(m, f);
	write_clock(f);
	if (m->options->arch.serial == SERIAL_PL011)
		write_pl011(f);
	else
		write_ns16550(f);
	write_rtc(f);
	write_power_button(f);
	write_flash(m, f);
	write_mmio(m, f);
	if (m->options->transport == TRANSPORT_PCI)
		write_pci(m, f);
}

/* Linux takes ACPI where nothing but what is chosen stands in the tree. */
void tree_write(struct machine *m, const struct tree_boot *boot, struct cairn_fdt *f)
{
	cairn_fdt_begin(f, "");
	cairn_fdt_string(f, "compatible", "linux,dummy-virt");
	cairn_fdt_string(f, "model", "cairn");
	cairn_fdt_child_cells(f, 2, 2);
	if (!m->options->arch.acpi)
		cairn_fdt_u32(f, "interrupt-parent", PHANDLE_GIC);
	write_chosen(m, boot, f);
	if (!m->options->arch.acpi)
		write_machine(m, f);
	cairn_fdt_end(f);
}
