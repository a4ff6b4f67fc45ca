/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* rt_arch.h - what the runtime services need of the processor when the firmware is gone. */
#ifndef FW_EFI_RT_ARCH_H
#define FW_EFI_RT_ARCH_H

#include <cairn/env.h>
#include <fw/runtime.h>

struct efi_rt_register {
	uint64_t at;
	uint32_t value;
	uint8_t width; /* 0: none */
	bool is_port;
};

struct efi_rt_machine { /* what of fw_platform is still needed */
	struct efi_rt_register reset, sleep;
	bool psci_smc;
	bool ends_by_reset; /* x86: it cannot power off */
};

/* The same counter as fw_arch_ticks(). */
uint64_t efi_rt_ticks(void);
void efi_rt_reset(const struct efi_rt_machine *m, bool is_off) __attribute__((noreturn));

#endif
