/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A build without Secure Boot: keys that nobody would obey are refused. */
#include <fw/secure.h>

int fw_secure_init(const struct fw_platform *p, struct cairn_err *err)
{
	if (p->initrd.len)
		return cairn_err_set(
		    err, ENOTSUP, "keys for Secure Boot: this build has none of it", p->initrd.at);
	return 0;
}

int fw_secure_use(enum fw_secure_list which, const void *bytes, size_t n, struct cairn_err *err)
{
	return cairn_err_set(err, ENOTSUP, "this build has no Secure Boot", n);
}

bool fw_secure_is_on(void)
{
	return false;
}

const void *fw_secure_list(enum fw_secure_list which, size_t *ret_n)
{
	*ret_n = 0;
	return NULL;
}

const void *fw_secure_kinds(size_t *ret_n)
{
	*ret_n = 0;
	return NULL;
}

const void *fw_secure_authority(size_t *ret_n)
{
	*ret_n = 0;
	return NULL;
}

int fw_secure_check(const void *file, size_t n, const struct cairn_pe *pe)
{
	return 0;
}
