/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * runtime.h - what the parts of the runtime services share (UEFI 2.10, 8). All that is declared
 * here lies in the sections of fw/runtime.h, and only that is used there.
 */
#ifndef FW_EFI_RUNTIME_H
#define FW_EFI_RUNTIME_H

#include <fw/runtime.h>

#include "efi_tables.h"

extern EFI_RUNTIME_SERVICES efi_rt;
/* An operating system has taken over: boot services data must not be touched any more. */
extern bool efi_rt_is_alone;

/* Without help of the C library, and never made a call of by the compiler. 0 bytes may be NULL. */
FW_RT_INLINE void efi_rt_copy(void *dst, const void *src, UINTN n)
{
	volatile uint8_t *d = dst;
	const volatile uint8_t *s = src;

	if (n == 0)
		return;
	if (d <= s || d >= s + n)
		for (UINTN i = 0; i < n; i++)
			d[i] = s[i];
	else
		while (n--)
			d[n] = s[n];
}

FW_RT_INLINE bool efi_rt_equal(const void *a, const void *b, UINTN n)
{
	const volatile uint8_t *p = a, *q = b;

	for (UINTN i = 0; i < n; i++)
		if (p[i] != q[i])
			return false;
	return true;
}

/* Registers that are used at run time, too: mapped by the operating system (7.2, table 7-6). */
EFI_STATUS efi_describe_device(uint64_t at, uint64_t bytes);

/* variable.c: 8.2 */
EFIAPI EFI_STATUS efi_get_variable(CHAR16 *name, EFI_GUID *guid, uint32_t *attributes, UINTN *size,
				   void *data);
EFIAPI EFI_STATUS efi_next_variable(UINTN *size, CHAR16 *name, EFI_GUID *guid);
EFIAPI EFI_STATUS efi_set_variable(CHAR16 *name, EFI_GUID *guid, uint32_t attributes, UINTN size,
				   void *data);
EFIAPI EFI_STATUS efi_query_variables(uint32_t attributes, uint64_t *max_storage,
				      uint64_t *remaining, uint64_t *max_size);
/*
 * The firmware's own: read only to everybody else, and with these attributes besides those of boot
 * and run time. Not in the runtime sections. size 0: it is deleted. Status as of SetVariable.
 */
EFI_STATUS efi_variables_init(void);
/* Those that were kept since an earlier start (nv.h). */
void efi_variables_load(void);
EFI_STATUS efi_variable_set_own(const CHAR16 *name, const EFI_GUID *guid, uint32_t attributes,
				const void *data, UINTN size);

/* clock.c: 8.3 */
EFIAPI EFI_STATUS efi_get_time(EFI_TIME *time, EFI_TIME_CAPABILITIES *caps);
EFIAPI EFI_STATUS efi_set_time(EFI_TIME *time);
/* While the boot services are there: the clock is read a last time, and counted on from there. */
void efi_clock_freeze(void);

/* virtual.c: 8.4 */
EFIAPI EFI_STATUS efi_set_virtual_map(UINTN size, UINTN descriptor_size, uint32_t version,
				      EFI_MEMORY_DESCRIPTOR *map);
EFIAPI EFI_STATUS efi_convert_pointer(UINTN disposition, void **address);
/* Each part converts what it keeps. */
void efi_rt_convert_store(void);
void efi_rt_convert_nv(void);
void efi_rt_convert_machine(void);
void efi_rt_convert_table(void);
/* Events of the group, those that may live on (7.1.2): called, one after the other. */
void efi_rt_tell_virtual(void);

#endif
