/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* virtq_fuzz with a second thread that rewrites the memory while the queue runs. */
#define FUZZ_HOSTILE_THREAD 1
#include "virtq_fuzz.c"
