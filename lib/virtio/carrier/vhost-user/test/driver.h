/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* driver.h - the suite's front end. It sends messages over a socket pair and never waits for an
 * answer; answers are taken in when somebody asks for what they say. */
#ifndef VHOST_USER_TEST_DRIVER_H
#define VHOST_USER_TEST_DRIVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/carrier_suite.h>

extern const struct cairn_suite_ops vhost_user_suite_ops;

#endif
