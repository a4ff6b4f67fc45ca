/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* regs.c - registers of the fake: whatever id, it is 0 until it is set. */
#include "fake_.h"

uint64_t *cairn_hv_fake_reg_(struct fake_vcpu *c, uint64_t id)
{
	for (size_t i = 0; i < c->n_regs; i++)
		if (c->regs[i].id == id)
			return &c->regs[i].value;
	if (cairn_hv_fake_grow_(&c->regs, c->n_regs, &c->cap_regs, sizeof(*c->regs)) < 0)
		return NULL;
	c->regs[c->n_regs] = (struct cairn_hv_reg){ id, 0 };
	return &c->regs[c->n_regs++].value;
}

int cairn_hv_fake_op_get_regs_(struct cairn_vcpu *v, struct cairn_hv_reg *regs, size_t n)
{
	struct fake_vcpu *c = to_fake_vcpu(v);
	struct fake_vm *f = to_fake_vm(v->vm);
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_GET_REGS, v->id, n, -1);
	for (size_t i = 0; i < n && rc == 0; i++) {
		const uint64_t *value = cairn_hv_fake_reg_(c, regs[i].id);

		if (value)
			regs[i].value = *value;
		else
			rc = -ENOMEM;
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int cairn_hv_fake_op_set_regs_(struct cairn_vcpu *v, const struct cairn_hv_reg *regs, size_t n)
{
	struct fake_vcpu *c = to_fake_vcpu(v);
	struct fake_vm *f = to_fake_vm(v->vm);
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_SET_REGS, v->id, n, -1);
	for (size_t i = 0; i < n && rc == 0; i++) {
		uint64_t *value = cairn_hv_fake_reg_(c, regs[i].id);

		if (value)
			*value = regs[i].value;
		else
			rc = -ENOMEM;
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int cairn_hv_fake_op_list_regs_(struct cairn_vcpu *v, uint64_t *ids, size_t n)
{
	struct fake_vm *f = to_fake_vm(v->vm);
	size_t total = 0;
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_LIST_REGS, v->id, n, -1);
	pthread_mutex_unlock(&f->lock);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < f->n_reg_ranges; i++)
		for (uint64_t id = f->reg_ranges[i].first; id <= f->reg_ranges[i].last; id++)
			if (total++ < n)
				ids[total - 1] = id;
	return (int)total;
}
