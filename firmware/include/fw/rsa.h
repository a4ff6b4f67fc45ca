/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* rsa.h - the part of Secure Boot that is the library's. Of the runtime sections. */
#ifndef FW_RSA_H
#define FW_RSA_H

#include <cairn/authenticode.h>

/* As struct cairn_authenticode_policy wants it: keys of 2048 to 4096 bits. Hidden: its address is
 * taken at run time, and must not come out of a table. */
__attribute__((visibility("hidden"))) bool fw_rsa_is_true(
    const struct cairn_authenticode_claim *claim);

#endif
