/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdlib.h>

#include "arch.h"
#include "devices.h"
#include "log.h"
#include "machine.h"

int machine_add_mmio(struct machine *m, uint64_t base, uint64_t len,
		     const struct cairn_bus_ops *ops, void *ctx)
{
	struct cairn_bus_region r = { .base = base, .len = len, .ops = ops, .ctx = ctx };

	return cairn_bus_add(&m->mmio, &r);
}

static void access_bus(struct machine *m, const struct cairn_bus *bus,
		       const struct cairn_hv_exit *exit)
{
	uint8_t *data = exit->data;
	bool remap = false;

	pthread_rwlock_rdlock(&m->bus_lock);
	for (uint32_t i = 0; i < exit->count; i++, data += exit->len)
		remap |= cairn_bus_access(bus, exit->addr, exit->is_write, data, exit->len) ==
			 CAIRN_IO_REMAP;
	pthread_rwlock_unlock(&m->bus_lock);
	if (remap)
		pci_remap(m);
}

static bool refuse_exit(struct machine *m, uint32_t id, const struct cairn_hv_exit *exit)
{
	log_error("vCPU %u: exit %d, code 0x%llx, at 0x%llx, is not one that cairn knows", id,
		  (int)exit->kind, (unsigned long long)exit->code, (unsigned long long)exit->addr);
	m->hooks.ended(m->hooks.ctx, END_FAILED);
	return false;
}

bool machine_exit(struct machine *m, uint32_t id, const struct cairn_hv_exit *exit)
{
	struct cairn_bus *ports;

	switch (exit->kind) {
	case CAIRN_HV_EXIT_MMIO:
		access_bus(m, &m->mmio, exit);
		return true;
	case CAIRN_HV_EXIT_PIO:
		ports = arch_ports(m);
		if (!ports)
			return refuse_exit(m, id, exit);
		access_bus(m, ports, exit);
		return true;
	case CAIRN_HV_EXIT_FAULT: /* as hardware: the guest takes an abort, which resume says */
		return true;
	case CAIRN_HV_EXIT_OFF:
		m->hooks.ended(m->hooks.ctx, END_POWER_OFF);
		return false;
	case CAIRN_HV_EXIT_RESET:
		m->hooks.ended(m->hooks.ctx, END_RESET);
		return false;
	case CAIRN_HV_EXIT_CRASH:
		m->hooks.ended(m->hooks.ctx, END_CRASH);
		return false;
	default:
		return refuse_exit(m, id, exit);
	}
}

/* One mapping holds all RAM; views and slots are parts of it. */
static int map_ram(struct machine *m, const struct arch_ram *ram, struct cairn_err *err)
{
	struct cairn_memview_part parts[CAIRN_ARRAY_LEN(ram->parts)];
	int r = cairn_mapping_new_private(m->options->memory_bytes, m->options->hugepages, &m->ram,
					  err);

	if (r)
		return r;
	if (m->options->hugepages == CAIRN_PAGES_TRANSPARENT)
		cairn_mapping_expect_sparse(m->ram, 0, ram->sparse_bytes);
	for (size_t i = 0; i < ram->n; i++)
		parts[i] = (struct cairn_memview_part){ .at = ram->parts[i].at,
							.mapping = m->ram,
							.offset = ram->parts[i].offset,
							.len_bytes = ram->parts[i].len_bytes };
	return cairn_memview_new(parts, ram->n, &m->view, err);
}

static int add_ram(struct machine *m, struct cairn_err *err)
{
	const struct cairn_mem *mem = cairn_memview_mem(m->view);

	for (uint32_t i = 0; i < mem->n_regions; i++) {
		struct cairn_hv_region r = { .slot = i,
					     .at = mem->regions[i].at,
					     .len_bytes = mem->regions[i].len_bytes,
					     .host = mem->regions[i].host,
					     .fd = -1 };
		int ret = cairn_hv_mem_add(m->vm, &r);

		if (ret)
			return cairn_err_set(err, -ret, "the hypervisor refused guest memory",
					     r.at.v);
	}
	return 0;
}

static int open_vcpus(struct machine *m, struct cairn_err *err)
{
	for (uint32_t i = 0; i < m->options->cpus; i++) {
		int r = cairn_hv_vcpu_open(m->vm, i, &m->vcpus[i]);

		if (r == -EMFILE)
			return cairn_err_set(
			    err, EMFILE, "a descriptor for each vCPU: 'ulimit -n' allows more", i);
		if (r)
			return cairn_err_set(err, -r, "the hypervisor refused a vCPU", i);
		crew_assign(m->crew, i, m->vcpus[i]);
	}
	return 0;
}

/* Up to the point where the kernel can be loaded. The order is the hypervisor seam's. */
static int build(struct machine *m, struct cairn_err *err)
{
	struct arch_ram ram = { 0 };
	int r = arch_ram_layout(m->options->memory_bytes, &ram, err);

	if (!r)
		r = map_ram(m, &ram, err);
	if (!r)
		r = arch_open_vm(m, err);
	if (!r)
		r = add_ram(m, err);
	if (!r)
		r = arch_platform_new(m, err);
	if (!r)
		r = open_vcpus(m, err);
	return r;
}

/* Devices, kernel, start. Returns an enum exit_code. */
static int furnish(struct machine *m)
{
	struct cairn_hv_start start = { 0 };
	struct cairn_err err = { 0 };
	int r = devices_new(m);

	if (!r)
		r = arch_boot(m);
	if (r)
		return r;
	if (!cairn_hv_start(m->vm, &start, &err)) {
		if (m->options->console == CONSOLE_SERIAL)
			console_connect(m->console, (struct console_guest){
							.push = arch_serial_push, .ctx = m });
		return 0;
	}
	log_err("virtual machine", &err);
	return EXIT_HOST;
}

int machine_new(const struct machine_config *c, struct machine **ret)
{
	struct machine *m = calloc(1, sizeof(*m));
	struct cairn_err err = { 0 };
	int r;

	if (!m) {
		log_error("out of memory");
		return EXIT_HOST;
	}
	m->options = c->options;
	m->host = c->host;
	m->crew = c->crew;
	m->loop = c->loop;
	m->console = c->console;
	m->ports = c->ports;
	m->hooks = c->hooks;
	m->hv = c->hv;
	m->node_fd = c->node_fd;
	pthread_rwlock_init(&m->bus_lock, NULL);
	r = cairn_bus_init(&m->mmio, m->mmio_regions, MAX_MMIO_REGIONS, CAIRN_BUS_MEM_LAST,
			   CAIRN_BUS_MEM_MAX_LEN);
	if (!r)
		r = build(m, &err);
	if (r) {
		log_err("virtual machine", &err);
		r = EXIT_HOST;
	} else {
		r = furnish(m);
	}
	if (r) {
		(void)!machine_free(m); /* no guest has run: nothing holds its memory */
		return r;
	}
	*ret = m;
	return 0;
}

/* Every vCPU out of the guest and out of every device, whatever these are waiting for. */
static void park(struct machine *m)
{
	console_release(m->console, true);
	devices_interrupt(m, true);
	crew_park(m->crew);
	devices_interrupt(m, false);
	console_release(m->console, false);
}

static void release(struct machine *m)
{
	arch_platform_free(m);
	for (uint32_t i = 0; i < m->options->cpus; i++) {
		crew_assign(m->crew, i, NULL);
		cairn_hv_vcpu_close(m->vcpus[i]);
	}
	cairn_hv_close(m->vm);
	cairn_memview_put(m->view);
	cairn_mapping_put(m->ram);
	pthread_rwlock_destroy(&m->bus_lock);
	free(m);
}

bool machine_free(struct machine *m)
{
	if (!m)
		return true;
	park(m);
	console_connect(m->console, (struct console_guest){ 0 });
	if (m->ports)
		ports_disconnect(m->ports);
	if (!devices_free(m))
		return false;
	release(m);
	return true;
}

static void run_vcpus(void *ctx)
{
	struct machine *m = ctx;
	struct cairn_trigger pause = m->pause_asked;

	m->is_resuming = false;
	m->pause_asked = (struct cairn_trigger){ 0 };
	if (pause.fn)
		machine_pause(m, pause);
	else
		crew_run(m->crew);
}

void machine_run(struct machine *m)
{
	m->is_resuming = true;
	devices_resume(m, (struct cairn_trigger){ .fn = run_vcpus, .ctx = m });
}

void machine_pause(struct machine *m, struct cairn_trigger done)
{
	/* A device does one thing at a time. */
	if (m->is_resuming) {
		m->pause_asked = done;
		return;
	}
	park(m);
	for (uint32_t i = 0; i < m->options->cpus; i++)
		if (cairn_hv_vcpu_paused(m->vcpus[i]))
			log_warn("vCPU %u: the guest was not told of the pause", i);
	devices_pause(m, done);
}

bool machine_power_button(struct machine *m)
{
	return arch_power_button(m);
}
