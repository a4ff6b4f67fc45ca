/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "scripted.h"

#include <sys/mman.h>

#include <cairn/le.h>

#include <fw/platform.h>

struct scripted scripted;

static struct scripted_queue *queue_of(struct scripted *s)
{
	return &s->queues[s->select % SCRIPTED_QUEUES];
}

static uint32_t read_status(struct scripted *s)
{
	uint32_t v = s->status;

	if (s->needs_reset && v & FW_VIRTIO_DRIVER_OK)
		v |= FW_VIRTIO_NEEDS_RESET;
	return v;
}

static uint32_t read_register(struct scripted *s, uint64_t off)
{
	switch (off) {
	case 0x00:
		return s->magic;
	case 0x04:
		return s->version;
	case 0x08:
		return s->id;
	case 0x10:
		return s->feature_word > 1 ? 0 : (uint32_t)(s->offered >> 32 * s->feature_word);
	case 0x34:
		return s->queue_max;
	case 0x44:
		return queue_of(s)->is_ready;
	case 0x70:
		return read_status(s);
	case 0xfc:
		return s->changes_generation ? ++s->generation : s->generation;
	default:
		return 0;
	}
}

static enum cairn_io on_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct scripted *s = ctx;

	if (off >= 0x100)
		*ret_value = cairn_le_load(s->config + (off - 0x100), len);
	else if (len == 4)
		*ret_value = read_register(s, off);
	else
		return CAIRN_IO_BAD;
	return CAIRN_IO_DONE;
}

static void start_ring(struct scripted *s, struct scripted_queue *q)
{
	const struct cairn_virtq_cfg cfg = {
		.mem = s->mem,
		.size = (uint16_t)q->size,
		.desc = cairn_gpa_of(q->desc),
		.driver = cairn_gpa_of(q->driver),
		.device = cairn_gpa_of(q->device),
		.features = s->accepted,
	};

	assert_int_equal(cairn_virtq_init(&q->ring, &cfg), 0);
	q->is_ready = true;
}

/* Version 1: one range of pages holds all three. */
static void start_legacy(struct scripted *s, struct scripted_queue *q, uint32_t page)
{
	assert_int_equal(s->page_bytes, 4096);
	assert_true(s->align == 4096 && q->size > 0);
	q->desc = (uint64_t)page * s->page_bytes;
	q->driver = q->desc + CAIRN_VIRTQ_DESC_BYTES(q->size);
	q->device = (q->driver + CAIRN_VIRTQ_DRIVER_BYTES(q->size) + 4095) / 4096 * 4096;
	start_ring(s, q);
}

static void half(uint64_t *v, bool high, uint32_t value)
{
	*v = high ? (*v & UINT32_MAX) | (uint64_t)value << 32 : (*v >> 32 << 32) | value;
}

static void write_status(struct scripted *s, uint32_t value)
{
	if (value == 0) {
		s->n_resets++;
		memset(s->queues, 0, sizeof(s->queues));
		if (s->ignores_reset)
			return;
	}
	s->status = s->refuses_features ? value & ~(uint32_t)FW_VIRTIO_FEATURES_OK : value;
}

/* A request of virtio-blk: a read of the disk, or nothing. */
static uint32_t answer(struct scripted *s, struct cairn_virtq_chain *c)
{
	struct {
		cairn_le32 type, reserved;
		cairn_le64 sector;
	} head;
	uint64_t off;
	uint32_t data = c->write_bytes - 1;

	s->n_requests++;
	assert_int_equal(cairn_spans_read(c->spans, c->n_read, 0, &head, sizeof(head)),
			 sizeof(head));
	off = cairn_le64_get(head.sector) * 512;
	if (cairn_le32_get(head.type) == 0) {
		uint32_t n = c->n_write - 1u;

		assert_true(off + data <= SCRIPTED_DISK);
		cairn_spans_write(c->spans + c->n_read, c->n_write, 0, s->disk + off, data);
		s->n_segments_max = n > s->n_segments_max ? n : s->n_segments_max;
		for (uint32_t i = 0; i < n; i++)
			if (c->spans[c->n_read + i].len > s->segment_max)
				s->segment_max = (uint32_t)c->spans[c->n_read + i].len;
	}
	cairn_spans_write(c->spans + c->n_read, c->n_write, data, &s->status_byte, 1);
	return c->write_bytes;
}

static void serve(struct scripted *s, struct scripted_queue *q)
{
	struct cairn_span spans[128];
	struct cairn_virtq_chain c = { .spans = spans, .cap = 128 };

	while (cairn_virtq_pop(&q->ring, &c) > 0)
		assert_int_equal(cairn_virtq_push(&q->ring, &c, answer(s, &c)), 0);
}

static void notified(struct scripted *s, uint32_t index)
{
	struct scripted_queue *q = &s->queues[index % SCRIPTED_QUEUES];

	s->n_notified++;
	if (q->is_ready && s->serve)
		s->serve(s, q);
	else if (q->is_ready)
		serve(s, q);
}

static void write_queue(struct scripted *s, uint64_t off, uint32_t value)
{
	struct scripted_queue *q = queue_of(s);

	switch (off) {
	case 0x38:
		q->size = value;
		break;
	case 0x3c:
		s->align = value;
		break;
	case 0x40:
		start_legacy(s, q, value);
		break;
	case 0x44:
		start_ring(s, q);
		break;
	case 0x80:
	case 0x84:
		half(&q->desc, off & 4, value);
		break;
	case 0x90:
	case 0x94:
		half(&q->driver, off & 4, value);
		break;
	case 0xa0:
	case 0xa4:
		half(&q->device, off & 4, value);
		break;
	}
}

static enum cairn_io on_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct scripted *s = ctx;

	if (off == 0x14 || off == 0x24)
		s->feature_word = (uint32_t)value;
	else if (off == 0x20 && s->feature_word < 2)
		half(&s->accepted, s->feature_word, (uint32_t)value);
	else if (off == 0x28)
		s->page_bytes = (uint32_t)value;
	else if (off == 0x30)
		s->select = (uint32_t)value;
	else if (off == 0x50)
		notified(s, (uint32_t)value);
	else if (off == 0x70)
		write_status(s, (uint32_t)value);
	else
		write_queue(s, off, (uint32_t)value);
	return CAIRN_IO_DONE;
}

static const struct cairn_bus_ops scripted_ops = { on_read, on_write };

void scripted_plug(uint32_t version)
{
	const struct cairn_bus_region region = { .base = WORLD_MMIO,
						 .len = CAIRN_VIRTIO_MMIO_LEN,
						 .ops = &scripted_ops,
						 .ctx = &scripted };

	memset(&scripted, 0, sizeof(scripted));
	scripted.mem = cairn_memview_mem(world.view);
	scripted.magic = 0x74726976;
	scripted.version = version;
	scripted.id = FW_VIRTIO_BLK;
	scripted.queue_max = 256;
	scripted.offered = version == 1 ? 0 : CAIRN_VIRTIO_F_VERSION_1;
	cairn_le_store(scripted.config, 8, SCRIPTED_DISK / 512);
	for (size_t i = 0; i < SCRIPTED_DISK; i++)
		scripted.disk[i] = (uint8_t)(i / 512 * 7 + i);
	assert_int_equal(cairn_bus_add(&world.mem, &region), 0);
}

#define LOW_AT    UINT64_C(0x20000000)
#define LOW_BYTES (UINT64_C(1) << 22)

static struct cairn_mem_region low_region;
static struct cairn_mem low_mem;

void scripted_open_low_ram(void)
{
	void *ram = mmap((void *)(uintptr_t)LOW_AT, LOW_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	assert_ptr_equal(ram, (void *)(uintptr_t)LOW_AT);
	low_region = (struct cairn_mem_region){ .at = cairn_gpa_of(LOW_AT),
						.len_bytes = LOW_BYTES,
						.host = ram };
	assert_int_equal(cairn_mem_init(&low_mem, &low_region, 1, NULL), 0);
	scripted.mem = &low_mem;
	world.ram = ram;
	memset(&fw_platform.memory, 0, sizeof(fw_platform.memory));
	assert_int_equal(fw_memory_describe(&fw_platform.memory, LOW_AT + LOW_BYTES / 2,
					    LOW_BYTES / 2, FW_MEM_FREE, FW_MEM_ATTR_WB),
			 0);
}

void scripted_close_low_ram(void)
{
	munmap(low_region.host, LOW_BYTES);
}

void scripted_use(struct scripted_queue *q, uint32_t id, uint32_t len, uint16_t by)
{
	uint8_t *used = (uint8_t *)(uintptr_t)q->device;
	uint16_t idx = (uint16_t)cairn_le_load(used + 2, 2);

	cairn_le_store(used + 4 + 8 * (idx % q->size), 4, id);
	cairn_le_store(used + 8 + 8 * (idx % q->size), 4, len);
	cairn_le_store(used + 2, 2, (uint16_t)(idx + by));
}

void scripted_never(struct scripted *s, struct scripted_queue *q)
{
}
