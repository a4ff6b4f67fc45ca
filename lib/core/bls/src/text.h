/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* text.h - pieces of text. */
#ifndef CAIRN_BLS_TEXT_H
#define CAIRN_BLS_TEXT_H

#include <cairn/bls.h>

static inline bool cairn_bls_is_digit_(char c)
{
	return c >= '0' && c <= '9';
}

static inline char cairn_bls_lower_(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Whether t is the terminated string, ASCII letters of either case. */
bool cairn_bls_is_word_(struct cairn_bls_text t, const char *word);
/* Whether t ends in the terminated string, ASCII letters of either case. */
bool cairn_bls_has_end_(struct cairn_bls_text t, const char *end);
/* Digits alone; false for none, for others among them, and for what does not fit. */
bool cairn_bls_number_(struct cairn_bls_text t, uint32_t *ret_v);
/* Without blanks, tabs and carriage returns at either end. */
struct cairn_bls_text cairn_bls_trim_(struct cairn_bls_text t);
/* Returns 0; -ENOTSUP: too long; -EPROTO: a NUL. */
CAIRN_MUST_USE int cairn_bls_check_(const char *text, size_t len, struct cairn_err *err);
/* Takes the next line off *rest; false when there is none. */
bool cairn_bls_line_(struct cairn_bls_text *rest, struct cairn_bls_text *ret_line);
/*
 * Takes the next line that has a key and a value off *rest: "key value", and no comment. False when
 * there is none.
 */
bool cairn_bls_pair_(struct cairn_bls_text *rest, struct cairn_bls_text *ret_key,
		     struct cairn_bls_text *ret_value);

#endif
