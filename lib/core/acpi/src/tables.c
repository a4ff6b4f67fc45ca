/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "tables.h"

#include <cairn/le.h>

#define RSDP_LEN 36
#define FADT_LEN 276
#define OEM_ID   "CAIRN "

/* Where things are in the FADT (5.2.9). */
enum {
	FADT_CENTURY = 108,
	FADT_BOOT_ARCH = 109,
	FADT_FLAGS = 112,
	FADT_RESET = 116,
	FADT_RESET_VALUE = 128,
	FADT_ARM_BOOT_ARCH = 129,
	FADT_MINOR = 131,
	FADT_X_DSDT = 140,
	FADT_SLEEP_CONTROL = 244,
	FADT_SLEEP_STATUS = 256,
	FADT_HYPERVISOR = 268,

	FLAG_WBINVD = 1 << 0,
	FLAG_NO_FIXED_POWER_BUTTON = 1 << 4,
	FLAG_NO_FIXED_SLEEP_BUTTON = 1 << 5,
	FLAG_RESET_REG = 1 << 10,
	FLAG_HW_REDUCED = 1 << 20,
};

int cairn_acpi_image_begin_(struct acpi_image *im, struct cairn_writer *w, cairn_gpa at,
			    struct cairn_err *err)
{
	if (!cairn_gpa_is_aligned(at, 16))
		return cairn_err_set(err, EINVAL, "ACPI tables must start at a multiple of 16",
				     at.v);
	*im = (struct acpi_image){ .w = w, .at = at, .start = w->need };
	cairn_writer_fill(w, 0, RSDP_LEN);
	return 0;
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

size_t cairn_acpi_table_begin_(struct acpi_image *im, const char *signature, uint8_t revision)
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

uint64_t cairn_acpi_table_end_(struct acpi_image *im, size_t from)
{
	size_t len = im->w->need - from;
	cairn_le32 wire = cairn_le32_of((uint32_t)len);

	cairn_writer_patch(im->w, from + 4, &wire, sizeof(wire));
	fix_checksum(im->w, from, len, from + 9);
	return im->at.v + (from - im->start);
}

void cairn_acpi_table_list_(struct acpi_image *im, size_t from)
{
	im->listed[im->n_listed++] = cairn_acpi_table_end_(im, from);
}

void cairn_acpi_gas_(uint8_t *gas, enum acpi_space space, uint8_t len, uint64_t at)
{
	gas[0] = (uint8_t)space;
	gas[1] = (uint8_t)(len * 8);                /* bits */
	gas[2] = 0;                                 /* the first of them */
	gas[3] = len == 8 ? 4 : len == 4 ? 3 : len; /* accessed by as many bytes */
	cairn_le_store(gas + 4, 8, at);
}

void cairn_acpi_fadt_(struct acpi_image *im, const struct acpi_fadt *f)
{
	uint8_t t[FADT_LEN] = { 0 }; /* offsets from the start of the table; the header is apart */
	uint32_t flags =
	    FLAG_WBINVD | FLAG_NO_FIXED_POWER_BUTTON | FLAG_NO_FIXED_SLEEP_BUTTON | FLAG_HW_REDUCED;
	size_t from = cairn_acpi_table_begin_(im, "FACP", 6);

	t[FADT_CENTURY] = f->century;
	cairn_le_store(t + FADT_BOOT_ARCH, 2, f->boot_arch);
	cairn_le_store(t + FADT_ARM_BOOT_ARCH, 2, f->arm_boot_arch);
	if (f->reset_port) {
		flags |= FLAG_RESET_REG;
		cairn_acpi_gas_(t + FADT_RESET, ACPI_SPACE_PORTS, 1, f->reset_port);
		t[FADT_RESET_VALUE] = f->reset_value;
	}
	cairn_le_store(t + FADT_FLAGS, 4, flags);
	t[FADT_MINOR] = 5; /* of ACPI 6.5 */
	cairn_le_store(t + FADT_X_DSDT, 8, f->dsdt);
	if (f->sleep_port) {
		cairn_acpi_gas_(t + FADT_SLEEP_CONTROL, ACPI_SPACE_PORTS, 1, f->sleep_port);
		cairn_acpi_gas_(t + FADT_SLEEP_STATUS, ACPI_SPACE_PORTS, 1,
				(uint64_t)f->sleep_port + 1);
	}
	memcpy(t + FADT_HYPERVISOR, "CAIRN", 5);
	cairn_writer_bytes(im->w, t + ACPI_HEADER_LEN, FADT_LEN - ACPI_HEADER_LEN);
	cairn_acpi_table_list_(im, from);
}

void cairn_acpi_mcfg_(struct acpi_image *im, const struct cairn_acpi_pci *p)
{
	struct cairn_writer *w = im->w;
	size_t from = cairn_acpi_table_begin_(im, "MCFG", 1);

	cairn_writer_le64(w, 0);
	cairn_writer_le64(w, p->ecam);
	cairn_writer_le16(w, 0); /* segment group */
	cairn_writer_u8(w, p->first_bus);
	cairn_writer_u8(w, p->last_bus);
	cairn_writer_le32(w, 0);
	cairn_acpi_table_list_(im, from);
}

static uint64_t write_xsdt(struct acpi_image *im)
{
	size_t from = cairn_acpi_table_begin_(im, "XSDT", 1);

	for (size_t i = 0; i < im->n_listed; i++)
		cairn_writer_le64(im->w, im->listed[i]);
	return cairn_acpi_table_end_(im, from);
}

void cairn_acpi_image_end_(struct acpi_image *im)
{
	uint64_t xsdt = write_xsdt(im);
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
