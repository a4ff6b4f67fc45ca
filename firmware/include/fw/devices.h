/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * devices.h - every device that the firmware has a driver for: found, started, and stopped again.
 */
#ifndef FW_DEVICES_H
#define FW_DEVICES_H

#include <fw/console.h>
#include <fw/disks.h>

#define FW_DISKS_MAX    32u
#define FW_CONSOLES_MAX 4u
#define FW_NOTES_MAX    16u

/* A device that a driver was there for, and that cannot be used. */
struct fw_note {
	struct fw_location at;
	const char *kind; /* "virtio-blk" */
	const char *what; /* for people */
	int code;         /* positive errno */
	uint64_t value;   /* what `what` is about */
};

struct fw_devices { /* large */
	struct fw_pci functions[FW_PCI_MAX];
	uint32_t n_functions;
	struct fw_block *disks[FW_DISKS_MAX]; /* those of PCI first, each in the order found */
	uint32_t n_disks;
	struct fw_console_dev *consoles[FW_CONSOLES_MAX]; /* for fw_console_add() */
	uint32_t n_consoles;
	struct fw_note notes[FW_NOTES_MAX];
	uint32_t n_notes, n_left_out; /* left_out: disks, consoles and notes beyond the limits */
};

/* Walks PCI and the platform's virtio-mmio slots. *ret lives until fw_devices_stop(). */
void fw_devices_open(const struct fw_platform *platform, struct fw_devices *ret);
/* All of them are quiet and have no memory of ours: an operating system comes next. */
void fw_devices_stop(struct fw_devices *d);

#endif
