/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The zboot header is copied once; the payload's own magic must agree with the name it is given. */
#include "internal.h"

#include <cairn/le.h>
#include <cairn/loader_packed.h>
#include <cairn/math.h>

struct zboot_wire { /* zboot-header.S */
	uint8_t mz[4], zimg[4];
	cairn_le32 payload_off, payload_bytes, reserved[2];
	char compression[32]; /* NUL-terminated */
	cairn_le32 magic, pe_offset;
};
CAIRN_STATIC_ASSERT(sizeof(struct zboot_wire) == 64, "zboot-header.S");

/* As the build calls them, and has called them. */
static const struct {
	char name[8];
	enum cairn_payload_kind kind;
} names[] = {
	{ "gzip", CAIRN_PAYLOAD_GZIP },      { "zstd", CAIRN_PAYLOAD_ZSTD },
	{ "zstd22", CAIRN_PAYLOAD_ZSTD },    { "xz", CAIRN_PAYLOAD_XZ },
	{ "xzkern", CAIRN_PAYLOAD_XZ },      { "lzma", CAIRN_PAYLOAD_LZMA },
	{ "lz4", CAIRN_PAYLOAD_LZ4_LEGACY }, { "lzo", CAIRN_PAYLOAD_LZO },
};

static enum cairn_payload_kind kind_of_name(const struct zboot_wire *w)
{
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(names); i++) {
		size_t n = 1; /* with the NUL */

		while (names[i].name[n - 1])
			n++;
		if (memcmp(w->compression, names[i].name, n) == 0)
			return names[i].kind;
	}
	return CAIRN_PAYLOAD_UNKNOWN;
}

/* The kind by what is at `off`, where fewer bytes than a magic may be left. */
static int kind_at(const struct cairn_image *image, uint64_t off, uint64_t len,
		   enum cairn_payload_kind *ret_kind, struct cairn_err *err)
{
	size_t n = (size_t)cairn_min_u64(len, CAIRN_PAYLOAD_MAGIC_BYTES);
	uint8_t magic[CAIRN_PAYLOAD_MAGIC_BYTES];
	int ret = cairn_loader_read_(image, off, magic, n, "", err);

	if (ret == 0)
		*ret_kind = cairn_loader_payload_kind(magic, n);
	return ret;
}

static int parse_zboot(const struct cairn_image *image, struct cairn_payload *p,
		       struct cairn_err *err)
{
	enum cairn_payload_kind by_name, by_magic = CAIRN_PAYLOAD_UNKNOWN;
	struct zboot_wire w;
	int ret = cairn_loader_read_(image, 0, &w, sizeof(w),
				     "kernel file ends before its header does", err);

	if (ret < 0)
		return ret;
	p->off = cairn_le32_get(w.payload_off);
	p->bytes = cairn_le32_get(w.payload_bytes);
	if (p->off < sizeof(w) || !cairn_in_range(p->off, p->bytes, image->size_bytes))
		return cairn_err_set(err, EPROTO, "payload outside the zboot file", p->off);
	by_name = kind_of_name(&w);
	if (by_name == CAIRN_PAYLOAD_UNKNOWN)
		return cairn_err_set(err, ENOTSUP, "zboot file compressed in an unknown way", 0);
	ret = kind_at(image, p->off, p->bytes, &by_magic, err);
	if (ret < 0)
		return ret;
	if (by_magic != by_name)
		return cairn_err_set(err, EPROTO, "payload of another kind than its header says",
				     p->off);
	p->kind = by_name;
	return 0;
}

int cairn_loader_packed_parse(const struct cairn_image *image, struct cairn_payload *ret_payload,
			      struct cairn_err *err)
{
	struct cairn_payload p = { .bytes = image->size_bytes };
	enum cairn_kernel_kind kind;
	int ret = cairn_loader_probe(image, &kind, err);

	if (ret < 0)
		return ret;
	if (kind == CAIRN_KERNEL_ZBOOT)
		ret = parse_zboot(image, &p, err);
	else if (kind == CAIRN_KERNEL_STREAM)
		ret = kind_at(image, 0, p.bytes, &p.kind, err);
	else
		return cairn_err_set(err, EPROTO, "not a compressed kernel", 0);
	if (ret == 0)
		*ret_payload = p;
	return ret;
}
