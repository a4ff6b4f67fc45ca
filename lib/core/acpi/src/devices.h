/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* devices.h - devices of the DSDT that machines of several architectures have. */
#ifndef CAIRN_ACPI_DEVICES_H
#define CAIRN_ACPI_DEVICES_H

#include "aml.h"

/* Bridge and ECAM. has_ports: an x86 one, which passes on all I/O ports. */
void cairn_acpi_pci_root_(struct aml *a, const struct cairn_acpi_pci *p, bool has_ports);
/* Devices VR00 … VRFF. */
void cairn_acpi_virtio_mmio_(struct aml *a, const struct cairn_acpi_mmio *m, uint32_t n);
/* The power button, and the event device that presses it; its register is at `at` of `space`. */
void cairn_acpi_power_button_(struct aml *a, enum aml_space space, uint64_t at,
			      const struct cairn_acpi_line *line);

#endif
