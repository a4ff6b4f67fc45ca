/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* keys.h - archives of keys, as whoever starts a machine makes them. */
#ifndef FW_SECURE_TEST_KEYS_H
#define FW_SECURE_TEST_KEYS_H

#include <cairn/env.h>

struct keys {
	size_t n;
	uint8_t bytes[16384];
};

/* Appends. `list` is one list of one entry; `member` takes lists. */
void keys_list(struct keys *k, uint32_t kind, const void *data, size_t n);
void keys_member(struct keys *k, const char *name, const struct keys *lists);
void keys_end(struct keys *k);

/* Hands them over in fw_platform, and in memory that can be looked at. They stay the caller's. */
void keys_hand_over(const struct keys *k);

#endif
