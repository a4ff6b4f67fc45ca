/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* doorbell.c - guest writes that fire an eventfd inside the kernel. */
#include "kvm_.h"

static int ioeventfd(struct cairn_vm *vm, const struct cairn_hv_doorbell *d, uint32_t flags)
{
	struct kvm_vm *k = to_kvm_vm(vm);
	struct kvm_ioeventfd e = {
		.datamatch = d->has_match ? d->match : 0,
		.addr = d->addr,
		.len = d->len,
		.fd = d->fd,
		.flags = flags | (d->pio ? KVM_IOEVENTFD_FLAG_PIO : 0) |
			 (d->has_match ? KVM_IOEVENTFD_FLAG_DATAMATCH : 0),
	};

	if (d->len == 0 && !k->has_any_length)
		return -ENOTSUP;
	return cairn_hv_kvm_ioctl_(k->fd, KVM_IOEVENTFD, &e);
}

int cairn_hv_kvm_doorbell_add_(struct cairn_vm *vm, const struct cairn_hv_doorbell *d)
{
	return ioeventfd(vm, d, 0);
}

int cairn_hv_kvm_doorbell_del_(struct cairn_vm *vm, const struct cairn_hv_doorbell *d)
{
	return ioeventfd(vm, d, KVM_IOEVENTFD_FLAG_DEASSIGN);
}
