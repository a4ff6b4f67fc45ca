/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What cairn/env.h takes from the compiler's surroundings: here there are none, and no numbers. */
#ifndef CONFORM_ERRNO_H
#define CONFORM_ERRNO_H
#endif
