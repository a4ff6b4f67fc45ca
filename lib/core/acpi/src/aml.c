/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "aml.h"

#include <cairn/le.h>

enum {
	OP_ZERO = 0x00,
	OP_ONE = 0x01,
	OP_NAME = 0x08,
	OP_BYTE = 0x0a,
	OP_WORD = 0x0b,
	OP_DWORD = 0x0c,
	OP_STRING = 0x0d,
	OP_QWORD = 0x0e,
	OP_SCOPE = 0x10,
	OP_BUFFER = 0x11,
	OP_PACKAGE = 0x12,
	OP_METHOD = 0x14,
	OP_EXT = 0x5b,
	OP_ROOT = '\\',
	OP_LOCAL0 = 0x60,
	OP_STORE = 0x70,
	OP_AND = 0x7b,
	OP_NOTIFY = 0x86,
	OP_IF = 0xa0,
	EXT_REGION = 0x80,
	EXT_FIELD = 0x81,
	EXT_DEVICE = 0x82,

	METHOD_SERIALIZED = 0x08,
	FIELD_BY_BYTES = 0x01,
	NO_TARGET = 0x00,

	RES_IO = 0x47,
	RES_END = 0x79,
	RES_DWORD = 0x87, /* address spaces by width */
	RES_WORD = 0x88,
	RES_IRQ = 0x89,
	RES_QWORD = 0x8a,

	RANGE_CONSUMER = 0x01,
	RANGE_FIXED = 0x0c, /* both ends */
	MEMORY_WRITABLE = 0x01,
	PORTS_ENTIRE = 0x03,
};

static void u8(struct aml *a, uint8_t v)
{
	cairn_writer_u8(a->w, v);
}

static void open_term(struct aml *a)
{
	if (a->depth < AML_MAX_DEPTH)
		a->opened[a->depth] = a->w->need;
	else
		a->failed = true;
	a->depth++;
	cairn_writer_fill(a->w, 0, 3);
}

void cairn_acpi_aml_close_(struct aml *a)
{
	size_t at, len;
	uint8_t bytes[3];

	a->depth--;
	if (a->depth >= AML_MAX_DEPTH)
		return;
	at = a->opened[a->depth];
	len = a->w->need - at;
	if (len >= 1u << 20)
		a->failed = true;
	/* Two bytes follow the first, which holds the lowest four bits (20.2.4). */
	bytes[0] = (uint8_t)(0x80 | (len & 15));
	bytes[1] = (uint8_t)(len >> 4);
	bytes[2] = (uint8_t)(len >> 12);
	cairn_writer_patch(a->w, at, bytes, 3);
}

void cairn_acpi_aml_seg_(struct aml *a, const char *seg)
{
	cairn_writer_bytes(a->w, seg, 4);
}

void cairn_acpi_aml_hex_(char *dst, uint32_t v, unsigned n)
{
	for (; n > 0; v >>= 4)
		dst[--n] = "0123456789ABCDEF"[v & 15];
}

void cairn_acpi_aml_int_(struct aml *a, uint64_t v)
{
	if (v <= 1) {
		u8(a, v ? OP_ONE : OP_ZERO);
	} else if (v <= UINT8_MAX) {
		u8(a, OP_BYTE);
		u8(a, (uint8_t)v);
	} else if (v <= UINT16_MAX) {
		u8(a, OP_WORD);
		cairn_writer_le16(a->w, (uint16_t)v);
	} else if (v <= UINT32_MAX) {
		u8(a, OP_DWORD);
		cairn_writer_le32(a->w, (uint32_t)v);
	} else {
		u8(a, OP_QWORD);
		cairn_writer_le64(a->w, v);
	}
}

void cairn_acpi_aml_scope_(struct aml *a, const char *root_seg)
{
	u8(a, OP_SCOPE);
	open_term(a);
	u8(a, OP_ROOT);
	cairn_acpi_aml_seg_(a, root_seg);
}

void cairn_acpi_aml_device_(struct aml *a, const char *seg)
{
	u8(a, OP_EXT);
	u8(a, EXT_DEVICE);
	open_term(a);
	cairn_acpi_aml_seg_(a, seg);
}

void cairn_acpi_aml_method_(struct aml *a, const char *seg, unsigned n_args)
{
	u8(a, OP_METHOD);
	open_term(a);
	cairn_acpi_aml_seg_(a, seg);
	u8(a, (uint8_t)(METHOD_SERIALIZED | n_args));
}

void cairn_acpi_aml_package_(struct aml *a, uint8_t n)
{
	u8(a, OP_PACKAGE);
	open_term(a);
	u8(a, n);
}

static void name(struct aml *a, const char *seg)
{
	u8(a, OP_NAME);
	cairn_acpi_aml_seg_(a, seg);
}

void cairn_acpi_aml_name_package_(struct aml *a, const char *seg, uint8_t n)
{
	name(a, seg);
	cairn_acpi_aml_package_(a, n);
}

void cairn_acpi_aml_if_local0_has_(struct aml *a, uint8_t bit)
{
	u8(a, OP_IF);
	open_term(a);
	u8(a, OP_AND);
	u8(a, OP_LOCAL0);
	cairn_acpi_aml_int_(a, bit);
	u8(a, NO_TARGET);
}

void cairn_acpi_aml_name_int_(struct aml *a, const char *seg, uint64_t v)
{
	name(a, seg);
	cairn_acpi_aml_int_(a, v);
}

void cairn_acpi_aml_name_str_(struct aml *a, const char *seg, const char *s)
{
	name(a, seg);
	u8(a, OP_STRING);
	while (*s)
		u8(a, (uint8_t)*s++);
	u8(a, 0);
}

static unsigned hex(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'A' + 10);
}

void cairn_acpi_aml_name_eisa_(struct aml *a, const char *seg, const char *id)
{
	unsigned maker =
	    (unsigned)(id[0] - '@') << 10 | (unsigned)(id[1] - '@') << 5 | (unsigned)(id[2] - '@');

	name(a, seg);
	u8(a, OP_DWORD);
	u8(a, (uint8_t)(maker >> 8));
	u8(a, (uint8_t)maker);
	u8(a, (uint8_t)(hex(id[3]) << 4 | hex(id[4])));
	u8(a, (uint8_t)(hex(id[5]) << 4 | hex(id[6])));
}

void cairn_acpi_aml_byte_(struct aml *a, const char *region, const char *field,
			  enum aml_space space, uint64_t at)
{
	u8(a, OP_EXT);
	u8(a, EXT_REGION);
	cairn_acpi_aml_seg_(a, region);
	u8(a, (uint8_t)space);
	cairn_acpi_aml_int_(a, at);
	cairn_acpi_aml_int_(a, 1);
	u8(a, OP_EXT);
	u8(a, EXT_FIELD);
	open_term(a);
	cairn_acpi_aml_seg_(a, region);
	u8(a, FIELD_BY_BYTES);
	cairn_acpi_aml_seg_(a, field);
	u8(a, 8); /* bits */
	cairn_acpi_aml_close_(a);
}

void cairn_acpi_aml_load_local0_(struct aml *a, const char *field)
{
	u8(a, OP_STORE);
	cairn_acpi_aml_seg_(a, field);
	u8(a, OP_LOCAL0);
}

void cairn_acpi_aml_notify_(struct aml *a, const char *seg, uint8_t value)
{
	u8(a, OP_NOTIFY);
	cairn_acpi_aml_seg_(a, seg);
	cairn_acpi_aml_int_(a, value);
}

/* A buffer whose size, a word, is filled in at the end. */
size_t cairn_acpi_aml_crs_(struct aml *a)
{
	name(a, "_CRS");
	u8(a, OP_BUFFER);
	open_term(a);
	u8(a, OP_WORD);
	cairn_writer_fill(a->w, 0, 2);
	return a->w->need;
}

void cairn_acpi_aml_crs_end_(struct aml *a, size_t crs)
{
	cairn_le16 size;

	u8(a, RES_END);
	u8(a, 0); /* no checksum */
	size = cairn_le16_of((uint16_t)(a->w->need - crs));
	cairn_writer_patch(a->w, crs - sizeof(size), &size, sizeof(size));
	cairn_acpi_aml_close_(a);
}

void cairn_acpi_aml_io_(struct aml *a, uint16_t port, uint8_t len)
{
	u8(a, RES_IO);
	u8(a, 1); /* all 16 bits are decoded */
	cairn_writer_le16(a->w, port);
	cairn_writer_le16(a->w, port);
	u8(a, 1); /* alignment */
	u8(a, len);
}

void cairn_acpi_aml_irq_(struct aml *a, const struct cairn_acpi_line *line)
{
	u8(a, RES_IRQ);
	cairn_writer_le16(a->w, 6);
	u8(a, (uint8_t)(RANGE_CONSUMER | (line->edge ? 2 : 0) | (line->low ? 4 : 0)));
	u8(a, 1); /* one interrupt */
	cairn_writer_le32(a->w, line->gsi);
}

static void word(struct aml *a, unsigned width, uint64_t v)
{
	uint8_t bytes[8];

	cairn_le_store(bytes, width, v);
	cairn_writer_bytes(a->w, bytes, width);
}

void cairn_acpi_aml_range_(struct aml *a, enum aml_space space, uint64_t base, uint64_t len,
			   bool is_window)
{
	static const uint8_t flags[] = {
		[AML_MEMORY] = MEMORY_WRITABLE, [AML_PORTS] = PORTS_ENTIRE, [AML_BUSES] = 0
	};
	uint64_t last = base + (len - 1);
	unsigned width = space != AML_MEMORY ? 2 : last <= UINT32_MAX ? 4 : 8;

	u8(a, width == 2 ? RES_WORD : width == 4 ? RES_DWORD : RES_QWORD);
	cairn_writer_le16(a->w, (uint16_t)(3 + 5 * width));
	u8(a, (uint8_t)space);
	u8(a, (uint8_t)(RANGE_FIXED | (is_window ? 0 : RANGE_CONSUMER)));
	u8(a, flags[space]);
	word(a, width, 0); /* granularity */
	word(a, width, base);
	word(a, width, last);
	word(a, width, 0); /* translation */
	word(a, width, len);
}
