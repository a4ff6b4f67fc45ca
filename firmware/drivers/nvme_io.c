/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Reads, writes and flushes of namespaces (4.3, 6). */
#include "nvme.h"

#include <cairn/math.h>

#include "pages.h"

#define BOUNCE_BYTES (16u * NVME_PAGE)

enum { IO_FLUSH = 0, IO_WRITE = 1, IO_READ = 2 };

static struct nvme_controller *of_flight(struct fw_flight *f)
{
	return cairn_container_of(f, struct nvme_controller, flight);
}

static struct nvme_unit *to_unit(struct fw_block *b)
{
	return cairn_container_of(b, struct nvme_unit, block);
}

/* PRPs of a buffer (4.3): its first page, and its second, or a list of all that follow. */
static void set_prps(struct nvme_controller *c, uint8_t slot, struct nvme_command *command,
		     uint64_t at, uint64_t bytes)
{
	uint64_t in_first = NVME_PAGE - at % NVME_PAGE, next = at + in_first;
	uint32_t n = 0;

	command->prp1 = cairn_le64_of(at);
	if (bytes <= in_first)
		return;
	if (bytes - in_first <= NVME_PAGE) {
		command->prp2 = cairn_le64_of(next);
		return;
	}
	for (; next < at + bytes; next += NVME_PAGE)
		c->prps[slot][n++] = cairn_le64_of(next);
	command->prp2 = cairn_le64_of(fw_address_(c->prps[slot]));
}

static int nvme_add(struct fw_flight *f, uint8_t slot, struct fw_transfer *t)
{
	static const uint8_t opcodes[] = {
		[FW_READ] = IO_READ, [FW_WRITE] = IO_WRITE, [FW_FLUSH] = IO_FLUSH
	};
	struct nvme_controller *c = of_flight(f);
	struct nvme_command command = { .opcode = opcodes[t->kind],
					.nsid = cairn_le32_of(t->unit) };
	const struct nvme_unit *u = c->units;
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
	struct nvme_controller *c = of_flight(f);
	uint16_t status;
	int r = nvme_wait_queue_(c, &c->io, ret_slot, &status);

	if (r == 0)
		*ret_result = status == 0 ? 0 : -EIO;
	return r;
}

static int nvme_restart(struct fw_flight *f)
{
	return nvme_start_(of_flight(f), NULL);
}

static void nvme_give_up(struct fw_flight *f)
{
	nvme_stop_(of_flight(f));
}

const struct fw_flight_ops nvme_flight_ops_ = {
	.add = nvme_add,
	.submit = nvme_submit,
	.wait = nvme_wait,
	.restart = nvme_restart,
	.give_up = nvme_give_up,
};

static int transact(struct fw_block *block, const struct fw_transfer *t)
{
	struct nvme_controller *c = to_unit(block)->owner;
	int r = fw_flight_do_(&c->flight, t);

	block->notifications = c->notifications;
	return r;
}

/* PRPs are multiples of 4: what is not goes through pages of ours, piece by piece. */
static int bounced(struct fw_block *block, enum fw_transfer_kind kind, uint64_t lba, uint8_t *at,
		   uint32_t n)
{
	struct nvme_unit *u = to_unit(block);
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
	struct nvme_controller *c = to_unit(block)->owner;

	if (c->flight.is_dead)
		return;
	c->flight.is_dead = true;
	nvme_stop_(c);
}

const struct fw_block_ops nvme_unit_ops_ = {
	.read = unit_read,
	.write = unit_write,
	.flush = unit_flush,
	.stop = unit_stop,
};
