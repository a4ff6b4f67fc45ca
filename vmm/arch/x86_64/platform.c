/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdlib.h>

#include <cairn/hv_x86_64.h>

#include "arch.h"
#include "layout.h"
#include "log.h"
#include "platform.h"

_Static_assert(LAYOUT_IOAPIC_AT == CAIRN_HV_X86_IOAPIC_AT, "it is the hypervisor's");

void arch_host_look(const char *sysfs, struct host *h)
{
	(void)sysfs; /* CPUID tells the guest */
	(void)h;
}

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

static void init_devices(struct arch *a)
{
	struct machine *m = a->board.machine;
	struct cairn_trigger reset = { .fn = board_reset_asked, .ctx = m };

	cairn_serial_init(&a->serial,
			  (struct cairn_line){ .set = board_line_set, .ctx = a->serial_irq },
			  (struct cairn_serial_sink){ .fn = board_serial_sink, .ctx = &a->board },
			  (struct cairn_trigger){ .fn = console_has_room, .ctx = m->console });
	cairn_rtc_init(&a->rtc, board_clock);
	cairn_i8042_init(&a->i8042, (struct cairn_line){ 0 }, reset);
	cairn_i8042_resets_init(&a->resets, reset);
	cairn_acpi_ged_init(&a->ged,
			    (struct cairn_line){ .set = board_line_set, .ctx = a->ged_irq });
	a->sleep.power_off = (struct cairn_trigger){ .fn = board_power_off_asked, .ctx = m };
	a->cf9 = (struct board_region){ .board = &a->board,
					.ops = &cairn_i8042_cf9_ops,
					.ctx = &a->resets };
}

static int add_port(struct arch *a, uint64_t base, uint64_t len, const struct cairn_bus_ops *ops,
		    void *ctx)
{
	return board_add(&a->board, &a->ports, base, len, ops, ctx);
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
	if (!r && a->board.machine->options->transport == TRANSPORT_MMIO)
		r = add_port(a, CAIRN_I8042_CF9, 1, &cairn_i8042_cf9_ops, &a->resets);
	return r;
}

int arch_platform_new(struct machine *m, struct cairn_err *err)
{
	struct arch *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return cairn_err_set(err, ENOMEM, "out of memory", 0);
	m->arch = a;
	board_init(&a->board, m);
	r = cairn_hv_irq_line(m->vm, LAYOUT_SERIAL_LINE, &a->serial_irq);
	if (!r)
		r = cairn_hv_irq_line(m->vm, LAYOUT_GED_LINE, &a->ged_irq);
	if (r)
		return cairn_err_set(err, -r, "the hypervisor refused an interrupt line", 0);
	init_devices(a);
	r = cairn_bus_init(&a->ports, a->port_regions, PLATFORM_PORT_REGIONS, CAIRN_BUS_PORT_LAST,
			   CAIRN_BUS_PORT_MAX_LEN);
	if (!r)
		r = add_ports(a);
	if (!r)
		r = flash_new(m, LAYOUT_FLASH_AT);
	return r ? cairn_err_set(err, -r, "platform device refused by the bus", 0) : 0;
}

void arch_platform_free(struct machine *m)
{
	struct arch *a = m->arch;

	if (!a)
		return;
	cairn_hv_irq_put(a->serial_irq);
	cairn_hv_irq_put(a->ged_irq);
	flash_free(m);
	board_fini(&a->board);
	free(a);
	m->arch = NULL;
}

struct cairn_bus *arch_ports(struct machine *m)
{
	return &m->arch->ports;
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
	return (struct arch_pci){
		.ecam = LAYOUT_ECAM_AT,
		.mem32 = { LAYOUT_PCI32_AT, LAYOUT_PCI32_LEN },
		.mem64 = { end, LAYOUT_PCI64_LEN },
		.intx = { LAYOUT_INTX_LINE, LAYOUT_INTX_LINE + 1, LAYOUT_INTX_LINE + 2,
			  LAYOUT_INTX_LINE + 3 },
		.cf9 = &board_ops,
		.cf9_ctx = &a->cf9,
	};
}

size_t arch_serial_push(void *machine, const uint8_t *bytes, size_t n)
{
	struct machine *m = machine;
	size_t taken;

	pthread_mutex_lock(&m->arch->board.lock);
	taken = cairn_serial_push(&m->arch->serial, bytes, n);
	pthread_mutex_unlock(&m->arch->board.lock);
	return taken;
}

bool arch_power_button(struct machine *m)
{
	pthread_mutex_lock(&m->arch->board.lock);
	cairn_acpi_ged_raise(&m->arch->ged, CAIRN_ACPI_POWER_BUTTON);
	pthread_mutex_unlock(&m->arch->board.lock);
	return true;
}
