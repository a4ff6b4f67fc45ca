/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* arch_test.h - the processor that tests of the firmware run on. */
#ifndef FW_TEST_ARCH_TEST_H
#define FW_TEST_ARCH_TEST_H

#include <cairn/env.h>

#define TEST_TICKS_PER_SECOND UINT64_C(1000000000)
#define TEST_TICKS_PER_PAUSE  UINT64_C(1000) /* so that a loop with a time limit ends */

extern uint64_t test_ticks;

#endif
