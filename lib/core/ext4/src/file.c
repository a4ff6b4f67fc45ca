/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Bytes of files. */
#include "internal.h"

#include <cairn/math.h>

static bool is_inline(const struct cairn_ext4_file *f)
{
	/* a short link has its target where a file has its map */
	return f->flags & CAIRN_EXT4_FL_INLINE_ ||
	       (f->type == CAIRN_EXT4_LINK && f->size_bytes < CAIRN_EXT4_INLINE_ &&
		!(f->flags & CAIRN_EXT4_FL_EXTENTS_));
}

static int read_inline(const struct cairn_ext4_file *f, uint64_t off, uint8_t *dst, size_t len)
{
	size_t n = 0;

	if (off < CAIRN_EXT4_INLINE_) {
		n = (size_t)cairn_min_u64(len, CAIRN_EXT4_INLINE_ - off);
		memcpy(dst, f->block + off, n);
	}
	if (n == len)
		return 0;
	if (!cairn_in_range(off + n - CAIRN_EXT4_INLINE_, len - n, f->inline_bytes))
		return -EPROTO;
	return cairn_ext4_read_(f->fs, f->inline_at + (off + n - CAIRN_EXT4_INLINE_), dst + n,
				len - n);
}

/* As many bytes as lie together, of at most len > 0. */
static int read_piece(struct cairn_ext4_file *f, uint64_t off, uint8_t *dst, size_t len,
		      size_t *ret_len)
{
	uint32_t block_bytes = f->fs->block_bytes;
	uint64_t within = off % block_bytes, at = 0, n = 0;
	int ret = cairn_ext4_map_(f, off / block_bytes, &at, &n);

	if (ret < 0)
		return ret;
	n = cairn_min_u64(n, len / block_bytes + 2); /* more is not wanted, and might not fit */
	*ret_len = (size_t)cairn_min_u64(len, n * block_bytes - within);
	if (at)
		return cairn_ext4_read_(f->fs, at * block_bytes + within, dst, *ret_len);
	memset(dst, 0, *ret_len);
	return 0;
}

int cairn_ext4_bytes_(struct cairn_ext4_file *f, uint64_t off, void *dst, size_t len)
{
	if (is_inline(f))
		return read_inline(f, off, dst, len);
	for (size_t done = 0, n = 0; done < len; done += n) {
		int ret = read_piece(f, off + done, (uint8_t *)dst + done, len - done, &n);

		if (ret < 0)
			return ret;
	}
	return 0;
}

int cairn_ext4_read(struct cairn_ext4_file *f, uint64_t off, void *dst, size_t len, size_t *ret_len)
{
	int ret;

	if (f->type == CAIRN_EXT4_DIRECTORY)
		return -EISDIR;
	if (f->type == CAIRN_EXT4_OTHER || off >= f->size_bytes)
		len = 0;
	len = (size_t)cairn_min_u64(len, f->size_bytes - off);
	ret = len ? cairn_ext4_bytes_(f, off, dst, len) : 0;
	if (ret == 0)
		*ret_len = len;
	return ret;
}

static int image_read_at(void *ctx, uint64_t off, void *dst, size_t len)
{
	size_t n = 0;
	int ret = cairn_ext4_read(ctx, off, dst, len, &n);

	if (ret < 0)
		return ret;
	return n == len ? 0 : -EIO;
}

struct cairn_image cairn_ext4_image(struct cairn_ext4_file *f)
{
	return (
	    struct cairn_image){ .read_at = image_read_at, .size_bytes = f->size_bytes, .ctx = f };
}
