/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include <cairn/hv_aarch64.h>

#include "arch.h"
#include "layout.h"
#include "platform.h"

#define KEY_NS UINT64_C(100000000)

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
	const struct arch_options *o = &m->options->arch;
	struct cairn_hv_aarch64 aarch64 = { .gic = (uint8_t)o->gic,
					    .sve = o->sve,
					    .pauth = o->pauth,
					    .pmu = o->pmu,
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

static struct arch *to_arch(struct board *b)
{
	return cairn_container_of(b, struct arch, board);
}

/* Main thread: what the clock wants by now. */
static void set_alarm(struct cairn_call *call)
{
	struct arch *a = cairn_container_of(call, struct arch, alarm_call);
	uint64_t in_ns;

	pthread_mutex_lock(&a->board.lock);
	in_ns = a->alarm_in_ns;
	a->is_alarm_posted = false;
	pthread_mutex_unlock(&a->board.lock);
	if (in_ns == UINT64_MAX)
		cairn_timer_disarm(&a->alarm);
	else
		cairn_timer_arm(a->board.machine->loop, &a->alarm, in_ns);
}

/* Under the board's lock, any thread. */
static void ask_for_alarm(void *board, uint64_t in_ns)
{
	struct arch *a = to_arch(board);

	a->alarm_in_ns = in_ns;
	if (a->is_alarm_posted)
		return;
	a->is_alarm_posted = true;
	cairn_loop_post(a->board.machine->loop, &a->alarm_call);
}

static void on_alarm(struct cairn_timer *t)
{
	struct arch *a = cairn_container_of(t, struct arch, alarm);

	pthread_mutex_lock(&a->board.lock);
	cairn_pl031_expired(&a->rtc);
	pthread_mutex_unlock(&a->board.lock);
}

static void drive_power_pin(struct arch *a, bool high)
{
	pthread_mutex_lock(&a->board.lock);
	cairn_pl061_drive(&a->gpio, LAYOUT_POWER_PIN, high);
	pthread_mutex_unlock(&a->board.lock);
}

static void release_key(struct cairn_timer *t)
{
	drive_power_pin(cairn_container_of(t, struct arch, key_up), false);
}

static void init_serial(struct arch *a)
{
	struct machine *m = a->board.machine;
	const struct cairn_line irq = { .set = board_line_set, .ctx = a->serial_irq };
	const struct cairn_trigger room = { .fn = console_has_room, .ctx = m->console };

	if (m->options->arch.serial == SERIAL_PL011)
		cairn_pl011_init(
		    &a->pl011, irq,
		    (struct cairn_pl011_sink){ .fn = board_serial_sink, .ctx = &a->board }, room);
	else
		cairn_serial_init(
		    &a->ns16550, irq,
		    (struct cairn_serial_sink){ .fn = board_serial_sink, .ctx = &a->board }, room);
}

static void init_devices(struct arch *a)
{
	init_serial(a);
	cairn_acpi_ged_init(&a->ged,
			    (struct cairn_line){ .set = board_line_set, .ctx = a->gpio_irq });
	cairn_pl031_init(&a->rtc, board_clock,
			 (struct cairn_line){ .set = board_line_set, .ctx = a->rtc_irq },
			 (struct cairn_pl031_alarm){ .set = ask_for_alarm, .ctx = &a->board });
	cairn_pl061_init(&a->gpio, (struct cairn_line){ .set = board_line_set, .ctx = a->gpio_irq },
			 (struct cairn_pl061_out){ 0 });
	a->key_up.fn = release_key;
	a->alarm.fn = on_alarm;
	a->alarm_call.fn = set_alarm;
}

static int take_lines(struct arch *a)
{
	struct cairn_vm *vm = a->board.machine->vm;
	int r = cairn_hv_irq_line(vm, LAYOUT_SERIAL_LINE, &a->serial_irq);

	if (!r)
		r = cairn_hv_irq_line(vm, LAYOUT_RTC_LINE, &a->rtc_irq);
	if (!r)
		r = cairn_hv_irq_line(vm, LAYOUT_GPIO_LINE, &a->gpio_irq);
	return r;
}

static int add_serial(struct arch *a)
{
	struct machine *m = a->board.machine;

	if (m->options->arch.serial == SERIAL_PL011)
		return board_add(&a->board, &m->mmio, LAYOUT_SERIAL_AT, CAIRN_PL011_LEN,
				 &cairn_pl011_bus_ops, &a->pl011);
	return board_add(&a->board, &m->mmio, LAYOUT_SERIAL_AT, CAIRN_SERIAL_LEN,
			 &cairn_serial_bus_ops, &a->ns16550);
}

static int add_regions(struct arch *a)
{
	struct machine *m = a->board.machine;
	int r = add_serial(a);

	if (r)
		return r;
	if (m->options->arch.acpi)
		return board_add(&a->board, &m->mmio, LAYOUT_GED_AT, CAIRN_ACPI_GED_LEN,
				 &cairn_acpi_ged_ops, &a->ged);
	r = board_add(&a->board, &m->mmio, LAYOUT_RTC_AT, CAIRN_PL031_LEN, &cairn_pl031_bus_ops,
		      &a->rtc);
	if (!r)
		r = board_add(&a->board, &m->mmio, LAYOUT_GPIO_AT, CAIRN_PL061_LEN,
			      &cairn_pl061_bus_ops, &a->gpio);
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
	r = take_lines(a);
	if (r)
		return cairn_err_set(err, -r, "the hypervisor refused an interrupt line", 0);
	init_devices(a);
	r = add_regions(a);
	if (!r)
		r = flash_new(m, LAYOUT_FLASH_AT);
	return r ? cairn_err_set(err, -r, "platform device refused by the bus", 0) : 0;
}

/* A wish that was posted is met in the next round: the loop lets go of it then. */
static void end_alarm(struct arch *a)
{
	while (a->is_alarm_posted && cairn_loop_dispatch(a->board.machine->loop, 0) >= 0)
		continue;
	cairn_timer_disarm(&a->alarm);
}

void arch_platform_free(struct machine *m)
{
	struct arch *a = m->arch;

	if (!a)
		return;
	end_alarm(a);
	cairn_timer_disarm(&a->key_up);
	cairn_hv_irq_put(a->serial_irq);
	cairn_hv_irq_put(a->rtc_irq);
	cairn_hv_irq_put(a->gpio_irq);
	flash_free(m);
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
	struct arch *a = m->arch;
	size_t taken;

	pthread_mutex_lock(&a->board.lock);
	taken = m->options->arch.serial == SERIAL_PL011 ? cairn_pl011_push(&a->pl011, bytes, n)
							: cairn_serial_push(&a->ns16550, bytes, n);
	pthread_mutex_unlock(&a->board.lock);
	return taken;
}

/* A key is held for as long as a finger would: Linux looks at the pin some time after its
 * interrupt.
 */
bool arch_power_button(struct machine *m)
{
	struct arch *a = m->arch;

	if (m->options->arch.acpi) {
		pthread_mutex_lock(&a->board.lock);
		cairn_acpi_ged_raise(&a->ged, CAIRN_ACPI_POWER_BUTTON);
		pthread_mutex_unlock(&a->board.lock);
		return true;
	}
	drive_power_pin(a, true);
	cairn_timer_arm(m->loop, &a->key_up, KEY_NS);
	return true;
}
