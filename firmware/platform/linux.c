/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/loader_linux.h>
#include <fw/arch.h>

#include "handover.h"

static uint64_t both(cairn_le32 low, cairn_le32 high)
{
	return (uint64_t)cairn_le32_get(high) << 32 | cairn_le32_get(low);
}

int fw_handover_linux(struct fw_platform *p, uint64_t zero_page, struct cairn_err *err)
{
	const struct cairn_linux_params *z = fw_arch_view(zero_page, sizeof(*z));
	int r = 0;

	p->entered_by = "Linux 64-bit";
	if (!z || cairn_le32_get(z->hdr.header) != CAIRN_LINUX_HEADER_MAGIC)
		return cairn_err_set(err, EPROTO, "entered without a Linux zero page", zero_page);
	if (!z->e820_entries || z->e820_entries > CAIRN_LINUX_E820_MAX)
		return cairn_err_set(err, EPROTO, "a zero page with an odd memory map",
				     z->e820_entries);
	fw_handover_text_(p->cmdline, sizeof(p->cmdline),
			  both(z->hdr.cmd_line_ptr, z->ext_cmd_line_ptr));
	p->rsdp_at = cairn_le64_get(z->acpi_rsdp_addr);
	r = fw_handover_initrd_(p, both(z->hdr.ramdisk_image, z->ext_ramdisk_image),
				both(z->hdr.ramdisk_size, z->ext_ramdisk_size), err);
	for (uint32_t i = 0; i < z->e820_entries && r == 0; i++)
		r = fw_handover_range_(p, cairn_le64_get(z->e820[i].at),
				       cairn_le64_get(z->e820[i].len),
				       cairn_le32_get(z->e820[i].type), err);
	return r;
}
