/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "help.h"

const char *const forms[] = {
	"-F 12 -C img 2048",
	"-F 12 -S 4096 -s 1 -C img 4096",
	"-F 12 -f 1 -s 1 -C img 1440",
	"-F 16 -s 1 -C img 8192",
	"-F 16 -S 1024 -s 1 -C img 16384",
	"-F 32 -s 1 -C img 34816",
	"-F 32 -S 4096 -s 1 -C img 16384",
	"-F 32 -S 2048 -s 2 -C img 16384",
};
const size_t n_forms = CAIRN_ARRAY_LEN(forms);

void need_tools(void)
{
	if (cairn_rig_has("mkfs.vfat") && cairn_rig_has("mcopy"))
		return;
	printf("no mkfs.vfat or mtools here (Debian packages dosfstools, mtools)\n");
	skip();
}

struct cairn_fat_disk vol_disk(struct vol *v)
{
	return (struct cairn_fat_disk){ .read_at = cairn_rig_disk_read_at,
					.write_at = cairn_rig_disk_write_at,
					.flush = cairn_rig_disk_flush,
					.size_bytes = v->disk.len_bytes,
					.ctx = &v->disk };
}

void vol_mount(struct vol *v)
{
	static const struct cairn_civil now = { .year = 2024, .month = 2, .day = 29, .hour = 12 };
	struct cairn_fat_disk d = vol_disk(v);
	struct cairn_err err = { 0 };

	if (cairn_fat_mount(&d, &v->fat, &err) < 0)
		fail_msg("%s", err.what);
	cairn_fat_set_now(&v->fat, &now);
	cairn_fat_root(&v->fat, &v->root);
}

void vol_make(struct vol *v, const char *form, const char *script)
{
	char all[4096];

	need_tools();
	assert_int_equal(cairn_rig_dir_init(&v->dir), 0);
	snprintf(all, sizeof(all), "mkfs.vfat -n CAIRN -i 12345678 %s\n%s", form, script);
	assert_int_equal(cairn_rig_run(&v->dir, all), 0);
	assert_int_equal(cairn_rig_disk_load(&v->disk, &v->dir, "img"), 0);
	vol_mount(v);
}

void vol_fini(struct vol *v)
{
	cairn_rig_disk_fini(&v->disk);
	cairn_rig_dir_fini(&v->dir);
}

int fsck(struct vol *v)
{
	assert_int_equal(cairn_rig_disk_store(&v->disk, &v->dir, "img"), 0);
	return cairn_rig_run(&v->dir, "fsck.vfat -n img");
}

void expect_clean(struct vol *v)
{
	assert_int_equal(cairn_fat_flush(&v->fat), 0);
	if (fsck(v) != 0) {
		char log[64];

		snprintf(log, sizeof(log), "cat %s/log", v->dir.path);
		fail_msg("fsck.vfat finds faults (%d)", system(log));
	}
}

void expect_mtools(struct vol *v, const char *path, const uint8_t *bytes, size_t len)
{
	struct cairn_rig_disk copy = { 0 };
	char script[2048];

	assert_int_equal(cairn_rig_disk_store(&v->disk, &v->dir, "img"), 0);
	snprintf(script, sizeof(script), "mcopy -n -o -i img '::%s' copy", path);
	assert_int_equal(cairn_rig_run(&v->dir, script), 0);
	assert_int_equal(cairn_rig_disk_load(&copy, &v->dir, "copy"), 0);
	assert_int_equal(copy.len_bytes, len);
	assert_memory_equal(copy.bytes, bytes, len);
	cairn_rig_disk_fini(&copy);
}

struct cairn_fat_file open_file(struct vol *v, const char *path)
{
	struct cairn_fat_file f = { 0 };

	assert_int_equal(cairn_fat_open(&v->root, path, &f), 0);
	return f;
}

void expect_bytes(struct vol *v, const char *path, const uint8_t *bytes, size_t len)
{
	struct cairn_fat_file f = open_file(v, path);
	uint8_t *got = malloc(len + 1);
	size_t n = 0;

	assert_non_null(got);
	assert_int_equal(f.info.size_bytes, len);
	assert_int_equal(cairn_fat_read(&f, 0, got, len + 1, &n), 0);
	assert_int_equal(n, len);
	assert_memory_equal(got, bytes, len);
	free(got);
}

void fill(uint8_t *bytes, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)((i * 2654435761u + seed) >> 11 ^ i);
}

void put_file(struct vol *v, const char *path, const uint8_t *bytes, size_t len)
{
	struct cairn_fat_file f;

	assert_int_equal(cairn_fat_create(&v->root, path, 0, &f), 0);
	assert_int_equal(cairn_fat_write(&f, 0, bytes, len), 0);
}
