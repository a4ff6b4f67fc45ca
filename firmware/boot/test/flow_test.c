/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What is started in which order, with an EFI side that only takes notes. */
#include "../entries.h"
#include "../flow.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <cairn/image_rig.h>
#include <fw/console.h>
#include <fw/platform.h>

#define RAM_BYTES (8u << 20)
#define PATH      "\\EFI\\BOOT\\PROGRAM.EFI"

static struct fw_efi_volume volumes[4];
static uint32_t n_volumes;
static int answers[128]; /* of the starts, in order */
static char started[4096], screen[4096];
static size_t n_started, n_screen;
static uint32_t n_starts;
static uint8_t *ram;

const char *fw_efi_default_path(void)
{
	return PATH;
}

bool fw_efi_volume(uint32_t i, struct fw_efi_volume *ret)
{
	if (i >= n_volumes)
		return false;
	*ret = volumes[i];
	return true;
}

/* A line: disk, block, path, options, and the initrd as text with '.' for NUL. */
int fw_efi_start(const struct fw_efi_candidate *c, uint64_t *ret_status, struct cairn_err *err)
{
	const char *initrd = c->initrd;

	n_started += (size_t)snprintf(
	    started + n_started, sizeof(started) - n_started, "%s %lu %s [%s] ", c->disk->name,
	    (unsigned long)c->first_block, c->path, c->options ? c->options : "");
	for (uint64_t i = 0; i < c->initrd_bytes; i++)
		started[n_started++] = initrd[i] ? initrd[i] : '.';
	started[n_started++] = '\n';
	started[n_started] = '\0';
	*ret_status = 0xe;
	if (answers[n_starts] < 0)
		return cairn_err_set(err, (uint32_t)-answers[n_starts++], "because", 0);
	n_starts++;
	return 0;
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
	return -1;
}

static struct fw_console_dev console = { .put = put, .get = get };

static int disk_read(struct fw_block *b, uint64_t lba, void *dst, uint32_t n);
static const struct fw_block_ops ops = { .read = disk_read };
static struct fw_block disks[2] = {
	{ .ops = &ops, .n_blocks = 100, .block_bytes = 512, .name = "a" },
	{ .ops = &ops, .n_blocks = 16384, .block_bytes = 512, .name = "b" },
};
static struct cairn_rig_dir dir;
static struct cairn_rig_disk made;
static uint32_t blocks_readable; /* at once */

/* A read of many blocks is one of a file's. */
static int disk_read(struct fw_block *b, uint64_t lba, void *dst, uint32_t n)
{
	if (n > blocks_readable)
		return -EIO;
	memset(dst, 0, (size_t)n * 512);
	return b == &disks[1] ? cairn_rig_disk_read_at(&made, lba * 512, dst, (size_t)n * 512) : 0;
}

/* A volume on all of disk b, whose files the script makes; run in the folder. */
static void make(const char *script)
{
	char all[2048];

	snprintf(all, sizeof(all),
		 "rm -rf *\ntruncate -s 8M b\nmkfs.vfat b >/dev/null\n"
		 "mmd -i b ::/loader ::/loader/entries ::/EFI\n"
		 "put() { cat >f; mcopy -i b f \"::$1\"; }\n%s",
		 script);
	cairn_rig_disk_fini(&made);
	assert_int_equal(cairn_rig_run(&dir, all), 0);
	assert_int_equal(cairn_rig_disk_load(&made, &dir, "b"), 0);
	volumes[0] = (struct fw_efi_volume){ &disks[1], 0, 16384, true };
	n_volumes = 1;
	answers[0] = -ENOENT;
}

static uint64_t free_pages(void)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < fw_platform.memory.n; i++)
		if (fw_platform.memory.entries[i].type == FW_MEM_FREE)
			n += fw_platform.memory.entries[i].pages;
	return n;
}

static void run_expects(const char *lines)
{
	uint64_t before = free_pages();

	n_started = n_screen = n_starts = 0;
	started[0] = screen[0] = '\0';
	fw_boot_run();
	assert_string_equal(started, lines);
	assert_int_equal(free_pages(), before);
}

static void esps_come_first_then_whole_disks_and_others_never(void **state)
{
	volumes[0] = (struct fw_efi_volume){ &disks[0], 0, 100, true };
	volumes[1] = (struct fw_efi_volume){ &disks[1], 64, 100, false };
	volumes[2] = (struct fw_efi_volume){ &disks[1], 0, 200, true };
	volumes[3] = (struct fw_efi_volume){ &disks[1], 300, 100, true };
	n_volumes = 4;
	run_expects("b 0 " PATH " [] \nb 300 " PATH " [] \na 0 " PATH " [] \n");
	assert_int_equal(fw_boot_run(), 3);
}

static void it_is_said_why_each_came_back(void **state)
{
	volumes[0] = (struct fw_efi_volume){ &disks[0], 20, 50, true };
	volumes[1] = (struct fw_efi_volume){ &disks[0], 0, 100, true };
	n_volumes = 2;
	answers[0] = -EPROTO;
	run_expects("a 20 " PATH " [] \na 0 " PATH " [] \n");
	assert_string_equal(screen, "a, partition at block 20: " PATH "\n"
				    "  cannot be started: because\n"
				    "a: " PATH "\n  it came back, status e\n");
}

static void entries_are_started_where_there_is_no_program(void **state)
{
	make("printf 'linux /vm\\ninitrd /i\\ninitrd sub/j\\noptions a\\noptions b=c\\n' | "
	     "put /loader/entries/one.conf\n"
	     "printf 12345 | put /i\nmmd -i b ::/sub\nprintf 678 | put /sub/j\n");
	run_expects("b 0 " PATH " [] \nb 0 \\vm [a b=c] 12345...678.\n");
	assert_non_null(strstr(screen, "b: entry one.conf\n  it came back, status e\n"));
}

static void where_there_is_a_program_entries_are_not(void **state)
{
	make("printf 'linux /vm\\n' | put /loader/entries/one.conf\n");
	answers[0] = 0;
	run_expects("b 0 " PATH " [] \n");
	answers[0] = -EPROTO;
	run_expects("b 0 " PATH " [] \n");
}

static void entries_stand_as_in_a_menu_and_the_default_is_first(void **state)
{
	make("for i in 1 3 2; do printf \"linux /v$i\\nsort-key s\\nversion $i\\n\" | "
	     "put /loader/entries/e$i.conf; done\n"
	     "printf 'efi /tool.efi\\nsort-key s\\nversion 0\\n' | put /loader/entries/tool.CONF\n"
	     "printf 'linux /no\\n' | put /loader/entries/notes.txt\n"
	     "printf 'linux /no\\n' | put /loader/entries/no.efi\n");
	run_expects("b 0 " PATH " [] \nb 0 \\v3 [] \nb 0 \\v2 [] \nb 0 \\v1 [] \n"
		    "b 0 \\tool.efi [] \n");
	assert_null(strstr(screen, "cannot be used"));
	make("for i in 1 3 2; do printf \"linux /v$i\\nsort-key s\\nversion $i\\n\" | "
	     "put /loader/entries/e$i.conf; done\n"
	     "printf 'default e1*\\n' | put /loader/loader.conf\n");
	run_expects("b 0 " PATH " [] \nb 0 \\v1 [] \nb 0 \\v3 [] \nb 0 \\v2 [] \n");
}

static void entries_that_cannot_be_used_do_not_stop_the_others(void **state)
{
	make("printf 'linux /v\\narchitecture aa64x\\n' | put /loader/entries/a.conf\n"
	     "printf 'linux /v\\ndevicetree /d\\n' | put /loader/entries/b.conf\n"
	     "printf 'linux /v\\ninitrd /gone\\n' | put /loader/entries/c.conf\n"
	     "printf 'linux /v\\ninitrd /loader\\n' | put /loader/entries/d.conf\n"
	     "printf 'linux /v\\noptions %05000d\\n' 1 | put /loader/entries/e.conf\n"
	     "printf 'linux /%02000d\\n' 1 | put /loader/entries/f.conf\n"
	     "printf 'title no kernel\\n' | put /loader/entries/g.conf\n"
	     "truncate -s 70000 f; mcopy -i b f ::/loader/entries/h.conf\n"
	     "printf 'linux /good\\n' | put /loader/entries/z.conf\n");
	run_expects("b 0 " PATH " [] \nb 0 \\good [] \n");
	assert_non_null(strstr(screen, "  2 boot entries cannot be used\n"));
	assert_non_null(strstr(screen, "for another machine"));
	assert_non_null(strstr(screen, "it brings a device tree"));
	assert_non_null(strstr(screen, "cannot open the initrd"));
	assert_non_null(strstr(screen, "options that are too long"));
	assert_non_null(strstr(screen, "a path that is too long"));
}

static void of_many_entries_some_are_left_out(void **state)
{
	make("mkdir d; for i in $(seq 70); do printf 'linux /v\\n' >d/$i.conf; done\n"
	     "mcopy -i b d/* ::/loader/entries/\n");
	n_started = n_screen = n_starts = 0;
	assert_int_equal(fw_boot_run(), FW_ENTRIES_MAX);
	assert_non_null(strstr(screen, "  6 boot entries cannot be used\n"));
}

static void names_of_entries_are_shown_in_plain_characters(void **state)
{
	make("printf 'linux /v\\n' | put \"/loader/entries/\303\251.conf\"\n");
	run_expects("b 0 " PATH " [] \nb 0 \\v [] \n");
	assert_non_null(strstr(screen, "b: entry ??.conf\n"));
}

static void an_initrd_that_cannot_be_read_is_said(void **state)
{
	make("printf 'linux /v\\ninitrd /i\\n' | put /loader/entries/one.conf\n"
	     "truncate -s 1M f; mcopy -i b f ::/i\n");
	blocks_readable = 64;
	run_expects("b 0 " PATH " [] \n");
	assert_non_null(strstr(screen, "cannot read the initrd"));
}

static void no_memory_for_an_initrd_is_said(void **state)
{
	make("printf 'linux /v\\ninitrd /i\\n' | put /loader/entries/one.conf\n"
	     "truncate -s 5M f; mcopy -i b f ::/i\n");
	memset(&fw_platform.memory, 0, sizeof(fw_platform.memory));
	assert_int_equal(fw_memory_describe(&fw_platform.memory, (uintptr_t)ram, 4u << 20,
					    FW_MEM_FREE, FW_MEM_ATTR_WB),
			 0);
	run_expects("b 0 " PATH " [] \n");
	assert_non_null(strstr(screen, "no memory for the initrd"));
}

static int reset(void **state)
{
	memset(answers, 0, sizeof(answers));
	blocks_readable = UINT32_MAX;
	memset(&fw_platform.memory, 0, sizeof(fw_platform.memory));
	return fw_memory_describe(&fw_platform.memory, (uintptr_t)ram, RAM_BYTES, FW_MEM_FREE,
				  FW_MEM_ATTR_WB);
}

static int setup(void **state)
{
	fw_console_add(&console);
	ram = test_malloc(RAM_BYTES);
	return cairn_rig_dir_init(&dir);
}

static int teardown(void **state)
{
	test_free(ram);
	cairn_rig_disk_fini(&made);
	cairn_rig_dir_fini(&dir);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(esps_come_first_then_whole_disks_and_others_never),
		TEST(it_is_said_why_each_came_back),
		TEST(entries_are_started_where_there_is_no_program),
		TEST(where_there_is_a_program_entries_are_not),
		TEST(entries_stand_as_in_a_menu_and_the_default_is_first),
		TEST(entries_that_cannot_be_used_do_not_stop_the_others),
		TEST(of_many_entries_some_are_left_out),
		TEST(names_of_entries_are_shown_in_plain_characters),
		TEST(an_initrd_that_cannot_be_read_is_said),
		TEST(no_memory_for_an_initrd_is_said),
	};

	if (!cairn_rig_has("mkfs.vfat") || !cairn_rig_has("mcopy")) {
		puts("dosfstools and mtools are not installed: run tools/setup");
		return 77;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
