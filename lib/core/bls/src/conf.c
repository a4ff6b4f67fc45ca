/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* loader.conf, and its patterns. */
#include "text.h"

static void take_timeout(struct cairn_bls_conf *conf, struct cairn_bls_text v)
{
	uint32_t seconds;

	if (cairn_bls_is_word_(v, "menu-force"))
		conf->timeout = CAIRN_BLS_TIMEOUT_FORCE;
	else if (cairn_bls_is_word_(v, "menu-hidden"))
		conf->timeout = CAIRN_BLS_TIMEOUT_HIDDEN;
	else if (cairn_bls_is_word_(v, "menu-disabled"))
		conf->timeout = CAIRN_BLS_TIMEOUT_DISABLED;
	else if (cairn_bls_number_(v, &seconds)) {
		conf->timeout = seconds ? CAIRN_BLS_TIMEOUT_SECONDS : CAIRN_BLS_TIMEOUT_HIDDEN;
		conf->timeout_s = seconds;
	}
}

static void take_editor(struct cairn_bls_conf *conf, struct cairn_bls_text v)
{
	static const char *const no[] = { "0", "no", "n", "false", "f", "off" };
	static const char *const yes[] = { "1", "yes", "y", "true", "t", "on" };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(no); i++) {
		if (cairn_bls_is_word_(v, no[i]))
			conf->may_edit = false;
		else if (cairn_bls_is_word_(v, yes[i]))
			conf->may_edit = true;
	}
}

int cairn_bls_conf_parse(const char *text, size_t len, struct cairn_bls_conf *ret,
			 struct cairn_err *err)
{
	struct cairn_bls_text rest = { text, (uint32_t)len }, key, value;
	struct cairn_bls_conf conf = { .default_glob = { "", 0 }, .may_edit = true };
	int r = cairn_bls_check_(text, len, err);

	if (r < 0)
		return r;
	while (cairn_bls_pair_(&rest, &key, &value)) {
		if (cairn_bls_is_word_(key, "default"))
			conf.default_glob = value;
		else if (cairn_bls_is_word_(key, "timeout"))
			take_timeout(&conf, value);
		else if (cairn_bls_is_word_(key, "editor"))
			take_editor(&conf, value);
	}
	*ret = conf;
	return 0;
}

/*
 * One set, "[…]" or "[!…]", at *at, which moves behind it. A set without its end is an ordinary
 * bracket.
 */
static bool match_set(struct cairn_bls_text p, uint32_t *at, char c)
{
	uint32_t i = *at + 1, first;
	bool is_not = i < p.n && (p.s[i] == '!' || p.s[i] == '^'), is_in = false;

	i += is_not;
	for (first = i; i < p.n && (p.s[i] != ']' || i == first); i++) {
		char lo = cairn_bls_lower_(p.s[i]), hi = lo;

		if (i + 2 < p.n && p.s[i + 1] == '-' && p.s[i + 2] != ']') {
			hi = cairn_bls_lower_(p.s[i + 2]);
			i += 2;
		}
		is_in |= c >= lo && c <= hi;
	}
	if (i >= p.n) {
		*at += 1;
		return c == '[';
	}
	*at = i + 1;
	return is_in != is_not;
}

/* One character of the text against what is at *at of the pattern, not '*'. */
static bool match_one(struct cairn_bls_text p, uint32_t *at, char c)
{
	char want = p.s[*at];

	c = cairn_bls_lower_(c);
	if (want == '[')
		return match_set(p, at, c);
	if (want == '\\' && *at + 1 < p.n)
		want = p.s[++*at];
	else if (want == '?')
		want = c;
	++*at;
	return cairn_bls_lower_(want) == c;
}

/* The id and a suffix; going back to the last star alone is enough. */
static bool match(struct cairn_bls_text p, struct cairn_bls_text id, struct cairn_bls_text suffix)
{
	uint32_t at = 0, star = UINT32_MAX, from = 0, i = 0, n = id.n + suffix.n;

	while (i < n) {
		uint32_t next = at;

		if (at < p.n && p.s[at] == '*') {
			star = ++at;
			from = i;
			continue;
		}
		if (at < p.n && match_one(p, &next, i < id.n ? id.s[i] : suffix.s[i - id.n])) {
			at = next;
			i++;
			continue;
		}
		if (star == UINT32_MAX)
			return false;
		at = star;
		i = ++from;
	}
	while (at < p.n && p.s[at] == '*')
		at++;
	return at == p.n;
}

bool cairn_bls_is_default(struct cairn_bls_text pattern, const struct cairn_bls_entry *e)
{
	static const struct cairn_bls_text suffixes[] = { { "", 0 },
							  { ".conf", 5 },
							  { ".efi", 4 } };

	if (pattern.n == 0 || pattern.s[0] == '@')
		return false;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(suffixes); i++)
		if (match(pattern, e->name.id, suffixes[i]))
			return true;
	return false;
}
