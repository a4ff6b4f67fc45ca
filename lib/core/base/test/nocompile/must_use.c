/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A result that says whether it worked cannot be dropped. */
#include <cairn/base.h>

void snippet(struct cairn_ids *ids, uint32_t *id)
{
#ifdef LEGAL
	if (cairn_ids_take(ids, id))
		*id = 0;
#else
	cairn_ids_take(ids, id);
#endif
}
