/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* vm.c - the fake vm: capabilities, the record of calls, memory. */
#include "fake_.h"

#include <stdlib.h>

int cairn_hv_fake_grow_(void *array, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap ? *cap * 2 : 16;
	void *p;

	if (n < *cap)
		return 0;
	memcpy(&p, array, sizeof(p)); /* a pointer to any type */
	p = reallocarray(p, want, size);
	if (!p)
		return -ENOMEM;
	memcpy(array, &p, sizeof(p));
	*cap = want;
	return 0;
}

int cairn_hv_fake_note_(struct fake_vm *f, enum cairn_hv_fake_op op, uint64_t a, uint64_t b, int fd)
{
	int code = f->fail[op].code;

	if (code && f->fail[op].skip-- == 0) {
		f->fail[op].code = 0;
		return -code;
	}
	if (cairn_hv_fake_grow_(&f->calls, f->n_calls, &f->cap_calls, sizeof(*f->calls)) < 0)
		return -ENOMEM;
	f->calls[f->n_calls++] = (struct cairn_hv_fake_call){ .op = op, .a = a, .b = b, .fd = fd };
	return 0;
}

static int note(struct fake_vm *f, enum cairn_hv_fake_op op, uint64_t a, uint64_t b)
{
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = cairn_hv_fake_note_(f, op, a, b, -1);
	pthread_mutex_unlock(&f->lock);
	return rc;
}

static void fake_close(struct cairn_vm *vm)
{
	struct fake_vm *f = to_fake_vm(vm);

	pthread_mutex_destroy(&f->lock);
	free(f->calls);
	free(f->messages);
	free(f->doorbells);
	free(f->roms);
	free(f);
}

static struct fake_vm *vm_new(struct cairn_err *err)
{
	struct fake_vm *f = calloc(1, sizeof(*f));

	if (f)
		pthread_mutex_init(&f->lock, NULL);
	else
		(void)cairn_err_set(err, ENOMEM, "no memory for a fake vm", 0);
	return f;
}

static int open_x86_64(const char *path, const struct cairn_hv_vm_config *c,
		       struct cairn_vm **ret_vm, struct cairn_err *err)
{
	struct fake_vm *f = vm_new(err);

	if (!f)
		return -ENOMEM;
	cairn_hv_fake_x86_64_init_(f);
	*ret_vm = &f->vm;
	return 0;
}

static int open_aarch64(const char *path, const struct cairn_hv_vm_config *c,
			struct cairn_vm **ret_vm, struct cairn_err *err)
{
	struct fake_vm *f = vm_new(err);
	int rc = f ? cairn_hv_fake_aarch64_init_(f, c, err) : -ENOMEM;

	if (rc == 0)
		*ret_vm = &f->vm;
	else if (f)
		fake_close(&f->vm);
	return rc;
}

static int fake_cap(struct cairn_vm *vm, enum cairn_hv_cap cap)
{
	return to_fake_vm(vm)->caps[cap];
}

static int fake_mem_add(struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	struct fake_vm *f = to_fake_vm(vm);
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = cairn_hv_fake_grow_(&f->roms, f->n_roms, &f->cap_roms, sizeof(*f->roms));
	if (rc == 0)
		rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_MEM_ADD, r->slot, r->at.v, -1);
	if (rc == 0 && (r->flags & (CAIRN_HV_READONLY | CAIRN_HV_FD)) == CAIRN_HV_READONLY)
		f->roms[f->n_roms++] = *r;
	pthread_mutex_unlock(&f->lock);
	return rc;
}

static int fake_mem_del(struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	struct fake_vm *f = to_fake_vm(vm);
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = cairn_hv_fake_note_(f, CAIRN_HV_FAKE_MEM_DEL, r->slot, r->at.v, -1);
	for (size_t i = 0; i < f->n_roms && rc == 0; i++)
		if (f->roms[i].slot == r->slot)
			f->roms[i] = f->roms[--f->n_roms];
	pthread_mutex_unlock(&f->lock);
	return rc;
}

/* Each of count accesses is at the same address, as its exit would be. */
static void rom_read(const struct cairn_hv_region *r, const struct cairn_hv_fake_step *s,
		     uint8_t *data)
{
	const uint8_t *from = (const uint8_t *)r->host + (s->addr - r->at.v);
	uint32_t i = 0;

	do
		memcpy(data + i * s->len, from, s->len);
	while (++i < s->count);
}

bool cairn_hv_fake_rom_(const struct fake_vm *f, const struct cairn_hv_fake_step *s, uint8_t *data)
{
	if (s->kind != CAIRN_HV_EXIT_MMIO || s->is_write)
		return false;
	for (size_t i = 0; i < f->n_roms; i++) {
		const struct cairn_hv_region *r = &f->roms[i];

		if (s->addr < r->at.v || !cairn_in_range(s->addr - r->at.v, s->len, r->len_bytes))
			continue;
		rom_read(r, s, data);
		return true;
	}
	return false;
}

static int fake_start(struct cairn_vm *vm, const struct cairn_hv_start *s, struct cairn_err *err)
{
	int rc = note(to_fake_vm(vm), CAIRN_HV_FAKE_START, s->entry.v, s->dtb.v);

	return rc < 0 ? cairn_err_set(err, -rc, "the fake was told not to start", 0) : 0;
}

void cairn_hv_fake_set_cap(struct cairn_vm *vm, enum cairn_hv_cap cap, int value)
{
	to_fake_vm(vm)->caps[cap] = value;
}

size_t cairn_hv_fake_call(struct cairn_vm *vm, size_t i, struct cairn_hv_fake_call *ret)
{
	struct fake_vm *f = to_fake_vm(vm);
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = f->n_calls;
	if (i < n && ret)
		*ret = f->calls[i];
	pthread_mutex_unlock(&f->lock);
	return n;
}

size_t cairn_hv_fake_count(struct cairn_vm *vm, enum cairn_hv_fake_op op)
{
	struct fake_vm *f = to_fake_vm(vm);
	size_t n = 0;

	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < f->n_calls; i++)
		n += f->calls[i].op == op;
	pthread_mutex_unlock(&f->lock);
	return n;
}

void cairn_hv_fake_fail(struct cairn_vm *vm, enum cairn_hv_fake_op op, unsigned skip, int code)
{
	struct fake_vm *f = to_fake_vm(vm);

	pthread_mutex_lock(&f->lock);
	f->fail[op].skip = skip;
	f->fail[op].code = code;
	pthread_mutex_unlock(&f->lock);
}

#define FAKE_OPS                                                                                   \
	.size = sizeof(struct cairn_hv_ops), .close = fake_close, .cap = fake_cap,                 \
	.mem_add = fake_mem_add, .mem_del = fake_mem_del, .start = fake_start,                     \
	.line = cairn_hv_fake_op_line_, .msi = cairn_hv_fake_op_msi_,                              \
	.irq_route = cairn_hv_fake_op_route_, .irq_level = cairn_hv_fake_op_level_,                \
	.irq_bind = cairn_hv_fake_op_bind_, .irq_unbind = cairn_hv_fake_op_unbind_,                \
	.irq_put = cairn_hv_fake_op_put_, .doorbell_add = cairn_hv_fake_op_doorbell_add_,          \
	.doorbell_del = cairn_hv_fake_op_doorbell_del_, .vcpu_open = cairn_hv_fake_op_vcpu_open_,  \
	.vcpu_close = cairn_hv_fake_op_vcpu_close_, .run = cairn_hv_fake_op_run_,                  \
	.kick = cairn_hv_fake_op_kick_, .get_regs = cairn_hv_fake_op_get_regs_,                    \
	.set_regs = cairn_hv_fake_op_set_regs_, .paused = cairn_hv_fake_op_paused_,                \
	.list_regs = cairn_hv_fake_op_list_regs_,

const struct cairn_hv_ops cairn_hv_fake_ops = { .open = open_x86_64, FAKE_OPS };
const struct cairn_hv_ops cairn_hv_fake_aarch64_ops = { .open = open_aarch64, FAKE_OPS };
