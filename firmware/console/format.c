/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fw/console.h>

struct out {
	char *dst;
	size_t cap, n;
};

struct spec {
	bool zero, left, is_long;
	size_t width, precision;
};

static void add(struct out *o, char c, size_t times)
{
	for (; times && o->n + 1 < o->cap; times--)
		o->dst[o->n++] = c;
}

static void add_padded(struct out *o, const struct spec *s, const char *text, size_t len)
{
	size_t pad = s->width > len ? s->width - len : 0;

	if (!s->left)
		add(o, s->zero ? '0' : ' ', pad);
	for (size_t i = 0; i < len; i++)
		add(o, text[i], 1);
	if (s->left)
		add(o, ' ', pad);
}

static void add_number(struct out *o, const struct spec *s, uint64_t v, unsigned base, bool minus)
{
	char text[24];
	size_t at = sizeof(text);
	struct spec rest = *s;

	do {
		text[--at] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (minus && s->zero) {
		add(o, '-', 1);
		rest.width -= rest.width > 0;
	} else if (minus) {
		text[--at] = '-';
	}
	add_padded(o, &rest, text + at, sizeof(text) - at);
}

static void add_string(struct out *o, struct spec *s, const char *text)
{
	size_t len = 0;

	if (!text)
		text = "(none)";
	while (len < s->precision && text[len])
		len++;
	s->zero = false;
	add_padded(o, s, text, len);
}

static size_t digits(const char **at)
{
	size_t v = 0;

	for (; **at >= '0' && **at <= '9'; ++*at)
		v = v < 1000 ? v * 10 + (size_t)(**at - '0') : v;
	return v;
}

/* What stands between '%' and the letter. args: for '*'. */
static const char *parse_spec(const char *at, struct spec *s, int star)
{
	*s = (struct spec){ .precision = SIZE_MAX };
	for (; *at == '0' || *at == '-'; at++) {
		s->zero |= *at == '0';
		s->left |= *at == '-';
	}
	s->width = digits(&at);
	if (*at == '.' && at[1] == '*') {
		s->precision = star < 0 ? SIZE_MAX : (size_t)star;
		at += 2;
	} else if (*at == '.') {
		at++;
		s->precision = digits(&at);
	}
	for (; *at == 'l' || *at == 'z'; at++)
		s->is_long = true;
	s->zero &= !s->left;
	return at;
}

/* Whether the next conversion takes its precision from an argument. */
static bool has_star(const char *at)
{
	while (*at == '0' || *at == '-' || (*at >= '1' && *at <= '9'))
		at++;
	return at[0] == '.' && at[1] == '*';
}

size_t fw_vformat(char *dst, size_t cap, const char *format, va_list args)
{
	struct out o = { .dst = dst, .cap = cap };
	const char *at = format;
	struct spec s;

	for (; *at; at++) {
		if (*at != '%') {
			add(&o, *at, 1);
			continue;
		}
		at = parse_spec(at + 1, &s, has_star(at + 1) ? va_arg(args, int) : -1);
		if (*at == 's') {
			add_string(&o, &s, va_arg(args, const char *));
		} else if (*at == 'd') {
			int64_t v = s.is_long ? va_arg(args, long) : va_arg(args, int);

			add_number(&o, &s, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, v < 0);
		} else if (*at == 'u' || *at == 'x') {
			uint64_t v =
			    s.is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned);

			add_number(&o, &s, v, *at == 'u' ? 10 : 16, false);
		} else if (*at == 'p') {
			add_number(&o, &s, (uintptr_t)va_arg(args, void *), 16, false);
		} else if (*at == 'c') {
			add(&o, (char)va_arg(args, int), 1);
		} else {
			add(&o, '%', 1);
			if (*at != '%')
				break;
		}
	}
	dst[o.n] = '\0';
	return o.n;
}

size_t fw_format(char *dst, size_t cap, const char *format, ...)
{
	va_list args;
	size_t n;

	va_start(args, format);
	n = fw_vformat(dst, cap, format, args);
	va_end(args);
	return n;
}
