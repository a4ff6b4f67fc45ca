/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* flow.h - what is started, in which order: candidates.h, and what somebody at a console chooses.
 */
#ifndef FW_BOOT_FLOW_H
#define FW_BOOT_FLOW_H

#include <fw/efi_boot.h>

/*
 * fw_boot_run() - find what there is, say so, and start one after the other. fw_efi_init() came
 * before, with the same devices: a kernel that is started without EFI needs them stopped. It
 * returns when all came back, and has said why.
 */
void fw_boot_run(struct fw_devices *devices);

#endif
