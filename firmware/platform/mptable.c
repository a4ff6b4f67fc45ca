/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Processors and I/O APIC by MultiProcessor Specification 1.4, 4: of machines without ACPI. */
#include <cairn/le.h>
#include <fw/arch.h>

#include "handover.h"

enum {
	FLOATING_BYTES = 16,
	HEADER_BYTES = 44,
	HEADER_LEN = 4,
	HEADER_COUNT = 34,
	HEADER_LAPIC = 36,
	TYPE_PROCESSOR = 0,
	PROCESSOR_BYTES = 20,
	PROCESSOR_ENABLED = 1,
	PROCESSOR_BOOT = 2,
	TYPE_IOAPIC = 2,
	TYPE_LAST = 4,
	OTHER_BYTES = 8,
};

/* Where the structure may be (4.): the last KiB of low memory, and the BIOS. */
static const struct {
	uint64_t at, end;
} places[] = { { 0x9fc00, 0xa0000 }, { 0xf0000, 0x100000 } };

static uint64_t config_at(void)
{
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(places); i++)
		for (uint64_t at = places[i].at; at < places[i].end; at += FLOATING_BYTES) {
			const uint8_t *f = fw_arch_view(at, FLOATING_BYTES);

			if (f && memcmp(f, "_MP_", 4) == 0 && fw_handover_sum_(f, FLOATING_BYTES))
				return cairn_le_load(f + 4, 4);
		}
	return 0;
}

/* The boot processor is first: ACPI wants it so. */
static void processor(struct fw_mptable *m, const uint8_t *e)
{
	if (!(e[3] & PROCESSOR_ENABLED) || m->n_cpus == FW_MPTABLE_CPUS)
		return;
	m->apic_ids[m->n_cpus] = e[1];
	if (e[3] & PROCESSOR_BOOT) {
		m->apic_ids[m->n_cpus] = m->apic_ids[0];
		m->apic_ids[0] = e[1];
	}
	m->n_cpus++;
}

static void ioapic(struct fw_mptable *m, const uint8_t *e)
{
	if (!(e[3] & 1) || m->ioapic)
		return;
	m->ioapic_id = e[1];
	m->ioapic = (uint32_t)cairn_le_load(e + 4, 4);
}

bool fw_handover_mptable_(struct fw_mptable *ret)
{
	uint64_t at = config_at();
	const uint8_t *h = at ? fw_arch_view(at, HEADER_BYTES) : NULL;
	uint32_t len, count, off = HEADER_BYTES;

	*ret = (struct fw_mptable){ 0 };
	if (!h || memcmp(h, "PCMP", 4) != 0)
		return false;
	len = (uint32_t)cairn_le_load(h + HEADER_LEN, 2);
	count = (uint32_t)cairn_le_load(h + HEADER_COUNT, 2);
	h = len < HEADER_BYTES ? NULL : fw_arch_view(at, len);
	if (!h || !fw_handover_sum_(h, len))
		return false;
	ret->lapic = (uint32_t)cairn_le_load(h + HEADER_LAPIC, 4);
	for (uint32_t i = 0; i < count && off < len && h[off] <= TYPE_LAST; i++) {
		const uint8_t *e = h + off;

		off += *e == TYPE_PROCESSOR ? PROCESSOR_BYTES : OTHER_BYTES;
		if (off > len)
			break;
		if (*e == TYPE_PROCESSOR)
			processor(ret, e);
		else if (*e == TYPE_IOAPIC)
			ioapic(ret, e);
	}
	return ret->n_cpus && ret->lapic && ret->ioapic;
}
