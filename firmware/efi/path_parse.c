/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Text into device paths (UEFI 2.10, 10.6.4): the nodes that path_text.c shows. What has another
 * name is a file's, as the standard has it; what an argument lacks is zero.
 */
#include <cairn/le.h>

#include "small.h"

struct words { /* text between two places, cut at commas */
	const CHAR16 *at, *end;
};

struct node {
	uint8_t *bytes; /* room for all that its text can make */
	UINTN n;
};

struct kind {
	const char *name;
	uint8_t type, sub_type;
	void (*parse)(const struct kind *k, struct words *w, struct node *n);
	const char *sizes; /* of numbers that follow each other, a figure each */
};

static struct words next_word(struct words *w)
{
	struct words one = { w->at, w->at };

	while (one.end < w->end && *one.end != ',')
		one.end++;
	w->at = one.end < w->end ? one.end + 1 : one.end;
	return one;
}

static bool is_word(struct words w, const char *s)
{
	while (w.at < w.end && *s && *w.at == (CHAR16)*s) {
		w.at++;
		s++;
	}
	return w.at == w.end && !*s;
}

/* 16 and more: no figure. */
static uint32_t figure_of(CHAR16 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10u;
	return 16;
}

/* Hexadecimal with 0x in front, or decimal; as far as it is a number. */
static uint64_t number_of(struct words w)
{
	bool is_hex = w.end - w.at > 2 && w.at[0] == '0' && (w.at[1] | 0x20) == 'x';
	uint32_t base = is_hex ? 16 : 10;
	uint64_t v = 0;

	for (w.at += is_hex ? 2 : 0; w.at < w.end && figure_of(*w.at) < base; w.at++)
		v = v * base + figure_of(*w.at);
	return v;
}

static void put(struct node *n, uint64_t v, uint32_t size)
{
	cairn_le_store(n->bytes + n->n, size, v);
	n->n += size;
}

/* Two figures a byte; what is between them is passed over. At most `max` bytes. */
static void put_hex(struct node *n, struct words w, UINTN max)
{
	uint32_t figures = 0;
	uint8_t v = 0;

	for (; w.at < w.end && max; w.at++) {
		if (figure_of(*w.at) > 15)
			continue;
		v = (uint8_t)(v << 4 | figure_of(*w.at));
		if (++figures % 2 == 0) {
			n->bytes[n->n++] = v;
			max--;
		}
	}
}

/* Appendix A: the first three numbers are little-endian. */
static void put_guid(struct node *n, struct words w)
{
	static const uint8_t order[] = { 3, 2, 1, 0, 5, 4, 7, 6 };
	struct node g = { (uint8_t[16]){ 0 }, 0 };

	put_hex(&g, w, 16);
	for (UINTN i = 0; i < 16; i++)
		n->bytes[n->n++] = g.bytes[i < 8 ? order[i] : i];
}

static void parse_numbers(const struct kind *k, struct words *w, struct node *n)
{
	for (const char *s = k->sizes; *s; s++)
		put(n, number_of(next_word(w)), (uint32_t)(*s - '0'));
}

static void parse_pci(const struct kind *k, struct words *w, struct node *n)
{
	uint64_t device = number_of(next_word(w));

	put(n, number_of(next_word(w)), 1);
	put(n, device, 1);
}

/* PNP and four figures, or the number itself (10.6.1.3). */
static void parse_acpi(const struct kind *k, struct words *w, struct node *n)
{
	struct words hid = next_word(w), head = { hid.at, hid.at + 3 };
	struct node id = { (uint8_t[2]){ 0 }, 0 };

	if (hid.end - hid.at == 7 && is_word(head, "PNP")) {
		put_hex(&id, (struct words){ hid.at + 3, hid.end }, 2);
		put(n, (uint64_t)id.bytes[0] << 24 | id.bytes[1] << 16 | 0x41d0, 4);
	} else {
		put(n, number_of(hid), 4);
	}
	put(n, number_of(next_word(w)), 4);
}

static void parse_vendor(const struct kind *k, struct words *w, struct node *n)
{
	put_guid(n, next_word(w));
	put_hex(n, next_word(w), UINT16_MAX);
}

/* 10.3.4.9: the identifier's bytes, the last one first in the text. */
static void parse_nvme(const struct kind *k, struct words *w, struct node *n)
{
	struct node id = { (uint8_t[8]){ 0 }, 0 };

	put(n, number_of(next_word(w)), 4);
	put_hex(&id, next_word(w), 8);
	for (UINTN i = 8; i-- > 0;)
		n->bytes[n->n++] = id.bytes[i];
}

static void parse_harddrive(const struct kind *k, struct words *w, struct node *n)
{
	uint64_t number = number_of(next_word(w));
	bool is_gpt = is_word(next_word(w), "GPT");
	struct words signature = next_word(w);

	put(n, number, 4);
	put(n, number_of(next_word(w)), 8);
	put(n, number_of(next_word(w)), 8);
	if (is_gpt) {
		put_guid(n, signature);
	} else {
		put(n, number_of(signature), 8);
		put(n, 0, 8);
	}
	put(n, is_gpt ? 2 : 1, 1); /* of the table, and of the signature: the same numbers */
	put(n, is_gpt ? 2 : 1, 1);
}

static void parse_path(const struct kind *k, struct words *w, struct node *n)
{
	n->bytes[0] = (uint8_t)number_of(next_word(w));
	n->bytes[1] = (uint8_t)number_of(next_word(w));
	put_hex(n, next_word(w), UINT16_MAX);
}

static const struct kind kinds[] = {
	{ "Pci", EFI_DP_HARDWARE, EFI_DP_HW_PCI, parse_pci, NULL },
	{ "MemoryMapped", EFI_DP_HARDWARE, EFI_DP_HW_MEMORY, parse_numbers, "488" },
	{ "VenHw", EFI_DP_HARDWARE, EFI_DP_HW_VENDOR, parse_vendor, NULL },
	{ "Acpi", EFI_DP_ACPI, EFI_DP_ACPI_HID, parse_acpi, NULL },
	{ "Scsi", EFI_DP_MESSAGING, EFI_DP_MSG_SCSI, parse_numbers, "22" },
	{ "Sata", EFI_DP_MESSAGING, EFI_DP_MSG_SATA, parse_numbers, "222" },
	{ "VenMsg", EFI_DP_MESSAGING, EFI_DP_MSG_VENDOR, parse_vendor, NULL },
	{ "NVMe", EFI_DP_MESSAGING, EFI_DP_MSG_NVME, parse_nvme, NULL },
	{ "HD", EFI_DP_MEDIA, EFI_DP_MEDIA_HARDDRIVE, parse_harddrive, NULL },
	{ "CDROM", EFI_DP_MEDIA, EFI_DP_MEDIA_CDROM, parse_numbers, "488" },
	{ "VenMedia", EFI_DP_MEDIA, EFI_DP_MEDIA_VENDOR, parse_vendor, NULL },
	{ "Path", 0, 0, parse_path, NULL },
};

static void parse_file(struct words text, struct node *n)
{
	n->bytes[0] = EFI_DP_MEDIA;
	n->bytes[1] = EFI_DP_MEDIA_FILEPATH;
	for (; text.at < text.end; text.at++)
		put(n, *text.at, 2);
	put(n, 0, 2);
}

/* The names that path_text.c has for identifiers of ACPI, and for whole types. */
static bool parse_shared(struct words name, struct words *inner, struct node *n)
{
	for (const struct efi_acpi_name *k = efi_acpi_names; k->name; k++) {
		if (!is_word(name, k->name))
			continue;
		n->bytes[0] = EFI_DP_ACPI;
		n->bytes[1] = EFI_DP_ACPI_HID;
		put(n, k->hid, 4);
		put(n, number_of(next_word(inner)), 4);
		return true;
	}
	for (const struct efi_type_name *k = efi_type_names; k->name; k++) {
		if (!is_word(name, k->name))
			continue;
		n->bytes[0] = k->type;
		n->bytes[1] = (uint8_t)number_of(next_word(inner));
		put_hex(n, next_word(inner), UINT16_MAX);
		return true;
	}
	return false;
}

static void parse_known(struct words text, struct node *n)
{
	struct words name = { text.at, text.at }, inner;

	while (name.end < text.end && *name.end != '(')
		name.end++;
	inner = (struct words){ name.end + 1, text.end - 1 };
	for (UINTN i = 0; name.end < text.end && i < CAIRN_ARRAY_LEN(kinds); i++) {
		if (!is_word(name, kinds[i].name))
			continue;
		n->bytes[0] = kinds[i].type;
		n->bytes[1] = kinds[i].sub_type;
		kinds[i].parse(&kinds[i], &inner, n);
		return;
	}
	if (name.end == text.end || !parse_shared(name, &inner, n))
		parse_file(text, n);
}

/* One node in pool memory without an end; NULL: too long, or no memory. */
static EFI_DEVICE_PATH_PROTOCOL *parse_node(struct words text)
{
	struct node n = { NULL, sizeof(EFI_DEVICE_PATH_PROTOCOL) };
	UINTN units = (UINTN)(text.end - text.at);

	if (units < UINT16_MAX / sizeof(CHAR16) - 64)
		n.bytes = efi_new((units + 64) * sizeof(CHAR16)); /* 64: the largest fixed node */
	if (!n.bytes)
		return NULL;
	parse_known(text, &n);
	cairn_le_store(n.bytes + 2, 2, n.n);
	return (EFI_DEVICE_PATH_PROTOCOL *)n.bytes;
}

/* Up to a slash or comma that is in no parentheses, at which *text is then. */
static struct words next_node(const CHAR16 **text)
{
	struct words w = { *text, *text };
	UINTN depth = 0;

	for (; *w.end && (depth || (*w.end != '/' && *w.end != ',')); w.end++) {
		if (*w.end == '(')
			depth++;
		else if (*w.end == ')' && depth)
			depth--;
	}
	*text = w.end;
	return w;
}

static EFIAPI EFI_DEVICE_PATH_PROTOCOL *to_node(const CHAR16 *text)
{
	return text && *text ? parse_node(next_node(&text)) : NULL;
}

/* Frees the path that it appends to. */
static EFI_DEVICE_PATH_PROTOCOL *append(EFI_DEVICE_PATH_PROTOCOL *path,
					const EFI_DEVICE_PATH_PROTOCOL *node)
{
	EFI_DEVICE_PATH_PROTOCOL *longer =
	    node && efi_path_size(path) + efi_node_len(node) <= EFI_PATH_MAX
		? efi_path_append(path, node, efi_node_len(node))
		: NULL;

	(void)efi_pool_free(path);
	return longer;
}

static EFIAPI EFI_DEVICE_PATH_PROTOCOL *to_path(const CHAR16 *text)
{
	static const EFI_DEVICE_PATH_PROTOCOL next = { EFI_DP_END, EFI_DP_END_INSTANCE, { 4, 0 } };
	EFI_DEVICE_PATH_PROTOCOL *path, *node;

	if (!text || !*text)
		return NULL;
	path = efi_path_join(NULL, 0, NULL);
	while (path && *text) {
		if (*text == ',')
			path = append(path, &next);
		if (*text == '/' || *text == ',') {
			text++;
			continue;
		}
		node = parse_node(next_node(&text));
		path = append(path, node);
		(void)efi_pool_free(node);
	}
	return path;
}

static EFI_DEVICE_PATH_FROM_TEXT_PROTOCOL from_text = { to_node, to_path };

EFI_STATUS efi_path_parse_init(EFI_HANDLE *handle)
{
	return efi_install(handle, &efi_guid_path_from_text, &from_text);
}
