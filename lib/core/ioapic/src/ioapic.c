/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/ioapic.h>

enum {
	OFF_SELECT = 0x00,
	OFF_WINDOW = 0x10,
	OFF_EOI = 0x40,

	REG_ID = 0,
	REG_VERSION = 1,
	REG_ARBITRATION = 2,
	REG_ENTRIES = 0x10, /* two for each pin, low half first */

	VERSION = 0x20 | (CAIRN_IOAPIC_PINS - 1) << 16,
	ID_SHIFT = 24,
	ID_MASK = 0xf,
};

/* An entry of the redirection table. Bit 12, delivery status, is never seen: sending takes no time.
 */
#define VECTOR_AND_MODE UINT64_C(0x7ff)
#define LOGICAL         (UINT64_C(1) << 11)
#define POLARITY        (UINT64_C(1) << 13)
#define REMOTE_IRR      (UINT64_C(1) << 14) /* a level was sent and has not been ended */
#define LEVEL           (UINT64_C(1) << 15)
#define MASKED          (UINT64_C(1) << 16)
#define DEST_HIGH_SHIFT 49
#define DEST_HIGH       UINT64_C(0x7f)
#define DEST_SHIFT      56
#define WRITABLE                                                                                   \
	(VECTOR_AND_MODE | LOGICAL | POLARITY | LEVEL | MASKED | DEST_HIGH << DEST_HIGH_SHIFT |    \
	 UINT64_C(0xff) << DEST_SHIFT)

/* A message: SDM 3A, 11.11. */
enum {
	ADDR = 0xfee00000,
	ADDR_LOGICAL = 1 << 2,
	ADDR_DEST_HIGH_SHIFT = 5,
	ADDR_DEST_SHIFT = 12,
	DATA_ASSERT = 1 << 14,
	DATA_LEVEL = 1 << 15,
};

static struct cairn_ioapic_message message_of(uint64_t e)
{
	return (struct cairn_ioapic_message){
		.addr = (uint32_t)ADDR | (uint32_t)(e >> DEST_SHIFT) << ADDR_DEST_SHIFT |
			(uint32_t)(e >> DEST_HIGH_SHIFT & DEST_HIGH) << ADDR_DEST_HIGH_SHIFT |
			(e & LOGICAL ? ADDR_LOGICAL : 0),
		.data =
		    (uint32_t)(e & VECTOR_AND_MODE) | (e & LEVEL ? DATA_LEVEL | DATA_ASSERT : 0),
	};
}

static void send(const struct cairn_ioapic *a, uint32_t pin)
{
	const struct cairn_ioapic_message m = message_of(a->entries[pin]);

	a->hooks.send(a->hooks.ctx, &m);
}

/* Sends what a level has to say, unless it was said and not yet ended. */
static void level_service(struct cairn_ioapic *a, uint32_t pin)
{
	uint64_t *e = &a->entries[pin];

	if (!(a->high >> pin & 1) || (*e & (LEVEL | MASKED | REMOTE_IRR)) != LEVEL)
		return;
	*e |= REMOTE_IRR;
	send(a, pin);
}

/* A level may have been sent before it was masked, and be ended after. */
static bool has_route(uint64_t e)
{
	return (e & (LEVEL | MASKED)) != MASKED;
}

static void route_tell(const struct cairn_ioapic *a, uint32_t pin, uint64_t old)
{
	const uint64_t e = a->entries[pin];
	const struct cairn_ioapic_message was = message_of(old), is = message_of(e);

	if (!has_route(old) && !has_route(e))
		return;
	if (has_route(old) == has_route(e) && was.addr == is.addr && was.data == is.data)
		return;
	a->hooks.route(a->hooks.ctx, pin, has_route(e) ? &is : NULL);
}

/* One half of an entry. A guest makes an entry an edge to have its level ended, too. */
static void entry_write(struct cairn_ioapic *a, uint32_t pin, bool is_upper, uint32_t value)
{
	uint64_t *e = &a->entries[pin], old = *e;
	uint64_t mask = WRITABLE & (is_upper ? UINT64_MAX << 32 : UINT32_MAX);

	*e = (old & ~mask) | ((is_upper ? (uint64_t)value << 32 : value) & mask);
	if (!(*e & LEVEL))
		*e &= ~REMOTE_IRR;
	route_tell(a, pin, old);
	level_service(a, pin);
}

static bool is_entry(uint8_t reg)
{
	return reg >= REG_ENTRIES && reg < REG_ENTRIES + 2 * CAIRN_IOAPIC_PINS;
}

static void window_write(struct cairn_ioapic *a, uint32_t value)
{
	if (is_entry(a->select))
		entry_write(a, (a->select - REG_ENTRIES) / 2u, a->select & 1, value);
	else if (a->select == REG_ID)
		a->id = value >> ID_SHIFT & ID_MASK;
}

static uint32_t window_read(const struct cairn_ioapic *a)
{
	if (is_entry(a->select))
		return (uint32_t)(a->entries[(a->select - REG_ENTRIES) / 2] >>
				  (a->select & 1 ? 32 : 0));
	switch (a->select) {
	case REG_VERSION:
		return VERSION;
	case REG_ID:
	case REG_ARBITRATION:
		return (uint32_t)a->id << ID_SHIFT;
	default:
		return 0;
	}
}

void cairn_ioapic_init(struct cairn_ioapic *a, struct cairn_ioapic_hooks hooks)
{
	*a = (struct cairn_ioapic){ .hooks = hooks };
	for (uint32_t pin = 0; pin < CAIRN_IOAPIC_PINS; pin++)
		a->entries[pin] = MASKED;
}

uint32_t cairn_ioapic_read(const struct cairn_ioapic *a, uint64_t off, uint32_t len)
{
	if (off == OFF_SELECT)
		return a->select;
	return off == OFF_WINDOW && len == 4 ? window_read(a) : 0;
}

void cairn_ioapic_write(struct cairn_ioapic *a, uint64_t off, uint32_t len, uint64_t value)
{
	if (off == OFF_SELECT)
		a->select = (uint8_t)value;
	else if (off == OFF_WINDOW && len == 4)
		window_write(a, (uint32_t)value);
	else if (off == OFF_EOI && len == 4)
		cairn_ioapic_eoi(a, (uint8_t)value);
}

void cairn_ioapic_set(struct cairn_ioapic *a, uint32_t pin, bool high)
{
	uint32_t bit = UINT32_C(1) << pin;
	bool rises = high && !(a->high & bit);

	a->high = high ? a->high | bit : a->high & ~bit;
	if (rises && !(a->entries[pin] & (LEVEL | MASKED)))
		send(a, pin);
	level_service(a, pin);
}

void cairn_ioapic_eoi(struct cairn_ioapic *a, uint8_t vector)
{
	for (uint32_t pin = 0; pin < CAIRN_IOAPIC_PINS; pin++) {
		uint64_t *e = &a->entries[pin];

		if (!(*e & LEVEL) || (uint8_t)*e != vector)
			continue;
		*e &= ~REMOTE_IRR;
		level_service(a, pin);
	}
}
