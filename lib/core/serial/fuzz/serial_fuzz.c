/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Register accesses and input in any order: the FIFO stays in bounds, the line is what IIR says. */
#include <stdlib.h>

#include <cairn/cursor.h>
#include <cairn/serial.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set_irq(void *ctx, bool high)
{
	if (*(bool *)ctx == high)
		abort();
	*(bool *)ctx = high;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t input[256] = { 1, 2, 3 };
	bool irq = false;
	struct cairn_serial s;
	struct cairn_reader r;

	cairn_serial_init(&s, (struct cairn_line){ set_irq, &irq }, (struct cairn_serial_sink){ 0 },
			  (struct cairn_trigger){ 0 });
	cairn_reader_init(&r, data, size);
	while (cairn_reader_left(&r)) {
		uint8_t op = cairn_reader_u8(&r), v = cairn_reader_u8(&r);
		size_t room = cairn_serial_room(&s);

		if (op & 0x80)
			cairn_serial_write(&s, op & 0x0f, v);
		else if (op & 0x40)
			cairn_serial_read(&s, op & 0x0f);
		else if (cairn_serial_push(&s, input, v) != (v < room ? v : room))
			abort();
		if (!cairn_serial_is_valid(&s) || s.irq_high != irq)
			abort();
	}
	cairn_serial_reset(&s);
	if (irq || !cairn_serial_is_valid(&s))
		abort();
	return 0;
}
