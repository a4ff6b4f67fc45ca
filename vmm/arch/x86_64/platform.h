/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* platform.h - the x86_64 machine's own devices: serial port, clock, keyboard controller, power. */
#ifndef VMM_X86_64_PLATFORM_H
#define VMM_X86_64_PLATFORM_H

#include <cairn/acpi.h>
#include <cairn/i8042.h>
#include <cairn/rtc.h>
#include <cairn/serial.h>

#include "board.h"

enum { PLATFORM_PORT_REGIONS = 16 };

/* The firmware tables for this machine, into guest memory. Returns 0 or a negative errno. */
CAIRN_MUST_USE int platform_write_acpi(struct machine *m, struct cairn_err *err);

struct arch {
	struct board board;
	struct cairn_bus ports;
	struct cairn_bus_region port_regions[PLATFORM_PORT_REGIONS];
	struct cairn_serial serial;
	struct cairn_rtc rtc;
	struct cairn_i8042 i8042;
	struct cairn_i8042_resets resets;
	struct cairn_acpi_ged ged;
	struct cairn_acpi_sleep sleep;
	struct cairn_irq *serial_irq, *ged_irq;
	struct board_region cf9; /* reached through PCI's ports, where there are any */
};

#endif
