/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * terminal.h - the user's terminal in raw mode, and its sure restoration: at exit, and on every
 * signal that ends the process and can be caught.
 */
#ifndef VMM_TERMINAL_H
#define VMM_TERMINAL_H

#include <cairn/base.h>

/* Standard input to raw mode, when it is a terminal. Returns 0 (also when it is none) or a negative
 * errno. The fatal signals restore it from now on. */
int terminal_raw(void);
/* As it was. Any number of times, async-signal-safe. */
void terminal_restore(void);

/* Of the terminal that standard output is. False: it is none, or does not know. */
bool terminal_size(uint16_t *ret_columns, uint16_t *ret_rows);

enum escape_result {
	ESCAPE_PASS, /* *ret_byte goes to the guest */
	ESCAPE_HELD, /* nothing yet */
	ESCAPE_QUIT, /* Ctrl-A x */
};

struct escape { /* zero it */
	bool after_prefix;
};

/* Ctrl-A x quits, Ctrl-A Ctrl-A is one Ctrl-A, Ctrl-A and another byte is that byte. */
enum escape_result escape_feed(struct escape *e, uint8_t byte, uint8_t *ret_byte);

#endif
