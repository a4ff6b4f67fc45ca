/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* handover.h - what the readers of different protocols share. */
#ifndef FW_PLATFORM_HANDOVER_H
#define FW_PLATFORM_HANDOVER_H

#include <cairn/fdt_reader.h>
#include <fw/handover.h>

/* One range of an e820 map. */
CAIRN_MUST_USE int fw_handover_range_(struct fw_platform *p, uint64_t at, uint64_t len,
				      uint32_t e820, struct cairn_err *err);
/* It stays where it is: before the map, of whose ranges the first that is named wins. */
CAIRN_MUST_USE int fw_handover_initrd_(struct fw_platform *p, uint64_t at, uint64_t len,
				       struct cairn_err *err);
/* One range of any map; write-back, but what is reserved. Returns 0, or -ENOSPC with err. */
CAIRN_MUST_USE int fw_handover_ram_(struct fw_platform *p, uint64_t at, uint64_t len, uint32_t type,
				    struct cairn_err *err);
/* efi_handoff.c: RSDP and memory map, where /chosen has them. Returns 0, -EPROTO, -ENOSPC. */
CAIRN_MUST_USE int fw_handover_efi_(struct fw_platform *p, const struct cairn_fdt_node *chosen,
				    struct cairn_err *err);
/* A string, cut to cap - 1 bytes; "" where there is none. */
void fw_handover_text_(char *dst, size_t cap, uint64_t at);
/* A virtio-mmio device and its interrupt (0: nobody said), unless it is known. */
void fw_handover_mmio_(struct fw_platform *p, uint64_t at, uint32_t irq);
/* Whether bytes add up to 0. */
bool fw_handover_sum_(const uint8_t *bytes, size_t n);

#define FW_MPTABLE_CPUS 64u /* more are left out */

struct fw_mptable {
	uint32_t apic_ids[FW_MPTABLE_CPUS], n_cpus; /* the boot processor first */
	uint32_t lapic, ioapic;                     /* addresses */
	uint8_t ioapic_id;
};

/* False: there is no whole one with a processor and both addresses. */
bool fw_handover_mptable_(struct fw_mptable *ret);

/* An ACPI table whose length and sum are right. */
struct fw_table {
	const uint8_t *bytes;
	uint32_t len; /* 0: there is none */
};
#define FW_TABLE_HEADER 36u

/* A number of 1, 2, 4 or 8 bytes; 0 where the table ends before. */
uint64_t fw_table_get_(struct fw_table t, uint32_t off, uint32_t len);
/* In DSDT and SSDTs: SLP_TYP of S5; virtio-mmio devices; PCI host bridges with their windows. */
uint8_t fw_aml_sleep_type_(struct fw_table dsdt);
void fw_aml_mmio_(struct fw_platform *p, struct fw_table t);
void fw_aml_bridges_(struct fw_platform *p, struct fw_table t);

#endif
