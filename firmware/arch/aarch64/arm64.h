/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* arm64.h - what the files of this folder share. */
#ifndef FW_ARM64_H
#define FW_ARM64_H

#include <fw/arch.h>

#define arm64_read(name)                                                                           \
	({                                                                                         \
		uint64_t v_;                                                                       \
		__asm__ volatile("mrs %0, " name : "=r"(v_)::"memory");                            \
		v_;                                                                                \
	})
#define arm64_write(name, v) __asm__ volatile("msr " name ", %0; isb" ::"r"(v) : "memory")

/* start.S */
void arm64_mmu_on(uint64_t mair, uint64_t tcr, uint64_t ttbr, uint64_t sctlr);
extern const uint8_t arm64_vectors[];

/*
 * The MMU on, with the firmware's own image mapped and nothing else; what fw_arch_view() is asked
 * for is mapped from now on, until arm64_paging_init() maps all RAM. Returns 0; -ENOTSUP: a
 * processor without pages of 4 KiB; -ENOMEM.
 */
CAIRN_MUST_USE int arm64_paging_start(void);
/* Returns 0, -ENOMEM, -EINVAL. */
CAIRN_MUST_USE int arm64_paging_init(void);
/* What was written with the MMU off is what is read with it on: stale lines are thrown away. */
void arm64_forget(uint64_t at, uint64_t len);

#endif
