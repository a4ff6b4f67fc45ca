/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Configuration tables (UEFI 2.10, 4.6): what the machine handed over, and what this one can do. */
#include <cairn/le.h>
#include <fw/platform.h>
#include <fw/runtime.h>
#include <fw/smbios.h>

#include "acpi_root.h"
#include "nv.h"

struct rt_properties { /* 4.6.2 */
	uint16_t version, length;
	uint32_t supported;
};
CAIRN_STATIC_ASSERT(sizeof(struct rt_properties) == 8, "UEFI 2.10, 4.6.2");

enum { /* bits of RuntimeServicesSupported */
       RT_GET_TIME = 0x0001,
       RT_GET_VARIABLE = 0x0010,
       RT_NEXT_VARIABLE = 0x0020,
       RT_SET_VARIABLE = 0x0040,
       RT_SET_VIRTUAL_MAP = 0x0080,
       RT_CONVERT_POINTER = 0x0100,
       RT_HIGH_COUNT = 0x0200,
       RT_RESET = 0x0400,
       RT_QUERY_VARIABLES = 0x2000,
};

struct memory_attributes { /* 4.6.4 */
	uint32_t version, n, descriptor_bytes, flags;
	EFI_MEMORY_DESCRIPTOR entries[2];
};
CAIRN_STATIC_ASSERT(offsetof(struct memory_attributes, entries) == 16, "UEFI 2.10, 4.6.4");

static EFI_STATUS add_if(const EFI_GUID *guid, uint64_t at)
{
	return at ? efi_config_table(guid, (void *)(uintptr_t)at) : EFI_SUCCESS;
}

static EFI_STATUS add_acpi(void)
{
	uint64_t at = 0;
	EFI_STATUS status =
	    fw_platform.rsdp_at ? efi_acpi_root(fw_platform.rsdp_at, &at) : EFI_SUCCESS;

	return EFI_ERROR(status) ? status : add_if(&efi_guid_acpi20, at);
}

/* Where the hypervisor gave none of either kind, those that are made. No room is no mistake. */
static EFI_STATUS add_smbios(void)
{
	uint64_t at;
	EFI_STATUS status;

	if (fw_platform.smbios_at || fw_platform.smbios3_at) {
		status = add_if(&efi_guid_smbios, fw_platform.smbios_at);
		return EFI_ERROR(status) ? status
					 : add_if(&efi_guid_smbios3, fw_platform.smbios3_at);
	}
	status = efi_pages_alloc(FW_WHERE_ANY, FW_ANY_ADDRESS, FW_SMBIOS_BYTES / FW_PAGE_BYTES,
				 FW_PAGE_BYTES, EfiACPIReclaimMemory, &at);
	if (EFI_ERROR(status))
		return status;
	if (!fw_smbios_make(&fw_platform, (void *)(uintptr_t)at, FW_SMBIOS_BYTES))
		return efi_pages_free(at, FW_SMBIOS_BYTES / FW_PAGE_BYTES);
	return efi_config_table(&efi_guid_smbios3, (void *)(uintptr_t)at);
}

static EFI_STATUS add_rt_properties(void)
{
	struct rt_properties *t = efi_pool_alloc(EfiACPIReclaimMemory, sizeof(*t));

	if (!t)
		return EFI_OUT_OF_RESOURCES;
	*t = (struct rt_properties){
		.version = 1,
		.length = sizeof(*t),
		.supported = RT_GET_TIME | RT_GET_VARIABLE | RT_NEXT_VARIABLE | RT_SET_VARIABLE |
			     RT_SET_VIRTUAL_MAP | RT_CONVERT_POINTER | RT_HIGH_COUNT | RT_RESET |
			     RT_QUERY_VARIABLES,
	};
	if (!efi_nv_stays())
		t->supported &= ~(uint32_t)RT_SET_VARIABLE;
	return efi_config_table(&efi_guid_rt_properties, t);
}

static EFI_MEMORY_DESCRIPTOR section(uint32_t type, const uint8_t *start, const uint8_t *stop,
				     uint64_t attrs)
{
	uint64_t at = (uintptr_t)start & ~(uint64_t)(FW_PAGE_BYTES - 1);

	return (EFI_MEMORY_DESCRIPTOR){
		.Type = type,
		.PhysicalStart = at,
		.NumberOfPages = ((uintptr_t)stop - at + FW_PAGE_BYTES - 1) / FW_PAGE_BYTES,
		.Attribute = attrs | EFI_MEMORY_RUNTIME,
	};
}

/* An operating system maps the runtime code so that nobody writes it, the data so that nobody
 * executes it. */
static EFI_STATUS add_memory_attributes(void)
{
	struct memory_attributes *t = efi_pool_alloc(EfiACPIReclaimMemory, sizeof(*t));

	if (!t)
		return EFI_OUT_OF_RESOURCES;
	*t = (struct memory_attributes){
		.version = 1,
		.n = 2,
		.descriptor_bytes = sizeof(t->entries[0]),
		.entries = { section(EfiRuntimeServicesCode, __start_fw_rt_text, __stop_fw_rt_text,
				     EFI_MEMORY_RO),
			     section(EfiRuntimeServicesData, __start_fw_rt_data, __stop_fw_rt_data,
				     EFI_MEMORY_XP) },
	};
	if (t->entries[0].PhysicalStart > t->entries[1].PhysicalStart) {
		EFI_MEMORY_DESCRIPTOR first = t->entries[1];

		t->entries[1] = t->entries[0];
		t->entries[0] = first;
	}
	return efi_config_table(&efi_guid_memory_attributes, t);
}

/* The map may have said so already: whoever describes the firmware's image knows. */
static EFI_STATUS describe_runtime(void)
{
	struct fw_memory *m = &fw_platform.memory;
	EFI_MEMORY_DESCRIPTOR text =
	    section(EfiRuntimeServicesCode, __start_fw_rt_text, __stop_fw_rt_text, 0);
	EFI_MEMORY_DESCRIPTOR data =
	    section(EfiRuntimeServicesData, __start_fw_rt_data, __stop_fw_rt_data, 0);
	int ret = fw_memory_describe(m, text.PhysicalStart, text.NumberOfPages * FW_PAGE_BYTES,
				     text.Type, FW_MEM_ATTR_WB);

	if (ret == 0)
		ret = fw_memory_describe(m, data.PhysicalStart, data.NumberOfPages * FW_PAGE_BYTES,
					 data.Type, FW_MEM_ATTR_WB);
	return ret < 0 ? EFI_OUT_OF_RESOURCES : EFI_SUCCESS;
}

EFI_STATUS efi_config_init(void)
{
	EFI_STATUS status = describe_runtime();

	if (!EFI_ERROR(status))
		status = add_acpi();
	if (!EFI_ERROR(status))
		status = add_smbios();
	if (!EFI_ERROR(status))
		status = efi_dtb_init();
	if (!EFI_ERROR(status))
		status = add_rt_properties();
	if (!EFI_ERROR(status))
		status = add_memory_attributes();
	return status;
}
