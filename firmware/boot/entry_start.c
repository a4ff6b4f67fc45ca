/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What one boot entry asks for, brought together for the EFI side. */
#include <cairn/le.h>
#include <fw/native.h>
#include <fw/secure.h>

#include "../drivers/pages.h"
#include "entries.h"

#define INITRD_ALIGN  4u /* between archives, as the kernel unpacks them */
#define DTB_BYTES_MAX (2u << 20)

/* Terminated, from the root, with "\" between the names. Returns 0 or -ENOTSUP. */
static int path_of(struct cairn_bls_text text, char *dst, struct cairn_err *err)
{
	uint32_t at = 0;

	if (text.n > FW_FS_PATH_MAX - 2)
		return cairn_err_set(err, ENOTSUP, "a path that is too long", text.n);
	if (text.n == 0 || (text.s[0] != '/' && text.s[0] != '\\'))
		dst[at++] = '\\';
	for (uint32_t i = 0; i < text.n; i++)
		dst[at++] = text.s[i] == '/' ? '\\' : text.s[i];
	dst[at] = '\0';
	return 0;
}

static int open_file(const struct fw_entry *e, struct cairn_bls_text name, const char *why,
		     struct fw_fs_file *ret, struct cairn_err *err)
{
	char path[FW_FS_PATH_MAX];
	int r = path_of(name, path, err);

	if (r < 0)
		return r;
	r = fw_fs_open(&e->volume, path, ret);
	if (r == 0 && ret->is_dir)
		r = -EISDIR;
	return r < 0 ? cairn_err_set(err, (uint32_t)-r, why, 0) : 0;
}

static uint64_t padded(uint64_t bytes)
{
	return (bytes + INITRD_ALIGN - 1) & ~(uint64_t)(INITRD_ALIGN - 1);
}

/* Into dst, if there is one; all bytes that they need, each padded. */
static int each_initrd(const struct fw_entry *e, uint8_t *dst, uint64_t room, uint64_t *ret_bytes,
		       struct cairn_err *err)
{
	static struct fw_fs_file f; /* large */
	const struct cairn_bls_list *list = &e->bls.initrds;

	*ret_bytes = 0;
	for (uint32_t i = 0; i < list->n; i++) {
		int r = open_file(e, list->v[i], "cannot open the initrd", &f, err);
		struct cairn_image image;

		if (r < 0)
			return r;
		if (f.bytes > UINT32_MAX)
			return cairn_err_set(err, EFBIG, "an initrd that is too large", i);
		image = fw_fs_image(&f);
		if (dst && padded(f.bytes) > room - *ret_bytes)
			r = -EIO; /* it was shorter before */
		else if (dst)
			r = image.read_at(image.ctx, 0, dst + *ret_bytes, f.bytes);
		if (r < 0)
			return cairn_err_set(err, (uint32_t)-r, "cannot read the initrd", i);
		*ret_bytes += padded(f.bytes);
	}
	return 0;
}

static int load_initrds(const struct fw_entry *e, struct fw_efi_candidate *c, struct cairn_err *err)
{
	uint64_t bytes, again;
	void *pages;
	int r = each_initrd(e, NULL, 0, &bytes, err);

	if (r < 0 || bytes == 0)
		return r;
	if (fw_pages_take_(bytes, &pages) < 0)
		return cairn_err_set(err, ENOMEM, "no memory for the initrd", bytes);
	r = each_initrd(e, pages, bytes, &again, err);
	if (r < 0) {
		fw_pages_give_(pages, bytes);
		return r;
	}
	c->initrd = pages;
	c->initrd_bytes = bytes;
	return 0;
}

/* Devicetree Specification 0.4, 5.2: a magic number, and the length of all of it. */
static bool is_dtb(const void *bytes, uint64_t len)
{
	struct {
		cairn_be32 magic, total, rest[8];
	} h;

	if (len < sizeof(h))
		return false;
	memcpy(&h, bytes, sizeof(h));
	return cairn_be32_get(h.magic) == 0xd00dfeed && cairn_be32_get(h.total) >= sizeof(h) &&
	       cairn_be32_get(h.total) <= len;
}

static int load_dtb(const struct fw_entry *e, struct fw_efi_candidate *c, struct cairn_err *err)
{
	static struct fw_fs_file f; /* large */
	struct cairn_image image;
	void *pages;
	int r;

	if (!e->bls.devicetree.n)
		return 0;
	if (fw_secure_is_on()) /* it says what a kernel is to do with which memory */
		return cairn_err_set(
		    err, EACCES, "it brings a device tree, which nobody signed: Secure Boot is on",
		    0);
	r = open_file(e, e->bls.devicetree, "cannot open the device tree", &f, err);
	if (r < 0)
		return r;
	if (f.bytes > DTB_BYTES_MAX)
		return cairn_err_set(err, ENOTSUP, "a device tree that is too large", f.bytes);
	if (f.bytes == 0 || fw_pages_take_(f.bytes, &pages) < 0)
		return cairn_err_set(err, f.bytes ? ENOMEM : EPROTO, "no device tree in its file",
				     0);
	image = fw_fs_image(&f);
	r = image.read_at(image.ctx, 0, pages, f.bytes);
	if (r < 0)
		(void)cairn_err_set(err, (uint32_t)-r, "cannot read the device tree", 0);
	else if (!is_dtb(pages, f.bytes))
		r = cairn_err_set(err, EPROTO, "no device tree in its file", 0);
	if (r < 0) {
		fw_pages_give_(pages, f.bytes);
		return r;
	}
	c->dtb = pages;
	c->dtb_bytes = f.bytes;
	return 0;
}

static int program_of(const struct fw_entry *e, char *path, struct cairn_err *err)
{
	const struct cairn_bls_entry *b = &e->bls;

	if (e->is_uki)
		return fw_fs_join(fw_entry_folder(e), e->file, path);
	return path_of(b->linux_path.n ? b->linux_path
		       : b->efi_path.n ? b->efi_path
				       : b->uki_path,
		       path, err);
}

int fw_entry_options(const struct fw_entry *e, char dst[FW_OPTIONS_MAX], struct cairn_err *err)
{
	if (cairn_bls_options(&e->bls, dst, FW_OPTIONS_MAX) < 0)
		return cairn_err_set(err, ENOTSUP, "options that are too long", 0);
	return 0;
}

/* A unified kernel has its own inside, which no options at all leave as they are. */
static int set_options(const struct fw_entry *e, const char *options, struct fw_entry_start *s,
		       struct cairn_err *err)
{
	s->candidate.options = s->options;
	if (options)
		return fw_format(s->options, sizeof(s->options), "%s", options) <
			       sizeof(s->options) - 1
			   ? 0
			   : cairn_err_set(err, ENOTSUP, "options that are too long", 0);
	if (e->is_uki)
		s->candidate.options = NULL;
	return e->is_uki ? 0 : fw_entry_options(e, s->options, err);
}

int fw_entry_prepare(const struct fw_entry *e, const char *options, struct fw_entry_start *ret,
		     struct cairn_err *err)
{
	int r;

	if (!cairn_bls_is_for(&e->bls, FW_NATIVE_BLS))
		return cairn_err_set(err, ENOTSUP, "for another machine", 0);
	if (e->bls.overlays.n)
		return cairn_err_set(err, ENOTSUP, "it brings overlays of a device tree", 0);
	ret->candidate = (struct fw_efi_candidate){ .disk = e->volume.disk,
						    .first_block = e->volume.first_block,
						    .path = ret->path };
	r = program_of(e, ret->path, err);
	if (r == 0)
		r = set_options(e, options, ret, err);
	if (r == 0)
		r = load_dtb(e, &ret->candidate, err);
	if (r == 0)
		r = load_initrds(e, &ret->candidate, err);
	if (r < 0)
		fw_entry_release(ret);
	return r;
}

void fw_entry_release(struct fw_entry_start *s)
{
	fw_pages_give_((void *)(uintptr_t)s->candidate.initrd, s->candidate.initrd_bytes);
	fw_pages_give_((void *)(uintptr_t)s->candidate.dtb, s->candidate.dtb_bytes);
	s->candidate.initrd = s->candidate.dtb = NULL;
	s->candidate.initrd_bytes = s->candidate.dtb_bytes = 0;
}

int fw_entry_count(struct fw_entry *e)
{
	char next[FW_FS_NAME_MAX];
	size_t n = 0;
	int r;

	while (e->file[n])
		n++;
	if (cairn_bls_name_next(e->file, n, next, sizeof(next)) < 0)
		return 0; /* nothing is counted, or it was tried often enough */
	r = fw_fs_rename(&e->volume, fw_entry_folder(e), e->file, next);
	if (r < 0)
		return r;
	memcpy(e->file, next, sizeof(e->file));
	n = 0;
	while (e->file[n])
		n++;
	return cairn_bls_name_parse(e->file, n, &e->bls.name);
}
