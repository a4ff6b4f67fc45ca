/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * regs.c - registers by id. KVM reads and writes them one at a time, whole; ids are words of 64
 * bits. Words of one register that stand side by side in the caller's array go in one call.
 */
#include "aarch64_.h"

#include <stdlib.h>

enum {
	WORDS_MAX = 32,  /* 2048 bits, the widest that KVM's numbers can say */
	WORD_SHIFT = 32, /* of a word's index in an id that has no name; KVM leaves these bits 0 */
	N_KVM_REGS = CAIRN_HV_ARM64_SPSR_FIQ + 1, /* 64 bits each, at the start of kvm_regs */
	N_VECTORS = 32,
};

#define WORD_MASK (UINT64_C(0xff) << WORD_SHIFT)

_Static_assert(offsetof(struct kvm_regs, regs.sp) == CAIRN_HV_ARM64_SP_EL0 * 8, "as in KVM");
_Static_assert(offsetof(struct kvm_regs, regs.pc) == CAIRN_HV_ARM64_PC * 8, "as in KVM");
_Static_assert(offsetof(struct kvm_regs, sp_el1) == CAIRN_HV_ARM64_SP_EL1 * 8, "as in KVM");
_Static_assert(offsetof(struct kvm_regs, spsr) == CAIRN_HV_ARM64_SPSR_EL1 * 8, "as in KVM");

/* A word of one of KVM's registers. */
struct place {
	uint64_t kvm_id;
	unsigned word;
};

static uint64_t core_id(uint64_t size, size_t offset)
{
	return KVM_REG_ARM64 | KVM_REG_ARM_CORE | size | offset / sizeof(uint32_t);
}

static unsigned words_of(uint64_t kvm_id)
{
	unsigned bytes = KVM_REG_SIZE(kvm_id);

	return bytes > 8 ? bytes / 8 : 1;
}

/* KVM has the virtual timer's counter and comparator under each other's numbers (asm/kvm.h). */
static uint64_t sys_swap(uint64_t kvm_id)
{
	if (kvm_id == KVM_REG_ARM_TIMER_CNT)
		return KVM_REG_ARM_TIMER_CVAL;
	return kvm_id == KVM_REG_ARM_TIMER_CVAL ? KVM_REG_ARM_TIMER_CNT : kvm_id;
}

/* False: no such id. Whether KVM has the register is another matter. */
static bool place_of(uint64_t id, struct place *ret)
{
	uint64_t v = id - CAIRN_HV_ARM64_FIRST_V;
	struct place p = { .word = 0 };

	if (id < N_KVM_REGS)
		p.kvm_id = core_id(KVM_REG_SIZE_U64, id * 8);
	else if (id == CAIRN_HV_ARM64_FPSR)
		p.kvm_id = core_id(KVM_REG_SIZE_U32, offsetof(struct kvm_regs, fp_regs.fpsr));
	else if (id == CAIRN_HV_ARM64_FPCR)
		p.kvm_id = core_id(KVM_REG_SIZE_U32, offsetof(struct kvm_regs, fp_regs.fpcr));
	else if (id >= CAIRN_HV_ARM64_FIRST_V && id < CAIRN_HV_ARM64_END_V)
		p = (struct place){ core_id(KVM_REG_SIZE_U128,
					    offsetof(struct kvm_regs, fp_regs.vregs) + v / 2 * 16),
				    v % 2 };
	else if (id >= CAIRN_HV_ARM64_FIRST_SYS && id < CAIRN_HV_ARM64_END_SYS)
		p.kvm_id = sys_swap(KVM_REG_ARM64 | KVM_REG_ARM64_SYSREG | KVM_REG_SIZE_U64 |
				    (id & 0xffff));
	else
		p = (struct place){ id & ~WORD_MASK, (unsigned)((id & WORD_MASK) >> WORD_SHIFT) };
	if ((p.kvm_id & KVM_REG_ARCH_MASK) != KVM_REG_ARM64 || p.word >= words_of(p.kvm_id) ||
	    words_of(p.kvm_id) > WORDS_MAX)
		return false;
	*ret = p;
	return true;
}

/* The id of a word, the reverse of place_of(). */
static uint64_t id_of(uint64_t kvm_id, unsigned word)
{
	uint64_t coproc = kvm_id & KVM_REG_ARM_COPROC_MASK;
	uint64_t at = (kvm_id & 0xffff) * sizeof(uint32_t);
	uint64_t vregs = offsetof(struct kvm_regs, fp_regs.vregs);

	if (coproc == KVM_REG_ARM64_SYSREG && words_of(kvm_id) == 1)
		return CAIRN_HV_ARM64_FIRST_SYS | (sys_swap(kvm_id) & 0xffff);
	if (coproc == KVM_REG_ARM_CORE && at / 8 < N_KVM_REGS)
		return at / 8;
	if (coproc == KVM_REG_ARM_CORE && at == offsetof(struct kvm_regs, fp_regs.fpsr))
		return CAIRN_HV_ARM64_FPSR;
	if (coproc == KVM_REG_ARM_CORE && at == offsetof(struct kvm_regs, fp_regs.fpcr))
		return CAIRN_HV_ARM64_FPCR;
	if (coproc == KVM_REG_ARM_CORE && at >= vregs && at < vregs + N_VECTORS * 16)
		return CAIRN_HV_ARM64_V((at - vregs) / 16, word);
	return kvm_id | (uint64_t)word << WORD_SHIFT;
}

int cairn_hv_kvm_one_reg_(int fd, unsigned long request, uint64_t id, void *value)
{
	struct kvm_one_reg r = { .id = id, .addr = (uintptr_t)value };
	int rc = cairn_hv_kvm_ioctl_(fd, request, &r);

	/* both are said of registers that this vcpu has not, or whose value it does not take */
	return rc == -ENOENT || rc == -EINVAL ? -ENOTSUP : rc;
}

static int ids_check(const struct cairn_hv_reg *regs, size_t n)
{
	struct place p;

	for (size_t i = 0; i < n; i++)
		if (!place_of(regs[i].id, &p))
			return -EINVAL;
	return 0;
}

/* How many of regs, from the first, are words of the same register; which words: into *ret_seen. */
static size_t run_of(const struct cairn_hv_reg *regs, size_t n, struct place *ret_first,
		     uint64_t *ret_seen)
{
	uint64_t seen = 0;
	struct place p;
	size_t i;

	(void)place_of(regs[0].id, ret_first);
	for (i = 0; i < n && place_of(regs[i].id, &p) && p.kvm_id == ret_first->kvm_id; i++)
		seen |= UINT64_C(1) << p.word;
	*ret_seen = seen;
	return i;
}

static unsigned word_of(uint64_t id)
{
	struct place p = { .word = 0 };

	(void)place_of(id, &p);
	return p.word;
}

int cairn_hv_kvm_get_regs_(struct cairn_vcpu *v, struct cairn_hv_reg *regs, size_t n)
{
	int fd = to_kvm_vcpu(v)->fd, rc = ids_check(regs, n);
	uint64_t words[WORDS_MAX], seen;
	struct place p;

	for (size_t i = 0, run; i < n && rc == 0; i += run) {
		run = run_of(regs + i, n - i, &p, &seen);
		memset(words, 0, sizeof(words));
		rc = cairn_hv_kvm_one_reg_(fd, KVM_GET_ONE_REG, p.kvm_id, words);
		for (size_t j = i; j < i + run && rc == 0; j++)
			regs[j].value = words[word_of(regs[j].id)];
	}
	return rc;
}

int cairn_hv_kvm_set_regs_(struct cairn_vcpu *v, const struct cairn_hv_reg *regs, size_t n)
{
	int fd = to_kvm_vcpu(v)->fd, rc = ids_check(regs, n);
	uint64_t words[WORDS_MAX], seen;
	struct place p;

	for (size_t i = 0, run; i < n && rc == 0; i += run) {
		run = run_of(regs + i, n - i, &p, &seen);
		/* words that are not set stay as they are */
		if (seen != (UINT64_C(1) << words_of(p.kvm_id)) - 1)
			rc = cairn_hv_kvm_one_reg_(fd, KVM_GET_ONE_REG, p.kvm_id, words);
		for (size_t j = i; j < i + run; j++)
			words[word_of(regs[j].id)] = regs[j].value;
		if (rc == 0)
			rc = cairn_hv_kvm_one_reg_(fd, KVM_SET_ONE_REG, p.kvm_id, words);
	}
	return rc;
}

/* KVM's list, to be freed. */
static int list_get(int fd, struct kvm_reg_list **ret)
{
	struct kvm_reg_list none = { .n = 0 }, *l;
	int rc = cairn_hv_kvm_ioctl_(fd, KVM_GET_REG_LIST, &none);

	if (rc < 0 && rc != -E2BIG)
		return rc;
	l = calloc(1, sizeof(*l) + none.n * sizeof(l->reg[0]));
	if (!l)
		return -ENOMEM;
	l->n = none.n;
	rc = cairn_hv_kvm_ioctl_(fd, KVM_GET_REG_LIST, l);
	if (rc < 0)
		free(l);
	else
		*ret = l;
	return rc;
}

/* But for the vector lengths, which are configuration: no vcpu takes them once it is made. */
int cairn_hv_kvm_list_regs_(struct cairn_vcpu *v, uint64_t *ids, size_t n)
{
	struct kvm_reg_list *l;
	size_t total = 0;
	int rc = list_get(to_kvm_vcpu(v)->fd, &l);

	if (rc < 0)
		return rc;
	for (uint64_t i = 0; i < l->n; i++) {
		if (l->reg[i] == KVM_REG_ARM64_SVE_VLS)
			continue;
		for (unsigned w = 0; w < words_of(l->reg[i]); w++, total++)
			if (total < n)
				ids[total] = id_of(l->reg[i], w);
	}
	free(l);
	return (int)total;
}
