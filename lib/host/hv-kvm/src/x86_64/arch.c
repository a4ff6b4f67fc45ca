/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* arch.c - what an x86_64 vm has before its first vcpu, and each vcpu before it runs. */
#include "../kvm_.h"
#include "cpuid_.h"

#include <stdlib.h>

#include <cairn/hv_x86_64.h>

/* KVM_SET_TSS_ADDR takes the address by value; the identity map's page is the one before. */
static int reserved_set(struct kvm_vm *k, struct cairn_err *err)
{
	uint64_t identity = CAIRN_HV_X86_RESERVED_AT;
	uintptr_t tss = CAIRN_HV_X86_RESERVED_AT + CAIRN_HV_PAGE;
	int rc;

	rc = cairn_hv_kvm_ioctl_(k->fd, KVM_SET_IDENTITY_MAP_ADDR, &identity);
	if (rc < 0)
		return cairn_hv_kvm_err_(err, -rc, "KVM refuses the place of its identity map",
					 "KVM_SET_IDENTITY_MAP_ADDR");
	rc = cairn_hv_kvm_ioctl_(k->fd, KVM_SET_TSS_ADDR, (void *)tss);
	if (rc < 0)
		return cairn_hv_kvm_err_(err, -rc, "KVM refuses the place of its TSS",
					 "KVM_SET_TSS_ADDR");
	return 0;
}

static int irqchip_create(struct kvm_vm *k, bool with_pit, struct cairn_err *err)
{
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };
	int rc;

	if (!k->has_irqchip)
		return with_pit ? cairn_err_set(err, EINVAL, "a timer without interrupt lines", 0)
				: 0;
	rc = cairn_hv_kvm_ioctl_(k->fd, KVM_CREATE_IRQCHIP, NULL);
	if (rc < 0)
		return cairn_hv_kvm_err_(err, -rc, "KVM has no interrupt controllers for us",
					 "KVM_CREATE_IRQCHIP");
	rc = with_pit ? cairn_hv_kvm_ioctl_(k->fd, KVM_CREATE_PIT2, &pit) : 0;
	return rc < 0 ? cairn_hv_kvm_err_(err, -rc, "KVM has no timer for us", "KVM_CREATE_PIT2")
		      : 0;
}

static struct kvm_cpuid_shape shape_of(struct kvm_vm *k, uint32_t n_threads, uint8_t per_core)
{
	return (struct kvm_cpuid_shape){
		.n_threads = n_threads,
		.threads_per_core = per_core ? per_core : 1,
		.tsc_deadline =
		    k->has_irqchip && cairn_hv_kvm_extension_(k, KVM_CAP_TSC_DEADLINE_TIMER),
	};
}

static int cpuid_get(struct kvm_vm *k, int kvm_fd, struct cairn_err *err)
{
	int rc;

	k->cpuid = calloc(1, sizeof(*k->cpuid) + KVM_CPUID_MAX * sizeof(k->cpuid->entries[0]));
	if (!k->cpuid)
		return cairn_err_set(err, ENOMEM, "no memory for the CPUID table", 0);
	k->cpuid->nent = KVM_CPUID_MAX;
	rc = cairn_hv_kvm_ioctl_(kvm_fd, KVM_GET_SUPPORTED_CPUID, k->cpuid);
	if (rc < 0)
		return cairn_hv_kvm_err_(err, -rc, "KVM does not say what it supports",
					 "KVM_GET_SUPPORTED_CPUID");
	k->gpa_bits = cairn_hv_kvm_cpuid_gpa_bits_(k->cpuid);
	return 0;
}

int cairn_hv_kvm_arch_open_(struct kvm_vm *k, int kvm_fd, const struct cairn_hv_vm_config *c,
			    struct cairn_err *err)
{
	static const struct cairn_hv_x86_64 defaults;
	const struct cairn_hv_x86_64 *x = c->arch ? c->arch : &defaults;
	struct kvm_cpuid_shape shape;
	int rc;

	if (x->threads_per_core > 2 || (x->threads_per_core == 2 && c->max_vcpus % 2))
		return cairn_err_set(err, EINVAL, "threads per core", x->threads_per_core);
	if (c->max_vcpus > 255)
		return cairn_err_set(err, EINVAL, "more vcpus than 8-bit APIC ids", c->max_vcpus);
	shape = shape_of(k, c->max_vcpus, x->threads_per_core);
	rc = cpuid_get(k, kvm_fd, err);
	if (rc < 0)
		return rc;
	k->threads_per_core = (uint8_t)shape.threads_per_core;
	rc = cairn_hv_kvm_cpuid_shape_(k->cpuid, &shape);
	if (rc < 0)
		return cairn_err_set(err, -rc, "KVM's CPUID table is full", k->cpuid->nent);
	rc = reserved_set(k, err);
	return rc < 0 ? rc : irqchip_create(k, x->pit, err);
}

int cairn_hv_kvm_arch_vcpu_(struct kvm_vm *k, int vcpu_fd, uint32_t id)
{
	const struct kvm_cpuid_shape shape = { .threads_per_core = k->threads_per_core };

	cairn_hv_kvm_cpuid_own_(k->cpuid, &shape, id);
	return cairn_hv_kvm_ioctl_(vcpu_fd, KVM_SET_CPUID2, k->cpuid);
}

/* Marks the paravirtual clock. -EINVAL: the guest has not set it up. */
int cairn_hv_kvm_paused_(struct cairn_vcpu *v)
{
	int rc = cairn_hv_kvm_ioctl_(to_kvm_vcpu(v)->fd, KVM_KVMCLOCK_CTRL, NULL);

	return rc == -EINVAL ? 0 : rc;
}

/* As KVM has it by itself: every line to the I/O APIC's pin of that number, 0 to 15 to a PIC too.
 */
uint32_t cairn_hv_kvm_arch_lines_(struct kvm_irq_routing_entry *entries)
{
	uint32_t n = 0;

	for (uint32_t gsi = 0; gsi < KVM_GSI_LINES; gsi++) {
		struct kvm_irq_routing_entry e = { .gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP };

		e.u.irqchip.irqchip = KVM_IRQCHIP_IOAPIC;
		e.u.irqchip.pin = gsi;
		entries[n++] = e;
		if (gsi >= 16)
			continue;
		e.u.irqchip.irqchip = gsi < 8 ? KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE;
		e.u.irqchip.pin = gsi % 8;
		entries[n++] = e;
	}
	return n;
}
