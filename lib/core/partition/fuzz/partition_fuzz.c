/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Whatever comes out of a disk lies inside it, and comes to an end. First byte: which valid disk
 * (or none: the rest is the disk), the size of blocks, and whether sums are made right again. Then
 * patches: a 24-bit offset and a byte each.
 */
#include <stdlib.h>

#include <cairn/cursor.h>

#include "../test/help.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct gpt_form form = { 512, 8, 128 };

static void make_disk(struct cairn_rig_disk *k, struct cairn_reader *r, uint8_t how)
{
	if ((how & 3) == 0) {
		if (cairn_rig_disk_init(k, cairn_reader_left(r)) < 0)
			abort();
		cairn_reader_bytes(r, k->bytes, k->len_bytes);
		return;
	}
	if ((how & 3) == 1)
		make_gpt(k, &form);
	else if ((how & 3) == 2)
		make_mbr(k);
	else
		make_eltorito(k);
	while (cairn_reader_left(r) >= 4) {
		uint32_t at = cairn_reader_le16(r) | (uint32_t)cairn_reader_u8(r) << 16;

		k->bytes[at % k->len_bytes] = cairn_reader_u8(r);
	}
	for (int b = 0; b < 2 && (how & 3) == 1 && how & 0x80; b++) {
		memset(k->bytes + gpt_header_at(&form, b) + 12, 0, 4);
		k->bytes[gpt_header_at(&form, b) + 12] = 92;
		sum_gpt(k, &form, b);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_partitions table;
	struct cairn_partition part;
	struct cairn_rig_disk disk;
	struct cairn_image image;
	struct cairn_reader r;
	struct cairn_err err = { 0 };
	uint32_t n = 0;
	uint8_t how;
	int ret;

	cairn_reader_init(&r, data, size);
	how = cairn_reader_u8(&r);
	make_disk(&disk, &r, how);
	image = disk_image(&disk);
	ret = cairn_partition_open(&image, 512u << (how >> 2 & 3), &table, &err);
	if (ret < 0 && (!err.what || (ret != -ENOENT && ret != -EPROTO && ret != -ENOTSUP)))
		abort();
	while (ret >= 0 && (ret = cairn_partition_next(&table, &part, &err)) != 0) {
		if (++n > CAIRN_PARTITION_GPT_MAX || (ret < 0 && ret != -EPROTO))
			abort();
		if (ret > 0 && (part.n == 0 || part.first >= table.n_blocks ||
				part.n > table.n_blocks - part.first))
			abort();
		ret = 0;
	}
	cairn_rig_disk_fini(&disk);
	return 0;
}
