/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "flow.h"

#include <fw/console.h>
#include <fw/secure.h>

#include "kernel.h"
#include "menu.h"
#include "plain.h"

/* Large. The flow does not call itself. */
static struct fw_candidates all;
static struct fw_entry_start starting;
static struct fw_choice choice;
static struct fw_devices *all_devices;

/* Of a program that was in memory: err is about what came before that. */
static void note(struct fw_candidate *c, int r, uint64_t status, const struct cairn_err *err)
{
	if (r < 0) {
		c->state = FW_NOT_STARTED;
		c->why = err->what;
		fw_print("  cannot be started: %s\n", c->why);
	} else {
		c->state = FW_CAME_BACK;
		c->status = status;
		fw_print("  it came back, status %lx\n", status);
	}
}

/* The GUID of the partition that the loader's files lie on: of the disk's EFI system partition. */
static void set_device_part(const struct fw_efi_volume *own)
{
	static const struct cairn_guid none;
	struct cairn_guid part = own->part;
	char text[CAIRN_GUID_TEXT_BYTES];
	struct fw_efi_volume v;

	for (uint32_t i = 0; fw_efi_volume(i, &v); i++)
		if (!own->is_esp && v.disk == own->disk && v.is_esp)
			part = v.part;
	if (cairn_guid_is_equal(&part, &none))
		return;
	cairn_partition_guid_text(&part, text);
	fw_efi_loader_set("LoaderDevicePartUUID", text);
}

static size_t entry_id(const struct fw_entry *e, char *dst, size_t cap)
{
	return fw_format(dst, cap, "%.*s%s", (int)e->bls.name.id.n, e->bls.name.id.s,
			 e->is_uki ? ".efi" : ".conf");
}

static void set_entries(void)
{
	static char ids[8192];
	size_t n = 0;

	for (uint32_t i = 0; i < all.n && n + FW_FS_NAME_MAX <= sizeof(ids); i++)
		if (all.v[i].kind == FW_CANDIDATE_ENTRY)
			n += entry_id(all.v[i].entry, ids + n, sizeof(ids) - n) + 1;
	fw_efi_loader_set_list("LoaderEntries", ids, n);
}

/* What systemd's Boot Loader Interface tells an operating system. */
static void tell_entry(const struct fw_entry *e)
{
	char text[FW_FS_PATH_MAX];

	set_entries();
	set_device_part(&e->volume);
	(void)entry_id(e, text, sizeof(text));
	fw_efi_loader_set("LoaderEntrySelected", text);
	if (e->bls.name.is_counted && fw_fs_join(fw_entry_folder(e), e->file, text) == 0)
		fw_efi_loader_set("LoaderBootCountPath", text);
	fw_efi_loader_set("LoaderEntryOneShot", NULL);
}

static void untell_entry(void)
{
	fw_efi_loader_set("LoaderEntries", NULL);
	fw_efi_loader_set("LoaderDevicePartUUID", NULL);
	fw_efi_loader_set("LoaderEntrySelected", NULL);
	fw_efi_loader_set("LoaderBootCountPath", NULL);
}

/* A Linux kernel that is no EFI program, or whose stub failed, has another entry. */
static void start_without_stub(const struct fw_entry *e, int r, uint64_t status)
{
	struct cairn_err err = { 0 };

	if (!e->bls.linux_path.n || (r < 0 ? r != -EPROTO : !(status >> 63)))
		return;
	if (fw_secure_is_on()) { /* nobody could check it */
		fw_print("  nor without an EFI stub: Secure Boot is on\n");
		return;
	}
	if (fw_kernel_start(e, &starting, all_devices, &err) < 0)
		fw_print("  nor without an EFI stub: %s\n", err.what);
}

static void start_entry(struct fw_candidate *c, const char *options)
{
	struct cairn_err err = { 0 };
	uint64_t status = 0;
	int r;

	if (fw_entry_count(c->entry) < 0)
		fw_print("  its tries cannot be counted\n");
	r = fw_entry_prepare(c->entry, options, &starting, &err);
	if (r == 0) {
		tell_entry(c->entry);
		r = fw_efi_start(&starting.candidate, &status, &err);
		untell_entry();
		note(c, r, status, &err);
		start_without_stub(c->entry, r, status);
		fw_entry_release(&starting);
	} else {
		note(c, r, status, &err);
	}
}

static void start_program(struct fw_candidate *c)
{
	struct fw_efi_candidate what = { .disk = c->volume.disk,
					 .first_block = c->volume.first_block,
					 .path = fw_efi_default_path() };
	struct cairn_err err = { 0 };
	uint64_t status = 0;
	int r = fw_efi_start(&what, &status, &err);

	note(c, r, status, &err);
}

static void start_option(struct fw_candidate *c)
{
	struct cairn_err err = { 0 };
	uint64_t status = 0;
	int r = fw_efi_option_start(c->option, &status, &err);

	note(c, r, status, &err);
}

/* An entry's line has its file too: titles are for people, files are what they mend. */
static void say(const struct fw_candidate *c)
{
	char name[64], file[FW_FS_NAME_MAX];

	if (c->kind != FW_CANDIDATE_ENTRY) {
		fw_print("%s\n", c->title);
		return;
	}
	fw_volume_name(&c->entry->volume, name, sizeof(name));
	(void)fw_format(file, sizeof(file), "%s", c->entry->file);
	fw_print("%s: entry %s\n", name, fw_plain(file));
}

static void start(struct fw_candidate *c, const char *options)
{
	say(c);
	switch (c->kind) {
	case FW_CANDIDATE_OPTION:
		start_option(c);
		break;
	case FW_CANDIDATE_PROGRAM:
		start_program(c);
		break;
	case FW_CANDIDATE_ENTRY:
		start_entry(c, options);
		break;
	}
}

static void say_what_there_is(void)
{
	if (all.n_left_out)
		fw_print("%u boot entries cannot be used\n", all.n_left_out);
	if (all.n)
		fw_print("to be started, in this order:\n");
	for (uint32_t i = 0; i < all.n; i++)
		fw_print("%3u  %s\n", i + 1, all.v[i].title);
}

static void say_why_nothing(void)
{
	if (!all.n) {
		fw_print("nothing to boot\n");
		return;
	}
	fw_print("nothing could be booted:\n");
	for (uint32_t i = 0; i < all.n; i++) {
		const struct fw_candidate *c = &all.v[i];

		if (c->state == FW_NOT_STARTED)
			fw_print("%3u  %.76s: %s\n", i + 1, c->title, c->why);
		else
			fw_print("%3u  %.76s: came back, status %lx\n", i + 1, c->title, c->status);
	}
}

void fw_boot_run(struct fw_devices *devices)
{
	bool is_somebody_there;

	all_devices = devices;
	fw_candidates_find(&all);
	say_what_there_is();
	is_somebody_there = fw_menu_wait(&all);
	while (is_somebody_there && fw_menu_choose(&all, &choice) == 0)
		start(&all.v[choice.i], choice.is_edited ? choice.options : NULL);
	for (uint32_t i = 0; i < all.n; i++)
		if (all.v[i].state == FW_NOT_TRIED)
			start(&all.v[i], NULL);
	say_why_nothing();
	fw_candidates_free(&all);
}
