/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* near.c - which name was probably meant: the fewest letters to change, or a beginning. */
#include <cairn/cli.h>

enum { NAME_LIMIT = 32, BEGINNING = 3 };

static const char *without_dashes(const char *word)
{
	while (*word == '-')
		word++;
	return word;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to insert, remove or exchange (Levenshtein); both shorter than NAME_LIMIT. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_LIMIT + 1], len = strlen(b);

	for (size_t k = 0; k <= len; k++)
		row[k] = k;
	for (size_t i = 0; a[i]; i++) {
		size_t before = row[0];

		row[0] = i + 1;
		for (size_t k = 0; k < len; k++) {
			size_t change = before + (a[i] != b[k]);

			before = row[k + 1];
			row[k + 1] = least(change, least(row[k], before) + 1);
		}
	}
	return row[len];
}

const char *cairn_cli_near(const char *word, const char *const *names, size_t n)
{
	size_t best = NAME_LIMIT, len;
	const char *found = NULL;

	word = without_dashes(word);
	len = strlen(word);
	if (len == 0 || len >= NAME_LIMIT)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *name = without_dashes(names[i]);
		size_t d;

		if (strlen(name) >= NAME_LIMIT)
			continue;
		d = len >= BEGINNING && !strncmp(name, word, len) ? 0 : distance(word, name);
		if (d < best && d <= (len < 5 ? 1 : 2 * len / 5)) {
			best = d;
			found = names[i];
		}
	}
	return found;
}
