/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* irq.c - the two ends that devices use: interrupts and doorbells. */
#include "hv_.h"

static int line_locked(struct cairn_vm *vm, uint32_t line, struct cairn_irq **ret)
{
	struct cairn_irq *i;
	int rc;

	if (cairn_bits_test(vm->lines, line))
		return -EEXIST;
	rc = vm->ops->line(vm, line, &i);
	if (rc < 0)
		return rc;
	cairn_bits_set(vm->lines, line);
	vm->n_irqs++;
	*i = (struct cairn_irq){ .vm = vm, .line = line, .fd = -1, .resample_fd = -1 };
	*ret = i;
	return 0;
}

int cairn_hv_irq_line(struct cairn_vm *vm, uint32_t line, struct cairn_irq **ret)
{
	int rc;

	if (line >= vm->config.n_lines || !vm->ops->line)
		return -EINVAL;
	pthread_mutex_lock(&vm->lock);
	rc = line_locked(vm, line, ret);
	pthread_mutex_unlock(&vm->lock);
	return rc;
}

int cairn_hv_irq_msi(struct cairn_vm *vm, struct cairn_irq **ret)
{
	struct cairn_irq *i;
	int rc;

	if (!cairn_hv_cap(vm, CAIRN_HV_MSI))
		return -ENOTSUP;
	pthread_mutex_lock(&vm->lock);
	rc = vm->ops->msi(vm, &i);
	if (rc == 0) {
		vm->n_irqs++;
		*i = (struct cairn_irq){ .vm = vm, .is_msi = true, .fd = -1, .resample_fd = -1 };
		*ret = i;
	}
	pthread_mutex_unlock(&vm->lock);
	return rc;
}

int cairn_hv_irq_route(struct cairn_irq *i, uint64_t addr, uint32_t data, uint32_t devid)
{
	int rc;

	if (!i->is_msi)
		return -EINVAL;
	pthread_mutex_lock(&i->vm->lock);
	rc = i->vm->ops->irq_route(i, addr, data, devid);
	if (rc == 0)
		__atomic_store_n(&i->is_routed, 1, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&i->vm->lock);
	return rc;
}

int cairn_hv_irq_level(struct cairn_irq *i, bool high)
{
	if (i->is_msi && !__atomic_load_n(&i->is_routed, __ATOMIC_ACQUIRE))
		return -EINVAL;
	if (i->is_msi && !high)
		return 0;
	return i->vm->ops->irq_level(i, high);
}

static int bind_locked(struct cairn_irq *i, int fd, int resample_fd)
{
	int rc;

	if (i->is_bound || (i->is_msi && !i->is_routed))
		return -EINVAL;
	rc = i->vm->ops->irq_bind(i, fd, resample_fd);
	if (rc < 0)
		return rc;
	i->is_bound = true;
	i->fd = fd;
	i->resample_fd = resample_fd;
	return 0;
}

int cairn_hv_irq_bind(struct cairn_irq *i, int fd, int resample_fd)
{
	int rc = cairn_hv_allow_late_(i->vm, CAIRN_HV_IRQ_LATE);

	if (rc < 0)
		return rc;
	if (fd < 0 || resample_fd < -1 || (resample_fd >= 0 && i->is_msi))
		return -EINVAL;
	if (resample_fd >= 0 && !cairn_hv_cap(i->vm, CAIRN_HV_IRQ_RESAMPLE))
		return -ENOTSUP;
	pthread_mutex_lock(&i->vm->lock);
	rc = bind_locked(i, fd, resample_fd);
	pthread_mutex_unlock(&i->vm->lock);
	return rc;
}

static int unbind_locked(struct cairn_irq *i)
{
	int rc;

	if (!i->is_bound)
		return -EINVAL;
	rc = i->vm->ops->irq_unbind(i);
	if (rc < 0)
		return rc;
	i->is_bound = false;
	i->fd = i->resample_fd = -1;
	return 0;
}

int cairn_hv_irq_unbind(struct cairn_irq *i)
{
	int rc = cairn_hv_allow_late_(i->vm, CAIRN_HV_IRQ_LATE);

	if (rc < 0)
		return rc;
	pthread_mutex_lock(&i->vm->lock);
	rc = unbind_locked(i);
	pthread_mutex_unlock(&i->vm->lock);
	return rc;
}

void cairn_hv_irq_put(struct cairn_irq *i)
{
	struct cairn_vm *vm;

	if (!i)
		return;
	vm = i->vm;
	pthread_mutex_lock(&vm->lock);
	if (i->is_bound)
		(void)!unbind_locked(i);
	if (!i->is_msi)
		cairn_bits_clear(vm->lines, i->line);
	vm->n_irqs--;
	vm->ops->irq_put(i);
	pthread_mutex_unlock(&vm->lock);
}

static int doorbell_check(struct cairn_vm *vm, const struct cairn_hv_doorbell *d)
{
	uint64_t space = d->pio ? UINT64_C(0x10000) : UINT64_MAX;

	if (d->len > 8 || (d->len != 0 && !cairn_is_pow2(d->len)) || d->fd < 0)
		return -EINVAL;
	if (d->has_match && d->len == 0)
		return -EINVAL;
	if (d->has_match && d->len < 8 && d->match >> (8 * d->len))
		return -EINVAL;
	if (!cairn_in_range(d->addr, d->len ? d->len : 1, space))
		return -EINVAL;
	if (d->pio && !cairn_hv_cap(vm, CAIRN_HV_DOORBELL_PIO))
		return -ENOTSUP;
	if (d->has_match && !cairn_hv_cap(vm, CAIRN_HV_DOORBELL_MATCH))
		return -ENOTSUP;
	if (!vm->ops->doorbell_add)
		return -ENOTSUP;
	return cairn_hv_allow_late_(vm, CAIRN_HV_DOORBELL_LATE);
}

int cairn_hv_doorbell_add(struct cairn_vm *vm, const struct cairn_hv_doorbell *d)
{
	int rc = doorbell_check(vm, d);

	if (rc < 0)
		return rc;
	pthread_mutex_lock(&vm->lock);
	rc = vm->ops->doorbell_add(vm, d);
	pthread_mutex_unlock(&vm->lock);
	return rc;
}

int cairn_hv_doorbell_del(struct cairn_vm *vm, const struct cairn_hv_doorbell *d)
{
	int rc = doorbell_check(vm, d);

	if (rc < 0)
		return rc;
	pthread_mutex_lock(&vm->lock);
	rc = vm->ops->doorbell_del(vm, d);
	pthread_mutex_unlock(&vm->lock);
	return rc;
}
