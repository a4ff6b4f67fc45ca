/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* From the first instruction in C to fw_main(): platform, console, time. */
#include <fw/arch.h>
#include <fw/clock.h>
#include <fw/console.h>
#include <fw/handover.h>
#include <fw/sbi.h>
#include <fw/uart.h>

#include "../image.h"

void fw_riscv64_entry(uint64_t tree) __attribute__((noreturn));

static void put(struct fw_console_dev *dev, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)fw_sbi_call(FW_SBI_PUTCHAR, (uint8_t)bytes[i]);
}

static int get(struct fw_console_dev *dev)
{
	long byte = fw_sbi_call(FW_SBI_GETCHAR, 0);

	return byte < 0 || byte > UINT8_MAX ? -1 : (int)byte;
}

/* The tree's serial port, or else SBI's console. */
static void start_console(struct fw_platform *p)
{
	static struct fw_uart uart;
	static struct fw_console_dev sbi = { .put = put, .get = get };
	int r = fw_uart_init(&uart, p->uart, p->uart_at, p->uart_stride);

	fw_console_add(r == 0 ? &uart.dev : &sbi);
}

void fw_riscv64_entry(uint64_t tree)
{
	struct fw_platform *p = &fw_platform;
	struct cairn_err err = { 0 };
	int r = fw_image_describe(&p->memory);

	if (r == 0)
		r = fw_handover_fdt(p, tree, &err);
	fw_clock_start();
	start_console(p);
	if (r < 0) {
		fw_print("cairn-fw: %s\n", err.what ? err.what : "the memory map is too long");
		fw_arch_halt();
	}
	fw_handover_cmdline(p);
	fw_main();
}
