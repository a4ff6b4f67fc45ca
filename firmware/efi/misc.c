/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Time that passes, and services about nothing but bytes (UEFI 2.10, 7.5). */
#include <cairn/crc.h>
#include <fw/arch.h>
#include <fw/clock.h>

#include "core.h"
#include "services.h"

static uint64_t watchdog_due_ns; /* 0: off */

uint32_t efi_crc32(const void *data, UINTN len)
{
	return cairn_crc_ieee(0, data, len);
}

EFIAPI EFI_STATUS efi_calculate_crc32(void *data, UINTN size, uint32_t *crc)
{
	if (!data || size == 0 || !crc)
		return EFI_INVALID_PARAMETER;
	*crc = efi_crc32(data, size);
	return EFI_SUCCESS;
}

EFIAPI void efi_copy_mem(void *dst, void *src, UINTN len)
{
	if (len)
		memmove(dst, src, len);
}

EFIAPI void efi_set_mem(void *dst, UINTN len, uint8_t value)
{
	if (len)
		memset(dst, value, len);
}

void efi_watchdog_poll(void)
{
	if (watchdog_due_ns && fw_clock_ns() >= watchdog_due_ns)
		fw_arch_reset(FW_RESET_COLD);
}

/* 7.5.1: codes to 0xffff are the firmware's. */
EFIAPI EFI_STATUS efi_set_watchdog(UINTN seconds, uint64_t code, UINTN data_size, CHAR16 *data)
{
	if (seconds && code <= 0xffff && efi_image_is_running())
		return EFI_INVALID_PARAMETER;
	watchdog_due_ns = 0;
	if (seconds && seconds < UINT64_MAX / 1000000000 / 2)
		watchdog_due_ns = fw_clock_ns() + seconds * UINT64_C(1000000000);
	return EFI_SUCCESS;
}

/* In slices, so that timers go on. */
EFIAPI EFI_STATUS efi_stall(UINTN microseconds)
{
	while (microseconds) {
		UINTN slice = microseconds < 10000 ? microseconds : 10000;

		fw_clock_stall_ns(slice * 1000);
		microseconds -= slice;
		efi_event_poll();
	}
	return EFI_SUCCESS;
}
