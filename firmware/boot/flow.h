/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * flow.h - what is started, in which order: on each EFI system partition, then on each disk without
 * partitions, the program at fw_efi_default_path(); where there is none, the volume's boot entries.
 */
#ifndef FW_BOOT_FLOW_H
#define FW_BOOT_FLOW_H

#include <fw/efi_boot.h>

/*
 * fw_boot_run() - start one after the other, and say of each why it came back. fw_efi_init() came
 * before. It returns when all came back: how many programs were started.
 */
uint32_t fw_boot_run(void);

#endif
