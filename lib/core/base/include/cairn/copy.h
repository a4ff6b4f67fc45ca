/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * copy.h - the only copies from and to memory that another party may be writing at this moment.
 * The compiler must take their result as opaque: it can neither read the source twice nor forward
 * what it believes is there (XSA-155). Naturally aligned accesses of 1, 2, 4 and 8 bytes are single
 * machine accesses (CVE-2020-13759). ThreadSanitizer is told that these races are meant.
 */
#ifndef CAIRN_COPY_H
#define CAIRN_COPY_H

#include <cairn/env.h>
#include <cairn/le.h>

#ifdef __cplusplus
extern "C" {
#endif

/* len bytes from shared memory into private memory. No overlap. Cost O(len). Any thread. */
void cairn_copy_in(void *dst, const volatile void *src, size_t len);
/* len bytes from private memory out to shared memory. No overlap. */
void cairn_copy_out(volatile void *dst, const void *src, size_t len);
/* Zero len bytes of shared memory. */
void cairn_copy_zero(volatile void *dst, size_t len);

/* Shared words, naturally aligned (the caller has checked): acquire loads and release stores. */
static inline uint16_t cairn_load_acquire16(const cairn_le16 *p)
{
	cairn_le16 w = { __atomic_load_n(&p->raw, __ATOMIC_ACQUIRE) };

	return cairn_le16_get(w);
}

static inline uint16_t cairn_load_relaxed16(const cairn_le16 *p)
{
	cairn_le16 w = { __atomic_load_n(&p->raw, __ATOMIC_RELAXED) };

	return cairn_le16_get(w);
}

static inline void cairn_store_release16(cairn_le16 *p, uint16_t v)
{
	__atomic_store_n(&p->raw, cairn_le16_of(v).raw, __ATOMIC_RELEASE);
}

static inline void cairn_store_relaxed16(cairn_le16 *p, uint16_t v)
{
	__atomic_store_n(&p->raw, cairn_le16_of(v).raw, __ATOMIC_RELAXED);
}

/* Full two-way fence: store before, load after. Each use names its partner. */
static inline void cairn_fence_full(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#ifdef __cplusplus
}
#endif
#endif
