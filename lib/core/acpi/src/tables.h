/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * tables.h - what the tables of every machine share: headers and checksums, the root (RSDP and
 * XSDT), and the tables that differ in a few values only.
 */
#ifndef CAIRN_ACPI_TABLES_H
#define CAIRN_ACPI_TABLES_H

#include <cairn/acpi.h>

#define ACPI_HEADER_LEN 36
#define ACPI_LISTED_MAX 8

/* Where the tables are, in the writer and in the guest. */
struct acpi_image {
	struct cairn_writer *w;
	cairn_gpa at; /* guest address of the byte at `start` */
	size_t start;
	uint64_t listed[ACPI_LISTED_MAX]; /* what the XSDT lists */
	size_t n_listed;
};

/* Leaves room for the RSDP. Returns 0, or -EINVAL: not a multiple of 16. */
CAIRN_MUST_USE int cairn_acpi_image_begin_(struct acpi_image *im, struct cairn_writer *w,
					   cairn_gpa at, struct cairn_err *err);
/* XSDT, and the RSDP at the start. */
void cairn_acpi_image_end_(struct acpi_image *im);

/* A table's header, at the next multiple of 16; returns where. Length and sum come with the end. */
size_t cairn_acpi_table_begin_(struct acpi_image *im, const char *signature, uint8_t revision);
/* Returns the table's guest address. */
uint64_t cairn_acpi_table_end_(struct acpi_image *im, size_t from);
/* Ends a table that the XSDT is to list. */
void cairn_acpi_table_list_(struct acpi_image *im, size_t from);

#define ACPI_GAS_LEN 12

enum acpi_space { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_PORTS = 1 };

/* A register of len bytes (1, 2, 4, 8) in the generic form, 5.2.3.2. */
void cairn_acpi_gas_(uint8_t *gas, enum acpi_space space, uint8_t len, uint64_t at);

struct acpi_fadt { /* what is 0 is not there */
	uint64_t dsdt;
	uint16_t boot_arch, arm_boot_arch;
	uint8_t century; /* where the CMOS clock keeps it */
	uint16_t reset_port;
	uint8_t reset_value;
	uint16_t sleep_port;
};

void cairn_acpi_fadt_(struct acpi_image *im, const struct acpi_fadt *f);
void cairn_acpi_mcfg_(struct acpi_image *im, const struct cairn_acpi_pci *p);

#endif
