/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The interrupt controller as the MADT tells it; ACPI 6.5, 5.2.12.14 to 5.2.12.18. */
#include "arm64.h"

#define MADT_REVISION 6 /* of ACPI 6.5 */

enum {
	MADT_GICC = 11,
	MADT_GICD = 12,
	MADT_GICR = 14,
	MADT_ITS = 15,

	GICC_ENABLED = 1 << 0,
};

static void begin(struct cairn_writer *w, uint8_t type, uint8_t len)
{
	cairn_writer_u8(w, type);
	cairn_writer_u8(w, len);
	cairn_writer_le16(w, 0);
}

/* One processor; its UID is its place in the list. */
static void write_cpu(struct cairn_writer *w, const struct cairn_acpi_arm64_config *c, uint32_t uid)
{
	const struct cairn_acpi_gic *g = &c->gic;

	begin(w, MADT_GICC, 82);
	cairn_writer_le32(w, g->version == 2 ? uid : 0); /* bit in the distributor's targets */
	cairn_writer_le32(w, uid);
	cairn_writer_le32(w, GICC_ENABLED); /* and its two interrupts are level */
	cairn_writer_le32(w, 0);            /* no parking protocol */
	cairn_writer_le32(w, c->pmu);
	cairn_writer_le64(w, 0); /* where it would be parked */
	cairn_writer_le64(w, g->cpu_interface);
	cairn_writer_le64(w, g->virtual_cpu);
	cairn_writer_le64(w, g->hypervisor);
	cairn_writer_le32(w, g->maintenance);
	cairn_writer_le64(w, c->cpus[uid].redist);
	cairn_writer_le64(w, c->cpus[uid].mpidr);
	cairn_writer_u8(w, 0); /* power efficiency class */
	cairn_writer_u8(w, 0);
	cairn_writer_le16(w, 0); /* no statistical profiling */
	cairn_writer_le16(w, 0); /* no trace buffer */
}

static void write_dist(struct cairn_writer *w, const struct cairn_acpi_gic *g)
{
	begin(w, MADT_GICD, 24);
	cairn_writer_le32(w, 0); /* its number */
	cairn_writer_le64(w, g->dist);
	cairn_writer_le32(w, 0); /* first interrupt */
	cairn_writer_u8(w, g->version);
	cairn_writer_fill(w, 0, 3);
}

void cairn_acpi_madt_arm64_(struct acpi_image *im, const struct cairn_acpi_arm64_config *c)
{
	const struct cairn_acpi_gic *g = &c->gic;
	struct cairn_writer *w = im->w;
	size_t from = cairn_acpi_table_begin_(im, "APIC", MADT_REVISION);

	cairn_writer_le32(w, 0); /* no local APIC */
	cairn_writer_le32(w, 0);
	write_dist(w, g);
	for (uint32_t i = 0; i < c->n_cpus; i++)
		write_cpu(w, c, i);
	for (uint32_t i = 0; i < g->n_redists; i++) {
		begin(w, MADT_GICR, 16);
		cairn_writer_le64(w, g->redists[i].base);
		cairn_writer_le32(w, (uint32_t)g->redists[i].len);
	}
	if (g->its) {
		begin(w, MADT_ITS, 20);
		cairn_writer_le32(w, ACPI_ITS_ID);
		cairn_writer_le64(w, g->its);
		cairn_writer_le32(w, 0);
	}
	cairn_acpi_table_list_(im, from);
}
