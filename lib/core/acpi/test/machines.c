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
		m.c.reset_port = m.c.sleep_port = m.c.ged_port = 0;
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

static struct cairn_acpi_arm64_cpu cpus[512];
static struct cairn_acpi_mmio arm64_mmio[256];

static const struct cairn_acpi_window redists[] = {
	{ 0x3ffd0000, 0x20000 },
	{ UINT64_C(0x4000000000), 0x4000000 },
};

static const struct cairn_acpi_uart uarts[] = {
	{ CAIRN_ACPI_UART_PL011, 0x9000000, { .gsi = 33 } },
	{ CAIRN_ACPI_UART_16550, 0x9001000, { .gsi = 34, .edge = true } },
	{ CAIRN_ACPI_UART_PL011, UINT64_C(1) << 36, { .gsi = 35 } },
	{ CAIRN_ACPI_UART_16550, 0x9003000, { .gsi = 1019 } },
};

static const struct cairn_acpi_pci arm64_pci = {
	.ecam = UINT64_C(0x4010000000),
	.last_bus = 255,
	.mem32 = { 0x10000000, 0x2eff0000 },
	.mem64 = { UINT64_C(1) << 39, UINT64_C(1) << 38 },
	.has_intx = true,
	.intx = { 36, 37, 38, 39 },
};

static const struct cairn_acpi_pci arm64_two_buses = {
	.ecam = 0x30000000,
	.first_bus = 2,
	.last_bus = 3,
	.mem32 = { 0x10000000, 0x10000000 },
};

static struct cairn_acpi_arm64_config arm64_common(uint32_t n_cpus)
{
	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(cpus); i++)
		cpus[i] = (struct cairn_acpi_arm64_cpu){ .mpidr = i / 16 << 8 | i % 16 };
	for (uint32_t i = 0; i < CAIRN_ARRAY_LEN(arm64_mmio); i++)
		arm64_mmio[i] = (struct cairn_acpi_mmio){ .base = 0xa000000 + i * 0x200,
							  .len = 0x200,
							  .line = { .gsi = 48 + i, .edge = true } };
	return (struct cairn_acpi_arm64_config){
		.cpus = cpus,
		.n_cpus = n_cpus,
		.gic = { .version = 3, .dist = 0x3fff0000, .redists = redists, .n_redists = 1 },
		.timers = { .physical = { .gsi = 30 }, .virt = { .gsi = 27 } },
		.uarts = uarts,
		.mmio = arm64_mmio,
	};
}

static const struct cairn_acpi_caches two_levels = {
	.first = { { CAIRN_ACPI_CACHE_DATA, 65536, 256, 64, 4 },
		   { CAIRN_ACPI_CACHE_INSTRUCTIONS, 32768, 256, 64, 2 } },
	.shared = { { CAIRN_ACPI_CACHE_UNIFIED, 1048576, 2048, 64, 8 } },
};

/* A second level whose numbers nobody knows, no third. */
static const struct cairn_acpi_caches four_levels = {
	.first = { { .kind = CAIRN_ACPI_CACHE_UNIFIED, .size_bytes = 4096 } },
	.shared = { { .kind = CAIRN_ACPI_CACHE_UNIFIED },
		    { .kind = CAIRN_ACPI_CACHE_NONE },
		    { .kind = CAIRN_ACPI_CACHE_UNIFIED, .size_bytes = 1u << 30 } },
};

struct cairn_acpi_arm64_config arm64_machine(unsigned i)
{
	static const uint32_t n_cpus[N_ARM64] = { 1, 16, 8, 512, 300 };
	struct cairn_acpi_arm64_config c = arm64_common(n_cpus[i]);

	switch (i) {
	case 1:
		c.caches = two_levels;
		c.gic.its = 0x3ff00000;
		c.pmu = 23;
		c.timers.secure.gsi = 29;
		c.timers.hypervisor.gsi = 26;
		c.pci = &arm64_pci;
		c.n_uarts = 1;
		c.ged_at = 0x9030000;
		c.ged_line.gsi = 40;
		break;
	case 2:
		c.gic = (struct cairn_acpi_gic){ .version = 2,
						 .dist = 0x8000000,
						 .cpu_interface = 0x8010000,
						 .hypervisor = 0x8030000,
						 .virtual_cpu = 0x8040000,
						 .maintenance = 25 };
		c.timers.physical.low = true;
		c.timers.virt.edge = true;
		c.psci_by_smc = true;
		c.pci = &arm64_two_buses;
		c.uarts = &uarts[1];
		c.n_uarts = 1;
		break;
	case 3:
		c.gic.n_redists = 0;
		for (uint32_t k = 0; k < c.n_cpus; k++)
			cpus[k].redist = UINT64_C(0x80000000) + k * 0x20000;
		c.n_mmio = 32;
		break;
	case 4:
		c.cluster_cpus = 16;
		c.caches = four_levels;
		c.gic.version = 4;
		c.gic.n_redists = 2;
		c.gic.its = UINT64_C(0x5000000000);
		c.timers.hypervisor_virt.gsi = 28;
		c.pci = &arm64_two_buses;
		c.n_mmio = 256;
		c.n_uarts = 4;
		c.ged_at = UINT64_C(0x6000000001);
		c.ged_line.gsi = 41;
		break;
	default:
		break;
	}
	return c;
}

int write_any(unsigned i, struct cairn_writer *w)
{
	struct cairn_acpi_arm64_config a;
	struct machine m;

	if (i < N_MACHINES) {
		m = machine(i);
		return cairn_acpi_x86_write(w, cairn_gpa_of(ACPI_AT), &m.c, NULL);
	}
	a = arm64_machine(i - N_MACHINES);
	return cairn_acpi_arm64_write(w, cairn_gpa_of(ACPI_AT), &a, NULL);
}
