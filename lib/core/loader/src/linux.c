/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/loader_linux.h>

enum { PROTOCOL_OF_ELF = 0x20f, VID_MODE_NORMAL = 0xffff };

/* What a bzImage would have said: the kernel takes a header without a version for a broken loader.
 */
static void synthesize(struct cairn_linux_setup_header *h)
{
	h->boot_flag = cairn_le16_of(CAIRN_LINUX_BOOT_FLAG);
	h->header = cairn_le32_of(CAIRN_LINUX_HEADER_MAGIC);
	h->version = cairn_le16_of(PROTOCOL_OF_ELF);
	h->loadflags = CAIRN_LINUX_LOADED_HIGH;
	h->initrd_addr_max = cairn_le32_of(CAIRN_LINUX_INITRD_MAX);
	h->cmdline_size = cairn_le32_of(CAIRN_LINUX_CMDLINE_MAX);
}

static cairn_le32 low_half(uint64_t v)
{
	return cairn_le32_of((uint32_t)v);
}

static cairn_le32 high_half(uint64_t v)
{
	return cairn_le32_of((uint32_t)(v >> 32));
}

static void fill_e820(struct cairn_linux_params *p, const struct cairn_memmap *map)
{
	for (uint32_t i = 0; i < map->n; i++) {
		const struct cairn_memmap_entry *e = &map->entries[i];

		p->e820[i].at = cairn_le64_of(e->at.v);
		p->e820[i].len = cairn_le64_of(e->len_bytes);
		p->e820[i].type = cairn_le32_of((uint32_t)e->type);
	}
	p->e820_entries = (uint8_t)map->n;
}

void cairn_loader_linux_params(const struct cairn_linux_params_config *c,
			       struct cairn_linux_params *ret_params)
{
	struct cairn_linux_params *p = ret_params;

	memset(p, 0, sizeof(*p));
	if (c->header)
		p->hdr = *c->header;
	else
		synthesize(&p->hdr);
	p->hdr.type_of_loader = CAIRN_LINUX_LOADER_UNKNOWN;
	p->hdr.vid_mode = cairn_le16_of(VID_MODE_NORMAL);
	p->hdr.cmd_line_ptr = low_half(c->cmdline.v);
	p->ext_cmd_line_ptr = high_half(c->cmdline.v);
	/* pointers that only a boot loader may set: what the file holds there is not ours */
	p->hdr.setup_data = cairn_le64_of(0);
	p->hdr.ramdisk_image = low_half(c->initrd_bytes ? c->initrd.v : 0);
	p->ext_ramdisk_image = high_half(c->initrd_bytes ? c->initrd.v : 0);
	p->hdr.ramdisk_size = low_half(c->initrd_bytes);
	p->ext_ramdisk_size = high_half(c->initrd_bytes);
	p->acpi_rsdp_addr = cairn_le64_of(c->rsdp.v);
	fill_e820(p, c->map);
}
