/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Which processors are together, and their caches; ACPI 6.5, 5.2.30. One package of clusters of
 * processors; the first caches are a processor's, the others its cluster's. Offsets are from the
 * table's start.
 */
#include "arm64.h"

#define PPTT_REVISION 2 /* of ACPI 6.3; the third adds numbers to caches */

enum {
	PPTT_PROCESSOR = 0,
	PPTT_CACHE = 1,
	PROCESSOR_LEN = 20,
	RESOURCE_LEN = 4,
	CACHE_LEN = 24,

	NODE_PACKAGE = 1 << 0,
	NODE_HAS_UID = 1 << 1,
	NODE_IS_LEAF = 1 << 3,
	NODE_IDENTICAL = 1 << 4, /* what is below */

	CACHE_HAS_SIZE = 1 << 0,
	CACHE_HAS_SETS = 1 << 1,
	CACHE_HAS_WAYS = 1 << 2,
	CACHE_HAS_TYPE = 1 << 4,
	CACHE_HAS_LINE = 1 << 6,
	CACHE_TYPE_SHIFT = 2, /* in the attributes */
};

struct pptt {
	struct cairn_writer *w;
	size_t from;
};

static uint32_t here(const struct pptt *p)
{
	return (uint32_t)(p->w->need - p->from);
}

/* Returns where it is, or 0: there is none. next: 0, or the one behind it that is as private. */
static uint32_t write_cache(struct pptt *p, const struct cairn_acpi_cache *c, uint32_t next)
{
	uint32_t at = here(p);
	uint32_t flags = CACHE_HAS_TYPE | (c->size_bytes ? CACHE_HAS_SIZE : 0u) |
			 (c->sets ? CACHE_HAS_SETS : 0u) | (c->ways ? CACHE_HAS_WAYS : 0u) |
			 (c->line_bytes ? CACHE_HAS_LINE : 0u);

	if (c->kind == CAIRN_ACPI_CACHE_NONE)
		return 0;
	cairn_writer_u8(p->w, PPTT_CACHE);
	cairn_writer_u8(p->w, CACHE_LEN);
	cairn_writer_le16(p->w, 0);
	cairn_writer_le32(p->w, flags);
	cairn_writer_le32(p->w, next);
	cairn_writer_le32(p->w, c->size_bytes);
	cairn_writer_le32(p->w, c->sets);
	cairn_writer_u8(p->w, c->ways);
	cairn_writer_u8(p->w, (uint8_t)((c->kind - CAIRN_ACPI_CACHE_DATA) << CACHE_TYPE_SHIFT));
	cairn_writer_le16(p->w, c->line_bytes);
	return at;
}

/* caches: two places, of which 0 is none. Returns where the node is. */
static uint32_t write_node(struct pptt *p, uint32_t flags, uint32_t parent, uint32_t uid,
			   const uint32_t caches[2])
{
	uint32_t at = here(p), n = (caches[0] != 0) + (caches[1] != 0);

	cairn_writer_u8(p->w, PPTT_PROCESSOR);
	cairn_writer_u8(p->w, (uint8_t)(PROCESSOR_LEN + n * RESOURCE_LEN));
	cairn_writer_le16(p->w, 0);
	cairn_writer_le32(p->w, flags);
	cairn_writer_le32(p->w, parent);
	cairn_writer_le32(p->w, uid);
	cairn_writer_le32(p->w, n);
	for (size_t i = 0; i < 2; i++)
		if (caches[i])
			cairn_writer_le32(p->w, caches[i]);
	return at;
}

/* From the outermost cache on, so that each knows its next. Returns where the cluster's node is. */
static uint32_t write_cluster(struct pptt *p, const struct cairn_acpi_caches *c, uint32_t package)
{
	uint32_t caches[2] = { 0 };

	for (uint32_t i = CAIRN_ACPI_SHARED_CACHES; i > 0; i--) {
		uint32_t at = write_cache(p, &c->shared[i - 1], caches[0]);

		caches[0] = at ? at : caches[0];
	}
	return write_node(p, NODE_IDENTICAL, package, 0, caches);
}

void cairn_acpi_pptt_(struct acpi_image *im, const struct cairn_acpi_arm64_config *c)
{
	size_t from = cairn_acpi_table_begin_(im, "PPTT", PPTT_REVISION);
	uint32_t size = c->cluster_cpus ? c->cluster_cpus : c->n_cpus;
	struct pptt p = { .w = im->w, .from = from };
	uint32_t package = write_node(&p, NODE_PACKAGE | NODE_IDENTICAL, 0, 0, (uint32_t[2]){ 0 });
	uint32_t cluster = 0;

	for (uint32_t i = 0; i < c->n_cpus; i++) {
		uint32_t caches[2];

		if (i % size == 0)
			cluster = write_cluster(&p, &c->caches, package);
		caches[0] = write_cache(&p, &c->caches.first[0], 0);
		caches[1] = write_cache(&p, &c->caches.first[1], 0);
		write_node(&p, NODE_HAS_UID | NODE_IS_LEAF, cluster, i, caches);
	}
	cairn_acpi_table_list_(im, from);
}
