/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * io.h - registers of devices in memory: the one way from drivers to hardware.
 *
 * width is 1, 2 or 4 bytes, and an address in memory a multiple of it that fw_arch_map_device() has
 * mapped. Values are the processor's; registers are little-endian, as the processors are. What was
 * written to memory before is visible to the device before a write to a register is, and what is
 * read from memory after a register was read is not older than it.
 *
 * In a hosted program (the tests) accesses go where test/arch.c sends them.
 */
#ifndef FW_IO_H
#define FW_IO_H

#include <cairn/env.h>

#if __STDC_HOSTED__

uint32_t fw_mmio_read(uint64_t at, uint32_t width);
void fw_mmio_write(uint64_t at, uint32_t width, uint32_t value);

#else

#if defined(__x86_64__)
#define FW_IO_FENCE_() __asm__ volatile("" ::: "memory")
#elif defined(__aarch64__)
#define FW_IO_FENCE_() __asm__ volatile("dmb osh" ::: "memory")
#else
#define FW_IO_FENCE_() __asm__ volatile("fence iorw, iorw" ::: "memory")
#endif

/* One instruction without write-back each: a hypervisor must be able to decode it. */
#if defined(__aarch64__)
#define FW_IO_LOAD_(type, suffix, at, ret)                                                         \
	__asm__ volatile("ldr" suffix " %w0, %1" : "=r"(ret) : "Q"(*(const volatile type *)(at)))
#define FW_IO_STORE_(type, suffix, at, v)                                                          \
	__asm__ volatile("str" suffix " %w1, %0" : "=Q"(*(volatile type *)(at)) : "rZ"(v))
#else
#define FW_IO_LOAD_(type, suffix, at, ret) ((ret) = *(const volatile type *)(at))
#define FW_IO_STORE_(type, suffix, at, v)  (*(volatile type *)(at) = (type)(v))
#endif

static inline __attribute__((always_inline)) uint32_t fw_mmio_read(uint64_t at, uint32_t width)
{
	uintptr_t p = (uintptr_t)at;
	uint32_t v;

	if (width == 1)
		FW_IO_LOAD_(uint8_t, "b", p, v);
	else if (width == 2)
		FW_IO_LOAD_(uint16_t, "h", p, v);
	else
		FW_IO_LOAD_(uint32_t, "", p, v);
	FW_IO_FENCE_();
	return v;
}

static inline __attribute__((always_inline)) void fw_mmio_write(uint64_t at, uint32_t width,
								uint32_t value)
{
	uintptr_t p = (uintptr_t)at;

	FW_IO_FENCE_();
	if (width == 1)
		FW_IO_STORE_(uint8_t, "b", p, value);
	else if (width == 2)
		FW_IO_STORE_(uint16_t, "h", p, value);
	else
		FW_IO_STORE_(uint32_t, "", p, value);
}

#endif
#endif
