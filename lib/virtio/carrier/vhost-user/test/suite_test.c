/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The common suite, on a back end of vhost-user. */
#include "driver.h"

int main(void)
{
	return cairn_suite_run(&vhost_user_suite_ops);
}
