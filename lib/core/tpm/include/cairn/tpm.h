/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * tpm.h - the few TPM 2.0 commands that measuring a boot takes, as bytes, and what comes back. TPM
 * 2.0 Library (revision 1.38): part 2 for the structures, part 3 for the commands.
 *
 * Pure: whoever has a TPM carries the bytes. A response is of the TPM's making and trusted with
 * nothing: it is read once, within its length. Everything on the wire is big-endian.
 */
#ifndef CAIRN_TPM_H
#define CAIRN_TPM_H

#include <cairn/hash.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_TPM_COMMAND_MAX 512u /* bytes of any command below */
#define CAIRN_TPM_HEADER      10u  /* of a command or response: tag, size, code */
#define CAIRN_TPM_KINDS       4u   /* hashes that are known here */
#define CAIRN_TPM_PCRS        24u
#define CAIRN_TPM_EVENT_MAX   256u /* bytes that the TPM is asked to hash by itself */
#define CAIRN_TPM_AUTH_MAX    32u

enum { /* response codes, part 2, 6.6 */
       CAIRN_TPM_RC_SUCCESS = 0,
       CAIRN_TPM_RC_INITIALIZE = 0x100,
};

enum cairn_tpm_property { /* part 2, 6.13 */
			  CAIRN_TPM_MANUFACTURER = 0x105,
			  CAIRN_TPM_MAX_COMMAND = 0x11e,
			  CAIRN_TPM_MAX_RESPONSE = 0x11f,
};

/* A set of enum cairn_hash_kind: bit 1 << kind. */
typedef uint32_t cairn_tpm_kinds;

/* The name of a kind on the wire: TPM_ALG_ID, part 2, 6.3. */
uint16_t cairn_tpm_alg(enum cairn_hash_kind kind);
/* Returns 0, or -ENOTSUP: none that is known here. */
CAIRN_MUST_USE int cairn_tpm_kind(uint16_t alg, enum cairn_hash_kind *ret_kind);

struct cairn_tpm_digests { /* v[kind] counts where kinds has the bit */
	cairn_tpm_kinds kinds;
	uint8_t v[CAIRN_TPM_KINDS][CAIRN_HASH_BYTES_MAX];
};

/* All of `kinds` over the same bytes. */
void cairn_tpm_digest(cairn_tpm_kinds kinds, const void *bytes, size_t n,
		      struct cairn_tpm_digests *ret);

/* Commands. Each writes at most CAIRN_TPM_COMMAND_MAX bytes and returns how many. */
size_t cairn_tpm_startup(uint8_t *dst);                               /* 9.3, TPM_SU_CLEAR */
size_t cairn_tpm_get_banks(uint8_t *dst);                             /* 30.2, TPM_CAP_PCRS */
size_t cairn_tpm_get_property(uint8_t *dst, enum cairn_tpm_property); /* 30.2 */
size_t cairn_tpm_pcr_read(uint8_t *dst, enum cairn_hash_kind kind, uint32_t pcr); /* 22.4 */
size_t cairn_tpm_pcr_extend(uint8_t *dst, uint32_t pcr,
			    const struct cairn_tpm_digests *digests); /* 22.2 */
/* Every bank is extended with the TPM's own hash of n <= CAIRN_TPM_EVENT_MAX bytes; 22.3. */
size_t cairn_tpm_pcr_event(uint8_t *dst, uint32_t pcr, const void *bytes, size_t n);
size_t cairn_tpm_get_random(uint8_t *dst, uint16_t n); /* 16.1 */
/* From now on the platform's hierarchy takes these n <= CAIRN_TPM_AUTH_MAX bytes; 24.8. */
size_t cairn_tpm_set_platform_auth(uint8_t *dst, const void *auth, size_t n);

struct cairn_tpm_response {
	uint32_t rc;
	const uint8_t *body; /* behind the header, inside what was parsed */
	size_t n;
};

/*
 * cairn_tpm_parse() - the header of a response of n bytes.
 *
 * Returns 0; -EPROTO: shorter than a header, another tag than a response's, or another size than n.
 */
CAIRN_MUST_USE int cairn_tpm_parse(const uint8_t *bytes, size_t n, struct cairn_tpm_response *ret);

struct cairn_tpm_banks {
	cairn_tpm_kinds supported, active;
	uint32_t n_supported; /* with those that are not known here */
	bool has_unknown;     /* one of these is active: nothing here can extend it */
};

/* What the commands of the same names brought. All return 0, or -EPROTO. */
CAIRN_MUST_USE int cairn_tpm_banks(const struct cairn_tpm_response *r, struct cairn_tpm_banks *ret);
CAIRN_MUST_USE int cairn_tpm_property(const struct cairn_tpm_response *r,
				      enum cairn_tpm_property which, uint32_t *ret_value);
/* Writes cairn_hash_size(kind) bytes. */
CAIRN_MUST_USE int cairn_tpm_pcr_value(const struct cairn_tpm_response *r,
				       enum cairn_hash_kind kind, uint8_t *ret_digest);
/* At most cap bytes, perhaps fewer than were asked for; not none. */
CAIRN_MUST_USE int cairn_tpm_random(const struct cairn_tpm_response *r, uint8_t *dst, size_t cap,
				    size_t *ret_n);

#ifdef __cplusplus
}
#endif
#endif
