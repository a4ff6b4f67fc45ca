/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "look.h"

static void write_arm64(const struct cairn_acpi_arm64_config *c)
{
	struct cairn_writer w;

	look_begin(&w);
	assert_int_equal(cairn_acpi_arm64_write(&w, cairn_gpa_of(ACPI_AT), c, NULL), 0);
	look_at_all(w.need);
}

static void write_known(unsigned i)
{
	struct cairn_acpi_arm64_config c = arm64_machine(i);

	write_arm64(&c);
}

static uint64_t field(const uint8_t *t, size_t off, size_t len)
{
	return cairn_le_load(t + off, len);
}

static void tables_are_those_that_the_machine_needs(void **state)
{
	static const char needed[N_ARM64][6] = { "", "MIS", "MS", "", "MIS" };

	for (unsigned i = 0; i < N_ARM64; i++) {
		write_known(i);
		assert_non_null(look_find("FACP"));
		assert_non_null(look_find("GTDT"));
		assert_non_null(look_find("PPTT"));
		assert_int_equal(look_find("MCFG") != NULL, strchr(needed[i], 'M') != NULL);
		assert_int_equal(look_find("IORT") != NULL, strchr(needed[i], 'I') != NULL);
		assert_int_equal(look_find("SPCR") != NULL, strchr(needed[i], 'S') != NULL);
		assert_int_equal(look_find("DBG2") != NULL, strchr(needed[i], 'S') != NULL);
	}
}

static void fadt_names_psci(void **state)
{
	const uint8_t *f;

	write_known(1);
	f = look_find("FACP");
	assert_int_equal(f[8], 6);
	assert_int_equal(f[131], 5);
	assert_int_equal(field(f, 129, 2), 3); /* compliant, by HVC */
	assert_int_equal(field(f, 109, 2), 0);
	assert_int_equal(field(f, 112, 4), 1 << 20 | 1 << 5 | 1 << 4 | 1);
	for (size_t i = 244; i < 268; i++) /* no sleep registers */
		assert_int_equal(f[i], 0);
	write_known(2);
	assert_int_equal(field(look_find("FACP"), 129, 2), 1); /* by SMC */
}

static void processor_is_described_with_its_gic_of_version_3(void **state)
{
	const uint8_t *c;

	write_known(1);
	assert_int_equal(look_find("APIC")[8], 6);
	assert_int_equal(field(look_find("APIC"), 36, 8), 0);
	c = look_madt(11, 15);
	assert_int_equal(c[1], 82);
	assert_int_equal(field(c, 4, 4), 0);   /* number of the interface */
	assert_int_equal(field(c, 8, 4), 15);  /* UID */
	assert_int_equal(field(c, 12, 4), 1);  /* enabled */
	assert_int_equal(field(c, 20, 4), 23); /* PMU */
	assert_int_equal(field(c, 32, 8), 0);
	assert_int_equal(field(c, 60, 8), 0);
	assert_int_equal(field(c, 68, 8), 15); /* MPIDR */
	assert_null(look_madt(11, 16));
}

static void processor_names_its_own_redistributor(void **state)
{
	const uint8_t *c;

	write_known(3);
	c = look_madt(11, 511);
	assert_int_equal(field(c, 60, 8), UINT64_C(0x80000000) + 511 * 0x20000);
	assert_int_equal(field(c, 68, 8), 31 << 8 | 15);
	assert_null(look_madt(14, 0));
}

static void processor_is_described_with_its_gic_of_version_2(void **state)
{
	const uint8_t *c;

	write_known(2);
	c = look_madt(11, 7);
	assert_int_equal(field(c, 4, 4), 7);
	assert_int_equal(field(c, 20, 4), 0);
	assert_int_equal(field(c, 32, 8), 0x8010000);
	assert_int_equal(field(c, 40, 8), 0x8040000);
	assert_int_equal(field(c, 48, 8), 0x8030000);
	assert_int_equal(field(c, 56, 4), 25);
	assert_memory_equal(look_madt(12, 0),
			    "\x0c\x18\0\0\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\0\x02\0\0\0", 24);
}

static void distributor_redistributors_and_its_are_listed(void **state)
{
	write_known(4);
	assert_memory_equal(look_madt(12, 0),
			    "\x0c\x18\0\0\0\0\0\0\0\0\xff\x3f\0\0\0\0\0\0\0\0\x04\0\0\0", 24);
	assert_null(look_madt(12, 1));
	assert_memory_equal(look_madt(14, 0), "\x0e\x10\0\0\0\0\xfd\x3f\0\0\0\0\0\0\x02\0", 16);
	assert_memory_equal(look_madt(14, 1), "\x0e\x10\0\0\0\0\0\0\x40\0\0\0\0\0\0\x04", 16);
	assert_null(look_madt(14, 2));
	assert_memory_equal(look_madt(15, 0), "\x0f\x14\0\0\0\0\0\0\0\0\0\0\x50\0\0\0\0\0\0\0", 20);
}

static void its_is_listed_only_where_there_is_one(void **state)
{
	write_known(0);
	assert_null(look_madt(15, 0));
}

static void gtdt_lists_the_timers(void **state)
{
	const uint8_t *g;

	write_known(1);
	g = look_find("GTDT");
	assert_int_equal(field(g, 4, 4), 104);
	assert_int_equal(g[8], 3);
	assert_int_equal(field(g, 36, 8), UINT64_MAX);
	assert_memory_equal(g + 48, "\x1d\0\0\0\x04\0\0\0", 8); /* secure */
	assert_memory_equal(g + 56, "\x1e\0\0\0\x04\0\0\0", 8);
	assert_memory_equal(g + 64, "\x1b\0\0\0\x04\0\0\0", 8);
	assert_memory_equal(g + 72, "\x1a\0\0\0\x04\0\0\0", 8);
	assert_int_equal(field(g, 80, 8), UINT64_MAX);
	assert_int_equal(field(g, 88, 8), 0);
	assert_int_equal(field(g, 96, 8), 0); /* none for a hypervisor's guest */
	write_known(2);
	g = look_find("GTDT");
	assert_int_equal(field(g, 48, 8), 0);
	assert_memory_equal(g + 56, "\x1e\0\0\0\x06\0\0\0", 8); /* low */
	assert_memory_equal(g + 64, "\x1b\0\0\0\x05\0\0\0", 8); /* edge */
	write_known(4);
	assert_memory_equal(look_find("GTDT") + 96, "\x1c\0\0\0\x04\0\0\0", 8);
}

/* The n-th structure of this type in the PPTT; off: where it is there. */
static const uint8_t *pptt(uint8_t type, unsigned n, uint32_t *off)
{
	const uint8_t *t = look_find("PPTT");
	size_t len = field(t, 4, 4);

	for (*off = 36; *off < len; *off += t[*off + 1]) {
		assert_true(t[*off + 1] >= 20 && t[*off + 1] <= len - *off);
		if (t[*off] == type && n-- == 0)
			return t + *off;
	}
	return NULL;
}

static void pptt_tells_of_package_cluster_and_processors(void **state)
{
	uint32_t package_at, cluster_at, at;
	const uint8_t *package, *cluster, *cpu;

	write_known(0);
	assert_int_equal(look_find("PPTT")[8], 2);
	package = pptt(0, 0, &package_at);
	assert_int_equal(field(package, 4, 4), 1 << 4 | 1);
	assert_int_equal(field(package, 8, 4), 0); /* nothing above it */
	cluster = pptt(0, 1, &cluster_at);
	assert_int_equal(field(cluster, 4, 4), 1 << 4);
	assert_int_equal(field(cluster, 8, 4), package_at);
	cpu = pptt(0, 2, &at);
	assert_memory_equal(cpu, "\0\x14\0\0\x0a\0\0\0", 8); /* a leaf with a UID */
	assert_int_equal(field(cpu, 8, 4), cluster_at);
	assert_int_equal(field(cpu, 12, 4), 0);
	assert_int_equal(field(cpu, 16, 4), 0); /* caches */
	assert_null(pptt(0, 3, &at));
	assert_null(pptt(1, 0, &at));
}

static void pptt_gives_processors_and_clusters_their_caches(void **state)
{
	uint32_t l2_at, data_at, code_at, at;
	const uint8_t *l2, *data, *code, *cpu;

	write_known(1);
	l2 = pptt(1, 0, &l2_at);
	assert_memory_equal(l2, "\1\x18\0\0\x57\0\0\0\0\0\0\0\0\0\x10\0\0\x08\0\0\x08\x08\x40\0",
			    24);
	assert_int_equal(field(pptt(0, 1, &at), 20, 4), l2_at); /* the cluster's */
	data = pptt(1, 31, &data_at);
	assert_memory_equal(data, "\1\x18\0\0\x57\0\0\0\0\0\0\0\0\0\1\0\0\1\0\0\4\0\x40\0", 24);
	code = pptt(1, 32, &code_at);
	assert_memory_equal(code, "\1\x18\0\0\x57\0\0\0\0\0\0\0\0\x80\0\0\0\1\0\0\2\4\x40\0", 24);
	assert_null(pptt(1, 33, &at));
	cpu = pptt(0, 17, &at); /* the last */
	assert_memory_equal(cpu, "\0\x1c\0\0\x0a\0\0\0", 8);
	assert_int_equal(field(cpu, 12, 4), 15);
	assert_int_equal(field(cpu, 16, 4), 2);
	assert_int_equal(field(cpu, 20, 4), data_at);
	assert_int_equal(field(cpu, 24, 4), code_at);
}

static void pptt_has_clusters_and_chains_of_caches(void **state)
{
	uint32_t at, outer_at, second_at;
	const uint8_t *outer, *second, *cluster;

	write_known(4); /* 300 processors by 16 */
	cluster = pptt(0, 0 + 1, &at);
	outer = pptt(1, 0, &outer_at);
	second = pptt(1, 1, &second_at);
	assert_int_equal(field(outer, 4, 4), 0x11); /* type and size are known */
	assert_int_equal(field(outer, 8, 4), 0);
	assert_int_equal(field(second, 4, 4), 0x10);
	assert_int_equal(field(second, 8, 4), outer_at);
	assert_int_equal(field(cluster, 16, 4), 1); /* the head of the chain alone */
	assert_int_equal(field(cluster, 20, 4), second_at);
	assert_int_equal(pptt(0, 18, &at)[4] & 8, 0); /* the second cluster, behind 16 */
	assert_non_null(pptt(0, 300 + 19, &at));
	assert_null(pptt(0, 300 + 20, &at));
	assert_non_null(pptt(1, 300 + 2 * 19 - 1, &at));
	assert_null(pptt(1, 300 + 2 * 19, &at));
}

static void spcr_names_a_pl011(void **state)
{
	const uint8_t *s;

	write_known(1);
	s = look_find("SPCR");
	assert_int_equal(field(s, 4, 4), 80);
	assert_int_equal(s[8], 2);
	assert_int_equal(s[36], 3);
	assert_memory_equal(s + 40, "\0\x20\0\x03\0\0\0\x09\0\0\0\0", 12);
	assert_int_equal(s[52], 8); /* by way of the GIC */
	assert_int_equal(field(s, 54, 4), 33);
	assert_memory_equal(s + 58, "\x07\0\x01\0\x03\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0",
			    22);
}

static void spcr_names_a_16550(void **state)
{
	const uint8_t *s;

	write_known(2);
	s = look_find("SPCR");
	assert_int_equal(s[36], 0);
	assert_memory_equal(s + 40, "\0\x08\0\x01\0\x10\0\x09\0\0\0\0", 12);
	assert_int_equal(field(s, 54, 4), 34);
}

static void dbg2_names_the_port_of_the_spcr(void **state)
{
	const uint8_t *d;

	write_known(1);
	d = look_find("DBG2");
	assert_int_equal(field(d, 4, 4), 44 + 38 + 10);
	assert_int_equal(field(d, 36, 4), 44);
	assert_int_equal(field(d, 40, 4), 1);
	assert_memory_equal(d + 44, "\0\x30\0\x01\x0a\0\x26\0\0\0\0\0\0\x80\x03\0\0\0\x16\0\x22\0",
			    22);
	assert_memory_equal(d + 66, "\0\x20\0\x03\0\0\0\x09\0\0\0\0", 12);
	assert_int_equal(field(d, 78, 4), 0x1000);
	assert_memory_equal(d + 82, "\\_SB.COM1", 10);
	write_known(2);
	d = look_find("DBG2");
	assert_int_equal(field(d, 44 + 14, 2), 0);
	assert_int_equal(field(d, 78, 4), 8);
}

static void iort_leads_from_the_root_complex_to_the_its(void **state)
{
	const uint8_t *t;

	write_known(1);
	t = look_find("IORT");
	assert_int_equal(field(t, 4, 4), 48 + 24 + 56);
	assert_int_equal(field(t, 36, 4), 2);
	assert_int_equal(field(t, 40, 4), 48);
	assert_memory_equal(t + 48, "\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0", 24);
	t += 72;
	assert_memory_equal(t, "\x02\x38\0\x01\0\0\0\0\x01\0\0\0\x24\0\0\0", 16);
	assert_memory_equal(t + 16, "\x01\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\0\x40\0\0\0", 20);
	assert_memory_equal(t + 36, "\0\0\0\0\xff\xff\0\0\0\0\0\0\x30\0\0\0\0\0\0\0", 20);
}

static void iort_maps_the_buses_that_there_are(void **state)
{
	write_known(4); /* 2 and 3 */
	assert_memory_equal(look_find("IORT") + 72 + 36,
			    "\0\x02\0\0\xff\x01\0\0\0\x02\0\0\x30\0\0\0\0\0\0\0", 20);
}

/* The description is refused, with this reason. */
static void refused(const struct cairn_acpi_arm64_config *c, const char *what)
{
	struct cairn_err err = { 0 };
	struct cairn_writer w;

	look_begin(&w);
	assert_int_equal(cairn_acpi_arm64_write(&w, cairn_gpa_of(ACPI_AT), c, &err), -EINVAL);
	assert_string_equal(err.what, what);
	assert_int_equal(w.need, 0);
}

static void counts_beyond_their_limits_are_refused(void **state)
{
	const struct cairn_acpi_arm64_config good = arm64_machine(4);
	struct cairn_acpi_arm64_config c = good;

	c.n_cpus = 0;
	refused(&c, "number of processors");
	c.n_cpus = CAIRN_ACPI_MAX_CPUS + 1;
	refused(&c, "number of processors");
	c = good;
	c.n_mmio = CAIRN_ACPI_MAX_MMIO + 1;
	refused(&c, "too many virtio-mmio devices");
	c = good;
	c.n_uarts = CAIRN_ACPI_MAX_SERIALS + 1;
	refused(&c, "too many serial ports");
	c = good;
	c.gic.n_redists = CAIRN_ACPI_MAX_REDISTS + 1;
	refused(&c, "too many ranges of redistributors");
}

static void bad_parts_that_x86_has_too_are_refused(void **state)
{
	struct cairn_acpi_pci pci = { .ecam = 1 };
	struct cairn_acpi_mmio mmio = { .line = { .gsi = 32 } };
	struct cairn_acpi_arm64_config c = arm64_machine(1);

	c.pci = &pci;
	refused(&c, "ECAM is not aligned, or beyond the end");
	c = arm64_machine(1);
	c.mmio = &mmio;
	c.n_mmio = 1;
	refused(&c, "virtio-mmio device of no length");
}

static void gic_that_contradicts_its_version_is_refused(void **state)
{
	const char *alone = "a GIC of version 2 has a CPU interface alone";
	const struct cairn_acpi_arm64_config good = arm64_machine(2);
	struct cairn_acpi_window range = { 0x1000, 0x1000 };
	struct cairn_acpi_arm64_config c = good;

	c.gic.version = 1;
	refused(&c, "version of the GIC");
	c.gic.version = 5;
	refused(&c, "version of the GIC");
	c = good;
	c.n_cpus = 9;
	refused(&c, "more processors than a GIC of version 2 has");
	c = good;
	c.gic.its = 0x10000;
	refused(&c, alone);
	c = good;
	c.gic.cpu_interface = 0;
	refused(&c, alone);
	c = good;
	c.gic.redists = &range;
	c.gic.n_redists = 1;
	refused(&c, alone);
	c = good;
	c.gic.maintenance = 32;
	refused(&c, "maintenance interrupt is no PPI");
}

static void bad_redistributors_are_refused(void **state)
{
	const char *no_length = "range of redistributors of no length";
	const char *needs = "a processor needs a redistributor or a range";
	struct cairn_acpi_arm64_cpu cpu = { .redist = 0x10000 };
	struct cairn_acpi_window range = { 0x1000, 0 };
	struct cairn_acpi_arm64_config c = arm64_machine(0);

	c.gic.redists = &range;
	refused(&c, no_length);
	range.len = UINT64_C(1) << 32;
	refused(&c, no_length);
	range = (struct cairn_acpi_window){ UINT64_MAX - 1, 3 };
	refused(&c, no_length);
	c = arm64_machine(0);
	c.gic.n_redists = 0;
	refused(&c, needs);
	c = arm64_machine(0);
	c.cpus = &cpu;
	refused(&c, needs);
	c.gic.n_redists = 0;
	write_arm64(&c);
}

static void interrupts_of_processors_must_be_ppis(void **state)
{
	const char *no_timer = "timer's interrupt is no PPI";
	const char *no_ppi = "interrupt of a processor is no PPI";
	const struct cairn_acpi_arm64_config good = arm64_machine(1);
	struct cairn_acpi_arm64_config c = good;

	c.timers.virt.gsi = 0;
	refused(&c, no_timer);
	c.timers.virt.gsi = 32;
	refused(&c, no_timer);
	c = good;
	c.timers.physical.gsi = 15;
	refused(&c, no_timer);
	c = good;
	c.timers.secure.gsi = 15;
	refused(&c, no_ppi);
	c = good;
	c.timers.hypervisor.gsi = 32;
	refused(&c, no_ppi);
	c = good;
	c.timers.hypervisor_virt.gsi = 1;
	refused(&c, no_ppi);
	c = good;
	c.pmu = 7; /* as a PPI's number, not its INTID */
	refused(&c, no_ppi);
	c.pmu = 16; /* the first and the last there are */
	c.timers.virt.gsi = 31;
	write_arm64(&c);
}

static void interrupts_of_devices_must_be_spis(void **state)
{
	const char *no_spi = "interrupt of a device is no SPI";
	const struct cairn_acpi_arm64_config good = arm64_machine(1);
	struct cairn_acpi_pci pci = *good.pci;
	struct cairn_acpi_mmio mmio = { 0x1000, 0x200, { .gsi = 31 } };
	struct cairn_acpi_uart uart = { .line = { .gsi = 1020 } };
	struct cairn_acpi_arm64_config c = good;

	c.mmio = &mmio;
	c.n_mmio = 1;
	refused(&c, no_spi);
	c = good;
	c.uarts = &uart;
	refused(&c, no_spi);
	c = good;
	c.ged_line.gsi = 0;
	refused(&c, no_spi);
	c = good;
	c.pci = &pci;
	pci.intx[3] = 31;
	refused(&c, no_spi);
	pci.has_intx = false;
	write_arm64(&c);
}

static void serial_port_beyond_the_end_is_refused(void **state)
{
	struct cairn_acpi_uart uart = { .base = UINT64_MAX - 0xffe, .line = { .gsi = 33 } };
	struct cairn_acpi_arm64_config c = arm64_machine(1);

	c.uarts = &uart;
	refused(&c, "serial port beyond the end");
}

static void unaligned_start_is_refused(void **state)
{
	struct cairn_acpi_arm64_config c = arm64_machine(0);
	struct cairn_writer w;

	look_begin(&w);
	assert_int_equal(cairn_acpi_arm64_write(&w, cairn_gpa_of(ACPI_AT + 8), &c, NULL), -EINVAL);
}

/* The second example of the README. */
static void readme_example_works(void **state)
{
	static uint8_t area[0x10000];
	static const struct cairn_acpi_arm64_cpu cpus[] = { { .mpidr = 0 }, { .mpidr = 1 } };
	static const struct cairn_acpi_window redists = { 0x3ffb0000, 0x40000 };
	static const struct cairn_acpi_uart console = { .base = 0x9000000, .line = { .gsi = 33 } };
	const struct cairn_acpi_arm64_config machine = {
		.cpus = cpus,
		.n_cpus = 2,
		.gic = { .version = 3, .dist = 0x3fff0000, .redists = &redists, .n_redists = 1 },
		.timers = { .physical = { .gsi = 30 }, .virt = { .gsi = 27 } },
		.uarts = &console,
		.n_uarts = 1,
	};
	struct cairn_writer w;
	struct cairn_err err;

	cairn_writer_init(&w, area, sizeof(area));
	assert_int_equal(cairn_acpi_arm64_write(&w, cairn_gpa_of(0x40000000), &machine, &err), 0);
	assert_true(cairn_writer_is_whole(&w));
	assert_memory_equal(area, "RSD PTR ", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_those_that_the_machine_needs),
		cmocka_unit_test(fadt_names_psci),
		cmocka_unit_test(processor_is_described_with_its_gic_of_version_3),
		cmocka_unit_test(processor_names_its_own_redistributor),
		cmocka_unit_test(processor_is_described_with_its_gic_of_version_2),
		cmocka_unit_test(distributor_redistributors_and_its_are_listed),
		cmocka_unit_test(its_is_listed_only_where_there_is_one),
		cmocka_unit_test(gtdt_lists_the_timers),
		cmocka_unit_test(pptt_tells_of_package_cluster_and_processors),
		cmocka_unit_test(pptt_gives_processors_and_clusters_their_caches),
		cmocka_unit_test(pptt_has_clusters_and_chains_of_caches),
		cmocka_unit_test(spcr_names_a_pl011),
		cmocka_unit_test(spcr_names_a_16550),
		cmocka_unit_test(dbg2_names_the_port_of_the_spcr),
		cmocka_unit_test(iort_leads_from_the_root_complex_to_the_its),
		cmocka_unit_test(iort_maps_the_buses_that_there_are),
		cmocka_unit_test(counts_beyond_their_limits_are_refused),
		cmocka_unit_test(bad_parts_that_x86_has_too_are_refused),
		cmocka_unit_test(gic_that_contradicts_its_version_is_refused),
		cmocka_unit_test(bad_redistributors_are_refused),
		cmocka_unit_test(interrupts_of_processors_must_be_ppis),
		cmocka_unit_test(interrupts_of_devices_must_be_spis),
		cmocka_unit_test(serial_port_beyond_the_end_is_refused),
		cmocka_unit_test(unaligned_start_is_refused),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
