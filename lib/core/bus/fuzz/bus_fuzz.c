/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Adds, removes, moves and accesses in any order: the table stays valid, accesses stay inside. */
#include <stdlib.h>

#include <cairn/bus.h>
#include <cairn/cursor.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ctx is the region's own length. */
static enum cairn_io fuzz_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	uint64_t room = *(uint64_t *)ctx;

	if (off >= room || len > room - off)
		abort();
	*ret_value = off;
	return CAIRN_IO_DONE;
}

static enum cairn_io fuzz_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	return fuzz_read(ctx, off, len, &value);
}

static const struct cairn_bus_ops fuzz_ops = { .read = fuzz_read, .write = fuzz_write };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t lens[64];
	size_t n_lens = 0;
	struct cairn_bus_region array[16];
	struct cairn_bus bus;
	struct cairn_reader r;

	if (cairn_bus_init(&bus, array, 16, size & 1 ? UINT64_MAX : 0xffff, 8) < 0)
		abort();
	cairn_reader_init(&r, data, size);
	while (cairn_reader_left(&r) && n_lens < CAIRN_ARRAY_LEN(lens)) {
		uint8_t op = cairn_reader_u8(&r);
		uint64_t a = cairn_reader_le64(&r), b = cairn_reader_le64(&r);
		uint8_t bytes[8] = { 0 };
		int rc;

		lens[n_lens] = b;
		if ((op & 3) == 0) {
			struct cairn_bus_region region = {
				.base = a, .len = b, .ops = &fuzz_ops, .ctx = &lens[n_lens]
			};
			rc = cairn_bus_add(&bus, &region);
		} else if ((op & 3) == 1) {
			rc = cairn_bus_remove(&bus, a);
		} else if ((op & 3) == 2) {
			rc = cairn_bus_move(&bus, a, b);
		} else {
			rc = (int)cairn_bus_access(&bus, a, op & 4, bytes, op >> 3);
		}
		(void)rc;
		n_lens++;
		if (!cairn_bus_is_valid(&bus))
			abort();
	}
	return 0;
}
