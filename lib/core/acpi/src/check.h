/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#ifndef CAIRN_ACPI_CHECK_H
#define CAIRN_ACPI_CHECK_H

#include <cairn/acpi_arm64.h>

/* Whether the description can be written down. Returns 0 or -EINVAL with err filled. */
CAIRN_MUST_USE int cairn_acpi_check_x86_(const struct cairn_acpi_x86_config *c,
					 struct cairn_err *err);
CAIRN_MUST_USE int cairn_acpi_check_arm64_(const struct cairn_acpi_arm64_config *c,
					   struct cairn_err *err);

#endif
