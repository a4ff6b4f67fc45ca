/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The command line of `cairn-device`: one table, from which words are understood and --help is
 * written. The manual and the shell completion are held to it by tools/options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

enum { STOP_HELP = 1, STOP_CAPABILITIES, STOP_VERSION };

static const char *const kinds[] = { [DEVICE_BLK] = "blk", [DEVICE_RNG] = "rng" };

static const struct cairn_cli_choice engines[] = { { "uring", CAIRN_BLOCK_URING },
						   { "threads", CAIRN_BLOCK_THREADS } };
static const struct cairn_cli_choice filters[] = { { "on", SECCOMP_ON },
						   { "log", SECCOMP_LOG },
						   { "off", SECCOMP_OFF } };

static bool set_serial(struct cairn_cli *c, void *object, const char *value)
{
	struct options *o = object;
	size_t len = strlen(value);

	if (!len || len >= sizeof(o->serial))
		return cairn_cli_bad(c, "must have 1 to %zu bytes", sizeof(o->serial) - 1);
	memcpy(o->serial, value, len + 1);
	return true;
}

/* There is one disk: its fields are the options' own. */
static void *begin_disk(struct cairn_cli *c, void *object)
{
	return object;
}

static const struct cairn_cli_option disk_keys[] = {
	{ .name = "path",
	  .value = "FILE",
	  .is_required = true,
	  .help = "raw image or block device; locked while in use",
	  CAIRN_CLI_STRING_AT(struct options, path) },
	{ .name = "readonly",
	  .help = "refuse writes, and let others read it too",
	  CAIRN_CLI_FLAG_AT(struct options, read_only) },
	{ .name = "direct",
	  .help = "go around the host's page cache (O_DIRECT)",
	  CAIRN_CLI_FLAG_AT(struct options, direct) },
	{ .name = "engine",
	  .help = "default: uring where it is allowed",
	  CAIRN_CLI_CHOICE_AT(struct options, engine, engines) },
	{ .name = "serial",
	  .value = "TEXT",
	  .help = "the serial number that the guest sees",
	  .kind = CAIRN_CLI_CALL,
	  .set = set_serial },
};

static bool set_fd(struct cairn_cli *c, void *object, const char *value)
{
	struct options *o = object;
	uint64_t v;

	if (!cairn_cli_number(value, 0, INT32_MAX, &v))
		return cairn_cli_bad(c, "must be the number of an open descriptor");
	o->fd = (int)v;
	return true;
}

static const struct cairn_cli_option options[] = {
	{ .kind = CAIRN_CLI_HEADING, .help = "Where" },
	{ .name = "--socket",
	  .value = "PATH",
	  .help = "listen there, for this user alone; removed at the end",
	  CAIRN_CLI_STRING_AT(struct options, socket) },
	{ .name = "--fd",
	  .value = "N",
	  .help = "use this open descriptor instead: a listening Unix socket, or a connected one, "
		  "whose end is then the end",
	  .kind = CAIRN_CLI_CALL,
	  .set = set_fd },
	{ .kind = CAIRN_CLI_HEADING, .help = "Device (blk)" },
	{ .name = "--disk",
	  .kind = CAIRN_CLI_KEYS,
	  .only = "blk",
	  .is_required = true,
	  .help = "what the guest sees; a comma in the path is written twice",
	  .keys = disk_keys,
	  .n_keys = CAIRN_ARRAY_LEN(disk_keys),
	  .begin = begin_disk },
	{ .name = "--queues",
	  .value = "N",
	  .only = "blk",
	  .help = "virtqueues of the disk, 1 to 16, default 1",
	  CAIRN_CLI_NUMBER_AT(struct options, queues, 1, MAX_QUEUES) },
	{ .kind = CAIRN_CLI_HEADING, .help = "How it runs" },
	{ .name = "--once",
	  .help = "end when the first front end is gone; otherwise the next is served",
	  CAIRN_CLI_FLAG_AT(struct options, once) },
	{ .name = "--seccomp",
	  .help = "system call filter; default on",
	  CAIRN_CLI_CHOICE_AT(struct options, seccomp, filters) },
	{ .name = "--print-capabilities",
	  .kind = CAIRN_CLI_STOP,
	  .stop = STOP_CAPABILITIES,
	  .help = "print what this device can do, as JSON, and end" },
	{ .name = "--version", .kind = CAIRN_CLI_STOP, .stop = STOP_VERSION, .help = "print it" },
	{ .name = "--help",
	  .alias = "-h",
	  .kind = CAIRN_CLI_STOP,
	  .stop = STOP_HELP,
	  .help = "print this" },
};

static const struct cairn_cli_table table = { options, CAIRN_ARRAY_LEN(options) };

/* The first word. Returns what parsing goes on with. */
static enum options_result parse_kind(const char *word, struct options *ret, char *why, size_t size)
{
	static const char *const words[] = { "blk", "rng", "help", "version" };
	const char *near;

	if (!strcmp(word, "help"))
		return OPTIONS_HELP;
	if (!strcmp(word, "version"))
		return OPTIONS_VERSION;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(kinds); i++) {
		if (strcmp(word, kinds[i]) != 0)
			continue;
		ret->kind = (enum device_kind)i;
		return OPTIONS_OK;
	}
	near = cairn_cli_near(word, words, CAIRN_ARRAY_LEN(words));
	if (word[0] == '-')
		snprintf(why, size, "the first word is the device: blk or rng, not '%.64s'", word);
	else
		snprintf(why, size, "unknown device '%.64s': %s%s", word,
			 near ? "did you mean " : "must be blk or rng", near ? near : "");
	return OPTIONS_BAD;
}

static bool check_whole(const struct options *o, char *why, size_t size)
{
	if (!o->socket != (o->fd < 0))
		return true;
	snprintf(why, size, "%s",
		 o->socket ? "--socket and --fd: one of them is enough"
			   : "--socket PATH is missing (or --fd N)");
	return false;
}

enum options_result options_parse(int argc, const char *const *argv, struct options *ret, char *why,
				  size_t why_size)
{
	enum options_result kind;
	int r;

	*ret = (struct options){ .fd = -1, .queues = 1, .engine = CAIRN_BLOCK_AUTO };
	if (argc < 2) {
		snprintf(why, why_size, "which device? blk or rng");
		return OPTIONS_BAD;
	}
	r = cairn_cli_stop(&table, argc - 1, argv + 1);
	if (r == STOP_HELP || r == STOP_VERSION)
		return r == STOP_HELP ? OPTIONS_HELP : OPTIONS_VERSION;
	kind = parse_kind(argv[1], ret, why, why_size);
	if (kind != OPTIONS_OK)
		return kind;
	r = cairn_cli_parse(&table, ret, argv[1], argc - 2, argv + 2, why, why_size);
	if (r == STOP_CAPABILITIES)
		return OPTIONS_CAPABILITIES;
	return r == 0 && check_whole(ret, why, why_size) ? OPTIONS_OK : OPTIONS_BAD;
}

void options_free(struct options *o)
{
	free(o->socket);
	free(o->path);
	o->socket = o->path = NULL;
}

static void add(struct cairn_writer *w, const char *text)
{
	cairn_writer_bytes(w, text, strlen(text));
}

void options_help(struct cairn_writer *w)
{
	add(w,
	    "Usage: cairn-device blk --socket PATH --disk path=FILE [OPTION]...\n"
	    "       cairn-device rng --socket PATH [OPTION]...\n"
	    "Serve a virtio device to another process by the vhost-user protocol: to QEMU, UML,\n"
	    "crosvm, Cloud Hypervisor, or any other front end.\n"
	    "\n"
	    "  cairn-device blk --socket disk.sock --disk path=root.img &\n"
	    "  qemu-system-x86_64 -m 1G -object memory-backend-memfd,id=m,size=1G,share=on \\\n"
	    "      -machine q35,memory-backend=m -chardev socket,id=c,path=disk.sock \\\n"
	    "      -device vhost-user-blk-pci,chardev=c\n"
	    "\n"
	    "Values follow as the next word or behind '=': --queues 2, --queues=2.\n"
	    "\n");
	cairn_cli_help(&table, w);
	add(w, "\n"
	       "One front end is served at a time; the next one waits. SIGTERM and SIGINT end the\n"
	       "program.\n"
	       "\n"
	       "Exit codes: 0 ended as asked, 1 internal error, 2 bad usage, 3 bad disk,\n"
	       "4 the host refused. The manual, 'man cairn-device', says more.\n");
}

const char *options_capabilities(enum device_kind kind)
{
	return kind == DEVICE_BLK ? "{ \"type\": \"block\", \"features\": [] }\n"
				  : "{ \"type\": \"rng\", \"features\": [] }\n";
}
