/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * guest_test.h - a vm with 32 KiB of memory and a few instructions of 16-bit code, for the tests of
 * hv-kvm. Addresses from 0x8000 are nobody's, so they leave run() as MMIO; FS reaches the local
 * APIC.
 */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cairn/hv_kvm.h>
#include <cairn/hv_x86_64.h>

enum { GUEST_CODE_AT = 0x1000, GUEST_MEM = 0x8000, GUEST_TEST_SKIP = 77 };

/* Defines guest_<name> … guest_<name>_end, assembled for 16-bit mode. */
#define GUEST(name, code)                                                                          \
	__asm__(".pushsection .rodata\n"                                                           \
		".globl guest_" #name "\n.hidden guest_" #name "\n"                                \
		".globl guest_" #name "_end\n.hidden guest_" #name "_end\n"                        \
		"guest_" #name ":\n.code16\n" code "\n.code64\nguest_" #name "_end:\n"             \
		".popsection");                                                                    \
	extern const unsigned char guest_##name[], guest_##name##_end[]

struct guest {
	struct cairn_vm *vm;
	struct cairn_vcpu *vcpu[2];
	struct cairn_hv_exit *e;
};

static _Alignas(CAIRN_HV_PAGE) unsigned char guest_mem[GUEST_MEM];

/* Vectors of the guest's table that it uses point to the code at `at`. */
static inline void guest_vector(unsigned vector, uint16_t at)
{
	cairn_le_store(guest_mem + vector * 4, 4, at);
}

static inline void guest_boot_regs(struct cairn_vcpu *v)
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

static inline struct cairn_vm *guest_vm(uint32_t max_vcpus, uint32_t n_lines)
{
	const struct cairn_hv_vm_config c = { .max_vcpus = max_vcpus,
					      .n_lines = n_lines,
					      .kick_signal = SIGRTMIN };
	struct cairn_vm *vm;

	assert_int_equal(cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL), 0);
	return vm;
}

/* Started, ready to run. The code is copied to GUEST_CODE_AT, the rest of memory is zero. */
static inline struct guest guest_open(uint32_t n_vcpus, uint32_t n_lines, const unsigned char *code,
				      const unsigned char *code_end)
{
	const struct cairn_hv_region r = { .len_bytes = GUEST_MEM, .host = guest_mem, .fd = -1 };
	const struct cairn_hv_start s = { 0 };
	struct guest g = { .vm = guest_vm(n_vcpus, n_lines) };

	memset(guest_mem, 0, sizeof(guest_mem));
	memcpy(guest_mem + GUEST_CODE_AT, code, (size_t)(code_end - code));
	assert_int_equal(cairn_hv_mem_add(g.vm, &r), 0);
	for (uint32_t i = 0; i < n_vcpus; i++)
		assert_int_equal(cairn_hv_vcpu_open(g.vm, i, &g.vcpu[i]), 0);
	guest_boot_regs(g.vcpu[0]);
	assert_int_equal(cairn_hv_start(g.vm, &s, NULL), 0);
	return g;
}

static inline void guest_close(struct guest *g)
{
	cairn_hv_vcpu_close(g->vcpu[0]);
	cairn_hv_vcpu_close(g->vcpu[1]);
	cairn_hv_close(g->vm);
}

/* The next exit of vcpu 0, which must be of this kind. */
static inline struct cairn_hv_exit *guest_run(struct guest *g, enum cairn_hv_exit_kind kind)
{
	assert_int_equal(cairn_hv_vcpu_run(g->vcpu[0], &g->e), 0);
	assert_int_equal(g->e->kind, kind);
	return g->e;
}

/* The next exit, which must be a write of value to this port or address. */
static inline void guest_expect_write(struct guest *g, enum cairn_hv_exit_kind kind, uint64_t addr,
				      uint8_t len, uint64_t value)
{
	guest_run(g, kind);
	assert_true(g->e->is_write);
	assert_int_equal(g->e->addr, addr);
	assert_int_equal(g->e->len, len);
	assert_int_equal(cairn_le_load(g->e->data, len), value);
}

static inline uint64_t guest_reg(struct cairn_vcpu *v, uint64_t id)
{
	struct cairn_hv_reg r = { id, 0 };

	assert_int_equal(cairn_hv_vcpu_get_regs(v, &r, 1), 0);
	return r.value;
}

static inline int guest_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

static inline uint64_t guest_taken(int fd)
{
	eventfd_t n = 0;

	return eventfd_read(fd, &n) < 0 ? 0 : n;
}

/* True when a vm can be had: these tests run. Else the reason is printed and they are skipped. */
static inline bool guest_has_kvm(void)
{
	const struct cairn_hv_vm_config c = { .max_vcpus = 1, .kick_signal = SIGRTMIN };
	struct cairn_err err = { 0 };
	struct cairn_vm *vm;

	if (cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, &err) < 0) {
		print_message("skipped: %s (%s)\n", err.what, err.detail);
		return false;
	}
	cairn_hv_close(vm);
	return true;
}

#endif
