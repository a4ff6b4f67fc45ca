/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loader_linux.h - the Linux/x86 boot protocol's wire structures and the zero page.
 * Documentation/arch/x86/boot.rst (the setup header) and zero-page.rst of Linux.
 */
#ifndef CAIRN_LOADER_LINUX_H
#define CAIRN_LOADER_LINUX_H

#include <cairn/err.h>
#include <cairn/le.h>
#include <cairn/loader_memmap.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_LINUX_HEADER_AT 0x1f1 /* in the file and in the zero page */
#define CAIRN_LINUX_E820_MAX  128
CAIRN_STATIC_ASSERT(CAIRN_MEMMAP_MAX <= CAIRN_LINUX_E820_MAX, "a map fits the zero page");
#define CAIRN_LINUX_CMDLINE_MAX    2047 /* of an ELF kernel, which does not say; without the NUL */
#define CAIRN_LINUX_INITRD_MAX     0x7fffffff /* likewise: highest address of its last byte */
#define CAIRN_LINUX_LOADED_HIGH    0x01
#define CAIRN_LINUX_XLF_KERNEL_64  0x0001
#define CAIRN_LINUX_BOOT_FLAG      0xaa55
#define CAIRN_LINUX_HEADER_MAGIC   0x53726448 /* "HdrS" */
#define CAIRN_LINUX_LOADER_UNKNOWN 0xff

struct cairn_linux_setup_header { /* boot.rst, "The Real-Mode Kernel Header" */
	uint8_t setup_sects;
	cairn_le16 root_flags;
	cairn_le32 syssize; /* units of 16 bytes */
	cairn_le16 ram_size, vid_mode, root_dev, boot_flag, jump;
	cairn_le32 header;
	cairn_le16 version;
	cairn_le32 realmode_swtch;
	cairn_le16 start_sys_seg, kernel_version;
	uint8_t type_of_loader, loadflags;
	cairn_le16 setup_move_size;
	cairn_le32 code32_start, ramdisk_image, ramdisk_size, bootsect_kludge;
	cairn_le16 heap_end_ptr;
	uint8_t ext_loader_ver, ext_loader_type;
	cairn_le32 cmd_line_ptr, initrd_addr_max, kernel_alignment;
	uint8_t relocatable_kernel, min_alignment;
	cairn_le16 xloadflags;
	cairn_le32 cmdline_size, hardware_subarch;
	cairn_le64 hardware_subarch_data;
	cairn_le32 payload_offset, payload_length;
	cairn_le64 setup_data, pref_address;
	cairn_le32 init_size, handover_offset, kernel_info_offset;
} __attribute__((packed));
CAIRN_STATIC_ASSERT(sizeof(struct cairn_linux_setup_header) == 0x26c - 0x1f1, "boot.rst");
CAIRN_STATIC_ASSERT(offsetof(struct cairn_linux_setup_header, header) == 0x202 - 0x1f1, "boot.rst");
CAIRN_STATIC_ASSERT(offsetof(struct cairn_linux_setup_header, cmdline_size) == 0x238 - 0x1f1,
		    "boot.rst");
CAIRN_STATIC_ASSERT(offsetof(struct cairn_linux_setup_header, pref_address) == 0x258 - 0x1f1,
		    "boot.rst");

struct cairn_linux_e820 {
	cairn_le64 at, len;
	cairn_le32 type;
} __attribute__((packed));
CAIRN_STATIC_ASSERT(sizeof(struct cairn_linux_e820) == 20, "zero-page.rst");

struct cairn_linux_params { /* zero-page.rst; what is not named stays zero */
	uint8_t screen_info[0x40], apm_bios_info[0x14], pad2[4];
	cairn_le64 tboot_addr;
	uint8_t ist_info[0x10];
	cairn_le64 acpi_rsdp_addr;
	uint8_t pad3[0xc0 - 0x78];
	cairn_le32 ext_ramdisk_image, ext_ramdisk_size, ext_cmd_line_ptr;
	uint8_t pad4[0x1e8 - 0xcc];
	uint8_t e820_entries, eddbuf_entries, edd_mbr_sig_buf_entries, kbd_status, secure_boot;
	uint8_t pad5[2], sentinel, pad6;
	struct cairn_linux_setup_header hdr;
	uint8_t pad7[0x2d0 - 0x26c];
	struct cairn_linux_e820 e820[CAIRN_LINUX_E820_MAX];
	uint8_t pad8[0x1000 - 0xcd0];
} __attribute__((packed));
CAIRN_STATIC_ASSERT(sizeof(struct cairn_linux_params) == 4096, "zero-page.rst");
CAIRN_STATIC_ASSERT(offsetof(struct cairn_linux_params, acpi_rsdp_addr) == 0x70, "zero-page.rst");
CAIRN_STATIC_ASSERT(offsetof(struct cairn_linux_params, ext_ramdisk_image) == 0xc0,
		    "zero-page.rst");
CAIRN_STATIC_ASSERT(offsetof(struct cairn_linux_params, e820_entries) == 0x1e8, "zero-page.rst");
CAIRN_STATIC_ASSERT(offsetof(struct cairn_linux_params, sentinel) == 0x1ef, "zero-page.rst");
CAIRN_STATIC_ASSERT(offsetof(struct cairn_linux_params, hdr) == 0x1f1, "zero-page.rst");
CAIRN_STATIC_ASSERT(offsetof(struct cairn_linux_params, e820) == 0x2d0, "zero-page.rst");

struct cairn_linux_params_config {
	const struct cairn_linux_setup_header
	    *header; /* of the bzImage; NULL: a plain ELF kernel */
	const struct cairn_memmap *map;
	cairn_gpa cmdline;
	cairn_gpa initrd;
	uint64_t initrd_bytes; /* 0: none */
	cairn_gpa rsdp;        /* 0: the kernel looks for it itself */
};

/*
 * cairn_loader_linux_params() - the zero page for a kernel.
 *
 * The header's fields that a boot loader must write are written, setup_data is cleared, the others
 * are the kernel's own. Never fails: a map has fewer entries than the page.
 */
void cairn_loader_linux_params(const struct cairn_linux_params_config *c,
			       struct cairn_linux_params *ret_params);

#ifdef __cplusplus
}
#endif
#endif
