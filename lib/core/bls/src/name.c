/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Names of entries' files: ID[+LEFT[-DONE]].conf */
#include "text.h"

/* The digits at the end of t, which they leave. */
static struct cairn_bls_text take_digits(struct cairn_bls_text *t)
{
	uint32_t n = 0;

	while (n < t->n && cairn_bls_is_digit_(t->s[t->n - 1 - n]))
		n++;
	t->n -= n;
	return (struct cairn_bls_text){ t->s + t->n, n };
}

static bool ends_in(struct cairn_bls_text t, char c)
{
	return t.n > 0 && t.s[t.n - 1] == c;
}

static void parse_counter(struct cairn_bls_name *name)
{
	struct cairn_bls_text stem = name->id, last = take_digits(&stem), first = last;
	uint32_t left, done = 0;

	if (last.n && ends_in(stem, '-')) {
		stem.n--;
		first = take_digits(&stem);
		if (!cairn_bls_number_(last, &done))
			return;
	}
	if (!ends_in(stem, '+') || !cairn_bls_number_(first, &left))
		return;
	stem.n--;
	name->id = stem;
	name->is_counted = true;
	name->tries_left = left;
	name->tries_done = done;
}

int cairn_bls_name_parse(const char *file, size_t len, struct cairn_bls_name *ret)
{
	struct cairn_bls_name name = { .id = { file, (uint32_t)len } };

	if (cairn_bls_check_(file, len, NULL) < 0) /* too long, or a NUL */
		return -EINVAL;
	if (cairn_bls_has_end_(name.id, ".conf"))
		name.id.n -= 5;
	else if (cairn_bls_has_end_(name.id, ".efi"))
		name.id.n -= 4;
	else
		return -EINVAL;
	parse_counter(&name);
	if (name.id.n == 0)
		return -EINVAL;
	*ret = name;
	return 0;
}

struct output {
	char *dst;
	size_t cap, n; /* n counts on when it is full */
};

static void add(struct output *o, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++, o->n++)
		if (o->n < o->cap)
			o->dst[o->n] = s[i];
}

static void add_number(struct output *o, char before, uint32_t v)
{
	char digits[12];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	digits[--at] = before;
	add(o, digits + at, sizeof(digits) - at);
}

int cairn_bls_name_next(const char *file, size_t len, char *dst, size_t cap)
{
	struct output o = { dst, cap, 0 };
	struct cairn_bls_name name;
	size_t suffix;

	if (cairn_bls_name_parse(file, len, &name) < 0 || !name.is_counted ||
	    name.tries_left == 0 || name.tries_done == UINT32_MAX)
		return -EINVAL;
	suffix = cairn_bls_has_end_((struct cairn_bls_text){ file, (uint32_t)len }, ".efi") ? 4 : 5;
	add(&o, name.id.s, name.id.n);
	add_number(&o, '+', name.tries_left - 1);
	add_number(&o, '-', name.tries_done + 1);
	add(&o, file + len - suffix, suffix);
	add(&o, "", 1);
	return o.n <= cap ? 0 : -ENOSPC;
}

int cairn_bls_options(const struct cairn_bls_entry *e, char *dst, size_t cap)
{
	struct output o = { dst, cap, 0 };

	for (uint32_t i = 0; i < e->options.n; i++) {
		if (i > 0)
			add(&o, " ", 1);
		add(&o, e->options.v[i].s, e->options.v[i].n);
	}
	add(&o, "", 1);
	return o.n <= cap ? (int)(o.n - 1) : -ENOSPC;
}
