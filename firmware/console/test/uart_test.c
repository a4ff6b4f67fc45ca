/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fw/uart.h>

#include <stdarg.h>
#include <setjmp.h>

#include <cmocka.h>

#include "arch_test.h"

static struct fw_uart uart;

/* A 16550 behind ports. */
static uint8_t regs[8], line_status;
static char sent[16];
static size_t n_sent;

static uint32_t port_read(uint16_t port, uint32_t width)
{
	assert_in_range(port, 0x3f8, 0x3ff);
	assert_int_equal(width, 1);
	return port == 0x3fd ? line_status : regs[port - 0x3f8];
}

static void port_write(uint16_t port, uint32_t width, uint32_t value)
{
	assert_in_range(port, 0x3f8, 0x3ff);
	assert_int_equal(width, 1);
	if (port == 0x3f8 && n_sent < sizeof(sent))
		sent[n_sent++] = (char)value;
	else
		regs[port - 0x3f8] = (uint8_t)value;
}

static int start(void **state)
{
	memset(regs, 0, sizeof(regs));
	n_sent = 0;
	line_status = 0x60;
	test_port_read = port_read;
	test_port_write = port_write;
	test_mmio_read = test_memory_read;
	test_mmio_write = test_memory_write;
	return 0;
}

static void a_16550_behind_ports_sends_and_receives(void **state)
{
	assert_int_equal(fw_uart_init(&uart, FW_UART_16550_PORT, 0x3f8, 0), 0);
	assert_int_equal(regs[1], 0);
	assert_int_equal(regs[3], 3);
	uart.dev.put(&uart.dev, "hello", 5);
	assert_int_equal(n_sent, 5);
	assert_memory_equal(sent, "hello", 5);
	assert_int_equal(uart.dev.get(&uart.dev), -1);
	line_status |= 1;
	regs[0] = 0xe9;
	assert_int_equal(uart.dev.get(&uart.dev), 0xe9);
}

static void ports_without_a_16550_are_no_console(void **state)
{
	test_port_read = NULL;
	assert_int_equal(fw_uart_init(&uart, FW_UART_16550_PORT, 0x3f8, 0), -ENODEV);
	assert_int_equal(fw_uart_init(&uart, FW_UART_NONE, 0, 0), -ENODEV);
}

static void a_16550_that_takes_nothing_holds_up_nobody(void **state)
{
	assert_int_equal(fw_uart_init(&uart, FW_UART_16550_PORT, 0x3f8, 0), 0);
	line_status = 0;
	uart.dev.put(&uart.dev, "ab", 2);
	assert_true(uart.is_stuck);
	assert_int_equal(n_sent, 0);
	line_status = 0x20;
	uart.dev.put(&uart.dev, "c", 1);
	assert_int_equal(n_sent, 1);
	assert_false(uart.is_stuck);
}

static void a_16550_in_memory_is_used_by_its_stride(void **state)
{
	static uint32_t words[8];
	static uint8_t bytes[16];

	words[5] = 0x61;
	words[0] = 'q';
	assert_int_equal(fw_uart_init(&uart, FW_UART_16550_MMIO, (uintptr_t)words, 4), 0);
	assert_int_equal(uart.dev.get(&uart.dev), 'q');
	uart.dev.put(&uart.dev, "r", 1);
	assert_int_equal(words[0], 'r');
	bytes[10] = 0x20;
	assert_int_equal(fw_uart_init(&uart, FW_UART_16550_MMIO, (uintptr_t)bytes, 2), 0);
	uart.dev.put(&uart.dev, "s", 1);
	assert_int_equal(bytes[0], 's');
	assert_int_equal(bytes[6], 3);
	assert_int_equal(fw_uart_init(&uart, FW_UART_16550_MMIO, (uintptr_t)bytes, 3), -EINVAL);
}

static void a_pl011_sends_and_receives(void **state)
{
	static uint32_t pl[1024];

	pl[0x18 / 4] = 0x10;
	assert_int_equal(fw_uart_init(&uart, FW_UART_PL011, (uintptr_t)pl, 0), 0);
	assert_int_equal(pl[0x30 / 4], 0x301);
	assert_int_equal(pl[0x38 / 4], 0);
	uart.dev.put(&uart.dev, "k", 1);
	assert_int_equal(pl[0], 'k');
	assert_int_equal(uart.dev.get(&uart.dev), -1);
	pl[0x18 / 4] = 0x20;
	pl[0] = 0xf00 | 'm';
	uart.dev.put(&uart.dev, "n", 1);
	assert_true(uart.is_stuck);
	assert_int_equal(uart.dev.get(&uart.dev), 'm');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_16550_behind_ports_sends_and_receives, start),
		cmocka_unit_test_setup(ports_without_a_16550_are_no_console, start),
		cmocka_unit_test_setup(a_16550_that_takes_nothing_holds_up_nobody, start),
		cmocka_unit_test_setup(a_16550_in_memory_is_used_by_its_stride, start),
		cmocka_unit_test_setup(a_pl011_sends_and_receives, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
