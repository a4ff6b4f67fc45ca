/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The label is an entry of the root. The boot sector has a copy that few keep right, and FAT32's
 * spare boot sector another one.
 */
#include "internal.h"

#include <cairn/utf.h>

#define LABEL_BYTES  11u
#define EXT_BOOT_SIG 0x29 /* FAT specification 1.03, "Extended BPB": the copy is there */

/* Returns 1: *ret is the label's entry; 0: there is none; or what the disk returned. */
static int find(struct cairn_fat_dir_ *d, uint32_t *ret_slot, struct cairn_fat_slot_wire_ *ret)
{
	uint64_t at;

	for (uint32_t slot = 0;; slot++) {
		int r = cairn_fat_slot_read_(d, slot, ret, &at);

		if (r != 0 || ret->name[0] == CAIRN_FAT_SLOT_END_)
			return r < 0 ? r : 0;
		if (ret->name[0] == CAIRN_FAT_SLOT_DELETED_ ||
		    (ret->attr & (CAIRN_FAT_VOLUME | CAIRN_FAT_DIRECTORY)) != CAIRN_FAT_VOLUME ||
		    (ret->attr & CAIRN_FAT_ATTR_MASK_) == CAIRN_FAT_ATTR_LONG_)
			continue;
		*ret_slot = slot;
		return 1;
	}
}

int cairn_fat_label_read_(struct cairn_fat *fat)
{
	struct cairn_fat_slot_wire_ w;
	struct cairn_fat_dir_ d;
	uint16_t units[LABEL_BYTES];
	size_t n = LABEL_BYTES;
	uint32_t slot;
	int r;

	cairn_fat_dir_init_(&d, fat, cairn_fat_root_first_(fat));
	fat->label[0] = 0;
	r = find(&d, &slot, &w);
	if (r <= 0)
		return r;
	while (n > 0 && w.name[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++)
		units[i] = w.name[i] < 0x20 ? '_' : w.name[i];
	cairn_utf8_of_units(units, n, fat->label, sizeof(fat->label));
	return 0;
}

/* As a short name without a dot, but that spaces may stand in it, and not before it. */
static int to_raw(const char *label, uint8_t raw[LABEL_BYTES])
{
	size_t n = 0;

	memset(raw, ' ', LABEL_BYTES);
	for (; label[n]; n++) {
		char c = label[n];

		if (n == LABEL_BYTES || c < ' ' || c > '~' || (n == 0 && c == ' '))
			return -EINVAL;
		for (const char *bad = "\"*+,./:;<=>?[\\]|"; *bad; bad++)
			if (c == *bad)
				return -EINVAL;
		raw[n] = (uint8_t)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	}
	return 0;
}

/* In one boot sector, where that has a place for it. */
static int put_copy(struct cairn_fat *fat, uint64_t at, const uint8_t raw[LABEL_BYTES])
{
	static const uint8_t none[LABEL_BYTES + 1] = "NO NAME    ";
	uint32_t sig_at = fat->type == CAIRN_FAT_32 ? 66 : 38;
	uint8_t sig;
	int r = cairn_fat_disk_read_(fat, at + sig_at, &sig, 1);

	if (r < 0 || sig != EXT_BOOT_SIG)
		return r;
	return cairn_fat_disk_write_(fat, at + sig_at + 5, raw[0] == ' ' ? none : raw, LABEL_BYTES);
}

static int put_copies(struct cairn_fat *fat, const uint8_t raw[LABEL_BYTES])
{
	uint8_t bpb[52];
	uint64_t reserved, spare;
	int r = cairn_fat_disk_read_(fat, 0, bpb, sizeof(bpb));

	if (r == 0)
		r = put_copy(fat, 0, raw);
	if (r < 0 || fat->type != CAIRN_FAT_32)
		return r;
	reserved = cairn_le_load(bpb + 14, 2);
	spare = cairn_le_load(bpb + 50, 2);
	return spare && spare < reserved ? put_copy(fat, spare * fat->sector_bytes, raw) : 0;
}

/* The entry is made, changed or taken away. */
static int put_entry(struct cairn_fat *fat, const uint8_t raw[LABEL_BYTES])
{
	struct cairn_fat_room_ room = { .end = CAIRN_FAT_NO_SLOT_ };
	struct cairn_fat_set_ set = { .n = 1 };
	struct cairn_fat_slot_wire_ w;
	struct cairn_fat_dir_ d;
	int r;

	cairn_fat_dir_init_(&d, fat, cairn_fat_root_first_(fat));
	r = find(&d, &room.slot, &w);
	if (r < 0)
		return r;
	if (raw[0] == ' ')
		return r ? cairn_fat_set_take_(&d, room.slot, 1) : 0;
	if (r == 0)
		r = cairn_fat_room_find_(&d, 1, &room);
	if (r < 0)
		return r;
	cairn_fat_entry_new_(fat, CAIRN_FAT_VOLUME, 0, &w);
	memcpy(w.name, raw, sizeof(w.name));
	memcpy(set.bytes[0], &w, sizeof(w));
	return cairn_fat_set_put_(&d, &room, &set);
}

int cairn_fat_set_label(struct cairn_fat *fat, const char *label)
{
	uint8_t raw[LABEL_BYTES];
	int r;

	if (fat->is_readonly)
		return -EROFS;
	r = to_raw(label, raw);
	if (r == 0)
		r = put_entry(fat, raw);
	if (r == 0)
		r = put_copies(fat, raw);
	if (r == 0)
		r = cairn_fat_barrier_(fat);
	return r < 0 ? r : cairn_fat_label_read_(fat);
}
