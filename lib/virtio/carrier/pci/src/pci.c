/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* pci.c - what the function shows of itself, its doorbells, birth and death. */
#include <cairn/le.h>

#include "private.h"

enum {
	DEVICE_BASE = 0x1040, /* PCI device id: this and the virtio device type */
	SUBSYSTEM = 0x0040,   /* from here on: no legacy interface (virtio 1.2, 4.1.2.1) */
	REVISION = 1,

	CAP_COMMON = 1, /* cfg_type of struct virtio_pci_cap (4.1.4) */
	CAP_NOTIFY = 2,
	CAP_ISR = 3,
	CAP_DEVICE = 4,
	CAP_WINDOW = 5,
	CAP_LEN = 16,
	CAP_LEN_MORE = 20, /* of NOTIFY and WINDOW */
};

static uint32_t class_of(uint32_t type)
{
	switch (type) {
	case 1:
		return 0x020000; /* Ethernet */
	case 2:
		return 0x018000; /* other mass storage */
	case 3:
		return 0x078000; /* other communication */
	default:
		return 0xff0000; /* no class fits */
	}
}

static int add_cap(struct cairn_virtio_pci *p, uint8_t type, uint32_t at, uint32_t len,
		   uint32_t more, uint8_t *ret_off)
{
	/* Of the window the driver sets BAR, offset and length, and accesses the data. */
	static const uint8_t window[CAP_LEN_MORE] = {
		[4] = 0xff, [8 ... 11] = 0xff, [12 ... 15] = 0xff, [16 ... 19] = 0xff
	};
	size_t cap_len = type == CAP_NOTIFY || type == CAP_WINDOW ? CAP_LEN_MORE : CAP_LEN;
	uint8_t cap[CAP_LEN_MORE] = { 0 };

	cap[2] = (uint8_t)cap_len;
	cap[3] = type;
	cap[4] = REGS_BAR;
	cairn_le_store(cap + 8, 4, at);
	cairn_le_store(cap + 12, 4, len);
	cairn_le_store(cap + 16, 4, more);
	/* The list's own two bytes come first and are not ours to give. */
	return cairn_pci_func_cap(&p->func, CAIRN_PCI_CAP_VENDOR, cap + 2,
				  type == CAP_WINDOW ? window + 2 : NULL, cap_len - 2, ret_off);
}

static int add_caps(struct cairn_virtio_pci *p)
{
	struct cairn_carrier *c = &p->carrier;
	struct cairn_pci_config_hook hook = cairn_virtio_pci_window_;
	uint8_t off;
	int r;

	r = add_cap(p, CAP_COMMON, COMMON_AT, COMMON_LEN, 0, &off);
	if (r == 0)
		r = add_cap(p, CAP_NOTIFY, NOTIFY_AT, NOTIFY_STEP * CAIRN_VDEV_MAX_QUEUES,
			    NOTIFY_STEP, &off);
	if (r == 0)
		r = add_cap(p, CAP_ISR, ISR_AT, 1, 0, &off);
	if (r == 0 && c->vdev->config_len)
		r = add_cap(p, CAP_DEVICE, CONFIG_AT, c->vdev->config_len, 0, &off);
	if (r == 0)
		r = add_cap(p, CAP_WINDOW, 0, 0, 0, &p->window_at);
	if (r < 0)
		return r;
	hook.off = (uint16_t)(p->window_at + hook.off);
	hook.ctx = p;
	return cairn_pci_func_hook(&p->func, &hook);
}

static void unbind_doorbells(struct cairn_virtio_pci *p)
{
	while (p->n_bells) {
		uint16_t i = --p->n_bells;

		(void)p->doorbells.del(p->doorbells.ctx, false, p->bells_at + i * NOTIFY_STEP, 0,
				       NULL, cairn_carrier_kick_fd(&p->carrier, i));
	}
}

/* Those that are not to be had are the bus's: the write comes to BAR 0. */
static void bind_doorbells(struct cairn_virtio_pci *p, uint64_t at)
{
	uint16_t n = cairn_carrier_n_queues(&p->carrier);

	p->bells_at = at;
	while (p->doorbells.add && p->n_bells < n) {
		uint16_t i = p->n_bells;

		if (p->doorbells.add(p->doorbells.ctx, false, at + i * NOTIFY_STEP, 0, NULL,
				     cairn_carrier_kick_fd(&p->carrier, i)) < 0)
			break;
		p->n_bells++;
	}
}

static void mapped(void *ctx, unsigned bar, uint64_t address)
{
	struct cairn_virtio_pci *p = ctx;

	if (bar != REGS_BAR)
		return;
	unbind_doorbells(p);
	if (address != CAIRN_PCI_UNMAPPED)
		bind_doorbells(p, address + NOTIFY_AT);
}

static void set_intx(void *ctx, bool high)
{
	struct cairn_virtio_pci *p = ctx;

	(void)p->intx->ops->set(p->intx, high);
}

static int build_msix(struct cairn_virtio_pci *p)
{
	int r;

	if (!p->msi.take)
		return 0;
	r = cairn_virtio_pci_msix_init_(p, (uint16_t)(p->carrier.vdev->n_queues + 1));
	if (r == 0)
		r = cairn_pci_func_bar(&p->func, MSIX_BAR, MSIX_LEN, 0, &cairn_virtio_pci_msix_ops_,
				       p);
	return r < 0 ? r : cairn_pci_func_msix(&p->func, &p->msix, MSIX_BAR);
}

static int build(struct cairn_virtio_pci *p, uint8_t intx_pin)
{
	uint32_t type = p->carrier.vdev->type;
	const struct cairn_pci_ids ids = { .vendor = CAIRN_VIRTIO_PCI_VENDOR,
					   .device = (uint16_t)(DEVICE_BASE + type),
					   .sub_vendor = CAIRN_VIRTIO_PCI_VENDOR,
					   .sub_device = (uint16_t)(SUBSYSTEM + type),
					   .class_code = class_of(type),
					   .revision = REVISION };
	const struct cairn_pci_owner owner = { .enter = cairn_virtio_pci_enter_,
					       .leave = cairn_virtio_pci_leave_,
					       .mapped = mapped,
					       .ctx = p };
	int r;

	cairn_pci_func_init(&p->func, &ids);
	r = cairn_pci_func_bar(&p->func, REGS_BAR, REGS_LEN, 0, &cairn_virtio_pci_regs_ops_, p);
	if (r == 0)
		r = build_msix(p);
	if (r == 0)
		r = add_caps(p);
	if (r == 0 && p->intx)
		r = cairn_pci_func_intx(&p->func, intx_pin, (struct cairn_line){ set_intx, p });
	return r < 0 ? r : cairn_pci_func_own(&p->func, &owner);
}

int cairn_virtio_pci_init(struct cairn_virtio_pci *p, const struct cairn_virtio_pci_desc *desc)
{
	int r;

	if (!desc->msi.take && !desc->intx)
		return -EINVAL;
	*p = (struct cairn_virtio_pci){ .intx = desc->intx,
					.msi = desc->msi,
					.doorbells = desc->doorbells };
	cairn_virtio_pci_forget_vectors_(p);
	r = cairn_carrier_init(&p->carrier,
			       &(struct cairn_carrier_desc){ .ops = &cairn_virtio_pci_carrier_ops_,
							     .vdev = desc->vdev,
							     .view = desc->view });
	if (r < 0)
		return r;
	pthread_mutex_init(&p->lock, NULL);
	r = build(p, desc->intx_pin);
	if (r < 0) {
		pthread_mutex_destroy(&p->lock);
		cairn_carrier_fini(&p->carrier);
	}
	return r;
}

void cairn_virtio_pci_fini(struct cairn_virtio_pci *p)
{
	unbind_doorbells(p);
	cairn_carrier_fini(&p->carrier);
	cairn_virtio_pci_put_lines_(p);
	if (p->intx)
		p->intx->ops->put(p->intx);
	p->intx = NULL;
	pthread_mutex_destroy(&p->lock);
}
