/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Any register writes under any clock: no arithmetic overflows (UBSan), no byte out of bounds. */
#include <cairn/cursor.h>
#include <cairn/rtc.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t read_clock(void *ctx)
{
	return *(uint64_t *)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t now = 0, v;
	struct cairn_rtc rtc;
	struct cairn_reader r;

	cairn_rtc_init(&rtc, (struct cairn_clock){ .realtime_ns = read_clock, .ctx = &now });
	cairn_reader_init(&r, data, size);
	while (cairn_reader_left(&r)) {
		uint8_t op = cairn_reader_u8(&r);

		if (op == 0)
			now = cairn_reader_le64(&r);
		else if (op & 1)
			cairn_rtc_bus_ops.write(&rtc, op >> 1 & 1, 1, cairn_reader_u8(&r));
		else
			cairn_rtc_bus_ops.read(&rtc, op >> 1 & 1, 1, &v);
	}
	return 0;
}
