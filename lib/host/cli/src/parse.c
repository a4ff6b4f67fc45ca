/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* parse.c - words against the table. The same rules hold for options and for keys. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_.h"

enum { SHOWN = 64 }; /* of a value, so that the reason stays in sight */

/* A table while words are held against it. */
struct scan {
	const struct cairn_cli_option *options;
	size_t n;
	void *object;
	uint64_t given; /* a bit for each option */
};

bool cairn_cli_bad(struct cairn_cli *c, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(c->why, c->why_size, "%s%s%s%s%.*s%s%s%s", c->option ? c->option : "",
		 c->key ? " " : "", c->key ? c->key : "", c->value ? " '" : "", SHOWN,
		 c->value ? c->value : "",
		 c->value && strlen(c->value) > SHOWN ? "…'"
		 : c->value                           ? "'"
						      : "",
		 c->option ? ": " : "", text);
	for (char *p = c->why; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return false;
}

static bool is_name(const struct cairn_cli_option *o, const char *word, size_t len)
{
	const char *const names[] = { o->name, o->alias };

	if (o->kind == CAIRN_CLI_HEADING)
		return false;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(names); i++)
		if (names[i] && strlen(names[i]) == len && !memcmp(names[i], word, len))
			return true;
	return false;
}

static const struct cairn_cli_option *find(const struct scan *s, const char *word, size_t len)
{
	for (size_t i = 0; i < s->n; i++)
		if (is_name(&s->options[i], word, len))
			return &s->options[i];
	return NULL;
}

static const char *nearest(const struct scan *s, const char *word)
{
	const char *names[CAIRN_CLI_MAX];
	size_t n = 0;

	for (size_t i = 0; i < s->n && n < CAIRN_CLI_MAX; i++)
		if (s->options[i].kind != CAIRN_CLI_HEADING)
			names[n++] = s->options[i].name;
	return cairn_cli_near(word, names, n);
}

/* The key that must be there, when it is not: its value may have been meant. */
static const char *missing(const struct scan *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->options[i].is_required && !(s->given & UINT64_C(1) << i))
			return s->options[i].name;
	return NULL;
}

/* Whether it may be given here and now. */
static bool admit(struct cairn_cli *c, struct scan *s, const struct cairn_cli_option *o)
{
	uint64_t bit = UINT64_C(1) << (o - s->options);

	if (o->only && (!c->command || strcmp(o->only, c->command) != 0))
		return cairn_cli_bad(c, "only for %s", o->only);
	if ((s->given & bit) && !o->is_repeatable)
		return cairn_cli_bad(c, "given twice");
	s->given |= bit;
	return true;
}

static bool set_flag(struct cairn_cli *c, const struct cairn_cli_option *o, void *object,
		     const char *value)
{
	if (value)
		return cairn_cli_bad(c, "takes no value");
	*(bool *)((char *)object + o->at) = true;
	return true;
}

static bool check_required(struct cairn_cli *c, const struct scan *s, const char *between)
{
	char text[128] = "";
	struct cairn_writer w;

	for (size_t i = 0; i < s->n; i++) {
		const struct cairn_cli_option *o = &s->options[i];

		if (!o->is_required || (s->given & UINT64_C(1) << i))
			continue;
		if (o->only && (!c->command || strcmp(o->only, c->command) != 0))
			continue;
		cairn_writer_init(&w, text, sizeof(text) - 1);
		cairn_cli_form_(o, &w);
		return cairn_cli_bad(c, "%s%s%s is missing", o->name, between, text);
	}
	return true;
}

static bool unknown_key(struct cairn_cli *c, const struct scan *s, const char *key, bool has_value)
{
	const char *near = nearest(s, key), *wanted = missing(s);

	if (near)
		return cairn_cli_bad(c, "unknown key '%.*s'; did you mean '%s'?", SHOWN, key, near);
	if (!has_value && wanted)
		return cairn_cli_bad(c, "unknown key '%.*s'; did you mean '%s=%.*s'?", SHOWN, key,
				     wanted, SHOWN, key);
	return cairn_cli_bad(c, "unknown key '%.*s'", SHOWN, key);
}

/* One "key" or "key=value", in a buffer of ours. */
static bool parse_key(struct cairn_cli *c, struct scan *s, char *piece)
{
	char *value = strchr(piece, '=');
	const struct cairn_cli_option *o;

	if (!piece[0])
		return cairn_cli_bad(c, "empty part; a comma in a value is written twice");
	if (value)
		*value++ = '\0';
	o = find(s, piece, strlen(piece));
	if (!o)
		return unknown_key(c, s, piece, value != NULL);
	c->key = o->name;
	if (!admit(c, s, o))
		return false;
	if (o->kind == CAIRN_CLI_FLAG)
		return set_flag(c, o, s->object, value);
	if (!value)
		return cairn_cli_bad(c, "needs a value (%s=…)", o->name);
	return cairn_cli_set_(c, o, s->object, value);
}

/* Up to a single comma into dst, a doubled one undone. Returns what is behind it, or NULL. */
static const char *take_piece(const char *text, char *dst)
{
	for (; *text && (text[0] != ',' || text[1] == ','); text++) {
		if (*text == ',')
			text++;
		*dst++ = *text;
	}
	*dst = '\0';
	return *text ? text + 1 : NULL;
}

static bool parse_keys(struct cairn_cli *c, const struct cairn_cli_option *o, void *object,
		       const char *text)
{
	char *piece = malloc(strlen(text) + 1);
	struct scan s = { .options = o->keys, .n = o->n_keys };
	const char *whole = text;
	bool ok = piece || cairn_cli_bad(c, "out of memory");

	if (ok)
		s.object = o->begin(c, object);
	ok = ok && s.object;
	while (ok && text) {
		text = take_piece(text, piece);
		c->key = c->value = NULL;
		ok = parse_key(c, &s, piece);
	}
	free(piece);
	c->key = NULL;
	c->value = whole;
	return ok && check_required(c, &s, "=");
}

static bool unknown_option(struct cairn_cli *c, const struct scan *s, const char *word, size_t len)
{
	const char *what = word[0] == '-' ? "unknown option" : "unexpected word", *near;
	char name[SHOWN];

	snprintf(name, sizeof(name), "%.*s", (int)(len < SHOWN ? len : SHOWN - 1), word);
	near = nearest(s, name);
	if (near)
		return cairn_cli_bad(c, "%s '%s'; did you mean %s?", what, name, near);
	return cairn_cli_bad(c, "%s '%s'", what, name);
}

/* One option; *i moves over its value. */
static bool parse_option(struct cairn_cli *c, struct scan *s, int argc, const char *const *argv,
			 int *i)
{
	const char *word = argv[*i], *value = strchr(word, '=');
	size_t len = value ? (size_t)(value - word) : strlen(word);
	const struct cairn_cli_option *o = find(s, word, len);

	c->option = c->key = c->value = NULL;
	if (!o)
		return unknown_option(c, s, word, len);
	c->option = o->name;
	if (!admit(c, s, o))
		return false;
	if (value)
		value++; /* behind the = */
	if (o->kind == CAIRN_CLI_FLAG || o->kind == CAIRN_CLI_STOP)
		return set_flag(c, o, s->object, value);
	if (!value && *i + 1 == argc)
		return cairn_cli_bad(c, "needs a value (%s=…)", o->name);
	if (!value)
		value = argv[++*i];
	return o->kind == CAIRN_CLI_KEYS ? parse_keys(c, o, s->object, value)
					 : cairn_cli_set_(c, o, s->object, value);
}

int cairn_cli_stop(const struct cairn_cli_table *t, int argc, const char *const *argv)
{
	const struct scan s = { .options = t->options, .n = t->n };

	for (int i = 0; i < argc; i++) {
		const struct cairn_cli_option *o = find(&s, argv[i], strlen(argv[i]));

		if (o && o->kind == CAIRN_CLI_STOP)
			return o->stop;
	}
	return 0;
}

int cairn_cli_parse(const struct cairn_cli_table *t, void *object, const char *command, int argc,
		    const char *const *argv, char *why, size_t why_size)
{
	struct cairn_cli c = { .command = command, .why = why, .why_size = why_size };
	struct scan s = { .options = t->options, .n = t->n, .object = object };
	int stop = cairn_cli_stop(t, argc, argv);

	if (stop)
		return stop;
	for (int i = 0; i < argc; i++)
		if (!parse_option(&c, &s, argc, argv, &i))
			return -EINVAL;
	c.option = c.key = c.value = NULL;
	return check_required(&c, &s, " ") ? 0 : -EINVAL;
}
