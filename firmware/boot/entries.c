/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "entries.h"

#include <fw/platform.h>

#include "../drivers/pages.h"

#define FILES_MAX 1024u /* looked at in the folder of entries */

static int mount(struct fw_entries *e)
{
	const struct fw_efi_volume *v = e->volume;
	struct cairn_fat_disk disk;
	struct cairn_image image;

	fw_part_init(&e->part, v->disk, v->first_block, v->n_blocks);
	image = fw_part_image(&e->part);
	disk = (struct cairn_fat_disk){ .read_at = image.read_at,
					.size_bytes = image.size_bytes,
					.ctx = image.ctx };
	return cairn_fat_mount(&disk, &e->fat, NULL);
}

static size_t length(const char *name)
{
	size_t n = 0;

	while (name[n])
		n++;
	return n;
}

/* The file's text behind an entry of its own. Returns 0, -ENOMEM, or what cairn_bls_read() did. */
static int read_text(struct cairn_fat_file *f, struct fw_entry **ret, uint32_t *ret_len,
		     uint64_t *ret_bytes)
{
	struct cairn_image image = cairn_fat_image(f);
	uint64_t bytes = sizeof(struct fw_entry) + CAIRN_BLS_FILE_BYTES_MAX;
	void *pages;
	int r;

	if (image.size_bytes < CAIRN_BLS_FILE_BYTES_MAX)
		bytes = sizeof(struct fw_entry) + image.size_bytes;
	r = fw_pages_take_(bytes, &pages);
	if (r < 0)
		return r;
	*ret = pages;
	*ret_bytes = bytes;
	r = cairn_bls_read(&image, (*ret)->text, bytes - sizeof(struct fw_entry), ret_len, NULL);
	if (r < 0)
		fw_pages_give_(pages, bytes);
	return r;
}

/* Where it stands in the order of a menu; equal ones as they were found. */
static void insert(struct fw_entries *e, struct fw_entry *entry, uint64_t bytes)
{
	uint32_t at = e->n++;

	for (; at > 0 && cairn_bls_entry_compare(&entry->bls, &e->v[at - 1]->bls) < 0; at--) {
		e->v[at] = e->v[at - 1];
		e->bytes[at] = e->bytes[at - 1];
	}
	e->v[at] = entry;
	e->bytes[at] = bytes;
}

static int add(struct fw_entries *e, struct cairn_fat_file *f)
{
	struct fw_entry *entry;
	uint64_t bytes;
	uint32_t len;
	int r;

	if (e->n == FW_ENTRIES_MAX)
		return -ENOSPC;
	r = read_text(f, &entry, &len, &bytes);
	if (r < 0)
		return r;
	memcpy(entry->file, f->info.name, sizeof(entry->file));
	r = cairn_bls_entry_parse(entry->file, length(entry->file), entry->text, len, &entry->bls,
				  NULL);
	if (r < 0)
		fw_pages_give_(entry, bytes);
	else
		insert(e, entry, bytes);
	return r;
}

static bool is_conf(const char *name)
{
	size_t n = length(name);

	return n > 5 && name[n - 5] == '.' && (name[n - 4] | 0x20) == 'c' &&
	       (name[n - 3] | 0x20) == 'o' && (name[n - 2] | 0x20) == 'n' &&
	       (name[n - 1] | 0x20) == 'f';
}

static int add_all(struct fw_entries *e)
{
	static struct cairn_fat_file dir, f;
	struct cairn_fat_cursor at = { 0 };
	int r;

	cairn_fat_root(&e->fat, &dir);
	r = cairn_fat_open(&dir, "\\loader\\entries", &dir);
	for (uint32_t i = 0; r == 0 && i < FILES_MAX; i++) {
		if (cairn_fat_next(&dir, &at, &f) <= 0)
			break;
		if (is_conf(f.info.name) && add(e, &f) < 0)
			e->n_left_out++;
	}
	return e->n ? 0 : -ENOENT;
}

/* The first that the pattern means comes to the front. */
static void default_first(struct fw_entries *e, struct cairn_bls_text pattern)
{
	uint32_t at = 0;
	struct fw_entry *entry;
	uint64_t bytes;

	while (at < e->n && !cairn_bls_is_default(pattern, &e->v[at]->bls))
		at++;
	if (at == e->n)
		return;
	entry = e->v[at];
	bytes = e->bytes[at];
	memmove(e->v + 1, e->v, at * sizeof(e->v[0]));
	memmove(e->bytes + 1, e->bytes, at * sizeof(e->bytes[0]));
	e->v[0] = entry;
	e->bytes[0] = bytes;
}

static void apply_conf(struct fw_entries *e)
{
	static struct cairn_fat_file f;
	struct cairn_bls_conf conf;
	struct fw_entry *holder;
	uint64_t bytes;
	uint32_t len;

	cairn_fat_root(&e->fat, &f);
	if (cairn_fat_open(&f, "\\loader\\loader.conf", &f) < 0 ||
	    read_text(&f, &holder, &len, &bytes) < 0)
		return;
	if (cairn_bls_conf_parse(holder->text, len, &conf, NULL) == 0)
		default_first(e, conf.default_glob);
	fw_pages_give_(holder, bytes);
}

int fw_entries_open(const struct fw_efi_volume *volume, struct fw_entries *ret)
{
	ret->volume = volume;
	ret->n = 0;
	ret->n_left_out = 0;
	if (mount(ret) < 0 || add_all(ret) < 0)
		return -ENOENT;
	apply_conf(ret);
	return 0;
}

void fw_entries_close(struct fw_entries *e)
{
	for (uint32_t i = 0; i < e->n; i++)
		fw_pages_give_(e->v[i], e->bytes[i]);
	e->n = 0;
}
