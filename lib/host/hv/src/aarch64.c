/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* aarch64.c - what is wrong with a struct cairn_hv_aarch64 whatever the host has. */
#include <cairn/hv_aarch64.h>

enum { GPA_BITS_MIN = 32, GPA_BITS_MAX = 52, GIC_ALIGN = 0x10000, GIC_V2_VCPUS = 8 };

int cairn_hv_arm64_check(const struct cairn_hv_aarch64 *a, uint32_t n_lines, struct cairn_err *err)
{
	if (a->gic != 0 && a->gic != 2 && a->gic != 3)
		return cairn_err_set(err, EINVAL, "no such version of the GIC", a->gic);
	if (a->gpa_bits != 0 && (a->gpa_bits < GPA_BITS_MIN || a->gpa_bits > GPA_BITS_MAX))
		return cairn_err_set(err, EINVAL, "bits of a guest address", a->gpa_bits);
	if (a->pmu && n_lines == 0)
		return cairn_err_set(err, EINVAL, "a PMU without interrupt lines", 0);
	if (a->pmu_intid != 0 &&
	    (a->pmu_intid < CAIRN_HV_ARM64_FIRST_PPI || a->pmu_intid >= CAIRN_HV_ARM64_FIRST_SPI))
		return cairn_err_set(err, EINVAL, "interrupt of the PMU", a->pmu_intid);
	return 0;
}

static bool is_place(cairn_gpa at)
{
	return at.v != 0 && at.v % GIC_ALIGN == 0;
}

int cairn_hv_arm64_gic_check(const struct cairn_hv_aarch64 *a, unsigned gic, uint32_t max_vcpus,
			     struct cairn_err *err)
{
	if (gic == 2 && max_vcpus > GIC_V2_VCPUS)
		return cairn_err_set(err, EINVAL, "more vcpus than a GICv2 serves", max_vcpus);
	if (!is_place(a->gicd) || !is_place(gic == 3 ? a->gicr : a->gicc))
		return cairn_err_set(err, EINVAL, "no place for the GIC", a->gicd.v);
	if (gic == 3 && a->its.v != 0 && !is_place(a->its))
		return cairn_err_set(err, EINVAL, "no place for the ITS", a->its.v);
	return 0;
}
