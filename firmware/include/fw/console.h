/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * console.h - text to and from people: every console device that was found, together.
 *
 * Output goes to all of them; input comes from whichever has some. UTF-8; "\n" is sent as CR LF.
 */
#ifndef FW_CONSOLE_H
#define FW_CONSOLE_H

#include <stdarg.h>

#include <cairn/env.h>

struct fw_console_dev {
	void (*put)(struct fw_console_dev *dev, const char *bytes,
		    size_t n);                  /* gives up, not hangs */
	int (*get)(struct fw_console_dev *dev); /* a byte, or -1: none now */
	struct fw_console_dev *next;            /* the console's */
};

/* dev lives as long as the firmware. */
void fw_console_add(struct fw_console_dev *dev);
void fw_put(const char *bytes, size_t n);
/* A byte of input, or -1. */
int fw_get(void);

/*
 * fw_print() - a small printf: %s %c %d %u %x with width, zero padding, "-" (to the left), "l",
 * "ll" and "z" (all 64 bit), %.Ns and %.*s, %p, %%. Never more than 256 bytes per call; what is
 * longer is cut off and ends in "…". A NULL string is "(none)". A conversion of another letter is
 * printed as it stands, and ends the line.
 */
void fw_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/*
 * As vsnprintf() and snprintf() with the same subset, cap > 0. Return the length without the NUL;
 * cap - 1 where the text was cut off.
 */
size_t fw_vformat(char *dst, size_t cap, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
size_t fw_format(char *dst, size_t cap, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
