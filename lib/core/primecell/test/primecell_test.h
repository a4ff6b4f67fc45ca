/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* primecell_test.h - register accesses for the tests of this folder. */
#ifndef PRIMECELL_TEST_H
#define PRIMECELL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/bus.h>

static inline uint32_t peek(const struct cairn_bus_ops *ops, void *dev, uint64_t off)
{
	uint64_t v = UINT64_MAX;

	assert_int_equal(ops->read(dev, off, 4, &v), CAIRN_IO_DONE);
	return (uint32_t)v;
}

static inline void poke(const struct cairn_bus_ops *ops, void *dev, uint64_t off, uint32_t v)
{
	assert_int_equal(ops->write(dev, off, 4, v), CAIRN_IO_DONE);
}

/* The eight identification registers, as a driver puts them together. */
static inline void assert_ids(const struct cairn_bus_ops *ops, void *dev, uint32_t id)
{
	uint32_t found = 0, cell = 0;

	for (unsigned int i = 0; i < 4; i++) {
		found |= peek(ops, dev, 0xfe0 + 4 * i) << 8 * i;
		cell |= peek(ops, dev, 0xff0 + 4 * i) << 8 * i;
	}
	assert_int_equal(found, id);
	assert_int_equal(cell, 0xb105f00d);
}

/* 8 bytes at once, a part of a register, registers' borders: refused, both ways. */
static inline void assert_odd_accesses_are_bad(const struct cairn_bus_ops *ops, void *dev)
{
	uint64_t v;

	assert_int_equal(ops->read(dev, 0, 8, &v), CAIRN_IO_BAD);
	assert_int_equal(ops->write(dev, 0, 8, 0), CAIRN_IO_BAD);
	assert_int_equal(ops->read(dev, 1, 1, &v), CAIRN_IO_BAD);
	assert_int_equal(ops->write(dev, 2, 2, 0), CAIRN_IO_BAD);
	assert_int_equal(ops->read(dev, 0xffd, 1, &v), CAIRN_IO_BAD);
}

#endif
