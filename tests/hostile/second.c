/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* second.c - the second processor: it sleeps, interrupts on, until it has turns to take. */
#include "hostile.h"

enum {
	PAGE_AT = 0x10000, /* unused by whoever loads us: cairn/loader_x86.h */
	LAPIC_SPURIOUS = 0xf0,
	LAPIC_COMMAND = 0x300,
	LAPIC_DESTINATION = 0x310,
	LAPIC_ON = 0x1ff,
	SECOND_ID = 1,
	IPI_INIT = 0x4500,
	IPI_START = 0x4600,
	IPI_FIXED = 0x4000,
	TURNS = 100, /* of each, at least */
	TURNS_A_LOOK = 8,
};

void second_main(void);
extern const uint8_t second_entry[], second_entry_end[];

uint32_t interrupts;

static struct {
	turn_fn *turn; /* NULL: sleep */
	struct dev *dev;
	uint32_t turns;
	bool is_idle;
} job;

static void send(uint32_t command)
{
	mem_write(LAYOUT_LAPIC_AT + LAPIC_DESTINATION, 4, (uint64_t)SECOND_ID << 24);
	mem_write(LAYOUT_LAPIC_AT + LAPIC_COMMAND, 4, command);
}

static void work(turn_fn *turn)
{
	__atomic_store_n(&job.is_idle, false, __ATOMIC_RELEASE);
	while (__atomic_load_n(&job.turn, __ATOMIC_ACQUIRE)) {
		turn(job.dev, job.turns);
		__atomic_add_fetch(&job.turns, 1, __ATOMIC_ACQ_REL);
	}
	__atomic_store_n(&job.is_idle, true, __ATOMIC_RELEASE);
}

void second_main(void)
{
	catch_exceptions();
	mem_write(LAYOUT_LAPIC_AT + LAPIC_SPURIOUS, 4, LAPIC_ON);
	__atomic_store_n(&job.is_idle, true, __ATOMIC_RELEASE);
	for (;;) {
		turn_fn *turn;

		__asm__ volatile("cli");
		turn = __atomic_load_n(&job.turn, __ATOMIC_ACQUIRE);
		if (!turn) {
			__asm__ volatile("sti\n\thlt" : : : "memory");
			continue;
		}
		__asm__ volatile("sti");
		work(turn);
	}
}

static void wait_idle(const char *why)
{
	struct limit l = { 0 };

	while (!__atomic_load_n(&job.is_idle, __ATOMIC_ACQUIRE))
		if (!limit_left(&l))
			fail(why);
}

void second_start(void)
{
	memcpy((void *)(uintptr_t)PAGE_AT, second_entry, (size_t)(second_entry_end - second_entry));
	mem_write(LAYOUT_LAPIC_AT + LAPIC_SPURIOUS, 4, LAPIC_ON);
	send(IPI_INIT);
	send(IPI_START | PAGE_AT >> 12);
	wait_idle("no second processor");
}

/* Turns that the second has taken; each starts the limit anew. */
static uint32_t turns_taken(struct limit *l)
{
	static uint32_t last;
	uint32_t now = __atomic_load_n(&job.turns, __ATOMIC_ACQUIRE);

	if (now != last)
		*l = (struct limit){ 0 };
	last = now;
	return now;
}

void beside(struct dev *d, turn_fn *first, turn_fn *second)
{
	struct limit l = { 0 };

	job.dev = d;
	job.turns = 0;
	__atomic_store_n(&job.turn, second, __ATOMIC_RELEASE);
	send(IPI_FIXED | VECTOR_WAKE);
	for (uint32_t n = 0; turns_taken(&l) < TURNS || n < TURNS; n++) {
		first(d, n);
		if (n % TURNS_A_LOOK == 0 && !limit_left(&l))
			fail("the second processor stands still");
	}
	__atomic_store_n(&job.turn, NULL, __ATOMIC_RELEASE);
	wait_idle("the second processor does not come back");
}
