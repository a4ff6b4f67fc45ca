/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* options_arch.h - options of `cairn run` that only an x86_64 machine has. */
#ifndef VMM_X86_64_OPTIONS_ARCH_H
#define VMM_X86_64_OPTIONS_ARCH_H

#define ARCH_FIRMWARE  "cairn-fw-x86_64.elf" /* its file's name */
#define MAX_CPUS       1024u /* as many as KVM has where nobody configured it otherwise */
#define MAX_CPUS_XAPIC 255u  /* whose ids have 8 bits; more need an x2APIC from the start */

enum entry_kind { ENTRY_AUTO, ENTRY_PVH, ENTRY_LINUX };
enum unpack_mode { UNPACK_ON, UNPACK_OFF };

struct arch_options {
	enum entry_kind entry;
	enum unpack_mode unpack;
};

#endif
