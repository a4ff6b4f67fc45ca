/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "check.h"

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

static int check_counts(const struct cairn_acpi_x86_config *c, struct cairn_err *err)
{
	if (c->n_cpus == 0 || c->n_cpus > CAIRN_ACPI_MAX_CPUS)
		return cairn_err_set(err, EINVAL, "number of processors", c->n_cpus);
	if (c->n_overrides > MAX_OVERRIDE)
		return cairn_err_set(err, EINVAL, "too many interrupt overrides", c->n_overrides);
	if (c->n_mmio > CAIRN_ACPI_MAX_MMIO)
		return cairn_err_set(err, EINVAL, "too many virtio-mmio devices", c->n_mmio);
	if (c->n_serials > CAIRN_ACPI_MAX_SERIALS)
		return cairn_err_set(err, EINVAL, "too many serial ports", c->n_serials);
	return 0;
}

int cairn_acpi_check_(const struct cairn_acpi_x86_config *c, struct cairn_err *err)
{
	int rc = check_counts(c, err);

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < c->n_mmio; i++) {
		struct cairn_acpi_window w = { c->mmio[i].base, c->mmio[i].len };

		if (w.len == 0 || !ends_by(&w, UINT64_MAX))
			return cairn_err_set(err, EINVAL, "virtio-mmio device of no length",
					     w.base);
	}
	for (uint32_t i = 0; i < c->n_overrides; i++)
		if (c->overrides[i].irq > 15)
			return cairn_err_set(err, EINVAL, "override of no ISA interrupt",
					     c->overrides[i].irq);
	if (c->sleep_port == 0 || c->sleep_port == UINT16_MAX)
		return cairn_err_set(err, EINVAL, "no ports for the sleep registers",
				     c->sleep_port);
	if (c->ged_port == 0)
		return cairn_err_set(err, EINVAL, "no port for the event register", 0);
	return c->pci ? check_pci(c->pci, err) : 0;
}
