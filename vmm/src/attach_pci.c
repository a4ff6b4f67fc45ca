/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * attach_pci.c - the PCI root complex and virtio devices in it.
 *
 * One lock covers the root: accesses take it inside bus_lock (shared); a remap takes bus_lock
 * exclusively first. Registers behind BARs are under their carrier's lock only.
 */
#include <stdlib.h>

#include <cairn/pci_root.h>
#include <cairn/virtio_pci.h>

#include "arch.h"
#include "devices.h"
#include "lines.h"

enum {
	BRIDGE_VENDOR = 0x1b36, /* the vendor id that virtual host bridges share */
	BRIDGE_DEVICE = 0x0008,
	N_INTX = 4,
};

struct pci {
	pthread_mutex_t lock;
	struct cairn_pci_root root;
	struct line_shared *intx[N_INTX]; /* made when a device needs it */
	struct arch_pci arch;
};

/* One device's place in the root. */
struct slot {
	struct cairn_virtio_pci virtio;
	struct line_messages messages;
};

static enum cairn_io locked_read(struct pci *p, const struct cairn_bus_ops *ops, uint64_t off,
				 uint32_t len, uint64_t *ret_value)
{
	enum cairn_io io;

	pthread_mutex_lock(&p->lock);
	io = ops->read(&p->root, off, len, ret_value);
	pthread_mutex_unlock(&p->lock);
	return io;
}

static enum cairn_io locked_write(struct pci *p, const struct cairn_bus_ops *ops, uint64_t off,
				  uint32_t len, uint64_t value)
{
	enum cairn_io io;

	pthread_mutex_lock(&p->lock);
	io = ops->write(&p->root, off, len, value);
	pthread_mutex_unlock(&p->lock);
	return io;
}

static enum cairn_io ecam_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	return locked_read(ctx, &cairn_pci_root_ecam_ops, off, len, ret_value);
}

static enum cairn_io ecam_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	return locked_write(ctx, &cairn_pci_root_ecam_ops, off, len, value);
}

static enum cairn_io port_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	return locked_read(ctx, &cairn_pci_root_port_ops, off, len, ret_value);
}

static enum cairn_io port_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	return locked_write(ctx, &cairn_pci_root_port_ops, off, len, value);
}

static const struct cairn_bus_ops ecam_ops = { .read = ecam_read, .write = ecam_write };
static const struct cairn_bus_ops port_ops = { .read = port_read, .write = port_write };

int pci_new(struct machine *m, struct cairn_err *err)
{
	struct pci *p = calloc(1, sizeof(*p));
	struct cairn_pci_root_config c = {
		.mem = &m->mmio, .bridge = { .vendor = BRIDGE_VENDOR, .device = BRIDGE_DEVICE }
	};
	const struct cairn_bus_region ports = {
		.base = CAIRN_PCI_PORT, .len = CAIRN_PCI_PORT_LEN, .ops = &port_ops, .ctx = p
	};
	int r;

	if (!p)
		return cairn_err_set(err, ENOMEM, "out of memory", 0);
	pthread_mutex_init(&p->lock, NULL);
	m->devices->pci = p;
	p->arch = arch_pci(m);
	c.mem32 = p->arch.mem32;
	c.mem64 = p->arch.mem64;
	c.cf9 = p->arch.cf9;
	c.cf9_ctx = p->arch.cf9_ctx;
	r = cairn_pci_root_init(&p->root, &c);
	if (!r)
		r = machine_add_mmio(m, p->arch.ecam, CAIRN_PCI_ECAM_LEN, &ecam_ops, p);
	if (!r && arch_ports(m))
		r = cairn_bus_add(arch_ports(m), &ports);
	return r ? cairn_err_set(err, -r, "PCI root refused", p->arch.ecam) : 0;
}

void pci_free(struct machine *m)
{
	struct pci *p = m->devices->pci;

	if (!p)
		return;
	for (size_t i = 0; i < N_INTX; i++)
		line_shared_free(p->intx[i]);
	pthread_mutex_destroy(&p->lock);
	free(p);
	m->devices->pci = NULL;
}

void pci_remap(struct machine *m)
{
	struct pci *p = m->devices->pci;

	pthread_rwlock_wrlock(&m->bus_lock);
	pthread_mutex_lock(&p->lock);
	/* A BAR that the guest put upon another decodes nowhere: its own doing. */
	(void)cairn_pci_root_remap(&p->root);
	pthread_mutex_unlock(&p->lock);
	pthread_rwlock_unlock(&m->bus_lock);
}

/* The wire of a slot's INTA: shared by every fourth device. */
static int intx_line(struct machine *m, unsigned slot, struct cairn_irq_line **ret)
{
	struct pci *p = m->devices->pci;
	unsigned wire = slot % N_INTX;
	int r = 0;

	if (!p->intx[wire])
		r = line_shared_new(m->vm, p->arch.intx[wire], &p->intx[wire]);
	return r ? r : line_shared_take(p->intx[wire], ret);
}

static int init(struct slot *s, struct device *d, unsigned slot, struct cairn_err *err)
{
	struct machine *m = d->machine;
	struct cairn_virtio_pci_desc desc = { .vdev = d->vdev,
					      .view = m->view,
					      .msi = line_msi_source(&s->messages),
					      .intx_pin = 1,
					      .doorbells = line_doorbells(m->vm) };
	int r = intx_line(m, slot, &desc.intx);

	if (r)
		return cairn_err_set(err, -r, "the hypervisor refused an interrupt line", slot);
	r = cairn_virtio_pci_init(&s->virtio, &desc);
	if (r) {
		desc.intx->ops->put(desc.intx);
		return cairn_err_set(err, -r, "cannot be attached by virtio-pci", slot);
	}
	return 0;
}

int attach_pci(struct device *d, size_t index, struct cairn_err *err)
{
	struct pci *p = d->machine->devices->pci;
	unsigned slot = (unsigned)index + 1; /* 0 is the host bridge */
	struct slot *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return cairn_err_set(err, ENOMEM, "out of memory", 0);
	s->messages = (struct line_messages){ .vm = d->machine->vm, .devid = slot << 3 };
	r = init(s, d, slot, err);
	if (r) {
		free(s);
		return r;
	}
	d->transport = s;
	d->carrier = &s->virtio.carrier;
	r = cairn_pci_root_add(&p->root, slot, 0, &s->virtio.func);
	return r ? cairn_err_set(err, -r, "no room on the PCI bus", slot) : 0;
}

void detach_pci(struct device *d)
{
	struct slot *s = d->transport;

	/* No vCPU runs any more, and buses and root end with the machine. */
	cairn_virtio_pci_fini(&s->virtio);
	free(s);
	d->transport = NULL;
	d->carrier = NULL;
}
