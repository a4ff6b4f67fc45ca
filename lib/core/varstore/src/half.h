/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* half.h - bytes of one half: its header, its records. */
#ifndef CAIRN_VARSTORE_HALF_H
#define CAIRN_VARSTORE_HALF_H

#include <cairn/varstore.h>

#define VARSTORE_MAGIC        UINT64_C(0x5241564e52494143) /* "CAIRNVAR" */
#define VARSTORE_VERSION      1u
#define VARSTORE_ERASED       0xffu
#define VARSTORE_HEADER_BYTES 32u
#define VARSTORE_RECORD_BYTES 56u
#define VARSTORE_COPY_BYTES   256u /* on the stack, which may be an operating system's */

/* Offsets in a half's header. */
enum { HALF_MAGIC = 0, HALF_VERSION = 8, HALF_GENERATION = 12, HALF_BYTES = 16, HALF_CRC = 20 };

/* Offsets in a record. */
enum {
	RECORD_STATE = 0, /* VARSTORE_ERASED: it counts */
	RECORD_MARK = 1,
	RECORD_NAME_BYTES = 2,
	RECORD_DATA_BYTES = 4,
	RECORD_ATTRIBUTES = 8,
	RECORD_BODY_CRC = 12,
	RECORD_GUID = 16,
	RECORD_TIME = 32,
	RECORD_CRC = 48, /* of all before it but the state */
};

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
/* The header, VARSTORE_HEADER_BYTES long. */
void cairn_varstore_header_of_(const struct cairn_varstore *s, uint32_t generation, uint8_t *raw);
/* Makes a half the one in use. -EIO: it does not read back. */
int cairn_varstore_commit_(struct cairn_varstore *s, uint32_t base, uint32_t generation);
/* 1: a whole header, of this geometry; 0; or what the region returned. */
int cairn_varstore_header_(const struct cairn_varstore *s, uint32_t base, uint32_t *ret_generation);
/* Writes a record and looks at it again. -EIO: it is not there. */
int cairn_varstore_write_(struct cairn_varstore *s, uint32_t at,
			  const struct cairn_varstore_key *key,
			  const struct cairn_varstore_value *value);

#endif
