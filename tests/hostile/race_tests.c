/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * race_tests.c - two processors at one device: the first rewrites what the second uses. Each does a
 * number of turns, so all of this ends.
 */
#include "hostile.h"

enum {
	PCI_COMMAND = 4,
	PCI_BAR0 = 0x10,
	COMMAND_ON = 6,
	MSIX_ENABLE = 0x8000,
	MSIX_MASK_ALL = 0x4000,
	QUEUE_VECTOR = 0x1a, /* in the common configuration */
	MSI_SECOND = 0xfee01000,
	RESET_TURNS_MAX = 1000000,
	FLASH_BLOCK = 4096,
	FLASH_READS = 400, /* after some hundreds cairn shows memory instead: vmm/src/flash.h */
	FLASH_ERASED = 0xffffffff,
	FLASH_WORD = 0x89abcdef, /* the one that is programmed, at */
	FLASH_WORD_AT = 8,
	FLASH_READY = 0x80808080,
};

#define ELSEWHERE ((uint32_t)LAYOUT_PCI32_AT + 0x1000000u)

static uint32_t mixed(uint32_t n)
{
	n = (n ^ n >> 16) * 0x45d9f3b;
	return n ^ n >> 16;
}

/* One more of what make_chain() made, while the ring has room for it. */
static void keep_busy(struct dev *d)
{
	uint16_t used = __atomic_load_n(&d->ring->used.idx, __ATOMIC_ACQUIRE);

	if ((uint16_t)(d->avail - used) < QUEUE_SIZE / 2)
		offer(d, 0);
	else
		kick(d, d->queue);
}

static void kick_and_read(struct dev *d, uint32_t n)
{
	kick(d, n & 3 ? d->queue : n >> 2 & 7);
	(void)get(d, R_STATUS);
	(void)get(d, R_GENERATION);
	(void)mem_read(d->config + (n & 15), 1);
}

static void ring_served(struct dev *d, uint32_t n)
{
	if (get(d, R_STATUS) & S_NEEDS_RESET)
		set_up(d);
	if (n % 4 == 0)
		make_chain(d);
	keep_busy(d);
}

static void ring_scribbled(struct dev *d, uint32_t n)
{
	for (unsigned i = 0; i < 8; i++)
		scribble(d);
	if (n % 8 == 0)
		d->ring->avail.idx = (uint16_t)mixed(n);
	if (n % 8 == 4)
		d->ring->used.idx = (uint16_t)mixed(n);
}

static void ring_rewritten_while_served(struct dev *d)
{
	make_chain(d);
	beside(d, ring_served, ring_scribbled);
}

static void reset_and_offer(struct dev *d, uint32_t n)
{
	set_up(d);
	make_chain(d);
	for (unsigned i = n % 4; i; i--)
		offer(d, 0);
	if (n & 4)
		reset(d);
}

static void reset_while_kicked(struct dev *d)
{
	beside(d, reset_and_offer, kick_and_read);
}

static void write_status(struct dev *d, uint32_t n)
{
	uint32_t v = mixed(n);

	if (v & 0x100)
		set_queue(d);
	put(d, R_STATUS, v & 0xcf);
	if (n % 16 == 15)
		set_up(d);
}

static void status_written_while_used(struct dev *d)
{
	beside(d, write_status, kick_and_read);
}

/* virtio 1.2, 2.6.1: the same queue comes back, with a ring that is new. */
static void reset_queue(struct dev *d, uint32_t n)
{
	unsigned left = RESET_TURNS_MAX;

	if (n & 1)
		keep_busy(d);
	put(d, R_QUEUE_SEL, d->queue);
	put(d, R_QUEUE_RESET, 1);
	while (get(d, R_QUEUE_RESET))
		if (!left--)
			fail("a queue's reset does not end");
	d->ring->avail.idx = d->ring->used.idx = 0;
	d->avail = d->used = 0;
	set_queue(d);
	keep_busy(d);
}

static void queue_reset_races_kicks(struct dev *d)
{
	negotiate(d, UINT64_C(1) << F_VERSION_1 | UINT64_C(1) << F_RING_RESET);
	set_queue(d);
	driver_ok(d);
	make_chain(d);
	beside(d, reset_queue, kick_and_read);
	reset_queue(d, 0);
	d->avail = d->used = __atomic_load_n(&d->ring->used.idx, __ATOMIC_ACQUIRE);
}

/* What the first does to d must not matter to another device, at any moment. */
static void misuse(struct dev *d, uint32_t n)
{
	switch (n % 4) {
	case 0:
		set_up(d);
		break;
	case 1:
		make_chain(d);
		d->ring->desc[0].next = QUEUE_SIZE;
		offer(d, 0);
		break;
	case 2:
		if (d->is_pci) {
			pci_write(d->slot, PCI_BAR0 + (n & 4), 4, ELSEWHERE);
			pci_place(d);
		}
		break;
	default:
		reset(d);
	}
}

static void another_serves(struct dev *d, uint32_t n)
{
	(void)n;
	must_serve(another(d));
}

static void others_served_meanwhile(struct dev *d)
{
	beside(d, misuse, another_serves);
}

/* To a free place, over another device, over its own other BAR, to the ends of the window. */
static void move_bar(struct dev *d, uint32_t n)
{
	const struct dev *other = another(d);
	const uint32_t places[] = { ELSEWHERE,
				    other->bars[0],
				    other->bars[1],
				    d->bars[1],
				    (uint32_t)LAYOUT_ECAM_AT,
				    (uint32_t)LAYOUT_PCI32_AT + (uint32_t)LAYOUT_PCI32_LEN - 0x4000,
				    0xffffffff };

	pci_write(d->slot, PCI_BAR0 + (n & 4), 4, places[n % ARRAY_LEN(places)]);
	if (n & 8)
		pci_write(d->slot, PCI_COMMAND, 2, n & 16 ? 0 : COMMAND_ON);
	pci_place(d);
}

/* Where it was, where it may be now; registers that undo nothing. */
static void use_wherever_it_is(struct dev *d, uint32_t n)
{
	uint64_t notify = d->notify - d->bars[0] + ELSEWHERE;

	keep_busy(d);
	kick_and_read(d, n);
	put(d, R_OFFERED_SEL, n & 1);
	mem_write(notify + (uint64_t)d->queue * d->notify_step, 2, d->queue);
	mem_write(ELSEWHERE, 4, n & 1);
	(void)mem_read(ELSEWHERE + 4, 4);
	(void)mem_read(d->msix, 4);
	(void)pci_read(d->slot, PCI_BAR0 + (n & 4), 4);
}

static void bar_moved_while_used(struct dev *d)
{
	struct limit l = { 0 };

	make_chain(d);
	beside(d, move_bar, use_wherever_it_is);
	kick(d, d->queue); /* those that went nowhere left their requests in the ring */
	while (__atomic_load_n(&d->ring->used.idx, __ATOMIC_ACQUIRE) != d->avail)
		if ((get(d, R_STATUS) & S_NEEDS_RESET) || !limit_left(&l))
			fail("a device whose BAR was moved does not go on");
}

static void set_entry(struct dev *d, uint32_t at, uint32_t vector, uint32_t masked)
{
	mem_write(d->msix, 4, at);
	mem_write(d->msix + 4, 4, 0);
	mem_write(d->msix + 8, 4, vector);
	mem_write(d->msix + 12, 4, masked);
}

static void rewrite_entry(struct dev *d, uint32_t n)
{
	uint32_t v = mixed(n);

	set_entry(d, v & 3 ? MSI_SECOND : v & 0x7fffffff, VECTOR_FIRST + v % N_VECTORS, v >> 4 & 1);
	if (v & 0x20)
		pci_write(d->slot, d->msix_cap + 2, 2,
			  v & 0x40   ? MSIX_ENABLE | MSIX_MASK_ALL
			  : v & 0x80 ? 0
				     : MSIX_ENABLE);
	if (v & 0x100) {
		put(d, R_QUEUE_SEL, d->queue);
		mem_write(d->regs + QUEUE_VECTOR, 2, v & 0x600 ? 0 : 0xffff);
	}
}

static void fire(struct dev *d, uint32_t n)
{
	keep_busy(d);
	(void)mem_read(d->msix + 4 * (n & 3), 4);
	(void)pci_read(d->slot, d->msix_cap + 2, 2);
}

/* However it was rewritten: an entry that is right at last sends its interrupts. */
static void must_interrupt(struct dev *d)
{
	uint32_t before;
	struct limit l = { 0 };

	pci_write(d->slot, d->msix_cap + 2, 2, MSIX_ENABLE);
	set_entry(d, MSI_SECOND, VECTOR_FIRST, 0);
	put(d, R_QUEUE_SEL, d->queue);
	mem_write(d->regs + QUEUE_VECTOR, 2, 0);
	before = __atomic_load_n(&interrupts, __ATOMIC_ACQUIRE);
	must_serve(d);
	while (__atomic_load_n(&interrupts, __ATOMIC_ACQUIRE) == before)
		if (!limit_left(&l))
			fail("no interrupt after MSI-X entries were rewritten");
}

static void msix_rewritten_while_fired(struct dev *d)
{
	make_chain(d);
	beside(d, rewrite_entry, fire);
	set_up(d);
	must_interrupt(d);
	must_interrupt(d); /* the first may have been one that was pending */
	pci_place(d);
}

static uint32_t flash_word(uint32_t off)
{
	return (uint32_t)mem_read(LAYOUT_FLASH_AT + off, 4);
}

static void flash_command(uint8_t command)
{
	mem_write(LAYOUT_FLASH_AT, 1, command);
}

static uint32_t stored_at(uint32_t off)
{
	return off == FLASH_WORD_AT ? FLASH_WORD : FLASH_ERASED;
}

/* Read on, until memory answers, then commands: what they do is seen at once. */
static void flash_used(struct dev *d, uint32_t n)
{
	unsigned reads = n % 8 ? 4 : FLASH_READS;

	(void)d;
	for (uint32_t i = 0; i < reads; i++)
		if (flash_word(4 * i) != stored_at(4 * i))
			fail("the flash does not hold what was programmed");
	flash_command(n % 2 ? 0x70 : 0x50);
	if (n % 2 && flash_word(0) != FLASH_READY)
		fail("the flash does not show its status");
	flash_command(0xff);
}

static void flash_read(struct dev *d, uint32_t n)
{
	uint32_t off = mixed(n) % FLASH_BLOCK & ~3u, word = flash_word(off);

	(void)d;
	if (word != stored_at(off) && word != FLASH_READY)
		fail("the flash shows what it has never held");
}

static void flash_read_while_used(struct dev *d)
{
	flash_command(0x98);
	if (mem_read(LAYOUT_FLASH_AT + 0x10, 1) != 'Q')
		return; /* there is none */
	flash_command(0x50);
	flash_command(0x20);
	flash_command(0xd0);
	for (unsigned i = 0; i < 4; i++) {
		flash_command(0x40);
		mem_write(LAYOUT_FLASH_AT + FLASH_WORD_AT + i, 1, FLASH_WORD >> 8 * i & 0xff);
	}
	flash_command(0xff);
	beside(d, flash_used, flash_read);
}

const struct test race_tests[] = {
	{ "ring-rewritten-while-served", ring_rewritten_while_served, 0 },
	{ "reset-while-kicked", reset_while_kicked, 0 },
	{ "status-written-while-used", status_written_while_used, 0 },
	{ "queue-reset-races-kicks", queue_reset_races_kicks, 0 },
	{ "others-served-meanwhile", others_served_meanwhile, 0 },
	{ "flash-read-while-used", flash_read_while_used, ONCE },
	{ "bar-moved-while-used", bar_moved_while_used, PCI_ONLY },
	{ "msix-rewritten-while-fired", msix_rewritten_while_fired, PCI_ONLY },
	{ NULL, NULL, 0 },
};
