/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* cfi_flash.h - what finding flash and using it share: Intel's commands, on a bus of any width. */
#ifndef FW_DRIVERS_CFI_FLASH_H
#define FW_DRIVERS_CFI_FLASH_H

#include <fw/flash.h>
#include <fw/io.h>
#include <fw/runtime.h>

enum { /* Intel 28F128J3 data sheet, "Command Definitions" */
       CFI_ERASE = 0x20,
       CFI_PROGRAM = 0x40,
       CFI_CLEAR_STATUS = 0x50,
       CFI_QUERY = 0x98,
       CFI_CONFIRM = 0xd0,
       CFI_ARRAY = 0xff,
};

/* A command or a status for each chip on the bus. */
FW_RT_INLINE uint32_t cfi_beside(const struct fw_flash *f, uint32_t byte)
{
	uint32_t step = 8 * f->width / f->chips, v = 0;

	for (uint32_t i = 0; i < f->chips; i++)
		v |= byte << (i * step);
	return v;
}

FW_RT_INLINE void cfi_command(const struct fw_flash *f, uint32_t at, uint32_t command)
{
	fw_mmio_write(f->at + at, f->width, cfi_beside(f, command));
}

#endif
