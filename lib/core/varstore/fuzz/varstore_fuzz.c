/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Any bytes as a region, with right sums where the input asks for them: nothing is read or written
 * outside (the flash aborts), and what is put can be found. The last bytes are what is done.
 */
#include <stdlib.h>

#include <cairn/crc.h>
#include <cairn/le.h>

#include "../test/nor.h"

enum { HALF = 4096, RECORD = 56, OPS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Sums that a fuzzer would not guess. */
static void mend(uint8_t *half)
{
	uint32_t at = 32;

	cairn_le_store(half, 8, UINT64_C(0x5241564e52494143));
	cairn_le_store(half + 8, 4, 1);
	cairn_le_store(half + 16, 4, HALF);
	cairn_le_store(half + 20, 4, cairn_crc_ieee(0, half, 20));
	memset(half + 24, 0xff, 8);
	while (at + RECORD <= HALF && half[at + 1] == 0x56) {
		uint32_t name = (uint32_t)cairn_le_load(half + at + 2, 2);
		uint32_t bytes = (uint32_t)cairn_le_load(half + at + 4, 4);
		uint64_t cost = RECORD + (uint64_t)name + bytes;

		if (cost <= HALF - at)
			cairn_le_store(half + at + 12, 4,
				       cairn_crc_ieee(0, half + at + RECORD, name + bytes));
		cairn_le_store(half + at + 48, 4, cairn_crc_ieee(0, half + at + 1, 47));
		if (cost > HALF - at)
			break;
		at += (uint32_t)((cost + 7) & ~UINT64_C(7));
	}
}

static void walk(const struct cairn_varstore *s)
{
	static uint8_t name[CAIRN_VARSTORE_NAME_BYTES_MAX], bytes[HALF];
	struct cairn_varstore_entry e;
	uint32_t at = 0, n = 0;

	while (cairn_varstore_next(s, &at, &e) > 0) {
		struct cairn_varstore_key key = { .name = name, .name_bytes = e.name_bytes };

		check(e.name_bytes <= sizeof(name) && e.data_bytes <= sizeof(bytes));
		check(cairn_varstore_read(s, &e, name, bytes) == 0);
		memcpy(key.guid, e.guid, sizeof(key.guid));
		check(cairn_varstore_find(s, &key, &e) == 0);
		check(++n <= HALF / RECORD);
	}
}

static void act(struct cairn_varstore *s, const uint8_t *op)
{
	static uint8_t bytes[HALF];
	const uint16_t name[2] = { (uint16_t)(1 + op[0] % 4), 0 };
	struct cairn_varstore_key key = { .name = name, .name_bytes = sizeof(name) };
	struct cairn_varstore_value v = { .data = bytes, .data_bytes = op[1] * 16u };
	struct cairn_varstore_entry e;

	if (op[0] & 0x80) {
		(void)cairn_varstore_delete(s, &key);
		check(cairn_varstore_find(s, &key, &e) == -ENOENT);
	} else if (cairn_varstore_put(s, &key, &v) == 0) {
		check(cairn_varstore_find(s, &key, &e) == 0 && e.data_bytes == v.data_bytes);
	}
	check(cairn_varstore_free(s) <= cairn_varstore_capacity(s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_varstore_region r;
	struct cairn_varstore s;
	uint8_t ops[2 * OPS] = { 0 };
	struct nor nor;

	if (size < sizeof(ops))
		return 0;
	size -= sizeof(ops);
	memcpy(ops, data + size, sizeof(ops));
	nor_init(&nor, HALF, HALF);
	memcpy(nor.bytes, data, size < nor.len ? size : nor.len);
	if (ops[0] & 0x40)
		mend(nor.bytes);
	if (ops[0] & 0x20)
		mend(nor.bytes + HALF);
	r = nor_region(&nor);
	if (cairn_varstore_open(&s, &r, NULL) == 0) {
		walk(&s);
		for (size_t i = 0; i < OPS; i++)
			act(&s, ops + 2 * i);
		walk(&s);
		check(cairn_varstore_open(&s, &r, NULL) == 0);
	}
	nor_fini(&nor);
	return 0;
}
