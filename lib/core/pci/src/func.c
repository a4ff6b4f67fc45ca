/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/le.h>
#include <cairn/math.h>
#include <cairn/pci.h>

#include "pci_private.h"

#define BAR32_MAX (UINT64_C(1) << 31)
#define BAR64_MAX (UINT64_C(1) << 62)
#define BAR_MIN   16

enum {
	MSIX_CONTROL = 2, /* offset in the capability; the bits are those of its high byte */
	MSIX_ENABLE = 0x80,
	MSIX_MASK = 0x40,
};

static void put(struct cairn_pci_func *f, uint32_t off, uint32_t len, uint64_t value)
{
	cairn_le_store(f->config + off, len, value);
}

static uint64_t get(const struct cairn_pci_func *f, uint32_t off, uint32_t len)
{
	return cairn_le_load(f->config + off, len);
}

void cairn_pci_func_init(struct cairn_pci_func *f, const struct cairn_pci_ids *ids)
{
	*f = (struct cairn_pci_func){ .cap_end = PCI_FIRST_CAP };
	put(f, PCI_VENDOR, 2, ids->vendor);
	put(f, PCI_DEVICE, 2, ids->device);
	put(f, PCI_REVISION, 1, ids->revision);
	put(f, PCI_CLASS, 3, ids->class_code);
	put(f, PCI_SUB_VENDOR, 2, ids->sub_vendor);
	put(f, PCI_SUB_DEVICE, 2, ids->sub_device);
	cairn_le_store(f->writable + PCI_COMMAND, 2,
		       PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
			   PCI_COMMAND_SERR | PCI_COMMAND_INTX_OFF);
	f->writable[PCI_CACHE_LINE] = 0xff;
	f->writable[PCI_LATENCY] = 0xff;
	f->writable[PCI_IRQ_LINE] = 0xff;
	for (unsigned i = 0; i < CAIRN_PCI_BARS; i++)
		f->bars[i].mapped = CAIRN_PCI_UNMAPPED;
}

static bool is_free(const struct cairn_pci_func *f, unsigned index)
{
	bool is_upper_half = index > 0 && (f->bars[index - 1].flags & CAIRN_PCI_BAR_64);

	return f->bars[index].size == 0 && !is_upper_half;
}

int cairn_pci_func_bar(struct cairn_pci_func *f, unsigned index, uint64_t size, uint32_t flags,
		       const struct cairn_bus_ops *ops, void *ctx)
{
	bool is64 = flags & CAIRN_PCI_BAR_64;
	uint32_t off;

	if (f->is_added || !ops || !cairn_is_pow2(size) || size < BAR_MIN ||
	    size > (is64 ? BAR64_MAX : BAR32_MAX))
		return -EINVAL;
	if (index >= CAIRN_PCI_BARS || (is64 && index + 1 >= CAIRN_PCI_BARS))
		return -EINVAL;
	if (!is_free(f, index) || (is64 && !is_free(f, index + 1)))
		return -EINVAL;
	off = PCI_BAR0 + 4 * index;
	f->bars[index] = (struct cairn_pci_bar){
		.size = size, .flags = flags, .ops = ops, .ctx = ctx, .mapped = CAIRN_PCI_UNMAPPED
	};
	/* Bits below the size stay 0 whatever is written: that is how a driver learns the size. */
	cairn_le_store(f->writable + off, is64 ? 8 : 4, ~(size - 1));
	put(f, off, 1,
	    (is64 ? PCI_BAR_64 : 0) | (flags & CAIRN_PCI_BAR_PREFETCH ? PCI_BAR_PREFETCH : 0));
	return 0;
}

int cairn_pci_func_cap(struct cairn_pci_func *f, uint8_t id, const uint8_t *body,
		       const uint8_t *writable, size_t len, uint8_t *ret_off)
{
	uint16_t at = f->cap_end;

	if (f->is_added)
		return -EINVAL;
	if (len > CAIRN_PCI_CONFIG_LEN || at + 2 + len > CAIRN_PCI_CONFIG_LEN)
		return -ENOSPC;
	f->config[at] = id;
	memcpy(f->config + at + 2, body, len);
	if (writable)
		memcpy(f->writable + at + 2, writable, len);
	f->config[f->last_cap ? f->last_cap + 1 : PCI_CAPS] = (uint8_t)at;
	f->config[PCI_STATUS] |= PCI_STATUS_CAPS;
	f->last_cap = (uint8_t)at;
	f->cap_end = (uint16_t)((at + 2 + len + 3) & ~(size_t)3);
	*ret_off = (uint8_t)at;
	return 0;
}

int cairn_pci_func_msix(struct cairn_pci_func *f, struct cairn_pci_msix *m, unsigned bar)
{
	static const uint8_t writable[10] = { 0, MSIX_ENABLE | MSIX_MASK };
	uint8_t body[10], at;
	int rc;

	if (f->msix || bar >= CAIRN_PCI_BARS || f->bars[bar].size < cairn_pci_msix_end(m))
		return -EINVAL;
	cairn_le_store(body, 2, m->n - 1u);
	cairn_le_store(body + 2, 4, m->table_at | bar);
	cairn_le_store(body + 6, 4, m->pba_at | bar);
	rc = cairn_pci_func_cap(f, CAIRN_PCI_CAP_MSIX, body, writable, sizeof(body), &at);
	if (rc < 0)
		return rc;
	f->msix = m;
	f->msix_at = at;
	return 0;
}

int cairn_pci_func_intx(struct cairn_pci_func *f, uint8_t pin, struct cairn_line line)
{
	if (f->is_added || pin < 1 || pin > 4)
		return -EINVAL;
	f->config[PCI_IRQ_PIN] = pin;
	f->intx = line;
	return 0;
}

static void update_intx(struct cairn_pci_func *f)
{
	bool is_off = get(f, PCI_COMMAND, 2) & PCI_COMMAND_INTX_OFF;
	bool high = f->intx_asserted && !is_off && !(f->msix && f->msix->enabled);

	if (high == f->intx_high)
		return;
	f->intx_high = high;
	cairn_line_set(&f->intx, high);
}

void cairn_pci_func_set_intx(struct cairn_pci_func *f, bool asserted)
{
	if (f->config[PCI_IRQ_PIN] == 0)
		return;
	f->intx_asserted = asserted;
	f->config[PCI_STATUS] = (uint8_t)((f->config[PCI_STATUS] & ~PCI_STATUS_INTX) |
					  (asserted ? PCI_STATUS_INTX : 0));
	update_intx(f);
}

static bool is_in_caps(uint32_t off, uint32_t len)
{
	return off >= PCI_FIRST_CAP && cairn_in_range(off, len, CAIRN_PCI_CONFIG_LEN);
}

int cairn_pci_func_hook(struct cairn_pci_func *f, const struct cairn_pci_config_hook *hook)
{
	if (f->is_added || !hook->refresh || !hook->stored || !is_in_caps(hook->off, hook->len))
		return -EINVAL;
	f->hook = *hook;
	return 0;
}

int cairn_pci_func_own(struct cairn_pci_func *f, const struct cairn_pci_owner *owner)
{
	if (f->is_added || !owner->enter != !owner->leave)
		return -EINVAL;
	f->owner = *owner;
	return 0;
}

static void enter(const struct cairn_pci_func *f)
{
	if (f->owner.enter)
		f->owner.enter(f->owner.ctx);
}

static void leave(const struct cairn_pci_func *f)
{
	if (f->owner.leave)
		f->owner.leave(f->owner.ctx);
}

int cairn_pci_func_poke(struct cairn_pci_func *f, uint32_t off, const uint8_t *src, uint32_t len)
{
	if (!is_in_caps(off, len))
		return -EINVAL;
	memcpy(f->config + off, src, len);
	return 0;
}

int cairn_pci_func_peek(const struct cairn_pci_func *f, uint32_t off, uint8_t *dst, uint32_t len)
{
	if (!is_in_caps(off, len))
		return -EINVAL;
	memcpy(dst, f->config + off, len);
	return 0;
}

bool cairn_pci_func_is_master(const struct cairn_pci_func *f)
{
	return f->config[PCI_COMMAND] & PCI_COMMAND_MASTER;
}

static bool is_in_window(const struct cairn_pci_window *w, uint64_t base, uint64_t len)
{
	return base >= w->base && cairn_in_range(base - w->base, len, w->len);
}

uint64_t cairn_pci_func_bar_address(const struct cairn_pci_func *f, unsigned index)
{
	const struct cairn_pci_bar *b;
	uint64_t base;

	if (index >= CAIRN_PCI_BARS || !(f->config[PCI_COMMAND] & PCI_COMMAND_MEMORY))
		return CAIRN_PCI_UNMAPPED;
	b = &f->bars[index];
	if (b->size == 0)
		return CAIRN_PCI_UNMAPPED;
	base = get(f, PCI_BAR0 + 4 * index, b->flags & CAIRN_PCI_BAR_64 ? 8 : 4) & ~UINT64_C(15);
	if (!is_in_window(&f->windows[0], base, b->size) &&
	    !is_in_window(&f->windows[1], base, b->size))
		return CAIRN_PCI_UNMAPPED;
	return base;
}

void cairn_pci_func_place_(struct cairn_pci_func *f, unsigned index, uint64_t address)
{
	uint32_t off = PCI_BAR0 + 4 * index;

	put(f, off, f->bars[index].flags & CAIRN_PCI_BAR_64 ? 8 : 4,
	    address | (f->config[off] & 15));
}

/* Both ranges have a byte in common. */
static bool touches(uint32_t off, uint32_t len, uint32_t at, uint32_t at_len)
{
	return off < at + at_len && at < off + len;
}

static bool needs_remap(const struct cairn_pci_func *f)
{
	for (unsigned i = 0; i < CAIRN_PCI_BARS; i++)
		if (f->bars[i].mapped != cairn_pci_func_bar_address(f, i))
			return true;
	return false;
}

static bool is_config_access(uint32_t off, uint32_t len)
{
	return (len == 1 || len == 2 || len == 4) && cairn_in_range(off, len, CAIRN_PCI_CONFIG_LEN);
}

enum cairn_io cairn_pci_func_read(struct cairn_pci_func *f, uint32_t off, uint32_t len,
				  uint32_t *ret_value)
{
	if (!is_config_access(off, len)) {
		*ret_value = len == 1 ? 0xff : len == 2 ? 0xffff : UINT32_MAX;
		return CAIRN_IO_BAD;
	}
	if (f->hook.len && touches(off, len, f->hook.off, f->hook.len))
		f->hook.refresh(f->hook.ctx, off, len);
	enter(f);
	*ret_value = (uint32_t)get(f, off, len);
	leave(f);
	return CAIRN_IO_DONE;
}

static void switch_msix(struct cairn_pci_func *f)
{
	uint8_t control = f->config[f->msix_at + MSIX_CONTROL + 1];
	bool enabled = control & MSIX_ENABLE, masked = control & MSIX_MASK;

	if (enabled != f->msix->enabled || masked != f->msix->all_masked)
		cairn_pci_msix_control_(f->msix, enabled, masked);
}

static void store(struct cairn_pci_func *f, uint32_t off, uint32_t len, uint32_t value)
{
	for (uint32_t i = 0; i < len; i++) {
		uint8_t mask = f->writable[off + i], byte = (uint8_t)(value >> (8 * i));

		f->config[off + i] = (uint8_t)((f->config[off + i] & ~mask) | (byte & mask));
	}
	if (f->msix && touches(off, len, f->msix_at + MSIX_CONTROL, 2))
		switch_msix(f);
	update_intx(f);
}

enum cairn_io cairn_pci_func_write(struct cairn_pci_func *f, uint32_t off, uint32_t len,
				   uint32_t value)
{
	enum cairn_io io = CAIRN_IO_DONE;

	if (!is_config_access(off, len))
		return CAIRN_IO_BAD;
	enter(f);
	store(f, off, len, value);
	leave(f);
	if (f->hook.len && touches(off, len, f->hook.off, f->hook.len))
		io = f->hook.stored(f->hook.ctx, off, len);
	return needs_remap(f) ? CAIRN_IO_REMAP : io;
}

void cairn_pci_func_reset(struct cairn_pci_func *f)
{
	enter(f);
	memcpy(f->config, f->initial, sizeof(f->config));
	if (f->msix)
		cairn_pci_msix_reset(f->msix);
	cairn_pci_func_set_intx(f, false);
	leave(f);
}
