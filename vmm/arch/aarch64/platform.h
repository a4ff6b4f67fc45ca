/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* platform.h - the aarch64 machine's own devices, and the device tree that tells of them. */
#ifndef VMM_AARCH64_PLATFORM_H
#define VMM_AARCH64_PLATFORM_H

#include <cairn/acpi_arm64.h>
#include <cairn/event.h>
#include <cairn/fdt.h>
#include <cairn/ids.h>
#include <cairn/pl011.h>
#include <cairn/pl031.h>
#include <cairn/pl061.h>
#include <cairn/serial.h>

#include "board.h"

struct arch {
	struct board board;
	struct cairn_serial ns16550; /* one of the two is the serial port */
	struct cairn_pl011 pl011;
	struct cairn_pl031 rtc;
	struct cairn_pl061 gpio;   /* the power button, as a device tree has it */
	struct cairn_acpi_ged ged; /* and as ACPI has it, with the same line */
	struct cairn_irq *serial_irq, *rtc_irq, *gpio_irq;
	struct cairn_timer key_up; /* of the power button; main thread */
	/*
	 * The clock's alarm. A guest's access asks for it under the board's lock, on a vCPU's
	 * thread; the timer is the main thread's, so the wish is posted there.
	 */
	struct cairn_timer alarm;
	struct cairn_call alarm_call;
	uint64_t alarm_in_ns;
	bool is_alarm_posted;
};

/* What a processor has at a level, as in CLIDR_EL1. */
enum {
	CACHE_NONE,
	CACHE_INSTRUCTIONS = 1,
	CACHE_DATA = 2, /* may stand beside the other */
	CACHE_UNIFIED = 4,
	CACHE_TYPE_BITS = 3,
};

/* Of all levels, as in CLIDR_EL1; and of one, from 1 on. */
uint64_t cache_types(struct machine *m);
unsigned cache_type(uint64_t types, unsigned level);
/* What is known of one kind of them, which is one of the bits above; else zeroes. */
const struct host_cache *cache_numbers(const struct machine *m, uint64_t types, unsigned level,
				       unsigned kind);
struct cairn_acpi_caches caches_for_acpi(struct machine *m);

/* vCPUs that are told to share the caches but the first; as in cairn_hv_arm64_mpidr(). */
enum { CLUSTER_CPUS = 16 };

/* What the loader and chance add to what the machine is. */
struct tree_boot {
	const char *cmdline;
	struct cairn_range initrd; /* len 0: none */
	uint8_t rng_seed[64];
	uint64_t kaslr_seed;
};

/* The whole tree, but its finish. With --acpi: what is chosen, and the way to the tables. */
void tree_write(struct machine *m, const struct tree_boot *boot, struct cairn_fdt *f);

/* Of the two descriptors in the memory map. */
enum { EFI_DESCRIPTOR_LEN = 40 };

/* Where Linux finds what UEFI would have left; addresses in the guest, lengths in bytes. */
struct efi_handoff {
	uint64_t system_table, memory_map;
	uint32_t memory_map_len, descriptor_version;
};
struct efi_handoff acpi_handoff(const struct machine *m);
/* The tables, into the last LAYOUT_TABLES_LEN bytes of RAM. Returns 0 or a negative errno. */
CAIRN_MUST_USE int acpi_write(struct machine *m, struct cairn_err *err);

#endif
