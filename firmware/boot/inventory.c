/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/partition.h>
#include <fw/console.h>

#include "inventory.h"
#include "plain.h"

/* Lines about partitions: of a disk, and of all. A screen has 25. */
enum { DISK_LINES = 8, ALL_LINES = 16, NAME_SHOWN = 40 };

static uint64_t ram_bytes(const struct fw_memory *m)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < m->n; i++)
		if (m->entries[i].attrs & FW_MEM_ATTR_WB)
			pages += m->entries[i].pages;
	return pages * FW_PAGE_BYTES;
}

void fw_inventory_machine(const struct fw_platform *p)
{
	fw_print("cairn-fw %s, entered by %s, %lu MiB of memory\n", CAIRN_VERSION, p->entered_by,
		 ram_bytes(&p->memory) >> 20);
}

/* "126 MiB", or KiB where it is less than one. */
static void print_size(uint64_t bytes)
{
	if (bytes >> 20)
		fw_print("%lu MiB", bytes >> 20);
	else
		fw_print("%lu KiB", bytes >> 10);
}

static void print_partition(const struct fw_block *b, struct cairn_partition *part)
{
	fw_print("  %u: ", part->index);
	print_size(part->n * b->block_bytes);
	if (part->is_esp)
		fw_print(", EFI system partition");
	else if (part->is_xbootldr)
		fw_print(", extended boot partition");
	if (part->name[0])
		fw_print(", \"%.*s\"", NAME_SHOWN, fw_plain(part->name));
	fw_print("\n");
}

/*
 * Of faults the first is shown: the others are mostly the same. Returns how many of the lines are
 * left.
 */
static uint32_t print_table(const struct fw_block *b, struct cairn_partitions *parts,
			    uint32_t lines)
{
	uint32_t room = lines < DISK_LINES ? lines : DISK_LINES, shown = 0, more = 0;
	struct cairn_err err = { 0 };
	struct cairn_partition part;
	bool is_fault_shown = false;
	int r;

	while ((r = cairn_partition_next(parts, &part, &err)) != 0) {
		if (shown == room || (r < 0 && is_fault_shown)) {
			more++;
			continue;
		}
		if (r > 0)
			print_partition(b, &part);
		else
			fw_print("  %s\n", err.what ? err.what : "cannot be read");
		is_fault_shown = is_fault_shown || r < 0;
		shown++;
	}
	if (more)
		fw_print("  and %u more\n", more);
	return lines - shown;
}

/* Likewise. */
static uint32_t print_partitions(struct fw_block *b, uint32_t lines)
{
	static struct cairn_partitions parts;
	struct cairn_err err = { 0 };
	struct cairn_image image;
	struct fw_part whole;
	int r;

	fw_part_init(&whole, b, 0, b->n_blocks);
	image = fw_part_image(&whole);
	r = cairn_partition_open(&image, b->block_bytes, &parts, &err);
	if (r < 0) {
		fw_print("  %s\n", r == -ENOENT ? "no partitions"
				   : err.what   ? err.what
						: "cannot be read");
		return lines;
	}
	if (parts.header == CAIRN_PARTITION_BACKUP)
		fw_print("  the first GPT header is damaged; this is the other's table\n");
	return print_table(b, &parts, lines);
}

static void print_disk(const struct fw_block *b)
{
	fw_print("%s: ", b->name);
	print_size(b->n_blocks * b->block_bytes);
	if (b->block_bytes != 512)
		fw_print(", blocks of %u bytes", b->block_bytes);
	fw_print("%s\n", b->is_readonly ? ", read only" : "");
}

static void print_note(const struct fw_note *n)
{
	fw_print("%s: cannot be used: %s (%lx)\n", n->kind, n->what ? n->what : "no reason given",
		 n->value);
}

void fw_inventory_devices(const struct fw_devices *d)
{
	uint32_t lines = ALL_LINES;

	for (uint32_t i = 0; i < d->n_disks; i++) {
		print_disk(d->disks[i]);
		lines = print_partitions(d->disks[i], lines);
	}
	for (uint32_t i = 0; i < d->n_notes; i++)
		print_note(&d->notes[i]);
	if (d->n_left_out)
		fw_print("and %u devices more than there is room for\n", d->n_left_out);
	if (!d->n_disks)
		fw_print("no disks\n");
}
