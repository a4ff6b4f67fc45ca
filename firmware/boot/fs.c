/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "fs.h"

#include <cairn/civil.h>
#include <fw/clock.h>
#include <fw/console.h>

static int open_fat(const struct fw_efi_volume *v, const char *path, struct fw_fs_file *ret)
{
	int r;

	cairn_fat_root(v->fat, &ret->fat);
	r = cairn_fat_open(&ret->fat, path, &ret->fat);
	if (r < 0)
		return r;
	ret->is_fat = true;
	ret->is_dir = ret->fat.info.attr & CAIRN_FAT_DIRECTORY;
	ret->bytes = ret->fat.info.size_bytes;
	return 0;
}

static int open_ext4(const struct fw_efi_volume *v, const char *path, struct fw_fs_file *ret)
{
	char slashed[FW_FS_PATH_MAX];
	size_t n = 0;
	int r = cairn_ext4_root(v->ext4, &ret->ext4);

	for (; path[n]; n++) {
		if (n == sizeof(slashed) - 1)
			return -ENAMETOOLONG;
		slashed[n] = path[n] == '\\' ? '/' : path[n];
	}
	slashed[n] = '\0';
	if (r == 0)
		r = cairn_ext4_open(&ret->ext4, slashed, &ret->ext4);
	if (r < 0)
		return r;
	ret->is_fat = false;
	ret->is_dir = ret->ext4.type == CAIRN_EXT4_DIRECTORY;
	ret->bytes = ret->is_dir ? 0 : ret->ext4.size_bytes;
	return 0;
}

int fw_fs_open(const struct fw_efi_volume *v, const char *path, struct fw_fs_file *ret)
{
	if (v->fat)
		return open_fat(v, path, ret);
	return v->ext4 ? open_ext4(v, path, ret) : -ENODEV;
}

int fw_fs_next(struct fw_fs_file *dir, struct fw_fs_cursor *at, char ret_name[FW_FS_NAME_MAX])
{
	static struct cairn_fat_file f; /* large */
	struct cairn_ext4_entry e;
	int r;

	if (dir->is_fat) {
		r = cairn_fat_next(&dir->fat, &at->fat, &f);
		if (r > 0)
			memcpy(ret_name, f.info.name, FW_FS_NAME_MAX);
		return r;
	}
	r = cairn_ext4_next(&dir->ext4, &at->ext4, &e);
	if (r > 0)
		memcpy(ret_name, e.name, sizeof(e.name));
	return r;
}
CAIRN_STATIC_ASSERT(CAIRN_EXT4_NAME_BYTES <= FW_FS_NAME_MAX, "either's name fits");

struct cairn_image fw_fs_image(struct fw_fs_file *f)
{
	return f->is_fat ? cairn_fat_image(&f->fat) : cairn_ext4_image(&f->ext4);
}

int fw_fs_join(const char *dir, const char *name, char path[FW_FS_PATH_MAX])
{
	size_t n = fw_format(path, FW_FS_PATH_MAX, "%s\\%s", dir, name);

	return n < FW_FS_PATH_MAX - 1 ? 0 : -ENAMETOOLONG;
}

int fw_fs_rename(const struct fw_efi_volume *v, const char *dir, const char *from, const char *to)
{
	static struct cairn_fat_file f, root; /* large */
	char path[FW_FS_PATH_MAX];
	struct cairn_civil now = { 0 };
	int64_t seconds;
	int r;

	if (!v->fat || v->fat->is_readonly)
		return -EROFS;
	if (fw_rtc_get(&seconds) == 0 && seconds > 0)
		cairn_civil_of(seconds, &now);
	cairn_fat_set_now(v->fat, &now);
	cairn_fat_root(v->fat, &root);
	r = fw_fs_join(dir, from, path);
	if (r == 0)
		r = cairn_fat_open(&root, path, &f);
	if (r == 0)
		r = fw_fs_join(dir, to, path);
	if (r == 0)
		r = cairn_fat_rename(&f, &root, path);
	return r < 0 ? r : cairn_fat_flush(v->fat);
}
