/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* options_arch.h - options of `cairn run` that only an aarch64 machine has. */
#ifndef VMM_AARCH64_OPTIONS_ARCH_H
#define VMM_AARCH64_OPTIONS_ARCH_H

#include <stdbool.h>

#define ARCH_FIRMWARE "cairn-fw-aarch64" /* its file's name */
#define MAX_CPUS      64u                /* redistributors in layout.h */
#define MAX_CPUS_GIC2 8u

enum gic_version { GIC_AUTO = 0, GIC_V2 = 2, GIC_V3 = 3 };
enum serial_kind { SERIAL_16550, SERIAL_PL011 };

struct arch_options {
	enum gic_version gic;
	enum serial_kind serial;
	bool acpi;
	bool sve, pauth, pmu; /* of --cpu-features */
};

#endif
