/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * cpuid_.h - what CPUID tells the guest: KVM's own list of what it supports, with the topology, the
 * hypervisor bit and the ids put right. Tables in, tables out; no KVM needed.
 */
#ifndef CAIRN_HV_KVM_CPUID_H
#define CAIRN_HV_KVM_CPUID_H

#include <linux/kvm.h>

#include <cairn/base.h>

/* KVM takes as many, since Linux 5.11; older ones 80, of which they report all they support. */
enum { KVM_CPUID_MAX = 256 };

struct kvm_cpuid_shape {
	uint32_t n_threads;        /* of the one package, 1 … 32768 */
	uint32_t threads_per_core; /* 1 or 2 */
	bool tsc_deadline;         /* the local APIC's timer has this mode */
	bool wide_ids;             /* messages and I/O APIC take 15-bit destinations */
};

/*
 * Makes the host's list t into the guest's, for all vcpus alike. t has room for KVM_CPUID_MAX.
 * Returns 0, or -ENOSPC: no room for a leaf that has to be added.
 */
CAIRN_MUST_USE int cairn_hv_kvm_cpuid_shape_(struct kvm_cpuid2 *t, const struct kvm_cpuid_shape *s);

/* After that, what is a vcpu's own: its APIC id, which is its id. May be called again and again. */
void cairn_hv_kvm_cpuid_own_(struct kvm_cpuid2 *t, const struct kvm_cpuid_shape *s, uint32_t id);

/* Bits of a guest physical address. */
uint8_t cairn_hv_kvm_cpuid_gpa_bits_(const struct kvm_cpuid2 *t);

/* The entry, or NULL. index matters only for leaves that have several. */
struct kvm_cpuid_entry2 *cairn_hv_kvm_cpuid_find_(const struct kvm_cpuid2 *t, uint32_t function,
						  uint32_t index);

#endif
