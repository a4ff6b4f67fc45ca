/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What is known of files and volumes, read and changed (UEFI 2.10, 13.5.13 to 13.5.18). */
#include <cairn/utf.h>

#include "file.h"

static EFI_TIME time_of(const struct cairn_civil *t)
{
	return (EFI_TIME){ .Year = (uint16_t)t->year,
			   .Month = (uint8_t)t->month,
			   .Day = (uint8_t)t->day,
			   .Hour = (uint8_t)t->hour,
			   .Minute = (uint8_t)t->minute,
			   .Second = (uint8_t)t->second,
			   .TimeZone = EFI_UNSPECIFIED_TIMEZONE };
}

static struct cairn_civil civil_of(const EFI_TIME *t)
{
	return (struct cairn_civil){ .year = t->Year,
				     .month = t->Month,
				     .day = t->Day,
				     .hour = t->Hour,
				     .minute = t->Minute,
				     .second = t->Second };
}

/* Bytes of the text with its NUL. */
static UINTN text_bytes(const char *s, CHAR16 *units, UINTN cap)
{
	return (efi_from_utf8(units, cap, s) + 1) * sizeof(*units);
}

EFI_STATUS efi_file_info(const struct cairn_fat_info *info, uint32_t cluster_bytes, UINTN *size,
			 void *buffer)
{
	CHAR16 name[CAIRN_FAT_NAME_UNITS + 1];
	UINTN name_bytes = text_bytes(info->name, name, CAIRN_ARRAY_LEN(name));
	UINTN need = offsetof(EFI_FILE_INFO, FileName) + name_bytes, room = *size;
	uint64_t clusters = (info->size_bytes + (uint64_t)cluster_bytes - 1) / cluster_bytes;
	EFI_FILE_INFO i = { .Size = need,
			    .FileSize = info->size_bytes,
			    .PhysicalSize = clusters * cluster_bytes,
			    .CreateTime = time_of(&info->created),
			    .LastAccessTime = time_of(&info->accessed),
			    .ModificationTime = time_of(&info->modified),
			    .Attribute = info->attr & EFI_FILE_VALID_ATTR };

	*size = need;
	if (room < need)
		return EFI_BUFFER_TOO_SMALL;
	if (!buffer)
		return EFI_INVALID_PARAMETER;
	memcpy(buffer, &i, offsetof(EFI_FILE_INFO, FileName));
	memcpy((uint8_t *)buffer + offsetof(EFI_FILE_INFO, FileName), name, name_bytes);
	return EFI_SUCCESS;
}

static EFI_STATUS volume_info(struct efi_volume *v, UINTN *size, void *buffer)
{
	CHAR16 label[CAIRN_ARRAY_LEN(v->fat.label) + 1];
	UINTN label_bytes = text_bytes(v->fat.label, label, CAIRN_ARRAY_LEN(label));
	UINTN need = offsetof(EFI_FILE_SYSTEM_INFO, VolumeLabel) + label_bytes, room = *size;
	EFI_FILE_SYSTEM_INFO i = { .Size = need, .ReadOnly = v->fat.is_readonly };
	uint32_t n_free;

	*size = need;
	if (room < need)
		return EFI_BUFFER_TOO_SMALL;
	if (!buffer)
		return EFI_INVALID_PARAMETER;
	if (cairn_fat_free_clusters(&v->fat, &n_free) < 0)
		return EFI_DEVICE_ERROR;
	i.VolumeSize = (uint64_t)v->fat.n_clusters * v->fat.cluster_bytes;
	i.FreeSpace = (uint64_t)n_free * v->fat.cluster_bytes;
	i.BlockSize = v->fat.cluster_bytes;
	memcpy(buffer, &i, offsetof(EFI_FILE_SYSTEM_INFO, VolumeLabel));
	memcpy((uint8_t *)buffer + offsetof(EFI_FILE_SYSTEM_INFO, VolumeLabel), label, label_bytes);
	return EFI_SUCCESS;
}

static EFI_STATUS volume_label(const struct efi_volume *v, UINTN *size, void *buffer)
{
	CHAR16 label[CAIRN_ARRAY_LEN(v->fat.label) + 1];
	UINTN need = text_bytes(v->fat.label, label, CAIRN_ARRAY_LEN(label)), room = *size;

	*size = need;
	if (room < need)
		return EFI_BUFFER_TOO_SMALL;
	if (!buffer)
		return EFI_INVALID_PARAMETER;
	memcpy(buffer, label, need);
	return EFI_SUCCESS;
}

EFIAPI EFI_STATUS efi_file_get_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN *size,
				    void *buffer)
{
	struct efi_file *f = efi_file_of(this);

	if (!type || !size)
		return EFI_INVALID_PARAMETER;
	if (efi_guid_equal(type, &efi_guid_file_info)) {
		int r = cairn_fat_refresh(&f->fat);

		if (r < 0)
			return EFI_DEVICE_ERROR;
		return efi_file_info(&f->fat.info, f->volume->fat.cluster_bytes, size, buffer);
	}
	if (efi_guid_equal(type, &efi_guid_file_system_info))
		return volume_info(f->volume, size, buffer);
	if (efi_guid_equal(type, &efi_guid_volume_label))
		return volume_label(f->volume, size, buffer);
	return EFI_UNSUPPORTED;
}

char *efi_to_utf8(const CHAR16 *s)
{
	UINTN n = efi_strlen(s);
	char *p = efi_pool_alloc(EfiBootServicesData, CAIRN_UTF8_ROOM(n));

	if (p)
		(void)cairn_utf8_of_units(s, n, p, CAIRN_UTF8_ROOM(n));
	return p;
}

/* 13.5.16: a name of its own directory, or a path from the root. */
static EFI_STATUS rename_to(struct efi_file *f, const CHAR16 *name)
{
	char *path = efi_to_utf8(name);
	int r;

	if (!path)
		return EFI_OUT_OF_RESOURCES;
	r = cairn_fat_rename(&f->fat, &f->dir, path);
	(void)efi_pool_free(path);
	return efi_file_status(r);
}

static bool is_renamed(const struct efi_file *f, const CHAR16 *name)
{
	CHAR16 own[CAIRN_FAT_NAME_UNITS + 1];
	UINTN bytes = text_bytes(f->fat.info.name, own, CAIRN_ARRAY_LEN(own));

	return (efi_strlen(name) + 1) * sizeof(*name) != bytes || memcmp(own, name, bytes) != 0;
}

static bool has_time(const EFI_TIME *t)
{
	return t->Year || t->Month || t->Day;
}

static EFI_STATUS set_rest(struct efi_file *f, const EFI_FILE_INFO *i)
{
	struct cairn_fat_info info = f->fat.info;

	info.attr = (uint8_t)i->Attribute;
	if (has_time(&i->CreateTime))
		info.created = civil_of(&i->CreateTime);
	if (has_time(&i->LastAccessTime))
		info.accessed = civil_of(&i->LastAccessTime);
	if (has_time(&i->ModificationTime))
		info.modified = civil_of(&i->ModificationTime);
	return efi_file_status(cairn_fat_set_info(&f->fat, &info));
}

static bool is_time_kept(const EFI_TIME *t, const struct cairn_civil *now)
{
	EFI_TIME old = time_of(now);

	return !has_time(t) || memcmp(t, &old, offsetof(EFI_TIME, Pad1)) == 0;
}

/* 13.5.14: a file opened to be read may get other attributes, and nothing else. */
static bool is_only_attribute(const struct efi_file *f, const EFI_FILE_INFO *i, bool is_resized)
{
	const struct cairn_fat_info *now = &f->fat.info;

	return !is_resized && !is_renamed(f, i->FileName) &&
	       is_time_kept(&i->CreateTime, &now->created) &&
	       is_time_kept(&i->LastAccessTime, &now->accessed) &&
	       is_time_kept(&i->ModificationTime, &now->modified);
}

static EFI_STATUS check_info(const struct efi_file *f, const EFI_FILE_INFO *i, bool is_resized)
{
	if (i->Attribute & ~EFI_FILE_VALID_ATTR)
		return EFI_INVALID_PARAMETER;
	if (f->volume->fat.is_readonly)
		return EFI_WRITE_PROTECTED;
	if (!(i->Attribute & EFI_FILE_DIRECTORY) != !efi_file_is_dir(f) ||
	    (is_resized && efi_file_is_dir(f)))
		return EFI_ACCESS_DENIED;
	if (!f->is_writable && !is_only_attribute(f, i, is_resized))
		return EFI_ACCESS_DENIED;
	return EFI_SUCCESS;
}

static EFI_STATUS set_file_info(struct efi_file *f, const EFI_FILE_INFO *i)
{
	bool is_resized = i->FileSize != f->fat.info.size_bytes;
	EFI_STATUS status = check_info(f, i, is_resized);

	if (EFI_ERROR(status))
		return status;
	efi_volume_set_now(f->volume);
	if (is_renamed(f, i->FileName))
		status = rename_to(f, i->FileName);
	if (!EFI_ERROR(status) && is_resized)
		status = efi_file_status(cairn_fat_truncate(&f->fat, i->FileSize));
	return EFI_ERROR(status) ? status : set_rest(f, i);
}

/* The text that begins at `at` of a buffer, which need not end. */
static EFI_STATUS set_label(struct efi_volume *v, const void *buffer, UINTN size, UINTN at)
{
	CHAR16 label[CAIRN_ARRAY_LEN(v->fat.label)] = { 0 };
	UINTN n = size > at ? size - at : 0;
	char *text;
	int r;

	if (n > sizeof(label) - sizeof(*label)) /* more than any may have */
		n = sizeof(label) - sizeof(*label);
	memcpy(label, (const uint8_t *)buffer + at, n);
	text = efi_to_utf8(label);
	if (!text)
		return EFI_OUT_OF_RESOURCES;
	efi_volume_set_now(v);
	r = cairn_fat_set_label(&v->fat, text);
	(void)efi_pool_free(text);
	return efi_file_status(r);
}

/* 13.5.14: of what is known of a volume its label alone may be set. */
static EFI_STATUS set_volume(struct efi_volume *v, bool is_label, const void *buffer, UINTN size)
{
	UINTN at = is_label ? 0 : offsetof(EFI_FILE_SYSTEM_INFO, VolumeLabel);

	if (size < at + sizeof(CHAR16))
		return EFI_BAD_BUFFER_SIZE;
	return set_label(v, buffer, size, at);
}

/* Copied first: the caller's has any alignment, and its name need not end. */
EFIAPI EFI_STATUS efi_file_set_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN size,
				    void *buffer)
{
	struct efi_file *f = efi_file_of(this);
	EFI_FILE_INFO *i;
	EFI_STATUS status;

	if (!type || !buffer)
		return EFI_INVALID_PARAMETER;
	if (efi_guid_equal(type, &efi_guid_volume_label))
		return set_volume(f->volume, true, buffer, size);
	if (efi_guid_equal(type, &efi_guid_file_system_info))
		return set_volume(f->volume, false, buffer, size);
	if (!efi_guid_equal(type, &efi_guid_file_info))
		return EFI_UNSUPPORTED;
	if (size < sizeof(*i) + sizeof(CHAR16) || size > UINT16_MAX)
		return EFI_BAD_BUFFER_SIZE;
	i = efi_new(size + sizeof(CHAR16));
	if (!i)
		return EFI_OUT_OF_RESOURCES;
	memcpy(i, buffer, size);
	status = i->Size <= size && cairn_fat_refresh(&f->fat) == 0 ? set_file_info(f, i)
								    : EFI_BAD_BUFFER_SIZE;
	(void)efi_pool_free(i);
	return status;
}
