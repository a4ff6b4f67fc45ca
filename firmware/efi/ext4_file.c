/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * SimpleFileSystem and the File protocol (UEFI 2.10, 13.4 and 13.5) over ext4, for reading alone:
 * what lies on an extended boot partition.
 */
#include "file.h"

struct ext4_file {
	EFI_FILE_PROTOCOL protocol;
	struct cairn_ext4_file ext4;
	struct cairn_ext4_cursor cursor;
	uint64_t position;
	char name[CAIRN_EXT4_NAME_BYTES];
};

static const EFI_FILE_PROTOCOL methods;

static struct ext4_file *of(EFI_FILE_PROTOCOL *this)
{
	return cairn_container_of(this, struct ext4_file, protocol);
}

static bool is_dir(const struct cairn_ext4_file *f)
{
	return f->type == CAIRN_EXT4_DIRECTORY;
}

/* What follows the last separator; what does not fit is not shown. */
static void set_name(struct ext4_file *f, const char *path)
{
	size_t from = 0, n = 0;

	for (size_t i = 0; path[i]; i++)
		if (path[i] == '/')
			from = i + 1;
	while (path[from + n] && n < sizeof(f->name) - 1) {
		f->name[n] = path[from + n];
		n++;
	}
	f->name[n] = '\0';
}

static EFIAPI EFI_STATUS file_open(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret_file,
				   const CHAR16 *name, uint64_t mode, uint64_t attributes)
{
	struct ext4_file *f;
	char *path;
	int r;

	if (!ret_file || !name)
		return EFI_INVALID_PARAMETER;
	if (mode != EFI_FILE_MODE_READ)
		return EFI_WRITE_PROTECTED;
	path = efi_to_utf8(name);
	f = path ? efi_new(sizeof(*f)) : NULL;
	if (!f) {
		(void)efi_pool_free(path);
		return EFI_OUT_OF_RESOURCES;
	}
	for (char *c = path; *c; c++)
		if (*c == '\\')
			*c = '/';
	f->protocol = methods;
	set_name(f, path);
	r = cairn_ext4_open(&of(this)->ext4, path, &f->ext4);
	(void)efi_pool_free(path);
	if (r < 0 || f->ext4.type == CAIRN_EXT4_OTHER) {
		(void)efi_pool_free(f);
		return r < 0 ? efi_file_status(r) : EFI_UNSUPPORTED;
	}
	*ret_file = &f->protocol;
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS file_close(EFI_FILE_PROTOCOL *this)
{
	(void)efi_pool_free(of(this));
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS file_delete(EFI_FILE_PROTOCOL *this)
{
	(void)file_close(this);
	return EFI_WARN_DELETE_FAILURE;
}

/* FAT's form of it, whose sizes are shorter. */
static EFI_STATUS info_of(const struct cairn_ext4_file *f, const char *name, UINTN *size,
			  void *buffer)
{
	struct cairn_fat_info info = { .attr = CAIRN_FAT_READONLY };
	uint64_t bytes = is_dir(f) ? 0 : f->size_bytes, block = f->fs->block_bytes;
	EFI_STATUS status;

	for (size_t i = 0; name[i]; i++)
		info.name[i] = name[i];
	if (is_dir(f))
		info.attr |= CAIRN_FAT_DIRECTORY;
	if (f->modified_s > 0)
		cairn_civil_of(f->modified_s, &info.modified);
	info.created = info.accessed = info.modified;
	status = efi_file_info(&info, f->fs->block_bytes, size, buffer);
	if (!EFI_ERROR(status)) {
		EFI_FILE_INFO head;

		memcpy(&head, buffer, offsetof(EFI_FILE_INFO, FileName));
		head.FileSize = bytes;
		head.PhysicalSize = bytes / block * block + (bytes % block ? block : 0);
		memcpy(buffer, &head, offsetof(EFI_FILE_INFO, FileName));
	}
	return status;
}

static EFI_STATUS read_entry(struct ext4_file *f, UINTN *size, void *buffer)
{
	struct cairn_ext4_cursor before = f->cursor;
	struct cairn_ext4_entry entry;
	struct cairn_ext4_file file;
	EFI_STATUS status;
	int r = cairn_ext4_next(&f->ext4, &f->cursor, &entry);

	if (r == 0)
		*size = 0;
	if (r <= 0)
		return efi_file_status(r);
	r = cairn_ext4_open_inode(f->ext4.fs, entry.inode, &file);
	status = r < 0 ? efi_file_status(r) : info_of(&file, entry.name, size, buffer);
	if (status == EFI_BUFFER_TOO_SMALL)
		f->cursor = before;
	return status;
}

static EFIAPI EFI_STATUS file_read(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer)
{
	struct ext4_file *f = of(this);
	size_t got;
	int r;

	if (!size || (*size && !buffer))
		return EFI_INVALID_PARAMETER;
	if (is_dir(&f->ext4))
		return read_entry(f, size, buffer);
	if (f->position > f->ext4.size_bytes)
		return EFI_DEVICE_ERROR; /* 13.5.5 */
	r = cairn_ext4_read(&f->ext4, f->position, buffer, *size, &got);
	if (r < 0)
		return efi_file_status(r);
	f->position += got;
	*size = got;
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS file_write(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer)
{
	return EFI_WRITE_PROTECTED;
}

static EFIAPI EFI_STATUS file_get_position(EFI_FILE_PROTOCOL *this, uint64_t *position)
{
	if (!position)
		return EFI_INVALID_PARAMETER;
	if (is_dir(&of(this)->ext4))
		return EFI_UNSUPPORTED;
	*position = of(this)->position;
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS file_set_position(EFI_FILE_PROTOCOL *this, uint64_t position)
{
	struct ext4_file *f = of(this);

	if (is_dir(&f->ext4)) {
		if (position)
			return EFI_UNSUPPORTED;
		f->cursor = (struct cairn_ext4_cursor){ 0 };
		return EFI_SUCCESS;
	}
	f->position = position == UINT64_MAX ? f->ext4.size_bytes : position;
	return EFI_SUCCESS;
}

static EFI_STATUS volume_info(const struct cairn_ext4 *fs, UINTN *size, void *buffer)
{
	EFI_FILE_SYSTEM_INFO i = { .ReadOnly = true, .BlockSize = fs->block_bytes };
	const CHAR16 no_label = 0;
	UINTN head = offsetof(EFI_FILE_SYSTEM_INFO, VolumeLabel), room = *size;

	*size = i.Size = head + sizeof(no_label);
	if (room < *size)
		return EFI_BUFFER_TOO_SMALL;
	if (!buffer)
		return EFI_INVALID_PARAMETER;
	i.VolumeSize = fs->n_blocks * fs->block_bytes;
	memcpy(buffer, &i, head);
	memcpy((uint8_t *)buffer + head, &no_label, sizeof(no_label));
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS file_get_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN *size,
				       void *buffer)
{
	struct ext4_file *f = of(this);

	if (!type || !size)
		return EFI_INVALID_PARAMETER;
	if (efi_guid_equal(type, &efi_guid_file_info))
		return info_of(&f->ext4, f->name, size, buffer);
	if (efi_guid_equal(type, &efi_guid_file_system_info))
		return volume_info(f->ext4.fs, size, buffer);
	return EFI_UNSUPPORTED;
}

static EFIAPI EFI_STATUS file_set_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN size,
				       void *buffer)
{
	return EFI_WRITE_PROTECTED;
}

static EFIAPI EFI_STATUS file_flush(EFI_FILE_PROTOCOL *this)
{
	return EFI_SUCCESS;
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
	.GetInfo = file_get_info,
	.SetInfo = file_set_info,
	.Flush = file_flush,
};

static EFIAPI EFI_STATUS open_volume(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *this,
				     EFI_FILE_PROTOCOL **root)
{
	const struct efi_ext4_volume *v =
	    cairn_container_of(this, struct efi_ext4_volume, protocol);
	struct ext4_file *f;
	int r;

	if (!root)
		return EFI_INVALID_PARAMETER;
	f = efi_new(sizeof(*f));
	if (!f)
		return EFI_OUT_OF_RESOURCES;
	f->protocol = methods;
	r = cairn_ext4_root(&v->fs, &f->ext4);
	if (r < 0) {
		(void)efi_pool_free(f);
		return efi_file_status(r);
	}
	*root = &f->protocol;
	return EFI_SUCCESS;
}

EFI_STATUS efi_ext4_add(struct efi_disk *d)
{
	struct efi_ext4_volume *v = efi_new(sizeof(*v));
	struct cairn_image image;

	if (!v)
		return EFI_OUT_OF_RESOURCES;
	fw_part_init(&v->part, d->block, d->first, d->n);
	image = fw_part_image(&v->part);
	if (cairn_ext4_mount(&image, &v->fs, NULL) < 0) {
		(void)efi_pool_free(v);
		return EFI_SUCCESS;
	}
	v->protocol = (EFI_SIMPLE_FILE_SYSTEM_PROTOCOL){ .Revision = EFI_FILE_FS_REVISION,
							 .OpenVolume = open_volume };
	d->ext4 = v;
	return efi_install(&d->handle, &efi_guid_file_system, &v->protocol);
}
