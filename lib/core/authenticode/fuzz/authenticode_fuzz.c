/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A signed program and signature lists with bytes changed: {place 2, byte 1} each. Nothing that is
 * not the signed program is allowed. A first byte that is even: the rest is lists as they stand.
 */
#include "../test/make.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct blob good_file, good_list;

static void make_good(void)
{
	const struct cert_spec a = {
		.name = 'A', .key = 'a', .issuer = 'A', .made_by = 'a', .is_ca = true
	};
	const struct cert_spec b = {
		.name = 'B', .key = 'b', .issuer = 'A', .made_by = 'a', .is_ca = true
	};
	const struct cert_spec s = { .name = 'S', .key = 's', .issuer = 'B', .made_by = 'b' };
	static struct blob certs[3];
	const struct signature_spec spec = { .certs = { &certs[1], &certs[2] },
					     .n_certs = 2,
					     .issuer = 'B',
					     .name = 'S',
					     .key = 's',
					     .kind = CAIRN_SHA256 };

	make_cert(&certs[0], &a);
	make_cert(&certs[1], &b);
	make_cert(&certs[2], &s);
	make_file(&good_file);
	sign(&good_file, &spec);
	add_list(&good_list, LIST_CERT, certs[0].v, certs[0].n);
}

/* All of it once; then nothing of it is new. */
static void append_twice(const struct cairn_authenticode_list *list)
{
	uint8_t *all = malloc(2 * list->n + 1);
	size_t n;

	if (!all)
		abort();
	n = cairn_authenticode_list_append(all, 0, list);
	if (n > list->n || cairn_authenticode_list_append(all, n, list) != 0)
		abort();
	free(all);
}

static void fuzz_lists(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);
	struct cairn_authenticode_policy p = { .is_true = pretended_is_true };
	struct cairn_image image = cairn_loader_image_mem(good_file.v, good_file.n);
	static struct cairn_pe pe;

	if (!exact || cairn_loader_pe_parse(&image, &pe, NULL) < 0)
		abort();
	memcpy(exact, data, size);
	p.allowed = (struct cairn_authenticode_list){ exact, size };
	p.forbidden = p.allowed;
	if (cairn_authenticode_list_check(&p.allowed, NULL) == 0)
		append_twice(&p.allowed);
	if (cairn_authenticode_check(&p, good_file.v, good_file.n, &pe, NULL, NULL) == 0)
		abort(); /* what is allowed is forbidden, too */
	free(exact);
}

static bool is_same_program(const struct blob *file)
{
	struct blob a = *file, b = good_file;
	size_t end = 3 * 0x200 + 24;

	memset(a.v + FILE_CHECKSUM, 0, 4);
	memset(b.v + FILE_CHECKSUM, 0, 4);
	memset(a.v + FILE_CERTS_ENTRY, 0, 8);
	memset(b.v + FILE_CERTS_ENTRY, 0, 8);
	return memcmp(a.v, b.v, end) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct blob file;

	if (!good_file.n)
		make_good();
	if (size && data[0] % 2 == 0) {
		fuzz_lists(data + 1, size - 1);
		return 0;
	}
	file = good_file;
	for (size_t i = 1; i + 3 <= size; i += 3)
		file.v[(data[i] | (size_t)data[i + 1] << 8) % file.n] = data[i + 2];
	if (check(&file, &good_list, NULL, NULL) == 0 && !is_same_program(&file))
		abort();
	return 0;
}
