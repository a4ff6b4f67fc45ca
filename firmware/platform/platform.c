/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fw/platform.h>

struct fw_platform fw_platform;
