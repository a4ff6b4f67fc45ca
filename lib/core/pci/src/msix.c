/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/pci_msix.h>

#include "pci_private.h"

enum {
	ADDRESS_LOW = 0, /* dwords of a table entry */
	ADDRESS_HIGH = 1,
	DATA = 2,
	CONTROL = 3,

	CONTROL_MASKED = 1,
};

static uint32_t table_len(const struct cairn_pci_msix *m)
{
	return m->n * (uint32_t)CAIRN_PCI_MSIX_ENTRY;
}

static uint32_t pba_len(const struct cairn_pci_msix *m)
{
	return (m->n + 63u) / 64 * 8;
}

static bool are_apart(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a + a_len <= b || b + b_len <= a;
}

int cairn_pci_msix_init(struct cairn_pci_msix *m, struct cairn_pci_msix_entry *entries, uint16_t n,
			uint32_t table_at, uint32_t pba_at, struct cairn_pci_msix_hook hook)
{
	struct cairn_pci_msix x = {
		.entries = entries, .n = n, .table_at = table_at, .pba_at = pba_at, .hook = hook
	};

	if (n == 0 || n > CAIRN_PCI_MSIX_MAX || !hook.changed)
		return -EINVAL;
	if (table_at % 8 || pba_at % 8 || table_at > INT32_MAX || pba_at > INT32_MAX ||
	    !are_apart(table_at, table_len(&x), pba_at, pba_len(&x)))
		return -EINVAL;
	for (uint16_t i = 0; i < n; i++)
		entries[i] = (struct cairn_pci_msix_entry){ .masked = true };
	*m = x;
	return 0;
}

uint32_t cairn_pci_msix_end(const struct cairn_pci_msix *m)
{
	uint32_t table_end = m->table_at + table_len(m), pba_end = m->pba_at + pba_len(m);

	return table_end > pba_end ? table_end : pba_end;
}

static bool is_live(const struct cairn_pci_msix *m, const struct cairn_pci_msix_entry *e)
{
	return m->enabled && !m->all_masked && !e->masked;
}

/* Works out anew whether the vector is live, and says so where it matters. */
static void update(struct cairn_pci_msix *m, uint16_t vector, bool is_new_message)
{
	struct cairn_pci_msix_entry *e = &m->entries[vector];
	bool live = is_live(m, e);
	bool fire = live && e->pending;
	bool tell = live != e->live || (live && is_new_message);

	e->live = live;
	if (fire)
		e->pending = false;
	if (tell)
		m->hook.changed(m->hook.ctx, vector, e, fire);
}

void cairn_pci_msix_control_(struct cairn_pci_msix *m, bool enabled, bool all_masked)
{
	m->enabled = enabled;
	m->all_masked = all_masked;
	for (uint16_t i = 0; i < m->n; i++) {
		if (!enabled)
			m->entries[i].pending = false;
		update(m, i, false);
	}
}

void cairn_pci_msix_reset(struct cairn_pci_msix *m)
{
	cairn_pci_msix_control_(m, false, false);
	for (uint16_t i = 0; i < m->n; i++)
		m->entries[i] = (struct cairn_pci_msix_entry){ .masked = true };
}

bool cairn_pci_msix_raise(struct cairn_pci_msix *m, uint16_t vector)
{
	if (vector >= m->n || !m->enabled)
		return false;
	if (!m->entries[vector].live)
		m->entries[vector].pending = true;
	return m->entries[vector].live;
}

void cairn_pci_msix_clear(struct cairn_pci_msix *m, uint16_t vector)
{
	if (vector < m->n)
		m->entries[vector].pending = false;
}

static uint32_t read_table(const struct cairn_pci_msix *m, uint32_t dword)
{
	const struct cairn_pci_msix_entry *e = &m->entries[dword / 4];

	switch (dword % 4) {
	case ADDRESS_LOW:
		return (uint32_t)e->address;
	case ADDRESS_HIGH:
		return (uint32_t)(e->address >> 32);
	case DATA:
		return e->data;
	default:
		return e->masked ? CONTROL_MASKED : 0;
	}
}

static void write_table(struct cairn_pci_msix *m, uint32_t dword, uint32_t value)
{
	struct cairn_pci_msix_entry *e = &m->entries[dword / 4];

	switch (dword % 4) {
	case ADDRESS_LOW:
		e->address = (e->address & ~UINT64_C(0xffffffff)) | (value & ~3u);
		break;
	case ADDRESS_HIGH:
		e->address = (e->address & UINT64_C(0xffffffff)) | (uint64_t)value << 32;
		break;
	case DATA:
		e->data = value;
		break;
	default:
		e->masked = value & CONTROL_MASKED;
		break;
	}
}

/* Vectors 32 * dword and up. */
static uint32_t read_pba(const struct cairn_pci_msix *m, uint32_t dword)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < 32 && dword * 32 + i < m->n; i++)
		if (m->entries[dword * 32 + i].pending)
			bits |= UINT32_C(1) << i;
	return bits;
}

static uint32_t read_dword(const struct cairn_pci_msix *m, uint64_t off)
{
	if (off >= m->table_at && off - m->table_at < table_len(m))
		return read_table(m, (uint32_t)(off - m->table_at) / 4);
	if (off >= m->pba_at && off - m->pba_at < pba_len(m))
		return read_pba(m, (uint32_t)(off - m->pba_at) / 4);
	return 0;
}

static bool is_regular(uint64_t off, uint32_t len)
{
	return (len == 4 || len == 8) && off % len == 0;
}

static enum cairn_io bus_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct cairn_pci_msix *m = ctx;

	if (!is_regular(off, len))
		return CAIRN_IO_BAD;
	if (m->hook.sync && off >= m->pba_at && off - m->pba_at < pba_len(m))
		m->hook.sync(m->hook.ctx);
	*ret_value = read_dword(m, off);
	if (len == 8)
		*ret_value |= (uint64_t)read_dword(m, off + 4) << 32;
	return CAIRN_IO_DONE;
}

/* A table is a multiple of 8 at a multiple of 8: an access lies in it whole, or not at all. */
static enum cairn_io bus_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct cairn_pci_msix *m = ctx;
	struct cairn_pci_msix_entry old;
	uint32_t dword;
	uint16_t vector;

	if (!is_regular(off, len))
		return CAIRN_IO_BAD;
	if (off < m->table_at || off - m->table_at >= table_len(m))
		return CAIRN_IO_DONE; /* the pending bits are read-only */
	dword = (uint32_t)(off - m->table_at) / 4;
	vector = (uint16_t)(dword / 4);
	old = m->entries[vector];
	write_table(m, dword, (uint32_t)value);
	if (len == 8)
		write_table(m, dword + 1, (uint32_t)(value >> 32));
	update(m, vector,
	       old.address != m->entries[vector].address || old.data != m->entries[vector].data);
	return CAIRN_IO_DONE;
}

const struct cairn_bus_ops cairn_pci_msix_bus_ops = { .read = bus_read, .write = bus_write };

bool cairn_pci_msix_is_valid(const struct cairn_pci_msix *m)
{
	for (uint16_t i = 0; i < m->n; i++) {
		const struct cairn_pci_msix_entry *e = &m->entries[i];

		if (e->live != is_live(m, e) || (e->pending && (e->live || !m->enabled)))
			return false;
	}
	return true;
}
