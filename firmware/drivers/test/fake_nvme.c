/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "fake_nvme.h"

#include <cairn/le.h>

#define PAGE  4096u
#define BELLS 0x1000u

struct fake_nvme nvme;
static struct cairn_pci_func func;

/* The driver's memory, whose addresses are pointers here. */
static uint8_t *memory(uint64_t at, uint64_t len)
{
	uint64_t ram = (uint64_t)(uintptr_t)world.ram;

	assert_true(at >= ram && at + len <= ram + world.ram_bytes);
	return (uint8_t *)(uintptr_t)at;
}

static uint64_t le(const uint8_t *p, size_t len)
{
	return cairn_le_load(p, len);
}

static void complete(int queue, uint16_t id, uint16_t status)
{
	uint32_t size = queue ? nvme.size : (nvme.aqa >> 16) + 1;
	uint64_t ring = queue ? nvme.cq : nvme.acq;
	uint8_t *at = memory(ring + 16u * nvme.cq_tail[queue], 16);

	cairn_le_store(at + 8, 2, nvme.sq_head[queue]);
	cairn_le_store(at + 12, 2, id);
	cairn_le_store(at + 14, 2, (uint64_t)status << 1 | nvme.phase[queue]);
	if (++nvme.cq_tail[queue] == size) {
		nvme.cq_tail[queue] = 0;
		nvme.phase[queue] = !nvme.phase[queue];
	}
}

static const struct nvme_space *space_of(uint32_t nsid)
{
	const struct nvme_space *s = &nvme.spaces[(nsid - 1) % NVME_SPACES];

	return nsid >= 1 && nsid <= NVME_SPACES && s->n_blocks ? s : NULL;
}

/* Returns false: invalid. */
static bool identify(uint32_t what, uint32_t nsid, uint8_t *dst)
{
	const struct nvme_space *s = space_of(nsid);

	if (what == 1) {
		dst[77] = nvme.mdts;
		cairn_le_store(dst + 516, 4, NVME_SPACES);
	} else if (what == 2) {
		for (uint32_t i = 1, n = 0; i <= NVME_SPACES; i++)
			if (space_of(i))
				cairn_le_store(dst + 4 * n++, 4, i);
	} else if (s) {
		cairn_le_store(dst, 8, s->n_blocks);
		dst[26] = 2;
		dst[99] = s->is_protected;
		cairn_le_store(dst + 128 + 8, 4, (uint32_t)s->shift << 16 | s->metadata);
	}
	return what <= 2;
}

static void admin(const uint8_t *c)
{
	uint32_t dw10 = (uint32_t)le(c + 40, 4);
	bool good = c[0] != nvme.refused_admin;

	if (c[0] == 6 && good)
		good = identify(dw10, (uint32_t)le(c + 4, 4), memory(le(c + 24, 8), PAGE));
	if (c[0] == 5 || c[0] == 1) {
		assert_int_equal(dw10 & 0xffff, 1);
		assert_int_equal(le(c + 24, 8) % PAGE, 0);
		nvme.size = (dw10 >> 16) + 1;
		*(c[0] == 5 ? &nvme.cq : &nvme.sq) = le(c + 24, 8);
	}
	complete(0, (uint16_t)le(c + 2, 2), good ? 0 : 2);
}

static void copy(uint64_t at, uint8_t *disk, uint64_t len, bool is_write)
{
	if (is_write)
		memcpy(disk, memory(at, len), len);
	else
		memcpy(memory(at, len), disk, len);
}

/* PRPs as the standard has them (4.3): only the first may start inside a page. */
static void move(const uint8_t *c, uint64_t off, uint64_t bytes, bool is_write)
{
	uint64_t at = le(c + 24, 8), second = le(c + 32, 8);
	uint64_t now = PAGE - at % PAGE;
	const uint8_t *list = NULL;

	assert_int_equal(at % 4, 0);
	nvme.longest = bytes > nvme.longest ? (uint32_t)bytes : nvme.longest;
	if (bytes > now + PAGE) {
		nvme.n_prp_lists++;
		assert_int_equal(second % 8, 0);
		assert_true(second % PAGE + (bytes - now + PAGE - 1) / PAGE * 8 <= PAGE);
		list = memory(second, (bytes - now + PAGE - 1) / PAGE * 8);
	}
	for (uint64_t done = 0; done < bytes; done += now, now = PAGE) {
		now = now < bytes - done ? now : bytes - done;
		copy(at, nvme.disk + off + done, now, is_write);
		if (done + now == bytes)
			return;
		at = list ? le(list, 8) : second;
		if (list)
			list += 8;
		assert_int_equal(at % PAGE, 0);
	}
}

static void disk_command(const uint8_t *c)
{
	const struct nvme_space *s = space_of((uint32_t)le(c + 4, 4));
	uint16_t id = nvme.wild_id ? (uint16_t)nvme.wild_id : (uint16_t)le(c + 2, 2);

	if (nvme.n_lost) {
		nvme.n_lost--;
		return;
	}
	assert_non_null(s);
	if (c[0] == 0) {
		nvme.n_flushes++;
	} else if (nvme.status == 0) {
		uint64_t lba = le(c + 40, 8), n = le(c + 48, 2) + 1;

		assert_true(lba + n <= s->n_blocks);
		move(c, lba << s->shift, n << s->shift, c[0] == 1);
	}
	complete(1, id, nvme.status);
}

static void ring(int queue, uint16_t tail)
{
	uint32_t size = queue ? nvme.size : (nvme.aqa & 0xffff) + 1;
	uint64_t base = queue ? nvme.sq : nvme.asq;

	assert_true(tail < size);
	nvme.n_bells += queue == 1;
	while (nvme.csts == 1 && nvme.sq_head[queue] != tail) {
		const uint8_t *c = memory(base + 64u * nvme.sq_head[queue], 64);

		nvme.sq_head[queue] = (uint16_t)((nvme.sq_head[queue] + 1) % size);
		if (queue)
			disk_command(c);
		else
			admin(c);
	}
}

static void enable(uint32_t cc)
{
	bool on = cc & 1 && !(nvme.cc & 1);

	nvme.cc = cc;
	if (!(cc & 1) && !nvme.never_stops)
		nvme.csts = 0;
	if (!on || nvme.never_ready)
		return;
	assert_int_equal(cc >> 16 & 0xff, 0x46);
	nvme.n_starts++;
	nvme.csts = nvme.is_fatal ? 2 : 1;
	memset(nvme.sq_head, 0, sizeof(nvme.sq_head));
	memset(nvme.cq_tail, 0, sizeof(nvme.cq_tail));
	nvme.phase[0] = nvme.phase[1] = true;
}

static enum cairn_io on_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	*ret_value = 0;
	if (off == 0 || off == 4)
		*ret_value = (uint32_t)(nvme.cap >> 8 * off);
	else if (off == 8)
		*ret_value = nvme.version;
	else if (off == 0x14)
		*ret_value = nvme.cc;
	else if (off == 0x1c)
		*ret_value = nvme.csts;
	return CAIRN_IO_DONE;
}

static void half(uint64_t *v, bool high, uint64_t value)
{
	*v = high ? (*v & UINT32_MAX) | value << 32 : (*v >> 32 << 32) | value;
}

static enum cairn_io on_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	uint32_t stride = 4u << (nvme.cap >> 32 & 15);

	if (off == 0x14)
		enable((uint32_t)value);
	else if (off == 0x24)
		nvme.aqa = (uint32_t)value;
	else if (off == 0x28 || off == 0x2c)
		half(&nvme.asq, off & 4, value);
	else if (off == 0x30 || off == 0x34)
		half(&nvme.acq, off & 4, value);
	else if (off == BELLS)
		ring(0, (uint16_t)value);
	else if (off == BELLS + 2 * stride)
		ring(1, (uint16_t)value);
	return CAIRN_IO_DONE;
}

static const struct cairn_bus_ops nvme_ops = { on_read, on_write };

void nvme_plug(void)
{
	const struct cairn_pci_ids ids = { .vendor = 0x1b36,
					   .device = 0x10,
					   .class_code = FW_PCI_CLASS_NVME };

	memset(&nvme, 0, sizeof(nvme));
	nvme.cap = UINT64_C(1) << 37 | UINT64_C(4) << 24 | 2047;
	nvme.version = 0x010400;
	nvme.refused_admin = 0xff;
	nvme.spaces[0] = (struct nvme_space){ .n_blocks = NVME_DISK / 512, .shift = 9 };
	for (size_t i = 0; i < NVME_DISK; i++)
		nvme.disk[i] = (uint8_t)(i / 512 * 5 + i);
	cairn_pci_func_init(&func, &ids);
	assert_int_equal(cairn_pci_func_bar(&func, 0, 0x4000, CAIRN_PCI_BAR_64, &nvme_ops, NULL),
			 0);
	assert_int_equal(cairn_pci_root_add(&world.root, 9, 0, &func), 0);
}
