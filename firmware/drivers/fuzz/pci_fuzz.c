/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Configuration space that answers random bytes, and other ones each time: buses walked, bridges
 * numbered, BARs measured, placed and mapped, capabilities gone through.
 */
#include <fw/pci.h>

#include "device_fuzz.h"

#define ECAM_AT      UINT64_C(0xb0000000)
#define ACCESSES_MAX 100000000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t cf8, n_accesses;

/* Identity: mostly nobody, so that inputs reach far; else one of what drivers look for. */
static uint32_t identity(void)
{
	static const uint32_t known[] = { 0x10421af4, 0x000c1b36, 0x10011af4, 0x00000001 };
	uint8_t which = cairn_reader_u8(&fuzz_bytes);

	return which < 128 ? UINT32_MAX : known[which % 4];
}

static uint32_t config_read(uint32_t off, uint32_t width)
{
	uint32_t value;

	fuzz_must(++n_accesses < ACCESSES_MAX && off % width == 0);
	value = off == 0 && width == 4 ? identity() : cairn_reader_le32(&fuzz_bytes);
	return width == 4 ? value : value & ((1u << 8 * width) - 1);
}

static uint32_t mmio_read(uint64_t at, uint32_t width)
{
	const struct fw_ecam *e = &fw_platform.ecam[0];

	fuzz_must(at >= e->at && (at - e->at) >> 20 <= (uint64_t)(e->last_bus - e->first_bus));
	return config_read(at & 0xfff, width);
}

static void mmio_write(uint64_t at, uint32_t width, uint32_t value)
{
	const struct fw_ecam *e = &fw_platform.ecam[0];

	fuzz_must(++n_accesses < ACCESSES_MAX && at % width == 0);
	fuzz_must(at >= e->at && (at - e->at) >> 20 <= (uint64_t)(e->last_bus - e->first_bus));
}

static uint32_t port_read(uint16_t port, uint32_t width)
{
	fuzz_must(port >= 0xcfc && port + width <= 0xd00 && cf8 >> 31);
	return config_read((cf8 & 0xfc) | (port & 3u), width);
}

static void port_write(uint16_t port, uint32_t width, uint32_t value)
{
	fuzz_must(++n_accesses < ACCESSES_MAX);
	if (port == 0xcf8)
		cf8 = value;
	else
		fuzz_must(port >= 0xcfc && port + width <= 0xd00 && cf8 >> 31);
}

/* Whatever a BAR says, no memory becomes a device's. */
static void map(const struct fw_pci *f, uint32_t bar)
{
	uint64_t off = cairn_reader_le32(&fuzz_bytes), len = 1 + cairn_reader_le16(&fuzz_bytes), at;

	if (fw_pci_map(f, bar, off, len, &at) < 0)
		return;
	fuzz_must(at == f->bars[bar].at + off && off + len <= f->bars[bar].len);
	fuzz_must(at + len <= fw_platform.memory.entries[0].at ||
		  at >= fw_platform.memory.entries[0].at + FUZZ_RAM_BYTES - FUZZ_BUFFER);
}

static void look(const struct fw_pci *f)
{
	struct fw_pci_caps caps;
	uint32_t at, seen = 0;

	fuzz_must(f->at.path_len >= 1 && f->at.path_len <= CAIRN_ARRAY_LEN(f->at.path));
	for (uint32_t i = 0; i < FW_PCI_BARS; i++)
		map(f, i);
	fw_pci_caps_init(&caps, f);
	while ((at = fw_pci_caps_next(&caps, FW_PCI_CAP_VENDOR)) != 0)
		fuzz_must(at >= 0x40 && at < 256 && ++seen <= 48);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fw_pci found[FW_PCI_MAX];
	uint32_t n;

	fuzz_open(data, size);
	test_mmio_read = mmio_read;
	test_mmio_write = mmio_write;
	test_port_read = port_read;
	test_port_write = port_write;
	n_accesses = 0;
	fw_platform.has_cf8 = cairn_reader_u8(&fuzz_bytes) & 1;
	fw_platform.n_ecam = !fw_platform.has_cf8;
	fw_platform.ecam[0] = (struct fw_ecam){ .at = ECAM_AT,
						.first_bus = cairn_reader_u8(&fuzz_bytes),
						.last_bus = cairn_reader_u8(&fuzz_bytes),
						.mem32 = { 0xc0000000, 0x10000000 },
						.mem64 = { 0x8000000000, 0x100000000000 } };
	n = fw_pci_enumerate(&fw_platform, found, FW_PCI_MAX);
	fuzz_must(n <= FW_PCI_MAX);
	for (uint32_t i = 0; i < n; i++)
		look(&found[i]);
	return 0;
}
