/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "help.h"

static struct cairn_err err;

static void parsed(const struct bytes *b, enum cairn_payload_kind kind, uint64_t off,
		   uint64_t bytes)
{
	struct cairn_image image = image_of(b);
	struct cairn_payload p;

	assert_int_equal(cairn_loader_packed_parse(&image, &p, &err), 0);
	assert_int_equal(p.kind, kind);
	assert_int_equal(p.off, off);
	assert_int_equal(p.bytes, bytes);
	assert_int_equal(p.unpacked_bytes, 0);
}

static void refused(const struct bytes *b, int code, const char *what)
{
	struct cairn_image image = image_of(b);
	struct cairn_payload p = { .off = 77 };

	assert_int_equal(cairn_loader_packed_parse(&image, &p, &err), -code);
	assert_string_equal(err.what, what);
	assert_int_equal(p.off, 77);
}

static void stream_is_the_whole_file(void **state)
{
	struct bytes b = { .len = 20 };

	put(&b, 0, 2, 0x8b1f);
	parsed(&b, CAIRN_PAYLOAD_GZIP, 0, 20);
	put(&b, 0, 4, 0xfd2fb528);
	parsed(&b, CAIRN_PAYLOAD_ZSTD, 0, 20);
	b.len = 4;
	parsed(&b, CAIRN_PAYLOAD_ZSTD, 0, 4);
}

static void zboot_payload_is_described(void **state)
{
	struct bytes b;

	make_zboot(&b);
	parsed(&b, CAIRN_PAYLOAD_GZIP, ZBOOT_PAYLOAD, 0x40);
}

static void zboot_names_of_old_and_new_builds_are_known(void **state)
{
	static const struct {
		char name[8];
		uint8_t magic[CAIRN_PAYLOAD_MAGIC_BYTES];
		enum cairn_payload_kind kind;
	} known[] = {
		{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, CAIRN_PAYLOAD_ZSTD },
		{ "zstd22", { 0x28, 0xb5, 0x2f, 0xfd }, CAIRN_PAYLOAD_ZSTD },
		{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, CAIRN_PAYLOAD_XZ },
		{ "xzkern", { 0xfd, '7', 'z', 'X', 'Z', 0 }, CAIRN_PAYLOAD_XZ },
		{ "lzma", { 0x5d, 0, 0 }, CAIRN_PAYLOAD_LZMA },
		{ "lz4", { 0x02, 0x21, 0x4c, 0x18 }, CAIRN_PAYLOAD_LZ4_LEGACY },
		{ "lzo", { 0x89, 'L', 'Z', 'O', 0, 0x0d, 0x0a, 0x1a, 0x0a }, CAIRN_PAYLOAD_LZO },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(known); i++) {
		struct bytes b;

		make_zboot(&b);
		memcpy(b.v + Z_NAME, known[i].name, sizeof(known[i].name));
		memcpy(b.v + ZBOOT_PAYLOAD, known[i].magic, sizeof(known[i].magic));
		parsed(&b, known[i].kind, ZBOOT_PAYLOAD, 0x40);
	}
}

static void zboot_of_an_unknown_name_is_refused(void **state)
{
	const char *unknown = "zboot file compressed in an unknown way";
	struct bytes b;

	make_zboot(&b);
	b.v[Z_NAME + 4] = '2'; /* gzip2 */
	refused(&b, ENOTSUP, unknown);
	b.v[Z_NAME] = 0;
	refused(&b, ENOTSUP, unknown);
	memset(b.v + Z_NAME, 'x', 32); /* no NUL */
	refused(&b, ENOTSUP, unknown);
}

static void zboot_of_another_kind_than_named_is_refused(void **state)
{
	const char *other = "payload of another kind than its header says";
	struct bytes b;

	make_zboot(&b);
	put(&b, ZBOOT_PAYLOAD, 4, 0xfd2fb528);
	refused(&b, EPROTO, other);
	make_zboot(&b);
	put(&b, Z_PAYLOAD_LEN, 4, 1); /* too short for any magic */
	refused(&b, EPROTO, other);
}

static void zboot_payload_stays_inside_the_file(void **state)
{
	const char *outside = "payload outside the zboot file";
	struct bytes b;

	make_zboot(&b);
	put(&b, Z_PAYLOAD_LEN, 4, ZBOOT_BYTES - ZBOOT_PAYLOAD + 1);
	refused(&b, EPROTO, outside);
	put(&b, Z_PAYLOAD_LEN, 4, UINT32_MAX);
	refused(&b, EPROTO, outside);
	make_zboot(&b);
	put(&b, Z_PAYLOAD, 4, UINT32_MAX);
	refused(&b, EPROTO, outside);
	put(&b, Z_PAYLOAD, 4, 63); /* in the header */
	refused(&b, EPROTO, outside);
}

static void zboot_cut_anywhere_is_refused(void **state)
{
	struct cairn_payload p;
	struct bytes b;

	make_zboot(&b);
	for (size_t len = 0; len < ZBOOT_PAYLOAD + 0x40; len++) {
		uint8_t *exact = malloc(len ? len : 1); /* so that ASan sees the end */
		struct cairn_image image = cairn_loader_image_mem(exact, len);

		assert_non_null(exact);
		memcpy(exact, b.v, len);
		assert_int_equal(cairn_loader_packed_parse(&image, &p, NULL), -EPROTO);
		free(exact);
	}
}

static void other_kernels_are_refused(void **state)
{
	struct bytes b;

	make_kimage(&b);
	refused(&b, EPROTO, "not a compressed kernel");
	make_elf(&b);
	refused(&b, EPROTO, "not a compressed kernel");
}

static int reads_left;

static int failing_read(void *ctx, uint64_t off, void *dst, size_t len)
{
	if (reads_left-- == 0)
		return -ENXIO;
	memcpy(dst, (const uint8_t *)ctx + off, len);
	return 0;
}

static void failing_reads_are_passed_on(void **state)
{
	struct cairn_payload p;
	struct bytes b;

	make_zboot(&b);
	struct cairn_image image = { failing_read, b.len, b.v };
	for (int n = 0; n < 3; n++) { /* kind, header, magic */
		reads_left = n;
		assert_int_equal(cairn_loader_packed_parse(&image, &p, &err), -ENXIO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stream_is_the_whole_file),
		cmocka_unit_test(zboot_payload_is_described),
		cmocka_unit_test(zboot_names_of_old_and_new_builds_are_known),
		cmocka_unit_test(zboot_of_an_unknown_name_is_refused),
		cmocka_unit_test(zboot_of_another_kind_than_named_is_refused),
		cmocka_unit_test(zboot_payload_stays_inside_the_file),
		cmocka_unit_test(zboot_cut_anywhere_is_refused),
		cmocka_unit_test(other_kernels_are_refused),
		cmocka_unit_test(failing_reads_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
