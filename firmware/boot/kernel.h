/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * kernel.h - a Linux kernel that cannot be started by an EFI stub: by its own entry, without EFI.
 * boot/x86_64 has the 64-bit entry of a bzImage (Linux's boot.rst, protocol 2.12 and later);
 * boot/stub_only, for the other machines, refuses.
 */
#ifndef FW_BOOT_KERNEL_H
#define FW_BOOT_KERNEL_H

#include <fw/devices.h>

#include "entries.h"

/*
 * fw_kernel_start() - start what an entry was prepared for. All devices are stopped before.
 *
 * It comes back only where it failed, and nothing has changed then: -ENOTSUP: no such kernel, or
 * one without that entry, or too long a command line; -EPROTO: it is malformed; -ENOMEM: no room
 * where it must lie; -ENOSPC: the map of memory is too long; or what reading it returned.
 */
CAIRN_MUST_USE int fw_kernel_start(const struct fw_entry *e, const struct fw_entry_start *s,
				   struct fw_devices *devices, struct cairn_err *err);

#endif
