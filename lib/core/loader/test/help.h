/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * help.h - small kernels made of thin air and guest memory that remembers, for tests and fuzzers.
 * A made image is valid; a test breaks one field of it with put().
 */
#ifndef CAIRN_LOADER_TEST_HELP_H
#define CAIRN_LOADER_TEST_HELP_H

#include <cairn/le.h>
#include <cairn/loader.h>

#define RAM_BYTES 0x400000
#define RAM_FILL  0xa5 /* what memory holds before anything is loaded */

struct ram {
	uint8_t *bytes; /* RAM_BYTES of them */
	struct cairn_load_sink sink;
	unsigned writes_left; /* then the sink fails with -EIO */
	unsigned direct;      /* calls of read_from */
};

/* read_from is absent: set sink.read_from = ram_read_from for the direct way. */
void ram_init(struct ram *r);
void ram_fini(struct ram *r);
int ram_read_from(void *ctx, cairn_gpa at, const struct cairn_image *image, uint64_t off,
		  uint64_t len_bytes);
bool ram_is_untouched(const struct ram *r);

struct bytes {
	size_t len;
	uint8_t v[2048];
};

static inline void put(struct bytes *b, size_t off, size_t len, uint64_t v)
{
	cairn_le_store(b->v + off, len, v);
}

static inline struct cairn_image image_of(const struct bytes *b)
{
	return cairn_loader_image_mem(b->v, b->len);
}

/* Fields of an ELF header, and of its program header i, relative to PHDR(i). */
enum {
	E_CLASS = 4,
	E_DATA = 5,
	E_VERSION = 6,
	E_TYPE = 16,
	E_MACHINE = 18,
	E_ENTRY = 24,
	E_PHOFF = 32,
	E_PHENTSIZE = 54,
	E_PHNUM = 56,
	P_TYPE = 0,
	P_OFFSET = 8,
	P_PADDR = 24,
	P_FILESZ = 32,
	P_MEMSZ = 40,
	P_ALIGN = 48,
};
#define PHDR(i)      (64 + 56 * (size_t)(i))

/*
 * Two segments, the higher first, and notes: 0x200 at 2 MiB (0x40 bytes of 0x11, 0xc0 of BSS),
 * 0x240 at 1 MiB (0x80 bytes of 0x22), notes at 0x2c0, the end of the file at ELF_BYTES.
 */
#define ELF_HIGH_AT  0x200000
#define ELF_LOW_AT   0x100000
#define ELF_ENTRY    0x100010
#define ELF_PVH      0x100020
#define ELF_NOTES    0x2c0
#define ELF_PVH_NOTE (ELF_NOTES + 20) /* behind another note */
#define ELF_BYTES    0x2ec
void make_elf(struct bytes *b);

/* Fields of a setup header, from the start of the file. */
enum {
	H_SECTS = 0x1f1,
	H_SYSSIZE = 0x1f4,
	H_FLAG = 0x1fe,
	H_JUMP = 0x200,
	H_MAGIC = 0x202,
	H_VERSION = 0x206,
	H_LOADFLAGS = 0x211,
	H_INITRD_MAX = 0x22c,
	H_ALIGN = 0x230,
	H_RELOCATABLE = 0x234,
	H_XLOADFLAGS = 0x236,
	H_CMDLINE = 0x238,
	H_PAYLOAD = 0x248,
	H_PAYLOAD_LEN = 0x24c,
	H_SETUP_DATA = 0x250,
	H_PREF = 0x258,
	H_INIT = 0x260,
};

/* One setup sector, 1 KiB of kernel (0x33, payload at 0x280: 0x40 bytes that begin as xz does). */
#define BZ_KERNEL_OFF 0x400
#define BZ_BYTES      0x800
#define BZ_PAYLOAD    (BZ_KERNEL_OFF + 0x280)
void make_bzimage(struct bytes *b);

/* Fields of an Image's header. */
enum {
	K_OFFSET = 0x08,
	K_SIZE = 0x10,
	K_FLAGS = 0x18,
	K_MAGIC = 0x38,
	K_PE = 0x3c,
};

/* Pages of 4 KiB, any place, KIMAGE_BYTES of which all behind the header are 0x44, then BSS. */
#define KIMAGE_BYTES     0x180
#define KIMAGE_MEM_BYTES 0x2000
#define KIMAGE_RISCV64   0x05435352
void make_kimage(struct bytes *b);

/* Fields of a zboot header. */
enum {
	Z_MAGIC = 4,
	Z_PAYLOAD = 8,
	Z_PAYLOAD_LEN = 12,
	Z_NAME = 24,
};

/* The payload is 0x40 bytes that begin as gzip does; behind it are four more. */
#define ZBOOT_PAYLOAD 0x80
#define ZBOOT_BYTES   0xc4
void make_zboot(struct bytes *b);

/* Fields of a PE file, from its start; of its section header i, relative to PE_SECTION(i). */
enum {
	PE_HEAD = 0x40,
	PE_MACHINE = 0x44,
	PE_N_SECTIONS = 0x46,
	PE_OPTIONAL_BYTES = 0x54,
	PE_FLAGS = 0x56,
	PE_MAGIC = 0x58,
	PE_ENTRY = 0x68,
	PE_BASE = 0x70,
	PE_SECTION_ALIGN = 0x78,
	PE_IMAGE_BYTES = 0x90,
	PE_HEADERS_BYTES = 0x94,
	PE_CHECKSUM = 0x98,
	PE_N_DIRECTORIES = 0xc4,
	PE_CERTS = 0xe8,
	PE_RELOC = 0xf0,
	PS_NAME = 0,
	PS_MEM = 8,
	PS_RVA = 12,
	PS_RAW = 16,
	PS_RAW_AT = 20,
	PS_FLAGS = 36,
};
#define PE_SECTION(i) (0xf8 + 40 * (size_t)(i))

/*
 * .text (r-x) of 0x80 bytes 0x55 at 0x1000, .data (rw-) of 0x40 bytes 0x66 and BSS to 0x180 at
 * 0x2000, .reloc (r--) at 0x3000 with one block: words at 0x2008 and 0x2010 (which hold the linked
 * address 0x2000), and padding. Certificates of 8 bytes at the end.
 */
#define PE_LINKED     0x400000
#define PE_IMAGE      0x4000
#define PE_DATA_OFF   0x400
#define PE_RELOC_OFF  0x600
#define PE_CERTS_OFF  0x7e0
#define PE_BYTES      0x7e8
void make_pe(struct bytes *b);
/* The same with the header of an Image of PE_BYTES bytes. */
void make_pe_kimage(struct bytes *b);

#endif
