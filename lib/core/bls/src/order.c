/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Versions (UAPI.10), and the order of entries (UAPI.1, "Sorting"). */
#include "text.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void drop(struct cairn_bls_text *t, uint32_t n)
{
	t->s += n;
	t->n -= n;
}

static void skip_others(struct cairn_bls_text *t)
{
	while (t->n && !is_letter(*t->s) && !cairn_bls_is_digit_(*t->s) && *t->s != '-' &&
	       *t->s != '.' && *t->s != '~' && *t->s != '^')
		drop(t, 1);
}

static bool starts(const struct cairn_bls_text *t, char c)
{
	return t->n && *t->s == c;
}

static int compare_u32(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

/* Takes the run of digits, or of letters, off both. */
static struct cairn_bls_text take_run(struct cairn_bls_text *t, bool of_digits)
{
	struct cairn_bls_text run = { t->s, 0 };

	while (of_digits && starts(t, '0')) {
		drop(t, 1);
		run.s++;
	}
	while (t->n && (of_digits ? cairn_bls_is_digit_(*t->s) : is_letter(*t->s))) {
		drop(t, 1);
		run.n++;
	}
	return run;
}

static int compare_bytes(struct cairn_bls_text a, struct cairn_bls_text b)
{
	uint32_t n = a.n < b.n ? a.n : b.n;
	int ret = n ? memcmp(a.s, b.s, n) : 0;

	return ret ? ret : compare_u32(a.n, b.n);
}

/* One of the four marks: who has it alone is lower; both drop it. */
static int compare_mark(struct cairn_bls_text *a, struct cairn_bls_text *b, char mark)
{
	bool in_a = starts(a, mark), in_b = starts(b, mark);

	if (in_a != in_b)
		return in_a ? -1 : 1;
	if (in_a) {
		drop(a, 1);
		drop(b, 1);
	}
	return 0;
}

static int compare_runs(struct cairn_bls_text *a, struct cairn_bls_text *b)
{
	bool of_digits =
	    (a->n && cairn_bls_is_digit_(*a->s)) || (b->n && cairn_bls_is_digit_(*b->s));
	struct cairn_bls_text x = take_run(a, of_digits), y = take_run(b, of_digits);

	if (of_digits && x.n != y.n)
		return compare_u32(x.n, y.n);
	return compare_bytes(x, y);
}

int cairn_bls_version_compare(struct cairn_bls_text a, struct cairn_bls_text b)
{
	static const char marks[] = { '-', '^', '.' };

	for (;;) {
		int ret;

		skip_others(&a);
		skip_others(&b);
		ret = compare_mark(&a, &b, '~');
		if (ret)
			return ret;
		if (!a.n || !b.n)
			return compare_u32(a.n != 0, b.n != 0);
		for (size_t i = 0; i < sizeof(marks); i++) {
			ret = compare_mark(&a, &b, marks[i]);
			if (ret)
				return ret;
		}
		ret = compare_runs(&a, &b);
		if (ret)
			return ret;
	}
}

static bool is_bad(const struct cairn_bls_name *n)
{
	return n->is_counted && n->tries_left == 0;
}

static int compare_by_key(const struct cairn_bls_entry *a, const struct cairn_bls_entry *b)
{
	int ret = compare_bytes(a->sort_key, b->sort_key);

	if (ret == 0)
		ret = compare_bytes(a->machine_id, b->machine_id);
	return ret ? ret : cairn_bls_version_compare(b->version, a->version);
}

int cairn_bls_entry_compare(const struct cairn_bls_entry *a, const struct cairn_bls_entry *b)
{
	int ret = compare_u32(is_bad(&a->name), is_bad(&b->name));

	if (ret == 0)
		ret = compare_u32(b->sort_key.n != 0, a->sort_key.n != 0);
	if (ret == 0 && a->sort_key.n)
		ret = compare_by_key(a, b);
	if (ret == 0)
		ret = cairn_bls_version_compare(b->name.id, a->name.id);
	/* the same entry with two counters: the one with fewer failures */
	return ret ? ret : compare_u32(a->name.tries_done, b->name.tries_done);
}
