/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The device tree that a guest is started with, of every shape of the machine: what the bindings
 * require of each node, no reference into nowhere, nothing overlaps, and not a word from dtc.
 */
#include "scripted.h"

#include <sys/wait.h>

#include <libfdt.h>

#include "tree_check.h"

static struct {
	struct tree_facts facts;
	unsigned n_faults;
	char why[200];
	_Alignas(8) uint8_t tree[1 << 16];
} seen;

/* The tree, where the first processor's x0 says. */
static void *guest_tree(void)
{
	struct cairn_hv_reg x0 = { CAIRN_HV_ARM64_X(0), 0 };

	if (cairn_hv_fake_ops.get_regs(script.vcpu, &x0, 1))
		abort();
	return (uint8_t *)script.ram[0].host + (x0.value - LAYOUT_RAM_AT);
}

static void look_at_tree(unsigned n)
{
	void *tree = guest_tree();
	FILE *f = fopen("tree.dtb", "wb");

	(void)n;
	if (!f || fwrite(tree, fdt_totalsize(tree), 1, f) != 1 || fclose(f))
		abort();
	seen.n_faults = tree_faults(tree, &seen.facts, seen.why, sizeof(seen.why));
	if (fdt_open_into(tree, seen.tree, sizeof(seen.tree)))
		abort();
	push_power_off();
}

/* True: dtc reads it and says nothing, or is not installed. */
static bool dtc_is_silent(void)
{
	int r = system("dtc -v >/dev/null 2>&1 || exit 77; "
		       "dtc -I dtb -O dts -o tree.dts tree.dtb 2>tree.log || exit 1; "
		       "cat tree.log >&2; test ! -s tree.log");

	(void)!unlink("tree.dtb");
	(void)!unlink("tree.dts");
	(void)!unlink("tree.log");
	if (WEXITSTATUS(r) == 77)
		printf("no dtc: not asked\n");
	return WIFEXITED(r) && (WEXITSTATUS(r) == 0 || WEXITSTATUS(r) == 77);
}

static void check(int gic, const char *const *words)
{
	script = (struct scripted){ .boot = look_at_tree };
	script_gic = gic;
	assert_int_equal(run_words(words), EXIT_POWER_OFF);
	script_gic = 3;
	if (seen.n_faults)
		fail_msg("%u faults, the first: %s", seen.n_faults, seen.why);
	assert_true(dtc_is_silent());
}

#define CHECK(gic, ...) check(gic, (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static uint32_t number(const char *path, const char *name)
{
	const void *v = fdt_getprop(seen.tree, fdt_path_offset(seen.tree, path), name, NULL);

	return v ? fdt32_ld(v) : 0;
}

static bool has(const char *path, const char *name)
{
	return fdt_getprop(seen.tree, fdt_path_offset(seen.tree, path), name, NULL) != NULL;
}

static void pci_has_a_host_and_messages(void **state)
{
	(void)state;
	CHECK(3, "--disk", "path=a.img,engine=threads", "--rng");
	assert_int_equal(seen.facts.n_cpus, 1);
	assert_int_equal(seen.facts.n_virtio, 0);
	assert_true(seen.facts.has_pci && seen.facts.has_its && seen.facts.has_msi_map);
}

static void mmio_has_a_node_for_each_device(void **state)
{
	(void)state;
	CHECK(3, "--transport", "mmio", "--disk", "path=a.img,engine=threads", "--rng", "--cpus",
	      "4");
	assert_int_equal(seen.facts.n_cpus, 4);
	assert_int_equal(seen.facts.n_virtio, 2);
	assert_false(seen.facts.has_pci || seen.facts.has_its);
}

static void a_gic_v2_has_no_messages(void **state)
{
	(void)state;
	CHECK(2, "--rng", "--cpus", "8");
	assert_int_equal(seen.facts.n_cpus, 8);
	assert_true(seen.facts.has_pci);
	assert_false(seen.facts.has_its || seen.facts.has_msi_map);
}

static void flash_has_a_node_where_there_is_a_file(void **state)
{
	const fdt64_t *reg;

	(void)state;
	CHECK(3, "--firmware-vars", "vars");
	reg = fdt_getprop(seen.tree, fdt_path_offset(seen.tree, "/flash@4000000"), "reg", NULL);
	assert_non_null(reg);
	assert_int_equal(fdt64_ld(reg), LAYOUT_FLASH_AT);
	assert_int_equal(fdt64_ld(reg + 1), 256 << 10);
	assert_int_equal(number("/flash@4000000", "bank-width"), 1);
	assert_int_equal(unlink("vars"), 0);
	CHECK(3);
	assert_false(has("/flash@4000000", "reg"));
}

static void processors_are_in_clusters_of_16(void **state)
{
	(void)state;
	CHECK(3, "--cpus", "64", "--transport", "mmio");
	assert_int_equal(seen.facts.n_cpus, 64);
	assert_int_equal(seen.facts.n_clusters, 4);
}

static void caches_are_as_many_as_the_processor_has(void **state)
{
	int l2, l3;

	(void)state;
	CHECK(3, "--cpus", "17");
	l2 = fdt_path_offset(seen.tree, "/cpus/l2-cache1");
	l3 = fdt_path_offset(seen.tree, "/cpus/l3-cache1");
	assert_true(l2 > 0 && l3 > 0);
	assert_int_equal(fdt32_ld(fdt_getprop(seen.tree, l2, "next-level-cache", NULL)),
			 fdt_get_phandle(seen.tree, l3));
	assert_null(fdt_getprop(seen.tree, l3, "next-level-cache", NULL));
	script_caches = 3;
	script = (struct scripted){ .boot = look_at_tree };
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_true(dtc_is_silent());
	assert_true(fdt_node_offset_by_compatible(seen.tree, -1, "cache") < 0);
	script_caches = 0x123;
}

/* As KVM: the processor shows one level. */
static void caches_are_what_the_host_tells(void **state)
{
	(void)state;
	write_host_cache(0, "1", "Data", "64K");
	write_host_cache(1, "1", "Instruction", "32K");
	write_host_cache(2, "2", "Unified", "1M");
	script_caches = 3;
	script_sysfs = "sys";
	CHECK(3, "--cpus", "17");
	assert_int_equal(number("/cpus/cpu@100", "d-cache-size"), 64 << 10);
	assert_int_equal(number("/cpus/cpu@100", "d-cache-line-size"), 64);
	assert_int_equal(number("/cpus/cpu@100", "d-cache-sets"), 256);
	assert_int_equal(number("/cpus/cpu@100", "i-cache-size"), 32 << 10);
	assert_false(has("/cpus/cpu@100", "cache-unified"));
	assert_int_equal(number("/cpus/l2-cache1", "cache-size"), 1 << 20);
	assert_int_equal(number("/cpus/l2-cache1", "cache-sets"), 256);
	assert_true(has("/cpus/l2-cache1", "cache-unified"));
	assert_false(has("/cpus/l2-cache1", "next-level-cache"));
	forget_host_caches();
	script_caches = 0x123;
	script_sysfs = "absent";
}

static void one_cache_for_all_is_unified(void **state)
{
	(void)state;
	write_host_cache(0, "1", "Unified", "16K");
	script_caches = 0x124;
	script_sysfs = "sys";
	CHECK(3);
	assert_true(has("/cpus/cpu@0", "cache-unified"));
	assert_int_equal(number("/cpus/cpu@0", "cache-size"), 16 << 10);
	assert_false(has("/cpus/cpu@0", "d-cache-size"));
	assert_true(has("/cpus/l3-cache0", "cache-level")); /* that the processor shows */
	forget_host_caches();
	script_caches = 0x123;
	script_sysfs = "absent";
}

/* What Linux finds in CLIDR_EL1, whatever the host has: it takes no other number of caches. */
static void caches_are_of_the_kinds_that_the_processor_shows(void **state)
{
	(void)state;
	write_host_cache(0, "1", "Data", "64K");
	write_host_cache(1, "1", "Instruction", "32K");
	write_host_cache(2, "2", "Unified", "1M");
	script_sysfs = "sys";
	script_caches = 0x21; /* instructions; then both */
	CHECK(3);
	assert_int_equal(number("/cpus/cpu@0", "i-cache-size"), 32 << 10);
	assert_false(has("/cpus/cpu@0", "d-cache-size"));
	assert_true(has("/cpus/l2-cache0", "cache-unified"));
	assert_int_equal(number("/cpus/l2-cache0", "cache-size"), 1 << 20);
	script_caches = 4;
	CHECK(3);
	assert_true(has("/cpus/cpu@0", "cache-unified"));
	assert_false(has("/cpus/cpu@0", "cache-size"));
	assert_false(has("/cpus/cpu@0", "d-cache-size"));
	forget_host_caches();
	write_host_cache(0, "1", "Data", "64K");
	write_host_cache(1, "2", "Unified", "1M");
	script_caches = 3;
	CHECK(3);
	assert_false(has("/cpus/cpu@0", "d-cache-size")); /* both, or none */
	forget_host_caches();
	script_caches = 0x123;
	script_sysfs = "absent";
}

static void what_the_host_tells_badly_is_not_told(void **state)
{
	static const struct {
		const char *level, *type, *size;
	} bad[] = { { "8", "Unified", "1M" },   { "0", "Unified", "1M" }, { "4", "Unified", "" },
		    { "4", "Unified", NULL },   { "4", "", "1M" },        { "4", "Unified", "9G" },
		    { "4", "Unified", "large" } };

	(void)state;
	script_sysfs = "sys";
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		write_host_cache(0, bad[i].level, bad[i].type, bad[i].size);
		CHECK(3);
		assert_true(has("/cpus/l3-cache0", "cache-level"));
		assert_true(fdt_path_offset(seen.tree, "/cpus/l4-cache0") < 0);
		assert_false(has("/cpus/cpu@0", "d-cache-size"));
		assert_false(has("/cpus/cpu@0", "i-cache-size"));
		forget_host_caches();
	}
	for (unsigned n = 0; n < 14; n++)
		write_host_cache(n, "1", n % 2 ? "Data" : "Instruction", "64K");
	write_host_cache(14, "4", "Unified", "1M"); /* more than there are levels and kinds */
	CHECK(3);
	assert_true(has("/cpus/cpu@0", "d-cache-size"));
	assert_true(fdt_path_offset(seen.tree, "/cpus/l4-cache0") < 0);
	forget_host_caches();
	script_sysfs = "absent";
}

/* A private interrupt that is level; each processor of a GICv2 has its bit. */
static void the_pmu_is_told_where_it_was_asked_for(void **state)
{
	const void *interrupts;
	int pmu;

	(void)state;
	CHECK(3);
	assert_true(fdt_path_offset(seen.tree, "/pmu") < 0);
	CHECK(3, "--cpu-features", "pmu");
	pmu = fdt_node_offset_by_compatible(seen.tree, -1, "arm,armv8-pmuv3");
	assert_true(pmu > 0);
	assert_memory_equal(fdt_getprop(seen.tree, pmu, "interrupts", NULL),
			    "\0\0\0\1\0\0\0\7\0\0\0\4", 12);
	CHECK(2, "--cpu-features", "pmu", "--cpus", "2");
	pmu = fdt_path_offset(seen.tree, "/pmu");
	interrupts = fdt_getprop(seen.tree, pmu, "interrupts", NULL);
	assert_memory_equal(interrupts, "\0\0\0\1\0\0\0\7\0\0\3\4", 12);
}

static void an_initrd_is_told_and_seeds_differ(void **state)
{
	uint64_t seed;

	(void)state;
	CHECK(3, "--initrd", "a.img", "--cmdline", "one two");
	assert_int_equal(seen.facts.initrd_bytes, 1 << 20);
	assert_string_equal(seen.facts.bootargs, "one two");
	seed = seen.facts.kaslr_seed;
	CHECK(3);
	assert_int_equal(seen.facts.initrd_bytes, 0);
	assert_true(seen.facts.kaslr_seed != seed);
}

static void the_serial_port_is_what_was_asked_for(void **state)
{
	(void)state;
	CHECK(3);
	assert_true(fdt_node_offset_by_compatible(seen.tree, -1, "ns16550a") > 0);
	CHECK(3, "--serial-device", "pl011");
	assert_true(fdt_node_offset_by_compatible(seen.tree, -1, "ns16550a") < 0);
	assert_true(fdt_node_offset_by_compatible(seen.tree, -1, "arm,pl011") > 0);
	assert_non_null(strstr(seen.facts.bootargs, "console=ttyAMA0"));
}

/* Each rule, broken in a good tree. */
static void a_property_that_is_missing_is_found(void **state)
{
	static const char *const words[] = { "--rng", "--cpu-features=pmu", NULL };
	const char *compatible, *property;
	unsigned n_broken = 0;

	(void)state;
	check(3, words);
	for (size_t i = 0; (property = tree_rule(i, &compatible)); i++) {
		static _Alignas(8) uint8_t broken[sizeof(seen.tree)];
		struct tree_facts facts;
		char why[200];
		int node;

		memcpy(broken, seen.tree, sizeof(broken));
		node = fdt_node_offset_by_compatible(broken, -1, compatible);
		if (node < 0)
			continue; /* of another shape */
		assert_int_equal(fdt_nop_property(broken, node, property), 0);
		if (!tree_faults(broken, &facts, why, sizeof(why)))
			fail_msg("%s of %s is not missed", property, compatible);
		n_broken++;
	}
	assert_true(n_broken > 30);
}

static void break_cells(const char *path, const char *property, uint32_t i, uint32_t value)
{
	struct tree_facts facts;
	fdt32_t cell = cpu_to_fdt32(value);
	char why[200];
	int node = fdt_path_offset(seen.tree, path), len;
	void *v = fdt_getprop_w(seen.tree, node, property, &len);
	uint8_t was[4];

	assert_non_null(v);
	memcpy(was, (uint8_t *)v + 4 * i, 4);
	memcpy((uint8_t *)v + 4 * i, &cell, 4);
	if (!tree_faults(seen.tree, &facts, why, sizeof(why)))
		fail_msg("%s of %s is not found wrong", property, path);
	memcpy((uint8_t *)v + 4 * i, was, 4);
}

static void values_that_do_not_fit_are_found(void **state)
{
	static const char *const words[] = { "--rng", "--cpus", "2", NULL };

	(void)state;
	check(3, words);
	break_cells("/", "interrupt-parent", 0, 77);
	break_cells("/cpus/cpu@0", "next-level-cache", 0, 77);
	break_cells("/cpus/cpu@1", "reg", 0, 5);
	break_cells("/cpus/cpu-map/cluster0/core1", "cpu", 0, 77);
	break_cells("/pcie@30000000", "msi-map", 1, 77);
	break_cells("/pcie@30000000", "interrupt-map", 4, 77);
	break_cells("/pcie@30000000", "interrupt-map", 8, LAYOUT_SERIAL_LINE);
	break_cells("/rtc@9010000", "clocks", 0, 77);
	break_cells("/gpio-keys/key-power", "gpios", 0, 77);
	break_cells("/serial@9000000", "interrupts", 1, LAYOUT_N_LINES);
	break_cells("/serial@9000000", "reg", 1, LAYOUT_GICD_AT);
	break_cells("/serial@9000000", "reg", 2, 1); /* 4 GiB and more: over memory */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pci_has_a_host_and_messages),
		cmocka_unit_test(mmio_has_a_node_for_each_device),
		cmocka_unit_test(a_gic_v2_has_no_messages),
		cmocka_unit_test(flash_has_a_node_where_there_is_a_file),
		cmocka_unit_test(processors_are_in_clusters_of_16),
		cmocka_unit_test(caches_are_as_many_as_the_processor_has),
		cmocka_unit_test(caches_are_what_the_host_tells),
		cmocka_unit_test(one_cache_for_all_is_unified),
		cmocka_unit_test(caches_are_of_the_kinds_that_the_processor_shows),
		cmocka_unit_test(what_the_host_tells_badly_is_not_told),
		cmocka_unit_test(the_pmu_is_told_where_it_was_asked_for),
		cmocka_unit_test(an_initrd_is_told_and_seeds_differ),
		cmocka_unit_test(the_serial_port_is_what_was_asked_for),
		cmocka_unit_test(a_property_that_is_missing_is_found),
		cmocka_unit_test(values_that_do_not_fit_are_found),
	};

	alarm(100); /* runs take SIGTERM */
	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
