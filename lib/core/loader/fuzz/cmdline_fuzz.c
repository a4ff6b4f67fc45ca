/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Any sequence of additions: the line stays terminated, printable and within its capacity. */
#include <stdlib.h>

#include <cairn/cursor.h>
#include <cairn/loader_cmdline.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const struct cairn_cmdline *cl)
{
	if (cl->len >= cl->cap || cl->kernel_len > cl->len || cl->buf[cl->len] != '\0')
		abort();
	if (cl->len > cl->kernel_len && memcmp(cl->buf + cl->kernel_len, " -- ", 4) != 0)
		abort();
	for (size_t i = 0; i < cl->len; i++)
		if (cl->buf[i] < ' ' || cl->buf[i] > '~')
			abort();
}

/* One operation: a byte that says which, a length, and that many bytes of text. */
static int add_one(struct cairn_cmdline *cl, struct cairn_reader *r)
{
	uint8_t op = cairn_reader_u8(r), len = cairn_reader_u8(r);
	char text[256] = { 0 }, value[256] = { 0 };

	if (len > cairn_reader_left(r))
		len = (uint8_t)cairn_reader_left(r);
	cairn_reader_bytes(r, text, len);
	if (op % 3 == 0)
		return cairn_loader_cmdline_add(cl, text, len, NULL);
	if (op % 3 == 1)
		return cairn_loader_cmdline_add_init(cl, text, len, NULL);
	memcpy(value, text + len / 2, len - len / 2);
	text[len / 2] = '\0';
	return cairn_loader_cmdline_add_pair(cl, text, value, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_reader r;
	struct cairn_cmdline cl;
	size_t cap;
	char *buf;

	cairn_reader_init(&r, data, size);
	cap = (size_t)cairn_reader_u8(&r) + 1;
	buf = malloc(cap);
	if (!buf || cairn_loader_cmdline_init(&cl, buf, cap) < 0)
		abort();
	while (cairn_reader_left(&r)) {
		size_t was = cl.len;
		int ret = add_one(&cl, &r);

		if (ret != 0 && ret != -EINVAL && ret != -ENOSPC)
			abort();
		if (ret < 0 && cl.len != was)
			abort();
		check_line(&cl);
	}
	free(buf);
	return 0;
}
