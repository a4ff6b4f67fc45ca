/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* From the first instruction in C to fw_main(): paging, platform, console, time. */
#include <fw/clock.h>
#include <fw/console.h>
#include <fw/handover.h>
#include <fw/uart.h>

#include "../image.h"
#include "arm64.h"

void fw_arm64_entry(uint64_t tree) __attribute__((noreturn));

static void stop(const char *what)
{
	fw_print("cairn-fw: %s\n", what);
	fw_arch_halt();
}

static void start_console(struct fw_platform *p)
{
	static struct fw_uart uart;

	if (fw_uart_init(&uart, p->uart, p->uart_at, p->uart_stride) == 0)
		fw_console_add(&uart.dev);
}

void fw_arm64_entry(uint64_t tree)
{
	struct fw_platform *p = &fw_platform;
	struct cairn_err err = { 0 };
	int r;

	arm64_write("vbar_el1", (uintptr_t)arm64_vectors);
	if (arm64_paging_start() < 0)
		fw_arch_halt();
	fw_clock_start();
	r = fw_image_describe(&p->memory);
	if (r == 0)
		r = fw_handover_fdt(p, tree, &err);
	start_console(p);
	if (r < 0)
		stop(err.what ? err.what : "the memory map is too long");
	if (arm64_paging_init() < 0)
		stop("the memory map names what the processor cannot address");
	if (p->uart == FW_UART_NONE) {
		fw_handover_acpi(p);
		start_console(p);
	} else {
		fw_handover_acpi(p);
	}
	fw_handover_cmdline(p);
	fw_main();
}
