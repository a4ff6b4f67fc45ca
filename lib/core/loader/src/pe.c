/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* PE32+ headers: each structure is read once, checked against the file and the image's size. */
#include "internal.h"

#include <cairn/le.h>
#include <cairn/loader_pe.h>
#include <cairn/math.h>

enum {
	PE_OFFSET_AT = 0x3c,
	PE32_PLUS = 0x20b,
	DIRECTORY_CERTS = 4,
	DIRECTORY_RELOC = 5,
	DIRECTORIES_MAX = 16,
	FLAG_RELOCS_STRIPPED = 0x0001,
	FLAG_EXECUTABLE = 0x0002,
	SECTION_EXEC = 0x20000000,
	SECTION_READ = 0x40000000,
};
#define SECTION_WRITE 0x80000000u

struct coff_wire { /* PE/COFF, 3.2 and 3.3: signature and file header */
	uint8_t signature[4];
	cairn_le16 machine, n_sections;
	cairn_le32 time, symbols_at, n_symbols;
	cairn_le16 optional_bytes, flags;
};
CAIRN_STATIC_ASSERT(sizeof(struct coff_wire) == 24, "PE/COFF, 3.3");

struct directory_wire { /* PE/COFF, 3.4.3 */
	cairn_le32 at, len;
};

struct optional_wire { /* PE/COFF, 3.4, for PE32+; directories follow */
	cairn_le16 magic;
	uint8_t linker[2];
	cairn_le32 code_bytes, data_bytes, bss_bytes, entry, code_rva;
	cairn_le64 image_base;
	cairn_le32 section_align, file_align;
	cairn_le16 versions[6];
	cairn_le32 win32_version, image_bytes, headers_bytes, checksum;
	cairn_le16 subsystem, dll_flags;
	cairn_le64 stack_heap[4];
	cairn_le32 loader_flags, n_directories;
};
CAIRN_STATIC_ASSERT(sizeof(struct optional_wire) == 112, "PE/COFF, 3.4");
CAIRN_STATIC_ASSERT(offsetof(struct optional_wire, checksum) == 64, "PE/COFF, 3.4");

struct section_wire { /* PE/COFF, 4 */
	char name[CAIRN_PE_SECTION_NAME];
	cairn_le32 mem_bytes, rva, raw_bytes, raw_at, relocs_at, lines_at;
	cairn_le16 n_relocs, n_lines;
	cairn_le32 flags;
};
CAIRN_STATIC_ASSERT(sizeof(struct section_wire) == 40, "PE/COFF, 4");

struct headers { /* where the parts are */
	uint32_t optional_at, optional_bytes, sections_at, n_sections;
	uint16_t flags;
};

static const char too_short[] = "PE headers behind the end of the file";

static bool is_machine_known(uint16_t machine)
{
	return machine == CAIRN_PE_X86_64 || machine == CAIRN_PE_ARM64 ||
	       machine == CAIRN_PE_RISCV64;
}

static int read_coff(const struct cairn_image *image, struct cairn_pe *pe, struct headers *h,
		     struct cairn_err *err)
{
	struct coff_wire w;
	uint8_t dos[64];
	uint64_t at;
	int ret = cairn_loader_read_(image, 0, dos, sizeof(dos), "not a PE file", err);

	if (ret < 0)
		return ret;
	at = cairn_le_load(dos + PE_OFFSET_AT, 4);
	if (dos[0] != 'M' || dos[1] != 'Z')
		return cairn_err_set(err, EPROTO, "not a PE file", 0);
	ret = cairn_loader_read_(image, at, &w, sizeof(w), too_short, err);
	if (ret < 0)
		return ret;
	if (memcmp(w.signature, "PE\0\0", 4) != 0)
		return cairn_err_set(err, EPROTO, "not a PE file", at);
	pe->machine = cairn_le16_get(w.machine);
	if (!is_machine_known(pe->machine))
		return cairn_err_set(err, ENOTSUP, "PE file for another machine", pe->machine);
	h->flags = cairn_le16_get(w.flags);
	h->n_sections = cairn_le16_get(w.n_sections);
	h->optional_bytes = cairn_le16_get(w.optional_bytes);
	at += sizeof(w);
	if (at + h->optional_bytes + h->n_sections * sizeof(struct section_wire) >
	    CAIRN_PE_HEADERS_MAX)
		return cairn_err_set(err, ENOTSUP, "PE headers too large", at);
	h->optional_at = (uint32_t)at;
	h->sections_at = h->optional_at + h->optional_bytes;
	return 0;
}

static int check_sizes(const struct cairn_pe *pe, const struct headers *h, uint64_t file_bytes,
		       struct cairn_err *err)
{
	uint64_t table = (uint64_t)h->n_sections * sizeof(struct section_wire);

	if (h->n_sections > CAIRN_PE_SECTIONS_MAX)
		return cairn_err_set(err, EPROTO, "PE file with too many sections", h->n_sections);
	if (pe->headers_bytes < h->sections_at + table || pe->headers_bytes > file_bytes)
		return cairn_err_set(err, EPROTO, "PE headers of a wrong size", pe->headers_bytes);
	if (pe->image_bytes < pe->headers_bytes)
		return cairn_err_set(err, EPROTO, "PE image smaller than its headers",
				     pe->image_bytes);
	if (!cairn_is_pow2(pe->section_align))
		return cairn_err_set(err, EPROTO, "PE section alignment is no power of two",
				     pe->section_align);
	if (pe->section_align > CAIRN_PE_SECTION_ALIGN)
		return cairn_err_set(err, ENOTSUP, "PE section alignment too large",
				     pe->section_align);
	if (pe->entry_rva >= pe->image_bytes)
		return cairn_err_set(err, EPROTO, "PE entry outside the image", pe->entry_rva);
	return 0;
}

/* One entry of the directory of directories; absent ones read as zero. */
static int read_directory(const struct cairn_image *image, const struct headers *h, uint32_t n,
			  uint32_t i, struct directory_wire *ret, struct cairn_err *err)
{
	uint64_t off = sizeof(struct optional_wire) + i * sizeof(*ret);

	*ret = (struct directory_wire){ 0 };
	if (i >= n || off + sizeof(*ret) > h->optional_bytes)
		return 0;
	return cairn_loader_read_(image, h->optional_at + off, ret, sizeof(*ret), too_short, err);
}

static int read_directories(const struct cairn_image *image, const struct headers *h, uint32_t n,
			    struct cairn_pe *pe, struct cairn_err *err)
{
	struct directory_wire certs, reloc;
	int ret = read_directory(image, h, n, DIRECTORY_CERTS, &certs, err);

	if (ret == 0)
		ret = read_directory(image, h, n, DIRECTORY_RELOC, &reloc, err);
	if (ret < 0)
		return ret;
	if (n > DIRECTORY_CERTS)
		pe->certs_entry_at = (uint32_t)(h->optional_at + sizeof(struct optional_wire) +
						DIRECTORY_CERTS * sizeof(certs));
	pe->certs_at = cairn_le32_get(certs.at);
	pe->certs_len = cairn_le32_get(certs.len);
	if (!cairn_in_range(pe->certs_at, pe->certs_len, image->size_bytes))
		return cairn_err_set(err, EPROTO, "PE certificates behind the end of the file",
				     pe->certs_at);
	pe->reloc_rva = cairn_le32_get(reloc.at);
	pe->reloc_len = cairn_le32_get(reloc.len);
	if (!cairn_in_range(pe->reloc_rva, pe->reloc_len, pe->image_bytes))
		return cairn_err_set(err, EPROTO, "PE relocations outside the image",
				     pe->reloc_rva);
	return 0;
}

static int read_optional(const struct cairn_image *image, const struct headers *h,
			 struct cairn_pe *pe, struct cairn_err *err)
{
	struct optional_wire w;
	uint32_t n;
	int ret;

	if (h->optional_bytes < sizeof(w))
		return cairn_err_set(err, EPROTO, "PE optional header too short",
				     h->optional_bytes);
	ret = cairn_loader_read_(image, h->optional_at, &w, sizeof(w), too_short, err);
	if (ret < 0)
		return ret;
	if (cairn_le16_get(w.magic) != PE32_PLUS)
		return cairn_err_set(err, ENOTSUP, "not a PE32+ file", cairn_le16_get(w.magic));
	pe->subsystem = cairn_le16_get(w.subsystem);
	pe->dll_flags = cairn_le16_get(w.dll_flags);
	pe->image_base = cairn_le64_get(w.image_base);
	pe->image_bytes = cairn_le32_get(w.image_bytes);
	pe->headers_bytes = cairn_le32_get(w.headers_bytes);
	pe->entry_rva = cairn_le32_get(w.entry);
	pe->section_align = cairn_le32_get(w.section_align);
	pe->is_fixed = h->flags & FLAG_RELOCS_STRIPPED;
	pe->checksum_at = h->optional_at + (uint32_t)offsetof(struct optional_wire, checksum);
	n = cairn_le32_get(w.n_directories);
	if (n > DIRECTORIES_MAX ||
	    n * sizeof(struct directory_wire) > h->optional_bytes - sizeof(w))
		return cairn_err_set(err, EPROTO, "PE file with too many directories", n);
	ret = check_sizes(pe, h, image->size_bytes, err);
	return ret < 0 ? ret : read_directories(image, h, n, pe, err);
}

static uint8_t perms_of(uint32_t flags)
{
	return (uint8_t)((flags & SECTION_READ ? CAIRN_PE_READ : 0) |
			 (flags & SECTION_WRITE ? CAIRN_PE_WRITE : 0) |
			 (flags & SECTION_EXEC ? CAIRN_PE_EXEC : 0));
}

static int add_section(struct cairn_pe *pe, const struct section_wire *w, uint64_t file_bytes,
		       struct cairn_err *err)
{
	struct cairn_pe_section *s = &pe->sections[pe->n_sections];

	*s = (struct cairn_pe_section){
		.rva = cairn_le32_get(w->rva),
		.mem_bytes = cairn_le32_get(w->mem_bytes),
		.file_off = cairn_le32_get(w->raw_at),
		.raw_bytes = cairn_le32_get(w->raw_at) ? cairn_le32_get(w->raw_bytes) : 0,
		.perms = perms_of(cairn_le32_get(w->flags)),
	};
	memcpy(s->name, w->name, sizeof(w->name));
	if (s->mem_bytes == 0)
		s->mem_bytes = s->raw_bytes;
	s->file_bytes = (uint32_t)cairn_min_u64(s->raw_bytes, s->mem_bytes);
	if (s->mem_bytes == 0)
		return 0;
	if (!cairn_in_range(s->file_off, s->raw_bytes, file_bytes))
		return cairn_err_set(err, EPROTO, "PE section behind the end of the file",
				     s->file_off);
	if (!cairn_in_range(s->rva, s->mem_bytes, pe->image_bytes))
		return cairn_err_set(err, EPROTO, "PE section outside the image", s->rva);
	if (s->rva < pe->headers_bytes)
		return cairn_err_set(err, EPROTO, "PE section over the headers", s->rva);
	for (uint32_t i = 0; i < pe->n_sections; i++)
		if (s->rva < pe->sections[i].rva + (uint64_t)pe->sections[i].mem_bytes &&
		    pe->sections[i].rva < s->rva + (uint64_t)s->mem_bytes)
			return cairn_err_set(err, EPROTO, "PE sections overlap", s->rva);
	pe->n_sections++;
	return 0;
}

int cairn_loader_pe_parse(const struct cairn_image *image, struct cairn_pe *ret_pe,
			  struct cairn_err *err)
{
	struct headers h = { 0 };
	int ret;

	*ret_pe = (struct cairn_pe){ 0 };
	ret = read_coff(image, ret_pe, &h, err);
	if (ret == 0)
		ret = read_optional(image, &h, ret_pe, err);
	for (uint32_t i = 0; ret == 0 && i < h.n_sections; i++) {
		struct section_wire w;

		ret = cairn_loader_read_(image, h.sections_at + i * sizeof(w), &w, sizeof(w),
					 too_short, err);
		if (ret == 0)
			ret = add_section(ret_pe, &w, image->size_bytes, err);
	}
	return ret;
}

const struct cairn_pe_section *cairn_loader_pe_section(const struct cairn_pe *pe, const char *name)
{
	size_t len = 0;

	while (name[len])
		len++;
	for (uint32_t i = 0; i < pe->n_sections && len <= CAIRN_PE_SECTION_NAME; i++)
		if (memcmp(pe->sections[i].name, name, len + 1) == 0)
			return &pe->sections[i];
	return NULL;
}

bool cairn_loader_pe_is_w_xor_x(const struct cairn_pe *pe, uint32_t page_bytes)
{
	if (pe->section_align % page_bytes != 0)
		return false;
	for (uint32_t i = 0; i < pe->n_sections; i++) {
		const struct cairn_pe_section *s = &pe->sections[i];

		if (s->rva % page_bytes != 0)
			return false;
		if ((s->perms & CAIRN_PE_WRITE) && (s->perms & CAIRN_PE_EXEC))
			return false;
	}
	return true;
}
