/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "signer.h"

#include <cairn/image_rig.h>
#include <cairn/le.h>
#include <stdio.h>

enum { CERTIFICATE = 0, TIME_BYTES = 16, HEAD_BYTES = TIME_BYTES + 24 };

static const uint8_t pkcs7_guid[16] = { 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
					0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7 };
static struct cairn_rig_dir dir;

int signer_init(void)
{
	assert_int_equal(cairn_rig_dir_init(&dir), 0);
	return cairn_rig_run(&dir, "for k in pk kek other; do"
				   " openssl req -x509 -newkey rsa:2048 -nodes -keyout $k.key"
				   "  -out $k.crt -subj /CN=$k -days 9;"
				   " openssl x509 -in $k.crt -outform DER -out $k.der; done");
}

void signer_fini(void)
{
	cairn_rig_dir_fini(&dir);
}

static void put(struct signer_descriptor *d, const void *bytes, size_t n)
{
	assert_true(n <= sizeof(d->bytes) - d->n);
	if (n)
		memcpy(d->bytes + d->n, bytes, n);
	d->n += n;
}

/* What a signature is of: 8.2.2. */
static void store_signed(const struct signer_what *what, const uint8_t *time)
{
	static struct signer_descriptor text;
	struct cairn_rig_disk file = { .bytes = text.bytes };
	uint8_t attributes[4];
	size_t n = 0;

	while (what->name[n])
		n++;
	text.n = 0;
	cairn_le_store(attributes, 4, what->attributes);
	put(&text, what->name, n * sizeof(*what->name));
	put(&text, what->guid, sizeof(*what->guid));
	put(&text, attributes, sizeof(attributes));
	put(&text, time, TIME_BYTES);
	put(&text, what->data, what->n);
	file.len_bytes = text.n;
	assert_int_equal(cairn_rig_disk_store(&file, &dir, "text"), 0);
}

void signer_make(const struct signer_what *what, struct signer_descriptor *ret)
{
	uint8_t head[HEAD_BYTES] = { [2] = 3, 4, 5, 6, 7 };
	struct cairn_rig_disk signature = { 0 };
	char script[256];

	cairn_le_store(head, 2, what->year);
	store_signed(what, head);
	snprintf(script, sizeof(script),
		 "openssl smime -sign -binary -noattr -md sha256 -signer %s.crt -inkey %s.key"
		 " -outform DER -in text -out signature",
		 what->key, what->key);
	assert_int_equal(cairn_rig_run(&dir, script), 0);
	assert_int_equal(cairn_rig_disk_load(&signature, &dir, "signature"), 0);
	cairn_le_store(head + TIME_BYTES, 4, 24 + signature.len_bytes);
	cairn_le_store(head + TIME_BYTES + 4, 2, 0x0200);
	cairn_le_store(head + TIME_BYTES + 6, 2, 0x0ef1);
	memcpy(head + TIME_BYTES + 8, pkcs7_guid, sizeof(pkcs7_guid));
	ret->n = 0;
	put(ret, head, sizeof(head));
	put(ret, signature.bytes, signature.len_bytes);
	ret->data_at = ret->n;
	put(ret, what->data, what->n);
	cairn_rig_disk_fini(&signature);
}

void signer_certificate(const char *key, struct keys *lists)
{
	struct cairn_rig_disk der = { 0 };
	char name[32];

	snprintf(name, sizeof(name), "%s.der", key);
	assert_int_equal(cairn_rig_disk_load(&der, &dir, name), 0);
	keys_list(lists, CERTIFICATE, der.bytes, der.len_bytes);
	cairn_rig_disk_fini(&der);
}
