/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * acpi.h - ACPI tables for an x86 machine without legacy power hardware, and the two registers
 * that such a machine needs instead: sleep control and the event register of the GED. What machines
 * of other architectures (acpi_arm64.h) have too is described with the same types.
 *
 * One call writes RSDP, DSDT, FADT, MADT, MCFG and XSDT one after the other, as they will lie in
 * guest memory. The RSDP is at the very start. Nothing here is read from the guest.
 *
 * ACPI 6.5: 5.2.5 (RSDP), 5.2.8 (XSDT), 5.2.9 (FADT), 5.2.12 (MADT), 20 (AML), 4.8.3.7 (sleep
 * registers), 5.6.9 (interrupt-signalled events); PCI Firmware 3.3, 4.1.2 (MCFG).
 */
#ifndef CAIRN_ACPI_H
#define CAIRN_ACPI_H

#include <cairn/bus.h>
#include <cairn/cursor.h>
#include <cairn/err.h>
#include <cairn/gpa.h>
#include <cairn/hooks.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_ACPI_MAX_CPUS    4096
#define CAIRN_ACPI_MAX_MMIO    256
#define CAIRN_ACPI_MAX_SERIALS 4

/* An interrupt input: global number, and how it is signalled. Zero: level, active high. */
struct cairn_acpi_line {
	uint32_t gsi;
	bool edge, low;
};

/* ISA interrupt irq arrives at another input, or signalled otherwise than edge and high. */
struct cairn_acpi_override {
	uint8_t irq;
	struct cairn_acpi_line line;
};

struct cairn_acpi_window {
	uint64_t base, len; /* len 0: there is none */
};

/* A virtio-mmio device. */
struct cairn_acpi_mmio {
	uint64_t base;
	uint32_t len;
	struct cairn_acpi_line line;
};

/* A 16550 at eight I/O ports. */
struct cairn_acpi_serial {
	uint16_t port;
	struct cairn_acpi_line line;
};

struct cairn_acpi_pci {
	uint64_t ecam; /* address of bus 0's configuration space, 1 MiB aligned; 1 MiB per bus */
	uint8_t first_bus, last_bus;
	struct cairn_acpi_window mem32, mem64; /* where BARs may lie; mem32 below 4 GiB */
	bool has_intx;
	uint32_t intx[4]; /* GSIs; device d's pin p (0 is INTA) arrives at intx[(d + p) % 4] */
};

struct cairn_acpi_x86_config {
	const uint32_t *apic_ids; /* n_cpus of them, boot processor first */
	uint32_t n_cpus;          /* 1 to CAIRN_ACPI_MAX_CPUS */

	uint32_t lapic; /* address of the local APICs, usually 0xfee00000 */
	uint32_t ioapic;
	uint8_t ioapic_id;
	const struct cairn_acpi_override *overrides;
	uint32_t n_overrides; /* at most 16 */

	const struct cairn_acpi_pci *pci; /* NULL: no PCI */
	const struct cairn_acpi_mmio *mmio;
	uint32_t n_mmio; /* at most CAIRN_ACPI_MAX_MMIO */
	const struct cairn_acpi_serial *serials;
	uint32_t n_serials; /* at most CAIRN_ACPI_MAX_SERIALS */

	bool has_rtc;        /* MC146818 at 0x70, century at 0x32 */
	uint16_t sleep_port; /* sleep control, sleep status behind it; 0: it cannot power off */
	uint16_t ged_port;   /* event register; 0: no power button; for both see below */
	struct cairn_acpi_line ged_line;
	uint16_t reset_port; /* writing reset_value here resets; 0: no such register */
	uint8_t reset_value;
};

/*
 * cairn_acpi_x86_write() - append all tables for this machine.
 *
 * @w: its next byte will be at guest address `at`
 * @at: a multiple of 16; the address of the RSDP
 * @err: may be NULL; names the field that is wrong
 *
 * Returns 0, or -EINVAL (the description contradicts itself or exceeds a limit). 0 also when the
 * tables did not fit: cairn_writer_is_whole() says, and w->need how much room they want, so that a
 * first call with a buffer of size 0 asks. Cost O(CPUs + devices), no allocation.
 */
CAIRN_MUST_USE int cairn_acpi_x86_write(struct cairn_writer *w, cairn_gpa at,
					const struct cairn_acpi_x86_config *c,
					struct cairn_err *err);

/*
 * Sleep control and status registers: the guest powers off by writing the S5 type with SLP_EN.
 * Private by word; one thread at a time, under the caller's lock.
 */
struct cairn_acpi_sleep {
	struct cairn_trigger power_off;
};

#define CAIRN_ACPI_SLEEP_LEN                                                                       \
	2 /* bytes of the region at sleep_port, ctx a struct cairn_acpi_sleep */
extern const struct cairn_bus_ops cairn_acpi_sleep_ops;

/*
 * The event register of the generic event device: a byte of pending events that the guest reads,
 * which clears it, when the interrupt says so. Private by word; raise and accesses need one lock.
 */
struct cairn_acpi_ged {
	struct cairn_line irq; /* level, high while events are pending */
	uint8_t pending;
};

enum cairn_acpi_event {
	CAIRN_ACPI_POWER_BUTTON = 0x01,
};

#define CAIRN_ACPI_GED_LEN 1 /* bytes of the region at ged_port, ctx a struct cairn_acpi_ged */
extern const struct cairn_bus_ops cairn_acpi_ged_ops;

/* Nothing pending, line low as it is taken to be. */
void cairn_acpi_ged_init(struct cairn_acpi_ged *g, struct cairn_line irq);
/* Forgets what is pending and lowers the line. */
void cairn_acpi_ged_reset(struct cairn_acpi_ged *g);
/* The event happens. Until the guest has read the register, again is the same as once. */
void cairn_acpi_ged_raise(struct cairn_acpi_ged *g, enum cairn_acpi_event event);

#ifdef __cplusplus
}
#endif
#endif
