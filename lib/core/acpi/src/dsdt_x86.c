/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "dsdt.h"

#include "devices.h"

static void serial(struct aml *a, unsigned i, const struct cairn_acpi_serial *s)
{
	char seg[] = "COM_";
	size_t crs;

	seg[3] = (char)('1' + i);
	cairn_acpi_aml_device_(a, seg);
	cairn_acpi_aml_name_eisa_(a, "_HID", "PNP0501");
	cairn_acpi_aml_name_int_(a, "_UID", i);
	cairn_acpi_aml_name_str_(a, "_DDN", seg);
	crs = cairn_acpi_aml_crs_(a);
	cairn_acpi_aml_io_(a, s->port, 8);
	cairn_acpi_aml_irq_(a, &s->line);
	cairn_acpi_aml_crs_end_(a, crs);
	cairn_acpi_aml_close_(a);
}

static void rtc(struct aml *a)
{
	size_t crs;

	cairn_acpi_aml_device_(a, "RTC_");
	cairn_acpi_aml_name_eisa_(a, "_HID", "PNP0B00");
	crs = cairn_acpi_aml_crs_(a);
	cairn_acpi_aml_io_(a, 0x70, 2);
	cairn_acpi_aml_crs_end_(a, crs);
	cairn_acpi_aml_close_(a);
}

static void power_off(struct aml *a)
{
	cairn_acpi_aml_name_package_(a, "_S5_", 4);
	cairn_acpi_aml_int_(a, ACPI_S5_TYPE);
	for (int i = 0; i < 3; i++)
		cairn_acpi_aml_int_(a, 0);
	cairn_acpi_aml_close_(a);
}

bool cairn_acpi_dsdt_x86_(struct cairn_writer *w, const struct cairn_acpi_x86_config *c)
{
	struct aml a = { .w = w };

	cairn_acpi_aml_scope_(&a, "_SB_");
	if (c->pci)
		cairn_acpi_pci_root_(&a, c->pci, true);
	cairn_acpi_virtio_mmio_(&a, c->mmio, c->n_mmio);
	for (unsigned i = 0; i < c->n_serials; i++)
		serial(&a, i, &c->serials[i]);
	if (c->has_rtc)
		rtc(&a);
	if (c->ged_port)
		cairn_acpi_power_button_(&a, AML_PORTS, c->ged_port, &c->ged_line);
	cairn_acpi_aml_close_(&a);
	if (c->sleep_port)
		power_off(&a);
	return !a.failed;
}
