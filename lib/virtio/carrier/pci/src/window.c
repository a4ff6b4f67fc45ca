/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * window.c - VIRTIO_PCI_CAP_PCI_CFG (virtio 1.2, 4.1.4.9): a capability whose fields name a place
 * in a BAR, and whose last four bytes are that place. Firmware without mapped BARs uses it.
 */
#include <cairn/le.h>
#include <cairn/math.h>

#include "private.h"

enum { /* offsets in the capability */
       WINDOW_BAR = 4,
       WINDOW_OFFSET = 8,
       WINDOW_LENGTH = 12,
       WINDOW_DATA = 16,
       WINDOW_END = 20,
};

struct place {
	uint32_t off, len;
};

/* What the driver has set, read once; false when it is no access to BAR 0. */
static bool place_of(const struct cairn_virtio_pci *p, struct place *ret)
{
	uint8_t cap[WINDOW_END];

	if (cairn_pci_func_peek(&p->func, p->window_at, cap, sizeof(cap)) < 0)
		return false;
	ret->off = (uint32_t)cairn_le_load(cap + WINDOW_OFFSET, 4);
	ret->len = (uint32_t)cairn_le_load(cap + WINDOW_LENGTH, 4);
	return cap[WINDOW_BAR] == REGS_BAR && (ret->len == 1 || ret->len == 2 || ret->len == 4) &&
	       ret->off % ret->len == 0 && cairn_in_range(ret->off, ret->len, REGS_LEN);
}

static void refresh(void *ctx, uint32_t off, uint32_t len)
{
	struct cairn_virtio_pci *p = ctx;
	struct place at;
	uint64_t value = 0;
	uint8_t bytes[4];
	int rc;

	if (!place_of(p, &at))
		return;
	cairn_virtio_pci_regs_ops_.read(p, at.off, at.len, &value);
	cairn_le_store(bytes, sizeof(bytes), value);
	rc = cairn_pci_func_poke(&p->func, (uint32_t)p->window_at + WINDOW_DATA, bytes, at.len);
	(void)rc; /* the capability lies where poke allows it */
}

static enum cairn_io stored(void *ctx, uint32_t off, uint32_t len)
{
	struct cairn_virtio_pci *p = ctx;
	struct place at;
	uint8_t bytes[4] = { 0 };

	if (!place_of(p, &at) ||
	    cairn_pci_func_peek(&p->func, (uint32_t)p->window_at + WINDOW_DATA, bytes, at.len) < 0)
		return CAIRN_IO_DONE;
	return cairn_virtio_pci_regs_ops_.write(p, at.off, at.len, cairn_le_load(bytes, at.len));
}

const struct cairn_pci_config_hook cairn_virtio_pci_window_ = {
	.off = WINDOW_DATA, .len = WINDOW_END - WINDOW_DATA, .refresh = refresh, .stored = stored
};
