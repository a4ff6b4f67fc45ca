/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "archive.h"

enum { HEADER_BYTES = 110, FIELD_BYTES = 8, SIZE_FIELD = 6, NAME_FIELD = 11, MAGIC_BYTES = 6 };

static const char last_name[] = "TRAILER!!!";

static bool read_hex(const uint8_t *p, uint64_t *ret)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < FIELD_BYTES; i++) {
		uint8_t c = p[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint64_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | (uint64_t)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*ret = v;
	return true;
}

static bool read_field(const struct fw_archive *a, uint32_t i, uint64_t *ret)
{
	return read_hex(a->at + MAGIC_BYTES + i * FIELD_BYTES, ret);
}

static uint64_t padded(uint64_t n)
{
	return (n + 3) & ~UINT64_C(3);
}

int fw_archive_next(struct fw_archive *a, struct fw_member *ret)
{
	uint64_t name_bytes, bytes, data_at, end;
	const char *name;

	if (a->left < HEADER_BYTES || memcmp(a->at, "070701", MAGIC_BYTES) != 0 ||
	    !read_field(a, SIZE_FIELD, &bytes) || !read_field(a, NAME_FIELD, &name_bytes))
		return -EPROTO;
	data_at = padded(HEADER_BYTES + name_bytes);
	end = data_at + bytes; /* of numbers of 32 bits */
	if (name_bytes == 0 || end > a->left || a->at[HEADER_BYTES + name_bytes - 1] != '\0')
		return -EPROTO;
	name = (const char *)a->at + HEADER_BYTES;
	if (name_bytes == sizeof(last_name) && memcmp(name, last_name, name_bytes) == 0)
		return 0;
	if (name_bytes > 2 && name[0] == '.' && name[1] == '/')
		name += 2;
	*ret = (struct fw_member){ name, a->at + data_at, bytes };
	end = padded(end) < a->left ? padded(end) : a->left;
	a->at += end;
	a->left -= end;
	return 1;
}
