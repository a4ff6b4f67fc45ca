/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "internal.h"

#include <cairn/math.h>

#define CD_BLOCK_BYTES 2048u

const struct cairn_guid cairn_partition_esp = {
	{ 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9,
	  0x3b },
};
const struct cairn_guid cairn_partition_xbootldr = {
	{ 0xff, 0xc2, 0x13, 0xbc, 0xe6, 0x59, 0x62, 0x42, 0xa3, 0x52, 0xb2, 0x75, 0xfd, 0x6f, 0x71,
	  0x72 },
};

void cairn_partition_guid_text(const struct cairn_guid *g, char ret_text[CAIRN_GUID_TEXT_BYTES])
{
	static const uint8_t order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const char digits[] = "0123456789abcdef";
	char *t = ret_text;

	for (size_t i = 0; i < sizeof(order); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*t++ = '-';
		*t++ = digits[g->b[order[i]] >> 4];
		*t++ = digits[g->b[order[i]] & 15];
	}
	*t = '\0';
}

int cairn_partition_read_(const struct cairn_partitions *p, uint64_t at, void *dst, size_t len,
			  struct cairn_err *err)
{
	int ret;

	if (!cairn_in_range(at, len, p->disk.size_bytes))
		return cairn_err_set(err, EPROTO, "partition table behind the end of the disk", at);
	ret = p->disk.read_at(p->disk.ctx, at, dst, len);
	return ret < 0 ? cairn_err_set(err, -ret, "cannot read the disk", at) : 0;
}

static int find_table(struct cairn_partitions *p, struct cairn_err *err)
{
	bool is_protective = false;
	int ret = cairn_partition_mbr_open_(p, &is_protective, err);

	return ret == 0 && is_protective ? cairn_partition_gpt_open_(p, err) : ret;
}

/* Discs that may also be written to a USB disk have a table that counts in blocks of 512 bytes. */
static int find(struct cairn_partitions *p, struct cairn_err *err)
{
	bool is_disc = p->block_bytes == CD_BLOCK_BYTES;
	int ret = is_disc ? cairn_partition_eltorito_open_(p, err) : find_table(p, err);

	if (ret != -ENOENT)
		return ret;
	return is_disc ? find_table(p, err) : cairn_partition_eltorito_open_(p, err);
}

int cairn_partition_open(const struct cairn_image *disk, uint32_t block_bytes,
			 struct cairn_partitions *ret, struct cairn_err *err)
{
	struct cairn_partitions p = { .disk = *disk, .block_bytes = block_bytes };
	int r;

	if (!cairn_is_pow2(block_bytes) || block_bytes < 512 || block_bytes > 4096)
		return cairn_err_set(err, EINVAL, "blocks of no possible size", block_bytes);
	p.n_blocks = disk->size_bytes / block_bytes;
	r = find(&p, err);
	if (r < 0)
		return r;
	*ret = p;
	return 0;
}

int cairn_partition_next(struct cairn_partitions *p, struct cairn_partition *ret,
			 struct cairn_err *err)
{
	struct cairn_partition part = { 0 };
	int r = 0;

	if (p->scheme == CAIRN_PARTITION_GPT)
		r = cairn_partition_gpt_next_(p, &part, err);
	else if (p->scheme == CAIRN_PARTITION_MBR)
		r = cairn_partition_mbr_next_(p, &part, err);
	else if (p->scheme == CAIRN_PARTITION_ELTORITO)
		r = cairn_partition_eltorito_next_(p, &part, err);
	if (r > 0)
		*ret = part;
	return r;
}

void cairn_partition_rewind(struct cairn_partitions *p)
{
	p->next = 0;
	if (p->scheme == CAIRN_PARTITION_MBR)
		cairn_partition_mbr_rewind_(p);
}
