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
 * fw_print() - a small printf: %s %c %d %u %x with width, zero padding, "l" and "ll" (both 64 bit),
 * %p, %%; %S is a UCS-2 string. Never more than 256 bytes per call; cut off with "…".
 */
void fw_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* As vsnprintf() with the same subset. Returns the length without the NUL, cut to cap - 1. */
size_t fw_vformat(char *dst, size_t cap, const char *format, va_list args);

#endif
