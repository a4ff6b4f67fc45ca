/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * devices.h - the virtio devices of a machine, and what carries them. Main thread, but for
 * pci_remap().
 */
#ifndef VMM_DEVICES_H
#define VMM_DEVICES_H

#include <cairn/carrier.h>

#include "machine.h"

#define DEVICE_NAME 160u
#define MAX_DEVICES 31u /* PCI slots behind the host bridge */

/* One virtio device and its carrier. */
struct device {
	struct machine *machine;
	char name[DEVICE_NAME];  /* the option it comes from, for messages; cut */
	struct cairn_vdev *vdev; /* inside the device */
	void *device;            /* released by free_device; NULL: not made */
	void (*free_device)(void *device);
	void *transport;               /* attach_mmio.c or attach_pci.c; NULL: not attached */
	struct cairn_carrier *carrier; /* inside the transport */
	struct cairn_carrier_call call;
	bool is_asked;      /* a wish has no answer yet */
	bool is_superseded; /* and has been overtaken by unplugging */
};

struct pci; /* attach_pci.c */

struct devices {
	struct pci *pci; /* NULL: --transport mmio */
	struct device list[MAX_DEVICES];
	size_t n;
	unsigned n_pending; /* calls that are not answered */
	struct cairn_trigger done;
};

/* Every device that the options ask for, on the transport they ask for. Returns 0 or an enum
 * exit_code, said on standard error. */
CAIRN_MUST_USE int devices_new(struct machine *m);
/* Cancels what is in flight (runs the loop until it has ended), then releases everything. False: a
 * device did not let go within the deadline, and nothing of the machine may be released. */
CAIRN_MUST_USE bool devices_free(struct machine *m);

/* Drain every queue; and start them again. done is fired on the main loop, possibly before the
 * function returns. */
void devices_pause(struct machine *m, struct cairn_trigger done);
void devices_resume(struct machine *m, struct cairn_trigger done);
/* A line about each device that has not answered to one of these yet. */
void devices_say_pending(const struct machine *m, enum log_level level, const char *what);
/* on: no vCPU waits in a carrier any more; off: they do again. */
void devices_interrupt(struct machine *m, bool on);

/* For the firmware tables: virtio-mmio devices on the bus. */
size_t devices_n_mmio(const struct machine *m);

/* The transports. Each attaches d->vdev and sets d->transport and d->carrier. Return 0 or a
 * negative errno with err. detach after an unplug that is done. */
CAIRN_MUST_USE int attach_mmio(struct device *d, size_t index, struct cairn_err *err);
void detach_mmio(struct device *d);
CAIRN_MUST_USE int attach_pci(struct device *d, size_t index, struct cairn_err *err);
void detach_pci(struct device *d);

/* The root complex, before devices are attached and after they are detached. */
CAIRN_MUST_USE int pci_new(struct machine *m, struct cairn_err *err);
void pci_free(struct machine *m);
/* A vCPU's thread, no lock held: an access has moved a BAR; make the bus agree. */
void pci_remap(struct machine *m);

#endif
