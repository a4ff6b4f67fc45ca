/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The common suite, on virtio-pci with MSI-X. */
#include "driver.h"

int main(void)
{
	return cairn_suite_run(&pci_suite_ops);
}
