/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * cli.h - the command line of a program from one table: parsing, the text of --help, and the
 * nearest name for one that does not exist.
 *
 * An option is a word (--name) with or without a value, which follows as the next word or behind
 * '='. A value may be made of keys (path=a,readonly): these are a table of the same kind. A comma
 * inside such a value is written twice.
 *
 * Nothing here prints, allocates (but for CAIRN_CLI_STRING) or has threads.
 */
#ifndef CAIRN_CLI_H
#define CAIRN_CLI_H

#include <cairn/base.h>
#include <cairn/cursor.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CAIRN_CLI_MAX = 64 }; /* options of a table, keys of an option */

struct cairn_cli; /* a parse that is under way; for set() and begin() */

enum cairn_cli_kind {
	CAIRN_CLI_HEADING, /* none: a line of --help, in `help` */
	CAIRN_CLI_FLAG,    /* bool; no value */
	CAIRN_CLI_STRING,  /* char *: a copy, not empty, that the program frees */
	CAIRN_CLI_CHOICE,  /* int, or an enum of its size: the value of one of `choices` */
	CAIRN_CLI_NUMBER,  /* uint32_t from min to max */
	CAIRN_CLI_CALL,    /* set() */
	CAIRN_CLI_KEYS,    /* begin(), then `keys`, whose fields are in what begin() returned */
	CAIRN_CLI_STOP,    /* no value; wherever it stands, nothing else counts: returns `stop` */
};

struct cairn_cli_choice {
	const char *name;
	int value;
};

/* Strings live as long as the table, which is best static. Fields that a kind has no use for: 0. */
struct cairn_cli_option {
	enum cairn_cli_kind kind;
	const char *name;   /* "--disk"; of a key "path" */
	const char *alias;  /* "-h", or NULL */
	const char *value;  /* what --help calls it: "FILE"; NULL: made from choices and keys */
	const char *help;   /* a sentence or two; --help breaks the lines */
	const char *only;   /* valid with this command alone; NULL: with each */
	size_t at;          /* of its field in the object; CAIRN_CLI_AT checks the size */
	uint32_t min, max;  /* of a number */
	int stop;           /* above 0 */
	bool is_repeatable; /* may be given more than once */
	bool is_required;
	const struct cairn_cli_choice *choices;
	size_t n_choices;
	const struct cairn_cli_option *keys;
	size_t n_keys;
	/* Return false after cairn_cli_bad(); object is the table's, or what begin() returned. */
	bool (*set)(struct cairn_cli *c, void *object, const char *value);
	/* The object of one more KEYS value, with its defaults; NULL after cairn_cli_bad(). */
	void *(*begin)(struct cairn_cli *c, void *object);
};

#define CAIRN_CLI_AT(type, field, as)                                                              \
	(offsetof(type, field) +                                                                   \
	 0 * sizeof(char[sizeof(((type *)0)->field) == sizeof(as) ? 1 : -1]))
#define CAIRN_CLI_FLAG_AT(type, field) .kind = CAIRN_CLI_FLAG, .at = CAIRN_CLI_AT(type, field, bool)
#define CAIRN_CLI_STRING_AT(type, field)                                                           \
	.kind = CAIRN_CLI_STRING, .at = CAIRN_CLI_AT(type, field, char *)
#define CAIRN_CLI_CHOICE_AT(type, field, list)                                                     \
	.kind = CAIRN_CLI_CHOICE, .at = CAIRN_CLI_AT(type, field, int), .choices = (list),         \
	.n_choices = CAIRN_ARRAY_LEN(list)
#define CAIRN_CLI_NUMBER_AT(type, field, lowest, highest)                                          \
	.kind = CAIRN_CLI_NUMBER, .at = CAIRN_CLI_AT(type, field, uint32_t), .min = (lowest),      \
	.max = (highest)

struct cairn_cli_table {
	const struct cairn_cli_option *options;
	size_t n; /* at most CAIRN_CLI_MAX */
};

/*
 * cairn_cli_parse() - words of a command line into an object.
 *
 * @object: holds the fields that the table names, with its defaults set
 * @command: compared with `only`; may be NULL
 * @argv: argc words, without the program and the command
 * @why: filled on -EINVAL with one line that names option, value and reason; control characters
 *       come out as '?'
 *
 * Returns 0, -EINVAL (why), or above 0: the `stop` of an option of that kind. Strings are copied
 * into the object also before a failure: the program frees them either way. Cost: words times
 * options.
 */
CAIRN_MUST_USE int cairn_cli_parse(const struct cairn_cli_table *t, void *object,
				   const char *command, int argc, const char *const *argv,
				   char *why, size_t why_size);

/* Only looks for an option of kind STOP: its `stop`, or 0. */
int cairn_cli_stop(const struct cairn_cli_table *t, int argc, const char *const *argv);

/* For set() and begin(): "--option key 'value': " and the text become the reason. Returns false. */
__attribute__((format(printf, 2, 3))) bool cairn_cli_bad(struct cairn_cli *c, const char *format,
							 ...);

/* Values, as the kinds do it, for set(). */
bool cairn_cli_string(struct cairn_cli *c, const char *value, char **field);
/* Decimal digits and nothing else. False: not that, or outside. */
CAIRN_MUST_USE bool cairn_cli_number(const char *value, uint64_t min, uint64_t max, uint64_t *ret);
/* "512M" → bytes; K, M, G (or k, m, g) are powers of 1024. False: no number, trailing text,
 * overflow. */
CAIRN_MUST_USE bool cairn_cli_size(const char *text, uint64_t *ret);

/* What --help prints of the options: two columns, at most 80 wide but for long value forms. */
void cairn_cli_help(const struct cairn_cli_table *t, struct cairn_writer *w);

/* The name that is probably meant by the word, or NULL. Leading dashes do not count. */
const char *cairn_cli_near(const char *word, const char *const *names, size_t n);

#ifdef __cplusplus
}
#endif
#endif
