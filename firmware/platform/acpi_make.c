/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * ACPI tables for a machine that has none but tells its virtio-mmio devices on the command line
 * (QEMU's microvm with acpi=off): boot loaders make command lines of their own, and distributions'
 * kernels do not look for devices there.
 */
#include <cairn/acpi.h>
#include <fw/arch.h>
#include <fw/clock.h>

#include "handover.h"

enum {
	MMIO_BYTES = 0x200,
	COM1 = 0x3f8,
	COM1_IRQ = 4,
};

/* A machine without a MultiProcessor table: what all PCs have. */
static const struct fw_mptable usual = { .n_cpus = 1, .lapic = 0xfee00000, .ioapic = 0xfec00000 };

static uint32_t list_mmio(const struct fw_platform *p, struct cairn_acpi_mmio *list)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->n_mmio; i++)
		if (p->mmio_irq[i])
			list[n++] = (struct cairn_acpi_mmio){
				.base = p->mmio[i],
				.len = MMIO_BYTES,
				.line = { .gsi = p->mmio_irq[i], .edge = true },
			};
	return n;
}

static int write_tables(const struct fw_platform *p, struct cairn_writer *w, uint64_t at)
{
	static const struct cairn_acpi_serial serial = {
		.port = COM1, .line = { .gsi = COM1_IRQ, .edge = true }
	};
	static struct cairn_acpi_mmio mmio[FW_MMIO_MAX];
	struct fw_mptable mp;
	int64_t seconds;
	struct cairn_acpi_x86_config c;

	if (!fw_handover_mptable_(&mp))
		mp = usual;
	c = (struct cairn_acpi_x86_config){
		.apic_ids = mp.apic_ids,
		.n_cpus = mp.n_cpus,
		.lapic = mp.lapic,
		.ioapic = mp.ioapic,
		.ioapic_id = mp.ioapic_id,
		.mmio = mmio,
		.n_mmio = list_mmio(p, mmio),
		.serials = &serial,
		.n_serials = p->uart == FW_UART_16550_PORT,
		.has_rtc = fw_rtc_get(&seconds) == 0,
	};
	return c.n_mmio ? cairn_acpi_x86_write(w, cairn_gpa_of(at), &c, NULL) : -ENOENT;
}

int fw_handover_acpi_make(struct fw_platform *p)
{
	struct cairn_writer w;
	uint64_t at;
	int r;

	if (p->rsdp_at)
		return 0;
	cairn_writer_init(&w, NULL, 0);
	r = write_tables(p, &w, 0);
	if (r == 0)
		r = fw_memory_alloc(&p->memory, FW_WHERE_BELOW, UINT32_MAX,
				    (w.need + FW_PAGE_BYTES - 1) / FW_PAGE_BYTES, FW_PAGE_BYTES,
				    FW_MEM_ACPI, &at);
	if (r < 0)
		return r;
	cairn_writer_init(&w, (void *)(uintptr_t)at, w.need);
	r = write_tables(p, &w, at);
	p->rsdp_at = r == 0 ? at : 0;
	return r;
}
