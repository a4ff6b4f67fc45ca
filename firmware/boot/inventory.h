/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * inventory.h - what was found, for people: a line each for the machine, a disk, a partition. Of
 * partitions no more are shown than a screen has room for; the others are counted.
 */
#ifndef FW_BOOT_INVENTORY_H
#define FW_BOOT_INVENTORY_H

#include <fw/devices.h>

/* The machine: how this was entered, and its memory. */
void fw_inventory_machine(const struct fw_platform *p);
/* Disks with their partitions, and the devices that cannot be used. */
void fw_inventory_devices(const struct fw_devices *d);

#endif
