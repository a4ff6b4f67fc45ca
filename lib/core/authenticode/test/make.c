/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "make.h"

#include <cairn/le.h>
#include <stdlib.h>

void put(struct blob *b, const void *bytes, size_t n)
{
	if (n > sizeof(b->v) - b->n)
		abort();
	memcpy(b->v + b->n, bytes, n);
	b->n += n;
}

void put_byte(struct blob *b, uint8_t byte)
{
	put(b, &byte, 1);
}

void put_blob(struct blob *b, const struct blob *other)
{
	put(b, other->v, other->n);
}

void wrap(struct blob *b, uint8_t tag)
{
	uint8_t head[4] = { tag, (uint8_t)b->n };
	size_t n = 2;

	if (b->n >= 0x100) {
		head[1] = 0x82;
		head[2] = (uint8_t)(b->n >> 8);
		head[3] = (uint8_t)b->n;
		n = 4;
	} else if (b->n >= 0x80) {
		head[1] = 0x81;
		head[2] = (uint8_t)b->n;
		n = 3;
	}
	if (b->n + n > sizeof(b->v))
		abort();
	memmove(b->v + n, b->v, b->n);
	memcpy(b->v, head, n);
	b->n += n;
}

static void put_value(struct blob *b, uint8_t tag, const void *bytes, size_t n)
{
	struct blob *value = calloc(1, sizeof(*value));

	put(value, bytes, n);
	wrap(value, tag);
	put_blob(b, value);
	free(value);
}

#define PUT_OID(b, ...)                                                                            \
	put_value(b, 0x06, (const uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }))

static void put_wrapped(struct blob *b, struct blob *value, uint8_t tag)
{
	wrap(value, tag);
	put_blob(b, value);
	value->n = 0;
}

enum algorithm {
	A_SHA1,
	A_SHA256,
	A_SHA384,
	A_SHA512,
	A_RSA,
	A_RSA_SHA1,
	A_RSA_SHA256,
	A_RSA_SHA384
};

static void put_algorithm(struct blob *b, enum algorithm a)
{
	struct blob v = { 0 };

	switch (a) {
	case A_SHA1:
		PUT_OID(&v, 0x2b, 0x0e, 3, 2, 0x1a);
		break;
	case A_SHA256:
	case A_SHA384:
	case A_SHA512:
		PUT_OID(&v, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, (uint8_t)a);
		break;
	case A_RSA:
		PUT_OID(&v, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1);
		break;
	case A_RSA_SHA1:
		PUT_OID(&v, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5);
		break;
	case A_RSA_SHA256:
	case A_RSA_SHA384:
		PUT_OID(&v, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1,
			(uint8_t)(11 + a - A_RSA_SHA256));
		break;
	}
	put_value(&v, 0x05, "", 0);
	put_wrapped(b, &v, 0x30);
}

static void put_part_of_name(struct blob *b, uint8_t last, const char *text)
{
	struct blob v = { 0 };

	PUT_OID(&v, 0x55, 4, last);
	put_value(&v, 0x0c, text, strlen(text));
	wrap(&v, 0x30);
	put_wrapped(b, &v, 0x31);
}

/* With an organization in front, and another common name behind. */
static void put_name_of(struct blob *b, char name, bool is_nameless)
{
	const char text[] = { 'n', 'a', 'm', 'e', ' ', name, 0 };
	struct blob v = { 0 };

	put_part_of_name(&v, 10, "cairn");
	if (!is_nameless) {
		put_part_of_name(&v, 3, text);
		put_part_of_name(&v, 3, "second");
	}
	put_wrapped(b, &v, 0x30);
}

static void put_name(struct blob *b, char name)
{
	put_name_of(b, name, false);
}

static void put_serial(struct blob *b, char name)
{
	put_value(b, 0x02, &name, 1);
}

static void pretend(char key, enum cairn_hash_kind kind, const uint8_t *digest, uint8_t ret[32])
{
	struct cairn_hash h;

	cairn_hash_init(&h, CAIRN_SHA256);
	cairn_hash_update(&h, &key, 1);
	cairn_hash_update(&h, digest, cairn_hash_size(kind));
	cairn_hash_final(&h, ret);
}

bool pretended_is_true(const struct cairn_authenticode_claim *claim)
{
	uint8_t wanted[32];

	if (claim->kind == CAIRN_SHA1)
		abort();
	for (size_t i = 0; i + 5 <= claim->certificate_bytes; i++) {
		if (memcmp(claim->certificate + i, "key:", 4) != 0)
			continue;
		pretend((char)claim->certificate[i + 4], claim->kind, claim->digest, wanted);
		return claim->signature_bytes == sizeof(wanted) &&
		       memcmp(claim->signature, wanted, sizeof(wanted)) == 0;
	}
	return false;
}

static void put_extension(struct blob *list, uint8_t last, bool is_critical, struct blob *value)
{
	struct blob e = { 0 };

	PUT_OID(&e, 0x55, 0x1d, last);
	if (is_critical)
		put_value(&e, 0x01, "\xff", 1);
	put_wrapped(&e, value, 0x04);
	put_wrapped(list, &e, 0x30);
}

static void put_authority(struct blob *list, const struct cert_spec *spec)
{
	struct blob value = { 0 };

	if (spec->is_ca)
		put_value(&value, 0x01, "\xff", 1);
	if (spec->has_path)
		put_value(&value, 0x02, &spec->path, 1);
	wrap(&value, 0x30);
	put_extension(list, 19, true, &value);
}

static void put_extensions(struct blob *b, const struct cert_spec *spec)
{
	struct blob list = { 0 }, value = { 0 };

	put_authority(&list, spec);
	if (spec->is_twice)
		put_authority(&list, spec);
	if (spec->usage) {
		put_value(&value, 0x03, (uint8_t[]){ 0, spec->usage }, 2);
		put_extension(&list, 15, true, &value);
	}
	put_value(&value, 0x04, "some", 4);
	put_extension(&list, 14, false, &value);
	put_value(&value, 0x04, "some", 4);
	put_extension(&list, 30, spec->is_critical, &value);
	for (uint32_t i = 0; i < spec->n_more; i++)
		put_extension(&list, 31, false, &value);
	wrap(&list, 0x30);
	put_wrapped(b, &list, 0xa3);
}

static enum algorithm algorithm_of(const struct cert_spec *spec)
{
	if (spec->is_unsigned)
		return A_SHA256;
	return spec->is_sha1 ? A_RSA_SHA1 : A_RSA_SHA256;
}

void make_cert(struct blob *b, const struct cert_spec *spec)
{
	const uint8_t key[] = { 'k', 'e', 'y', ':', (uint8_t)spec->key };
	uint8_t digest[32], signature[33] = { 0 };
	struct blob tbs = { 0 }, v = { 0 };

	put_value(&v, 0x02, "\x02", 1);
	put_wrapped(&tbs, &v, 0xa0);
	put_serial(&tbs, spec->name);
	put_algorithm(&tbs, algorithm_of(spec));
	put_name(&tbs, spec->issuer);
	put_value(&tbs, 0x30, "validity", 8);
	put_name_of(&tbs, spec->name, spec->is_nameless);
	put_value(&tbs, 0x30, key, sizeof(key));
	put_extensions(&tbs, spec);
	wrap(&tbs, 0x30);
	cairn_hash_bytes(CAIRN_SHA256, tbs.v, tbs.n, digest);
	pretend(spec->made_by, CAIRN_SHA256, digest, signature + 1);
	b->n = 0;
	put_blob(b, &tbs);
	put_algorithm(b, algorithm_of(spec));
	put_value(b, 0x03, signature, sizeof(signature));
	wrap(b, 0x30);
}

/* Bytes of a value's tag and length; *ret_n: of its contents. */
static size_t head_of(const uint8_t *p, size_t *ret_n)
{
	size_t more = p[1] & 0x80 ? p[1] & 0x7f : 0;

	*ret_n = more ? 0 : p[1];
	for (size_t i = 0; i < more; i++)
		*ret_n = *ret_n << 8 | p[2 + i];
	return 2 + more;
}

const uint8_t *tbs_of(const struct blob *cert, size_t *ret_n)
{
	size_t n, at = head_of(cert->v, &n), inner = head_of(cert->v + at, &n);

	*ret_n = inner + n;
	return cert->v + at;
}

static void put_attribute(struct blob *b, uint8_t last, struct blob *value)
{
	struct blob a = { 0 };

	PUT_OID(&a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, last);
	put_wrapped(&a, value, 0x31);
	put_wrapped(b, &a, 0x30);
}

static void put_type(struct blob *b, bool is_data, bool is_other)
{
	if (is_data)
		PUT_OID(b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, is_other ? 2 : 1);
	else
		PUT_OID(b, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, is_other ? 5 : 4);
}

static void put_content(struct blob *b, const struct signature_spec *spec, const uint8_t *digest)
{
	struct blob v = { 0 }, w = { 0 };

	PUT_OID(&v, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, spec->has_other_kind ? 30 : 15);
	put_value(&v, 0x30, "what it is", 10);
	put_wrapped(b, &v, 0x30);
	put_algorithm(&w, spec->is_of_sha1 ? A_SHA1 : (enum algorithm)spec->kind);
	put_value(&w, 0x04, digest,
		  spec->is_of_sha1 ? 20 : cairn_hash_size(spec->kind) - spec->has_short_digest);
	put_wrapped(b, &w, 0x30);
}

struct content {
	const struct blob *bytes;
	bool is_data;
};

static void make_attributes(struct blob *b, const struct signature_spec *spec,
			    const struct content *content)
{
	uint8_t digest[CAIRN_HASH_BYTES_MAX];
	struct blob v = { 0 };

	put_type(&v, content->is_data, spec->has_other_attribute);
	put_attribute(b, 3, &v);
	put_value(&v, 0x17, "210101000000Z", 13);
	put_attribute(b, 5, &v);
	cairn_hash_bytes(spec->kind, content->bytes->v, content->bytes->n, digest);
	digest[0] ^= spec->has_wrong_digest;
	for (uint32_t i = 0; i < spec->n_attributes; i++) {
		put_value(&v, 0x04, "some", 4);
		put_attribute(b, 9, &v);
	}
	for (uint32_t i = spec->has_no_digest; i <= spec->has_twice; i++) {
		put_value(&v, 0x04, digest, cairn_hash_size(spec->kind));
		put_attribute(b, 4, &v);
	}
}

static void put_signer(struct blob *b, const struct signature_spec *spec,
		       const struct content *content)
{
	uint8_t digest[CAIRN_HASH_BYTES_MAX], signature[32];
	struct blob v = { 0 }, id = { 0 }, attributes = { 0 };

	make_attributes(&attributes, spec, content);
	wrap(&attributes, 0x31);
	if (spec->has_no_attributes)
		cairn_hash_bytes(spec->kind, content->bytes->v, content->bytes->n, digest);
	else
		cairn_hash_bytes(spec->kind, attributes.v, attributes.n, digest);
	pretend(spec->key, spec->kind, digest, signature);
	put_value(&v, 0x02, "\x01", 1);
	put_name(&id, spec->issuer);
	put_serial(&id, spec->name);
	put_wrapped(&v, &id, 0x30);
	put_algorithm(&v, (enum algorithm)spec->kind);
	attributes.v[0] = 0xa0;
	if (!spec->has_no_attributes)
		put_blob(&v, &attributes);
	put_algorithm(&v, spec->has_other_rsa ? A_RSA_SHA384 : A_RSA);
	put_value(&v, 0x04, signature, sizeof(signature));
	if (spec->has_rest)
		put_byte(&v, 0);
	put_wrapped(b, &v, 0x30);
}

static void put_content_info(struct blob *b, const struct signature_spec *spec,
			     const struct content *content)
{
	struct blob v = { 0 }, w = { 0 };

	put_type(&v, content->is_data, spec->has_other_type);
	if (!content->is_data || spec->is_with_content) {
		put_blob(&w, content->bytes);
		wrap(&w, content->is_data ? 0x04 : 0x30);
		put_wrapped(&v, &w, 0xa0);
	}
	put_wrapped(b, &v, 0x30);
}

static void make_pkcs7(struct blob *b, const struct signature_spec *spec,
		       const struct content *content)
{
	struct blob v = { 0 }, w = { 0 };

	b->n = 0;
	put_value(b, 0x02, "\x01", 1);
	put_algorithm(&v, (enum algorithm)spec->kind);
	put_wrapped(b, &v, 0x31);
	put_content_info(b, spec, content);
	for (uint32_t i = 0; i < spec->n_certs; i++)
		put_blob(&v, spec->certs[i]);
	if (!spec->has_no_certs)
		put_wrapped(b, &v, 0xa0);
	v.n = 0;
	for (int i = 0; i <= spec->has_two_signers; i++)
		put_signer(&v, spec, content);
	put_wrapped(b, &v, 0x31);
	wrap(b, 0x30);
	if (!spec->is_bare) {
		wrap(b, 0xa0);
		PUT_OID(&w, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, spec->has_other_form ? 3 : 2);
		put_blob(&w, b);
		*b = w;
		wrap(b, 0x30);
	}
	for (uint32_t i = 0; i < spec->n_padding; i++)
		put_byte(b, 0);
}

void make_signature(struct blob *b, const struct signature_spec *spec, const uint8_t *digest)
{
	struct blob content = { 0 };

	put_content(&content, spec, digest);
	make_pkcs7(b, spec, &(struct content){ .bytes = &content });
}

static void set(struct blob *b, size_t at, uint32_t bytes, uint64_t v)
{
	for (uint32_t i = 0; i < bytes; i++)
		b->v[at + i] = (uint8_t)(v >> 8 * i);
}

void signed_bytes(struct blob *b, const struct cairn_auth_variable_name *name,
		  const struct cairn_auth_variable *v)
{
	uint8_t attributes[4];

	cairn_le_store(attributes, sizeof(attributes), name->attributes);
	put(b, name->name, name->name_bytes);
	put(b, name->guid, 16);
	put(b, attributes, sizeof(attributes));
	put(b, v->time, sizeof(v->time));
	put(b, v->data, v->data_bytes);
}

void make_change_of(struct blob *b, const struct blob *signature,
		    const struct cairn_auth_variable *v)
{
	static const uint8_t pkcs7_guid[] = { 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
					      0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7 };
	uint8_t head[8];

	cairn_le_store(head, 4, sizeof(head) + sizeof(pkcs7_guid) + signature->n);
	cairn_le_store(head + 4, 2, 0x0200);
	cairn_le_store(head + 6, 2, 0x0ef1);
	b->n = 0;
	put(b, v->time, sizeof(v->time));
	put(b, head, sizeof(head));
	put(b, pkcs7_guid, sizeof(pkcs7_guid));
	put_blob(b, signature);
	put(b, v->data, v->data_bytes);
}

void make_change(struct blob *b, const struct signature_spec *spec,
		 const struct cairn_auth_variable_name *name, const struct cairn_auth_variable *v)
{
	struct blob data = { 0 }, signature = { 0 };

	signed_bytes(&data, name, v);
	make_pkcs7(&signature, spec, &(struct content){ .bytes = &data, .is_data = true });
	make_change_of(b, &signature, v);
}

static void set_section(struct blob *b, uint32_t i, uint32_t rva, uint32_t at)
{
	size_t s = 0x40 + 24 + 240 + 40 * i;

	set(b, s + 8, 4, 0x180);
	set(b, s + 12, 4, rva);
	set(b, s + 16, 4, 0x200);
	set(b, s + 20, 4, at);
	set(b, s + 36, 4, 0x60000020);
}

void make_file(struct blob *b)
{
	*b = (struct blob){ .n = 3 * 0x200 + 24 };
	memcpy(b->v, "MZ", 2);
	set(b, 0x3c, 4, 0x40);
	memcpy(b->v + 0x40, "PE\0\0", 4);
	set(b, 0x44, 2, CAIRN_PE_X86_64);
	set(b, 0x46, 2, 2);
	set(b, 0x54, 2, 240);
	set(b, 0x56, 2, 2);
	set(b, 0x58, 2, 0x20b);
	set(b, 0x58 + 32, 4, 0x1000);
	set(b, 0x58 + 36, 4, 0x200);
	set(b, 0x58 + 56, 4, 0x3000);
	set(b, 0x58 + 60, 4, FILE_HEADERS);
	set(b, 0x58 + 64, 4, 0x12345678);
	set(b, 0x58 + 68, 2, 10);
	set(b, 0x58 + 108, 4, 16);
	set_section(b, 0, 0x1000, 0x400);
	set_section(b, 1, 0x2000, 0x200);
	for (size_t i = FILE_HEADERS; i < b->n; i++)
		b->v[i] = (uint8_t)(i * 13 + 5);
}

void add_signature(struct blob *file, const struct blob *signature)
{
	uint32_t bytes = 8 + (uint32_t)signature->n;
	uint64_t at = cairn_le_load(file->v + FILE_CERTS_ENTRY, 4);
	uint8_t head[8] = { 0 };

	if (!at)
		set(file, FILE_CERTS_ENTRY, 4, at = file->n);
	for (uint32_t i = 0; i < 4; i++)
		head[i] = (uint8_t)(bytes >> 8 * i);
	head[5] = 2;
	head[6] = 2;
	put(file, head, sizeof(head));
	put_blob(file, signature);
	while (file->n % 8)
		put_byte(file, 0);
	set(file, FILE_CERTS_ENTRY + 4, 4, file->n - at);
}

void digest_of_file(const struct blob *file, enum cairn_hash_kind kind, uint8_t *ret)
{
	struct cairn_image image = cairn_loader_image_mem(file->v, file->n);
	struct cairn_pe pe;

	if (cairn_loader_pe_parse(&image, &pe, NULL) < 0 ||
	    cairn_authenticode_digest(kind, file->v, file->n, &pe, ret, NULL) < 0)
		abort();
}

void sign(struct blob *file, const struct signature_spec *spec)
{
	uint8_t digest[CAIRN_HASH_BYTES_MAX];
	struct blob signature;

	digest_of_file(file, spec->kind, digest);
	make_signature(&signature, spec, digest);
	add_signature(file, &signature);
}

void add_list(struct blob *b, enum list_kind kind, const void *data, size_t n)
{
	uint32_t time = kind >= LIST_CERT_SHA256 ? 16 : 0, entry = 16 + (uint32_t)n + time;
	size_t guids_bytes;
	const uint8_t *guids = cairn_authenticode_kinds(&guids_bytes);
	size_t at = b->n;

	put(b, guids + 16 * (size_t)kind, 16);
	b->n += 12;
	set(b, at + 16, 4, 28 + entry);
	set(b, at + 20, 4, 0);
	set(b, at + 24, 4, entry);
	put(b, "whoever put it in", 16);
	put(b, data, n);
	for (uint32_t i = 0; i < time; i++)
		put_byte(b, 0);
}

/* Just as long as it is, so that AddressSanitizer sees a byte too far. */
static uint8_t *exact(const struct blob *b)
{
	uint8_t *copy = b && b->n ? malloc(b->n) : NULL;

	if (copy)
		memcpy(copy, b->v, b->n);
	return copy;
}

size_t check_by_at, check_by_bytes;

int check(const struct blob *file, const struct blob *allowed, const struct blob *forbidden,
	  struct cairn_err *err)
{
	uint8_t *bytes = exact(file), *db = exact(allowed), *dbx = exact(forbidden);
	const struct cairn_authenticode_policy policy = { .allowed = { db, db ? allowed->n : 0 },
							  .forbidden = { dbx,
									 dbx ? forbidden->n : 0 },
							  .is_true = pretended_is_true };
	struct cairn_image image = cairn_loader_image_mem(bytes, file->n);
	struct cairn_authenticode_entry by = { 0 };
	struct cairn_pe pe;
	int r = cairn_loader_pe_parse(&image, &pe, err);

	if (r == 0)
		r = cairn_authenticode_check(&policy, bytes, file->n, &pe, &by, err);
	check_by_at = r == 0 ? (size_t)(by.bytes - db) : SIZE_MAX;
	check_by_bytes = r == 0 ? by.n : 0;
	free(bytes);
	free(db);
	free(dbx);
	return r;
}
