/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * efi_boot.h - the EFI side of the firmware, as the boot flow uses it: set up once, then candidates
 * are started one after the other until one does not come back. UEFI 2.10.
 *
 * Strings are UTF-8; a path has "\" between its names and begins with one. One thread.
 */
#ifndef FW_EFI_BOOT_H
#define FW_EFI_BOOT_H

#include <cairn/ext4.h>
#include <cairn/fat.h>
#include <cairn/partition.h>
#include <fw/devices.h>

/*
 * fw_efi_init() - system table, services, console, and a handle for each disk, each of its
 * partitions and each file system in one. fw_platform, its memory and the console are ready before.
 *
 * @devices: stay; a program that ends the boot services stops them
 *
 * Call once. Returns 0; -ENOMEM; -EACCES: keys for Secure Boot were handed over that cannot be
 * used, and nothing may be started.
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
	/* A device tree in place of the machine's while the program runs. len 0: the machine's. */
	const void *dtb;
	uint64_t dtb_bytes;
};

/*
 * fw_efi_start() - load a program and run it. It is back when the program is: a loader that found
 * nothing to boot, a shell that was left. BootCurrent is not there meanwhile.
 *
 * @ret_status: what the program returned (EFI_STATUS), when 0 is returned
 * Returns 0; -ENODEV: no file system that begins there; -ENOENT: no such file; -EPROTO: not a
 * program, or malformed; -EACCES: Secure Boot does not allow it; -ENOTSUP: a program for another
 * machine, or a device tree where the machine has none; -EIO; -ENOMEM.
 */
CAIRN_MUST_USE int fw_efi_start(const struct fw_efi_candidate *what, uint64_t *ret_status,
				struct cairn_err *err);

/*
 * A kernel that is entered without EFI is about to be: it is measured as it lies in memory, with
 * the options and the RAM disk of `what`, where there is a TPM. That is the operating system's
 * then.
 */
void fw_efi_measure_kernel(const void *kernel, uint64_t bytes, const struct fw_efi_candidate *what);

/* The name on removable media for this architecture, such as "\\EFI\\BOOT\\BOOTX64.EFI". */
const char *fw_efi_default_path(void);

/* A disk or partition that may hold a file system, for whoever looks for boot loader entries. */
struct fw_efi_volume {
	struct fw_block *disk;
	uint64_t first_block, n_blocks;
	bool is_esp; /* by its type; a disk without partitions counts too */
	bool is_xbootldr;
	struct cairn_guid part; /* the partition's own, of a GPT; else zeroes */
	/* The file system on it, shared with EFI's programs: one of the two, or neither. */
	struct cairn_fat *fat;
	const struct cairn_ext4 *ext4; /* of extended boot partitions alone */
};

/* Volumes in the order of disks and partitions. False behind the last. */
bool fw_efi_volume(uint32_t i, struct fw_efi_volume *ret_volume);

/*
 * Boot options: the variables Boot#### (UEFI 2.10, 3.1). A program on a disk of the machine, by a
 * whole device path, one that begins with its partition, or one that is a file's alone; without a
 * file it is fw_efi_default_path().
 */
#define FW_EFI_OPTIONS_MAX     64u /* of BootOrder; more are not looked at */
#define FW_EFI_DESCRIPTION_MAX 96u /* bytes, with the NUL; a longer one is cut */

struct fw_efi_option {
	uint16_t number;
	bool is_active; /* and not an application's, which nobody starts unasked */
	char description[FW_EFI_DESCRIPTION_MAX]; /* UTF-8 */
};

/* What BootNext names, which is deleted. False: there is none. */
bool fw_efi_boot_next(uint16_t *ret_number);
/* BootOrder. Returns how many. */
uint32_t fw_efi_boot_order(uint16_t *ret, uint32_t max);
/* Returns 0; -ENOENT: no such variable; -EPROTO: it is no load option; -ENOMEM. */
CAIRN_MUST_USE int fw_efi_option(uint16_t number, struct fw_efi_option *ret, struct cairn_err *err);
/* As fw_efi_start(), with BootCurrent set and the option's own data as load options. Returns as
 * that, and as fw_efi_option(). */
CAIRN_MUST_USE int fw_efi_option_start(uint16_t number, uint64_t *ret_status,
				       struct cairn_err *err);

/* Seconds to wait for somebody before the first is started (UEFI 2.10, 3.3, Timeout), 0xffff for
 * ever. False: nobody has said. */
bool fw_efi_timeout(uint16_t *ret_seconds);

/*
 * Variables of systemd's Boot Loader Interface: a text of their own, which an operating system
 * reads and writes. UTF-8, terminated.
 */
/* NULL: deleted. Where there is no room for it, it is not there. */
void fw_efi_loader_set(const char *name, const char *text);
/* Several texts with a NUL behind each; len counts all of them. */
void fw_efi_loader_set_list(const char *name, const char *texts, size_t len);
/* False: not there, or longer than cap. */
bool fw_efi_loader_get(const char *name, char *dst, size_t cap);

/* A key of somebody at a console: a character, or a scan code (UEFI 2.10, table 12-1). */
enum { FW_EFI_KEY_UP = 1, FW_EFI_KEY_DOWN = 2, FW_EFI_KEY_ESC = 0x17 };

struct fw_efi_key {
	uint16_t scan, unicode; /* one of the two is 0 */
};

/* False: none was pressed. */
bool fw_efi_key(struct fw_efi_key *ret_key);

#endif
