/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "machines.h"

static uint32_t apic_ids[512];
static struct cairn_acpi_mmio mmio[256];

static const struct cairn_acpi_serial serials[4] = {
	{ .port = 0x3f8, .line = { .gsi = 4, .edge = true } },
	{ .port = 0x2f8, .line = { .gsi = 3 } },
	{ .port = 0x3e8, .line = { .gsi = 4, .low = true } },
	{ .port = 0x2e8, .line = { .gsi = 3, .edge = true, .low = true } },
};

static const struct cairn_acpi_override overrides[] = {
	{ .irq = 0, .line = { .gsi = 2, .edge = true } },
	{ .irq = 9, .line = { .gsi = 9 } },
};

static const struct cairn_acpi_pci pci = {
	.ecam = 0xb0000000,
	.last_bus = 255,
	.mem32 = { 0xc0000000, 0x3c000000 },
	.mem64 = { UINT64_C(1) << 39, UINT64_C(1) << 38 },
	.has_intx = true,
	.intx = { 16, 17, 18, 19 },
};

static const struct cairn_acpi_pci one_bus = {
	.ecam = UINT64_C(0x8000000000),
	.mem32 = { 0xc0000000, 0x3c000000 },
};

static struct cairn_acpi_x86_config common(uint32_t n_cpus)
{
	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(apic_ids); i++)
		apic_ids[i] = i;
	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(mmio); i++)
		mmio[i] = (struct cairn_acpi_mmio){ .base = 0xd0000000 + i * 0x1000,
						    .len = 0x1000,
						    .line = { .gsi = 5 + i % 19, .edge = true } };
	return (struct cairn_acpi_x86_config){
		.apic_ids = apic_ids,
		.n_cpus = n_cpus,
		.lapic = 0xfee00000,
		.ioapic = 0xfec00000,
		.overrides = overrides,
		.serials = serials,
		.n_serials = 1,
		.has_rtc = true,
		.sleep_port = 0x600,
		.ged_port = 0x602,
		.ged_line = { .gsi = 5 },
		.reset_port = 0xcf9,
		.reset_value = 0x0e,
	};
}

struct machine machine(unsigned i)
{
	static const char *const names[N_MACHINES] = { "one_cpu",   "cpus_16_pci", "cpus_254",
						       "cpus_512",  "mmio_32",     "no_serial",
						       "everything" };
	static const uint32_t cpus[N_MACHINES] = { 1, 16, 254, 512, 2, 1, 288 };
	struct machine m = { .name = names[i], .c = common(cpus[i]) };

	switch (i) {
	case 1:
		m.c.pci = &pci;
		break;
	case 4:
		m.c.mmio = mmio;
		m.c.n_mmio = 32;
		break;
	case 5:
		m.c.pci = &one_bus;
		m.c.n_serials = 0;
		m.c.has_rtc = false;
		m.c.reset_port = 0;
		break;
	case 6:
		m.c.pci = &pci;
		m.c.n_overrides = 2;
		m.c.mmio = mmio;
		m.c.n_mmio = 256;
		m.c.n_serials = 4;
		mmio[255].base = UINT64_C(1) << 36;
		break;
	default:
		break;
	}
	return m;
}
