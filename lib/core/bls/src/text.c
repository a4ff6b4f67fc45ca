/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "text.h"

bool cairn_bls_has_end_(struct cairn_bls_text t, const char *end)
{
	uint32_t n = 0;

	while (end[n])
		n++;
	if (n > t.n)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (cairn_bls_lower_(t.s[t.n - n + i]) != cairn_bls_lower_(end[i]))
			return false;
	return true;
}

bool cairn_bls_is_word_(struct cairn_bls_text t, const char *word)
{
	uint32_t n = 0;

	while (word[n])
		n++;
	return n == t.n && cairn_bls_has_end_(t, word);
}

bool cairn_bls_number_(struct cairn_bls_text t, uint32_t *ret_v)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < t.n; i++) {
		if (!cairn_bls_is_digit_(t.s[i]))
			return false;
		v = v * 10 + (uint64_t)(t.s[i] - '0');
		if (v > UINT32_MAX)
			return false;
	}
	*ret_v = (uint32_t)v;
	return t.n > 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct cairn_bls_text cairn_bls_trim_(struct cairn_bls_text t)
{
	for (; t.n && is_blank(t.s[0]); t.n--)
		t.s++;
	while (t.n && is_blank(t.s[t.n - 1]))
		t.n--;
	return t;
}

int cairn_bls_check_(const char *text, size_t len, struct cairn_err *err)
{
	if (len > CAIRN_BLS_FILE_BYTES_MAX)
		return cairn_err_set(err, ENOTSUP, "boot loader file too large", len);
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			return cairn_err_set(err, EPROTO, "boot loader file is not a text", i);
	return 0;
}

bool cairn_bls_line_(struct cairn_bls_text *rest, struct cairn_bls_text *ret_line)
{
	uint32_t n = 0;

	if (rest->n == 0)
		return false;
	while (n < rest->n && rest->s[n] != '\n')
		n++;
	*ret_line = (struct cairn_bls_text){ rest->s, n };
	rest->s += n < rest->n ? n + 1 : n;
	rest->n -= n < rest->n ? n + 1 : n;
	return true;
}

bool cairn_bls_pair_(struct cairn_bls_text *rest, struct cairn_bls_text *ret_key,
		     struct cairn_bls_text *ret_value)
{
	struct cairn_bls_text line;

	while (cairn_bls_line_(rest, &line)) {
		uint32_t n = 0;

		line = cairn_bls_trim_(line);
		if (line.n == 0 || line.s[0] == '#')
			continue;
		while (n < line.n && !is_blank(line.s[n]))
			n++;
		*ret_key = (struct cairn_bls_text){ line.s, n };
		*ret_value = cairn_bls_trim_((struct cairn_bls_text){ line.s + n, line.n - n });
		if (ret_value->n)
			return true;
	}
	return false;
}

int cairn_bls_read(const struct cairn_image *file, char *buf, size_t cap, uint32_t *ret_len,
		   struct cairn_err *err)
{
	int ret;

	if (file->size_bytes > CAIRN_BLS_FILE_BYTES_MAX)
		return cairn_err_set(err, ENOTSUP, "boot loader file too large", file->size_bytes);
	if (file->size_bytes > cap)
		return cairn_err_set(err, ENOSPC, "no room for a boot loader file",
				     file->size_bytes);
	ret = file->read_at(file->ctx, 0, buf, (size_t)file->size_bytes);
	if (ret < 0)
		return cairn_err_set(err, -ret, "cannot read a boot loader file", 0);
	*ret_len = (uint32_t)file->size_bytes;
	return 0;
}
