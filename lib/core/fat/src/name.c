/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Names: long ones in UTF-16, short ones of 8 and 3 bytes, and how one becomes the other. */
#include "internal.h"

enum {
	BASE = 8,
	EXT = 3,
	LOWER_BASE = 0x08, /* in a slot: the letters of base or extension are lower case ones */
	LOWER_EXT = 0x10,
};

static uint16_t fold(uint16_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7))
		return (uint16_t)(c - 0x20);
	return c;
}

static bool is_in(const char *set, uint16_t c)
{
	for (; *set; set++)
		if ((uint8_t)*set == c)
			return true;
	return false;
}

bool cairn_fat_name_is_equal_(const struct cairn_fat_name_ *a, const struct cairn_fat_name_ *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (fold(a->units[i]) != fold(b->units[i]))
			return false;
	return true;
}

bool cairn_fat_name_is_good_(const struct cairn_fat_name_ *n)
{
	bool is_dots = true;

	for (uint32_t i = 0; i < n->n; i++) {
		if (n->units[i] < 0x20 || n->units[i] == 0x7f || is_in("\"*/:<>?\\|", n->units[i]))
			return false;
		is_dots &= n->units[i] == '.' || n->units[i] == ' ';
	}
	return !is_dots;
}

/* Bytes up to the last that is no space; those above 0x7f read as Latin-1. */
static void add_part(struct cairn_fat_name_ *n, const uint8_t *raw, uint32_t len, bool is_lower)
{
	while (len > 0 && raw[len - 1] == ' ')
		len--;
	for (uint32_t i = 0; i < len; i++) {
		uint16_t c = raw[i];

		if (c < 0x20 || c == 0x7f || is_in("\"*/:<>?\\|", c))
			c = '_'; /* cannot be, and must not be taken for a path */
		else if (is_lower && c >= 'A' && c <= 'Z')
			c += 0x20;
		n->units[n->n++] = c;
	}
}

void cairn_fat_name_of_short_(const uint8_t raw[11], uint8_t lower, struct cairn_fat_name_ *ret)
{
	uint8_t base[BASE];

	memcpy(base, raw, BASE);
	if (base[0] == 0x05)
		base[0] = 0xe5; /* stands for it: that byte means deleted */
	ret->n = 0;
	add_part(ret, base, BASE, lower & LOWER_BASE);
	if (memcmp(raw + BASE, "   ", EXT) == 0)
		return;
	ret->units[ret->n++] = '.';
	add_part(ret, raw + BASE, EXT, lower & LOWER_EXT);
}

uint8_t cairn_fat_short_sum_(const uint8_t raw[11])
{
	uint8_t sum = 0;

	for (int i = 0; i < BASE + EXT; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + raw[i]);
	return sum;
}

struct shortening {
	uint8_t *dst;
	uint32_t room, n;
	bool is_exact, is_same;
};

static void shorten(struct shortening *s, uint16_t c)
{
	if (c == ' ' || c == '.' || s->n == s->room) {
		s->is_exact = false;
		return;
	}
	if (c >= 'a' && c <= 'z') {
		c = fold(c);
		s->is_same = false;
	} else if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		   !is_in("$%'-_@~`!(){}^#&", c)) {
		c = '_';
		s->is_exact = false;
	}
	s->dst[s->n++] = (uint8_t)c;
}

void cairn_fat_name_to_short_(const struct cairn_fat_name_ *n, uint8_t ret_raw[11],
			      bool *ret_is_exact, bool *ret_is_same)
{
	struct shortening base = { ret_raw, BASE, 0, true, true };
	struct shortening ext = { ret_raw + BASE, EXT, 0, true, true };
	uint32_t dot = n->n;

	/* the last dot parts the two, unless it is the first unit */
	for (uint32_t i = n->n; i-- > 1 && dot == n->n;)
		if (n->units[i] == '.')
			dot = i;
	memset(ret_raw, ' ', BASE + EXT);
	for (uint32_t i = 0; i < n->n; i++)
		if (i != dot)
			shorten(i < dot ? &base : &ext, n->units[i]);
	if (base.n == 0)
		ret_raw[0] = '_';
	*ret_is_exact = base.is_exact && ext.is_exact && base.n > 0;
	*ret_is_same = *ret_is_exact && base.is_same && ext.is_same;
}

static uint32_t digits_of(uint32_t number)
{
	uint32_t n = 1;

	for (; number >= 10; number /= 10)
		n++;
	return n;
}

/* How much of the basis is left before ~ and so many digits. */
static uint32_t kept(const uint8_t basis[11], uint32_t digits)
{
	uint32_t n = BASE - 1 - digits;

	while (n > 0 && basis[n - 1] == ' ')
		n--;
	return n;
}

void cairn_fat_short_with_number_(const uint8_t basis[11], uint32_t number, uint8_t ret_raw[11])
{
	uint32_t digits = digits_of(number), at = kept(basis, digits);

	memset(ret_raw, ' ', BASE);
	memcpy(ret_raw, basis, at);
	memcpy(ret_raw + BASE, basis + BASE, EXT);
	ret_raw[at] = '~';
	for (uint32_t i = digits; i > 0; i--, number /= 10)
		ret_raw[at + i] = (uint8_t)('0' + number % 10);
}

uint32_t cairn_fat_short_number_(const uint8_t raw[11], const uint8_t basis[11])
{
	uint32_t tilde = BASE, number = 0;
	uint8_t again[11];

	for (uint32_t i = 0; i < BASE; i++)
		if (raw[i] == '~')
			tilde = i;
	for (uint32_t i = tilde + 1; i < BASE && raw[i] >= '0' && raw[i] <= '9'; i++)
		number = number * 10 + (raw[i] - '0');
	if (number == 0 || number >= 1000000)
		return 0;
	cairn_fat_short_with_number_(basis, number, again);
	return memcmp(raw, again, sizeof(again)) == 0 ? number : 0;
}
