/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * guest_test.h - a vm with 32 KiB of memory and a few instructions of its architecture, for the
 * tests of hv-kvm. Addresses from 0x8000 to 0xffff are nobody's, so they leave run() as MMIO.
 * <architecture>/guest.c has the guests, <architecture>/guest_asm.h what makes one.
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

enum { GUEST_CODE_AT = 0x1000, GUEST_MEM = 0x8000, GUEST_TEST_SKIP = 77 };

/* Instructions, assembled with the test; they are copied to GUEST_CODE_AT. */
struct guest_code {
	const unsigned char *start, *end;
};

/*
 * Writes 0x1234 (2 bytes) at 0x9000, reads 2 bytes at 0x9004, writes 0x89abcdef (4) at 0x9008, and
 * the low byte of what it read at 0x900c. Then GUEST_END.
 */
extern const struct guest_code guest_mmio;
/* Writes 1 (1 byte) at 0x9000. */
extern const struct guest_code guest_hello;
/* Jumps to itself. */
extern const struct guest_code guest_loop;
/* Writes 7 at 0x8000, and at 0x9000 what it reads at 0x8001 (1 byte each). */
extern const struct guest_code guest_readonly;
/* Reads at 0x8000 for ever, and writes at 0x9000 what is not 0x11 (1 byte each). */
extern const struct guest_code guest_watch;
/*
 * Writes 1 and 2 (2 bytes) at 0x9050, 7 (2, then 1) at 0x9060, and reads 2 bytes at 0x9050.
 */
extern const struct guest_code guest_bell;
/* Starts the second processor, which writes 7 (1 byte) at 0x9010, and writes 1 at 0x9000. */
extern const struct guest_code guest_smp;

/* How guest_mmio ends. */
extern const enum cairn_hv_exit_kind guest_end;
/* Ids: program counter, and where guest_mmio's read goes. */
extern const uint64_t guest_pc, guest_answer;
/* What the program counter of a processor that was not started shows. */
extern const uint64_t guest_pc_parked;
/* Lines of a vm that has any. */
extern const uint32_t guest_lines;
/* For struct cairn_hv_vm_config. */
const void *guest_arch(void);
void guest_boot_regs(struct cairn_vcpu *v);
/* All of a vcpu that KVM shows, but the clocks, which go on. To be freed. */
unsigned char *guest_state(struct cairn_vcpu *v, size_t *ret_len);

struct guest {
	struct cairn_vm *vm;
	struct cairn_vcpu *vcpu[2];
	struct cairn_hv_exit *e;
};

extern unsigned char guest_mem[GUEST_MEM];

static inline struct cairn_hv_vm_config guest_config(uint32_t max_vcpus, uint32_t n_lines)
{
	return (struct cairn_hv_vm_config){ .max_vcpus = max_vcpus,
					    .n_lines = n_lines,
					    .kick_signal = SIGRTMIN,
					    .arch = guest_arch() };
}

static inline struct cairn_vm *guest_vm(uint32_t max_vcpus, uint32_t n_lines)
{
	const struct cairn_hv_vm_config c = guest_config(max_vcpus, n_lines);
	struct cairn_vm *vm;

	assert_int_equal(cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL), 0);
	return vm;
}

/* In this new vm: started, ready to run. Memory is zero beside the code. */
static inline struct guest guest_start(struct cairn_vm *vm, uint32_t n_vcpus,
				       const struct guest_code *code)
{
	const struct cairn_hv_region r = { .len_bytes = GUEST_MEM, .host = guest_mem, .fd = -1 };
	const struct cairn_hv_start s = { 0 };
	struct guest g = { .vm = vm };

	memset(guest_mem, 0, sizeof(guest_mem));
	memcpy(guest_mem + GUEST_CODE_AT, code->start, (size_t)(code->end - code->start));
	assert_int_equal(cairn_hv_mem_add(g.vm, &r), 0);
	for (uint32_t i = 0; i < n_vcpus; i++)
		assert_int_equal(cairn_hv_vcpu_open(g.vm, i, &g.vcpu[i]), 0);
	guest_boot_regs(g.vcpu[0]);
	assert_int_equal(cairn_hv_start(g.vm, &s, NULL), 0);
	return g;
}

static inline struct guest guest_open(uint32_t n_vcpus, uint32_t n_lines,
				      const struct guest_code *code)
{
	return guest_start(guest_vm(n_vcpus, n_lines), n_vcpus, code);
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

static inline void guest_expect_mmio(struct guest *g, uint64_t addr, uint8_t len, uint64_t value)
{
	guest_expect_write(g, CAIRN_HV_EXIT_MMIO, addr, len, value);
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
	const struct cairn_hv_vm_config c = guest_config(1, 0);
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
