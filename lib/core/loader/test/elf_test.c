/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "help.h"

static const struct cairn_range all_ram = { .at = 0x100000, .len = RAM_BYTES - 0x100000 };

static int parse(const struct bytes *b, struct cairn_elf *elf)
{
	struct cairn_image image = image_of(b);

	return cairn_loader_elf_parse(&image, elf, NULL);
}

/* A valid image with `len` bytes at `off` replaced by v is refused with this code and reason. */
static void refused(size_t off, size_t len, uint64_t v, int code, const char *what)
{
	struct cairn_err err = { 0 };
	struct cairn_elf elf = { .n_segments = 77 };
	struct cairn_image image;
	struct bytes b;

	make_elf(&b);
	put(&b, off, len, v);
	image = image_of(&b);
	assert_int_equal(cairn_loader_elf_parse(&image, &elf, &err), -code);
	assert_string_equal(err.what, what);
	assert_int_equal(elf.n_segments, 77);
}

static void parse_finds_segments_in_order_of_address(void **state)
{
	struct cairn_elf elf;
	struct bytes b;

	make_elf(&b);
	assert_int_equal(parse(&b, &elf), 0);
	assert_int_equal(elf.n_segments, 2);
	assert_int_equal(elf.segments[0].at.v, ELF_LOW_AT);
	assert_int_equal(elf.segments[0].file_off, 0x240);
	assert_int_equal(elf.segments[1].at.v, ELF_HIGH_AT);
	assert_int_equal(elf.segments[1].file_bytes, 0x40);
	assert_int_equal(elf.segments[1].mem_bytes, 0x100);
	assert_int_equal(elf.span.at, ELF_LOW_AT);
	assert_int_equal(elf.span.len, ELF_HIGH_AT + 0x100 - ELF_LOW_AT);
}

static void parse_finds_both_entries(void **state)
{
	struct cairn_elf elf;
	struct bytes b;

	make_elf(&b);
	assert_int_equal(parse(&b, &elf), 0);
	assert_true(elf.has_entry64);
	assert_int_equal(elf.entry64.v, ELF_ENTRY);
	assert_true(elf.has_pvh);
	assert_int_equal(elf.pvh_entry.v, ELF_PVH);
}

static void file_cut_anywhere_is_refused(void **state)
{
	struct cairn_err err;
	struct cairn_elf elf;
	struct bytes b;

	make_elf(&b);
	for (size_t len = 0; len < ELF_BYTES; len++) {
		uint8_t *exact = malloc(len ? len : 1); /* so that ASan sees the end */
		struct cairn_image image = cairn_loader_image_mem(exact, len);

		assert_non_null(exact);
		memcpy(exact, b.v, len);
		assert_int_equal(cairn_loader_elf_parse(&image, &elf, &err), -EPROTO);
		free(exact);
	}
}

static void identification_is_checked(void **state)
{
	refused(0, 1, 0, EPROTO, "not an ELF file");
	refused(E_CLASS, 1, 1, ENOTSUP, "not a 64-bit ELF file");
	refused(E_DATA, 1, 2, ENOTSUP, "not a little-endian ELF file");
	refused(E_VERSION, 1, 0, EPROTO, "unknown ELF version");
	refused(E_MACHINE, 2, 183, ENOTSUP, "ELF file for a machine other than x86_64");
	refused(E_TYPE, 2, 1, ENOTSUP, "not an executable ELF file");
}

static void program_header_table_is_checked(void **state)
{
	const char *beyond = "ELF program headers behind the end of the file";

	refused(E_PHENTSIZE, 2, 32, EPROTO, "ELF program headers of a wrong size");
	refused(E_PHNUM, 2, 0, EPROTO, "ELF file without program headers");
	refused(E_PHNUM, 2, 129, ENOTSUP, "ELF file with too many program headers");
	refused(E_PHNUM, 2, 128, EPROTO, beyond);
	refused(E_PHOFF, 8, ELF_BYTES - 3 * 56 + 1, EPROTO, beyond);
	refused(E_PHOFF, 8, UINT64_MAX, EPROTO, beyond);
	refused(E_PHOFF, 8, UINT64_MAX - 3 * 56 + 1, EPROTO, beyond);
}

static void segments_are_checked_against_the_file(void **state)
{
	const char *beyond = "ELF segment behind the end of the file";

	refused(PHDR(1) + P_OFFSET, 8, ELF_BYTES - 0x80 + 1, EPROTO, beyond);
	refused(PHDR(1) + P_OFFSET, 8, UINT64_MAX - 0x7f, EPROTO, beyond);
	refused(PHDR(1) + P_OFFSET, 8, UINT64_MAX, EPROTO, beyond);
}

static void segment_larger_in_file_than_in_memory_is_refused(void **state)
{
	refused(PHDR(0) + P_MEMSZ, 8, 0x3f, EPROTO,
		"ELF segment larger in the file than in memory");
	refused(PHDR(0) + P_MEMSZ, 8, 0, EPROTO, "ELF segment larger in the file than in memory");
}

static void segment_that_wraps_is_refused(void **state)
{
	refused(PHDR(0) + P_PADDR, 8, UINT64_MAX - 0xfe, EPROTO,
		"ELF segment wraps the address space");
	refused(PHDR(0) + P_MEMSZ, 8, UINT64_MAX, EPROTO, "ELF segment wraps the address space");
}

static void overlapping_segments_are_refused(void **state)
{
	struct cairn_elf elf;
	struct bytes b;

	refused(PHDR(0) + P_PADDR, 8, ELF_LOW_AT + 0x7f, EPROTO, "ELF segments overlap");
	refused(PHDR(0) + P_PADDR, 8, ELF_LOW_AT - 0xff, EPROTO, "ELF segments overlap");
	refused(PHDR(0) + P_PADDR, 8, ELF_LOW_AT, EPROTO, "ELF segments overlap");
	make_elf(&b);
	put(&b, PHDR(0) + P_PADDR, 8, ELF_LOW_AT + 0x80);
	assert_int_equal(parse(&b, &elf), 0);
}

static void empty_segments_are_passed_over(void **state)
{
	struct cairn_elf elf;
	struct bytes b;

	make_elf(&b);
	put(&b, PHDR(0) + P_FILESZ, 8, 0);
	put(&b, PHDR(0) + P_MEMSZ, 8, 0);
	put(&b, PHDR(0) + P_OFFSET, 8, UINT64_MAX);
	assert_int_equal(parse(&b, &elf), 0);
	assert_int_equal(elf.n_segments, 1);
	put(&b, PHDR(1) + P_TYPE, 4, 0);
	assert_int_equal(parse(&b, &elf), -EPROTO);
}

static void too_many_segments_are_refused(void **state)
{
	struct cairn_err err;
	struct cairn_elf elf;
	struct cairn_image image;
	struct bytes b;

	make_elf(&b);
	b.len = sizeof(b.v);
	put(&b, E_PHNUM, 2, CAIRN_ELF_SEGMENTS_MAX + 1);
	for (size_t i = 0; i <= CAIRN_ELF_SEGMENTS_MAX; i++) {
		memcpy(b.v + PHDR(i), b.v + PHDR(1), 56);
		put(&b, PHDR(i) + P_PADDR, 8, ELF_LOW_AT + 0x1000 * i);
	}
	image = image_of(&b);
	assert_int_equal(cairn_loader_elf_parse(&image, &elf, &err), -ENOTSUP);
	assert_string_equal(err.what, "ELF file with too many segments");
	put(&b, E_PHNUM, 2, CAIRN_ELF_SEGMENTS_MAX);
	assert_int_equal(parse(&b, &elf), 0);
}

static void entry_outside_the_segments_needs_pvh(void **state)
{
	struct cairn_elf elf;
	struct bytes b;

	make_elf(&b);
	put(&b, E_ENTRY, 8, ELF_LOW_AT + 0x80);
	assert_int_equal(parse(&b, &elf), 0);
	assert_false(elf.has_entry64);
	assert_true(elf.has_pvh);
	put(&b, PHDR(2) + P_TYPE, 4, 0);
	assert_int_equal(parse(&b, &elf), -EPROTO);
}

static void kernel_without_pvh_note_has_its_own_entry(void **state)
{
	struct cairn_elf elf;
	struct bytes b;

	make_elf(&b);
	put(&b, ELF_PVH_NOTE + 8, 4, 17);
	assert_int_equal(parse(&b, &elf), 0);
	assert_false(elf.has_pvh);
	make_elf(&b);
	put(&b, ELF_PVH_NOTE + 12, 1, 'x');
	assert_int_equal(parse(&b, &elf), 0);
	assert_false(elf.has_pvh);
	assert_true(elf.has_entry64);
}

static void pvh_entry_is_checked(void **state)
{
	refused(ELF_PVH_NOTE + 16, 8, UINT64_C(0x100100020), EPROTO, "PVH entry above 4 GiB");
	refused(ELF_PVH_NOTE + 16, 8, ELF_LOW_AT - 1, EPROTO, "PVH entry outside the segments");
	refused(ELF_PVH_NOTE + 16, 8, ELF_HIGH_AT + 0x100, EPROTO,
		"PVH entry outside the segments");
	refused(ELF_PVH_NOTE + 4, 4, 6, EPROTO, "PVH note of a wrong size");
}

static void pvh_note_of_four_bytes_is_taken(void **state)
{
	struct cairn_elf elf;
	struct bytes b;

	make_elf(&b);
	put(&b, ELF_PVH_NOTE + 4, 4, 4);
	put(&b, PHDR(2) + P_FILESZ, 8, ELF_BYTES - ELF_NOTES - 4);
	assert_int_equal(parse(&b, &elf), 0);
	assert_int_equal(elf.pvh_entry.v, ELF_PVH);
}

static void first_pvh_note_counts(void **state)
{
	struct cairn_elf elf;
	struct bytes b;

	make_elf(&b);
	memcpy(b.v + b.len, b.v + ELF_PVH_NOTE, 24);
	put(&b, b.len + 16, 8, ELF_PVH + 4);
	b.len += 24;
	put(&b, PHDR(2) + P_FILESZ, 8, b.len - ELF_NOTES);
	assert_int_equal(parse(&b, &elf), 0);
	assert_int_equal(elf.pvh_entry.v, ELF_PVH);
}

/* The first note's descriptor of 4 bytes at 16 ends at 20: the next note is at 24. */
static void notes_aligned_to_eight_are_padded_to_eight(void **state)
{
	struct cairn_elf elf;
	struct bytes b;

	make_elf(&b);
	memmove(b.v + ELF_PVH_NOTE + 4, b.v + ELF_PVH_NOTE, 24);
	b.len += 4;
	put(&b, PHDR(2) + P_FILESZ, 8, b.len - ELF_NOTES);
	put(&b, PHDR(2) + P_ALIGN, 8, 8);
	assert_int_equal(parse(&b, &elf), 0);
	assert_true(elf.has_pvh);
	assert_int_equal(elf.pvh_entry.v, ELF_PVH);
}

static void last_note_may_lack_its_padding(void **state)
{
	struct cairn_elf elf;
	struct bytes b;

	make_elf(&b);
	put(&b, ELF_PVH_NOTE + 8, 4, 99);
	put(&b, ELF_PVH_NOTE + 4, 4, 7);
	put(&b, PHDR(2) + P_FILESZ, 8, ELF_BYTES - ELF_NOTES - 1);
	assert_int_equal(parse(&b, &elf), 0);
}

static void malformed_notes_are_refused(void **state)
{
	const char *beyond = "ELF note behind the end of its segment";

	refused(PHDR(2) + P_ALIGN, 8, 16, EPROTO, "ELF notes of a wrong alignment");
	refused(PHDR(2) + P_ALIGN, 8, 3, EPROTO, "ELF notes of a wrong alignment");
	refused(PHDR(2) + P_FILESZ, 8, ELF_BYTES - ELF_NOTES + 1, EPROTO,
		"ELF notes behind the end of the file");
	refused(ELF_PVH_NOTE, 4, 5, EPROTO, beyond);
	refused(ELF_PVH_NOTE, 4, UINT32_MAX, EPROTO, beyond);
	refused(ELF_PVH_NOTE + 4, 4, UINT32_MAX, EPROTO, beyond);
	refused(PHDR(2) + P_FILESZ, 8, 20 + 11, EPROTO, beyond);
}

static void notes_without_limit_are_refused(void **state)
{
	static uint8_t big[0x400 + CAIRN_ELF_NOTES_MAX + 4];
	struct cairn_image image = cairn_loader_image_mem(big, sizeof(big));
	struct cairn_err err;
	struct cairn_elf elf;
	struct bytes b;

	make_elf(&b);
	put(&b, PHDR(2) + P_OFFSET, 8, 0x400);
	put(&b, PHDR(2) + P_FILESZ, 8, CAIRN_ELF_NOTES_MAX + 4);
	memcpy(big, b.v, b.len);
	assert_int_equal(cairn_loader_elf_parse(&image, &elf, &err), -ENOTSUP);
	assert_string_equal(err.what, "ELF file with too many notes");
	cairn_le_store(big + PHDR(2) + P_FILESZ, 8, CAIRN_ELF_NOTES_MAX - 4);
	assert_int_equal(cairn_loader_elf_parse(&image, &elf, &err), 0);
}

static void place_copies_and_zeroes(void **state)
{
	struct cairn_image image;
	struct cairn_elf elf;
	struct bytes b;
	struct ram ram;

	make_elf(&b);
	image = image_of(&b);
	ram_init(&ram);
	assert_int_equal(parse(&b, &elf), 0);
	assert_int_equal(cairn_loader_elf_place(&elf, &image, all_ram, &ram.sink, NULL), 0);
	assert_memory_equal(ram.bytes + ELF_LOW_AT, b.v + 0x240, 0x80);
	assert_int_equal(ram.bytes[ELF_LOW_AT - 1], RAM_FILL);
	assert_int_equal(ram.bytes[ELF_LOW_AT + 0x80], RAM_FILL);
	assert_memory_equal(ram.bytes + ELF_HIGH_AT, b.v + 0x200, 0x40);
	for (size_t i = 0x40; i < 0x100; i++)
		assert_int_equal(ram.bytes[ELF_HIGH_AT + i], 0);
	assert_int_equal(ram.bytes[ELF_HIGH_AT + 0x100], RAM_FILL);
	ram_fini(&ram);
}

static void place_stays_inside_what_is_allowed(void **state)
{
	struct cairn_range low = { .at = 0, .len = ELF_HIGH_AT + 0xff };
	struct cairn_range high = { .at = ELF_LOW_AT + 1, .len = RAM_BYTES };
	struct cairn_image image;
	struct cairn_elf elf;
	struct bytes b;
	struct ram ram;

	make_elf(&b);
	image = image_of(&b);
	ram_init(&ram);
	assert_int_equal(parse(&b, &elf), 0);
	assert_int_equal(cairn_loader_elf_place(&elf, &image, low, &ram.sink, NULL), -EFAULT);
	assert_int_equal(cairn_loader_elf_place(&elf, &image, high, &ram.sink, NULL), -EFAULT);
	assert_true(ram_is_untouched(&ram));
	ram_fini(&ram);
}

static void place_passes_on_what_the_sink_says(void **state)
{
	struct cairn_range wide = { .at = 0, .len = UINT64_MAX };
	struct cairn_image image;
	struct cairn_elf elf;
	struct bytes b;
	struct ram ram;

	make_elf(&b);
	put(&b, PHDR(0) + P_MEMSZ, 8, RAM_BYTES);
	image = image_of(&b);
	ram_init(&ram);
	assert_int_equal(parse(&b, &elf), 0);
	assert_int_equal(cairn_loader_elf_place(&elf, &image, wide, &ram.sink, NULL), -EFAULT);
	ram.writes_left = 0;
	assert_int_equal(cairn_loader_elf_place(&elf, &image, wide, &ram.sink, NULL), -EIO);
	ram_fini(&ram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_finds_segments_in_order_of_address),
		cmocka_unit_test(parse_finds_both_entries),
		cmocka_unit_test(file_cut_anywhere_is_refused),
		cmocka_unit_test(identification_is_checked),
		cmocka_unit_test(program_header_table_is_checked),
		cmocka_unit_test(segments_are_checked_against_the_file),
		cmocka_unit_test(segment_larger_in_file_than_in_memory_is_refused),
		cmocka_unit_test(segment_that_wraps_is_refused),
		cmocka_unit_test(overlapping_segments_are_refused),
		cmocka_unit_test(empty_segments_are_passed_over),
		cmocka_unit_test(too_many_segments_are_refused),
		cmocka_unit_test(entry_outside_the_segments_needs_pvh),
		cmocka_unit_test(kernel_without_pvh_note_has_its_own_entry),
		cmocka_unit_test(pvh_entry_is_checked),
		cmocka_unit_test(pvh_note_of_four_bytes_is_taken),
		cmocka_unit_test(first_pvh_note_counts),
		cmocka_unit_test(notes_aligned_to_eight_are_padded_to_eight),
		cmocka_unit_test(last_note_may_lack_its_padding),
		cmocka_unit_test(malformed_notes_are_refused),
		cmocka_unit_test(notes_without_limit_are_refused),
		cmocka_unit_test(place_copies_and_zeroes),
		cmocka_unit_test(place_stays_inside_what_is_allowed),
		cmocka_unit_test(place_passes_on_what_the_sink_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
