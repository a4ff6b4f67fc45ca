/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* hv_.h - shared by the sources of component hv. */
#ifndef CAIRN_HV_PRIVATE_H
#define CAIRN_HV_PRIVATE_H

#include <cairn/hv_ops.h>

static inline bool cairn_hv_is_live_(struct cairn_vm *vm)
{
	return __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) == CAIRN_HV_LIVE;
}

/* A change that needs `late` once the vm is LIVE. 0 or -ENOTSUP. */
CAIRN_MUST_USE int cairn_hv_allow_late_(struct cairn_vm *vm, enum cairn_hv_cap late);

#endif
