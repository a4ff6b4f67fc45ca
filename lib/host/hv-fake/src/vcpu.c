/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* vcpu.c - a vcpu that plays a script. */
#include "fake_.h"

#include <stdlib.h>
#include <poll.h>
#include <unistd.h>
#include <sys/eventfd.h>

static struct fake_vm *vcpu_vm(struct fake_vcpu *c)
{
	return to_fake_vm(c->vcpu.vm);
}

static void vcpu_free(struct fake_vcpu *c)
{
	if (c->kick_fd >= 0)
		close(c->kick_fd);
	if (c->on_fd >= 0)
		close(c->on_fd);
	free(c->steps);
	free(c->regs);
	free(c);
}

/* Everything but its place in the vm; half of it stands on failure. */
static int vcpu_init(struct fake_vm *f, struct fake_vcpu *c, uint32_t id)
{
	int rc;

	c->on_fd = -1;
	c->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->kick_fd < 0)
		return -errno;
	if (f->is_aarch64) {
		c->on_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		rc = c->on_fd < 0 ? -errno : cairn_hv_fake_aarch64_vcpu_init_(c, id);
		if (rc < 0)
			return rc;
	}
	pthread_mutex_lock(&f->lock);
	rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_VCPU_OPEN, id, 0, -1);
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int cairn_hv_fake_op_vcpu_open_(struct cairn_vm *vm, uint32_t id, struct cairn_vcpu **ret)
{
	struct fake_vm *f = to_fake_vm(vm);
	struct fake_vcpu *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return -ENOMEM;
	rc = vcpu_init(f, c, id);
	if (rc < 0) {
		vcpu_free(c);
		return rc;
	}
	pthread_mutex_lock(&f->lock);
	f->vcpus[id] = c;
	pthread_mutex_unlock(&f->lock);
	*ret = &c->vcpu;
	return 0;
}

void cairn_hv_fake_op_vcpu_close_(struct cairn_vcpu *v)
{
	struct fake_vcpu *c = to_fake_vcpu(v);
	struct fake_vm *f = vcpu_vm(c);

	pthread_mutex_lock(&f->lock);
	(void)!cairn_hv_fake_note_(f, CAIRN_HV_FAKE_VCPU_CLOSE, v->id, 0, -1);
	f->vcpus[v->id] = NULL;
	pthread_mutex_unlock(&f->lock);
	vcpu_free(c);
}

void cairn_hv_fake_op_kick_(struct cairn_vcpu *v)
{
	cairn_hv_fake_fd_fire_(to_fake_vcpu(v)->kick_fd);
}

/* Locked. Step `at` is over; a PSCI call's result is what the guest has in X0 now. */
static void step_end(struct fake_vcpu *c)
{
	struct fake_step *s = &c->steps[c->at++];
	const uint64_t *x0;

	if (s->in.special != CAIRN_HV_FAKE_PSCI)
		return;
	x0 = cairn_hv_fake_reg_(c, CAIRN_HV_ARM64_X(0));
	cairn_le_store(s->out.data, 8, x0 ? *x0 : 0);
}

/* Locked. What the caller did about the exit is the step's result. */
static void complete(struct fake_vcpu *c)
{
	struct fake_step *s;

	if (!c->is_open)
		return;
	s = &c->steps[c->at];
	memcpy(s->out.data, c->exit_data, sizeof(s->out.data));
	s->out.resume = c->exit.resume;
	c->is_open = false;
	step_end(c);
}

static void leave(struct fake_vcpu *c)
{
	const struct cairn_hv_fake_step *s = &c->steps[c->at].in;

	memset(c->exit_data, 0, sizeof(c->exit_data));
	if (s->is_write)
		memcpy(c->exit_data, s->data, sizeof(c->exit_data));
	c->exit = (struct cairn_hv_exit){ .kind = s->kind,
					  .is_write = s->is_write,
					  .len = s->len,
					  .count = s->count ? s->count : 1,
					  .addr = s->addr,
					  .code = s->code,
					  .data = c->exit_data };
	c->is_open = true;
}

enum { LEAVES, WAITS, OVER };

/* Locked. A step that parks, or a PSCI call, made once: what a kick comes to is the same step. */
static int special(struct fake_vcpu *c, const struct cairn_hv_fake_step *s)
{
	if (s->special == CAIRN_HV_FAKE_PARKED)
		c->is_parked = true;
	if (!c->is_parked && cairn_hv_fake_psci_(c, s->args, &c->exit)) {
		memset(c->exit_data, 0, sizeof(c->exit_data));
		c->is_open = true;
		return LEAVES;
	}
	if (c->is_parked && !c->is_on_called)
		return WAITS;
	if (c->is_parked)
		cairn_hv_fake_fd_take_(c->on_fd);
	c->is_parked = c->is_on_called = false;
	return OVER;
}

/* Locked. */
static int plain(struct fake_vcpu *c, struct fake_step *s)
{
	if (s->in.kind == CAIRN_HV_EXIT_KICKED)
		return WAITS;
	s->out.rang = cairn_hv_fake_ring_(vcpu_vm(c), &s->in);
	s->out.is_memory = cairn_hv_fake_rom_(vcpu_vm(c), &s->in, s->out.data);
	if (s->out.rang || s->out.is_memory)
		return OVER;
	leave(c);
	return LEAVES;
}

/* Locked. LEAVES: c->exit; WAITS: for a kick, or for CPU_ON when it is parked; or -ENODATA. */
static int next(struct fake_vcpu *c)
{
	for (; c->at < c->n_steps; step_end(c)) {
		struct fake_step *s = &c->steps[c->at];
		int rc = s->in.special ? special(c, &s->in) : plain(c, s);

		if (rc != OVER)
			return rc;
	}
	return -ENODATA;
}

/* Locked. A kick ends a step that waits for one. */
static int kicked(struct fake_vcpu *c)
{
	if (c->at < c->n_steps && !c->steps[c->at].in.special &&
	    c->steps[c->at].in.kind == CAIRN_HV_EXIT_KICKED)
		c->at++;
	c->exit = (struct cairn_hv_exit){ .kind = CAIRN_HV_EXIT_KICKED };
	return LEAVES;
}

int cairn_hv_fake_op_run_(struct cairn_vcpu *v, struct cairn_hv_exit **ret_exit)
{
	struct fake_vcpu *c = to_fake_vcpu(v);
	struct fake_vm *f = vcpu_vm(c);
	struct pollfd p[] = { { .fd = c->kick_fd, .events = POLLIN },
			      { .fd = c->on_fd, .events = POLLIN } };
	int rc;

	*ret_exit = &c->exit;
	pthread_mutex_lock(&f->lock);
	complete(c);
	for (;;) {
		rc = cairn_hv_fake_fd_take_(c->kick_fd) != 0 ? kicked(c) : next(c);
		if (rc != WAITS)
			break;
		pthread_mutex_unlock(&f->lock);
		(void)!poll(p, c->is_parked ? 2 : 1, -1);
		pthread_mutex_lock(&f->lock);
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

struct cairn_hv_fake_step cairn_hv_fake_write(enum cairn_hv_exit_kind kind, uint64_t addr,
					      uint8_t len, uint64_t value)
{
	struct cairn_hv_fake_step s = { .kind = kind, .is_write = true, .len = len, .addr = addr };

	cairn_le_store(s.data, len, value);
	return s;
}

struct cairn_hv_fake_step cairn_hv_fake_read(enum cairn_hv_exit_kind kind, uint64_t addr,
					     uint8_t len)
{
	return (struct cairn_hv_fake_step){ .kind = kind, .len = len, .addr = addr };
}

struct cairn_hv_fake_step cairn_hv_fake_psci(uint32_t function, uint64_t x1, uint64_t x2,
					     uint64_t x3)
{
	return (struct cairn_hv_fake_step){ .special = CAIRN_HV_FAKE_PSCI,
					    .args = { function, x1, x2, x3 } };
}

static int step_check(struct fake_vm *f, const struct cairn_hv_fake_step *s)
{
	uint64_t count = s->count ? s->count : 1;

	if (s->special)
		return f->is_aarch64 ? 0 : -EINVAL;
	if (s->kind != CAIRN_HV_EXIT_MMIO && s->kind != CAIRN_HV_EXIT_PIO)
		return 0;
	return s->len == 0 || s->len > 8 || count * s->len > CAIRN_HV_FAKE_DATA ? -EINVAL : 0;
}

int cairn_hv_fake_push(struct cairn_vcpu *v, const struct cairn_hv_fake_step *steps, size_t n)
{
	struct fake_vcpu *c = to_fake_vcpu(v);
	struct fake_vm *f = vcpu_vm(c);
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = step_check(f, &steps[i]);
	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = cairn_hv_fake_grow_(&c->steps, c->n_steps, &c->cap_steps, sizeof(*c->steps));
		if (rc == 0)
			c->steps[c->n_steps++] = (struct fake_step){ .in = steps[i] };
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int cairn_hv_fake_result(struct cairn_vcpu *v, size_t i, struct cairn_hv_fake_result *ret)
{
	struct fake_vcpu *c = to_fake_vcpu(v);
	struct fake_vm *f = vcpu_vm(c);
	int rc = -EAGAIN;

	pthread_mutex_lock(&f->lock);
	if (i < c->at) {
		*ret = c->steps[i].out;
		rc = 0;
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int cairn_hv_fake_op_paused_(struct cairn_vcpu *v)
{
	struct fake_vm *f = to_fake_vm(v->vm);
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_PAUSED, v->id, 0, -1);
	pthread_mutex_unlock(&f->lock);
	return rc;
}
