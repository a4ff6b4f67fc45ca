/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * signer.h - authenticated variables, signed by keys that OpenSSL makes: "pk", "kek", "other", each
 * with a certificate of its own.
 */
#ifndef FW_SECURE_TEST_SIGNER_H
#define FW_SECURE_TEST_SIGNER_H

#include "../../efi/test/rig.h"
#include "keys.h"

/* Group set-up and tear-down. */
int signer_init(void);
void signer_fini(void);

/* What is signed, and for which call. */
struct signer_what {
	const char *key;
	const CHAR16 *name;
	const EFI_GUID *guid;
	uint32_t attributes;
	uint16_t year; /* of the time, the rest of which is the same */
	const void *data;
	size_t n;
};

struct signer_descriptor {
	size_t n, data_at; /* data_at: behind the descriptor */
	uint8_t bytes[16384];
};

/* The descriptor with the data behind it. */
void signer_make(const struct signer_what *what, struct signer_descriptor *ret);
/* A list of a key's certificate, appended. */
void signer_certificate(const char *key, struct keys *lists);

#endif
