/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "arm64.h"
#include "devices.h"
#include "dsdt.h"

/* Processors are told apart by the UID, which is that of their GICC structure (8.4). */
static void processor(struct aml *a, uint32_t uid)
{
	char seg[] = "C___";

	cairn_acpi_aml_hex_(seg + 1, uid, 3);
	cairn_acpi_aml_device_(a, seg);
	cairn_acpi_aml_name_str_(a, "_HID", "ACPI0007");
	cairn_acpi_aml_name_int_(a, "_UID", uid);
	cairn_acpi_aml_close_(a);
}

static void uart(struct aml *a, unsigned i, const struct cairn_acpi_uart *u)
{
	bool is_pl011 = u->kind == CAIRN_ACPI_UART_PL011;
	char seg[] = "COM_";
	size_t crs;

	seg[3] = (char)('1' + i);
	cairn_acpi_aml_device_(a, seg);
	if (is_pl011)
		cairn_acpi_aml_name_str_(a, "_HID", "ARMH0011");
	else
		cairn_acpi_aml_name_eisa_(a, "_HID", "PNP0501");
	cairn_acpi_aml_name_int_(a, "_UID", i);
	cairn_acpi_aml_name_str_(a, "_DDN", seg);
	crs = cairn_acpi_aml_crs_(a);
	cairn_acpi_aml_range_(a, AML_MEMORY, u->base, cairn_acpi_uart_len_(u), false);
	cairn_acpi_aml_irq_(a, &u->line);
	cairn_acpi_aml_crs_end_(a, crs);
	cairn_acpi_aml_close_(a);
}

bool cairn_acpi_dsdt_arm64_(struct cairn_writer *w, const struct cairn_acpi_arm64_config *c)
{
	struct aml a = { .w = w };

	cairn_acpi_aml_scope_(&a, "_SB_");
	for (uint32_t i = 0; i < c->n_cpus; i++)
		processor(&a, i);
	if (c->pci)
		cairn_acpi_pci_root_(&a, c->pci, false);
	cairn_acpi_virtio_mmio_(&a, c->mmio, c->n_mmio);
	for (unsigned i = 0; i < c->n_uarts; i++)
		uart(&a, i, &c->uarts[i]);
	if (c->ged_at)
		cairn_acpi_power_button_(&a, AML_MEMORY, c->ged_at, &c->ged_line);
	cairn_acpi_aml_close_(&a);
	return !a.failed;
}
