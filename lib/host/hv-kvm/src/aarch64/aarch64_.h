/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* aarch64_.h - what the aarch64 sources of hv-kvm share. */
#ifndef CAIRN_HV_KVM_AARCH64_H
#define CAIRN_HV_KVM_AARCH64_H

#include "../kvm_.h"

#include <cairn/hv_aarch64.h>

struct kvm_arch {
	struct cairn_hv_aarch64 config;
	uint32_t psci; /* version */
	uint8_t gic;   /* version, 0: none */
	bool its, steal;
	/*
	 * KVM wants all vcpus before their interrupt controller is ready, and interrupts need that:
	 * so they are made by open, and a vcpu that is opened is given its descriptor here.
	 */
	uint32_t n_vcpus;
	int *vcpu_fds;
};

/* The interrupt controller, with all vcpus made. */
CAIRN_MUST_USE int cairn_hv_kvm_gic_open_(struct kvm_vm *k, struct cairn_err *err);
/* KVM_SET_DEVICE_ATTR of a device or a vcpu; what: for err, when it fails. */
CAIRN_MUST_USE int cairn_hv_kvm_attr_set_(int fd, uint32_t group, uint64_t attr, const void *value,
					  const char *what, struct cairn_err *err);
CAIRN_MUST_USE int cairn_hv_kvm_one_reg_(int fd, unsigned long request, uint64_t id, void *value);

#endif
