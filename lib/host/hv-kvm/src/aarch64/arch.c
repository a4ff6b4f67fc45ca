/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* arch.c - what an aarch64 vm has before its first vcpu, and each vcpu before it runs. */
#include "aarch64_.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	GPA_BITS_DEFAULT = 40, /* of a KVM that lets nobody choose */
	A64_BYTES = 4,         /* of an instruction */
};

const char cairn_hv_kvm_arch_no_node_[] =
    "no KVM here: the kernel needs it built in, and must be started at EL2";

int cairn_hv_kvm_paused_(struct cairn_vcpu *v)
{
	return 0; /* nothing tells a guest; what it measures is its counter, which went on */
}

static int host_gpa_bits(int kvm_fd)
{
	int bits = cairn_hv_kvm_ioctl_(kvm_fd, KVM_CHECK_EXTENSION,
				       (void *)(uintptr_t)KVM_CAP_ARM_VM_IPA_SIZE);

	return bits > 0 ? bits : 0;
}

/* 0: KVM's default, which is all there is where it gives no choice. */
int cairn_hv_kvm_arch_type_(int kvm_fd, const struct cairn_hv_vm_config *c, unsigned long *ret_type,
			    struct cairn_err *err)
{
	const struct cairn_hv_aarch64 *a = c->arch;
	int host = host_gpa_bits(kvm_fd), want = a ? a->gpa_bits : 0;
	int rc = a ? cairn_hv_arm64_check(a, c->n_lines, err) : 0;

	if (rc < 0)
		return rc;
	if (want > (host ? host : GPA_BITS_DEFAULT))
		return cairn_err_set(err, ENOTSUP, "more address bits than KVM has on this host",
				     (uint64_t)want);
	*ret_type = host ? KVM_VM_TYPE_ARM_IPA_SIZE((unsigned long)(want ? want : host)) : 0;
	return 0;
}

static void feature_add(struct kvm_vcpu_init *init, unsigned feature)
{
	init->features[feature / 32] |= 1u << feature % 32;
}

/* What the configuration wants of KVM beside what every vcpu has. */
static int features_choose(struct kvm_vm *k, struct kvm_vcpu_init *init, struct cairn_err *err)
{
	const struct cairn_hv_aarch64 *c = &k->arch->config;
	const struct {
		bool is_wanted;
		int extension;
		unsigned feature;
		const char *what;
	} wants[] = {
		{ true, KVM_CAP_ARM_PSCI_0_2, KVM_ARM_VCPU_PSCI_0_2, "KVM without PSCI 0.2" },
		{ c->sve, KVM_CAP_ARM_SVE, KVM_ARM_VCPU_SVE, "the host has no SVE for guests" },
		{ c->pauth, KVM_CAP_ARM_PTRAUTH_ADDRESS, KVM_ARM_VCPU_PTRAUTH_ADDRESS,
		  "the host has no pointer authentication for guests" },
		{ c->pauth, KVM_CAP_ARM_PTRAUTH_GENERIC, KVM_ARM_VCPU_PTRAUTH_GENERIC,
		  "the host has no pointer authentication for guests" },
		{ c->pmu, KVM_CAP_ARM_PMU_V3, KVM_ARM_VCPU_PMU_V3,
		  "the host has no PMUv3 for guests" },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(wants); i++) {
		if (!wants[i].is_wanted)
			continue;
		if (!cairn_hv_kvm_extension_(k, wants[i].extension))
			return cairn_err_set(err, ENOTSUP, wants[i].what,
					     (uint64_t)wants[i].extension);
		feature_add(init, wants[i].feature);
	}
	return 0;
}

/* Exits that KVM makes only when they are asked for. */
static int exits_enable(struct kvm_vm *k, struct cairn_err *err)
{
	struct kvm_enable_cap nisv = { .cap = KVM_CAP_ARM_NISV_TO_USER };
	struct kvm_enable_cap suspend = { .cap = KVM_CAP_ARM_SYSTEM_SUSPEND };
	int rc = 0;

	if (cairn_hv_kvm_extension_(k, KVM_CAP_ARM_NISV_TO_USER) &&
	    cairn_hv_kvm_extension_(k, KVM_CAP_ARM_INJECT_EXT_DABT))
		rc = cairn_hv_kvm_ioctl_(k->fd, KVM_ENABLE_CAP, &nisv);
	if (rc < 0)
		return cairn_hv_kvm_err_(err, -rc, "KVM keeps accesses that it cannot decode",
					 "KVM_ENABLE_CAP");
	if (!k->arch->config.suspend)
		return 0;
	if (!cairn_hv_kvm_extension_(k, KVM_CAP_ARM_SYSTEM_SUSPEND))
		return cairn_err_set(err, ENOTSUP, "KVM without SYSTEM_SUSPEND", 0);
	rc = cairn_hv_kvm_ioctl_(k->fd, KVM_ENABLE_CAP, &suspend);
	return rc < 0 ? cairn_hv_kvm_err_(err, -rc, "KVM refuses SYSTEM_SUSPEND", "KVM_ENABLE_CAP")
		      : 0;
}

/* One vcpu, as after a reset; all but the first are off. */
static int vcpu_new(struct kvm_vm *k, uint32_t id, const struct kvm_vcpu_init *init,
		    struct cairn_err *err)
{
	int fd = cairn_hv_kvm_ioctl_(k->fd, KVM_CREATE_VCPU, (void *)(uintptr_t)id);
	struct kvm_vcpu_init own = *init;
	int sve = KVM_ARM_VCPU_SVE, rc;

	if (fd < 0)
		return cairn_hv_kvm_err_(err, -fd, "KVM gives no vcpu", "KVM_CREATE_VCPU");
	k->arch->vcpu_fds[k->arch->n_vcpus++] = fd;
	if (id > 0)
		feature_add(&own, KVM_ARM_VCPU_POWER_OFF);
	rc = cairn_hv_kvm_ioctl_(fd, KVM_ARM_VCPU_INIT, &own);
	if (rc == 0 && k->arch->config.sve)
		rc = cairn_hv_kvm_ioctl_(fd, KVM_ARM_VCPU_FINALIZE, &sve);
	return rc < 0 ? cairn_hv_kvm_err_(err, -rc, "KVM refuses the vcpu", "KVM_ARM_VCPU_INIT")
		      : 0;
}

static int vcpus_new(struct kvm_vm *k, uint32_t n, struct cairn_err *err)
{
	struct kvm_vcpu_init init = { 0 };
	uint64_t psci = 0;
	int rc = cairn_hv_kvm_ioctl_(k->fd, KVM_ARM_PREFERRED_TARGET, &init);

	if (rc < 0)
		return cairn_hv_kvm_err_(err, -rc, "KVM names no vcpu that the host can run",
					 "KVM_ARM_PREFERRED_TARGET");
	rc = features_choose(k, &init, err);
	k->arch->vcpu_fds = calloc(n, sizeof(*k->arch->vcpu_fds));
	if (rc == 0 && !k->arch->vcpu_fds)
		rc = cairn_err_set(err, ENOMEM, "no memory for vcpus", n);
	for (uint32_t id = 0; id < n && rc == 0; id++)
		rc = vcpu_new(k, id, &init, err);
	if (rc == 0)
		rc = cairn_hv_kvm_one_reg_(k->arch->vcpu_fds[0], KVM_GET_ONE_REG,
					   KVM_REG_ARM_PSCI_VERSION, &psci);
	k->arch->psci = (uint32_t)psci;
	return rc;
}

/* After the interrupt controller, to which its interrupt goes. */
static int pmus_open(struct kvm_vm *k, struct cairn_err *err)
{
	static const char what[] = "KVM refuses the PMU";
	int intid = k->arch->config.pmu_intid, rc = 0;

	intid = intid ? intid : CAIRN_HV_ARM64_PMU_INTID;
	for (uint32_t i = 0; i < k->arch->n_vcpus && rc == 0; i++) {
		int fd = k->arch->vcpu_fds[i];

		rc = cairn_hv_kvm_attr_set_(fd, KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_IRQ,
					    &intid, what, err);
		if (rc == 0)
			rc = cairn_hv_kvm_attr_set_(fd, KVM_ARM_VCPU_PMU_V3_CTRL,
						    KVM_ARM_VCPU_PMU_V3_INIT, NULL, what, err);
	}
	return rc;
}

int cairn_hv_kvm_arch_open_(struct kvm_vm *k, int kvm_fd, const struct cairn_hv_vm_config *c,
			    struct cairn_err *err)
{
	int rc, host = host_gpa_bits(kvm_fd);

	k->arch = calloc(1, sizeof(*k->arch));
	if (!k->arch)
		return cairn_err_set(err, ENOMEM, "no memory for a vm", sizeof(*k->arch));
	if (c->arch)
		k->arch->config = *(const struct cairn_hv_aarch64 *)c->arch;
	if (k->arch->config.gpa_bits == 0)
		k->arch->config.gpa_bits = (uint8_t)(host ? host : GPA_BITS_DEFAULT);
	k->arch->steal = k->arch->config.steal.v && cairn_hv_kvm_extension_(k, KVM_CAP_STEAL_TIME);
	rc = exits_enable(k, err);
	if (rc == 0)
		rc = vcpus_new(k, c->max_vcpus, err);
	if (rc == 0 && c->n_lines > 0)
		rc = cairn_hv_kvm_gic_open_(k, err);
	if (rc == 0 && k->arch->config.pmu)
		rc = pmus_open(k, err);
	return rc;
}

void cairn_hv_kvm_arch_close_(struct kvm_vm *k)
{
	struct kvm_arch *a = k->arch;

	if (!a)
		return;
	while (a->n_vcpus > 0)
		close(a->vcpu_fds[--a->n_vcpus]);
	free(a->vcpu_fds);
	free(a);
}

int cairn_hv_kvm_arch_cap_(struct kvm_vm *k, enum cairn_hv_cap cap)
{
	switch (cap) {
	case CAIRN_HV_MAX_VCPUS: /* of this vm's GIC */
		return cairn_hv_kvm_extension_(k, KVM_CAP_MAX_VCPUS);
	case CAIRN_HV_GPA_BITS:
		return k->arch->config.gpa_bits;
	case CAIRN_HV_LINES:
		return cairn_hv_kvm_extension_(k, KVM_CAP_IRQCHIP) ? CAIRN_HV_ARM64_LINES : 0;
	case CAIRN_HV_MSI: /* GICv2 has none, and the guest has no address for one without ITS */
		return k->arch->its ? -1 : 0;
	case CAIRN_HV_MSI_DEVID:
	case CAIRN_HV_ITS:
		return k->arch->its;
	case CAIRN_HV_REG_LIST:
		return 1;
	case CAIRN_HV_GIC:
		return k->arch->gic;
	case CAIRN_HV_PSCI:
		return (int)k->arch->psci;
	case CAIRN_HV_STEAL_TIME:
		return k->arch->steal;
	default:
		return -1;
	}
}

int cairn_hv_kvm_arch_vcpu_(struct kvm_vm *k, uint32_t id)
{
	return k->arch->vcpu_fds[id];
}

/* Stays open: KVM's vcpus end with their vm. */
void cairn_hv_kvm_arch_vcpu_close_(struct kvm_vm *k, int fd)
{
}

/* Steal time, now that there is memory for it. */
int cairn_hv_kvm_arch_start_(struct kvm_vm *k, struct cairn_err *err)
{
	int rc = 0;

	for (uint32_t i = 0; k->arch->steal && i < k->arch->n_vcpus && rc == 0; i++) {
		uint64_t at = k->arch->config.steal.v + (uint64_t)i * CAIRN_HV_ARM64_STEAL_LEN;

		rc = cairn_hv_kvm_attr_set_(k->arch->vcpu_fds[i], KVM_ARM_VCPU_PVTIME_CTRL,
					    KVM_ARM_VCPU_PVTIME_IPA, &at,
					    "KVM refuses the place of steal time", err);
	}
	return rc;
}

int cairn_hv_kvm_arch_resume_(struct kvm_vcpu *c)
{
	struct kvm_vcpu_events abort = { .exception = { .ext_dabt_pending = 1 } };
	struct cairn_hv_reg pc = { CAIRN_HV_ARM64_PC, 0 };
	int rc = 0;

	if (c->exit.resume == CAIRN_HV_INJECT)
		return cairn_hv_kvm_ioctl_(c->fd, KVM_SET_VCPU_EVENTS, &abort);
	if (c->exit.resume == CAIRN_HV_HANDLED)
		rc = cairn_hv_kvm_get_regs_(&c->vcpu, &pc, 1);
	if (rc < 0 || c->exit.resume != CAIRN_HV_HANDLED)
		return rc;
	pc.value += A64_BYTES;
	return cairn_hv_kvm_set_regs_(&c->vcpu, &pc, 1);
}

uint32_t cairn_hv_kvm_arch_line_(uint32_t line)
{
	return KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | (CAIRN_HV_ARM64_FIRST_SPI + line);
}

/* As KVM has it by itself: a pin is an SPI. */
uint32_t cairn_hv_kvm_arch_lines_(struct kvm_vm *k, struct kvm_irq_routing_entry *entries)
{
	for (uint32_t i = 0; i < k->n_lines && entries; i++)
		entries[i] = (struct kvm_irq_routing_entry){ .gsi = i,
							     .type = KVM_IRQ_ROUTING_IRQCHIP,
							     .u.irqchip.pin = i };
	return k->n_lines;
}
