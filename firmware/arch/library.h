/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* library.h - for who gives a library's code what it takes for granted (fw/arch.h). */
#ifndef FW_LIBRARY_H
#define FW_LIBRARY_H

#include <fw/arch.h>

/* The stack protector's word: random, or the time. While the boot services are there. */
uint64_t library_guard(void);

#endif
