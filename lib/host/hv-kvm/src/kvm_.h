/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_.h - the objects behind hv's, and the calls between the sources of hv-kvm. */
#ifndef CAIRN_HV_KVM_PRIVATE_H
#define CAIRN_HV_KVM_PRIVATE_H

#include <sys/types.h>
#include <linux/kvm.h>

#include <cairn/hv_kvm.h>
#include <cairn/hv_ops.h>

/*
 * Global interrupt numbers: CAIRN_HV_LINES of them for lines, messages behind them.
 * KVM_MAX_IRQ_ROUTES is 4096.
 */
enum { KVM_GSI_LIMIT = 4096 };

struct kvm_arch; /* the architecture's own, see below */
struct kvm_irq;

struct kvm_vcpu;
struct kvm_vm;

/* Interrupt controllers that are not in the kernel. */
struct kvm_chip {
	/* A line that is no message. Any thread, no lock held. */
	int (*level)(struct kvm_vm *k, uint32_t line, bool high);
	/* After each exit: 1 it was the chip's, enter again, 0 it was not, or a negative errno. */
	int (*exit)(struct kvm_vcpu *c);
	uint64_t (*address)(uint64_t addr); /* a guest's message address, as KVM takes it */
};

struct kvm_vm {
	struct cairn_vm vm;
	int fd;
	int kick_signal;
	size_t run_bytes;
	uint32_t n_lines;
	int caps[CAIRN_HV_N_CAPS];
	bool has_any_length; /* doorbells without a length */
	struct kvm_arch *arch;
	const struct kvm_chip *chip; /* NULL: all are KVM's own */
	/* routing, under the vm's lock; messages' addr and data also under route_lock */
	pthread_mutex_t route_lock;
	struct kvm_irq *messages;
	bool routes_dirty;
	struct cairn_ids gsis;
	uint64_t gsi_words[CAIRN_BITS_WORDS(KVM_GSI_LIMIT)];
};

struct kvm_route {
	uint64_t addr;
	uint32_t data, devid;
};

struct kvm_irq {
	struct cairn_irq irq;
	uint32_t gsi;
	struct kvm_irq *next; /* messages only */
	struct kvm_route route;
	bool has_route;
};

struct kvm_vcpu {
	struct cairn_vcpu vcpu;
	int fd;
	struct kvm_run *run; /* shared with the kernel; mapped once */
	pid_t runner;        /* the thread inside run(), or 0; atomic */
	pid_t ready;         /* the thread whose signal mask was seen to */
	struct cairn_hv_exit exit;
};

static inline struct kvm_vm *to_kvm_vm(struct cairn_vm *vm)
{
	return cairn_container_of(vm, struct kvm_vm, vm);
}

static inline struct kvm_vcpu *to_kvm_vcpu(struct cairn_vcpu *v)
{
	return cairn_container_of(v, struct kvm_vcpu, vcpu);
}

/* ioctl(), >= 0 or a negative errno; interrupted calls are made again. Never KVM_RUN. */
CAIRN_MUST_USE int cairn_hv_kvm_ioctl_(int fd, unsigned long request, void *arg);
/* KVM_CHECK_EXTENSION, 0 when KVM does not know it. */
int cairn_hv_kvm_extension_(struct kvm_vm *k, int extension);
/* cairn_err_set() with a name as detail. */
int cairn_hv_kvm_err_(struct cairn_err *err, int code, const char *what, const char *name);

/* A message as an entry of KVM's routing table. */
struct kvm_irq_routing_entry cairn_hv_kvm_route_entry_(const struct kvm_vm *k, uint32_t gsi,
						       const struct kvm_route *r);
/* Sends a message, once. */
CAIRN_MUST_USE int cairn_hv_kvm_send_(const struct kvm_vm *k, const struct kvm_route *r);
/* The routing table as it should be, into the kernel; the vm's lock is held. */
CAIRN_MUST_USE int cairn_hv_kvm_routes_write_(struct kvm_vm *k);

/* What the run page says, as an exit whose data lies in that page. */
void cairn_hv_kvm_exit_(struct kvm_run *r, struct cairn_hv_exit *e);

/* irq.c, doorbell.c, vcpu.c: entries of the table */
int cairn_hv_kvm_line_(struct cairn_vm *vm, uint32_t line, struct cairn_irq **ret);
int cairn_hv_kvm_msi_(struct cairn_vm *vm, struct cairn_irq **ret);
int cairn_hv_kvm_route_(struct cairn_irq *i, uint64_t addr, uint32_t data, uint32_t devid);
int cairn_hv_kvm_level_(struct cairn_irq *i, bool high);
int cairn_hv_kvm_bind_(struct cairn_irq *i, int fd, int resample_fd);
int cairn_hv_kvm_unbind_(struct cairn_irq *i);
void cairn_hv_kvm_put_(struct cairn_irq *i);
int cairn_hv_kvm_doorbell_add_(struct cairn_vm *vm, const struct cairn_hv_doorbell *d);
int cairn_hv_kvm_doorbell_del_(struct cairn_vm *vm, const struct cairn_hv_doorbell *d);
int cairn_hv_kvm_vcpu_open_(struct cairn_vm *vm, uint32_t id, struct cairn_vcpu **ret);
void cairn_hv_kvm_vcpu_close_(struct cairn_vcpu *v);
int cairn_hv_kvm_run_(struct cairn_vcpu *v, struct cairn_hv_exit **ret_exit);
void cairn_hv_kvm_kick_(struct cairn_vcpu *v);

/* The architecture: src/<arch>/. */

/* What to do about a node that is not there. */
extern const char cairn_hv_kvm_arch_no_node_[];
/* The argument of KVM_CREATE_VM. */
CAIRN_MUST_USE int cairn_hv_kvm_arch_type_(int kvm_fd, const struct cairn_hv_vm_config *c,
					   unsigned long *ret_type, struct cairn_err *err);
/* With /dev/kvm at kvm_fd, before the first vcpu. Makes k->arch. */
CAIRN_MUST_USE int cairn_hv_kvm_arch_open_(struct kvm_vm *k, int kvm_fd,
					   const struct cairn_hv_vm_config *c,
					   struct cairn_err *err);
/* Also when open failed at any point. */
void cairn_hv_kvm_arch_close_(struct kvm_vm *k);
/* A capability that is the architecture's to answer; -1: it is not. */
int cairn_hv_kvm_arch_cap_(struct kvm_vm *k, enum cairn_hv_cap cap);
/* The descriptor of a vcpu that is opened, or a negative errno; the vm's lock is held. */
CAIRN_MUST_USE int cairn_hv_kvm_arch_vcpu_(struct kvm_vm *k, uint32_t id);
/* The descriptor is not used any more. */
void cairn_hv_kvm_arch_vcpu_close_(struct kvm_vm *k, int fd);
/* What waits for memory and vcpus. */
CAIRN_MUST_USE int cairn_hv_kvm_arch_start_(struct kvm_vm *k, struct cairn_err *err);
/* c->exit is a FAULT and says how it goes on; before the next entry. */
CAIRN_MUST_USE int cairn_hv_kvm_arch_resume_(struct kvm_vcpu *c);
/* A line as KVM_IRQ_LINE names it. */
uint32_t cairn_hv_kvm_arch_line_(uint32_t line);
/* Routes of the lines themselves, into entries (NULL: only count). Their number. */
uint32_t cairn_hv_kvm_arch_lines_(struct kvm_vm *k, struct kvm_irq_routing_entry *entries);
int cairn_hv_kvm_get_regs_(struct cairn_vcpu *v, struct cairn_hv_reg *regs, size_t n);
int cairn_hv_kvm_set_regs_(struct cairn_vcpu *v, const struct cairn_hv_reg *regs, size_t n);
int cairn_hv_kvm_list_regs_(struct cairn_vcpu *v, uint64_t *ids, size_t n);
int cairn_hv_kvm_paused_(struct cairn_vcpu *v);

#endif
