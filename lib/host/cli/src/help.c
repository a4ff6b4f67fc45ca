/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* help.c - the table as people read it. */
#include <string.h>

#include "cli_.h"

enum { COLUMN = 22, WIDTH = 80, KEY_COLUMN = COLUMN + 10 };

void cairn_cli_text_(struct cairn_writer *w, const char *text)
{
	cairn_writer_bytes(w, text, strlen(text));
}

static void write_choices(const struct cairn_cli_option *o, struct cairn_writer *w)
{
	for (size_t i = 0; i < o->n_choices; i++) {
		if (i)
			cairn_cli_text_(w, "|");
		cairn_cli_text_(w, o->choices[i].name);
	}
}

/* key=VALUE, in brackets unless it must be there. */
static void write_key(const struct cairn_cli_option *key, bool is_first, struct cairn_writer *w)
{
	cairn_cli_text_(w, key->is_required ? "" : "[");
	cairn_cli_text_(w, is_first ? "" : ",");
	cairn_cli_text_(w, key->name);
	if (key->kind != CAIRN_CLI_FLAG) {
		cairn_cli_text_(w, "=");
		cairn_cli_form_(key, w);
	}
	cairn_cli_text_(w, key->is_required ? "" : "]");
}

void cairn_cli_form_(const struct cairn_cli_option *o, struct cairn_writer *w)
{
	if (o->value)
		cairn_cli_text_(w, o->value);
	else
		write_choices(o, w);
	for (size_t i = 0; i < o->n_keys; i++)
		write_key(&o->keys[i], i == 0, w);
}

/* From *at, the column that was reached, to `column`, on the next line when that is passed. */
static void go_to(struct cairn_writer *w, size_t *at, size_t column)
{
	if (*at + 1 > column) {
		cairn_cli_text_(w, "\n");
		*at = 0;
	}
	cairn_writer_fill(w, ' ', column - *at);
	*at = column;
}

/* Words, from `column` on each line. */
static void write_text(struct cairn_writer *w, size_t at, size_t column, const char *text)
{
	go_to(w, &at, column);
	while (*text) {
		size_t len = strcspn(text, " ");

		if (at > column && at + 1 + len > WIDTH) {
			cairn_cli_text_(w, "\n");
			at = 0;
			go_to(w, &at, column);
		} else if (at > column) {
			cairn_cli_text_(w, " ");
			at++;
		}
		cairn_writer_bytes(w, text, len);
		at += len;
		text += len;
		text += *text == ' ';
	}
	cairn_cli_text_(w, "\n");
}

static void write_key_help(const struct cairn_cli_option *key, struct cairn_writer *w)
{
	size_t at = 0;

	if (!key->help)
		return;
	go_to(w, &at, COLUMN);
	cairn_cli_text_(w, key->name);
	write_text(w, at + strlen(key->name), KEY_COLUMN, key->help);
}

static void write_option(const struct cairn_cli_option *o, struct cairn_writer *w)
{
	size_t start = w->need;

	cairn_cli_text_(w, "  ");
	cairn_cli_text_(w, o->name);
	if (o->kind != CAIRN_CLI_FLAG && o->kind != CAIRN_CLI_STOP) {
		cairn_cli_text_(w, " ");
		cairn_cli_form_(o, w);
	}
	if (o->alias) {
		cairn_cli_text_(w, ", ");
		cairn_cli_text_(w, o->alias);
	}
	write_text(w, w->need - start, COLUMN, o->help);
	for (size_t i = 0; i < o->n_keys; i++)
		write_key_help(&o->keys[i], w);
}

void cairn_cli_help(const struct cairn_cli_table *t, struct cairn_writer *w)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct cairn_cli_option *o = &t->options[i];

		if (o->kind != CAIRN_CLI_HEADING) {
			write_option(o, w);
			continue;
		}
		cairn_cli_text_(w, i ? "\n" : "");
		cairn_cli_text_(w, o->help);
		cairn_cli_text_(w, "\n");
	}
}
