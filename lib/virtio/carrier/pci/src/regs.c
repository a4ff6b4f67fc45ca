/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* regs.c - BAR 0: the structures of virtio 1.2, 4.1.4, mapped onto the carrier. */
#include <cairn/math.h>

#include "private.h"

enum { /* struct virtio_pci_common_cfg (4.1.4.3); the width of each is in is_field() */
       R_FEATURES_SEL = 0x00,
       R_FEATURES = 0x04,
       R_ACKED_SEL = 0x08,
       R_ACKED = 0x0c,
       R_CONFIG_VECTOR = 0x10,
       R_NUM_QUEUES = 0x12,
       R_STATUS = 0x14,
       R_GENERATION = 0x15,
       R_QUEUE_SEL = 0x16,
       R_QUEUE_SIZE = 0x18,
       R_QUEUE_VECTOR = 0x1a,
       R_QUEUE_ENABLE = 0x1c,
       R_QUEUE_NOTIFY_OFF = 0x1e,
       R_QUEUE_DESC = 0x20,
       R_QUEUE_DRIVER = 0x28,
       R_QUEUE_DEVICE = 0x30,
       R_QUEUE_NOTIFY_DATA = 0x38,
       R_QUEUE_RESET = 0x3a,
};

static uint32_t get(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static uint16_t queue(const struct cairn_virtio_pci *p)
{
	return __atomic_load_n(&p->queue_sel, __ATOMIC_RELAXED);
}

static bool is_addr(uint64_t off)
{
	return off >= R_QUEUE_DESC && off < R_QUEUE_NOTIFY_DATA;
}

/* A driver accesses each field by its width; an address also by halves (4.1.3.1). Of the others
 * this is about the width only: the switches below know where they are. */
static bool is_field(uint64_t off, uint32_t len)
{
	if (is_addr(off))
		return (len == 4 || len == 8) && off % len == 0;
	if (off < R_CONFIG_VECTOR)
		return len == 4;
	if (off == R_STATUS || off == R_GENERATION)
		return len == 1;
	return len == 2;
}

/* The vector of the configuration or of the selected queue; NULL: no such queue. */
static uint16_t *vector_at(struct cairn_virtio_pci *p, uint64_t off)
{
	if (off == R_CONFIG_VECTOR)
		return &p->vectors[0];
	return queue(p) < cairn_carrier_n_queues(&p->carrier) ? &p->vectors[1 + queue(p)] : NULL;
}

static uint16_t read_vector(struct cairn_virtio_pci *p, uint64_t off)
{
	const uint16_t *v = vector_at(p, off);

	return v ? __atomic_load_n(v, __ATOMIC_RELAXED) : CAIRN_VIRTIO_PCI_NO_VECTOR;
}

/* A vector that there is not reads back as none: so the driver learns of it (4.1.5.1.2). */
static void write_vector(struct cairn_virtio_pci *p, uint64_t off, uint16_t vector)
{
	uint16_t *v = vector_at(p, off);
	bool exists = vector < p->msix.n; /* 0 without MSI-X */

	if (v)
		__atomic_store_n(v, exists ? vector : CAIRN_VIRTIO_PCI_NO_VECTOR, __ATOMIC_RELAXED);
}

static enum cairn_carrier_addr addr_of(uint64_t off)
{
	if (off >= R_QUEUE_DEVICE)
		return CAIRN_CARRIER_DEVICE;
	return off >= R_QUEUE_DRIVER ? CAIRN_CARRIER_DRIVER : CAIRN_CARRIER_DESC;
}

static uint64_t read_addr(struct cairn_virtio_pci *p, uint64_t off, uint32_t len)
{
	uint64_t addr = cairn_carrier_queue_addr(&p->carrier, queue(p), addr_of(off));

	if (len == 8)
		return addr;
	return off % 8 ? addr >> 32 : (uint32_t)addr;
}

static void write_addr(struct cairn_virtio_pci *p, uint64_t off, uint32_t len, uint64_t value)
{
	enum cairn_carrier_addr which = addr_of(off);

	cairn_carrier_queue_set_addr(&p->carrier, queue(p), which, off % 8, (uint32_t)value);
	if (len == 8)
		cairn_carrier_queue_set_addr(&p->carrier, queue(p), which, true,
					     (uint32_t)(value >> 32));
}

static uint64_t read_common(struct cairn_virtio_pci *p, uint64_t off, uint32_t len)
{
	struct cairn_carrier *c = &p->carrier;

	if (is_addr(off))
		return read_addr(p, off, len);
	switch (off) {
	case R_FEATURES_SEL:
		return get(&p->features_sel);
	case R_FEATURES:
		return cairn_carrier_offered(c, get(&p->features_sel));
	case R_ACKED_SEL:
		return get(&p->acked_sel);
	case R_ACKED:
		return cairn_carrier_acked(c, get(&p->acked_sel));
	case R_CONFIG_VECTOR:
	case R_QUEUE_VECTOR:
		return read_vector(p, off);
	case R_NUM_QUEUES:
		return cairn_carrier_n_queues(c);
	case R_STATUS:
		return cairn_carrier_status(c);
	case R_GENERATION:
		return (uint8_t)cairn_carrier_config_generation(c);
	case R_QUEUE_SEL:
		return queue(p);
	case R_QUEUE_SIZE:
		return cairn_carrier_queue_size(c, queue(p));
	case R_QUEUE_ENABLE:
		return cairn_carrier_queue_is_enabled(c, queue(p));
	case R_QUEUE_NOTIFY_OFF:
		return queue(p) < cairn_carrier_n_queues(c) ? queue(p) : 0;
	case R_QUEUE_RESET:
		return cairn_carrier_queue_is_resetting(c, queue(p));
	default: /* R_QUEUE_NOTIFY_DATA: the feature is not offered */
		return 0;
	}
}

static void write_common(struct cairn_virtio_pci *p, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_carrier *c = &p->carrier;
	uint32_t v = (uint32_t)value;

	if (is_addr(off)) {
		write_addr(p, off, len, value);
		return;
	}
	switch (off) {
	case R_FEATURES_SEL:
		__atomic_store_n(&p->features_sel, v, __ATOMIC_RELAXED);
		break;
	case R_ACKED_SEL:
		__atomic_store_n(&p->acked_sel, v, __ATOMIC_RELAXED);
		break;
	case R_ACKED:
		cairn_carrier_ack(c, get(&p->acked_sel), v);
		break;
	case R_CONFIG_VECTOR:
	case R_QUEUE_VECTOR:
		write_vector(p, off, (uint16_t)v);
		break;
	case R_STATUS:
		cairn_carrier_set_status(c, v, false); /* the driver polls for 0 (4.1.4.3.1) */
		break;
	case R_QUEUE_SEL:
		__atomic_store_n(&p->queue_sel, (uint16_t)v, __ATOMIC_RELAXED);
		break;
	case R_QUEUE_SIZE:
		cairn_carrier_queue_set_size(c, queue(p), v);
		break;
	case R_QUEUE_ENABLE: /* a driver may not write 0 */
		if (v == 1)
			cairn_carrier_queue_enable(c, queue(p));
		break;
	case R_QUEUE_RESET:
		if (v == 1)
			cairn_carrier_queue_reset(c, queue(p));
		break;
	default: /* read-only */
		break;
	}
}

static enum cairn_io regs_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct cairn_virtio_pci *p = ctx;

	*ret_value = 0;
	if (off >= CONFIG_AT) /* doorbells lie beyond any configuration: 0 */
		*ret_value = cairn_carrier_config_read(&p->carrier, off - CONFIG_AT, len);
	else if (off == ISR_AT && len == 1)
		*ret_value = cairn_virtio_pci_take_isr_(p);
	else if (is_field(off, len))
		*ret_value = read_common(p, off, len);
	return CAIRN_IO_DONE;
}

static enum cairn_io regs_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_virtio_pci *p = ctx;

	if (off >= NOTIFY_AT) { /* the place says which queue, whatever the value */
		if ((off - NOTIFY_AT) % NOTIFY_STEP == 0)
			cairn_carrier_kick(&p->carrier, (uint32_t)(off - NOTIFY_AT) / NOTIFY_STEP);
	} else if (off >= CONFIG_AT) {
		cairn_carrier_config_write(&p->carrier, off - CONFIG_AT, len, value);
	} else if (is_field(off, len)) {
		write_common(p, off, len, value);
	}
	return CAIRN_IO_DONE;
}

const struct cairn_bus_ops cairn_virtio_pci_regs_ops_ = { .read = regs_read, .write = regs_write };
