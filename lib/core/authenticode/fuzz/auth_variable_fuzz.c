/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A signed change of a variable with bytes changed: {place 2, byte 1} each. Nothing but what was
 * signed is allowed. A first byte that is even: the rest is a change as it stands.
 */
#include "../test/make.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t guid[16] = { 1, 2, 3 };
static const struct cairn_auth_variable_name name = {
	.name = "d\0b", .name_bytes = 4, .guid = guid, .attributes = 0x27
};
static const struct cairn_auth_variable wanted = { .time = { 0xea, 7, 11, 21 },
						   .data = (const uint8_t *)"some data",
						   .data_bytes = 9 };
static struct blob good, allowed;

static void make_good(void)
{
	const struct cert_spec a = {
		.name = 'A', .key = 'a', .issuer = 'A', .made_by = 'a', .is_ca = true
	};
	const struct cert_spec s = { .name = 'S', .key = 's', .issuer = 'A', .made_by = 'a' };
	static struct blob certs[2];
	const struct signature_spec spec = { .certs = { &certs[0], &certs[1] },
					     .n_certs = 2,
					     .issuer = 'A',
					     .name = 'S',
					     .key = 's',
					     .kind = CAIRN_SHA256 };

	make_cert(&certs[0], &a);
	make_cert(&certs[1], &s);
	make_change(&good, &spec, &name, &wanted);
	add_list(&allowed, LIST_CERT, certs[0].v, certs[0].n);
}

static bool is_what_was_signed(const struct cairn_auth_variable *v)
{
	return v->data_bytes == wanted.data_bytes &&
	       memcmp(v->data, wanted.data, v->data_bytes) == 0 &&
	       memcmp(v->time, wanted.time, sizeof(v->time)) == 0;
}

static void try_change(const uint8_t *bytes, size_t n)
{
	const struct cairn_authenticode_list list = { allowed.v, allowed.n };
	struct cairn_auth_variable v;
	uint8_t digest[CAIRN_AUTH_VARIABLE_DIGEST_BYTES];
	int checked, made;

	if (cairn_auth_variable_parse(bytes, n, &v, NULL) < 0)
		return;
	checked = cairn_auth_variable_check(&v, &name, &list, pretended_is_true, NULL);
	made = cairn_auth_variable_signer(&v, &name, pretended_is_true, digest, NULL);
	if ((checked == 0 || made == 0) && !is_what_was_signed(&v))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool is_raw = size && data[0] % 2 == 0;
	uint8_t *exact;
	size_t n;

	if (!good.n)
		make_good();
	n = is_raw ? size - 1 : good.n;
	exact = malloc(n ? n : 1);
	if (!exact)
		abort();
	memcpy(exact, is_raw ? data + 1 : good.v, n);
	for (size_t i = 1; !is_raw && i + 3 <= size; i += 3)
		exact[(data[i] | (size_t)data[i + 1] << 8) % n] = data[i + 2];
	try_change(exact, n);
	free(exact);
	return 0;
}
