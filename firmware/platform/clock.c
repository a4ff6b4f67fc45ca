/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fw/arch.h>
#include <fw/clock.h>

#define NS_PER_S UINT64_C(1000000000)

static uint64_t started, last_ns;

void fw_clock_start(void)
{
	started = fw_arch_ticks();
	last_ns = 0;
}

uint64_t fw_clock_ns(void)
{
	uint64_t hz = fw_arch_ticks_per_second(), ticks = fw_arch_ticks() - started;
	uint64_t ns = ticks / hz * NS_PER_S + ticks % hz * NS_PER_S / hz;

	if ((int64_t)(ns - last_ns) > 0) /* a counter that jumps back stands still here */
		last_ns = ns;
	return last_ns;
}

void fw_clock_stall_ns(uint64_t ns)
{
	uint64_t start = fw_clock_ns();

	while (fw_clock_ns() - start < ns)
		fw_arch_pause();
}
