/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/acpi.h>
#include <cairn/le.h>

#include "check.h"
#include "dsdt.h"

#define RSDP_LEN   36
#define HEADER_LEN 36
#define FADT_LEN   276
#define OEM_ID     "CAIRN "

enum {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_NMI = 4,
	MADT_X2APIC = 9,
	MADT_X2APIC_NMI = 10,
	LAPIC_ID_LAST = 254, /* 255 is everybody */

	/* Where things are in the FADT (5.2.9). */
	FADT_CENTURY = 108,
	FADT_BOOT_ARCH = 109,
	FADT_FLAGS = 112,
	FADT_RESET = 116,
	FADT_RESET_VALUE = 128,
	FADT_MINOR = 131,
	FADT_X_DSDT = 140,
	FADT_SLEEP_CONTROL = 244,
	FADT_SLEEP_STATUS = 256,
	FADT_HYPERVISOR = 268,

	BOOT_NO_VGA = 1 << 2,
	BOOT_NO_RTC = 1 << 5,

	FLAG_WBINVD = 1 << 0,
	FLAG_NO_FIXED_POWER_BUTTON = 1 << 4,
	FLAG_NO_FIXED_SLEEP_BUTTON = 1 << 5,
	FLAG_RESET_REG = 1 << 10,
	FLAG_HW_REDUCED = 1 << 20,
};

/* Where the tables are, in the writer and in the guest. */
struct image {
	struct cairn_writer *w;
	cairn_gpa at; /* guest address of the byte at `start` */
	size_t start;
	uint64_t tables[3]; /* what the XSDT lists */
	size_t n_tables;
};

static uint64_t address_of(const struct image *im, size_t offset)
{
	return im->at.v + (offset - im->start);
}

/* Makes the bytes [from, from + len) add up to 0 by the one at `at`, which is 0 now. */
static void fix_checksum(struct cairn_writer *w, size_t from, size_t len, size_t at)
{
	uint8_t sum = 0;

	if (!cairn_writer_is_whole(w))
		return;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + w->buf[from + i]);
	sum = (uint8_t)-sum;
	cairn_writer_patch(w, at, &sum, 1);
}

/* A table's header, at the next multiple of 16; length and checksum come with the end. */
static size_t table_begin(struct image *im, const char *signature, uint8_t revision)
{
	struct cairn_writer *w = im->w;
	size_t from;

	cairn_writer_fill(w, 0, -(w->need - im->start) & 15);
	from = w->need;
	cairn_writer_bytes(w, signature, 4);
	cairn_writer_le32(w, 0); /* length */
	cairn_writer_u8(w, revision);
	cairn_writer_u8(w, 0); /* checksum */
	cairn_writer_bytes(w, OEM_ID, 6);
	cairn_writer_bytes(w, "CAIRNVMM", 8);
	cairn_writer_le32(w, 1);
	cairn_writer_bytes(w, "CARN", 4);
	cairn_writer_le32(w, 1);
	return from;
}

static void table_end(struct image *im, size_t from)
{
	size_t len = im->w->need - from;
	cairn_le32 wire = cairn_le32_of((uint32_t)len);

	cairn_writer_patch(im->w, from + 4, &wire, sizeof(wire));
	fix_checksum(im->w, from, len, from + 9);
}

static void list(struct image *im, size_t from)
{
	im->tables[im->n_tables++] = address_of(im, from);
}

/* A register of one byte at an I/O port, in the generic form (5.2.3.2). */
static void put_port(uint8_t *gas, uint16_t port)
{
	gas[0] = 1; /* system I/O */
	gas[1] = 8; /* bits */
	gas[3] = 1; /* accessed by the byte */
	cairn_le_store(gas + 4, 8, port);
}

static void write_fadt(struct image *im, const struct cairn_acpi_x86_config *c, uint64_t dsdt)
{
	uint8_t t[FADT_LEN] = { 0 }; /* offsets from the start of the table; the header is apart */
	uint32_t flags =
	    FLAG_WBINVD | FLAG_NO_FIXED_POWER_BUTTON | FLAG_NO_FIXED_SLEEP_BUTTON | FLAG_HW_REDUCED;
	size_t from = table_begin(im, "FACP", 6);

	if (c->has_rtc)
		t[FADT_CENTURY] = 0x32;
	cairn_le_store(t + FADT_BOOT_ARCH, 2, BOOT_NO_VGA | (c->has_rtc ? 0 : BOOT_NO_RTC));
	if (c->reset_port) {
		flags |= FLAG_RESET_REG;
		put_port(t + FADT_RESET, c->reset_port);
		t[FADT_RESET_VALUE] = c->reset_value;
	}
	cairn_le_store(t + FADT_FLAGS, 4, flags);
	t[FADT_MINOR] = 5; /* of ACPI 6.5 */
	cairn_le_store(t + FADT_X_DSDT, 8, dsdt);
	put_port(t + FADT_SLEEP_CONTROL, c->sleep_port);
	put_port(t + FADT_SLEEP_STATUS, (uint16_t)(c->sleep_port + 1));
	memcpy(t + FADT_HYPERVISOR, "CAIRN", 5);
	cairn_writer_bytes(im->w, t + HEADER_LEN, FADT_LEN - HEADER_LEN);
	table_end(im, from);
	list(im, from);
}

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

static void write_madt(struct image *im, const struct cairn_acpi_x86_config *c)
{
	struct cairn_writer *w = im->w;
	size_t from = table_begin(im, "APIC", 5);
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
	table_end(im, from);
	list(im, from);
}

static void write_mcfg(struct image *im, const struct cairn_acpi_pci *p)
{
	struct cairn_writer *w = im->w;
	size_t from = table_begin(im, "MCFG", 1);

	cairn_writer_le64(w, 0);
	cairn_writer_le64(w, p->ecam);
	cairn_writer_le16(w, 0); /* segment group */
	cairn_writer_u8(w, p->first_bus);
	cairn_writer_u8(w, p->last_bus);
	cairn_writer_le32(w, 0);
	table_end(im, from);
	list(im, from);
}

static uint64_t write_xsdt(struct image *im)
{
	size_t from = table_begin(im, "XSDT", 1);

	for (size_t i = 0; i < im->n_tables; i++)
		cairn_writer_le64(im->w, im->tables[i]);
	table_end(im, from);
	return address_of(im, from);
}

/* Fills in the first bytes, which were left empty. */
static void write_rsdp(struct image *im, uint64_t xsdt)
{
	uint8_t t[RSDP_LEN] = { 0 };

	memcpy(t, "RSD PTR ", 8);
	memcpy(t + 9, OEM_ID, 6);
	t[15] = 2; /* revision */
	cairn_le_store(t + 20, 4, RSDP_LEN);
	cairn_le_store(t + 24, 8, xsdt);
	cairn_writer_patch(im->w, im->start, t, sizeof(t));
	fix_checksum(im->w, im->start, 20, im->start + 8); /* of ACPI 1.0 */
	fix_checksum(im->w, im->start, RSDP_LEN, im->start + 32);
}

int cairn_acpi_x86_write(struct cairn_writer *w, cairn_gpa at,
			 const struct cairn_acpi_x86_config *c, struct cairn_err *err)
{
	struct image im = { .w = w, .at = at, .start = w->need };
	size_t dsdt;
	int rc;

	if (!cairn_gpa_is_aligned(at, 16))
		return cairn_err_set(err, EINVAL, "ACPI tables must start at a multiple of 16",
				     at.v);
	rc = cairn_acpi_check_(c, err);
	if (rc < 0)
		return rc;
	cairn_writer_fill(w, 0, RSDP_LEN);
	dsdt = table_begin(&im, "DSDT", 2);
	if (!cairn_acpi_dsdt_(w, c))
		return cairn_err_set(err, EINVAL, "too many ACPI devices for one table", 0);
	table_end(&im, dsdt);
	write_fadt(&im, c, address_of(&im, dsdt));
	write_madt(&im, c);
	if (c->pci)
		write_mcfg(&im, c->pci);
	write_rsdp(&im, write_xsdt(&im));
	return 0;
}
