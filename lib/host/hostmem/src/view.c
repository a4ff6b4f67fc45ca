/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* view.c - an immutable address map over counted mappings. */
#include <cairn/hostmem.h>

#include <stdlib.h>

struct cairn_memview {
	unsigned int refs; /* atomic */
	struct cairn_mem mem;
	struct cairn_mem_region *regions; /* n of them, behind the parts */
	size_t n;
	struct cairn_memview_part parts[];
};

static int by_address(const void *a, const void *b)
{
	const struct cairn_memview_part *pa = a, *pb = b;

	return pa->at.v < pb->at.v ? -1 : pa->at.v > pb->at.v;
}

static int check_part(const struct cairn_memview_part *p, struct cairn_err *err)
{
	if (p->flags & ~(uint32_t)(CAIRN_MEM_READ_ONLY | CAIRN_MEM_LENT))
		return cairn_err_set(err, EINVAL, "unknown memory flag", p->flags);
	if (!p->mapping && !(p->flags & CAIRN_MEM_LENT))
		return cairn_err_set(err, EINVAL, "memory without a mapping", p->at.v);
	if (p->mapping && !cairn_in_range(p->offset, p->len_bytes, cairn_mapping_len(p->mapping)))
		return cairn_err_set(err, EINVAL, "memory outside its mapping", p->at.v);
	return 0;
}

static struct cairn_memview *view_alloc(size_t n)
{
	struct cairn_memview *v =
	    calloc(1, sizeof(*v) + n * (sizeof(v->parts[0]) + sizeof(v->regions[0])));

	if (v) {
		v->refs = 1;
		v->regions = (void *)(v->parts + n);
	}
	return v;
}

static void fill_region(struct cairn_mem_region *r, struct cairn_memview_part *p)
{
	/* A write through a read-only mapping would be a fault of ours. */
	if (p->mapping && cairn_mapping_is_read_only(p->mapping))
		p->flags |= CAIRN_MEM_READ_ONLY;
	*r = (struct cairn_mem_region){
		.at = p->at,
		.len_bytes = p->len_bytes,
		.host = p->mapping ? (uint8_t *)cairn_mapping_host(p->mapping) + p->offset : NULL,
		.flags = p->flags,
	};
}

int cairn_memview_new(const struct cairn_memview_part *parts, size_t n, struct cairn_memview **ret,
		      struct cairn_err *err)
{
	struct cairn_memview *v;
	int r;

	if (n > CAIRN_MEMVIEW_MAX_PARTS)
		return cairn_err_set(err, EINVAL, "too many pieces of memory", n);
	for (size_t i = 0; i < n; i++) {
		r = check_part(&parts[i], err);
		if (r < 0)
			return r;
	}
	v = view_alloc(n);
	if (!v)
		return cairn_err_set(err, ENOMEM, "out of memory", n);
	if (n) {
		memcpy(v->parts, parts, n * sizeof(parts[0]));
		qsort(v->parts, n, sizeof(v->parts[0]), by_address);
	}
	for (size_t i = 0; i < n; i++)
		fill_region(&v->regions[i], &v->parts[i]);
	r = cairn_mem_init(&v->mem, v->regions, n, err);
	if (r < 0) {
		free(v);
		return r;
	}
	for (v->n = 0; v->n < n; v->n++)
		if (v->parts[v->n].mapping)
			cairn_mapping_get(v->parts[v->n].mapping);
	*ret = v;
	return 0;
}

struct cairn_memview *cairn_memview_get(struct cairn_memview *v)
{
	__atomic_add_fetch(&v->refs, 1, __ATOMIC_RELAXED);
	return v;
}

void cairn_memview_put(struct cairn_memview *v)
{
	if (!v || __atomic_sub_fetch(&v->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	for (size_t i = 0; i < v->n; i++)
		cairn_mapping_put(v->parts[i].mapping);
	free(v);
}

const struct cairn_mem *cairn_memview_mem(const struct cairn_memview *v)
{
	return &v->mem;
}

const struct cairn_memview_part *cairn_memview_parts(const struct cairn_memview *v, size_t *ret_n)
{
	*ret_n = v->n;
	return v->parts;
}

bool cairn_memview_is_broken(const struct cairn_memview *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->parts[i].mapping && cairn_mapping_is_broken(v->parts[i].mapping))
			return true;
	return false;
}
