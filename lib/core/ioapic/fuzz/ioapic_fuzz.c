/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Accesses, lines and ends of interrupts in any order: a message is only ever what a pin was routed
 * to before, a masked edge has none, and one call makes at most one for each pin.
 */
#include <stdlib.h>

#include <cairn/ioapic.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct cairn_ioapic_message routes[CAIRN_IOAPIC_PINS];
	bool has[CAIRN_IOAPIC_PINS];
	unsigned n_sent;
};

static void route(void *ctx, uint32_t pin, const struct cairn_ioapic_message *m)
{
	struct seen *s = ctx;

	if (pin >= CAIRN_IOAPIC_PINS || (!m && !s->has[pin]))
		abort();
	s->has[pin] = m != NULL;
	if (m)
		s->routes[pin] = *m;
}

static void send(void *ctx, const struct cairn_ioapic_message *m)
{
	struct seen *s = ctx;

	s->n_sent++;
	for (unsigned pin = 0; pin < CAIRN_IOAPIC_PINS; pin++)
		if (s->has[pin] && s->routes[pin].addr == m->addr && s->routes[pin].data == m->data)
			return;
	abort();
}

/* Five bytes: what is done, and a number for it. */
static void step(struct cairn_ioapic *a, const uint8_t *d)
{
	uint32_t v = d[1] | (uint32_t)d[2] << 8 | (uint32_t)d[3] << 16 | (uint32_t)d[4] << 24;

	switch (d[0] % 6) {
	case 0:
		cairn_ioapic_write(a, 0, 1u << (d[0] >> 6), v);
		break;
	case 1:
		cairn_ioapic_write(a, 0x10, 4, v);
		break;
	case 2:
		cairn_ioapic_set(a, d[1] % CAIRN_IOAPIC_PINS, d[2] & 1);
		break;
	case 3:
		cairn_ioapic_eoi(a, d[1]);
		break;
	case 4:
		cairn_ioapic_write(a, d[1], d[2], v);
		break;
	default:
		if (cairn_ioapic_read(a, d[1] & 0x50, d[2] & 1 ? 4 : d[3]) && d[1] & 0x40)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { .n_sent = 0 };
	struct cairn_ioapic a;

	cairn_ioapic_init(&a, (struct cairn_ioapic_hooks){ route, send, &seen });
	for (size_t i = 0; i + 5 <= size; i += 5) {
		seen.n_sent = 0;
		step(&a, data + i);
		if (seen.n_sent > CAIRN_IOAPIC_PINS)
			abort();
	}
	return 0;
}
