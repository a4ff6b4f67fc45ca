/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What arch/ provides, for tests on a host: everything is mapped, time is what the test says. */
#include <stdlib.h>

#include <fw/arch.h>
#include <fw/clock.h>

#include "arch_test.h"

uint64_t test_ticks;

int fw_arch_map_device(uint64_t at, uint64_t len)
{
	return 0;
}

int fw_arch_protect(uint64_t at, uint64_t len, enum fw_prot prot)
{
	return 0;
}

void fw_arch_sync_code(uint64_t at, uint64_t len)
{
}

void fw_arch_pause(void)
{
	test_ticks += TEST_TICKS_PER_PAUSE;
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

void fw_arch_reset(enum fw_reset how)
{
	abort();
}

void fw_arch_halt(void)
{
	abort();
}

void fw_arch_enter_kernel(uint64_t entry, uint64_t arg0, uint64_t arg1)
{
	abort();
}
