/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/utf.h>

static size_t put(uint32_t c, uint8_t out[4])
{
	static const uint8_t first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (uint8_t)(0x80 | (c & 0x3f));
	out[0] = (uint8_t)(first[n] | c);
	return n;
}

size_t cairn_utf8_of_units(const uint16_t *units, size_t n, char *dst, size_t cap)
{
	size_t used = 0;

	for (size_t i = 0; i < n && units[i]; i++) {
		uint32_t c = units[i];
		uint8_t bytes[4];
		size_t len;

		if (c >> 10 == 0x36 && i + 1 < n && units[i + 1] >> 10 == 0x37)
			c = 0x10000 + ((c & 0x3ff) << 10) + (units[++i] & 0x3ffu);
		len = put(c, bytes);
		if (len >= cap - used)
			break;
		memcpy(dst + used, bytes, len);
		used += len;
	}
	dst[used] = '\0';
	return used;
}

/* One character of s[0, len), len > 0. Returns its bytes, or 0: none. */
static size_t get(const uint8_t *s, size_t len, uint32_t *ret_c)
{
	static const uint32_t least[] = { 0, 1, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80         ? 1
		   : s[0] >> 5 == 6    ? 2
		   : s[0] >> 4 == 14   ? 3
		   : s[0] >> 3 == 0x1e ? 4
				       : 0;
	uint32_t c;

	if (n == 0 || n > len)
		return 0;
	c = n == 1 ? s[0] : s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff)
		return 0;
	*ret_c = c;
	return n;
}

int cairn_utf8_to_units(const char *s, size_t len, uint16_t *units, size_t cap)
{
	size_t used = 0;

	for (size_t at = 0; at < len;) {
		uint32_t c = 0;
		size_t n = get((const uint8_t *)s + at, len - at, &c);

		if (n == 0)
			return -EINVAL;
		if (used + (c > 0xffff ? 2 : 1) > cap || used >= INT_MAX)
			return -ENOSPC;
		if (c > 0xffff) {
			units[used++] = (uint16_t)(0xd7c0 + (c >> 10));
			c = 0xdc00 | (c & 0x3ff);
		}
		units[used++] = (uint16_t)c;
		at += n;
	}
	return (int)used;
}
