/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * regs.c - registers by id. KVM keeps them in three places; each is read and written at most once
 * per call, however many ids concern it.
 */
#include "../kvm_.h"

#include <cairn/hv_x86_64.h>

enum { MSRS_PER_CALL = 32 };

enum place { PLACE_GENERAL = 1, PLACE_SPECIAL = 2, PLACE_MSR = 4, PLACE_NONE = 8 };

_Static_assert(offsetof(struct kvm_regs, rip) == CAIRN_HV_X86_RIP * 8, "same order as KVM");
_Static_assert(offsetof(struct kvm_regs, r8) == CAIRN_HV_X86_R8 * 8, "same order as KVM");
_Static_assert(offsetof(struct kvm_regs, rsp) == CAIRN_HV_X86_RSP * 8, "same order as KVM");

/* KVM's segments by enum cairn_hv_x86_seg, the two tables apart. */
static const uint16_t segment_at[] = {
	[CAIRN_HV_X86_CS] = offsetof(struct kvm_sregs, cs),
	[CAIRN_HV_X86_DS] = offsetof(struct kvm_sregs, ds),
	[CAIRN_HV_X86_ES] = offsetof(struct kvm_sregs, es),
	[CAIRN_HV_X86_FS] = offsetof(struct kvm_sregs, fs),
	[CAIRN_HV_X86_GS] = offsetof(struct kvm_sregs, gs),
	[CAIRN_HV_X86_SS] = offsetof(struct kvm_sregs, ss),
	[CAIRN_HV_X86_TR] = offsetof(struct kvm_sregs, tr),
	[CAIRN_HV_X86_LDT] = offsetof(struct kvm_sregs, ldt),
	[CAIRN_HV_X86_GDTR] = offsetof(struct kvm_sregs, gdt),
	[CAIRN_HV_X86_IDTR] = offsetof(struct kvm_sregs, idt),
};

static const uint16_t control_at[] = {
	[CAIRN_HV_X86_CR0 - CAIRN_HV_X86_CR0] = offsetof(struct kvm_sregs, cr0),
	[CAIRN_HV_X86_CR2 - CAIRN_HV_X86_CR0] = offsetof(struct kvm_sregs, cr2),
	[CAIRN_HV_X86_CR3 - CAIRN_HV_X86_CR0] = offsetof(struct kvm_sregs, cr3),
	[CAIRN_HV_X86_CR4 - CAIRN_HV_X86_CR0] = offsetof(struct kvm_sregs, cr4),
	[CAIRN_HV_X86_CR8 - CAIRN_HV_X86_CR0] = offsetof(struct kvm_sregs, cr8),
	[CAIRN_HV_X86_EFER - CAIRN_HV_X86_CR0] = offsetof(struct kvm_sregs, efer),
	[CAIRN_HV_X86_APIC_BASE - CAIRN_HV_X86_CR0] = offsetof(struct kvm_sregs, apic_base),
};

static enum place place_of(uint64_t id)
{
	uint64_t seg = (id - CAIRN_HV_X86_FIRST_SEG) / 4, field = id % 4;

	if (id < CAIRN_HV_X86_N_GENERAL)
		return PLACE_GENERAL;
	if (id >= CAIRN_HV_X86_CR0 && id < CAIRN_HV_X86_END_CONTROL)
		return PLACE_SPECIAL;
	if (id >> 32 == 1)
		return PLACE_MSR;
	if (id < CAIRN_HV_X86_FIRST_SEG || seg >= CAIRN_HV_X86_N_SEGS)
		return PLACE_NONE;
	if (seg >= CAIRN_HV_X86_GDTR && field > CAIRN_HV_X86_LIMIT)
		return PLACE_NONE;
	return PLACE_SPECIAL;
}

static uint64_t attr_of(const struct kvm_segment *s)
{
	return (uint64_t)(s->type & 0xf) | (uint64_t)(s->s & 1) << 4 | (uint64_t)(s->dpl & 3) << 5 |
	       (uint64_t)(s->present & 1) << 7 | (uint64_t)(s->avl & 1) << 12 |
	       (uint64_t)(s->l & 1) << 13 | (uint64_t)(s->db & 1) << 14 |
	       (uint64_t)(s->g & 1) << 15 | (uint64_t)(s->unusable & 1) << 16;
}

static void attr_set(struct kvm_segment *s, uint64_t attr)
{
	s->type = attr & CAIRN_HV_X86_ATTR_TYPE;
	s->s = (attr >> 4) & 1;
	s->dpl = (attr >> 5) & 3;
	s->present = (attr >> 7) & 1;
	s->avl = (attr >> 12) & 1;
	s->l = (attr >> 13) & 1;
	s->db = (attr >> 14) & 1;
	s->g = (attr >> 15) & 1;
	s->unusable = (attr >> 16) & 1;
}

/* One field of a descriptor table register, to or from *value. */
static void table_field(struct kvm_dtable *t, unsigned field, bool set, uint64_t *value)
{
	if (field == CAIRN_HV_X86_BASE && set)
		t->base = *value;
	else if (field == CAIRN_HV_X86_BASE)
		*value = t->base;
	else if (set)
		t->limit = (uint16_t)*value;
	else
		*value = t->limit;
}

static void segment_get(const struct kvm_segment *s, unsigned field, uint64_t *value)
{
	switch (field) {
	case CAIRN_HV_X86_BASE:
		*value = s->base;
		break;
	case CAIRN_HV_X86_LIMIT:
		*value = s->limit;
		break;
	case CAIRN_HV_X86_SELECTOR:
		*value = s->selector;
		break;
	default:
		*value = attr_of(s);
	}
}

static void segment_set(struct kvm_segment *s, unsigned field, uint64_t value)
{
	switch (field) {
	case CAIRN_HV_X86_BASE:
		s->base = value;
		break;
	case CAIRN_HV_X86_LIMIT:
		s->limit = (uint32_t)value;
		break;
	case CAIRN_HV_X86_SELECTOR:
		s->selector = (uint16_t)value;
		break;
	default:
		attr_set(s, value);
	}
}

/* A control register or a segment's field, to or from *value. */
static void special_field(struct kvm_sregs *s, uint64_t id, bool set, uint64_t *value)
{
	unsigned seg = (unsigned)(id - CAIRN_HV_X86_FIRST_SEG) / 4, field = id % 4;
	char *base = (char *)s;

	if (id < CAIRN_HV_X86_END_CONTROL) {
		char *p = base + control_at[id - CAIRN_HV_X86_CR0];

		memcpy(set ? p : (char *)value, set ? (char *)value : p, sizeof(*value));
	} else if (seg >= CAIRN_HV_X86_GDTR) {
		table_field((struct kvm_dtable *)(void *)(base + segment_at[seg]), field, set,
			    value);
	} else if (set) {
		segment_set((struct kvm_segment *)(void *)(base + segment_at[seg]), field, *value);
	} else {
		segment_get((struct kvm_segment *)(void *)(base + segment_at[seg]), field, value);
	}
}

/* The places that regs concern, or -EINVAL: an id that there is not. */
static int places_of(const struct cairn_hv_reg *regs, size_t n)
{
	int places = 0;

	for (size_t i = 0; i < n; i++) {
		enum place p = place_of(regs[i].id);

		if (p == PLACE_NONE)
			return -EINVAL;
		places |= (int)p;
	}
	return places;
}

struct msr_batch {
	_Alignas(struct kvm_msrs) char buf[sizeof(struct kvm_msrs) +
					   MSRS_PER_CALL * sizeof(struct kvm_msr_entry)];
	size_t at[MSRS_PER_CALL]; /* index in the caller's array */
	uint32_t n;
};

static struct kvm_msrs *batch_msrs(struct msr_batch *b)
{
	return (struct kvm_msrs *)(void *)b->buf;
}

/* KVM stops at the first it does not know. */
static int batch_do(int fd, struct msr_batch *b, unsigned long request)
{
	int rc;

	batch_msrs(b)->nmsrs = b->n;
	rc = b->n ? cairn_hv_kvm_ioctl_(fd, request, b->buf) : 0;
	if (rc < 0)
		return rc;
	return (uint32_t)rc < b->n ? -ENOTSUP : 0;
}

static int msrs_set(int fd, const struct cairn_hv_reg *regs, size_t n)
{
	struct msr_batch b = { 0 };
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (place_of(regs[i].id) != PLACE_MSR)
			continue;
		batch_msrs(&b)->entries[b.n++] =
		    (struct kvm_msr_entry){ .index = (uint32_t)regs[i].id, .data = regs[i].value };
		if (b.n < MSRS_PER_CALL)
			continue;
		rc = batch_do(fd, &b, KVM_SET_MSRS);
		b.n = 0;
	}
	return rc < 0 ? rc : batch_do(fd, &b, KVM_SET_MSRS);
}

static int batch_get(int fd, struct msr_batch *b, struct cairn_hv_reg *regs)
{
	int rc = batch_do(fd, b, KVM_GET_MSRS);

	for (uint32_t i = 0; i < b->n && rc == 0; i++)
		regs[b->at[i]].value = batch_msrs(b)->entries[i].data;
	b->n = 0;
	return rc;
}

static int msrs_get(int fd, struct cairn_hv_reg *regs, size_t n)
{
	struct msr_batch b = { 0 };
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (place_of(regs[i].id) != PLACE_MSR)
			continue;
		b.at[b.n] = i;
		batch_msrs(&b)->entries[b.n++] =
		    (struct kvm_msr_entry){ .index = (uint32_t)regs[i].id };
		if (b.n == MSRS_PER_CALL)
			rc = batch_get(fd, &b, regs);
	}
	return rc < 0 ? rc : batch_get(fd, &b, regs);
}

int cairn_hv_kvm_get_regs_(struct cairn_vcpu *v, struct cairn_hv_reg *regs, size_t n)
{
	int fd = to_kvm_vcpu(v)->fd, places = places_of(regs, n), rc = 0;
	struct kvm_sregs special;
	struct kvm_regs general;

	if (places < 0)
		return places;
	if (places & PLACE_GENERAL)
		rc = cairn_hv_kvm_ioctl_(fd, KVM_GET_REGS, &general);
	if (rc == 0 && (places & PLACE_SPECIAL))
		rc = cairn_hv_kvm_ioctl_(fd, KVM_GET_SREGS, &special);
	if (rc == 0 && (places & PLACE_MSR))
		rc = msrs_get(fd, regs, n);
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (place_of(regs[i].id) == PLACE_GENERAL)
			memcpy(&regs[i].value, (char *)&general + regs[i].id * 8, 8);
		else if (place_of(regs[i].id) == PLACE_SPECIAL)
			special_field(&special, regs[i].id, false, &regs[i].value);
	}
	return rc;
}

static int special_set(int fd, const struct cairn_hv_reg *regs, size_t n)
{
	struct kvm_sregs special;
	int rc = cairn_hv_kvm_ioctl_(fd, KVM_GET_SREGS, &special);

	for (size_t i = 0; i < n && rc == 0; i++) {
		uint64_t value = regs[i].value;

		if (place_of(regs[i].id) == PLACE_SPECIAL)
			special_field(&special, regs[i].id, true, &value);
	}
	return rc < 0 ? rc : cairn_hv_kvm_ioctl_(fd, KVM_SET_SREGS, &special);
}

static int general_set(int fd, const struct cairn_hv_reg *regs, size_t n)
{
	struct kvm_regs general;
	int rc = cairn_hv_kvm_ioctl_(fd, KVM_GET_REGS, &general);

	for (size_t i = 0; i < n && rc == 0; i++)
		if (place_of(regs[i].id) == PLACE_GENERAL)
			memcpy((char *)&general + regs[i].id * 8, &regs[i].value, 8);
	return rc < 0 ? rc : cairn_hv_kvm_ioctl_(fd, KVM_SET_REGS, &general);
}

int cairn_hv_kvm_set_regs_(struct cairn_vcpu *v, const struct cairn_hv_reg *regs, size_t n)
{
	int fd = to_kvm_vcpu(v)->fd, places = places_of(regs, n), rc = 0;

	if (places < 0)
		return places;
	if (places & PLACE_SPECIAL)
		rc = special_set(fd, regs, n);
	if (rc == 0 && (places & PLACE_MSR))
		rc = msrs_set(fd, regs, n);
	if (rc == 0 && (places & PLACE_GENERAL))
		rc = general_set(fd, regs, n);
	return rc;
}

/* The state of an x86 vcpu is more than its registers: there is no CAIRN_HV_REG_LIST. */
int cairn_hv_kvm_list_regs_(struct cairn_vcpu *v, uint64_t *ids, size_t n)
{
	return -ENOTSUP;
}
