/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Device paths (UEFI 2.10, 10): walked with bounds, for a caller's may be malformed. */
#include "core.h"

static const EFI_DEVICE_PATH_PROTOCOL end_node = { EFI_DP_END, EFI_DP_END_ENTIRE, { 4, 0 } };

UINTN efi_path_size(efi_path *path)
{
	efi_path *node = path;
	UINTN size = 0;

	for (;;) {
		UINTN len = efi_node_len(node);

		if (len < sizeof(*node) || size + len > EFI_PATH_MAX)
			return 0;
		size += len;
		if (efi_node_is_end(node))
			return size;
		node = efi_node_next(node);
	}
}

efi_path *efi_path_last(efi_path *path)
{
	efi_path *last = path;

	for (; !efi_node_is_end(path); path = efi_node_next(path))
		last = path;
	return last;
}

bool efi_node_is_same_partition(efi_path *a, efi_path *b)
{
	enum { NUMBER = 4, SIGNATURE = 24, BYTES = 42 };
	const uint8_t *p = (const uint8_t *)a, *q = (const uint8_t *)b;

	return efi_node_is(a, EFI_DP_MEDIA, EFI_DP_MEDIA_HARDDRIVE) &&
	       efi_node_is(b, EFI_DP_MEDIA, EFI_DP_MEDIA_HARDDRIVE) && efi_node_len(a) == BYTES &&
	       efi_node_len(b) == BYTES && memcmp(p + SIGNATURE, q + SIGNATURE, 18) == 0 &&
	       memcmp(p + NUMBER, q + NUMBER, 4) == 0;
}

EFI_DEVICE_PATH_PROTOCOL *efi_path_join(efi_path *first, UINTN n, efi_path *second)
{
	UINTN tail = second ? efi_path_size(second) : sizeof(end_node);
	uint8_t *p = tail ? efi_pool_alloc(EfiBootServicesData, n + tail) : NULL;

	if (!p)
		return NULL;
	if (n)
		memcpy(p, first, n);
	memcpy(p + n, second ? second : &end_node, tail);
	return (EFI_DEVICE_PATH_PROTOCOL *)p;
}

EFI_DEVICE_PATH_PROTOCOL *efi_path_copy(efi_path *path)
{
	return efi_path_join(path, 0, path);
}

EFI_DEVICE_PATH_PROTOCOL *efi_path_append(efi_path *parent, const void *node, UINTN len)
{
	UINTN head = parent ? efi_path_size(parent) - sizeof(end_node) : 0;
	uint8_t *p = efi_pool_alloc(EfiBootServicesData, head + len + sizeof(end_node));

	if (!p)
		return NULL;
	if (head)
		memcpy(p, parent, head);
	memcpy(p + head, node, len);
	memcpy(p + head + len, &end_node, sizeof(end_node));
	return (EFI_DEVICE_PATH_PROTOCOL *)p;
}

EFI_DEVICE_PATH_PROTOCOL *efi_path_append_file(efi_path *parent, const CHAR16 *name)
{
	UINTN bytes = (efi_strlen(name) + 1) * sizeof(*name), len = 4 + bytes;
	uint8_t *node = efi_new(len);
	EFI_DEVICE_PATH_PROTOCOL *p;

	if (!node || len > UINT16_MAX) {
		(void)efi_pool_free(node);
		return NULL;
	}
	node[0] = EFI_DP_MEDIA;
	node[1] = EFI_DP_MEDIA_FILEPATH;
	node[2] = (uint8_t)len;
	node[3] = (uint8_t)(len >> 8);
	memcpy(node + 4, name, bytes);
	p = efi_path_append(parent, node, len);
	(void)efi_pool_free(node);
	return p;
}
