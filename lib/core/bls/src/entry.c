/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Entries of both types. */
#include "text.h"

static int append(struct cairn_bls_list *list, struct cairn_bls_text value, struct cairn_err *err)
{
	if (list->n == CAIRN_BLS_LIST_MAX)
		return cairn_err_set(err, ENOTSUP, "boot entry with too long a list",
				     CAIRN_BLS_LIST_MAX);
	list->v[list->n++] = value;
	return 0;
}

/* Several in one line, with blanks between them. */
static int append_words(struct cairn_bls_list *list, struct cairn_bls_text value,
			struct cairn_err *err)
{
	int ret = 0;

	while (ret == 0 && value.n) {
		uint32_t n = 0;

		while (n < value.n && value.s[n] != ' ' && value.s[n] != '\t')
			n++;
		ret = append(list, (struct cairn_bls_text){ value.s, n }, err);
		value = cairn_bls_trim_((struct cairn_bls_text){ value.s + n, value.n - n });
	}
	return ret;
}

static int take(struct cairn_bls_entry *e, struct cairn_bls_text key, struct cairn_bls_text value,
		struct cairn_err *err)
{
	const struct {
		const char *key;
		struct cairn_bls_text *to;
	} singles[] = {
		{ "title", &e->title },
		{ "version", &e->version },
		{ "machine-id", &e->machine_id },
		{ "sort-key", &e->sort_key },
		{ "architecture", &e->architecture },
		{ "linux", &e->linux_path },
		{ "efi", &e->efi_path },
		{ "uki", &e->uki_path },
		{ "devicetree", &e->devicetree },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(singles); i++)
		if (cairn_bls_is_word_(key, singles[i].key))
			*singles[i].to = value;
	if (cairn_bls_is_word_(key, "initrd"))
		return append(&e->initrds, value, err);
	if (cairn_bls_is_word_(key, "options"))
		return append(&e->options, value, err);
	if (cairn_bls_is_word_(key, "devicetree-overlay"))
		return append_words(&e->overlays, value, err);
	return 0;
}

static int begin(const char *file, size_t file_len, struct cairn_bls_entry *e,
		 struct cairn_err *err)
{
	memset(e, 0, sizeof(*e));
	if (cairn_bls_name_parse(file, file_len, &e->name) < 0)
		return cairn_err_set(err, EINVAL, "no name of a boot entry's file", 0);
	return 0;
}

int cairn_bls_entry_parse(const char *file, size_t file_len, const char *text, size_t len,
			  struct cairn_bls_entry *ret, struct cairn_err *err)
{
	struct cairn_bls_text rest = { text, (uint32_t)len }, key, value;
	int r = begin(file, file_len, ret, err);

	if (r == 0)
		r = cairn_bls_check_(text, len, err);
	while (r == 0 && cairn_bls_pair_(&rest, &key, &value))
		r = take(ret, key, value, err);
	if (r == 0 && !ret->linux_path.n && !ret->efi_path.n && !ret->uki_path.n)
		r = cairn_err_set(err, EPROTO, "boot entry without a kernel", 0);
	return r;
}

/* Sections are padded. */
static struct cairn_bls_text without_nuls(struct cairn_bls_text t)
{
	while (t.n && t.s[t.n - 1] == '\0')
		t.n--;
	return t;
}

/* KEY=value, KEY="value" or KEY='value'. */
static struct cairn_bls_text osrel_value(struct cairn_bls_text osrel, const char *key)
{
	struct cairn_bls_text line, value = { "", 0 };

	while (cairn_bls_line_(&osrel, &line)) {
		uint32_t n = 0;

		line = cairn_bls_trim_(line);
		while (n < line.n && line.s[n] != '=')
			n++;
		if (n == line.n || !cairn_bls_is_word_((struct cairn_bls_text){ line.s, n }, key))
			continue;
		value = (struct cairn_bls_text){ line.s + n + 1, line.n - n - 1 };
		if (value.n >= 2 && (value.s[0] == '"' || value.s[0] == '\'') &&
		    value.s[value.n - 1] == value.s[0])
			value = (struct cairn_bls_text){ value.s + 1, value.n - 2 };
	}
	return value;
}

static struct cairn_bls_text either(struct cairn_bls_text a, struct cairn_bls_text b)
{
	return a.n ? a : b;
}

int cairn_bls_uki_parse(const char *file, size_t file_len, struct cairn_bls_text osrel,
			struct cairn_bls_text cmdline, struct cairn_bls_text uname,
			struct cairn_bls_entry *ret, struct cairn_err *err)
{
	int r = begin(file, file_len, ret, err);

	osrel = without_nuls(osrel);
	cmdline = cairn_bls_trim_(without_nuls(cmdline));
	uname = cairn_bls_trim_(without_nuls(uname));
	if (r == 0)
		r = cairn_bls_check_(osrel.s, osrel.n, err);
	if (r == 0)
		r = cairn_bls_check_(cmdline.s, cmdline.n, err);
	if (r == 0)
		r = cairn_bls_check_(uname.s, uname.n, err);
	if (r < 0)
		return r;
	ret->title = osrel_value(osrel, "PRETTY_NAME");
	ret->version = either(osrel_value(osrel, "IMAGE_VERSION"),
			      either(osrel_value(osrel, "VERSION_ID"), uname));
	ret->sort_key = either(osrel_value(osrel, "IMAGE_ID"), osrel_value(osrel, "ID"));
	return cmdline.n ? append(&ret->options, cmdline, err) : 0;
}

bool cairn_bls_is_for(const struct cairn_bls_entry *e, const char *machine)
{
	return e->architecture.n == 0 || cairn_bls_is_word_(e->architecture, machine);
}
