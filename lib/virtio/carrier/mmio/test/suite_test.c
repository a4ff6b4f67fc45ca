/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The common suite, on virtio-mmio. */
#include "driver.h"

int main(void)
{
	return cairn_suite_run(&mmio_suite_ops);
}
