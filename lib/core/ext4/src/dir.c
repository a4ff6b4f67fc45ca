/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Directories, one entry behind the other: those with a tree of hashes are arranged so that this
 * works for them too. Entries do not cross blocks; of inline data, the first 60 bytes (4 of them
 * for the parent) and the rest are a block each.
 */
#include "internal.h"

#include <cairn/math.h>

enum { HEAD_BYTES = 8, INLINE_FIRST = 4 };

static bool is_inline(const struct cairn_ext4_file *f)
{
	return f->flags & CAIRN_EXT4_FL_INLINE_;
}

/* Where the block that has this offset ends. */
static uint64_t end_of_block(const struct cairn_ext4_file *f, uint64_t off)
{
	if (!is_inline(f))
		return off - off % f->fs->block_bytes + f->fs->block_bytes;
	return off < CAIRN_EXT4_INLINE_ ? CAIRN_EXT4_INLINE_ : f->size_bytes;
}

/* The entry at *off, which moves behind it; its inode is 0 where it is unused. */
static int next_raw(struct cairn_ext4_file *f, uint64_t *off, struct cairn_ext4_entry *ret)
{
	uint64_t room = cairn_min_u64(end_of_block(f, *off), f->size_bytes) - *off;
	uint32_t len, n;
	uint8_t h[HEAD_BYTES];
	int r;

	if (room < HEAD_BYTES)
		return -EPROTO;
	r = cairn_ext4_bytes_(f, *off, h, sizeof(h));
	if (r < 0)
		return r;
	len = cairn_ext4_le16_(h + 4);
	if (f->fs->block_bytes == 65536 && (len == 0 || len == 65535))
		len = 65536;
	n = f->fs->incompat & CAIRN_EXT4_INCOMPAT_FILETYPE_ ? h[6] : cairn_ext4_le16_(h + 6);
	if (len < HEAD_BYTES || len % 4 || len > room || n > len - HEAD_BYTES ||
	    n >= sizeof(ret->name))
		return -EPROTO;
	r = cairn_ext4_bytes_(f, *off + HEAD_BYTES, ret->name, n);
	if (r < 0)
		return r;
	ret->name[n] = '\0';
	ret->inode = cairn_ext4_le32_(h);
	for (uint32_t i = 0; i < n; i++)
		if (ret->name[i] == '/' || ret->name[i] == '\0')
			ret->inode = 0; /* no name that can be opened */
	if (n == 0)
		ret->inode = 0;
	*off += len;
	return 0;
}

static bool is_name(const char *name, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (name[i] == '\0' || name[i] != s[i])
			return false;
	return name[n] == '\0';
}

/* "." and ".." too. Returns 1, 0: no more, or negative. */
static int next_used(struct cairn_ext4_file *f, uint64_t *off, struct cairn_ext4_entry *ret)
{
	if (f->type != CAIRN_EXT4_DIRECTORY)
		return -ENOTDIR;
	if (f->size_bytes > CAIRN_EXT4_DIR_BYTES_MAX)
		return -EPROTO;
	if (is_inline(f) && *off == 0)
		*off = INLINE_FIRST;
	while (*off < f->size_bytes) {
		int r = next_raw(f, off, ret);

		if (r < 0)
			return r;
		if (ret->inode)
			return 1;
	}
	return 0;
}

int cairn_ext4_next(struct cairn_ext4_file *dir, struct cairn_ext4_cursor *at,
		    struct cairn_ext4_entry *ret)
{
	struct cairn_ext4_entry e;
	int r;

	do
		r = next_used(dir, &at->off, &e);
	while (r == 1 && (is_name(e.name, ".", 1) || is_name(e.name, "..", 2)));
	if (r == 1)
		*ret = e;
	return r;
}

/* Goes from a directory to what it calls s[0, n). */
static int enter(struct cairn_ext4_file *f, const char *s, size_t n)
{
	struct cairn_ext4_entry e;
	uint64_t off = 0;
	int r;

	if (is_name(".", s, n))
		return f->type == CAIRN_EXT4_DIRECTORY ? 0 : -ENOTDIR;
	if (is_inline(f) && f->type == CAIRN_EXT4_DIRECTORY && is_name("..", s, n))
		return cairn_ext4_open_inode(f->fs, cairn_ext4_le32_(f->block), f);
	while ((r = next_used(f, &off, &e)) == 1)
		if (is_name(e.name, s, n))
			return cairn_ext4_open_inode(f->fs, e.inode, f);
	return r < 0 ? r : -ENOENT;
}

/* path becomes what a link says, a slash, and the rest of the path, which lies in it. */
static int follow(struct cairn_ext4_file *link, char path[CAIRN_EXT4_PATH_BYTES], const char *rest)
{
	size_t n_rest = 0, n;

	while (rest[n_rest])
		n_rest++;
	if (link->size_bytes == 0 || link->size_bytes >= CAIRN_EXT4_PATH_BYTES - n_rest - 1)
		return link->size_bytes ? -ENAMETOOLONG : -EPROTO;
	n = (size_t)link->size_bytes;
	memmove(path + n + 1, rest, n_rest + 1);
	path[n] = '/';
	return cairn_ext4_bytes_(link, 0, path, n);
}

/* path is used up. */
static int walk(struct cairn_ext4_file *at, char path[CAIRN_EXT4_PATH_BYTES])
{
	const char *s = path;
	uint32_t links = 0;
	int ret = 0;

	if (*s == '/')
		ret = cairn_ext4_root(at->fs, at);
	while (ret == 0) {
		struct cairn_ext4_file dir = *at;
		size_t n = 0;

		while (*s == '/')
			s++;
		while (s[n] && s[n] != '/')
			n++;
		if (n == 0)
			break;
		ret = enter(at, s, n);
		s += n;
		if (ret < 0 || at->type != CAIRN_EXT4_LINK)
			continue;
		if (++links > CAIRN_EXT4_LINKS_MAX)
			return -ELOOP;
		ret = follow(at, path, s);
		s = path;
		*at = dir;
		if (ret == 0 && *s == '/')
			ret = cairn_ext4_root(at->fs, at);
	}
	return ret;
}

int cairn_ext4_open(const struct cairn_ext4_file *dir, const char *path,
		    struct cairn_ext4_file *ret)
{
	struct cairn_ext4_file at = *dir;
	char text[CAIRN_EXT4_PATH_BYTES];
	size_t n = 0;
	int r;

	while (path[n])
		if (++n >= sizeof(text))
			return -ENAMETOOLONG;
	memcpy(text, path, n + 1);
	r = walk(&at, text);
	if (r == 0)
		*ret = at;
	return r;
}
