/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "help.h"

static int failing_read(void *ctx, uint64_t off, void *dst, size_t len)
{
	return -ENXIO;
}

static enum cairn_kernel_kind kind_of(const struct bytes *b)
{
	struct cairn_image image = image_of(b);
	enum cairn_kernel_kind kind;

	assert_int_equal(cairn_loader_probe(&image, &kind, NULL), 0);
	return kind;
}

static void probe_tells_elf_from_bzimage(void **state)
{
	struct bytes b;

	make_elf(&b);
	assert_int_equal(kind_of(&b), CAIRN_KERNEL_ELF);
	make_bzimage(&b);
	assert_int_equal(kind_of(&b), CAIRN_KERNEL_BZIMAGE);
}

static void probe_wants_both_marks_of_a_bzimage(void **state)
{
	struct bytes b;

	make_bzimage(&b);
	put(&b, H_FLAG, 2, 0);
	assert_int_equal(kind_of(&b), CAIRN_KERNEL_UNKNOWN);
	make_bzimage(&b);
	put(&b, H_MAGIC, 4, 0);
	assert_int_equal(kind_of(&b), CAIRN_KERNEL_UNKNOWN);
}

static void probe_knows_an_image_of_two_machines(void **state)
{
	struct bytes b;

	make_kimage(&b);
	assert_int_equal(kind_of(&b), CAIRN_KERNEL_KIMAGE);
	put(&b, K_MAGIC, 4, KIMAGE_RISCV64);
	assert_int_equal(kind_of(&b), CAIRN_KERNEL_KIMAGE);
	put(&b, K_MAGIC, 4, KIMAGE_RISCV64 + 1);
	assert_int_equal(kind_of(&b), CAIRN_KERNEL_UNKNOWN);
}

static void probe_knows_a_packed_image(void **state)
{
	struct bytes b;

	make_zboot(&b);
	assert_int_equal(kind_of(&b), CAIRN_KERNEL_ZBOOT);
	put(&b, Z_MAGIC, 1, 'Z');
	assert_int_equal(kind_of(&b), CAIRN_KERNEL_UNKNOWN);
	put(&b, 0, 2, 0x8b1f);
	assert_int_equal(kind_of(&b), CAIRN_KERNEL_STREAM);
}

static void probe_takes_short_files_for_unknown(void **state)
{
	struct bytes b;

	make_bzimage(&b);
	for (b.len = 0; b.len < 0x206; b.len++)
		assert_int_equal(kind_of(&b), CAIRN_KERNEL_UNKNOWN);
	make_elf(&b);
	b.len = 3;
	assert_int_equal(kind_of(&b), CAIRN_KERNEL_UNKNOWN);
}

static void probe_passes_on_what_the_image_says(void **state)
{
	struct cairn_image image = { .read_at = failing_read, .size_bytes = 4096 };
	enum cairn_kernel_kind kind;
	struct cairn_err err;

	assert_int_equal(cairn_loader_probe(&image, &kind, &err), -ENXIO);
	assert_int_equal(err.code, ENXIO);
}

static void payload_kinds_are_told_by_their_magic(void **state)
{
	static const struct {
		const char *magic, *name;
		size_t len;
		enum cairn_payload_kind kind;
	} known[] = {
		{ "\x1f\x8b", "gzip", 2, CAIRN_PAYLOAD_GZIP },
		{ "\xfd"
		  "7zXZ\0",
		  "xz", 6, CAIRN_PAYLOAD_XZ },
		{ "\x28\xb5\x2f\xfd", "zstd", 4, CAIRN_PAYLOAD_ZSTD },
		{ "\x02\x21\x4c\x18", "lz4", 4, CAIRN_PAYLOAD_LZ4_LEGACY },
		{ "BZh", "bzip2", 3, CAIRN_PAYLOAD_BZIP2 },
		{ "\x5d\0\0", "lzma", 3, CAIRN_PAYLOAD_LZMA },
		{ "\x89LZO\0\r\n\x1a\n", "lzo", 9, CAIRN_PAYLOAD_LZO },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(known); i++) {
		const uint8_t *magic = (const uint8_t *)known[i].magic;

		assert_int_equal(cairn_loader_payload_kind(magic, known[i].len), known[i].kind);
		assert_int_equal(cairn_loader_payload_kind(magic, known[i].len - 1),
				 CAIRN_PAYLOAD_UNKNOWN);
		assert_string_equal(cairn_loader_payload_name(known[i].kind), known[i].name);
	}
	assert_string_equal(cairn_loader_payload_name((enum cairn_payload_kind)99), "unknown");
}

static void copy_without_read_from_goes_through_a_buffer(void **state)
{
	struct cairn_image image;
	struct bytes b;
	struct ram ram;

	make_bzimage(&b);
	image = image_of(&b);
	ram_init(&ram);
	assert_int_equal(cairn_loader_copy(&ram.sink, cairn_gpa_of(0x1001), &image, 1, 1500, NULL),
			 0);
	assert_memory_equal(ram.bytes + 0x1001, b.v + 1, 1500);
	assert_int_equal(ram.bytes[0x1000], RAM_FILL);
	assert_int_equal(ram.bytes[0x1001 + 1500], RAM_FILL);
	ram_fini(&ram);
}

static void copy_with_read_from_is_direct(void **state)
{
	struct cairn_image image;
	struct bytes b;
	struct ram ram;

	make_bzimage(&b);
	image = image_of(&b);
	ram_init(&ram);
	ram.sink.read_from = ram_read_from;
	assert_int_equal(cairn_loader_copy(&ram.sink, cairn_gpa_of(0x1001), &image, 1, 1500, NULL),
			 0);
	assert_memory_equal(ram.bytes + 0x1001, b.v + 1, 1500);
	assert_int_equal(ram.direct, 1);
	ram_fini(&ram);
}

static void copy_refuses_what_is_not_in_the_image(void **state)
{
	struct cairn_image image;
	struct bytes b;
	struct ram ram;
	struct cairn_err err;

	make_bzimage(&b);
	image = image_of(&b);
	ram_init(&ram);
	ram.sink.read_from = ram_read_from;
	assert_int_equal(cairn_loader_copy(&ram.sink, cairn_gpa_of(0), &image, 1, b.len, &err),
			 -EPROTO);
	assert_int_equal(cairn_loader_copy(&ram.sink, cairn_gpa_of(0), &image, UINT64_MAX, 2, &err),
			 -EPROTO);
	assert_true(ram_is_untouched(&ram));
	ram_fini(&ram);
}

static void copy_refuses_an_address_that_wraps(void **state)
{
	struct cairn_image image;
	struct bytes b;
	struct ram ram;
	struct cairn_err err;

	make_bzimage(&b);
	image = image_of(&b);
	ram_init(&ram);
	assert_int_equal(
	    cairn_loader_copy(&ram.sink, cairn_gpa_of(UINT64_MAX - 3), &image, 0, 8, &err),
	    -EFAULT);
	assert_string_equal(err.what, "does not fit into the address space");
	ram_fini(&ram);
}

static void copy_passes_on_failures_of_both_ends(void **state)
{
	struct cairn_image broken = { .read_at = failing_read, .size_bytes = 4096 };
	struct cairn_image image;
	struct bytes b;
	struct ram ram;

	make_bzimage(&b);
	image = image_of(&b);
	ram_init(&ram);
	assert_int_equal(cairn_loader_copy(&ram.sink, cairn_gpa_of(0), &broken, 0, 8, NULL),
			 -ENXIO);
	assert_int_equal(
	    cairn_loader_copy(&ram.sink, cairn_gpa_of(RAM_BYTES - 4), &image, 0, 8, NULL), -EFAULT);
	ram.sink.read_from = ram_read_from;
	assert_int_equal(cairn_loader_copy(&ram.sink, cairn_gpa_of(0), &broken, 0, 8, NULL),
			 -ENXIO);
	ram_fini(&ram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probe_tells_elf_from_bzimage),
		cmocka_unit_test(probe_wants_both_marks_of_a_bzimage),
		cmocka_unit_test(probe_knows_an_image_of_two_machines),
		cmocka_unit_test(probe_knows_a_packed_image),
		cmocka_unit_test(probe_takes_short_files_for_unknown),
		cmocka_unit_test(probe_passes_on_what_the_image_says),
		cmocka_unit_test(payload_kinds_are_told_by_their_magic),
		cmocka_unit_test(copy_without_read_from_goes_through_a_buffer),
		cmocka_unit_test(copy_with_read_from_is_direct),
		cmocka_unit_test(copy_refuses_what_is_not_in_the_image),
		cmocka_unit_test(copy_refuses_an_address_that_wraps),
		cmocka_unit_test(copy_passes_on_failures_of_both_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
