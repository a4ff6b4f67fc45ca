/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Accesses, input, pins and time in any order: indices stay in bounds, lines are what status says.
 */
#include <stdlib.h>

#include <cairn/cursor.h>
#include <cairn/pl011.h>
#include <cairn/pl031.h>
#include <cairn/pl061.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
	struct cairn_pl011 uart;
	struct cairn_pl031 clock;
	struct cairn_pl061 pins;
	bool uart_irq, clock_irq, pins_irq;
	uint64_t now_ns;
};

static void set_irq(void *ctx, bool high)
{
	*(bool *)ctx = high;
}

static void set_irq_once(void *ctx, bool high)
{
	if (*(bool *)ctx == high)
		abort();
	*(bool *)ctx = high;
}

static uint64_t realtime(void *ctx)
{
	return *(uint64_t *)ctx;
}

/* No alarm may be asked for in the past, which would be long ahead. */
static void set_alarm(void *ctx, uint64_t in_ns)
{
	if (in_ns != UINT64_MAX && in_ns > (UINT64_C(1) << 32) * UINT64_C(1000000000))
		abort();
}

static void start(struct world *w)
{
	*w = (struct world){ 0 };
	cairn_pl011_init(&w->uart, (struct cairn_line){ set_irq_once, &w->uart_irq },
			 (struct cairn_pl011_sink){ 0 }, (struct cairn_trigger){ 0 });
	cairn_pl031_init(&w->clock,
			 (struct cairn_clock){ .realtime_ns = realtime, .ctx = &w->now_ns },
			 (struct cairn_line){ set_irq, &w->clock_irq },
			 (struct cairn_pl031_alarm){ .set = set_alarm });
	cairn_pl061_init(&w->pins, (struct cairn_line){ set_irq_once, &w->pins_irq },
			 (struct cairn_pl061_out){ 0 });
}

static void access_one(const struct cairn_bus_ops *ops, void *dev, struct cairn_reader *r)
{
	uint64_t off = cairn_reader_le16(r) & 0xfff, v = 0;
	uint8_t how = cairn_reader_u8(r);
	uint32_t len = 1u << (how & 3);

	if (off + len > 0x1000)
		return; /* the bus does not let it through */
	if (how & 4)
		(void)ops->write(dev, off, len, cairn_reader_le32(r));
	else if (ops->read(dev, off, len, &v) == CAIRN_IO_DONE && v > UINT32_MAX)
		abort();
}

static void step(struct world *w, struct cairn_reader *r)
{
	static const uint8_t input[256] = { 1, 2, 3 };
	uint8_t op = cairn_reader_u8(r), v = cairn_reader_u8(r);
	size_t room = cairn_pl011_room(&w->uart);

	switch (op % 6) {
	case 0:
		access_one(&cairn_pl011_bus_ops, &w->uart, r);
		break;
	case 1:
		access_one(&cairn_pl031_bus_ops, &w->clock, r);
		break;
	case 2:
		access_one(&cairn_pl061_bus_ops, &w->pins, r);
		break;
	case 3:
		if (cairn_pl011_push(&w->uart, input, v) != (v < room ? v : room))
			abort();
		break;
	case 4:
		cairn_pl061_drive(&w->pins, v & 15, v & 16);
		break;
	default:
		w->now_ns += (uint64_t)v << (op & 0x1f);
		cairn_pl031_expired(&w->clock);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_reader r;
	struct world w;

	start(&w);
	cairn_reader_init(&r, data, size);
	while (cairn_reader_left(&r)) {
		step(&w, &r);
		if (!cairn_pl011_is_valid(&w.uart) || w.uart.irq_high != w.uart_irq ||
		    !cairn_pl061_is_valid(&w.pins) || w.pins.irq_high != w.pins_irq)
			abort();
	}
	cairn_pl011_reset(&w.uart);
	cairn_pl031_reset(&w.clock);
	cairn_pl061_reset(&w.pins);
	if (w.uart_irq || w.clock_irq || w.pins_irq)
		abort();
	return 0;
}
