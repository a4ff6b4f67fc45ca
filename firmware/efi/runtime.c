/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The table of runtime services, and those that need no file of their own (UEFI 2.10, 8). */
#include <fw/arch.h>
#include <fw/clock.h>
#include <fw/platform.h>

#include "core.h"
#include "rt_arch.h"
#include "runtime.h"
#include "services.h"

FW_RT_DATA bool efi_rt_is_alone = false;
FW_RT_DATA static struct efi_rt_machine machine = { .psci_smc = false };
FW_RT_DATA static uint64_t monotonic = 0;

EFI_STATUS efi_describe_device(uint64_t at, uint64_t bytes)
{
	const uint64_t attrs = FW_MEM_ATTR_UC | FW_MEM_ATTR_RUNTIME;
	uint64_t first = at / FW_PAGE_BYTES, pages = (at + bytes - 1) / FW_PAGE_BYTES - first + 1;
	struct fw_memory *m = &fw_platform.memory;
	int ret = fw_memory_describe(m, at, bytes, FW_MEM_MMIO, attrs);

	/* The machine's own map may have called it reserved. */
	if (ret == 0)
		ret = fw_memory_set_attrs(m, first * FW_PAGE_BYTES, pages, attrs);
	return efi_status_of(ret);
}

/* One in memory that cannot be described is not used: it would not be mapped. */
static struct efi_rt_register register_of(const struct fw_register *r)
{
	if (!r->at || (!r->is_port && EFI_ERROR(efi_describe_device(r->at, r->width))))
		return (struct efi_rt_register){ 0 };
	return (struct efi_rt_register){
		.at = r->at, .value = r->value, .width = r->width, .is_port = r->is_port
	};
}

/* The high half grows from start to start: it is the calendar's, where there is one. */
void efi_runtime_init(void)
{
	int64_t seconds;

	machine = (struct efi_rt_machine){ .reset = register_of(&fw_platform.reset),
					   .sleep = register_of(&fw_platform.sleep),
					   .psci_smc = fw_platform.psci_smc,
					   .ends_by_reset = !fw_platform.sleep.at };
	if (fw_rtc_get(&seconds) == 0)
		monotonic = (uint64_t)seconds << 32;
}

EFIAPI EFI_STATUS efi_monotonic_count(uint64_t *count)
{
	if (!count)
		return EFI_INVALID_PARAMETER;
	*count = ++monotonic;
	return EFI_SUCCESS;
}

FW_RT_CODE static EFIAPI EFI_STATUS high_count(uint32_t *high)
{
	if (!high)
		return EFI_INVALID_PARAMETER;
	monotonic = ((monotonic >> 32) + 1) << 32;
	*high = (uint32_t)(monotonic >> 32);
	return EFI_SUCCESS;
}

static __attribute__((noreturn, noinline)) void reset_now(EFI_RESET_TYPE type)
{
	efi_disks_flush();
	fw_arch_reset(type == EfiResetShutdown ? FW_RESET_SHUTDOWN
		      : type == EfiResetWarm   ? FW_RESET_WARM
					       : FW_RESET_COLD);
}

FW_RT_CODE static EFIAPI void reset_system(EFI_RESET_TYPE type, EFI_STATUS status, UINTN data_size,
					   void *data)
{
	if (!efi_rt_is_alone)
		reset_now(type);
	efi_rt_reset(&machine, type == EfiResetShutdown);
}

FW_RT_CODE static void convert_register(struct efi_rt_register *r)
{
	void *at = (void *)(uintptr_t)r->at;

	if (!r->width || r->is_port)
		return;
	(void)efi_convert_pointer(0, &at);
	r->at = (uintptr_t)at;
}

FW_RT_CODE void efi_rt_convert_machine(void)
{
	convert_register(&machine.reset);
	convert_register(&machine.sleep);
}

FW_RT_CODE static EFIAPI EFI_STATUS get_wakeup(BOOLEAN *enabled, BOOLEAN *pending, EFI_TIME *time)
{
	return EFI_UNSUPPORTED;
}

FW_RT_CODE static EFIAPI EFI_STATUS set_wakeup(BOOLEAN enable, EFI_TIME *time)
{
	return EFI_UNSUPPORTED;
}

FW_RT_CODE static EFIAPI EFI_STATUS update_capsule(void **headers, UINTN count,
						   EFI_PHYSICAL_ADDRESS list)
{
	return EFI_UNSUPPORTED;
}

FW_RT_CODE static EFIAPI EFI_STATUS query_capsule(void **headers, UINTN count, uint64_t *max_size,
						  EFI_RESET_TYPE *type)
{
	return EFI_UNSUPPORTED;
}

FW_RT_DATA EFI_RUNTIME_SERVICES efi_rt = {
	.GetTime = efi_get_time,
	.SetTime = efi_set_time,
	.GetWakeupTime = get_wakeup,
	.SetWakeupTime = set_wakeup,
	.SetVirtualAddressMap = efi_set_virtual_map,
	.ConvertPointer = efi_convert_pointer,
	.GetVariable = efi_get_variable,
	.GetNextVariableName = efi_next_variable,
	.SetVariable = efi_set_variable,
	.GetNextHighMonotonicCount = high_count,
	.ResetSystem = reset_system,
	.UpdateCapsule = update_capsule,
	.QueryCapsuleCapabilities = query_capsule,
	.QueryVariableInfo = efi_query_variables,
};
