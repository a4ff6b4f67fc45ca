/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * hash.h - SHA-1, SHA-256, SHA-384 and SHA-512 (FIPS 180-4) of bytes that come in pieces: for
 * measuring what is booted, and for checking signatures. SHA-1 finds accidents and names things;
 * it proves nothing any more.
 *
 * Not for secrets: nothing is wiped. A struct is used by one thread at a time.
 */
#ifndef CAIRN_HASH_H
#define CAIRN_HASH_H

#include <cairn/env.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_HASH_BYTES_MAX 64u /* of any digest below */

enum cairn_hash_kind { CAIRN_SHA1, CAIRN_SHA256, CAIRN_SHA384, CAIRN_SHA512 };

struct cairn_hash { /* the caller's; may be copied half way, to go on in two directions */
	enum cairn_hash_kind kind;
	uint64_t total_bytes;
	uint64_t state[8]; /* 32-bit words of the shorter ones in the low halves */
	uint8_t block[128];
};

/* Bytes of the digest: 20, 32, 48 or 64. */
uint32_t cairn_hash_size(enum cairn_hash_kind kind);

void cairn_hash_init(struct cairn_hash *h, enum cairn_hash_kind kind);
/* O(n). Up to 2^61 - 1 bytes in all. */
void cairn_hash_update(struct cairn_hash *h, const void *bytes, size_t n);
/* Writes cairn_hash_size() bytes. h must be initialised anew before it is used again. */
void cairn_hash_final(struct cairn_hash *h, uint8_t *ret_digest);

/* The three of them in one. */
void cairn_hash_bytes(enum cairn_hash_kind kind, const void *bytes, size_t n, uint8_t *ret_digest);

#ifdef __cplusplus
}
#endif
#endif
