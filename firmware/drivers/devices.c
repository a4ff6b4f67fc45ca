/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fw/devices.h>

#include <fw/random.h>
#include <fw/virtio_console.h>

#include "pages.h"
#include "read_ahead.h"

static void note(struct fw_devices *d, const struct fw_location *at, const char *kind,
		 const struct cairn_err *err)
{
	if (d->n_notes == FW_NOTES_MAX) {
		d->n_left_out++;
		return;
	}
	d->notes[d->n_notes++] = (struct fw_note){
		.at = *at, .kind = kind, .what = err->what, .code = err->code, .value = err->at
	};
}

static void open_blk(struct fw_devices *d, const struct fw_virtio *v)
{
	struct cairn_err err;

	if (d->n_disks == FW_DISKS_MAX)
		d->n_left_out++;
	else if (fw_virtio_blk_open(v, &d->disks[d->n_disks], &err) < 0)
		note(d, &v->at, "virtio-blk", &err);
	else
		d->n_disks++;
}

static void open_console(struct fw_devices *d, const struct fw_virtio *v)
{
	struct cairn_err err;

	if (d->n_consoles == FW_CONSOLES_MAX)
		d->n_left_out++;
	else if (fw_virtio_console_open(v, &d->consoles[d->n_consoles], &err) < 0)
		note(d, &v->at, "virtio-console", &err);
	else
		d->n_consoles++;
}

static void open_rng(struct fw_devices *d, const struct fw_virtio *v)
{
	struct cairn_err err;

	if (fw_virtio_rng_open(v, &err) < 0)
		note(d, &v->at, "virtio-rng", &err);
}

static void open_scsi(struct fw_devices *d, const struct fw_virtio *v)
{
	struct cairn_err err;
	uint32_t n;
	int r = fw_virtio_scsi_open(v, d->disks + d->n_disks, FW_DISKS_MAX - d->n_disks, &n, &err);

	if (r < 0)
		note(d, &v->at, "virtio-scsi", &err);
	else
		d->n_disks += n;
}

static void open_virtio(struct fw_devices *d, const struct fw_virtio *v)
{
	if (v->type == FW_VIRTIO_BLK)
		open_blk(d, v);
	else if (v->type == FW_VIRTIO_CONSOLE)
		open_console(d, v);
	else if (v->type == FW_VIRTIO_RNG)
		open_rng(d, v);
	else if (v->type == FW_VIRTIO_SCSI)
		open_scsi(d, v);
}

static void open_nvme(struct fw_devices *d, const struct fw_pci *f)
{
	struct cairn_err err;
	uint32_t n;
	int r = fw_nvme_open(f, d->disks + d->n_disks, FW_DISKS_MAX - d->n_disks, &n, &err);

	if (r < 0)
		note(d, &f->at, "nvme", &err);
	else
		d->n_disks += n;
}

static void open_function(struct fw_devices *d, const struct fw_pci *f)
{
	struct cairn_err err;
	struct fw_virtio v;
	int r;

	if (f->class_code == FW_PCI_CLASS_NVME) {
		open_nvme(d, f);
		return;
	}
	r = fw_virtio_probe_pci(&v, f, &err);
	if (r == 0)
		open_virtio(d, &v);
	else if (r != -ENODEV)
		note(d, &f->at, "virtio-pci", &err);
}

static void open_slot(struct fw_devices *d, uint64_t at)
{
	const struct fw_location where = { .bus = FW_BUS_MMIO, .mmio_at = at };
	struct cairn_err err;
	struct fw_virtio v;
	int r = fw_virtio_probe_mmio(&v, at, &err);

	if (r == 0)
		open_virtio(d, &v);
	else if (r != -ENODEV)
		note(d, &where, "virtio-mmio", &err);
}

void fw_devices_open(const struct fw_platform *platform, struct fw_devices *ret)
{
	void *window;

	memset(ret, 0, sizeof(*ret));
	fw_ahead_open_(fw_pages_take_raw_(FW_AHEAD_BYTES, &window) == 0 ? window : NULL);
	ret->n_functions = fw_pci_enumerate(platform, ret->functions, FW_PCI_MAX);
	for (uint32_t i = 0; i < ret->n_functions; i++)
		open_function(ret, &ret->functions[i]);
	for (uint32_t i = 0; i < platform->n_mmio && i < FW_MMIO_MAX; i++)
		open_slot(ret, platform->mmio[i]);
}

void fw_devices_stop(struct fw_devices *d)
{
	for (uint32_t i = 0; i < d->n_disks; i++)
		if (d->disks[i]->ops->stop)
			d->disks[i]->ops->stop(d->disks[i]);
	for (uint32_t i = 0; i < d->n_consoles; i++)
		fw_virtio_console_stop(d->consoles[i]);
	fw_random_stop();
	fw_ahead_open_(NULL);
}
