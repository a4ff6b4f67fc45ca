/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* vcpu.c - virtual processors. */
#include "hv_.h"

static int vcpu_open_locked(struct cairn_vm *vm, uint32_t id, struct cairn_vcpu **ret)
{
	struct cairn_vcpu *v;
	int rc;

	if (cairn_hv_is_live_(vm))
		return -EINVAL;
	if (cairn_bits_test(vm->vcpu_ids, id))
		return -EEXIST;
	rc = vm->ops->vcpu_open(vm, id, &v);
	if (rc < 0)
		return rc;
	cairn_bits_set(vm->vcpu_ids, id);
	vm->n_vcpus++;
	*v = (struct cairn_vcpu){ .vm = vm, .id = id };
	*ret = v;
	return 0;
}

int cairn_hv_vcpu_open(struct cairn_vm *vm, uint32_t id, struct cairn_vcpu **ret)
{
	int rc;

	if (id >= vm->config.max_vcpus)
		return -EINVAL;
	pthread_mutex_lock(&vm->lock);
	rc = vcpu_open_locked(vm, id, ret);
	pthread_mutex_unlock(&vm->lock);
	return rc;
}

/* The id stays taken: no hypervisor gives a vcpu's place to another while the vm lives. */
void cairn_hv_vcpu_close(struct cairn_vcpu *v)
{
	struct cairn_vm *vm;

	if (!v)
		return;
	vm = v->vm;
	pthread_mutex_lock(&vm->lock);
	vm->n_vcpus--;
	vm->ops->vcpu_close(v);
	pthread_mutex_unlock(&vm->lock);
}

int cairn_hv_vcpu_run(struct cairn_vcpu *v, struct cairn_hv_exit **ret_exit)
{
	struct cairn_hv_exit *e;
	int rc;

	if (!cairn_hv_is_live_(v->vm))
		return -EINVAL;
	rc = v->vm->ops->run(v, &e);
	if (rc < 0)
		return rc;
	v->is_unfinished = e->kind == CAIRN_HV_EXIT_MMIO || e->kind == CAIRN_HV_EXIT_PIO ||
			   e->kind == CAIRN_HV_EXIT_FAULT;
	e->resume = e->kind == CAIRN_HV_EXIT_FAULT ? CAIRN_HV_INJECT : CAIRN_HV_HANDLED;
	*ret_exit = e;
	return 0;
}

void cairn_hv_vcpu_kick(struct cairn_vcpu *v)
{
	v->vm->ops->kick(v);
}

int cairn_hv_vcpu_get_regs(struct cairn_vcpu *v, struct cairn_hv_reg *regs, size_t n)
{
	if (v->is_unfinished)
		return -EBUSY;
	return v->vm->ops->get_regs ? v->vm->ops->get_regs(v, regs, n) : -ENOTSUP;
}

int cairn_hv_vcpu_set_regs(struct cairn_vcpu *v, const struct cairn_hv_reg *regs, size_t n)
{
	if (v->is_unfinished)
		return -EBUSY;
	return v->vm->ops->set_regs ? v->vm->ops->set_regs(v, regs, n) : -ENOTSUP;
}

int cairn_hv_vcpu_list_regs(struct cairn_vcpu *v, uint64_t *ids, size_t n)
{
	return v->vm->ops->list_regs ? v->vm->ops->list_regs(v, ids, n) : -ENOTSUP;
}

int cairn_hv_vcpu_paused(struct cairn_vcpu *v)
{
	return v->vm->ops->paused ? v->vm->ops->paused(v) : 0;
}
