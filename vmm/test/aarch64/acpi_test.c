/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A machine that is told of in ACPI tables: the way from the device tree to them, and the button.
 */
#include "scripted.h"

#include <signal.h>

#include <libfdt.h>

static struct {
	unsigned n_nodes;
	uint64_t system_table, map, map_len, tree_at, end;
	char signature[9], rsdp[9];
	uint64_t usable, reclaim_at; /* of the map */
	uint32_t n_tables, vendor;
	uint32_t pmu;      /* performance interrupt of the first processor */
	uint32_t l2_bytes; /* of the first cluster */
} seen;

static uint8_t *guest(uint64_t at)
{
	if (at < LAYOUT_RAM_AT || at - LAYOUT_RAM_AT >= script.ram[0].len_bytes)
		abort();
	return (uint8_t *)script.ram[0].host + (at - LAYOUT_RAM_AT);
}

/* A property of /chosen, of 4 or 8 bytes. */
static uint64_t chosen(const void *tree, const char *name)
{
	int len;
	const uint8_t *v = fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), name, &len);
	uint64_t n = 0;

	for (int i = 0; v && i < len && i < 8; i++)
		n = n << 8 | v[i];
	return n;
}

static void look_at_map(void)
{
	for (uint64_t i = 0; i < seen.map_len; i += 40) {
		const uint8_t *d = guest(seen.map) + i;
		uint64_t bytes = cairn_le_load(d + 24, 8) * 4096;

		if (cairn_le_load(d, 4) == 9)
			seen.reclaim_at = cairn_le_load(d + 8, 8);
		if (cairn_le_load(d + 32, 8) == 8)
			seen.usable += bytes;
	}
}

/*
 * The XSDT of the RSDP lists the MADT; in it the first GICC behind the GICD of 24 bytes. And the
 * PPTT; in it the first cache behind the package of 20 bytes.
 */
static void look_at_tables(uint64_t rsdp)
{
	const uint8_t *xsdt = guest(cairn_le_load(guest(rsdp) + 24, 8));
	uint64_t len = cairn_le_load(xsdt + 4, 4);

	for (uint64_t i = 36; i < len; i += 8) {
		const uint8_t *t = guest(cairn_le_load(xsdt + i, 8));

		if (!memcmp(t, "APIC", 4))
			seen.pmu = (uint32_t)cairn_le_load(t + 44 + 24 + 20, 4);
		if (!memcmp(t, "PPTT", 4) && t[36 + 20] == 1)
			seen.l2_bytes = (uint32_t)cairn_le_load(t + 36 + 20 + 12, 4);
	}
}

static void look(unsigned n)
{
	struct cairn_hv_reg x0 = { CAIRN_HV_ARM64_X(0), 0 };
	const uint8_t *system, *config;
	const void *tree;

	(void)n;
	memset(&seen, 0, sizeof(seen));
	if (cairn_hv_fake_ops.get_regs(script.vcpu, &x0, 1))
		abort();
	tree = guest(x0.value);
	seen.tree_at = x0.value;
	seen.end = x0.value + fdt_totalsize(tree);
	for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL))
		seen.n_nodes++;
	seen.system_table = chosen(tree, "linux,uefi-system-table");
	seen.map = chosen(tree, "linux,uefi-mmap-start");
	seen.map_len = chosen(tree, "linux,uefi-mmap-size");
	system = guest(seen.system_table);
	memcpy(seen.signature, system, 8);
	seen.vendor = *guest(cairn_le_load(system + 24, 8));
	seen.n_tables = (uint32_t)cairn_le_load(system + 104, 8);
	config = guest(cairn_le_load(system + 112, 8));
	memcpy(seen.rsdp, guest(cairn_le_load(config + 16, 8)), 8);
	look_at_tables(cairn_le_load(config + 16, 8));
	look_at_map();
	push_power_off();
}

static void the_kernel_is_led_to_the_tables(void **state)
{
	static const char *const shapes[][6] = {
		{ "--acpi", "--rng", "--initrd=a.img", NULL },
		{ "--acpi", "--transport=mmio", "--rng", "--cpus=64", NULL },
		{ "--acpi", "--gic=2", "--cpus=8", "--serial-device=pl011", "--cpu-features=pmu",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(shapes); i++) {
		script = (struct scripted){ .boot = look };
		script_gic = i == 2 ? 2 : 3;
		assert_int_equal(run_words(shapes[i]), EXIT_POWER_OFF);
		assert_int_equal(seen.n_nodes, 2); /* the root, and what is chosen */
		assert_string_equal(seen.signature, "IBI SYST");
		assert_string_equal(seen.rsdp, "RSD PTR ");
		assert_int_equal(seen.vendor, 'c');
		assert_int_equal(seen.n_tables, 3);
		assert_int_equal(seen.pmu, i == 2 ? CAIRN_HV_ARM64_PMU_INTID : 0);
		assert_int_equal(seen.usable, 16 << 20);
		assert_int_equal(seen.reclaim_at, LAYOUT_RAM_AT + (16 << 20) - LAYOUT_TABLES_LEN);
		assert_true(seen.end <= seen.reclaim_at); /* the loader keeps off the tables */
	}
	script_gic = 3;
}

static void caches_are_what_the_host_tells(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = look };
	assert_int_equal(RUN("--acpi"), EXIT_POWER_OFF);
	assert_int_equal(seen.l2_bytes, 0); /* there is one, whose size nobody knows */
	write_host_cache(0, "1", "Instruction", "32K");
	write_host_cache(1, "2", "Unified", "1M");
	script_caches = 1;
	script_sysfs = "sys";
	assert_int_equal(RUN("--acpi"), EXIT_POWER_OFF);
	assert_int_equal(seen.l2_bytes, 1 << 20);
	script_sysfs = "absent";
	script_caches = 0x123;
	forget_host_caches();
}

static void wait_for_button(unsigned n)
{
	(void)n;
	push_wait();
	kill(getpid(), SIGTERM);
}

static void see_button(uint32_t line, bool high)
{
	if (line != LAYOUT_GPIO_LINE || !high)
		return;
	push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_GED_AT, 1));
	push_power_off();
	cairn_hv_vcpu_kick(script.vcpu);
}

static unsigned events;

static void see_events(unsigned n)
{
	struct cairn_hv_fake_result r;

	(void)n;
	if (cairn_hv_fake_result(script.vcpu, 1, &r) == 0)
		events = r.data[0];
}

static void sigterm_presses_the_power_button(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = wait_for_button,
				    .level = see_button,
				    .closing = see_events };
	events = 0;
	assert_int_equal(RUN("--acpi"), EXIT_POWER_OFF);
	assert_int_equal(events, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_is_led_to_the_tables),
		cmocka_unit_test(caches_are_what_the_host_tells),
		cmocka_unit_test(sigterm_presses_the_power_button),
	};

	alarm(100); /* runs take SIGTERM */
	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
