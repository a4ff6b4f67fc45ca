/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* virtio_pci.c - virtio 1.2, 4.1, without the legacy interface. */
#include <cairn/math.h>

#include <fw/io.h>
#include <fw/virtio.h>

#define VENDOR           0x1af4u
#define DEVICE_LEGACY    0x1000u /* to 0x103f: transitional, the type is the subsystem's */
#define DEVICE_MODERN    0x1040u
#define DEVICE_LAST      0x107fu

#define CAP_BYTES        16u
#define NOTIFY_CAP_BYTES 20u

enum { CFG_COMMON = 1, CFG_NOTIFY = 2, CFG_DEVICE = 4 };

enum { /* virtio 1.2, 4.1.4.3 */
       OFFERED_SELECT = 0x00,
       OFFERED = 0x04,
       ACCEPTED_SELECT = 0x08,
       ACCEPTED = 0x0c,
       CONFIG_VECTOR = 0x10,
       STATUS = 0x14,
       GENERATION = 0x15,
       QUEUE_SELECT = 0x16,
       QUEUE_SIZE = 0x18,
       QUEUE_VECTOR = 0x1a,
       QUEUE_ENABLE = 0x1c,
       QUEUE_NOTIFY = 0x1e,
       QUEUE_DESC = 0x20,
       QUEUE_DRIVER = 0x28,
       QUEUE_DEVICE = 0x30,
       COMMON_BYTES = 0x38,
};

static uint32_t config_read(const struct fw_virtio *v, uint32_t off, uint32_t width)
{
	return fw_mmio_read(v->config_at + off, width);
}

static uint32_t generation(const struct fw_virtio *v)
{
	return fw_mmio_read(v->common_at + GENERATION, 1);
}

static uint32_t status(const struct fw_virtio *v)
{
	return fw_mmio_read(v->common_at + STATUS, 1);
}

static void set_status(const struct fw_virtio *v, uint32_t status)
{
	fw_mmio_write(v->common_at + STATUS, 1, status);
}

static uint32_t offered_word(const struct fw_virtio *v, uint32_t word)
{
	fw_mmio_write(v->common_at + OFFERED_SELECT, 4, word);
	return fw_mmio_read(v->common_at + OFFERED, 4);
}

static uint64_t offered(const struct fw_virtio *v)
{
	return offered_word(v, 0) | (uint64_t)offered_word(v, 1) << 32;
}

static void accept(const struct fw_virtio *v, uint64_t features)
{
	for (uint32_t word = 0; word < 2; word++) {
		fw_mmio_write(v->common_at + ACCEPTED_SELECT, 4, word);
		fw_mmio_write(v->common_at + ACCEPTED, 4, (uint32_t)(features >> 32 * word));
	}
}

static uint32_t queue_max(const struct fw_virtio *v, uint16_t index)
{
	fw_mmio_write(v->common_at + QUEUE_SELECT, 2, index);
	return fw_mmio_read(v->common_at + QUEUE_SIZE, 2);
}

static void write64(uint64_t at, uint64_t value)
{
	fw_mmio_write(at, 4, (uint32_t)value);
	fw_mmio_write(at + 4, 4, (uint32_t)(value >> 32));
}

static int queue_set(const struct fw_virtio *v, struct fw_virtio_queue *q)
{
	uint64_t bell;

	fw_mmio_write(v->common_at + QUEUE_SELECT, 2, q->index);
	bell = (uint64_t)fw_mmio_read(v->common_at + QUEUE_NOTIFY, 2) * v->notify_multiplier;
	if (bell % 2 != 0 || !cairn_in_range(bell, 2, v->notify_len))
		return -EPROTO;
	q->bell_at = v->notify_at + bell;
	fw_mmio_write(v->common_at + QUEUE_SIZE, 2, q->size);
	write64(v->common_at + QUEUE_DESC, q->desc);
	write64(v->common_at + QUEUE_DRIVER, q->driver);
	write64(v->common_at + QUEUE_DEVICE, q->device);
	fw_mmio_write(v->common_at + QUEUE_ENABLE, 2, 1);
	return 0;
}

static void notify(const struct fw_virtio *v, const struct fw_virtio_queue *q)
{
	fw_mmio_write(q->bell_at, 2, q->index);
}

static const struct fw_virtio_ops pci_ops = {
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

/* One structure in a BAR. Returns 0; as fw_pci_map(); -EPROTO: shorter than that, misaligned. */
static int map_structure(const struct fw_pci *f, uint32_t cap, uint32_t min, uint32_t align,
			 uint64_t *ret_at, uint32_t *ret_len)
{
	uint32_t bar = fw_pci_config_read(f, cap + 4, 1);
	uint32_t off = fw_pci_config_read(f, cap + 8, 4);
	uint32_t len = fw_pci_config_read(f, cap + 12, 4);

	if (len < min || off % align != 0)
		return -EPROTO;
	*ret_len = len;
	return fw_pci_map(f, bar, off, len, ret_at);
}

/* Of each kind the first that can be used counts (virtio 1.2, 4.1.4). */
static void take_structure(struct fw_virtio *v, uint32_t cap)
{
	uint32_t bytes = fw_pci_config_read(v->pci, cap + 2, 1), len;
	uint32_t kind = fw_pci_config_read(v->pci, cap + 3, 1);
	uint64_t at;

	if (bytes < (kind == CFG_NOTIFY ? NOTIFY_CAP_BYTES : CAP_BYTES))
		return;
	if (kind == CFG_COMMON && !v->common_at &&
	    map_structure(v->pci, cap, COMMON_BYTES, 4, &at, &len) == 0)
		v->common_at = at;
	if (kind == CFG_DEVICE && !v->config_at &&
	    map_structure(v->pci, cap, 1, 4, &at, &len) == 0) {
		v->config_at = at;
		v->config_len = len;
	}
	if (kind == CFG_NOTIFY && !v->notify_at &&
	    map_structure(v->pci, cap, 2, 2, &at, &len) == 0) {
		v->notify_at = at;
		v->notify_len = len;
		v->notify_multiplier = fw_pci_config_read(v->pci, cap + 16, 4);
	}
}

int fw_virtio_probe_pci(struct fw_virtio *v, const struct fw_pci *f, struct cairn_err *err)
{
	struct fw_pci_caps caps;
	bool is_modern = f->device >= DEVICE_MODERN;
	uint32_t cap;

	if (f->vendor != VENDOR || f->device < DEVICE_LEGACY || f->device > DEVICE_LAST)
		return -ENODEV;
	*v = (struct fw_virtio){
		.ops = &pci_ops,
		.type = is_modern ? (uint32_t)f->device - DEVICE_MODERN : f->sub_device,
		.at = f->at,
		.pci = f,
	};
	fw_pci_caps_init(&caps, f);
	while ((cap = fw_pci_caps_next(&caps, FW_PCI_CAP_VENDOR)) != 0)
		take_structure(v, cap);
	if (v->common_at && v->notify_at)
		return 0;
	if (!is_modern && !v->common_at)
		return cairn_err_set(err, ENOTSUP, "legacy virtio-pci (QEMU: disable-modern=off)",
				     f->device);
	return cairn_err_set(err, EPROTO, "virtio-pci capabilities that cannot be", f->device);
}
