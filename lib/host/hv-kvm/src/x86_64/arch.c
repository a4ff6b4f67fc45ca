/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* arch.c - what an x86_64 vm has before its first vcpu, and each vcpu before it runs. */
#include "cpuid_.h"
#include "x86_64_.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The last 8-bit APIC id, 255, means everybody. */
enum { NARROW_VCPUS = 255 };

const char cairn_hv_kvm_arch_no_node_[] =
    "no KVM here: load kvm_intel or kvm_amd, and see that the firmware enables virtualization";

int cairn_hv_kvm_arch_type_(int kvm_fd, const struct cairn_hv_vm_config *c, unsigned long *ret_type,
			    struct cairn_err *err)
{
	*ret_type = 0;
	return 0;
}

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

static bool is_wide(uint32_t max_vcpus)
{
	return max_vcpus > NARROW_VCPUS;
}

static int max_vcpus(struct kvm_vm *k)
{
	int n = cairn_hv_kvm_extension_(k, KVM_CAP_MAX_VCPUS);
	int ids = cairn_hv_kvm_extension_(k, KVM_CAP_MAX_VCPU_ID); /* 0: as many as vcpus */
	int ours = k->n_lines > 0 && cairn_hv_kvm_ioapic_can_(k) ? CAIRN_HV_ID_LIMIT : NARROW_VCPUS;

	if (ids > 0 && ids < n)
		n = ids;
	return n < ours ? n : ours;
}

static int vcpus_check(struct kvm_vm *k, uint32_t wanted, struct cairn_err *err)
{
	int max = max_vcpus(k);
	int rc;

	if (wanted <= (uint32_t)max)
		return 0;
	rc = cairn_err_set(err, EINVAL, "more vcpus than KVM has here", wanted);
	if (err)
		snprintf(err->detail, sizeof(err->detail), "%d at most", max);
	return rc;
}

static int irqchip_create(struct kvm_vm *k, bool with_pit, struct cairn_err *err)
{
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };
	int rc;

	if (k->n_lines == 0)
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
		.wide_ids = is_wide(n_threads),
		.tsc_deadline =
		    k->n_lines > 0 && cairn_hv_kvm_extension_(k, KVM_CAP_TSC_DEADLINE_TIMER),
	};
}

static int cpuid_get(struct kvm_vm *k, int kvm_fd, struct cairn_err *err)
{
	struct kvm_cpuid2 *t;
	int rc;

	t = calloc(1, sizeof(*t) + KVM_CPUID_MAX * sizeof(t->entries[0]));
	k->arch->cpuid = t;
	if (!t)
		return cairn_err_set(err, ENOMEM, "no memory for the CPUID table", 0);
	t->nent = KVM_CPUID_MAX;
	rc = cairn_hv_kvm_ioctl_(kvm_fd, KVM_GET_SUPPORTED_CPUID, t);
	if (rc < 0)
		return cairn_hv_kvm_err_(err, -rc, "KVM does not say what it supports",
					 "KVM_GET_SUPPORTED_CPUID");
	k->arch->gpa_bits = cairn_hv_kvm_cpuid_gpa_bits_(t);
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
	rc = vcpus_check(k, c->max_vcpus, err);
	if (rc < 0)
		return rc;
	if (x->pit && is_wide(c->max_vcpus))
		return cairn_err_set(err, EINVAL, "a timer of KVM's without its I/O APIC",
				     c->max_vcpus);
	k->arch = calloc(1, sizeof(*k->arch));
	if (!k->arch)
		return cairn_err_set(err, ENOMEM, "no memory for a vm", sizeof(*k->arch));
	shape = shape_of(k, c->max_vcpus, x->threads_per_core);
	rc = cpuid_get(k, kvm_fd, err);
	if (rc < 0)
		return rc;
	k->arch->threads_per_core = (uint8_t)shape.threads_per_core;
	rc = cairn_hv_kvm_cpuid_shape_(k->arch->cpuid, &shape);
	if (rc < 0)
		return cairn_err_set(err, -rc, "KVM's CPUID table is full", k->arch->cpuid->nent);
	rc = reserved_set(k, err);
	if (rc < 0)
		return rc;
	return is_wide(c->max_vcpus) ? cairn_hv_kvm_ioapic_open_(k, err)
				     : irqchip_create(k, x->pit, err);
}

void cairn_hv_kvm_arch_close_(struct kvm_vm *k)
{
	if (!k->arch)
		return;
	cairn_hv_kvm_ioapic_close_(k->arch->ioapic);
	free(k->arch->cpuid);
	free(k->arch);
}

int cairn_hv_kvm_arch_cap_(struct kvm_vm *k, enum cairn_hv_cap cap)
{
	switch (cap) {
	case CAIRN_HV_MAX_VCPUS:
		return max_vcpus(k);
	case CAIRN_HV_GPA_BITS:
		return k->arch->gpa_bits;
	case CAIRN_HV_LINES:
		return cairn_hv_kvm_extension_(k, KVM_CAP_IRQCHIP) ? CAIRN_HV_X86_LINES : 0;
	case CAIRN_HV_DOORBELL_PIO:
		return 1;
	case CAIRN_HV_IRQ_RESAMPLE: /* KVM tells of ends only to an I/O APIC of its own */
		return k->arch->ioapic ? 0 : -1;
	default:
		return -1;
	}
}

int cairn_hv_kvm_arch_vcpu_(struct kvm_vm *k, uint32_t id)
{
	const struct kvm_cpuid_shape shape = { .threads_per_core = k->arch->threads_per_core };
	int fd, rc;

	fd = cairn_hv_kvm_ioctl_(k->fd, KVM_CREATE_VCPU, (void *)(uintptr_t)id);
	if (fd < 0)
		return fd;
	cairn_hv_kvm_cpuid_own_(k->arch->cpuid, &shape, id);
	rc = cairn_hv_kvm_ioctl_(fd, KVM_SET_CPUID2, k->arch->cpuid);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

void cairn_hv_kvm_arch_vcpu_close_(struct kvm_vm *k, int fd)
{
	close(fd);
}

int cairn_hv_kvm_arch_start_(struct kvm_vm *k, struct cairn_err *err)
{
	return 0;
}

/* No exit of x86 is a fault. */
int cairn_hv_kvm_arch_resume_(struct kvm_vcpu *c)
{
	return 0;
}

/* Marks the paravirtual clock. -EINVAL: the guest has not set it up. */
int cairn_hv_kvm_paused_(struct cairn_vcpu *v)
{
	int rc = cairn_hv_kvm_ioctl_(to_kvm_vcpu(v)->fd, KVM_KVMCLOCK_CTRL, NULL);

	return rc == -EINVAL ? 0 : rc;
}

uint32_t cairn_hv_kvm_arch_line_(uint32_t line)
{
	return line;
}

static struct kvm_irq_routing_entry line_route(uint32_t gsi, uint32_t chip, uint32_t pin)
{
	return (struct kvm_irq_routing_entry){ .gsi = gsi,
					       .type = KVM_IRQ_ROUTING_IRQCHIP,
					       .u.irqchip = { .irqchip = chip, .pin = pin } };
}

/* As KVM has it by itself: every line to the I/O APIC's pin of that number, 0 to 15 to a PIC too.
 */
uint32_t cairn_hv_kvm_arch_lines_(struct kvm_vm *k, struct kvm_irq_routing_entry *entries)
{
	uint32_t n = 0;

	if (k->arch->ioapic)
		return cairn_hv_kvm_ioapic_routes_(k->arch->ioapic, entries);
	if (!entries)
		return CAIRN_HV_X86_LINES + 16;
	for (uint32_t gsi = 0; gsi < CAIRN_HV_X86_LINES; gsi++) {
		entries[n++] = line_route(gsi, KVM_IRQCHIP_IOAPIC, gsi);
		if (gsi < 16)
			entries[n++] = line_route(
			    gsi, gsi < 8 ? KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE, gsi % 8);
	}
	return n;
}
