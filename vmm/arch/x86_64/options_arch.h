/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* options_arch.h - options of `cairn run` that only an x86_64 machine has. */
#ifndef VMM_X86_64_OPTIONS_ARCH_H
#define VMM_X86_64_OPTIONS_ARCH_H

#define MAX_CPUS 254u /* xAPIC ids; more needs x2APIC */

enum entry_kind { ENTRY_AUTO, ENTRY_PVH, ENTRY_LINUX };
enum unpack_mode { UNPACK_ON, UNPACK_OFF };

struct arch_options {
	enum entry_kind entry;
	enum unpack_mode unpack;
};

#endif
