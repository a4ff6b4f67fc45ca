/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * ioctls.h - what a machine asks of KVM here: to be set up, beside what it asks everywhere, and of
 * a vCPU's thread to run.
 */
#ifndef VMM_X86_64_IOCTLS_H
#define VMM_X86_64_IOCTLS_H

#include <linux/kvm.h>

#define ARCH_IOCTLS                                                                                \
	KVM_GET_SUPPORTED_CPUID, KVM_SET_TSS_ADDR, KVM_SET_IDENTITY_MAP_ADDR, KVM_CREATE_IRQCHIP,  \
	    KVM_SET_CPUID2, KVM_SET_MSRS, KVM_GET_REGS, KVM_SET_REGS, KVM_GET_SREGS,               \
	    KVM_SET_SREGS, KVM_KVMCLOCK_CTRL, KVM_ENABLE_CAP

#define ARCH_VCPU_IOCTLS KVM_RUN

#endif
