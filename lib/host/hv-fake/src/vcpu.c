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

int cairn_hv_fake_op_vcpu_open_(struct cairn_vm *vm, uint32_t id, struct cairn_vcpu **ret)
{
	struct fake_vm *f = to_fake_vm(vm);
	struct fake_vcpu *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return -ENOMEM;
	c->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_lock(&f->lock);
	rc = c->kick_fd < 0 ? -errno : cairn_hv_fake_note_(f, CAIRN_HV_FAKE_VCPU_OPEN, id, 0, -1);
	pthread_mutex_unlock(&f->lock);
	if (rc == 0) {
		*ret = &c->vcpu;
		return 0;
	}
	if (c->kick_fd >= 0)
		close(c->kick_fd);
	free(c);
	return rc;
}

void cairn_hv_fake_op_vcpu_close_(struct cairn_vcpu *v)
{
	struct fake_vcpu *c = to_fake_vcpu(v);
	struct fake_vm *f = vcpu_vm(c);

	pthread_mutex_lock(&f->lock);
	(void)!cairn_hv_fake_note_(f, CAIRN_HV_FAKE_VCPU_CLOSE, v->id, 0, -1);
	pthread_mutex_unlock(&f->lock);
	close(c->kick_fd);
	free(c->steps);
	free(c->regs);
	free(c);
}

void cairn_hv_fake_op_kick_(struct cairn_vcpu *v)
{
	cairn_hv_fake_fd_fire_(to_fake_vcpu(v)->kick_fd);
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
	c->at++;
}

static int leave(struct fake_vcpu *c, struct cairn_hv_exit **ret_exit)
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
	*ret_exit = &c->exit;
	return 0;
}

/* Locked. 0 and an exit; 1: waits for a kick; -ENODATA. */
static int next(struct fake_vcpu *c, struct cairn_hv_exit **ret_exit)
{
	for (; c->at < c->n_steps; c->at++) {
		struct fake_step *s = &c->steps[c->at];

		if (s->in.kind == CAIRN_HV_EXIT_KICKED)
			return 1;
		if (!cairn_hv_fake_ring_(vcpu_vm(c), &s->in))
			return leave(c, ret_exit);
		s->out.rang = true;
	}
	return -ENODATA;
}

static int kicked(struct fake_vcpu *c, struct cairn_hv_exit **ret_exit)
{
	c->exit = (struct cairn_hv_exit){ .kind = CAIRN_HV_EXIT_KICKED };
	*ret_exit = &c->exit;
	return 0;
}

int cairn_hv_fake_op_run_(struct cairn_vcpu *v, struct cairn_hv_exit **ret_exit)
{
	struct fake_vcpu *c = to_fake_vcpu(v);
	struct fake_vm *f = vcpu_vm(c);
	struct pollfd p = { .fd = c->kick_fd, .events = POLLIN };
	bool was_kicked;
	int rc = 0;

	pthread_mutex_lock(&f->lock);
	complete(c);
	was_kicked = cairn_hv_fake_fd_take_(c->kick_fd) != 0;
	if (!was_kicked)
		rc = next(c, ret_exit);
	else if (c->at < c->n_steps && c->steps[c->at].in.kind == CAIRN_HV_EXIT_KICKED)
		c->at++;
	pthread_mutex_unlock(&f->lock);
	if (was_kicked)
		return kicked(c, ret_exit);
	if (rc <= 0)
		return rc;
	while (cairn_hv_fake_fd_take_(c->kick_fd) == 0)
		(void)!poll(&p, 1, -1);
	pthread_mutex_lock(&f->lock);
	c->at++;
	pthread_mutex_unlock(&f->lock);
	return kicked(c, ret_exit);
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

static int step_check(const struct cairn_hv_fake_step *s)
{
	uint64_t count = s->count ? s->count : 1;

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
		rc = step_check(&steps[i]);
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

/* Locked. The register, made when it is not there yet; NULL without memory. */
static struct cairn_hv_reg *reg(struct fake_vcpu *c, uint64_t id)
{
	for (size_t i = 0; i < c->n_regs; i++)
		if (c->regs[i].id == id)
			return &c->regs[i];
	if (cairn_hv_fake_grow_(&c->regs, c->n_regs, &c->cap_regs, sizeof(*c->regs)) < 0)
		return NULL;
	c->regs[c->n_regs] = (struct cairn_hv_reg){ id, 0 };
	return &c->regs[c->n_regs++];
}

int cairn_hv_fake_op_get_regs_(struct cairn_vcpu *v, struct cairn_hv_reg *regs, size_t n)
{
	struct fake_vcpu *c = to_fake_vcpu(v);
	struct fake_vm *f = vcpu_vm(c);
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_GET_REGS, v->id, n, -1);
	for (size_t i = 0; i < n && rc == 0; i++) {
		const struct cairn_hv_reg *r = reg(c, regs[i].id);

		if (r)
			regs[i].value = r->value;
		else
			rc = -ENOMEM;
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int cairn_hv_fake_op_set_regs_(struct cairn_vcpu *v, const struct cairn_hv_reg *regs, size_t n)
{
	struct fake_vcpu *c = to_fake_vcpu(v);
	struct fake_vm *f = vcpu_vm(c);
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_SET_REGS, v->id, n, -1);
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct cairn_hv_reg *r = reg(c, regs[i].id);

		if (r)
			r->value = regs[i].value;
		else
			rc = -ENOMEM;
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
