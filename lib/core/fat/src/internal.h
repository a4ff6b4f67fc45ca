/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* internal.h - the layers below the calls: disk and windows, table, chains, slots, names. */
#ifndef CAIRN_FAT_INTERNAL_H
#define CAIRN_FAT_INTERNAL_H

#include <cairn/fat.h>
#include <cairn/le.h>

/* --- disk and windows (disk.c) --- */

/* Inside the disk, or -EPROTO; otherwise what the disk returned. */
CAIRN_MUST_USE int cairn_fat_disk_read_(struct cairn_fat *fat, uint64_t at, void *dst, size_t len);
/* src NULL: zeroes. */
CAIRN_MUST_USE int cairn_fat_disk_write_(struct cairn_fat *fat, uint64_t at, const void *src,
					 uint64_t len);
/* What was written before is durable before what is written after. */
CAIRN_MUST_USE int cairn_fat_barrier_(struct cairn_fat *fat);

/* The sector that has this byte of the disk is in fat->slots; a changed one is stored before. */
CAIRN_MUST_USE int cairn_fat_slots_load_(struct cairn_fat *fat, uint64_t at);
/* One write of one sector, if it was changed. */
CAIRN_MUST_USE int cairn_fat_slots_store_(struct cairn_fat *fat);
/* A piece of the table, `at` counting from its beginning, is in fat->table. */
CAIRN_MUST_USE int cairn_fat_table_load_(struct cairn_fat *fat, uint64_t at);
/* Into every copy of the table. */
CAIRN_MUST_USE int cairn_fat_table_store_(struct cairn_fat *fat);

/* --- table (table.c) --- */

#define CAIRN_FAT_FREE_ 0u
#define CAIRN_FAT_END_  UINT32_MAX
#define CAIRN_FAT_BAD_  (UINT32_MAX - 1) /* marked bad, or no cluster of this volume */

bool cairn_fat_is_cluster_(const struct cairn_fat *fat, uint32_t cluster);
uint64_t cairn_fat_cluster_at_(const struct cairn_fat *fat, uint32_t cluster);
/* What follows a cluster of the volume: another one, or one of the three above. */
CAIRN_MUST_USE int cairn_fat_get_(struct cairn_fat *fat, uint32_t cluster, uint32_t *ret_next);
CAIRN_MUST_USE int cairn_fat_set_(struct cairn_fat *fat, uint32_t cluster, uint32_t next);

/* --- chains (chain.c) --- */

void cairn_fat_chain_init_(struct cairn_fat_chain *ch, uint32_t first);
/* Goes to the index-th cluster. Returns 0; 1: the chain ends before; -EPROTO; or the disk's. */
CAIRN_MUST_USE int cairn_fat_seek_(struct cairn_fat *fat, struct cairn_fat_chain *ch,
				   uint32_t index);
/* As seek; then how many of the next `max` (> 0) clusters lie behind one another on the disk. */
CAIRN_MUST_USE int cairn_fat_run_(struct cairn_fat *fat, struct cairn_fat_chain *ch, uint32_t index,
				  uint32_t max, uint32_t *ret_cluster, uint32_t *ret_n);
/* A chain of n > 0 free clusters, on the disk, of which nothing knows. -ENOSPC: nothing changed. */
CAIRN_MUST_USE int cairn_fat_reserve_(struct cairn_fat *fat, uint32_t n, uint32_t *ret_first);
/* All clusters from `first` on are free again. -EPROTO: the chain was broken; it is, up to there.
 */
CAIRN_MUST_USE int cairn_fat_release_(struct cairn_fat *fat, uint32_t first);

/* --- names (name.c) --- */

struct cairn_fat_name_ {
	uint16_t units[CAIRN_FAT_NAME_UNITS];
	uint32_t n;
};

bool cairn_fat_name_is_equal_(const struct cairn_fat_name_ *a, const struct cairn_fat_name_ *b);
/* True when every unit may stand in a long name, and the name is none of "", ".", "..". */
bool cairn_fat_name_is_good_(const struct cairn_fat_name_ *n);
/* The name that 11 bytes of a slot show; case is its byte for lower case letters. */
void cairn_fat_name_of_short_(const uint8_t raw[11], uint8_t lower, struct cairn_fat_name_ *ret);
uint8_t cairn_fat_short_sum_(const uint8_t raw[11]);
/*
 * The short name that a long one begins with: 11 bytes. *ret_is_exact: it says the same but for
 * case; *ret_is_same: it says the same.
 */
void cairn_fat_name_to_short_(const struct cairn_fat_name_ *n, uint8_t ret_raw[11],
			      bool *ret_is_exact, bool *ret_is_same);
/* The number behind '~' in a short name that is `basis` cut short for it, or 0. */
uint32_t cairn_fat_short_number_(const uint8_t raw[11], const uint8_t basis[11]);
/* basis, cut short, with ~number. number < 1000000. */
void cairn_fat_short_with_number_(const uint8_t basis[11], uint32_t number, uint8_t ret_raw[11]);

/* --- slots of a directory (dir.c) --- */

enum {
	CAIRN_FAT_SLOT_BYTES_ = 32,
	CAIRN_FAT_SLOT_END_ = 0x00,     /* first byte: nothing here nor behind */
	CAIRN_FAT_SLOT_DELETED_ = 0xe5, /* first byte: nothing here */
	CAIRN_FAT_ATTR_MASK_ = 0x3f,
	CAIRN_FAT_ATTR_LONG_ = 0x0f,
	CAIRN_FAT_LONG_UNITS_ = 13, /* of a name, in a slot */
	CAIRN_FAT_LONG_LAST_ = 0x40,
	CAIRN_FAT_SET_MAX_ = 21, /* 20 of a long name, and the entry */
};

struct cairn_fat_slot_wire_ { /* FAT specification 1.03, "FAT Directory Structure" */
	uint8_t name[11], attr, lower, created_tenths;
	cairn_le16 created_time, created_date, accessed_date, cluster_high;
	cairn_le16 modified_time, modified_date, cluster_low;
	cairn_le32 size;
};
CAIRN_STATIC_ASSERT(sizeof(struct cairn_fat_slot_wire_) == 32, "FAT 1.03");

struct cairn_fat_dir_ {
	struct cairn_fat *fat;
	struct cairn_fat_chain chain; /* first 0: the root's slots */
};

struct cairn_fat_entry_ {
	uint32_t slot, slots; /* the first, and how many */
	uint64_t at;          /* of the last, on the disk */
	struct cairn_fat_slot_wire_ w;
	struct cairn_fat_name_ name; /* long or short */
};

void cairn_fat_dir_init_(struct cairn_fat_dir_ *d, struct cairn_fat *fat, uint32_t first);
/* The root directory's number in cairn_fat_dir_init_(). */
uint32_t cairn_fat_root_first_(const struct cairn_fat *fat);
/* Where a slot is. Returns 0; 1: the directory is not that long; or a negative errno. */
CAIRN_MUST_USE int cairn_fat_slot_at_(struct cairn_fat_dir_ *d, uint32_t slot, uint64_t *ret_at);
/* As slot_at, and reads it. */
CAIRN_MUST_USE int cairn_fat_slot_read_(struct cairn_fat_dir_ *d, uint32_t slot,
					struct cairn_fat_slot_wire_ *ret, uint64_t *ret_at);
/* The next entry from *slot on, "." and ".." too; no labels. Returns 1, 0: no more, or negative. */
CAIRN_MUST_USE int cairn_fat_entry_next_(struct cairn_fat_dir_ *d, uint32_t *slot,
					 struct cairn_fat_entry_ *ret);
uint32_t cairn_fat_entry_first_(const struct cairn_fat *fat, const struct cairn_fat_slot_wire_ *w);
static inline bool cairn_fat_is_dots_(const struct cairn_fat_slot_wire_ *w)
{
	return w->name[0] == '.';
}

/* --- paths (path.c) --- */

/* An entry by either of its names. Returns 0, -ENOENT, or negative. */
CAIRN_MUST_USE int cairn_fat_lookup_(struct cairn_fat_dir_ *d, const struct cairn_fat_name_ *name,
				     struct cairn_fat_entry_ *ret);
/*
 * Walks all names of a path but the last. *ret_dir is the directory; *ret_name the last name, n 0
 * when there is none ("/", ".."). Returns as cairn_fat_open().
 */
CAIRN_MUST_USE int cairn_fat_walk_(const struct cairn_fat_file *dir, const char *path,
				   struct cairn_fat_file *ret_dir,
				   struct cairn_fat_name_ *ret_name);
/* The directory above one that is not the root, by its "..". */
CAIRN_MUST_USE int cairn_fat_parent_(struct cairn_fat *fat, uint32_t first, uint32_t *ret_first);

/* --- the label (label.c) --- */

/* fat->label as the root has it. Returns 0, or what the disk returned. */
CAIRN_MUST_USE int cairn_fat_label_read_(struct cairn_fat *fat);

/* --- files (file.c) --- */

void cairn_fat_file_init_(struct cairn_fat *fat, uint32_t dir, const struct cairn_fat_entry_ *e,
			  struct cairn_fat_file *ret);
static inline bool cairn_fat_is_root_(const struct cairn_fat_file *f)
{
	return f->entry_at == 0;
}
/* Its slots. Returns 0, -ENOTDIR, -EPROTO: its first cluster cannot be, or as refresh. */
CAIRN_MUST_USE int cairn_fat_dir_of_(struct cairn_fat_file *f, struct cairn_fat_dir_ *ret);
/* The slot of f as it is, in fat->slots too. -ENOENT: it is another's now. */
CAIRN_MUST_USE int cairn_fat_slot_of_(struct cairn_fat_file *f, struct cairn_fat_slot_wire_ *ret);
/* Writes size, first cluster, attributes and times of f->info into its entry. One sector. */
CAIRN_MUST_USE int cairn_fat_entry_store_(struct cairn_fat_file *f);
/* An entry that is made now. */
void cairn_fat_entry_new_(const struct cairn_fat *fat, uint8_t attr, uint32_t first,
			  struct cairn_fat_slot_wire_ *ret);
/* As for every change: -EROFS, -ENOENT, or 0 and the handle is fresh. */
CAIRN_MUST_USE int cairn_fat_change_begin_(struct cairn_fat_file *f);

/* --- making and taking entries (make.c) --- */

struct cairn_fat_set_ { /* the slots of one entry */
	uint8_t bytes[CAIRN_FAT_SET_MAX_][CAIRN_FAT_SLOT_BYTES_];
	uint32_t n;
};

struct cairn_fat_room_ {
	uint32_t slot;
	uint32_t end; /* the slot that ends the directory now; CAIRN_FAT_NO_SLOT_: none seen */
};

/* Slots for `name` and w's other fields; own: the first slot of an entry that does not count. */
CAIRN_MUST_USE int cairn_fat_set_make_(struct cairn_fat_dir_ *d, const struct cairn_fat_name_ *name,
				       const struct cairn_fat_slot_wire_ *w, uint32_t own,
				       struct cairn_fat_set_ *ret);
#define CAIRN_FAT_NO_SLOT_ UINT32_MAX
/* Room for n slots; the directory may grow by a cluster for it. -ENOSPC. */
CAIRN_MUST_USE int cairn_fat_room_find_(struct cairn_fat_dir_ *d, uint32_t n,
					struct cairn_fat_room_ *ret);
CAIRN_MUST_USE int cairn_fat_set_put_(struct cairn_fat_dir_ *d, const struct cairn_fat_room_ *room,
				      const struct cairn_fat_set_ *set);
/* Marks an entry's slots deleted, the last one first. */
CAIRN_MUST_USE int cairn_fat_set_take_(struct cairn_fat_dir_ *d, uint32_t slot, uint32_t n);
/* Puts set in place of n slots by one write. Returns 1 and where; 0: it cannot; or negative. */
CAIRN_MUST_USE int cairn_fat_set_replace_(struct cairn_fat_dir_ *d, uint32_t slot, uint32_t n,
					  const struct cairn_fat_set_ *set, uint32_t *ret_slot);

#endif
