/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* ELF64: one pass over the program headers, each read once, then the segments as a whole. */
#include "internal.h"

#include <cairn/le.h>
#include <cairn/loader_elf.h>
#include <cairn/math.h>

enum {
	ELFCLASS64 = 2,
	ELFDATA2LSB = 1,
	EV_CURRENT = 1,
	ET_EXEC = 2,
	EM_X86_64 = 62,
	PT_LOAD = 1,
	PT_NOTE = 4,
	XEN_PHYS32_ENTRY = 18,
};

struct ehdr_wire { /* gABI 4, "ELF Header" */
	uint8_t magic[4], class, data, ident_version, ident_rest[9];
	cairn_le16 type, machine;
	cairn_le32 version;
	cairn_le64 entry, phoff, shoff;
	cairn_le32 flags;
	cairn_le16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
CAIRN_STATIC_ASSERT(sizeof(struct ehdr_wire) == 64, "gABI 4");

struct phdr_wire { /* gABI 5, "Program Header" */
	cairn_le32 type, flags;
	cairn_le64 offset, vaddr, paddr, filesz, memsz, align;
};
CAIRN_STATIC_ASSERT(sizeof(struct phdr_wire) == 56, "gABI 5");

struct note_wire { /* gABI 5, "Note Section": name and descriptor follow, each padded */
	cairn_le32 namesz, descsz, type;
};
CAIRN_STATIC_ASSERT(sizeof(struct note_wire) == 12, "gABI 5");

struct headers { /* where the program headers are: inside the file */
	uint64_t at;
	uint32_t n;
};

static int check_ident(const struct ehdr_wire *w, struct cairn_err *err)
{
	if (memcmp(w->magic, "\177ELF", 4) != 0)
		return cairn_err_set(err, EPROTO, "not an ELF file", 0);
	if (w->class != ELFCLASS64)
		return cairn_err_set(err, ENOTSUP, "not a 64-bit ELF file", w->class);
	if (w->data != ELFDATA2LSB)
		return cairn_err_set(err, ENOTSUP, "not a little-endian ELF file", w->data);
	if (w->ident_version != EV_CURRENT)
		return cairn_err_set(err, EPROTO, "unknown ELF version", w->ident_version);
	if (cairn_le16_get(w->machine) != EM_X86_64)
		return cairn_err_set(err, ENOTSUP, "ELF file for a machine other than x86_64",
				     cairn_le16_get(w->machine));
	if (cairn_le16_get(w->type) != ET_EXEC)
		return cairn_err_set(err, ENOTSUP, "not an executable ELF file",
				     cairn_le16_get(w->type));
	return 0;
}

static int check_headers(const struct ehdr_wire *w, uint64_t size, struct headers *ret_headers,
			 struct cairn_err *err)
{
	uint64_t at = cairn_le64_get(w->phoff);
	uint32_t n = cairn_le16_get(w->phnum);

	if (cairn_le16_get(w->phentsize) != sizeof(struct phdr_wire))
		return cairn_err_set(err, EPROTO, "ELF program headers of a wrong size",
				     cairn_le16_get(w->phentsize));
	if (n == 0)
		return cairn_err_set(err, EPROTO, "ELF file without program headers", 0);
	if (n > CAIRN_ELF_PHDRS_MAX)
		return cairn_err_set(err, ENOTSUP, "ELF file with too many program headers", n);
	if (!cairn_in_range(at, n * sizeof(struct phdr_wire), size))
		return cairn_err_set(err, EPROTO, "ELF program headers behind the end of the file",
				     at);
	*ret_headers = (struct headers){ .at = at, .n = n };
	return 0;
}

/* Keeps the segments sorted: headers may come in any order. */
static void insert(struct cairn_elf *elf, const struct cairn_elf_segment *s)
{
	uint32_t i = elf->n_segments++;

	for (; i > 0 && elf->segments[i - 1].at.v > s->at.v; i--)
		elf->segments[i] = elf->segments[i - 1];
	elf->segments[i] = *s;
}

static int add_segment(struct cairn_elf *elf, const struct phdr_wire *w, uint64_t size,
		       struct cairn_err *err)
{
	struct cairn_elf_segment s = {
		.at = cairn_gpa_of(cairn_le64_get(w->paddr)),
		.mem_bytes = cairn_le64_get(w->memsz),
		.file_off = cairn_le64_get(w->offset),
		.file_bytes = cairn_le64_get(w->filesz),
	};
	cairn_gpa end;

	if (s.file_bytes > s.mem_bytes)
		return cairn_err_set(err, EPROTO, "ELF segment larger in the file than in memory",
				     s.at.v);
	if (s.mem_bytes == 0)
		return 0;
	if (!cairn_in_range(s.file_off, s.file_bytes, size))
		return cairn_err_set(err, EPROTO, "ELF segment behind the end of the file",
				     s.file_off);
	if (!cairn_gpa_add(s.at, s.mem_bytes, &end))
		return cairn_err_set(err, EPROTO, "ELF segment wraps the address space", s.at.v);
	if (elf->n_segments == CAIRN_ELF_SEGMENTS_MAX)
		return cairn_err_set(err, ENOTSUP, "ELF file with too many segments",
				     CAIRN_ELF_SEGMENTS_MAX);
	insert(elf, &s);
	return 0;
}

/* The entry in a PVH note: 4 or 8 bytes by what built it; a 32-bit address either way. */
static int read_pvh_entry(const struct cairn_image *image, uint64_t at, uint32_t descsz,
			  struct cairn_elf *elf, struct cairn_err *err)
{
	uint8_t desc[8] = { 0 };
	int ret;

	if (descsz != 4 && descsz != 8)
		return cairn_err_set(err, EPROTO, "PVH note of a wrong size", descsz);
	ret = cairn_loader_read_(image, at, desc, descsz, "", err);
	if (ret < 0)
		return ret;
	if (cairn_le_load(desc, 8) > UINT32_MAX)
		return cairn_err_set(err, EPROTO, "PVH entry above 4 GiB", cairn_le_load(desc, 8));
	elf->has_pvh = true;
	elf->pvh_entry = cairn_gpa_of(cairn_le_load(desc, 8));
	return 0;
}

/*
 * One note of at most `left` bytes. Padding counts from the start of the note, to 4 or 8 bytes as
 * the segment is aligned. *ret_len may exceed `left` by the padding of the last note.
 */
static int read_note(const struct cairn_image *image, uint64_t at, uint64_t left, uint64_t align,
		     struct cairn_elf *elf, uint64_t *ret_len, struct cairn_err *err)
{
	static const char beyond[] = "ELF note behind the end of its segment";
	struct note_wire w;
	char name[4];
	uint64_t desc, next;
	int ret;

	ret = cairn_loader_read_(image, at, &w, sizeof(w), beyond, err);
	if (ret < 0)
		return ret;
	desc = (sizeof(w) + cairn_le32_get(w.namesz) + align - 1) & ~(align - 1);
	next = desc + cairn_le32_get(w.descsz);
	if (next > left)
		return cairn_err_set(err, EPROTO, beyond, at);
	*ret_len = (next + align - 1) & ~(align - 1);
	if (elf->has_pvh || cairn_le32_get(w.type) != XEN_PHYS32_ENTRY ||
	    cairn_le32_get(w.namesz) != sizeof(name))
		return 0;
	ret = cairn_loader_read_(image, at + sizeof(w), name, sizeof(name), beyond, err);
	if (ret < 0 || memcmp(name, "Xen", sizeof(name)) != 0)
		return ret;
	return read_pvh_entry(image, at + desc, cairn_le32_get(w.descsz), elf, err);
}

static int read_notes(const struct cairn_image *image, const struct phdr_wire *w,
		      struct cairn_elf *elf, uint64_t *budget, struct cairn_err *err)
{
	uint64_t at = cairn_le64_get(w->offset), left = cairn_le64_get(w->filesz);
	uint64_t align = cairn_le64_get(w->align), len = left;

	if (!cairn_in_range(at, left, image->size_bytes))
		return cairn_err_set(err, EPROTO, "ELF notes behind the end of the file", at);
	if (align > 8 || (align & (align - 1)) != 0)
		return cairn_err_set(err, EPROTO, "ELF notes of a wrong alignment", align);
	if (left > *budget)
		return cairn_err_set(err, ENOTSUP, "ELF file with too many notes", left);
	*budget -= left;
	align = align == 8 ? 8 : 4;
	while (left) {
		int ret = read_note(image, at, left, align, elf, &len, err);

		if (ret < 0)
			return ret;
		len = cairn_min_u64(len, left);
		at += len;
		left -= len;
	}
	return 0;
}

static bool is_loaded(const struct cairn_elf *elf, cairn_gpa at)
{
	for (uint32_t i = 0; i < elf->n_segments; i++)
		if (cairn_gpa_inside(at, 1, elf->segments[i].at, elf->segments[i].mem_bytes))
			return true;
	return false;
}

/* What can only be said when all headers have been seen. */
static int check_whole(struct cairn_elf *elf, cairn_gpa entry, struct cairn_err *err)
{
	const struct cairn_elf_segment *s = elf->segments, *last;

	if (elf->n_segments == 0)
		return cairn_err_set(err, EPROTO, "ELF file without a loadable segment", 0);
	for (uint32_t i = 1; i < elf->n_segments; i++)
		if (s[i - 1].at.v + s[i - 1].mem_bytes > s[i].at.v)
			return cairn_err_set(err, EPROTO, "ELF segments overlap", s[i].at.v);
	last = &s[elf->n_segments - 1];
	elf->span.at = s[0].at.v;
	elf->span.len = last->at.v + last->mem_bytes - s[0].at.v;
	if (elf->has_pvh && !is_loaded(elf, elf->pvh_entry))
		return cairn_err_set(err, EPROTO, "PVH entry outside the segments",
				     elf->pvh_entry.v);
	elf->has_entry64 = is_loaded(elf, entry);
	elf->entry64 = entry;
	if (!elf->has_entry64 && !elf->has_pvh)
		return cairn_err_set(err, EPROTO, "ELF entry outside the segments", entry.v);
	return 0;
}

int cairn_loader_elf_parse(const struct cairn_image *image, struct cairn_elf *ret_elf,
			   struct cairn_err *err)
{
	struct cairn_elf elf = { 0 };
	uint64_t notes_budget = CAIRN_ELF_NOTES_MAX;
	struct headers headers = { 0 };
	struct ehdr_wire eh;
	int ret = cairn_loader_read_(image, 0, &eh, sizeof(eh), "ELF file too short", err);

	if (ret == 0)
		ret = check_ident(&eh, err);
	if (ret == 0)
		ret = check_headers(&eh, image->size_bytes, &headers, err);
	for (uint32_t i = 0; ret == 0 && i < headers.n; i++) {
		struct phdr_wire ph;

		ret = cairn_loader_read_(image, headers.at + i * sizeof(ph), &ph, sizeof(ph), "",
					 err);
		if (ret == 0 && cairn_le32_get(ph.type) == PT_LOAD)
			ret = add_segment(&elf, &ph, image->size_bytes, err);
		else if (ret == 0 && cairn_le32_get(ph.type) == PT_NOTE)
			ret = read_notes(image, &ph, &elf, &notes_budget, err);
	}
	if (ret == 0)
		ret = check_whole(&elf, cairn_gpa_of(cairn_le64_get(eh.entry)), err);
	if (ret == 0)
		*ret_elf = elf;
	return ret;
}

int cairn_loader_elf_place(const struct cairn_elf *elf, const struct cairn_image *image,
			   struct cairn_range allowed, const struct cairn_load_sink *sink,
			   struct cairn_err *err)
{
	if (!cairn_gpa_inside(cairn_gpa_of(elf->span.at), elf->span.len, cairn_gpa_of(allowed.at),
			      allowed.len))
		return cairn_err_set(err, EFAULT, "kernel does not fit into guest memory",
				     elf->span.at);
	for (uint32_t i = 0; i < elf->n_segments; i++) {
		const struct cairn_elf_segment *s = &elf->segments[i];
		int ret = cairn_loader_copy(sink, s->at, image, s->file_off, s->file_bytes, err);

		if (ret == 0)
			ret = cairn_loader_zero_(sink, s->at.v + s->file_bytes,
						 s->mem_bytes - s->file_bytes, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}
