/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * kernel.h - a Linux kernel that cannot be started by an EFI stub: by its own entry, without EFI.
 * boot/x86_64 has the 64-bit entry of a bzImage (Linux's boot.rst, protocol 2.12 and later),
 * boot/image the Image of arm64 and riscv64 (arch/arm64/booting.rst, arch/riscv/boot.rst), with a
 * device tree.
 */
#ifndef FW_BOOT_KERNEL_H
#define FW_BOOT_KERNEL_H

#include <cairn/ids.h>
#include <fw/devices.h>
#include <fw/memory.h>

#include "entries.h"

/*
 * fw_kernel_start() - start what an entry was prepared for. All devices are stopped before.
 *
 * It comes back only where it failed, and nothing has changed then: -ENOTSUP: no such kernel, or
 * one without that entry, or too long a command line, or there is no device tree for it, or only
 * its stub could unpack it; -EPROTO: it is malformed; -ENOMEM: no room where it must lie; -ENOSPC:
 * the map of memory is too long; or what reading it returned.
 */
CAIRN_MUST_USE int fw_kernel_start(const struct fw_entry *e, const struct fw_entry_start *s,
				   struct fw_devices *devices, struct cairn_err *err);

struct fw_piece { /* of memory; pages 0: none */
	uint64_t at, pages;
};

/* A kernel that lies where it can be entered. */
struct fw_kernel {
	struct fw_piece image, initrd, params; /* what was taken for it, perhaps none */
	struct cairn_range span;               /* what it takes up, in `image` */
	uint64_t entry, arg0, arg1;            /* of fw_arch_enter_kernel() */
};

/*
 * Of the architecture's folder: what a kernel's protocol asks for, into an empty *k; what it took
 * until it failed, too. Returns as fw_kernel_start().
 */
CAIRN_MUST_USE int fw_kernel_prepare_(const struct cairn_image *image,
				      const struct fw_entry_start *s, struct fw_kernel *k,
				      struct cairn_err *err);

/* For it: fw_memory_alloc() of bytes. */
CAIRN_MUST_USE int fw_piece_take_(enum fw_where where, uint64_t at, uint64_t bytes, uint64_t align,
				  struct fw_piece *ret);
/* Where a loader of lib/core writes: addresses are memory. */
extern const struct cairn_load_sink fw_kernel_sink_;
/*
 * The initrd, where it is, or moved into a piece if a byte of it is outside of [low, high].
 * Returns 0, or -ENOMEM with err. ret_at: 0 where there is none.
 */
CAIRN_MUST_USE int fw_kernel_initrd_(const struct fw_entry_start *s, uint64_t low, uint64_t high,
				     struct fw_kernel *k, uint64_t *ret_at, struct cairn_err *err);

#endif
