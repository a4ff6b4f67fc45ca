/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What one boot entry asks for, brought together for the EFI side. */
#include <fw/native.h>

#include "../drivers/pages.h"
#include "entries.h"

#define INITRD_ALIGN 4u /* between archives, as the kernel unpacks them */

static struct cairn_fat_file initrds[CAIRN_BLS_LIST_MAX]; /* of the entry that is prepared */

/* Terminated, from the root, with "\" between the names. Returns 0 or -ENOTSUP. */
static int path_of(struct cairn_bls_text text, char *dst, struct cairn_err *err)
{
	uint32_t at = 0;

	if (text.n > FW_BOOT_PATH_MAX - 2)
		return cairn_err_set(err, ENOTSUP, "a path that is too long", text.n);
	if (text.n == 0 || (text.s[0] != '/' && text.s[0] != '\\'))
		dst[at++] = '\\';
	for (uint32_t i = 0; i < text.n; i++)
		dst[at++] = text.s[i] == '/' ? '\\' : text.s[i];
	dst[at] = '\0';
	return 0;
}

static int open_initrd(struct fw_entries *e, struct cairn_bls_text name, struct cairn_fat_file *ret,
		       struct cairn_err *err)
{
	char path[FW_BOOT_PATH_MAX];
	int r = path_of(name, path, err);

	if (r < 0)
		return r;
	cairn_fat_root(&e->fat, ret);
	r = cairn_fat_open(ret, path, ret);
	if (r == 0 && ret->info.attr & CAIRN_FAT_DIRECTORY)
		r = -EISDIR;
	if (r < 0)
		return cairn_err_set(err, (uint32_t)-r, "cannot open the initrd", 0);
	return 0;
}

static uint64_t padded(uint32_t bytes)
{
	return (bytes + (uint64_t)INITRD_ALIGN - 1) & ~(uint64_t)(INITRD_ALIGN - 1);
}

static int open_all(struct fw_entries *e, const struct cairn_bls_list *list, uint64_t *ret_bytes,
		    struct cairn_err *err)
{
	*ret_bytes = 0;
	for (uint32_t i = 0; i < list->n; i++) {
		int r = open_initrd(e, list->v[i], &initrds[i], err);

		if (r < 0)
			return r;
		*ret_bytes += padded(initrds[i].info.size_bytes);
	}
	return 0;
}

static int read_all(uint32_t n, uint8_t *dst, struct cairn_err *err)
{
	for (uint32_t i = 0; i < n; i++) {
		struct cairn_image image = cairn_fat_image(&initrds[i]);
		int r = image.read_at(image.ctx, 0, dst, image.size_bytes);

		if (r < 0)
			return cairn_err_set(err, (uint32_t)-r, "cannot read the initrd", i);
		dst += padded(initrds[i].info.size_bytes);
	}
	return 0;
}

static int load_initrds(struct fw_entries *e, const struct cairn_bls_list *list,
			struct fw_efi_candidate *c, struct cairn_err *err)
{
	uint64_t bytes;
	void *pages;
	int r = open_all(e, list, &bytes, err);

	if (r < 0 || bytes == 0)
		return r;
	if (fw_pages_take_(bytes, &pages) < 0)
		return cairn_err_set(err, ENOMEM, "no memory for the initrd", bytes);
	r = read_all(list->n, pages, err);
	if (r < 0) {
		fw_pages_give_(pages, bytes);
		return r;
	}
	c->initrd = pages;
	c->initrd_bytes = bytes;
	return 0;
}

static struct cairn_bls_text program_of(const struct cairn_bls_entry *b)
{
	if (b->linux_path.n)
		return b->linux_path;
	return b->efi_path.n ? b->efi_path : b->uki_path;
}

int fw_entry_prepare(struct fw_entries *e, uint32_t i, struct fw_entry_start *ret,
		     struct cairn_err *err)
{
	const struct cairn_bls_entry *b = &e->v[i]->bls;
	int r;

	if (!cairn_bls_is_for(b, FW_NATIVE_BLS))
		return cairn_err_set(err, ENOTSUP, "for another machine", 0);
	if (b->devicetree.n || b->overlays.n)
		return cairn_err_set(err, ENOTSUP, "it brings a device tree", 0);
	r = path_of(program_of(b), ret->path, err);
	if (r < 0)
		return r;
	if (cairn_bls_options(b, ret->options, sizeof(ret->options)) < 0)
		return cairn_err_set(err, ENOTSUP, "options that are too long", 0);
	ret->candidate = (struct fw_efi_candidate){ .disk = e->volume->disk,
						    .first_block = e->volume->first_block,
						    .path = ret->path,
						    .options = ret->options };
	return load_initrds(e, &b->initrds, &ret->candidate, err);
}

void fw_entry_release(struct fw_entry_start *s)
{
	fw_pages_give_((void *)(uintptr_t)s->candidate.initrd, s->candidate.initrd_bytes);
	s->candidate.initrd = NULL;
	s->candidate.initrd_bytes = 0;
}
