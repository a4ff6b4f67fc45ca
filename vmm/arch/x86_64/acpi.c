/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* acpi.c - the firmware tables: this machine's layout, as cairn's acpi component wants it told. */
#include <stdlib.h>

#include <cairn/loader_x86.h>

#include "arch.h"
#include "devices.h"
#include "layout.h"
#include "platform.h"

/* Interrupt lines for virtio-mmio devices, in the order they are given out. */
static const uint8_t mmio_lines[] = { 5, 6, 7, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23 };

bool arch_mmio_slot(size_t n, uint64_t *ret_at, uint32_t *ret_line)
{
	if (n >= CAIRN_ARRAY_LEN(mmio_lines))
		return false;
	*ret_at = LAYOUT_MMIO_AT + n * LAYOUT_MMIO_STEP;
	*ret_line = mmio_lines[n];
	return true;
}

static size_t list_mmio(const struct machine *m, struct cairn_acpi_mmio *list)
{
	size_t n = devices_n_mmio(m);

	for (size_t i = 0; i < n; i++) {
		uint32_t line = 0;

		list[i] = (struct cairn_acpi_mmio){ .len = (uint32_t)LAYOUT_MMIO_STEP };
		if (arch_mmio_slot(i, &list[i].base, &line))
			list[i].line = (struct cairn_acpi_line){ .gsi = line, .edge = true };
	}
	return n;
}

static int write_tables(struct machine *m, struct cairn_writer *w, struct cairn_err *err)
{
	static const struct cairn_acpi_serial serial = {
		.port = LAYOUT_SERIAL_PORT, .line = { .gsi = LAYOUT_SERIAL_LINE, .edge = true }
	};
	const struct arch_pci at = arch_pci(m);
	const struct cairn_acpi_pci pci = {
		.ecam = at.ecam,
		.mem32 = { at.mem32.base, at.mem32.len },
		.mem64 = { at.mem64.base, at.mem64.len },
		.has_intx = true,
		.intx = { at.intx[0], at.intx[1], at.intx[2], at.intx[3] },
	};
	struct cairn_acpi_mmio mmio[CAIRN_ARRAY_LEN(mmio_lines)];
	uint32_t ids[MAX_CPUS];
	struct cairn_acpi_x86_config c = {
		.apic_ids = ids,
		.n_cpus = m->options->cpus,
		.lapic = (uint32_t)LAYOUT_LAPIC_AT,
		.ioapic = (uint32_t)LAYOUT_IOAPIC_AT,
		.pci = m->options->transport == TRANSPORT_PCI ? &pci : NULL,
		.mmio = mmio,
		.n_mmio = (uint32_t)list_mmio(m, mmio),
		.serials = &serial,
		.n_serials = 1,
		.has_rtc = true,
		.sleep_port = LAYOUT_SLEEP_PORT,
		.ged_port = LAYOUT_GED_PORT,
		.ged_line = { .gsi = LAYOUT_GED_LINE },
		.reset_port = CAIRN_I8042_CF9,
		.reset_value = 0x06,
	};

	for (uint32_t i = 0; i < m->options->cpus; i++)
		ids[i] = i;
	return cairn_acpi_x86_write(w, cairn_gpa_of(CAIRN_X86_ACPI_AT), &c, err);
}

int platform_write_acpi(struct machine *m, struct cairn_err *err)
{
	uint8_t *tables = malloc(CAIRN_X86_ACPI_BYTES);
	struct cairn_writer w;
	int r;

	if (!tables)
		return cairn_err_set(err, ENOMEM, "out of memory", 0);
	cairn_writer_init(&w, tables, CAIRN_X86_ACPI_BYTES);
	r = write_tables(m, &w, err);
	if (!r && !cairn_writer_is_whole(&w))
		r = cairn_err_set(err, ENOSPC, "the ACPI tables are too large", w.need);
	if (!r && cairn_mem_write(cairn_memview_mem(m->view), cairn_gpa_of(CAIRN_X86_ACPI_AT),
				  tables, w.need))
		r = cairn_err_set(err, EFAULT, "no memory for the ACPI tables", CAIRN_X86_ACPI_AT);
	free(tables);
	return r;
}
