/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Any accesses: the array alone is written, only where a command was confirmed; bits are only
 * cleared, or a block is erased; nobody turns to the array before what was written has settled; in
 * mode ARRAY a write changes nothing, and a read gives what is there.
 */
#include <stdlib.h>
#include <string.h>

#include <cairn/cfi_flash.h>
#include <cairn/cursor.h>
#include <cairn/le.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE = CAIRN_CFI_FLASH_MIN_BYTES, BLOCK = CAIRN_CFI_FLASH_BLOCK_BYTES };

static uint8_t settled[SIZE];

static void settle(void *ctx)
{
	if (!memcmp(settled, ctx, SIZE))
		return; /* programmed with what was there */
	memcpy(settled, ctx, SIZE);
}

static bool is_erased(const uint8_t *block)
{
	return block[0] == 0xff && !memcmp(block, block + 1, BLOCK - 1);
}

static void check_block(const uint8_t *before, const uint8_t *after)
{
	for (size_t i = 0; i < BLOCK && !is_erased(after); i++)
		if (after[i] & ~before[i])
			abort();
}

static void step(struct cairn_cfi_flash *f, struct cairn_reader *r)
{
	uint32_t off = cairn_reader_le16(r) % SIZE;
	bool is_array = cairn_cfi_flash_is_array(f);
	uint8_t how = cairn_reader_u8(r);
	uint32_t len = 1u << (how & 3);
	uint64_t value = 0;

	if (off + len > SIZE)
		return; /* the bus does not let it through */
	if (how & 4) {
		if (cairn_cfi_flash_bus_ops.read(f, off, len, &value) != CAIRN_IO_DONE)
			abort();
		if (is_array && value != cairn_le_load(f->bytes + off, len))
			abort();
		return;
	}
	if (cairn_cfi_flash_bus_ops.write(f, off, len, cairn_reader_u8(r)) !=
	    (len == 1 ? CAIRN_IO_DONE : CAIRN_IO_BAD))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[SIZE], before[SIZE];
	struct cairn_cfi_flash f;
	struct cairn_reader r;

	memset(bytes, 0xff, SIZE);
	memcpy(settled, bytes, SIZE);
	if (cairn_cfi_flash_init(&f, bytes, SIZE, (struct cairn_trigger){ settle, bytes }))
		abort();
	cairn_reader_init(&r, data, size);
	while (cairn_reader_left(&r)) {
		bool was_array = cairn_cfi_flash_is_array(&f);

		memcpy(before, bytes, SIZE);
		step(&f, &r);
		if (!cairn_cfi_flash_is_valid(&f))
			abort();
		for (size_t at = 0; at < SIZE; at += BLOCK)
			check_block(before + at, bytes + at);
		if (was_array && memcmp(before, bytes, SIZE))
			abort();
		if (cairn_cfi_flash_is_array(&f) && memcmp(settled, bytes, SIZE))
			abort();
	}
	cairn_cfi_flash_settle(&f);
	if (memcmp(settled, bytes, SIZE))
		abort();
	return 0;
}
