/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loader_pe.h - PE32+ programs of EFI and kernels that are such programs: headers parsed into
 * checked host integers, then loaded and relocated. Microsoft PE/COFF specification (revision 11).
 */
#ifndef CAIRN_LOADER_PE_H
#define CAIRN_LOADER_PE_H

#include <cairn/loader_image.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_PE_SECTIONS_MAX  96          /* the format's own limit */
#define CAIRN_PE_HEADERS_MAX   (64u << 10) /* bytes up to the end of the section table */
#define CAIRN_PE_SECTION_ALIGN (64u << 10) /* the largest that is taken */
#define CAIRN_PE_SECTION_NAME  8u

enum cairn_pe_machine { /* those that the loader can relocate */
			CAIRN_PE_X86_64 = 0x8664,
			CAIRN_PE_ARM64 = 0xaa64,
			CAIRN_PE_RISCV64 = 0x5064,
};

enum { /* what a section asks for */
       CAIRN_PE_READ = 1,
       CAIRN_PE_WRITE = 2,
       CAIRN_PE_EXEC = 4,
};

struct cairn_pe_section {
	char name[CAIRN_PE_SECTION_NAME + 1];
	uint32_t rva, mem_bytes; /* inside image_bytes; mem_bytes > 0 */
	uint32_t file_off;       /* file_off + raw_bytes lies inside the file */
	uint32_t raw_bytes;      /* as aligned in the file; what is hashed */
	uint32_t file_bytes;     /* the part of it that is loaded: <= mem_bytes, the rest is zero */
	uint8_t perms;
};

struct cairn_pe {
	uint16_t machine, subsystem, dll_flags;
	uint64_t image_base;
	uint32_t image_bytes;          /* > 0; of memory */
	uint32_t headers_bytes;        /* SizeOfHeaders: inside the file, and image_bytes */
	uint32_t entry_rva;            /* 0: none; else inside image_bytes */
	uint32_t section_align;        /* a power of two, at most CAIRN_PE_SECTION_ALIGN */
	uint32_t reloc_rva, reloc_len; /* inside image_bytes; len 0: none */
	bool is_fixed;                 /* relocations were stripped: runs at image_base only */
	/* For whoever checks signatures: places in the file. */
	uint32_t checksum_at;         /* 4 bytes that a hash leaves out */
	uint32_t certs_entry_at;      /* 8 bytes likewise, or 0: no such directory */
	uint32_t certs_at, certs_len; /* the certificates; len 0: not signed */
	uint32_t n_sections;
	struct cairn_pe_section sections[CAIRN_PE_SECTIONS_MAX]; /* as in the file; no overlap */
};

/*
 * cairn_loader_pe_parse() - read and check the headers.
 *
 * Returns 0; -EPROTO: no PE file, or headers that contradict themselves or the file's length,
 * sections that overlap; -ENOTSUP: PE32, another machine, a larger header or alignment than the
 * limits above; or what the image returned. Reads the headers only; O(sections²).
 */
CAIRN_MUST_USE int cairn_loader_pe_parse(const struct cairn_image *image, struct cairn_pe *ret_pe,
					 struct cairn_err *err);

/*
 * cairn_loader_pe_load() - headers and sections into memory, the rest zeroed, relocated.
 *
 * @dst: pe->image_bytes bytes
 * @base: the address that the program will have there (the firmware: dst's)
 *
 * Returns 0; -ENOTSUP: a relocation of another type than 0 (padding) and 10 (64 bits), or a program
 * that only runs elsewhere; -EPROTO: malformed relocations; or what the image returned. After a
 * failure dst holds part of the program.
 */
CAIRN_MUST_USE int cairn_loader_pe_load(const struct cairn_pe *pe, const struct cairn_image *image,
					void *dst, uint64_t base, struct cairn_err *err);

/* The first section of this name (at most 8 bytes), or NULL. ".linux" of a unified kernel image. */
const struct cairn_pe_section *cairn_loader_pe_section(const struct cairn_pe *pe, const char *name);

/*
 * True when its pages can be protected each by its section's permissions: sections begin on pages
 * of their own, behind the headers', and none is both written and executed.
 */
bool cairn_loader_pe_is_w_xor_x(const struct cairn_pe *pe, uint32_t page_bytes);

#ifdef __cplusplus
}
#endif
#endif
