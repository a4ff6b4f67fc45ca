/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Registers of a controller, its life, and administration (3, 5, 7.6). */
#include "nvme.h"

#include <cairn/math.h>

#include <fw/arch.h>
#include <fw/clock.h>
#include <fw/io.h>

#include "pages.h"

#define ADMIN_ID   0u
#define ADMIN_SIZE 2u /* one command at a time */
#define IO_QUEUE   1u
#define LOOK_NS    UINT64_C(100000000)

enum { /* 3.1 */
       CC = 0x14,
       CSTS = 0x1c,
       AQA = 0x24,
       ASQ = 0x28,
       ACQ = 0x30,

       CC_ENABLE = 1,
       CC_ENTRY_SIZES = 6 << 16 | 4 << 20, /* 64 and 16 bytes */
       CSTS_READY = 1,
       CSTS_FATAL = 2,
};

enum { ADMIN_CREATE_SQ = 1, ADMIN_CREATE_CQ = 5, ADMIN_IDENTIFY = 6, CONTIGUOUS = 1 };

uint32_t nvme_read_(const struct nvme_controller *c, uint32_t off)
{
	return fw_mmio_read(c->regs + off, 4);
}

static void wr(const struct nvme_controller *c, uint32_t off, uint32_t value)
{
	fw_mmio_write(c->regs + off, 4, value);
}

static void write64(const struct nvme_controller *c, uint32_t off, uint64_t value)
{
	wr(c, off, (uint32_t)value);
	wr(c, off + 4, (uint32_t)(value >> 32));
}

/* Returns 0, -ETIMEDOUT, or -EIO: the controller says that it is beyond help. */
static int wait_ready(const struct nvme_controller *c, bool ready)
{
	uint64_t start = fw_clock_ns();

	for (;;) {
		uint32_t status = nvme_read_(c, CSTS);

		if (status == UINT32_MAX || (ready && status & CSTS_FATAL))
			return -EIO;
		if (!!(status & CSTS_READY) == ready)
			return 0;
		if (fw_clock_ns() - start > c->limit_ns)
			return -ETIMEDOUT;
		fw_arch_pause();
	}
}

static int disable(const struct nvme_controller *c)
{
	wr(c, CC, 0);
	return wait_ready(c, false);
}

int nvme_wait_queue_(struct nvme_controller *c, struct nvme_queue *q, uint8_t *ret_id,
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
			if ((nvme_read_(c, CSTS) & (CSTS_READY | CSTS_FATAL)) != CSTS_READY)
				return -ETIMEDOUT;
		}
		fw_arch_pause();
	}
}

/* Returns 0; -ENOTSUP: the controller refused; or it has failed. */
static int exec_admin(struct nvme_controller *c, struct nvme_command *command)
{
	uint16_t status;
	uint8_t id;
	int r;

	nvme_queue_add_(&c->admin, ADMIN_ID, command);
	nvme_queue_submit_(&c->admin);
	r = nvme_wait_queue_(c, &c->admin, &id, &status);
	if (r < 0)
		return r;
	return status == 0 ? 0 : -ENOTSUP;
}

int nvme_identify_(struct nvme_controller *c, uint32_t what, uint32_t nsid)
{
	struct nvme_command command = {
		.opcode = ADMIN_IDENTIFY,
		.nsid = cairn_le32_of(nsid),
		.prp1 = cairn_le64_of(fw_address_(c->identity)),
		.dw10 = cairn_le32_of(what),
	};

	memset(c->identity, 0, NVME_PAGE);
	return exec_admin(c, &command);
}

static int create_io_queues(struct nvme_controller *c)
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
static void set_queue(struct nvme_controller *c, struct nvme_queue *q, struct nvme_rings *rings,
		      uint32_t number, uint16_t size)
{
	q->rings = rings;
	q->size = size;
	q->sq_bell_at = c->regs + NVME_BELLS + (uint64_t)2 * number * c->bell_bytes;
	q->cq_bell_at = q->sq_bell_at + c->bell_bytes;
	q->n_notified = &c->notifications;
	nvme_queue_clear_(q);
}

int nvme_start_(struct nvme_controller *c, struct cairn_err *err)
{
	int r;

	fw_pci_enable(c->pci, true);
	if (disable(c) < 0)
		return cairn_err_set(err, ETIMEDOUT, "the controller does not stop",
				     nvme_read_(c, CSTS));
	set_queue(c, &c->admin, &c->admin_rings, 0, ADMIN_SIZE);
	set_queue(c, &c->io, &c->io_rings, IO_QUEUE,
		  (uint16_t)cairn_min_u64(NVME_QUEUE_MAX, c->max_entries));
	fw_flight_init_(&c->flight, (uint8_t)cairn_min_u64(NVME_SLOTS, c->io.size - 1u));
	wr(c, AQA, (ADMIN_SIZE - 1) << 16 | (ADMIN_SIZE - 1));
	write64(c, ASQ, fw_address_(c->admin_rings.submission));
	write64(c, ACQ, fw_address_(c->admin_rings.completion));
	wr(c, CC, CC_ENTRY_SIZES | CC_ENABLE);
	if (wait_ready(c, true) < 0)
		return cairn_err_set(err, ETIMEDOUT, "the controller does not get ready",
				     nvme_read_(c, CSTS));
	r = create_io_queues(c);
	return r < 0 ? cairn_err_set(err, -r, "the controller gives no queues", 0) : 0;
}

int nvme_stop_(struct nvme_controller *c)
{
	int r = disable(c);

	fw_pci_enable(c->pci, false);
	return r;
}
