/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fw/arch.h>
#include <fw/clock.h>
#include <fw/io.h>
#include <fw/uart.h>

#define WAIT_NS UINT64_C(100000000) /* the slowest that anybody emulates takes 10 ms a byte */

enum { /* NS16550A data sheet; numbers of registers */
       DATA = 0,
       INTERRUPTS = 1,
       FIFO = 2,
       LINE_CONTROL = 3,
       LINE_STATUS = 5,
       SCRATCH = 7,
       FIFO_ON = 0x07, /* and cleared */
       LINE_8N1 = 0x03,
       HAS_INPUT = 0x01,
       HAS_ROOM = 0x20,
};

enum { /* PL011 technical reference manual, 3.2 */
       PL011_DATA = 0x00,
       PL011_FLAGS = 0x18,
       PL011_LINE_CONTROL = 0x2c,
       PL011_CONTROL = 0x30,
       PL011_MASK = 0x38,
       PL011_FULL = 0x20,
       PL011_EMPTY = 0x10,
       PL011_8N1_FIFO = 0x70,
       PL011_ON = 0x301,
       PL011_BYTES = 0x1000,
};

static struct fw_uart *to_uart(struct fw_console_dev *dev)
{
	return cairn_container_of(dev, struct fw_uart, dev);
}

static uint8_t ns_read(const struct fw_uart *u, uint32_t reg)
{
	if (u->kind == FW_UART_16550_PORT)
		return (uint8_t)fw_arch_port_read((uint16_t)(u->at + reg), 1);
	if (u->stride == 4)
		return (uint8_t)fw_mmio_read(u->at + 4 * reg, 4);
	return (uint8_t)fw_mmio_read(u->at + u->stride * reg, 1);
}

static void ns_write(const struct fw_uart *u, uint32_t reg, uint8_t v)
{
	if (u->kind == FW_UART_16550_PORT)
		fw_arch_port_write((uint16_t)(u->at + reg), 1, v);
	else if (u->stride == 4)
		fw_mmio_write(u->at + 4 * reg, 4, v);
	else
		fw_mmio_write(u->at + u->stride * reg, 1, v);
}

static bool has_room(const struct fw_uart *u)
{
	if (u->kind == FW_UART_PL011)
		return !(fw_mmio_read(u->at + PL011_FLAGS, 4) & PL011_FULL);
	return ns_read(u, LINE_STATUS) & HAS_ROOM;
}

static bool wait_for_room(struct fw_uart *u)
{
	uint64_t start;

	if (has_room(u)) {
		u->is_stuck = false;
		return true;
	}
	if (u->is_stuck)
		return false;
	start = fw_clock_ns();
	while (!has_room(u)) {
		if (fw_clock_ns() - start > WAIT_NS) {
			u->is_stuck = true;
			return false;
		}
		fw_arch_pause();
	}
	return true;
}

static void put(struct fw_console_dev *dev, const char *bytes, size_t n)
{
	struct fw_uart *u = to_uart(dev);

	for (size_t i = 0; i < n && wait_for_room(u); i++) {
		if (u->kind == FW_UART_PL011)
			fw_mmio_write(u->at + PL011_DATA, 4, (uint8_t)bytes[i]);
		else
			ns_write(u, DATA, (uint8_t)bytes[i]);
	}
}

static int get(struct fw_console_dev *dev)
{
	struct fw_uart *u = to_uart(dev);

	if (u->kind != FW_UART_PL011)
		return ns_read(u, LINE_STATUS) & HAS_INPUT ? ns_read(u, DATA) : -1;
	if (fw_mmio_read(u->at + PL011_FLAGS, 4) & PL011_EMPTY)
		return -1;
	return (uint8_t)fw_mmio_read(u->at + PL011_DATA, 4);
}

static int ns_init(const struct fw_uart *u)
{
	ns_write(u, SCRATCH, 0x5a);
	if (ns_read(u, SCRATCH) != 0x5a)
		return -ENODEV;
	ns_write(u, INTERRUPTS, 0);
	ns_write(u, LINE_CONTROL, LINE_8N1);
	ns_write(u, FIFO, FIFO_ON);
	return 0;
}

static void pl011_init(const struct fw_uart *u)
{
	fw_mmio_write(u->at + PL011_MASK, 4, 0);
	fw_mmio_write(u->at + PL011_LINE_CONTROL, 4, PL011_8N1_FIFO);
	fw_mmio_write(u->at + PL011_CONTROL, 4, PL011_ON);
}

int fw_uart_init(struct fw_uart *u, enum fw_uart_kind kind, uint64_t at, uint32_t stride)
{
	*u = (struct fw_uart){
		.dev = { .put = put, .get = get }, .kind = kind, .at = at, .stride = stride
	};
	if (kind == FW_UART_NONE)
		return -ENODEV;
	if (kind == FW_UART_16550_PORT)
		return ns_init(u);
	if (fw_arch_map_device(at, PL011_BYTES) < 0)
		return -ENODEV;
	if (kind == FW_UART_PL011) {
		pl011_init(u);
		return 0;
	}
	return stride == 1 || stride == 2 || stride == 4 ? ns_init(u) : -EINVAL;
}
