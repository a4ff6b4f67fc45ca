/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * irq.c - interrupts and doorbells of the fake. A bound fd is looked at when somebody asks, and
 * before anything that a kernel would have seen it first: a new route, an unbind.
 */
#include "fake_.h"

#include <stdlib.h>
#include <poll.h>
#include <sys/eventfd.h>

static struct fake_irq *to_fake_irq(struct cairn_irq *i)
{
	return cairn_container_of(i, struct fake_irq, irq);
}

static struct fake_vm *irq_vm(struct cairn_irq *i)
{
	return to_fake_vm(i->vm);
}

void cairn_hv_fake_fd_fire_(int fd)
{
	(void)!eventfd_write(fd, 1);
}

uint64_t cairn_hv_fake_fd_take_(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	eventfd_t n = 0;

	if (poll(&p, 1, 0) != 1 || eventfd_read(fd, &n) < 0)
		return 0;
	return n;
}

static void deliver_message(struct fake_vm *f, uint64_t addr, uint32_t data, uint64_t n)
{
	for (size_t i = 0; i < f->n_messages; i++) {
		struct fake_message *m = &f->messages[i];

		if (m->addr != addr || m->data != data)
			continue;
		m->count += n;
		return;
	}
	if (cairn_hv_fake_grow_(&f->messages, f->n_messages, &f->cap_messages,
				sizeof(*f->messages)) == 0)
		f->messages[f->n_messages++] = (struct fake_message){ addr, n, data };
}

/* Locked. Takes what waits in the bound fd of i. */
static void look(struct fake_vm *f, struct fake_irq *i)
{
	struct fake_line *l = &f->lines[i->irq.line];
	uint64_t n = i->fd >= 0 ? cairn_hv_fake_fd_take_(i->fd) : 0;

	if (n == 0)
		return;
	if (i->irq.is_msi) {
		deliver_message(f, i->addr, i->data, n);
		return;
	}
	l->rises += n;
	if (i->resample_fd >= 0)
		l->is_high = true;
}

static void look_all(struct fake_vm *f)
{
	for (struct fake_irq *i = f->irqs; i; i = i->next)
		look(f, i);
}

static int irq_new(struct fake_vm *f, enum cairn_hv_fake_op op, uint32_t line,
		   struct cairn_irq **ret)
{
	struct fake_irq *i = calloc(1, sizeof(*i));
	int rc;

	if (!i)
		return -ENOMEM;
	pthread_mutex_lock(&f->lock);
	rc = cairn_hv_fake_note_(f, op, line, 0, -1);
	if (rc < 0) {
		free(i);
	} else {
		i->fd = i->resample_fd = -1;
		i->next = f->irqs;
		f->irqs = i;
		*ret = &i->irq;
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int cairn_hv_fake_op_line_(struct cairn_vm *vm, uint32_t line, struct cairn_irq **ret)
{
	return irq_new(to_fake_vm(vm), CAIRN_HV_FAKE_LINE, line, ret);
}

int cairn_hv_fake_op_msi_(struct cairn_vm *vm, struct cairn_irq **ret)
{
	return irq_new(to_fake_vm(vm), CAIRN_HV_FAKE_MSI, 0, ret);
}

/* Locked. a and b of a call on i, as hv_fake.h says. */
static int note(struct fake_vm *f, enum cairn_hv_fake_op op, struct fake_irq *i, int fd)
{
	uint64_t a = i->irq.is_msi ? i->addr : i->irq.line;

	return cairn_hv_fake_note_(f, op, a, i->irq.is_msi ? i->data : 0, fd);
}

int cairn_hv_fake_op_route_(struct cairn_irq *irq, uint64_t addr, uint32_t data, uint32_t devid)
{
	struct fake_irq *i = to_fake_irq(irq);
	struct fake_vm *f = irq_vm(irq);
	int rc;

	pthread_mutex_lock(&f->lock);
	look(f, i);
	rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_ROUTE, addr, data, -1);
	if (rc == 0) {
		f->calls[f->n_calls - 1].devid = devid;
		i->addr = addr;
		i->data = data;
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int cairn_hv_fake_op_level_(struct cairn_irq *irq, bool high)
{
	struct fake_irq *i = to_fake_irq(irq);
	struct fake_vm *f = irq_vm(irq);
	struct fake_line *l = &f->lines[irq->line];
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_LEVEL, irq->is_msi ? i->addr : irq->line,
				 irq->is_msi ? i->data : high, -1);
	if (rc == 0 && irq->is_msi) {
		deliver_message(f, i->addr, i->data, 1);
	} else if (rc == 0) {
		l->rises += high && !l->is_high;
		l->is_high = high;
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int cairn_hv_fake_op_bind_(struct cairn_irq *irq, int fd, int resample_fd)
{
	struct fake_irq *i = to_fake_irq(irq);
	struct fake_vm *f = irq_vm(irq);
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = note(f, CAIRN_HV_FAKE_BIND, i, fd);
	if (rc == 0) {
		i->fd = fd;
		i->resample_fd = resample_fd;
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int cairn_hv_fake_op_unbind_(struct cairn_irq *irq)
{
	struct fake_irq *i = to_fake_irq(irq);
	struct fake_vm *f = irq_vm(irq);
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = note(f, CAIRN_HV_FAKE_UNBIND, i, i->fd);
	if (rc == 0) {
		look(f, i);
		i->fd = i->resample_fd = -1;
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

void cairn_hv_fake_op_put_(struct cairn_irq *irq)
{
	struct fake_irq *i = to_fake_irq(irq);
	struct fake_vm *f = irq_vm(irq);
	struct fake_irq **p;

	pthread_mutex_lock(&f->lock);
	(void)!note(f, CAIRN_HV_FAKE_PUT, i, -1);
	for (p = &f->irqs; *p != i; p = &(*p)->next)
		;
	*p = i->next;
	pthread_mutex_unlock(&f->lock);
	free(i);
}

/* The tuple that tells doorbells apart; with_fd: as for delete. */
static bool is_same(const struct cairn_hv_doorbell *a, const struct cairn_hv_doorbell *b,
		    bool with_fd)
{
	return a->pio == b->pio && a->addr == b->addr && a->len == b->len &&
	       a->has_match == b->has_match && (!a->has_match || a->match == b->match) &&
	       (!with_fd || a->fd == b->fd);
}

static struct cairn_hv_doorbell *find(struct fake_vm *f, const struct cairn_hv_doorbell *d,
				      bool with_fd)
{
	for (size_t i = 0; i < f->n_doorbells; i++)
		if (is_same(&f->doorbells[i], d, with_fd))
			return &f->doorbells[i];
	return NULL;
}

int cairn_hv_fake_op_doorbell_add_(struct cairn_vm *vm, const struct cairn_hv_doorbell *d)
{
	struct fake_vm *f = to_fake_vm(vm);
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = find(f, d, false) ? -EEXIST : 0;
	if (rc == 0)
		rc = cairn_hv_fake_grow_(&f->doorbells, f->n_doorbells, &f->cap_doorbells,
					 sizeof(*f->doorbells));
	if (rc == 0)
		rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_DOORBELL_ADD, d->addr, d->match, d->fd);
	if (rc == 0)
		f->doorbells[f->n_doorbells++] = *d;
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int cairn_hv_fake_op_doorbell_del_(struct cairn_vm *vm, const struct cairn_hv_doorbell *d)
{
	struct fake_vm *f = to_fake_vm(vm);
	struct cairn_hv_doorbell *p;
	int rc = -ENOENT;

	pthread_mutex_lock(&f->lock);
	p = find(f, d, true);
	if (p)
		rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_DOORBELL_DEL, d->addr, d->match, d->fd);
	if (rc == 0)
		*p = f->doorbells[--f->n_doorbells];
	pthread_mutex_unlock(&f->lock);
	return rc;
}

bool cairn_hv_fake_ring_(struct fake_vm *f, const struct cairn_hv_fake_step *s)
{
	bool pio = s->kind == CAIRN_HV_EXIT_PIO;

	if (!s->is_write || s->count > 1 || (!pio && s->kind != CAIRN_HV_EXIT_MMIO))
		return false;
	for (size_t i = 0; i < f->n_doorbells; i++) {
		const struct cairn_hv_doorbell *d = &f->doorbells[i];

		if (d->pio != pio || d->addr != s->addr || (d->len != 0 && d->len != s->len))
			continue;
		if (d->has_match && d->match != cairn_le_load(s->data, s->len))
			continue;
		cairn_hv_fake_fd_fire_(d->fd);
		return true;
	}
	return false;
}

void cairn_hv_fake_line(struct cairn_vm *vm, uint32_t line, struct cairn_hv_fake_line *ret)
{
	struct fake_vm *f = to_fake_vm(vm);

	pthread_mutex_lock(&f->lock);
	look_all(f);
	*ret = (struct cairn_hv_fake_line){ f->lines[line].is_high, f->lines[line].rises };
	pthread_mutex_unlock(&f->lock);
}

void cairn_hv_fake_eoi(struct cairn_vm *vm, uint32_t line)
{
	struct fake_vm *f = to_fake_vm(vm);

	pthread_mutex_lock(&f->lock);
	look_all(f);
	for (struct fake_irq *i = f->irqs; i; i = i->next) {
		if (i->irq.is_msi || i->irq.line != line || i->resample_fd < 0)
			continue;
		f->lines[line].is_high = false;
		cairn_hv_fake_fd_fire_(i->resample_fd);
	}
	pthread_mutex_unlock(&f->lock);
}

uint64_t cairn_hv_fake_messages(struct cairn_vm *vm, uint64_t addr, uint32_t data)
{
	struct fake_vm *f = to_fake_vm(vm);
	uint64_t n = 0;

	pthread_mutex_lock(&f->lock);
	look_all(f);
	for (size_t i = 0; i < f->n_messages; i++)
		if (f->messages[i].addr == addr && f->messages[i].data == data)
			n = f->messages[i].count;
	pthread_mutex_unlock(&f->lock);
	return n;
}
