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

#define ST_FEATURES (CAIRN_VIRTIO_ACKNOWLEDGE | CAIRN_VIRTIO_DRIVER | CAIRN_VIRTIO_FEATURES_OK)
#define ST_RUNNING  (ST_FEATURES | CAIRN_VIRTIO_DRIVER_OK)

struct suite_wish {
	struct cairn_carrier_call call;
	unsigned int n;
	int status;
};

struct suite_test {
	struct CMUnitTest test;
	uint32_t needs; /* enum cairn_suite_trait */
};

#define SUITE_TEST(f)                                                                              \
	{                                                                                          \
		cmocka_unit_test(f), 0                                                             \
	}
#define SUITE_TEST_OF(f, needs)                                                                    \
	{                                                                                          \
		cmocka_unit_test(f), CAIRN_SUITE_##needs                                           \
	}
#define SUITE_END                                                                                  \
	{                                                                                          \
		{ NULL, NULL, NULL, NULL, NULL }, 0                                                \
	}

/* Each ends with SUITE_END. */
extern const struct suite_test cairn_suite_negotiation_tests_[];
extern const struct suite_test cairn_suite_queue_tests_[];
extern const struct suite_test cairn_suite_reset_tests_[];
extern const struct suite_test cairn_suite_register_tests_[];
extern const struct suite_test cairn_suite_queue_register_tests_[];
extern const struct suite_test cairn_suite_program_tests_[];
extern const struct suite_test cairn_suite_walk_tests_[];

void cairn_suite_on_wish_(struct cairn_carrier_call *call, int status);
/* The words of accepted features, by registers. */
void cairn_suite_ack_(struct cairn_suite *s, uint64_t features);
/* The device answers at once from now on, and all it held is done. */
void cairn_suite_unstick_(struct cairn_suite *s);
/* A drain of one queue, in whichever way there is. */
void cairn_suite_drain_(struct cairn_suite *s, uint32_t q);
/* As after power-on, for the driver and the device. */
void cairn_suite_expect_fresh_(struct cairn_suite *s);
/* "pause, unplug" of the traits in this set that the carrier lacks; NULL: none. */
const char *cairn_suite_lacking_(const struct cairn_suite_ops *ops, uint32_t needs);

#endif
