/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Architectures that have no I/O ports. */
#include <fw/arch.h>

uint32_t fw_arch_port_read(uint16_t port, uint32_t width)
{
	return UINT32_MAX;
}

void fw_arch_port_write(uint16_t port, uint32_t width, uint32_t value)
{
}
