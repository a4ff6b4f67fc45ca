/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * ioctls.h - what a machine asks of KVM here: to be set up, beside what it asks everywhere, and of
 * a vCPU's thread to run.
 */
#ifndef VMM_AARCH64_IOCTLS_H
#define VMM_AARCH64_IOCTLS_H

#include <linux/kvm.h>

#define ARCH_IOCTLS                                                                                \
	KVM_ARM_PREFERRED_TARGET, KVM_ARM_VCPU_INIT, KVM_ARM_VCPU_FINALIZE, KVM_CREATE_DEVICE,     \
	    KVM_HAS_DEVICE_ATTR, KVM_SET_DEVICE_ATTR, KVM_ENABLE_CAP, KVM_GET_ONE_REG,             \
	    KVM_SET_ONE_REG
/* The second: an abort for an access that KVM cannot decode. */
#define ARCH_VCPU_IOCTLS KVM_RUN, KVM_SET_VCPU_EVENTS

#endif
