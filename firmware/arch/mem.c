/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The four functions that a compiler calls by itself. It must not see such calls in these. */
#include <cairn/env.h>

#if defined(__x86_64__)

CAIRN_RESIDENT void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;

	__asm__ volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(n)::"memory");
	return dst;
}

CAIRN_RESIDENT void *memset(void *dst, int c, size_t n)
{
	void *d = dst;

	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return dst;
}

#else

#define OPAQUE(p) __asm__ volatile("" : "+r"(p)::"memory")

CAIRN_RESIDENT void *memcpy(void *dst, const void *src, size_t n)
{
	uint8_t *d = dst;
	const uint8_t *s = src;

	if ((((uintptr_t)d | (uintptr_t)s) & 7) == 0) {
		for (; n >= 8; n -= 8, d += 8, s += 8) {
			*(uint64_t *)(void *)d = *(const uint64_t *)(const void *)s;
			OPAQUE(d);
		}
	}
	for (; n; n--) {
		*d++ = *s++;
		OPAQUE(d);
	}
	return dst;
}

CAIRN_RESIDENT void *memset(void *dst, int c, size_t n)
{
	uint64_t word = (uint8_t)c;
	uint8_t *d = dst;

	word |= word << 8; /* a product by a large constant, which would lie elsewhere, it is not */
	word |= word << 16;
	OPAQUE(word);
	word |= word << 32;

	for (; n && ((uintptr_t)d & 7); n--) {
		*d++ = (uint8_t)c;
		OPAQUE(d);
	}
	for (; n >= 8; n -= 8, d += 8) {
		*(uint64_t *)(void *)d = word;
		OPAQUE(d);
	}
	for (; n; n--) {
		*d++ = (uint8_t)c;
		OPAQUE(d);
	}
	return dst;
}

#endif

CAIRN_RESIDENT void *memmove(void *dst, const void *src, size_t n)
{
	uint8_t *d = dst;
	const uint8_t *s = src;

	if ((uintptr_t)d - (uintptr_t)s >= n)
		return memcpy(dst, src, n);
	while (n) {
		n--;
		d[n] = s[n];
		__asm__ volatile("" : "+r"(d)::"memory");
	}
	return dst;
}

CAIRN_RESIDENT int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}
