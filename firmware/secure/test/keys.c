/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "keys.h"

#include <cairn/le.h>
#include <fw/secure.h>
#include <stdio.h>
#include <stdlib.h>

#include "arch_test.h"

enum { OWNER_BYTES = 16, LIST_BYTES = 28 };

static void put(struct keys *k, const void *bytes, size_t n)
{
	if (n > sizeof(k->bytes) - k->n)
		abort();
	memcpy(k->bytes + k->n, bytes, n);
	k->n += n;
}

void keys_list(struct keys *k, uint32_t kind, const void *data, size_t n)
{
	uint8_t head[LIST_BYTES + OWNER_BYTES] = { 0 };
	size_t guids_bytes;
	const uint8_t *guids = fw_secure_kinds(&guids_bytes);

	memcpy(head, guids + (size_t)16 * kind, 16);
	cairn_le_store(head + 16, 4, sizeof(head) + n);
	cairn_le_store(head + 24, 4, OWNER_BYTES + n);
	put(k, head, sizeof(head));
	put(k, data, n);
}

void keys_member(struct keys *k, const char *name, const struct keys *lists)
{
	char head[111];
	size_t name_bytes = strlen(name) + 1;

	snprintf(head, sizeof(head), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		 0u, 0100644u, 0u, 0u, 1u, 0u, (uint32_t)lists->n, 0u, 0u, 0u, 0u,
		 (uint32_t)name_bytes, 0u);
	put(k, head, sizeof(head) - 1);
	put(k, name, name_bytes);
	put(k, "\0\0\0", -k->n % 4);
	put(k, lists->bytes, lists->n);
	put(k, "\0\0\0", -k->n % 4);
}

void keys_end(struct keys *k)
{
	keys_member(k, "TRAILER!!!", &(struct keys){ .n = 0 });
}

void keys_hand_over(const struct keys *k)
{
	fw_platform.initrd.at = (uintptr_t)k->bytes;
	fw_platform.initrd.len = k->n;
	test_view_at = (uintptr_t)k->bytes;
	test_view_len = k->n;
}
