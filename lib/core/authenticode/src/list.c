/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "list.h"

#include <cairn/le.h>

enum {
	GUID_BYTES = 16,
	OWNER_BYTES = 16, /* EFI_SIGNATURE_DATA, before its data */
	TIME_BYTES = 16,  /* behind the hash of a certificate: when it was revoked */
};

struct list_wire { /* EFI_SIGNATURE_LIST */
	uint8_t kind[GUID_BYTES];
	cairn_le32 list_bytes, header_bytes, entry_bytes;
};
CAIRN_STATIC_ASSERT(sizeof(struct list_wire) == 28, "UEFI 2.10, 32.4.1");

static const uint8_t guids[][GUID_BYTES] CAIRN_RESIDENT_DATA = {
	{ 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0,
	  0x72 },
	{ 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43,
	  0x28 },
	{ 0x07, 0x53, 0x3e, 0xff, 0xd0, 0x9f, 0xc9, 0x48, 0x85, 0xf1, 0x8a, 0xd5, 0x6c, 0x70, 0x1e,
	  0x01 },
	{ 0xae, 0x0f, 0x3e, 0x09, 0xc4, 0xa6, 0x50, 0x4f, 0x9f, 0x1b, 0xd4, 0x1e, 0x2b, 0x89, 0xc1,
	  0x9a },
	{ 0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03,
	  0xed },
	{ 0x6e, 0x87, 0x76, 0x70, 0xc2, 0x80, 0xe6, 0x4e, 0xaa, 0xd2, 0x28, 0xb3, 0x49, 0xa6, 0x86,
	  0x5b },
	{ 0x63, 0xbf, 0x6d, 0x44, 0x02, 0x25, 0xda, 0x4c, 0xbc, 0xfa, 0x24, 0x65, 0xd2, 0xb0, 0xfe,
	  0x9d },
};

static const struct {
	enum cairn_entry_kind kind;
	enum cairn_hash_kind hash;
} kinds[] CAIRN_RESIDENT_DATA = {
	{ ENTRY_CERTIFICATE, CAIRN_SHA256 }, /* EFI_CERT_X509_GUID: the hash means nothing */
	{ ENTRY_IMAGE_HASH, CAIRN_SHA256 },       { ENTRY_IMAGE_HASH, CAIRN_SHA384 },
	{ ENTRY_IMAGE_HASH, CAIRN_SHA512 },       { ENTRY_CERTIFICATE_HASH, CAIRN_SHA256 },
	{ ENTRY_CERTIFICATE_HASH, CAIRN_SHA384 }, { ENTRY_CERTIFICATE_HASH, CAIRN_SHA512 },
};
CAIRN_STATIC_ASSERT(CAIRN_ARRAY_LEN(kinds) == CAIRN_ARRAY_LEN(guids), "each has its GUID");

CAIRN_RESIDENT const void *cairn_authenticode_kinds(size_t *ret_n)
{
	*ret_n = sizeof(guids);
	return guids;
}

CAIRN_RESIDENT static int find_kind(const uint8_t *guid, struct cairn_entry *ret)
{
	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(kinds); i++) {
		if (memcmp(guids[i], guid, GUID_BYTES) != 0)
			continue;
		ret->kind = kinds[i].kind;
		ret->hash = kinds[i].hash;
		return 0;
	}
	return -ENOTSUP;
}

CAIRN_RESIDENT static bool is_entry_size_right(const struct cairn_entry *e, uint32_t bytes)
{
	if (e->kind == ENTRY_CERTIFICATE)
		return bytes > OWNER_BYTES;
	return bytes == OWNER_BYTES + cairn_hash_size(e->hash) +
			    (e->kind == ENTRY_CERTIFICATE_HASH ? TIME_BYTES : 0u);
}

CAIRN_RESIDENT static int next_list(struct cairn_list_walk *w)
{
	const uint8_t *p = w->rest.p;
	struct list_wire head;
	uint32_t list_bytes, entry_bytes;

	if (w->rest.n < sizeof(head))
		return -EPROTO;
	memcpy(&head, p, sizeof(head));
	list_bytes = cairn_le32_get(head.list_bytes);
	entry_bytes = cairn_le32_get(head.entry_bytes);
	if (list_bytes < sizeof(head) || list_bytes > w->rest.n)
		return -EPROTO;
	if (find_kind(head.kind, &w->entry) < 0)
		return -ENOTSUP;
	if (cairn_le32_get(head.header_bytes) != 0 ||
	    !is_entry_size_right(&w->entry, entry_bytes) ||
	    (list_bytes - sizeof(head)) % entry_bytes != 0)
		return -EPROTO;
	w->head = p;
	w->entry_bytes = entry_bytes;
	w->current = (struct cairn_der){ p + sizeof(head), list_bytes - sizeof(head) };
	w->rest = (struct cairn_der){ p + list_bytes, w->rest.n - list_bytes };
	return 0;
}

CAIRN_RESIDENT int cairn_authenticode_next_(struct cairn_list_walk *w)
{
	while (w->current.n == 0) {
		int r = w->rest.n ? next_list(w) : 1;

		if (r != 0)
			return r > 0 ? 0 : r;
	}
	w->entry.whole = (struct cairn_authenticode_entry){ w->current.p, w->entry_bytes };
	w->entry.data.p = w->current.p + OWNER_BYTES;
	w->entry.data.n = w->entry.kind == ENTRY_CERTIFICATE ? w->entry_bytes - OWNER_BYTES
							     : cairn_hash_size(w->entry.hash);
	w->current.p += w->entry_bytes;
	w->current.n -= w->entry_bytes;
	return 1;
}

static const char no_certificate[] CAIRN_RESIDENT_DATA = "a certificate that is none";
static const char malformed[] CAIRN_RESIDENT_DATA = "a malformed list of signatures";
static const char unknown[] CAIRN_RESIDENT_DATA = "a list of signatures of an unknown kind";

CAIRN_RESIDENT int cairn_authenticode_list_check(const struct cairn_authenticode_list *list,
						 struct cairn_err *err)
{
	struct cairn_list_walk w = cairn_authenticode_walk_(list);
	struct cairn_x509 c;
	int r;

	do {
		r = cairn_authenticode_next_(&w);
		if (r > 0 && w.entry.kind == ENTRY_CERTIFICATE &&
		    !cairn_authenticode_x509_(w.entry.data, &c))
			return cairn_err_set(err, EPROTO, no_certificate,
					     (uint64_t)(w.entry.data.p - list->bytes));
	} while (r > 0);
	if (r == -EPROTO)
		return cairn_err_set(err, EPROTO, malformed, list->n - w.rest.n);
	if (r == -ENOTSUP)
		return cairn_err_set(err, ENOTSUP, unknown, list->n - w.rest.n);
	return 0;
}

CAIRN_RESIDENT bool cairn_authenticode_list_is_certificate(
    const struct cairn_authenticode_list *list)
{
	struct cairn_list_walk w = cairn_authenticode_walk_(list);

	return cairn_authenticode_next_(&w) > 0 && w.entry.kind == ENTRY_CERTIFICATE &&
	       w.current.n == 0 && w.rest.n == 0;
}

/* Whether the lists have the entry that `wanted` is at. */
CAIRN_RESIDENT static bool have(const uint8_t *lists, size_t n,
				const struct cairn_list_walk *wanted)
{
	const struct cairn_authenticode_list list = { lists, n };
	struct cairn_list_walk w = cairn_authenticode_walk_(&list);

	while (cairn_authenticode_next_(&w) > 0)
		if (w.entry_bytes == wanted->entry_bytes &&
		    memcmp(w.head, wanted->head, GUID_BYTES) == 0 &&
		    memcmp(w.entry.whole.bytes, wanted->entry.whole.bytes, w.entry_bytes) == 0)
			return true;
	return false;
}

CAIRN_RESIDENT size_t cairn_authenticode_list_append(uint8_t *lists, size_t n,
						     const struct cairn_authenticode_list *more)
{
	struct cairn_list_walk w = cairn_authenticode_walk_(more);
	const uint8_t *from = NULL; /* the list whose entries come to `at` */
	size_t at = n, bytes = 0;

	while (cairn_authenticode_next_(&w) > 0) {
		struct list_wire head;

		if (w.head != from) {
			from = w.head;
			at += bytes;
			bytes = 0;
		}
		if (have(lists, at + bytes, &w))
			continue;
		bytes = bytes ? bytes : sizeof(head);
		memcpy(lists + at + bytes, w.entry.whole.bytes, w.entry_bytes);
		bytes += w.entry_bytes;
		memcpy(&head, from, sizeof(head));
		head.list_bytes = cairn_le32_of((uint32_t)bytes);
		memcpy(lists + at, &head, sizeof(head));
	}
	return at + bytes - n;
}
