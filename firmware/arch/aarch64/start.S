/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The entry, and what C cannot say (Arm ARM, DDI 0487).
 *
 * Entered at the file's first byte with the MMU off, at EL1 or EL2: in memory with the device tree
 * at X0, as arm64 kernels are (booting.rst), or at address 0 in flash, as after a reset, with the
 * device tree where QEMU's virt machine leaves it. From there it moves itself to memory. Then the
 * pointers in its data are relocated, what the file does not hold is cleared, and fw_arm64_entry()
 * is called with the tree on the firmware's stack, at EL1. Interrupts stay off.
 */
	.set	FLASH_TREE, 0x40000000
	.set	FLASH_COPY, 0x40400000	/* behind the tree */
	.set	R_AARCH64_RELATIVE, 1027
	.set	SCTLR_EL1_OFF, 0x30d00800	/* the bits that are 1, MMU and caches off */
	.set	EL1H_MASKED, 0x3c5

	.section .text.head, "ax"
	.globl	fw_arm64_start
fw_arm64_start:
	ccmp	x18, #0, #13, pl	/* "MZ", and does nothing */
	b	begin

	.section .text.start, "ax"
begin:
	msr	daifset, #15
	mov	x19, x0
	adrp	x20, fw_text_start
	cbnz	x20, in_memory

	mov	x19, #FLASH_TREE
	mov	x20, #FLASH_COPY
	mov	x0, #0
	mov	x1, x20
	adrp	x2, fw_bss_start
	add	x2, x2, :lo12:fw_bss_start
1:	ldp	x3, x4, [x0], #16
	stp	x3, x4, [x1], #16
	cmp	x0, x2
	b.lo	1b
	dsb	sy
	ic	iallu
	dsb	sy
	isb
	adr	x0, in_memory
	add	x0, x0, x20
	br	x0

in_memory:
	mrs	x0, currentel
	cmp	x0, #8
	b.eq	from_el2
	b.hi	.			/* EL3 is not for guests */
	ldr	w0, =SCTLR_EL1_OFF
	msr	sctlr_el1, x0
	isb

at_el1:
	mov	x0, #(3 << 20)		/* FP and SIMD for who wants them */
	msr	cpacr_el1, x0
	isb
	adrp	x0, fw_rela_start
	add	x0, x0, :lo12:fw_rela_start
	adrp	x1, fw_rela_end
	add	x1, x1, :lo12:fw_rela_end
	b	3f
2:	ldp	x2, x3, [x0], #16
	ldr	x4, [x0], #8
	cmp	w3, #R_AARCH64_RELATIVE
	b.ne	3f
	add	x4, x4, x20
	str	x4, [x20, x2]
3:	cmp	x0, x1
	b.lo	2b

	adrp	x0, fw_bss_start
	add	x0, x0, :lo12:fw_bss_start
	adrp	x1, fw_image_end
	add	x1, x1, :lo12:fw_image_end
4:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	4b

	adrp	x0, fw_stack_top
	add	x0, x0, :lo12:fw_stack_top
	mov	sp, x0
	mov	x29, #0
	mov	x30, #0
	mov	x0, x19
	b	fw_arm64_entry

/* EL1 gets all that EL2 could keep for itself; what is not there is not written. */
from_el2:
	mov	x0, #(1 << 31)		/* HCR_EL2: RW; E2H off where it can be */
	movk	x0, #0x0100, lsl #48	/* ATA */
	movk	x0, #0x0300, lsl #32	/* APK, API */
	msr	hcr_el2, x0
	isb
	mrs	x0, hcr_el2
	tbnz	x0, #34, 1f		/* E2H stays: the other form of two registers */
	mov	x1, #0x32ff		/* CPTR_EL2: bits that are 1 */
	mov	x2, #3			/* CNTHCTL_EL2: EL1PCTEN, EL1PCEN */
	b	2f
1:	mov	x1, #0x03330000		/* SMEN, FPEN, ZEN */
	mov	x2, #0xc00		/* EL1PTEN, EL1PCTEN */
2:	mrs	x3, id_aa64pfr0_el1
	ubfx	x4, x3, #32, #4		/* SVE */
	ubfx	x5, x3, #24, #4		/* registers of a GICv3 */
	mrs	x3, id_aa64pfr1_el1
	ubfx	x6, x3, #24, #4		/* SME */
	tbnz	x0, #34, 3f
	cbnz	x4, 1f
	orr	x1, x1, #(1 << 8)	/* without SVE its trap is 1 */
1:	cbz	x6, 3f
	bic	x1, x1, #(1 << 12)
3:	msr	cptr_el2, x1
	msr	cnthctl_el2, x2
	msr	cntvoff_el2, xzr
	isb
	cbz	x4, 1f
	mov	x0, #15
	msr	s3_4_c1_c2_0, x0	/* ZCR_EL2: vectors of any length */
1:	cbz	x6, 2f
	mov	x0, #15
	movk	x0, #0xc000, lsl #16	/* FA64, EZT0 */
	msr	s3_4_c1_c2_6, x0	/* SMCR_EL2 */
2:	cbz	x5, 3f
	mrs	x0, s3_4_c12_c9_5	/* ICC_SRE_EL2 */
	mov	x3, #9			/* Enable, SRE */
	orr	x0, x0, x3
	msr	s3_4_c12_c9_5, x0
	isb
	mrs	x0, s3_4_c12_c9_5
	tbz	x0, #0, 3f
	msr	s3_4_c12_c11_0, xzr	/* ICH_HCR_EL2 */
3:	mrs	x3, id_aa64mmfr0_el1
	ubfx	x3, x3, #56, #4		/* FGT */
	cbz	x3, 5f
	mov	x0, #0
	cbz	x6, 4f
	mov	x0, #(3 << 54)		/* SME's two are not trapped when 1 */
4:	msr	s3_4_c1_c1_4, x0	/* HFGRTR_EL2 */
	msr	s3_4_c1_c1_5, x0	/* HFGWTR_EL2 */
	msr	s3_4_c1_c1_6, xzr	/* HFGITR_EL2 */
	msr	s3_4_c3_c1_4, xzr	/* HDFGRTR_EL2 */
	msr	s3_4_c3_c1_5, xzr	/* HDFGWTR_EL2 */
5:	mrs	x3, id_aa64dfr0_el1
	ubfx	x3, x3, #8, #4		/* PMUVer; 15 is none, too */
	mov	x0, #0x3000		/* MDCR_EL2: E2PB */
	movk	x0, #0x0300, lsl #16	/* E2TB */
	cbz	x3, 6f
	cmp	x3, #15
	b.eq	6f
	mrs	x3, pmcr_el0
	ubfx	x3, x3, #11, #5		/* all counters are EL1's */
	orr	x0, x0, x3
6:	msr	mdcr_el2, x0
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	ldr	w0, =SCTLR_EL1_OFF
	msr	sctlr_el1, x0
	mov	x0, #EL1H_MASKED
	msr	spsr_el2, x0
	adr	x0, at_el1
	msr	elr_el2, x0
	isb
	eret

/* void arm64_mmu_on(mair, tcr, ttbr, sctlr) */
	.text
	.globl	arm64_mmu_on
arm64_mmu_on:
	msr	mair_el1, x0
	msr	tcr_el1, x1
	msr	ttbr0_el1, x2
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el1, x3
	isb
	ret

/* void fw_arch_enter_kernel(entry, device tree, 0): MMU and caches off, as booting.rst wants it */
	.globl	fw_arch_enter_kernel
fw_arch_enter_kernel:
	msr	daifset, #15
	mov	x4, x0
	mov	x5, x1
	dsb	sy
	ldr	w0, =SCTLR_EL1_OFF
	msr	sctlr_el1, x0
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	mov	x0, x5
	mov	x1, #0
	mov	x2, #0
	mov	x3, #0
	br	x4

/* Sixteen entries of 128 bytes. The firmware's stack may be what is wrong: another one is used. */
	.globl	arm64_vectors
	.align	11
arm64_vectors:
	.rept	16
	.align	7
	msr	tpidr_el1, x30
	bl	trapped
	.endr

trapped:
	msr	tpidrro_el0, x29
	adrp	x29, arm64_trap_stack_top
	add	x29, x29, :lo12:arm64_trap_stack_top
	sub	x29, x29, #304		/* struct registers of traps.c */
	stp	x0, x1, [x29]
	stp	x2, x3, [x29, #16]
	stp	x4, x5, [x29, #32]
	stp	x6, x7, [x29, #48]
	stp	x8, x9, [x29, #64]
	stp	x10, x11, [x29, #80]
	stp	x12, x13, [x29, #96]
	stp	x14, x15, [x29, #112]
	stp	x16, x17, [x29, #128]
	stp	x18, x19, [x29, #144]
	stp	x20, x21, [x29, #160]
	stp	x22, x23, [x29, #176]
	stp	x24, x25, [x29, #192]
	stp	x26, x27, [x29, #208]
	mrs	x0, tpidrro_el0
	stp	x28, x0, [x29, #224]
	mrs	x0, tpidr_el1
	mov	x1, sp
	stp	x0, x1, [x29, #240]
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x0, x1, [x29, #256]
	mrs	x0, esr_el1
	mrs	x1, far_el1
	stp	x0, x1, [x29, #272]
	ubfx	x0, x30, #7, #4
	str	x0, [x29, #288]
	mov	sp, x29
	mov	x0, x29
	bl	fw_arm64_trap

	.section .bss.trap_stack, "aw", @nobits
	.align	4
	.skip	8192
arm64_trap_stack_top:

	.section .note.GNU-stack, "", @progbits
