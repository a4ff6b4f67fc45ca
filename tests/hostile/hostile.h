/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * hostile.h - a guest that does to its devices what no driver does, and then looks whether the
 * others, and after a reset the same, still serve. Freestanding. The second processor sleeps but
 * where a test gives it something to do.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* machine.c */
static inline void outb(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port) : "memory");
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

/* width: 1, 2, 4 */
void port_write(uint16_t port, unsigned width, uint32_t value);
uint32_t port_read(uint16_t port, unsigned width);
/* width: 1, 2, 4, 8 */
void mem_write(uint64_t at, unsigned width, uint64_t value);
uint64_t mem_read(uint64_t at, unsigned width);

void print(const char *text);
void print_number(uint64_t v);
/* Says "FAIL test why" and powers off. */
void fail(const char *why) __attribute__((noreturn));
/* The compiler calls these too. */
void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void power_off(void) __attribute__((noreturn));
uint32_t next_random(void); /* the same sequence in every run */
/* A limit for waiting, in seconds of the clock: true until it is over. One exit or two per call. */
struct limit {
	uint8_t last;
	unsigned seconds, turns;
};
bool limit_left(struct limit *l);

/* transport.c */
enum { TYPE_NET = 1, TYPE_BLK = 2, TYPE_CONSOLE = 3, TYPE_RNG = 4 };
enum {
	S_ACKNOWLEDGE = 1,
	S_DRIVER = 2,
	S_DRIVER_OK = 4,
	S_FEATURES_OK = 8,
	S_NEEDS_RESET = 64,
	S_FAILED = 128
};
enum { F_INDIRECT = 28, F_VERSION_1 = 32, F_RING_RESET = 40 };

enum reg {
	R_OFFERED_SEL,
	R_OFFERED,
	R_ACKED_SEL,
	R_ACKED,
	R_STATUS,
	R_GENERATION,
	R_QUEUE_SEL,
	R_QUEUE_MAX,
	R_QUEUE_SIZE,
	R_QUEUE_ENABLE,
	R_QUEUE_RESET,
	R_DESC, /* these three: low half, the high one is 4 behind */
	R_AVAIL,
	R_USED,
	N_REGS
};

enum { QUEUE_SIZE = 16, BUF_BYTES = 4096, MAX_DEVS = 10 };
enum { D_NEXT = 1, D_WRITE = 2, D_INDIRECT = 4 };

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

struct ring { /* of one queue, and what its descriptors point to */
	struct desc desc[QUEUE_SIZE];
	struct {
		uint16_t flags, idx, ring[QUEUE_SIZE], event;
	} avail;
	_Alignas(16) struct {
		uint16_t flags, idx;
		struct {
			uint32_t id, len;
		} ring[QUEUE_SIZE];
		uint16_t event;
	} used;
	_Alignas(16) struct desc table[QUEUE_SIZE]; /* for indirect ones */
	_Alignas(16) uint8_t header[16];
	uint8_t status[16];
	uint8_t data[BUF_BYTES];
};

/*
 * A device and one of its queues. A network interface or console has two of these, peers: one that
 * sends and one that receives.
 */
struct dev {
	unsigned number, type;
	uint32_t queue;
	struct dev *peer;              /* or NULL */
	uint64_t regs, config, notify; /* addresses */
	uint32_t notify_step;          /* bytes between the doorbells of two queues */
	bool is_pci;
	uint8_t slot;      /* of the bus, when on PCI */
	uint32_t bars[2];  /* what was given to it */
	uint64_t msix;     /* table */
	unsigned msix_cap; /* offset in configuration space */
	struct ring *ring;
	uint16_t avail, used; /* indices */
	uint32_t round;
};

extern struct dev devs[MAX_DEVS];
extern unsigned n_devs;

void find_devices(void);
/* The next one that is another device. */
struct dev *another(const struct dev *d);
uint32_t get(const struct dev *d, enum reg r);
void put(const struct dev *d, enum reg r, uint32_t value);
void put_addr(const struct dev *d, enum reg r, uint64_t addr);
uint64_t reg_at(const struct dev *d, enum reg r);
void kick(const struct dev *d, uint32_t queue); /* any */
uint32_t pci_read(unsigned slot, unsigned off, unsigned width);
void pci_write(unsigned slot, unsigned off, unsigned width, uint32_t value);
void pci_place(struct dev *d); /* BARs where they belong, memory on, MSI-X off */

/* driver.c */
void reset(struct dev *d); /* and waits until it is done */
/* As a driver should, up to but without DRIVER_OK. The rings are fresh. */
void negotiate(struct dev *d, uint64_t wanted);
void set_queue(struct dev *d);
void driver_ok(struct dev *d);
void set_up(struct dev *d); /* all of it */
/* A good chain from descriptor 0 on; its last descriptor's index. */
unsigned make_chain(struct dev *d);
void offer(struct dev *d, uint16_t head);
bool wait_used(struct dev *d);  /* the next used element */
void must_serve(struct dev *d); /* or the test has failed */
bool wait_broken(struct dev *d);
/* Broken within a while, or the test has failed with this. Then reset and set up again. */
void must_break(struct dev *d, const char *why);
/* On the console of virtio, should there be one that works; and make it work. */
void console_write(const char *text);
void console_revive(void);

/* second.c */
enum { VECTOR_WAKE = 0x41, VECTOR_FIRST = 0x42, N_VECTORS = 4 };
typedef void turn_fn(struct dev *d, uint32_t n);
void second_start(void);
/* Both processors take turns, each with its own function and at its own pace, many times. */
void beside(struct dev *d, turn_fn *first, turn_fn *second);
extern uint32_t interrupts;  /* that the second processor took */
void catch_exceptions(void); /* on this processor */

/* tests */
enum {
	ONCE = 1, /* not for every device: d is the first */
	PCI_ONLY = 2,
	MMIO_ONLY = 4,
	BLK_ONLY = 8,
	LAST = 16, /* only when named: it ends the machine */
};

struct test {
	const char *name;
	void (*run)(struct dev *d);
	unsigned flags;
};

extern const struct test ring_tests[], register_tests[], platform_tests[], pci_tests[],
    race_tests[];
/* Wild values into the ring, but none that could lead a device into this program. */
void scribble(struct dev *d);

#endif
