/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A whole load of a kernel that may be malformed, into a machine of any size, with an initrd of any
 * length. What is written lies in RAM, and what was loaded in RAM that nothing else occupies.
 */
#include <cairn/loader_x86.h>

#include "loader_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PAGE 4096u

static uint8_t initrd_bytes[64 * PAGE];

struct machine {
	struct cairn_range low;
	struct cairn_memmap map;
	char text[512];
	struct cairn_cmdline line;
};

static bool overlap(struct cairn_range a, struct cairn_range b)
{
	return a.len && b.len && a.at < b.at + b.len && b.at < a.at + a.len;
}

/* Sizes from the smallest machine to 512 MiB, all below the hole. */
static void make_machine(struct machine *m, uint16_t pages)
{
	const struct cairn_x86_memory memory = {
		.ram_bytes = (512 + (uint64_t)pages * 2) * PAGE,
		.hole = { UINT64_C(0xc0000000), UINT64_C(0x40000000) },
	};

	m->low = (struct cairn_range){ .at = 0, .len = memory.ram_bytes };
	fuzz_check(cairn_loader_x86_memmap(&memory, &m->map, NULL) == 0);
	fuzz_check(cairn_loader_cmdline_init(&m->line, m->text, sizeof(m->text)) == 0);
	fuzz_check(cairn_loader_cmdline_add(&m->line, "quiet", 5, NULL) == 0);
}

static void check_loaded(const struct machine *m, const struct cairn_x86_loaded *l)
{
	const struct cairn_range low_memory = { .at = 0, .len = CAIRN_X86_HIGH_AT };

	fuzz_check(l->kernel.len && l->kernel.len <= m->low.len &&
		   l->kernel.at <= m->low.len - l->kernel.len);
	fuzz_check(l->initrd.len <= m->low.len && l->initrd.at <= m->low.len - l->initrd.len);
	fuzz_check(!overlap(l->kernel, l->initrd) && !overlap(l->kernel, low_memory) &&
		   !overlap(l->initrd, low_memory));
	fuzz_check(l->boot.rip >= l->kernel.at && l->boot.rip - l->kernel.at < l->kernel.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine m;
	struct cairn_x86_loaded loaded;
	struct cairn_image kernel, initrd;
	struct cairn_err err = { 0 };
	struct cairn_bzimage bz;
	struct cairn_load_sink sink;
	struct cairn_reader r;
	struct bytes b;
	uint8_t how, *exact;

	cairn_reader_init(&r, data, size);
	how = cairn_reader_u8(&r);
	make_machine(&m, cairn_reader_le16(&r));
	sink = fuzz_sink(&m.low);
	initrd = cairn_loader_image_mem(initrd_bytes, cairn_reader_le16(&r) * 4u + 1u);
	fuzz_file(data + size - cairn_reader_left(&r), cairn_reader_left(&r),
		  how & 1 ? make_bzimage : make_elf, &b);
	exact = fuzz_exact(&b);
	kernel = cairn_loader_image_mem(exact, b.len);

	struct cairn_x86_load load = { .kernel = &kernel,
				       .initrd = how & 2 ? &initrd : NULL,
				       .cmdline = &m.line,
				       .map = &m.map,
				       .rsdp = cairn_gpa_of(CAIRN_X86_ACPI_AT),
				       .protocol = (enum cairn_x86_protocol)((how >> 2) % 3) };
	if (cairn_loader_bzimage_parse(&kernel, &bz, NULL) == 0)
		load.bz = &bz;
	if (cairn_loader_x86_load(&load, &sink, &loaded, &err) == 0)
		check_loaded(&m, &loaded);
	else
		fuzz_check(err.code > 0 && err.what != NULL);
	free(exact);
	return 0;
}
