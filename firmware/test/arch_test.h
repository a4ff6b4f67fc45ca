/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* arch_test.h - the processor that tests of the firmware run on. */
#ifndef FW_TEST_ARCH_TEST_H
#define FW_TEST_ARCH_TEST_H

#include <cairn/env.h>

#define TEST_TICKS_PER_SECOND UINT64_C(1000000000)
#define TEST_TICKS_PER_PAUSE  UINT64_C(1000) /* so that a loop with a time limit ends */

extern uint64_t test_ticks;
/* Behind fw_arch_port_read() and fw_arch_port_write(); NULL: there are no ports. */
extern uint32_t (*test_port_read)(uint16_t port, uint32_t width);
extern void (*test_port_write)(uint16_t port, uint32_t width, uint32_t value);
/* Behind fw_mmio_read() and fw_mmio_write(); NULL: no test may come there. */
extern uint32_t (*test_mmio_read)(uint64_t at, uint32_t width);
extern void (*test_mmio_write)(uint64_t at, uint32_t width, uint32_t value);
/* For these two: registers are the test's memory, of 4 bytes or of 1. */
uint32_t test_memory_read(uint64_t at, uint32_t width);
void test_memory_write(uint64_t at, uint32_t width, uint32_t value);
/* Behind fw_arch_map_device(); NULL: it always works. */
extern int (*test_map_device)(uint64_t at, uint64_t len);
/* fw_arch_protect(): how often, and what the last was to. */
extern uint32_t test_protect_calls, test_protect_last;
/* Behind fw_arch_enter_kernel(); does not return. */
extern void (*test_enter_kernel)(uint64_t entry, uint64_t arg0, uint64_t arg1);
/* Of fw_arch_kernel_pages(). */
extern uint32_t test_kernel_pages;
/* What fw_arch_view() takes for memory. */
extern uint64_t test_view_at, test_view_len;
/* The bytes of that memory; NULL: addresses are pointers. */
extern const uint8_t *test_view_bytes;
/* In each fw_arch_pause(): what a device does meanwhile. NULL: nothing. */
extern void (*test_on_pause)(void);
/* In each fw_arch_library_enter(): what another processor does meanwhile. NULL: nothing. */
extern void (*test_in_library)(void);
/* Of the map in fw_platform. */
uint64_t test_free_pages(void);

#endif
