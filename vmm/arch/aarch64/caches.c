/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * caches.c - the processors' caches. What they are is told by the kernel of the host; a guest that
 * asked its processor would find one small cache, because KVM shows no other: a vCPU may run on any
 * of the host's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cairn/cli.h>
#include <cairn/hv_aarch64.h>

#include "arch.h"
#include "platform.h"

enum { MAX_INDEXES = 2 * HOST_CACHE_LEVELS, PATH_BYTES = 256, TEXT_BYTES = 32 };

/* A file of a line about the n-th cache. */
static bool read_text(const char *sysfs, unsigned n, const char *name, char text[TEXT_BYTES])
{
	char path[PATH_BYTES];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s/devices/system/cpu/cpu0/cache/index%u/%s", sysfs, n, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, TEXT_BYTES - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return len > 0;
}

/* 0: not told, or not a number. "64K" is one. */
static uint32_t read_number(const char *sysfs, unsigned n, const char *name)
{
	char text[TEXT_BYTES];
	uint64_t v;

	if (!read_text(sysfs, n, name, text) || !cairn_cli_size(text, &v) || v > UINT32_MAX)
		return 0;
	return (uint32_t)v;
}

/* False: there is no n-th. */
static bool look_at(const char *sysfs, unsigned n, struct host_caches *c)
{
	struct host_cache cache;
	uint32_t level = read_number(sysfs, n, "level");
	char type[TEXT_BYTES];

	if (level == 0 || level > HOST_CACHE_LEVELS || !read_text(sysfs, n, "type", type))
		return false;
	cache.size_bytes = read_number(sysfs, n, "size");
	cache.line_bytes = read_number(sysfs, n, "coherency_line_size");
	cache.sets = read_number(sysfs, n, "number_of_sets");
	cache.ways = read_number(sysfs, n, "ways_of_associativity");
	c->is_unified[level - 1] |= !strcmp(type, "Unified");
	if (!strcmp(type, "Instruction"))
		c->instructions[level - 1] = cache;
	else if (!strcmp(type, "Data") || !strcmp(type, "Unified"))
		c->data[level - 1] = cache;
	return true;
}

void arch_host_look(const char *sysfs, struct host *h)
{
	unsigned n = 0;

	h->caches = (struct host_caches){ 0 };
	while (n < MAX_INDEXES && look_at(sysfs, n, &h->caches))
		n++;
}

unsigned cache_type(uint64_t types, unsigned level)
{
	if (level > HOST_CACHE_LEVELS)
		return CACHE_NONE;
	return types >> ((level - 1) * CACHE_TYPE_BITS) & ((1u << CACHE_TYPE_BITS) - 1);
}

static unsigned host_type(const struct host_caches *c, unsigned level)
{
	bool has_data = c->data[level - 1].size_bytes;
	bool has_instructions = c->instructions[level - 1].size_bytes;

	if (has_data && c->is_unified[level - 1])
		return CACHE_UNIFIED;
	return (has_data ? CACHE_DATA : 0) | (has_instructions ? CACHE_INSTRUCTIONS : 0);
}

/*
 * Linux counts the caches of the levels that CLIDR_EL1 shows by what that says they are, and takes
 * nothing where it is told of another number of them. Behind these levels it takes any that it is
 * told of.
 */
uint64_t cache_types(struct machine *m)
{
	struct cairn_hv_reg clidr = { .id = CAIRN_HV_ARM64_SYS(3, 1, 0, 0, 1) };
	uint64_t shown = cairn_hv_vcpu_get_regs(m->vcpus[0], &clidr, 1) ? 0 : clidr.value;
	uint64_t types = 0;

	for (unsigned level = 1; level <= HOST_CACHE_LEVELS; level++) {
		uint64_t type = cache_type(shown, level);

		type = type ? type : host_type(&m->host->caches, level);
		types |= type << ((level - 1) * CACHE_TYPE_BITS);
	}
	return types;
}

const struct host_cache *cache_numbers(const struct machine *m, uint64_t types, unsigned level,
				       unsigned kind)
{
	static const struct host_cache unknown;
	const struct host_caches *h = &m->host->caches;
	unsigned type = cache_type(types, level);

	if (!(type & kind))
		return &unknown;
	if (kind == CACHE_UNIFIED)
		return h->is_unified[level - 1] ? &h->data[level - 1] : &unknown;
	/* Linux counts the sizes that it is told: of two caches both, or none. */
	if (type == (CACHE_DATA | CACHE_INSTRUCTIONS) && type != host_type(h, level))
		return &unknown;
	return kind == CACHE_DATA ? &h->data[level - 1] : &h->instructions[level - 1];
}

static struct cairn_acpi_cache describe(const struct host_cache *c, enum cairn_acpi_cache_kind kind)
{
	return (struct cairn_acpi_cache){
		.kind = kind,
		.size_bytes = c->size_bytes,
		.sets = c->sets,
		.line_bytes = (uint16_t)(c->line_bytes <= UINT16_MAX ? c->line_bytes : 0),
		.ways = (uint8_t)(c->ways <= UINT8_MAX ? c->ways : 0),
	};
}

struct cairn_acpi_caches caches_for_acpi(struct machine *m)
{
	uint64_t types = cache_types(m);
	unsigned type = cache_type(types, 1);
	unsigned kind = type == CACHE_UNIFIED ? CACHE_UNIFIED : CACHE_DATA;
	struct cairn_acpi_caches c = { 0 };

	if (type & kind)
		c.first[0] = describe(cache_numbers(m, types, 1, kind),
				      kind == CACHE_UNIFIED ? CAIRN_ACPI_CACHE_UNIFIED
							    : CAIRN_ACPI_CACHE_DATA);
	if (type & CACHE_INSTRUCTIONS)
		c.first[1] = describe(cache_numbers(m, types, 1, CACHE_INSTRUCTIONS),
				      CAIRN_ACPI_CACHE_INSTRUCTIONS);
	for (unsigned level = 2; (type = cache_type(types, level)); level++)
		c.shared[level - 2] =
		    type == CACHE_UNIFIED
			? describe(cache_numbers(m, types, level, type), CAIRN_ACPI_CACHE_UNIFIED)
			: describe(cache_numbers(m, types, level, CACHE_DATA),
				   CAIRN_ACPI_CACHE_DATA);
	return c;
}
