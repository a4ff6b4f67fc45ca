/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "help.h"

static struct cairn_err err;
static struct cairn_pe pe;
static uint8_t loaded[PE_IMAGE];

static void parsed(const struct bytes *b)
{
	struct cairn_image image = image_of(b);

	assert_int_equal(cairn_loader_pe_parse(&image, &pe, &err), 0);
}

static void refused(const struct bytes *b, int code, const char *what)
{
	struct cairn_image image = image_of(b);

	assert_int_equal(cairn_loader_pe_parse(&image, &pe, &err), -code);
	assert_string_equal(err.what, what);
}

/* With one field of the made file changed. */
static void refused_with(size_t off, size_t len, uint64_t v, int code, const char *what)
{
	struct bytes b;

	make_pe(&b);
	put(&b, off, len, v);
	refused(&b, code, what);
}

static int load(const struct bytes *b, uint64_t base)
{
	struct cairn_image image = image_of(b);

	parsed(b);
	memset(loaded, 0xee, sizeof(loaded));
	return cairn_loader_pe_load(&pe, &image, loaded, base, &err);
}

static void parse_describes_the_program(void **state)
{
	struct bytes b;

	make_pe(&b);
	parsed(&b);
	assert_int_equal(pe.machine, CAIRN_PE_X86_64);
	assert_int_equal(pe.subsystem, 10);
	assert_int_equal(pe.image_base, PE_LINKED);
	assert_int_equal(pe.image_bytes, PE_IMAGE);
	assert_int_equal(pe.entry_rva, 0x1004);
	assert_int_equal(pe.section_align, 0x1000);
	assert_int_equal(pe.reloc_rva, 0x3000);
	assert_int_equal(pe.reloc_len, 16);
	assert_false(pe.is_fixed);
	assert_int_equal(pe.checksum_at, PE_CHECKSUM);
	assert_int_equal(pe.certs_entry_at, PE_CERTS);
	assert_int_equal(pe.certs_at, PE_CERTS_OFF);
	assert_int_equal(pe.certs_len, 8);
	assert_int_equal(pe.n_sections, 3);
	assert_string_equal(pe.sections[1].name, ".data");
	assert_int_equal(pe.sections[1].perms, CAIRN_PE_READ | CAIRN_PE_WRITE);
	assert_int_equal(pe.sections[0].perms, CAIRN_PE_READ | CAIRN_PE_EXEC);
	assert_int_equal(pe.sections[0].raw_bytes, 0x200);
	assert_int_equal(pe.sections[0].file_bytes, 0x80);
}

static void sections_are_found_by_name(void **state)
{
	struct bytes b;

	make_pe(&b);
	memcpy(b.v + PE_SECTION(0), "eightlong", 8);
	parsed(&b);
	assert_ptr_equal(cairn_loader_pe_section(&pe, ".data"), &pe.sections[1]);
	assert_ptr_equal(cairn_loader_pe_section(&pe, "eightlon"), &pe.sections[0]);
	assert_null(cairn_loader_pe_section(&pe, "eightlong"));
	assert_null(cairn_loader_pe_section(&pe, ".dat"));
	assert_null(cairn_loader_pe_section(&pe, ".data2"));
}

static void load_copies_zeroes_and_relocates(void **state)
{
	struct bytes b;

	make_pe(&b);
	assert_int_equal(load(&b, 0x7f123000), 0);
	assert_memory_equal(loaded, b.v, 0x200);
	assert_int_equal(loaded[0x200], 0);
	assert_int_equal(loaded[0x1000], 0x55);
	assert_int_equal(loaded[0x107f], 0x55);
	assert_int_equal(loaded[0x1080], 0);
	assert_int_equal(loaded[0x203f], 0x66);
	assert_int_equal(loaded[0x2040], 0);
	assert_int_equal(cairn_le_load(loaded + 0x2008, 8), 0x7f125000);
	assert_int_equal(cairn_le_load(loaded + 0x2010, 8), 0x7f125000);
	assert_int_equal(loaded[0x2000], 0x66);
	assert_int_equal(loaded[0x2018], 0x66);
	assert_int_equal(loaded[PE_IMAGE - 1], 0);
}

static void load_where_it_was_linked_needs_no_relocation(void **state)
{
	struct bytes b;

	make_pe(&b);
	put(&b, PE_RELOC_OFF + 8, 2, 0x3008);
	assert_int_equal(load(&b, PE_LINKED), 0);
	assert_int_equal(cairn_le_load(loaded + 0x2008, 8), PE_LINKED + 0x2000);
}

static void only_padding_and_64_bit_relocations_are_known(void **state)
{
	struct bytes b;

	make_pe(&b);
	put(&b, PE_RELOC_OFF + 10, 2, 0x0010);
	assert_int_equal(load(&b, 0x1000), 0);
	assert_int_equal(cairn_le_load(loaded + 0x2010, 8), PE_LINKED + 0x2000);
	for (unsigned type = 1; type < 16; type++) {
		if (type == 10)
			continue;
		put(&b, PE_RELOC_OFF + 10, 2, type << 12 | 0x10);
		assert_int_equal(load(&b, 0x1000), -ENOTSUP);
	}
}

static void relocations_stay_inside_the_image(void **state)
{
	struct bytes b;

	make_pe(&b);
	put(&b, PE_RELOC_OFF, 4, PE_IMAGE - 0x10);
	assert_int_equal(load(&b, 0x1000), -EPROTO);
	assert_string_equal(err.what, "PE relocation outside the image");
	put(&b, PE_RELOC_OFF, 4, PE_IMAGE - 0x18);
	assert_int_equal(load(&b, 0x1000), 0);
	put(&b, PE_RELOC_OFF, 4, 0xfffffff0);
	assert_int_equal(load(&b, 0x1000), -EPROTO);
}

static void relocation_blocks_have_a_size_that_fits(void **state)
{
	static const uint32_t bad[] = { 1, 7, 17, 0xffffffff };
	struct bytes b;

	make_pe(&b);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		put(&b, PE_RELOC_OFF + 4, 4, bad[i]);
		assert_int_equal(load(&b, 0x1000), -EPROTO);
		assert_string_equal(err.what, "PE relocations of a wrong size");
	}
	put(&b, PE_RELOC_OFF + 4, 4, 0);
	assert_int_equal(load(&b, 0x1000), 0);
}

static void relocations_that_rewrite_their_table_stay_inside(void **state)
{
	struct bytes b;

	make_pe(&b);
	put(&b, PE_RELOC + 4, 4, 32);
	put(&b, PE_SECTION(2) + PS_MEM, 4, 32);
	put(&b, PE_RELOC_OFF, 4, 0x3000);
	put(&b, PE_RELOC_OFF + 8, 2, 0xa010); /* the next block's head, which was zero */
	assert_int_equal(load(&b, 0xffffffff00400000), -EPROTO);
}

static void stripped_relocations_fix_the_address(void **state)
{
	struct bytes b;

	make_pe(&b);
	put(&b, PE_FLAGS, 2, 0x0207);
	assert_int_equal(load(&b, 0x1000), -ENOTSUP);
	assert_int_equal(load(&b, PE_LINKED), 0);
}

static void file_without_directories_loads_anywhere(void **state)
{
	struct bytes b;

	make_pe(&b);
	put(&b, PE_BASE, 8, 0);
	put(&b, PE_N_DIRECTORIES, 4, 0);
	assert_int_equal(load(&b, 0x1000), 0);
	assert_int_equal(pe.certs_entry_at, 0);
	assert_int_equal(pe.certs_len, 0);
	assert_int_equal(pe.reloc_len, 0);
}

static void file_cut_anywhere_is_refused(void **state)
{
	struct cairn_image image;
	struct bytes b;

	make_pe(&b);
	for (b.len = 0; b.len < PE_BYTES; b.len++) {
		image = image_of(&b);
		assert_int_equal(cairn_loader_pe_parse(&image, &pe, &err), -EPROTO);
	}
}

static void marks_and_machine_are_checked(void **state)
{
	static const uint16_t known[] = { 0x8664, 0xaa64, 0x5064 };
	struct bytes b;

	refused_with(0, 2, 0x4d5a, EPROTO, "not a PE file");
	refused_with(PE_HEAD, 4, 0x454e, EPROTO, "not a PE file");
	refused_with(PE_MACHINE, 2, 0x14c, ENOTSUP, "PE file for another machine");
	refused_with(PE_MAGIC, 2, 0x10b, ENOTSUP, "not a PE32+ file");
	refused_with(0x3c, 4, 0xffffffff, EPROTO, "PE headers behind the end of the file");
	make_pe(&b);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(known); i++) {
		put(&b, PE_MACHINE, 2, known[i]);
		parsed(&b);
		assert_int_equal(pe.machine, known[i]);
	}
}

static void sizes_of_headers_are_checked(void **state)
{
	refused_with(PE_OPTIONAL_BYTES, 2, 111, EPROTO, "PE optional header too short");
	refused_with(PE_OPTIONAL_BYTES, 2, 0xffff, ENOTSUP, "PE headers too large");
	refused_with(PE_HEADERS_BYTES, 4, 0x16f, EPROTO, "PE headers of a wrong size");
	refused_with(PE_HEADERS_BYTES, 4, PE_BYTES + 1, EPROTO, "PE headers of a wrong size");
	refused_with(PE_IMAGE_BYTES, 4, 0x1ff, EPROTO, "PE image smaller than its headers");
	refused_with(PE_N_SECTIONS, 2, 97, EPROTO, "PE file with too many sections");
	refused_with(PE_N_DIRECTORIES, 4, 7, EPROTO, "PE file with too many directories");
	refused_with(PE_N_DIRECTORIES, 4, 17, EPROTO, "PE file with too many directories");
	refused_with(PE_ENTRY, 4, PE_IMAGE, EPROTO, "PE entry outside the image");
}

static void section_alignment_is_checked(void **state)
{
	struct bytes b;

	refused_with(PE_SECTION_ALIGN, 4, 0, EPROTO, "PE section alignment is no power of two");
	refused_with(PE_SECTION_ALIGN, 4, 0x1800, EPROTO,
		     "PE section alignment is no power of two");
	refused_with(PE_SECTION_ALIGN, 4, 0x20000, ENOTSUP, "PE section alignment too large");
	make_pe(&b);
	for (uint32_t align = 0x20; align <= 0x10000; align *= 2) {
		put(&b, PE_SECTION_ALIGN, 4, align);
		parsed(&b);
		assert_int_equal(pe.section_align, align);
	}
}

static void directories_are_checked(void **state)
{
	refused_with(PE_CERTS, 4, PE_CERTS_OFF + 1, EPROTO,
		     "PE certificates behind the end of the file");
	refused_with(PE_CERTS + 4, 4, 0xffffffff, EPROTO,
		     "PE certificates behind the end of the file");
	refused_with(PE_RELOC, 4, PE_IMAGE - 15, EPROTO, "PE relocations outside the image");
	refused_with(PE_RELOC + 4, 4, 0xffffffff, EPROTO, "PE relocations outside the image");
}

static void sections_stay_inside_file_and_image(void **state)
{
	size_t text = PE_SECTION(0);

	refused_with(text + PS_RAW_AT, 4, PE_BYTES - 0x1ff, EPROTO,
		     "PE section behind the end of the file");
	refused_with(text + PS_RAW, 4, 0xffffffff, EPROTO, "PE section behind the end of the file");
	refused_with(text + PS_RVA, 4, PE_IMAGE - 0x7f, EPROTO, "PE section outside the image");
	refused_with(text + PS_MEM, 4, 0xffffffff, EPROTO, "PE section outside the image");
	refused_with(text + PS_RVA, 4, 0x1ff, EPROTO, "PE section over the headers");
	refused_with(text + PS_RVA, 4, 0x1f81, EPROTO, "PE sections overlap");
	refused_with(text + PS_RVA, 4, 0x217f, EPROTO, "PE sections overlap");
}

static void empty_sections_are_passed_over(void **state)
{
	struct bytes b;

	make_pe(&b);
	put(&b, PE_SECTION(1) + PS_MEM, 4, 0);
	parsed(&b);
	assert_int_equal(pe.sections[1].mem_bytes, 0x40);
	put(&b, PE_SECTION(1) + PS_RAW_AT, 4, 0);
	parsed(&b);
	assert_int_equal(pe.n_sections, 2);
	assert_string_equal(pe.sections[1].name, ".reloc");
}

static void writable_code_is_told(void **state)
{
	struct bytes b;

	make_pe(&b);
	parsed(&b);
	assert_true(cairn_loader_pe_is_w_xor_x(&pe, 0x1000));
	assert_false(cairn_loader_pe_is_w_xor_x(&pe, 0x2000));
	put(&b, PE_SECTION(0) + PS_FLAGS, 4, 0xe0000020);
	parsed(&b);
	assert_false(cairn_loader_pe_is_w_xor_x(&pe, 0x1000));
	make_pe(&b);
	put(&b, PE_SECTION(0) + PS_RVA, 4, 0x1100);
	parsed(&b);
	assert_false(cairn_loader_pe_is_w_xor_x(&pe, 0x1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_describes_the_program),
		cmocka_unit_test(sections_are_found_by_name),
		cmocka_unit_test(load_copies_zeroes_and_relocates),
		cmocka_unit_test(load_where_it_was_linked_needs_no_relocation),
		cmocka_unit_test(only_padding_and_64_bit_relocations_are_known),
		cmocka_unit_test(relocations_stay_inside_the_image),
		cmocka_unit_test(relocation_blocks_have_a_size_that_fits),
		cmocka_unit_test(relocations_that_rewrite_their_table_stay_inside),
		cmocka_unit_test(stripped_relocations_fix_the_address),
		cmocka_unit_test(file_without_directories_loads_anywhere),
		cmocka_unit_test(file_cut_anywhere_is_refused),
		cmocka_unit_test(marks_and_machine_are_checked),
		cmocka_unit_test(sizes_of_headers_are_checked),
		cmocka_unit_test(section_alignment_is_checked),
		cmocka_unit_test(directories_are_checked),
		cmocka_unit_test(sections_stay_inside_file_and_image),
		cmocka_unit_test(empty_sections_are_passed_over),
		cmocka_unit_test(writable_code_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
