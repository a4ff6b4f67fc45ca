/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "help.h"

#include <stdlib.h>

#include <cairn/math.h>

static int ram_write(void *ctx, cairn_gpa at, const void *src, size_t len)
{
	struct ram *r = ctx;

	if (!cairn_in_range(at.v, len, RAM_BYTES))
		return -EFAULT;
	if (r->writes_left-- == 0) {
		r->writes_left = 0;
		return -EIO;
	}
	memcpy(r->bytes + at.v, src, len);
	return 0;
}

static int ram_zero(void *ctx, cairn_gpa at, uint64_t len_bytes)
{
	struct ram *r = ctx;

	if (!cairn_in_range(at.v, len_bytes, RAM_BYTES))
		return -EFAULT;
	memset(r->bytes + at.v, 0, len_bytes);
	return 0;
}

int ram_read_from(void *ctx, cairn_gpa at, const struct cairn_image *image, uint64_t off,
		  uint64_t len_bytes)
{
	struct ram *r = ctx;

	if (!cairn_in_range(at.v, len_bytes, RAM_BYTES))
		return -EFAULT;
	r->direct++;
	return image->read_at(image->ctx, off, r->bytes + at.v, len_bytes);
}

void ram_init(struct ram *r)
{
	*r = (struct ram){ .bytes = malloc(RAM_BYTES), .writes_left = ~0u };
	if (!r->bytes)
		abort();
	memset(r->bytes, RAM_FILL, RAM_BYTES);
	r->sink = (struct cairn_load_sink){ .write = ram_write, .zero = ram_zero, .ctx = r };
}

void ram_fini(struct ram *r)
{
	free(r->bytes);
	r->bytes = NULL;
}

bool ram_is_untouched(const struct ram *r)
{
	return r->bytes[0] == RAM_FILL && memcmp(r->bytes, r->bytes + 1, RAM_BYTES - 1) == 0;
}

static void put_phdr(struct bytes *b, size_t i, uint32_t type, uint64_t offset, uint64_t paddr,
		     uint64_t filesz, uint64_t memsz)
{
	put(b, PHDR(i) + P_TYPE, 4, type);
	put(b, PHDR(i) + P_OFFSET, 8, offset);
	put(b, PHDR(i) + P_PADDR, 8, paddr);
	put(b, PHDR(i) + P_FILESZ, 8, filesz);
	put(b, PHDR(i) + P_MEMSZ, 8, memsz);
	put(b, PHDR(i) + P_ALIGN, 8, 4);
}

/* A note with a name of four bytes. */
static void put_note(struct bytes *b, size_t off, const char *name, uint32_t type, uint32_t descsz)
{
	put(b, off, 4, 4);
	put(b, off + 4, 4, descsz);
	put(b, off + 8, 4, type);
	memcpy(b->v + off + 12, name, 4);
}

void make_elf(struct bytes *b)
{
	static const uint8_t ident[7] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };

	memset(b, 0, sizeof(*b));
	b->len = ELF_BYTES;
	memcpy(b->v, ident, sizeof(ident));
	put(b, E_TYPE, 2, 2);
	put(b, E_MACHINE, 2, 62);
	put(b, E_ENTRY, 8, ELF_ENTRY);
	put(b, E_PHOFF, 8, PHDR(0));
	put(b, E_PHENTSIZE, 2, 56);
	put(b, E_PHNUM, 2, 3);
	put_phdr(b, 0, 1, 0x200, ELF_HIGH_AT, 0x40, 0x100);
	put_phdr(b, 1, 1, 0x240, ELF_LOW_AT, 0x80, 0x80);
	put_phdr(b, 2, 4, ELF_NOTES, 0, ELF_BYTES - ELF_NOTES, 0);
	memset(b->v + 0x200, 0x11, 0x40);
	memset(b->v + 0x240, 0x22, 0x80);
	put_note(b, ELF_NOTES, "GNU", 3, 4);
	put_note(b, ELF_PVH_NOTE, "Xen", 18, 8);
	put(b, ELF_PVH_NOTE + 16, 8, ELF_PVH);
}

void make_bzimage(struct bytes *b)
{
	static const uint8_t xz[6] = { 0xfd, '7', 'z', 'X', 'Z', 0 };

	memset(b, 0, sizeof(*b));
	b->len = BZ_BYTES;
	memset(b->v + BZ_KERNEL_OFF, 0x33, BZ_BYTES - BZ_KERNEL_OFF);
	put(b, H_SECTS, 1, 1);
	put(b, H_SYSSIZE, 4, (BZ_BYTES - BZ_KERNEL_OFF) / 16);
	put(b, H_FLAG, 2, 0xaa55);
	put(b, H_JUMP, 2, 0x6aeb);
	memcpy(b->v + H_MAGIC, "HdrS", 4);
	put(b, H_VERSION, 2, 0x20f);
	put(b, H_LOADFLAGS, 1, 1);
	put(b, H_INITRD_MAX, 4, 0x7fffffff);
	put(b, H_ALIGN, 4, 0x100000);
	put(b, H_RELOCATABLE, 1, 1);
	put(b, H_XLOADFLAGS, 2, 1);
	put(b, H_CMDLINE, 4, 2047);
	put(b, H_PAYLOAD, 4, BZ_PAYLOAD - BZ_KERNEL_OFF);
	put(b, H_PAYLOAD_LEN, 4, 0x40);
	put(b, H_PREF, 8, 0x200000);
	put(b, H_INIT, 4, 0x2000);
	memcpy(b->v + BZ_PAYLOAD, xz, sizeof(xz));
	put(b, BZ_PAYLOAD + 0x40 - 4, 4, 0x12345);
}

void make_kimage(struct bytes *b)
{
	memset(b, 0, sizeof(*b));
	b->len = KIMAGE_BYTES;
	memset(b->v + 0x40, 0x44, KIMAGE_BYTES - 0x40);
	put(b, K_SIZE, 8, KIMAGE_MEM_BYTES);
	put(b, K_FLAGS, 8, 0xa);
	memcpy(b->v + K_MAGIC, "ARMd", 4);
}

void make_zboot(struct bytes *b)
{
	memset(b, 0, sizeof(*b));
	b->len = ZBOOT_BYTES;
	memcpy(b->v, "MZ\0\0zimg", 8);
	put(b, Z_PAYLOAD, 4, ZBOOT_PAYLOAD);
	put(b, Z_PAYLOAD_LEN, 4, 0x40);
	memcpy(b->v + Z_NAME, "gzip", 4);
	put(b, ZBOOT_PAYLOAD, 2, 0x8b1f);
}

static void put_section(struct bytes *b, size_t i, const char *name, const uint64_t *fields)
{
	static const uint8_t at[] = { PS_RVA, PS_MEM, PS_RAW_AT, PS_RAW, PS_FLAGS };
	size_t h = PE_SECTION(i);

	for (size_t n = 0; name[n]; n++)
		b->v[h + n] = (uint8_t)name[n];
	for (size_t n = 0; n < CAIRN_ARRAY_LEN(at); n++)
		put(b, h + at[n], 4, fields[n]);
}

void make_pe(struct bytes *b)
{
	memset(b, 0, sizeof(*b));
	b->len = PE_BYTES;
	put(b, 0, 2, 0x5a4d);
	put(b, 0x3c, 4, PE_HEAD);
	put(b, PE_HEAD, 4, 0x4550);
	put(b, PE_MACHINE, 2, 0x8664);
	put(b, PE_N_SECTIONS, 2, 3);
	put(b, PE_OPTIONAL_BYTES, 2, 160);
	put(b, PE_FLAGS, 2, 0x0206);
	put(b, PE_MAGIC, 2, 0x20b);
	put(b, PE_ENTRY, 4, 0x1004);
	put(b, PE_BASE, 8, PE_LINKED);
	put(b, PE_SECTION_ALIGN, 4, 0x1000);
	put(b, PE_SECTION_ALIGN + 4, 4, 0x200);
	put(b, PE_IMAGE_BYTES, 4, PE_IMAGE);
	put(b, PE_HEADERS_BYTES, 4, 0x200);
	put(b, PE_CHECKSUM, 4, 0x12345678);
	put(b, 0x9c, 2, 10); /* an EFI application */
	put(b, PE_N_DIRECTORIES, 4, 6);
	put(b, PE_CERTS, 4, PE_CERTS_OFF);
	put(b, PE_CERTS + 4, 4, 8);
	put(b, PE_RELOC, 4, 0x3000);
	put(b, PE_RELOC + 4, 4, 16);
	put_section(b, 0, ".text", (const uint64_t[]){ 0x1000, 0x80, 0x200, 0x200, 0x60000020 });
	put_section(b, 1, ".data", (const uint64_t[]){ 0x2000, 0x180, 0x400, 0x40, 0xc0000040 });
	put_section(b, 2, ".reloc", (const uint64_t[]){ 0x3000, 16, 0x600, 0x20, 0x42000040 });
	memset(b->v + 0x200, 0x55, 0x80);
	memset(b->v + PE_DATA_OFF, 0x66, 0x40);
	put(b, PE_DATA_OFF + 8, 8, PE_LINKED + 0x2000);
	put(b, PE_DATA_OFF + 16, 8, PE_LINKED + 0x2000);
	put(b, PE_RELOC_OFF, 4, 0x2000);
	put(b, PE_RELOC_OFF + 4, 4, 16);
	put(b, PE_RELOC_OFF + 8, 2, 0xa008);
	put(b, PE_RELOC_OFF + 10, 2, 0xa010);
}

void make_pe_kimage(struct bytes *b)
{
	make_pe(b);
	put(b, K_SIZE, 8, KIMAGE_MEM_BYTES);
	put(b, K_FLAGS, 8, 0xa);
	memcpy(b->v + K_MAGIC, "ARMd", 4);
}
