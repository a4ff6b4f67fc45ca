/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "fake_flash.h"

#include <fw/platform.h>

#include "arch_test.h"

enum { ARRAY, STATUS, QUERY, PROGRAMMING, ERASING };

static struct fake_flash *plugged;

static uint32_t beside(const struct fake_flash *f, uint32_t byte)
{
	uint32_t v = 0;

	for (uint32_t i = 0; i < f->chips; i++)
		v |= byte << (i * 8 * f->width / f->chips);
	return v;
}

static uint32_t array(const struct fake_flash *f, uint64_t off, uint32_t width)
{
	uint32_t v = 0;

	for (uint32_t i = 0; i < width; i++)
		v |= (uint32_t)f->bytes[off + i] << (8 * i);
	return v;
}

static bool has(const struct fake_flash *f, uint64_t at, uint32_t width)
{
	return f && at >= f->at && at - f->at <= f->len - width;
}

static uint32_t flash_read(uint64_t at, uint32_t width)
{
	struct fake_flash *f = plugged;
	uint64_t off;

	if (!has(f, at, width))
		return UINT32_MAX >> (32 - 8 * width);
	off = at - f->at;
	if (f->mode == ARRAY)
		return array(f, off, width);
	if (width != f->width) {
		f->oddities += f->mode != QUERY; /* who asks cannot know the width */
		return 0;
	}
	if (f->mode != QUERY)
		return beside(f, f->status);
	off = off / width & 0xff;
	return beside(f, off < sizeof(f->table) ? f->table[off] : 0);
}

static bool is_done(struct fake_flash *f)
{
	f->mode = STATUS;
	if (f->status != 0x80 || !f->left)
		return false;
	f->left--;
	return true;
}

static void program(struct fake_flash *f, uint64_t off, uint32_t value)
{
	if (is_done(f))
		for (uint32_t i = 0; i < f->width; i++)
			f->bytes[off + i] = (uint8_t)(value >> (8 * i)) &
					    (f->overwrites ? 0xff : f->bytes[off + i]);
	f->programs++;
}

static void erase(struct fake_flash *f, uint64_t off)
{
	if (is_done(f))
		memset(f->bytes + off / f->block_bytes * f->block_bytes, 0xff, f->block_bytes);
	f->erases++;
}

static void command(struct fake_flash *f, uint32_t value)
{
	if (value == beside(f, 0xff))
		f->mode = ARRAY;
	else if (value == beside(f, 0x98))
		f->mode = QUERY;
	else if (value == beside(f, 0x40))
		f->mode = PROGRAMMING;
	else if (value == beside(f, 0x20))
		f->mode = ERASING;
	else if (value == beside(f, 0x50))
		f->clears++;
	else
		f->oddities++;
}

static void flash_write(uint64_t at, uint32_t width, uint32_t value)
{
	struct fake_flash *f = plugged;

	if (!has(f, at, width) || width != f->width)
		return; /* a probe's try */
	if (f->mode == PROGRAMMING)
		program(f, at - f->at, value);
	else if (f->mode == ERASING && value == beside(f, 0xd0))
		erase(f, at - f->at);
	else
		command(f, value);
}

void fake_flash_plug(struct fake_flash *f)
{
	uint32_t blocks = f->len / f->block_bytes - 1, units = f->block_bytes / f->chips / 256;

	f->status = 0x80;
	f->mode = ARRAY;
	f->left = UINT32_MAX;
	f->programs = f->erases = f->clears = f->oddities = 0;
	memset(f->table, 0, sizeof(f->table));
	memcpy(f->table + 0x10, "QRY\1", 4);
	f->table[0x2c] = 1;
	f->table[0x2d] = (uint8_t)blocks;
	f->table[0x2e] = (uint8_t)(blocks >> 8);
	f->table[0x2f] = (uint8_t)units;
	f->table[0x30] = (uint8_t)(units >> 8);
	plugged = f;
	test_mmio_read = flash_read;
	test_mmio_write = flash_write;
}

void fake_flash_plug_alone(struct fake_flash *f)
{
	fake_flash_plug(f);
	fw_platform.flash[0].at = f->at;
	fw_platform.flash[0].len = f->len;
	fw_platform.n_flash = 1;
}
