/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The setup header: copied once, cut where the file says it ends, then checked. */
#include "internal.h"

#include <cairn/loader_bzimage.h>
#include <cairn/math.h>

enum {
	SECTOR = 512,
	SETUP_SECTS_DEFAULT = 4,
	HEADER_END_AT = 0x201, /* offset byte of the jump: the header ends this far behind it */
	HEADER_END_BASE = 0x202,
	HEADER_END_MIN = 0x23c, /* protocol 2.06: cmdline_size */
	SIZE_BYTES = 4,         /* the unpacked size, last in the payload */
};

enum { PROTOCOL_MIN = 0x206, PROTOCOL_PAYLOAD = 0x208, PROTOCOL_INIT = 0x20a, PROTOCOL_64 = 0x20c };

static int read_header(const struct cairn_image *image, struct cairn_linux_setup_header *h,
		       struct cairn_err *err)
{
	int ret = cairn_loader_read_(image, CAIRN_LINUX_HEADER_AT, h, sizeof(*h),
				     "kernel file ends before its setup header does", err);
	uint32_t end;

	if (ret < 0)
		return ret;
	if (cairn_le16_get(h->boot_flag) != CAIRN_LINUX_BOOT_FLAG ||
	    cairn_le32_get(h->header) != CAIRN_LINUX_HEADER_MAGIC)
		return cairn_err_set(err, EPROTO, "not a bzImage", CAIRN_LINUX_HEADER_AT);
	if (cairn_le16_get(h->version) < PROTOCOL_MIN)
		return cairn_err_set(err, ENOTSUP, "kernel's boot protocol is older than 2.06",
				     cairn_le16_get(h->version));
	if (!(h->loadflags & CAIRN_LINUX_LOADED_HIGH))
		return cairn_err_set(err, ENOTSUP, "a zImage, not a bzImage", h->loadflags);
	end = HEADER_END_BASE + (cairn_le16_get(h->jump) >> 8);
	if (end < HEADER_END_MIN)
		return cairn_err_set(err, EPROTO, "setup header shorter than its protocol",
				     HEADER_END_AT);
	if (end < CAIRN_LINUX_HEADER_AT + sizeof(*h))
		memset((uint8_t *)h + (end - CAIRN_LINUX_HEADER_AT), 0,
		       CAIRN_LINUX_HEADER_AT + sizeof(*h) - end);
	return 0;
}

static int find_kernel(struct cairn_bzimage *bz, uint64_t size, struct cairn_err *err)
{
	uint64_t sectors = bz->header.setup_sects ? bz->header.setup_sects : SETUP_SECTS_DEFAULT;

	bz->kernel_off = (sectors + 1) * SECTOR;
	bz->kernel_bytes = (uint64_t)cairn_le32_get(bz->header.syssize) * 16;
	if (bz->kernel_bytes == 0)
		return cairn_err_set(err, EPROTO, "bzImage without a kernel", 0);
	if (!cairn_in_range(bz->kernel_off, bz->kernel_bytes, size))
		return cairn_err_set(err, EPROTO, "bzImage is cut short", size);
	return 0;
}

static int read_payload(const struct cairn_image *image, struct cairn_bzimage *bz,
			struct cairn_err *err)
{
	uint64_t off = cairn_le32_get(bz->header.payload_offset);
	uint64_t len = cairn_le32_get(bz->header.payload_length);
	uint8_t magic[CAIRN_PAYLOAD_MAGIC_BYTES];
	cairn_le32 unpacked;
	int ret;

	if (bz->protocol < PROTOCOL_PAYLOAD || len == 0)
		return 0;
	if (!cairn_in_range(off, len, bz->kernel_bytes))
		return cairn_err_set(err, EPROTO, "payload outside the bzImage's kernel", off);
	if (len < sizeof(magic) + SIZE_BYTES)
		return cairn_err_set(err, EPROTO, "payload too short", len);
	off += bz->kernel_off;
	ret = cairn_loader_read_(image, off, magic, sizeof(magic), "", err);
	if (ret == 0)
		ret = cairn_loader_read_(image, off + len - SIZE_BYTES, &unpacked, sizeof(unpacked),
					 "", err);
	if (ret < 0)
		return ret;
	bz->payload.kind = cairn_loader_payload_kind(magic, sizeof(magic));
	bz->payload.off = off;
	/* gzip ends with that size itself; behind all others the build appended it */
	bz->payload.bytes = bz->payload.kind == CAIRN_PAYLOAD_GZIP ? len : len - SIZE_BYTES;
	bz->payload.unpacked_bytes = cairn_le32_get(unpacked);
	return 0;
}

static int check_placement(struct cairn_bzimage *bz, struct cairn_err *err)
{
	const struct cairn_linux_setup_header *h = &bz->header;
	bool has_init = bz->protocol >= PROTOCOL_INIT;

	bz->has_entry64 = bz->protocol >= PROTOCOL_64 &&
			  (cairn_le16_get(h->xloadflags) & CAIRN_LINUX_XLF_KERNEL_64);
	bz->preferred = has_init ? cairn_le64_get(h->pref_address) : 0x100000;
	bz->init_bytes = has_init ? cairn_le32_get(h->init_size) : bz->kernel_bytes;
	bz->relocatable = h->relocatable_kernel != 0;
	bz->alignment = cairn_le32_get(h->kernel_alignment);
	bz->cmdline_max = cairn_le32_get(h->cmdline_size);
	bz->initrd_max = cairn_le32_get(h->initrd_addr_max);
	if (bz->init_bytes < bz->kernel_bytes)
		return cairn_err_set(err, EPROTO, "bzImage larger than the memory it asks for",
				     bz->init_bytes);
	if (bz->relocatable && !cairn_is_pow2(bz->alignment))
		return cairn_err_set(err, EPROTO, "bzImage's alignment is no power of two",
				     bz->alignment);
	if (bz->has_entry64 && bz->kernel_bytes <= CAIRN_BZIMAGE_ENTRY64)
		return cairn_err_set(err, EPROTO, "bzImage too short for its entry",
				     bz->kernel_bytes);
	return 0;
}

int cairn_loader_bzimage_parse(const struct cairn_image *image, struct cairn_bzimage *ret_bz,
			       struct cairn_err *err)
{
	struct cairn_bzimage bz = { 0 };
	int ret = read_header(image, &bz.header, err);

	if (ret < 0)
		return ret;
	bz.protocol = cairn_le16_get(bz.header.version);
	ret = find_kernel(&bz, image->size_bytes, err);
	if (ret == 0)
		ret = read_payload(image, &bz, err);
	if (ret == 0)
		ret = check_placement(&bz, err);
	if (ret == 0)
		*ret_bz = bz;
	return ret;
}

int cairn_loader_bzimage_place(const struct cairn_bzimage *bz, const struct cairn_image *image,
			       struct cairn_range allowed, const struct cairn_load_sink *sink,
			       struct cairn_range *ret_span, struct cairn_err *err)
{
	static const char no_room[] = "kernel does not fit into guest memory";
	struct cairn_range span = { .at = bz->preferred, .len = bz->init_bytes };
	cairn_gpa base = cairn_gpa_of(allowed.at);
	int ret;

	if (!bz->has_entry64)
		return cairn_err_set(err, ENOTSUP, "bzImage has no 64-bit entry", bz->protocol);
	if (!cairn_gpa_inside(cairn_gpa_of(span.at), span.len, base, allowed.len)) {
		if (!bz->relocatable || !cairn_align_up(allowed.at, bz->alignment, &span.at) ||
		    !cairn_gpa_inside(cairn_gpa_of(span.at), span.len, base, allowed.len))
			return cairn_err_set(err, EFAULT, no_room, span.len);
	}
	ret = cairn_loader_copy(sink, cairn_gpa_of(span.at), image, bz->kernel_off,
				bz->kernel_bytes, err);
	if (ret == 0)
		*ret_span = span;
	return ret;
}
