/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * From a head to checked lists of spans. Each descriptor is fetched once, into a struct of host
 * integers, and only that is looked at. The walk ends: every step uses up one of as many turns as
 * the table has entries, and there are two tables at most.
 */
#include "walk.h"
#include "ring.h"

struct table {
	const struct ring_desc *host; /* NULL: not contiguous or not aligned; read through `at` */
	cairn_gpa at;
	uint32_t n;
	bool is_indirect;
};

struct desc { /* private copy, host byte order */
	uint64_t at;
	uint32_t len;
	uint16_t flags, next;
};

struct walk {
	const struct cairn_virtq *q;
	struct cairn_span *spans;
	size_t n, cap;
	size_t n_read;                       /* pieces before the first writable one */
	uint64_t bytes, read_bytes;          /* all, and before the first writable one */
	const struct cairn_mem_region *near; /* where the last piece was: most are there too */
	bool writes;
};

/* Fetch descriptor i < t->n. */
static inline int fetch(const struct walk *w, const struct table *t, uint32_t i, struct desc *ret)
{
	struct ring_desc d;

	if (t->host) { /* two accesses of 8 bytes, in line: the compiler cannot repeat them */
		const uint64_t *src = (const uint64_t *)&t->host[i];
		uint64_t words[2] = { __atomic_load_n(&src[0], __ATOMIC_RELAXED),
				      __atomic_load_n(&src[1], __ATOMIC_RELAXED) };

		__builtin_memcpy(&d, words, sizeof(d));
	} else {
		cairn_gpa at;

		if (!cairn_gpa_add(t->at, i * sizeof(d), &at) ||
		    cairn_mem_read(w->q->mem, &d, at, sizeof(d)) < 0)
			return -EFAULT;
	}
	*ret = (struct desc){ .at = cairn_le64_get(d.at),
			      .len = cairn_le32_get(d.len),
			      .flags = cairn_le16_get(d.flags),
			      .next = cairn_le16_get(d.next) };
	return 0;
}

/*
 * Enter the indirect table that d names (virtio 1.2, 2.7.5.3). Its WRITE flag means nothing, its
 * address may be anything. Entries that nobody uses need not be in memory.
 */
static int enter(const struct walk *w, const struct desc *d, struct table *t)
{
	uint32_t n = d->len / (uint32_t)sizeof(struct ring_desc);
	struct cairn_span span;

	if (!w->q->indirect || t->is_indirect || d->flags & RING_DESC_NEXT)
		return -EPROTO;
	if (n > RING_MAX_INDIRECT || d->len % sizeof(struct ring_desc)) /* 0: no entry to follow */
		return -EPROTO;
	*t = (struct table){ .at = cairn_gpa_of(d->at), .n = n, .is_indirect = true };
	if (cairn_mem_span(w->q->mem, t->at, d->len, CAIRN_PERM_READ, &span) == 0 &&
	    ((uintptr_t)span.base & 7) == 0)
		t->host = (const struct ring_desc *)span.base;
	return 0;
}

/* Append the pieces of d's buffer. */
static inline int append(struct walk *w, const struct desc *d)
{
	const struct cairn_mem *mem = w->q->mem;
	const struct cairn_mem_region *r = w->near;
	uint32_t forbidden = CAIRN_MEM_LENT | (w->writes ? CAIRN_MEM_READ_ONLY : 0u);
	uint64_t off = d->at - r->at.v; /* huge when below */
	int rc;

	if (off < r->len_bytes && d->len <= r->len_bytes - off && !(r->flags & forbidden)) {
		if (w->n == w->cap)
			return -EPROTO;
		w->spans[w->n++] = (struct cairn_span){
			.base = (struct cairn_guest_byte *)((uint8_t *)r->host + off),
			.len = d->len,
			.at = cairn_gpa_of(d->at),
		};
		return 0;
	}
	rc = cairn_mem_spans(mem, cairn_gpa_of(d->at), d->len,
			     w->writes ? CAIRN_PERM_WRITE : CAIRN_PERM_READ, w->spans, w->cap,
			     &w->n);
	if (rc < 0)
		return rc == -ENOSPC ? -EPROTO : rc;
	w->near = cairn_mem_find(mem, cairn_gpa_of(d->at));
	return 0;
}

/* Take one descriptor that is not indirect into the chain. */
static inline int take(struct walk *w, const struct desc *d)
{
	if (d->flags & RING_DESC_WRITE) {
		if (!w->writes) {
			w->writes = true;
			w->n_read = w->n;
			w->read_bytes = w->bytes;
		}
	} else if (w->writes) {
		return -EPROTO; /* readable after writable: 2.7.4.2 */
	}
	if (d->len == 0)
		return 0;
	w->bytes += d->len; /* at most 2 * 65535 times 2^32: no overflow */
	if (w->bytes > UINT32_MAX)
		return -EPROTO;
	return append(w, d);
}

static int follow(struct walk *w, struct table *t, uint32_t i)
{
	uint32_t turns = t->n;

	for (;;) {
		struct desc d;
		int rc;

		if (i >= t->n || turns-- == 0)
			return -EPROTO;
		rc = fetch(w, t, i, &d);
		if (rc < 0)
			return rc;
		if (d.flags & RING_DESC_INDIRECT) {
			rc = enter(w, &d, t);
			i = 0;
			turns = t->n;
		} else {
			rc = take(w, &d);
			i = d.next;
			if (rc == 0 && !(d.flags & RING_DESC_NEXT))
				return 0;
		}
		if (rc < 0)
			return rc;
	}
}

int cairn_virtq_walk_(const struct cairn_virtq *q, uint16_t head, struct cairn_virtq_chain *chain)
{
	struct walk w = {
		.q = q, .spans = chain->spans, .cap = chain->cap, .near = q->mem->regions
	};
	struct table t = { .host = (const struct ring_desc *)q->desc.base, .n = q->size };
	int rc = follow(&w, &t, head);

	if (rc < 0)
		return rc;
	if (!w.writes) {
		w.n_read = w.n;
		w.read_bytes = w.bytes;
	}
	chain->n_read = (uint16_t)w.n_read;
	chain->n_write = (uint16_t)(w.n - w.n_read);
	chain->read_bytes = (uint32_t)w.read_bytes;
	chain->write_bytes = (uint32_t)(w.bytes - w.read_bytes);
	chain->head_ = head;
	return 0;
}
