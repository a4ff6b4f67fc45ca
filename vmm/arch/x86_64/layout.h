/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * layout.h - where everything is in the x86_64 machine's address spaces.
 *
 *	0            … 3 GiB          RAM (at most)
 *	0xc000_0000  … 0xdfff_ffff    PCI memory window (32-bit BARs)
 *	0xe000_0000  … 0xefff_ffff    PCI configuration space (ECAM), one bus per MiB
 *	0xfea0_0000  …                virtio-mmio devices, 4 KiB each
 *	0xfec0_0000                   I/O APIC
 *	0xfee0_0000                   local APICs
 *	0xfeff_c000  … 0xfeff_ffff    the hypervisor's own
 *	0xffc0_0000  … 0xffdf_ffff    flash memory of the firmware (--firmware-vars), at most
 *	4 GiB        …                the rest of RAM, then the PCI window for 64-bit BARs
 *
 * Interrupt lines (I/O APIC pins): 4 serial, 8 clock, 9 power button, 5, 6, 7, 10, 11 and 16 to 23
 * virtio-mmio; 16 to 19 PCI INTA# to INTD#, when virtio is on PCI.
 */
#ifndef VMM_X86_64_LAYOUT_H
#define VMM_X86_64_LAYOUT_H

#include <cairn/base.h>

#define LAYOUT_SPARSE_LEN   UINT64_C(0x00200000) /* boot parameters and ACPI tables; no kernel */
#define LAYOUT_HOLE_AT      UINT64_C(0xc0000000)
#define LAYOUT_HOLE_LEN     UINT64_C(0x40000000)
#define LAYOUT_PCI32_AT     UINT64_C(0xc0000000)
#define LAYOUT_PCI32_LEN    UINT64_C(0x20000000)
#define LAYOUT_ECAM_AT      UINT64_C(0xe0000000)
#define LAYOUT_ECAM_LEN     UINT64_C(0x00100000) /* one bus */
#define LAYOUT_MMIO_AT      UINT64_C(0xfea00000)
#define LAYOUT_MMIO_STEP    UINT64_C(0x1000)
#define LAYOUT_IOAPIC_AT    UINT64_C(0xfec00000)
#define LAYOUT_LAPIC_AT     UINT64_C(0xfee00000)
#define LAYOUT_FLASH_AT     UINT64_C(0xffc00000)
#define LAYOUT_FLASH_LEN    UINT64_C(0x00200000) /* at most */
#define LAYOUT_PCI64_LEN    (UINT64_C(1) << 34)

#define LAYOUT_SERIAL_PORT  0x3f8u
#define LAYOUT_SERIAL_LINE  4u
#define LAYOUT_RTC_LINE     8u
#define LAYOUT_GED_LINE     9u
#define LAYOUT_GED_PORT     0x600u            /* event register */
#define LAYOUT_SLEEP_PORT   0x604u            /* sleep control, sleep status */
#define LAYOUT_RESET_VECTOR UINT64_C(0xffff0) /* F000:FFF0 */

#define LAYOUT_INTX_LINE    16u /* and the three behind it */

#endif
