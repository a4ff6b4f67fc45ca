/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * record.h - what the monitor hands to the hypervisor until a machine starts, and what a guest then
 * reads, as lines "part: what". Two machines are the same when their lines are.
 *
 * Not in it: file descriptors and our own addresses, which are the host's; interrupt levels, which
 * come when they come.
 */
#ifndef RECORD_H
#define RECORD_H

#include "scripted.h"

#include <inttypes.h>

enum { MAX_QUERIES = 1500, PART_NAME = 40 };

static struct recorder {
	struct cairn_hv_ops under; /* what the recording stands on */
	FILE *out;                 /* of the boot under way; NULL: none */
	char *text;
	size_t len;
	/* What the guest reads, by the index of its step. */
	struct query {
		char part[PART_NAME];
		size_t step;
		uint64_t at;
	} queries[MAX_QUERIES];
	size_t n_queries, n_steps;
} recorder;

__attribute__((format(printf, 1, 2))) static void record(const char *format, ...)
{
	va_list args;

	if (!recorder.out)
		return;
	va_start(args, format);
	vfprintf(recorder.out, format, args);
	va_end(args);
	fputc('\n', recorder.out);
}

/* What the architecture's machine is asked to be. In reboot_arch.h. */
static void record_arch(const void *arch);

static int record_open(const char *path, const struct cairn_hv_vm_config *c, struct cairn_vm **ret,
		       struct cairn_err *err)
{
	recorder.out = open_memstream(&recorder.text, &recorder.len);
	recorder.n_queries = recorder.n_steps = 0;
	record("machine: %u vCPUs, %u lines, signal %d", c->max_vcpus, c->n_lines, c->kick_signal);
	record_arch(c->arch);
	return recorder.under.open(path, c, ret, err);
}

static int record_mem_add(struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	record("regions: slot %u flags %x at %#" PRIx64 " of %#" PRIx64, r->slot, r->flags, r->at.v,
	       r->len_bytes);
	return recorder.under.mem_add(vm, r);
}

static int record_vcpu_open(struct cairn_vm *vm, uint32_t id, struct cairn_vcpu **ret)
{
	record("vCPU %u: opened", id);
	return recorder.under.vcpu_open(vm, id, ret);
}

static int record_set_regs(struct cairn_vcpu *v, const struct cairn_hv_reg *regs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		record("registers of vCPU %u: %#" PRIx64 " = %#" PRIx64, v->id, regs[i].id,
		       regs[i].value);
	return recorder.under.set_regs(v, regs, n);
}

static int record_line(struct cairn_vm *vm, uint32_t line, struct cairn_irq **ret)
{
	record("interrupts: line %u", line);
	return recorder.under.line(vm, line, ret);
}

static int record_msi(struct cairn_vm *vm, struct cairn_irq **ret)
{
	record("interrupts: a message");
	return recorder.under.msi(vm, ret);
}

static int record_route(struct cairn_irq *i, uint64_t addr, uint32_t data, uint32_t devid)
{
	record("routes: %#" PRIx64 " %#x of %#x", addr, data, devid);
	return recorder.under.irq_route(i, addr, data, devid);
}

static int record_bind(struct cairn_irq *i, int fd, int resample_fd)
{
	record("interrupts: %s %u bound%s", i->is_msi ? "message" : "line", i->line,
	       resample_fd < 0 ? "" : ", with a resample");
	return recorder.under.irq_bind(i, fd, resample_fd);
}

static int record_doorbell(struct cairn_vm *vm, const struct cairn_hv_doorbell *d)
{
	record("doorbells: %s %#" PRIx64 " of %u, %s %" PRIu64, d->pio ? "port" : "memory", d->addr,
	       d->len, d->has_match ? "only" : "any", d->match);
	return recorder.under.doorbell_add(vm, d);
}

/* Every page of RAM that is not empty. */
static void record_memory(void)
{
	static const uint8_t empty[4096];

	for (uint32_t i = 0; i < script.n_ram; i++) {
		const struct cairn_hv_region *r = &script.ram[i];

		for (uint64_t off = 0; off < r->len_bytes; off += sizeof(empty)) {
			const uint8_t *page = (const uint8_t *)r->host + off;
			uint64_t sum = 0;

			if (!memcmp(page, empty, sizeof(empty)))
				continue;
			for (size_t k = 0; k < sizeof(empty); k++)
				sum = (sum ^ page[k]) * UINT64_C(0x100000001b3);
			record("memory: page %#" PRIx64 " has %#" PRIx64, r->at.v + off, sum);
		}
	}
}

static int record_start(struct cairn_vm *vm, const struct cairn_hv_start *s, struct cairn_err *err)
{
	record("start: entry %#" PRIx64 " argument %#" PRIx64 " tree %#" PRIx64, s->entry.v,
	       s->arg0.v, s->dtb.v);
	return recorder.under.start(vm, s, err);
}

/* For script.hook_ops. */
static inline void record_ops(struct cairn_hv_ops *ops)
{
	recorder.under = *ops;
	ops->open = record_open;
	ops->mem_add = record_mem_add;
	ops->vcpu_open = record_vcpu_open;
	ops->set_regs = record_set_regs;
	ops->line = record_line;
	ops->msi = record_msi;
	ops->irq_route = record_route;
	ops->irq_bind = record_bind;
	ops->doorbell_add = record_doorbell;
	ops->start = record_start;
}

/* From script.boot, before anything else is pushed: what was handed over is whole. */
static inline void record_handed_over(void)
{
	record_memory();
}

/* A step of the guest; of a read the answer is recorded. */
static inline void record_step(const char *part, struct cairn_hv_fake_step step)
{
	struct query *q = &recorder.queries[recorder.n_queries];

	push(step);
	if (!step.is_write) {
		if (++recorder.n_queries > MAX_QUERIES)
			abort();
		snprintf(q->part, sizeof(q->part), "%s", part);
		q->step = recorder.n_steps;
		q->at = step.addr;
	}
	recorder.n_steps++;
}

/* From script.closing: the lines of this boot, the caller's to free. */
static inline char *record_end(void)
{
	struct cairn_hv_fake_result r;

	for (size_t i = 0; i < recorder.n_queries; i++) {
		const struct query *q = &recorder.queries[i];

		if (cairn_hv_fake_result(script.vcpu, q->step, &r))
			record("%s: %#" PRIx64 " was not read", q->part, q->at);
		else
			record("%s: %#" PRIx64 " = %#" PRIx64, q->part, q->at,
			       cairn_le_load(r.data, 8));
	}
	fclose(recorder.out);
	recorder.out = NULL;
	return recorder.text;
}

#endif
