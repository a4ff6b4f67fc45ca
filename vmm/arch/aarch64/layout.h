/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * layout.h - where everything is in the aarch64 machine's address space.
 *
 *	0x0400_0000  … 0x041f_ffff    flash memory of the firmware (--firmware-vars), at most
 *	0x0800_0000                   GIC: distributor
 *	0x0801_0000                   GICv2: processor interface
 *	0x0808_0000                   GICv3: ITS, which takes the messages of PCI devices
 *	0x080a_0000  … 0x0889_ffff    GICv3: redistributors, 128 KiB for each of 64
 *	0x0900_0000                   serial port
 *	0x0901_0000                   clock (PL031)
 *	0x0902_0000                   with --acpi: event register of the power button
 *	0x0903_0000                   else: pins (PL061), the power button at pin 3
 *	0x0a00_0000                   virtio-mmio devices, 4 KiB each
 *	0x1000_0000  … 0x2fff_ffff    PCI memory window (32-bit BARs)
 *	0x3000_0000                   PCI configuration space (ECAM), one bus
 *	1 GiB        …                RAM, the last part of it the ACPI tables with --acpi; then
 *	                              the PCI window for 64-bit BARs
 *
 * Interrupt lines (SPIs, so INTID is 32 more): 0 serial, 1 clock, 2 power button, 4 to 7 PCI INTA#
 *to INTD#, 16 to 46 virtio-mmio.
 */
#ifndef VMM_AARCH64_LAYOUT_H
#define VMM_AARCH64_LAYOUT_H

#include <cairn/base.h>

#define LAYOUT_FLASH_AT    UINT64_C(0x04000000)
#define LAYOUT_FLASH_LEN   UINT64_C(0x00200000) /* at most */
#define LAYOUT_GICD_AT     UINT64_C(0x08000000)
#define LAYOUT_GICC_AT     UINT64_C(0x08010000)
#define LAYOUT_ITS_AT      UINT64_C(0x08080000)
#define LAYOUT_GICR_AT     UINT64_C(0x080a0000)
#define LAYOUT_SERIAL_AT   UINT64_C(0x09000000)
#define LAYOUT_RTC_AT      UINT64_C(0x09010000)
#define LAYOUT_GED_AT      UINT64_C(0x09020000)
#define LAYOUT_GPIO_AT     UINT64_C(0x09030000)
#define LAYOUT_MMIO_AT     UINT64_C(0x0a000000)
#define LAYOUT_MMIO_STEP   UINT64_C(0x1000)
#define LAYOUT_MMIO_MAX    31u
#define LAYOUT_PCI32_AT    UINT64_C(0x10000000)
#define LAYOUT_PCI32_LEN   UINT64_C(0x20000000)
#define LAYOUT_ECAM_AT     UINT64_C(0x30000000)
#define LAYOUT_RAM_AT      UINT64_C(0x40000000)
#define LAYOUT_TABLES_LEN  UINT64_C(0x40000)   /* a multiple of every size of pages */
#define LAYOUT_PCI64_LEN   (UINT64_C(1) << 31) /* Linux warns of a larger one */

#define LAYOUT_N_LINES     64u
#define LAYOUT_SERIAL_LINE 0u
#define LAYOUT_RTC_LINE    1u
#define LAYOUT_GPIO_LINE   2u
#define LAYOUT_INTX_LINE   4u /* and the three behind it */
#define LAYOUT_MMIO_LINE   16u

#define LAYOUT_POWER_PIN   3u /* of the PL061 */

#endif
