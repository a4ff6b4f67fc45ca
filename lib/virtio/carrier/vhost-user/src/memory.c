/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * memory.c - the front end's memory. A request makes the next table, complete with mappings and
 * view, before anything is stopped; it takes the place of the present one when the device has the
 * view. A request that fails half-way leaves the present one as it is.
 */
#include "backend.h"

/* What rings and shared words need; addresses of pages are multiples of it anyway. */
#define REGION_ALIGN 16u

static struct memory *present(struct cairn_virtio_vhost_user *b)
{
	return &b->memory[b->current];
}

static struct memory *next(struct cairn_virtio_vhost_user *b)
{
	return &b->memory[!b->current];
}

static void clear(struct memory *m)
{
	for (size_t i = 0; i < m->n; i++)
		cairn_mapping_put(m->slots[i].mapping);
	m->n = 0;
	cairn_memview_put(m->view);
	m->view = NULL;
}

static bool overlaps(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a < b + b_len && b < a + a_len; /* neither wraps: the parser saw to that */
}

static int check(const struct memory *m, const struct cairn_vhost_user_region *r,
		 struct cairn_err *err)
{
	if (m->n == CAIRN_VIRTIO_VHOST_USER_SLOTS)
		return cairn_err_set(err, ENOSPC, "too many memory regions", m->n);
	if ((r->gpa | r->uva | r->fd_offset) % REGION_ALIGN)
		return cairn_err_set(err, EPROTO, "memory region is not aligned", r->gpa);
	for (size_t i = 0; i < m->n; i++)
		if (overlaps(r->uva, r->len_bytes, m->slots[i].region.uva,
			     m->slots[i].region.len_bytes))
			return cairn_err_set(err, EPROTO,
					     "memory regions overlap for the front end", r->uva);
	return 0;
}

static int append(struct memory *m, const struct cairn_vhost_user_region *r, int fd,
		  struct cairn_err *err)
{
	struct slot *slot = &m->slots[m->n];
	int e = check(m, r, err);

	if (e < 0)
		return e;
	slot->region = *r;
	e = cairn_mapping_of_fd(fd, r->fd_offset, r->len_bytes, 0, &slot->mapping, err);
	if (e == 0)
		m->n++;
	return e;
}

static int build_view(struct memory *m, struct cairn_err *err)
{
	struct cairn_memview_part parts[CAIRN_VIRTIO_VHOST_USER_SLOTS];

	for (size_t i = 0; i < m->n; i++)
		parts[i] = (struct cairn_memview_part){
			.at = cairn_gpa_of(m->slots[i].region.gpa),
			.mapping = m->slots[i].mapping,
			.len_bytes = m->slots[i].region.len_bytes,
		};
	return cairn_memview_new(parts, m->n, &m->view, err);
}

int cairn_vub_memory_replace_(struct cairn_virtio_vhost_user *b)
{
	struct memory *m = next(b);

	clear(m);
	for (uint32_t i = 0; i < b->msg.table.n; i++) {
		int r = append(m, &b->msg.table.regions[i], b->rx.fds[i], &b->err);

		if (r < 0)
			return r;
	}
	return build_view(m, &b->err);
}

static void copy_present(struct cairn_virtio_vhost_user *b, size_t but)
{
	struct memory *from = present(b), *to = next(b);

	clear(to);
	for (size_t i = 0; i < from->n; i++) {
		if (i == but)
			continue;
		to->slots[to->n] = from->slots[i];
		cairn_mapping_get(to->slots[to->n].mapping);
		to->n++;
	}
}

int cairn_vub_memory_add_(struct cairn_virtio_vhost_user *b)
{
	int r;

	copy_present(b, SIZE_MAX);
	r = append(next(b), &b->msg.region, b->rx.fds[0], &b->err);
	return r < 0 ? r : build_view(next(b), &b->err);
}

int cairn_vub_memory_remove_(struct cairn_virtio_vhost_user *b)
{
	const struct cairn_vhost_user_region *want = &b->msg.region;

	for (size_t i = 0; i < present(b)->n; i++) {
		const struct cairn_vhost_user_region *r = &present(b)->slots[i].region;

		if (r->gpa != want->gpa || r->uva != want->uva || r->len_bytes != want->len_bytes)
			continue;
		copy_present(b, i);
		return build_view(next(b), &b->err);
	}
	return cairn_err_set(&b->err, EPROTO, "no such memory region", want->gpa);
}

int cairn_vub_memory_none_(struct cairn_virtio_vhost_user *b)
{
	clear(next(b));
	return build_view(next(b), NULL);
}

struct cairn_memview *cairn_vub_memory_next_view_(struct cairn_virtio_vhost_user *b)
{
	return next(b)->view;
}

void cairn_vub_memory_commit_(struct cairn_virtio_vhost_user *b)
{
	b->current = !b->current;
	clear(next(b));
}

void cairn_vub_memory_forget_next_(struct cairn_virtio_vhost_user *b)
{
	clear(next(b));
}

void cairn_vub_memory_close_(struct cairn_virtio_vhost_user *b)
{
	clear(present(b));
	clear(next(b));
}

bool cairn_vub_memory_is_broken_(const struct cairn_virtio_vhost_user *b)
{
	const struct memory *m = &b->memory[b->current];

	return m->view && cairn_memview_is_broken(m->view);
}

bool cairn_vub_memory_translate_(const struct cairn_virtio_vhost_user *b, uint64_t uva,
				 uint64_t len, cairn_gpa *ret)
{
	const struct memory *m = &b->memory[b->current];

	for (size_t i = 0; i < m->n; i++) {
		const struct cairn_vhost_user_region *r = &m->slots[i].region;

		if (uva < r->uva || !cairn_in_range(uva - r->uva, len, r->len_bytes))
			continue;
		*ret = cairn_gpa_of(r->gpa + (uva - r->uva));
		return true;
	}
	return false;
}
