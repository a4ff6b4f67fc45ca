/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "family.h"

const struct cert_spec spec_a = {
	.name = 'A', .key = 'a', .issuer = 'A', .made_by = 'a', .is_ca = true
};
const struct cert_spec spec_b = {
	.name = 'B', .key = 'b', .issuer = 'A', .made_by = 'a', .is_ca = true
};
const struct cert_spec spec_s = { .name = 'S', .key = 's', .issuer = 'A', .made_by = 'a' };
const struct cert_spec spec_t = { .name = 'T', .key = 't', .issuer = 'B', .made_by = 'b' };
const struct cert_spec spec_z = {
	.name = 'Z', .key = 'z', .issuer = 'Z', .made_by = 'z', .is_ca = true
};
struct blob cert_a, cert_b, cert_s, cert_t, cert_z, allow_a;

const struct signature_spec by_t = { .certs = { &cert_t, &cert_b },
				     .n_certs = 2,
				     .issuer = 'B',
				     .name = 'T',
				     .key = 't',
				     .kind = CAIRN_SHA256 };
const struct signature_spec by_z = { .certs = { &cert_z },
				     .n_certs = 1,
				     .issuer = 'Z',
				     .name = 'Z',
				     .key = 'z',
				     .kind = CAIRN_SHA256 };

int make_family(void **state)
{
	make_cert(&cert_a, &spec_a);
	make_cert(&cert_b, &spec_b);
	make_cert(&cert_s, &spec_s);
	make_cert(&cert_t, &spec_t);
	make_cert(&cert_z, &spec_z);
	allow_a.n = 0;
	add_list(&allow_a, LIST_CERT, cert_a.v, cert_a.n);
	return 0;
}
