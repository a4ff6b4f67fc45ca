/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* driver.h - the suite's driver for virtio-mmio, and its world. */
#ifndef MMIO_TEST_DRIVER_H
#define MMIO_TEST_DRIVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/carrier_suite.h>
#include "fakes.h"

struct mmio_world {
	struct cairn_virtio_mmio mmio;
	struct fake_line line;
	struct fake_bells bells;
};

static inline struct mmio_world *mmio_of(struct cairn_suite *s)
{
	return s->transport;
}

extern const struct cairn_suite_ops mmio_suite_ops;

#endif
