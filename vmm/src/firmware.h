/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* firmware.h - the firmware that a guest starts with when it is given neither kernel nor firmware.
 */
#ifndef VMM_FIRMWARE_H
#define VMM_FIRMWARE_H

#include "options.h"

/*
 * firmware_default() - puts the firmware that belongs to this program into o->firmware, where
 * neither kernel nor firmware was given: the file ARCH_FIRMWARE beside `program`, in ../bin or in
 * ../share/cairn of its folder.
 *
 * @program: this program's own file
 * Returns 0, or an enum exit_code, said on standard error.
 */
CAIRN_MUST_USE int firmware_default(struct run_options *o, const char *program);

#endif
