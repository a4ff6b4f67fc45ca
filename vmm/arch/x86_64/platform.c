/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdlib.h>
#include <time.h>

#include <cairn/hv_x86_64.h>

#include "arch.h"
#include "layout.h"
#include "log.h"
#include "platform.h"

int arch_open_vm(struct machine *m, struct cairn_err *err)
{
	struct cairn_hv_x86_64 x86 = { .threads_per_core = 1 };
	struct cairn_hv_vm_config config = { .max_vcpus = m->options->cpus,
					     .n_lines = CAIRN_HV_X86_LINES,
					     .kick_signal = CREW_KICK_SIGNAL,
					     .arch = &x86,
					     .node_fd = m->node_fd };

	return cairn_hv_open(m->hv, NULL, &config, &m->vm, err);
}

/*
 * Serial output leaves after the lock is dropped: the console may hold this thread back, and the
 * main thread takes the lock to hand over input.
 */
static void serial_sink(void *ctx, const uint8_t *bytes, size_t n)
{
	struct arch *a = ctx;

	for (size_t i = 0; i < n && a->n_pending < SERIAL_PENDING; i++)
		a->pending[a->n_pending++] = bytes[i];
}

static void unlock_and_emit(struct arch *a)
{
	uint8_t bytes[SERIAL_PENDING];
	size_t n = a->n_pending;

	memcpy(bytes, a->pending, n);
	a->n_pending = 0;
	pthread_mutex_unlock(&a->lock);
	if (n && (a->machine->options->console == CONSOLE_SERIAL ||
		  a->machine->options->console == CONSOLE_FILE))
		console_output(a->machine->console, bytes, n);
}

static enum cairn_io locked_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct locked_region *r = ctx;
	enum cairn_io io;

	pthread_mutex_lock(&r->arch->lock);
	io = r->ops->read(r->ctx, off, len, ret_value);
	unlock_and_emit(r->arch);
	return io;
}

static enum cairn_io locked_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct locked_region *r = ctx;
	enum cairn_io io;

	pthread_mutex_lock(&r->arch->lock);
	io = r->ops->write(r->ctx, off, len, value);
	unlock_and_emit(r->arch);
	return io;
}

static const struct cairn_bus_ops locked_ops = { .read = locked_read, .write = locked_write };

static int add_port(struct arch *a, uint64_t base, uint64_t len, const struct cairn_bus_ops *ops,
		    void *ctx)
{
	struct locked_region *r = &a->regions[a->n_regions++];

	*r = (struct locked_region){ .arch = a, .ops = ops, .ctx = ctx };
	return machine_add_pio(a->machine, base, len, &locked_ops, r);
}

static void line_set(void *ctx, bool high)
{
	/* The hypervisor refuses a line only when the vm is gone. */
	(void)!cairn_hv_irq_level(ctx, high);
}

static void reset_asked(void *ctx)
{
	struct machine *m = ctx;

	m->hooks.ended(m->hooks.ctx, END_RESET);
}

static void power_off_asked(void *ctx)
{
	struct machine *m = ctx;

	m->hooks.ended(m->hooks.ctx, END_POWER_OFF);
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static uint64_t realtime_ns(void *ctx)
{
	(void)ctx;
	return clock_ns(CLOCK_REALTIME);
}

static uint64_t monotonic_ns(void *ctx)
{
	(void)ctx;
	return clock_ns(CLOCK_MONOTONIC);
}

static const struct cairn_clock host_clock = { .realtime_ns = realtime_ns,
					       .monotonic_ns = monotonic_ns };

static void init_devices(struct arch *a)
{
	struct machine *m = a->machine;
	struct cairn_trigger reset = { .fn = reset_asked, .ctx = m };

	cairn_serial_init(&a->serial, (struct cairn_line){ .set = line_set, .ctx = a->serial_irq },
			  (struct cairn_serial_sink){ .fn = serial_sink, .ctx = a },
			  (struct cairn_trigger){ .fn = console_has_room, .ctx = m->console });
	cairn_rtc_init(&a->rtc, host_clock);
	cairn_i8042_init(&a->i8042, (struct cairn_line){ 0 }, reset);
	cairn_i8042_resets_init(&a->resets, reset);
	cairn_acpi_ged_init(&a->ged, (struct cairn_line){ .set = line_set, .ctx = a->ged_irq });
	a->sleep.power_off = (struct cairn_trigger){ .fn = power_off_asked, .ctx = m };
}

static int add_ports(struct arch *a)
{
	int r =
	    add_port(a, LAYOUT_SERIAL_PORT, CAIRN_SERIAL_LEN, &cairn_serial_bus_ops, &a->serial);

	if (!r)
		r = add_port(a, CAIRN_RTC_PORT, CAIRN_RTC_LEN, &cairn_rtc_bus_ops, &a->rtc);
	if (!r)
		r = add_port(a, CAIRN_I8042_DATA_PORT, 1, &cairn_i8042_data_ops, &a->i8042);
	if (!r)
		r = add_port(a, CAIRN_I8042_COMMAND_PORT, 1, &cairn_i8042_command_ops, &a->i8042);
	if (!r)
		r = add_port(a, CAIRN_I8042_PORT92, 1, &cairn_i8042_port92_ops, &a->resets);
	if (!r)
		r = add_port(a, LAYOUT_GED_PORT, CAIRN_ACPI_GED_LEN, &cairn_acpi_ged_ops, &a->ged);
	if (!r)
		r = add_port(a, LAYOUT_SLEEP_PORT, CAIRN_ACPI_SLEEP_LEN, &cairn_acpi_sleep_ops,
			     &a->sleep);
	/* With PCI this byte lies inside CONFIG_ADDRESS, and comes from there. */
	if (!r && a->machine->options->transport == TRANSPORT_MMIO)
		r = add_port(a, CAIRN_I8042_CF9, 1, &cairn_i8042_cf9_ops, &a->resets);
	return r;
}

int arch_platform_new(struct machine *m, struct cairn_err *err)
{
	struct arch *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return cairn_err_set(err, ENOMEM, "out of memory", 0);
	a->machine = m;
	m->arch = a;
	pthread_mutex_init(&a->lock, NULL);
	r = cairn_hv_irq_line(m->vm, LAYOUT_SERIAL_LINE, &a->serial_irq);
	if (!r)
		r = cairn_hv_irq_line(m->vm, LAYOUT_GED_LINE, &a->ged_irq);
	if (r)
		return cairn_err_set(err, -r, "the hypervisor refused an interrupt line", 0);
	init_devices(a);
	r = add_ports(a);
	return r ? cairn_err_set(err, -r, "platform device refused by the bus", 0) : 0;
}

void arch_platform_free(struct machine *m)
{
	struct arch *a = m->arch;

	if (!a)
		return;
	cairn_hv_irq_put(a->serial_irq);
	cairn_hv_irq_put(a->ged_irq);
	pthread_mutex_destroy(&a->lock);
	free(a);
	m->arch = NULL;
}

struct arch_pci arch_pci(struct machine *m)
{
	struct arch *a = m->arch;
	const struct cairn_mem *mem = cairn_memview_mem(m->view);
	const struct cairn_mem_region *last = &mem->regions[mem->n_regions - 1];
	uint64_t end = last->at.v + last->len_bytes;

	/* The window for 64-bit BARs is the first multiple of its size behind 4 GiB and RAM. */
	if (end < UINT64_C(1) << 32)
		end = UINT64_C(1) << 32;
	end = (end + LAYOUT_PCI64_LEN - 1) & ~(LAYOUT_PCI64_LEN - 1);
	a->cf9 =
	    (struct locked_region){ .arch = a, .ops = &cairn_i8042_cf9_ops, .ctx = &a->resets };
	return (struct arch_pci){
		.ecam = LAYOUT_ECAM_AT,
		.mem32 = { LAYOUT_PCI32_AT, LAYOUT_PCI32_LEN },
		.mem64 = { end, LAYOUT_PCI64_LEN },
		.intx = { LAYOUT_INTX_LINE, LAYOUT_INTX_LINE + 1, LAYOUT_INTX_LINE + 2,
			  LAYOUT_INTX_LINE + 3 },
		.has_ports = true,
		.cf9 = &locked_ops,
		.cf9_ctx = &a->cf9,
	};
}

size_t arch_serial_push(void *machine, const uint8_t *bytes, size_t n)
{
	struct machine *m = machine;
	size_t taken;

	pthread_mutex_lock(&m->arch->lock);
	taken = cairn_serial_push(&m->arch->serial, bytes, n);
	pthread_mutex_unlock(&m->arch->lock);
	return taken;
}

bool arch_power_button(struct machine *m)
{
	pthread_mutex_lock(&m->arch->lock);
	cairn_acpi_ged_raise(&m->arch->ged, CAIRN_ACPI_POWER_BUTTON);
	pthread_mutex_unlock(&m->arch->lock);
	return true;
}
