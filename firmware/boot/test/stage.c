/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "stage.h"

#include <sys/mman.h>

#include <fw/console.h>
#include <fw/platform.h>
#include <fw/secure.h>

#include "../flow.h"
#include "arch_test.h"

#define RAM_AT   UINT64_C(0x50000000)
#define LOADER_N 8

struct fw_efi_volume stage_volumes[8];
uint32_t stage_n_volumes;
int stage_answers[128];
uint32_t stage_blocks_readable;
struct stage_option stage_options[4];
uint16_t stage_order[8];
uint32_t stage_n_order;
int stage_next, stage_timeout;
bool stage_is_secure;

static char started[8192], screen[65536];
uint8_t *stage_ram;
const char *stage_screen = screen, *stage_started = started;
static size_t n_started, n_screen;
static uint32_t n_starts;
static struct fw_devices devices;
static const char *typed;
static uint64_t typed_from;
static struct {
	char name[32], text[1024];
} loader[LOADER_N];

const char *fw_efi_default_path(void)
{
	return PATH;
}

bool fw_efi_volume(uint32_t i, struct fw_efi_volume *ret)
{
	if (i >= stage_n_volumes)
		return false;
	*ret = stage_volumes[i];
	return true;
}

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	n_started +=
	    (size_t)vsnprintf(started + n_started, sizeof(started) - n_started, format, args);
	va_end(args);
	assert_true(n_started < sizeof(started));
}

static int answer(uint64_t *ret_status, struct cairn_err *err)
{
	int r = stage_answers[n_starts++];

	*ret_status = r > 0 ? UINT64_C(1) << 63 | 1 : 0xe;
	return r < 0 ? cairn_err_set(err, (uint32_t)-r, "because", 0) : 0;
}

/* A line: disk, block, path, options, and the initrd as text with '.' for NUL; the device tree. */
int fw_efi_start(const struct fw_efi_candidate *c, uint64_t *ret_status, struct cairn_err *err)
{
	const char *initrd = c->initrd;

	note("%s %lu %s [%s] ", c->disk->name, (unsigned long)c->first_block, c->path,
	     c->options ? c->options : "");
	for (uint64_t i = 0; i < c->initrd_bytes; i++)
		note("%c", initrd[i] ? initrd[i] : '.');
	if (c->dtb_bytes)
		note(" dtb %lu", (unsigned long)c->dtb_bytes);
	note("\n");
	if (stage_loader_get("LoaderEntrySelected"))
		note("  selected %s\n", stage_loader_get("LoaderEntrySelected"));
	if (stage_loader_get("LoaderBootCountPath"))
		note("  counted %s\n", stage_loader_get("LoaderBootCountPath"));
	return answer(ret_status, err);
}

bool fw_secure_is_on(void)
{
	return stage_is_secure;
}

bool fw_efi_boot_next(uint16_t *ret)
{
	bool is_there = stage_next >= 0;

	*ret = (uint16_t)stage_next;
	stage_next = -1;
	return is_there;
}

uint32_t fw_efi_boot_order(uint16_t *ret, uint32_t max)
{
	assert_true(stage_n_order <= max);
	memcpy(ret, stage_order, stage_n_order * sizeof(*ret));
	return stage_n_order;
}

int fw_efi_option(uint16_t number, struct fw_efi_option *ret, struct cairn_err *err)
{
	for (const struct stage_option *o = stage_options; o->name; o++) {
		if (o->number != number)
			continue;
		ret->number = number;
		ret->is_active = !o->is_inactive;
		snprintf(ret->description, sizeof(ret->description), "%s", o->name);
		return 0;
	}
	return cairn_err_set(err, ENOENT, "not there", number);
}

int fw_efi_option_start(uint16_t number, uint64_t *ret_status, struct cairn_err *err)
{
	note("option %u\n", number);
	return answer(ret_status, err);
}

uint64_t stage_measured;

void fw_efi_measure_kernel(const void *kernel, uint64_t bytes, const struct fw_efi_candidate *what)
{
	stage_measured = (uintptr_t)kernel;
}

bool fw_efi_timeout(uint16_t *ret)
{
	*ret = (uint16_t)stage_timeout;
	return stage_timeout >= 0;
}

const char *stage_loader_get(const char *name)
{
	for (int i = 0; i < LOADER_N; i++)
		if (strcmp(loader[i].name, name) == 0)
			return loader[i].text;
	return NULL;
}

void stage_loader_set(const char *name, const char *text)
{
	int i = 0;

	while (i < LOADER_N && strcmp(loader[i].name, name) != 0)
		i++;
	for (int k = 0; i == LOADER_N && k < LOADER_N; k++)
		if (!loader[k].name[0])
			i = k;
	assert_true(i < LOADER_N);
	snprintf(loader[i].name, sizeof(loader[i].name), "%s", text ? name : "");
	snprintf(loader[i].text, sizeof(loader[i].text), "%s", text ? text : "");
}

void fw_efi_loader_set(const char *name, const char *text)
{
	stage_loader_set(name, text);
}

/* With ',' for NUL. */
void fw_efi_loader_set_list(const char *name, const char *texts, size_t len)
{
	char text[1024] = "";

	for (size_t i = 0; i < len && i < sizeof(text) - 1; i++)
		text[i] = texts[i] ? texts[i] : ',';
	stage_loader_set(name, text);
}

bool fw_efi_loader_get(const char *name, char *dst, size_t cap)
{
	const char *text = stage_loader_get(name);

	if (text)
		snprintf(dst, cap, "%s", text);
	return text;
}

static void put(struct fw_console_dev *dev, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && n_screen + 1 < sizeof(screen); i++)
		if (bytes[i] != '\r')
			screen[n_screen++] = bytes[i];
	screen[n_screen] = '\0';
}

static int get(struct fw_console_dev *dev)
{
	return *typed && test_ticks >= typed_from ? (uint8_t)*typed++ : -1;
}

static struct fw_console_dev console = { .put = put, .get = get };

void stage_type(const char *bytes, uint64_t from_ns)
{
	typed = bytes;
	typed_from = test_ticks + from_ns;
}

static int disk_read(struct fw_block *b, uint64_t lba, void *dst, uint32_t n);
static int disk_write(struct fw_block *b, uint64_t lba, const void *src, uint32_t n);
static const struct fw_block_ops ops = { .read = disk_read, .write = disk_write };
static struct fw_block disks[2] = {
	{ .ops = &ops, .n_blocks = 100, .block_bytes = 512, .name = "a" },
	{ .ops = &ops, .n_blocks = 32768, .block_bytes = 512, .name = "b" },
};
static struct cairn_rig_dir dir;
static struct cairn_rig_disk made;
static struct fw_part fat_part, ext4_part;
static struct cairn_fat fat;
static struct cairn_ext4 ext4;

/* A read of many blocks is one of a file's. */
static int disk_read(struct fw_block *b, uint64_t lba, void *dst, uint32_t n)
{
	if (n > stage_blocks_readable)
		return -EIO;
	memset(dst, 0, (size_t)n * 512);
	return b == &disks[1] ? cairn_rig_disk_read_at(&made, lba * 512, dst, (size_t)n * 512) : 0;
}

static int disk_write(struct fw_block *b, uint64_t lba, const void *src, uint32_t n)
{
	return cairn_rig_disk_write_at(&made, lba * 512, src, (size_t)n * 512);
}

static int fat_write(void *ctx, uint64_t off, const void *src, size_t len)
{
	return fw_part_write(ctx, off, src, len);
}

static void mount_fat(void)
{
	struct cairn_image image;
	struct cairn_fat_disk d;

	fw_part_init(&fat_part, &disks[1], 0, 16384);
	image = fw_part_image(&fat_part);
	d = (struct cairn_fat_disk){ .read_at = image.read_at,
				     .write_at = fat_write,
				     .size_bytes = image.size_bytes,
				     .ctx = image.ctx };
	assert_int_equal(cairn_fat_mount(&d, &fat, NULL), 0);
	stage_volumes[0] = (struct fw_efi_volume){
		.disk = &disks[1], .n_blocks = 16384, .is_esp = true, .fat = &fat
	};
	stage_n_volumes = 1;
}

static void mount_ext4(void)
{
	struct cairn_image image;

	fw_part_init(&ext4_part, &disks[1], 16384, 16384);
	image = fw_part_image(&ext4_part);
	assert_int_equal(cairn_ext4_mount(&image, &ext4, NULL), 0);
	stage_volumes[1] = (struct fw_efi_volume){ .disk = &disks[1],
						   .first_block = 16384,
						   .n_blocks = 16384,
						   .is_xbootldr = true,
						   .ext4 = &ext4 };
	stage_n_volumes = 2;
}

void stage_make(const char *script, const char *ext4_script)
{
	static char all[8192];

	snprintf(
	    all, sizeof(all),
	    "rm -rf *\ntruncate -s 8M b\nmkfs.vfat b >/dev/null\n"
	    "mmd -i b ::/loader ::/loader/entries ::/EFI ::/EFI/Linux\n"
	    "put() { cat >f; mcopy -i b f \"::$1\"; }\n"
	    "entry() { printf \"$2\" >f; mcopy -o -i b f \"::/loader/entries/$1.conf\"; }\n%s\n"
	    "mkdir -p d/loader/entries d/EFI/Linux\n%s\n"
	    "mke2fs -q -F -t ext4 -N 6000 -d d e 8M\ncat e >>b\n",
	    script, ext4_script ? ext4_script : "");
	cairn_rig_disk_fini(&made);
	assert_int_equal(cairn_rig_run(&dir, all), 0);
	assert_int_equal(cairn_rig_disk_load(&made, &dir, "b"), 0);
	mount_fat();
	if (ext4_script)
		mount_ext4();
}

bool stage_has(const char *path)
{
	struct cairn_fat_file f;

	mount_fat();
	cairn_fat_root(&fat, &f);
	return cairn_fat_open(&f, path, &f) == 0;
}

void stage_run(void)
{
	uint64_t before = test_free_pages();

	n_started = n_screen = n_starts = 0;
	started[0] = screen[0] = '\0';
	fw_boot_run(&devices);
	assert_int_equal(test_free_pages(), before);
}

void stage_run_expects(const char *lines)
{
	stage_run();
	assert_string_equal(started, lines);
}

/* A poll of the console is a millisecond: that makes minutes short. */
static void time_passes(void)
{
	test_ticks += UINT64_C(1000000);
}

void stage_shrink(uint64_t bytes)
{
	memset(&fw_platform.memory, 0, sizeof(fw_platform.memory));
	assert_int_equal(fw_memory_describe(&fw_platform.memory, (uintptr_t)stage_ram, bytes,
					    FW_MEM_FREE, FW_MEM_ATTR_WB),
			 0);
}

int stage_reset(void **state)
{
	memset(stage_answers, 0, sizeof(stage_answers));
	memset(stage_options, 0, sizeof(stage_options));
	memset(loader, 0, sizeof(loader));
	stage_blocks_readable = UINT32_MAX;
	stage_n_volumes = stage_n_order = 0;
	stage_next = stage_timeout = -1;
	stage_volumes[2] = stage_volumes[3] =
	    (struct fw_efi_volume){ .disk = &disks[0], .n_blocks = 100, .is_esp = true };
	stage_is_secure = false;
	typed = "";
	test_on_pause = time_passes;
	stage_shrink(STAGE_RAM_BYTES);
	return 0;
}

int stage_setup(void **state)
{
	fw_console_add(&console);
	stage_ram = mmap((void *)(uintptr_t)RAM_AT, STAGE_RAM_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stage_ram == MAP_FAILED)
		return -1;
	return cairn_rig_dir_init(&dir);
}

int stage_teardown(void **state)
{
	munmap(stage_ram, STAGE_RAM_BYTES);
	cairn_rig_disk_fini(&made);
	cairn_rig_dir_fini(&dir);
	return 0;
}
