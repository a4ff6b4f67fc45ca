/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "flow.h"

#include <fw/console.h>

#include "entries.h"
#include "plain.h"

static uint32_t n_started;

/* Large. The flow does not call itself. */
static struct fw_entries entries;
static struct fw_entry_start starting;

static bool is_whole(const struct fw_efi_volume *v)
{
	return v->first_block == 0 && v->n_blocks == v->disk->n_blocks;
}

static void say_volume(const struct fw_efi_volume *v)
{
	if (is_whole(v))
		fw_print("%s: ", v->disk->name);
	else
		fw_print("%s, partition at block %lu: ", v->disk->name, v->first_block);
}

/* Returns what fw_efi_start() did. */
static int start(const struct fw_efi_candidate *c)
{
	struct cairn_err err = { 0 };
	uint64_t status = 0;
	int r = fw_efi_start(c, &status, &err);

	if (r < 0) {
		fw_print("  cannot be started: %s\n", err.what);
		return r;
	}
	n_started++;
	fw_print("  it came back, status %lx\n", status);
	return 0;
}

static void start_entry(uint32_t i)
{
	struct cairn_err err = { 0 };

	say_volume(entries.volume);
	fw_print("entry %s\n", fw_plain(entries.v[i]->file));
	if (fw_entry_prepare(&entries, i, &starting, &err) < 0) {
		fw_print("  cannot be started: %s\n", err.what);
		return;
	}
	(void)start(&starting.candidate);
	fw_entry_release(&starting);
}

static void start_entries(const struct fw_efi_volume *v)
{
	if (fw_entries_open(v, &entries) < 0)
		return;
	if (entries.n_left_out)
		fw_print("  %u boot entries cannot be used\n", entries.n_left_out);
	for (uint32_t i = 0; i < entries.n; i++)
		start_entry(i);
	fw_entries_close(&entries);
}

static void start_volume(const struct fw_efi_volume *v)
{
	struct fw_efi_candidate c = { .disk = v->disk,
				      .first_block = v->first_block,
				      .path = fw_efi_default_path() };

	say_volume(v);
	fw_print("%s\n", c.path);
	if (start(&c) == -ENOENT)
		start_entries(v);
}

static void start_volumes(bool whole)
{
	struct fw_efi_volume v;

	for (uint32_t i = 0; fw_efi_volume(i, &v); i++)
		if (v.is_esp && is_whole(&v) == whole)
			start_volume(&v);
}

uint32_t fw_boot_run(void)
{
	n_started = 0;
	start_volumes(false);
	start_volumes(true);
	return n_started;
}
