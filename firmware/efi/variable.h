/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * variable.h - what the parts of the variable services share: the store (variable.c), writing
 * (variable_set.c), and who may write what (variable_auth.c, or variable_plain.c without Secure
 * Boot). What is declared here lies in the runtime sections, where it is not said otherwise.
 */
#ifndef FW_EFI_VARIABLE_H
#define FW_EFI_VARIABLE_H

#include <cairn/err.h>
#include <fw/runtime.h>

#include "efi_tables.h"

#define EFI_VARIABLE_MAX    (64u << 10) /* of name and data together */
#define EFI_VARIABLE_ACCESS (EFI_VARIABLE_BOOTSERVICE | EFI_VARIABLE_RUNTIME)
#define EFI_SIGNER_BYTES    32u

struct efi_record {
	uint32_t bytes; /* of all of it, padded */
	uint32_t attributes;
	uint32_t name_bytes, data_bytes; /* data_bytes: with what is hidden of them */
	EFI_GUID guid;
	uint8_t time[16]; /* of authenticated ones */
	uint32_t is_own;
	uint32_t hidden; /* bytes in front of the data that only variable_auth.c looks at */
};

/* What a call wants to be stored. */
struct efi_change {
	const CHAR16 *name;
	const EFI_GUID *guid;
	UINTN name_bytes, size;
	const void *data;
	uint32_t attributes; /* as they are kept: without APPEND_WRITE */
	bool is_append, is_own;
	bool is_lists; /* of signatures: what is there already is not appended again */
	uint8_t time[16];
	uint32_t hidden; /* 0, or EFI_SIGNER_BYTES of signer */
	uint8_t signer[EFI_SIGNER_BYTES];
};

FW_RT_INLINE uint8_t *efi_record_name(struct efi_record *r)
{
	return (uint8_t *)(r + 1);
}

/* With what is hidden. */
FW_RT_INLINE uint8_t *efi_record_data(struct efi_record *r)
{
	return efi_record_name(r) + r->name_bytes;
}

/* Bytes with the NUL, or 0: empty or longer than any variable's. */
UINTN efi_variable_name_size(const CHAR16 *name);
/*
 * The change's GUID, name and data (at most EFI_VARIABLE_MAX) become copies, until the next call:
 * what other processors write to the caller's after that is nothing that was checked. name_bytes
 * is what efi_variable_name_size() says of the copy.
 */
void efi_variable_copy(struct efi_change *c);
/* Also one that an operating system may not see. It stays in its place until one is written. */
struct efi_record *efi_variable_find(const CHAR16 *name, UINTN name_bytes, const EFI_GUID *guid);
/* 8.2.3: what attributes mean by themselves. SUCCESS, INVALID_PARAMETER, UNSUPPORTED. */
EFI_STATUS efi_variable_check_attributes(uint32_t attributes);
/* The one place where a variable is stored, and the one where it ends. */
EFI_STATUS efi_variable_put(const struct efi_change *c, struct efi_record *old);
EFI_STATUS efi_variable_delete(struct efi_record *old);

/* Behind all[0 … n): those lists of signatures of `more` and their entries that are not among the n
 * bytes. Returns their bytes, at most more_bytes. Both are whole, in one form (32.4.1). */
UINTN efi_lists_append(uint8_t *all, UINTN n, const uint8_t *more, UINTN more_bytes);

/* Whether authenticated variables are known here, and last where the guest's kernel guards them. */
bool efi_auth_is_here(void);
/* PK, KEK, db or dbx, where these mean something. */
bool efi_auth_is_key(const CHAR16 *name, UINTN name_bytes, const EFI_GUID *guid);
/*
 * Whether the change may be. An authenticated one becomes what its descriptor is in front of.
 *
 * @attributes: all that the caller gave. old: NULL: there is none
 * SUCCESS; INVALID_PARAMETER, WRITE_PROTECTED, SECURITY_VIOLATION as of SetVariable.
 */
EFI_STATUS efi_auth_check(struct efi_change *c, uint32_t attributes, struct efi_record *old);
/* It is made: the mode of the platform is what the keys are now. */
void efi_auth_changed(const struct efi_change *c);

/* What follows is not of the runtime sections. */

/* Before anything is started: the keys that came with the machine become variables, or variables
 * that last become keys. Returns 0; -EACCES: keys that cannot be obeyed; -ENOMEM. */
CAIRN_MUST_USE int efi_auth_start(struct cairn_err *err);
/* Before each check of a program: with the lists as they are now. -EACCES: they cannot be obeyed.
 */
CAIRN_MUST_USE int efi_auth_renew(void);
/* How many bytes are hidden in a record of an earlier start; false: it is none of ours. */
bool efi_auth_is_whole(struct efi_record *r);
/* Those variables that are keys, out of where they last. efi_variables_load() leaves them out. */
void efi_variables_load_keys(void);

#endif
