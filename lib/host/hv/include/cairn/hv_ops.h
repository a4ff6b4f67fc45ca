/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * hv_ops.h - for those who write a hypervisor back end: the table, and the parts of vm, vcpu and
 * interrupt that hv.h's functions keep. A back end embeds each as the first thing it allocates and
 * gets back to its own by cairn_container_of(). Users of a hypervisor need hv.h only.
 *
 * What hv.h's functions have checked is not checked again: states, capabilities, ranges of slots,
 * lines and ids, overlap, bound or not, routed or not. Ops of one vm that take a struct cairn_vm or
 * cairn_irq are entered one at a time, under the vm's lock, but `cap` and `irq_level`. A back end
 * that serves an interrupt controller inside `run` may take that lock there.
 */
#ifndef CAIRN_HV_OPS_H
#define CAIRN_HV_OPS_H

#include <pthread.h>

#include <cairn/hv.h>

#ifdef __cplusplus
extern "C" {
#endif

enum cairn_hv_state { CAIRN_HV_OPEN, CAIRN_HV_LIVE };

struct cairn_vm {
	const struct cairn_hv_ops *ops;
	struct cairn_hv_vm_config config; /* arch is NULL after open */
	pthread_mutex_t lock;
	int state; /* enum cairn_hv_state; atomic */
	uint32_t n_irqs, n_vcpus, n_regions, cap_regions;
	struct cairn_hv_region *regions;
	uint64_t vcpu_ids[CAIRN_BITS_WORDS(CAIRN_HV_ID_LIMIT)];
	uint64_t lines[CAIRN_BITS_WORDS(CAIRN_HV_ID_LIMIT)];
};

struct cairn_irq {
	struct cairn_vm *vm;
	uint32_t line;
	bool is_msi, is_bound;
	int is_routed;       /* atomic */
	int fd, resample_fd; /* as bound */
};

struct cairn_vcpu {
	struct cairn_vm *vm;
	uint32_t id;
	bool is_unfinished; /* the last exit was an access */
};

/*
 * One static const table per hypervisor. NULL: its capability is 0. Always there: open, close, cap.
 * A hypervisor that runs the guest by itself leaves out vcpu_open and what follows, one that brings
 * the guest's memory mem_add and mem_del.
 */
struct cairn_hv_ops {
	size_t size; /* sizeof(struct cairn_hv_ops): growth at the end only */
	/* Allocates; leaves the embedded cairn_vm zeroed, the caller fills it. */
	int (*open)(const char *path, const struct cairn_hv_vm_config *c, struct cairn_vm **ret_vm,
		    struct cairn_err *err);
	void (*close)(struct cairn_vm *vm); /* frees. Memory is the host's again when it returns */
	int (*cap)(struct cairn_vm *vm, enum cairn_hv_cap cap); /* any thread; >= 0 */
	int (*mem_add)(struct cairn_vm *vm, const struct cairn_hv_region *r);
	int (*mem_del)(struct cairn_vm *vm, const struct cairn_hv_region *r);
	int (*start)(struct cairn_vm *vm, const struct cairn_hv_start *s, struct cairn_err *err);

	/* Allocate; leave the embedded cairn_irq zeroed. */
	int (*line)(struct cairn_vm *vm, uint32_t line, struct cairn_irq **ret);
	int (*msi)(struct cairn_vm *vm, struct cairn_irq **ret);
	int (*irq_route)(struct cairn_irq *i, uint64_t addr, uint32_t data, uint32_t devid);
	int (*irq_level)(struct cairn_irq *i, bool high); /* any thread, no lock held */
	int (*irq_bind)(struct cairn_irq *i, int fd, int resample_fd);
	int (*irq_unbind)(struct cairn_irq *i); /* i->fd is still what was bound */
	void (*irq_put)(struct cairn_irq *i);   /* unbound; frees */

	int (*doorbell_add)(struct cairn_vm *vm, const struct cairn_hv_doorbell *d);
	int (*doorbell_del)(struct cairn_vm *vm, const struct cairn_hv_doorbell *d);

	/* Allocates; leaves the embedded cairn_vcpu zeroed. */
	int (*vcpu_open)(struct cairn_vm *vm, uint32_t id, struct cairn_vcpu **ret);
	void (*vcpu_close)(struct cairn_vcpu *v);
	int (*run)(struct cairn_vcpu *v, struct cairn_hv_exit **ret_exit);
	void (*kick)(struct cairn_vcpu *v); /* async-signal-safe */
	int (*get_regs)(struct cairn_vcpu *v, struct cairn_hv_reg *regs, size_t n);
	int (*set_regs)(struct cairn_vcpu *v, const struct cairn_hv_reg *regs, size_t n);
	int (*paused)(struct cairn_vcpu *v);
	int (*list_regs)(struct cairn_vcpu *v, uint64_t *ids, size_t n);
};

#ifdef __cplusplus
}
#endif
#endif
