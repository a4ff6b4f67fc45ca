/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * env.h - what core components take from their surroundings. The one place where the C library
 * enters lib/core: the four functions every C compiler may call by itself, and the freestanding
 * headers. Nothing else is available below lib/host.
 */
#ifndef CAIRN_ENV_H
#define CAIRN_ENV_H

#include <errno.h> /* numbers only; errno itself is never used in core */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
#endif

/* Exported from a shared library; everything else is hidden. */
#define CAIRN_API __attribute__((visibility("default")))
/*
 * Code that a program may have to keep when the rest of it is gone, or move elsewhere: it goes into
 * the section CAIRN_RESIDENT_SECTION, where that is defined, and calls nothing else but the four
 * functions above. Constants that are not part of an instruction, texts too, are marked as data: of
 * CAIRN_RESIDENT_DATA_SECTION, without pointers. Small functions of headers are
 * CAIRN_RESIDENT_INLINE.
 */
#ifdef CAIRN_RESIDENT_SECTION
#define CAIRN_STRING_(s)    #s
#define CAIRN_SECTION_(s)   section(CAIRN_STRING_(s))
#define CAIRN_RESIDENT      __attribute__((CAIRN_SECTION_(CAIRN_RESIDENT_SECTION), noinline))
#define CAIRN_RESIDENT_DATA __attribute__((CAIRN_SECTION_(CAIRN_RESIDENT_DATA_SECTION)))
#else
#define CAIRN_RESIDENT
#define CAIRN_RESIDENT_DATA
#endif
#define CAIRN_RESIDENT_INLINE static inline __attribute__((always_inline))
/* The return value says whether it worked: ignoring it does not compile under -Werror. */
#define CAIRN_MUST_USE        __attribute__((warn_unused_result))

/* Beside a wire struct, with the section of its standard as the text. */
#ifdef __cplusplus
#define CAIRN_STATIC_ASSERT static_assert
#else
#define CAIRN_STATIC_ASSERT _Static_assert
#endif

#define CAIRN_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/*
 * The struct of type `type` that embeds *ptr as `member`. The conditional expression makes a
 * pointer of another type a compile error.
 */
#define cairn_container_of(ptr, type, member)                                                      \
	((type *)(void *)((char *)(1 ? (ptr) : &((type *)0)->member) - offsetof(type, member)))

#ifdef __cplusplus
}
#endif
#endif
