/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* cli_.h - what the files of cli share. */
#ifndef CLI__H
#define CLI__H

#include <cairn/cli.h>

struct cairn_cli {
	const char *command;
	char *why;
	size_t why_size;
	/* Of which is being spoken: NULL when not. */
	const char *option, *key, *value;
};

/* Puts the value of o, which takes one, where it belongs. */
bool cairn_cli_set_(struct cairn_cli *c, const struct cairn_cli_option *o, void *object,
		    const char *value);
/* The form of its value, as --help shows it. */
void cairn_cli_form_(const struct cairn_cli_option *o, struct cairn_writer *w);
void cairn_cli_text_(struct cairn_writer *w, const char *text);

#endif
