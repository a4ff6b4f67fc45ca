/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * fake_.h - the fake's own objects. Its lock is taken inside hv's vm lock, never the other way, and
 * holds everything here but what is said to be a vcpu thread's.
 */
#ifndef CAIRN_HV_FAKE_PRIVATE_H
#define CAIRN_HV_FAKE_PRIVATE_H

#include <cairn/hv_aarch64.h>
#include <cairn/hv_fake.h>
#include <cairn/hv_ops.h>

struct fake_line {
	bool is_high;
	uint64_t rises;
};

struct fake_message {
	uint64_t addr, count;
	uint32_t data;
};

struct fake_irq {
	struct cairn_irq irq;
	struct fake_irq *next;
	int fd, resample_fd; /* bound; -1 */
	uint64_t addr;
	uint32_t data;
};

/* Ids of registers, first to last. */
struct fake_reg_range {
	uint64_t first, last;
};

struct fake_vm {
	struct cairn_vm vm;
	pthread_mutex_t lock;
	int caps[CAIRN_HV_N_CAPS];
	bool is_aarch64, may_suspend;
	const struct fake_reg_range *reg_ranges; /* what list_regs says */
	size_t n_reg_ranges;
	struct fake_vcpu *vcpus[CAIRN_HV_ID_LIMIT]; /* by id */
	struct cairn_hv_fake_call *calls;
	size_t n_calls, cap_calls;
	struct {
		unsigned skip;
		int code;
	} fail[CAIRN_HV_FAKE_N_OPS];
	struct fake_irq *irqs;
	struct fake_line lines[CAIRN_HV_ID_LIMIT];
	struct fake_message *messages;
	size_t n_messages, cap_messages;
	struct cairn_hv_doorbell *doorbells;
	size_t n_doorbells, cap_doorbells;
	struct cairn_hv_region *roms; /* read-only regions */
	size_t n_roms, cap_roms;
};

struct fake_step {
	struct cairn_hv_fake_step in;
	struct cairn_hv_fake_result out;
};

struct fake_vcpu {
	struct cairn_vcpu vcpu;
	int kick_fd; /* eventfd: a kick that waits */
	int on_fd;   /* eventfd: a CPU_ON that waits */
	struct fake_step *steps;
	size_t n_steps, cap_steps, at;
	bool is_open;                          /* step `at` has left run() and is not completed */
	bool is_parked;                        /* at step `at` */
	bool is_on_called;                     /* CPU_ON; on_fd wakes it */
	struct cairn_hv_exit exit;             /* the vcpu thread's */
	uint8_t exit_data[CAIRN_HV_FAKE_DATA]; /* the vcpu thread's */
	struct cairn_hv_reg *regs;
	size_t n_regs, cap_regs;
};

static inline struct fake_vm *to_fake_vm(struct cairn_vm *vm)
{
	return cairn_container_of(vm, struct fake_vm, vm);
}

static inline struct fake_vcpu *to_fake_vcpu(struct cairn_vcpu *v)
{
	return cairn_container_of(v, struct fake_vcpu, vcpu);
}

/* *array of *cap elements gets room for element n. 0 or -ENOMEM. */
CAIRN_MUST_USE int cairn_hv_fake_grow_(void *array, size_t n, size_t *cap, size_t size);
/* Locked. Records a call, or fails it as cairn_hv_fake_fail() said. */
CAIRN_MUST_USE int cairn_hv_fake_note_(struct fake_vm *f, enum cairn_hv_fake_op op, uint64_t a,
				       uint64_t b, int fd);
/* Locked. True when a doorbell took this write. */
bool cairn_hv_fake_ring_(struct fake_vm *f, const struct cairn_hv_fake_step *s);
/* Locked. True when read-only memory answered this read, into data. */
bool cairn_hv_fake_rom_(const struct fake_vm *f, const struct cairn_hv_fake_step *s, uint8_t *data);
/* Locked. The register's value, made as 0 when it is not there yet; NULL without memory. */
uint64_t *cairn_hv_fake_reg_(struct fake_vcpu *c, uint64_t id);
/* Locked. Does the call of a PSCI step; true: exit e results. A vcpu that turns itself off is
 * parked. */
bool cairn_hv_fake_psci_(struct fake_vcpu *c, const uint64_t *args, struct cairn_hv_exit *e);
/* A new vm's, or vcpu's, part of the architecture. */
void cairn_hv_fake_x86_64_init_(struct fake_vm *f);
CAIRN_MUST_USE int cairn_hv_fake_aarch64_init_(struct fake_vm *f,
					       const struct cairn_hv_vm_config *c,
					       struct cairn_err *err);
CAIRN_MUST_USE int cairn_hv_fake_aarch64_vcpu_init_(struct fake_vcpu *c, uint32_t id);
/* Adds one to an eventfd; takes what it holds (0: nothing). */
void cairn_hv_fake_fd_fire_(int fd);
uint64_t cairn_hv_fake_fd_take_(int fd);

int cairn_hv_fake_op_line_(struct cairn_vm *vm, uint32_t line, struct cairn_irq **ret);
int cairn_hv_fake_op_msi_(struct cairn_vm *vm, struct cairn_irq **ret);
int cairn_hv_fake_op_route_(struct cairn_irq *i, uint64_t addr, uint32_t data, uint32_t devid);
int cairn_hv_fake_op_level_(struct cairn_irq *i, bool high);
int cairn_hv_fake_op_bind_(struct cairn_irq *i, int fd, int resample_fd);
int cairn_hv_fake_op_unbind_(struct cairn_irq *i);
void cairn_hv_fake_op_put_(struct cairn_irq *i);
int cairn_hv_fake_op_doorbell_add_(struct cairn_vm *vm, const struct cairn_hv_doorbell *d);
int cairn_hv_fake_op_doorbell_del_(struct cairn_vm *vm, const struct cairn_hv_doorbell *d);
int cairn_hv_fake_op_vcpu_open_(struct cairn_vm *vm, uint32_t id, struct cairn_vcpu **ret);
void cairn_hv_fake_op_vcpu_close_(struct cairn_vcpu *v);
int cairn_hv_fake_op_run_(struct cairn_vcpu *v, struct cairn_hv_exit **ret_exit);
void cairn_hv_fake_op_kick_(struct cairn_vcpu *v);
int cairn_hv_fake_op_get_regs_(struct cairn_vcpu *v, struct cairn_hv_reg *regs, size_t n);
int cairn_hv_fake_op_set_regs_(struct cairn_vcpu *v, const struct cairn_hv_reg *regs, size_t n);
int cairn_hv_fake_op_list_regs_(struct cairn_vcpu *v, uint64_t *ids, size_t n);
int cairn_hv_fake_op_paused_(struct cairn_vcpu *v);

#endif
