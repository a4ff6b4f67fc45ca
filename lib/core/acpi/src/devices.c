/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "devices.h"

#define PCI_DEVICES 32
#define PCI_PINS    4
#define ECAM_SHIFT  20 /* bytes of configuration space per bus: 1 MiB */

static void pci_resources(struct aml *a, const struct cairn_acpi_pci *p, bool has_ports)
{
	size_t crs = cairn_acpi_aml_crs_(a);

	cairn_acpi_aml_range_(a, AML_BUSES, p->first_bus, (uint64_t)p->last_bus - p->first_bus + 1,
			      true);
	if (has_ports) {
		cairn_acpi_aml_io_(a, 0xcf8, 8);
		cairn_acpi_aml_range_(a, AML_PORTS, 0, 0xcf8, true);
		cairn_acpi_aml_range_(a, AML_PORTS, 0xd00, 0xf300, true);
	}
	if (p->mem32.len)
		cairn_acpi_aml_range_(a, AML_MEMORY, p->mem32.base, p->mem32.len, true);
	if (p->mem64.len)
		cairn_acpi_aml_range_(a, AML_MEMORY, p->mem64.base, p->mem64.len, true);
	cairn_acpi_aml_crs_end_(a, crs);
}

/* Which input each pin of each device arrives at (6.2.13). */
static void pci_routing(struct aml *a, const struct cairn_acpi_pci *p)
{
	cairn_acpi_aml_name_package_(a, "_PRT", PCI_DEVICES * PCI_PINS);
	for (unsigned device = 0; device < PCI_DEVICES; device++)
		for (unsigned pin = 0; pin < PCI_PINS; pin++) {
			cairn_acpi_aml_package_(a, 4);
			cairn_acpi_aml_int_(a, (uint64_t)device << 16 | 0xffff);
			cairn_acpi_aml_int_(a, pin);
			cairn_acpi_aml_int_(a, 0); /* no link device: the GSI itself */
			cairn_acpi_aml_int_(a, p->intx[(device + pin) % PCI_PINS]);
			cairn_acpi_aml_close_(a);
		}
	cairn_acpi_aml_close_(a);
}

void cairn_acpi_pci_root_(struct aml *a, const struct cairn_acpi_pci *p, bool has_ports)
{
	size_t crs;

	cairn_acpi_aml_device_(a, "PCI0");
	cairn_acpi_aml_name_eisa_(a, "_HID", "PNP0A08");
	cairn_acpi_aml_name_eisa_(a, "_CID", "PNP0A03");
	cairn_acpi_aml_name_int_(a, "_SEG", 0);
	cairn_acpi_aml_name_int_(a, "_BBN", p->first_bus);
	cairn_acpi_aml_name_int_(a, "_UID", 0);
	if (!has_ports) /* elsewhere than on x86 it must be said (6.2.17) */
		cairn_acpi_aml_name_int_(a, "_CCA", 1);
	pci_resources(a, p, has_ports);
	if (p->has_intx)
		pci_routing(a, p);
	cairn_acpi_aml_close_(a);

	/* Systems use ECAM only when a motherboard device claims its addresses (MCFG's section). */
	cairn_acpi_aml_device_(a, "MBRD");
	cairn_acpi_aml_name_eisa_(a, "_HID", "PNP0C02");
	cairn_acpi_aml_name_int_(a, "_UID", 0);
	crs = cairn_acpi_aml_crs_(a);
	cairn_acpi_aml_range_(a, AML_MEMORY, p->ecam + ((uint64_t)p->first_bus << ECAM_SHIFT),
			      ((uint64_t)p->last_bus - p->first_bus + 1) << ECAM_SHIFT, false);
	cairn_acpi_aml_crs_end_(a, crs);
	cairn_acpi_aml_close_(a);
}

static void virtio_mmio(struct aml *a, unsigned i, const struct cairn_acpi_mmio *m)
{
	char seg[] = "VR__";
	size_t crs;

	cairn_acpi_aml_hex_(seg + 2, i, 2);
	cairn_acpi_aml_device_(a, seg);
	cairn_acpi_aml_name_str_(a, "_HID", "LNRO0005");
	cairn_acpi_aml_name_int_(a, "_UID", i);
	cairn_acpi_aml_name_int_(a, "_CCA", 1);
	crs = cairn_acpi_aml_crs_(a);
	cairn_acpi_aml_range_(a, AML_MEMORY, m->base, m->len, false);
	cairn_acpi_aml_irq_(a, &m->line);
	cairn_acpi_aml_crs_end_(a, crs);
	cairn_acpi_aml_close_(a);
}

void cairn_acpi_virtio_mmio_(struct aml *a, const struct cairn_acpi_mmio *m, uint32_t n)
{
	for (unsigned i = 0; i < n; i++)
		virtio_mmio(a, i, &m[i]);
}

/* 5.6.9.3 */
void cairn_acpi_power_button_(struct aml *a, enum aml_space space, uint64_t at,
			      const struct cairn_acpi_line *line)
{
	size_t crs;

	cairn_acpi_aml_device_(a, "PWRB");
	cairn_acpi_aml_name_eisa_(a, "_HID", "PNP0C0C");
	cairn_acpi_aml_name_int_(a, "_UID", 0);
	cairn_acpi_aml_close_(a);

	cairn_acpi_aml_device_(a, "GED_");
	cairn_acpi_aml_name_str_(a, "_HID", "ACPI0013");
	cairn_acpi_aml_name_int_(a, "_UID", 0);
	crs = cairn_acpi_aml_crs_(a);
	cairn_acpi_aml_irq_(a, line);
	cairn_acpi_aml_crs_end_(a, crs);
	cairn_acpi_aml_byte_(a, "EVTR", "EVTS", space, at);
	cairn_acpi_aml_method_(a, "_EVT", 1);
	cairn_acpi_aml_load_local0_(a, "EVTS");
	cairn_acpi_aml_if_local0_has_(a, CAIRN_ACPI_POWER_BUTTON);
	cairn_acpi_aml_notify_(a, "PWRB", 0x80);
	cairn_acpi_aml_close_(a);
	cairn_acpi_aml_close_(a);
	cairn_acpi_aml_close_(a);
}
