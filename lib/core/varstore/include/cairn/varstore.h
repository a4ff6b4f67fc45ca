/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * varstore.h - variables (name, GUID, attributes, time, data) in a region that forgets nothing when
 * the power goes: NOR flash, or a file that behaves like it.
 *
 * The region is two halves of whole erase blocks; one of them is in use. A half begins with a
 * header (32 bytes: "CAIRNVAR", version, generation, bytes of a half, CRC); of two whole headers
 * the later generation is in use. Records follow each other, each 56 bytes with two CRCs, then name
 * and data, padded to 8. A variable that changes is written anew behind the last record, and then
 * the old record's first byte is programmed to zero. Where there is no room behind, what lives is
 * copied to the other half, with the change in its place, and that half's header is written last.
 * So after any write that was not done a variable is what it was or what it should become, and all
 * others whole.
 *
 * Not for several threads at once. Bytes of the region are hostile: each length is checked against
 * the half, each loop ends with it. What a program that stays behind needs is CAIRN_RESIDENT
 * (cairn/env.h): all but cairn_varstore_open().
 */
#ifndef CAIRN_VARSTORE_H
#define CAIRN_VARSTORE_H

#include <cairn/env.h>
#include <cairn/err.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VARSTORE_NAME_BYTES_MAX 1024u
#define CAIRN_VARSTORE_HALF_BYTES_MIN 4096u
#define CAIRN_VARSTORE_HALF_BYTES_MAX (16u << 20)

/*
 * Where the bytes are. Functions return 0 or a negative errno, which is handed on. Offsets and
 * lengths lie inside `bytes`. When one returns 0, it is durable before what the next one does is.
 */
struct cairn_varstore_region {
	int (*read)(void *ctx, uint32_t at, void *dst, uint32_t len);
	/* Only makes ones zeroes, and each byte that is not 0xff once since it was erased. */
	int (*program)(void *ctx, uint32_t at, const void *src, uint32_t len);
	/* Whole blocks become 0xff. */
	int (*erase)(void *ctx, uint32_t at, uint32_t len);
	void *ctx;
	uint32_t block_bytes; /* what is erased at once */
	uint32_t bytes;       /* two halves of whole blocks; see cairn_varstore_half_bytes() */
};

/* Private but for region, whose functions and ctx a caller may replace when they move in memory. */
struct cairn_varstore {
	struct cairn_varstore_region region;
	uint32_t half_bytes, base; /* base: of the half in use */
	uint32_t generation;
	uint32_t used; /* of that half; half_bytes: nothing can be added behind */
	uint32_t live; /* bytes of records that count */
};

/* A variable that is in the store; valid until the store changes. */
struct cairn_varstore_entry {
	uint32_t attributes, name_bytes, data_bytes; /* name in UCS-2 with its NUL */
	uint8_t guid[16], time[16];
	uint32_t at; /* private */
};

struct cairn_varstore_key {
	const void *name;    /* UCS-2, with its NUL */
	uint32_t name_bytes; /* even, 4 … CAIRN_VARSTORE_NAME_BYTES_MAX */
	uint8_t guid[16];
};

struct cairn_varstore_value {
	const void *data;
	uint32_t data_bytes, attributes;
	uint8_t time[16];
};

/*
 * cairn_varstore_half_bytes() - how large a half may be in so many bytes of such blocks: whole
 * blocks, at most `most` or one block, whichever is more.
 *
 * Returns 0: there is no room for two halves of CAIRN_VARSTORE_HALF_BYTES_MIN, or they were larger
 * than CAIRN_VARSTORE_HALF_BYTES_MAX.
 */
uint32_t cairn_varstore_half_bytes(uint32_t block_bytes, uint32_t bytes, uint32_t most);

/*
 * cairn_varstore_open() - find the store in a region, or make one where nothing is.
 *
 * @region: copied. All bytes 0xff or 0 is nothing, and so is the beginning of a header that was not
 * finished.
 *
 * Returns 0; -EINVAL: not two halves of whole blocks; -EEXIST: the region holds something else, and
 * is not touched; -EIO: what was written does not read back; or what the region returned. Reads the
 * half in use once, all of the region where there is no store.
 */
CAIRN_MUST_USE int cairn_varstore_open(struct cairn_varstore *s,
				       const struct cairn_varstore_region *region,
				       struct cairn_err *err);

/*
 * cairn_varstore_next() - the next variable.
 *
 * @at: where; 0 at the beginning. Returns 1, 0: no more; or what the region returned. A key may
 * come twice in a store that somebody else made: the later counts.
 */
CAIRN_MUST_USE int cairn_varstore_next(const struct cairn_varstore *s, uint32_t *at,
				       struct cairn_varstore_entry *ret);

/* Returns 0; -ENOENT; or what the region returned. */
CAIRN_MUST_USE int cairn_varstore_find(const struct cairn_varstore *s,
				       const struct cairn_varstore_key *key,
				       struct cairn_varstore_entry *ret);

/* Name and data of an entry; NULL: not wanted. Returns 0, or what the region returned. */
CAIRN_MUST_USE int cairn_varstore_read(const struct cairn_varstore *s,
				       const struct cairn_varstore_entry *e, void *name,
				       void *data);

/*
 * cairn_varstore_put() - a new variable, or another value for an old one.
 *
 * Returns 0; -EINVAL: a name of another length; -ENOSPC: nothing was changed; -EIO: what was
 * written does not read back; or what the region returned. After a failure of the region the
 * variable is old or new, as after a power cut; the store may go on being used.
 */
CAIRN_MUST_USE int cairn_varstore_put(struct cairn_varstore *s,
				      const struct cairn_varstore_key *key,
				      const struct cairn_varstore_value *value);

/* Returns 0; -ENOENT; or what the region returned: then the variable is there or not. */
CAIRN_MUST_USE int cairn_varstore_delete(struct cairn_varstore *s,
					 const struct cairn_varstore_key *key);

/* What a variable takes of the room, with sums that cannot overflow for lengths below 2^30. */
uint32_t cairn_varstore_cost(uint32_t name_bytes, uint32_t data_bytes);
/* All room, and what of it no variable has. */
uint32_t cairn_varstore_capacity(const struct cairn_varstore *s);
uint32_t cairn_varstore_free(const struct cairn_varstore *s);

#ifdef __cplusplus
}
#endif
#endif
