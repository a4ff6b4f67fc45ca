/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * uart.h - serial ports as consoles: the 16550 behind ports or in memory, and Arm's PL011
 * (DDI 0183). Both are used as the hypervisor leaves them but for the FIFOs and interrupts, which
 * are turned on and off; speed means nothing to a virtual one.
 */
#ifndef FW_UART_H
#define FW_UART_H

#include <fw/console.h>
#include <fw/platform.h>

struct fw_uart {
	struct fw_console_dev dev;
	enum fw_uart_kind kind;
	uint64_t at;
	uint32_t stride;
	bool is_stuck; /* it did not take a byte in time: no byte waits for it again */
};

/*
 * fw_uart_init() - a console over a serial port.
 *
 * @stride: bytes between registers of a 16550 in memory, 1, 2 or 4; of others ignored
 *
 * Returns 0; -ENODEV: there is none (FW_UART_NONE, or a 16550 whose registers do not answer);
 * -EINVAL: another stride. The registers are mapped.
 */
CAIRN_MUST_USE int fw_uart_init(struct fw_uart *u, enum fw_uart_kind kind, uint64_t at,
				uint32_t stride);

#endif
