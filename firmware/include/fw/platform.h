/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * platform.h - what the machine handed over at entry, whoever started it (PVH, the Linux boot
 * protocol, a device tree), in one form. Filled once by the entry code; hostile only as far as a
 * hypervisor is: ranges are checked, lengths are bounded.
 */
#ifndef FW_PLATFORM_H
#define FW_PLATFORM_H

#include <cairn/env.h>
#include <cairn/err.h>

#include <fw/memory.h>

#define FW_CMDLINE_MAX 4096u
#define FW_ECAM_MAX    4u
#define FW_MMIO_MAX    64u /* more are left out */
#define FW_FLASH_MAX   4u

struct fw_ecam {     /* PCI configuration space in memory: MCFG, or a device tree's node */
	uint64_t at; /* of first_bus */
	uint16_t segment;
	uint8_t first_bus, last_bus;
	/* Where BARs may be put that nobody gave an address; len 0: leave them alone. */
	struct {
		uint64_t at, len;
	} mem32, mem64;
};

struct fw_register { /* written with this value; at 0: there is none */
	uint64_t at;
	bool is_port;
	uint8_t width;
	uint16_t value;
};

enum fw_uart_kind { FW_UART_NONE, FW_UART_16550_PORT, FW_UART_16550_MMIO, FW_UART_PL011 };

struct fw_platform {
	const char *entered_by; /* "PVH", "Linux 64-bit", "device tree" */
	struct fw_memory memory;
	char cmdline[FW_CMDLINE_MAX]; /* "" if none */
	struct {
		uint64_t at, len;
	} initrd, fdt;                           /* len 0: none */
	uint64_t rsdp_at, smbios_at, smbios3_at; /* 0: none */
	struct fw_ecam ecam[FW_ECAM_MAX];
	uint32_t n_ecam;
	bool has_cf8;                   /* x86 */
	bool is_pc;                     /* x86: what has no table is where PCs have it */
	uint64_t mmio[FW_MMIO_MAX];     /* virtio-mmio register blocks, 0x200 bytes each */
	uint32_t mmio_irq[FW_MMIO_MAX]; /* their interrupts, where the command line says; or 0 */
	uint32_t n_mmio;
	struct {
		uint64_t at, len;
	} flash[FW_FLASH_MAX]; /* banks of CFI flash that a device tree names */
	uint32_t n_flash;
	enum fw_uart_kind uart;
	uint64_t uart_at;
	uint32_t uart_stride;            /* bytes between 16550 registers */
	uint64_t rtc_at;                 /* PL031; 0: CMOS on x86, none elsewhere */
	bool psci_smc;                   /* else HVC */
	uint64_t timebase_hz;            /* riscv64: of the time counter; 0: nobody said */
	struct fw_register reset, sleep; /* FADT: what resets, what powers off */
	uint16_t pm_timer;               /* FADT: a port; 0: none */
	struct {                         /* TPM2 */
		uint32_t method;         /* how it is started; 0: there is none */
		uint64_t control_at, log_at;
		uint32_t log_bytes; /* 0: no room for a log */
	} tpm;
};

/* The one of this boot. Not written after entry but for memory. */
extern struct fw_platform fw_platform;

#endif
