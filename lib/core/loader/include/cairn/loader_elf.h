/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loader_elf.h - ELF64 kernels for x86_64: parsed into checked host integers, then placed.
 * System V ABI (gABI) chapters 4 and 5; the PVH entry is Xen's ELF note 18
 * (XEN_ELFNOTE_PHYS32_ENTRY). Only program headers count: sections, symbols and whatever follows
 * the last segment (such as the relocations that the Linux build appends) are not read.
 */
#ifndef CAIRN_LOADER_ELF_H
#define CAIRN_LOADER_ELF_H

#include <cairn/ids.h>
#include <cairn/loader_image.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_ELF_PHDRS_MAX    128
#define CAIRN_ELF_SEGMENTS_MAX 32
#define CAIRN_ELF_NOTES_MAX    65536 /* bytes of all note segments together */

struct cairn_elf_segment {
	cairn_gpa at; /* physical; at + mem_bytes fits uint64_t */
	uint64_t mem_bytes;
	uint64_t file_off;   /* file_off + file_bytes lies inside the image */
	uint64_t file_bytes; /* <= mem_bytes; the rest is zero */
};

struct cairn_elf {
	struct cairn_elf_segment segments[CAIRN_ELF_SEGMENTS_MAX]; /* by address, no overlap */
	uint32_t n_segments;
	struct cairn_range span; /* from the first byte of the first to the last of the last */
	bool has_entry64;        /* the ELF entry is a physical address inside a segment */
	bool has_pvh;
	cairn_gpa entry64;   /* Linux 64-bit boot protocol, where the kernel is Linux */
	cairn_gpa pvh_entry; /* 32-bit, below 4 GiB, inside a segment */
};

/*
 * cairn_loader_elf_parse() - read and check the headers.
 *
 * Returns 0; -EPROTO: not ELF, headers that contradict themselves or the file's length, overlapping
 * segments, no segment, no entry point inside a segment, malformed notes; -ENOTSUP: another class,
 * byte order, type or machine, or more headers than the limits above; or what the image returned.
 * Of several PVH notes the first counts. Reads a few hundred bytes; cost O(headers²) for sorting.
 */
CAIRN_MUST_USE int cairn_loader_elf_parse(const struct cairn_image *image,
					  struct cairn_elf *ret_elf, struct cairn_err *err);

/*
 * cairn_loader_elf_place() - write the segments, zero what the file does not hold.
 *
 * @allowed: guest memory that the kernel may take
 *
 * Returns 0; -EFAULT: a segment lies outside `allowed` (nothing is written); or what image or sink
 * returned.
 */
CAIRN_MUST_USE int cairn_loader_elf_place(const struct cairn_elf *elf,
					  const struct cairn_image *image,
					  struct cairn_range allowed,
					  const struct cairn_load_sink *sink,
					  struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
