/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Any texts: what comes out lies in them, and the order of versions is one. The input is cut at its
 * first three newlines into a file's name, two versions, and the text of an entry and loader.conf.
 */
#include <stdlib.h>

#include <cairn/bls.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cairn_bls_text take(const char **s, size_t *left)
{
	struct cairn_bls_text t = { *s, 0 };

	while (t.n < *left && (*s)[t.n] != '\n')
		t.n++;
	*s += t.n + (t.n < *left);
	*left -= t.n + (t.n < *left);
	return t;
}

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_inside(struct cairn_bls_text t, const char *s, size_t n)
{
	check(t.n == 0 || (t.s >= s && t.n <= n && (size_t)(t.s - s) <= n - t.n));
}

static void check_entry(const struct cairn_bls_entry *e, const char *s, size_t n)
{
	static char options[CAIRN_BLS_FILE_BYTES_MAX + 1];

	check_inside(e->title, s, n);
	check_inside(e->version, s, n);
	check_inside(e->sort_key, s, n);
	check(e->initrds.n <= CAIRN_BLS_LIST_MAX && e->overlays.n <= CAIRN_BLS_LIST_MAX);
	for (uint32_t i = 0; i < e->overlays.n; i++)
		check_inside(e->overlays.v[i], s, n);
	check(cairn_bls_options(e, options, sizeof(options)) >= 0);
	check(cairn_bls_entry_compare(e, e) == 0);
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1), next[300];
	const char *s = copy;
	struct cairn_bls_text file, a, b;
	struct cairn_bls_entry e;
	struct cairn_bls_conf conf;
	size_t left = size;

	check(copy != NULL);
	memcpy(copy, data, size);
	file = take(&s, &left);
	a = take(&s, &left);
	b = take(&s, &left);
	check(cairn_bls_version_compare(a, a) == 0);
	check(sign(cairn_bls_version_compare(a, b)) == -sign(cairn_bls_version_compare(b, a)));
	if (cairn_bls_name_next(file.s, file.n, next, sizeof(next)) == 0)
		check(cairn_bls_name_parse(next, strlen(next), &e.name) == 0 && e.name.is_counted);
	if (cairn_bls_entry_parse(file.s, file.n, s, left, &e, NULL) == 0) {
		check_entry(&e, s, left);
		(void)cairn_bls_is_default(a, &e);
	}
	if (cairn_bls_uki_parse(file.s, file.n, (struct cairn_bls_text){ s, (uint32_t)left }, a, b,
				&e, NULL) == 0)
		check_entry(&e, copy, size);
	if (cairn_bls_conf_parse(s, left, &conf, NULL) == 0)
		check_inside(conf.default_glob, s, left);
	free(copy);
	return 0;
}
