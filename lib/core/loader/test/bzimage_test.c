/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "help.h"

static const struct cairn_range all_ram = { .at = 0x100000, .len = RAM_BYTES - 0x100000 };

static int parse(const struct bytes *b, struct cairn_bzimage *bz)
{
	struct cairn_image image = image_of(b);

	return cairn_loader_bzimage_parse(&image, bz, NULL);
}

static void parse_made(size_t off, size_t len, uint64_t v, struct cairn_bzimage *bz)
{
	struct bytes b;

	make_bzimage(&b);
	put(&b, off, len, v);
	assert_int_equal(parse(&b, bz), 0);
}

static void refused(size_t off, size_t len, uint64_t v, int code, const char *what)
{
	struct cairn_err err = { 0 };
	struct cairn_bzimage bz = { .protocol = 77 };
	struct cairn_image image;
	struct bytes b;

	make_bzimage(&b);
	put(&b, off, len, v);
	image = image_of(&b);
	assert_int_equal(cairn_loader_bzimage_parse(&image, &bz, &err), -code);
	assert_string_equal(err.what, what);
	assert_int_equal(bz.protocol, 77);
}

static void parse_describes_the_kernel(void **state)
{
	struct cairn_bzimage bz;
	struct bytes b;

	make_bzimage(&b);
	assert_int_equal(parse(&b, &bz), 0);
	assert_int_equal(bz.protocol, 0x20f);
	assert_int_equal(bz.kernel_off, BZ_KERNEL_OFF);
	assert_int_equal(bz.kernel_bytes, BZ_BYTES - BZ_KERNEL_OFF);
	assert_true(bz.has_entry64);
	assert_true(bz.relocatable);
	assert_int_equal(bz.alignment, 0x100000);
	assert_int_equal(bz.preferred, 0x200000);
	assert_int_equal(bz.init_bytes, 0x2000);
	assert_int_equal(bz.cmdline_max, 2047);
	assert_int_equal(bz.initrd_max, 0x7fffffff);
	assert_memory_equal(&bz.header, b.v + CAIRN_LINUX_HEADER_AT, sizeof(bz.header));
}

static void payload_is_described_without_its_size_field(void **state)
{
	struct cairn_bzimage bz;

	parse_made(H_PAYLOAD_LEN, 4, 0x40, &bz);
	assert_int_equal(bz.payload.kind, CAIRN_PAYLOAD_XZ);
	assert_int_equal(bz.payload.off, BZ_PAYLOAD);
	assert_int_equal(bz.payload.bytes, 0x40 - 4);
	assert_int_equal(bz.payload.unpacked_bytes, 0x12345);
}

static void gzip_payload_keeps_its_last_four_bytes(void **state)
{
	struct cairn_bzimage bz;

	parse_made(BZ_PAYLOAD, 2, 0x8b1f, &bz);
	assert_int_equal(bz.payload.kind, CAIRN_PAYLOAD_GZIP);
	assert_int_equal(bz.payload.bytes, 0x40);
	assert_int_equal(bz.payload.unpacked_bytes, 0x12345);
}

static void payload_of_unknown_kind_is_no_error(void **state)
{
	struct cairn_bzimage bz;

	parse_made(BZ_PAYLOAD, 1, 0, &bz);
	assert_int_equal(bz.payload.kind, CAIRN_PAYLOAD_UNKNOWN);
	parse_made(H_PAYLOAD_LEN, 4, 0, &bz);
	assert_int_equal(bz.payload.kind, CAIRN_PAYLOAD_UNKNOWN);
	parse_made(H_VERSION, 2, 0x207, &bz);
	assert_int_equal(bz.payload.kind, CAIRN_PAYLOAD_UNKNOWN);
}

static void payload_stays_inside_the_kernel(void **state)
{
	const char *outside = "payload outside the bzImage's kernel";

	refused(H_PAYLOAD, 4, 0x400 - 0x40 + 1, EPROTO, outside);
	refused(H_PAYLOAD, 4, UINT32_MAX, EPROTO, outside);
	refused(H_PAYLOAD_LEN, 4, UINT32_MAX, EPROTO, outside);
	refused(H_PAYLOAD_LEN, 4, 12, EPROTO, "payload too short");
}

static void file_cut_anywhere_is_refused(void **state)
{
	struct cairn_bzimage bz;
	struct bytes b;

	make_bzimage(&b);
	for (size_t len = 0; len < BZ_BYTES; len++) {
		uint8_t *exact = malloc(len ? len : 1); /* so that ASan sees the end */
		struct cairn_image image = cairn_loader_image_mem(exact, len);

		assert_non_null(exact);
		memcpy(exact, b.v, len);
		assert_int_equal(cairn_loader_bzimage_parse(&image, &bz, NULL), -EPROTO);
		free(exact);
	}
}

static void bytes_behind_the_kernel_are_allowed(void **state)
{
	struct cairn_bzimage bz;
	struct bytes b;

	make_bzimage(&b); /* as a signature for secure boot is */
	put(&b, H_SYSSIZE, 4, 0x300 / 16);
	assert_int_equal(parse(&b, &bz), 0);
	assert_int_equal(bz.kernel_bytes, 0x300);
}

static void marks_and_protocol_are_checked(void **state)
{
	refused(H_FLAG, 2, 0, EPROTO, "not a bzImage");
	refused(H_MAGIC, 4, 0, EPROTO, "not a bzImage");
	refused(H_VERSION, 2, 0x205, ENOTSUP, "kernel's boot protocol is older than 2.06");
	refused(H_LOADFLAGS, 1, 0x80, ENOTSUP, "a zImage, not a bzImage");
	refused(H_JUMP + 1, 1, 0x39, EPROTO, "setup header shorter than its protocol");
}

static void header_ends_where_the_file_says(void **state)
{
	struct cairn_bzimage bz;
	struct bytes b;

	make_bzimage(&b);
	put(&b, H_VERSION, 2, 0x208);
	put(&b, H_JUMP + 1, 1, H_SETUP_DATA - 0x202);
	assert_int_equal(parse(&b, &bz), 0);
	assert_int_equal(cairn_le32_get(bz.header.payload_length), 0x40);
	assert_int_equal(cairn_le64_get(bz.header.pref_address), 0);
	assert_int_equal(cairn_le32_get(bz.header.init_size), 0);
}

static void zero_setup_sectors_are_four(void **state)
{
	struct cairn_bzimage bz;
	struct bytes b;

	make_bzimage(&b);
	put(&b, H_SECTS, 1, 0);
	put(&b, H_SYSSIZE, 4, (BZ_BYTES - 5 * 512) / 16);
	assert_int_equal(parse(&b, &bz), -EPROTO); /* 2 KiB of file end before its kernel */
	put(&b, H_SECTS, 1, 4);
	assert_int_equal(parse(&b, &bz), -EPROTO);
}

static void size_fields_are_checked(void **state)
{
	refused(H_SYSSIZE, 4, 0, EPROTO, "bzImage without a kernel");
	refused(H_SYSSIZE, 4, 0x400 / 16 + 1, EPROTO, "bzImage is cut short");
	refused(H_SYSSIZE, 4, UINT32_MAX, EPROTO, "bzImage is cut short");
	refused(H_SECTS, 1, 255, EPROTO, "bzImage is cut short");
	refused(H_INIT, 4, 0x3ff, EPROTO, "bzImage larger than the memory it asks for");
	refused(H_ALIGN, 4, 0, EPROTO, "bzImage's alignment is no power of two");
	refused(H_ALIGN, 4, 3, EPROTO, "bzImage's alignment is no power of two");
}

static void entry_must_lie_in_the_kernel(void **state)
{
	struct bytes b;
	struct cairn_bzimage bz;

	make_bzimage(&b);
	put(&b, H_PAYLOAD_LEN, 4, 0);
	put(&b, H_SYSSIZE, 4, 0x200 / 16);
	assert_int_equal(parse(&b, &bz), -EPROTO);
	put(&b, H_SYSSIZE, 4, 0x210 / 16);
	assert_int_equal(parse(&b, &bz), 0);
}

static void old_protocols_lack_what_they_lack(void **state)
{
	struct cairn_bzimage bz;

	parse_made(H_VERSION, 2, 0x20b, &bz);
	assert_false(bz.has_entry64);
	assert_int_equal(bz.init_bytes, 0x2000);
	parse_made(H_VERSION, 2, 0x209, &bz);
	assert_int_equal(bz.preferred, 0x100000);
	assert_int_equal(bz.init_bytes, 0x400);
	parse_made(H_XLOADFLAGS, 2, 2, &bz);
	assert_false(bz.has_entry64);
}

static int place(size_t off, size_t len, uint64_t v, struct cairn_range allowed, struct ram *ram,
		 struct cairn_range *span)
{
	struct cairn_bzimage bz;
	struct cairn_image image;
	struct bytes b;

	make_bzimage(&b);
	put(&b, off, len, v);
	image = image_of(&b);
	ram_init(ram);
	assert_int_equal(parse(&b, &bz), 0);
	return cairn_loader_bzimage_place(&bz, &image, allowed, &ram->sink, span, NULL);
}

static void place_prefers_its_address(void **state)
{
	struct cairn_range span;
	struct ram ram;

	assert_int_equal(place(H_PREF, 8, 0x200000, all_ram, &ram, &span), 0);
	assert_int_equal(span.at, 0x200000);
	assert_int_equal(span.len, 0x2000);
	assert_int_equal(ram.bytes[0x200000], 0x33);
	assert_int_equal(ram.bytes[0x1fffff], RAM_FILL);
	assert_int_equal(ram.bytes[0x200000 + 0x400], RAM_FILL);
	ram_fini(&ram);
}

static void place_moves_a_relocatable_kernel(void **state)
{
	struct cairn_range part = { .at = 0x100001, .len = 0x202000 - 0x100001 }, span;
	struct ram ram;

	assert_int_equal(place(H_PREF, 8, UINT64_MAX, part, &ram, &span), 0);
	assert_int_equal(span.at, 0x200000);
	ram_fini(&ram);
	part.len--;
	assert_int_equal(place(H_PREF, 8, UINT64_MAX, part, &ram, &span), -EFAULT);
	assert_true(ram_is_untouched(&ram));
	ram_fini(&ram);
}

static void place_does_not_move_a_fixed_kernel(void **state)
{
	struct cairn_range part = { .at = 0x100000, .len = 0x101fff }, span;
	struct ram ram;

	assert_int_equal(place(H_RELOCATABLE, 1, 0, part, &ram, &span), -EFAULT);
	ram_fini(&ram);
	part.len++;
	assert_int_equal(place(H_RELOCATABLE, 1, 0, part, &ram, &span), 0);
	ram_fini(&ram);
}

static void place_wants_a_64_bit_entry(void **state)
{
	struct cairn_range span;
	struct ram ram;

	assert_int_equal(place(H_XLOADFLAGS, 2, 0, all_ram, &ram, &span), -ENOTSUP);
	assert_true(ram_is_untouched(&ram));
	ram_fini(&ram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_describes_the_kernel),
		cmocka_unit_test(payload_is_described_without_its_size_field),
		cmocka_unit_test(gzip_payload_keeps_its_last_four_bytes),
		cmocka_unit_test(payload_of_unknown_kind_is_no_error),
		cmocka_unit_test(payload_stays_inside_the_kernel),
		cmocka_unit_test(file_cut_anywhere_is_refused),
		cmocka_unit_test(bytes_behind_the_kernel_are_allowed),
		cmocka_unit_test(marks_and_protocol_are_checked),
		cmocka_unit_test(header_ends_where_the_file_says),
		cmocka_unit_test(zero_setup_sectors_are_four),
		cmocka_unit_test(size_fields_are_checked),
		cmocka_unit_test(entry_must_lie_in_the_kernel),
		cmocka_unit_test(old_protocols_lack_what_they_lack),
		cmocka_unit_test(place_prefers_its_address),
		cmocka_unit_test(place_moves_a_relocatable_kernel),
		cmocka_unit_test(place_does_not_move_a_fixed_kernel),
		cmocka_unit_test(place_wants_a_64_bit_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
