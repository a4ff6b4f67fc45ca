/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * hv_kvm.h - Linux KVM behind hv.h.
 *
 * cairn_hv_open() with this table, further errors, each with its reason in err:
 *   -ENOENT   no such device node          -EACCES, -EPERM  no permission to use it
 *   -ENODEV   the node is not KVM, or KVM of another API     -ENOTSUP  KVM without what we need
 *   -EBUSY    another hypervisor has the processor           others: from the host, unchanged
 *
 * kick_signal (required): open() gives it an empty handler, process-wide, and leaves it so; a
 * thread that runs a vcpu gets it unblocked. The program uses it for nothing else; SIGRTMIN will
 * do. Only the thread that is inside run() gets the signal.
 *
 * A vcpu belongs to the process that opened the vm: no fork() and go on. All descriptors are
 * close-on-exec: one per vm, one per vcpu.
 *
 * Exits: CAIRN_HV_EXIT_OTHER's code is KVM's exit reason in bits 0 to 31; above them, for
 * KVM_EXIT_INTERNAL_ERROR the suberror, for KVM_EXIT_FAIL_ENTRY the processor's reason.
 *
 * KVM_EXIT_ARM_NISV is a FAULT without len and data: INJECT gives the guest a data abort, RETRY
 * makes the access again, HANDLED goes on behind the instruction.
 *
 * x86_64: interrupt controllers (PICs, I/O APIC, local APICs) are KVM's own when the vm has lines;
 * vcpu 0 is the boot processor, the others wait for INIT and SIPI. Without lines at most 255 vcpus.
 * A vm that may have more has an I/O APIC in here, which run() serves without an exit; no PICs, no
 * 8254, no resampled lines.
 *
 * aarch64: see hv_aarch64.h. Open makes max_vcpus vcpus, each with a descriptor until the vm
 * closes; vm memory has the host's page size as its grain, where that is more than CAIRN_HV_PAGE.
 */
#ifndef CAIRN_HV_KVM_H
#define CAIRN_HV_KVM_H

#include <cairn/hv.h>

#ifdef __cplusplus
extern "C" {
#endif

extern const struct cairn_hv_ops cairn_hv_kvm_ops;

/*
 * A descriptor for node_fd of the configuration, close-on-exec, from path (NULL: /dev/kvm).
 * Returns it, or an error as above.
 */
CAIRN_MUST_USE int cairn_hv_kvm_node_open(const char *path, struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
