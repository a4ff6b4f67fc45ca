/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* list.h - a ring of links with a head; what embeds a link finds itself by cairn_container_of(). */
#ifndef FW_EFI_LIST_H
#define FW_EFI_LIST_H

#include <cairn/env.h>

struct efi_link {
	struct efi_link *next, *prev;
};

#define EFI_LIST(head) struct efi_link head = { &(head), &(head) }

static inline void efi_list_init(struct efi_link *head)
{
	head->next = head->prev = head;
}

static inline bool efi_list_is_empty(const struct efi_link *head)
{
	return head->next == head;
}

static inline void efi_list_append(struct efi_link *head, struct efi_link *l)
{
	l->next = head;
	l->prev = head->prev;
	head->prev->next = l;
	head->prev = l;
}

/* The link is a ring of its own after: removing it again does nothing. */
static inline void efi_list_remove(struct efi_link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	efi_list_init(l);
}

#define efi_list_each(l, head) for (struct efi_link *l = (head)->next; l != (head); l = l->next)

/* The element in hand may be removed. */
#define efi_list_each_safe(l, head)                                                                \
	for (struct efi_link *l = (head)->next, *l##_next = l->next; l != (head);                  \
	     l = l##_next, l##_next = l->next)

#endif
