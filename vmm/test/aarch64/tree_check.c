/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "layout.h"
#include "tree_check.h"

enum { MAX_RANGES = 128, N_PROPERTIES = 12, SPI_LIMIT = LAYOUT_N_LINES };

/* Linux, Documentation/devicetree/bindings: the file that each comes from. */
static const struct rule {
	const char *compatible;
	const char *properties[N_PROPERTIES];
} rules[] = {
	/* arm/cpus.yaml, cpu-capacity.txt */
	{ "arm,armv8",
	  { "device_type", "reg", "enable-method", "capacity-dmips-mhz", "next-level-cache",
	    "phandle" } },
	{ "cache", { "cache-level", "cache-unified", "phandle" } }, /* cache.yaml */
	{ "arm,psci-1.0", { "method" } },                           /* arm/psci.yaml */
	{ "arm,armv8-timer", { "interrupts", "always-on" } },       /* timer/arm,arch_timer.yaml */
	{ "arm,armv8-pmuv3", { "interrupts" } },                    /* arm/pmu.yaml */
	/* interrupt-controller/arm,gic-v3.yaml and arm,gic.yaml */
	{ "arm,gic-v3",
	  { "reg", "interrupt-controller", "#interrupt-cells", "#address-cells", "#size-cells",
	    "ranges", "phandle" } },
	{ "arm,gic-v3-its", { "reg", "msi-controller", "#msi-cells", "phandle" } },
	{ "arm,cortex-a15-gic",
	  { "reg", "interrupt-controller", "#interrupt-cells", "#address-cells", "phandle" } },
	{ "ns16550a", { "reg", "interrupts", "clock-frequency" } },        /* serial/8250.yaml */
	{ "arm,pl011", { "reg", "interrupts", "clocks", "clock-names" } }, /* serial/pl011.yaml */
	{ "arm,pl031", { "reg", "interrupts", "clocks", "clock-names" } }, /* rtc/arm,pl031.yaml */
	/* gpio/pl061-gpio.yaml, input/gpio-keys.yaml, clock/fixed-clock.yaml */
	{ "arm,pl061",
	  { "reg", "interrupts", "clocks", "clock-names", "gpio-controller", "#gpio-cells",
	    "interrupt-controller", "#interrupt-cells", "phandle" } },
	{ "gpio-keys", { NULL } },
	{ "fixed-clock", { "#clock-cells", "clock-frequency", "phandle" } },
	{ "cfi-flash", { "reg", "bank-width" } },                   /* mtd/mtd-physmap.yaml */
	{ "virtio,mmio", { "reg", "interrupts", "dma-coherent" } }, /* virtio/mmio.yaml */
	/* pci/host-generic-pci.yaml */
	{ "pci-host-ecam-generic",
	  { "device_type", "reg", "bus-range", "#address-cells", "#size-cells", "ranges",
	    "#interrupt-cells", "interrupt-map", "interrupt-map-mask", "dma-coherent" } },
};

struct check {
	const void *tree;
	struct tree_facts *facts;
	char *why;
	size_t why_size;
	unsigned n_faults;
	struct {
		uint64_t at, len;
	} ranges[MAX_RANGES];
	size_t n_ranges;
	bool spi_used[SPI_LIMIT];
};

__attribute__((format(printf, 3, 4))) static void fault(struct check *c, int node,
							const char *format, ...)
{
	char text[128];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (c->n_faults++ == 0)
		snprintf(c->why, c->why_size, "%s: %s", fdt_get_name(c->tree, node, NULL), text);
}

static uint32_t cell(const void *value, int i)
{
	fdt32_t v;

	memcpy(&v, (const uint8_t *)value + 4 * i, 4);
	return fdt32_to_cpu(v);
}

static uint64_t two_cells(const void *value, int i)
{
	return (uint64_t)cell(value, i) << 32 | cell(value, i + 1);
}

const char *tree_rule(size_t i, const char **ret_compatible)
{
	for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++)
		for (size_t p = 0; p < N_PROPERTIES && rules[r].properties[p]; p++)
			if (i-- == 0) {
				*ret_compatible = rules[r].compatible;
				return rules[r].properties[p];
			}
	return NULL;
}

static void check_rule(struct check *c, int node)
{
	if (node == 0 || !fdt_getprop(c->tree, node, "compatible", NULL))
		return;
	for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++) {
		if (fdt_node_check_compatible(c->tree, node, rules[r].compatible))
			continue;
		for (size_t p = 0; p < N_PROPERTIES && rules[r].properties[p]; p++)
			if (!fdt_getprop(c->tree, node, rules[r].properties[p], NULL))
				fault(c, node, "no %s", rules[r].properties[p]);
		return;
	}
	fault(c, node, "compatible with nothing that is known");
}

static void check_range(struct check *c, int node, uint64_t at, uint64_t len)
{
	for (size_t i = 0; i < c->n_ranges; i++)
		if (at < c->ranges[i].at + c->ranges[i].len && c->ranges[i].at < at + len)
			fault(c, node, "overlaps what is at %llx",
			      (unsigned long long)c->ranges[i].at);
	if (len == 0 || c->n_ranges == MAX_RANGES) {
		fault(c, node, "no length, or too many ranges");
		return;
	}
	c->ranges[c->n_ranges].at = at;
	c->ranges[c->n_ranges++].len = len;
}

/* The address in the name is the first of reg; ranges of devices and memory are apart. */
static void check_reg(struct check *c, int node)
{
	const char *at = strchr(fdt_get_name(c->tree, node, NULL), '@');
	int len, parent = fdt_parent_offset(c->tree, node);
	const void *reg = fdt_getprop(c->tree, node, "reg", &len);

	if (!reg != !at)
		fault(c, node, "an address without the other");
	if (!reg || !at)
		return;
	if (fdt_address_cells(c->tree, parent) != 2) {
		if (cell(reg, 0) != strtoul(at + 1, NULL, 16))
			fault(c, node, "reg is another address");
		return;
	}
	if (len % 16 || two_cells(reg, 0) != strtoull(at + 1, NULL, 16))
		fault(c, node, "reg is another address");
	for (int i = 0; i + 3 < len / 4; i += 4)
		check_range(c, node, two_cells(reg, i), two_cells(reg, i + 2));
}

static void check_reference(struct check *c, int node, const char *name, int i)
{
	int len;
	const void *v = fdt_getprop(c->tree, node, name, &len);

	if (v && (len < 4 * (i + 1) || fdt_node_offset_by_phandle(c->tree, cell(v, i)) < 0))
		fault(c, node, "%s refers to nothing", name);
}

static void check_interrupt(struct check *c, int node)
{
	int len;
	const void *v = fdt_getprop(c->tree, node, "interrupts", &len);

	for (int i = 0; v && i < len / 4; i += 3) {
		uint32_t n = cell(v, i + 1);

		if (cell(v, i) != 0) /* a private one */
			continue;
		if (n >= SPI_LIMIT || c->spi_used[n])
			fault(c, node, "interrupt %u is used, or does not exist", n);
		else
			c->spi_used[n] = true;
	}
}

static void check_wires(struct check *c, int node)
{
	enum { ENTRY = 10 };
	int len;
	const void *v = fdt_getprop(c->tree, node, "interrupt-map", &len);

	if (len != 16 * ENTRY * 4) {
		fault(c, node, "interrupt-map of another size");
		return;
	}
	for (int i = 0; i < 16 * ENTRY; i += ENTRY) {
		if (fdt_node_offset_by_phandle(c->tree, cell(v, i + 4)) < 0)
			fault(c, node, "interrupt-map refers to nothing");
		if (c->spi_used[cell(v, i + 8) % SPI_LIMIT])
			fault(c, node, "interrupt-map has a line of a device's");
	}
}

static void check_node(struct check *c, int node)
{
	check_rule(c, node);
	check_reg(c, node);
	check_interrupt(c, node);
	check_reference(c, node, "interrupt-parent", 0);
	check_reference(c, node, "next-level-cache", 0);
	check_reference(c, node, "cpu", 0);
	check_reference(c, node, "clocks", 0);
	check_reference(c, node, "gpios", 0);
	check_reference(c, node, "msi-map", 1);
	c->facts->n_cpus += !fdt_node_check_compatible(c->tree, node, "arm,armv8");
	c->facts->n_virtio += !fdt_node_check_compatible(c->tree, node, "virtio,mmio");
	c->facts->n_clusters += !strncmp(fdt_get_name(c->tree, node, NULL), "cluster", 7);
	c->facts->has_its |= !fdt_node_check_compatible(c->tree, node, "arm,gic-v3-its");
	c->facts->has_msi_map |= fdt_getprop(c->tree, node, "msi-map", NULL) != NULL;
	if (!fdt_node_check_compatible(c->tree, node, "pci-host-ecam-generic")) {
		c->facts->has_pci = true;
		check_wires(c, node);
	}
}

static void check_initrd(struct check *c, int chosen)
{
	int len, end_len;
	const void *start = fdt_getprop(c->tree, chosen, "linux,initrd-start", &len);
	const void *end = fdt_getprop(c->tree, chosen, "linux,initrd-end", &end_len);

	if (!start && !end)
		return;
	if (!start || !end || len != 8 || end_len != 8 || two_cells(end, 0) <= two_cells(start, 0))
		fault(c, chosen, "no good initrd");
	else
		c->facts->initrd_bytes = two_cells(end, 0) - two_cells(start, 0);
}

static void check_chosen(struct check *c)
{
	int len, chosen = fdt_path_offset(c->tree, "/chosen");
	const char *args, *console;
	const void *seed;

	if (chosen < 0) {
		fault(c, 0, "nothing is chosen");
		return;
	}
	args = fdt_getprop(c->tree, chosen, "bootargs", NULL);
	console = fdt_getprop(c->tree, chosen, "stdout-path", NULL);
	if (!args || !console || fdt_path_offset(c->tree, console) < 0)
		fault(c, chosen, "no bootargs, or stdout-path to nothing");
	if (args)
		snprintf(c->facts->bootargs, sizeof(c->facts->bootargs), "%s", args);
	if (!fdt_getprop(c->tree, chosen, "rng-seed", &len) || len != 64)
		fault(c, chosen, "rng-seed");
	seed = fdt_getprop(c->tree, chosen, "kaslr-seed", &len);
	if (!seed || len != 8)
		fault(c, chosen, "kaslr-seed");
	else
		c->facts->kaslr_seed = two_cells(seed, 0);
	check_initrd(c, chosen);
}

unsigned tree_faults(const void *tree, struct tree_facts *ret, char *why, size_t why_size)
{
	struct check c = { .tree = tree, .facts = ret, .why = why, .why_size = why_size };
	static const char *const needed[] = { "/cpus", "/cpus/cpu-map", "/psci", "/timer",
					      "/gpio-keys/key-power" };
	int memory = fdt_node_offset_by_prop_value(tree, -1, "device_type", "memory", 7);

	*ret = (struct tree_facts){ 0 };
	why[0] = '\0';
	if (fdt_check_full(tree, fdt_totalsize(tree)))
		fault(&c, 0, "libfdt refuses it");
	if (memory < 0)
		fault(&c, 0, "no memory");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (fdt_path_offset(tree, needed[i]) < 0)
			fault(&c, 0, "no %s", needed[i]);
	for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL))
		check_node(&c, node);
	check_chosen(&c);
	return c.n_faults;
}
