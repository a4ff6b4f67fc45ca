/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* driver.c - the suite's driver for virtio-mmio. */
#include "driver.h"

static void m_open(struct cairn_suite *s)
{
	static struct mmio_world w;

	w = (struct mmio_world){ .line = { .line.ops = &fake_line_ops } };
	s->transport = &w;
	assert_int_equal(cairn_virtio_mmio_init(&w.mmio,
						&(struct cairn_virtio_mmio_desc){
						    .vdev = &s->dev.vdev,
						    .view = s->view,
						    .line = &w.line.line,
						    .doorbells = { fake_add, fake_del, &w.bells },
						    .base = FAKE_BASE }),
			 0);
	cairn_carrier_interrupt(&w.mmio.carrier, true);
}

static void m_close(struct cairn_suite *s)
{
	struct mmio_world *w = mmio_of(s);

	cairn_virtio_mmio_fini(&w->mmio);
	assert_int_equal(w->bells.n, 0);
	assert_int_equal(w->line.puts, 1);
	assert_null(s->dev.vdev.host);
}

static uint32_t rd(struct cairn_suite *s, uint64_t off)
{
	return fake_read(&mmio_of(s)->mmio, off);
}

static void wr(struct cairn_suite *s, uint64_t off, uint32_t value)
{
	fake_write(&mmio_of(s)->mmio, off, value);
}

static void m_set_status(struct cairn_suite *s, uint32_t status)
{
	wr(s, 0x70, status);
}

static uint32_t m_status(struct cairn_suite *s)
{
	return rd(s, 0x70);
}

static uint64_t m_offered(struct cairn_suite *s)
{
	uint64_t low;

	wr(s, 0x14, 2);
	assert_int_equal(rd(s, 0x10), 0);
	wr(s, 0x14, 0);
	low = rd(s, 0x10);
	wr(s, 0x14, 1);
	return (uint64_t)rd(s, 0x10) << 32 | low;
}

static void m_ack(struct cairn_suite *s, uint32_t sel, uint32_t bits)
{
	wr(s, 0x24, sel);
	wr(s, 0x20, bits);
}

static uint32_t m_queue_max(struct cairn_suite *s, uint32_t q)
{
	wr(s, 0x30, q);
	return rd(s, 0x34);
}

static uint32_t m_queue_size(struct cairn_suite *s, uint32_t q)
{
	return cairn_carrier_queue_size(&mmio_of(s)->mmio.carrier, q);
}

static void m_set_queue_size(struct cairn_suite *s, uint32_t q, uint32_t size)
{
	wr(s, 0x30, q);
	wr(s, 0x38, size);
}

static void wr64(struct cairn_suite *s, uint64_t off, uint64_t value)
{
	wr(s, off, (uint32_t)value);
	wr(s, off + 4, (uint32_t)(value >> 32));
}

static void m_set_queue_addr(struct cairn_suite *s, uint32_t q, uint64_t desc, uint64_t driver,
			     uint64_t device)
{
	wr(s, 0x30, q);
	wr64(s, 0x80, desc);
	wr64(s, 0x90, driver);
	wr64(s, 0xa0, device);
}

static void m_enable(struct cairn_suite *s, uint32_t q)
{
	wr(s, 0x30, q);
	wr(s, 0x44, 1);
}

static void m_stop(struct cairn_suite *s, uint32_t q)
{
	wr(s, 0x30, q);
	wr(s, 0x44, 0);
}

static bool m_is_enabled(struct cairn_suite *s, uint32_t q)
{
	wr(s, 0x30, q);
	return rd(s, 0x44);
}

static bool m_is_stopped(struct cairn_suite *s, uint32_t q)
{
	return !m_is_enabled(s, q);
}

static void m_queue_reset(struct cairn_suite *s, uint32_t q)
{
	wr(s, 0x30, q);
	wr(s, 0xc0, 1);
}

static bool m_is_resetting(struct cairn_suite *s, uint32_t q)
{
	wr(s, 0x30, q);
	return rd(s, 0xc0);
}

static void m_kick(struct cairn_suite *s, uint32_t q)
{
	wr(s, 0x50, q);
}

static uint64_t m_config_read(struct cairn_suite *s, uint32_t off, uint32_t len)
{
	uint64_t value = 0;

	(void)cairn_virtio_mmio_bus_ops.read(&mmio_of(s)->mmio, 0x100 + off, len, &value);
	return value;
}

static void m_config_write(struct cairn_suite *s, uint32_t off, uint32_t len, uint64_t value)
{
	(void)cairn_virtio_mmio_bus_ops.write(&mmio_of(s)->mmio, 0x100 + off, len, value);
}

static uint32_t m_generation(struct cairn_suite *s)
{
	return rd(s, 0xfc);
}

/* The edges that came for this reason since the last time: ISR and line say the same. */
static unsigned int take(struct cairn_suite *s, uint32_t why)
{
	struct mmio_world *w = mmio_of(s);
	unsigned int edges = w->line.edges;

	if (!(rd(s, 0x60) & why))
		return 0;
	wr(s, 0x64, why);
	assert_false(rd(s, 0x60) & why);
	w->line.edges = 0;
	return edges;
}

static unsigned int m_take_queue_irqs(struct cairn_suite *s)
{
	return take(s, 1);
}

static unsigned int m_take_config_irqs(struct cairn_suite *s)
{
	return take(s, 2);
}

static struct cairn_carrier *m_carrier(struct cairn_suite *s)
{
	return &mmio_of(s)->mmio.carrier;
}

static const struct cairn_suite_regs mmio_regs = {
	.set_status = m_set_status,
	.status = m_status,
	.ack = m_ack,
	.queue_max = m_queue_max,
	.queue_size = m_queue_size,
	.set_queue_size = m_set_queue_size,
	.set_queue_addr = m_set_queue_addr,
	.enable = m_enable,
	.is_enabled = m_is_enabled,
	.generation = m_generation,
	.carrier = m_carrier,
};

const struct cairn_suite_ops mmio_suite_ops = {
	CAIRN_SUITE_REGISTER_OPS,
	.name = "virtio-mmio",
	.lacks = CAIRN_SUITE_REGISTER_LACKS,
	.open = m_open,
	.close = m_close,
	.offered = m_offered,
	.kick = m_kick,
	.config_read = m_config_read,
	.config_write = m_config_write,
	.take_queue_irqs = m_take_queue_irqs,
	.take_config_irqs = m_take_config_irqs,
	.stop = m_stop,
	.is_stopped = m_is_stopped,
	.queue_reset = m_queue_reset,
	.is_resetting = m_is_resetting,
	.regs = &mmio_regs,
};
