/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_mmio.c - virtio 1.2, 4.2. Version 1 (4.2.4) differs in three ways: a queue is one range of
 * pages, told by the number of the first; features are 32 bits without a handshake; and there is no
 * generation of the configuration.
 */
#include <fw/arch.h>
#include <fw/io.h>
#include <fw/virtio.h>

#define MAGIC_VALUE      0x74726976u
#define BYTES            0x200u
#define LEGACY_PAGE      4096u
#define LEGACY_LAST_PAGE UINT32_MAX

enum {
	MAGIC = 0x000,
	VERSION = 0x004,
	DEVICE_ID = 0x008,
	OFFERED = 0x010,
	OFFERED_SELECT = 0x014,
	ACCEPTED = 0x020,
	ACCEPTED_SELECT = 0x024,
	GUEST_PAGE = 0x028, /* version 1 */
	QUEUE_SELECT = 0x030,
	QUEUE_MAX = 0x034,
	QUEUE_SIZE = 0x038,
	QUEUE_ALIGN = 0x03c, /* version 1 */
	QUEUE_PAGE = 0x040,  /* version 1 */
	QUEUE_READY = 0x044,
	QUEUE_NOTIFY = 0x050,
	STATUS = 0x070,
	QUEUE_DESC = 0x080,
	QUEUE_DRIVER = 0x090,
	QUEUE_DEVICE = 0x0a0,
	GENERATION = 0x0fc,
	CONFIG = 0x100,
};

static uint32_t rd(const struct fw_virtio *v, uint32_t off)
{
	return fw_mmio_read(v->common_at + off, 4);
}

static void wr(const struct fw_virtio *v, uint32_t off, uint32_t value)
{
	fw_mmio_write(v->common_at + off, 4, value);
}

static uint32_t config_read(const struct fw_virtio *v, uint32_t off, uint32_t width)
{
	return fw_mmio_read(v->config_at + off, width);
}

static uint32_t generation(const struct fw_virtio *v)
{
	return v->is_legacy ? 0 : rd(v, GENERATION);
}

static uint32_t status(const struct fw_virtio *v)
{
	return rd(v, STATUS);
}

static void set_status(const struct fw_virtio *v, uint32_t status)
{
	wr(v, STATUS, status);
}

static uint32_t offered_word(const struct fw_virtio *v, uint32_t word)
{
	wr(v, OFFERED_SELECT, word);
	return rd(v, OFFERED);
}

static uint64_t offered(const struct fw_virtio *v)
{
	uint32_t low = offered_word(v, 0);

	return v->is_legacy ? low : low | (uint64_t)offered_word(v, 1) << 32;
}

static void accept(const struct fw_virtio *v, uint64_t features)
{
	for (uint32_t word = 0; word < (v->is_legacy ? 1u : 2u); word++) {
		wr(v, ACCEPTED_SELECT, word);
		wr(v, ACCEPTED, (uint32_t)(features >> 32 * word));
	}
	if (v->is_legacy)
		wr(v, GUEST_PAGE, LEGACY_PAGE);
}

static uint32_t queue_max(const struct fw_virtio *v, uint16_t index)
{
	wr(v, QUEUE_SELECT, index);
	return rd(v, QUEUE_MAX);
}

static void write64(const struct fw_virtio *v, uint32_t off, uint64_t value)
{
	wr(v, off, (uint32_t)value);
	wr(v, off + 4, (uint32_t)(value >> 32));
}

static int queue_set(const struct fw_virtio *v, struct fw_virtio_queue *q)
{
	q->bell_at = v->common_at + QUEUE_NOTIFY;
	wr(v, QUEUE_SELECT, q->index);
	wr(v, QUEUE_SIZE, q->size);
	if (v->is_legacy) {
		if (q->desc / LEGACY_PAGE > LEGACY_LAST_PAGE)
			return -EPROTO;
		wr(v, QUEUE_ALIGN, LEGACY_PAGE);
		wr(v, QUEUE_PAGE, (uint32_t)(q->desc / LEGACY_PAGE));
		return 0;
	}
	write64(v, QUEUE_DESC, q->desc);
	write64(v, QUEUE_DRIVER, q->driver);
	write64(v, QUEUE_DEVICE, q->device);
	wr(v, QUEUE_READY, 1);
	return 0;
}

static void notify(const struct fw_virtio *v, const struct fw_virtio_queue *q)
{
	fw_mmio_write(q->bell_at, 4, q->index);
}

static const struct fw_virtio_ops mmio_ops = {
	.config_read = config_read,
	.generation = generation,
	.status = status,
	.set_status = set_status,
	.offered = offered,
	.accept = accept,
	.queue_max = queue_max,
	.queue_set = queue_set,
	.notify = notify,
};

int fw_virtio_probe_mmio(struct fw_virtio *v, uint64_t at, struct cairn_err *err)
{
	uint32_t version;

	if (at % 4 != 0 || at > UINT64_MAX - BYTES || fw_arch_map_device(at, BYTES) < 0)
		return cairn_err_set(err, EPROTO, "an address that cannot be", at);
	*v = (struct fw_virtio){
		.ops = &mmio_ops,
		.at = { .bus = FW_BUS_MMIO, .mmio_at = at },
		.common_at = at,
		.config_at = at + CONFIG,
		.config_len = BYTES - CONFIG,
	};
	if (rd(v, MAGIC) != MAGIC_VALUE)
		return -ENODEV;
	version = rd(v, VERSION);
	v->type = rd(v, DEVICE_ID);
	if (v->type == 0)
		return -ENODEV;
	if (version != 1 && version != 2)
		return cairn_err_set(err, ENOTSUP, "a version of virtio-mmio to come", version);
	v->is_legacy = version == 1;
	return 0;
}
