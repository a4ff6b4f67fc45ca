/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "arm64.h"

#include "check.h"
#include "dsdt.h"

enum {
	BOOT_PSCI = 1 << 0, /* ARM boot architecture flags, 5.2.9.4 */
	BOOT_PSCI_BY_HVC = 1 << 1,

	TIMER_EDGE = 1 << 0, /* 5.2.25 */
	TIMER_LOW = 1 << 1,
	TIMER_ALWAYS_ON = 1 << 2, /* a guest's counter does not stop while a processor sleeps */

	SPCR_16550 = 0, /* of the SPCR and the DBG2 */
	SPCR_PL011 = 3,
	SPCR_BY_GIC = 1 << 3,
	SPCR_115200_BAUD = 7,
	SPCR_ANSI = 3,

	DBG2_DEVICES = ACPI_HEADER_LEN + 8,
	DBG2_DEVICE_LEN = 22,
	DBG2_SERIAL = 0x8000,

	NODE_ITS_GROUP = 0, /* of the IORT */
	NODE_ROOT_COMPLEX = 2,
	NODE_HEADER_LEN = 16,
	IORT_NODES = ACPI_HEADER_LEN + 12,
	ITS_GROUP_LEN = NODE_HEADER_LEN + 8,
	ROOT_COMPLEX_LEN = NODE_HEADER_LEN + 20,
	MAPPING_LEN = 20,
	MEMORY_COHERENT = 1,
	MEMORY_CPM_DACS = 3, /* the path to memory is coherent, and so are the attributes */
};

static void write_timer(struct cairn_writer *w, const struct cairn_acpi_line *line)
{
	uint32_t flags =
	    TIMER_ALWAYS_ON | (line->edge ? TIMER_EDGE : 0u) | (line->low ? TIMER_LOW : 0u);

	cairn_writer_le32(w, line->gsi);
	cairn_writer_le32(w, line->gsi ? flags : 0);
}

/* 5.2.25: the four timers, then one that came later. No register of the counter is in memory. */
static void write_gtdt(struct acpi_image *im, const struct cairn_acpi_timers *t)
{
	struct cairn_writer *w = im->w;
	size_t from = cairn_acpi_table_begin_(im, "GTDT", 3);

	cairn_writer_le64(w, UINT64_MAX);
	cairn_writer_le32(w, 0);
	write_timer(w, &t->secure);
	write_timer(w, &t->physical);
	write_timer(w, &t->virt);
	write_timer(w, &t->hypervisor);
	cairn_writer_le64(w, UINT64_MAX);
	cairn_writer_le32(w, 0); /* no timers of the platform */
	cairn_writer_le32(w, 0);
	write_timer(w, &t->hypervisor_virt);
	cairn_acpi_table_list_(im, from);
}

static uint8_t uart_kind(const struct cairn_acpi_uart *u)
{
	return u->kind == CAIRN_ACPI_UART_PL011 ? SPCR_PL011 : SPCR_16550;
}

static void write_uart_place(struct cairn_writer *w, const struct cairn_acpi_uart *u)
{
	uint8_t gas[ACPI_GAS_LEN];

	cairn_acpi_gas_(gas, ACPI_SPACE_MEMORY, u->kind == CAIRN_ACPI_UART_PL011 ? 4 : 1, u->base);
	cairn_writer_bytes(w, gas, sizeof(gas));
}

static void write_spcr(struct acpi_image *im, const struct cairn_acpi_uart *u)
{
	struct cairn_writer *w = im->w;
	size_t from = cairn_acpi_table_begin_(im, "SPCR", 2);

	cairn_writer_u8(w, uart_kind(u));
	cairn_writer_fill(w, 0, 3);
	write_uart_place(w, u);
	cairn_writer_u8(w, SPCR_BY_GIC);
	cairn_writer_u8(w, 0); /* no ISA interrupt */
	cairn_writer_le32(w, u->line.gsi);
	cairn_writer_u8(w, SPCR_115200_BAUD);
	cairn_writer_u8(w, 0); /* no parity */
	cairn_writer_u8(w, 1); /* stop bit */
	cairn_writer_u8(w, 0); /* no flow control */
	cairn_writer_u8(w, SPCR_ANSI);
	cairn_writer_u8(w, 0);
	cairn_writer_le32(w, UINT32_MAX); /* not on PCI: no device, no vendor */
	cairn_writer_fill(w, 0, 12);      /* no place there, and reserved */
	cairn_acpi_table_list_(im, from);
}

/* The same port for a debugger; offsets in the device are from its start. */
static void write_dbg2(struct acpi_image *im, const struct cairn_acpi_uart *u)
{
	static const char name[] = "\\_SB.COM1";
	const uint16_t size_at = DBG2_DEVICE_LEN + ACPI_GAS_LEN, name_at = size_at + 4;
	struct cairn_writer *w = im->w;
	size_t from = cairn_acpi_table_begin_(im, "DBG2", 0);

	cairn_writer_le32(w, DBG2_DEVICES);
	cairn_writer_le32(w, 1);
	cairn_writer_u8(w, 0); /* revision */
	cairn_writer_le16(w, (uint16_t)(name_at + sizeof(name)));
	cairn_writer_u8(w, 1); /* range of registers */
	cairn_writer_le16(w, sizeof(name));
	cairn_writer_le16(w, name_at);
	cairn_writer_le32(w, 0); /* no data of an OEM */
	cairn_writer_le16(w, DBG2_SERIAL);
	cairn_writer_le16(w, uart_kind(u));
	cairn_writer_le16(w, 0);
	cairn_writer_le16(w, DBG2_DEVICE_LEN);
	cairn_writer_le16(w, size_at);
	write_uart_place(w, u);
	cairn_writer_le32(w, cairn_acpi_uart_len_(u));
	cairn_writer_bytes(w, name, sizeof(name));
	cairn_acpi_table_list_(im, from);
}

static void begin_node(struct cairn_writer *w, uint8_t type, uint16_t len, uint8_t revision,
		       uint32_t n_mappings, uint32_t mappings_at)
{
	cairn_writer_u8(w, type);
	cairn_writer_le16(w, len);
	cairn_writer_u8(w, revision);
	cairn_writer_le32(w, 0);
	cairn_writer_le32(w, n_mappings);
	cairn_writer_le32(w, mappings_at);
}

/* All requester IDs of the root complex are device IDs of the one ITS. */
static void write_iort(struct acpi_image *im, const struct cairn_acpi_pci *p)
{
	uint32_t first = (uint32_t)p->first_bus << 8, last = (uint32_t)p->last_bus << 8 | 0xff;
	struct cairn_writer *w = im->w;
	size_t from = cairn_acpi_table_begin_(im, "IORT", 0);

	cairn_writer_le32(w, 2);
	cairn_writer_le32(w, IORT_NODES);
	cairn_writer_le32(w, 0);

	begin_node(w, NODE_ITS_GROUP, ITS_GROUP_LEN, 0, 0, 0);
	cairn_writer_le32(w, 1);
	cairn_writer_le32(w, ACPI_ITS_ID);

	begin_node(w, NODE_ROOT_COMPLEX, ROOT_COMPLEX_LEN + MAPPING_LEN, 1, 1, ROOT_COMPLEX_LEN);
	cairn_writer_le32(w, MEMORY_COHERENT);
	cairn_writer_fill(w, 0, 3); /* no hints */
	cairn_writer_u8(w, MEMORY_CPM_DACS);
	cairn_writer_le32(w, 0); /* no ATS */
	cairn_writer_le32(w, 0); /* segment group */
	cairn_writer_u8(w, 64);  /* bits of an address */
	cairn_writer_fill(w, 0, 3);
	cairn_writer_le32(w, first);
	cairn_writer_le32(w, last - first); /* number of IDs less one */
	cairn_writer_le32(w, first);
	cairn_writer_le32(w, IORT_NODES); /* the ITS group */
	cairn_writer_le32(w, 0);
	cairn_acpi_table_list_(im, from);
}

int cairn_acpi_arm64_write(struct cairn_writer *w, cairn_gpa at,
			   const struct cairn_acpi_arm64_config *c, struct cairn_err *err)
{
	struct acpi_fadt fadt = {
		.arm_boot_arch = (uint16_t)(BOOT_PSCI | (c->psci_by_smc ? 0 : BOOT_PSCI_BY_HVC)),
	};
	struct acpi_image im;
	size_t dsdt;
	int rc = cairn_acpi_check_arm64_(c, err);

	if (rc == 0)
		rc = cairn_acpi_image_begin_(&im, w, at, err);
	if (rc < 0)
		return rc;
	dsdt = cairn_acpi_table_begin_(&im, "DSDT", 2);
	if (!cairn_acpi_dsdt_arm64_(w, c))
		return cairn_err_set(err, EINVAL, "too many ACPI devices for one table", 0);
	fadt.dsdt = cairn_acpi_table_end_(&im, dsdt);
	cairn_acpi_fadt_(&im, &fadt);
	cairn_acpi_madt_arm64_(&im, c);
	write_gtdt(&im, &c->timers);
	cairn_acpi_pptt_(&im, c);
	if (c->pci)
		cairn_acpi_mcfg_(&im, c->pci);
	if (c->pci && c->gic.its)
		write_iort(&im, c->pci);
	if (c->n_uarts) {
		write_spcr(&im, &c->uarts[0]);
		write_dbg2(&im, &c->uarts[0]);
	}
	cairn_acpi_image_end_(&im);
	return 0;
}
