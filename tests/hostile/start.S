/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * From PVH's entry (32-bit protected mode, paging off, start info in EBX) to C in long mode, with
 * the first 4 GiB mapped one to one; the second processor comes the same way from real mode. On the
 * first, interrupts stay off. NMIs and exceptions have handlers.
 */
	.section .note.pvh, "a", @note
	.align	4
	.long	4, 4, 18
	.asciz	"Xen"
	.long	start32

	.section .text.start, "ax"
	.code32
	.globl	start32
start32:
	cli
	movl	$stack_top, %esp
	movl	%ebx, %edi
	movl	$guest_main, %ebp
	lgdt	gdt_pointer
long_mode:
	movl	%cr4, %eax
	orl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	$pml4, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx	/* EFER: LME */
	rdmsr
	orl	$0x100, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000001, %eax	/* PG, PE */
	movl	%eax, %cr0
	ljmp	$8, $start64

	.code64
start64:
	movl	$16, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%edi, %edi
	movl	%ebp, %ebp
	call	*%rbp
1:	hlt
	jmp	1b

/* Copied to a page below 1 MiB, where SIPI starts the second processor. */
	.code16
	.globl	second_entry, second_entry_end
second_entry:
	cli
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	second_gdt_pointer - second_entry
	movl	%cr0, %eax
	orl	$1, %eax		/* PE */
	movl	%eax, %cr0
	ljmpl	$24, $second32
second_gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt
second_entry_end:

	.code32
second32:
	movl	$16, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$second_stack_top, %esp
	movl	$second_main, %ebp
	jmp	long_mode

	.code64
/* A fixed interrupt is counted. */
	.globl	interrupt_entry
interrupt_entry:
	pushq	%rax
	lock incl interrupts(%rip)
	movl	$0xfee000b0, %eax	/* EOI */
	movl	$0, (%rax)
	popq	%rax
	iretq

/* 32 entries of 16 bytes: the vector's number, then the common part. */
	.globl	exception_entries
	.align	16
exception_entries:
	vector = 0
	.rept	32
	.align	16
	pushq	$vector
	jmp	exception_common
	vector = vector + 1
	.endr

exception_common:
	cmpq	$2, (%rsp)		/* an NMI means nothing */
	jne	1f
	addq	$8, %rsp
	iretq
1:	movq	(%rsp), %rdi
	movq	8(%rsp), %rsi		/* error code or RIP */
	movq	16(%rsp), %rdx
	call	guest_exception

	.section .data
	.align	16
gdt:
	.quad	0
	.quad	0x00af9a000000ffff	/* 64-bit code */
	.quad	0x00cf92000000ffff	/* data */
	.quad	0x00cf9a000000ffff	/* 32-bit code */
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.quad	gdt

	.align	4096
pml4:
	.quad	pdpt + 3
	.fill	511, 8, 0
pdpt:
	.quad	pd + 0x0003, pd + 0x1003, pd + 0x2003, pd + 0x3003
	.fill	508, 8, 0
pd:
	page = 0
	.rept	2048			/* present, writable, 2 MiB */
	.quad	page * 0x200000 + 0x83
	page = page + 1
	.endr

	.section .bss
	.align	16
	.skip	16384
stack_top:
	.skip	16384
second_stack_top:

	.section .note.GNU-stack, "", @progbits
