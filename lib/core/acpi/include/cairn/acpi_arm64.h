/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * acpi_arm64.h - ACPI tables for an arm64 machine with a GIC, the generic timer and PSCI.
 *
 * One call writes RSDP, DSDT, FADT, MADT, GTDT, PPTT, MCFG and IORT (where there is PCI, and an
 * ITS), SPCR and DBG2 (where there is a serial port) and XSDT one after the other, as they will lie
 * in guest memory. The RSDP is at the very start. Nothing here is read from the guest.
 *
 * Interrupts are named by their INTID: 16 to 31 are a processor's own (PPI), 32 to 1019 shared
 * (SPI). Power is PSCI's business, so there is no \_S5 and no sleep register.
 *
 * ACPI 6.5: 5.2.9.4 (ARM boot flags of the FADT), 5.2.12.14 to 5.2.12.18 (GIC structures of the
 * MADT), 5.2.25 (GTDT), 5.2.30 (PPTT), 8.4 (processors), the rest as acpi.h. Microsoft's
 * Serial Port Console Redirection table, revision 2, and Debug Port Table 2. Arm DEN0049D (IORT):
 * root complex node, ITS group node, ID mappings.
 */
#ifndef CAIRN_ACPI_ARM64_H
#define CAIRN_ACPI_ARM64_H

#include <cairn/acpi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_ACPI_MAX_REDISTS   32
#define CAIRN_ACPI_MAX_GIC2_CPUS 8

struct cairn_acpi_arm64_cpu {
	uint64_t mpidr;  /* affinity fields alone: bits 0 to 23 and 32 to 39 */
	uint64_t redist; /* its redistributor, where the GIC has no ranges of them; else 0 */
};

enum cairn_acpi_cache_kind {
	CAIRN_ACPI_CACHE_NONE,
	CAIRN_ACPI_CACHE_DATA,
	CAIRN_ACPI_CACHE_INSTRUCTIONS,
	CAIRN_ACPI_CACHE_UNIFIED,
};

struct cairn_acpi_cache { /* numbers that are 0 are not told */
	enum cairn_acpi_cache_kind kind;
	uint32_t size_bytes, sets;
	uint16_t line_bytes;
	uint8_t ways;
};

#define CAIRN_ACPI_SHARED_CACHES 6

struct cairn_acpi_caches {
	struct cairn_acpi_cache first[2]; /* of each processor */
	/* of each cluster, from level 2 on */
	struct cairn_acpi_cache shared[CAIRN_ACPI_SHARED_CACHES];
};

struct cairn_acpi_gic {
	uint8_t version;                         /* 2, 3 or 4 */
	uint64_t dist;                           /* distributor */
	const struct cairn_acpi_window *redists; /* version 3 on: ranges of redistributors */
	uint32_t n_redists;                      /* 0: each processor names its own */
	uint64_t its;                            /* version 3 on; 0: no ITS */
	uint64_t cpu_interface;                  /* version 2 */
	uint64_t virtual_cpu, hypervisor; /* GICV and GICH, for a guest with guests; 0: none */
	uint32_t maintenance;             /* PPI, likewise */
};

/* PPIs of the generic timer. gsi 0: there is none; physical and virtual there must be. */
struct cairn_acpi_timers {
	struct cairn_acpi_line secure, physical, virt, hypervisor, hypervisor_virt;
};

enum cairn_acpi_uart_kind {
	CAIRN_ACPI_UART_PL011, /* 4 KiB of registers of 32 bits */
	CAIRN_ACPI_UART_16550, /* eight registers of a byte */
};

struct cairn_acpi_uart {
	enum cairn_acpi_uart_kind kind;
	uint64_t base;
	struct cairn_acpi_line line; /* SPI */
};

struct cairn_acpi_arm64_config {
	const struct cairn_acpi_arm64_cpu *cpus; /* n_cpus of them, boot processor first */
	uint32_t n_cpus; /* 1 to CAIRN_ACPI_MAX_CPUS; GIC version 2: CAIRN_ACPI_MAX_GIC2_CPUS */

	uint32_t cluster_cpus; /* so many, in their order, are a cluster; 0: all */
	struct cairn_acpi_caches caches;

	struct cairn_acpi_gic gic;
	struct cairn_acpi_timers timers;
	uint32_t pmu;     /* PPI of the performance monitors; 0: none */
	bool psci_by_smc; /* else by HVC */

	const struct cairn_acpi_pci *pci; /* NULL: no PCI; INTx arrive at SPIs */
	const struct cairn_acpi_mmio *mmio;
	uint32_t n_mmio;                     /* at most CAIRN_ACPI_MAX_MMIO */
	const struct cairn_acpi_uart *uarts; /* the first is the console */
	uint32_t n_uarts;                    /* at most CAIRN_ACPI_MAX_SERIALS */

	uint64_t ged_at; /* event register, as ged_port of an x86 machine; 0: no power button */
	struct cairn_acpi_line ged_line; /* SPI */
};

/* Appends all tables for this machine. As cairn_acpi_x86_write() in all else. */
CAIRN_MUST_USE int cairn_acpi_arm64_write(struct cairn_writer *w, cairn_gpa at,
					  const struct cairn_acpi_arm64_config *c,
					  struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
