/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * handover.h - what the starter left in memory, read into struct fw_platform. Each structure is
 * looked at through fw_arch_view() only, and every list of it has a bound.
 *
 * PVH: Xen's public/arch-x86/hvm/start_info.h. Linux/x86: zero-page.rst. ACPI 6.5: 5.2. PCI
 * Firmware 3.3: 4.1.2 (MCFG). SMBIOS 3.7: 5.2. Devicetree Specification 0.4.
 */
#ifndef FW_HANDOVER_H
#define FW_HANDOVER_H

#include <fw/platform.h>

/*
 * The memory map, command line, initial RAM disk and RSDP, added to what *p has. Odd entries of the
 * map (empty, overlapping, of types that nobody defined) are no mistakes.
 *
 * Return 0; -EPROTO: not such a structure; -ENOTSUP: start info of version 0, which has no memory
 * map; -ENOSPC: a longer map than FW_MEMORY_MAX. err->what says it.
 */
CAIRN_MUST_USE int fw_handover_pvh(struct fw_platform *p, uint64_t start_info,
				   struct cairn_err *err);
CAIRN_MUST_USE int fw_handover_linux(struct fw_platform *p, uint64_t zero_page,
				     struct cairn_err *err);

/*
 * fw_handover_fdt() - a flattened device tree: memory map, command line, initial RAM disk, and the
 * devices that there are drivers for. The tree stays where it is and is p->fdt.
 *
 * What a tree says of one device wrongly is as if it were not said. Returns 0; -EPROTO: there is no
 * tree, or not a whole one; -ENOTSUP: of a later version, or too large; -ENOSPC, as above. p->uart
 * is set even so, where it was found.
 */
CAIRN_MUST_USE int fw_handover_fdt(struct fw_platform *p, uint64_t at, struct cairn_err *err);

/*
 * fw_handover_acpi() - what the tables say that p->rsdp_at leads to: MCFG, TPM2, the FADT's
 * registers and how PSCI is called, SPCR's console where p has none, and virtio-mmio devices of
 * DSDT and SSDTs, which are searched for their pattern, not interpreted. A table that is not whole
 * or whose sum is wrong is as if it were not there.
 */
void fw_handover_acpi(struct fw_platform *p);
/* "virtio_mmio.device=SIZE@ADDRESS:IRQ" on the command line. */
void fw_handover_cmdline(struct fw_platform *p);
/*
 * fw_handover_acpi_make() - ACPI tables where p->rsdp_at is 0, for the virtio-mmio devices whose
 * interrupts are known, in memory of p->memory that can be written; then p->rsdp_at is theirs. The
 * processors and the I/O APIC are those of the MultiProcessor table (MultiProcessor Specification
 * 1.4, 4), or one and the usual.
 *
 * Returns 0; -ENOENT: no such devices; -ENOMEM: no room; -EINVAL: what the machine says contradicts
 * itself.
 */
CAIRN_MUST_USE int fw_handover_acpi_make(struct fw_platform *p);
/* Where PCs have RSDP and SMBIOS entry points, unless p knows better; first looks for `rsdp_at` 0.
 */
void fw_handover_scan(struct fw_platform *p);

#endif
