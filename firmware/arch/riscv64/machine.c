/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The processor without paging: memory is what the map names, everything may be executed. Time,
 * exceptions, and the ends of the machine.
 */
#include <cairn/loader_kimage.h>
#include <cairn/math.h>
#include <fw/arch.h>
#include <fw/console.h>
#include <fw/platform.h>
#include <fw/sbi.h>

#include "../image.h"

#define FALLBACK_HZ UINT64_C(10000000)

struct registers { /* as start.S stores them: x1, x2, … x31 */
	uint64_t x[31], pc, cause, value, pad[2];
};
CAIRN_STATIC_ASSERT(sizeof(struct registers) == 288, "start.S");

void fw_riscv64_trap(const struct registers *r) __attribute__((noreturn));

void fw_riscv64_trap(const struct registers *r)
{
	static bool is_second; /* what is printed on may be what is wrong */

	if (is_second)
		fw_arch_halt();
	is_second = true;
	fw_print("\ncairn-fw: exception (cause %lu, value %lx) at %016lx, in the image at %lx\n",
		 r->cause, r->value, r->pc, r->pc - (uintptr_t)fw_text_start);
	for (uint32_t i = 0; i < 30; i += 3)
		fw_print("x%-2u %016lx x%-2u %016lx x%-2u %016lx\n", i + 1, r->x[i], i + 2,
			 r->x[i + 1], i + 3, r->x[i + 2]);
	fw_print("x31 %016lx\n", r->x[30]);
	fw_arch_halt();
}

int fw_arch_map_device(uint64_t at, uint64_t len)
{
	uint64_t end;

	return cairn_add_u64(at, len, &end) ? 0 : -EINVAL;
}

/* Before there is a map, who started us is believed. */
const void *fw_arch_view(uint64_t at, uint64_t len)
{
	const struct fw_memory *m = &fw_platform.memory;
	uint64_t end, here = at;

	if (!at || !cairn_add_u64(at, len, &end))
		return NULL;
	while (fw_platform.fdt.len && here < end) {
		const struct fw_memory_entry *e = fw_memory_find(m, here);

		if (!e || !(e->attrs & FW_MEM_ATTR_WB))
			return NULL;
		here = e->at + e->pages * FW_PAGE_BYTES;
	}
	return (const void *)(uintptr_t)at;
}

int fw_arch_protect(uint64_t at, uint64_t len, enum fw_prot prot)
{
	return 0;
}

void fw_arch_sync_code(uint64_t at, uint64_t len)
{
	__asm__ volatile("fence.i" ::: "memory");
}

uint32_t fw_arch_kernel_pages(void)
{
	return CAIRN_PAGES_4K;
}

void fw_arch_pause(void)
{
	__asm__ volatile("" ::: "memory");
}

uint64_t fw_arch_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks)::"memory");
	return ticks;
}

uint64_t fw_arch_ticks_per_second(void)
{
	return fw_platform.timebase_hz ? fw_platform.timebase_hz : FALLBACK_HZ;
}

int fw_arch_random(uint64_t *ret_word)
{
	return -ENODEV;
}

void fw_arch_halt(void)
{
	for (;;)
		__asm__ volatile("csrci sstatus, 2; wfi" ::: "memory");
}

void fw_arch_reset(enum fw_reset how)
{
	(void)fw_sbi_call(FW_SBI_RESET, how == FW_RESET_SHUTDOWN ? FW_SBI_SHUTDOWN
					: how == FW_RESET_WARM   ? FW_SBI_WARM
								 : FW_SBI_COLD);
	fw_arch_halt();
}
