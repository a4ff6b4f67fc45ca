/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* scripted_arch.h - what a scripted guest of x86_64 does, see ../scripted.h. */
#ifndef SCRIPTED_ARCH_H
#define SCRIPTED_ARCH_H

#include <elf.h>

enum { SLEEP_S5 = 0x34, KEYBOARD = 0x64, PULSE_RESET = 0xfe };
enum { SCRIPT_PLATFORM_LINES = 2, SCRIPT_REG_CALLS = 2 };

/* The fake is like KVM here. */
static void script_caps(struct cairn_vm *vm, const struct cairn_hv_vm_config *c)
{
	(void)vm;
	(void)c;
}

static void push_out(uint64_t port, uint64_t value)
{
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_PIO, port, 1, value));
}

static int script_get_regs(struct cairn_vcpu *v, struct cairn_hv_reg *regs, size_t n)
{
	return cairn_hv_fake_ops.get_regs(v, regs, n);
}

static inline void push_power_off(void)
{
	push_out(LAYOUT_SLEEP_PORT, SLEEP_S5);
	push_wait();
}

static inline void push_reset(void)
{
	push_out(KEYBOARD, PULSE_RESET);
	push_wait();
}

static inline void push_char(char c)
{
	push_out(LAYOUT_SERIAL_PORT, (uint8_t)c);
}

/* An ELF with a PVH note, and a page of code. */
static inline void write_kernel(const char *path)
{
	struct {
		Elf64_Ehdr ehdr;
		Elf64_Phdr load, note;
		uint32_t words[5]; /* the note */
		uint8_t code[64];
	} k = { .ehdr = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			  .e_type = ET_EXEC,
			  .e_machine = EM_X86_64,
			  .e_version = EV_CURRENT,
			  .e_entry = 0x100000,
			  .e_phoff = sizeof(Elf64_Ehdr),
			  .e_ehsize = sizeof(Elf64_Ehdr),
			  .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = 2 },
		.load = { .p_type = PT_LOAD,
			  .p_flags = 7,
			  .p_paddr = 0x100000,
			  .p_filesz = sizeof(k),
			  .p_memsz = 0x4000,
			  .p_align = 4096 },
		.note = { .p_type = PT_NOTE,
			  .p_offset = offsetof(__typeof__(k), words),
			  .p_filesz = sizeof(k.words),
			  .p_memsz = sizeof(k.words),
			  .p_align = 4 },
		.words = { 4, 4, 18, 0x006e6558, 0x100000 } };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, &k, sizeof(k)), sizeof(k));
	close(fd);
}

#endif
