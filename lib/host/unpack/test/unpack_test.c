/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include <cairn/le.h>
#include <cairn/loader_bzimage.h>
#include <cairn/loader_packed.h>
#include <cairn/unpack.h>

#include "pack.h"

static const enum cairn_payload_kind kinds[] = { CAIRN_PAYLOAD_GZIP, CAIRN_PAYLOAD_XZ,
						 CAIRN_PAYLOAD_ZSTD, CAIRN_PAYLOAD_LZ4_LEGACY,
						 CAIRN_PAYLOAD_LZMA };

#define N_KINDS CAIRN_ARRAY_LEN(kinds)
#define SMALL   300
#define GUARD   0x5a

static struct cairn_err err;

struct bounded {
	const uint8_t *bytes;
	size_t len;
};

static int bounded_read(void *ctx, uint64_t off, void *dst, size_t len)
{
	const struct bounded *b = ctx;

	assert_true(off <= b->len && len <= b->len - off);
	memcpy(dst, b->bytes + off, len);
	return 0;
}

static int unpack(const void *src, size_t len, enum cairn_payload_kind kind, void *dst, size_t cap,
		  size_t *ret_len)
{
	struct bounded b = { src, len };
	struct cairn_image image = { bounded_read, len, &b };

	return cairn_unpack_stream(&image, 0, len, kind, dst, cap, ret_len, &err);
}

/* Packs len sample bytes, unpacks them, compares. */
static void round_trip(enum cairn_payload_kind kind, size_t len)
{
	uint8_t *plain = malloc(len), *packed = malloc(len * 2), *out = malloc(len);
	size_t n, got = 0;

	assert_non_null(plain);
	assert_non_null(packed);
	assert_non_null(out);
	pack_sample(plain, len);
	n = pack(kind, plain, len, packed, len * 2);
	assert_int_equal(cairn_loader_payload_kind(packed, n), kind);
	assert_int_equal(unpack(packed, n, kind, out, len, &got), 0);
	assert_int_equal(got, len);
	assert_memory_equal(out, plain, len);
	free(plain);
	free(packed);
	free(out);
}

static void what_was_packed_is_unpacked(void **state)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		assert_true(cairn_unpack_is_known(kinds[i]));
		round_trip(kinds[i], SMALL);
		round_trip(kinds[i], 1500000); /* more input than one piece */
	}
}

static void lz4_goes_on_over_blocks(void **state)
{
	round_trip(CAIRN_PAYLOAD_LZ4_LEGACY, 8 << 20);
	round_trip(CAIRN_PAYLOAD_LZ4_LEGACY, (16 << 20) + 1);
}

static void other_kinds_are_not_supported(void **state)
{
	static const enum cairn_payload_kind others[] = { CAIRN_PAYLOAD_UNKNOWN,
							  CAIRN_PAYLOAD_BZIP2, CAIRN_PAYLOAD_LZO };
	uint8_t src[64] = { 0 }, dst[64];
	size_t got = 7;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(others); i++) {
		assert_false(cairn_unpack_is_known(others[i]));
		assert_int_equal(unpack(src, sizeof(src), others[i], dst, sizeof(dst), &got),
				 -ENOTSUP);
	}
	assert_int_equal(got, 7);
}

struct sample {
	uint8_t plain[SMALL], packed[2 * SMALL];
	size_t len;
};

static void make_sample(struct sample *s, enum cairn_payload_kind kind)
{
	pack_sample(s->plain, SMALL);
	s->len = pack(kind, s->plain, SMALL, s->packed, sizeof(s->packed));
}

static void data_cut_anywhere_is_refused(void **state)
{
	uint8_t out[SMALL];
	struct sample s;
	size_t got = 7;

	for (size_t i = 0; i < N_KINDS; i++) {
		make_sample(&s, kinds[i]);
		for (size_t len = 0; len < s.len; len++)
			assert_int_equal(unpack(s.packed, len, kinds[i], out, SMALL, &got),
					 -EPROTO);
	}
	assert_int_equal(got, 7);
}

static void bytes_behind_the_stream_are_refused(void **state)
{
	uint8_t out[SMALL];
	struct sample s;
	size_t got;

	for (size_t i = 0; i < N_KINDS; i++) {
		make_sample(&s, kinds[i]);
		s.packed[s.len] = 0;
		assert_int_equal(unpack(s.packed, s.len + 1, kinds[i], out, SMALL, &got), -EPROTO);
	}
}

static void nothing_is_written_beyond_the_buffer(void **state)
{
	uint8_t out[SMALL + 64];
	struct sample s;
	size_t got;

	for (size_t i = 0; i < N_KINDS; i++) {
		make_sample(&s, kinds[i]);
		for (size_t cap = 0; cap < SMALL; cap++) {
			memset(out, GUARD, sizeof(out));
			assert_int_equal(unpack(s.packed, s.len, kinds[i], out, cap, &got),
					 -ENOSPC);
			assert_int_equal(err.at, cap);
			assert_int_equal(out[cap], GUARD);
			assert_memory_equal(out + cap, out + cap + 1, sizeof(out) - cap - 1);
		}
	}
}

/* What has a checksum is unpacked as it was or not at all; what has none stays in its buffer. */
static void flipped_bits_are_found_or_harmless(void **state)
{
	uint8_t out[SMALL];
	struct sample s;
	size_t got;

	for (size_t i = 0; i < N_KINDS; i++) {
		make_sample(&s, kinds[i]);
		for (size_t bit = 0; bit < s.len * 8; bit++) {
			bool has_sum =
			    kinds[i] != CAIRN_PAYLOAD_LZ4_LEGACY && kinds[i] != CAIRN_PAYLOAD_LZMA;
			int ret;

			s.packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
			ret = unpack(s.packed, s.len, kinds[i], out, SMALL, &got);
			assert_true(ret < 0 || !has_sum || memcmp(out, s.plain, SMALL) == 0);
			s.packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void lz4_blocks_are_checked(void **state)
{
	uint8_t out[SMALL];
	struct sample s;
	size_t got;

	make_sample(&s, CAIRN_PAYLOAD_LZ4_LEGACY);
	cairn_le_store(s.packed + 4, 4, 0);
	assert_int_equal(unpack(s.packed, s.len, CAIRN_PAYLOAD_LZ4_LEGACY, out, SMALL, &got),
			 -EPROTO);
	cairn_le_store(s.packed + 4, 4, UINT32_MAX);
	assert_int_equal(unpack(s.packed, s.len, CAIRN_PAYLOAD_LZ4_LEGACY, out, SMALL, &got),
			 -EPROTO);
	make_sample(&s, CAIRN_PAYLOAD_LZ4_LEGACY);
	memset(s.packed + 8, 0, s.len - 8);
	assert_int_equal(unpack(s.packed, s.len, CAIRN_PAYLOAD_LZ4_LEGACY, out, SMALL, &got),
			 -EPROTO);
}

static void lz4_block_larger_than_any_is_refused(void **state)
{
	const size_t len = 9 << 20;
	uint8_t *file = calloc(1, len), out[SMALL];
	size_t got;

	assert_non_null(file);
	cairn_le_store(file, 4, 0x184c2102);
	cairn_le_store(file + 4, 4, len - 8);
	assert_int_equal(unpack(file, len, CAIRN_PAYLOAD_LZ4_LEGACY, out, SMALL, &got), -EPROTO);
	free(file);
}

static void dictionary_beyond_the_memory_limit_is_refused(void **state)
{
	uint8_t out[SMALL];
	struct sample s;
	size_t got;

	make_sample(&s, CAIRN_PAYLOAD_LZMA);
	cairn_le_store(s.packed + 1, 4, UINT64_C(1) << 30);
	assert_int_equal(unpack(s.packed, s.len, CAIRN_PAYLOAD_LZMA, out, SMALL, &got), -ENOTSUP);
}

static void zstd_window_beyond_the_limit_is_refused(void **state)
{
	/* magic, descriptor without sizes, window exponent 31 (2 TiB), an empty last raw block */
	static const uint8_t wide[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 31 << 3, 1, 0, 0 };
	uint8_t out[16];
	size_t got;

	assert_int_equal(unpack(wide, sizeof(wide), CAIRN_PAYLOAD_ZSTD, out, sizeof(out), &got),
			 -ENOTSUP);
}

static void range_outside_the_image_is_refused(void **state)
{
	uint8_t src[64] = { 0 }, out[64];
	struct cairn_image image = cairn_loader_image_mem(src, sizeof(src));
	size_t got;

	assert_int_equal(cairn_unpack_stream(&image, 1, 64, CAIRN_PAYLOAD_XZ, out, 64, &got, &err),
			 -EPROTO);
	assert_int_equal(cairn_unpack_stream(&image, UINT64_MAX, 9, CAIRN_PAYLOAD_LZ4_LEGACY, out,
					     64, &got, &err),
			 -EPROTO);
}

static int reads_left;

static int failing_read(void *ctx, uint64_t off, void *dst, size_t len)
{
	if (reads_left-- == 0)
		return -EIO;
	memcpy(dst, (const uint8_t *)ctx + off, len);
	return 0;
}

static void failing_reads_are_passed_on(void **state)
{
	uint8_t out[SMALL];
	struct sample s;
	size_t got;

	for (size_t i = 0; i < N_KINDS; i++) {
		make_sample(&s, kinds[i]);
		struct cairn_image image = { failing_read, s.len, s.packed };
		int n_reads = kinds[i] == CAIRN_PAYLOAD_LZ4_LEGACY ? 2 : 1;

		for (int n = 0; n < n_reads; n++) {
			reads_left = n;
			assert_int_equal(
			    cairn_unpack_stream(&image, 0, s.len, kinds[i], out, SMALL, &got, &err),
			    -EIO);
		}
	}
}

static void kernel_is_unpacked_into_memory_of_its_own(void **state)
{
	struct cairn_unpack_kernel k = { 0 };
	struct sample s;

	make_sample(&s, CAIRN_PAYLOAD_ZSTD);
	struct cairn_image image = cairn_loader_image_mem(s.packed, s.len);
	struct cairn_payload p = { CAIRN_PAYLOAD_ZSTD, 0, s.len, SMALL };

	assert_int_equal(cairn_unpack_kernel_open(&image, &p, SMALL, &k, NULL), 0);
	assert_int_equal(k.len, SMALL);
	assert_memory_equal(k.bytes, s.plain, SMALL);
	cairn_unpack_kernel_close(&k);
	assert_null(k.bytes);
	cairn_unpack_kernel_close(&k);
}

static void kernel_refused(struct cairn_payload p, uint64_t limit, int code, const char *what)
{
	struct cairn_unpack_kernel k = { 0 };
	struct sample s;

	make_sample(&s, CAIRN_PAYLOAD_ZSTD);
	struct cairn_image image = cairn_loader_image_mem(s.packed, s.len);

	p.bytes = s.len;
	assert_int_equal(cairn_unpack_kernel_open(&image, &p, limit, &k, &err), -code);
	assert_string_equal(err.what, what);
	assert_null(k.bytes);
}

static void kernel_that_lies_about_its_size_is_refused(void **state)
{
	const char *too_large = "kernel unpacks to more bytes than allowed";
	struct cairn_payload p = { .kind = CAIRN_PAYLOAD_ZSTD, .unpacked_bytes = SMALL + 1 };

	kernel_refused(p, SMALL + 1, EPROTO, "kernel unpacks to fewer bytes than it says");
	kernel_refused(p, SMALL, ENOSPC, too_large);
	p.unpacked_bytes = SMALL - 1;
	kernel_refused(p, SMALL, ENOSPC, "unpacks to more bytes than allowed");
}

static void kernel_that_does_not_say_its_size_is_unpacked_to_its_end(void **state)
{
	const size_t len = 1500000;
	struct cairn_unpack_kernel k = { 0 };
	uint8_t *plain = malloc(len), *packed = malloc(2 * len);
	unsigned char there;
	size_t n;

	assert_non_null(plain);
	assert_non_null(packed);
	pack_sample(plain, len);
	n = pack(CAIRN_PAYLOAD_GZIP, plain, len, packed, 2 * len);
	struct cairn_image image = cairn_loader_image_mem(packed, n);
	struct cairn_payload p = { CAIRN_PAYLOAD_GZIP, 0, n, 0 };

	assert_int_equal(cairn_unpack_kernel_open(&image, &p, UINT64_MAX, &k, NULL), 0);
	assert_int_equal(k.len, len);
	assert_memory_equal(k.bytes, plain, len);
	/* what it did not need is the system's again */
	assert_int_equal(mincore((uint8_t *)k.bytes + CAIRN_UNPACK_UNSAID_MAX / 2, 1, &there), -1);
	cairn_unpack_kernel_close(&k);
	free(plain);
	free(packed);
}

static void kernel_that_does_not_say_its_size_stays_within_the_limit(void **state)
{
	struct cairn_payload p = { .kind = CAIRN_PAYLOAD_ZSTD };

	kernel_refused(p, SMALL - 1, ENOSPC, "unpacks to more bytes than allowed");
	kernel_refused(p, 0, ENOSPC, "kernel unpacks to more bytes than allowed");
}

static void kernel_of_no_bytes_is_refused(void **state)
{
	uint8_t packed[64] = { 0 };
	size_t n = pack(CAIRN_PAYLOAD_GZIP, packed, 0, packed, sizeof(packed));
	struct cairn_image image = cairn_loader_image_mem(packed, n);
	struct cairn_payload p = { CAIRN_PAYLOAD_GZIP, 0, n, 0 };
	struct cairn_unpack_kernel k = { 0 };

	assert_int_equal(cairn_unpack_kernel_open(&image, &p, SMALL, &k, &err), -EPROTO);
	assert_string_equal(err.what, "kernel unpacks to no bytes");
	assert_null(k.bytes);
}

static void kernel_of_unknown_kind_is_left_alone(void **state)
{
	struct cairn_payload p = { .kind = CAIRN_PAYLOAD_LZO, .unpacked_bytes = SMALL };

	kernel_refused(p, SMALL, ENOTSUP, "compressed with lzo, which is not supported");
	p.kind = CAIRN_PAYLOAD_BZIP2;
	kernel_refused(p, SMALL, ENOTSUP, "compressed with bzip2, which is not supported");
	p = (struct cairn_payload){ 0 }; /* a bzImage that describes none */
	kernel_refused(p, SMALL, ENOTSUP, "compressed in a way that is not supported");
}

/* The README's, with the size of what a guest would be given. */
static int readme_example(struct cairn_image file, uint64_t ram_bytes, uint64_t *ret_bytes)
{
	struct cairn_unpack_kernel unpacked = { 0 };
	struct cairn_bzimage bz;
	int ret = cairn_loader_bzimage_parse(&file, &bz, &err);

	if (ret == 0)
		ret = cairn_unpack_kernel_open(&file, &bz.payload, ram_bytes, &unpacked, &err);
	if (ret < 0 && ret != -ENOTSUP)
		return ret;
	struct cairn_image kernel =
	    ret == 0 ? cairn_loader_image_mem(unpacked.bytes, unpacked.len) : file;
	*ret_bytes = kernel.size_bytes;
	cairn_unpack_kernel_close(&unpacked);
	return 0;
}

/* One setup sector, then the payload; boot.rst gives the offsets. */
static void make_bzimage(uint8_t *file, const struct sample *s)
{
	memset(file, 0, 4096);
	file[0x1f1] = 1;
	cairn_le_store(file + 0x1f4, 4, (4096 - 1024) / 16);
	cairn_le_store(file + 0x1fe, 2, 0xaa55);
	cairn_le_store(file + 0x200, 2, 0x6aeb);
	memcpy(file + 0x202, "HdrS", 4);
	cairn_le_store(file + 0x206, 2, 0x20f);
	file[0x211] = 1;
	cairn_le_store(file + 0x24c, 4, s->len + 4);
	cairn_le_store(file + 0x260, 4, 4096);
	memcpy(file + 1024, s->packed, s->len);
	cairn_le_store(file + 1024 + s->len, 4, SMALL);
}

static void readme_example_works(void **state)
{
	uint8_t file[4096] = { 0 };
	struct cairn_image image = cairn_loader_image_mem(file, sizeof(file));
	uint64_t bytes = 0;
	struct sample s;

	make_sample(&s, CAIRN_PAYLOAD_XZ);
	make_bzimage(file, &s);
	assert_int_equal(readme_example(image, 1 << 20, &bytes), 0);
	assert_int_equal(bytes, SMALL);
	file[1024] = 0; /* now of an unknown kind */
	assert_int_equal(readme_example(image, 1 << 20, &bytes), 0);
	assert_int_equal(bytes, sizeof(file));
	file[1024] = 0xfd;
	file[1024 + s.len - 1] ^= 1;
	assert_int_equal(readme_example(image, 1 << 20, &bytes), -EPROTO);
}

/* The README's second. */
static int readme_example_of_an_image(struct cairn_image file, uint64_t ram_bytes,
				      uint64_t *ret_bytes)
{
	struct cairn_unpack_kernel unpacked = { 0 };
	enum cairn_kernel_kind kind;
	struct cairn_payload payload;
	int ret = cairn_loader_probe(&file, &kind, &err);

	if (ret == 0 && kind != CAIRN_KERNEL_KIMAGE) {
		ret = cairn_loader_packed_parse(&file, &payload, &err);
		if (ret == 0)
			ret = cairn_unpack_kernel_open(&file, &payload, ram_bytes, &unpacked, &err);
	}
	if (ret < 0)
		return ret;
	struct cairn_image kernel =
	    unpacked.bytes ? cairn_loader_image_mem(unpacked.bytes, unpacked.len) : file;
	*ret_bytes = kernel.size_bytes;
	cairn_unpack_kernel_close(&unpacked);
	return 0;
}

/* zboot-header.S gives the offsets; the build appends four bytes of size behind the payload. */
static struct cairn_image make_zboot(uint8_t *file, const struct sample *s, const char *name)
{
	memset(file, 0, 64);
	memcpy(file, "MZ\0\0zimg", 8);
	cairn_le_store(file + 8, 4, 64);
	cairn_le_store(file + 12, 4, s->len);
	memcpy(file + 24, name, strlen(name));
	memcpy(file + 64, s->packed, s->len);
	cairn_le_store(file + 64 + s->len, 4, SMALL);
	return cairn_loader_image_mem(file, 64 + s->len + 4);
}

static void zboot_of_each_kind_is_unpacked(void **state)
{
	static const char *const names[] = { "gzip", "xzkern", "zstd22", "lz4", "lzma" };
	uint8_t file[1024];
	struct sample s;

	for (size_t i = 0; i < N_KINDS; i++) {
		uint64_t bytes = 0;

		make_sample(&s, kinds[i]);
		assert_int_equal(
		    readme_example_of_an_image(make_zboot(file, &s, names[i]), SMALL, &bytes), 0);
		assert_int_equal(bytes, SMALL);
	}
	assert_int_equal(readme_example_of_an_image(make_zboot(file, &s, "lzo"), SMALL, NULL),
			 -EPROTO);
}

static void plain_and_compressed_images_are_read(void **state)
{
	uint8_t plain[64] = { [0x38] = 'A', 'R', 'M', 'd' };
	uint64_t bytes = 0;
	struct sample s;

	assert_int_equal(
	    readme_example_of_an_image(cairn_loader_image_mem(plain, 64), SMALL, &bytes), 0);
	assert_int_equal(bytes, 64);
	make_sample(&s, CAIRN_PAYLOAD_GZIP);
	assert_int_equal(
	    readme_example_of_an_image(cairn_loader_image_mem(s.packed, s.len), SMALL, &bytes), 0);
	assert_int_equal(bytes, SMALL);
	plain[0x38] = 0;
	assert_int_equal(
	    readme_example_of_an_image(cairn_loader_image_mem(plain, 64), SMALL, &bytes), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_packed_is_unpacked),
		cmocka_unit_test(lz4_goes_on_over_blocks),
		cmocka_unit_test(other_kinds_are_not_supported),
		cmocka_unit_test(data_cut_anywhere_is_refused),
		cmocka_unit_test(bytes_behind_the_stream_are_refused),
		cmocka_unit_test(nothing_is_written_beyond_the_buffer),
		cmocka_unit_test(flipped_bits_are_found_or_harmless),
		cmocka_unit_test(lz4_blocks_are_checked),
		cmocka_unit_test(lz4_block_larger_than_any_is_refused),
		cmocka_unit_test(dictionary_beyond_the_memory_limit_is_refused),
		cmocka_unit_test(zstd_window_beyond_the_limit_is_refused),
		cmocka_unit_test(range_outside_the_image_is_refused),
		cmocka_unit_test(failing_reads_are_passed_on),
		cmocka_unit_test(kernel_is_unpacked_into_memory_of_its_own),
		cmocka_unit_test(kernel_that_lies_about_its_size_is_refused),
		cmocka_unit_test(kernel_that_does_not_say_its_size_is_unpacked_to_its_end),
		cmocka_unit_test(kernel_that_does_not_say_its_size_stays_within_the_limit),
		cmocka_unit_test(kernel_of_no_bytes_is_refused),
		cmocka_unit_test(kernel_of_unknown_kind_is_left_alone),
		cmocka_unit_test(readme_example_works),
		cmocka_unit_test(zboot_of_each_kind_is_unpacked),
		cmocka_unit_test(plain_and_compressed_images_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
