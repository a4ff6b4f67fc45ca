/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The time stamp counter and how fast it is: as the hypervisor or the processor says, by KVM's
 * clock, or measured against ACPI's timer or the old one of the PC, in this order.
 */
#include <fw/clock.h>

#include "x86.h"

#define KVM_CLOCK_MSR  0x4b564d01u
#define PM_TIMER_HZ    UINT64_C(3579545)
#define PIT_HZ         UINT64_C(1193182)
#define MEASURED_PER_S UINT64_C(100) /* for 1/100 s */
#define TURNS_MAX      1000000u
#define SLOWEST_HZ     UINT64_C(10000000) /* slower is nonsense */
#define FALLBACK_HZ    UINT64_C(1000000000)

struct kvm_clock { /* Linux's Documentation/virt/kvm/x86/msr.rst */
	uint32_t version, pad;
	uint64_t tsc, system_ns;
	uint32_t mul;
	int8_t shift;
	uint8_t flags, pad2[2];
};

static uint64_t hz = FALLBACK_HZ;

uint64_t fw_arch_ticks(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return (uint64_t)hi << 32 | lo;
}

uint64_t fw_arch_ticks_per_second(void)
{
	return hz;
}

static bool is_virtual(void)
{
	return x86_cpuid(1, 0).c >> 31;
}

static bool signature_is(struct x86_cpuid h, const char *text)
{
	return memcmp(&h.b, text, 4) == 0 && memcmp(&h.c, text + 4, 4) == 0 &&
	       memcmp(&h.d, text + 8, 4) == 0;
}

/* VMware's leaf, which KVM took over. */
static uint64_t by_hypervisor(void)
{
	struct x86_cpuid h;

	if (!is_virtual())
		return 0;
	h = x86_cpuid(0x40000000, 0);
	if (h.a < 0x40000010 ||
	    (!signature_is(h, "KVMKVMKVM\0\0\0") && !signature_is(h, "VMwareVMware")))
		return 0;
	return x86_cpuid(0x40000010, 0).a * UINT64_C(1000);
}

static uint64_t by_processor(void)
{
	struct x86_cpuid c;
	uint32_t last = x86_cpuid(0, 0).a;

	if (last < 0x15)
		return 0;
	c = x86_cpuid(0x15, 0);
	if (c.a && c.b && c.c)
		return (uint64_t)c.c * c.b / c.a;
	return last >= 0x16 ? (x86_cpuid(0x16, 0).a & 0xffff) * UINT64_C(1000000) : 0;
}

static uint64_t by_kvm_clock(void)
{
	static struct kvm_clock clock __attribute__((aligned(64)));
	struct x86_cpuid h;
	uint64_t found;

	if (!is_virtual())
		return 0;
	h = x86_cpuid(0x40000000, 0);
	if (!signature_is(h, "KVMKVMKVM\0\0\0") || !(x86_cpuid(0x40000001, 0).a >> 3 & 1))
		return 0;
	x86_wrmsr(KVM_CLOCK_MSR, (uintptr_t)&clock | 1);
	__asm__ volatile("" ::: "memory");
	found = clock.mul ? (UINT64_C(1000000000) << 32) / clock.mul : 0;
	x86_wrmsr(KVM_CLOCK_MSR, 0);
	if (clock.shift < -31 || clock.shift > 31)
		return 0;
	return clock.shift < 0 ? found << -clock.shift : found >> clock.shift;
}

static uint64_t by_pm_timer(uint16_t port)
{
	uint32_t start, passed = 0, turns;
	uint64_t ticks;

	if (!port)
		return 0;
	start = fw_arch_port_read(port, 4);
	ticks = fw_arch_ticks();
	for (turns = 0; turns < TURNS_MAX && passed < PM_TIMER_HZ / MEASURED_PER_S; turns++)
		passed = (fw_arch_port_read(port, 4) - start) & 0xffffff;
	ticks = fw_arch_ticks() - ticks;
	return turns == TURNS_MAX || !passed ? 0 : ticks * PM_TIMER_HZ / passed;
}

/* Channel 2 counts down once; its output shows in port 0x61. Intel 8254. */
static uint64_t by_pit(void)
{
	const uint64_t count = PIT_HZ / MEASURED_PER_S;
	uint32_t turns = 0;
	uint64_t ticks;

	fw_arch_port_write(0x61, 1, (fw_arch_port_read(0x61, 1) & ~2u) | 1);
	fw_arch_port_write(0x43, 1, 0xb0);
	fw_arch_port_write(0x42, 1, count & 0xff);
	fw_arch_port_write(0x42, 1, (uint32_t)(count >> 8));
	ticks = fw_arch_ticks();
	while (turns < TURNS_MAX && !(fw_arch_port_read(0x61, 1) & 0x20))
		turns++;
	ticks = fw_arch_ticks() - ticks;
	return turns == TURNS_MAX ? 0 : ticks * MEASURED_PER_S;
}

void x86_calibrate(uint16_t pm_timer)
{
	uint64_t found = by_hypervisor();

	if (found < SLOWEST_HZ)
		found = by_processor();
	if (found < SLOWEST_HZ)
		found = by_kvm_clock();
	if (found < SLOWEST_HZ)
		found = by_pm_timer(pm_timer);
	if (found < SLOWEST_HZ)
		found = by_pit();
	if (found >= SLOWEST_HZ)
		hz = found;
	fw_clock_start();
}
