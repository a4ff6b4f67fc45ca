/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The command line of `cairn run`. One table says which options there are; option values made of
 * key=value pairs (--disk, --net) have tables of their own. A comma inside a value is written
 * twice.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "options.h"

struct parse {
	struct run_options *o;
	char *why;
	size_t why_size;
	uint32_t given; /* bit per option of the table that may be given once */
};

__attribute__((format(printf, 2, 3))) static bool bad(struct parse *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->why, p->why_size, format, args);
	va_end(args);
	return false;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *ret)
{
	char *end;
	unsigned long long v;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || *end || v > max)
		return false;
	*ret = v;
	return true;
}

bool options_parse_size(const char *text, uint64_t *ret)
{
	static const char units[] = "KMG";
	char *end;
	const char *unit;
	uint64_t v, scale = 1;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno)
		return false;
	if (*end) {
		unit = strchr(units, *end & ~0x20);
		if (!unit || !*unit || end[1])
			return false;
		scale = UINT64_C(1) << (10 * (unit - units + 1));
	}
	return cairn_mul_u64(v, scale, ret);
}

bool options_parse_mac(const char *text, uint8_t ret[6])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t mac[6];

	if (strlen(text) != 17)
		return false;
	for (size_t i = 0; i < 17; i++) {
		char c = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] | 0x20) : text[i];
		const char *digit = c ? strchr(digits, c) : NULL;

		if (i % 3 == 2) {
			if (c != ':')
				return false;
			continue;
		}
		if (!digit)
			return false;
		mac[i / 3] = (uint8_t)((i % 3 ? mac[i / 3] << 4 : 0) | (digit - digits));
	}
	if (mac[0] & 1)
		return false;
	memcpy(ret, mac, sizeof(mac));
	return true;
}

struct choice {
	const char *name;
	int value;
};

static bool parse_choice(struct parse *p, const char *option, const char *text,
			 const struct choice *choices, size_t n, int *ret)
{
	char list[96] = "";
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(choices[i].name, text)) {
			*ret = choices[i].value;
			return true;
		}
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
					choices[i].name);
	}
	return bad(p, "%s '%s': must be one of %s", option, text, list);
}

static bool set_string(struct parse *p, const char *option, const char *text, char **field)
{
	if (!text[0])
		return bad(p, "%s: the value is empty", option);
	*field = strdup(text);
	return *field || bad(p, "%s: out of memory", option);
}

/* One key=value of --disk or --net; value NULL when there was no '='. */
typedef bool key_fn(struct parse *p, void *item, const char *key, const char *value);

/* Splits "a=b,c,d=e,,f" at single commas, undoes the doubled ones, and hands on each piece. */
static bool for_each_key(struct parse *p, const char *option, const char *text, key_fn *fn,
			 void *item)
{
	char *piece = malloc(strlen(text) + 1);
	bool ok = piece || bad(p, "%s: out of memory", option);

	while (ok) {
		size_t n = 0;
		char *value;

		for (; *text && (text[0] != ',' || text[1] == ','); text++) {
			if (*text == ',')
				text++;
			piece[n++] = *text;
		}
		piece[n] = '\0';
		value = strchr(piece, '=');
		if (value)
			*value++ = '\0';
		ok = piece[0] ? fn(p, item, piece, value) : bad(p, "%s: empty part", option);
		if (!*text)
			break;
		text++;
	}
	free(piece);
	return ok;
}

static bool disk_engine(struct parse *p, struct disk_options *d, const char *value)
{
	static const struct choice engines[] = { { "uring", ENGINE_URING },
						 { "threads", ENGINE_THREADS } };
	int v;

	if (!parse_choice(p, "--disk engine", value, engines, CAIRN_ARRAY_LEN(engines), &v))
		return false;
	d->engine = (enum disk_engine)v;
	return true;
}

static bool disk_serial(struct parse *p, struct disk_options *d, const char *value)
{
	if (!value[0] || strlen(value) > DISK_SERIAL_LEN)
		return bad(p, "--disk serial '%s': must have 1 to %u characters", value,
			   DISK_SERIAL_LEN);
	for (const char *c = value; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			return bad(p, "--disk serial: only printable ASCII");
	snprintf(d->serial, sizeof(d->serial), "%s", value);
	return true;
}

static bool disk_flag(struct parse *p, const char *key, const char *value, bool *flag)
{
	if (value)
		return bad(p, "--disk %s: takes no value", key);
	*flag = true;
	return true;
}

static bool disk_key(struct parse *p, void *item, const char *key, const char *value)
{
	struct disk_options *d = item;
	uint64_t n;

	if (!strcmp(key, "readonly"))
		return disk_flag(p, key, value, &d->read_only);
	if (!strcmp(key, "direct"))
		return disk_flag(p, key, value, &d->direct);
	if (strcmp(key, "path") && strcmp(key, "engine") && strcmp(key, "serial") &&
	    strcmp(key, "queues"))
		return bad(p, "--disk: unknown key '%s'", key);
	if (!value)
		return bad(p, "--disk %s: needs a value (%s=…)", key, key);
	if (!strcmp(key, "path"))
		return d->path ? bad(p, "--disk path: given twice")
			       : set_string(p, "--disk path", value, &d->path);
	if (!strcmp(key, "engine"))
		return disk_engine(p, d, value);
	if (!strcmp(key, "serial"))
		return disk_serial(p, d, value);
	if (!parse_number(value, MAX_DISK_QUEUES, &n) || n == 0)
		return bad(p, "--disk queues '%s': must be 1 to %u", value, MAX_DISK_QUEUES);
	d->queues = (uint16_t)n;
	return true;
}

static bool add_disk(struct parse *p, const char *text)
{
	struct disk_options *d = &p->o->disks[p->o->n_disks];

	if (p->o->n_disks == MAX_DISKS)
		return bad(p, "--disk: at most %u disks", MAX_DISKS);
	*d = (struct disk_options){ .queues = 1 };
	p->o->n_disks++;
	if (!for_each_key(p, "--disk", text, disk_key, d))
		return false;
	return d->path || bad(p, "--disk '%s': path=FILE is missing", text);
}

static bool net_key(struct parse *p, void *item, const char *key, const char *value)
{
	struct net_options *n = item;
	uint64_t v;

	if (strcmp(key, "tap") && strcmp(key, "mac") && strcmp(key, "mtu"))
		return bad(p, "--net: unknown key '%s'", key);
	if (!value)
		return bad(p, "--net %s: needs a value (%s=…)", key, key);
	if (!strcmp(key, "tap")) {
		if (!value[0] || strlen(value) > TAP_NAME_LEN || strchr(value, '/'))
			return bad(p, "--net tap '%s': not an interface name (1 to %u characters)",
				   value, TAP_NAME_LEN);
		snprintf(n->tap, sizeof(n->tap), "%s", value);
		return true;
	}
	if (!strcmp(key, "mac")) {
		n->has_mac = options_parse_mac(value, n->mac);
		return n->has_mac || bad(p,
					 "--net mac '%s': must be a unicast address such as "
					 "52:54:00:12:34:56",
					 value);
	}
	if (!parse_number(value, 65535, &v) || v < 68)
		return bad(p, "--net mtu '%s': must be 68 to 65535", value);
	n->mtu = (uint16_t)v;
	return true;
}

static bool add_net(struct parse *p, const char *text)
{
	struct net_options *n = &p->o->nets[p->o->n_nets];

	if (p->o->n_nets == MAX_NETS)
		return bad(p, "--net: at most %u interfaces", MAX_NETS);
	*n = (struct net_options){ 0 };
	p->o->n_nets++;
	if (!for_each_key(p, "--net", text, net_key, n))
		return false;
	return n->tap[0] || bad(p, "--net '%s': tap=NAME is missing", text);
}

static bool set_cpus(struct parse *p, const char *text)
{
	uint64_t v;

	if (!parse_number(text, MAX_CPUS, &v) || v == 0)
		return bad(p, "--cpus '%s': must be 1 to %u", text, MAX_CPUS);
	p->o->cpus = (uint32_t)v;
	return true;
}

static bool set_memory(struct parse *p, const char *text)
{
	uint64_t v;

	if (!options_parse_size(text, &v))
		return bad(p, "--memory '%s': must be a size such as 512M or 2G", text);
	if (v < MIN_MEMORY_BYTES)
		return bad(p, "--memory '%s': must be at least %uM", text,
			   (unsigned)(MIN_MEMORY_BYTES >> 20));
	if (v % 4096)
		return bad(p, "--memory '%s': must be a multiple of 4K", text);
	p->o->memory_bytes = v;
	return true;
}

static bool set_console(struct parse *p, const char *text)
{
	static const struct choice kinds[] = { { "serial", CONSOLE_SERIAL },
					       { "virtio", CONSOLE_VIRTIO },
					       { "none", CONSOLE_NONE },
					       { "file=PATH", CONSOLE_FILE } };
	int v;

	if (!strncmp(text, "file=", 5) && strcmp(text, "file=PATH")) {
		p->o->console = CONSOLE_FILE;
		return set_string(p, "--console file", text + 5, &p->o->console_file);
	}
	if (!parse_choice(p, "--console", text, kinds, CAIRN_ARRAY_LEN(kinds), &v))
		return false;
	if (v == CONSOLE_FILE)
		return bad(p, "--console file: needs a path (file=…)");
	p->o->console = (enum console_kind)v;
	return true;
}

#define CHOICE_OPTION(fn, option, field, type, ...)                                                \
	static bool fn(struct parse *p, const char *text)                                          \
	{                                                                                          \
		static const struct choice choices[] = { __VA_ARGS__ };                            \
		int v;                                                                             \
                                                                                                   \
		if (!parse_choice(p, option, text, choices, CAIRN_ARRAY_LEN(choices), &v))         \
			return false;                                                              \
		p->o->field = (type)v;                                                             \
		return true;                                                                       \
	}

CHOICE_OPTION(set_transport, "--transport", transport, enum transport, { "pci", TRANSPORT_PCI },
	      { "mmio", TRANSPORT_MMIO })
CHOICE_OPTION(set_entry, "--entry", entry, enum entry_kind, { "auto", ENTRY_AUTO },
	      { "pvh", ENTRY_PVH }, { "linux", ENTRY_LINUX })
CHOICE_OPTION(set_unpack, "--unpack", unpack, bool, { "on", true }, { "off", false })
CHOICE_OPTION(set_seccomp, "--seccomp", seccomp, enum seccomp_mode, { "on", SECCOMP_ON },
	      { "log", SECCOMP_LOG }, { "off", SECCOMP_OFF })
CHOICE_OPTION(set_log_level, "--log-level", log_level, enum log_level, { "error", LOG_LEVEL_ERROR },
	      { "warn", LOG_LEVEL_WARN }, { "info", LOG_LEVEL_INFO }, { "debug", LOG_LEVEL_DEBUG })

static bool set_kernel(struct parse *p, const char *text)
{
	return set_string(p, "--kernel", text, &p->o->kernel);
}

static bool set_initrd(struct parse *p, const char *text)
{
	return set_string(p, "--initrd", text, &p->o->initrd);
}

static bool set_cmdline(struct parse *p, const char *text)
{
	p->o->cmdline = strdup(text);
	return p->o->cmdline || bad(p, "--cmdline: out of memory");
}

static bool set_pidfile(struct parse *p, const char *text)
{
	return set_string(p, "--pidfile", text, &p->o->pidfile);
}

static const struct {
	const char *name;
	bool (*set)(struct parse *p, const char *text); /* NULL: a flag, see set_flag() */
	bool repeatable;
} option_table[] = {
	{ "--kernel", set_kernel, false },
	{ "--initrd", set_initrd, false },
	{ "--cmdline", set_cmdline, false },
	{ "--cpus", set_cpus, false },
	{ "--memory", set_memory, false },
	{ "--disk", add_disk, true },
	{ "--net", add_net, true },
	{ "--console", set_console, false },
	{ "--transport", set_transport, false },
	{ "--pidfile", set_pidfile, false },
	{ "--log-level", set_log_level, false },
	{ "--seccomp", set_seccomp, false },
	{ "--entry", set_entry, false },
	{ "--unpack", set_unpack, false },
	{ "--rng", NULL, false },
	{ "--no-reboot", NULL, false },
};

static bool set_flag(struct parse *p, const char *name)
{
	if (!strcmp(name, "--rng"))
		p->o->rng = true;
	else
		p->o->no_reboot = true;
	return true;
}

/* One option; *i moves over its value. Both "--name value" and "--name=value" are understood. */
static bool parse_one(struct parse *p, int argc, const char *const *argv, int *i)
{
	const char *word = argv[*i], *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);

	for (size_t k = 0; k < CAIRN_ARRAY_LEN(option_table); k++) {
		const char *name = option_table[k].name;

		if (strlen(name) != len || strncmp(name, word, len))
			continue;
		if (!option_table[k].repeatable && (p->given & 1u << k))
			return bad(p, "%s: given twice", name);
		p->given |= 1u << k;
		if (!option_table[k].set)
			return equals ? bad(p, "%s: takes no value", name) : set_flag(p, name);
		if (equals)
			return option_table[k].set(p, equals + 1);
		if (*i + 1 >= argc)
			return bad(p, "%s: needs a value", name);
		return option_table[k].set(p, argv[++*i]);
	}
	if (word[0] == '-')
		return bad(p, "unknown option '%s'", word);
	return bad(p, "unexpected word '%s'", word);
}

/* What single options cannot see: what is missing, and what contradicts. */
static bool check_whole(struct parse *p)
{
	const struct run_options *o = p->o;

	if (!o->kernel)
		return bad(p, "--kernel FILE is missing");
	if (o->entry == ENTRY_PVH && !o->unpack)
		return bad(p, "--entry pvh contradicts --unpack off: a packed kernel has no PVH "
			      "entry");
	for (size_t i = 0; i < o->n_disks; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(o->disks[i].path, o->disks[k].path) &&
			    !(o->disks[i].read_only && o->disks[k].read_only))
				return bad(p, "--disk path=%s: given twice, and not both readonly",
					   o->disks[i].path);
	for (size_t i = 0; i < o->n_nets; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(o->nets[i].tap, o->nets[k].tap))
				return bad(p, "--net tap=%s: given twice", o->nets[i].tap);
	return true;
}

enum options_result options_parse(int argc, const char *const *argv, struct run_options *ret,
				  char *why, size_t why_size)
{
	struct parse p = { .o = ret, .why = why, .why_size = why_size };

	*ret = (struct run_options){ .cpus = 1,
				     .memory_bytes = UINT64_C(512) << 20,
				     .unpack = true,
				     .log_level = LOG_LEVEL_WARN };
	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return OPTIONS_HELP;
		if (!parse_one(&p, argc, argv, &i))
			return OPTIONS_BAD;
	}
	return check_whole(&p) ? OPTIONS_OK : OPTIONS_BAD;
}

void options_free(struct run_options *o)
{
	free(o->kernel);
	free(o->initrd);
	free(o->cmdline);
	free(o->pidfile);
	free(o->console_file);
	for (size_t i = 0; i < o->n_disks; i++)
		free(o->disks[i].path);
	*o = (struct run_options){ 0 };
}
