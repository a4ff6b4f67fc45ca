/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * irq.c - from "used buffers in queue n" to an interrupt. Under the transport's own lock, which is
 * taken below the carrier's (fresh) and the root's (configuration accesses), and above nothing but
 * the interrupt lines. What must call the carrier waits until it is released.
 */
#include "private.h"

enum { ISR_QUEUE = 1, ISR_CONFIG = 2 };

void cairn_virtio_pci_enter_(void *ctx)
{
	struct cairn_virtio_pci *p = ctx;

	pthread_mutex_lock(&p->lock);
}

void cairn_virtio_pci_leave_(void *ctx)
{
	struct cairn_virtio_pci *p = ctx;
	bool failed = p->failed;

	p->failed = false;
	pthread_mutex_unlock(&p->lock);
	if (failed)
		cairn_carrier_break(&p->carrier);
}

/* Whether the message's line is there and goes where the table says. */
static bool route(struct cairn_virtio_pci *p, struct cairn_virtio_pci_message *m,
		  const struct cairn_pci_msix_entry *e)
{
	bool is_new = !m->line;

	if (is_new && p->msi.take(p->msi.ctx, &m->line) < 0) {
		m->line = NULL;
		return false;
	}
	if (!is_new && m->address == e->address && m->data == e->data)
		return true;
	if (m->line->ops->route(m->line, e->address, e->data) < 0)
		return false;
	m->address = e->address;
	m->data = e->data;
	return true;
}

static void changed(void *ctx, uint16_t vector, const struct cairn_pci_msix_entry *e, bool fire)
{
	struct cairn_virtio_pci *p = ctx;
	struct cairn_virtio_pci_message *m = &p->messages[vector];

	if (!e->live)
		return;
	if (!route(p, m, e))
		p->failed =
		    true; /* an interrupt that cannot be sent would be lost without a word */
	else if (fire)
		(void)m->line->ops->set(m->line, true);
}

int cairn_virtio_pci_msix_init_(struct cairn_virtio_pci *p, uint16_t n)
{
	const struct cairn_pci_msix_hook hook = { .changed = changed, .ctx = p };

	return cairn_pci_msix_init(&p->msix, p->entries, n, MSIX_TABLE_AT, MSIX_PENDING_AT, hook);
}

void cairn_virtio_pci_put_lines_(struct cairn_virtio_pci *p)
{
	for (unsigned i = 0; i < CAIRN_VIRTIO_PCI_VECTORS; i++) {
		struct cairn_irq_line *line = p->messages[i].line;

		p->messages[i].line = NULL;
		if (line)
			line->ops->put(line);
	}
}

/* which: 0 is the configuration, 1 and up the queues. */
static void interrupt(struct cairn_virtio_pci *p, unsigned which, uint8_t why)
{
	uint16_t vector = __atomic_load_n(&p->vectors[which], __ATOMIC_RELAXED);
	struct cairn_irq_line *line;

	cairn_virtio_pci_enter_(p);
	if (!cairn_pci_msix_is_enabled(&p->msix)) {
		p->isr |= why;
		cairn_pci_func_set_intx(&p->func, true);
	} else if (cairn_pci_msix_raise(&p->msix, vector)) {
		line = p->messages[vector].line;
		if (line) /* else the device is about to break */
			(void)line->ops->set(line, true);
	}
	cairn_virtio_pci_leave_(p);
}

uint8_t cairn_virtio_pci_take_isr_(struct cairn_virtio_pci *p)
{
	uint8_t isr;

	cairn_virtio_pci_enter_(p);
	isr = p->isr;
	p->isr = 0;
	cairn_pci_func_set_intx(&p->func, false);
	cairn_virtio_pci_leave_(p);
	return isr;
}

void cairn_virtio_pci_forget_vectors_(struct cairn_virtio_pci *p)
{
	for (unsigned i = 0; i < CAIRN_VIRTIO_PCI_VECTORS; i++)
		__atomic_store_n(&p->vectors[i], CAIRN_VIRTIO_PCI_NO_VECTOR, __ATOMIC_RELAXED);
}

static void queue_signal(struct cairn_carrier *c, uint16_t index)
{
	interrupt(to_pci_(c), 1u + index, ISR_QUEUE);
}

static void config_signal(struct cairn_carrier *c)
{
	interrupt(to_pci_(c), 0, ISR_CONFIG);
}

/* The carrier's lock is held: nothing here may break the device. */
static void fresh(struct cairn_carrier *c)
{
	struct cairn_virtio_pci *p = to_pci_(c);

	__atomic_store_n(&p->features_sel, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&p->acked_sel, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&p->queue_sel, 0, __ATOMIC_RELAXED);
	cairn_virtio_pci_forget_vectors_(p);
	pthread_mutex_lock(&p->lock);
	p->isr = 0;
	cairn_pci_func_set_intx(&p->func, false);
	pthread_mutex_unlock(&p->lock);
}

const struct cairn_carrier_ops cairn_virtio_pci_carrier_ops_ = {
	.size = sizeof(cairn_virtio_pci_carrier_ops_),
	.queue_signal = queue_signal,
	.config_signal = config_signal,
	.fresh = fresh,
};

static enum cairn_io msix_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct cairn_virtio_pci *p = ctx;
	enum cairn_io io;

	cairn_virtio_pci_enter_(p);
	io = cairn_pci_msix_bus_ops.read(&p->msix, off, len, ret_value);
	cairn_virtio_pci_leave_(p);
	return io;
}

static enum cairn_io msix_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_virtio_pci *p = ctx;
	enum cairn_io io;

	cairn_virtio_pci_enter_(p);
	io = cairn_pci_msix_bus_ops.write(&p->msix, off, len, value);
	cairn_virtio_pci_leave_(p);
	return io;
}

const struct cairn_bus_ops cairn_virtio_pci_msix_ops_ = { .read = msix_read, .write = msix_write };
