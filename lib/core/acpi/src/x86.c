/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "check.h"
#include "dsdt.h"
#include "tables.h"

enum {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_NMI = 4,
	MADT_X2APIC = 9,
	MADT_X2APIC_NMI = 10,
	LAPIC_ID_LAST = 254, /* 255 is everybody */

	BOOT_NO_VGA = 1 << 2, /* boot architecture flags, 5.2.9.3 */
	BOOT_NO_RTC = 1 << 5,
	CENTURY_AT = 0x32,
};

/* One processor; its UID is its place in the list. True when it took the x2APIC form. */
static bool write_cpu(struct cairn_writer *w, uint32_t uid, uint32_t apic_id)
{
	bool is_wide = apic_id > LAPIC_ID_LAST || uid > UINT8_MAX - 1;

	if (is_wide) {
		cairn_writer_u8(w, MADT_X2APIC);
		cairn_writer_u8(w, 16);
		cairn_writer_le16(w, 0);
		cairn_writer_le32(w, apic_id);
		cairn_writer_le32(w, 1); /* enabled */
		cairn_writer_le32(w, uid);
		return true;
	}
	cairn_writer_u8(w, MADT_LAPIC);
	cairn_writer_u8(w, 8);
	cairn_writer_u8(w, (uint8_t)uid);
	cairn_writer_u8(w, (uint8_t)apic_id);
	cairn_writer_le32(w, 1); /* enabled */
	return false;
}

/* MPS INTI flags: polarity in bits 1:0, trigger mode in bits 3:2 (5.2.12.5). */
static uint16_t inti_flags(const struct cairn_acpi_line *line)
{
	return (uint16_t)((line->low ? 3 : 1) | (line->edge ? 1 : 3) << 2);
}

/* LINT1 of every processor is NMI. */
static void write_nmi(struct cairn_writer *w, bool is_wide)
{
	cairn_writer_u8(w, MADT_LAPIC_NMI);
	cairn_writer_u8(w, 6);
	cairn_writer_u8(w, 0xff);
	cairn_writer_le16(w, 0);
	cairn_writer_u8(w, 1);
	if (!is_wide)
		return;
	cairn_writer_u8(w, MADT_X2APIC_NMI);
	cairn_writer_u8(w, 12);
	cairn_writer_le16(w, 0);
	cairn_writer_le32(w, UINT32_MAX);
	cairn_writer_u8(w, 1);
	cairn_writer_fill(w, 0, 3);
}

static void write_madt(struct acpi_image *im, const struct cairn_acpi_x86_config *c)
{
	struct cairn_writer *w = im->w;
	size_t from = cairn_acpi_table_begin_(im, "APIC", 5);
	bool is_wide = false;

	cairn_writer_le32(w, c->lapic);
	cairn_writer_le32(w, 0); /* no 8259s that must be masked */
	for (uint32_t i = 0; i < c->n_cpus; i++)
		if (write_cpu(w, i, c->apic_ids[i]))
			is_wide = true;
	cairn_writer_u8(w, MADT_IOAPIC);
	cairn_writer_u8(w, 12);
	cairn_writer_u8(w, c->ioapic_id);
	cairn_writer_u8(w, 0);
	cairn_writer_le32(w, c->ioapic);
	cairn_writer_le32(w, 0); /* its first GSI */
	for (uint32_t i = 0; i < c->n_overrides; i++) {
		cairn_writer_u8(w, MADT_OVERRIDE);
		cairn_writer_u8(w, 10);
		cairn_writer_u8(w, 0); /* ISA */
		cairn_writer_u8(w, c->overrides[i].irq);
		cairn_writer_le32(w, c->overrides[i].line.gsi);
		cairn_writer_le16(w, inti_flags(&c->overrides[i].line));
	}
	write_nmi(w, is_wide);
	cairn_acpi_table_list_(im, from);
}

int cairn_acpi_x86_write(struct cairn_writer *w, cairn_gpa at,
			 const struct cairn_acpi_x86_config *c, struct cairn_err *err)
{
	struct acpi_fadt fadt = {
		.boot_arch = (uint16_t)(BOOT_NO_VGA | (c->has_rtc ? 0 : BOOT_NO_RTC)),
		.century = c->has_rtc ? CENTURY_AT : 0,
		.reset_port = c->reset_port,
		.reset_value = c->reset_value,
		.sleep_port = c->sleep_port,
	};
	struct acpi_image im;
	size_t dsdt;
	int rc = cairn_acpi_check_x86_(c, err);

	if (rc == 0)
		rc = cairn_acpi_image_begin_(&im, w, at, err);
	if (rc < 0)
		return rc;
	dsdt = cairn_acpi_table_begin_(&im, "DSDT", 2);
	if (!cairn_acpi_dsdt_x86_(w, c))
		return cairn_err_set(err, EINVAL, "too many ACPI devices for one table", 0);
	fadt.dsdt = cairn_acpi_table_end_(&im, dsdt);
	cairn_acpi_fadt_(&im, &fadt);
	write_madt(&im, c);
	if (c->pci)
		cairn_acpi_mcfg_(&im, c->pci);
	cairn_acpi_image_end_(&im);
	return 0;
}
