/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* no_uring.c - in place of uring.c in a build without liburing: as where the kernel has none. */
#include "block.h"

int cairn_block_uring_new_(struct cairn_disk *disk, const struct cairn_block_engine_cfg *cfg,
			   struct cairn_block_engine **ret, struct cairn_err *err)
{
	return cairn_err_set(err, ENOSYS, "this build has no io_uring", 0);
}
