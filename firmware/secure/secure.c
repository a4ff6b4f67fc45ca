/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fw/arch.h>
#include <fw/console.h>
#include <fw/rsa.h>
#include <fw/secure.h>

#include "archive.h"

static const char *const names[FW_SECURE_LISTS] = { "PK", "KEK", "db", "dbx" };

static struct cairn_authenticode_list lists[FW_SECURE_LISTS]; /* n 0: none */
static struct cairn_authenticode_entry authority;
static bool is_on;

static bool is_name(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* What is named otherwise is nothing of ours. */
static int take_member(const struct fw_member *m, struct cairn_err *err)
{
	int r;

	for (uint32_t i = 0; i < FW_SECURE_LISTS; i++) {
		if (!is_name(m->name, names[i]))
			continue;
		if (lists[i].bytes)
			return cairn_err_set(err, EPROTO,
					     "keys for Secure Boot that are there twice", i);
		lists[i] = (struct cairn_authenticode_list){ m->bytes, m->n };
		r = cairn_authenticode_list_check(&lists[i], err);
		if (r < 0)
			fw_print("Secure Boot: the fault is in %s: make that list anew\n",
				 names[i]);
		return r;
	}
	return 0;
}

static int read_archive(struct fw_archive *a, struct cairn_err *err)
{
	struct fw_member m;
	int r;

	while ((r = fw_archive_next(a, &m)) > 0) {
		r = take_member(&m, err);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return cairn_err_set(err, EPROTO, "keys for Secure Boot that are no cpio archive",
				     a->left);
	if (!lists[FW_SECURE_PK].n || !lists[FW_SECURE_DB].n)
		return cairn_err_set(err, EPROTO, "keys for Secure Boot without PK or db", 0);
	return 0;
}

int fw_secure_init(const struct fw_platform *p, struct cairn_err *err)
{
	struct fw_archive a = { .left = p->initrd.len };
	int r;

	fw_arch_library_init();
	is_on = false;
	memset(lists, 0, sizeof(lists));
	if (p->initrd.len == 0)
		return 0;
	a.at = fw_arch_view(p->initrd.at, p->initrd.len);
	if (!a.at)
		return cairn_err_set(err, EPROTO, "keys for Secure Boot that are nowhere",
				     p->initrd.at);
	r = read_archive(&a, err);
	is_on = r == 0;
	return r;
}

int fw_secure_use(enum fw_secure_list which, const void *bytes, size_t n, struct cairn_err *err)
{
	const struct cairn_authenticode_list list = { bytes, n };
	int r = n ? cairn_authenticode_list_check(&list, err) : 0;

	if (r < 0)
		return r;
	lists[which] = list;
	is_on = is_on || (which == FW_SECURE_PK && n);
	return 0;
}

bool fw_secure_is_on(void)
{
	return is_on;
}

const void *fw_secure_list(enum fw_secure_list which, size_t *ret_n)
{
	*ret_n = lists[which].n;
	return lists[which].bytes;
}

const void *fw_secure_kinds(size_t *ret_n)
{
	return cairn_authenticode_kinds(ret_n);
}

int fw_secure_check(const void *file, size_t n, const struct cairn_pe *pe)
{
	const struct cairn_authenticode_policy policy = { .allowed = lists[FW_SECURE_DB],
							  .forbidden = lists[FW_SECURE_DBX],
							  .is_true = fw_rsa_is_true };
	struct cairn_err err = { 0 };

	authority = (struct cairn_authenticode_entry){ 0 };
	if (!is_on || cairn_authenticode_check(&policy, file, n, pe, &authority, &err) == 0)
		return 0;
	fw_print("  Secure Boot: a program may not be started: %s\n", err.what);
	return -EACCES;
}

const void *fw_secure_authority(size_t *ret_n)
{
	*ret_n = authority.n;
	return authority.bytes;
}
