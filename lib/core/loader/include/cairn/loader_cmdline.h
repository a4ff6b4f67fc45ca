/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loader_cmdline.h - a kernel command line in the caller's buffer: kernel parameters, then, behind
 * a lone `--`, arguments for init. Always terminated by NUL, always printable ASCII.
 * Linux's kernel-parameters.rst: parameters are separated by spaces, double quotes protect spaces.
 */
#ifndef CAIRN_LOADER_CMDLINE_H
#define CAIRN_LOADER_CMDLINE_H

#include <cairn/env.h>
#include <cairn/err.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cairn_cmdline {
	char *buf;         /* caller's, cap bytes */
	size_t cap;        /* with the NUL */
	size_t len;        /* without the NUL */
	size_t kernel_len; /* of which kernel parameters; the rest is ` -- ` and init's */
};

/* An empty line. Returns 0, or -EINVAL: cap 0. buf must outlive the object. */
CAIRN_MUST_USE int cairn_loader_cmdline_init(struct cairn_cmdline *cl, char *buf, size_t cap);

/*
 * cairn_loader_cmdline_add() - append parameters as a person wrote them. What follows a lone `--`
 * goes to init.
 *
 * Returns 0; -EINVAL: a byte that is not printable ASCII (err->at: its offset), or a quote left
 * open; -ENOSPC: longer than the line may be (err->at: that limit, without the NUL). The line is
 * unchanged after a failure. Cost O(cap).
 */
CAIRN_MUST_USE int cairn_loader_cmdline_add(struct cairn_cmdline *cl, const char *text, size_t len,
					    struct cairn_err *err);

/*
 * cairn_loader_cmdline_add_pair() - append key=value, the value in quotes if it holds spaces. Both
 * are NUL-terminated.
 *
 * Returns as above; also -EINVAL: key empty or with a space, quote or `=`, value with a quote.
 */
CAIRN_MUST_USE int cairn_loader_cmdline_add_pair(struct cairn_cmdline *cl, const char *key,
						 const char *value, struct cairn_err *err);

/* Append arguments for init. Returns as cairn_loader_cmdline_add(). */
CAIRN_MUST_USE int cairn_loader_cmdline_add_init(struct cairn_cmdline *cl, const char *text,
						 size_t len, struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
