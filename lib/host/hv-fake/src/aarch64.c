/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* aarch64.c - the fake as KVM on aarch64, PSCI (Arm DEN 0022) included. */
#include "fake_.h"

enum {
	PSTATE_RESET = 0x3c5,   /* EL1 with SP_EL1, all interrupts masked */
	PSCI_1_1 = 1 << 16 | 1, /* version */
	/* functions; those with the 64-bit arguments have another bit */
	PSCI_64 = 0x40000000,
	FN_VERSION = 0x84000000,
	FN_CPU_SUSPEND,
	FN_CPU_OFF,
	FN_CPU_ON,
	FN_AFFINITY_INFO,
	FN_MIGRATE_INFO_TYPE = 0x84000006,
	FN_SYSTEM_OFF = 0x84000008,
	FN_SYSTEM_RESET,
	FN_FEATURES,
	FN_SYSTEM_SUSPEND = 0x8400000e,
	FN_SYSTEM_RESET2 = 0x84000012,
	/* answers */
	PSCI_OK = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID = -2,
	PSCI_ALREADY_ON = -4,
	PSCI_FAILED = -6,
	PSCI_NO_TRUSTED_OS = 2,
	/* codes of KVM's system events */
	EVENT_OFF = 1,
	EVENT_RESET,
	EVENT_SUSPEND = 4,
};

static const int caps[CAIRN_HV_N_CAPS] = {
	[CAIRN_HV_MAX_VCPUS] = 512,
	[CAIRN_HV_GPA_BITS] = 48,
	[CAIRN_HV_MEM_SLOTS] = 32767,
	[CAIRN_HV_MEM_LATE] = 1,
	[CAIRN_HV_MEM_LEND] = 1,
	[CAIRN_HV_MEM_READONLY] = 1,
	[CAIRN_HV_LINES] = CAIRN_HV_ARM64_LINES,
	[CAIRN_HV_MSI] = 3136,
	[CAIRN_HV_MSI_DEVID] = 1,
	[CAIRN_HV_IRQ_LATE] = 1,
	[CAIRN_HV_IRQ_RESAMPLE] = 1,
	[CAIRN_HV_DOORBELL_LATE] = 1,
	[CAIRN_HV_DOORBELL_MATCH] = 1,
	[CAIRN_HV_BOOT_REGS] = 2,
	[CAIRN_HV_REG_LIST] = 1,
	[CAIRN_HV_GIC] = 3,
	[CAIRN_HV_ITS] = 1,
	[CAIRN_HV_PSCI] = PSCI_1_1,
};

static const struct fake_reg_range regs[] = {
	{ CAIRN_HV_ARM64_X0, CAIRN_HV_ARM64_N_GENERAL - 1 },
	{ CAIRN_HV_ARM64_FIRST_V, CAIRN_HV_ARM64_END_V - 1 },
	{ CAIRN_HV_ARM64_MPIDR_EL1, CAIRN_HV_ARM64_MPIDR_EL1 },
	{ CAIRN_HV_ARM64_SCTLR_EL1, CAIRN_HV_ARM64_SCTLR_EL1 },
	{ CAIRN_HV_ARM64_TTBR0_EL1, CAIRN_HV_ARM64_TCR_EL1 },
	{ CAIRN_HV_ARM64_ESR_EL1, CAIRN_HV_ARM64_ESR_EL1 },
	{ CAIRN_HV_ARM64_FAR_EL1, CAIRN_HV_ARM64_FAR_EL1 },
	{ CAIRN_HV_ARM64_MAIR_EL1, CAIRN_HV_ARM64_MAIR_EL1 },
	{ CAIRN_HV_ARM64_VBAR_EL1, CAIRN_HV_ARM64_VBAR_EL1 },
	{ CAIRN_HV_ARM64_CNTVCT_EL0, CAIRN_HV_ARM64_CNTVCT_EL0 },
	{ CAIRN_HV_ARM64_CNTV_CTL_EL0, CAIRN_HV_ARM64_CNTV_CVAL_EL0 },
};

/* As the configuration has it, checked. */
static int config_take(struct fake_vm *f, const struct cairn_hv_vm_config *c,
		       const struct cairn_hv_aarch64 *a, struct cairn_err *err)
{
	int gic = a->gic ? a->gic : 3;
	int rc = cairn_hv_arm64_check(a, c->n_lines, err);

	if (rc == 0 && a->gpa_bits > caps[CAIRN_HV_GPA_BITS])
		rc =
		    cairn_err_set(err, ENOTSUP, "more address bits than the fake has", a->gpa_bits);
	if (rc == 0 && c->n_lines > 0)
		rc = cairn_hv_arm64_gic_check(a, (unsigned)gic, c->max_vcpus, err);
	if (a->gpa_bits)
		f->caps[CAIRN_HV_GPA_BITS] = a->gpa_bits;
	if (gic == 2)
		f->caps[CAIRN_HV_MAX_VCPUS] = 8;
	f->caps[CAIRN_HV_GIC] = gic;
	f->caps[CAIRN_HV_ITS] = gic == 3 && a->its.v;
	f->caps[CAIRN_HV_STEAL_TIME] = a->steal.v != 0;
	f->may_suspend = a->suspend;
	return rc;
}

int cairn_hv_fake_aarch64_init_(struct fake_vm *f, const struct cairn_hv_vm_config *c,
				struct cairn_err *err)
{
	int rc = 0;

	memcpy(f->caps, caps, sizeof(f->caps));
	f->is_aarch64 = true;
	f->reg_ranges = regs;
	f->n_reg_ranges = CAIRN_ARRAY_LEN(regs);
	if (c->arch)
		rc = config_take(f, c, c->arch, err);
	if (c->n_lines == 0)
		f->caps[CAIRN_HV_GIC] = f->caps[CAIRN_HV_ITS] = 0;
	if (!f->caps[CAIRN_HV_ITS])
		f->caps[CAIRN_HV_MSI] = f->caps[CAIRN_HV_MSI_DEVID] = 0;
	return rc;
}

static int set(struct fake_vcpu *c, uint64_t id, uint64_t value)
{
	uint64_t *r = cairn_hv_fake_reg_(c, id);

	if (!r)
		return -ENOMEM;
	*r = value;
	return 0;
}

int cairn_hv_fake_aarch64_vcpu_init_(struct fake_vcpu *c, uint32_t id)
{
	int rc = set(c, CAIRN_HV_ARM64_MPIDR_EL1, UINT64_C(1) << 31 | cairn_hv_arm64_mpidr(id));

	return rc < 0 ? rc : set(c, CAIRN_HV_ARM64_PSTATE, PSTATE_RESET);
}

/* Locked. The vcpu of this affinity, or NULL. */
static struct fake_vcpu *find(struct fake_vm *f, uint64_t mpidr)
{
	for (uint32_t id = 0; id < CAIRN_HV_ID_LIMIT; id++)
		if (f->vcpus[id] && cairn_hv_arm64_mpidr(id) == mpidr)
			return f->vcpus[id];
	return NULL;
}

/* Locked. Off: it is parked, or will be by its next step. */
static bool is_off(const struct fake_vcpu *c)
{
	return c->is_parked ||
	       (c->at < c->n_steps && c->steps[c->at].in.special == CAIRN_HV_FAKE_PARKED);
}

static int64_t cpu_on(struct fake_vm *f, const uint64_t *args)
{
	struct fake_vcpu *t = find(f, args[1]);
	uint64_t *pc = t ? cairn_hv_fake_reg_(t, CAIRN_HV_ARM64_PC) : NULL;

	if (!pc)
		return PSCI_INVALID;
	if (!is_off(t) || t->is_on_called)
		return PSCI_ALREADY_ON;
	*pc = args[2];
	if (set(t, CAIRN_HV_ARM64_X(0), args[3]) < 0)
		return PSCI_INVALID;
	t->is_on_called = true;
	cairn_hv_fake_fd_fire_(t->on_fd);
	return PSCI_OK;
}

static int64_t affinity_info(struct fake_vm *f, const uint64_t *args)
{
	const struct fake_vcpu *t = find(f, args[1]);

	return t ? is_off(t) && !t->is_on_called : PSCI_INVALID;
}

static bool has(const struct fake_vm *f, uint64_t function)
{
	switch (function & ~(uint64_t)PSCI_64) {
	case FN_VERSION:
	case FN_CPU_SUSPEND:
	case FN_CPU_OFF:
	case FN_CPU_ON:
	case FN_AFFINITY_INFO:
	case FN_MIGRATE_INFO_TYPE:
	case FN_SYSTEM_OFF:
	case FN_SYSTEM_RESET:
	case FN_SYSTEM_RESET2:
	case FN_FEATURES:
		return true;
	case FN_SYSTEM_SUSPEND:
		return f->may_suspend;
	default:
		return false;
	}
}

/* Those that leave run(). False: not one of them. */
static bool system_call(const uint64_t *args, struct cairn_hv_exit *e)
{
	switch (args[0] & ~(uint64_t)PSCI_64) {
	case FN_SYSTEM_OFF:
		*e = (struct cairn_hv_exit){ .kind = CAIRN_HV_EXIT_OFF, .code = EVENT_OFF };
		return true;
	case FN_SYSTEM_RESET:
		*e = (struct cairn_hv_exit){ .kind = CAIRN_HV_EXIT_RESET, .code = EVENT_RESET };
		return true;
	case FN_SYSTEM_RESET2:
		*e = (struct cairn_hv_exit){ .kind = CAIRN_HV_EXIT_RESET,
					     .code = EVENT_RESET | CAIRN_HV_ARM64_RESET2 };
		return true;
	case FN_SYSTEM_SUSPEND:
		*e = (struct cairn_hv_exit){ .kind = CAIRN_HV_EXIT_SUSPEND, .code = EVENT_SUSPEND };
		return true;
	default:
		return false;
	}
}

static int64_t answer(struct fake_vcpu *c, struct fake_vm *f, const uint64_t *args)
{
	switch (args[0] & ~(uint64_t)PSCI_64) {
	case FN_VERSION:
		return f->caps[CAIRN_HV_PSCI];
	case FN_CPU_SUSPEND: /* something woke it at once */
		return PSCI_OK;
	case FN_CPU_OFF:
		c->is_parked = true;
		return PSCI_OK;
	case FN_CPU_ON:
		return cpu_on(f, args);
	case FN_AFFINITY_INFO:
		return affinity_info(f, args);
	case FN_MIGRATE_INFO_TYPE:
		return PSCI_NO_TRUSTED_OS;
	default: /* FN_FEATURES: has() let nothing else here */
		return has(f, args[1]) ? PSCI_OK : PSCI_NOT_SUPPORTED;
	}
}

bool cairn_hv_fake_psci_(struct fake_vcpu *c, const uint64_t *args, struct cairn_hv_exit *e)
{
	struct fake_vm *f = to_fake_vm(c->vcpu.vm);
	bool is_known = has(f, args[0]);

	for (unsigned i = 0; i < 4; i++)
		if (set(c, CAIRN_HV_ARM64_X(i), args[i]) < 0)
			return false;
	if (is_known && system_call(args, e)) {
		/* what a guest finds that is run again as if nothing were */
		(void)set(c, CAIRN_HV_ARM64_X(0), (uint64_t)PSCI_FAILED);
		return true;
	}
	(void)set(c, CAIRN_HV_ARM64_X(0),
		  (uint64_t)(is_known ? answer(c, f, args) : PSCI_NOT_SUPPORTED));
	return false;
}
