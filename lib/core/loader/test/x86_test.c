/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Zero page, PVH structures, boot states, and the whole load into 4 MiB of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "help.h"

struct world {
	struct ram ram;
	struct bytes kernel_bytes;
	struct cairn_image kernel, initrd;
	struct cairn_bzimage bz;
	struct cairn_cmdline cmdline;
	char line[4096];
	uint8_t initrd_bytes[5000];
	struct cairn_memmap map;
	struct cairn_x86_load load;
	struct cairn_x86_loaded loaded;
	struct cairn_err err;
};

static struct world w;

static void start(void (*make)(struct bytes *))
{
	struct cairn_x86_memory m = { .ram_bytes = RAM_BYTES,
				      .hole = { UINT64_C(0xc0000000), UINT64_C(0x40000000) } };

	memset(&w, 0, sizeof(w));
	ram_init(&w.ram);
	make(&w.kernel_bytes);
	w.kernel = image_of(&w.kernel_bytes);
	memset(w.initrd_bytes, 0x44, sizeof(w.initrd_bytes));
	w.initrd = cairn_loader_image_mem(w.initrd_bytes, sizeof(w.initrd_bytes));
	assert_int_equal(cairn_loader_cmdline_init(&w.cmdline, w.line, sizeof(w.line)), 0);
	assert_int_equal(cairn_loader_cmdline_add(&w.cmdline, "quiet", 5, NULL), 0);
	assert_int_equal(cairn_loader_x86_memmap(&m, &w.map, NULL), 0);
	w.load = (struct cairn_x86_load){ .kernel = &w.kernel,
					  .cmdline = &w.cmdline,
					  .map = &w.map,
					  .rsdp = cairn_gpa_of(CAIRN_X86_ACPI_AT) };
}

static int load(void)
{
	return cairn_loader_x86_load(&w.load, &w.ram.sink, &w.loaded, &w.err);
}

static void parse_bz(void)
{
	assert_int_equal(cairn_loader_bzimage_parse(&w.kernel, &w.bz, NULL), 0);
	w.load.bz = &w.bz;
}

/* Ends a test whose load is refused before anything is written. */
static void refused(int code, const char *what)
{
	assert_int_equal(load(), -code);
	assert_string_equal(w.err.what, what);
	assert_true(ram_is_untouched(&w.ram));
	ram_fini(&w.ram);
}

static uint64_t word(uint64_t at, size_t len)
{
	return cairn_le_load(w.ram.bytes + at, len);
}

static void zero_page_of_an_elf_kernel_has_a_made_header(void **state)
{
	struct cairn_linux_params p;
	struct cairn_linux_params_config c = { 0 };

	start(make_elf);
	c.map = &w.map;
	cairn_loader_linux_params(&c, &p);
	assert_int_equal(cairn_le16_get(p.hdr.boot_flag), 0xaa55);
	assert_memory_equal((const uint8_t *)&p + 0x202, "HdrS", 4);
	assert_int_equal(cairn_le16_get(p.hdr.version), 0x20f);
	assert_int_equal(p.hdr.type_of_loader, 0xff);
	assert_int_equal(p.hdr.loadflags, 1);
	assert_int_equal(p.sentinel, 0);
	ram_fini(&w.ram);
}

static void zero_page_keeps_the_header_of_a_bzimage(void **state)
{
	struct cairn_linux_params p;
	struct cairn_linux_params_config c = { 0 };

	start(make_bzimage);
	put(&w.kernel_bytes, H_SETUP_DATA, 8, 0x1234);
	parse_bz();
	c.header = &w.bz.header;
	c.map = &w.map;
	cairn_loader_linux_params(&c, &p);
	assert_int_equal(cairn_le64_get(p.hdr.pref_address), 0x200000);
	assert_int_equal(cairn_le32_get(p.hdr.init_size), 0x2000);
	assert_int_equal(p.hdr.type_of_loader, 0xff);
	assert_int_equal(cairn_le64_get(p.hdr.setup_data), 0);
	ram_fini(&w.ram);
}

static void zero_page_splits_addresses_in_halves(void **state)
{
	struct cairn_linux_params p;
	struct cairn_linux_params_config c = {
		.cmdline = { UINT64_C(0x1100000002) },
		.initrd = { UINT64_C(0x3300000004) },
		.initrd_bytes = UINT64_C(0x5500000006),
		.rsdp = { 0xe0000 },
	};

	start(make_elf);
	c.map = &w.map;
	cairn_loader_linux_params(&c, &p);
	assert_int_equal(cairn_le32_get(p.hdr.cmd_line_ptr), 2);
	assert_int_equal(cairn_le32_get(p.ext_cmd_line_ptr), 0x11);
	assert_int_equal(cairn_le32_get(p.hdr.ramdisk_image), 4);
	assert_int_equal(cairn_le32_get(p.ext_ramdisk_image), 0x33);
	assert_int_equal(cairn_le32_get(p.hdr.ramdisk_size), 6);
	assert_int_equal(cairn_le32_get(p.ext_ramdisk_size), 0x55);
	assert_int_equal(cairn_le64_get(p.acpi_rsdp_addr), 0xe0000);
	c.initrd_bytes = 0;
	cairn_loader_linux_params(&c, &p);
	assert_int_equal(cairn_le32_get(p.hdr.ramdisk_image), 0);
	assert_int_equal(cairn_le32_get(p.ext_ramdisk_image), 0);
	ram_fini(&w.ram);
}

static void zero_page_carries_the_memory_map(void **state)
{
	struct cairn_linux_params p;
	struct cairn_linux_params_config c = { 0 };

	start(make_elf);
	c.map = &w.map;
	cairn_loader_linux_params(&c, &p);
	assert_int_equal(p.e820_entries, 3);
	assert_int_equal(cairn_le64_get(p.e820[1].at), 0x9fc00);
	assert_int_equal(cairn_le64_get(p.e820[1].len), 0x60400);
	assert_int_equal(cairn_le32_get(p.e820[1].type), 2);
	assert_int_equal(cairn_le64_get(p.e820[2].len), RAM_BYTES - 0x100000);
	ram_fini(&w.ram);
}

static void pvh_load_fills_the_start_info(void **state)
{
	const uint64_t at = CAIRN_X86_PVH_AT;

	start(make_elf);
	w.load.initrd = &w.initrd;
	assert_int_equal(load(), 0);
	assert_int_equal(w.loaded.protocol, CAIRN_X86_PVH);
	assert_int_equal(word(at, 4), 0x336ec578);
	assert_int_equal(word(at + 4, 4), 1);
	assert_int_equal(word(at + 8, 4), 0);
	assert_int_equal(word(at + 12, 4), 1);
	assert_int_equal(word(at + 16, 8), at + CAIRN_PVH_MODULE_OFF);
	assert_int_equal(word(at + 24, 8), CAIRN_X86_CMDLINE_AT);
	assert_int_equal(word(at + 32, 8), CAIRN_X86_ACPI_AT);
	assert_int_equal(word(at + 40, 8), at + CAIRN_PVH_MEMMAP_OFF);
	assert_int_equal(word(at + 48, 4), 3);
	assert_int_equal(word(at + CAIRN_PVH_MODULE_OFF, 8), w.loaded.initrd.at);
	assert_int_equal(word(at + CAIRN_PVH_MODULE_OFF + 8, 8), 5000);
	assert_int_equal(word(at + CAIRN_PVH_MEMMAP_OFF + 24, 8), 0x9fc00);
	assert_int_equal(word(at + CAIRN_PVH_MEMMAP_OFF + 24 + 8, 8), 0x60400);
	assert_int_equal(word(at + CAIRN_PVH_MEMMAP_OFF + 24 + 16, 4), 2);
	ram_fini(&w.ram);
}

static void pvh_without_initrd_has_no_module(void **state)
{
	start(make_elf);
	assert_int_equal(load(), 0);
	assert_int_equal(word(CAIRN_X86_PVH_AT + 12, 4), 0);
	assert_int_equal(word(CAIRN_X86_PVH_AT + 16, 8), 0);
	assert_int_equal(w.loaded.initrd.len, 0);
	ram_fini(&w.ram);
}

static void pvh_state_is_flat_32_bit_without_paging(void **state)
{
	const struct cairn_x86_boot *b = &w.loaded.boot;

	start(make_elf);
	assert_int_equal(load(), 0);
	assert_int_equal(b->rip, ELF_PVH);
	assert_int_equal(b->rbx, CAIRN_X86_PVH_AT);
	assert_int_equal(b->cr0, 0x11);
	assert_int_equal(b->cr4, 0);
	assert_int_equal(b->efer, 0);
	assert_int_equal(b->rflags, 2);
	assert_true(b->cs.db && !b->cs.l && b->cs.g);
	assert_int_equal(b->cs.limit, UINT32_MAX);
	assert_int_equal(b->tr.limit, 0x67);
	assert_int_equal(word(CAIRN_X86_GDT_AT + 0x10, 8), UINT64_C(0x00cf9b000000ffff));
	assert_int_equal(word(CAIRN_X86_GDT_AT + 0x18, 8), UINT64_C(0x00cf93000000ffff));
	assert_int_equal(word(CAIRN_X86_GDT_AT + 0x20, 8), UINT64_C(0x00008b0000000067));
	assert_int_equal(b->gdt.limit, 47);
	ram_fini(&w.ram);
}

static void linux_state_is_long_mode_with_zero_page(void **state)
{
	const struct cairn_x86_boot *b = &w.loaded.boot;

	start(make_elf);
	w.load.protocol = CAIRN_X86_LINUX;
	w.load.initrd = &w.initrd;
	assert_int_equal(load(), 0);
	assert_int_equal(b->rip, ELF_ENTRY);
	assert_int_equal(b->rsi, CAIRN_X86_PARAMS_AT);
	assert_int_equal(b->rsp, CAIRN_X86_STACK_TOP);
	assert_int_equal(b->cr0, 0x80000011);
	assert_int_equal(b->cr3, CAIRN_X86_PML4_AT);
	assert_int_equal(b->cr4, 0x20);
	assert_int_equal(b->efer, 0x500);
	assert_true(b->cs.l && !b->cs.db);
	assert_int_equal(b->cs.selector, 0x10);
	assert_int_equal(b->data.selector, 0x18);
	assert_int_equal(word(CAIRN_X86_GDT_AT, 8), 0);
	assert_int_equal(word(CAIRN_X86_GDT_AT + 0x10, 8), UINT64_C(0x00af9b000000ffff));
	assert_int_equal(word(CAIRN_X86_PARAMS_AT + 0x218, 4), w.loaded.initrd.at);
	assert_int_equal(word(CAIRN_X86_PARAMS_AT + 0x21c, 4), 5000);
	assert_int_equal(word(CAIRN_X86_PARAMS_AT + 0x228, 4), CAIRN_X86_CMDLINE_AT);
	ram_fini(&w.ram);
}

/* Walks the tables as the processor does. */
static uint64_t translate(uint64_t va)
{
	uint64_t pml4e = word(CAIRN_X86_PML4_AT + (va >> 39 & 511) * 8, 8);
	uint64_t pdpte = word((pml4e & ~UINT64_C(0xfff)) + (va >> 30 & 511) * 8, 8);
	uint64_t pde = word((pdpte & ~UINT64_C(0xfff)) + (va >> 21 & 511) * 8, 8);

	assert_int_equal(pml4e & 0xfff, 3);
	assert_int_equal(pdpte & 0xfff, 3);
	assert_int_equal(pde & 0xfff, 0x83);
	return (pde & ~UINT64_C(0x1fffff)) + (va & 0x1fffff);
}

static void first_four_gib_are_mapped_one_to_one(void **state)
{
	start(make_elf);
	w.load.protocol = CAIRN_X86_LINUX;
	assert_int_equal(load(), 0);
	for (uint64_t va = 0x1234; va >> 32 == 0; va += 0x200000)
		assert_int_equal(translate(va), va);
	assert_int_equal(word(CAIRN_X86_PDPT_AT + 4 * 8, 8), 0);
	assert_int_equal(word(CAIRN_X86_PML4_AT + 8, 8), 0);
	ram_fini(&w.ram);
}

static void load_places_kernel_initrd_and_command_line(void **state)
{
	start(make_elf);
	w.load.initrd = &w.initrd;
	assert_int_equal(load(), 0);
	assert_int_equal(w.ram.bytes[ELF_LOW_AT], 0x22);
	assert_int_equal(w.loaded.initrd.at, RAM_BYTES - 8192);
	assert_memory_equal(w.ram.bytes + RAM_BYTES - 8192, w.initrd_bytes, 5000);
	assert_string_equal((const char *)w.ram.bytes + CAIRN_X86_CMDLINE_AT, "quiet");
	ram_fini(&w.ram);
}

static void bzimage_is_entered_behind_its_start(void **state)
{
	start(make_bzimage);
	parse_bz();
	assert_int_equal(load(), 0);
	assert_int_equal(w.loaded.protocol, CAIRN_X86_LINUX);
	assert_int_equal(w.loaded.boot.rip, 0x200200);
	assert_int_equal(w.loaded.kernel.len, 0x2000);
	assert_int_equal(w.ram.bytes[0x200000], 0x33);
	assert_int_equal(word(CAIRN_X86_PARAMS_AT + 0x260, 4), 0x2000);
	ram_fini(&w.ram);
}

static void kernel_without_a_wanted_entry_is_refused(void **state)
{
	start(make_bzimage);
	parse_bz();
	w.load.protocol = CAIRN_X86_PVH;
	refused(ENOTSUP, "kernel has no PVH entry");
	start(make_elf);
	put(&w.kernel_bytes, E_ENTRY, 8, 0);
	w.load.protocol = CAIRN_X86_LINUX;
	refused(ENOTSUP, "kernel has no 64-bit entry");
	start(make_bzimage);
	put(&w.kernel_bytes, H_XLOADFLAGS, 2, 0);
	parse_bz();
	refused(ENOTSUP, "kernel has no 64-bit entry");
}

static void elf_without_pvh_is_entered_the_linux_way(void **state)
{
	start(make_elf);
	put(&w.kernel_bytes, PHDR(2) + P_TYPE, 4, 0);
	assert_int_equal(load(), 0);
	assert_int_equal(w.loaded.protocol, CAIRN_X86_LINUX);
	ram_fini(&w.ram);
}

static void files_that_are_no_kernel_are_refused(void **state)
{
	start(make_elf);
	w.kernel.size_bytes = 0;
	refused(EPROTO, "kernel file is empty");
	start(make_elf);
	put(&w.kernel_bytes, 0, 4, 0);
	refused(ENOTSUP, "neither an ELF kernel nor a bzImage");
	start(make_elf);
	put(&w.kernel_bytes, E_MACHINE, 2, 183);
	refused(ENOTSUP, "ELF file for a machine other than x86_64");
	start(make_bzimage);
	refused(EINVAL, "bzImage whose header was not parsed");
}

static void command_line_longer_than_the_kernel_takes_is_refused(void **state)
{
	char text[2048];

	memset(text, 'a', sizeof(text));
	start(make_elf);
	assert_int_equal(cairn_loader_cmdline_init(&w.cmdline, w.line, sizeof(w.line)), 0);
	assert_int_equal(cairn_loader_cmdline_add(&w.cmdline, text, 2047, NULL), 0);
	assert_int_equal(load(), 0);
	ram_fini(&w.ram);
	start(make_bzimage);
	put(&w.kernel_bytes, H_CMDLINE, 4, 4);
	parse_bz();
	refused(ENOSPC, "command line too long for this kernel; the limit in bytes is");
	assert_int_equal(w.err.at, 4);
	start(make_elf);
	assert_int_equal(cairn_loader_cmdline_init(&w.cmdline, w.line, sizeof(w.line)), 0);
	assert_int_equal(cairn_loader_cmdline_add(&w.cmdline, text, 2048, NULL), 0);
	refused(ENOSPC, "command line too long for this kernel; the limit in bytes is");
}

static void kernel_larger_than_memory_is_refused(void **state)
{
	start(make_elf);
	put(&w.kernel_bytes, PHDR(0) + P_MEMSZ, 8, RAM_BYTES - ELF_HIGH_AT + 1);
	refused(EFAULT, "kernel does not fit into guest memory");
	start(make_elf);
	put(&w.kernel_bytes, PHDR(1) + P_PADDR, 8, CAIRN_X86_PVH_AT);
	put(&w.kernel_bytes, PHDR(2) + P_TYPE, 4, 0);
	put(&w.kernel_bytes, E_ENTRY, 8, ELF_HIGH_AT);
	refused(EFAULT, "kernel does not fit into guest memory");
}

static void kernel_beyond_4_gib_is_refused(void **state)
{
	start(make_elf);
	w.map.entries[2].len_bytes = UINT64_C(1) << 40;
	put(&w.kernel_bytes, PHDR(0) + P_PADDR, 8, (UINT64_C(1) << 32) - 0xff);
	refused(EFAULT, "kernel does not fit into guest memory");
}

static void initrd_that_does_not_fit_is_refused(void **state)
{
	start(make_elf);
	w.initrd.size_bytes = RAM_BYTES;
	w.load.initrd = &w.initrd;
	assert_int_equal(load(), -ENOSPC);
	assert_string_equal(w.err.what, "initrd does not fit into guest memory");
	w.initrd.size_bytes = 0;
	assert_int_equal(load(), -EINVAL);
	assert_string_equal(w.err.what, "initrd is empty");
	ram_fini(&w.ram);
}

static void initrd_obeys_the_kernel_limit(void **state)
{
	start(make_bzimage);
	put(&w.kernel_bytes, H_INITRD_MAX, 4, 0x1fffff);
	parse_bz();
	w.load.initrd = &w.initrd;
	assert_int_equal(load(), 0);
	assert_int_equal(w.loaded.initrd.at, 0x200000 - 8192);
	ram_fini(&w.ram);
}

static void map_without_low_memory_is_refused(void **state)
{
	const char *what = "no memory at 0 or at 1 MiB";

	start(make_elf);
	w.map.n = 2;
	refused(EINVAL, what);
	start(make_elf);
	w.map.entries[0].len_bytes = CAIRN_X86_CMDLINE_AT + CAIRN_X86_CMDLINE_MAX;
	refused(EINVAL, what);
	start(make_elf);
	w.map.entries[0].type = CAIRN_MEMMAP_RESERVED;
	refused(EINVAL, what);
	start(make_elf);
	w.map.entries[2].type = CAIRN_MEMMAP_RESERVED;
	refused(EINVAL, what);
	start(make_elf);
	w.map.n = 0;
	refused(EINVAL, what);
}

/* Every write in turn fails: the load ends with the sink's code and nothing is reported loaded. */
static void any_failing_write_ends_the_load(void **state)
{
	for (int protocol = CAIRN_X86_PVH; protocol <= CAIRN_X86_LINUX; protocol++) {
		for (unsigned n = 0;; n++) {
			int ret;

			start(make_elf);
			w.load.initrd = &w.initrd;
			w.load.protocol = (enum cairn_x86_protocol)protocol;
			w.ram.writes_left = n;
			ret = load();
			ram_fini(&w.ram);
			if (ret == 0)
				break;
			assert_int_equal(ret, -EIO);
			assert_int_equal(w.loaded.kernel.len, 0);
			assert_true(n < 100);
		}
	}
}

static int report(const struct cairn_err *err)
{
	return -err->code;
}

static int readme_example(const void *file, size_t file_bytes, struct cairn_load_sink sink,
			  uint64_t *ret_rip)
{
	struct cairn_x86_memory m = { .ram_bytes = RAM_BYTES, .hole = { 0xc0000000, 0x40000000 } };
	struct cairn_image kernel = cairn_loader_image_mem(file, file_bytes);
	struct cairn_err err = { 0 };
	struct cairn_x86_loaded loaded;
	struct cairn_memmap map;
	struct cairn_cmdline line;
	char text[2048];

	if (cairn_loader_x86_memmap(&m, &map, &err) < 0 ||
	    cairn_loader_cmdline_init(&line, text, sizeof(text)) < 0 ||
	    cairn_loader_cmdline_add_pair(&line, "console", "ttyS0", &err) < 0)
		return report(&err);
	struct cairn_x86_load load_this = { .kernel = &kernel, .cmdline = &line, .map = &map };
	if (cairn_loader_x86_load(&load_this, &sink, &loaded, &err) < 0)
		return report(&err);
	*ret_rip = loaded.boot.rip;
	return 0;
}

static void readme_example_works(void **state)
{
	uint64_t rip = 0;

	start(make_elf);
	assert_int_equal(readme_example(w.kernel_bytes.v, w.kernel_bytes.len, w.ram.sink, &rip), 0);
	assert_int_equal(rip, ELF_PVH);
	ram_fini(&w.ram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_page_of_an_elf_kernel_has_a_made_header),
		cmocka_unit_test(zero_page_keeps_the_header_of_a_bzimage),
		cmocka_unit_test(zero_page_splits_addresses_in_halves),
		cmocka_unit_test(zero_page_carries_the_memory_map),
		cmocka_unit_test(pvh_load_fills_the_start_info),
		cmocka_unit_test(pvh_without_initrd_has_no_module),
		cmocka_unit_test(pvh_state_is_flat_32_bit_without_paging),
		cmocka_unit_test(linux_state_is_long_mode_with_zero_page),
		cmocka_unit_test(first_four_gib_are_mapped_one_to_one),
		cmocka_unit_test(load_places_kernel_initrd_and_command_line),
		cmocka_unit_test(bzimage_is_entered_behind_its_start),
		cmocka_unit_test(kernel_without_a_wanted_entry_is_refused),
		cmocka_unit_test(elf_without_pvh_is_entered_the_linux_way),
		cmocka_unit_test(files_that_are_no_kernel_are_refused),
		cmocka_unit_test(command_line_longer_than_the_kernel_takes_is_refused),
		cmocka_unit_test(kernel_larger_than_memory_is_refused),
		cmocka_unit_test(kernel_beyond_4_gib_is_refused),
		cmocka_unit_test(initrd_that_does_not_fit_is_refused),
		cmocka_unit_test(initrd_obeys_the_kernel_limit),
		cmocka_unit_test(map_without_low_memory_is_refused),
		cmocka_unit_test(any_failing_write_ends_the_load),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
