/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* One screen: what this is, what it found, and what came of each candidate. */
#include <fw/arch.h>
#include <fw/console.h>
#include <fw/devices.h>

#include "flow.h"
#include "inventory.h"

static struct fw_devices devices;

static void boot(void)
{
	struct cairn_err err = { 0 };

	if (fw_efi_init(&devices, &err) < 0) {
		fw_print("%s\n", err.what);
		return;
	}
	fw_boot_run(&devices);
}

void fw_main(void)
{
	fw_devices_open(&fw_platform, &devices);
	for (uint32_t i = 0; i < devices.n_consoles; i++)
		fw_console_add(devices.consoles[i]);
	fw_inventory_machine(&fw_platform);
	fw_inventory_devices(&devices);
	boot();
	fw_devices_stop(&devices);
	fw_arch_reset(FW_RESET_SHUTDOWN);
}
