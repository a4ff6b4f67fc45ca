/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* native.h - what others call the architecture that this firmware is built for. */
#ifndef FW_NATIVE_H
#define FW_NATIVE_H

/* In boot entries (UAPI.1, "architecture"); in names of programs on removable media (UEFI 2.10,
 * 3.5.1.1); in PE32+ files (cairn/loader_pe.h). */
#if defined(__x86_64__)
#define FW_NATIVE_BLS "x64"
#define FW_NATIVE_EFI "X64"
#define FW_NATIVE_PE  CAIRN_PE_X86_64
#elif defined(__aarch64__)
#define FW_NATIVE_BLS "aa64"
#define FW_NATIVE_EFI "AA64"
#define FW_NATIVE_PE  CAIRN_PE_ARM64
#elif defined(__riscv)
#define FW_NATIVE_BLS "riscv64"
#define FW_NATIVE_EFI "RISCV64"
#define FW_NATIVE_PE  CAIRN_PE_RISCV64
#endif

#endif
