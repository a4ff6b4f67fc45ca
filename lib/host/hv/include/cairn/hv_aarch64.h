/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * hv_aarch64.h - what hv.h leaves to the architecture: register ids, and the machine's
 * configuration that a hypervisor must know before its first vcpu.
 *
 * A vcpu before its first run is as after a reset: EL1 with SP_EL1, interrupts masked, MMU off.
 * vcpu 0 is on; the others are off, inside run(), until the guest's PSCI CPU_ON. The hypervisor
 * answers PSCI by HVC (Arm DEN 0022); of its calls only these leave run():
 *   SYSTEM_OFF      CAIRN_HV_EXIT_OFF
 *   SYSTEM_RESET    CAIRN_HV_EXIT_RESET
 *   SYSTEM_RESET2   CAIRN_HV_EXIT_RESET, code has CAIRN_HV_ARM64_RESET2; type in X1, cookie in X2
 *   SYSTEM_SUSPEND  CAIRN_HV_EXIT_SUSPEND, where `suspend` allows it. X1 is the address at which
 *                   the guest wants to go on, X2 its argument. To wake it, set PC to the one and X0
 *                   to the other; to deny it, set X0 to a PSCI error. Then run() again
 */
#ifndef CAIRN_HV_AARCH64_H
#define CAIRN_HV_AARCH64_H

#include <cairn/hv.h>

#ifdef __cplusplus
extern "C" {
#endif

/* General registers: X0 + n is Xn. Values are 64 bits, FPSR and FPCR 32 of them. */
enum cairn_hv_arm64_reg {
	CAIRN_HV_ARM64_X0,
	CAIRN_HV_ARM64_X30 = 30,
	CAIRN_HV_ARM64_SP_EL0,
	CAIRN_HV_ARM64_PC,
	CAIRN_HV_ARM64_PSTATE,
	CAIRN_HV_ARM64_SP_EL1,
	CAIRN_HV_ARM64_ELR_EL1,
	CAIRN_HV_ARM64_SPSR_EL1,
	CAIRN_HV_ARM64_SPSR_ABT, /* of AArch32, as the three that follow */
	CAIRN_HV_ARM64_SPSR_UND,
	CAIRN_HV_ARM64_SPSR_IRQ,
	CAIRN_HV_ARM64_SPSR_FIQ,
	CAIRN_HV_ARM64_FPSR,
	CAIRN_HV_ARM64_FPCR,
	CAIRN_HV_ARM64_N_GENERAL,
	CAIRN_HV_ARM64_FIRST_V = 0x100, /* … + n * 2 + half; half 0 is bits 0 to 63 */
	CAIRN_HV_ARM64_END_V = 0x140,
	CAIRN_HV_ARM64_FIRST_SYS = 0x10000,
	CAIRN_HV_ARM64_END_SYS = 0x20000,
	/*
	 * From here on: registers without a name here (SVE, the hypervisor's own), by numbers that
	 * only cairn_hv_vcpu_list_regs() gives. They mean the same for every vm of one back end.
	 */
};

#define CAIRN_HV_ARM64_X(n) ((uint64_t)CAIRN_HV_ARM64_X0 + (uint64_t)(n))
#define CAIRN_HV_ARM64_V(n, half)                                                                  \
	((uint64_t)CAIRN_HV_ARM64_FIRST_V + (uint64_t)(n)*2 + (uint64_t)(half))
/* A system register, by the five numbers of its MRS (Arm DDI 0487, C5.1). */
#define CAIRN_HV_ARM64_SYS(op0, op1, crn, crm, op2)                                                \
	((uint64_t)CAIRN_HV_ARM64_FIRST_SYS | (uint64_t)((op0)&3) << 14 |                          \
	 (uint64_t)((op1)&7) << 11 | (uint64_t)((crn)&15) << 7 | (uint64_t)((crm)&15) << 3 |       \
	 (uint64_t)((op2)&7))

#define CAIRN_HV_ARM64_MPIDR_EL1     CAIRN_HV_ARM64_SYS(3, 0, 0, 0, 5)
#define CAIRN_HV_ARM64_SCTLR_EL1     CAIRN_HV_ARM64_SYS(3, 0, 1, 0, 0)
#define CAIRN_HV_ARM64_TTBR0_EL1     CAIRN_HV_ARM64_SYS(3, 0, 2, 0, 0)
#define CAIRN_HV_ARM64_TTBR1_EL1     CAIRN_HV_ARM64_SYS(3, 0, 2, 0, 1)
#define CAIRN_HV_ARM64_TCR_EL1       CAIRN_HV_ARM64_SYS(3, 0, 2, 0, 2)
#define CAIRN_HV_ARM64_ESR_EL1       CAIRN_HV_ARM64_SYS(3, 0, 5, 2, 0)
#define CAIRN_HV_ARM64_FAR_EL1       CAIRN_HV_ARM64_SYS(3, 0, 6, 0, 0)
#define CAIRN_HV_ARM64_MAIR_EL1      CAIRN_HV_ARM64_SYS(3, 0, 10, 2, 0)
#define CAIRN_HV_ARM64_VBAR_EL1      CAIRN_HV_ARM64_SYS(3, 0, 12, 0, 0)
#define CAIRN_HV_ARM64_ID_PFR0_EL1   CAIRN_HV_ARM64_SYS(3, 0, 0, 4, 0) /* ID_AA64PFR0_EL1 */
#define CAIRN_HV_ARM64_ID_DFR0_EL1   CAIRN_HV_ARM64_SYS(3, 0, 0, 5, 0) /* ID_AA64DFR0_EL1 */
#define CAIRN_HV_ARM64_ID_ISAR1_EL1  CAIRN_HV_ARM64_SYS(3, 0, 0, 6, 1) /* ID_AA64ISAR1_EL1 */
#define CAIRN_HV_ARM64_CNTVCT_EL0    CAIRN_HV_ARM64_SYS(3, 3, 14, 0, 2)
#define CAIRN_HV_ARM64_CNTV_CTL_EL0  CAIRN_HV_ARM64_SYS(3, 3, 14, 3, 1)
#define CAIRN_HV_ARM64_CNTV_CVAL_EL0 CAIRN_HV_ARM64_SYS(3, 3, 14, 3, 2)

/* In `code` of a RESET that was a SYSTEM_RESET2. */
#define CAIRN_HV_ARM64_RESET2        (UINT64_C(1) << 32)

/* Interrupt numbers (INTID): line n is SPI n. The private ones are as in Arm DEN 0094, table 3. */
enum cairn_hv_arm64_intid {
	CAIRN_HV_ARM64_FIRST_PPI = 16,
	CAIRN_HV_ARM64_PMU_INTID = 23,      /* the usual one, see pmu_intid */
	CAIRN_HV_ARM64_VTIMER_INTID = 27,   /* virtual timer, EL1 */
	CAIRN_HV_ARM64_PTIMER_INTID = 30,   /* physical timer, EL1 */
	CAIRN_HV_ARM64_PTIMER_S_INTID = 29, /* secure, EL1; for device trees, never fires */
	CAIRN_HV_ARM64_TIMER_H_INTID = 26,  /* EL2; the same */
	CAIRN_HV_ARM64_FIRST_SPI = 32,
};

/* Lines of a GIC as KVM makes it: interrupt numbers to 991, of which 32 are private. */
enum { CAIRN_HV_ARM64_LINES = 960 };

/* Bytes of address space that each part of the interrupt controller takes. */
enum cairn_hv_arm64_gic_len {
	CAIRN_HV_ARM64_GICD_LEN = 0x10000, /* also what a GICv2's takes here; it uses 0x1000 */
	CAIRN_HV_ARM64_GICC_LEN = 0x2000,
	CAIRN_HV_ARM64_GICR_LEN = 0x20000, /* for each of max_vcpus, one behind the other */
	CAIRN_HV_ARM64_ITS_LEN = 0x20000,
	CAIRN_HV_ARM64_ITS_TRANSLATER = 0x10040, /* of the ITS: where messages are written */
	CAIRN_HV_ARM64_STEAL_LEN = 64,           /* of each of max_vcpus, one behind the other */
};

/*
 * The interrupt controller exists when the vm has lines; then its addresses are needed. All are
 * multiples of 0x10000, and neither memory nor a device is there. Zero is the right start.
 */
struct cairn_hv_aarch64 {
	uint8_t gic;       /* version: 3, 2, or 0: 3 where the host has it, else 2 */
	uint8_t gpa_bits;  /* 0: as many as the host has, else 32 … CAIRN_HV_GPA_BITS */
	bool sve;          /* scalable vectors, all lengths that the host has */
	bool pauth;        /* pointer authentication */
	bool pmu;          /* PMUv3; needs lines */
	bool suspend;      /* the guest may ask for SYSTEM_SUSPEND */
	uint8_t pmu_intid; /* of every vcpu, 16 … 31; 0: CAIRN_HV_ARM64_PMU_INTID */
	cairn_gpa gicd;    /* distributor */
	cairn_gpa gicr;    /* redistributors; not used with a GICv2 */
	cairn_gpa gicc;    /* processor interface; only used with a GICv2 */
	cairn_gpa its;     /* 0: none. Not used with a GICv2, which has no messages */
	/*
	 * 0: none. Else in memory that is added before start() and that the guest is told to leave
	 * alone: there it reads how long its vcpus waited for a processor (Arm DEN 0057), where
	 * CAIRN_HV_STEAL_TIME is 1.
	 */
	cairn_gpa steal;
};

/*
 * cairn_hv_open() with this configuration, further errors, each with its reason in err:
 *   -EINVAL   no addresses for the interrupt controller, gic, gpa_bits or pmu_intid out of range,
 *             more vcpus than that GIC serves (8 for a GICv2)
 *   -ENOTSUP  the host has not what was asked: gic, gpa_bits, sve, pauth, pmu, suspend, its
 */

/*
 * For back ends. What is wrong whatever the host has: before the interrupt controller's version is
 * chosen, and with it. Both return 0 or -EINVAL.
 */
CAIRN_MUST_USE int cairn_hv_arm64_check(const struct cairn_hv_aarch64 *a, uint32_t n_lines,
					struct cairn_err *err);
CAIRN_MUST_USE int cairn_hv_arm64_gic_check(const struct cairn_hv_aarch64 *a, unsigned gic,
					    uint32_t max_vcpus, struct cairn_err *err);

/* Affinity of a vcpu, as in MPIDR_EL1 and in a device tree's `reg`: 16 vcpus to a cluster. */
static inline uint64_t cairn_hv_arm64_mpidr(uint32_t id)
{
	return (id & 0xf) | (uint64_t)(id >> 4 & 0xff) << 8 | (uint64_t)(id >> 12 & 0xff) << 16;
}

#ifdef __cplusplus
}
#endif
#endif
