/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Reading, programming and erasing. A chip stays in its command mode for as long as one call lasts:
 * turning it back and forth for each word is what costs most on a hypervisor.
 */
#include "cfi_flash.h"

enum {
	READY = 0x80,
	FAILED = 0x3a, /* erasing, programming, voltage, locked */
};

FW_RT_CODE static int wait_done(const struct fw_flash *f, uint32_t at)
{
	uint32_t ready = cfi_beside(f, READY), failed = cfi_beside(f, FAILED);

	for (uint32_t i = 0; i < FW_FLASH_POLLS_MAX; i++) {
		uint32_t status = fw_mmio_read(f->at + at, f->width);

		if ((status & ready) != ready)
			continue;
		if (!(status & failed))
			return 0;
		cfi_command(f, at, CFI_CLEAR_STATUS);
		return -EIO;
	}
	return -EIO;
}

FW_RT_CODE int fw_flash_read(void *ctx, uint32_t at, void *dst, uint32_t len)
{
	const struct fw_flash *f = ctx;
	uint8_t *d = dst;

	while (len) {
		uint32_t n = at % 4 == 0 && len >= 4 ? 4 : 1;
		uint32_t v = fw_mmio_read(f->at + at, n);

		for (uint32_t i = 0; i < n; i++)
			d[i] = (uint8_t)(v >> (8 * i));
		d += n;
		at += n;
		len -= n;
	}
	return 0;
}

/* The bytes of one word that are programmed, and the others as they are. */
FW_RT_CODE static uint32_t word_of(const struct fw_flash *f, uint32_t word, uint32_t at,
				   const uint8_t *src, uint32_t end)
{
	uint32_t v = 0;

	for (uint32_t i = 0; i < f->width; i++) {
		uint32_t here = word + i, byte;

		if (here >= at && here < end)
			byte = src[here - at];
		else
			byte = fw_mmio_read(f->at + here, 1);
		v |= byte << (8 * i);
	}
	return v;
}

FW_RT_CODE int fw_flash_program(void *ctx, uint32_t at, const void *src, uint32_t len)
{
	const struct fw_flash *f = ctx;
	const uint32_t erased = UINT32_MAX >> (32 - 8 * f->width), mask = f->width - 1;
	uint32_t end = at + len, tail = end & ~mask, tail_word = 0;
	int ret = 0;

	/* What is read of the array comes before the first command. */
	if (end & mask)
		tail_word = word_of(f, tail, at, src, end);
	for (uint32_t word = at & ~mask; word < end && ret == 0; word += f->width) {
		uint32_t v = word == tail ? tail_word : word_of(f, word, at, src, end);

		if (v == erased)
			continue;
		cfi_command(f, word, CFI_PROGRAM);
		fw_mmio_write(f->at + word, f->width, v);
		ret = wait_done(f, word);
	}
	cfi_command(f, at & ~mask, CFI_ARRAY);
	return ret;
}

FW_RT_CODE int fw_flash_erase(void *ctx, uint32_t at, uint32_t len)
{
	const struct fw_flash *f = ctx;
	uint32_t end = at + len;
	int ret = 0;

	for (; at < end && ret == 0; at += f->block_bytes) {
		cfi_command(f, at, CFI_ERASE);
		cfi_command(f, at, CFI_CONFIRM);
		ret = wait_done(f, at);
	}
	cfi_command(f, end - f->block_bytes, CFI_ARRAY);
	return ret;
}
