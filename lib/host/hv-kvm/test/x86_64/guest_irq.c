/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* guest_irq.c - see ../guest_irq.h: the PICs for the line, the local APIC for messages. */
#include "guest_asm.h"

#include "../guest_irq.h"

enum { VECTOR_LINE = 13, VECTOR_MSI = 0x41, HANDLER = 0x80, HANDLER_2 = 0xc0, HALTS_AT = 0x7101 };

const uint32_t guest_line_says = 0x55;
const uint32_t guest_message_says[2] = { 0x41, 0x42 };

/*
 * Line 5 is vector 13. 0x7100 is what the controller is told of triggers: 0x20 makes line 5 a
 * level (the ELCR's bit), 0 an edge. The guest halts when 0x7101 is not 0.
 */
GUEST(static, line_code,
      "cli\n"
      "movb $0x11, %al\noutb %al, $0x20\noutb %al, $0xa0\n"
      "movb $8, %al\noutb %al, $0x21\n"
      "movb $0x70, %al\noutb %al, $0xa1\n"
      "movb $4, %al\noutb %al, $0x21\n"
      "movb $2, %al\noutb %al, $0xa1\n"
      "movb $1, %al\noutb %al, $0x21\noutb %al, $0xa1\n"
      "movb $0xdf, %al\noutb %al, $0x21\n"
      "movb $0xff, %al\noutb %al, $0xa1\n"
      "movb 0x7100, %al\nmovw $0x4d0, %dx\noutb %al, %dx\n"
      "movb $1, 0x9000\n"
      "sti\n"
      "1: cmpb $0, 0x7101\nje 2f\nhlt\n"
      "2: movb 0x9030, %al\njmp 1b\n"
      ".org guest_line_code_start + 0x80\n"
      "movw $0x55, 0x9010\n"
      "movb $0x20, %al\noutb %al, $0x20\n"
      "movb $0x66, 0x9020\n"
      "iret");

GUEST(static, msi,
      "cli\n"
      "movl $0x1ff, %fs:0xf0\n"
      "movb $1, 0x9000\n"
      "sti\n"
      "1: movb 0x9030, %al\njmp 1b\n"
      ".org guest_msi_start + 0x80\n"
      "movw $0x41, 0x9010\n"
      "2: movl $0, %fs:0xb0\n"
      "movb $0x66, 0x9020\n"
      "iret\n"
      ".org guest_msi_start + 0xc0\n"
      "movw $0x42, 0x9010\n"
      "jmp 2b");

struct guest guest_line(bool is_level)
{
	struct guest g = guest_open(1, guest_lines, &guest_line_code);

	guest_mem[0x7100] = is_level ? 0x20 : 0;
	guest_vector(VECTOR_LINE, GUEST_CODE_AT + HANDLER);
	guest_expect_mmio(&g, 0x9000, 1, 1);
	return g;
}

void guest_halts(struct guest *g)
{
	guest_mem[HALTS_AT] = 1;
}

bool guest_has_messages(void)
{
	return true;
}

struct guest guest_messages(void)
{
	struct guest g = guest_open(1, guest_lines, &guest_msi);

	guest_vector(VECTOR_MSI, GUEST_CODE_AT + HANDLER);
	guest_vector(VECTOR_MSI + 1, GUEST_CODE_AT + HANDLER_2);
	guest_expect_mmio(&g, 0x9000, 1, 1);
	return g;
}

struct guest_message guest_message(unsigned which)
{
	return (struct guest_message){ .addr = 0xfee00000, .data = VECTOR_MSI + which };
}
