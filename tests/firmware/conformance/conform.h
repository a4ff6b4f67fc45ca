/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * conform.h - what the groups of the conformance program share. Each case prints one line,
 * "group case: STATUS facts", of less than 79 characters, and a fact is only what must be the same
 * on every firmware: no address, no handle, no time.
 */
#ifndef CONFORM_H
#define CONFORM_H

#include "efi.h"

extern EFI_SYSTEM_TABLE *st;
extern EFI_BOOT_SERVICES *bs;
extern EFI_RUNTIME_SERVICES *rt;
extern EFI_HANDLE self;
extern EFI_LOADED_IMAGE_PROTOCOL *loaded; /* of the program itself */

/* What a line's format may name: %u and %x take U(number), %s a char *, %S a CHAR16 *, %r a status.
 */
#define U(n) ((uint64_t)(n))
void say_line(const char *what, EFI_STATUS status, const char *format, ...);
/* What the status is of has happened when the facts are looked at. */
#define say(what, status, ...)                                                                     \
	do {                                                                                       \
		EFI_STATUS said_ = (status);                                                       \
                                                                                                   \
		say_line(what, said_, __VA_ARGS__);                                                \
	} while (0)

/* Lines go to the first serial port by its registers: there is no console any more. */
void say_by_registers(void);
bool is_equal(const void *a, const void *b, UINTN n);
UINTN length_of(const CHAR16 *s);
bool is_text(const CHAR16 *s, const CHAR16 *other);

/* A protocol of the program's own, and another one. */
extern const EFI_GUID guid_a, guid_b, guid_absent;

/* Handles that the groups look for once. NULL where there is none. */
EFI_HANDLE partition_handle(UINTN n); /* of the disk that the program was loaded from */
EFI_HANDLE disk_handle(UINTN blocks); /* the whole disk of that size */
void *interface_of(EFI_HANDLE handle, const EFI_GUID *guid);
EFI_FILE_PROTOCOL *volume_of(EFI_HANDLE handle);
/* A whole file in pool memory; NULL where it cannot be read. */
void *read_whole(const CHAR16 *path, UINTN *ret_size);
UINTN path_bytes(const EFI_DEVICE_PATH_PROTOCOL *path);

/* Disks as the runner makes them, in blocks of 512 bytes. */
enum {
	SECOND_DISK_BLOCKS = 6144,
	READ_ONLY_DISK_BLOCKS = 8192,
	SECOND_PARTITION_BLOCKS = 10240,
	READ_MAX = 256 << 10,
};

void tables_group(void);
void config_group(void);
void memory_group(void);
void map_group(void);
void pool_group(void);
void event_group(void);
void timer_group(void);
void handle_group(void);
void locate_group(void);
void open_group(void);
void driver_group(void);
void image_group(void);
void start_group(void);
void file_group(void);
void write_group(void);
void info_group(void);
void block_group(void);
void disk_group(void);
void output_group(void);
void input_group(void);
void path_group(void);
void path_text_group(void);
void small_group(void);
void attribute_group(void);
void variable_group(void);
void auth_group(void);
void time_group(void);
/* The last: it ends the boot services, and does not come back. */
void runtime_group(void);

#endif
