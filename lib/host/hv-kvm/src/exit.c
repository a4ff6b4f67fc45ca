/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* exit.c - every exit that KVM can make here, in hv's terms. What we do not know stays a number. */
#include "kvm_.h"

static void decode_system_event(const struct kvm_run *r, struct cairn_hv_exit *e)
{
	e->code = r->system_event.type;
	switch (r->system_event.type) {
	case KVM_SYSTEM_EVENT_SHUTDOWN:
		e->kind = CAIRN_HV_EXIT_OFF;
		break;
	case KVM_SYSTEM_EVENT_RESET:
		e->kind = CAIRN_HV_EXIT_RESET;
		if (r->system_event.ndata > 0)
			e->code |= (r->system_event.data[0] & UINT32_MAX) << 32;
		break;
	case KVM_SYSTEM_EVENT_CRASH:
		e->kind = CAIRN_HV_EXIT_CRASH;
		break;
	case KVM_SYSTEM_EVENT_SUSPEND:
		e->kind = CAIRN_HV_EXIT_SUSPEND;
		break;
	default:
		e->kind = CAIRN_HV_EXIT_OTHER;
		e->code = r->exit_reason | (uint64_t)r->system_event.type << 32;
	}
}

void cairn_hv_kvm_exit_(struct kvm_run *r, struct cairn_hv_exit *e)
{
	*e = (struct cairn_hv_exit){ .kind = CAIRN_HV_EXIT_OTHER, .code = r->exit_reason };
	switch (r->exit_reason) {
	case KVM_EXIT_IO:
		e->kind = CAIRN_HV_EXIT_PIO;
		e->is_write = r->io.direction == KVM_EXIT_IO_OUT;
		e->len = r->io.size;
		e->count = r->io.count;
		e->addr = r->io.port;
		e->data = (uint8_t *)r + r->io.data_offset;
		break;
	case KVM_EXIT_MMIO:
		e->kind = CAIRN_HV_EXIT_MMIO;
		e->is_write = r->mmio.is_write;
		e->len = (uint8_t)r->mmio.len;
		e->count = 1;
		e->addr = r->mmio.phys_addr;
		e->data = r->mmio.data;
		break;
	case KVM_EXIT_ARM_NISV: /* an access that the processor did not decode: no len, no data */
		e->kind = CAIRN_HV_EXIT_FAULT;
		e->is_write = (r->arm_nisv.esr_iss >> 6) & 1; /* WnR, Arm DDI 0487, ESR_EL2 */
		e->addr = r->arm_nisv.fault_ipa;
		break;
	case KVM_EXIT_HLT:
		e->kind = CAIRN_HV_EXIT_HALT;
		break;
	case KVM_EXIT_SHUTDOWN:
		e->kind = CAIRN_HV_EXIT_CRASH;
		break;
	case KVM_EXIT_SYSTEM_EVENT:
		decode_system_event(r, e);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		e->code |= (uint64_t)r->internal.suberror << 32;
		break;
	case KVM_EXIT_FAIL_ENTRY:
		e->code |= r->fail_entry.hardware_entry_failure_reason << 32;
		break;
	default:
		break;
	}
}
