/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdio.h>
#include <sys/mman.h>

#include <cairn/image_rig.h>
#include <cairn/le.h>
#include <fw/console.h>
#include <fw/efi_boot.h>
#include <fw/platform.h>

#include "../image.h"
#include "rig.h"

uint8_t *rig_ram;

static struct fw_devices devices;
static struct rig_disk disks[RIG_DISKS];
static uint32_t n_disks;

static char output[8192];
static size_t n_output;
static const char *input = "";

static void put(struct fw_console_dev *dev, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && n_output + 1 < sizeof(output); i++)
		output[n_output++] = bytes[i];
}

static int get(struct fw_console_dev *dev)
{
	return *input ? (uint8_t)*input++ : -1;
}

static struct fw_console_dev console = { .put = put, .get = get };

const char *rig_output(void)
{
	output[n_output] = 0;
	n_output = 0;
	return output;
}

void rig_type(const char *bytes)
{
	input = bytes;
}

static struct rig_disk *disk_of(struct fw_block *b)
{
	return cairn_container_of(b, struct rig_disk, block);
}

static int disk_read(struct fw_block *b, uint64_t lba, void *dst, uint32_t n)
{
	memcpy(dst, disk_of(b)->bytes + lba * b->block_bytes, (size_t)n * b->block_bytes);
	return 0;
}

static int disk_write(struct fw_block *b, uint64_t lba, const void *src, uint32_t n)
{
	struct rig_disk *d = disk_of(b);

	if (d->is_limited && d->writes_left == 0)
		return -EIO;
	d->writes_left -= d->is_limited;
	memcpy(disk_of(b)->bytes + lba * b->block_bytes, src, (size_t)n * b->block_bytes);
	return 0;
}

static int disk_flush(struct fw_block *b)
{
	disk_of(b)->flushes++;
	return 0;
}

static void disk_stop(struct fw_block *b)
{
	disk_of(b)->stops++;
}

static const struct fw_block_ops disk_ops = { disk_read, disk_write, disk_flush, disk_stop };

struct rig_disk *rig_add_disk(uint64_t bytes, uint32_t block_bytes)
{
	struct rig_disk *d = &disks[n_disks];

	d->bytes = calloc(1, bytes);
	assert_non_null(d->bytes);
	d->block = (struct fw_block){ .ops = &disk_ops,
				      .n_blocks = bytes / block_bytes,
				      .block_bytes = block_bytes,
				      .at = { .bus = FW_BUS_PCI, .path_len = 1 } };
	d->block.at.path[0].dev = (uint8_t)(4 + n_disks++);
	return d;
}

int rig_make_disk(struct rig_disk *d, const char *script)
{
	struct cairn_rig_dir dir;
	struct cairn_rig_disk made = { 0 };
	int ret = cairn_rig_dir_init(&dir);

	if (ret == 0)
		ret = cairn_rig_run(&dir, script);
	if (ret == 0)
		ret = cairn_rig_disk_load(&made, &dir, "disk.img");
	if (ret == 0) {
		assert_int_equal(made.len_bytes, d->block.n_blocks * d->block.block_bytes);
		memcpy(d->bytes, made.bytes, made.len_bytes);
	}
	cairn_rig_disk_fini(&made);
	cairn_rig_dir_fini(&dir);
	return ret;
}

int rig_setup(void **state)
{
	struct cairn_err err;

	rig_ram = mmap(NULL, RIG_RAM_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(rig_ram, MAP_FAILED);
	assert_int_equal(fw_memory_describe(&fw_platform.memory, (uintptr_t)rig_ram, RIG_RAM_BYTES,
					    FW_MEM_FREE, FW_MEM_ATTR_WB),
			 0);
	fw_console_add(&console);
	for (uint32_t i = 0; i < n_disks; i++)
		devices.disks[devices.n_disks++] = &disks[i].block;
	assert_int_equal(fw_efi_init(&devices, &err), 0);
	return 0;
}

EFI_HANDLE rig_image(void)
{
	UINTN n;
	EFI_HANDLE *all, first;

	assert_status(BS->LocateHandleBuffer(ByProtocol, &efi_guid_loaded_image, NULL, &n, &all),
		      EFI_SUCCESS);
	first = all[0];
	assert_status(BS->FreePool(all), EFI_SUCCESS);
	return first;
}

#if defined(__x86_64__)
#define MACHINE 0x8664
/* movabs $entry, %rax; jmp *%rax */
static const uint8_t stub[] = { 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0 };
#define STUB_ADDRESS 2
#elif defined(__aarch64__)
#define MACHINE      0xaa64
/* ldr x16, 8; br x16; the address */
static const uint8_t stub[] = { 0x50, 0x00, 0x00, 0x58, 0x00, 0x02, 0x1f, 0xd6,
				0,    0,    0,    0,    0,    0,    0,    0 };
#define STUB_ADDRESS 8
#elif defined(__riscv)
#define MACHINE      0x5064
/* auipc t0, 0; ld t0, 16(t0); jr t0; nop; the address */
static const uint8_t stub[] = { 0x97, 0x02, 0x00, 0x00, 0x83, 0xb2, 0x02, 0x01,
				0x67, 0x80, 0x02, 0x00, 0x13, 0x00, 0x00, 0x00,
				0,    0,    0,    0,    0,    0,    0,    0 };
#define STUB_ADDRESS 16
#endif

static void section(uint8_t *h, const char *name, uint32_t rva, uint32_t off, uint32_t len,
		    uint32_t flags)
{
	memcpy(h, name, 6);
	cairn_le_store(h + 8, 4, len);
	cairn_le_store(h + 12, 4, rva);
	cairn_le_store(h + 16, 4, len);
	cairn_le_store(h + 20, 4, off);
	cairn_le_store(h + 36, 4, flags);
}

size_t rig_program(uint8_t *dst, rig_entry entry)
{
	enum { HEAD = 0x40, OPTIONAL = HEAD + 24, SECTIONS = OPTIONAL + 112 + 6 * 8 };

	memset(dst, 0, RIG_PROGRAM_BYTES);
	memcpy(dst, "MZ", 2);
	cairn_le_store(dst + 0x3c, 4, HEAD);
	memcpy(dst + HEAD, "PE", 2);
	cairn_le_store(dst + HEAD + 4, 2, MACHINE);
	cairn_le_store(dst + HEAD + 6, 2, 2);
	cairn_le_store(dst + HEAD + 20, 2, 112 + 6 * 8);
	cairn_le_store(dst + OPTIONAL, 2, 0x20b);
	cairn_le_store(dst + OPTIONAL + 16, 4, 0x1000);
	cairn_le_store(dst + OPTIONAL + 32, 4, 0x1000);
	cairn_le_store(dst + OPTIONAL + 56, 4, 0x3000);
	cairn_le_store(dst + OPTIONAL + 60, 4, 0x200);
	cairn_le_store(dst + OPTIONAL + 68, 2, 10);
	cairn_le_store(dst + OPTIONAL + 108, 4, 6);
	section(dst + SECTIONS, ".text", 0x1000, 0x200, 0x200, 0x60000020);
	section(dst + SECTIONS + 40, ".data", 0x2000, 0x400, 0x200, 0xc0000040);
	memcpy(dst + 0x200, stub, sizeof(stub));
	cairn_le_store(dst + 0x200 + STUB_ADDRESS, 8, (uintptr_t)entry);
	return RIG_PROGRAM_BYTES;
}
