/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <cairn/cfi_flash.h>
#include <cairn/math.h>

enum {
	SIZE = 64 << 10,
	BLOCK = CAIRN_CFI_FLASH_BLOCK_BYTES,
	READY = 0x80,
	BAD_SEQUENCE = 0xb0,
};

static uint8_t bytes[SIZE + 1];
static unsigned n_settled;
static struct cairn_cfi_flash flash;

static void settle(void *ctx)
{
	*(unsigned *)ctx += 1;
}

static int start(void **state)
{
	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	n_settled = 0;
	return cairn_cfi_flash_init(&flash, bytes, SIZE,
				    (struct cairn_trigger){ settle, &n_settled });
}

static uint64_t peek_n(uint32_t off, uint32_t len)
{
	uint64_t v = 0;

	assert_int_equal(cairn_cfi_flash_bus_ops.read(&flash, off, len, &v), CAIRN_IO_DONE);
	return v;
}

static uint8_t peek(uint32_t off)
{
	return (uint8_t)peek_n(off, 1);
}

static void poke(uint32_t off, uint8_t v)
{
	assert_int_equal(cairn_cfi_flash_bus_ops.write(&flash, off, 1, v), CAIRN_IO_DONE);
	assert_true(cairn_cfi_flash_is_valid(&flash));
}

static void program(uint32_t off, uint8_t v)
{
	poke(off, 0x40);
	poke(off, v);
}

static void erase(uint32_t off)
{
	poke(off, 0x20);
	poke(off, 0xd0);
}

/* Bytes 1, 2, 3, … */
static void program_buffer(uint32_t off, uint32_t n)
{
	poke(off, 0xe8);
	poke(off, (uint8_t)(n - 1));
	for (uint32_t i = 0; i < n; i++)
		poke(off + i, (uint8_t)(i + 1));
	poke(off, 0xd0);
}

/* The sequence of before is refused, the next is not, and nothing was written. */
static void assert_refused(void)
{
	assert_int_equal(peek(0), BAD_SEQUENCE);
	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(bytes[i], 0xff);
	poke(0, 0x50);
	assert_int_equal(peek(0), READY);
	program(7, 0x12);
	assert_int_equal(peek(0), READY);
	assert_int_equal(bytes[7], 0x12);
}

static void readme_example_works(void **state)
{
	static uint8_t array[CAIRN_CFI_FLASH_MIN_BYTES];
	struct cairn_cfi_flash chip;
	struct cairn_trigger on_disk = { .fn = settle, .ctx = &n_settled };
	uint64_t value;

	(void)state;
	memset(array, 0xff, sizeof(array));
	assert_int_equal(cairn_cfi_flash_init(&chip, array, sizeof(array), on_disk), 0);
	cairn_cfi_flash_bus_ops.write(&chip, 5, 1, 0x40);  /* program … */
	cairn_cfi_flash_bus_ops.write(&chip, 5, 1, 'x');   /* … a byte */
	cairn_cfi_flash_bus_ops.read(&chip, 5, 1, &value); /* 0x80: ready, it is in the array */
	cairn_cfi_flash_bus_ops.write(&chip, 0, 1, 0xff);  /* read the array: on_disk is fired */
	assert_int_equal(value, 0x80);
	assert_int_equal(array[5], 'x');
	assert_int_equal(n_settled, 1);
}

static void sizes_that_no_query_tells_are_refused(void **state)
{
	static const uint32_t sizes[] = { 0, 1, BLOCK, 3 * BLOCK, SIZE + 1, 32 << 20, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(sizes); i++)
		assert_int_equal(
		    cairn_cfi_flash_init(&flash, bytes, sizes[i], (struct cairn_trigger){ 0 }),
		    -EINVAL);
}

static void array_is_read_in_every_width(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 16; i++)
		bytes[i] = (uint8_t)(i + 1);
	assert_int_equal(peek_n(1, 1), 0x02);
	assert_int_equal(peek_n(1, 2), 0x0302);
	assert_int_equal(peek_n(2, 4), 0x06050403);
	assert_int_equal(peek_n(3, 8), 0x0b0a090807060504);
	assert_int_equal(peek_n(SIZE - 8, 8), UINT64_MAX);
}

static void wide_writes_are_refused(void **state)
{
	(void)state;
	for (uint32_t len = 2; len <= 8; len *= 2)
		assert_int_equal(cairn_cfi_flash_bus_ops.write(&flash, 0, len, 0x70), CAIRN_IO_BAD);
	assert_int_equal(peek(0), 0xff);
}

static void query_tells_what_it_is(void **state)
{
	static const uint8_t start_of_it[] = { 'Q', 'R', 'Y', 1, 0, 0x31, 0 };

	(void)state;
	poke(0x55, 0x98);
	for (uint32_t i = 0; i < sizeof(start_of_it); i++)
		assert_int_equal(peek(0x10 + i), start_of_it[i]);
	assert_int_equal(peek(0x27), 16);     /* 2^16 bytes */
	assert_int_equal(peek_n(0x28, 2), 0); /* 8 bits */
	assert_int_equal(1u << peek_n(0x2a, 2), CAIRN_CFI_FLASH_BUFFER_BYTES);
	assert_int_equal(peek(0x2c), 1);                     /* region: */
	assert_int_equal(peek_n(0x2d, 2), SIZE / BLOCK - 1); /* blocks less one */
	assert_int_equal(peek_n(0x2f, 2) * 256, BLOCK);
	assert_int_equal(peek_n(0x31, 4), 0x31495250); /* PRI1 */
	assert_int_equal(peek_n(0x36, 4), 0);          /* no features */
	assert_int_equal(peek(0x0f), 0);
	assert_int_equal(peek(0x40), 0);
	poke(0, 0xff);
	assert_int_equal(peek(0x10), 0xff);
}

static void every_size_is_told(void **state)
{
	static uint8_t most[CAIRN_CFI_FLASH_MAX_BYTES];

	(void)state;
	for (uint32_t size = CAIRN_CFI_FLASH_MIN_BYTES; size <= sizeof(most); size *= 2) {
		assert_int_equal(
		    cairn_cfi_flash_init(&flash, most, size, (struct cairn_trigger){ 0 }), 0);
		poke(0x55, 0x98);
		assert_int_equal(1u << peek(0x27), size);
		assert_int_equal((peek_n(0x2d, 2) + 1) * BLOCK, size);
	}
}

static void maker_and_chip_are_told_and_no_block_is_locked(void **state)
{
	(void)state;
	poke(0, 0x90);
	assert_int_equal(peek(0), 0x89);
	assert_int_equal(peek(1), 0x18);
	assert_int_equal(peek(2), 0);
	assert_int_equal(peek(3 * BLOCK + 2), 0);
	assert_int_equal(peek(0x55), 0);
}

static void programming_only_clears_bits(void **state)
{
	(void)state;
	program(100, 0xf0);
	assert_int_equal(peek(100), READY);
	assert_int_equal(bytes[100], 0xf0);
	poke(100, 0x10); /* the other code for it */
	poke(100, 0x3c);
	assert_int_equal(bytes[100], 0x30);
	assert_int_equal(peek(0), READY);
	poke(0, 0xff);
	assert_int_equal(peek(100), 0x30);
}

static void erasing_sets_a_block_and_no_other(void **state)
{
	(void)state;
	memset(bytes, 0, SIZE);
	erase(2 * BLOCK + 77);
	assert_int_equal(peek(0), READY);
	assert_int_equal(bytes[2 * BLOCK - 1], 0);
	assert_int_equal(bytes[3 * BLOCK], 0);
	for (size_t i = 2 * BLOCK; i < 3 * BLOCK; i++)
		assert_int_equal(bytes[i], 0xff);
	erase(SIZE - 1);
	assert_int_equal(bytes[SIZE - BLOCK], 0xff);
}

static void commands_that_are_not_confirmed_do_nothing(void **state)
{
	static const uint8_t first[] = { 0x20, 0x60 };

	(void)state;
	for (size_t i = 0; i < sizeof(first); i++) {
		start(NULL);
		poke(0, first[i]);
		poke(0, 0x01); /* of 60h: locks a block, which it has not */
		assert_refused();
	}
}

static void unlocking_is_done_at_once(void **state)
{
	(void)state;
	poke(BLOCK, 0x60);
	poke(BLOCK, 0xd0);
	assert_int_equal(peek(0), READY);
}

static void buffer_is_programmed_when_confirmed(void **state)
{
	(void)state;
	bytes[BLOCK + 2] = 0x02;
	program_buffer(BLOCK, 256);
	assert_int_equal(peek(0), READY);
	assert_int_equal(bytes[BLOCK], 1);
	assert_int_equal(bytes[BLOCK + 2], 0x02); /* 3 and what was there */
	assert_int_equal(bytes[BLOCK + 254], 255);
	assert_int_equal(bytes[BLOCK + 255], 0);
	assert_int_equal(bytes[BLOCK + 256], 0xff);
	assert_int_equal(bytes[BLOCK - 1], 0xff);
	program_buffer(SIZE - 1, 1);
	assert_int_equal(bytes[SIZE - 1], 1);
}

static void buffer_is_filled_in_any_order(void **state)
{
	(void)state;
	poke(0, 0xe8);
	assert_int_equal(peek(0), READY); /* the buffer is */
	poke(0, 2);
	poke(10, 'a');
	poke(12, 'c');
	poke(11, 'b');
	assert_int_equal(bytes[10], 0xff);
	poke(0, 0xd0);
	assert_memory_equal(bytes + 10, "abc\377", 4);
}

static void buffer_stays_in_its_block(void **state)
{
	(void)state;
	poke(BLOCK - 3, 0xe8);
	poke(BLOCK - 3, 3);
	poke(BLOCK - 3, 0);
	assert_refused();
	start(NULL);
	poke(SIZE - 1, 0xe8);
	poke(SIZE - 1, 255);
	poke(SIZE - 1, 0);
	assert_refused();
}

static void bytes_beside_the_buffer_are_refused(void **state)
{
	static const uint32_t outside[] = { 0, 99, 104, BLOCK + 100, SIZE - 1 };

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(outside); i++) {
		start(NULL);
		poke(100, 0xe8);
		poke(100, 3);
		poke(100, 0);
		poke(outside[i], 0);
		assert_refused();
	}
}

static void buffer_that_is_not_confirmed_does_nothing(void **state)
{
	(void)state;
	poke(0, 0xe8);
	poke(0, 0);
	poke(0, 0);
	poke(0, 0xff);
	assert_refused();
}

static void status_stays_until_it_is_cleared(void **state)
{
	(void)state;
	poke(0, 0x20);
	poke(0, 0xff);
	program(0, 0x11);
	assert_int_equal(peek(0), BAD_SEQUENCE);
	poke(0, 0xff);
	assert_int_equal(peek(0), 0x11);
	poke(0, 0x70);
	assert_int_equal(peek_n(0, 2), BAD_SEQUENCE << 8 | BAD_SEQUENCE);
	poke(0, 0x50);
	assert_int_equal(peek(0), READY);
}

static void suspend_and_resume_find_nothing_to_do(void **state)
{
	(void)state;
	poke(0, 0xb0);
	assert_int_equal(peek(0), READY);
	poke(0, 0xff);
	poke(0, 0xd0);
	assert_int_equal(peek(0), READY);
}

static void what_is_no_command_reads_the_array(void **state)
{
	static const uint8_t none[] = { 0x00, 0xf0, 0xaa, 0x01 };

	(void)state;
	bytes[3] = 0x42;
	for (size_t i = 0; i < sizeof(none); i++) {
		poke(0, 0x70);
		poke(0, none[i]);
		assert_int_equal(peek(3), 0x42);
	}
}

static void what_was_written_settles_once_when_the_array_is_read(void **state)
{
	(void)state;
	poke(0, 0xff);
	assert_int_equal(n_settled, 0);
	program(0, 1);
	program(1, 2);
	assert_int_equal(n_settled, 0);
	poke(0, 0xff);
	poke(0, 0xff);
	assert_int_equal(n_settled, 1);
	erase(0);
	cairn_cfi_flash_settle(&flash);
	cairn_cfi_flash_settle(&flash);
	assert_int_equal(n_settled, 2);
}

/* Each mode by how it is entered; none but the array's lets memory answer for the chip. */
static void only_the_array_is_the_array(void **state)
{
	static const uint8_t others[] = {
		0x10, 0x20, 0x40, 0x60, 0x70, 0x90, 0x98, 0xb0, 0xd0, 0xe8
	};

	(void)state;
	assert_true(cairn_cfi_flash_is_array(&flash));
	poke(0, 0x50);
	assert_true(cairn_cfi_flash_is_array(&flash));
	for (size_t i = 0; i < sizeof(others); i++) {
		start(NULL);
		poke(0, others[i]);
		assert_false(cairn_cfi_flash_is_array(&flash));
	}
	start(NULL);
	program(0, 1);
	assert_false(cairn_cfi_flash_is_array(&flash));
	poke(0, 0x50);
	assert_false(cairn_cfi_flash_is_array(&flash));
	poke(0, 0xff);
	assert_true(cairn_cfi_flash_is_array(&flash));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(readme_example_works, start),
		cmocka_unit_test(sizes_that_no_query_tells_are_refused),
		cmocka_unit_test_setup(array_is_read_in_every_width, start),
		cmocka_unit_test_setup(wide_writes_are_refused, start),
		cmocka_unit_test_setup(query_tells_what_it_is, start),
		cmocka_unit_test(every_size_is_told),
		cmocka_unit_test_setup(maker_and_chip_are_told_and_no_block_is_locked, start),
		cmocka_unit_test_setup(programming_only_clears_bits, start),
		cmocka_unit_test_setup(erasing_sets_a_block_and_no_other, start),
		cmocka_unit_test_setup(commands_that_are_not_confirmed_do_nothing, start),
		cmocka_unit_test_setup(unlocking_is_done_at_once, start),
		cmocka_unit_test_setup(buffer_is_programmed_when_confirmed, start),
		cmocka_unit_test_setup(buffer_is_filled_in_any_order, start),
		cmocka_unit_test_setup(buffer_stays_in_its_block, start),
		cmocka_unit_test_setup(bytes_beside_the_buffer_are_refused, start),
		cmocka_unit_test_setup(buffer_that_is_not_confirmed_does_nothing, start),
		cmocka_unit_test_setup(status_stays_until_it_is_cleared, start),
		cmocka_unit_test_setup(suspend_and_resume_find_nothing_to_do, start),
		cmocka_unit_test_setup(what_is_no_command_reads_the_array, start),
		cmocka_unit_test_setup(only_the_array_is_the_array, start),
		cmocka_unit_test_setup(what_was_written_settles_once_when_the_array_is_read, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
