/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* options.h - what `cairn-device` was asked for: the command line, checked, as plain values. */
#ifndef DEVICE_OPTIONS_H
#define DEVICE_OPTIONS_H

#include <cairn/block.h>
#include <cairn/cli.h>

#define MAX_QUEUES 16u

/* Exit codes of the program; in the manual too. */
enum exit_code {
	EXIT_ASKED = 0,    /* SIGTERM, SIGINT, or --once and the front end is gone */
	EXIT_INTERNAL = 1, /* something that should not happen */
	EXIT_USAGE = 2,    /* bad option or value */
	EXIT_BAD_FILE = 3, /* the disk is missing, in use, or not what it should be */
	EXIT_HOST = 4,     /* the host refused: socket, memory, filter; or its disk hangs */
};

enum device_kind { DEVICE_BLK, DEVICE_RNG };
enum seccomp_mode { SECCOMP_ON, SECCOMP_LOG, SECCOMP_OFF };

struct options {
	enum device_kind kind;
	char *socket; /* or NULL, and fd */
	int fd;       /* -1: not given */
	bool once;
	enum seccomp_mode seccomp;
	/* blk */
	char *path;
	bool read_only, direct;
	enum cairn_block_kind engine;
	char serial[21];
	uint32_t queues;
};

enum options_result {
	OPTIONS_OK,
	OPTIONS_HELP,
	OPTIONS_CAPABILITIES,
	OPTIONS_VERSION,
	OPTIONS_BAD
};

/*
 * options_parse() - the words behind `cairn-device`.
 *
 * @why: filled on OPTIONS_BAD with one line that names the option, the value and the reason
 *
 * Strings are copies; options_free() releases them, also after a failure.
 */
enum options_result options_parse(int argc, const char *const *argv, struct options *ret, char *why,
				  size_t why_size);
void options_free(struct options *o);

/* What --help prints. */
void options_help(struct cairn_writer *w);
/* What --print-capabilities prints for a kind of device: a line of JSON. */
const char *options_capabilities(enum device_kind kind);

#endif
