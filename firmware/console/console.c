/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fw/console.h>

enum { PRINT_MAX = 256 };

static struct fw_console_dev *devices;

void fw_console_add(struct fw_console_dev *dev)
{
	struct fw_console_dev **last = &devices;

	while (*last)
		last = &(*last)->next;
	dev->next = NULL;
	*last = dev;
}

static void put_all(const char *bytes, size_t n)
{
	for (struct fw_console_dev *dev = devices; dev && n; dev = dev->next)
		dev->put(dev, bytes, n);
}

void fw_put(const char *bytes, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != '\n')
			continue;
		put_all(bytes + from, i - from);
		put_all("\r\n", 2);
		from = i + 1;
	}
	put_all(bytes + from, n - from);
}

int fw_get(void)
{
	for (struct fw_console_dev *dev = devices; dev; dev = dev->next) {
		int c = dev->get(dev);

		if (c >= 0)
			return c;
	}
	return -1;
}

void fw_print(const char *format, ...)
{
	static const char cut[] = "…\n";
	char text[PRINT_MAX];
	va_list args;
	size_t n;

	va_start(args, format);
	n = fw_vformat(text, sizeof(text), format, args);
	va_end(args);
	if (n == sizeof(text) - 1) {
		n -= sizeof(cut) - 1;
		while (n && (text[n] & 0xc0) == 0x80) /* not within a character */
			n--;
		memcpy(text + n, cut, sizeof(cut) - 1);
		n += sizeof(cut) - 1;
	}
	fw_put(text, n);
}
