/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "help.h"

#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)

static struct cairn_err err;

static void parsed(const struct bytes *b, struct cairn_kimage *k)
{
	struct cairn_image image = image_of(b);

	assert_int_equal(cairn_loader_kimage_parse(&image, k, &err), 0);
}

static void refused(const struct bytes *b, int code, const char *what)
{
	struct cairn_kimage k = { .mem_bytes = 77 };
	struct cairn_image image = image_of(b);

	assert_int_equal(cairn_loader_kimage_parse(&image, &k, &err), -code);
	assert_string_equal(err.what, what);
	assert_int_equal(k.mem_bytes, 77);
}

static void parse_describes_the_kernel(void **state)
{
	struct cairn_kimage k;
	struct bytes b;

	make_kimage(&b);
	put(&b, K_OFFSET, 8, 0x1000);
	parsed(&b, &k);
	assert_int_equal(k.arch, CAIRN_KIMAGE_ARM64);
	assert_int_equal(k.text_offset, 0x1000);
	assert_int_equal(k.file_bytes, KIMAGE_BYTES);
	assert_int_equal(k.mem_bytes, KIMAGE_MEM_BYTES);
	assert_int_equal(k.pages, CAIRN_PAGES_4K);
	assert_true(k.is_bounded);
}

static void parse_tells_the_size_of_pages(void **state)
{
	static const uint32_t pages[] = { 0, CAIRN_PAGES_4K, CAIRN_PAGES_16K, CAIRN_PAGES_64K };
	struct cairn_kimage k;
	struct bytes b;

	make_kimage(&b);
	for (uint64_t i = 0; i < 4; i++) {
		put(&b, K_FLAGS, 8, i << 1);
		parsed(&b, &k);
		assert_int_equal(k.pages, pages[i]);
	}
}

static void riscv_has_no_flag_for_pages(void **state)
{
	struct cairn_kimage k;
	struct bytes b;

	make_kimage(&b);
	put(&b, K_MAGIC, 4, KIMAGE_RISCV64);
	put(&b, K_FLAGS, 8, 6);
	parsed(&b, &k);
	assert_int_equal(k.arch, CAIRN_KIMAGE_RISCV64);
	assert_int_equal(k.pages, 0);
}

static void bytes_behind_image_size_are_not_loaded(void **state)
{
	struct cairn_kimage k;
	struct bytes b;

	make_kimage(&b); /* as a signature for secure boot is */
	put(&b, K_SIZE, 8, 0x100);
	parsed(&b, &k);
	assert_int_equal(k.file_bytes, 0x100);
	assert_int_equal(k.mem_bytes, 0x100);
}

static void old_kernel_without_a_size_goes_to_its_fixed_offset(void **state)
{
	struct cairn_kimage k;
	struct bytes b;

	make_kimage(&b);
	put(&b, K_SIZE, 8, 0);
	put(&b, K_OFFSET, 8, 0x1234);
	put(&b, K_FLAGS, 8, 7); /* not flags yet */
	parsed(&b, &k);
	assert_int_equal(k.text_offset, 0x80000);
	assert_int_equal(k.mem_bytes, KIMAGE_BYTES);
	assert_int_equal(k.pages, 0);
	assert_false(k.is_bounded);
}

static void big_endian_kernels_are_refused(void **state)
{
	struct bytes b;

	make_kimage(&b);
	put(&b, K_FLAGS, 8, 0xb);
	refused(&b, ENOTSUP, "kernel is big-endian");
	put(&b, K_MAGIC, 4, KIMAGE_RISCV64);
	refused(&b, ENOTSUP, "kernel is big-endian");
	make_kimage(&b);
	put(&b, K_SIZE, 8, 0);
	put(&b, K_OFFSET, 8, UINT64_C(0x80000000000)); /* 0x80000 in its order */
	refused(&b, ENOTSUP, "kernel is big-endian");
}

static void riscv_must_say_its_size(void **state)
{
	struct bytes b;

	make_kimage(&b);
	put(&b, K_MAGIC, 4, KIMAGE_RISCV64);
	put(&b, K_SIZE, 8, 0);
	refused(&b, EPROTO, "kernel does not say what memory it needs");
}

static void header_fields_are_checked(void **state)
{
	struct bytes b;

	make_kimage(&b);
	put(&b, K_MAGIC, 4, 0x644d5242);
	refused(&b, EPROTO, "not a kernel Image");
	make_kimage(&b);
	put(&b, K_SIZE, 8, 63);
	refused(&b, EPROTO, "kernel smaller than its header");
	make_kimage(&b);
	put(&b, K_OFFSET, 8, 0x1004);
	refused(&b, EPROTO, "kernel at an odd offset");
}

static void file_cut_in_its_header_is_refused(void **state)
{
	struct cairn_kimage k;
	struct bytes b;

	make_kimage(&b);
	for (size_t len = 0; len < 64; len++) {
		uint8_t *exact = malloc(len ? len : 1); /* so that ASan sees the end */
		struct cairn_image image = cairn_loader_image_mem(exact, len);

		assert_non_null(exact);
		memcpy(exact, b.v, len);
		assert_int_equal(cairn_loader_kimage_parse(&image, &k, NULL), -EPROTO);
		free(exact);
	}
}

static void file_shorter_than_its_sections_is_refused(void **state)
{
	struct cairn_kimage k;
	struct bytes b;

	make_pe_kimage(&b);
	parsed(&b, &k);
	assert_int_equal(k.file_bytes, PE_BYTES);
	for (size_t len = 64; len < PE_BYTES; len++) {
		uint8_t *exact = malloc(len); /* so that ASan sees the end */
		struct cairn_image image = cairn_loader_image_mem(exact, len);

		assert_non_null(exact);
		memcpy(exact, b.v, len);
		assert_int_equal(cairn_loader_kimage_parse(&image, &k, &err), -EPROTO);
		free(exact);
	}
}

static void pe_headers_must_be_right_where_there_are_any(void **state)
{
	struct cairn_kimage k;
	struct bytes b;

	make_pe_kimage(&b);
	put(&b, PE_SECTION(1) + PS_RAW_AT, 4, PE_BYTES);
	refused(&b, EPROTO, "PE section behind the end of the file");
	make_pe_kimage(&b);
	put(&b, K_PE, 4, PE_HEAD + 4);
	refused(&b, EPROTO, "not a PE file");
	make_pe_kimage(&b);
	put(&b, PE_MACHINE, 2, 0x5032); /* riscv32: may be anything */
	put(&b, PE_SECTION(1) + PS_RAW_AT, 4, PE_BYTES);
	err = (struct cairn_err){ .code = 77 };
	parsed(&b, &k);
	assert_int_equal(err.code, 77);
}

static void image_that_is_no_pe_file_does_not_say_its_length(void **state)
{
	struct cairn_kimage k;
	struct bytes b;

	make_pe_kimage(&b);
	put(&b, K_PE, 4, 0);
	b.len = 0x100;
	parsed(&b, &k);
	make_pe_kimage(&b);
	put(&b, 0, 2, 0); /* a field that older kernels reserve */
	b.len = 0x100;
	parsed(&b, &k);
	assert_int_equal(k.file_bytes, 0x100);
}

/* A load whose memory is the help's 4 MiB, or a range whose contents nobody looks at. */
struct world {
	struct ram ram;
	struct bytes kernel_bytes;
	uint8_t initrd_bytes[5000];
	struct cairn_image kernel, initrd;
	struct cairn_kimage_load load;
	struct cairn_kimage_loaded loaded;
	struct cairn_range zeroed;
};

static struct world w;

static void start(void)
{
	memset(&w, 0, sizeof(w));
	ram_init(&w.ram);
	make_kimage(&w.kernel_bytes);
	w.kernel = image_of(&w.kernel_bytes);
	memset(w.initrd_bytes, 0x55, sizeof(w.initrd_bytes));
	w.initrd = cairn_loader_image_mem(w.initrd_bytes, sizeof(w.initrd_bytes));
	w.load = (struct cairn_kimage_load){ .kernel = &w.kernel,
					     .initrd = &w.initrd,
					     .arch = CAIRN_KIMAGE_ARM64,
					     .pages = CAIRN_PAGES_4K,
					     .ram = { 0, RAM_BYTES },
					     .dtb_bytes = 0x3000 };
}

static int load(void)
{
	return cairn_loader_kimage_load(&w.load, &w.ram.sink, &w.loaded, &err);
}

/* Ends a test whose load is refused before anything is written. */
static void load_refused(int code, const char *what)
{
	assert_int_equal(load(), -code);
	assert_string_equal(err.what, what);
	assert_true(ram_is_untouched(&w.ram));
	ram_fini(&w.ram);
}

static int write_nowhere(void *ctx, cairn_gpa at, const void *src, size_t len)
{
	return 0;
}

static int zero_nowhere(void *ctx, cairn_gpa at, uint64_t len_bytes)
{
	w.zeroed = (struct cairn_range){ .at = at.v, .len = len_bytes };
	return 0;
}

static void start_at(uint64_t at, uint64_t len)
{
	start();
	w.load.ram = (struct cairn_range){ .at = at, .len = len };
	w.ram.sink.write = write_nowhere;
	w.ram.sink.zero = zero_nowhere;
}

static void at_is(struct cairn_range r, uint64_t at, uint64_t len)
{
	assert_int_equal(r.at, at);
	assert_int_equal(r.len, len);
}

static void load_writes_kernel_and_initrd_and_zeroes_the_rest(void **state)
{
	const uint8_t *m;

	start();
	m = w.ram.bytes;
	assert_int_equal(load(), 0);
	at_is(w.loaded.kernel, 0, KIMAGE_MEM_BYTES);
	at_is(w.loaded.dtb, 2 * MIB, 0x3000);
	at_is(w.loaded.initrd, RAM_BYTES - 0x2000, 5000);
	assert_int_equal(w.loaded.entry.v, 0);
	assert_memory_equal(m, w.kernel_bytes.v, KIMAGE_BYTES);
	assert_int_equal(m[KIMAGE_BYTES], 0);
	assert_int_equal(m[KIMAGE_MEM_BYTES - 1], 0);
	assert_int_equal(m[KIMAGE_MEM_BYTES], RAM_FILL);
	assert_memory_equal(m + RAM_BYTES - 0x2000, w.initrd_bytes, 5000);
	assert_int_equal(m[RAM_BYTES - 0x2000 - 1], RAM_FILL);
	ram_fini(&w.ram);
}

static void nothing_more_is_placed_than_there_is(void **state)
{
	start();
	w.load.initrd = NULL;
	w.load.dtb_bytes = 0;
	assert_int_equal(load(), 0);
	at_is(w.loaded.initrd, 0, 0);
	at_is(w.loaded.dtb, 0, 0);
	assert_int_equal(w.ram.bytes[KIMAGE_MEM_BYTES], RAM_FILL);
	ram_fini(&w.ram);
}

static void kernel_counts_from_the_first_boundary(void **state)
{
	start_at(GIB + 0x1000, GIB);
	put(&w.kernel_bytes, K_OFFSET, 8, 0x80000);
	assert_int_equal(load(), 0);
	at_is(w.loaded.kernel, GIB + 2 * MIB + 0x80000, KIMAGE_MEM_BYTES);
	assert_int_equal(w.loaded.entry.v, w.loaded.kernel.at);
	at_is(w.zeroed, w.loaded.kernel.at + KIMAGE_BYTES, KIMAGE_MEM_BYTES - KIMAGE_BYTES);
	ram_fini(&w.ram);
}

static void kernel_must_fit_into_memory(void **state)
{
	const char *no_room = "kernel does not fit into guest memory";

	start();
	put(&w.kernel_bytes, K_SIZE, 8, RAM_BYTES + 1);
	load_refused(EFAULT, no_room);
	start();
	put(&w.kernel_bytes, K_SIZE, 8, UINT64_MAX);
	load_refused(EFAULT, no_room);
	start();
	put(&w.kernel_bytes, K_OFFSET, 8, RAM_BYTES - KIMAGE_MEM_BYTES + 0x1000);
	load_refused(EFAULT, no_room);
	start();
	w.load.ram.at = 0x1000; /* from 2 MiB round to 1 MiB */
	put(&w.kernel_bytes, K_OFFSET, 8, 0 - MIB);
	load_refused(EFAULT, no_room);
	start();
	w.load.ram = (struct cairn_range){ UINT64_MAX - MIB, MIB };
	load_refused(EFAULT, no_room);
	start();
	w.load.ram = (struct cairn_range){ UINT64_C(1) << 48, GIB };
	load_refused(EFAULT, no_room);
}

static void memory_that_wraps_is_refused(void **state)
{
	start();
	w.load.ram = (struct cairn_range){ MIB, UINT64_MAX };
	load_refused(EINVAL, "memory wraps the address space");
}

static void kernel_of_another_machine_is_refused(void **state)
{
	start();
	w.load.arch = CAIRN_KIMAGE_RISCV64;
	load_refused(ENOTSUP, "kernel is for arm64");
	start();
	put(&w.kernel_bytes, K_MAGIC, 4, KIMAGE_RISCV64);
	load_refused(ENOTSUP, "kernel is for riscv64");
}

static void kernel_with_pages_the_machine_lacks_is_refused(void **state)
{
	start();
	w.load.pages = CAIRN_PAGES_16K | CAIRN_PAGES_64K;
	load_refused(ENOTSUP, "kernel uses pages of 4 KiB, which the processors here lack");
	start();
	put(&w.kernel_bytes, K_FLAGS, 8, 4);
	load_refused(ENOTSUP, "kernel uses pages of 16 KiB, which the processors here lack");
	start();
	put(&w.kernel_bytes, K_FLAGS, 8, 6);
	load_refused(ENOTSUP, "kernel uses pages of 64 KiB, which the processors here lack");
}

static void kernel_with_pages_the_machine_has_is_loaded(void **state)
{
	start();
	w.load.pages = CAIRN_PAGES_64K | CAIRN_PAGES_4K;
	put(&w.kernel_bytes, K_FLAGS, 8, 6);
	assert_int_equal(load(), 0);
	w.load.pages = 0; /* and a kernel that does not say runs anywhere */
	put(&w.kernel_bytes, K_FLAGS, 8, 0);
	assert_int_equal(load(), 0);
	ram_fini(&w.ram);
}

static void initrd_stays_within_32_gib_of_the_kernel(void **state)
{
	start_at(GIB + 512 * MIB, 64 * GIB);
	assert_int_equal(load(), 0);
	at_is(w.loaded.initrd, 33 * GIB - 0x2000, 5000);
	ram_fini(&w.ram);
}

static void device_tree_stays_within_512_mib_of_the_kernel(void **state)
{
	start_at(GIB, 64 * GIB);
	put(&w.kernel_bytes, K_OFFSET, 8, 0x80000);
	assert_int_equal(load(), 0);
	at_is(w.loaded.dtb, GIB + 510 * MIB, 0x3000);
	w.load.dtb_bytes = CAIRN_KIMAGE_DTB_MAX;
	assert_int_equal(load(), 0);
	at_is(w.loaded.dtb, GIB + 510 * MIB, 2 * MIB);
	ram_fini(&w.ram);
}

static void initrd_goes_below_a_device_tree_at_the_top(void **state)
{
	start();
	w.load.dtb_bytes = CAIRN_KIMAGE_DTB_MAX;
	assert_int_equal(load(), 0);
	at_is(w.loaded.dtb, 2 * MIB, 2 * MIB);
	at_is(w.loaded.initrd, 2 * MIB - 0x2000, 5000);
	ram_fini(&w.ram);
}

static void device_tree_of_no_room_is_refused(void **state)
{
	start();
	w.load.dtb_bytes = CAIRN_KIMAGE_DTB_MAX + 1;
	load_refused(EINVAL, "device tree larger than 2 MiB");
	start();
	put(&w.kernel_bytes, K_SIZE, 8, 2 * MIB + 1);
	load_refused(ENOSPC, "device tree does not fit into guest memory");
	start();
	w.load.ram.len = KIMAGE_MEM_BYTES;
	load_refused(ENOSPC, "device tree does not fit into guest memory");
}

static void initrd_of_no_room_is_refused(void **state)
{
	start();
	w.initrd.size_bytes = 0;
	load_refused(EINVAL, "initrd is empty");
	start();
	w.load.ram.len = 2 * MIB + 0x3000;
	put(&w.kernel_bytes, K_SIZE, 8, 2 * MIB - 0x1000);
	load_refused(ENOSPC, "initrd does not fit into guest memory");
	start();
	w.initrd.size_bytes = UINT64_MAX;
	load_refused(ENOSPC, "initrd does not fit into guest memory");
}

static void any_failing_write_ends_the_load(void **state)
{
	for (unsigned n = 0; n < 6; n++) { /* 1 for the kernel, 5 for the initrd */
		start();
		w.ram.writes_left = n;
		w.loaded.entry.v = 77;
		assert_int_equal(load(), -EIO);
		assert_int_equal(w.loaded.entry.v, 77);
		ram_fini(&w.ram);
	}
}

static void malformed_kernel_is_refused_before_a_write(void **state)
{
	start();
	put(&w.kernel_bytes, K_MAGIC, 4, 0);
	load_refused(EPROTO, "not a kernel Image");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_describes_the_kernel),
		cmocka_unit_test(parse_tells_the_size_of_pages),
		cmocka_unit_test(riscv_has_no_flag_for_pages),
		cmocka_unit_test(bytes_behind_image_size_are_not_loaded),
		cmocka_unit_test(old_kernel_without_a_size_goes_to_its_fixed_offset),
		cmocka_unit_test(big_endian_kernels_are_refused),
		cmocka_unit_test(riscv_must_say_its_size),
		cmocka_unit_test(header_fields_are_checked),
		cmocka_unit_test(file_cut_in_its_header_is_refused),
		cmocka_unit_test(file_shorter_than_its_sections_is_refused),
		cmocka_unit_test(pe_headers_must_be_right_where_there_are_any),
		cmocka_unit_test(image_that_is_no_pe_file_does_not_say_its_length),
		cmocka_unit_test(load_writes_kernel_and_initrd_and_zeroes_the_rest),
		cmocka_unit_test(nothing_more_is_placed_than_there_is),
		cmocka_unit_test(kernel_counts_from_the_first_boundary),
		cmocka_unit_test(kernel_must_fit_into_memory),
		cmocka_unit_test(memory_that_wraps_is_refused),
		cmocka_unit_test(kernel_of_another_machine_is_refused),
		cmocka_unit_test(kernel_with_pages_the_machine_lacks_is_refused),
		cmocka_unit_test(kernel_with_pages_the_machine_has_is_loaded),
		cmocka_unit_test(initrd_stays_within_32_gib_of_the_kernel),
		cmocka_unit_test(device_tree_stays_within_512_mib_of_the_kernel),
		cmocka_unit_test(initrd_goes_below_a_device_tree_at_the_top),
		cmocka_unit_test(device_tree_of_no_room_is_refused),
		cmocka_unit_test(initrd_of_no_room_is_refused),
		cmocka_unit_test(any_failing_write_ends_the_load),
		cmocka_unit_test(malformed_kernel_is_refused_before_a_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
