/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The boot flow over a FAT volume whose files, and then some of its bytes, are the input's, with
 * somebody at the console who types the rest of it. Whatever there is, the flow ends, and gives
 * back all memory that it took.
 *
 * The input is records {kind, length, that many bytes}: 0 an entry, 1 a unified kernel, 2
 * loader.conf, 3 another file; its first 8 bytes make its name where there are several. 4: bytes of
 * the disk, behind a place in 3 bytes. 5: keys, with 0 for none at that moment. 6: the text of
 * LoaderEntryOneShot.
 */
#include <stdio.h>
#include <stdlib.h>

#include <cairn/le.h>
#include <cairn/math.h>
#include <fw/console.h>
#include <fw/platform.h>
#include <fw/secure.h>

#include "../flow.h"
#include "arch_test.h"

enum { SECTOR = 512, SECTORS = 2048, DISK = SECTOR * SECTORS, RAM = 4 << 20 };
enum { ENTRY, UKI, CONF, OTHER, BYTES, KEYS, ONE_SHOT, KINDS };

static uint8_t disk[DISK];
static uint8_t ram[RAM] __attribute__((aligned(4096)));
static struct fw_part part;
static struct cairn_fat fat;
static const uint8_t *keys;
static size_t n_keys;
static char one_shot[64];
static uint64_t step;

static int disk_read(struct fw_block *b, uint64_t lba, void *dst, uint32_t n)
{
	memcpy(dst, disk + lba * SECTOR, (size_t)n * SECTOR);
	return 0;
}

static int disk_write(struct fw_block *b, uint64_t lba, const void *src, uint32_t n)
{
	memcpy(disk + lba * SECTOR, src, (size_t)n * SECTOR);
	return 0;
}

static const struct fw_block_ops ops = { .read = disk_read, .write = disk_write };
static struct fw_block block = {
	.ops = &ops, .n_blocks = SECTORS, .block_bytes = SECTOR, .name = "disk"
};

const char *fw_efi_default_path(void)
{
	return "\\EFI\\BOOT\\BOOT.EFI";
}

bool fw_efi_volume(uint32_t i, struct fw_efi_volume *ret)
{
	*ret = (struct fw_efi_volume){
		.disk = &block, .n_blocks = SECTORS, .is_esp = true, .fat = &fat
	};
	return i == 0;
}

int fw_efi_start(const struct fw_efi_candidate *c, uint64_t *ret_status, struct cairn_err *err)
{
	uint8_t sum = 0;

	for (uint64_t i = 0; i < c->initrd_bytes; i++)
		sum ^= ((const uint8_t *)c->initrd)[i];
	*ret_status = sum;
	return sum & 1 ? cairn_err_set(err, EPROTO, "odd", 0) : 0;
}

bool fw_secure_is_on(void)
{
	return false;
}

void fw_efi_measure_kernel(const void *kernel, uint64_t bytes, const struct fw_efi_candidate *what)
{
	if (!kernel || !what)
		abort();
}

bool fw_efi_boot_next(uint16_t *ret)
{
	return false;
}

uint32_t fw_efi_boot_order(uint16_t *ret, uint32_t max)
{
	return 0;
}

int fw_efi_option(uint16_t number, struct fw_efi_option *ret, struct cairn_err *err)
{
	return cairn_err_set(err, ENOENT, "none", number);
}

int fw_efi_option_start(uint16_t number, uint64_t *ret_status, struct cairn_err *err)
{
	return cairn_err_set(err, ENOENT, "none", number);
}

bool fw_efi_timeout(uint16_t *ret)
{
	return false;
}

void fw_efi_loader_set(const char *name, const char *text)
{
	for (size_t i = 0; text && text[i]; i++)
		if (text[i] == '\n')
			one_shot[0] ^= 1;
}

void fw_efi_loader_set_list(const char *name, const char *texts, size_t len)
{
	if (len && texts[len - 1])
		abort();
}

bool fw_efi_loader_get(const char *name, char *dst, size_t cap)
{
	if (!one_shot[0] || sizeof(one_shot) > cap)
		return false;
	memcpy(dst, one_shot, sizeof(one_shot));
	return true;
}

/* Printable, or what a menu draws with. */
static void put(struct fw_console_dev *dev, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)bytes[i] < 0x20 && bytes[i] != '\n' && bytes[i] != '\r' &&
		    (bytes[i] != '\033' || i + 1 == n || bytes[i + 1] != '['))
			abort();
}

/* When the keys are all pressed, it is Escape for ever. */
static int get(struct fw_console_dev *dev)
{
	if (!n_keys)
		return '\033';
	n_keys--;
	return *keys++ ? keys[-1] : -1;
}

/* A minute, an hour, a year: whatever is waited for comes soon. */
static void time_passes(void)
{
	test_ticks += step;
	step = step > UINT64_C(1) << 58 ? step : step * 2;
}

/* FAT12, by hand: one table of 6 sectors, 64 names in the root, clusters of one sector. */
static void format(void)
{
	static const uint8_t head[] = { 0xeb, 0x3c, 0x90, 'f', 'u', 'z',  'z', ' ',
					' ',  ' ',  ' ',  0,   2,   1,    1,   0,
					1,    64,   0,    0,   8,   0xf8, 6,   0 };

	memset(disk, 0, sizeof(disk));
	memcpy(disk, head, sizeof(head));
	disk[510] = 0x55;
	disk[511] = 0xaa;
	memcpy(disk + SECTOR, "\xf8\xff\xff", 3);
}

static int part_write(void *ctx, uint64_t off, const void *src, size_t len)
{
	return fw_part_write(ctx, off, src, len);
}

static int mount(void)
{
	struct cairn_image image;
	struct cairn_fat_disk d;

	fw_part_init(&part, &block, 0, SECTORS);
	image = fw_part_image(&part);
	d = (struct cairn_fat_disk){ .read_at = image.read_at,
				     .write_at = part_write,
				     .size_bytes = image.size_bytes,
				     .ctx = image.ctx };
	return cairn_fat_mount(&d, &fat, NULL);
}

static void put_file(uint8_t kind, const uint8_t *bytes, size_t n)
{
	static const char *const forms[] = { "\\loader\\entries\\%.8s.conf",
					     "\\EFI\\Linux\\%.8s.efi", "\\loader\\loader.conf",
					     "\\%.8s" };
	struct cairn_fat_file f, root;
	char path[64], name[9] = { 0 };

	memcpy(name, bytes, n < 8 ? n : 8);
	snprintf(path, sizeof(path), forms[kind], name);
	cairn_fat_root(&fat, &root);
	if (cairn_fat_create(&root, path, 0, &f) < 0 || cairn_fat_write(&f, 0, bytes, n) < 0)
		return;
}

static void make_folders(void)
{
	static const char *const names[] = { "\\loader", "\\loader\\entries", "\\EFI",
					     "\\EFI\\Linux" };
	struct cairn_fat_file f, root;

	cairn_fat_root(&fat, &root);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(names); i++)
		if (cairn_fat_create(&root, names[i], CAIRN_FAT_DIRECTORY, &f) < 0)
			abort();
}

static void take(uint8_t kind, const uint8_t *bytes, size_t n)
{
	if (kind <= OTHER) {
		put_file(kind, bytes, n);
	} else if (kind == BYTES && n > 3) {
		uint64_t at = cairn_le_load(bytes, 3) % DISK;

		memcpy(disk + at, bytes + 3, cairn_min_u64(n - 3, DISK - at));
	} else if (kind == KEYS) {
		keys = bytes;
		n_keys = n;
	} else if (kind == ONE_SHOT) {
		memset(one_shot, 0, sizeof(one_shot));
		memcpy(one_shot, bytes, n < sizeof(one_shot) ? n : sizeof(one_shot) - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fw_console_dev console = { .put = put, .get = get };
	static struct fw_devices devices;
	static bool is_set_up;

	if (!is_set_up)
		fw_console_add(&console);
	is_set_up = true;
	test_on_pause = time_passes;
	test_ticks = 0;
	step = 1000000;
	n_keys = 0;
	one_shot[0] = '\0';
	memset(&fw_platform.memory, 0, sizeof(fw_platform.memory));
	if (fw_memory_describe(&fw_platform.memory, (uintptr_t)ram, RAM, FW_MEM_FREE,
			       FW_MEM_ATTR_WB) < 0)
		abort();
	format();
	if (mount() < 0)
		abort();
	make_folders();
	for (size_t at = 0, n; size - at >= 3; at += n) {
		uint8_t kind = data[at] % KINDS;

		n = cairn_min_u64(data[at + 1] | (size_t)data[at + 2] << 8, size - at - 3);
		at += 3;
		take(kind, data + at, n);
	}
	if (mount() < 0)
		return 0;
	fw_boot_run(&devices);
	if (test_free_pages() != RAM / 4096)
		abort();
	return 0;
}
