/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * efi_boot.h - the EFI side of the firmware, as the boot flow uses it: set up once, then candidates
 * are started one after the other until one does not come back. UEFI 2.10.
 *
 * Strings are UTF-8; a path has "\" between its names and begins with one. One thread.
 */
#ifndef FW_EFI_BOOT_H
#define FW_EFI_BOOT_H

#include <fw/devices.h>

/*
 * fw_efi_init() - system table, services, console, and a handle for each disk, each of its
 * partitions and each file system in one. fw_platform, its memory and the console are ready before.
 *
 * @devices: stay; a program that ends the boot services stops them
 *
 * Call once. Returns 0, or -ENOMEM.
 */
CAIRN_MUST_USE int fw_efi_init(struct fw_devices *devices, struct cairn_err *err);

struct fw_efi_candidate {
	const struct fw_block *disk;
	uint64_t first_block; /* where the file system begins: the partition's, or 0 */
	const char *path;     /* "\\EFI\\BOOT\\BOOTX64.EFI" */
	const char *options;  /* the program's load options; NULL: none */
	/* A RAM disk for a Linux kernel at `path`, by the LoadFile2 protocol. len 0: none. */
	const void *initrd;
	uint64_t initrd_bytes;
};

/*
 * fw_efi_start() - load a program and run it. It is back when the program is: a loader that found
 * nothing to boot, a shell that was left.
 *
 * @ret_status: what the program returned (EFI_STATUS), when 0 is returned
 * Returns 0; -ENODEV: no file system that begins there; -ENOENT: no such file; -EPROTO: not a
 * program, or malformed; -ENOTSUP: a program for another machine; -EIO; -ENOMEM.
 */
CAIRN_MUST_USE int fw_efi_start(const struct fw_efi_candidate *what, uint64_t *ret_status,
				struct cairn_err *err);

/* The name on removable media for this architecture, such as "\\EFI\\BOOT\\BOOTX64.EFI". */
const char *fw_efi_default_path(void);

/* A disk or partition that may hold a file system, for whoever looks for boot loader entries. */
struct fw_efi_volume {
	struct fw_block *disk;
	uint64_t first_block, n_blocks;
	bool is_esp; /* by its type; a disk without partitions counts too */
};

/* Volumes in the order of disks and partitions. False behind the last. */
bool fw_efi_volume(uint32_t i, struct fw_efi_volume *ret_volume);

#endif
