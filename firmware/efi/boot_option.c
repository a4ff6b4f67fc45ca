/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Boot options: Boot#### (UEFI 2.10, 3.1.3) and what their device paths mean
 * (3.1.2, 3.5.1, 10.3.5). They are written by operating systems; every length in them is checked.
 */
#include <cairn/le.h>
#include <cairn/utf.h>

#include "boot.h"
#include "disk.h"

enum { HEAD_BYTES = 6, ACTIVE = 0x1, CATEGORY = 0x1f00 /* 0: for booting */ };

struct load_option { /* checked; the rest points into data */
	uint8_t *data;
	uint32_t attributes;
	CHAR16 *description; /* terminated */
	UINTN units;
	EFI_DEVICE_PATH_PROTOCOL *path;
	const uint8_t *own;
	UINTN own_bytes;
};

static void variable_name(uint16_t number, CHAR16 ret[9])
{
	static const char digits[] = "0123456789ABCDEF";

	memcpy(ret, u"Boot####", 9 * sizeof(*ret));
	for (uint32_t i = 0; i < 4; i++)
		ret[4 + i] = (CHAR16)digits[number >> (12 - 4 * i) & 15];
}

/* The nodes are whole within `bytes`, up to an end. */
static bool is_path_whole(efi_path *path, UINTN bytes)
{
	for (UINTN at = 0; bytes - at >= sizeof(*path);) {
		efi_path *node = (efi_path *)((const uint8_t *)path + at);
		UINTN len = efi_node_len(node);

		if (len < sizeof(*node) || len > bytes - at)
			return false;
		if (efi_node_is_end(node))
			return at > 0;
		at += len;
	}
	return false;
}

static int parse(struct load_option *o, UINTN bytes, struct cairn_err *err)
{
	UINTN at = HEAD_BYTES, path_bytes;

	if (bytes < HEAD_BYTES)
		return cairn_err_set(err, EPROTO, "a boot option that is too short", bytes);
	o->attributes = (uint32_t)cairn_le_load(o->data, 4);
	path_bytes = (UINTN)cairn_le_load(o->data + 4, 2);
	o->description = (CHAR16 *)(void *)(o->data + at);
	while (bytes - at >= sizeof(CHAR16) && o->description[o->units]) {
		o->units++;
		at += sizeof(CHAR16);
	}
	if (bytes - at < sizeof(CHAR16))
		return cairn_err_set(err, EPROTO, "a boot option without an end of its name", at);
	at += sizeof(CHAR16);
	o->path = (EFI_DEVICE_PATH_PROTOCOL *)(void *)(o->data + at);
	if (path_bytes > bytes - at || !is_path_whole(o->path, path_bytes))
		return cairn_err_set(err, EPROTO, "a boot option with a broken device path", at);
	o->own = o->data + at + path_bytes;
	o->own_bytes = bytes - at - path_bytes;
	return 0;
}

/* Then efi_pool_free(ret->data) follows. */
static int read(uint16_t number, struct load_option *ret, struct cairn_err *err)
{
	CHAR16 name[9];
	UINTN bytes = 0;
	int r;

	variable_name(number, name);
	*ret = (struct load_option){ .data = efi_boot_variable(name, &efi_guid_global_variable,
							       &bytes) };
	if (!ret->data)
		return cairn_err_set(err, ENOENT, "no such boot option", number);
	r = parse(ret, bytes, err);
	if (r < 0)
		(void)efi_pool_free(ret->data);
	return r;
}

int fw_efi_option(uint16_t number, struct fw_efi_option *ret, struct cairn_err *err)
{
	struct load_option o;
	int r = read(number, &o, err);

	if (r < 0)
		return r;
	ret->number = number;
	ret->is_active = (o.attributes & ACTIVE) && !(o.attributes & CATEGORY);
	(void)cairn_utf8_of_units(o.description, o.units, ret->description,
				  sizeof(ret->description));
	(void)efi_pool_free(o.data);
	return 0;
}

static UINTN nodes_bytes(efi_path *path)
{
	return efi_path_size(path) - sizeof(*path);
}

/*
 * The path, made whole, if it leads to a file of d, or to d itself or the disk that it is a part
 * of: then to the program that removable media have. NULL: it does not, or no memory.
 */
static EFI_DEVICE_PATH_PROTOCOL *path_on(const struct efi_disk *d, efi_path *path)
{
	UINTN own = nodes_bytes(d->path), n = nodes_bytes(path);
	EFI_DEVICE_PATH_PROTOCOL *whole;
	efi_path *rest;
	CHAR16 *name;

	if (efi_node_is_same_partition(path, efi_path_last(d->path)))
		rest = efi_node_next(path);
	else if (efi_node_is(path, EFI_DP_MEDIA, EFI_DP_MEDIA_FILEPATH))
		rest = path;
	else if (n >= own && memcmp(path, d->path, own) == 0)
		rest = (efi_path *)((const uint8_t *)path + own);
	else if (n < own && memcmp(path, d->path, n) == 0)
		rest = (efi_path *)((const uint8_t *)path + n);
	else
		return NULL;
	if (!efi_node_is_end(rest))
		return efi_path_join(d->path, own, rest);
	name = efi_utf8_to_pool(fw_efi_default_path());
	whole = name ? efi_path_append_file(d->path, name) : NULL;
	(void)efi_pool_free(name);
	return whole;
}

/* Of several that it may mean, the first that can be loaded. */
static EFI_STATUS load(EFI_DEVICE_PATH_PROTOCOL *path, EFI_HANDLE *ret_image)
{
	EFI_STATUS status = EFI_NOT_FOUND, last;
	bool is_on_disk = false;

	efi_list_each(l, &efi_disks)
	{
		struct efi_disk *d = cairn_container_of(l, struct efi_disk, link);
		EFI_DEVICE_PATH_PROTOCOL *whole = d->volume || d->ext4 ? path_on(d, path) : NULL;

		if (!whole)
			continue;
		is_on_disk = true;
		last = efi_boot_load(whole, ret_image);
		(void)efi_pool_free(whole);
		if (!EFI_ERROR(last))
			return last;
		if (last != EFI_NOT_FOUND)
			status = last;
	}
	return is_on_disk ? status : efi_boot_load(path, ret_image);
}

int fw_efi_option_start(uint16_t number, uint64_t *ret_status, struct cairn_err *err)
{
	struct load_option o;
	EFI_HANDLE image = NULL;
	EFI_STATUS status;
	int r = read(number, &o, err);

	if (r < 0)
		return r;
	status = load(o.path, &image);
	if (!EFI_ERROR(status)) {
		efi_boot_current(&number);
		status = efi_boot_run(image, o.own, o.own_bytes, NULL, ret_status);
		efi_boot_current(NULL);
	}
	(void)efi_pool_free(o.data);
	return efi_boot_error(status, err);
}
