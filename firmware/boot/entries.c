/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "entries.h"

#include <cairn/loader_pe.h>
#include <fw/native.h>

#include "../drivers/pages.h"

static const char *const folders[] = { "\\loader\\entries", "\\EFI\\Linux" };

const char *fw_entry_folder(const struct fw_entry *e)
{
	return folders[e->is_uki];
}

static size_t length(const char *name)
{
	size_t n = 0;

	while (name[n])
		n++;
	return n;
}

void fw_entry_free(struct fw_entry *e)
{
	fw_pages_give_(e, e->bytes);
}

static int entry_new(const struct fw_efi_volume *v, const char *file, uint64_t text_bytes,
		     struct fw_entry **ret)
{
	uint64_t bytes = sizeof(**ret) + text_bytes;
	void *pages;
	int r = fw_pages_take_(bytes, &pages);

	if (r < 0)
		return r;
	*ret = pages;
	memset(*ret, 0, sizeof(**ret));
	(*ret)->volume = *v;
	(*ret)->bytes = bytes;
	memcpy((*ret)->file, file, length(file) + 1);
	return 0;
}

static int read_type1(const struct fw_efi_volume *v, const char *name, struct fw_fs_file *f,
		      struct fw_entry **ret)
{
	struct cairn_image image = fw_fs_image(f);
	struct fw_entry *e;
	uint32_t len;
	int r;

	if (f->bytes > CAIRN_BLS_FILE_BYTES_MAX)
		return -ENOTSUP;
	r = entry_new(v, name, f->bytes, &e);
	if (r < 0)
		return r;
	r = cairn_bls_read(&image, e->text, f->bytes, &len, NULL);
	if (r == 0)
		r = cairn_bls_entry_parse(e->file, length(e->file), e->text, len, &e->bls, NULL);
	if (r < 0)
		fw_entry_free(e);
	else
		*ret = e;
	return r;
}

/* Its bytes go behind the others of the entry's text. */
static int read_section(const struct cairn_image *image, const struct cairn_pe_section *s,
			struct fw_entry *e, uint32_t *at, struct cairn_bls_text *ret)
{
	int r = s ? image->read_at(image->ctx, s->file_off, e->text + *at, s->file_bytes) : 0;

	if (r < 0 || !s)
		return r;
	*ret = (struct cairn_bls_text){ e->text + *at, s->file_bytes };
	*at += s->file_bytes;
	return 0;
}

/* Every unified kernel has ".linux"; other programs may lie in the folder as well. */
static int read_type2(const struct fw_efi_volume *v, const char *name, struct fw_fs_file *f,
		      struct fw_entry **ret)
{
	static const char *const names[] = { ".osrel", ".cmdline", ".uname" };
	static struct cairn_pe pe; /* large */
	const struct cairn_pe_section *s[CAIRN_ARRAY_LEN(names)];
	struct cairn_bls_text text[CAIRN_ARRAY_LEN(names)] = { { "", 0 }, { "", 0 }, { "", 0 } };
	struct cairn_image image = fw_fs_image(f);
	uint32_t bytes = 0, at = 0;
	struct fw_entry *e;
	int r = cairn_loader_pe_parse(&image, &pe, NULL);

	if (r < 0)
		return r;
	if (pe.machine != FW_NATIVE_PE || !cairn_loader_pe_section(&pe, ".linux"))
		return -ENOTSUP;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(names); i++) {
		s[i] = cairn_loader_pe_section(&pe, names[i]);
		if (s[i] && s[i]->file_bytes > CAIRN_BLS_FILE_BYTES_MAX)
			return -ENOTSUP;
		bytes += s[i] ? s[i]->file_bytes : 0;
	}
	r = entry_new(v, name, bytes, &e);
	if (r < 0)
		return r;
	e->is_uki = true;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(names) && r == 0; i++)
		r = read_section(&image, s[i], e, &at, &text[i]);
	if (r == 0)
		r = cairn_bls_uki_parse(e->file, length(e->file), text[0], text[1], text[2],
					&e->bls, NULL);
	if (r < 0)
		fw_entry_free(e);
	else
		*ret = e;
	return r;
}

/* Where it stands in the order; equal ones as they were found. A full list loses its last. */
static void insert(struct fw_entries *e, struct fw_entry *entry)
{
	uint32_t at;

	if (e->n == FW_ENTRIES_MAX) {
		struct fw_entry *last = e->v[e->n - 1];

		e->n_left_out++;
		if (cairn_bls_entry_compare(&entry->bls, &last->bls) >= 0) {
			fw_entry_free(entry);
			return;
		}
		fw_entry_free(last);
		e->n--;
	}
	at = e->n++;
	for (; at > 0 && cairn_bls_entry_compare(&entry->bls, &e->v[at - 1]->bls) < 0; at--)
		e->v[at] = e->v[at - 1];
	e->v[at] = entry;
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = length(name), m = length(end);

	if (n <= m)
		return false;
	for (size_t i = 0; i < m; i++) {
		char c = name[n - m + i];

		if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != end[i])
			return false;
	}
	return true;
}

static int read_one(const struct fw_efi_volume *v, const char *folder, const char *name,
		    bool is_uki, struct fw_entry **ret)
{
	static struct fw_fs_file f; /* large */
	char path[FW_FS_PATH_MAX];
	int r = fw_fs_join(folder, name, path);

	if (r == 0)
		r = fw_fs_open(v, path, &f);
	if (r < 0)
		return r;
	return is_uki ? read_type2(v, name, &f, ret) : read_type1(v, name, &f, ret);
}

static void add_folder(struct fw_entries *e, const struct fw_efi_volume *v, bool is_uki)
{
	static struct fw_fs_file dir; /* large */
	static char name[FW_FS_NAME_MAX];
	struct fw_fs_cursor at = { 0 };
	struct fw_entry *entry;

	if (fw_fs_open(v, folders[is_uki], &dir) < 0)
		return;
	for (uint32_t i = 0; i < FW_ENTRIES_FILES_MAX; i++) {
		if (fw_fs_next(&dir, &at, name) <= 0)
			return;
		if (!ends_in(name, is_uki ? ".efi" : ".conf"))
			continue;
		if (read_one(v, folders[is_uki], name, is_uki, &entry) == 0)
			insert(e, entry);
		else
			e->n_left_out++;
	}
	e->n_left_out++;
}

void fw_entries_add(struct fw_entries *e, const struct fw_efi_volume *volume)
{
	add_folder(e, volume, false);
	add_folder(e, volume, true);
}

void fw_entries_default(struct fw_entries *e, struct cairn_bls_text pattern)
{
	struct fw_entry *entry;
	uint32_t at = 0;

	while (at < e->n && !cairn_bls_is_default(pattern, &e->v[at]->bls))
		at++;
	if (at == e->n)
		return;
	entry = e->v[at];
	memmove(e->v + 1, e->v, at * sizeof(e->v[0]));
	e->v[0] = entry;
}

bool fw_entry_is_named(const struct fw_entry *e, const char *id)
{
	size_t n = length(id), own = e->bls.name.id.n;

	if (n < own || memcmp(id, e->bls.name.id.s, own) != 0)
		return false;
	return n == own || (ends_in(id, ".conf") && n == own + 5) ||
	       (ends_in(id, ".efi") && n == own + 4);
}
