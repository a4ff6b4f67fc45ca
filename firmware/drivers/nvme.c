/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Controllers and their namespaces found usable (3.1.1, 5.15.2). */
#include "nvme.h"

#include <cairn/math.h>

#include "disk.h"
#include "pages.h"

#define TIMEOUT_UNIT_NS UINT64_C(500000000)
#define VERSION_1_1     0x010100u

/* A number in what nvme_identify_() brought. */
static uint64_t field(const struct nvme_controller *c, uint32_t off, uint32_t len)
{
	uint8_t bytes[8];

	cairn_copy_in(bytes, c->identity + off, len);
	return cairn_le_load(bytes, len);
}

/* Adds a namespace that can be used (5.15.2.1). Returns 0, or the controller has failed. */
static int open_unit(struct nvme_controller *c, uint32_t nsid)
{
	struct nvme_unit *u = &c->units[c->n_units];
	int r = nvme_identify_(c, NVME_IDENTIFY_NAMESPACE, nsid);
	uint64_t blocks, format, bytes;
	uint32_t shift;

	if (r < 0)
		return r == -ENOTSUP ? 0 : r;
	blocks = field(c, 0, 8);
	format = field(c, 128 + 4 * (uint32_t)(field(c, 26, 1) & 15), 4);
	shift = format >> 16 & 0xff;
	if (blocks == 0 || (format & 0xffff) != 0 || shift < 9 || shift > 12 ||
	    !cairn_mul_u64(blocks, UINT64_C(1) << shift, &bytes))
		return 0;
	*u =
	    (struct nvme_unit){ .owner = c, .block = { .ops = &nvme_unit_ops_, .at = c->pci->at } };
	u->block.at.unit = nsid;
	u->block.n_blocks = blocks;
	u->block.block_bytes = 1u << shift;
	u->block.is_readonly = field(c, 99, 1) & 1;
	fw_block_name_(&u->block, "nvme");
	c->n_units++;
	return 0;
}

/* Numbers of namespaces: of the list, or before version 1.1 the first of them all. */
static uint32_t list_units(struct nvme_controller *c, uint32_t n_all, uint32_t *ret_ids, int *ret_r)
{
	uint32_t n = 0;

	*ret_r = 0;
	if (nvme_read_(c, NVME_VERSION) < VERSION_1_1) {
		while (n < n_all && n < FW_NVME_UNITS_MAX) {
			ret_ids[n] = n + 1;
			n++;
		}
		return n;
	}
	*ret_r = nvme_identify_(c, NVME_IDENTIFY_LIST, 0);
	while (*ret_r == 0 && n < FW_NVME_UNITS_MAX && field(c, 4 * n, 4) != 0) {
		ret_ids[n] = (uint32_t)field(c, 4 * n, 4);
		n++;
	}
	return n;
}

static int open_units(struct nvme_controller *c, struct cairn_err *err)
{
	uint32_t ids[FW_NVME_UNITS_MAX], n_all, n, shift;
	int r = nvme_identify_(c, NVME_IDENTIFY_CONTROLLER, 0);

	if (r < 0)
		return cairn_err_set(err, -r, "the controller does not identify itself", 0);
	shift = (uint32_t)field(c, 77, 1); /* MDTS, in pages; 0: no limit */
	if (shift != 0 && shift < 8)
		c->request_bytes = NVME_PAGE << shift;
	n_all = (uint32_t)field(c, 516, 4);
	n = list_units(c, n_all, ids, &r);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = open_unit(c, ids[i]);
	return r < 0 ? cairn_err_set(err, -r, "the namespaces cannot be read", 0) : 0;
}

/* What the capability register says (3.1.1). */
static int read_limits(struct nvme_controller *c, struct cairn_err *err)
{
	uint32_t low = nvme_read_(c, NVME_CAP_LOW), high = nvme_read_(c, NVME_CAP_HIGH);
	uint64_t at;

	c->max_entries = (low & 0xffff) + 1;
	c->limit_ns = (uint64_t)(low >> 24) * TIMEOUT_UNIT_NS + TIMEOUT_UNIT_NS;
	c->bell_bytes = 4u << (high & 15);
	c->request_bytes = FW_DISK_REQUEST_BYTES;
	if (low == UINT32_MAX && high == UINT32_MAX)
		return cairn_err_set(err, ENODEV, "nobody answers", 0);
	if (high >> 16 & 15 || !(high & 1u << 5))
		return cairn_err_set(err, ENOTSUP, "no pages of 4096 bytes, or no NVM commands",
				     high);
	if (c->max_entries < 2 ||
	    fw_pci_map(c->pci, 0, 0, NVME_BELLS + UINT64_C(4) * c->bell_bytes, &at) < 0)
		return cairn_err_set(err, EPROTO, "queues or doorbells that cannot be", low);
	return 0;
}

static void close(struct nvme_controller *c, bool may_free)
{
	if (may_free)
		fw_pages_give_(c, sizeof(*c));
}

int fw_nvme_open(const struct fw_pci *f, struct fw_block **ret, uint32_t cap, uint32_t *ret_n,
		 struct cairn_err *err)
{
	struct nvme_controller *c;
	uint64_t regs;
	void *pages;
	int r;

	if (f->class_code != FW_PCI_CLASS_NVME)
		return -ENODEV;
	if (fw_pci_map(f, 0, 0, NVME_BELLS, &regs) < 0)
		return cairn_err_set(err, EPROTO, "registers that cannot be", 0);
	if (fw_pages_take_(sizeof(*c), &pages) < 0)
		return cairn_err_set(err, ENOMEM, "no memory for a controller", sizeof(*c));
	c = pages;
	c->pci = f;
	c->regs = regs;
	c->flight.ops = &nvme_flight_ops_;
	fw_pci_enable(f, true);
	r = read_limits(c, err);
	if (r < 0) {
		fw_pci_enable(f, false);
		close(c, true);
		return r;
	}
	r = nvme_start_(c, err);
	if (r == 0)
		r = open_units(c, err);
	if (r < 0 || c->n_units == 0) {
		close(c, nvme_stop_(c) == 0);
		*ret_n = 0;
		return r;
	}
	*ret_n = (uint32_t)cairn_min_u64(cap, c->n_units);
	for (uint32_t i = 0; i < *ret_n; i++)
		ret[i] = &c->units[i].block;
	return 0;
}
