/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A virtio-mmio device of either version that answers random bytes: registers, configuration, used
 * ring, and what requests bring, to the drivers of virtio-blk, virtio-scsi and virtio-rng.
 */
#include <cairn/virtq.h>

#include <fw/disks.h>
#include <fw/random.h>

#include "device_fuzz.h"

#define AT        UINT64_C(0x10000000)
#define PAUSE_NS  UINT64_C(200000000)
#define QUEUES    4u
#define CHAIN_MAX 128u

struct queue {
	uint64_t desc, driver, device;
	uint32_t size;
};

static struct {
	uint32_t version, id, status, select;
	struct queue queues[QUEUES];
	struct cairn_virtq ring;
	struct queue *ready; /* whose rings `ring` is on; NULL: none */
	uint8_t config[256];
	bool is_lying; /* in its registers too */
} dev;

static uint32_t u32(void)
{
	return cairn_reader_le32(&fuzz_bytes);
}

static uint32_t queue_max(void)
{
	return dev.is_lying ? u32() : 64;
}

static uint32_t mmio_read(uint64_t at, uint32_t width)
{
	uint64_t off = at - AT;

	fuzz_must(off < 0x200 && off % width == 0);
	if (off >= 0x100)
		return (uint32_t)cairn_le_load(dev.config + (off - 0x100), width);
	switch (off) {
	case 0x00:
		return 0x74726976;
	case 0x04:
		return dev.version;
	case 0x08:
		return dev.id;
	case 0x10:
		return u32() | (dev.select == 1);
	case 0x34:
		return queue_max();
	case 0x70:
		return dev.is_lying ? u32() : dev.status;
	default:
		return u32();
	}
}

/* Rings are memory, whatever the device said before. */
static void start(struct queue *q)
{
	static struct cairn_mem_region region;
	static struct cairn_mem mem;
	struct cairn_virtq_cfg cfg = { .mem = &mem, .size = (uint16_t)q->size };

	region = (struct cairn_mem_region){ .at = cairn_gpa_of((uint64_t)(uintptr_t)fuzz_ram),
					    .len_bytes = FUZZ_RAM_BYTES,
					    .host = fuzz_ram };
	fuzz_must(cairn_mem_init(&mem, &region, 1, NULL) == 0);
	fuzz_must(q->size > 0 && q->size <= FW_VIRTIO_QUEUE_MAX);
	fuzz_memory(q->desc, CAIRN_VIRTQ_DESC_BYTES(q->size));
	fuzz_memory(q->driver, CAIRN_VIRTQ_DRIVER_BYTES(q->size));
	fuzz_memory(q->device, CAIRN_VIRTQ_DEVICE_BYTES(q->size));
	cfg.desc = cairn_gpa_of(q->desc);
	cfg.driver = cairn_gpa_of(q->driver);
	cfg.device = cairn_gpa_of(q->device);
	fuzz_must(cairn_virtq_init(&dev.ring, &cfg) == 0);
	dev.ready = q;
}

/* A chain that the driver made is well made; it comes back full of random bytes. */
static bool answer(void)
{
	struct cairn_span spans[CHAIN_MAX];
	struct cairn_virtq_chain c = { .spans = spans, .cap = CHAIN_MAX };
	uint8_t bytes[160];
	int r = cairn_virtq_pop(&dev.ring, &c);
	uint8_t how = cairn_reader_u8(&fuzz_bytes);

	fuzz_must(r >= 0);
	if (r == 0)
		return false;
	memset(bytes, 0, sizeof(bytes));
	if (how & 1)
		fuzz_fill(bytes, sizeof(bytes));
	cairn_spans_write(c.spans + c.n_read, c.n_write, 0, bytes, sizeof(bytes));
	if (how & 2) {
		uint8_t status = 0;

		cairn_spans_write(c.spans + c.n_read, c.n_write, c.write_bytes - 1, &status, 1);
	}
	fuzz_must(
	    cairn_virtq_push(&dev.ring, &c, how & 4 ? u32() % c.write_bytes : c.write_bytes) == 0);
	return true;
}

static void scribble(void)
{
	uint32_t bytes = CAIRN_VIRTQ_DEVICE_BYTES(dev.ready->size);
	uint32_t at = u32() % (bytes - 2);

	fuzz_fill(fuzz_memory(dev.ready->device, bytes) + at, 2);
}

/* The device does something, or nothing. */
static void act(void)
{
	uint8_t what = cairn_reader_u8(&fuzz_bytes);

	if (!dev.ready)
		return;
	if (what % 8 == 7)
		scribble();
	else if (what % 8 != 6)
		while (answer())
			;
}

static void half(uint64_t *v, bool high, uint32_t value)
{
	*v = high ? (*v & UINT32_MAX) | (uint64_t)value << 32 : (*v >> 32 << 32) | value;
}

static void mmio_write(uint64_t at, uint32_t width, uint32_t value)
{
	uint64_t off = at - AT;
	struct queue *q = &dev.queues[dev.select % QUEUES];

	fuzz_must(off < 0x100 && width == 4);
	if (off == 0x14 || off == 0x24 || off == 0x30) {
		dev.select = value;
	} else if (off == 0x38) {
		q->size = value;
	} else if (off == 0x44) {
		start(q);
	} else if (off == 0x50) {
		act();
	} else if (off == 0x70) {
		dev.status = value;
		dev.ready = value ? dev.ready : NULL;
	} else if (off >= 0x80 && off < 0xa8) {
		half(off < 0x90 ? &q->desc : off < 0xa0 ? &q->driver : &q->device, off & 4, value);
	}
}

static void on_pause(void)
{
	test_ticks += PAUSE_NS;
	act();
}

static void drive(void)
{
	struct fw_block *disks[FW_SCSI_UNITS_MAX];
	struct cairn_err err;
	struct fw_virtio v;
	uint8_t bytes[40];
	uint32_t n = 1;
	int r;

	if (fw_virtio_probe_mmio(&v, AT, &err) < 0)
		return;
	if (dev.id == FW_VIRTIO_RNG) {
		if (fw_virtio_rng_open(&v, &err) == 0)
			(void)!fw_random(bytes, sizeof(bytes));
		fw_random_stop();
		return;
	}
	r = dev.id == FW_VIRTIO_BLK ? fw_virtio_blk_open(&v, &disks[0], &err)
				    : fw_virtio_scsi_open(&v, disks, FW_SCSI_UNITS_MAX, &n, &err);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		fuzz_use(disks[i]);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		disks[i]->ops->stop(disks[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint32_t ids[] = { FW_VIRTIO_BLK, FW_VIRTIO_SCSI, FW_VIRTIO_RNG };
	uint8_t what;

	fuzz_open(data, len);
	memset(&dev, 0, sizeof(dev));
	what = cairn_reader_u8(&fuzz_bytes);
	dev.id = ids[what % 3];
	dev.version = what & 128 ? 1 : 2;
	dev.is_lying = what & 64;
	fuzz_fill(dev.config, 40);
	if (what & 32 && dev.id == FW_VIRTIO_SCSI) {
		cairn_le_store(dev.config + 20, 4, 96);
		cairn_le_store(dev.config + 24, 4, 32);
		cairn_le_store(dev.config + 30, 2, 3);
	}
	test_mmio_read = mmio_read;
	test_mmio_write = mmio_write;
	test_on_pause = on_pause;
	drive();
	return 0;
}
