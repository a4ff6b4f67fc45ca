/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Authenticated variables (UEFI 2.10, 8.2.2) and the keys of Secure Boot among them (32.3).
 *
 * Keys that came with the machine are fixed. Otherwise they are variables in flash: without PK the
 * platform is in setup mode, where KEK, db and dbx are anybody's to write and PK is who signed it;
 * with it PK and KEK are PK's to write, db and dbx PK's and KEK's. Any other authenticated variable
 * is whose signature it had first: who that is lies in front of its data.
 */
#include <cairn/auth_variable.h>
#include <fw/console.h>
#include <fw/rsa.h>
#include <fw/secure.h>

#include "core.h"
#include "nv.h"
#include "runtime.h"
#include "variable.h"

#define KEY_ATTRIBUTES                                                                             \
	(EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_ACCESS | EFI_VARIABLE_TIME_AUTH_WRITE)

struct key_name {
	uint32_t name_bytes;
	CHAR16 name[4];
};

FW_RT_DATA static struct key_name keys[FW_SECURE_LISTS] = {
	[FW_SECURE_PK] = { 6, { 'P', 'K' } },
	[FW_SECURE_KEK] = { 8, { 'K', 'E', 'K' } },
	[FW_SECURE_DB] = { 6, { 'd', 'b' } },
	[FW_SECURE_DBX] = { 8, { 'd', 'b', 'x' } },
};
FW_RT_DATA static CHAR16 setup_mode[] = { 'S', 'e', 't', 'u', 'p', 'M', 'o', 'd', 'e', 0 };
FW_RT_DATA static bool is_fixed = false; /* the keys came with the machine */

FW_RT_CODE bool efi_auth_is_here(void)
{
	return efi_nv_stays();
}

/* 3.3, 32.5.3.3 */
FW_RT_CODE static const EFI_GUID *guid_of(uint32_t which)
{
	return which == FW_SECURE_PK || which == FW_SECURE_KEK ? &efi_guid_global_variable
							       : &efi_guid_image_security;
}

/* FW_SECURE_LISTS: none. */
FW_RT_CODE static uint32_t which_key(const CHAR16 *name, UINTN name_bytes, const EFI_GUID *guid)
{
	uint32_t i = 0;

	while (i < FW_SECURE_LISTS &&
	       (keys[i].name_bytes != name_bytes || !efi_rt_equal(keys[i].name, name, name_bytes) ||
		!efi_rt_equal(guid_of(i), guid, sizeof(*guid))))
		i++;
	return i;
}

FW_RT_CODE bool efi_auth_is_key(const CHAR16 *name, UINTN name_bytes, const EFI_GUID *guid)
{
	return which_key(name, name_bytes, guid) < FW_SECURE_LISTS;
}

FW_RT_CODE static struct efi_record *find_key(uint32_t which)
{
	return efi_variable_find(keys[which].name, keys[which].name_bytes, guid_of(which));
}

FW_RT_CODE static struct cairn_authenticode_list list_of(struct efi_record *r)
{
	struct cairn_authenticode_list list;

	list.bytes = r ? efi_record_data(r) : NULL;
	list.n = r ? r->data_bytes : 0;
	return list;
}

/* EFI_TIME: the year in two bytes, then month, day, hour, minute and second in one each. */
FW_RT_CODE static bool is_later(const uint8_t *a, const uint8_t *b)
{
	if (a[1] != b[1])
		return a[1] > b[1];
	if (a[0] != b[0])
		return a[0] > b[0];
	for (UINTN i = 2; i < 7; i++)
		if (a[i] != b[i])
			return a[i] > b[i];
	return false;
}

/* An older one is refused; behind what is there it may be, which keeps the later time. */
FW_RT_CODE static EFI_STATUS check_time(struct efi_change *c, struct efi_record *old)
{
	if (!old || is_later(c->time, old->time))
		return EFI_SUCCESS;
	if (!c->is_append)
		return EFI_SECURITY_VIOLATION;
	efi_rt_copy(c->time, old->time, sizeof(c->time));
	return EFI_SUCCESS;
}

FW_RT_CODE static bool is_signed_by(const struct cairn_auth_variable *v,
				    const struct cairn_auth_variable_name *name,
				    struct cairn_authenticode_list list)
{
	return list.n && cairn_auth_variable_check(v, name, &list, fw_rsa_is_true, NULL) == 0;
}

FW_RT_CODE static bool may_write(uint32_t which, const struct cairn_auth_variable *v,
				 const struct cairn_auth_variable_name *name)
{
	struct cairn_authenticode_list pk = list_of(find_key(FW_SECURE_PK)), new;

	new.bytes = v->data;
	new.n = v->data_bytes;
	if (!pk.n) /* setup mode */
		return which != FW_SECURE_PK || is_signed_by(v, name, new);
	if (is_signed_by(v, name, pk))
		return true;
	return (which == FW_SECURE_DB || which == FW_SECURE_DBX) &&
	       is_signed_by(v, name, list_of(find_key(FW_SECURE_KEK)));
}

FW_RT_CODE static EFI_STATUS check_key(struct efi_change *c, uint32_t which,
				       const struct cairn_auth_variable *v,
				       const struct cairn_auth_variable_name *name,
				       struct efi_record *old)
{
	struct cairn_authenticode_list new;
	bool is_setup = !find_key(FW_SECURE_PK);

	new.bytes = v->data;
	new.n = v->data_bytes;
	if (cairn_authenticode_list_check(&new, NULL) < 0)
		return EFI_INVALID_PARAMETER;
	if (which == FW_SECURE_PK && new.n &&
	    (!cairn_authenticode_list_is_certificate(&new) || (old && c->is_append)))
		return EFI_INVALID_PARAMETER;
	if (!may_write(which, v, name))
		return EFI_SECURITY_VIOLATION;
	c->is_lists = c->is_append;
	return is_setup ? EFI_SUCCESS : check_time(c, old);
}

FW_RT_CODE static EFI_STATUS check_private(struct efi_change *c,
					   const struct cairn_auth_variable *v,
					   const struct cairn_auth_variable_name *name,
					   struct efi_record *old)
{
	if (cairn_auth_variable_signer(v, name, fw_rsa_is_true, c->signer, NULL) < 0)
		return EFI_SECURITY_VIOLATION;
	if (old && !efi_rt_equal(efi_record_data(old), c->signer, sizeof(c->signer)))
		return EFI_SECURITY_VIOLATION;
	c->hidden = sizeof(c->signer);
	return check_time(c, old);
}

FW_RT_CODE static EFI_STATUS check_signed(struct efi_change *c, uint32_t attributes, uint32_t which,
					  struct efi_record *old)
{
	struct cairn_auth_variable_name name;
	struct cairn_auth_variable v;

	if (old && old->attributes != c->attributes)
		return EFI_INVALID_PARAMETER;
	if (cairn_auth_variable_parse(c->data, c->size, &v, NULL) < 0)
		return EFI_SECURITY_VIOLATION;
	name.name = c->name;
	name.name_bytes = c->name_bytes - sizeof(*c->name);
	name.guid = (const uint8_t *)c->guid;
	name.attributes = attributes;
	c->data = v.data;
	c->size = v.data_bytes;
	efi_rt_copy(c->time, v.time, sizeof(c->time));
	return which < FW_SECURE_LISTS ? check_key(c, which, &v, &name, old)
				       : check_private(c, &v, &name, old);
}

FW_RT_CODE EFI_STATUS efi_auth_check(struct efi_change *c, uint32_t attributes,
				     struct efi_record *old)
{
	uint32_t which = which_key(c->name, c->name_bytes, c->guid);

	if (which < FW_SECURE_LISTS && is_fixed)
		return EFI_WRITE_PROTECTED;
	if (which < FW_SECURE_LISTS && c->attributes != KEY_ATTRIBUTES)
		return EFI_INVALID_PARAMETER;
	if (attributes & EFI_VARIABLE_TIME_AUTH_WRITE)
		return check_signed(c, attributes, which, old);
	if (old && (old->attributes & EFI_VARIABLE_TIME_AUTH_WRITE))
		return attributes & EFI_VARIABLE_ACCESS ? EFI_INVALID_PARAMETER
							: EFI_WRITE_PROTECTED;
	return EFI_SUCCESS;
}

/* A record of the firmware's own that is changed where it stands: nothing moves. */
FW_RT_CODE void efi_auth_changed(const struct efi_change *c)
{
	struct efi_record *mode;

	if (which_key(c->name, c->name_bytes, c->guid) != FW_SECURE_PK)
		return;
	mode = efi_variable_find(setup_mode, sizeof(setup_mode), &efi_guid_global_variable);
	if (mode)
		*efi_record_data(mode) = !find_key(FW_SECURE_PK);
}

FW_RT_CODE UINTN efi_lists_append(uint8_t *all, UINTN n, const uint8_t *more, UINTN more_bytes)
{
	struct cairn_authenticode_list list;

	list.bytes = more;
	list.n = more_bytes;
	return cairn_authenticode_list_append(all, n, &list);
}

static int show_fixed(struct cairn_err *err)
{
	EFI_STATUS status = EFI_SUCCESS;

	is_fixed = true;
	for (uint32_t i = 0; i < FW_SECURE_LISTS && !EFI_ERROR(status); i++) {
		size_t n;
		const void *bytes = fw_secure_list((enum fw_secure_list)i, &n);

		if (n)
			status = efi_variable_set_own(keys[i].name, guid_of(i), KEY_ATTRIBUTES,
						      bytes, n);
	}
	if (EFI_ERROR(status))
		return cairn_err_set(err, ENOMEM,
				     "Secure Boot: its keys do not fit into variables, and nothing "
				     "is started: make db or dbx shorter",
				     status);
	return 0;
}

static int use(uint32_t which, struct cairn_err *err)
{
	struct efi_record *r = find_key(which);
	struct cairn_authenticode_list list = list_of(r);

	if (r && r->attributes != KEY_ATTRIBUTES)
		return cairn_err_set(err, EACCES, "a key that nobody could have written", which);
	return fw_secure_use((enum fw_secure_list)which, list.bytes, list.n, err) < 0 ? -EACCES : 0;
}

int efi_auth_start(struct cairn_err *err)
{
	int ret = 0;

	is_fixed = false;
	if (fw_secure_is_on())
		return show_fixed(err);
	if (!efi_nv_stays())
		return 0;
	efi_variables_load_keys();
	for (uint32_t i = 0; i < FW_SECURE_LISTS && ret == 0; i++)
		ret = use(i, err);
	if (ret < 0)
		fw_print("Secure Boot: its keys in flash cannot be obeyed, and nothing is started: "
			 "start with keys of the machine's own, or with flash that is erased\n");
	return ret;
}

int efi_auth_renew(void)
{
	struct cairn_err err = { 0 };

	if (is_fixed || !fw_secure_is_on())
		return 0;
	return use(FW_SECURE_DB, &err) < 0 || use(FW_SECURE_DBX, &err) < 0 ? -EACCES : 0;
}

bool efi_auth_is_whole(struct efi_record *r)
{
	if (!(r->attributes & EFI_VARIABLE_TIME_AUTH_WRITE))
		return true;
	r->hidden = EFI_SIGNER_BYTES;
	return r->data_bytes > r->hidden;
}
