/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* pci_bars.h - the BARs of functions that the walk has found. */
#ifndef FW_PCI_BARS_H
#define FW_PCI_BARS_H

#include <fw/pci.h>

/* Sizes and addresses, as they are; decoding is off meanwhile, and then as f->command says. */
void fw_pci_read_bars_(struct fw_pci *f);
/* Addresses for those of one range's functions that have none, in the order of the walk; those that
 * stay without get length 0. ecam NULL: there are no windows. */
void fw_pci_assign_(const struct fw_ecam *ecam, struct fw_pci *functions, uint32_t n);

#endif
