/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * acpi.c - ACPI tables, for a machine that is told of by them and not by a device tree, and what
 * leads Linux to them: it looks for the RSDP in UEFI's configuration tables only, so there is a
 * system table with nothing behind it but these, as if firmware had left (UEFI 2.10, 4.3, 4.6;
 * Linux, Documentation/arch/arm/uefi.rst). No runtime service exists, and one of the tables says
 * so.
 */
#include <stdlib.h>
#include <string.h>

#include <cairn/acpi_arm64.h>
#include <cairn/hv_aarch64.h>
#include <cairn/pci_root.h>

#include "arch.h"
#include "devices.h"
#include "layout.h"
#include "platform.h"

enum {
	SYSTEM_TABLE_LEN = 120,
	UEFI_REVISION = 2 << 16 | 100, /* 2.10 */
	N_CONFIG_TABLES = 3,

	MEMORY_CONVENTIONAL = 7, /* types and attributes of memory (7.2.3) */
	MEMORY_ACPI_RECLAIM = 9,
	MEMORY_WB = 8,
	DESCRIPTOR_VERSION = 1,
};

/* Where things are in the area; the tables of ACPI have what is left. */
enum {
	SYSTEM_TABLE = 0,
	CONFIG_TABLES = 0x100,
	MEMORY_MAP = 0x200,
	VENDOR = 0x300,
	RUNTIME_PROPERTIES = 0x400,
	MEMORY_RESERVATIONS = 0x480,
	ACPI_TABLES = 0x1000,
};

/* As in memory: the first three fields are little-endian. */
static const uint8_t acpi_guid[] = { 0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11,
				     0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 };
static const uint8_t runtime_guid[] = { 0x8a, 0x91, 0x66, 0xeb, 0xef, 0x7e, 0x2a, 0x40,
					0x84, 0x2e, 0x93, 0x1d, 0x21, 0xc3, 0x8a, 0xe9 };
/* Linux's own: a list of what it wants kept over kexec, empty; without it the GIC's driver warns.
 */
static const uint8_t reservations_guid[] = { 0xc6, 0xb0, 0x8e, 0x88, 0xde, 0x8e, 0xf5, 0x4f,
					     0xa8, 0xf0, 0x9a, 0xee, 0x5c, 0xb9, 0x77, 0xc2 };

static uint64_t area_at(const struct machine *m)
{
	return LAYOUT_RAM_AT + m->options->memory_bytes - LAYOUT_TABLES_LEN;
}

static size_t list_mmio(const struct machine *m, struct cairn_acpi_mmio *list)
{
	size_t n = devices_n_mmio(m);

	for (size_t i = 0; i < n; i++) {
		uint32_t line = 0;

		list[i] = (struct cairn_acpi_mmio){ .len = (uint32_t)LAYOUT_MMIO_STEP };
		if (arch_mmio_slot(i, &list[i].base, &line))
			list[i].line =
			    (struct cairn_acpi_line){ .gsi = line + CAIRN_HV_ARM64_FIRST_SPI,
						      .edge = true };
	}
	return n;
}

static struct cairn_acpi_pci describe_pci(struct machine *m)
{
	const struct arch_pci at = arch_pci(m);
	struct cairn_acpi_pci pci = {
		.ecam = at.ecam,
		.mem32 = { at.mem32.base, at.mem32.len },
		.mem64 = { at.mem64.base, at.mem64.len },
		.has_intx = true,
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(pci.intx); i++)
		pci.intx[i] = at.intx[i] + CAIRN_HV_ARM64_FIRST_SPI;
	return pci;
}

static int write_acpi(struct machine *m, struct cairn_writer *w, struct cairn_err *err)
{
	const struct cairn_acpi_uart uart = {
		.kind = m->options->arch.serial == SERIAL_PL011 ? CAIRN_ACPI_UART_PL011
								: CAIRN_ACPI_UART_16550,
		.base = LAYOUT_SERIAL_AT,
		.line = { .gsi = LAYOUT_SERIAL_LINE + CAIRN_HV_ARM64_FIRST_SPI },
	};
	const struct cairn_acpi_window redists = {
		LAYOUT_GICR_AT, (uint64_t)CAIRN_HV_ARM64_GICR_LEN * m->options->cpus
	};
	const struct cairn_acpi_pci pci = describe_pci(m);
	bool is_v2 = cairn_hv_cap(m->vm, CAIRN_HV_GIC) == 2;
	struct cairn_acpi_arm64_cpu cpus[MAX_CPUS] = { { 0 } };
	struct cairn_acpi_mmio mmio[LAYOUT_MMIO_MAX];
	const struct cairn_acpi_arm64_config c = {
		.cpus = cpus,
		.n_cpus = m->options->cpus,
		.cluster_cpus = CLUSTER_CPUS,
		.caches = caches_for_acpi(m),
		.gic = { .version = is_v2 ? 2 : 3,
			 .dist = LAYOUT_GICD_AT,
			 .redists = is_v2 ? NULL : &redists,
			 .n_redists = is_v2 ? 0 : 1,
			 .its = cairn_hv_cap(m->vm, CAIRN_HV_ITS) ? LAYOUT_ITS_AT : 0,
			 .cpu_interface = is_v2 ? LAYOUT_GICC_AT : 0 },
		.timers = { .secure = { .gsi = CAIRN_HV_ARM64_PTIMER_S_INTID },
			    .physical = { .gsi = CAIRN_HV_ARM64_PTIMER_INTID },
			    .virt = { .gsi = CAIRN_HV_ARM64_VTIMER_INTID },
			    .hypervisor = { .gsi = CAIRN_HV_ARM64_TIMER_H_INTID } },
		.pmu = m->options->arch.pmu ? CAIRN_HV_ARM64_PMU_INTID : 0,
		.pci = m->options->transport == TRANSPORT_PCI ? &pci : NULL,
		.mmio = mmio,
		.n_mmio = (uint32_t)list_mmio(m, mmio),
		.uarts = &uart,
		.n_uarts = 1,
		.ged_at = LAYOUT_GED_AT,
		.ged_line = { .gsi = LAYOUT_GPIO_LINE + CAIRN_HV_ARM64_FIRST_SPI },
	};

	for (uint32_t i = 0; i < m->options->cpus; i++)
		cpus[i].mpidr = cairn_hv_arm64_mpidr(i);
	return cairn_acpi_arm64_write(w, cairn_gpa_of(area_at(m) + ACPI_TABLES), &c, err);
}

static void put(uint8_t *area, size_t at, size_t len, uint64_t value)
{
	cairn_le_store(area + at, len, value);
}

static void put_config_table(uint8_t *area, size_t i, const uint8_t guid[16], uint64_t at)
{
	memcpy(area + CONFIG_TABLES + i * 24, guid, 16);
	put(area, CONFIG_TABLES + i * 24 + 16, 8, at);
}

static void put_memory(uint8_t *area, size_t i, uint32_t type, uint64_t from, uint64_t to)
{
	size_t at = MEMORY_MAP + i * EFI_DESCRIPTOR_LEN;

	put(area, at, 4, type);
	put(area, at + 8, 8, from);
	put(area, at + 24, 8, (to - from) / 4096);
	put(area, at + 32, 8, MEMORY_WB);
}

/* The system table, its configuration tables, and the map: RAM, and this area in it. */
static void write_efi(const struct machine *m, uint8_t *area)
{
	static const uint8_t vendor[] = { 'c', 0, 'a', 0, 'i', 0, 'r', 0, 'n', 0, 0, 0 };
	uint64_t at = area_at(m);

	memcpy(area + SYSTEM_TABLE, "IBI SYST", 8);
	put(area, SYSTEM_TABLE + 8, 4, UEFI_REVISION);
	put(area, SYSTEM_TABLE + 12, 4, SYSTEM_TABLE_LEN);
	put(area, SYSTEM_TABLE + 24, 8, at + VENDOR);
	put(area, SYSTEM_TABLE + 104, 8, N_CONFIG_TABLES);
	put(area, SYSTEM_TABLE + 112, 8, at + CONFIG_TABLES);
	put_config_table(area, 0, acpi_guid, at + ACPI_TABLES);
	put_config_table(area, 1, runtime_guid, at + RUNTIME_PROPERTIES);
	put_config_table(area, 2, reservations_guid, at + MEMORY_RESERVATIONS);
	put_memory(area, 0, MEMORY_CONVENTIONAL, LAYOUT_RAM_AT, at);
	put_memory(area, 1, MEMORY_ACPI_RECLAIM, at, at + LAYOUT_TABLES_LEN);
	memcpy(area + VENDOR, vendor, sizeof(vendor));
	put(area, RUNTIME_PROPERTIES, 2, 1);     /* version */
	put(area, RUNTIME_PROPERTIES + 2, 2, 8); /* length; the services behind it are none */
}

struct efi_handoff acpi_handoff(const struct machine *m)
{
	return (struct efi_handoff){ .system_table = area_at(m) + SYSTEM_TABLE,
				     .memory_map = area_at(m) + MEMORY_MAP,
				     .memory_map_len = 2 * EFI_DESCRIPTOR_LEN,
				     .descriptor_version = DESCRIPTOR_VERSION };
}

int acpi_write(struct machine *m, struct cairn_err *err)
{
	uint8_t *area = calloc(1, LAYOUT_TABLES_LEN);
	struct cairn_writer w;
	int r;

	if (!area)
		return cairn_err_set(err, ENOMEM, "out of memory", 0);
	write_efi(m, area);
	cairn_writer_init(&w, area + ACPI_TABLES, LAYOUT_TABLES_LEN - ACPI_TABLES);
	r = write_acpi(m, &w, err);
	if (!r && !cairn_writer_is_whole(&w))
		r = cairn_err_set(err, ENOSPC, "the ACPI tables are too large", w.need);
	if (!r && cairn_mem_write(cairn_memview_mem(m->view), cairn_gpa_of(area_at(m)), area,
				  LAYOUT_TABLES_LEN))
		r = cairn_err_set(err, EFAULT, "no memory for the ACPI tables", area_at(m));
	free(area);
	return r;
}
