/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * nvme.c - NVM Express 1.4 over PCI: one pair of queues for disks, pages of 4096 bytes, lists of
 * pages for requests that are longer than two.
 */
#include <fw/disks.h>

#include <cairn/math.h>

#include <fw/arch.h>
#include <fw/clock.h>
#include <fw/io.h>

#include "disk.h"
#include "flight.h"
#include "nvme_queue.h"
#include "pages.h"

#define PAGE            4096u
#define SLOTS           32u
#define PRP_MAX         (FW_DISK_REQUEST_BYTES / PAGE)
#define BOUNCE_BYTES    (16u * PAGE)
#define ADMIN_ID        0u
#define ADMIN_SIZE      2u /* one command at a time */
#define IO_QUEUE        1u
#define TIMEOUT_UNIT_NS UINT64_C(500000000)
#define LOOK_NS         UINT64_C(100000000)
#define VERSION_1_1     0x010100u
#define UNITS_MAX       FW_NVME_UNITS_MAX

enum { /* 3.1 */
       CAP_LOW = 0x00,
       CAP_HIGH = 0x04,
       VERSION = 0x08,
       CC = 0x14,
       CSTS = 0x1c,
       AQA = 0x24,
       ASQ = 0x28,
       ACQ = 0x30,
       BELLS = 0x1000,

       CC_ENABLE = 1,
       CC_ENTRY_SIZES = 6 << 16 | 4 << 20, /* 64 and 16 bytes */
       CSTS_READY = 1,
       CSTS_FATAL = 2,
};

enum {
	ADMIN_CREATE_SQ = 1,
	ADMIN_CREATE_CQ = 5,
	ADMIN_IDENTIFY = 6,
	IDENTIFY_NAMESPACE = 0,
	IDENTIFY_CONTROLLER = 1,
	IDENTIFY_LIST = 2,
	CONTIGUOUS = 1,
	IO_FLUSH = 0,
	IO_WRITE = 1,
	IO_READ = 2,
};

struct unit {
	struct fw_block block;
	struct controller *owner;
	uint8_t
	    *bounce; /* BOUNCE_BYTES, where a buffer is not aligned to 4; NULL: not needed yet */
};

struct controller {
	struct fw_flight flight;
	const struct fw_pci *pci;
	uint64_t regs;
	uint32_t bell_bytes;  /* between doorbells */
	uint32_t max_entries; /* of a queue */
	uint64_t limit_ns;    /* for getting ready */
	uint32_t request_bytes;
	uint64_t notifications;
	struct nvme_queue admin, io;
	struct unit units[UNITS_MAX];
	uint32_t n_units;
	/* the device's to read and write, each from the start of a page */
	struct nvme_rings admin_rings __attribute__((aligned(PAGE)));
	struct nvme_rings io_rings;
	uint8_t identity[PAGE];
	cairn_le64 prps[SLOTS][PRP_MAX];
};

static struct controller *of_flight(struct fw_flight *f)
{
	return cairn_container_of(f, struct controller, flight);
}

static struct unit *to_unit(struct fw_block *b)
{
	return cairn_container_of(b, struct unit, block);
}

static uint32_t rd(const struct controller *c, uint32_t off)
{
	return fw_mmio_read(c->regs + off, 4);
}

static void wr(const struct controller *c, uint32_t off, uint32_t value)
{
	fw_mmio_write(c->regs + off, 4, value);
}

static void write64(const struct controller *c, uint32_t off, uint64_t value)
{
	wr(c, off, (uint32_t)value);
	wr(c, off + 4, (uint32_t)(value >> 32));
}

/* Returns 0, -ETIMEDOUT, or -EIO: the controller says that it is beyond help. */
static int wait_ready(const struct controller *c, bool ready)
{
	uint64_t start = fw_clock_ns();

	for (;;) {
		uint32_t status = rd(c, CSTS);

		if (status == UINT32_MAX || (ready && status & CSTS_FATAL))
			return -EIO;
		if (!!(status & CSTS_READY) == ready)
			return 0;
		if (fw_clock_ns() - start > c->limit_ns)
			return -ETIMEDOUT;
		fw_arch_pause();
	}
}

static int disable(const struct controller *c)
{
	wr(c, CC, 0);
	return wait_ready(c, false);
}

/* The next completion, within the time limit of disks. Returns 0, -ETIMEDOUT, -EPROTO. */
static int wait_queue(struct controller *c, struct nvme_queue *q, uint8_t *ret_id,
		      uint16_t *ret_status)
{
	uint64_t start = fw_clock_ns(), look = LOOK_NS;

	for (;;) {
		int r = nvme_queue_get_(q, ret_id, ret_status);
		uint64_t waited;

		if (r != 0)
			return r < 0 ? r : 0;
		waited = fw_clock_ns() - start;
		if (waited > FW_DISK_LIMIT_NS)
			return -ETIMEDOUT;
		if (waited > look) {
			look += LOOK_NS;
			if ((rd(c, CSTS) & (CSTS_READY | CSTS_FATAL)) != CSTS_READY)
				return -ETIMEDOUT;
		}
		fw_arch_pause();
	}
}

/* Returns 0; -ENOTSUP: the controller refused; or it has failed. */
static int exec_admin(struct controller *c, struct nvme_command *command)
{
	uint16_t status;
	uint8_t id;
	int r;

	nvme_queue_add_(&c->admin, ADMIN_ID, command);
	nvme_queue_submit_(&c->admin);
	r = wait_queue(c, &c->admin, &id, &status);
	if (r < 0)
		return r;
	return status == 0 ? 0 : -ENOTSUP;
}

/* Into c->identity. */
static int identify(struct controller *c, uint32_t what, uint32_t nsid)
{
	struct nvme_command command = {
		.opcode = ADMIN_IDENTIFY,
		.nsid = cairn_le32_of(nsid),
		.prp1 = cairn_le64_of(fw_address_(c->identity)),
		.dw10 = cairn_le32_of(what),
	};

	memset(c->identity, 0, PAGE);
	return exec_admin(c, &command);
}

/* A number in what identify() brought. */
static uint64_t field(const struct controller *c, uint32_t off, uint32_t len)
{
	uint8_t bytes[8];

	cairn_copy_in(bytes, c->identity + off, len);
	return cairn_le_load(bytes, len);
}

static int create_io_queues(struct controller *c)
{
	uint32_t which = (uint32_t)(c->io.size - 1) << 16 | IO_QUEUE;
	struct nvme_command cq = {
		.opcode = ADMIN_CREATE_CQ,
		.prp1 = cairn_le64_of(fw_address_(c->io_rings.completion)),
		.dw10 = cairn_le32_of(which),
		.dw11 = cairn_le32_of(CONTIGUOUS),
	};
	struct nvme_command sq = {
		.opcode = ADMIN_CREATE_SQ,
		.prp1 = cairn_le64_of(fw_address_(c->io_rings.submission)),
		.dw10 = cairn_le32_of(which),
		.dw11 = cairn_le32_of(IO_QUEUE << 16 | CONTIGUOUS),
	};
	int r = exec_admin(c, &cq);

	return r < 0 ? r : exec_admin(c, &sq);
}

/* Which doorbell: twice the queue's number, and one more for completions. */
static void set_queue(struct controller *c, struct nvme_queue *q, struct nvme_rings *rings,
		      uint32_t number, uint16_t size)
{
	q->rings = rings;
	q->size = size;
	q->sq_bell_at = c->regs + BELLS + (uint64_t)2 * number * c->bell_bytes;
	q->cq_bell_at = q->sq_bell_at + c->bell_bytes;
	q->n_notified = &c->notifications;
	nvme_queue_clear_(q);
}

/* From disabled to both pairs of queues in work, the first time and after a failure. */
static int start(struct controller *c, struct cairn_err *err)
{
	int r;

	fw_pci_enable(c->pci, true);
	if (disable(c) < 0)
		return cairn_err_set(err, ETIMEDOUT, "the controller does not stop", rd(c, CSTS));
	set_queue(c, &c->admin, &c->admin_rings, 0, ADMIN_SIZE);
	set_queue(c, &c->io, &c->io_rings, IO_QUEUE,
		  (uint16_t)cairn_min_u64(NVME_QUEUE_MAX, c->max_entries));
	fw_flight_init_(&c->flight, (uint8_t)cairn_min_u64(SLOTS, c->io.size - 1u));
	wr(c, AQA, (ADMIN_SIZE - 1) << 16 | (ADMIN_SIZE - 1));
	write64(c, ASQ, fw_address_(c->admin_rings.submission));
	write64(c, ACQ, fw_address_(c->admin_rings.completion));
	wr(c, CC, CC_ENTRY_SIZES | CC_ENABLE);
	if (wait_ready(c, true) < 0)
		return cairn_err_set(err, ETIMEDOUT, "the controller does not get ready",
				     rd(c, CSTS));
	r = create_io_queues(c);
	return r < 0 ? cairn_err_set(err, -r, "the controller gives no queues", 0) : 0;
}

/* Quiet: what is in flight is lost, and nothing is written any more. */
static int stop(struct controller *c)
{
	int r = disable(c);

	fw_pci_enable(c->pci, false);
	return r;
}

/* PRPs of a buffer (4.3): its first page, and its second, or a list of all that follow. */
static void set_prps(struct controller *c, uint8_t slot, struct nvme_command *command, uint64_t at,
		     uint64_t bytes)
{
	uint64_t in_first = PAGE - at % PAGE, next = at + in_first;
	uint32_t n = 0;

	command->prp1 = cairn_le64_of(at);
	if (bytes <= in_first)
		return;
	if (bytes - in_first <= PAGE) {
		command->prp2 = cairn_le64_of(next);
		return;
	}
	for (; next < at + bytes; next += PAGE)
		c->prps[slot][n++] = cairn_le64_of(next);
	command->prp2 = cairn_le64_of(fw_address_(c->prps[slot]));
}

static int nvme_add(struct fw_flight *f, uint8_t slot, struct fw_transfer *t)
{
	static const uint8_t opcodes[] = {
		[FW_READ] = IO_READ, [FW_WRITE] = IO_WRITE, [FW_FLUSH] = IO_FLUSH
	};
	struct controller *c = of_flight(f);
	struct nvme_command command = { .opcode = opcodes[t->kind],
					.nsid = cairn_le32_of(t->unit) };
	const struct unit *u = c->units;
	uint64_t bytes;

	while (u->block.at.unit != t->unit)
		u++; /* a transfer comes from one of them */
	bytes = cairn_min_u64(t->bytes, c->request_bytes);
	if (t->kind != FW_FLUSH) {
		set_prps(c, slot, &command, t->at, bytes);
		command.dw10 = cairn_le32_of((uint32_t)t->lba);
		command.dw11 = cairn_le32_of((uint32_t)(t->lba >> 32));
		command.dw12 = cairn_le32_of((uint32_t)(bytes / u->block.block_bytes) - 1);
	}
	nvme_queue_add_(&c->io, slot, &command);
	fw_transfer_advance_(t, bytes, u->block.block_bytes);
	return 0;
}

static void nvme_submit(struct fw_flight *f)
{
	nvme_queue_submit_(&of_flight(f)->io);
}

static int nvme_wait(struct fw_flight *f, uint8_t *ret_slot, int *ret_result)
{
	struct controller *c = of_flight(f);
	uint16_t status;
	int r = wait_queue(c, &c->io, ret_slot, &status);

	if (r == 0)
		*ret_result = status == 0 ? 0 : -EIO;
	return r;
}

static int nvme_restart(struct fw_flight *f)
{
	return start(of_flight(f), NULL);
}

static void nvme_give_up(struct fw_flight *f)
{
	stop(of_flight(f));
}

static const struct fw_flight_ops flight_ops = {
	.add = nvme_add,
	.submit = nvme_submit,
	.wait = nvme_wait,
	.restart = nvme_restart,
	.give_up = nvme_give_up,
};

static int transact(struct fw_block *block, const struct fw_transfer *t)
{
	struct controller *c = to_unit(block)->owner;
	int r = fw_flight_do_(&c->flight, t);

	block->notifications = c->notifications;
	return r;
}

/* PRPs are multiples of 4: what is not goes through pages of ours, piece by piece. */
static int bounced(struct fw_block *block, enum fw_transfer_kind kind, uint64_t lba, uint8_t *at,
		   uint32_t n)
{
	struct unit *u = to_unit(block);
	uint32_t most = BOUNCE_BYTES / block->block_bytes;
	void *pages;
	int r = 0;

	if (!u->bounce) {
		if (fw_pages_take_(BOUNCE_BYTES, &pages) < 0)
			return -EIO;
		u->bounce = pages;
	}
	while (r == 0 && n > 0) {
		uint32_t now = n < most ? n : most;
		size_t bytes = (size_t)now * block->block_bytes;
		struct fw_transfer t = fw_transfer_of_(block, kind, lba, u->bounce, now);

		if (kind == FW_WRITE)
			memcpy(u->bounce, at, bytes);
		r = transact(block, &t);
		if (r == 0 && kind == FW_READ)
			cairn_copy_in(at, u->bounce, bytes);
		lba += now;
		at += bytes;
		n -= now;
	}
	return r;
}

static int move(struct fw_block *block, enum fw_transfer_kind kind, uint64_t lba, void *at,
		uint32_t n)
{
	const struct fw_transfer t = fw_transfer_of_(block, kind, lba, at, n);

	return t.at % 4 ? bounced(block, kind, lba, at, n) : transact(block, &t);
}

static int unit_read(struct fw_block *block, uint64_t lba, void *dst, uint32_t n)
{
	return move(block, FW_READ, lba, dst, n);
}

static int unit_write(struct fw_block *block, uint64_t lba, const void *src, uint32_t n)
{
	return move(block, FW_WRITE, lba, (void *)(uintptr_t)src, n); /* only read */
}

static int unit_flush(struct fw_block *block)
{
	const struct fw_transfer t = { .kind = FW_FLUSH, .unit = block->at.unit };

	return transact(block, &t);
}

/* The first of its namespaces stops the controller. */
static void unit_stop(struct fw_block *block)
{
	struct controller *c = to_unit(block)->owner;

	if (c->flight.is_dead)
		return;
	c->flight.is_dead = true;
	stop(c);
}

static const struct fw_block_ops unit_ops = {
	.read = unit_read,
	.write = unit_write,
	.flush = unit_flush,
	.stop = unit_stop,
};

/* Adds a namespace that can be used (5.15.2.1). Returns 0, or the controller has failed. */
static int open_unit(struct controller *c, uint32_t nsid)
{
	struct unit *u = &c->units[c->n_units];
	int r = identify(c, IDENTIFY_NAMESPACE, nsid);
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
	*u = (struct unit){ .owner = c, .block = { .ops = &unit_ops, .at = c->pci->at } };
	u->block.at.unit = nsid;
	u->block.n_blocks = blocks;
	u->block.block_bytes = 1u << shift;
	u->block.is_readonly = field(c, 99, 1) & 1;
	fw_block_name_(&u->block, "nvme");
	c->n_units++;
	return 0;
}

/* Numbers of namespaces: of the list, or before version 1.1 the first of them all. */
static uint32_t list_units(struct controller *c, uint32_t n_all, uint32_t *ret_ids, int *ret_r)
{
	uint32_t n = 0;

	*ret_r = 0;
	if (rd(c, VERSION) < VERSION_1_1) {
		while (n < n_all && n < UNITS_MAX) {
			ret_ids[n] = n + 1;
			n++;
		}
		return n;
	}
	*ret_r = identify(c, IDENTIFY_LIST, 0);
	while (*ret_r == 0 && n < UNITS_MAX && field(c, 4 * n, 4) != 0) {
		ret_ids[n] = (uint32_t)field(c, 4 * n, 4);
		n++;
	}
	return n;
}

static int open_units(struct controller *c, struct cairn_err *err)
{
	uint32_t ids[UNITS_MAX], n_all, n, shift;
	int r = identify(c, IDENTIFY_CONTROLLER, 0);

	if (r < 0)
		return cairn_err_set(err, -r, "the controller does not identify itself", 0);
	shift = (uint32_t)field(c, 77, 1); /* MDTS, in pages; 0: no limit */
	if (shift != 0 && shift < 8)
		c->request_bytes = PAGE << shift;
	n_all = (uint32_t)field(c, 516, 4);
	n = list_units(c, n_all, ids, &r);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = open_unit(c, ids[i]);
	return r < 0 ? cairn_err_set(err, -r, "the namespaces cannot be read", 0) : 0;
}

/* What the capability register says (3.1.1). */
static int read_limits(struct controller *c, struct cairn_err *err)
{
	uint32_t low = rd(c, CAP_LOW), high = rd(c, CAP_HIGH);
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
	    fw_pci_map(c->pci, 0, 0, BELLS + UINT64_C(4) * c->bell_bytes, &at) < 0)
		return cairn_err_set(err, EPROTO, "queues or doorbells that cannot be", low);
	return 0;
}

static void close(struct controller *c, bool may_free)
{
	if (may_free)
		fw_pages_give_(c, sizeof(*c));
}

int fw_nvme_open(const struct fw_pci *f, struct fw_block **ret, uint32_t cap, uint32_t *ret_n,
		 struct cairn_err *err)
{
	struct controller *c;
	uint64_t regs;
	void *pages;
	int r;

	if (f->class_code != FW_PCI_CLASS_NVME)
		return -ENODEV;
	if (fw_pci_map(f, 0, 0, BELLS, &regs) < 0)
		return cairn_err_set(err, EPROTO, "registers that cannot be", 0);
	if (fw_pages_take_(sizeof(*c), &pages) < 0)
		return cairn_err_set(err, ENOMEM, "no memory for a controller", sizeof(*c));
	c = pages;
	c->pci = f;
	c->regs = regs;
	c->flight.ops = &flight_ops;
	fw_pci_enable(f, true);
	r = read_limits(c, err);
	if (r < 0) {
		fw_pci_enable(f, false);
		close(c, true);
		return r;
	}
	r = start(c, err);
	if (r == 0)
		r = open_units(c, err);
	if (r < 0 || c->n_units == 0) {
		close(c, stop(c) == 0);
		*ret_n = 0;
		return r;
	}
	*ret_n = (uint32_t)cairn_min_u64(cap, c->n_units);
	for (uint32_t i = 0; i < *ret_n; i++)
		ret[i] = &c->units[i].block;
	return 0;
}
