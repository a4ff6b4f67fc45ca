/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* An Image without an EFI stub, or whose stub failed: where it lies, and the tree it is given. */
#include <stdlib.h>

#include <cairn/fdt_reader.h>
#include <cairn/loader_kimage.h>
#include <fw/arch.h>
#include <fw/platform.h>

#include "../kernel.h"
#include "arch_test.h"
#include "stage.h"

#define TWO_MIB (UINT64_C(2) << 20)
#ifdef __riscv
#define NATIVE  "0x05435352"
#define FOREIGN "0x644d5241"
#else
#define NATIVE  "0x644d5241"
#define FOREIGN "0x05435352"
#endif

/* im FILE TEXT_OFFSET IMAGE_SIZE FLAGS MAGIC HEAD: an Image of 4 KiB. */
#define IM                                                                                         \
	"im() { python3 -c '\nimport struct,sys\n"                                                 \
	"off,size,flags,magic=[int(a,0) for a in sys.argv[1:5]]\n"                                 \
	"h=bytearray(64)\nh[0:len(sys.argv[5])]=sys.argv[5].replace(\".\",\"\\0\").encode()\n"     \
	"struct.pack_into(\"<QQQ\",h,8,off,size,flags)\nstruct.pack_into(\"<I\",h,56,magic)\n"     \
	"open(\"k\",\"wb\").write(h+b\"k\"*4032)\n' $2 $3 $4 $5 \"$6\"; mcopy -o -i b k ::$1; }\n" \
	"entry one 'linux /vm\\ninitrd /i\\noptions a=b\\n'; printf 12345 | put /i\n"

static jmp_buf entered;
static uint64_t kernel_at, dtb_at;
static uint8_t kernel[8192], dtb[4096], initrd[8];
static struct cairn_fdt_reader tree;

static void enter(uint64_t entry, uint64_t arg0, uint64_t arg1)
{
	struct cairn_fdt_node n;
	uint64_t at, end;

	kernel_at = entry;
	dtb_at = arg0;
	assert_int_equal(arg1, 0);
	memcpy(kernel, (const void *)(uintptr_t)entry, sizeof(kernel));
	memcpy(dtb, (const void *)(uintptr_t)arg0, sizeof(dtb));
	assert_int_equal(cairn_fdt_reader_open(&tree, dtb, sizeof(dtb), NULL), 0);
	assert_true(cairn_fdt_reader_find(&tree, "/chosen", 7, &n));
	assert_true(cairn_fdt_reader_number(&n, "linux,initrd-start", &at));
	assert_true(cairn_fdt_reader_number(&n, "linux,initrd-end", &end));
	assert_int_equal(end - at, sizeof(initrd));
	memcpy(initrd, (const void *)(uintptr_t)at, sizeof(initrd));
	longjmp(entered, 1);
}

/* A small tree: one range of memory, a model, and what /chosen had before. */
struct blob {
	uint8_t bytes[1024];
	size_t n;
};

static void cells(struct blob *b, const uint32_t *v, size_t n)
{
	for (size_t i = 0; i < 4 * n; i++)
		b->bytes[b->n++] = (uint8_t)(v[i / 4] >> (24 - 8 * (i % 4)));
}
#define CELLS(b, ...)                                                                              \
	cells(b, (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

/* Each text ends with NULs up to a multiple of 4. */
static void text(struct blob *b, const char *s)
{
	size_t len = strlen(s) + 1;

	memcpy(b->bytes + b->n, s, len);
	b->n += (len + 3) & ~(size_t)3;
}

static struct blob make_tree(uint64_t at, uint32_t len, const char *model)
{
	static const char names[] = "device_type\0reg\0bootargs\0model";
	struct blob b = { .n = 56 };
	uint32_t nodes, strings;

	CELLS(&b, 1, 0, 3, (uint32_t)strlen(model) + 1, 25);
	text(&b, model);
	CELLS(&b, 1);
	text(&b, "memory");
	CELLS(&b, 3, 7, 0);
	text(&b, "memory");
	CELLS(&b, 3, 12, 12, (uint32_t)(at >> 32), (uint32_t)at, len, 2, 1);
	text(&b, "chosen");
	CELLS(&b, 3, 4, 16);
	text(&b, "old");
	CELLS(&b, 2, 2, 9);
	nodes = (uint32_t)b.n - 56;
	strings = (uint32_t)b.n;
	memcpy(b.bytes + b.n, names, sizeof(names));
	b.n = 0;
	CELLS(&b, 0xd00dfeed, strings + (uint32_t)sizeof(names), 56, strings, 40, 17, 16, 0,
	      (uint32_t)sizeof(names), nodes);
	b.n = strings + sizeof(names);
	return b;
}

static struct blob machine;

/* The machine has a tree, and the disk what the script makes. */
static void make(const char *script)
{
	char all[8192];

	snprintf(all, sizeof(all), "%s%s", IM, script);
	stage_make(all, NULL);
	stage_answers[0] = -EPROTO;
	machine = make_tree((uintptr_t)stage_ram, STAGE_RAM_BYTES, "machine");
	fw_platform.fdt.at = (uintptr_t)machine.bytes;
	fw_platform.fdt.len = machine.n;
	test_kernel_pages = CAIRN_PAGES_4K;
}

static void make_good(void)
{
	make("im /vm 0 0x2000 0xa " NATIVE);
}

static bool runs(void)
{
	volatile bool is_entered = true;

	stage_measured = 0;
	if (setjmp(entered) == 0) {
		stage_run();
		is_entered = false;
	}
	return is_entered;
}

static void expect_model(const char *model)
{
	struct cairn_fdt_node n = cairn_fdt_reader_root(&tree);

	assert_string_equal(cairn_fdt_reader_string(&n, "model"), model);
	assert_true(cairn_fdt_reader_find(&tree, "/memory", 7, &n));
	assert_true(cairn_fdt_reader_find(&tree, "/chosen", 7, &n));
	assert_string_equal(cairn_fdt_reader_string(&n, "bootargs"), "a=b");
}

static void expect_kernel(void)
{
	memset(stage_ram, 0xee, STAGE_RAM_BYTES);
	assert_true(runs());
	assert_int_equal(stage_measured, kernel_at);
	for (size_t i = 64; i < sizeof(kernel); i++)
		assert_int_equal(kernel[i], i < 4096 ? 'k' : 0);
	assert_memory_equal(initrd, "12345\0\0\0", 8);
	assert_int_equal(dtb_at % TWO_MIB, 0);
	assert_true(dtb_at >= kernel_at + sizeof(kernel));
}

static void expect_refused(const char *why)
{
	assert_false(runs());
	if (!strstr(stage_screen, why))
		fail_msg("no \"%s\" in: %s", why, stage_screen);
	assert_non_null(strstr(stage_screen, "  nor without an EFI stub: "));
}

static void image_gets_options_and_initrd_in_its_tree(void **state)
{
	make_good();
	expect_kernel();
	assert_int_equal(kernel_at, (uintptr_t)stage_ram);
	expect_model("machine");
}

static void stub_that_failed_is_gone_without(void **state)
{
	make_good();
	stage_answers[0] = STAGE_ERROR_STATUS;
	expect_kernel();
}

static void image_lies_at_its_offset_in_the_lowest_place(void **state)
{
	make("im /vm 0x80000 0x2000 0 " NATIVE);
	assert_int_equal(fw_memory_describe(&fw_platform.memory, (uintptr_t)stage_ram + 0x100000, 1,
					    FW_MEM_RESERVED, 0),
			 0);
	expect_kernel();
	assert_int_equal(kernel_at, (uintptr_t)stage_ram + TWO_MIB + 0x80000);
}

/* Writes a tree to the disk, for an entry with that file. */
static void put_tree(const struct blob *b)
{
	char script[6000];
	size_t n = 0;

	n += (size_t)snprintf(script, sizeof(script),
			      "im /vm 0 0x2000 0xa " NATIVE "\nentry one 'linux /vm\\n"
			      "initrd /i\\ndevicetree /dtb\\noptions a=b\\n'\nprintf '");
	for (size_t i = 0; i < b->n; i++)
		n += (size_t)snprintf(script + n, sizeof(script) - n, "\\%03o", b->bytes[i]);
	snprintf(script + n, sizeof(script) - n, "' | put /dtb\n");
	make(script);
}

static void tree_of_the_entry_comes_first(void **state)
{
	struct blob own = make_tree((uintptr_t)stage_ram, STAGE_RAM_BYTES, "own");

	put_tree(&own);
	fw_platform.fdt.len = 0;
	expect_kernel();
	expect_model("own");
}

static void tree_with_other_memory_is_refused(void **state)
{
	struct blob own = make_tree(0x40000000, 0x1000000, "own");

	put_tree(&own);
	expect_refused("its device tree has other memory than there is");
}

static void machine_without_a_tree_is_told(void **state)
{
	make_good();
	fw_platform.fdt.len = 0;
	expect_refused("it needs a device tree, which this machine does not have");
}

static void tree_that_is_none_is_refused(void **state)
{
	make_good();
	machine.bytes[0] = 0;
	expect_refused("not a device tree");
}

static void tree_that_no_kernel_takes_is_refused(void **state)
{
	static uint8_t large[3u << 20];

	make_good();
	memcpy(large, machine.bytes, machine.n);
	for (size_t i = 0; i < 140000; i++) /* so many reservations */
		large[1024 + 16 * i] = 1;
	large[18] = 4; /* off_mem_rsvmap */
	large[19] = 0;
	large[5] = 0x30; /* totalsize */
	large[6] = large[7] = 0;
	fw_platform.fdt.at = (uintptr_t)large;
	fw_platform.fdt.len = sizeof(large);
	expect_refused("a device tree that is too large for it");
}

static void images_that_cannot_be_entered_are_refused(void **state)
{
	static const struct {
		const char *script, *why;
	} cases[] = {
		{ "im /vm 0 0x2000 0xa " FOREIGN, "kernel is for " },
		{ "im /vm 0 0x2000 0xb " NATIVE, "kernel is big-endian" },
		{ "im /vm 0 0x80000000 0xa " NATIVE, "a kernel that does not say what it needs" },
		{ "im /vm 0x80000000 0x2000 0xa " NATIVE,
		  "a kernel that does not say what it needs" },
		{ "im /vm 0 0x700000 0xa " NATIVE, "no memory for the kernel" },
		{ "echo x | put /vm", "kernel file ends before its header does" },
		{ "im /vm 0 0x2000 0xa 0x12345678", "not a kernel Image" },
		{ "im /vm 0 0x2000 0xa 0 MZ..zimg",
		  "an EFI zboot file, which only its stub unpacks" },
		{ "im /vm2 0 0x2000 0xa " NATIVE, "no such file" },
#ifndef __riscv
		{ "im /vm 0 0x2000 0xe " NATIVE, "kernel uses pages of 64 KiB" },
		{ "im /vm 0 0 0 " NATIVE, "a kernel that does not say what it needs" },
#endif
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++) {
		make(cases[i].script);
		expect_refused(cases[i].why);
	}
}

static void initrd_outside_of_the_reach_is_moved(void **state)
{
	uint64_t low = (uintptr_t)stage_ram, at;
	struct fw_entry_start s = { 0 };
	struct fw_kernel k = { 0 };

	assert_int_equal(fw_kernel_initrd_(&s, low, low, &k, &at, NULL), 0);
	assert_int_equal(at, 0);
	s.candidate.initrd = "12345678";
	s.candidate.initrd_bytes = 8;
	assert_int_equal(fw_kernel_initrd_(&s, 0, UINT64_MAX, &k, &at, NULL), 0);
	assert_int_equal(k.initrd.pages, 0);
	assert_int_equal(fw_kernel_initrd_(&s, low, low + 0x1fff, &k, &at, NULL), 0);
	assert_int_equal(at, low + 0x1000);
	assert_int_equal(k.initrd.at, at);
	assert_memory_equal((void *)(uintptr_t)at, "12345678", 8);
	s.candidate.initrd = (void *)(uintptr_t)(low + 0x3ffc);
	assert_int_equal(fw_kernel_initrd_(&s, low, low + 0x3fff, &k, &at, NULL), 0);
	assert_int_equal(at, low + 0x3000);
	s.candidate.initrd = (void *)(uintptr_t)low;
	assert_int_equal(fw_kernel_initrd_(&s, low + 0x5000, low + 0x4fff, &k, &at, NULL), -ENOMEM);
}

static int setup(void **state)
{
	test_enter_kernel = enter;
	return stage_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(image_gets_options_and_initrd_in_its_tree),
		STAGE_TEST(stub_that_failed_is_gone_without),
		STAGE_TEST(image_lies_at_its_offset_in_the_lowest_place),
		STAGE_TEST(tree_of_the_entry_comes_first),
		STAGE_TEST(tree_with_other_memory_is_refused),
		STAGE_TEST(machine_without_a_tree_is_told),
		STAGE_TEST(tree_that_is_none_is_refused),
		STAGE_TEST(tree_that_no_kernel_takes_is_refused),
		STAGE_TEST(images_that_cannot_be_entered_are_refused),
		STAGE_TEST(initrd_outside_of_the_reach_is_moved),
	};

	if (!cairn_rig_has("mkfs.vfat") || !cairn_rig_has("mcopy") || !cairn_rig_has("mke2fs")) {
		puts("dosfstools, mtools and e2fsprogs are not installed: run tools/setup");
		return 77;
	}
	return cmocka_run_group_tests(tests, setup, stage_teardown);
}
