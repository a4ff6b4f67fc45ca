/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The File protocol (UEFI 2.10, 13.5) over FAT: opening, reading, writing. */
#include "file.h"

#define POSITION_END UINT64_MAX

EFI_STATUS efi_file_status(int ret)
{
	switch (-ret) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return EFI_NOT_FOUND;
	case EACCES:
	case ENOTEMPTY:
	case EEXIST:
		return EFI_ACCESS_DENIED;
	case EISDIR:
		return EFI_UNSUPPORTED;
	case EFBIG:
		return EFI_VOLUME_FULL;
	default:
		return efi_status_of(ret);
	}
}

static const EFI_FILE_PROTOCOL methods;

static EFI_STATUS file_new(struct efi_volume *v, struct efi_file **ret)
{
	struct efi_file *f = efi_new(sizeof(*f));

	if (!f)
		return EFI_OUT_OF_RESOURCES;
	f->protocol = methods;
	f->volume = v;
	*ret = f;
	return EFI_SUCCESS;
}

EFI_STATUS efi_file_root(struct efi_volume *v, EFI_FILE_PROTOCOL **ret_root)
{
	struct efi_file *f;
	EFI_STATUS status = file_new(v, &f);

	if (EFI_ERROR(status))
		return status;
	cairn_fat_root(&v->fat, &f->fat);
	f->dir = f->fat;
	*ret_root = &f->protocol;
	return EFI_SUCCESS;
}

/* The directory that a path's last name lies in. The path is cut there for a moment. */
static int open_parent(const struct efi_file *from, char *path, struct cairn_fat_file *ret)
{
	size_t at = 0, cut = 0;
	char kept;
	int r;

	for (; path[at]; at++)
		if ((path[at] == '\\' || path[at] == '/') && path[at + 1])
			cut = at + 1;
	kept = path[cut];
	path[cut] = 0;
	r = cairn_fat_open(&from->fat, path, ret);
	path[cut] = kept;
	return r;
}

static EFI_STATUS open_existing(const struct efi_file *from, char *path, uint64_t mode,
				struct efi_file *f)
{
	int r = cairn_fat_open(&from->fat, path, &f->fat);

	if (r < 0)
		return efi_file_status(r);
	if (!(mode & EFI_FILE_MODE_WRITE))
		return EFI_SUCCESS;
	if (f->volume->fat.is_readonly)
		return EFI_WRITE_PROTECTED;
	if ((f->fat.info.attr & CAIRN_FAT_READONLY) && !efi_file_is_dir(f))
		return EFI_ACCESS_DENIED;
	return efi_file_status(open_parent(from, path, &f->dir));
}

static EFI_STATUS open_or_create(const struct efi_file *from, char *path, uint64_t mode,
				 uint64_t attributes, struct efi_file *f)
{
	EFI_STATUS status = open_existing(from, path, mode, f);
	int r;

	if (status != EFI_NOT_FOUND || !(mode & EFI_FILE_MODE_CREATE))
		return status;
	if (f->volume->fat.is_readonly)
		return EFI_WRITE_PROTECTED;
	efi_volume_set_now(f->volume);
	r = cairn_fat_create(&from->fat, path, (uint8_t)attributes, &f->fat);
	if (r == -ENAMETOOLONG)
		return EFI_INVALID_PARAMETER; /* not for want of the file */
	if (r == 0)
		r = open_parent(from, path, &f->dir);
	return efi_file_status(r);
}

static bool is_mode_valid(uint64_t mode, uint64_t attributes)
{
	switch (mode) {
	case EFI_FILE_MODE_READ:
	case EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE:
		return true;
	case EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE:
		return (attributes & ~EFI_FILE_VALID_ATTR) == 0;
	default:
		return false;
	}
}

static EFIAPI EFI_STATUS file_open(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret_file,
				   const CHAR16 *name, uint64_t mode, uint64_t attributes)
{
	struct efi_file *from = efi_file_of(this), *f;
	EFI_STATUS status;
	char *path;

	if (!ret_file || !name || !is_mode_valid(mode, attributes))
		return EFI_INVALID_PARAMETER;
	path = efi_to_utf8(name);
	if (!path)
		return EFI_OUT_OF_RESOURCES;
	status = file_new(from->volume, &f);
	if (!EFI_ERROR(status)) {
		f->is_writable = mode & EFI_FILE_MODE_WRITE;
		status = open_or_create(from, path, mode, attributes, f);
		if (EFI_ERROR(status))
			(void)efi_pool_free(f);
		else
			*ret_file = &f->protocol;
	}
	(void)efi_pool_free(path);
	return status;
}

static EFIAPI EFI_STATUS file_close(EFI_FILE_PROTOCOL *this)
{
	struct efi_file *f = efi_file_of(this);

	if (f->is_writable && cairn_fat_flush(&f->volume->fat) < 0)
		f->is_writable = false; /* closing does not fail (13.5.3) */
	(void)efi_pool_free(f);
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS file_delete(EFI_FILE_PROTOCOL *this)
{
	struct efi_file *f = efi_file_of(this);
	bool is_gone = f->is_writable && cairn_fat_delete(&f->fat) == 0;

	(void)file_close(this);
	return is_gone ? EFI_SUCCESS : EFI_WARN_DELETE_FAILURE;
}

static EFI_STATUS read_entry(struct efi_file *f, UINTN *size, void *buffer)
{
	struct cairn_fat_cursor before = f->cursor;
	struct cairn_fat_file *entry = efi_new(sizeof(*entry));
	EFI_STATUS status;
	int r;

	if (!entry)
		return EFI_OUT_OF_RESOURCES;
	r = cairn_fat_next(&f->fat, &f->cursor, entry);
	if (r > 0) {
		status = efi_file_info(&entry->info, f->volume->fat.cluster_bytes, size, buffer);
		if (EFI_ERROR(status))
			f->cursor = before;
	} else {
		status = efi_file_status(r);
		if (r == 0)
			*size = 0;
	}
	(void)efi_pool_free(entry);
	return status;
}

static EFIAPI EFI_STATUS file_read(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer)
{
	struct efi_file *f = efi_file_of(this);
	size_t got;
	int r;

	if (!size || (*size && !buffer))
		return EFI_INVALID_PARAMETER;
	if (efi_file_is_dir(f))
		return read_entry(f, size, buffer);
	r = cairn_fat_refresh(&f->fat);
	if (r < 0 || f->position > f->fat.info.size_bytes)
		return EFI_DEVICE_ERROR; /* 13.5.5: of a deleted file, and behind the end */
	r = cairn_fat_read(&f->fat, f->position, buffer, *size, &got);
	if (r < 0)
		return efi_file_status(r);
	f->position += got;
	*size = got;
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS file_write(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer)
{
	struct efi_file *f = efi_file_of(this);
	int r;

	if (!size || (*size && !buffer))
		return EFI_INVALID_PARAMETER;
	if (efi_file_is_dir(f))
		return EFI_UNSUPPORTED;
	if (!f->is_writable)
		return EFI_ACCESS_DENIED;
	efi_volume_set_now(f->volume);
	r = cairn_fat_write(&f->fat, f->position, buffer, *size);
	if (r < 0) {
		*size = 0;
		return r == -ENOENT ? EFI_DEVICE_ERROR : efi_file_status(r);
	}
	f->position += *size;
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS file_get_position(EFI_FILE_PROTOCOL *this, uint64_t *position)
{
	struct efi_file *f = efi_file_of(this);

	if (!position)
		return EFI_INVALID_PARAMETER;
	if (efi_file_is_dir(f))
		return EFI_UNSUPPORTED;
	*position = f->position;
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS file_set_position(EFI_FILE_PROTOCOL *this, uint64_t position)
{
	struct efi_file *f = efi_file_of(this);

	if (efi_file_is_dir(f)) {
		if (position)
			return EFI_UNSUPPORTED;
		f->cursor = (struct cairn_fat_cursor){ 0 };
		return EFI_SUCCESS;
	}
	if (cairn_fat_refresh(&f->fat) < 0)
		return EFI_DEVICE_ERROR;
	f->position = position == POSITION_END ? f->fat.info.size_bytes : position;
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS file_flush(EFI_FILE_PROTOCOL *this)
{
	struct efi_file *f = efi_file_of(this);

	if (!f->is_writable)
		return EFI_ACCESS_DENIED;
	return efi_file_status(cairn_fat_flush(&f->volume->fat));
}

static const EFI_FILE_PROTOCOL methods = {
	.Revision = EFI_FILE_REVISION,
	.Open = file_open,
	.Close = file_close,
	.Delete = file_delete,
	.Read = file_read,
	.Write = file_write,
	.GetPosition = file_get_position,
	.SetPosition = file_set_position,
	.GetInfo = efi_file_get_info,
	.SetInfo = efi_file_set_info,
	.Flush = file_flush,
};
