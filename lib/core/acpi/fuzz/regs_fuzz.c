/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Any sequence of accesses and events, of every size, through a bus as in a machine. The line is
 * high exactly while events are pending, and the power goes off only by S5 with SLP_EN.
 */
#include <stdlib.h>

#include <cairn/acpi.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SLEEP_PORT 0x600
#define GED_PORT   0x602
#define SLP_EN     0x20 /* ACPI 6.5, 4.8.3.7 */

struct machine {
	bool irq, off;
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void set_irq(void *ctx, bool high)
{
	((struct machine *)ctx)->irq = high;
}

static void power_off(void *ctx)
{
	((struct machine *)ctx)->off = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine m = { 0 };
	struct cairn_acpi_sleep sleep = { .power_off = { power_off, &m } };
	struct cairn_acpi_ged ged;
	struct cairn_bus_region regions[2];
	struct cairn_bus ports;
	struct cairn_reader r;

	cairn_reader_init(&r, data, size);
	cairn_acpi_ged_init(&ged, (struct cairn_line){ set_irq, &m });
	must(cairn_bus_init(&ports, regions, 2, CAIRN_BUS_PORT_LAST, CAIRN_BUS_PORT_MAX_LEN) == 0);
	must(cairn_bus_add(&ports, &(struct cairn_bus_region){ .base = SLEEP_PORT,
							       .len = CAIRN_ACPI_SLEEP_LEN,
							       .ops = &cairn_acpi_sleep_ops,
							       .ctx = &sleep }) == 0);
	must(cairn_bus_add(&ports, &(struct cairn_bus_region){ .base = GED_PORT,
							       .len = CAIRN_ACPI_GED_LEN,
							       .ops = &cairn_acpi_ged_ops,
							       .ctx = &ged }) == 0);
	while (cairn_reader_left(&r)) {
		uint8_t how = cairn_reader_u8(&r);
		uint64_t value = cairn_reader_le32(&r);
		uint64_t at = SLEEP_PORT + (how & 3);
		uint32_t len = 1u << (how >> 2 & 3);

		m.off = false;
		if (how & 0x80)
			cairn_acpi_ged_raise(&ged, CAIRN_ACPI_POWER_BUTTON);
		else if ((how & 0x70) == 0x70)
			cairn_acpi_ged_reset(&ged);
		else if (how & 0x10)
			(void)!cairn_bus_write(&ports, at, len, value);
		else
			(void)!cairn_bus_read(&ports, at, len, &value);
		must(m.irq == (ged.pending != 0));
		must(!m.off || (how & 0x10 && at == SLEEP_PORT && value & SLP_EN));
	}
	return 0;
}
