/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdlib.h>

#include "board.h"
#include "devices.h"
#include "log.h"
#include "make.h"

/* A device that has not let go of guest memory after this long is given up. */
enum { UNPLUG_DEADLINE_MS = 5000 };

static bool on_pci(const struct machine *m)
{
	return m->options->transport == TRANSPORT_PCI;
}

static int attach(struct device *d, size_t index)
{
	struct cairn_err err = { 0 };
	int r = on_pci(d->machine) ? attach_pci(d, index, &err) : attach_mmio(d, index, &err);

	if (!r)
		return 0;
	log_err(d->name, &err);
	return r == -ENOSPC ? EXIT_USAGE : EXIT_HOST;
}

static void detach(struct device *d)
{
	if (on_pci(d->machine))
		detach_pci(d);
	else
		detach_mmio(d);
}

int devices_new(struct machine *m)
{
	struct cairn_err err = { 0 };
	int r;

	m->devices = calloc(1, sizeof(*m->devices));
	if (!m->devices) {
		log_error("out of memory");
		return EXIT_HOST;
	}
	if (on_pci(m) && pci_new(m, &err)) {
		log_err("PCI", &err);
		return EXIT_HOST;
	}
	r = make_devices(m);
	for (size_t i = 0; i < m->devices->n && !r; i++)
		r = attach(&m->devices->list[i], i);
	return r;
}

/* The last answer fires the trigger. */
static void answered(struct devices *ds)
{
	if (--ds->n_pending == 0)
		cairn_trigger_fire(&ds->done);
}

static void on_answer(struct cairn_carrier_call *call, int status)
{
	struct device *d = cairn_container_of(call, struct device, call);

	if (d->is_superseded) {
		d->is_superseded = false;
		return;
	}
	d->is_asked = false;
	if (status && status != -ECANCELED)
		log_warn("%s: %s", d->name, strerror(-status));
	answered(d->machine->devices);
}

typedef int wish_fn(struct device *d);

/* Ask every attached device for something, and fire done when all have answered. */
static void ask_all(struct machine *m, wish_fn *wish, struct cairn_trigger done)
{
	struct devices *ds = m->devices;

	ds->done = done;
	ds->n_pending = 1; /* ours, so that early answers do not end it */
	for (size_t i = 0; i < ds->n; i++) {
		struct device *d = &ds->list[i];
		int r;

		if (!d->carrier)
			continue;
		/* What was asked before is answered from inside the wish that ends it. */
		d->is_superseded = d->is_asked;
		d->is_asked = true;
		d->call.done = on_answer;
		ds->n_pending++;
		r = wish(d);
		if (r)
			on_answer(&d->call, r);
	}
	answered(ds);
}

static int wish_pause(struct device *d)
{
	return cairn_carrier_pause(d->carrier, &d->call);
}

static int wish_resume(struct device *d)
{
	return cairn_carrier_resume(d->carrier, &d->call);
}

static int wish_unplug(struct device *d)
{
	return cairn_carrier_unplug(d->carrier, CAIRN_VQ_CANCEL, &d->call);
}

void devices_pause(struct machine *m, struct cairn_trigger done)
{
	ask_all(m, wish_pause, done);
}

void devices_resume(struct machine *m, struct cairn_trigger done)
{
	ask_all(m, wish_resume, done);
}

void devices_interrupt(struct machine *m, bool on)
{
	for (size_t i = 0; m->devices && i < m->devices->n; i++)
		if (m->devices->list[i].carrier)
			cairn_carrier_interrupt(m->devices->list[i].carrier, on);
}

static void set_flag(void *flag)
{
	*(bool *)flag = true;
}

void devices_say_pending(const struct machine *m, enum log_level level, const char *what)
{
	for (size_t i = 0; i < m->devices->n; i++)
		if (m->devices->list[i].is_asked)
			log_line(level, "%s: %s", m->devices->list[i].name, what);
}

/* Runs the loop until *done, for as long as a device has. */
static void wait_for_devices(struct machine *m, const bool *done)
{
	const uint64_t ms = 1000000;
	uint64_t end = board_clock.monotonic_ns(NULL) + UNPLUG_DEADLINE_MS * ms, now;

	while (!*done && (now = board_clock.monotonic_ns(NULL)) < end)
		if (cairn_loop_dispatch(m->loop, (int)((end - now) / ms) + 1) < 0)
			return;
}

bool devices_free(struct machine *m)
{
	struct devices *ds = m->devices;
	bool done = false;

	if (!ds)
		return true;
	ask_all(m, wish_unplug, (struct cairn_trigger){ .fn = set_flag, .ctx = &done });
	wait_for_devices(m, &done);
	if (!done) {
		devices_say_pending(m, LOG_LEVEL_ERROR,
				    "does not answer; given up, with requests of the guest in it");
		ds->done = (struct cairn_trigger){ 0 };
		return false;
	}
	for (size_t i = 0; i < ds->n; i++) {
		struct device *d = &ds->list[i];

		if (d->transport)
			detach(d);
		if (d->device)
			d->free_device(d->device);
	}
	pci_free(m);
	free(ds);
	m->devices = NULL;
	return true;
}

size_t devices_n_mmio(const struct machine *m)
{
	return on_pci(m) ? 0 : m->devices->n;
}
