/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A kernel without an EFI stub, or whose stub failed: what it is entered with. */
#include <stdlib.h>

#include <cairn/loader_linux.h>
#include <fw/arch.h>
#include <fw/platform.h>

#include "arch_test.h"
#include "stage.h"

/* bz RELOCATABLE XLOADFLAGS CMDLINE_SIZE PREFERRED INITRD_MAX: a bzImage, to /vm. */
#define BZ                                                                                         \
	"bz() { python3 -c '\nimport struct,sys\n"                                                 \
	"rel,xlf,cmd,pref,top=[int(a,0) for a in sys.argv[1:]]\n"                                  \
	"h=bytearray(1024)\n"                                                                      \
	"for f,at,v in "                                                                           \
	"((\"B\",0x1f1,1),(\"I\",0x1f4,128),(\"H\",0x1fe,0xaa55),(\"H\",0x200,0x6aeb),"            \
	"(\"4s\",0x202,b\"HdrS\"),(\"H\",0x206,0x20f),(\"B\",0x211,1),(\"I\",0x22c,top),"          \
	"(\"I\",0x230,1<<21),(\"B\",0x234,rel),(\"H\",0x236,xlf),(\"I\",0x238,cmd),"               \
	"(\"Q\",0x258,pref),(\"I\",0x260,8192)): struct.pack_into(\"<\"+f,h,at,v)\n"               \
	"open(\"f\",\"wb\").write(h+b\"k\"*2048)\n' \"$@\"; mcopy -o -i b f ::/vm; }\n"            \
	"entry one 'linux /vm\\ninitrd /i\\noptions a=b\\n'; printf 12345 | put /i\n"

static jmp_buf entered;
static struct cairn_linux_params params;
static uint8_t kernel[2048];
static char cmdline[16], initrd[8];
static uint64_t kernel_at;

static void enter(uint64_t entry, uint64_t arg0, uint64_t arg1)
{
	kernel_at = entry - 0x200;
	memcpy(&params, (const void *)(uintptr_t)arg0, sizeof(params));
	memcpy(kernel, (const void *)(uintptr_t)kernel_at, sizeof(kernel));
	memcpy(cmdline, (const void *)(uintptr_t)cairn_le32_get(params.hdr.cmd_line_ptr),
	       sizeof(cmdline));
	memcpy(initrd, (const void *)(uintptr_t)cairn_le32_get(params.hdr.ramdisk_image),
	       sizeof(initrd));
	assert_int_equal(arg1, 0);
	longjmp(entered, 1);
}

static void make(const char *arguments)
{
	char script[2048];

	snprintf(script, sizeof(script), "%sbz %s", BZ, arguments);
	stage_make(script, NULL);
	stage_answers[0] = -EPROTO;
}

/* Whether a kernel was entered. */
static bool runs(void)
{
	volatile bool is_entered = true;

	if (setjmp(entered) == 0) {
		stage_run();
		is_entered = false;
	}
	return is_entered;
}

static void expect_kernel(void)
{
	stage_measured = 0;
	assert_true(runs());
	assert_int_equal(stage_measured, kernel_at);
	for (size_t i = 0; i < sizeof(kernel); i++)
		assert_int_equal(kernel[i], 'k');
	assert_string_equal(cmdline, "a=b");
	assert_int_equal(cairn_le32_get(params.hdr.ramdisk_size), 8);
	assert_memory_equal(initrd, "12345\0\0\0", 8);
}

static void kernel_without_a_stub_gets_its_zero_page(void **state)
{
	uint64_t ram = 0, at;

	make("1 1 255 0 0x7fffffff");
	fw_platform.rsdp_at = 0xe0000;
	expect_kernel();
	assert_int_equal(kernel_at % (2u << 20), 0);
	assert_int_equal(cairn_le64_get(params.acpi_rsdp_addr), 0xe0000);
	assert_int_equal(params.hdr.type_of_loader, 0xff);
	for (uint32_t i = 0; i < params.e820_entries; i++)
		if (cairn_le32_get(params.e820[i].type) == 1)
			ram += cairn_le64_get(params.e820[i].len);
	at = cairn_le64_get(params.e820[0].at);
	assert_int_equal(ram, STAGE_RAM_BYTES);
	assert_int_equal(at, (uintptr_t)stage_ram);
	fw_platform.rsdp_at = 0;
}

static void kernel_lies_where_it_wants_to_be(void **state)
{
	char arguments[64];
	uint64_t want = (uintptr_t)stage_ram + 0x5000;

	snprintf(arguments, sizeof(arguments), "0 1 255 %lu 0x7fffffff", (unsigned long)want);
	make(arguments);
	expect_kernel();
	assert_int_equal(kernel_at, want);
}

static void initrd_is_where_the_kernel_looks(void **state)
{
	char arguments[64];
	uint64_t max = (uintptr_t)stage_ram + (3u << 20) + 0xfff;

	snprintf(arguments, sizeof(arguments), "1 1 255 0 %lu", (unsigned long)max);
	make(arguments);
	expect_kernel();
	assert_true(cairn_le32_get(params.hdr.ramdisk_image) + 7 <= max);
}

static void other_kinds_of_memory_are_told(void **state)
{
	make("1 1 255 0 0x7fffffff");
	assert_int_equal(
	    fw_memory_describe(&fw_platform.memory, 0xf0000, 0x1000, FW_MEM_ACPI, FW_MEM_ATTR_WB),
	    0);
	assert_int_equal(
	    fw_memory_describe(&fw_platform.memory, 0xf1000, 0x1000, FW_MEM_NVS, FW_MEM_ATTR_WB),
	    0);
	assert_int_equal(fw_memory_describe(&fw_platform.memory, 0xf2000, 0x1000, FW_MEM_MMIO, 0),
			 0);
	expect_kernel();
	assert_int_equal(cairn_le32_get(params.e820[0].type), 3);
	assert_int_equal(cairn_le32_get(params.e820[1].type), 4);
	assert_int_equal(cairn_le32_get(params.e820[2].type), 2);
}

static void stub_that_failed_is_gone_without(void **state)
{
	make("1 1 255 0 0x7fffffff");
	stage_answers[0] = STAGE_ERROR_STATUS;
	expect_kernel();
}

static void secure_boot_starts_nothing_unchecked(void **state)
{
	make("1 1 255 0 0x7fffffff");
	stage_is_secure = true;
	assert_false(runs());
	assert_non_null(strstr(stage_screen, "  nor without an EFI stub: Secure Boot is on\n"));
}

static void program_that_came_back_is_not_started_again(void **state)
{
	make("1 1 255 0 0x7fffffff");
	stage_answers[0] = 0;
	assert_false(runs());
	make("1 1 255 0 0x7fffffff");
	stage_answers[0] = -EIO;
	assert_false(runs());
	stage_make("entry one 'efi /vm\\n'", NULL);
	stage_answers[0] = -EPROTO;
	assert_false(runs());
	assert_null(strstr(stage_screen, "nor without"));
}

static void kernels_that_cannot_be_entered_are_refused(void **state)
{
	static const struct {
		const char *arguments, *why;
	} cases[] = {
		{ "1 0 255 0 0x7fffffff", "a kernel without a 64-bit entry" },
		{ "1 1 2 0 0x7fffffff", "options that are too long for it" },
		{ "0 1 255 0x1000 0x7fffffff", "no memory for the kernel" },
		{ "1 1 255 0 0", "no memory for the initrd" },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++) {
		make(cases[i].arguments);
		assert_false(runs());
		assert_non_null(strstr(stage_screen, "  nor without an EFI stub: "));
		assert_non_null(strstr(stage_screen, cases[i].why));
	}
	make("1 1 255 0 0x7fffffff; echo x | put /vm2; entry one 'linux /vm2'");
	assert_false(runs());
	assert_non_null(strstr(stage_screen, "kernel file ends before its setup header does"));
	make("1 1 255 0 0x7fffffff; entry one 'linux /vm3'");
	assert_false(runs());
	assert_non_null(strstr(stage_screen, "nor without an EFI stub: no such file"));
}

static void long_maps_are_refused(void **state)
{
	make("1 1 255 0 0x7fffffff");
	for (uint64_t i = 0; i < 80; i++)
		assert_int_equal(fw_memory_describe(&fw_platform.memory, 0x10000 + 0x2000 * i,
						    0x1000, FW_MEM_RESERVED, 0),
				 0);
	assert_false(runs());
	assert_non_null(strstr(stage_screen, "the memory map is too long for it"));
}

static int setup(void **state)
{
	test_enter_kernel = enter;
	return stage_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(kernel_without_a_stub_gets_its_zero_page),
		STAGE_TEST(kernel_lies_where_it_wants_to_be),
		STAGE_TEST(initrd_is_where_the_kernel_looks),
		STAGE_TEST(other_kinds_of_memory_are_told),
		STAGE_TEST(stub_that_failed_is_gone_without),
		STAGE_TEST(secure_boot_starts_nothing_unchecked),
		STAGE_TEST(program_that_came_back_is_not_started_again),
		STAGE_TEST(kernels_that_cannot_be_entered_are_refused),
		STAGE_TEST(long_maps_are_refused),
	};

	if (!cairn_rig_has("mkfs.vfat") || !cairn_rig_has("mcopy") || !cairn_rig_has("mke2fs")) {
		puts("dosfstools, mtools and e2fsprogs are not installed: run tools/setup");
		return 77;
	}
	return cmocka_run_group_tests(tests, setup, stage_teardown);
}
