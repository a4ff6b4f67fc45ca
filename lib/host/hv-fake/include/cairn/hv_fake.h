/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * hv_fake.h - a hypervisor without a guest: each vcpu plays a script of exits, every call is
 * recorded, doorbells fire when a scripted write meets them, READONLY memory answers scripted
 * reads, interrupts can be looked at. What stands on hv.h runs on it unchanged. All functions: any
 * thread.
 *
 * There is one that is as KVM on x86_64 and one that is as KVM on aarch64, both on any machine.
 * They take lent memory and list registers as well; set other capabilities with
 * cairn_hv_fake_set_cap(), for example to be a hypervisor without messages.
 */
#ifndef CAIRN_HV_FAKE_H
#define CAIRN_HV_FAKE_H

#include <cairn/hv.h>

#ifdef __cplusplus
extern "C" {
#endif

extern const struct cairn_hv_ops cairn_hv_fake_ops; /* x86_64 */
/*
 * config.arch is a struct cairn_hv_aarch64 that is checked as by KVM, or NULL: a GICv3 with an ITS.
 * The host has everything that can be asked for: 48 address bits, PSCI 1.1, both versions of the
 * GIC.
 */
extern const struct cairn_hv_ops cairn_hv_fake_aarch64_ops;

/* Right after cairn_hv_open(). */
void cairn_hv_fake_set_cap(struct cairn_vm *vm, enum cairn_hv_cap cap, int value);

/* The calls that reach a hypervisor. Beside each what struct cairn_hv_fake_call says of it. */
enum cairn_hv_fake_op {
	CAIRN_HV_FAKE_MEM_ADD, /* a slot, b address */
	CAIRN_HV_FAKE_MEM_DEL, /* a slot, b address */
	CAIRN_HV_FAKE_START,   /* a entry, b device tree */
	CAIRN_HV_FAKE_LINE,    /* a line */
	CAIRN_HV_FAKE_MSI,
	CAIRN_HV_FAKE_ROUTE,        /* a address, b data; devid */
	CAIRN_HV_FAKE_LEVEL,        /* a line, or the message's address; b level, or data */
	CAIRN_HV_FAKE_BIND,         /* a line, or the message's address; b data; fd */
	CAIRN_HV_FAKE_UNBIND,       /* the same */
	CAIRN_HV_FAKE_PUT,          /* the same, fd -1 */
	CAIRN_HV_FAKE_DOORBELL_ADD, /* a address, b match, fd */
	CAIRN_HV_FAKE_DOORBELL_DEL, /* the same */
	CAIRN_HV_FAKE_VCPU_OPEN,    /* a id */
	CAIRN_HV_FAKE_VCPU_CLOSE,   /* a id */
	CAIRN_HV_FAKE_GET_REGS,     /* a id, b number of registers */
	CAIRN_HV_FAKE_SET_REGS,     /* the same */
	CAIRN_HV_FAKE_PAUSED,       /* a id */
	CAIRN_HV_FAKE_LIST_REGS,    /* a id, b room */
	CAIRN_HV_FAKE_N_OPS,
};

struct cairn_hv_fake_call {
	enum cairn_hv_fake_op op;
	uint64_t a, b;
	int fd; /* -1: none */
	uint32_t devid;
};

/* Number of calls so far; the i-th into *ret, when there is one and ret is not NULL. */
size_t cairn_hv_fake_call(struct cairn_vm *vm, size_t i, struct cairn_hv_fake_call *ret);
/* How often op was called. */
size_t cairn_hv_fake_count(struct cairn_vm *vm, enum cairn_hv_fake_op op);
/* The (skip + 1)th call of op from now fails with -code, once, and is not recorded. */
void cairn_hv_fake_fail(struct cairn_vm *vm, enum cairn_hv_fake_op op, unsigned skip, int code);

enum { CAIRN_HV_FAKE_DATA = 64 };

/* Steps that are not simply an exit; aarch64 only. */
enum cairn_hv_fake_special {
	CAIRN_HV_FAKE_EXIT,
	/*
	 * The guest calls PSCI (Arm DEN 0022) with X0 … X3 as in args, and finds the answer in X0.
	 * SYSTEM_OFF, _RESET, _RESET2 and, where the configuration allows it, _SUSPEND are exits,
	 * with the codes that KVM has. CPU_OFF parks.
	 */
	CAIRN_HV_FAKE_PSCI,
	/* The vcpu is off: it waits, kicked or not, until another's CPU_ON has set its PC and X0.
	 */
	CAIRN_HV_FAKE_PARKED,
};

struct cairn_hv_fake_step {
	enum cairn_hv_exit_kind kind; /* KICKED: no exit, waits there until kicked */
	bool is_write;
	uint8_t len;
	uint32_t count; /* 0 is 1 */
	uint64_t addr, code;
	uint8_t data[CAIRN_HV_FAKE_DATA]; /* a write's; count * len bytes */
	enum cairn_hv_fake_special special;
	uint64_t args[4];
};

/* A write of value, and a read. kind: MMIO or PIO. */
struct cairn_hv_fake_step cairn_hv_fake_write(enum cairn_hv_exit_kind kind, uint64_t addr,
					      uint8_t len, uint64_t value);
struct cairn_hv_fake_step cairn_hv_fake_read(enum cairn_hv_exit_kind kind, uint64_t addr,
					     uint8_t len);

/* function: 0x84000000 …; the rest as it wants them. */
struct cairn_hv_fake_step cairn_hv_fake_psci(uint32_t function, uint64_t x1, uint64_t x2,
					     uint64_t x3);

/*
 * Steps at the end of a vcpu's script, also while it runs. Past the end run() is -ENODATA, or
 * KICKED when it was kicked. Returns 0, -EINVAL (an access of no bytes, or of more than
 * CAIRN_HV_FAKE_DATA; a special step on x86_64), -ENOMEM.
 */
CAIRN_MUST_USE int cairn_hv_fake_push(struct cairn_vcpu *v, const struct cairn_hv_fake_step *steps,
				      size_t n);

struct cairn_hv_fake_result {
	bool rang;      /* a doorbell took it: there was no exit */
	bool is_memory; /* a read of a READONLY region, answered from it: there was no exit */
	enum cairn_hv_resume resume;
	/* A read: what the caller answered. A PSCI call: X0 as the guest finds it, 8 bytes. */
	uint8_t data[CAIRN_HV_FAKE_DATA];
};

/* Of the i-th step of a script. Returns 0, or -EAGAIN: the vcpu has not gone past it yet. */
CAIRN_MUST_USE int cairn_hv_fake_result(struct cairn_vcpu *v, size_t i,
					struct cairn_hv_fake_result *ret);

/* What the guest would see of a line. fds that are bound are looked at first. */
struct cairn_hv_fake_line {
	bool is_high;
	uint64_t rises; /* times it went up; each write to a bound fd is one */
};
void cairn_hv_fake_line(struct cairn_vm *vm, uint32_t line, struct cairn_hv_fake_line *ret);
/* The guest ends the interrupt: a line with a resample fd goes down, and that fd is written. */
void cairn_hv_fake_eoi(struct cairn_vm *vm, uint32_t line);
/* Messages that arrived so far with this address and data. */
uint64_t cairn_hv_fake_messages(struct cairn_vm *vm, uint64_t addr, uint32_t data);

#ifdef __cplusplus
}
#endif
#endif
