/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * hv.h - what a monitor needs of a hypervisor: a vm, its vcpus, and the two ends that devices use
 * (interrupts and doorbells). One table of operations per hypervisor (hv_ops.h) stands behind these
 * functions, which do the checks common to all.
 *
 * States of a vm, held here:
 *   OPEN  memory, vcpus, interrupts and doorbells are added, registers set
 *   LIVE  after cairn_hv_start(), once: vcpus run. What may be added or bound now is a capability;
 *         vcpus may not
 * Anything else in the wrong state is -EINVAL, or -ENOTSUP where a capability decides.
 * A reboot is close and open: a new vm is in the state of a new vm.
 *
 * Threads: vm, interrupt and doorbell functions from any thread (one leaf lock per vm; no callback
 * is made under it). A vcpu is used by one thread at a time, but for cairn_hv_vcpu_kick(). An
 * interrupt is used by one thread at a time, but for cairn_hv_irq_level().
 */
#ifndef CAIRN_HV_H
#define CAIRN_HV_H

#include <cairn/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cairn_hv_ops;
struct cairn_vm;
struct cairn_vcpu;
struct cairn_irq;

enum { CAIRN_HV_PAGE = 4096 };     /* regions are multiples of it, in address and length */
enum { CAIRN_HV_ID_LIMIT = 1024 }; /* no vm has more vcpus, or more lines */

/* Asked of an open vm: the value is a count or a limit, 0 is no. */
enum cairn_hv_cap {
	CAIRN_HV_MAX_VCPUS,
	CAIRN_HV_GPA_BITS,
	CAIRN_HV_MEM_SLOTS,
	CAIRN_HV_MEM_LATE, /* memory may come and go while LIVE; what is read-only, under vcpus */
	CAIRN_HV_MEM_LEND,
	CAIRN_HV_MEM_FD,
	CAIRN_HV_MEM_READONLY,
	CAIRN_HV_LINES,     /* interrupt lines: 0 … n - 1 */
	CAIRN_HV_MSI,       /* message interrupts that can exist at once */
	CAIRN_HV_MSI_DEVID, /* routes need the device id */
	CAIRN_HV_IRQ_LATE,  /* bind and unbind while LIVE */
	CAIRN_HV_IRQ_RESAMPLE,
	CAIRN_HV_DOORBELL_LATE,
	CAIRN_HV_DOORBELL_MATCH,
	CAIRN_HV_DOORBELL_PIO,
	CAIRN_HV_BOOT_REGS, /* first vcpu: 2 all registers, 1 pc and first arguments, 0 none */
	CAIRN_HV_DTB_START, /* cairn_hv_start() needs the device tree */
	CAIRN_HV_REG_LIST,  /* cairn_hv_vcpu_list_regs() works: a vcpu can be saved */
	/* What an aarch64 vm has got (hv_aarch64.h); 0 on others. */
	CAIRN_HV_GIC,  /* version: 2, 3, 0 without lines */
	CAIRN_HV_ITS,  /* messages go through an ITS */
	CAIRN_HV_PSCI, /* version as PSCI_VERSION gives it: major << 16 | minor */
	CAIRN_HV_STEAL_TIME,
	CAIRN_HV_N_CAPS,
};

enum cairn_hv_mem_flag {
	CAIRN_HV_SHARE = 0,
	CAIRN_HV_LEND = 1u << 0,     /* the guest's alone from start to close */
	CAIRN_HV_READONLY = 1u << 1, /* guest reads do not leave run(), writes do, as MMIO */
	CAIRN_HV_FD = 1u << 2,       /* backed by fd, not by host */
};

struct cairn_hv_region { /* page aligned, no overlap; host memory outlives the vm */
	uint32_t slot;   /* the caller's number, below CAIRN_HV_MEM_SLOTS */
	uint32_t flags;
	cairn_gpa at;
	uint64_t len_bytes;
	void *host; /* LEND: unreadable from start to close; the caller's memory view says so */
	int fd;     /* FD only, else -1 */
	uint64_t fd_offset_bytes;
};

enum cairn_hv_exit_kind {
	CAIRN_HV_EXIT_KICKED, /* cairn_hv_vcpu_kick(); nothing is pending: registers may be read */
	CAIRN_HV_EXIT_MMIO,
	CAIRN_HV_EXIT_PIO,
	CAIRN_HV_EXIT_FAULT, /* addr is not backed or not permitted; choose `resume` */
	CAIRN_HV_EXIT_HALT,  /* waits for an interrupt, and the vm has no lines to bring one */
	CAIRN_HV_EXIT_OFF,   /* the guest asked for it; code: the hypervisor's own number */
	CAIRN_HV_EXIT_RESET,
	CAIRN_HV_EXIT_SUSPEND,
	CAIRN_HV_EXIT_CRASH, /* triple fault, or the guest says that it crashed */
	CAIRN_HV_EXIT_OTHER, /* code: raw number. Log it and stop the vm; it is never guessed */
};

/* How a FAULT ends: the access counts as done; the guest takes an exception; it is made again. */
enum cairn_hv_resume { CAIRN_HV_HANDLED, CAIRN_HV_INJECT, CAIRN_HV_RETRY };

/* The vcpu's own, valid until its next run(). Made by the guest: the bus checks addr and len. */
struct cairn_hv_exit {
	enum cairn_hv_exit_kind kind;
	bool is_write;
	uint8_t len;    /* bytes of one access, 1 … 8 */
	uint32_t count; /* accesses: 1, more for PIO strings. data holds count * len bytes */
	uint64_t addr, code;
	uint8_t *data;               /* little-endian; a read's answer is taken at the next run() */
	enum cairn_hv_resume resume; /* FAULT only: INJECT unless the caller changes it */
};

struct cairn_hv_vm_config {
	/* 1 … CAIRN_HV_ID_LIMIT; ids are 0 … max_vcpus - 1. 0 where the hypervisor runs them itself
	 */
	uint32_t max_vcpus;
	uint32_t n_lines; /* 0: no interrupt controller */
	int kick_signal;  /* the program gives this signal to the hypervisor; see the back end */
	/* struct cairn_hv_x86_64 or _aarch64, or NULL: its defaults. Read during open only */
	const void *arch;
	/*
	 * > 0: the hypervisor's device node, open already; it stays the caller's, and path is not
	 * used. For programs that open vm after vm where a sandbox lets nothing be opened.
	 */
	int node_fd;
};

struct cairn_hv_start {
	cairn_gpa entry, arg0; /* CAIRN_HV_BOOT_REGS 1; others set the first vcpu's registers */
	cairn_gpa dtb;
	uint64_t dtb_room_bytes; /* 0: no device tree. Room for what the hypervisor adds */
};

/* id: as in hv_x86_64.h or hv_aarch64.h. */
struct cairn_hv_reg {
	uint64_t id, value;
};

/* Writes that fire fd instead of leaving run(). Reads always leave. */
struct cairn_hv_doorbell {
	bool pio;
	bool has_match; /* only this value, needs len > 0 and CAIRN_HV_DOORBELL_MATCH */
	uint8_t len;    /* bytes: 1, 2, 4, 8, or 0 for any */
	int fd;         /* eventfd */
	uint64_t addr, match;
};

/*
 * cairn_hv_open() - a new vm.
 *
 * @ops: the hypervisor, for example &cairn_hv_kvm_ops. @path: its device node, NULL: the usual one
 *
 * Returns 0; -EINVAL (configuration); what the back end's header says, with the reason in err.
 */
CAIRN_MUST_USE int cairn_hv_open(const struct cairn_hv_ops *ops, const char *path,
				 const struct cairn_hv_vm_config *config, struct cairn_vm **ret_vm,
				 struct cairn_err *err);
/* Every vcpu closed and every interrupt put before; doorbells and memory end here. NULL is fine. */
void cairn_hv_close(struct cairn_vm *vm);
/* A count, a limit, or 0. Any thread, no system call. */
int cairn_hv_cap(struct cairn_vm *vm, enum cairn_hv_cap cap);

/*
 * Returns 0; -EINVAL (slot, alignment, length, address space); -EEXIST (slot in use, or overlap);
 * -ENOTSUP (memory, a flag, or LIVE, that the hypervisor has not); or the host's errno.
 */
CAIRN_MUST_USE int cairn_hv_mem_add(struct cairn_vm *vm, const struct cairn_hv_region *r);
/*
 * Every vcpu is out of run() and every view swapped before. A READONLY region may also go, and
 * come, while vcpus run: a read is made before, from memory, or after, as MMIO, and when this
 * returns none is made from memory any more. It costs all vcpus of the vm more than an exit does.
 * Returns 0; -EINVAL (slot), -ENOTSUP, or the host's errno: the region is still there.
 */
CAIRN_MUST_USE int cairn_hv_mem_del(struct cairn_vm *vm, uint32_t slot);

/*
 * OPEN -> LIVE. Returns 0; -EINVAL (LIVE already; no memory or no vcpu yet, where the hypervisor
 * takes them; a device tree missing that CAIRN_HV_DTB_START wants); or the host's errno. The vm
 * stays OPEN on failure.
 */
CAIRN_MUST_USE int cairn_hv_start(struct cairn_vm *vm, const struct cairn_hv_start *start,
				  struct cairn_err *err);

/* One object per line. Returns 0, -EINVAL (no such line), -EEXIST (taken), -ENOMEM. */
CAIRN_MUST_USE int cairn_hv_irq_line(struct cairn_vm *vm, uint32_t line, struct cairn_irq **ret);
/* A message interrupt without a route. Returns 0, -ENOTSUP (use lines), -ENOSPC, -ENOMEM. */
CAIRN_MUST_USE int cairn_hv_irq_msi(struct cairn_vm *vm, struct cairn_irq **ret);
/*
 * Where a message goes. While bound it holds at once; else when it is next bound or sent, so that
 * routing many and then binding many costs one change of the hypervisor's table.
 * Returns 0, -EINVAL (a line), or the host's errno.
 */
CAIRN_MUST_USE int cairn_hv_irq_route(struct cairn_irq *i, uint64_t addr, uint32_t data,
				      uint32_t devid);
/* Any thread. A message: high sends it once, low does nothing. Returns 0, -EINVAL (no route). */
CAIRN_MUST_USE int cairn_hv_irq_level(struct cairn_irq *i, bool high);
/*
 * fd (eventfd, the caller's, open until unbind) fires the interrupt without this process.
 * resample_fd: -1, an edge; else the line stays high until the guest ends it, and that is written
 * to resample_fd. What stood in fd before the call may or may not fire: drain it first.
 * Returns 0; -EINVAL (bound already; a message without a route; resample of a message); -ENOTSUP.
 */
CAIRN_MUST_USE int cairn_hv_irq_bind(struct cairn_irq *i, int fd, int resample_fd);
/* After it nobody drains fd: what came stays readable. Returns 0, -EINVAL (not bound), -ENOTSUP. */
CAIRN_MUST_USE int cairn_hv_irq_unbind(struct cairn_irq *i);
/* Unbinds if need be. NULL is fine. */
void cairn_hv_irq_put(struct cairn_irq *i);

/* Returns 0; -EINVAL (shape of d); -ENOTSUP; -EEXIST (the same tuple but fd); the host's errno. */
CAIRN_MUST_USE int cairn_hv_doorbell_add(struct cairn_vm *vm, const struct cairn_hv_doorbell *d);
/* By the same tuple, fd included. Returns 0, -ENOENT, or as above. */
CAIRN_MUST_USE int cairn_hv_doorbell_del(struct cairn_vm *vm, const struct cairn_hv_doorbell *d);

/* While OPEN. Returns 0; -EINVAL (id, LIVE); -EEXIST (taken); or the host's errno. */
CAIRN_MUST_USE int cairn_hv_vcpu_open(struct cairn_vm *vm, uint32_t id, struct cairn_vcpu **ret);
/* Out of run(). NULL is fine. */
void cairn_hv_vcpu_close(struct cairn_vcpu *v);
/*
 * Runs until there is something to do. Signals other than the kick do not end it.
 * Returns 0 and an exit; -EINVAL (not LIVE); or an errno after which the vcpu can never run again.
 */
CAIRN_MUST_USE int cairn_hv_vcpu_run(struct cairn_vcpu *v, struct cairn_hv_exit **ret_exit);
/*
 * Any thread, async-signal-safe. Never lost: the present run(), or the next one, ends KICKED, once
 * what an access left unfinished is completed (which may show further accesses first). Several
 * kicks may end as one.
 */
void cairn_hv_vcpu_kick(struct cairn_vcpu *v);
/*
 * Many registers in one call. Returns 0; -EINVAL (an unknown id: nothing is set); -ENOTSUP (the
 * hypervisor has not this register, or CAIRN_HV_BOOT_REGS forbids); -EBUSY: an access that left
 * run() is unfinished: kick() and run() until KICKED; or the host's errno.
 */
CAIRN_MUST_USE int cairn_hv_vcpu_get_regs(struct cairn_vcpu *v, struct cairn_hv_reg *regs,
					  size_t n);
CAIRN_MUST_USE int cairn_hv_vcpu_set_regs(struct cairn_vcpu *v, const struct cairn_hv_reg *regs,
					  size_t n);
/*
 * The ids of all registers that together are a vcpu's state, in the order in which they are to be
 * set; it does not change while the vcpu lives. What get_regs() reads of them in one vm, set_regs()
 * takes in another of the same configuration before its vcpu runs. A register of more than 64 bits
 * is several ids, one behind the other, lowest bits first.
 * Returns how many there are, of which ids has got the first n (0: only ask); -ENOTSUP without
 * CAIRN_HV_REG_LIST; or the host's errno.
 */
CAIRN_MUST_USE int cairn_hv_vcpu_list_regs(struct cairn_vcpu *v, uint64_t *ids, size_t n);

/*
 * The vcpu stood still for a while and will run again: the guest is told, where there is a way, so
 * that its watchdogs do not bark at the time that passed. Out of run().
 * Returns 0, also where there is no way or the guest does not listen; or the host's errno.
 */
CAIRN_MUST_USE int cairn_hv_vcpu_paused(struct cairn_vcpu *v);

#ifdef __cplusplus
}
#endif
#endif
