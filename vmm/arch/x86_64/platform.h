/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* platform.h - the x86_64 machine's own devices: serial port, clock, keyboard controller, power. */
#ifndef VMM_X86_64_PLATFORM_H
#define VMM_X86_64_PLATFORM_H

#include <cairn/acpi.h>
#include <cairn/i8042.h>
#include <cairn/rtc.h>
#include <cairn/serial.h>

#include "machine.h"

enum { PLATFORM_REGIONS = 12, SERIAL_PENDING = 16 };

/* The firmware tables for this machine, into guest memory. Returns 0 or a negative errno. */
CAIRN_MUST_USE int platform_write_acpi(struct machine *m, struct cairn_err *err);

/* A device's region behind the platform's one lock. */
struct locked_region {
	struct arch *arch;
	const struct cairn_bus_ops *ops;
	void *ctx;
};

struct arch {
	struct machine *machine;
	pthread_mutex_t lock; /* of every device here; a leaf: no hook under it waits */
	struct cairn_serial serial;
	struct cairn_rtc rtc;
	struct cairn_i8042 i8042;
	struct cairn_i8042_resets resets;
	struct cairn_acpi_ged ged;
	struct cairn_acpi_sleep sleep;
	struct cairn_irq *serial_irq, *ged_irq;
	uint8_t pending[SERIAL_PENDING]; /* serial output of the access under way */
	size_t n_pending;
	struct locked_region regions[PLATFORM_REGIONS];
	size_t n_regions;
	struct locked_region cf9; /* reached through PCI's ports, where there are any */
};

#endif
