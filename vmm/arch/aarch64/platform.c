/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include <cairn/hv_aarch64.h>

#include "arch.h"
#include "layout.h"
#include "platform.h"

/* The first address behind RAM, and behind what a guest can address. */
static uint64_t ram_end(const struct machine *m)
{
	return LAYOUT_RAM_AT + m->options->memory_bytes;
}

static uint64_t address_end(const struct machine *m)
{
	int bits = cairn_hv_cap(m->vm, CAIRN_HV_GPA_BITS);

	return bits < 64 ? UINT64_C(1) << bits : UINT64_MAX;
}

int arch_ram_layout(uint64_t memory_bytes, struct arch_ram *ret, struct cairn_err *err)
{
	uint64_t end;

	if (!cairn_add_u64(LAYOUT_RAM_AT, memory_bytes, &end))
		return cairn_err_set(err, EINVAL, "guest memory does not end", memory_bytes);
	ret->n = 1;
	ret->parts[0].at = cairn_gpa_of(LAYOUT_RAM_AT);
	ret->parts[0].offset = 0;
	ret->parts[0].len_bytes = memory_bytes;
	return 0;
}

/* What this host gives guests may be less than what was asked for. */
static int check_addresses(const struct machine *m, struct cairn_err *err)
{
	uint64_t end = address_end(m);

	if (ram_end(m) <= end)
		return 0;
	(void)cairn_err_set(err, E2BIG, "guest memory ends beyond what this host's guests address",
			    ram_end(m));
	snprintf(err->detail, sizeof(err->detail), "--memory can be %lluM at most",
		 (unsigned long long)((end - LAYOUT_RAM_AT) >> 20));
	return -E2BIG;
}

int arch_open_vm(struct machine *m, struct cairn_err *err)
{
	/* Only PCI devices have messages. */
	bool has_its = m->options->transport == TRANSPORT_PCI;
	struct cairn_hv_aarch64 aarch64 = { .gic = m->options->arch.gic,
					    .gicd = cairn_gpa_of(LAYOUT_GICD_AT),
					    .gicr = cairn_gpa_of(LAYOUT_GICR_AT),
					    .gicc = cairn_gpa_of(LAYOUT_GICC_AT),
					    .its = cairn_gpa_of(has_its ? LAYOUT_ITS_AT : 0) };
	struct cairn_hv_vm_config config = { .max_vcpus = m->options->cpus,
					     .n_lines = LAYOUT_N_LINES,
					     .kick_signal = CREW_KICK_SIGNAL,
					     .arch = &aarch64,
					     .node_fd = m->node_fd };
	int r;

	r = cairn_hv_open(m->hv, NULL, &config, &m->vm, err);
	return r ? r : check_addresses(m, err);
}

static void init_devices(struct arch *a)
{
	struct machine *m = a->board.machine;

	cairn_serial_init(&a->serial,
			  (struct cairn_line){ .set = board_line_set, .ctx = a->serial_irq },
			  (struct cairn_serial_sink){ .fn = board_serial_sink, .ctx = &a->board },
			  (struct cairn_trigger){ .fn = console_has_room, .ctx = m->console });
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
	if (r)
		return cairn_err_set(err, -r, "the hypervisor refused an interrupt line", 0);
	init_devices(a);
	r = board_add(&a->board, &m->mmio, LAYOUT_SERIAL_AT, CAIRN_SERIAL_LEN,
		      &cairn_serial_bus_ops, &a->serial);
	return r ? cairn_err_set(err, -r, "platform device refused by the bus", 0) : 0;
}

void arch_platform_free(struct machine *m)
{
	struct arch *a = m->arch;

	if (!a)
		return;
	cairn_hv_irq_put(a->serial_irq);
	board_fini(&a->board);
	free(a);
	m->arch = NULL;
}

struct cairn_bus *arch_ports(struct machine *m)
{
	(void)m;
	return NULL;
}

bool arch_mmio_slot(size_t n, uint64_t *ret_at, uint32_t *ret_line)
{
	if (n >= LAYOUT_MMIO_MAX)
		return false;
	*ret_at = LAYOUT_MMIO_AT + n * LAYOUT_MMIO_STEP;
	*ret_line = LAYOUT_MMIO_LINE + (uint32_t)n;
	return true;
}

/* For 64-bit BARs: the first multiple of its size behind 4 GiB and RAM, if guests reach it. */
static struct cairn_pci_window window64(const struct machine *m)
{
	uint64_t at = ram_end(m);

	if (at < UINT64_C(1) << 32)
		at = UINT64_C(1) << 32;
	if (!cairn_align_up(at, LAYOUT_PCI64_LEN, &at) ||
	    !cairn_in_range(at, LAYOUT_PCI64_LEN, address_end(m)))
		return (struct cairn_pci_window){ 0 };
	return (struct cairn_pci_window){ at, LAYOUT_PCI64_LEN };
}

struct arch_pci arch_pci(struct machine *m)
{
	return (struct arch_pci){
		.ecam = LAYOUT_ECAM_AT,
		.mem32 = { LAYOUT_PCI32_AT, LAYOUT_PCI32_LEN },
		.mem64 = window64(m),
		.intx = { LAYOUT_INTX_LINE, LAYOUT_INTX_LINE + 1, LAYOUT_INTX_LINE + 2,
			  LAYOUT_INTX_LINE + 3 },
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
	(void)m;
	return false;
}
