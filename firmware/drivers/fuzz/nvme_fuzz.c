/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* An NVM Express controller that answers random bytes: registers, identities, completions. */
#include <fw/disks.h>

#include "device_fuzz.h"

#define BAR       UINT64_C(0x10000000)
#define BAR_BYTES 0x4000u
#define ECAM      UINT64_C(0x20000000)
#define PAUSE_NS  UINT64_C(200000000)

static struct {
	uint32_t cc, aqa, stride;
	uint64_t asq, acq, sq, cq, cap;
	uint32_t size;
	uint16_t head[2], tail[2];
	bool phase[2], is_lying;
} dev;

static uint64_t le(const uint8_t *p, size_t len)
{
	return cairn_le_load(p, len);
}

/* PRPs of a command of a disk are memory, all of them. */
static void check_data(const uint8_t *c)
{
	uint64_t first = le(c + 24, 8), second = le(c + 32, 8);

	if (c[0] == 0)
		return;
	fuzz_must(first % 4 == 0);
	fuzz_memory(first, 4);
	if (second)
		fuzz_memory(second, 8);
}

static void complete(int queue, uint16_t id)
{
	uint32_t size = queue ? dev.size : (dev.aqa >> 16) + 1;
	uint8_t *at = fuzz_memory((queue ? dev.cq : dev.acq) + 16u * dev.tail[queue], 16);
	uint8_t how = cairn_reader_u8(&fuzz_bytes);

	if (how & 1)
		fuzz_fill(at, 14);
	if (!(how & 2))
		cairn_le_store(at + 12, 2, id);
	cairn_le_store(at + 14, 2,
		       (how & 4 ? cairn_reader_le16(&fuzz_bytes) & 0xfffeu : 0) | dev.phase[queue]);
	if (++dev.tail[queue] == size) {
		dev.tail[queue] = 0;
		dev.phase[queue] = !dev.phase[queue];
	}
}

static void admin(const uint8_t *c)
{
	uint64_t at = le(c + 24, 8);

	if (c[0] == 6) {
		fuzz_fill(fuzz_memory(at, 4096), 200);
		if (cairn_reader_u8(&fuzz_bytes) & 1) /* a namespace that can be used */
			cairn_le_store(fuzz_memory(at, 4096) + 128 +
					   4 * (le(fuzz_memory(at, 4096) + 26, 1) & 15),
				       4, 9u << 16);
	} else {
		dev.size = (uint32_t)le(c + 42, 2) + 1;
		fuzz_must(dev.size >= 2 && dev.size <= 64);
		fuzz_memory(at, c[0] == 5 ? 16u * dev.size : 64u * dev.size);
		*(c[0] == 5 ? &dev.cq : &dev.sq) = at;
	}
}

static void ring(int queue, uint32_t tail)
{
	uint32_t size = queue ? dev.size : (dev.aqa & 0xffff) + 1;
	uint64_t base = queue ? dev.sq : dev.asq;

	fuzz_must(tail < size);
	while (dev.head[queue] != tail) {
		const uint8_t *c = fuzz_memory(base + 64u * dev.head[queue], 64);

		dev.head[queue] = (uint16_t)((dev.head[queue] + 1) % size);
		if (queue)
			check_data(c);
		else
			admin(c);
		if (cairn_reader_u8(&fuzz_bytes) % 16 != 15)
			complete(queue, (uint16_t)le(c + 2, 2));
	}
}

static uint32_t mmio_read(uint64_t at, uint32_t width)
{
	uint64_t off = at - BAR;

	if (at >= ECAM)
		return UINT32_MAX;
	fuzz_must(off < BAR_BYTES && width == 4);
	if (off == 0 || off == 4)
		return (uint32_t)(dev.cap >> 8 * off);
	if (off == 0x1c && !dev.is_lying)
		return dev.cc & 1;
	return cairn_reader_le32(&fuzz_bytes);
}

static void half(uint64_t *v, bool high, uint64_t value)
{
	*v = high ? (*v & UINT32_MAX) | value << 32 : (*v >> 32 << 32) | value;
}

static void enable(uint32_t cc)
{
	dev.cc = cc;
	memset(dev.head, 0, sizeof(dev.head));
	memset(dev.tail, 0, sizeof(dev.tail));
	dev.phase[0] = dev.phase[1] = true;
}

static void mmio_write(uint64_t at, uint32_t width, uint32_t value)
{
	uint64_t off = at - BAR;

	if (at >= ECAM)
		return;
	fuzz_must(off < BAR_BYTES && width == 4);
	if (off == 0x14)
		enable(value);
	else if (off == 0x24)
		dev.aqa = value;
	else if (off == 0x28 || off == 0x2c)
		half(&dev.asq, off & 4, value);
	else if (off == 0x30 || off == 0x34)
		half(&dev.acq, off & 4, value);
	else if (off == 0x1000)
		ring(0, value);
	else if (off == 0x1000 + 2 * dev.stride)
		ring(1, value);
}

static void on_pause(void)
{
	test_ticks += PAUSE_NS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct fw_ecam ecam = { .at = ECAM };
	static const struct fw_pci f = { .ecam = &ecam,
					 .class_code = FW_PCI_CLASS_NVME,
					 .bars = { { .at = BAR, .len = BAR_BYTES } } };
	struct fw_block *disks[FW_NVME_UNITS_MAX];
	struct cairn_err err;
	uint32_t n;
	uint8_t what;

	fuzz_open(data, len);
	memset(&dev, 0, sizeof(dev));
	what = cairn_reader_u8(&fuzz_bytes);
	dev.is_lying = what & 1;
	dev.cap = what & 2 ? cairn_reader_le64(&fuzz_bytes) : UINT64_C(1) << 37 | 2047;
	dev.stride = 4u << (dev.cap >> 32 & 15);
	test_mmio_read = mmio_read;
	test_mmio_write = mmio_write;
	test_on_pause = on_pause;
	if (fw_nvme_open(&f, disks, FW_NVME_UNITS_MAX, &n, &err) < 0)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		fuzz_use(disks[i]);
	for (uint32_t i = 0; i < n; i++)
		disks[i]->ops->stop(disks[i]);
	return 0;
}
