/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Device paths as text (UEFI 2.10, 10.6): what the firmware makes and loaders show; else bytes. */
#include <cairn/le.h>

#include "small.h"

const struct efi_acpi_name efi_acpi_names[] = {
	{ "PciRoot", 0x0a0341d0 },
	{ "PcieRoot", 0x0a0841d0 },
	{ "Keyboard", 0x030141d0 },
	{ "Serial", 0x050141d0 },
	{ "Floppy", 0x060441d0 },
	{ "ParallelPort", 0x040141d0 },
	{ NULL, 0 },
};

const struct efi_type_name efi_type_names[] = {
	{ "HardwarePath", EFI_DP_HARDWARE }, { "AcpiPath", EFI_DP_ACPI },
	{ "Msg", EFI_DP_MESSAGING },         { "MediaPath", EFI_DP_MEDIA },
	{ "BbsPath", EFI_DP_BBS },           { NULL, 0 },
};

struct text { /* counted when there is no room, written when there is */
	CHAR16 *units;
	UINTN cap, n;
};

static void put_unit(struct text *t, CHAR16 c)
{
	if (t->n < t->cap)
		t->units[t->n] = c;
	t->n++;
}

static void put(struct text *t, const char *s)
{
	while (*s)
		put_unit(t, (CHAR16)(uint8_t)*s++);
}

/* At least `digits` of them. */
static void put_hex(struct text *t, uint64_t v, uint32_t digits)
{
	static const char figures[] = "0123456789ABCDEF";
	uint32_t n = 1;

	while (n < 16 && v >> (4 * n))
		n++;
	for (n = n < digits ? digits : n; n > 0; n--)
		put_unit(t, (CHAR16)figures[v >> (4 * (n - 1)) & 15]);
}

static void put_0x(struct text *t, uint64_t v)
{
	put(t, "0x");
	put_hex(t, v, 1);
}

/* Little-endian numbers that follow each other in the node, with a comma between. */
static void put_numbers(struct text *t, const uint8_t *b, const uint8_t *sizes, uint32_t n)
{
	for (uint32_t i = 0; i < n; b += sizes[i++]) {
		if (i)
			put(t, ",");
		put_0x(t, cairn_le_load(b, sizes[i]));
	}
}

static void put_dec(struct text *t, uint64_t v)
{
	if (v >= 10)
		put_dec(t, v / 10);
	put_unit(t, (CHAR16)('0' + v % 10));
}

static void put_guid(struct text *t, const uint8_t *g)
{
	put_hex(t, cairn_le_load(g, 4), 8);
	put(t, "-");
	put_hex(t, cairn_le_load(g + 4, 2), 4);
	put(t, "-");
	put_hex(t, cairn_le_load(g + 6, 2), 4);
	for (uint32_t i = 8; i < 16; i++) {
		if (i == 8 || i == 10)
			put(t, "-");
		put_hex(t, g[i], 2);
	}
}

/* b: the bytes behind the node's head; n of them. Each returns false where they are too few. */
static bool put_pci(struct text *t, const uint8_t *b, UINTN n)
{
	if (n < 2)
		return false;
	put(t, "Pci(");
	put_0x(t, b[1]);
	put(t, ",");
	put_0x(t, b[0]);
	put(t, ")");
	return true;
}

/* MemoryMapped and CDROM: a number and a range, each of 8 bytes behind it. */
static bool put_range(struct text *t, const char *name, const uint8_t *b, UINTN n)
{
	static const uint8_t sizes[] = { 4, 8, 8 };

	if (n < 20)
		return false;
	put(t, name);
	put(t, "(");
	put_numbers(t, b, sizes, CAIRN_ARRAY_LEN(sizes));
	put(t, ")");
	return true;
}

static bool put_vendor(struct text *t, const char *name, const uint8_t *b, UINTN n)
{
	if (n < 16)
		return false;
	put(t, name);
	put(t, "(");
	put_guid(t, b);
	if (n > 16)
		put(t, ",");
	for (UINTN i = 16; i < n; i++)
		put_hex(t, b[i], 2);
	put(t, ")");
	return true;
}

static bool put_acpi(struct text *t, const uint8_t *b, UINTN n)
{
	const struct efi_acpi_name *k = efi_acpi_names;
	uint32_t hid;

	if (n < 8)
		return false;
	hid = (uint32_t)cairn_le_load(b, 4);
	while (k->name && k->hid != hid)
		k++;
	if (k->name) {
		put(t, k->name);
		put(t, "(");
	} else if ((hid & 0xffff) == 0x41d0) {
		put(t, "Acpi(PNP");
		put_hex(t, hid >> 16, 4);
		put(t, ",");
	} else {
		put(t, "Acpi(");
		put_0x(t, hid);
		put(t, ",");
	}
	put_0x(t, cairn_le_load(b + 4, 4));
	put(t, ")");
	return true;
}

/* Numbers of two bytes: Scsi has two of them, Sata three. */
static bool put_shorts(struct text *t, const char *name, const uint8_t *b, UINTN n, uint32_t count)
{
	static const uint8_t sizes[] = { 2, 2, 2 };

	if (n < 2 * count)
		return false;
	put(t, name);
	put(t, "(");
	put_numbers(t, b, sizes, count);
	put(t, ")");
	return true;
}

static bool put_nvme(struct text *t, const uint8_t *b, UINTN n)
{
	if (n < 12)
		return false;
	put(t, "NVMe(");
	put_0x(t, cairn_le_load(b, 4));
	for (uint32_t i = 12; i-- > 4;) {
		put(t, i == 11 ? "," : "-");
		put_hex(t, b[i], 2);
	}
	put(t, ")");
	return true;
}

static bool put_harddrive(struct text *t, const uint8_t *b, UINTN n)
{
	static const uint8_t sizes[] = { 8, 8 };

	if (n < 38)
		return false;
	put(t, "HD(");
	put_dec(t, cairn_le_load(b, 4));
	if (b[37] == 2) {
		put(t, ",GPT,");
		put_guid(t, b + 20);
	} else {
		put(t, ",MBR,");
		put_0x(t, cairn_le_load(b + 20, 4));
	}
	put(t, ",");
	put_numbers(t, b + 4, sizes, CAIRN_ARRAY_LEN(sizes));
	put(t, ")");
	return true;
}

static bool put_file(struct text *t, const uint8_t *b, UINTN n)
{
	for (UINTN i = 0; i + 2 <= n && cairn_le_load(b + i, 2); i += 2)
		put_unit(t, (CHAR16)cairn_le_load(b + i, 2));
	return true;
}

static bool put_known(struct text *t, efi_path *node, const uint8_t *b, UINTN n)
{
	switch (node->Type << 8 | node->SubType) {
	case EFI_DP_HARDWARE << 8 | EFI_DP_HW_PCI:
		return put_pci(t, b, n);
	case EFI_DP_HARDWARE << 8 | EFI_DP_HW_MEMORY:
		return put_range(t, "MemoryMapped", b, n);
	case EFI_DP_HARDWARE << 8 | EFI_DP_HW_VENDOR:
		return put_vendor(t, "VenHw", b, n);
	case EFI_DP_ACPI << 8 | EFI_DP_ACPI_HID:
		return put_acpi(t, b, n);
	case EFI_DP_MESSAGING << 8 | EFI_DP_MSG_SCSI:
		return put_shorts(t, "Scsi", b, n, 2);
	case EFI_DP_MESSAGING << 8 | EFI_DP_MSG_SATA:
		return put_shorts(t, "Sata", b, n, 3);
	case EFI_DP_MESSAGING << 8 | EFI_DP_MSG_NVME:
		return put_nvme(t, b, n);
	case EFI_DP_MESSAGING << 8 | EFI_DP_MSG_VENDOR:
		return put_vendor(t, "VenMsg", b, n);
	case EFI_DP_MEDIA << 8 | EFI_DP_MEDIA_HARDDRIVE:
		return put_harddrive(t, b, n);
	case EFI_DP_MEDIA << 8 | EFI_DP_MEDIA_CDROM:
		return put_range(t, "CDROM", b, n);
	case EFI_DP_MEDIA << 8 | EFI_DP_MEDIA_VENDOR:
		return put_vendor(t, "VenMedia", b, n);
	case EFI_DP_MEDIA << 8 | EFI_DP_MEDIA_FILEPATH:
		return put_file(t, b, n);
	default:
		return false;
	}
}

/* 10.6.1.6: the type's name, or Path(type,…), for what has no name of its own here. */
static void put_node(struct text *t, efi_path *node)
{
	const struct efi_type_name *k = efi_type_names;
	const uint8_t *b = (const uint8_t *)(node + 1);
	UINTN n = efi_node_len(node) - sizeof(*node);

	if (put_known(t, node, b, n))
		return;
	while (k->name && k->type != node->Type)
		k++;
	put(t, k->name ? k->name : "Path");
	put(t, "(");
	if (!k->name) {
		put_dec(t, node->Type);
		put(t, ",");
	}
	put_dec(t, node->SubType);
	if (n)
		put(t, ",");
	for (UINTN i = 0; i < n; i++)
		put_hex(t, b[i], 2);
	put(t, ")");
}

static void put_path(struct text *t, efi_path *path)
{
	bool is_first = true; /* of its instance */

	for (efi_path *node = path; !efi_node_is_end(node); node = efi_node_next(node)) {
		if (node->Type == EFI_DP_END) {
			put(t, ",");
			is_first = true;
			continue;
		}
		if (!is_first)
			put(t, "/");
		put_node(t, node);
		is_first = false;
	}
}

/* Once to count, once to write. NULL: no memory. */
static CHAR16 *render(void (*fn)(struct text *t, efi_path *path), efi_path *path)
{
	struct text t = { 0 };

	fn(&t, path);
	t.cap = t.n;
	t.units = efi_new((t.cap + 1) * sizeof(CHAR16));
	if (!t.units)
		return NULL;
	t.n = 0;
	fn(&t, path);
	return t.units;
}

static EFIAPI CHAR16 *node_to_text(efi_path *node, BOOLEAN display_only, BOOLEAN shortcuts)
{
	return node && efi_node_len(node) >= sizeof(*node) ? render(put_node, node) : NULL;
}

static EFIAPI CHAR16 *path_to_text(efi_path *path, BOOLEAN display_only, BOOLEAN shortcuts)
{
	return path && efi_path_size(path) ? render(put_path, path) : NULL;
}

static EFI_DEVICE_PATH_TO_TEXT_PROTOCOL to_text = { node_to_text, path_to_text };

EFI_STATUS efi_path_text_init(EFI_HANDLE *handle)
{
	return efi_install(handle, &efi_guid_path_to_text, &to_text);
}
