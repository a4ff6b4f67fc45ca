/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "candidates.h"

#include <fw/console.h>

#include "../drivers/pages.h"
#include "plain.h"

#define FOR_EVER      0xffffu /* of the variable Timeout */
#define UNKNOWN_SHOWN 4u /* partitions of which it is said that their file system is not known */

static struct fw_entries group; /* of one disk; large */

static bool is_whole(const struct fw_efi_volume *v)
{
	return v->first_block == 0 && v->n_blocks == v->disk->n_blocks;
}

void fw_volume_name(const struct fw_efi_volume *v, char *dst, size_t cap)
{
	if (is_whole(v))
		(void)fw_format(dst, cap, "%s", v->disk->name);
	else
		(void)fw_format(dst, cap, "%s, partition at block %lu", v->disk->name,
				v->first_block);
}

static struct fw_candidate *add(struct fw_candidates *c, enum fw_candidate_kind kind)
{
	struct fw_candidate *new;

	if (c->n == FW_CANDIDATES_MAX) {
		c->n_left_out++;
		return NULL;
	}
	new = &c->v[c->n++];
	*new = (struct fw_candidate){ .kind = kind };
	return new;
}

static void add_option(struct fw_candidates *c, uint16_t number, bool is_next)
{
	struct fw_efi_option o;
	struct fw_candidate *new;
	struct cairn_err err = { 0 };

	if (fw_efi_option(number, &o, &err) < 0) {
		fw_print("Boot%04x: %s\n", number, err.what);
		return;
	}
	new = o.is_active || is_next ? add(c, FW_CANDIDATE_OPTION) : NULL;
	if (!new)
		return;
	new->option = number;
	(void)fw_format(new->title, sizeof(new->title), "Boot%04x %s", number,
			fw_plain(o.description));
}

static void add_options(struct fw_candidates *c)
{
	uint16_t order[FW_EFI_OPTIONS_MAX], next;
	bool has_next = fw_efi_boot_next(&next);
	uint32_t n = fw_efi_boot_order(order, FW_EFI_OPTIONS_MAX);

	if (has_next)
		add_option(c, next, true);
	for (uint32_t i = 0; i < n; i++)
		if (!has_next || order[i] != next)
			add_option(c, order[i], false);
}

static void add_program(struct fw_candidates *c, const struct fw_efi_volume *v)
{
	static struct fw_fs_file f; /* large */
	char name[64];
	struct fw_candidate *new;

	fw_volume_name(v, name, sizeof(name));
	if (fw_fs_open(v, fw_efi_default_path(), &f) < 0)
		return;
	new = add(c, FW_CANDIDATE_PROGRAM);
	if (!new)
		return;
	new->volume = *v;
	(void)fw_format(new->title, sizeof(new->title), "%s: %s", name, fw_efi_default_path());
}

static void add_programs(struct fw_candidates *c, bool whole)
{
	struct fw_efi_volume v;

	for (uint32_t i = 0; fw_efi_volume(i, &v); i++)
		if (v.is_esp && v.fat && is_whole(&v) == whole)
			add_program(c, &v);
}

static void say_unknown(void)
{
	struct fw_efi_volume v;
	char name[64];
	uint32_t n = 0;

	for (uint32_t i = 0; fw_efi_volume(i, &v); i++) {
		if (!v.is_esp || v.fat || is_whole(&v) || n++ >= UNKNOWN_SHOWN)
			continue;
		fw_volume_name(&v, name, sizeof(name));
		fw_print("%s: no file system that is known\n", name);
	}
	if (n > UNKNOWN_SHOWN)
		fw_print("and %u more\n", n - UNKNOWN_SHOWN);
}

/* The file's text in pages. One that cannot be read is said. */
static int read_conf(const struct fw_efi_volume *v, void **ret_pages, uint64_t *ret_bytes,
		     struct cairn_bls_conf *ret)
{
	static struct fw_fs_file f; /* large */
	struct cairn_err err = { 0 };
	struct cairn_image image;
	uint32_t len;
	int r = fw_fs_open(v, "\\loader\\loader.conf", &f);

	if (r < 0 || f.is_dir || f.bytes == 0)
		return -ENOENT;
	*ret_bytes = f.bytes < CAIRN_BLS_FILE_BYTES_MAX ? f.bytes : CAIRN_BLS_FILE_BYTES_MAX;
	if (fw_pages_take_(*ret_bytes, ret_pages) < 0)
		return -ENOMEM;
	image = fw_fs_image(&f);
	r = cairn_bls_read(&image, *ret_pages, *ret_bytes, &len, &err);
	if (r == 0)
		r = cairn_bls_conf_parse(*ret_pages, len, ret, &err);
	if (r < 0) {
		fw_print("%s: \\loader\\loader.conf: %s\n", v->disk->name, err.what);
		fw_pages_give_(*ret_pages, *ret_bytes);
	}
	return r;
}

/* Of the first partition that has it; c waits as it says while there are no other entries. */
static void apply_conf(struct fw_candidates *c, const struct fw_efi_volume *v, bool is_first)
{
	struct cairn_bls_conf conf;
	uint64_t bytes;
	void *pages;

	if (read_conf(v, &pages, &bytes, &conf) < 0)
		return;
	fw_entries_default(&group, conf.default_glob);
	if (is_first) {
		c->wait = conf.timeout;
		c->wait_s = conf.timeout_s;
	}
	c->may_edit = c->may_edit && conf.may_edit;
	fw_pages_give_(pages, bytes);
}

static void read_group(struct fw_candidates *c, const struct fw_block *disk, bool is_first)
{
	struct fw_efi_volume v;

	group.n = group.n_left_out = 0;
	for (uint32_t i = 0; fw_efi_volume(i, &v); i++)
		if (v.disk == disk && (v.is_esp || v.is_xbootldr))
			fw_entries_add(&group, &v);
	for (uint32_t i = 0; group.n && fw_efi_volume(i, &v); i++)
		if (v.disk == disk && v.is_esp)
			apply_conf(c, &v, is_first);
	c->n_left_out += group.n_left_out;
}

static void set_title(struct fw_candidate *c, struct cairn_bls_text t)
{
	(void)fw_format(c->title, sizeof(c->title), "%.*s",
			(int)(t.n < FW_TITLE_MAX ? t.n : FW_TITLE_MAX), t.s);
	(void)fw_plain(c->title);
}

static void add_group(struct fw_candidates *c)
{
	for (uint32_t i = 0; i < group.n; i++) {
		const struct cairn_bls_entry *b = &group.v[i]->bls;
		struct fw_candidate *new = add(c, FW_CANDIDATE_ENTRY);

		if (new) {
			new->entry = group.v[i];
			set_title(new, b->title.n ? b->title : b->name.id);
		} else {
			fw_entry_free(group.v[i]);
		}
	}
}

static bool is_first_of_disk(uint32_t i, const struct fw_block *disk)
{
	struct fw_efi_volume v;

	for (uint32_t k = 0; k < i && fw_efi_volume(k, &v); k++)
		if (v.disk == disk)
			return false;
	return true;
}

/* What somebody named for the next boot, or for all, stands before the others. */
static void named_first(struct fw_candidates *c, uint32_t first, const char *variable)
{
	char id[FW_FS_NAME_MAX];
	struct fw_candidate chosen;

	if (!fw_efi_loader_get(variable, id, sizeof(id)))
		return;
	for (uint32_t i = first; i < c->n; i++) {
		if (!fw_entry_is_named(c->v[i].entry, id))
			continue;
		chosen = c->v[i];
		memmove(&c->v[first + 1], &c->v[first], (i - first) * sizeof(chosen));
		c->v[first] = chosen;
		return;
	}
}

static void add_entries(struct fw_candidates *c)
{
	uint32_t first = c->n;
	struct fw_efi_volume v;

	for (uint32_t i = 0; fw_efi_volume(i, &v); i++) {
		if (!is_first_of_disk(i, v.disk))
			continue;
		read_group(c, v.disk, c->n == first);
		add_group(c);
	}
	named_first(c, first, "LoaderEntryDefault");
	named_first(c, first, "LoaderEntryOneShot");
}

static bool is_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* Appends " (what)" to those entries whose title another one has as well. */
static bool tell_apart(struct fw_candidates *c,
		       struct cairn_bls_text (*what)(const struct fw_entry *))
{
	static bool is_double[FW_CANDIDATES_MAX];
	bool any = false;

	for (uint32_t i = 0; i < c->n; i++) {
		is_double[i] = false;
		for (uint32_t k = 0; k < c->n && !is_double[i]; k++)
			is_double[i] = k != i && is_same(c->v[i].title, c->v[k].title);
		any |= is_double[i];
	}
	for (uint32_t i = 0; i < c->n; i++) {
		struct fw_candidate *p = &c->v[i];
		struct cairn_bls_text t = { "", 0 };
		char longer[FW_TITLE_MAX];

		if (!is_double[i])
			continue;
		if (what && p->kind == FW_CANDIDATE_ENTRY)
			t = what(p->entry);
		if (what && !t.n)
			continue;
		if (what)
			(void)fw_format(longer, sizeof(longer), "%.56s (%.*s)", p->title,
					(int)(t.n < 36 ? t.n : 36), t.s);
		else
			(void)fw_format(longer, sizeof(longer), "%.80s (%u)", p->title, i + 1);
		memcpy(p->title, longer, sizeof(longer));
		(void)fw_plain(p->title);
	}
	return any;
}

static struct cairn_bls_text version_of(const struct fw_entry *e)
{
	return e->bls.version;
}

static struct cairn_bls_text machine_of(const struct fw_entry *e)
{
	return e->bls.machine_id;
}

static struct cairn_bls_text id_of(const struct fw_entry *e)
{
	return e->bls.name.id;
}

static void set_wait(struct fw_candidates *c, uint32_t first_entry)
{
	uint16_t seconds;

	if (fw_efi_timeout(&seconds)) {
		c->wait = seconds == FOR_EVER ? CAIRN_BLS_TIMEOUT_FORCE
			  : seconds           ? CAIRN_BLS_TIMEOUT_SECONDS
					      : CAIRN_BLS_TIMEOUT_HIDDEN;
		c->wait_s = seconds;
	} else if (first_entry > 0) { /* a program comes first, and waits as it likes */
		c->wait = CAIRN_BLS_TIMEOUT_NONE;
	}
	if (c->n < 2 && c->wait == CAIRN_BLS_TIMEOUT_SECONDS)
		c->wait = CAIRN_BLS_TIMEOUT_HIDDEN;
}

void fw_candidates_find(struct fw_candidates *c)
{
	uint32_t first_entry;

	c->n = c->n_left_out = 0;
	c->wait = CAIRN_BLS_TIMEOUT_NONE;
	c->may_edit = true;
	add_options(c);
	say_unknown();
	add_programs(c, false);
	add_programs(c, true);
	first_entry = c->n;
	add_entries(c);
	set_wait(c, first_entry);
	(void)(tell_apart(c, version_of) && tell_apart(c, machine_of) && tell_apart(c, id_of) &&
	       tell_apart(c, NULL));
}

void fw_candidates_free(struct fw_candidates *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (c->v[i].kind == FW_CANDIDATE_ENTRY)
			fw_entry_free(c->v[i].entry);
	c->n = 0;
}
