/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * err.h - errors for people. Every function that can fail returns a negative errno; the few that
 * people configure (set-up, loaders, handshakes) take a struct cairn_err too. One meaning per code
 * across the toolkit:
 *   -EFAULT  guest address outside memory, or access not permitted there
 *   -EPROTO  the other side (driver, front end, file) broke its standard
 *   -EINVAL  the calling program passed nonsense
 *   -EAGAIN  nothing now          -ENOSPC  the caller's buffer is too small
 *   -ENOTSUP well-formed, but not something we do
 *   others   from the host, unchanged
 */
#ifndef CAIRN_ERR_H
#define CAIRN_ERR_H

#include <cairn/env.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_ERR_DETAIL 192

struct cairn_err {
	int code;                      /* positive errno */
	const char *what;              /* a string literal */
	uint64_t at;                   /* offset, address or value concerned */
	char detail[CAIRN_ERR_DETAIL]; /* host floor only: file name, value, strerror; or "" */
};

/*
 * cairn_err_set() - the one funnel into struct cairn_err.
 *
 * @err: may be NULL. @code: positive errno. @what: string literal. @at: offset or value.
 * Returns -code, so that `return cairn_err_set(...)` keeps code and text together. Clears detail.
 */
int cairn_err_set(struct cairn_err *err, int code, const char *what, uint64_t at);

#ifdef __cplusplus
}
#endif
#endif
