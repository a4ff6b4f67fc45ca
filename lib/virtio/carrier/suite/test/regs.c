/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* regs.c - what a driver does, in terms of device status and queue registers. */
#include "suite_tests.h"

void cairn_suite_ack_(struct cairn_suite *s, uint64_t features)
{
	s->ops->regs->ack(s, 0, (uint32_t)features);
	s->ops->regs->ack(s, 1, (uint32_t)(features >> 32));
}

void cairn_suite_regs_reset(struct cairn_suite *s)
{
	s->ops->regs->set_status(s, 0);
}

bool cairn_suite_regs_is_fresh(struct cairn_suite *s)
{
	return s->ops->regs->status(s) == 0;
}

void cairn_suite_regs_greet(struct cairn_suite *s)
{
	s->ops->regs->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE);
	s->ops->regs->set_status(s, CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER);
}

void cairn_suite_regs_accept(struct cairn_suite *s, uint64_t features)
{
	cairn_suite_ack_(s, features);
	s->ops->regs->set_status(s, ST_FEATURES);
}

bool cairn_suite_regs_is_accepted(struct cairn_suite *s)
{
	return (s->ops->regs->status(s) & ~(uint32_t)CAIRN_VIRTIO_DRIVER_OK) == ST_FEATURES;
}

void cairn_suite_regs_set_up(struct cairn_suite *s, uint32_t q, uint32_t size)
{
	uint64_t base = CAIRN_SUITE_RINGS + q * CAIRN_SUITE_STRIDE;

	s->ops->regs->set_queue_size(s, q, size);
	s->ops->regs->set_queue_addr(s, q, base, base + 0x1000, base + 0x2000);
}

void cairn_suite_regs_start(struct cairn_suite *s, uint32_t q)
{
	s->ops->regs->enable(s, q);
}

void cairn_suite_regs_go(struct cairn_suite *s)
{
	s->ops->regs->set_status(s, ST_RUNNING);
}

bool cairn_suite_regs_is_broken(struct cairn_suite *s)
{
	return s->ops->regs->status(s) & CAIRN_VIRTIO_NEEDS_RESET;
}

static void on_nothing(struct cairn_carrier_call *call, int status)
{
}

void cairn_suite_regs_grow(struct cairn_suite *s)
{
	s->grow_call.done = on_nothing;
	(void)!cairn_carrier_set_view(s->ops->regs->carrier(s), s->view, CAIRN_VIEW_GROWN,
				      &s->grow_call);
}

static void on_ended(struct cairn_carrier_call *call, int status)
{
	assert_int_equal(status, 0);
}

void cairn_suite_regs_end(struct cairn_suite *s)
{
	if (s->ops->regs->carrier(s)->gone)
		return;
	s->end_call.done = on_ended;
	assert_int_equal(
	    cairn_carrier_unplug(s->ops->regs->carrier(s), CAIRN_VQ_CANCEL, &s->end_call), 0);
}

/* By whichever call: tests unplug too. */
bool cairn_suite_regs_is_ended(struct cairn_suite *s)
{
	const struct cairn_carrier *c = s->ops->regs->carrier(s);

	return c->gone && !c->wish;
}
