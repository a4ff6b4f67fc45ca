/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * ioapic.h - an I/O APIC of 24 pins, as registers and messages: what a line does to the local APICs
 * goes out as a message-signalled interrupt. For a hypervisor that has local APICs and no I/O APIC.
 *
 * An entry of the redirection table names processors with 15 bits, not 8: bits 14 to 8 are in bits
 * 55 to 49 of the entry and in bits 11 to 5 of the message's address (extended destination id).
 * Guests use them when told that they may: by CPUID 0x40000001, EAX bit 15, under KVM.
 *
 * A pin is high or low as the caller says; the polarity bit is kept and means nothing, because the
 * firmware's tables tell of lines what is true of them here. As in the hardware, an edge at a pin
 * that is masked is lost and a level is not.
 *
 * Threads: one at a time per object, under the caller's lock; hooks run inside the call and call
 * nothing here.
 * Intel 82093AA data sheet, 290566-001; the EOI register and version 0x20 as Intel's ICH 9 has
 * them.
 */
#ifndef CAIRN_IOAPIC_H
#define CAIRN_IOAPIC_H

#include <cairn/env.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_IOAPIC_PINS 24
#define CAIRN_IOAPIC_LEN  0x1000 /* bytes of its registers' region */

/* A write of data, 4 bytes, at addr: Intel's SDM 3A, "Message Signalled Interrupts". */
struct cairn_ioapic_message {
	uint32_t addr, data;
};

struct cairn_ioapic_hooks {
	/*
	 * From now on the pin sends *m, or a level that it sent may be ended; NULL: it is a masked
	 * edge, as all are to begin with. Before the first message of this kind is sent, and only
	 * when something changed.
	 */
	void (*route)(void *ctx, uint32_t pin, const struct cairn_ioapic_message *m);
	void (*send)(void *ctx, const struct cairn_ioapic_message *m);
	void *ctx;
};

/* Private by word. */
struct cairn_ioapic {
	struct cairn_ioapic_hooks hooks;
	uint64_t entries[CAIRN_IOAPIC_PINS];
	uint32_t high; /* pins that are, by bit */
	uint8_t select, id;
};

/* All pins low and masked. Both hooks must be there. */
void cairn_ioapic_init(struct cairn_ioapic *a, struct cairn_ioapic_hooks hooks);

/*
 * An access of len bytes, off bytes into the region; guest-made. Registers are read and written in
 * 4 bytes, the index in any number; anything else reads as 0 and changes nothing. Cost O(1), for a
 * write to the EOI register O(pins); at most one message for each pin.
 */
CAIRN_MUST_USE uint32_t cairn_ioapic_read(const struct cairn_ioapic *a, uint64_t off, uint32_t len);
void cairn_ioapic_write(struct cairn_ioapic *a, uint64_t off, uint32_t len, uint64_t value);

/* The line at a pin, which must be one of CAIRN_IOAPIC_PINS. At most one message. */
void cairn_ioapic_set(struct cairn_ioapic *a, uint32_t pin, bool high);

/* A local APIC ended this vector: pins that are high with it as a level interrupt again. O(pins).
 */
void cairn_ioapic_eoi(struct cairn_ioapic *a, uint8_t vector);

#ifdef __cplusplus
}
#endif
#endif
