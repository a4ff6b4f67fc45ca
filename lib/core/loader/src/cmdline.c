/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * One buffer: kernel parameters, then " -- " and init's arguments once there are any, then NUL.
 * Kernel parameters that come later are inserted before the separator.
 */
#include <cairn/loader_cmdline.h>

#define SEPARATOR     " -- "
#define SEPARATOR_LEN (sizeof(SEPARATOR) - 1)

struct text {
	const char *s;
	size_t len;
};

static struct text trim(const char *s, size_t len)
{
	while (len && s[0] == ' ') {
		s++;
		len--;
	}
	while (len && s[len - 1] == ' ')
		len--;
	return (struct text){ s, len };
}

static int check_text(const char *s, size_t len, struct cairn_err *err)
{
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (s[i] < 0x20 || s[i] > 0x7e)
			return cairn_err_set(
			    err, EINVAL, "command line holds a byte that is not printable ASCII",
			    i);
		quoted ^= s[i] == '"';
	}
	if (quoted)
		return cairn_err_set(err, EINVAL, "command line with an open quote", len);
	return 0;
}

/* Offset of a lone `--` outside quotes; len if there is none. */
static size_t find_separator(const char *s, size_t len)
{
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		bool starts = i == 0 || s[i - 1] == ' ';
		bool is_dashes = len - i >= 2 && s[i] == '-' && s[i + 1] == '-';

		if (!quoted && starts && is_dashes && (len - i == 2 || s[i + 2] == ' '))
			return i;
		quoted ^= s[i] == '"';
	}
	return len;
}

/* Bytes that len more cost, with what separates them from the `used` before; lead: of the first. */
static size_t cost(size_t len, size_t used, size_t lead)
{
	return len ? len + (used ? 1 : lead) : 0;
}

/* Room for len bytes of kernel parameters, which the caller writes there. */
static char *open_kernel(struct cairn_cmdline *cl, size_t len)
{
	size_t n = cost(len, cl->kernel_len, 0);
	char *at = cl->buf + cl->kernel_len;

	memmove(at + n, at, cl->len - cl->kernel_len + 1);
	if (n > len)
		*at++ = ' ';
	cl->kernel_len += n;
	cl->len += n;
	return at;
}

static void append_init(struct cairn_cmdline *cl, struct text t)
{
	bool is_first = cl->len == cl->kernel_len;
	size_t lead = is_first ? SEPARATOR_LEN : 1;

	if (t.len == 0)
		return;
	memcpy(cl->buf + cl->len, is_first ? SEPARATOR : " ", lead);
	memcpy(cl->buf + cl->len + lead, t.s, t.len);
	cl->len += lead + t.len;
	cl->buf[cl->len] = '\0';
}

static int check_room(const struct cairn_cmdline *cl, size_t kernel, size_t init,
		      struct cairn_err *err)
{
	size_t n;

	if (__builtin_add_overflow(cost(kernel, cl->kernel_len, 0),
				   cost(init, cl->len - cl->kernel_len, SEPARATOR_LEN), &n) ||
	    n > cl->cap - 1 - cl->len)
		return cairn_err_set(err, ENOSPC, "command line too long; the limit in bytes is",
				     cl->cap - 1);
	return 0;
}

int cairn_loader_cmdline_init(struct cairn_cmdline *cl, char *buf, size_t cap)
{
	if (cap == 0)
		return -EINVAL;
	*cl = (struct cairn_cmdline){ .buf = buf, .cap = cap };
	buf[0] = '\0';
	return 0;
}

int cairn_loader_cmdline_add(struct cairn_cmdline *cl, const char *text, size_t len,
			     struct cairn_err *err)
{
	int ret = check_text(text, len, err);
	struct text kernel, init;
	size_t split, rest;

	if (ret < 0)
		return ret;
	split = find_separator(text, len);
	rest = split == len ? len : split + 2;
	kernel = trim(text, split);
	init = trim(text + rest, len - rest);
	ret = check_room(cl, kernel.len, init.len, err);
	if (ret < 0)
		return ret;
	if (kernel.len)
		memcpy(open_kernel(cl, kernel.len), kernel.s, kernel.len);
	append_init(cl, init);
	return 0;
}

int cairn_loader_cmdline_add_init(struct cairn_cmdline *cl, const char *text, size_t len,
				  struct cairn_err *err)
{
	struct text init = trim(text, len);
	int ret = check_text(text, len, err);

	if (ret == 0)
		ret = check_room(cl, 0, init.len, err);
	if (ret == 0)
		append_init(cl, init);
	return ret;
}

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static bool has_byte(struct text t, char c)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.s[i] == c)
			return true;
	return false;
}

int cairn_loader_cmdline_add_pair(struct cairn_cmdline *cl, const char *key, const char *value,
				  struct cairn_err *err)
{
	struct text k = { key, length(key) }, v = { value, length(value) };
	bool quoted = has_byte(v, ' ');
	size_t len = k.len + 1 + v.len + (quoted ? 2 : 0);
	int ret;
	char *at;

	if (k.len == 0 || has_byte(k, ' ') || has_byte(k, '"') || has_byte(k, '='))
		return cairn_err_set(err, EINVAL, "command line parameter with a bad name", 0);
	if (has_byte(v, '"'))
		return cairn_err_set(err, EINVAL, "command line value with a quote", 0);
	ret = check_text(k.s, k.len, err);
	if (ret == 0)
		ret = check_text(v.s, v.len, err);
	if (ret == 0)
		ret = check_room(cl, len, 0, err);
	if (ret < 0)
		return ret;
	at = open_kernel(cl, len);
	memcpy(at, k.s, k.len);
	at += k.len;
	*at++ = '=';
	if (quoted)
		*at++ = '"';
	memcpy(at, v.s, v.len);
	if (quoted)
		at[v.len] = '"';
	return 0;
}
