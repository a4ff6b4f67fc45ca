/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * machine.h - one virtual machine: memory, vCPUs, buses, devices. Built for a boot, taken down at
 * its end; a reboot is another machine. What outlives it (files, threads, the console, the loop)
 * comes from outside.
 *
 * All functions are the main thread's. The buses are read by vCPU threads under bus_lock, held
 * shared across the access.
 */
#ifndef VMM_MACHINE_H
#define VMM_MACHINE_H

#include <pthread.h>

#include <cairn/bus.h>
#include <cairn/hostmem.h>
#include <cairn/hv.h>

#include "console.h"
#include "crew.h"
#include "host.h"
#include "options.h"
#include "ports.h"

#define MAX_MMIO_REGIONS 96u

/* The hypervisor's memory slots: a part of RAM each, from 0, then what is shown of the flash. */
enum { MAX_RAM_PARTS = 4, SLOT_FLASH = MAX_RAM_PARTS };

struct arch;    /* arch/…/platform.c */
struct devices; /* devices.c */
struct flash;   /* flash.c */

enum machine_end { /* why a machine stopped */
		   END_POWER_OFF,
		   END_RESET,
		   END_CRASH,
		   END_FAILED, /* the hypervisor gave up on a vCPU */
};

/* Any thread; the first counts. */
struct machine_hooks {
	void (*ended)(void *ctx, enum machine_end why);
	void *ctx;
};

struct machine {
	const struct run_options *options;
	struct host *host;
	struct crew *crew;
	struct cairn_loop *loop;
	struct console *console;
	struct ports *ports; /* NULL: none */
	struct machine_hooks hooks;

	const struct cairn_hv_ops *hv;
	int node_fd; /* the hypervisor's device node, or 0: it has none */
	struct cairn_vm *vm;
	struct cairn_vcpu *vcpus[MAX_CPUS];
	struct cairn_mapping *ram;
	struct cairn_memview *view;

	pthread_rwlock_t bus_lock;
	struct cairn_bus mmio;
	struct cairn_bus_region mmio_regions[MAX_MMIO_REGIONS];

	struct arch *arch;
	struct devices *devices;
	struct flash *flash;              /* NULL: none */
	bool is_resuming;                 /* devices are; vCPUs do not run yet */
	struct cairn_trigger pause_asked; /* meanwhile; fn NULL: not */
};

struct machine_config {
	const struct run_options *options;
	struct host *host;
	struct crew *crew;
	struct cairn_loop *loop;
	struct console *console;
	struct ports *ports; /* NULL: none */
	struct machine_hooks hooks;
	const struct cairn_hv_ops *hv;
	int node_fd;
};

/*
 * machine_new() - everything up to the first instruction of the guest.
 *
 * Returns 0, or the exit code's kind of failure: a value of enum exit_code, said on standard error.
 */
CAIRN_MUST_USE int machine_new(const struct machine_config *config, struct machine **ret);
/* Parks the vCPUs, stops the devices (runs the loop until they are), releases everything. False: a
 * device hangs; the machine stays as it is, and the program can only end. NULL is fine. */
CAIRN_MUST_USE bool machine_free(struct machine *m);

/* vCPUs run. Also after machine_pause(). */
void machine_run(struct machine *m);
/* vCPUs stop, queues are drained; `done` is fired on the main loop. Then machine_run() goes on. */
void machine_pause(struct machine *m, struct cairn_trigger done);
/* The power button. False: this machine has none. */
bool machine_power_button(struct machine *m);

/* For crew_hooks.exit, with the machine as ctx: one exit of a vCPU, on its thread. */
bool machine_exit(struct machine *m, uint32_t id, const struct cairn_hv_exit *exit);

/* For the machine's own parts: put a region on the bus; fails loudly (-EEXIST is a layout mistake).
 */
CAIRN_MUST_USE int machine_add_mmio(struct machine *m, uint64_t base, uint64_t len,
				    const struct cairn_bus_ops *ops, void *ctx);

#endif
