/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/le.h>
#include <fw/arch.h>

#include "handover.h"

enum {
	HEADER_BYTES = FW_TABLE_HEADER,
	TABLE_MAX = 1 << 20, /* a longer one is not looked at */
	ROOT_MAX = 64,       /* entries of RSDT or XSDT that are */
	RSDP_BYTES = 36,
	RSDP_V1_BYTES = 20,
	MCFG_AT = 44, /* first allocation */
	MCFG_EACH = 16,

	SPCR_KIND = 36,
	SPCR_GAS = 40,
	SPCR_PL011 = 3,
	SPCR_SBSA = 14,
	SPCR_16550 = 18,

	/* FADT, 5.2.9 */
	FADT_DSDT = 40,
	FADT_PM1A_CONTROL = 64,
	FADT_PM_TIMER = 76,
	FADT_FLAGS = 112,
	FADT_RESET = 116,
	FADT_RESET_VALUE = 128,
	FADT_ARM_BOOT = 129,
	FADT_X_DSDT = 140,
	FADT_X_PM1A_CONTROL = 172,
	FADT_X_PM_TIMER = 208,
	FADT_SLEEP = 244,
	HAS_RESET = 1 << 10,
	IS_REDUCED = 1 << 20, /* no PM1 registers */
	HAS_PSCI = 1 << 0,    /* 5.2.9.4 */
	PSCI_BY_HVC = 1 << 1,
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

bool fw_handover_sum_(const uint8_t *bytes, size_t n)
{
	uint8_t sum = 0;

	while (n--)
		sum = (uint8_t)(sum + *bytes++);
	return sum == 0;
}

static struct fw_table open_table(uint64_t at)
{
	const uint8_t *header = fw_arch_view(at, HEADER_BYTES);
	struct fw_table t = { 0 };
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

static bool is_called(struct fw_table t, const char *signature)
{
	return t.len && memcmp(t.bytes, signature, 4) == 0;
}

static void read_mcfg(struct fw_platform *p, struct fw_table t)
{
	for (uint32_t off = MCFG_AT; off + MCFG_EACH <= t.len && p->n_ecam < FW_ECAM_MAX;
	     off += MCFG_EACH) {
		struct fw_ecam e = { .segment = (uint16_t)fw_table_get_(t, off + 8, 2),
				     .first_bus = (uint8_t)fw_table_get_(t, off + 10, 1),
				     .last_bus = (uint8_t)fw_table_get_(t, off + 11, 1) };
		uint64_t base = fw_table_get_(t, off, 8); /* of bus 0, whichever is the first */

		e.at = base + ((uint64_t)e.first_bus << 20);
		if (base && e.at >= base && e.first_bus <= e.last_bus)
			p->ecam[p->n_ecam++] = e;
	}
}

/* A generic address, 5.2.3.2, of a register of at most two bytes. */
static struct fw_register read_gas(struct fw_table t, uint32_t off)
{
	struct fw_register r = { .at = fw_table_get_(t, off + 4, 8), .width = 1 };
	uint64_t space = fw_table_get_(t, off, 1);

	r.is_port = space == GAS_PORT;
	if ((space != GAS_MEMORY && space != GAS_PORT) || (r.is_port && r.at > UINT16_MAX))
		r.at = 0;
	return r;
}

/* Serial port console redirection, Microsoft's: registers in memory. */
static void read_spcr(struct fw_platform *p, struct fw_table t)
{
	static const enum fw_uart_kind kinds[] = {
		[0] = FW_UART_16550_MMIO,          [1] = FW_UART_16550_MMIO,
		[SPCR_PL011] = FW_UART_PL011,      [SPCR_SBSA] = FW_UART_PL011,
		[SPCR_16550] = FW_UART_16550_MMIO,
	};
	uint64_t kind = fw_table_get_(t, SPCR_KIND, 1);

	if (p->uart != FW_UART_NONE || kind >= CAIRN_ARRAY_LEN(kinds) ||
	    fw_table_get_(t, SPCR_GAS, 1) != GAS_MEMORY)
		return;
	p->uart = kinds[kind];
	p->uart_at = fw_table_get_(t, SPCR_GAS + 4, 8);
	p->uart_stride = (uint32_t)fw_table_get_(t, SPCR_GAS + 1, 1) / 8;
}

/*
 * By the specification, what has no registers of PM1 has no timer either; Cloud Hypervisor has one,
 * and says where in the newer field.
 */
static uint16_t read_pm_timer(struct fw_table t, bool is_reduced)
{
	struct fw_register r = read_gas(t, FADT_X_PM_TIMER);

	if (r.is_port && r.at)
		return (uint16_t)r.at;
	return is_reduced ? 0 : (uint16_t)fw_table_get_(t, FADT_PM_TIMER, 4);
}

static void read_fadt(struct fw_platform *p, struct fw_table t, struct fw_table dsdt)
{
	uint8_t type = fw_aml_sleep_type_(dsdt);
	uint64_t flags = fw_table_get_(t, FADT_FLAGS, 4);
	uint64_t arm = fw_table_get_(t, FADT_ARM_BOOT, 2);

	if (arm & HAS_PSCI)
		p->psci_smc = !(arm & PSCI_BY_HVC);
	if (flags & HAS_RESET) {
		p->reset = read_gas(t, FADT_RESET);
		p->reset.value = (uint16_t)fw_table_get_(t, FADT_RESET_VALUE, 1);
	}
	p->pm_timer = read_pm_timer(t, flags & IS_REDUCED);
	if (flags & IS_REDUCED) {
		p->sleep = read_gas(t, FADT_SLEEP);
		p->sleep.value = (uint16_t)(type << SLEEP_TYPE_SHIFT | SLEEP_ENABLE);
		return;
	}
	p->sleep = read_gas(t, FADT_X_PM1A_CONTROL);
	if (!p->sleep.at) {
		p->sleep.at = (uint16_t)fw_table_get_(t, FADT_PM1A_CONTROL, 4);
		p->sleep.is_port = true;
	}
	p->sleep.width = 2;
	p->sleep.value = (uint16_t)(type << PM1_TYPE_SHIFT | PM1_ENABLE);
}

void fw_handover_mmio_(struct fw_platform *p, uint64_t at, uint32_t irq)
{
	for (uint32_t i = 0; i < p->n_mmio; i++)
		if (p->mmio[i] == at)
			return;
	if (at && p->n_mmio < FW_MMIO_MAX) {
		p->mmio_irq[p->n_mmio] = irq;
		p->mmio[p->n_mmio++] = at;
	}
}

static void read_tpm2(struct fw_platform *p, struct fw_table t)
{
	p->tpm.method = (uint32_t)fw_table_get_(t, TPM2_METHOD, 4);
	p->tpm.control_at = fw_table_get_(t, TPM2_CONTROL, 8);
	p->tpm.log_at = fw_table_get_(t, TPM2_LOG, 8);
	p->tpm.log_bytes = p->tpm.log_at ? (uint32_t)fw_table_get_(t, TPM2_LOG_BYTES, 4) : 0;
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

/* Returns the DSDT that it names. */
static struct fw_table read_fadt_and_dsdt(struct fw_platform *p, struct fw_table fadt)
{
	uint64_t at = fw_table_get_(fadt, FADT_X_DSDT, 8);
	struct fw_table dsdt = open_table(at ? at : fw_table_get_(fadt, FADT_DSDT, 4));

	if (!is_called(dsdt, "DSDT"))
		dsdt.len = 0;
	read_fadt(p, fadt, dsdt);
	fw_aml_mmio_(p, dsdt);
	return dsdt;
}

void fw_handover_acpi(struct fw_platform *p)
{
	uint32_t each = 0;
	struct fw_table root = open_table(root_of(p->rsdp_at, &each)), dsdt = { 0 };

	if (!is_called(root, each == 8 ? "XSDT" : "RSDT"))
		return;
	for (uint32_t i = 0; i < ROOT_MAX; i++) {
		uint64_t at = fw_table_get_(root, HEADER_BYTES + i * each, each);
		struct fw_table t = open_table(at);

		if (is_called(t, "FACP"))
			dsdt = read_fadt_and_dsdt(p, t);
		else if (is_called(t, "MCFG"))
			read_mcfg(p, t);
		else if (is_called(t, "SPCR"))
			read_spcr(p, t);
		else if (is_called(t, "TPM2"))
			read_tpm2(p, t);
		else if (is_called(t, "SSDT"))
			fw_aml_mmio_(p, t);
	}
	if (!p->n_ecam)
		fw_aml_bridges_(p, dsdt);
}
