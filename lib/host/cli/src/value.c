/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* value.c - text into values, by kind. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli_.h"

enum { LIST_BYTES = 128 };

bool cairn_cli_number(const char *value, uint64_t min, uint64_t max, uint64_t *ret)
{
	char *end;
	unsigned long long v;

	if (value[0] < '0' || value[0] > '9')
		return false;
	errno = 0;
	v = strtoull(value, &end, 10);
	if (errno || *end || v < min || v > max)
		return false;
	*ret = v;
	return true;
}

bool cairn_cli_size(const char *text, uint64_t *ret)
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

bool cairn_cli_string(struct cairn_cli *c, const char *value, char **field)
{
	c->value = NULL;
	if (!value[0])
		return cairn_cli_bad(c, "the value is empty");
	free(*field);
	*field = strdup(value);
	return *field || cairn_cli_bad(c, "out of memory");
}

static bool set_choice(struct cairn_cli *c, const struct cairn_cli_option *o, int *field,
		       const char *value)
{
	char list[LIST_BYTES] = "";
	struct cairn_writer w;

	for (size_t i = 0; i < o->n_choices; i++) {
		if (strcmp(o->choices[i].name, value) != 0)
			continue;
		*field = o->choices[i].value;
		return true;
	}
	cairn_writer_init(&w, list, sizeof(list) - 1);
	for (size_t i = 0; i < o->n_choices; i++) {
		if (i)
			cairn_cli_text_(&w, i + 1 < o->n_choices ? ", " : " or ");
		cairn_cli_text_(&w, o->choices[i].name);
	}
	return cairn_cli_bad(c, "must be %s", list);
}

static bool set_number(struct cairn_cli *c, const struct cairn_cli_option *o, uint32_t *field,
		       const char *value)
{
	uint64_t v;

	if (!cairn_cli_number(value, o->min, o->max, &v))
		return cairn_cli_bad(c, "must be a number from %u to %u", o->min, o->max);
	*field = (uint32_t)v;
	return true;
}

bool cairn_cli_set_(struct cairn_cli *c, const struct cairn_cli_option *o, void *object,
		    const char *value)
{
	void *field = (char *)object + o->at;

	c->value = value;
	switch (o->kind) {
	case CAIRN_CLI_STRING:
		return cairn_cli_string(c, value, field);
	case CAIRN_CLI_CHOICE:
		return set_choice(c, o, field, value);
	case CAIRN_CLI_NUMBER:
		return set_number(c, o, field, value);
	default:
		return o->set(c, object, value);
	}
}
