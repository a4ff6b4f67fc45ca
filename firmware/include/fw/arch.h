/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * arch.h - what each folder of arch/ provides.
 *
 * At fw_main() the processor runs with all RAM of the map mapped one to one, the firmware's own
 * image W^X, a guard page below the stack, exceptions printed and fatal, interrupts off.
 */
#ifndef FW_ARCH_H
#define FW_ARCH_H

#include <cairn/env.h>
#include <cairn/err.h>

/* In boot/main.c: called once by the entry code, on the firmware's stack. */
void fw_main(void) __attribute__((noreturn));

enum fw_prot { FW_PROT_RW, FW_PROT_RX, FW_PROT_RO, FW_PROT_RWX };

/*
 * Maps a range that the memory map does not name (a BAR, ECAM, registers), uncached. Idempotent.
 * Returns 0, -ENOMEM (no page tables left), -EINVAL (beyond the processor's addresses).
 */
CAIRN_MUST_USE int fw_arch_map_device(uint64_t at, uint64_t len);
/* Memory that can be read, for tables that somebody else wrote; NULL: not all of it, or address 0.
 */
const void *fw_arch_view(uint64_t at, uint64_t len);
/* Changes how mapped RAM may be used; whole pages. Returns 0, -ENOMEM, -EINVAL (not mapped). */
CAIRN_MUST_USE int fw_arch_protect(uint64_t at, uint64_t len, enum fw_prot prot);
/* Instructions were written there. */
void fw_arch_sync_code(uint64_t at, uint64_t len);

/* Ports, 1, 2 or 4 bytes. Where the processor has none: all ones, and nothing. */
uint32_t fw_arch_port_read(uint16_t port, uint32_t width);
void fw_arch_port_write(uint16_t port, uint32_t width, uint32_t value);

void fw_arch_pause(void); /* in a loop that polls */
uint64_t fw_arch_ticks(void);
uint64_t fw_arch_ticks_per_second(void); /* calibrated at entry */
/* A random word of the processor's. Returns 0, or -ENODEV. */
CAIRN_MUST_USE int fw_arch_random(uint64_t *ret_word);

/*
 * Around calls of a library that was compiled for a system: what such code asks for, and no program
 * that EFI started knows of. `before` is what enter() returned. Both are of the runtime sections;
 * init() is called once before.
 */
void fw_arch_library_init(void);
uint64_t fw_arch_library_enter(void);
void fw_arch_library_leave(uint64_t before);

enum fw_reset { FW_RESET_COLD, FW_RESET_WARM, FW_RESET_SHUTDOWN };
/* Does not return where the machine can do it; else halts. */
void fw_arch_reset(enum fw_reset how) __attribute__((noreturn));
void fw_arch_halt(void) __attribute__((noreturn));

/* Starts a kernel: paging as its protocol asks, devices stopped before. Arguments by protocol:
 * x86_64 (boot_params, 0), arm64 and riscv64 (device tree, 0). */
void fw_arch_enter_kernel(uint64_t entry, uint64_t arg0, uint64_t arg1) __attribute__((noreturn));
/* Not on x86_64: CAIRN_PAGES_ (cairn/loader_kimage.h) of the sizes of pages that a kernel can use.
 */
uint32_t fw_arch_kernel_pages(void);

#endif
