/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* rsa.h - the part of Secure Boot that is the library's. */
#ifndef FW_SECURE_RSA_H
#define FW_SECURE_RSA_H

#include <cairn/authenticode.h>

/* As struct cairn_authenticode_policy wants it: keys of 2048 to 4096 bits. */
bool fw_rsa_is_true(const struct cairn_authenticode_claim *claim);

#endif
