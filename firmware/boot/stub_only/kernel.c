/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "../kernel.h"

int fw_kernel_start(const struct fw_entry *e, const struct fw_entry_start *s,
		    struct fw_devices *devices, struct cairn_err *err)
{
	return cairn_err_set(err, ENOTSUP, "kernels of this machine start by their EFI stub", 0);
}
