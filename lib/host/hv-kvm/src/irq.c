/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * irq.c - lines and messages.
 *
 * The kernel has one routing table per vm and changing it waits for every vcpu, so it is written as
 * a whole and as seldom as order allows: before a bind whose message has a new route, and when the
 * route of a bound message changes. A message that is gone stays in the table until the next
 * change; nothing is bound to it, and its number is given a new route before it is bound again.
 * A message that is not bound is sent with its own address and needs no table.
 */
#include "kvm_.h"

#include <stdlib.h>

static struct kvm_irq *to_kvm_irq(struct cairn_irq *i)
{
	return cairn_container_of(i, struct kvm_irq, irq);
}

int cairn_hv_kvm_line_(struct cairn_vm *vm, uint32_t line, struct cairn_irq **ret)
{
	struct kvm_irq *i = calloc(1, sizeof(*i));

	if (!i)
		return -ENOMEM;
	i->gsi = line;
	*ret = &i->irq;
	return 0;
}

int cairn_hv_kvm_msi_(struct cairn_vm *vm, struct cairn_irq **ret)
{
	struct kvm_vm *k = to_kvm_vm(vm);
	struct kvm_irq *i = calloc(1, sizeof(*i));
	int rc;

	if (!i)
		return -ENOMEM;
	rc = cairn_ids_take(&k->gsis, &i->gsi);
	if (rc < 0) {
		free(i);
		return rc;
	}
	i->next = k->messages;
	k->messages = i;
	*ret = &i->irq;
	return 0;
}

static size_t n_routed(const struct kvm_vm *k)
{
	size_t n = 0;

	for (const struct kvm_irq *i = k->messages; i; i = i->next)
		n += i->has_route;
	return n;
}

static uint64_t address_of(const struct kvm_vm *k, const struct kvm_route *r)
{
	return k->chip ? k->chip->address(r->addr) : r->addr;
}

struct kvm_irq_routing_entry cairn_hv_kvm_route_entry_(const struct kvm_vm *k, uint32_t gsi,
						       const struct kvm_route *r)
{
	uint64_t addr = address_of(k, r);

	return (struct kvm_irq_routing_entry){
		.gsi = gsi,
		.type = KVM_IRQ_ROUTING_MSI,
		.flags = k->caps[CAIRN_HV_MSI_DEVID] ? KVM_MSI_VALID_DEVID : 0,
		.u.msi = { .address_lo = (uint32_t)addr,
			   .address_hi = (uint32_t)(addr >> 32),
			   .data = r->data,
			   .devid = r->devid },
	};
}

int cairn_hv_kvm_routes_write_(struct kvm_vm *k)
{
	uint32_t n_lines = cairn_hv_kvm_arch_lines_(k, NULL);
	struct kvm_irq_routing *t;
	int rc;

	t = calloc(1, sizeof(*t) + (n_lines + n_routed(k)) * sizeof(t->entries[0]));
	if (!t)
		return -ENOMEM;
	t->nr = cairn_hv_kvm_arch_lines_(k, t->entries);
	for (const struct kvm_irq *i = k->messages; i; i = i->next) {
		if (i->has_route)
			t->entries[t->nr++] = cairn_hv_kvm_route_entry_(k, i->gsi, &i->route);
	}
	rc = cairn_hv_kvm_ioctl_(k->fd, KVM_SET_GSI_ROUTING, t);
	free(t);
	if (rc == 0)
		k->routes_dirty = false;
	return rc;
}

static void route_set(struct kvm_vm *k, struct kvm_irq *i, const struct kvm_route *r)
{
	pthread_mutex_lock(&k->route_lock);
	i->route = *r;
	pthread_mutex_unlock(&k->route_lock);
	i->has_route = true;
	k->routes_dirty = true;
}

int cairn_hv_kvm_route_(struct cairn_irq *irq, uint64_t addr, uint32_t data, uint32_t devid)
{
	struct kvm_vm *k = to_kvm_vm(irq->vm);
	const struct kvm_route to = { addr, data, k->caps[CAIRN_HV_MSI_DEVID] ? devid : 0 };
	struct kvm_irq *i = to_kvm_irq(irq);
	const struct kvm_route old = i->route;
	int rc;

	if (i->has_route && memcmp(&old, &to, sizeof(to)) == 0)
		return 0;
	route_set(k, i, &to);
	if (!irq->is_bound)
		return 0;
	rc = cairn_hv_kvm_routes_write_(k);
	if (rc < 0)
		route_set(k, i, &old);
	return rc;
}

int cairn_hv_kvm_send_(const struct kvm_vm *k, const struct kvm_route *r)
{
	uint64_t addr = address_of(k, r);
	struct kvm_msi msi = { .address_lo = (uint32_t)addr,
			       .address_hi = (uint32_t)(addr >> 32),
			       .data = r->data,
			       .flags = k->caps[CAIRN_HV_MSI_DEVID] ? KVM_MSI_VALID_DEVID : 0,
			       .devid = r->devid };
	int rc = cairn_hv_kvm_ioctl_(k->fd, KVM_SIGNAL_MSI, &msi);

	return rc < 0 ? rc : 0; /* 0: the guest holds it off, 1: delivered */
}

static int line_level(struct kvm_vm *k, uint32_t line, bool high)
{
	struct kvm_irq_level level = { .irq = cairn_hv_kvm_arch_line_(line), .level = high };

	if (k->chip)
		return k->chip->level(k, line, high);
	return cairn_hv_kvm_ioctl_(k->fd, KVM_IRQ_LINE, &level);
}

/* Any thread: reads what does not change, or under the leaf lock. */
int cairn_hv_kvm_level_(struct cairn_irq *irq, bool high)
{
	struct kvm_vm *k = to_kvm_vm(irq->vm);
	struct kvm_irq *i = to_kvm_irq(irq);
	struct kvm_route r;

	if (!irq->is_msi)
		return line_level(k, i->gsi, high);
	pthread_mutex_lock(&k->route_lock);
	r = i->route;
	pthread_mutex_unlock(&k->route_lock);
	return cairn_hv_kvm_send_(k, &r);
}

static int irqfd(struct kvm_vm *k, const struct kvm_irq *i, int fd, int resample_fd, uint32_t flags)
{
	struct kvm_irqfd f = { .fd = (uint32_t)fd, .gsi = i->gsi, .flags = flags };

	if (resample_fd >= 0) {
		f.flags |= KVM_IRQFD_FLAG_RESAMPLE;
		f.resamplefd = (uint32_t)resample_fd;
	}
	return cairn_hv_kvm_ioctl_(k->fd, KVM_IRQFD, &f);
}

int cairn_hv_kvm_bind_(struct cairn_irq *irq, int fd, int resample_fd)
{
	struct kvm_vm *k = to_kvm_vm(irq->vm);
	int rc = 0;

	if (irq->is_msi && k->routes_dirty)
		rc = cairn_hv_kvm_routes_write_(k);
	return rc < 0 ? rc : irqfd(k, to_kvm_irq(irq), fd, resample_fd, 0);
}

int cairn_hv_kvm_unbind_(struct cairn_irq *irq)
{
	return irqfd(to_kvm_vm(irq->vm), to_kvm_irq(irq), irq->fd, -1, KVM_IRQFD_FLAG_DEASSIGN);
}

void cairn_hv_kvm_put_(struct cairn_irq *irq)
{
	struct kvm_vm *k = to_kvm_vm(irq->vm);
	struct kvm_irq *i = to_kvm_irq(irq);
	struct kvm_irq **p;

	if (irq->is_msi) {
		for (p = &k->messages; *p != i; p = &(*p)->next)
			;
		*p = i->next;
		(void)!cairn_ids_give(&k->gsis, i->gsi);
	}
	free(i);
}
