/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* guest.c - see ../guest_test.h. */
#include "guest_asm.h"

#include <stdlib.h>
#include <sys/ioctl.h>

#include "../../src/kvm_.h"

_Alignas(CAIRN_HV_PAGE) unsigned char guest_mem[GUEST_MEM];

const enum cairn_hv_exit_kind guest_end = CAIRN_HV_EXIT_HALT;
const uint64_t guest_pc = CAIRN_HV_X86_RIP, guest_answer = CAIRN_HV_X86_RAX;
const uint64_t guest_pc_parked = 0xfff0;
const uint32_t guest_lines = CAIRN_HV_X86_LINES;

GUEST(, mmio,
      "movw $0x1234, %ax\n"
      "movw %ax, 0x9000\n"
      "movw 0x9004, %ax\n"
      "movl $0x89abcdef, 0x9008\n"
      "movb %al, 0x900c\n"
      "hlt");

GUEST(, hello,
      "movb $1, 0x9000\n"
      "hlt");

GUEST(, loop, "1: jmp 1b");

GUEST(, readonly,
      "movb $7, 0x8000\n"
      "movb 0x8001, %al\n"
      "movb %al, 0x9000\n"
      "hlt");

GUEST(, watch,
      "1: movb 0x8000, %al\n"
      "cmpb $0x11, %al\n"
      "je 1b\n"
      "movb %al, 0x9000\n"
      "jmp 1b");

GUEST(, bell,
      "movw $1, 0x9050\n"
      "movw $2, 0x9050\n"
      "movw $7, 0x9060\n"
      "movb $7, 0x9060\n"
      "movw 0x9050, %ax\n"
      "hlt");

/* INIT and SIPI to all others; they start at 0x2000. */
GUEST(, smp,
      "movl $0x1ff, %fs:0xf0\n"
      "movl $0xc4500, %fs:0x300\n"
      "movl $0xc4602, %fs:0x300\n"
      "movb $1, 0x9000\n"
      "1: hlt\njmp 1b\n"
      ".org guest_smp_start + 0x1000\n"
      "movb $7, 0x9010\n"
      "1: hlt\njmp 1b");

const void *guest_arch(void)
{
	return NULL;
}

void guest_boot_regs(struct cairn_vcpu *v)
{
	const struct cairn_hv_reg regs[] = {
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_CS, CAIRN_HV_X86_BASE), 0 },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_CS, CAIRN_HV_X86_SELECTOR), 0 },
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_FS, CAIRN_HV_X86_BASE), 0xfee00000 },
		{ CAIRN_HV_X86_RIP, GUEST_CODE_AT },
		{ CAIRN_HV_X86_RSP, 0x7000 },
		{ CAIRN_HV_X86_RFLAGS, 2 },
	};

	assert_int_equal(cairn_hv_vcpu_set_regs(v, regs, CAIRN_ARRAY_LEN(regs)), 0);
}

unsigned char *guest_state(struct cairn_vcpu *v, size_t *ret_len)
{
	struct state {
		struct kvm_regs regs;
		struct kvm_sregs sregs;
		struct kvm_fpu fpu;
		struct kvm_lapic_state lapic;
		struct kvm_debugregs debug;
		struct kvm_xcrs xcrs;
		struct kvm_vcpu_events events;
		struct kvm_mp_state mp;
	} *s = calloc(1, sizeof(*s));
	int fd = to_kvm_vcpu(v)->fd;

	assert_non_null(s);
	assert_int_equal(ioctl(fd, KVM_GET_REGS, &s->regs), 0);
	assert_int_equal(ioctl(fd, KVM_GET_SREGS, &s->sregs), 0);
	assert_int_equal(ioctl(fd, KVM_GET_FPU, &s->fpu), 0);
	assert_int_equal(ioctl(fd, KVM_GET_LAPIC, &s->lapic), 0);
	assert_int_equal(ioctl(fd, KVM_GET_DEBUGREGS, &s->debug), 0);
	assert_int_equal(ioctl(fd, KVM_GET_XCRS, &s->xcrs), 0);
	assert_int_equal(ioctl(fd, KVM_GET_VCPU_EVENTS, &s->events), 0);
	assert_int_equal(ioctl(fd, KVM_GET_MP_STATE, &s->mp), 0);
	*ret_len = sizeof(*s);
	return (unsigned char *)s;
}
