/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lines.h"

struct line {
	struct cairn_irq_line line;
	struct cairn_irq *irq;
	uint32_t devid; /* of messages */
	int pulse_fd;   /* bound, for line_pulse(); else -1 */
};

static struct line *to_line(struct cairn_irq_line *l)
{
	return cairn_container_of(l, struct line, line);
}

static int message_set(struct cairn_irq_line *l, bool high)
{
	return cairn_hv_irq_level(to_line(l)->irq, high);
}

static int pulse_set(struct cairn_irq_line *l, bool high)
{
	const uint64_t one = 1;

	if (!high)
		return 0;
	return write(to_line(l)->pulse_fd, &one, sizeof(one)) == (ssize_t)sizeof(one) ? 0 : -errno;
}

static int line_bind(struct cairn_irq_line *l, int fd)
{
	return cairn_hv_irq_bind(to_line(l)->irq, fd, -1);
}

static int line_unbind(struct cairn_irq_line *l, int fd)
{
	(void)fd;
	return cairn_hv_irq_unbind(to_line(l)->irq);
}

static int msi_route(struct cairn_irq_line *l, uint64_t addr, uint32_t data)
{
	struct line *line = to_line(l);

	return cairn_hv_irq_route(line->irq, addr, data, line->devid);
}

static void line_put(struct cairn_irq_line *l)
{
	struct line *line = to_line(l);

	cairn_hv_irq_put(line->irq);
	if (line->pulse_fd >= 0)
		close(line->pulse_fd);
	free(line);
}

/* Bound for its whole life, so nobody else binds it. */
static const struct cairn_irq_line_ops pulse_ops = { .set = pulse_set, .put = line_put };
static const struct cairn_irq_line_ops msi_ops = { .set = message_set,
						   .bind = line_bind,
						   .unbind = line_unbind,
						   .route = msi_route,
						   .put = line_put };

static int line_new(const struct cairn_irq_line_ops *ops, struct line **ret)
{
	struct line *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->line.ops = ops;
	l->pulse_fd = -1;
	*ret = l;
	return 0;
}

struct line_shared {
	struct cairn_irq *irq;
	pthread_mutex_t lock;
	unsigned n_high; /* ends that hold it high */
};

struct line_end {
	struct cairn_irq_line line;
	struct line_shared *shared;
	bool is_high;
};

static int end_set(struct cairn_irq_line *l, bool high)
{
	struct line_end *e = cairn_container_of(l, struct line_end, line);
	struct line_shared *s = e->shared;
	int r = 0;

	pthread_mutex_lock(&s->lock);
	if (high != e->is_high) {
		e->is_high = high;
		s->n_high += high ? 1u : -1u;
		if (s->n_high == (high ? 1u : 0u))
			r = cairn_hv_irq_level(s->irq, high);
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

static void end_put(struct cairn_irq_line *l)
{
	(void)!end_set(l, false); /* the vm may be going; nobody will look at the line */
	free(cairn_container_of(l, struct line_end, line));
}

static const struct cairn_irq_line_ops end_ops = { .set = end_set, .put = end_put };

int line_shared_new(struct cairn_vm *vm, uint32_t number, struct line_shared **ret)
{
	struct line_shared *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	r = cairn_hv_irq_line(vm, number, &s->irq);
	if (r) {
		free(s);
		return r;
	}
	pthread_mutex_init(&s->lock, NULL);
	*ret = s;
	return 0;
}

void line_shared_free(struct line_shared *s)
{
	if (!s)
		return;
	cairn_hv_irq_put(s->irq);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int line_shared_take(struct line_shared *s, struct cairn_irq_line **ret)
{
	struct line_end *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->line.ops = &end_ops;
	e->shared = s;
	*ret = &e->line;
	return 0;
}

int line_pulse(struct cairn_vm *vm, uint32_t number, struct cairn_irq_line **ret)
{
	struct line *l;
	int r = line_new(&pulse_ops, &l);

	if (r)
		return r;
	l->pulse_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = l->pulse_fd < 0 ? -errno : cairn_hv_irq_line(vm, number, &l->irq);
	if (!r)
		r = cairn_hv_irq_bind(l->irq, l->pulse_fd, -1);
	if (r) {
		line_put(&l->line);
		return r;
	}
	*ret = &l->line;
	return 0;
}

static int msi_take(void *ctx, struct cairn_irq_line **ret)
{
	const struct line_messages *of = ctx;
	struct line *l;
	int r = line_new(&msi_ops, &l);

	if (r)
		return r;
	l->devid = of->devid;
	r = cairn_hv_irq_msi(of->vm, &l->irq);
	if (r) {
		line_put(&l->line);
		return r;
	}
	*ret = &l->line;
	return 0;
}

struct cairn_msi_source line_msi_source(struct line_messages *of)
{
	return (struct cairn_msi_source){ .take =
					      cairn_hv_cap(of->vm, CAIRN_HV_MSI) ? msi_take : NULL,
					  .ctx = of };
}

static struct cairn_hv_doorbell doorbell(bool pio, uint64_t addr, uint8_t len,
					 const uint64_t *match, int fd)
{
	return (struct cairn_hv_doorbell){ .pio = pio,
					   .has_match = match != NULL,
					   .len = len,
					   .fd = fd,
					   .addr = addr,
					   .match = match ? *match : 0 };
}

static int doorbell_add(void *ctx, bool pio, uint64_t addr, uint8_t len, const uint64_t *match,
			int fd)
{
	struct cairn_hv_doorbell d = doorbell(pio, addr, len, match, fd);

	return cairn_hv_doorbell_add(ctx, &d);
}

static int doorbell_del(void *ctx, bool pio, uint64_t addr, uint8_t len, const uint64_t *match,
			int fd)
{
	struct cairn_hv_doorbell d = doorbell(pio, addr, len, match, fd);

	return cairn_hv_doorbell_del(ctx, &d);
}

struct cairn_doorbells line_doorbells(struct cairn_vm *vm)
{
	return (struct cairn_doorbells){ .add = doorbell_add, .del = doorbell_del, .ctx = vm };
}
