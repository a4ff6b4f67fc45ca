/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The entry, and what C cannot say (RISC-V Privileged Architecture 1.12).
 *
 * Entered at the file's first byte in supervisor mode by whoever implements SBI, as Linux is
 * (Documentation/arch/riscv/boot.rst): the hart's number in A0, the device tree in A1, no paging. The
 * pointers in the data are relocated, what the file does not hold is cleared, and fw_riscv64_entry()
 * is called on the firmware's stack. Interrupts stay off.
 */
	.set	R_RISCV_RELATIVE, 3
	.option	norelax

	.section .text.head, "ax"
	.globl	fw_riscv64_start
fw_riscv64_start:
	.option	push
	.option	norvc
	j	begin
	nop
	.option	pop

	.section .text.start, "ax"
begin:
	csrw	sie, zero
	csrci	sstatus, 2
	csrw	satp, zero
	li	t0, 1 << 13		/* FS: floating point for who wants it */
	csrs	sstatus, t0
	mv	s0, a0
	mv	s1, a1
	lla	t0, fw_rela_start
	lla	t1, fw_rela_end
	lla	t2, fw_text_start
	li	t3, R_RISCV_RELATIVE
	j	2f
1:	ld	t4, 0(t0)
	ld	t5, 8(t0)
	ld	t6, 16(t0)
	addi	t0, t0, 24
	bne	t5, t3, 2f
	add	t4, t4, t2
	add	t6, t6, t2
	sd	t6, 0(t4)
2:	bltu	t0, t1, 1b

	lla	t0, fw_bss_start
	lla	t1, fw_image_end
3:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 3b
	fence.i

	lla	t0, hart
	sd	s0, 0(t0)
	lla	sp, fw_stack_top
	lla	t0, trapped
	csrw	stvec, t0
	mv	a0, s1
	li	ra, 0
	li	s0, 0
	j	fw_riscv64_entry

/* void fw_arch_enter_kernel(entry, device tree, 0): on the hart that this is */
	.text
	.globl	fw_arch_enter_kernel
fw_arch_enter_kernel:
	csrw	sie, zero
	csrci	sstatus, 2
	csrw	satp, zero
	sfence.vma
	fence.i
	mv	t0, a0
	lla	t1, hart
	ld	a0, 0(t1)
	jr	t0

/* The firmware's stack may be what is wrong: another one is used. */
	.align	2
trapped:
	csrw	sscratch, t0
	lla	t0, trap_stack_top
	addi	t0, t0, -288		/* struct registers of machine.c */
	sd	ra, 0(t0)
	sd	sp, 8(t0)
	sd	gp, 16(t0)
	sd	tp, 24(t0)
	sd	t1, 40(t0)
	csrr	t1, sscratch
	sd	t1, 32(t0)
	sd	t2, 48(t0)
	sd	s0, 56(t0)
	sd	s1, 64(t0)
	sd	a0, 72(t0)
	sd	a1, 80(t0)
	sd	a2, 88(t0)
	sd	a3, 96(t0)
	sd	a4, 104(t0)
	sd	a5, 112(t0)
	sd	a6, 120(t0)
	sd	a7, 128(t0)
	sd	s2, 136(t0)
	sd	s3, 144(t0)
	sd	s4, 152(t0)
	sd	s5, 160(t0)
	sd	s6, 168(t0)
	sd	s7, 176(t0)
	sd	s8, 184(t0)
	sd	s9, 192(t0)
	sd	s10, 200(t0)
	sd	s11, 208(t0)
	sd	t3, 216(t0)
	sd	t4, 224(t0)
	sd	t5, 232(t0)
	sd	t6, 240(t0)
	csrr	t1, sepc
	sd	t1, 248(t0)
	csrr	t1, scause
	sd	t1, 256(t0)
	csrr	t1, stval
	sd	t1, 264(t0)
	mv	sp, t0
	mv	a0, t0
	j	fw_riscv64_trap

	.section .bss.hart, "aw", @nobits
	.align	3
hart:
	.skip	8

	.section .bss.trap_stack, "aw", @nobits
	.align	4
	.skip	8192
trap_stack_top:

	.section .note.GNU-stack, "", @progbits
