/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* list.h - the entries of signature lists, one after the other (UEFI 2.10, 32.4.1). */
#ifndef CAIRN_AUTHENTICODE_LIST_H
#define CAIRN_AUTHENTICODE_LIST_H

#include "x509.h"

enum cairn_entry_kind { ENTRY_CERTIFICATE, ENTRY_IMAGE_HASH, ENTRY_CERTIFICATE_HASH };

struct cairn_entry {
	enum cairn_entry_kind kind;
	enum cairn_hash_kind hash;
	struct cairn_der data; /* the certificate, or the hash alone */
	struct cairn_authenticode_entry whole;
};

struct cairn_list_walk {
	struct cairn_der rest, current; /* lists to come; entries of this one */
	const uint8_t *head;            /* of this one */
	uint32_t entry_bytes;
	struct cairn_entry entry;
};

CAIRN_RESIDENT_INLINE struct cairn_list_walk cairn_authenticode_walk_(
    const struct cairn_authenticode_list *list)
{
	return (struct cairn_list_walk){ .rest = { list->bytes, list->n } };
}

/*
 * w->entry becomes the next one. Returns 1; 0: there is none; -EPROTO; -ENOTSUP: of a kind that is
 * not known. After a failure w is at the list that it is about.
 */
CAIRN_MUST_USE int cairn_authenticode_next_(struct cairn_list_walk *w);

#endif
