/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "check.h"

#include "arm64.h"

#define MIB          (UINT64_C(1) << 20)
#define MAX_OVERRIDE 16

static bool ends_by(const struct cairn_acpi_window *w, uint64_t last)
{
	return w->len == 0 || (w->base <= last && w->len - 1 <= last - w->base);
}

static bool overlap(const struct cairn_acpi_window *a, const struct cairn_acpi_window *b)
{
	return a->len && b->len && a->base <= b->base + (b->len - 1) &&
	       b->base <= a->base + (a->len - 1);
}

static int check_pci(const struct cairn_acpi_pci *p, struct cairn_err *err)
{
	struct cairn_acpi_window ecam;

	if (p->first_bus > p->last_bus)
		return cairn_err_set(err, EINVAL, "first PCI bus is after the last", p->first_bus);
	if (p->ecam % MIB || p->ecam > UINT64_MAX - 256 * MIB)
		return cairn_err_set(err, EINVAL, "ECAM is not aligned, or beyond the end",
				     p->ecam);
	if (!ends_by(&p->mem32, UINT32_MAX))
		return cairn_err_set(err, EINVAL, "32-bit PCI window ends above 4 GiB",
				     p->mem32.base);
	if (!ends_by(&p->mem64, UINT64_MAX))
		return cairn_err_set(err, EINVAL, "64-bit PCI window does not end", p->mem64.base);
	ecam.base = p->ecam + p->first_bus * MIB;
	ecam.len = (p->last_bus - p->first_bus + UINT64_C(1)) * MIB;
	if (overlap(&ecam, &p->mem32) || overlap(&ecam, &p->mem64) || overlap(&p->mem32, &p->mem64))
		return cairn_err_set(err, EINVAL, "PCI windows and ECAM overlap", p->ecam);
	return 0;
}

/* What machines of all architectures have. */
struct parts {
	uint32_t n_cpus, n_serials, n_mmio;
	const struct cairn_acpi_mmio *mmio;
	const struct cairn_acpi_pci *pci;
};

static int check_parts(const struct parts *p, struct cairn_err *err)
{
	if (p->n_cpus == 0 || p->n_cpus > CAIRN_ACPI_MAX_CPUS)
		return cairn_err_set(err, EINVAL, "number of processors", p->n_cpus);
	if (p->n_serials > CAIRN_ACPI_MAX_SERIALS)
		return cairn_err_set(err, EINVAL, "too many serial ports", p->n_serials);
	if (p->n_mmio > CAIRN_ACPI_MAX_MMIO)
		return cairn_err_set(err, EINVAL, "too many virtio-mmio devices", p->n_mmio);
	for (uint32_t i = 0; i < p->n_mmio; i++) {
		struct cairn_acpi_window w = { p->mmio[i].base, p->mmio[i].len };

		if (w.len == 0 || !ends_by(&w, UINT64_MAX))
			return cairn_err_set(err, EINVAL, "virtio-mmio device of no length",
					     w.base);
	}
	return p->pci ? check_pci(p->pci, err) : 0;
}

int cairn_acpi_check_x86_(const struct cairn_acpi_x86_config *c, struct cairn_err *err)
{
	const struct parts parts = { .n_cpus = c->n_cpus,
				     .n_serials = c->n_serials,
				     .n_mmio = c->n_mmio,
				     .mmio = c->mmio,
				     .pci = c->pci };

	if (c->n_overrides > MAX_OVERRIDE)
		return cairn_err_set(err, EINVAL, "too many interrupt overrides", c->n_overrides);
	for (uint32_t i = 0; i < c->n_overrides; i++)
		if (c->overrides[i].irq > 15)
			return cairn_err_set(err, EINVAL, "override of no ISA interrupt",
					     c->overrides[i].irq);
	if (c->sleep_port == UINT16_MAX)
		return cairn_err_set(err, EINVAL, "no port for the second sleep register",
				     c->sleep_port);
	return check_parts(&parts, err);
}

static bool is_ppi(uint32_t gsi)
{
	return gsi >= 16 && gsi < 32;
}

static bool is_spi(uint32_t gsi)
{
	return gsi >= 32 && gsi < 1020;
}

static int check_redists(const struct cairn_acpi_arm64_config *c, struct cairn_err *err)
{
	const struct cairn_acpi_gic *g = &c->gic;

	if (g->n_redists > CAIRN_ACPI_MAX_REDISTS)
		return cairn_err_set(err, EINVAL, "too many ranges of redistributors",
				     g->n_redists);
	for (uint32_t i = 0; i < g->n_redists; i++)
		if (g->redists[i].len == 0 || g->redists[i].len > UINT32_MAX ||
		    !ends_by(&g->redists[i], UINT64_MAX))
			return cairn_err_set(err, EINVAL, "range of redistributors of no length",
					     g->redists[i].base);
	for (uint32_t i = 0; i < c->n_cpus; i++)
		if ((c->cpus[i].redist != 0) != (g->n_redists == 0))
			return cairn_err_set(err, EINVAL,
					     "a processor needs a redistributor or a range", i);
	return 0;
}

static int check_gic(const struct cairn_acpi_arm64_config *c, struct cairn_err *err)
{
	const struct cairn_acpi_gic *g = &c->gic;

	if (g->version < 2 || g->version > 4)
		return cairn_err_set(err, EINVAL, "version of the GIC", g->version);
	if (g->maintenance && !is_ppi(g->maintenance))
		return cairn_err_set(err, EINVAL, "maintenance interrupt is no PPI",
				     g->maintenance);
	if (g->version > 2)
		return check_redists(c, err);
	if (c->n_cpus > CAIRN_ACPI_MAX_GIC2_CPUS)
		return cairn_err_set(err, EINVAL, "more processors than a GIC of version 2 has",
				     c->n_cpus);
	if (!g->cpu_interface || g->n_redists || g->its)
		return cairn_err_set(err, EINVAL, "a GIC of version 2 has a CPU interface alone",
				     g->cpu_interface);
	return 0;
}

static int check_ppis(const struct cairn_acpi_arm64_config *c, struct cairn_err *err)
{
	const struct cairn_acpi_timers *t = &c->timers;
	const uint32_t needed[] = { t->physical.gsi, t->virt.gsi };
	const uint32_t others[] = { t->secure.gsi, t->hypervisor.gsi, t->hypervisor_virt.gsi,
				    c->pmu };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(needed); i++)
		if (!is_ppi(needed[i]))
			return cairn_err_set(err, EINVAL, "timer's interrupt is no PPI", needed[i]);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(others); i++)
		if (others[i] && !is_ppi(others[i]))
			return cairn_err_set(err, EINVAL, "interrupt of a processor is no PPI",
					     others[i]);
	return 0;
}

static int check_spis(const struct cairn_acpi_arm64_config *c, struct cairn_err *err)
{
	static const char what[] = "interrupt of a device is no SPI";

	for (uint32_t i = 0; i < c->n_mmio; i++)
		if (!is_spi(c->mmio[i].line.gsi))
			return cairn_err_set(err, EINVAL, what, c->mmio[i].line.gsi);
	for (uint32_t i = 0; i < c->n_uarts; i++)
		if (!is_spi(c->uarts[i].line.gsi))
			return cairn_err_set(err, EINVAL, what, c->uarts[i].line.gsi);
	for (uint32_t i = 0; c->pci && c->pci->has_intx && i < 4; i++)
		if (!is_spi(c->pci->intx[i]))
			return cairn_err_set(err, EINVAL, what, c->pci->intx[i]);
	if (c->ged_at && !is_spi(c->ged_line.gsi))
		return cairn_err_set(err, EINVAL, what, c->ged_line.gsi);
	return 0;
}

static int check_uarts(const struct cairn_acpi_arm64_config *c, struct cairn_err *err)
{
	for (uint32_t i = 0; i < c->n_uarts; i++)
		if (c->uarts[i].base > UINT64_MAX - ACPI_UART_PL011_LEN)
			return cairn_err_set(err, EINVAL, "serial port beyond the end",
					     c->uarts[i].base);
	return 0;
}

int cairn_acpi_check_arm64_(const struct cairn_acpi_arm64_config *c, struct cairn_err *err)
{
	const struct parts parts = { .n_cpus = c->n_cpus,
				     .n_serials = c->n_uarts,
				     .n_mmio = c->n_mmio,
				     .mmio = c->mmio,
				     .pci = c->pci };
	int rc = check_parts(&parts, err);

	if (rc == 0)
		rc = check_gic(c, err);
	if (rc == 0)
		rc = check_ppis(c, err);
	if (rc == 0)
		rc = check_uarts(c, err);
	if (rc == 0)
		rc = check_spis(c, err);
	return rc;
}
