/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What arch/ provides, for tests on a host: everything is mapped, time is what the test says. */
#include <stdlib.h>

#include <cairn/loader_kimage.h>
#include <fw/arch.h>
#include <fw/clock.h>
#include <fw/io.h>
#include <fw/platform.h>

#include "arch_test.h"

uint64_t test_ticks, test_view_at, test_view_len;
const uint8_t *test_view_bytes;
uint32_t (*test_port_read)(uint16_t port, uint32_t width);
void (*test_port_write)(uint16_t port, uint32_t width, uint32_t value);
uint32_t (*test_mmio_read)(uint64_t at, uint32_t width);
void (*test_mmio_write)(uint64_t at, uint32_t width, uint32_t value);
int (*test_map_device)(uint64_t at, uint64_t len);
void (*test_on_pause)(void);
uint32_t test_kernel_pages = CAIRN_PAGES_4K;
void (*test_enter_kernel)(uint64_t entry, uint64_t arg0, uint64_t arg1);

int fw_arch_map_device(uint64_t at, uint64_t len)
{
	return test_map_device ? test_map_device(at, len) : 0;
}

const void *fw_arch_view(uint64_t at, uint64_t len)
{
	if (!at || !len || at < test_view_at || len > test_view_len ||
	    at - test_view_at > test_view_len - len)
		return NULL;
	return test_view_bytes ? test_view_bytes + (at - test_view_at)
			       : (const void *)(uintptr_t)at;
}

uint32_t test_protect_calls, test_protect_last;

int fw_arch_protect(uint64_t at, uint64_t len, enum fw_prot prot)
{
	test_protect_calls++;
	test_protect_last = prot;
	return 0;
}

void fw_arch_sync_code(uint64_t at, uint64_t len)
{
}

uint32_t fw_arch_port_read(uint16_t port, uint32_t width)
{
	return test_port_read ? test_port_read(port, width) : UINT32_MAX;
}

void fw_arch_port_write(uint16_t port, uint32_t width, uint32_t value)
{
	if (test_port_write)
		test_port_write(port, width, value);
}

uint32_t test_memory_read(uint64_t at, uint32_t width)
{
	const void *p = (const void *)(uintptr_t)at;

	return width == 4 ? *(const uint32_t *)p : *(const uint8_t *)p;
}

void test_memory_write(uint64_t at, uint32_t width, uint32_t value)
{
	void *p = (void *)(uintptr_t)at;

	if (width == 4)
		*(uint32_t *)p = value;
	else
		*(uint8_t *)p = (uint8_t)value;
}

uint32_t fw_mmio_read(uint64_t at, uint32_t width)
{
	if (!test_mmio_read)
		abort();
	return test_mmio_read(at, width);
}

void fw_mmio_write(uint64_t at, uint32_t width, uint32_t value)
{
	if (!test_mmio_write)
		abort();
	test_mmio_write(at, width, value);
}

void fw_arch_pause(void)
{
	test_ticks += TEST_TICKS_PER_PAUSE;
	if (test_on_pause)
		test_on_pause();
}

uint64_t fw_arch_ticks(void)
{
	return test_ticks;
}

uint64_t fw_arch_ticks_per_second(void)
{
	return TEST_TICKS_PER_SECOND;
}

int fw_arch_random(uint64_t *ret_word)
{
	return -ENODEV;
}

void fw_arch_library_init(void)
{
}

void (*test_in_library)(void);

uint64_t fw_arch_library_enter(void)
{
	if (test_in_library)
		test_in_library();
	return 0;
}

void fw_arch_library_leave(uint64_t before)
{
}

void fw_arch_reset(enum fw_reset how)
{
	abort();
}

void fw_arch_halt(void)
{
	abort();
}

uint32_t fw_arch_kernel_pages(void)
{
	return test_kernel_pages;
}

void fw_arch_enter_kernel(uint64_t entry, uint64_t arg0, uint64_t arg1)
{
	if (test_enter_kernel)
		test_enter_kernel(entry, arg0, arg1);
	abort();
}

uint64_t test_free_pages(void)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < fw_platform.memory.n; i++)
		if (fw_platform.memory.entries[i].type == FW_MEM_FREE)
			n += fw_platform.memory.entries[i].pages;
	return n;
}
