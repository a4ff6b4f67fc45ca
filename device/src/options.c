/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The command line of `cairn-device`. Values are given as --name value or --name=value. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

struct parse {
	struct options *o;
	char *why;
	size_t why_size;
	bool disk_given;
};

__attribute__((format(printf, 2, 3))) static bool bad(struct parse *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->why, p->why_size, format, args);
	va_end(args);
	return false;
}

static bool parse_number(const char *text, unsigned long min, unsigned long max, unsigned long *ret)
{
	char *end;
	unsigned long v;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno || *end || v < min || v > max)
		return false;
	*ret = v;
	return true;
}

/* Copies text up to a single comma to dst, which has room for all of it; a doubled one is one. */
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

static bool set_engine(struct parse *p, const char *value)
{
	if (!strcmp(value, "uring"))
		p->o->engine = CAIRN_BLOCK_URING;
	else if (!strcmp(value, "threads"))
		p->o->engine = CAIRN_BLOCK_THREADS;
	else
		return bad(p, "--disk engine '%s': must be uring or threads", value);
	return true;
}

static bool set_serial(struct parse *p, const char *value)
{
	size_t len = strlen(value);

	if (len >= sizeof(p->o->serial))
		return bad(p, "--disk serial '%s': more than %zu bytes", value,
			   sizeof(p->o->serial) - 1);
	memcpy(p->o->serial, value, len + 1);
	return true;
}

static bool set_path(struct parse *p, const char *value)
{
	if (!value[0])
		return bad(p, "--disk: the path is empty");
	free(p->o->path);
	p->o->path = strdup(value);
	return p->o->path || bad(p, "--disk: out of memory");
}

static bool set_disk_key(struct parse *p, char *piece)
{
	char *value = strchr(piece, '=');

	if (!strcmp(piece, "readonly")) {
		p->o->disk_flags |= CAIRN_DISK_READ_ONLY;
		return true;
	}
	if (!strcmp(piece, "direct")) {
		p->o->disk_flags |= CAIRN_DISK_DIRECT;
		return true;
	}
	if (!value)
		return bad(p, "--disk: unknown word '%s'", piece);
	*value++ = '\0';
	if (!strcmp(piece, "path"))
		return set_path(p, value);
	if (!strcmp(piece, "engine"))
		return set_engine(p, value);
	if (!strcmp(piece, "serial"))
		return set_serial(p, value);
	return bad(p, "--disk: unknown key '%s'", piece);
}

static bool set_disk(struct parse *p, const char *text)
{
	char *piece = malloc(strlen(text) + 1);
	bool ok = piece || bad(p, "--disk: out of memory");

	if (ok && p->disk_given)
		ok = bad(p, "--disk: given twice");
	p->disk_given = true;
	while (ok && text) {
		text = take_piece(text, piece);
		ok = set_disk_key(p, piece);
	}
	free(piece);
	return ok && (p->o->path || bad(p, "--disk: no path="));
}

static bool set_socket(struct parse *p, const char *text)
{
	p->o->socket = text;
	return text[0] || bad(p, "--socket: the path is empty");
}

static bool set_fd(struct parse *p, const char *text)
{
	unsigned long v = 0;

	if (!parse_number(text, 0, INT32_MAX, &v))
		return bad(p, "--fd '%s': must be the number of an open descriptor", text);
	p->o->fd = (int)v;
	return true;
}

static bool set_queues(struct parse *p, const char *text)
{
	unsigned long v = 0;

	if (!parse_number(text, 1, MAX_QUEUES, &v))
		return bad(p, "--queues '%s': must be 1 to %u", text, MAX_QUEUES);
	p->o->queues = (uint16_t)v;
	return true;
}

static bool set_seccomp(struct parse *p, const char *text)
{
	if (!strcmp(text, "on"))
		p->o->seccomp = SECCOMP_ON;
	else if (!strcmp(text, "log"))
		p->o->seccomp = SECCOMP_LOG;
	else if (!strcmp(text, "off"))
		p->o->seccomp = SECCOMP_OFF;
	else
		return bad(p, "--seccomp '%s': must be on, log or off", text);
	return true;
}

static const struct {
	const char *name;
	bool (*set)(struct parse *p, const char *text);
	bool blk_only;
} options[] = {
	{ "--socket", set_socket, false },   { "--fd", set_fd, false },
	{ "--seccomp", set_seccomp, false }, { "--disk", set_disk, true },
	{ "--queues", set_queues, true },
};

/* One option with its value, at *at; moves *at to its last word. */
static bool parse_one(struct parse *p, int argc, const char *const *argv, int *at)
{
	const char *word = argv[*at], *value = strchr(word, '=');
	size_t len = value ? (size_t)(value - word) : strlen(word);

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(options); i++) {
		if (strlen(options[i].name) != len || memcmp(options[i].name, word, len) != 0)
			continue;
		if (options[i].blk_only && p->o->kind != DEVICE_BLK)
			return bad(p, "%s: only for blk", options[i].name);
		if (!value && *at + 1 == argc)
			return bad(p, "%s: the value is missing", word);
		return options[i].set(p, value ? value + 1 : argv[++*at]);
	}
	return bad(p, "unknown option '%s'", word);
}

static bool parse_kind(struct parse *p, int argc, const char *const *argv)
{
	if (argc < 2)
		return bad(p, "which device? blk or rng");
	if (!strcmp(argv[1], "blk"))
		p->o->kind = DEVICE_BLK;
	else if (!strcmp(argv[1], "rng"))
		p->o->kind = DEVICE_RNG;
	else
		return bad(p, "unknown device '%s': must be blk or rng", argv[1]);
	return true;
}

static bool check(struct parse *p)
{
	const struct options *o = p->o;

	if (!o->socket == (o->fd < 0))
		return bad(p, o->socket ? "--socket and --fd: one of them is enough"
					: "--socket or --fd is needed");
	if (o->kind == DEVICE_BLK && !p->disk_given)
		return bad(p, "--disk is needed");
	return true;
}

enum options_result options_parse(int argc, const char *const *argv, struct options *ret, char *why,
				  size_t why_size)
{
	struct parse p = { .o = ret, .why = why, .why_size = why_size };

	*ret = (struct options){ .fd = -1, .queues = 1 };
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--help"))
			return OPTIONS_HELP;
	if (!parse_kind(&p, argc, argv))
		return OPTIONS_BAD;
	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--print-capabilities"))
			return OPTIONS_CAPABILITIES;
		if (!strcmp(argv[i], "--once"))
			ret->once = true;
		else if (!parse_one(&p, argc, argv, &i))
			return OPTIONS_BAD;
	}
	return check(&p) ? OPTIONS_OK : OPTIONS_BAD;
}

void options_free(struct options *o)
{
	free(o->path);
	o->path = NULL;
}

const char *options_capabilities(enum device_kind kind)
{
	return kind == DEVICE_BLK ? "{ \"type\": \"block\", \"features\": [] }\n"
				  : "{ \"type\": \"rng\", \"features\": [] }\n";
}
