/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Any sequence of accesses: nothing is touched out of bounds, the line only changes level. */
#include <stdlib.h>

#include <cairn/i8042.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set_irq(void *ctx, bool high)
{
	if (*(bool *)ctx == high)
		abort();
	*(bool *)ctx = high;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool irq = false;
	struct cairn_i8042 c;
	uint64_t v;

	cairn_i8042_init(&c, (struct cairn_line){ set_irq, &irq }, (struct cairn_trigger){ 0 });
	for (size_t i = 0; i + 1 < size; i += 2) {
		const struct cairn_bus_ops *ops =
		    data[i] & 1 ? &cairn_i8042_data_ops : &cairn_i8042_command_ops;

		if (data[i] & 2)
			ops->write(&c, 0, 1, data[i + 1]);
		else
			ops->read(&c, 0, 1, &v);
	}
	cairn_i8042_reset(&c);
	if (irq)
		abort();
	return 0;
}
