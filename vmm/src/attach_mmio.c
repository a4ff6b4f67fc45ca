/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdlib.h>

#include <cairn/virtio_mmio.h>

#include "arch.h"
#include "devices.h"
#include "lines.h"

struct mmio {
	struct cairn_virtio_mmio virtio;
	uint64_t at;
};

static int init(struct mmio *t, struct device *d, uint32_t number, struct cairn_err *err)
{
	struct cairn_virtio_mmio_desc desc = { .vdev = d->vdev,
					       .view = d->machine->view,
					       .doorbells = line_doorbells(d->machine->vm),
					       .base = t->at };
	int r = line_pulse(d->machine->vm, number, &desc.line);

	if (r)
		return cairn_err_set(err, -r, "the hypervisor refused an interrupt line", number);
	r = cairn_virtio_mmio_init(&t->virtio, &desc);
	if (r) {
		desc.line->ops->put(desc.line);
		return cairn_err_set(err, -r, "cannot be attached by virtio-mmio", t->at);
	}
	return 0;
}

int attach_mmio(struct device *d, size_t index, struct cairn_err *err)
{
	struct mmio *t;
	uint32_t number;
	uint64_t at;
	int r;

	if (!arch_mmio_slot(index, &at, &number))
		return cairn_err_set(err, ENOSPC, "too many devices for --transport mmio; use pci",
				     index);
	t = calloc(1, sizeof(*t));
	if (!t)
		return cairn_err_set(err, ENOMEM, "out of memory", 0);
	t->at = at;
	r = init(t, d, number, err);
	if (r) {
		free(t);
		return r;
	}
	d->transport = t;
	d->carrier = &t->virtio.carrier;
	r = machine_add_mmio(d->machine, at, CAIRN_VIRTIO_MMIO_LEN, &cairn_virtio_mmio_bus_ops,
			     &t->virtio);
	return r ? cairn_err_set(err, -r, "registers refused by the bus", at) : 0;
}

void detach_mmio(struct device *d)
{
	struct mmio *t = d->transport;

	/* No vCPU runs, so nothing is on the bus any more in effect; the bus ends with the machine.
	 */
	cairn_virtio_mmio_fini(&t->virtio);
	free(t);
	d->transport = NULL;
	d->carrier = NULL;
}
