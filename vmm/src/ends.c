/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdlib.h>

#include "ends.h"

struct end {
	struct cairn_irq_line line;
	struct cairn_irq *irq;
};

static struct cairn_irq *irq_of(struct cairn_irq_line *l)
{
	return cairn_container_of(l, struct end, line)->irq;
}

static int end_set(struct cairn_irq_line *l, bool high)
{
	return cairn_hv_irq_level(irq_of(l), high);
}

static int end_bind(struct cairn_irq_line *l, int fd)
{
	return cairn_hv_irq_bind(irq_of(l), fd, -1);
}

static int end_unbind(struct cairn_irq_line *l, int fd)
{
	return cairn_hv_irq_unbind(irq_of(l));
}

static int end_route(struct cairn_irq_line *l, uint64_t addr, uint32_t data)
{
	return cairn_hv_irq_route(irq_of(l), addr, data, 0);
}

static void end_put(struct cairn_irq_line *l)
{
	cairn_hv_irq_put(irq_of(l));
	free(cairn_container_of(l, struct end, line));
}

static const struct cairn_irq_line_ops wired_ops = {
	.set = end_set,
	.bind = end_bind,
	.unbind = end_unbind,
	.put = end_put,
};

static const struct cairn_irq_line_ops message_ops = {
	.set = end_set,
	.bind = end_bind,
	.unbind = end_unbind,
	.route = end_route,
	.put = end_put,
};

/* Takes over irq, also when there is no memory. */
static int end_new(struct cairn_irq *irq, const struct cairn_irq_line_ops *ops,
		   struct cairn_irq_line **ret)
{
	struct end *e = calloc(1, sizeof(*e));

	if (!e) {
		cairn_hv_irq_put(irq);
		return -ENOMEM;
	}
	e->irq = irq;
	e->line.ops = ops;
	*ret = &e->line;
	return 0;
}

int ends_line(struct cairn_vm *vm, uint32_t number, struct cairn_irq_line **ret)
{
	struct cairn_irq *irq;
	int r = cairn_hv_irq_line(vm, number, &irq);

	return r < 0 ? r : end_new(irq, &wired_ops, ret);
}

static int take_message(void *ctx, struct cairn_irq_line **ret)
{
	struct cairn_irq *irq;
	int r = cairn_hv_irq_msi(ctx, &irq);

	return r < 0 ? r : end_new(irq, &message_ops, ret);
}

struct cairn_msi_source ends_messages(struct cairn_vm *vm)
{
	return (struct cairn_msi_source){ .take = take_message, .ctx = vm };
}

static struct cairn_hv_doorbell doorbell(bool pio, uint64_t addr, uint8_t len,
					 const uint64_t *match, int fd)
{
	return (struct cairn_hv_doorbell){
		.pio = pio,
		.has_match = match != NULL,
		.len = len,
		.fd = fd,
		.addr = addr,
		.match = match ? *match : 0,
	};
}

static int add_doorbell(void *ctx, bool pio, uint64_t addr, uint8_t len, const uint64_t *match,
			int fd)
{
	const struct cairn_hv_doorbell d = doorbell(pio, addr, len, match, fd);

	return cairn_hv_doorbell_add(ctx, &d);
}

static int del_doorbell(void *ctx, bool pio, uint64_t addr, uint8_t len, const uint64_t *match,
			int fd)
{
	const struct cairn_hv_doorbell d = doorbell(pio, addr, len, match, fd);

	return cairn_hv_doorbell_del(ctx, &d);
}

struct cairn_doorbells ends_doorbells(struct cairn_vm *vm)
{
	return (struct cairn_doorbells){ .add = add_doorbell, .del = del_doorbell, .ctx = vm };
}
