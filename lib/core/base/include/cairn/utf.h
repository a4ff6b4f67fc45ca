/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * utf.h - UTF-16 as disks and firmware interfaces have it, UTF-8 as everything here has it.
 *
 * Both ways keep every string of 16-bit units as it is: a surrogate without its other half, which
 * other parties do write, becomes the three bytes that its number would have.
 */
#ifndef CAIRN_UTF_H
#define CAIRN_UTF_H

#include <cairn/env.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of UTF-8, with the NUL, that n units of UTF-16 can need. */
#define CAIRN_UTF8_ROOM(n) ((size_t)(n)*3 + 1)

/*
 * cairn_utf8_of_units() - UTF-16 to UTF-8, terminated.
 *
 * @units: n of them, host order; a 0 among them ends the string
 * @cap: bytes at dst, > 0; CAIRN_UTF8_ROOM(n) always suffices. A character that does not fit whole
 * ends the string. Returns the bytes written without the NUL. Pure.
 */
size_t cairn_utf8_of_units(const uint16_t *units, size_t n, char *dst, size_t cap);

/*
 * cairn_utf8_to_units() - UTF-8 to UTF-16, not terminated.
 *
 * Returns the number of units; -EINVAL: not UTF-8 (too long a form and beyond U+10FFFF included),
 * or a NUL; -ENOSPC: more than cap units. Pure.
 */
CAIRN_MUST_USE int cairn_utf8_to_units(const char *s, size_t len, uint16_t *units, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
