/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/le.h>
#include <fw/arch.h>

#include "handover.h"

enum {
	HEADER_BYTES = 36,
	TABLE_MAX = 1 << 20, /* a longer one is not looked at */
	ROOT_MAX = 64,       /* entries of RSDT or XSDT that are */
	RSDP_BYTES = 36,
	RSDP_V1_BYTES = 20,
	MCFG_AT = 44, /* first allocation */
	MCFG_EACH = 16,

	/* FADT, 5.2.9 */
	FADT_DSDT = 40,
	FADT_PM1A_CONTROL = 64,
	FADT_PM_TIMER = 76,
	FADT_FLAGS = 112,
	FADT_RESET = 116,
	FADT_RESET_VALUE = 128,
	FADT_X_DSDT = 140,
	FADT_X_PM1A_CONTROL = 172,
	FADT_SLEEP = 244,
	HAS_RESET = 1 << 10,
	IS_REDUCED = 1 << 20, /* no PM1 registers */
	GAS_BYTES = 12,
	GAS_MEMORY = 0,
	GAS_PORT = 1,
	SLEEP_ENABLE = 1 << 5, /* 4.8.3.7 */
	SLEEP_TYPE_SHIFT = 2,
	PM1_ENABLE = 1 << 13, /* 4.8.3.2.1 */
	PM1_TYPE_SHIFT = 10,

	/* TCG ACPI Specification 1.4, 7.3 */
	TPM2_CONTROL = 40,
	TPM2_METHOD = 48,
	TPM2_LOG_BYTES = 64, /* perhaps behind the table's end */
	TPM2_LOG = 68,
};

struct table {
	const uint8_t *bytes;
	uint32_t len; /* 0: there is none */
};

bool fw_handover_sum_(const uint8_t *bytes, size_t n)
{
	uint8_t sum = 0;

	while (n--)
		sum = (uint8_t)(sum + *bytes++);
	return sum == 0;
}

static uint64_t get(struct table t, uint32_t off, uint32_t len)
{
	return off + len <= t.len ? cairn_le_load(t.bytes + off, len) : 0;
}

static struct table open_table(uint64_t at)
{
	const uint8_t *header = fw_arch_view(at, HEADER_BYTES);
	struct table t = { 0 };
	uint32_t len;

	if (!header)
		return t;
	len = (uint32_t)cairn_le_load(header + 4, 4);
	if (len < HEADER_BYTES || len > TABLE_MAX)
		return t;
	t.bytes = fw_arch_view(at, len);
	if (t.bytes && fw_handover_sum_(t.bytes, len))
		t.len = len;
	return t;
}

static bool is_called(struct table t, const char *signature)
{
	return t.len && memcmp(t.bytes, signature, 4) == 0;
}

static void read_mcfg(struct fw_platform *p, struct table t)
{
	for (uint32_t off = MCFG_AT; off + MCFG_EACH <= t.len && p->n_ecam < FW_ECAM_MAX;
	     off += MCFG_EACH) {
		struct fw_ecam e = { .at = get(t, off, 8),
				     .segment = (uint16_t)get(t, off + 8, 2),
				     .first_bus = (uint8_t)get(t, off + 10, 1),
				     .last_bus = (uint8_t)get(t, off + 11, 1) };

		if (e.at && e.first_bus <= e.last_bus)
			p->ecam[p->n_ecam++] = e;
	}
}

/* A generic address, 5.2.3.2, of a register of at most two bytes. */
static struct fw_register read_gas(struct table t, uint32_t off)
{
	struct fw_register r = { .at = get(t, off + 4, 8), .width = 1 };
	uint64_t space = get(t, off, 1);

	r.is_port = space == GAS_PORT;
	if ((space != GAS_MEMORY && space != GAS_PORT) || (r.is_port && r.at > UINT16_MAX))
		r.at = 0;
	return r;
}

/*
 * SLP_TYP of S5: the first element of the package that DSDT calls _S5_ (20.2: NameOp, name,
 * PackageOp, length, count, and a constant). Where no such package is, 5, as many machines have.
 */
static uint8_t sleep_type(struct table dsdt)
{
	static const uint8_t name[] = { '_', 'S', '5', '_', 0x12 };

	for (uint32_t i = HEADER_BYTES; i + sizeof(name) + 6 <= dsdt.len; i++) {
		const uint8_t *at = dsdt.bytes + i + sizeof(name);

		if (memcmp(dsdt.bytes + i, name, sizeof(name)) != 0)
			continue;
		at += 1 + (*at >> 6) + 1; /* length in 1 to 4 bytes, then the count */
		if (at + 2 > dsdt.bytes + dsdt.len)
			break;
		return (at[0] == 0x0a ? at[1] : at[0]) & 7;
	}
	return 5;
}

static void read_fadt(struct fw_platform *p, struct table t, struct table dsdt)
{
	uint8_t type = sleep_type(dsdt);
	uint64_t flags = get(t, FADT_FLAGS, 4);

	if (flags & HAS_RESET) {
		p->reset = read_gas(t, FADT_RESET);
		p->reset.value = (uint16_t)get(t, FADT_RESET_VALUE, 1);
	}
	if (flags & IS_REDUCED) {
		p->sleep = read_gas(t, FADT_SLEEP);
		p->sleep.value = (uint16_t)(type << SLEEP_TYPE_SHIFT | SLEEP_ENABLE);
		return;
	}
	p->pm_timer = (uint16_t)get(t, FADT_PM_TIMER, 4);
	p->sleep = read_gas(t, FADT_X_PM1A_CONTROL);
	if (!p->sleep.at) {
		p->sleep.at = (uint16_t)get(t, FADT_PM1A_CONTROL, 4);
		p->sleep.is_port = true;
	}
	p->sleep.width = 2;
	p->sleep.value = (uint16_t)(type << PM1_TYPE_SHIFT | PM1_ENABLE);
}

void fw_handover_mmio_(struct fw_platform *p, uint64_t at)
{
	for (uint32_t i = 0; i < p->n_mmio; i++)
		if (p->mmio[i] == at)
			return;
	if (at && p->n_mmio < FW_MMIO_MAX)
		p->mmio[p->n_mmio++] = at;
}

/* Descriptors that say where memory is: 6.4.3.4 (Memory32Fixed), 6.4.3.5 (QWord, DWord). */
static const struct place {
	uint8_t head[4];
	uint8_t n_head, base, len, width;
} places[] = {
	{ .head = { 0x86, 0x09, 0x00 }, .n_head = 3, .base = 4, .len = 8, .width = 4 },
	{ .head = { 0x8a, 0x2b, 0x00, 0x00 }, .n_head = 4, .base = 14, .len = 38, .width = 8 },
	{ .head = { 0x87, 0x17, 0x00, 0x00 }, .n_head = 4, .base = 10, .len = 22, .width = 4 },
};

static const struct place *place_at(struct table t, uint32_t off)
{
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(places); i++)
		if (off + places[i].len + places[i].width <= t.len &&
		    memcmp(t.bytes + off, places[i].head, places[i].n_head) == 0)
			return &places[i];
	return NULL;
}

/*
 * Devices with the hardware id of virtio-mmio: the first descriptor of memory behind it says where.
 */
static void find_mmio(struct fw_platform *p, struct table t)
{
	static const char id[] = "LNRO0005"; /* with its NUL */
	bool is_in = false;

	for (uint32_t i = HEADER_BYTES; i + sizeof(id) <= t.len; i++) {
		const struct place *where;

		if (memcmp(t.bytes + i, id, sizeof(id)) == 0)
			is_in = true;
		where = is_in ? place_at(t, i) : NULL;
		if (!where)
			continue;
		is_in = false;
		if (get(t, i + where->len, where->width) >= 0x200)
			fw_handover_mmio_(p, get(t, i + where->base, where->width));
	}
}

static void read_tpm2(struct fw_platform *p, struct table t)
{
	p->tpm.method = (uint32_t)get(t, TPM2_METHOD, 4);
	p->tpm.control_at = get(t, TPM2_CONTROL, 8);
	p->tpm.log_at = get(t, TPM2_LOG, 8);
	p->tpm.log_bytes = p->tpm.log_at ? (uint32_t)get(t, TPM2_LOG_BYTES, 4) : 0;
}

static uint64_t root_of(uint64_t rsdp, uint32_t *ret_each)
{
	const uint8_t *r = fw_arch_view(rsdp, RSDP_V1_BYTES), *r2;

	if (!r || memcmp(r, "RSD PTR ", 8) != 0 || !fw_handover_sum_(r, RSDP_V1_BYTES))
		return 0;
	*ret_each = 4;
	r2 = r[15] >= 2 ? fw_arch_view(rsdp, RSDP_BYTES) : NULL;
	if (r2 && fw_handover_sum_(r2, RSDP_BYTES) && cairn_le_load(r2 + 24, 8)) {
		*ret_each = 8;
		return cairn_le_load(r2 + 24, 8);
	}
	return cairn_le_load(r + 16, 4);
}

static void read_fadt_and_dsdt(struct fw_platform *p, struct table fadt)
{
	uint64_t at = get(fadt, FADT_X_DSDT, 8);
	struct table dsdt = open_table(at ? at : get(fadt, FADT_DSDT, 4));

	if (!is_called(dsdt, "DSDT"))
		dsdt.len = 0;
	read_fadt(p, fadt, dsdt);
	find_mmio(p, dsdt);
}

void fw_handover_acpi(struct fw_platform *p)
{
	uint32_t each = 0;
	struct table root = open_table(root_of(p->rsdp_at, &each));

	if (!is_called(root, each == 8 ? "XSDT" : "RSDT"))
		return;
	for (uint32_t i = 0; i < ROOT_MAX; i++) {
		uint64_t at = get(root, HEADER_BYTES + i * each, each);
		struct table t = open_table(at);

		if (is_called(t, "FACP"))
			read_fadt_and_dsdt(p, t);
		else if (is_called(t, "MCFG"))
			read_mcfg(p, t);
		else if (is_called(t, "TPM2"))
			read_tpm2(p, t);
		else if (is_called(t, "SSDT"))
			find_mmio(p, t);
	}
}
