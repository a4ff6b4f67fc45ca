/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* virtio.c - what does not depend on where the registers are. */
#include <fw/virtio.h>

#include <fw/arch.h>
#include <fw/clock.h>

#include "pages.h"

#define RING_ALIGN     4096u /* of the used ring; what version 1 wants, good for the others too */
#define LOOK_NS        UINT64_C(100000000) /* between looks at the status of who does not answer */
#define GENERATION_MAX 8u

/* A queue's pages: descriptors and available ring, the used ring, slots (not the device's). */
struct layout {
	uint64_t driver, device, slots, bytes;
};

static uint64_t round_up(uint64_t v)
{
	return (v + RING_ALIGN - 1) / RING_ALIGN * RING_ALIGN;
}

static struct layout layout_of(uint16_t size)
{
	struct layout l;

	l.driver = CAIRN_VIRTQ_DESC_BYTES(size);
	l.device = round_up(l.driver + CAIRN_VIRTQ_DRIVER_BYTES(size));
	l.slots = round_up(l.device + CAIRN_VIRTQ_DEVICE_BYTES(size));
	l.bytes = l.slots + size * sizeof(struct cairn_virtq_slot);
	return l;
}

static int reset(const struct fw_virtio *v)
{
	uint64_t start = fw_clock_ns();

	v->ops->set_status(v, 0);
	while (v->ops->status(v) != 0) {
		if (fw_clock_ns() - start > FW_VIRTIO_RESET_NS)
			return -ETIMEDOUT;
		fw_arch_pause();
	}
	return 0;
}

static int negotiate(struct fw_virtio *v, uint64_t wanted, struct cairn_err *err)
{
	uint64_t offered = v->ops->offered(v);
	uint32_t status = FW_VIRTIO_ACKNOWLEDGE | FW_VIRTIO_DRIVER;

	v->features = offered & wanted;
	if (v->is_legacy) {
		v->features &= UINT32_MAX;
		v->ops->accept(v, v->features);
		return 0;
	}
	if (!(offered & CAIRN_VIRTIO_F_VERSION_1))
		return cairn_err_set(err, ENOTSUP, "the device offers no VERSION_1", offered);
	v->features |= CAIRN_VIRTIO_F_VERSION_1;
	v->ops->accept(v, v->features);
	v->ops->set_status(v, status | FW_VIRTIO_FEATURES_OK);
	if (v->ops->status(v) & FW_VIRTIO_FEATURES_OK)
		return 0;
	if (offered & FW_VIRTIO_F_ACCESS_PLATFORM)
		return cairn_err_set(err, ENOTSUP, "the device is behind an IOMMU", offered);
	return cairn_err_set(err, ENOTSUP, "the device wants other features", offered);
}

int fw_virtio_start(struct fw_virtio *v, uint64_t wanted, struct cairn_err *err)
{
	if (v->pci)
		fw_pci_enable(v->pci, true);
	if (reset(v) < 0)
		return cairn_err_set(err, ETIMEDOUT, "the reset does not end", 0);
	v->ops->set_status(v, FW_VIRTIO_ACKNOWLEDGE);
	v->ops->set_status(v, FW_VIRTIO_ACKNOWLEDGE | FW_VIRTIO_DRIVER);
	return negotiate(v, wanted, err);
}

/* The largest power of two that both sides can. */
static uint16_t size_of(uint32_t max)
{
	uint16_t size = FW_VIRTIO_QUEUE_MAX;

	while (size > max)
		size /= 2;
	return size;
}

static int set_rings(struct fw_virtio *v, struct fw_virtio_queue *q, const struct layout *l)
{
	uint8_t *base = (uint8_t *)(uintptr_t)q->pages_at;
	struct cairn_virtq_driver_cfg cfg = {
		.size = q->size,
		.desc = base,
		.driver = base + l->driver,
		.device = base + l->device,
		.slots = (struct cairn_virtq_slot *)(void *)(base + l->slots),
		.features = v->features,
		.any_length = q->any_length,
	};
	int r = cairn_virtq_driver_init(&q->ring, &cfg);

	if (r < 0)
		return r;
	cairn_virtq_driver_disable_interrupts(&q->ring);
	q->desc = q->pages_at;
	q->driver = q->pages_at + l->driver;
	q->device = q->pages_at + l->device;
	return v->ops->queue_set(v, q);
}

int fw_virtio_queue_init(struct fw_virtio *v, struct fw_virtio_queue *q, uint16_t index)
{
	uint16_t size = size_of(v->ops->queue_max(v, index));
	struct layout l;
	void *pages;

	if (size == 0 || (q->pages_at && size != q->size))
		return -EPROTO;
	l = layout_of(size);
	if (q->pages_at == 0) {
		if (fw_pages_take_(l.bytes, &pages) < 0)
			return -ENOMEM;
		q->pages_at = fw_address_(pages);
	}
	q->index = index;
	q->size = size;
	return set_rings(v, q, &l);
}

void fw_virtio_run(struct fw_virtio *v)
{
	v->ops->set_status(v, v->ops->status(v) | FW_VIRTIO_DRIVER_OK);
}

int fw_virtio_stop(struct fw_virtio *v, struct fw_virtio_queue *queues, uint32_t n)
{
	int r = reset(v);

	if (v->pci)
		fw_pci_enable(v->pci, false);
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		struct fw_virtio_queue *q = &queues[i];

		if (q->pages_at)
			fw_pages_give_((void *)(uintptr_t)q->pages_at, layout_of(q->size).bytes);
		*q = (struct fw_virtio_queue){ 0 };
	}
	return r;
}

void fw_virtio_submit(struct fw_virtio *v, struct fw_virtio_queue *q)
{
	cairn_virtq_driver_publish(&q->ring);
	if (!cairn_virtq_driver_must_kick(&q->ring))
		return;
	v->notifications++;
	v->ops->notify(v, q);
}

/* A device that is well, as far as it says. */
static bool is_well(const struct fw_virtio *v)
{
	uint32_t status = v->ops->status(v);

	return status & FW_VIRTIO_DRIVER_OK && !(status & FW_VIRTIO_NEEDS_RESET);
}

int fw_virtio_wait(struct fw_virtio *v, struct fw_virtio_queue *q, uint64_t limit_ns,
		   uint16_t *ret_head, uint32_t *ret_written)
{
	uint64_t start = fw_clock_ns(), look = LOOK_NS;

	for (;;) {
		int r = cairn_virtq_driver_get(&q->ring, ret_head, ret_written);
		uint64_t waited;

		if (r != 0)
			return r < 0 ? r : 0;
		waited = fw_clock_ns() - start;
		if (waited > limit_ns || (waited > look && !is_well(v)))
			return -ETIMEDOUT;
		if (waited > look)
			look += LOOK_NS;
		fw_arch_pause();
	}
}

uint32_t fw_virtio_config(const struct fw_virtio *v, uint32_t off, uint32_t width)
{
	if (off > v->config_len || width > v->config_len - off)
		return 0;
	return v->ops->config_read(v, off, width);
}

uint64_t fw_virtio_config64(const struct fw_virtio *v, uint32_t off)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < GENERATION_MAX; i++) {
		uint32_t before = v->ops->generation(v);

		value = fw_virtio_config(v, off, 4) | (uint64_t)fw_virtio_config(v, off + 4, 4)
							  << 32;
		if (v->ops->generation(v) == before)
			break;
	}
	return value;
}
