/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* From the first instruction in C to fw_main(): processor, platform, paging, time. */
#include <fw/console.h>
#include <fw/handover.h>
#include <fw/io.h>
#include <fw/platform.h>
#include <fw/uart.h>

#include "../image.h"
#include "x86.h"

#define MICROVM_AT   UINT64_C(0xfeb00000)
#define VIRTIO_MAGIC 0x74726976u /* virtio 1.2, 4.2.2 */

enum { BY_PVH, BY_LINUX, COM1 = 0x3f8, MICROVM_SLOTS = 24, MICROVM_STEP = 0x200 };

void fw_x86_entry(uint32_t which, uint64_t at) __attribute__((noreturn));

/* EFI programs use SSE; this firmware does not. */
static void enable_sse(void)
{
	__asm__ volatile("mov %%cr0, %%rax; and $~4, %%eax; or $2, %%eax; mov %%rax, %%cr0;"
			 "mov %%cr4, %%rax; or $0x600, %%eax; mov %%rax, %%cr4; fninit" ::
			     : "rax", "memory");
}

static void stop(const char *what)
{
	fw_print("cairn-fw: %s\n", what);
	fw_arch_halt();
}

static bool has_cf8(void)
{
	uint32_t old = fw_arch_port_read(0xcf8, 4), now;

	fw_arch_port_write(0xcf8, 4, 0x80000000);
	now = fw_arch_port_read(0xcf8, 4);
	fw_arch_port_write(0xcf8, 4, old);
	return now == 0x80000000;
}

/* QEMU's microvm has its devices there, also when nothing says so. */
static void scan_microvm(struct fw_platform *p)
{
	if (fw_arch_map_device(MICROVM_AT, MICROVM_SLOTS * MICROVM_STEP) < 0)
		return;
	for (uint32_t i = 0; i < MICROVM_SLOTS; i++) {
		uint64_t at = MICROVM_AT + i * MICROVM_STEP;

		if (fw_mmio_read(at, 4) == VIRTIO_MAGIC && p->n_mmio < FW_MMIO_MAX)
			p->mmio[p->n_mmio++] = at;
	}
}

void fw_x86_entry(uint32_t which, uint64_t at)
{
	static struct fw_uart com1;
	struct fw_platform *p = &fw_platform;
	struct cairn_err err = { 0 };
	int r;

	enable_sse();
	x86_traps_init();
	x86_paging_start();
	if (fw_uart_init(&com1, FW_UART_16550_PORT, COM1, 0) == 0) {
		p->uart = FW_UART_16550_PORT;
		p->uart_at = COM1;
		fw_console_add(&com1.dev);
	}
	r = fw_image_describe(&p->memory);
	if (r == 0)
		r = which == BY_PVH ? fw_handover_pvh(p, at, &err) : fw_handover_linux(p, at, &err);
	if (r < 0)
		stop(err.what ? err.what : "the memory map is too long");
	if (x86_paging_init() < 0)
		stop("the memory map names what the processor cannot address");
	fw_handover_scan(p);
	fw_handover_acpi(p);
	fw_handover_cmdline(p);
	p->is_pc = true;
	p->has_cf8 = has_cf8();
	if (!p->n_mmio && !p->n_ecam && !p->has_cf8)
		scan_microvm(p);
	x86_calibrate(p->pm_timer);
	r = fw_handover_acpi_make(p);
	if (r < 0 && r != -ENOENT)
		fw_print("cairn-fw: no ACPI tables could be made (%d)\n", r);
	fw_main();
}
