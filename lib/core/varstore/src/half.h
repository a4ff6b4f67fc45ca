/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* half.h - bytes of one half: its header, its records. */
#ifndef CAIRN_VARSTORE_HALF_H
#define CAIRN_VARSTORE_HALF_H

#include <cairn/le.h>
#include <cairn/varstore.h>

#define VARSTORE_VERSION      1u
#define VARSTORE_ERASED       0xffu
#define VARSTORE_HEADER_BYTES 32u
#define VARSTORE_RECORD_BYTES 56u
#define VARSTORE_COPY_BYTES   256u /* on the stack, which may be an operating system's */

/* As they are in the region. */
struct varstore_half_wire {
	uint8_t magic[8];
	cairn_le32 version, generation, half_bytes;
	cairn_le32 crc; /* of all before it */
	uint8_t erased[8];
};
CAIRN_STATIC_ASSERT(sizeof(struct varstore_half_wire) == VARSTORE_HEADER_BYTES, "varstore.h");

struct varstore_record_wire {
	uint8_t state; /* VARSTORE_ERASED: it counts */
	uint8_t mark;
	cairn_le16 name_bytes;
	cairn_le32 data_bytes, attributes, body_crc;
	uint8_t guid[16], time[16];
	cairn_le32 crc; /* of all before it but the state */
	uint8_t erased[4];
};
CAIRN_STATIC_ASSERT(sizeof(struct varstore_record_wire) == VARSTORE_RECORD_BYTES, "varstore.h");

/* A record whose header is whole, inside the half. */
struct varstore_record {
	struct cairn_varstore_entry e;
	uint32_t bytes, body_crc;
	bool is_live; /* was not deleted */
};

enum varstore_found {
	VARSTORE_RECORD,
	VARSTORE_END, /* erased, or the half's end */
	VARSTORE_TORN /* nothing behind can be known */
};

/* The record at this offset of the half in use. Returns enum varstore_found, or the region's. */
int cairn_varstore_record_(const struct cairn_varstore *s, uint32_t at,
			   struct varstore_record *ret);
/* 1: it counts: not deleted, and name and data are as written; 0; or what the region returned. */
int cairn_varstore_is_whole_(const struct cairn_varstore *s, const struct varstore_record *r);
/* Whether the record has this name. 1, 0, or what the region returned. */
int cairn_varstore_is_called_(const struct cairn_varstore *s, const struct varstore_record *r,
			      const struct cairn_varstore_key *key);
/* The records of this key that lie before `end` are deleted, the first one first. */
int cairn_varstore_kill_(struct cairn_varstore *s, const struct cairn_varstore_key *key,
			 uint32_t end);
void cairn_varstore_header_of_(const struct cairn_varstore *s, uint32_t generation,
			       struct varstore_half_wire *ret);
/* Makes a half the one in use. -EIO: it does not read back. */
int cairn_varstore_commit_(struct cairn_varstore *s, uint32_t base, uint32_t generation);
/* 1: a whole header, of this geometry; 0; or what the region returned. */
int cairn_varstore_header_(const struct cairn_varstore *s, uint32_t base, uint32_t *ret_generation);
/* Writes a record and looks at it again. -EIO: it is not there. */
int cairn_varstore_write_(struct cairn_varstore *s, uint32_t at,
			  const struct cairn_varstore_key *key,
			  const struct cairn_varstore_value *value);

#endif
