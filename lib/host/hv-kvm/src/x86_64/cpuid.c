/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * cpuid.c - see cpuid_.h. Leaves as in Intel's SDM 2A, CPUID, and AMD's APM 3, appendix E. Newer
 * kernels report no topology at all, older ones the host's; either way it is written anew.
 */
#include "cpuid_.h"

#include <asm/kvm_para.h>

enum {
	LEAF_1_ECX_TSC_DEADLINE = 1u << 24,
	LEAF_1_ECX_HYPERVISOR = 1u << 31,
	LEAF_1_EDX_HTT = 1u << 28,
	LEAF_80000001_ECX_CMP_LEGACY = 1u << 1,
	LEAF_80000001_ECX_TOPOEXT = 1u << 22,
	LEVEL_SMT = 1,
	LEVEL_CORE = 2,
	TOPOLOGY_LEVELS = 3, /* SMT, core, and the end of the list */
};

/* value with bits hi … lo replaced. */
static uint32_t put_bits(uint32_t value, unsigned hi, unsigned lo, uint32_t field)
{
	uint32_t mask = (uint32_t)((UINT64_C(2) << hi) - (UINT64_C(1) << lo));

	return (value & ~mask) | ((field << lo) & mask);
}

static uint32_t set_if(uint32_t value, uint32_t bit, bool on)
{
	return on ? value | bit : value & ~bit;
}

/* Bits that n ids take. */
static uint32_t id_bits(uint32_t n)
{
	uint32_t bits = 0;

	while (UINT32_C(1) << bits < n)
		bits++;
	return bits;
}

struct kvm_cpuid_entry2 *cairn_hv_kvm_cpuid_find_(const struct kvm_cpuid2 *t, uint32_t function,
						  uint32_t index)
{
	for (uint32_t i = 0; i < t->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &t->entries[i];

		if (e->function != function)
			continue;
		if (!(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) || e->index == index)
			return (struct kvm_cpuid_entry2 *)e;
	}
	return NULL;
}

static void leaf_remove(struct kvm_cpuid2 *t, uint32_t function)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->nent; i++)
		if (t->entries[i].function != function)
			t->entries[n++] = t->entries[i];
	t->nent = n;
}

/* The extended topology leaf (0xb, 0x1f), but for the id in EDX. */
static int topology_add(struct kvm_cpuid2 *t, uint32_t function, const struct kvm_cpuid_shape *s)
{
	const struct kvm_cpuid_entry2 levels[TOPOLOGY_LEVELS] = {
		{ .eax = id_bits(s->threads_per_core),
		  .ebx = s->threads_per_core,
		  .ecx = LEVEL_SMT << 8 },
		{ .eax = id_bits(s->n_threads), .ebx = s->n_threads, .ecx = LEVEL_CORE << 8 },
		{ 0 },
	};

	leaf_remove(t, function);
	if (t->nent > KVM_CPUID_MAX - TOPOLOGY_LEVELS)
		return -ENOSPC;
	for (uint32_t i = 0; i < TOPOLOGY_LEVELS; i++) {
		struct kvm_cpuid_entry2 *e = &t->entries[t->nent++];

		*e = levels[i];
		e->function = function;
		e->index = i;
		e->ecx |= i;
		e->flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
	}
	return 0;
}

/*
 * Who shares a cache: leaf 4, and AMD's 0x8000001d, which has the same fields there. A core's own
 * are levels 1 and 2, the package's level 3 and above.
 */
static void caches_share(struct kvm_cpuid2 *t, uint32_t function, const struct kvm_cpuid_shape *s)
{
	for (uint32_t i = 0; i < t->nent; i++) {
		struct kvm_cpuid_entry2 *e = &t->entries[i];
		uint32_t type = e->eax & 0x1f, level = (e->eax >> 5) & 7;
		uint32_t sharing = level < 3 ? s->threads_per_core : s->n_threads;

		if (e->function != function || type == 0)
			continue;
		/* Intel counts ids, so powers of two; AMD counts threads and is content with it */
		e->eax = put_bits(e->eax, 25, 14, (UINT32_C(1) << id_bits(sharing)) - 1);
		if (function == 4)
			e->eax = put_bits(e->eax, 31, 26,
					  (UINT32_C(1) << (id_bits(s->n_threads) -
							   id_bits(s->threads_per_core))) -
					      1);
	}
}

static void leaf_1_shape(struct kvm_cpuid2 *t, const struct kvm_cpuid_shape *s)
{
	struct kvm_cpuid_entry2 *e = cairn_hv_kvm_cpuid_find_(t, 1, 0);
	uint32_t ids = UINT32_C(1) << id_bits(s->n_threads);

	if (!e)
		return;
	e->ebx = put_bits(e->ebx, 23, 16, ids > 255 ? 255 : ids);
	e->ecx = set_if(e->ecx, LEAF_1_ECX_HYPERVISOR, true);
	e->ecx = set_if(e->ecx, LEAF_1_ECX_TSC_DEADLINE, s->tsc_deadline);
	e->edx = set_if(e->edx, LEAF_1_EDX_HTT, s->n_threads > 1);
}

/* "AuthenticAMD" or "HygonGenuine", from leaf 0. */
static bool is_amd(const struct kvm_cpuid2 *t)
{
	const struct kvm_cpuid_entry2 *e = cairn_hv_kvm_cpuid_find_(t, 0, 0);

	return e && (e->ebx == 0x68747541 || e->ebx == 0x6f677948);
}

static void amd_shape(struct kvm_cpuid2 *t, const struct kvm_cpuid_shape *s)
{
	struct kvm_cpuid_entry2 *e = cairn_hv_kvm_cpuid_find_(t, 0x80000001, 0);

	if (e)
		e->ecx = set_if(e->ecx, LEAF_80000001_ECX_CMP_LEGACY, s->n_threads > 1);
	e = cairn_hv_kvm_cpuid_find_(t, 0x80000008, 0);
	if (e) {
		e->ecx = put_bits(e->ecx, 7, 0, s->n_threads > 255 ? 255 : s->n_threads - 1);
		e->ecx = put_bits(e->ecx, 15, 12, id_bits(s->n_threads));
	}
	caches_share(t, 0x8000001d, s);
}

/* KVM leaves this one to whoever translates the messages. */
static void kvm_shape(struct kvm_cpuid2 *t, const struct kvm_cpuid_shape *s)
{
	struct kvm_cpuid_entry2 *e = cairn_hv_kvm_cpuid_find_(t, KVM_CPUID_FEATURES, 0);

	if (e)
		e->eax = set_if(e->eax, 1u << KVM_FEATURE_MSI_EXT_DEST_ID, s->wide_ids);
}

int cairn_hv_kvm_cpuid_shape_(struct kvm_cpuid2 *t, const struct kvm_cpuid_shape *s)
{
	struct kvm_cpuid_entry2 *e = cairn_hv_kvm_cpuid_find_(t, 0, 0);
	uint32_t last = e ? e->eax : 0;
	int rc;

	leaf_1_shape(t, s);
	caches_share(t, 4, s);
	if (is_amd(t))
		amd_shape(t, s);
	kvm_shape(t, s);
	rc = topology_add(t, 0xb, s);
	if (rc == 0 && last >= 0x1f)
		rc = topology_add(t, 0x1f, s);
	/* after the last use of e: the table has moved */
	e = cairn_hv_kvm_cpuid_find_(t, 0, 0);
	if (e && last < 0xb)
		e->eax = 0xb;
	return rc;
}

/* AMD's extended APIC id, core and node; there is one node. */
static void leaf_8000001e_own(struct kvm_cpuid2 *t, const struct kvm_cpuid_shape *s, uint32_t id)
{
	const struct kvm_cpuid_entry2 *f = cairn_hv_kvm_cpuid_find_(t, 0x80000001, 0);
	struct kvm_cpuid_entry2 *e = cairn_hv_kvm_cpuid_find_(t, 0x8000001e, 0);

	if (!e || !f || !(f->ecx & LEAF_80000001_ECX_TOPOEXT))
		return;
	e->eax = id;
	e->ebx = put_bits(0, 7, 0, id / s->threads_per_core);
	e->ebx = put_bits(e->ebx, 15, 8, s->threads_per_core - 1);
	e->ecx = 0;
}

void cairn_hv_kvm_cpuid_own_(struct kvm_cpuid2 *t, const struct kvm_cpuid_shape *s, uint32_t id)
{
	struct kvm_cpuid_entry2 *one = cairn_hv_kvm_cpuid_find_(t, 1, 0);

	if (one)
		one->ebx = put_bits(one->ebx, 31, 24, id);
	for (uint32_t i = 0; i < t->nent; i++)
		if (t->entries[i].function == 0xb || t->entries[i].function == 0x1f)
			t->entries[i].edx = id;
	leaf_8000001e_own(t, s, id);
}

uint8_t cairn_hv_kvm_cpuid_gpa_bits_(const struct kvm_cpuid2 *t)
{
	const struct kvm_cpuid_entry2 *e = cairn_hv_kvm_cpuid_find_(t, 0x80000008, 0);
	uint32_t guest = e ? (e->eax >> 16) & 0xff : 0;

	/* EAX 23:16: fewer than the processor's own, where its paging for guests has less */
	if (guest)
		return (uint8_t)guest;
	return e && (e->eax & 0xff) ? (uint8_t)e->eax : 36;
}
