/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* look.h - written tables, and how a guest finds its way in them. */
#ifndef CAIRN_ACPI_TEST_LOOK_H
#define CAIRN_ACPI_TEST_LOOK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/le.h>

#include "machines.h"

#define LOOK_FILL 0xee /* what the image holds where nothing was written */

extern uint8_t look_image[1 << 18];

/* A writer over the image, filled anew. */
void look_begin(struct cairn_writer *w);
uint8_t look_sum(const uint8_t *p, size_t n);
/* What is at a guest address. */
const uint8_t *look_at(uint64_t address);
const uint8_t *look_xsdt(void);
/* The table of this signature that the XSDT lists, or NULL. */
const uint8_t *look_find(const char *signature);
/* Its place, its length inside `used` bytes, and its sum are right. */
void look_at_table(const uint8_t *t, size_t used);
/* The root, all that the XSDT lists, and the DSDT; nothing is written behind `used`. */
void look_at_all(size_t used);
/* The n-th entry of a type in the MADT, or NULL. */
const uint8_t *look_madt(uint8_t type, unsigned n);

#endif
