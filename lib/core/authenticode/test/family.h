/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * family.h - an authority A, one that it vouches for (B), and signers of each of them (S, T); Z is
 * a stranger's.
 */
#ifndef AUTHENTICODE_FAMILY_H
#define AUTHENTICODE_FAMILY_H

#include "make.h"

extern const struct cert_spec spec_a, spec_b, spec_s, spec_t, spec_z;
extern struct blob cert_a, cert_b, cert_s, cert_t, cert_z;
extern struct blob allow_a; /* a list of A */
/* T's, with B's certificate, and Z's. */
extern const struct signature_spec by_t, by_z;

/* A group's set-up: makes all of them. */
int make_family(void **state);

#endif
