/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/auth_variable.h>
#include <cairn/le.h>

#include "chain.h"

enum { GUID_BYTES = 16, CERT_REVISION = 0x0200, CERT_EFI_GUID = 0x0ef1 };

struct time_wire { /* EFI_TIME: 8.3 */
	cairn_le16 year;
	uint8_t month, day, hour, minute, second;
	uint8_t zero[9]; /* pads, nanosecond, time zone, daylight: 8.2.2 */
};

struct auth_wire { /* EFI_VARIABLE_AUTHENTICATION_2 with its WIN_CERTIFICATE_UEFI_GUID: 32.2.4 */
	struct time_wire time;
	cairn_le32 cert_bytes; /* from here, up to the data */
	cairn_le16 revision, kind;
	uint8_t guid[GUID_BYTES];
};
CAIRN_STATIC_ASSERT(sizeof(struct time_wire) == 16, "UEFI 2.10, 8.3");
CAIRN_STATIC_ASSERT(sizeof(struct auth_wire) == 40, "UEFI 2.10, 8.2.2");

#define CERT_HEADER_BYTES (sizeof(struct auth_wire) - sizeof(struct time_wire))

/* EFI_CERT_TYPE_PKCS7_GUID */
static const uint8_t pkcs7_guid[GUID_BYTES] CAIRN_RESIDENT_DATA = { 0x9d, 0xd2, 0xaf, 0x4a,
								    0xdf, 0x68, 0xee, 0x49,
								    0x8a, 0xa9, 0x34, 0x7d,
								    0x37, 0x56, 0x65, 0xa7 };

static const char too_short[] CAIRN_RESIDENT_DATA = "a change that is not signed";
static const char other_time[] CAIRN_RESIDENT_DATA = "a change at a time with more than seconds";
static const char other_kind[] CAIRN_RESIDENT_DATA = "a change that is signed in an unknown way";
static const char malformed[] CAIRN_RESIDENT_DATA =
    "its signature is malformed, or of an unknown kind";
static const char changed[] CAIRN_RESIDENT_DATA = "something else was signed";
static const char stranger[] CAIRN_RESIDENT_DATA = "nobody who is trusted signed it";
static const char nameless[] CAIRN_RESIDENT_DATA = "its signer has no name";
static const char too_long[] CAIRN_RESIDENT_DATA = "its signer has too many authorities";

CAIRN_RESIDENT static bool is_time_right(const struct time_wire *t)
{
	for (size_t i = 0; i < sizeof(t->zero); i++)
		if (t->zero[i])
			return false;
	return true;
}

CAIRN_RESIDENT int cairn_auth_variable_parse(const void *bytes, size_t n,
					     struct cairn_auth_variable *ret, struct cairn_err *err)
{
	const uint8_t *p = bytes;
	struct auth_wire w;
	uint32_t cert_bytes;

	if (n < sizeof(w))
		return cairn_err_set(err, EPROTO, too_short, n);
	memcpy(&w, p, sizeof(w));
	if (!is_time_right(&w.time))
		return cairn_err_set(err, EPROTO, other_time, 0);
	cert_bytes = cairn_le32_get(w.cert_bytes);
	if (cert_bytes < CERT_HEADER_BYTES || cert_bytes > n - sizeof(w.time))
		return cairn_err_set(err, EPROTO, too_short,
				     offsetof(struct auth_wire, cert_bytes));
	if (cairn_le16_get(w.revision) != CERT_REVISION ||
	    cairn_le16_get(w.kind) != CERT_EFI_GUID ||
	    memcmp(w.guid, pkcs7_guid, sizeof(w.guid)) != 0)
		return cairn_err_set(err, EPROTO, other_kind, offsetof(struct auth_wire, revision));
	memcpy(ret->time, &w.time, sizeof(ret->time));
	ret->pkcs7 = p + sizeof(w);
	ret->pkcs7_bytes = cert_bytes - CERT_HEADER_BYTES;
	ret->data = ret->pkcs7 + ret->pkcs7_bytes;
	ret->data_bytes = n - sizeof(w) - ret->pkcs7_bytes;
	return 0;
}

/* 8.2.2: of the parameters of SetVariable() that count, the time, and the data. */
CAIRN_RESIDENT static void digest_of(const struct cairn_auth_variable *v,
				     const struct cairn_auth_variable_name *name,
				     enum cairn_hash_kind kind, uint8_t *ret)
{
	cairn_le32 attributes = cairn_le32_of(name->attributes);
	struct cairn_hash h;

	cairn_hash_init(&h, kind);
	cairn_hash_update(&h, name->name, name->name_bytes);
	cairn_hash_update(&h, name->guid, GUID_BYTES);
	cairn_hash_update(&h, &attributes, sizeof(attributes));
	cairn_hash_update(&h, v->time, sizeof(v->time));
	cairn_hash_update(&h, v->data, v->data_bytes);
	cairn_hash_final(&h, ret);
}

/* The signature, which is right: by whom is the caller's to ask. */
CAIRN_RESIDENT static int read_signature(const struct cairn_auth_variable *v,
					 const struct cairn_auth_variable_name *name,
					 const struct cairn_authenticode_policy *p,
					 struct cairn_pkcs7 *ret, struct cairn_err *err)
{
	const struct cairn_der der = { v->pkcs7, v->pkcs7_bytes };
	uint8_t digest[CAIRN_HASH_BYTES_MAX];

	if (!cairn_authenticode_pkcs7_(der, OID_DATA, ret))
		return cairn_err_set(err, EPROTO, malformed, 0);
	digest_of(v, name, ret->kind, digest);
	if (!cairn_authenticode_is_signed_(p, ret, digest))
		return cairn_err_set(err, EACCES, changed, 0);
	return 0;
}

CAIRN_RESIDENT int cairn_auth_variable_check(
    const struct cairn_auth_variable *v, const struct cairn_auth_variable_name *name,
    const struct cairn_authenticode_list *allowed,
    bool (*is_true)(const struct cairn_authenticode_claim *claim), struct cairn_err *err)
{
	const struct cairn_authenticode_policy policy = { .allowed = *allowed, .is_true = is_true };
	struct cairn_authenticode_entry by;
	struct cairn_pkcs7 s;
	int r = read_signature(v, name, &policy, &s, err);

	if (r < 0)
		return r;
	if (cairn_authenticode_follow_(&policy, &s, &by) != ALLOWED)
		return cairn_err_set(err, EACCES, stranger, 0);
	return 0;
}

/* RFC 5280, 4.1.2.4; of X.520's strings any. False: there is none. */
CAIRN_RESIDENT static bool find_common_name(struct cairn_der name, struct cairn_der *ret)
{
	struct cairn_der set, pair;
	enum cairn_oid oid;

	while (name.n) {
		if (!cairn_authenticode_take_(&name, DER_SET, &set, NULL))
			return false;
		while (set.n) {
			if (!cairn_authenticode_take_(&set, DER_SEQUENCE, &pair, NULL) ||
			    !cairn_authenticode_take_oid_(&pair, &oid))
				return false;
			if (oid == OID_COMMON_NAME)
				return pair.n &&
				       cairn_authenticode_take_(&pair, pair.p[0], ret, NULL) &&
				       pair.n == 0;
		}
	}
	return false;
}

CAIRN_RESIDENT int cairn_auth_variable_signer(
    const struct cairn_auth_variable *v, const struct cairn_auth_variable_name *name,
    bool (*is_true)(const struct cairn_authenticode_claim *claim),
    uint8_t ret_digest[CAIRN_AUTH_VARIABLE_DIGEST_BYTES], struct cairn_err *err)
{
	const struct cairn_authenticode_policy policy = { .is_true = is_true };
	const struct cairn_x509 *top;
	struct cairn_der common_name;
	struct cairn_pkcs7 s;
	struct cairn_hash h;
	int r = read_signature(v, name, &policy, &s, err);

	if (r < 0)
		return r;
	if (!find_common_name(s.certs[s.signer].subject, &common_name))
		return cairn_err_set(err, EACCES, nameless, 0);
	top = cairn_authenticode_top_(&policy, &s);
	if (!top)
		return cairn_err_set(err, EACCES, too_long, 0);
	cairn_hash_init(&h, CAIRN_SHA256);
	cairn_hash_update(&h, common_name.p, common_name.n);
	cairn_hash_update(&h, top->tbs.p, top->tbs.n);
	cairn_hash_final(&h, ret_digest);
	return 0;
}
