/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * console.h - between the guest's console device and this process's standard streams or a file.
 *
 * Output: any thread puts bytes into a ring; the main loop writes them out when the other side
 * takes them. A full ring holds the guest's thread back, so that nothing is lost, until
 * console_release(). Input: read on the main loop while the guest's device has room.
 */
#ifndef VMM_CONSOLE_H
#define VMM_CONSOLE_H

#include <cairn/event.h>

#include "terminal.h"

struct console;

/*
 * The guest's end, on the main loop. push returns how many bytes it took; console_has_room()
 * follows when it took fewer. NULL: input is dropped. output_ready (or NULL): console_try_output()
 * takes bytes again after it took fewer than it was given. resized (or NULL): the terminal's.
 */
struct console_guest {
	size_t (*push)(void *ctx, const uint8_t *bytes, size_t n);
	void (*output_ready)(void *ctx);
	void (*resized)(void *ctx, uint16_t columns, uint16_t rows);
	void *ctx;
};

/*
 * console_new() - streams for the guest's console.
 *
 * @in_fd: -1, or read until its end; Ctrl-A is looked for when it is a terminal
 * @out_fd: -1: output is dropped
 * @quit: fired on the main loop by Ctrl-A x
 *
 * The descriptors stay the caller's. Returns 0 or a negative errno.
 */
CAIRN_MUST_USE int console_new(struct cairn_loop *loop, int in_fd, int out_fd,
			       struct cairn_trigger quit, struct console **ret);
/* Writes out what the other side still takes without waiting. NULL is fine. */
void console_free(struct console *c);

/* Main thread. The machine of the moment; NULL fn between machines. */
void console_connect(struct console *c, struct console_guest guest);

/* Main thread: the terminal has another size. */
void console_resize(struct console *c);

/* A vCPU's thread: bytes from the guest; held back while the ring is full. */
void console_output(void *console, const uint8_t *bytes, size_t n);
/* Main thread: as many of them as there is room for. Returns how many. */
size_t console_try_output(void *console, const uint8_t *bytes, size_t n);
/* Any thread: the guest's device can take input again. */
void console_has_room(void *console);
/* Main thread: true lets go of every thread held back and drops what does not fit; false again
 * holds. */
void console_release(struct console *c, bool on);

#endif
