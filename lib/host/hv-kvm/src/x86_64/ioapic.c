/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * ioapic.c - more than 255 vcpus. KVM's own I/O APIC has destinations of 8 bits, so the local APICs
 * stay KVM's and the I/O APIC is component ioapic here, behind the exits of the vcpus.
 *
 * A pin's message is a route of the pin's number: a bound descriptor is sent by it in the kernel,
 * and for a level it tells KVM which vector's end leaves run(). Hence the order: routes are in the
 * kernel before a message goes out by them, under both locks, the vm's outside. Levels and ends of
 * interrupts change no route and take the inner lock alone. A bound descriptor is for edges: a
 * guest that makes its pin a level gets it even when that is masked, because the route has to stay.
 */
#include "x86_64_.h"

#include <stdlib.h>

#include <cairn/ioapic.h>

_Static_assert(CAIRN_IOAPIC_PINS == CAIRN_HV_X86_LINES, "a pin for each line");

enum { WIDE_IDS = KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK };

struct kvm_ioapic {
	struct kvm_vm *k;
	pthread_mutex_t lock;
	struct cairn_ioapic regs;
	int failed; /* errno of a table that could not be written; until the access ends */
	/* under the vm's lock; written under both */
	struct cairn_ioapic_message routes[CAIRN_IOAPIC_PINS];
	bool has_route[CAIRN_IOAPIC_PINS];
};

/*
 * A message's address as KVM has it with 32-bit ids: bits 31 to 8 of the destination in the same
 * bits of the upper half, whose others must be 0. A guest has bits 14 to 8, in bits 11 to 5; what
 * it writes into the upper half itself means nothing, as without 32-bit ids.
 */
static uint64_t wide_address(uint64_t addr)
{
	const uint64_t bits = 0x7f << 5;

	return (addr & UINT32_MAX & ~bits) | (addr & bits) << (32 + 8 - 5);
}

static void on_route(void *ctx, uint32_t pin, const struct cairn_ioapic_message *m)
{
	struct kvm_ioapic *x = ctx;
	int rc;

	x->has_route[pin] = m != NULL;
	if (m)
		x->routes[pin] = *m;
	rc = cairn_hv_kvm_routes_write_(x->k);
	if (rc < 0)
		x->failed = rc;
}

/* What KVM may refuse is a message to nobody: the guest's choice, and lost as on a bus. */
static void on_send(void *ctx, const struct cairn_ioapic_message *m)
{
	struct kvm_ioapic *x = ctx;

	(void)!cairn_hv_kvm_send_(x->k, &(struct kvm_route){ .addr = m->addr, .data = m->data });
}

static int ioapic_level(struct kvm_vm *k, uint32_t line, bool high)
{
	struct kvm_ioapic *x = k->arch->ioapic;

	pthread_mutex_lock(&x->lock);
	cairn_ioapic_set(&x->regs, line, high);
	pthread_mutex_unlock(&x->lock);
	return 0;
}

static void on_eoi(struct kvm_ioapic *x, uint8_t vector)
{
	pthread_mutex_lock(&x->lock);
	cairn_ioapic_eoi(&x->regs, vector);
	pthread_mutex_unlock(&x->lock);
}

/* off is inside the region; len is KVM's, at most 8. */
static int on_access(struct kvm_ioapic *x, uint64_t off, struct kvm_run *r)
{
	uint32_t len = (uint32_t)cairn_min_u64(r->mmio.len, sizeof(r->mmio.data));
	int rc;

	pthread_mutex_lock(&x->k->vm.lock);
	pthread_mutex_lock(&x->lock);
	if (r->mmio.is_write)
		cairn_ioapic_write(&x->regs, off, len, cairn_le_load(r->mmio.data, len));
	else
		cairn_le_store(r->mmio.data, len, cairn_ioapic_read(&x->regs, off, len));
	rc = x->failed;
	x->failed = 0;
	pthread_mutex_unlock(&x->lock);
	pthread_mutex_unlock(&x->k->vm.lock);
	return rc;
}

static int ioapic_exit(struct kvm_vcpu *c)
{
	struct kvm_ioapic *x = to_kvm_vm(c->vcpu.vm)->arch->ioapic;
	uint64_t off = c->run->mmio.phys_addr - CAIRN_HV_X86_IOAPIC_AT;
	int rc = 0;

	if (c->run->exit_reason == KVM_EXIT_IOAPIC_EOI)
		on_eoi(x, c->run->eoi.vector);
	else if (c->run->exit_reason == KVM_EXIT_MMIO && off < CAIRN_IOAPIC_LEN)
		rc = on_access(x, off, c->run);
	else
		return 0;
	return rc < 0 ? rc : 1;
}

static const struct kvm_chip chip = {
	.level = ioapic_level,
	.exit = ioapic_exit,
	.address = wide_address,
};

uint32_t cairn_hv_kvm_ioapic_routes_(const struct kvm_ioapic *x,
				     struct kvm_irq_routing_entry *entries)
{
	uint32_t n = 0;

	if (!entries)
		return CAIRN_IOAPIC_PINS;
	for (uint32_t pin = 0; pin < CAIRN_IOAPIC_PINS; pin++)
		if (x->has_route[pin])
			entries[n++] = cairn_hv_kvm_route_entry_(
			    x->k, pin,
			    &(struct kvm_route){ .addr = x->routes[pin].addr,
						 .data = x->routes[pin].data });
	return n;
}

bool cairn_hv_kvm_ioapic_can_(struct kvm_vm *k)
{
	return cairn_hv_kvm_extension_(k, KVM_CAP_SPLIT_IRQCHIP) &&
	       (cairn_hv_kvm_extension_(k, KVM_CAP_X2APIC_API) & WIDE_IDS) == WIDE_IDS;
}

int cairn_hv_kvm_ioapic_open_(struct kvm_vm *k, struct cairn_err *err)
{
	struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP,
					.args = { CAIRN_IOAPIC_PINS } };
	struct kvm_enable_cap wide = { .cap = KVM_CAP_X2APIC_API, .args = { WIDE_IDS } };
	struct kvm_ioapic *x;
	int rc;

	rc = cairn_hv_kvm_ioctl_(k->fd, KVM_ENABLE_CAP, &split);
	if (rc < 0)
		return cairn_hv_kvm_err_(err, -rc, "KVM has no local APICs alone for us",
					 "KVM_CAP_SPLIT_IRQCHIP");
	rc = cairn_hv_kvm_ioctl_(k->fd, KVM_ENABLE_CAP, &wide);
	if (rc < 0)
		return cairn_hv_kvm_err_(err, -rc, "KVM has no 32-bit APIC ids for us",
					 "KVM_CAP_X2APIC_API");
	x = calloc(1, sizeof(*x));
	if (!x)
		return cairn_err_set(err, ENOMEM, "no memory for an I/O APIC", sizeof(*x));
	x->k = k;
	pthread_mutex_init(&x->lock, NULL);
	cairn_ioapic_init(&x->regs, (struct cairn_ioapic_hooks){ on_route, on_send, x });
	k->arch->ioapic = x;
	k->chip = &chip;
	return 0;
}

void cairn_hv_kvm_ioapic_close_(struct kvm_ioapic *x)
{
	if (!x)
		return;
	pthread_mutex_destroy(&x->lock);
	free(x);
}
