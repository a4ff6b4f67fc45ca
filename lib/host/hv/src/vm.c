/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* vm.c - a vm's life and its memory. */
#include "hv_.h"

#include <assert.h>
#include <stdlib.h>

/* Regions are a handful; a program that adds without end meets this before the kernel's limit. */
enum { REGIONS_FIRST = 8 };

int cairn_hv_allow_late_(struct cairn_vm *vm, enum cairn_hv_cap late)
{
	if (cairn_hv_is_live_(vm) && !cairn_hv_cap(vm, late))
		return -ENOTSUP;
	return 0;
}

static int limits_check(struct cairn_vm *vm, const struct cairn_hv_vm_config *c,
			struct cairn_err *err)
{
	if (c->max_vcpus > (uint32_t)cairn_hv_cap(vm, CAIRN_HV_MAX_VCPUS))
		return cairn_err_set(err, EINVAL, "more vcpus than the hypervisor has",
				     c->max_vcpus);
	if (c->n_lines > (uint32_t)cairn_hv_cap(vm, CAIRN_HV_LINES))
		return cairn_err_set(err, EINVAL, "more interrupt lines than the hypervisor has",
				     c->n_lines);
	return 0;
}

int cairn_hv_open(const struct cairn_hv_ops *ops, const char *path,
		  const struct cairn_hv_vm_config *config, struct cairn_vm **ret_vm,
		  struct cairn_err *err)
{
	struct cairn_vm *vm;
	int rc;

	if (ops->size < sizeof(*ops))
		return cairn_err_set(err, EINVAL, "hypervisor table of another size", ops->size);
	if (config->max_vcpus > CAIRN_HV_ID_LIMIT || (config->max_vcpus > 0) != !!ops->vcpu_open)
		return cairn_err_set(err, EINVAL, "number of vcpus", config->max_vcpus);
	if (config->n_lines > CAIRN_HV_ID_LIMIT)
		return cairn_err_set(err, EINVAL, "number of interrupt lines", config->n_lines);
	rc = ops->open(path, config, &vm, err);
	if (rc < 0)
		return rc;
	vm->ops = ops;
	rc = limits_check(vm, config, err);
	if (rc < 0) {
		ops->close(vm);
		return rc;
	}
	vm->config = *config;
	vm->config.arch = NULL;
	pthread_mutex_init(&vm->lock, NULL);
	vm->state = CAIRN_HV_OPEN;
	*ret_vm = vm;
	return 0;
}

void cairn_hv_close(struct cairn_vm *vm)
{
	if (!vm)
		return;
	assert(vm->n_vcpus == 0 && vm->n_irqs == 0);
	pthread_mutex_destroy(&vm->lock);
	free(vm->regions);
	vm->ops->close(vm);
}

int cairn_hv_cap(struct cairn_vm *vm, enum cairn_hv_cap cap)
{
	if ((unsigned)cap >= CAIRN_HV_N_CAPS)
		return 0;
	return vm->ops->cap(vm, cap);
}

/* The parts of a region that need nothing but the region and the hypervisor's limits. */
static int region_check(struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	int bits = cairn_hv_cap(vm, CAIRN_HV_GPA_BITS);
	uint64_t space = bits > 0 && bits < 64 ? UINT64_C(1) << bits : UINT64_MAX;

	if (r->flags & ~(uint32_t)(CAIRN_HV_LEND | CAIRN_HV_READONLY | CAIRN_HV_FD))
		return -EINVAL;
	if ((r->flags & CAIRN_HV_LEND) && !cairn_hv_cap(vm, CAIRN_HV_MEM_LEND))
		return -ENOTSUP;
	if ((r->flags & CAIRN_HV_READONLY) && !cairn_hv_cap(vm, CAIRN_HV_MEM_READONLY))
		return -ENOTSUP;
	if ((r->flags & CAIRN_HV_FD) && !cairn_hv_cap(vm, CAIRN_HV_MEM_FD))
		return -ENOTSUP;
	if (r->slot >= (uint32_t)cairn_hv_cap(vm, CAIRN_HV_MEM_SLOTS))
		return -EINVAL;
	if (r->len_bytes == 0 || r->len_bytes % CAIRN_HV_PAGE || r->at.v % CAIRN_HV_PAGE)
		return -EINVAL;
	if (!cairn_in_range(r->at.v, r->len_bytes, space))
		return -EINVAL;
	if (r->flags & CAIRN_HV_FD)
		return r->fd < 0 || r->fd_offset_bytes % CAIRN_HV_PAGE ? -EINVAL : 0;
	return !r->host || (uintptr_t)r->host % CAIRN_HV_PAGE ? -EINVAL : 0;
}

/* Locked. -EEXIST when the slot is in use or a byte is another region's. */
static int region_is_free(const struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	for (uint32_t i = 0; i < vm->n_regions; i++) {
		const struct cairn_hv_region *o = &vm->regions[i];

		if (o->slot == r->slot)
			return -EEXIST;
		/* neither sum overflows: both were checked against the address space */
		if (r->at.v < o->at.v + o->len_bytes && o->at.v < r->at.v + r->len_bytes)
			return -EEXIST;
	}
	return 0;
}

/* Locked. Room for one more. */
static int regions_grow(struct cairn_vm *vm)
{
	uint32_t cap = vm->cap_regions ? vm->cap_regions * 2 : REGIONS_FIRST;
	void *p;

	if (vm->n_regions < vm->cap_regions)
		return 0;
	p = reallocarray(vm->regions, cap, sizeof(*vm->regions));
	if (!p)
		return -ENOMEM;
	vm->regions = p;
	vm->cap_regions = cap;
	return 0;
}

static int mem_add_locked(struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	int rc = region_is_free(vm, r);

	if (rc == 0)
		rc = regions_grow(vm);
	if (rc == 0)
		rc = vm->ops->mem_add(vm, r);
	if (rc < 0)
		return rc;
	vm->regions[vm->n_regions++] = *r;
	return 0;
}

int cairn_hv_mem_add(struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	int rc = cairn_hv_allow_late_(vm, CAIRN_HV_MEM_LATE);

	if (rc == 0)
		rc = vm->ops->mem_add ? region_check(vm, r) : -ENOTSUP;
	if (rc < 0)
		return rc;
	pthread_mutex_lock(&vm->lock);
	rc = mem_add_locked(vm, r);
	pthread_mutex_unlock(&vm->lock);
	return rc;
}

static int mem_del_locked(struct cairn_vm *vm, uint32_t slot)
{
	for (uint32_t i = 0; i < vm->n_regions; i++) {
		int rc;

		if (vm->regions[i].slot != slot)
			continue;
		rc = vm->ops->mem_del(vm, &vm->regions[i]);
		if (rc == 0)
			vm->regions[i] = vm->regions[--vm->n_regions];
		return rc;
	}
	return -EINVAL;
}

int cairn_hv_mem_del(struct cairn_vm *vm, uint32_t slot)
{
	int rc = cairn_hv_allow_late_(vm, CAIRN_HV_MEM_LATE);

	if (rc < 0 || !vm->ops->mem_del)
		return rc < 0 ? rc : -ENOTSUP;
	pthread_mutex_lock(&vm->lock);
	rc = mem_del_locked(vm, slot);
	pthread_mutex_unlock(&vm->lock);
	return rc;
}

static int start_locked(struct cairn_vm *vm, const struct cairn_hv_start *start,
			struct cairn_err *err)
{
	int rc = 0;

	if (cairn_hv_is_live_(vm))
		return cairn_err_set(err, EINVAL, "the vm was started before", 0);
	if (vm->n_vcpus == 0 && vm->ops->vcpu_open)
		return cairn_err_set(err, EINVAL, "the vm has no vcpu", 0);
	if (vm->n_regions == 0 && vm->ops->mem_add)
		return cairn_err_set(err, EINVAL, "the vm has no memory", 0);
	if (start->dtb_room_bytes == 0 && cairn_hv_cap(vm, CAIRN_HV_DTB_START))
		return cairn_err_set(err, EINVAL, "this hypervisor needs a device tree", 0);
	if (vm->ops->start)
		rc = vm->ops->start(vm, start, err);
	if (rc == 0)
		__atomic_store_n(&vm->state, CAIRN_HV_LIVE, __ATOMIC_RELEASE);
	return rc;
}

int cairn_hv_start(struct cairn_vm *vm, const struct cairn_hv_start *start, struct cairn_err *err)
{
	int rc;

	pthread_mutex_lock(&vm->lock);
	rc = start_locked(vm, start, err);
	pthread_mutex_unlock(&vm->lock);
	return rc;
}
