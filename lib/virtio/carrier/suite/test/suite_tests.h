/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* suite_tests.h - what the files of the suite share. */
#ifndef CARRIER_SUITE_TESTS_H
#define CARRIER_SUITE_TESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/carrier_suite.h>

#define SUITE_MAX_TESTS 64
#define ST_FEATURES     (CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER | CAIRN_VIRTIO_FEATURES_OK)
#define ST_RUNNING      (ST_FEATURES | CAIRN_VIRTIO_DRIVER_OK)

struct suite_wish {
	struct cairn_carrier_call call;
	unsigned int n;
	int status;
};

void cairn_suite_on_wish_(struct cairn_carrier_call *call, int status);
void cairn_suite_ack_(struct cairn_suite *s, uint64_t features);
/* The device answers at once from now on, and all it held is done. */
void cairn_suite_unstick_(struct cairn_suite *s);

/* Each appends its tests and returns how many. */
size_t cairn_suite_negotiation_tests_(struct CMUnitTest *tests);
size_t cairn_suite_queue_tests_(struct CMUnitTest *tests);
size_t cairn_suite_reset_tests_(struct CMUnitTest *tests);
size_t cairn_suite_program_tests_(struct CMUnitTest *tests);
size_t cairn_suite_walk_tests_(struct CMUnitTest *tests);

#define SUITE_TESTS(list, tests)                                                                   \
	(memcpy((tests), (list), sizeof(list)), sizeof(list) / sizeof((list)[0]))

#endif
