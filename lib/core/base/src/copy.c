/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Up to eight bytes go as the widest naturally aligned volatile accesses; more go through memcpy
 * between compiler barriers (the callers of long copies take them as opaque: this file is never
 * inlined into them, and link-time optimization meets the barrier).
 */
#include <cairn/copy.h>

#define BARRIER() __asm__ volatile("" ::: "memory")

#if defined(__SANITIZE_THREAD__)
#define RACY __attribute__((no_sanitize_thread, noinline))
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RACY __attribute__((no_sanitize("thread"), noinline))
#endif
#endif
#ifdef RACY
#define WORD_LOOPS 1 /* the sanitizer would intercept memcpy and report the race that is meant */
#else
#define RACY       __attribute__((noinline))
#define WORD_LOOPS 0
#endif

/* The widest access (8, 4, 2 or 1) that both its address and what is left allow. */
static inline size_t step(uintptr_t at, size_t left)
{
	size_t n = 8;

	while (n > left || (at & (n - 1)))
		n /= 2;
	return n;
}

#define COPY_STEP(type)                                                                            \
	do {                                                                                       \
		type v_;                                                                           \
		__builtin_memcpy(&v_, src, sizeof(v_));                                            \
		*(volatile type *)dst = v_;                                                        \
	} while (0)

RACY static void out_words(volatile uint8_t *dst, const uint8_t *src, size_t len)
{
	while (len) {
		size_t n = step((uintptr_t)dst, len);

		switch (n) {
		case 8:
			COPY_STEP(uint64_t);
			break;
		case 4:
			COPY_STEP(uint32_t);
			break;
		case 2:
			COPY_STEP(uint16_t);
			break;
		default:
			COPY_STEP(uint8_t);
		}
		dst += n;
		src += n;
		len -= n;
	}
}

#define FETCH_STEP(type)                                                                           \
	do {                                                                                       \
		type v_ = *(const volatile type *)src;                                             \
		__builtin_memcpy(dst, &v_, sizeof(v_));                                            \
	} while (0)

RACY static void in_words(uint8_t *dst, const volatile uint8_t *src, size_t len)
{
	while (len) {
		size_t n = step((uintptr_t)src, len);

		switch (n) {
		case 8:
			FETCH_STEP(uint64_t);
			break;
		case 4:
			FETCH_STEP(uint32_t);
			break;
		case 2:
			FETCH_STEP(uint16_t);
			break;
		default:
			FETCH_STEP(uint8_t);
		}
		dst += n;
		src += n;
		len -= n;
	}
}

void cairn_copy_in(void *dst, const volatile void *src, size_t len)
{
	if (len <= 8 || WORD_LOOPS) {
		in_words(dst, src, len);
		return;
	}
	BARRIER();
	memcpy(dst, (const void *)src, len);
	BARRIER();
}

void cairn_copy_out(volatile void *dst, const void *src, size_t len)
{
	if (len <= 8 || WORD_LOOPS) {
		out_words(dst, src, len);
		return;
	}
	BARRIER();
	memcpy((void *)dst, src, len);
	BARRIER();
}

void cairn_copy_zero(volatile void *dst, size_t len)
{
	static const uint8_t zeroes[64];

	if (len > 8 && !WORD_LOOPS) {
		BARRIER();
		memset((void *)dst, 0, len);
		BARRIER();
		return;
	}
	for (volatile uint8_t *p = dst; len;) {
		size_t n = len < sizeof(zeroes) ? len : sizeof(zeroes);

		out_words(p, zeroes, n);
		p += n;
		len -= n;
	}
}
