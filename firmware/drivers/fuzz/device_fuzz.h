/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * device_fuzz.h - for fuzz targets that play a device: RAM in which the driver's pages and buffers
 * are, bytes of the fuzzer, and time that passes while the driver waits. What must hold for every
 * input is checked by abort().
 */
#ifndef FW_DEVICE_FUZZ_H
#define FW_DEVICE_FUZZ_H

#include <stdlib.h>

#include <cairn/cursor.h>

#include <fw/block.h>
#include <fw/clock.h>
#include <fw/platform.h>

#include "arch_test.h"

#define FUZZ_RAM_BYTES (1u << 20)
#define FUZZ_BUFFER    (1u << 18) /* at its start: for what is read and written */

static uint8_t fuzz_ram[FUZZ_RAM_BYTES] __attribute__((aligned(4096)));
static struct cairn_reader fuzz_bytes; /* gives zeroes when it is at its end */

static inline void fuzz_must(bool holds)
{
	if (!holds)
		abort();
}

/* What a driver tells a device to read or write is memory, all of it. */
static inline uint8_t *fuzz_memory(uint64_t at, uint64_t len)
{
	uint64_t ram = (uint64_t)(uintptr_t)fuzz_ram;

	fuzz_must(at >= ram && len <= FUZZ_RAM_BYTES && at - ram <= FUZZ_RAM_BYTES - len);
	return fuzz_ram + (at - ram);
}

static inline void fuzz_fill(uint8_t *dst, size_t len)
{
	for (size_t i = 0; i < len; i++)
		dst[i] = cairn_reader_u8(&fuzz_bytes);
}

static inline void fuzz_open(const uint8_t *data, size_t len)
{
	cairn_reader_init(&fuzz_bytes, data, len);
	memset(fuzz_ram, 0, sizeof(fuzz_ram));
	memset(&fw_platform, 0, sizeof(fw_platform));
	fuzz_must(fw_memory_describe(&fw_platform.memory,
				     (uint64_t)(uintptr_t)fuzz_ram + FUZZ_BUFFER,
				     FUZZ_RAM_BYTES - FUZZ_BUFFER, FW_MEM_FREE, 0) == 0);
	test_ticks = 0;
	fw_clock_start();
}

/* A disk that a driver made of such a device can be used like any other. */
static inline void fuzz_use(struct fw_block *b)
{
	uint32_t n, most = FUZZ_BUFFER / 4096 - 1;
	uint64_t lba;

	fuzz_must(b->n_blocks > 0 && b->n_blocks <= UINT64_MAX / b->block_bytes);
	fuzz_must(b->block_bytes >= 512 && b->block_bytes <= 4096 &&
		  (b->block_bytes & (b->block_bytes - 1)) == 0);
	for (int i = 0; i < 4; i++) {
		uint8_t what = cairn_reader_u8(&fuzz_bytes);

		n = 1u + what % most;
		n = n > b->n_blocks ? (uint32_t)b->n_blocks : n;
		lba = cairn_reader_le64(&fuzz_bytes) % (b->n_blocks - n + 1);
		if (what & 64)
			(void)!fw_block_write(b, lba, fuzz_ram + what % 8, n);
		else
			(void)!fw_block_read(b, lba, fuzz_ram + what % 8, n);
	}
	(void)!fw_block_flush(b);
}

#endif
