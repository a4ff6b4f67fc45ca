/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* x86_64_.h - what the x86_64 sources of hv-kvm share. */
#ifndef CAIRN_HV_KVM_X86_64_H
#define CAIRN_HV_KVM_X86_64_H

#include "../kvm_.h"

#include <cairn/hv_x86_64.h>

struct kvm_ioapic;

struct kvm_arch {
	uint8_t gpa_bits, threads_per_core;
	struct kvm_cpuid2 *cpuid;  /* of the vcpu opened last; under the vm's lock */
	struct kvm_ioapic *ioapic; /* of our own; NULL: KVM's */
};

/* True when this KVM has what cairn_hv_kvm_ioapic_open_() wants. */
bool cairn_hv_kvm_ioapic_can_(struct kvm_vm *k);
/* 32-bit APIC ids, KVM's local APICs, and an I/O APIC of our own; before the first vcpu. */
CAIRN_MUST_USE int cairn_hv_kvm_ioapic_open_(struct kvm_vm *k, struct cairn_err *err);
/* NULL is fine. */
void cairn_hv_kvm_ioapic_close_(struct kvm_ioapic *x);
/* As cairn_hv_kvm_arch_lines_(), with the vm's lock held when there are entries. */
uint32_t cairn_hv_kvm_ioapic_routes_(const struct kvm_ioapic *x,
				     struct kvm_irq_routing_entry *entries);

#endif
