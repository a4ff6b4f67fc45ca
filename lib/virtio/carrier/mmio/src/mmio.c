/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* mmio.c - the registers of virtio 1.2, 4.2.2, mapped onto the carrier. */
#include <cairn/virtio_mmio.h>

#define MAGIC     0x74726976u /* "virt" */
#define VERSION   2u
#define VENDOR    0x6e726163u /* "carn" */
#define CONFIG    0x100u
#define NO_REGION 0xffffffffu /* length and base of a shared memory region that is not there */

enum {
	R_MAGIC = 0x00,
	R_VERSION = 0x04,
	R_DEVICE_ID = 0x08,
	R_VENDOR_ID = 0x0c,
	R_DEVICE_FEATURES = 0x10,
	R_DEVICE_FEATURES_SEL = 0x14,
	R_DRIVER_FEATURES = 0x20,
	R_DRIVER_FEATURES_SEL = 0x24,
	R_QUEUE_SEL = 0x30,
	R_QUEUE_NUM_MAX = 0x34,
	R_QUEUE_NUM = 0x38,
	R_QUEUE_READY = 0x44,
	R_QUEUE_NOTIFY = CAIRN_VIRTIO_MMIO_NOTIFY,
	R_INTERRUPT_STATUS = 0x60,
	R_INTERRUPT_ACK = 0x64,
	R_STATUS = 0x70,
	R_QUEUE_DESC = 0x80,
	R_QUEUE_DRIVER = 0x90,
	R_QUEUE_DEVICE = 0xa0,
	R_HIGH = 4, /* added to the three above */
	R_SHM_LEN_LOW = 0xb0,
	R_SHM_LEN_HIGH = 0xb4,
	R_SHM_BASE_LOW = 0xb8,
	R_SHM_BASE_HIGH = 0xbc,
	R_QUEUE_RESET = 0xc0,
	R_CONFIG_GENERATION = 0xfc,
};

enum { ISR_QUEUE = 1, ISR_CONFIG = 2 };

static struct cairn_virtio_mmio *to_mmio(struct cairn_carrier *c)
{
	return cairn_container_of(c, struct cairn_virtio_mmio, carrier);
}

static uint32_t get(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static void set(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/* The reason first, then the edge: whoever takes the interrupt sees why. */
static void raise_irq(struct cairn_virtio_mmio *m, uint32_t why)
{
	__atomic_fetch_or(&m->isr, why, __ATOMIC_SEQ_CST);
	(void)m->line->ops->set(m->line, true);
	(void)m->line->ops->set(m->line, false);
}

static void mmio_queue_signal(struct cairn_carrier *c, uint16_t index)
{
	raise_irq(to_mmio(c), ISR_QUEUE);
}

static void mmio_config_signal(struct cairn_carrier *c)
{
	raise_irq(to_mmio(c), ISR_CONFIG);
}

static void mmio_fresh(struct cairn_carrier *c)
{
	struct cairn_virtio_mmio *m = to_mmio(c);

	set(&m->features_sel, 0);
	set(&m->acked_sel, 0);
	set(&m->queue_sel, 0);
	set(&m->isr, 0);
}

static const struct cairn_carrier_ops mmio_ops = {
	.size = sizeof(mmio_ops),
	.queue_signal = mmio_queue_signal,
	.config_signal = mmio_config_signal,
	.fresh = mmio_fresh,
};

static void unbind_doorbells(struct cairn_virtio_mmio *m)
{
	while (m->n_doorbells) {
		uint64_t match = --m->n_doorbells;

		(void)m->doorbells.del(m->doorbells.ctx, false, m->base + R_QUEUE_NOTIFY, 4, &match,
				       cairn_carrier_kick_fd(&m->carrier, (uint32_t)match));
	}
}

static int bind_doorbells(struct cairn_virtio_mmio *m)
{
	uint16_t n = cairn_carrier_n_queues(&m->carrier);

	for (uint64_t match = 0; m->doorbells.add && match < n; match++) {
		int r =
		    m->doorbells.add(m->doorbells.ctx, false, m->base + R_QUEUE_NOTIFY, 4, &match,
				     cairn_carrier_kick_fd(&m->carrier, (uint32_t)match));

		if (r == -ENOTSUP) /* the others come over the bus */
			break;
		if (r < 0) {
			unbind_doorbells(m);
			return r;
		}
		m->n_doorbells++;
	}
	return 0;
}

int cairn_virtio_mmio_init(struct cairn_virtio_mmio *m, const struct cairn_virtio_mmio_desc *desc)
{
	int r;

	*m = (struct cairn_virtio_mmio){ .line = desc->line,
					 .doorbells = desc->doorbells,
					 .base = desc->base };
	r = cairn_carrier_init(&m->carrier, &(struct cairn_carrier_desc){ .ops = &mmio_ops,
									  .vdev = desc->vdev,
									  .view = desc->view });
	if (r < 0)
		return r;
	r = bind_doorbells(m);
	if (r < 0)
		cairn_carrier_fini(&m->carrier);
	return r;
}

void cairn_virtio_mmio_fini(struct cairn_virtio_mmio *m)
{
	unbind_doorbells(m);
	cairn_carrier_fini(&m->carrier);
	m->line->ops->put(m->line);
	m->line = NULL;
}

static uint32_t read_register(struct cairn_virtio_mmio *m, uint64_t off)
{
	struct cairn_carrier *c = &m->carrier;

	switch (off) {
	case R_MAGIC:
		return MAGIC;
	case R_VERSION:
		return VERSION;
	case R_DEVICE_ID:
		return c->vdev->type;
	case R_VENDOR_ID:
		return VENDOR;
	case R_DEVICE_FEATURES:
		return cairn_carrier_offered(c, get(&m->features_sel));
	case R_QUEUE_NUM_MAX:
		return cairn_carrier_queue_max(c, get(&m->queue_sel));
	case R_QUEUE_READY:
		return cairn_carrier_queue_is_enabled(c, get(&m->queue_sel));
	case R_INTERRUPT_STATUS:
		return __atomic_load_n(&m->isr, __ATOMIC_SEQ_CST);
	case R_STATUS:
		return cairn_carrier_status(c);
	case R_SHM_LEN_LOW:
	case R_SHM_LEN_HIGH:
	case R_SHM_BASE_LOW:
	case R_SHM_BASE_HIGH:
		return NO_REGION;
	case R_QUEUE_RESET:
		return cairn_carrier_queue_is_resetting(c, get(&m->queue_sel));
	case R_CONFIG_GENERATION:
		return cairn_carrier_config_generation(c);
	default: /* write-only, or nothing */
		return 0;
	}
}

static void write_addr(struct cairn_virtio_mmio *m, uint64_t off, uint32_t value)
{
	enum cairn_carrier_addr which = CAIRN_CARRIER_DESC;

	if (off >= R_QUEUE_DEVICE)
		which = CAIRN_CARRIER_DEVICE;
	else if (off >= R_QUEUE_DRIVER)
		which = CAIRN_CARRIER_DRIVER;
	cairn_carrier_queue_set_addr(&m->carrier, get(&m->queue_sel), which, off & R_HIGH, value);
}

static void write_ready(struct cairn_virtio_mmio *m, uint32_t value)
{
	if (value == 1)
		cairn_carrier_queue_enable(&m->carrier, get(&m->queue_sel));
	else if (value == 0)
		cairn_carrier_queue_disable(&m->carrier, get(&m->queue_sel));
}

static void write_register(struct cairn_virtio_mmio *m, uint64_t off, uint32_t value)
{
	struct cairn_carrier *c = &m->carrier;

	switch (off) {
	case R_DEVICE_FEATURES_SEL:
		set(&m->features_sel, value);
		break;
	case R_DRIVER_FEATURES:
		cairn_carrier_ack(c, get(&m->acked_sel), value);
		break;
	case R_DRIVER_FEATURES_SEL:
		set(&m->acked_sel, value);
		break;
	case R_QUEUE_SEL:
		set(&m->queue_sel, value);
		break;
	case R_QUEUE_NUM:
		cairn_carrier_queue_set_size(c, get(&m->queue_sel), value);
		break;
	case R_QUEUE_READY:
		write_ready(m, value);
		break;
	case R_QUEUE_NOTIFY:
		cairn_carrier_kick(c, value);
		break;
	case R_INTERRUPT_ACK:
		__atomic_fetch_and(&m->isr, ~value, __ATOMIC_SEQ_CST);
		break;
	case R_STATUS:
		cairn_carrier_set_status(c, value, true);
		break;
	case R_QUEUE_DESC:
	case R_QUEUE_DESC + R_HIGH:
	case R_QUEUE_DRIVER:
	case R_QUEUE_DRIVER + R_HIGH:
	case R_QUEUE_DEVICE:
	case R_QUEUE_DEVICE + R_HIGH:
		write_addr(m, off, value);
		break;
	case R_QUEUE_RESET:
		if (value == 1)
			cairn_carrier_queue_reset(c, get(&m->queue_sel));
		break;
	default: /* read-only, or nothing */
		break;
	}
}

static bool is_register(uint64_t off, uint32_t len)
{
	return off < CONFIG && len == 4;
}

static enum cairn_io mmio_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct cairn_virtio_mmio *m = ctx;

	*ret_value = 0;
	if (off >= CONFIG)
		*ret_value = cairn_carrier_config_read(&m->carrier, off - CONFIG, len);
	else if (is_register(off, len))
		*ret_value = read_register(m, off);
	return CAIRN_IO_DONE;
}

static enum cairn_io mmio_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_virtio_mmio *m = ctx;

	if (off >= CONFIG)
		cairn_carrier_config_write(&m->carrier, off - CONFIG, len, value);
	else if (is_register(off, len))
		write_register(m, off, (uint32_t)value);
	return CAIRN_IO_DONE;
}

const struct cairn_bus_ops cairn_virtio_mmio_bus_ops = { .read = mmio_read, .write = mmio_write };
