/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The two entries, and what C cannot say.
 *
 *	start32	PVH (Xen's ELF note 18): 32-bit protected mode, paging off, start info at EBX
 *	start64	Linux's 64-bit protocol (the ELF entry): long mode, zero page at RSI
 *
 * Both clear what the file does not hold, map the first 4 GiB one to one in pages of 2 MiB, and
 * call fw_x86_entry(which, address) on the firmware's stack. Interrupts stay off.
 */
	.set	CODE32, 0x08
	.set	CODE64, 0x10	/* and DATA: what Linux calls __BOOT_CS and __BOOT_DS */
	.set	DATA, 0x18
	.set	BY_PVH, 0
	.set	BY_LINUX, 1

	.section .note.pvh, "a", @note
	.align	4
	.long	4, 4, 18
	.asciz	"Xen"
	.long	start32

/* The same in both modes: it destroys EAX, ECX and EDI. */
	.macro	prepare
	cld
	movl	$fw_bss_start, %edi
	movl	$fw_bss_bytes, %ecx
	xorl	%eax, %eax
	rep stosb
	movl	$fw_x86_pdpt + 3, fw_x86_pml4
	movl	$fw_x86_pdpt, %edi
	movl	$fw_x86_pd + 3, %eax
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$4096, %eax
	addl	$8, %edi
	decl	%ecx
	jnz	1b
	movl	$fw_x86_pd, %edi
	movl	$0x83, %eax		/* present, writable, 2 MiB */
	movl	$2048, %ecx
2:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	decl	%ecx
	jnz	2b
	.endm

	.section .text.start, "ax"
	.code32
	.globl	start32
start32:
	cli
	prepare
	movl	%cr4, %eax
	orl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	$fw_x86_pml4, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx	/* EFER: LME */
	rdmsr
	orl	$0x100, %eax
	wrmsr
	lgdt	gdt_pointer
	movl	%cr0, %eax
	orl	$0x80000001, %eax	/* PG, PE */
	movl	%eax, %cr0
	ljmp	$CODE64, $1f
	.code64
1:	movl	$BY_PVH, %edi
	movl	%ebx, %esi
	jmp	enter

	.globl	start64
start64:
	cli
	prepare
	lgdt	gdt_pointer
	movl	$fw_x86_pml4, %eax
	movq	%rax, %cr3
	movl	$fw_x86_stack_top, %esp
	pushq	$CODE64
	pushq	$1f
	lretq
1:	movl	$BY_LINUX, %edi

enter:
	movl	$DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	lldt	%ax
	movl	$fw_x86_stack_top, %esp
	xorl	%ebp, %ebp
	call	fw_x86_entry
	ud2

/* void fw_arch_enter_kernel(entry, boot_params, 0) */
	.text
	.globl	fw_arch_enter_kernel
fw_arch_enter_kernel:
	cli
	cld
	movq	%rdi, %rax
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%edi, %edi
	jmp	*%rax

/* 32 entries of 16 bytes: an error code where the processor has none, the vector's number. */
	.globl	fw_x86_vectors
	.align	16
fw_x86_vectors:
	vector = 0
	.rept	32
	.align	16
	.if	(0x60227d00 >> vector) & 1 == 0
	pushq	$0
	.endif
	pushq	$vector
	jmp	trapped
	vector = vector + 1
	.endr

trapped:
	pushq	%rax
	pushq	%rbx
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%rbp
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
	movq	%rsp, %rdi
	andq	$-16, %rsp
	call	fw_x86_trap
	ud2

	.section .data
	.align	16
	.globl	fw_x86_gdt
fw_x86_gdt:
	.quad	0
	.quad	0x00cf9a000000ffff	/* CODE32 */
	.quad	0x00af9a000000ffff	/* CODE64 */
	.quad	0x00cf92000000ffff	/* DATA */
	.quad	0, 0			/* the task state segment */
gdt_end:
gdt_pointer:
	.word	gdt_end - fw_x86_gdt - 1
	.quad	fw_x86_gdt

	.section .bss.tables, "aw", @nobits
	.align	4096
	.globl	fw_x86_pml4, fw_x86_pdpt, fw_x86_pd
fw_x86_pml4:
	.skip	4096
fw_x86_pdpt:
	.skip	4096
fw_x86_pd:
	.skip	4 * 4096

	.section .note.GNU-stack, "", @progbits
