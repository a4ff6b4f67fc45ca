/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/err.h>

CAIRN_RESIDENT int cairn_err_set(struct cairn_err *err, int code, const char *what, uint64_t at)
{
	if (err) {
		err->code = code;
		err->what = what;
		err->at = at;
		err->detail[0] = '\0';
	}
	return -code;
}
