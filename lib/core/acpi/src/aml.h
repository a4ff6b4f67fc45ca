/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * aml.h - writing ACPI machine language. Terms that contain others are opened and closed; their
 * length, always in three bytes, is filled in by the close. What goes wrong (nesting too deep, a
 * term of a mebibyte) is remembered and asked for once, at the end. ACPI 6.5, 20.2.
 */
#ifndef CAIRN_ACPI_AML_H
#define CAIRN_ACPI_AML_H

#include <cairn/acpi.h>

#define AML_MAX_DEPTH 8

struct aml {
	struct cairn_writer *w;
	size_t opened[AML_MAX_DEPTH]; /* where the lengths are, outermost first */
	unsigned depth;
	bool failed;
};

enum aml_space { /* numbers of 6.4.3.5; the first two are those of operation regions too */
		 AML_MEMORY = 0,
		 AML_PORTS = 1,
		 AML_BUSES = 2,
};

/* seg is always four characters, padded by '_'. */
void cairn_acpi_aml_seg_(struct aml *a, const char *seg);
/* v in n capital hexadecimal digits, for a name. */
void cairn_acpi_aml_hex_(char *dst, uint32_t v, unsigned n);
void cairn_acpi_aml_int_(struct aml *a, uint64_t v);

void cairn_acpi_aml_close_(struct aml *a);
void cairn_acpi_aml_scope_(struct aml *a, const char *root_seg);
void cairn_acpi_aml_device_(struct aml *a, const char *seg);
void cairn_acpi_aml_method_(struct aml *a, const char *seg, unsigned n_args);
/* A named package of n elements, and one inside it. */
void cairn_acpi_aml_name_package_(struct aml *a, const char *seg, uint8_t n);
void cairn_acpi_aml_package_(struct aml *a, uint8_t n);
/* If (Local0 & bit) { */
void cairn_acpi_aml_if_local0_has_(struct aml *a, uint8_t bit);

void cairn_acpi_aml_name_int_(struct aml *a, const char *seg, uint64_t v);
void cairn_acpi_aml_name_str_(struct aml *a, const char *seg, const char *s);
/* id: three capital letters and four hexadecimal digits, as in "PNP0501" */
void cairn_acpi_aml_name_eisa_(struct aml *a, const char *seg, const char *id);
/* The byte at `at` as a field of eight bits named `field`, by way of a region named `region`. */
void cairn_acpi_aml_byte_(struct aml *a, const char *region, const char *field,
			  enum aml_space space, uint64_t at);
void cairn_acpi_aml_load_local0_(struct aml *a, const char *field);
void cairn_acpi_aml_notify_(struct aml *a, const char *seg, uint8_t value);

/* _CRS: opened, resources, closed. One at a time. */
size_t cairn_acpi_aml_crs_(struct aml *a);
void cairn_acpi_aml_crs_end_(struct aml *a, size_t crs);
void cairn_acpi_aml_io_(struct aml *a, uint16_t port, uint8_t len);
void cairn_acpi_aml_irq_(struct aml *a, const struct cairn_acpi_line *line);
/* [base, base + len) of a space, as something the device uses, or as a window it passes on. */
void cairn_acpi_aml_range_(struct aml *a, enum aml_space space, uint64_t base, uint64_t len,
			   bool is_window);

#endif
