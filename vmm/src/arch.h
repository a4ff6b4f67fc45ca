/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * arch.h - what an architecture adds to a machine. vmm/arch/<name>/ has the same files for each:
 * layout.h (addresses), boot.c (kernel, registers), platform.c (chip-set devices), acpi.c (tables).
 */
#ifndef VMM_ARCH_H
#define VMM_ARCH_H

#include <cairn/pci.h>

#include "machine.h"

struct arch_ram {
	struct {
		cairn_gpa at;
		uint64_t offset, len_bytes; /* in the one mapping of all RAM */
	} parts[MAX_RAM_PARTS];
	size_t n;
	uint64_t sparse_bytes; /* of the mapping's start: tables here and there, no kernel */
};

/*
 * What a machine is to be told of the host that is not to be had once the filter is closed: its
 * caches on aarch64, where a hypervisor hides them; nothing on x86_64. sysfs: "/sys".
 */
void arch_host_look(const char *sysfs, struct host *h);
/* Where RAM lies. Returns 0 or a negative errno with err. */
CAIRN_MUST_USE int arch_ram_layout(uint64_t memory_bytes, struct arch_ram *ret,
				   struct cairn_err *err);
/* Opens m->vm with this architecture's configuration. */
CAIRN_MUST_USE int arch_open_vm(struct machine *m, struct cairn_err *err);
/* The platform's own devices, on m's buses. */
CAIRN_MUST_USE int arch_platform_new(struct machine *m, struct cairn_err *err);
void arch_platform_free(struct machine *m);
/* The address space of ports; NULL where the architecture has none. With arch_platform_new(). */
struct cairn_bus *arch_ports(struct machine *m);
/* Interrupt line for the n-th virtio-mmio device, and its address; false: no more. */
bool arch_mmio_slot(size_t n, uint64_t *ret_at, uint32_t *ret_line);
struct arch_pci {
	uint64_t ecam; /* of bus 0 */
	struct cairn_pci_window mem32, mem64;
	uint32_t intx[4];                /* lines of INTA of devices 0, 1, 2, 3, 0, … */
	const struct cairn_bus_ops *cf9; /* with ports: what is at 0xcf9; or NULL */
	void *cf9_ctx;
};
struct arch_pci arch_pci(struct machine *m);
/* Kernel and tables into memory, registers of every vCPU. Returns an enum exit_code, said on
 * standard error; 0 is success. */
CAIRN_MUST_USE int arch_boot(struct machine *m);
/* Input for the platform's serial port; bytes taken. */
size_t arch_serial_push(void *machine, const uint8_t *bytes, size_t n);
bool arch_power_button(struct machine *m);

#endif
