/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Variables (UEFI 2.10, 8.2) in a store of their own, in memory that stays: records one behind the
 * other, each {struct efi_record, name with its NUL, data}, padded to 8 bytes. A record that
 * changes is taken out and appended anew. All places are offsets, so the store may be mapped
 * anywhere. What is read is read here; the non-volatile ones are written to where they last (nv.h)
 * before.
 */
#include "variable.h"

#include <fw/secure.h>

#include "core.h"
#include "nv.h"
#include "runtime.h"

#define VOLATILE_MAX (160u << 10)
/* Behind what both kinds may take: a record that is being made. */
#define SPARE_BYTES  (EFI_VARIABLE_MAX + sizeof(struct efi_record) + 8)

CAIRN_STATIC_ASSERT(sizeof(struct efi_record) == 56,
		    "a record takes what it takes in nv.h's store");

struct store {
	uint32_t used;
	uint32_t lasting;     /* of it, by variables that are non-volatile */
	EFI_GUID copied_guid; /* these two: of efi_variable_copy() */
	uint8_t copied[CAIRN_VARSTORE_NAME_BYTES_MAX + EFI_VARIABLE_MAX];
	uint8_t bytes[];
};
CAIRN_STATIC_ASSERT(offsetof(struct store, bytes) % 8 == 0, "records are padded to 8 bytes");

FW_RT_DATA static struct store *store = NULL; /* pages of its own, for ever */

FW_RT_INLINE struct efi_record *record_at(uint32_t off)
{
	return (struct efi_record *)(void *)(store->bytes + off);
}

FW_RT_INLINE UINTN padded(UINTN n)
{
	return (n + 7) & ~(UINTN)7;
}

FW_RT_CODE UINTN efi_variable_name_size(const CHAR16 *name)
{
	for (UINTN n = 0; n < CAIRN_VARSTORE_NAME_BYTES_MAX / sizeof(*name); n++)
		if (!name[n])
			return n ? (n + 1) * sizeof(*name) : 0;
	return 0;
}

/* Each character is looked at once. Returns as efi_variable_name_size(). */
FW_RT_CODE static UINTN copy_name(CHAR16 *dst, const volatile CHAR16 *src)
{
	for (UINTN n = 0; n < CAIRN_VARSTORE_NAME_BYTES_MAX / sizeof(*dst); n++) {
		dst[n] = src[n];
		if (!dst[n])
			return n ? (n + 1) * sizeof(*dst) : 0;
	}
	return 0;
}

FW_RT_CODE void efi_variable_copy(struct efi_change *c)
{
	CHAR16 *name = (CHAR16 *)(void *)store->copied;
	uint8_t *data = store->copied + CAIRN_VARSTORE_NAME_BYTES_MAX;

	c->name_bytes = copy_name(name, c->name);
	efi_rt_copy(&store->copied_guid, c->guid, sizeof(store->copied_guid));
	efi_rt_copy(data, c->data, c->size);
	c->name = name;
	c->guid = &store->copied_guid;
	c->data = data;
}

FW_RT_CODE struct efi_record *efi_variable_find(const CHAR16 *name, UINTN name_bytes,
						const EFI_GUID *guid)
{
	for (uint32_t off = 0; off < store->used; off += record_at(off)->bytes) {
		struct efi_record *r = record_at(off);

		if (r->name_bytes == name_bytes && efi_rt_equal(&r->guid, guid, sizeof(*guid)) &&
		    efi_rt_equal(efi_record_name(r), name, name_bytes))
			return r;
	}
	return NULL;
}

FW_RT_INLINE bool is_visible(const struct efi_record *r)
{
	return !efi_rt_is_alone || (r->attributes & EFI_VARIABLE_RUNTIME);
}

/* The firmware makes its own ones anew with each start, whatever they say. */
FW_RT_INLINE bool is_lasting(const struct efi_record *r)
{
	return (r->attributes & EFI_VARIABLE_NON_VOLATILE) && !r->is_own;
}

FW_RT_CODE static void take_out(struct efi_record *r)
{
	uint8_t *at = (uint8_t *)r;
	uint32_t bytes = r->bytes, off = (uint32_t)(at - store->bytes);

	if (is_lasting(r))
		store->lasting -= bytes;
	efi_rt_copy(at, at + bytes, store->used - off - bytes);
	store->used -= bytes;
}

FW_RT_INLINE uint32_t room_of(bool lasting)
{
	return lasting ? efi_nv_capacity() : VOLATILE_MAX;
}

FW_RT_INLINE uint32_t used_of(bool lasting)
{
	return lasting ? store->lasting : store->used - store->lasting;
}

FW_RT_CODE static struct cairn_varstore_key key_of(struct efi_record *r)
{
	struct cairn_varstore_key key;

	key.name = efi_record_name(r);
	key.name_bytes = r->name_bytes;
	efi_rt_copy(key.guid, &r->guid, sizeof(key.guid));
	return key;
}

/* What it shall be, behind all that there is: not in the store yet. */
FW_RT_CODE static struct efi_record *make(const struct efi_change *c, struct efi_record *old)
{
	struct efi_record *r = record_at(store->used);
	UINTN n = c->hidden, more = c->size;
	uint8_t *data;

	r->attributes = c->attributes;
	r->name_bytes = (uint32_t)c->name_bytes;
	efi_rt_copy(&r->guid, c->guid, sizeof(r->guid));
	efi_rt_copy(r->time, c->time, sizeof(r->time));
	r->is_own = c->is_own;
	r->hidden = c->hidden;
	efi_rt_copy(efi_record_name(r), c->name, c->name_bytes);
	data = efi_record_data(r);
	efi_rt_copy(data, c->signer, n);
	if (old && c->is_append) {
		n = old->data_bytes;
		efi_rt_copy(data, efi_record_data(old), n);
	}
	if (c->is_lists)
		more = efi_lists_append(data, n, c->data, more);
	else
		efi_rt_copy(data + n, c->data, more);
	r->data_bytes = (uint32_t)(n + more);
	r->bytes = (uint32_t)padded(sizeof(*r) + c->name_bytes + r->data_bytes);
	return r;
}

/* Where it lasts first: what fails there has not been. */
FW_RT_CODE static EFI_STATUS make_lasting(struct efi_record *r)
{
	struct cairn_varstore_key key = key_of(r);
	struct cairn_varstore_value value;

	if (!is_lasting(r))
		return EFI_SUCCESS;
	value.data = efi_record_data(r);
	value.data_bytes = r->data_bytes;
	value.attributes = r->attributes;
	efi_rt_copy(value.time, r->time, sizeof(value.time));
	return efi_nv_put(&key, &value);
}

/* From memory alone. */
FW_RT_CODE static void keep(struct efi_record *r, struct efi_record *old)
{
	store->used += r->bytes;
	if (is_lasting(r))
		store->lasting += r->bytes;
	if (old)
		take_out(old);
}

/* Room is counted as if the old one were gone; then nothing can fail but the place where it lasts.
 */
FW_RT_CODE EFI_STATUS efi_variable_put(const struct efi_change *c, struct efi_record *old)
{
	UINTN kept = old && c->is_append ? old->data_bytes : c->hidden;
	UINTN bytes = padded(sizeof(*old) + c->name_bytes + kept + c->size);
	bool lasting = (c->attributes & EFI_VARIABLE_NON_VOLATILE) && !c->is_own;
	UINTN freed = old && is_lasting(old) == lasting ? old->bytes : 0;
	struct efi_record *r;
	EFI_STATUS status;

	if (c->size > EFI_VARIABLE_MAX || c->name_bytes + c->size > EFI_VARIABLE_MAX)
		return EFI_INVALID_PARAMETER; /* 8.2.3: more than the largest there can be */
	if (c->name_bytes + kept + c->size > EFI_VARIABLE_MAX)
		return EFI_OUT_OF_RESOURCES;
	if (used_of(lasting) - freed + bytes > room_of(lasting))
		return EFI_OUT_OF_RESOURCES;
	r = make(c, old);
	if (r->data_bytes == r->hidden) /* lists without an entry */
		return EFI_SUCCESS;
	status = make_lasting(r);
	if (!EFI_ERROR(status))
		keep(r, old);
	return status;
}

FW_RT_CODE EFI_STATUS efi_variable_delete(struct efi_record *old)
{
	struct cairn_varstore_key key = key_of(old);
	EFI_STATUS status = EFI_SUCCESS;

	if (is_lasting(old))
		status = efi_nv_delete(&key);
	if (!EFI_ERROR(status))
		take_out(old);
	return status;
}

FW_RT_CODE EFIAPI EFI_STATUS efi_get_variable(CHAR16 *name, EFI_GUID *guid, uint32_t *attributes,
					      UINTN *size, void *data)
{
	UINTN name_bytes, room, bytes;
	struct efi_record *r;

	if (!name || !guid || !size)
		return EFI_INVALID_PARAMETER;
	name_bytes = efi_variable_name_size(name);
	r = name_bytes ? efi_variable_find(name, name_bytes, guid) : NULL;
	if (!r || !is_visible(r))
		return EFI_NOT_FOUND;
	room = *size;
	bytes = r->data_bytes - r->hidden;
	if (room >= bytes && !data)
		return EFI_INVALID_PARAMETER;
	*size = bytes;
	if (attributes)
		*attributes = r->attributes;
	if (room < bytes)
		return EFI_BUFFER_TOO_SMALL;
	efi_rt_copy(data, efi_record_data(r) + r->hidden, bytes);
	return EFI_SUCCESS;
}

/* The first visible one at or behind this place. */
FW_RT_CODE static struct efi_record *visible_from(uint32_t off)
{
	for (; off < store->used; off += record_at(off)->bytes)
		if (is_visible(record_at(off)))
			return record_at(off);
	return NULL;
}

FW_RT_CODE EFIAPI EFI_STATUS efi_next_variable(UINTN *size, CHAR16 *name, EFI_GUID *guid)
{
	uint32_t off = 0;
	UINTN room, n = 0;
	struct efi_record *r;

	if (!size || !name || !guid)
		return EFI_INVALID_PARAMETER;
	room = *size;
	while (n < room / sizeof(*name) && name[n])
		n++;
	if (n == room / sizeof(*name)) /* 8.2.2: no NUL in the buffer */
		return EFI_INVALID_PARAMETER;
	if (n) {
		r = efi_variable_find(name, (n + 1) * sizeof(*name), guid);
		if (!r || !is_visible(r))
			return EFI_INVALID_PARAMETER;
		off = (uint32_t)((uint8_t *)r - store->bytes) + r->bytes;
	}
	r = visible_from(off);
	if (!r)
		return EFI_NOT_FOUND;
	*size = r->name_bytes;
	if (room < r->name_bytes)
		return EFI_BUFFER_TOO_SMALL;
	efi_rt_copy(name, efi_record_name(r), r->name_bytes);
	efi_rt_copy(guid, &r->guid, sizeof(*guid));
	return EFI_SUCCESS;
}

FW_RT_CODE EFIAPI EFI_STATUS efi_query_variables(uint32_t attributes, uint64_t *max_storage,
						 uint64_t *remaining, uint64_t *max_size)
{
	bool lasting = attributes & EFI_VARIABLE_NON_VOLATILE;
	EFI_STATUS status;

	if (!max_storage || !remaining || !max_size || attributes == 0)
		return EFI_INVALID_PARAMETER;
	status = efi_variable_check_attributes(attributes);
	if (EFI_ERROR(status))
		return status;
	if (!(attributes & EFI_VARIABLE_BOOTSERVICE) ||
	    (efi_rt_is_alone && !(attributes & EFI_VARIABLE_RUNTIME)))
		return EFI_INVALID_PARAMETER;
	*max_storage = room_of(lasting);
	*remaining = room_of(lasting) - used_of(lasting);
	*max_size = EFI_VARIABLE_MAX;
	return EFI_SUCCESS;
}

EFI_STATUS efi_variables_init(void)
{
	uint64_t at, bytes = sizeof(*store) + VOLATILE_MAX + efi_nv_capacity() + SPARE_BYTES;
	EFI_STATUS status = efi_pages_alloc(FW_WHERE_ANY, FW_ANY_ADDRESS, bytes / FW_PAGE_BYTES + 1,
					    FW_PAGE_BYTES, EfiRuntimeServicesData, &at);

	if (EFI_ERROR(status))
		return status;
	store = (struct store *)(uintptr_t)at;
	store->used = store->lasting = 0;
	return EFI_SUCCESS;
}

/*
 * Whoever owns the system can write to where this comes from. So with Secure Boot nothing is
 * believed that only loaders could have written, such as keys of their own.
 */
static bool is_believed(uint32_t attributes)
{
	return (attributes & EFI_VARIABLE_RUNTIME) || !fw_secure_is_on();
}

/* Keys are looked at by who takes them. Others that nobody could have made are left out. */
static bool is_wanted(struct efi_record *r, bool keys)
{
	const CHAR16 *name = (const CHAR16 *)(const void *)efi_record_name(r);

	if (efi_variable_name_size(name) != r->name_bytes ||
	    efi_auth_is_key(name, r->name_bytes, &r->guid) != keys)
		return false;
	return keys || (!EFI_ERROR(efi_variable_check_attributes(r->attributes)) &&
			is_believed(r->attributes) && efi_auth_is_whole(r));
}

/* Read into its place behind the others. */
static int load(const struct cairn_varstore_entry *e, bool keys)
{
	struct efi_record *r = record_at(store->used), *old;
	int ret;

	*r = (struct efi_record){ .bytes = cairn_varstore_cost(e->name_bytes, e->data_bytes),
				  .attributes = e->attributes | EFI_VARIABLE_NON_VOLATILE,
				  .name_bytes = e->name_bytes,
				  .data_bytes = e->data_bytes };
	memcpy(&r->guid, e->guid, sizeof(r->guid));
	memcpy(r->time, e->time, sizeof(r->time));
	ret = cairn_varstore_read(&efi_nv.store, e, efi_record_name(r), efi_record_data(r));
	if (ret < 0 || !is_wanted(r, keys))
		return ret;
	old = efi_variable_find((const CHAR16 *)(const void *)efi_record_name(r), e->name_bytes,
				&r->guid);
	if (!old || !old->is_own)
		keep(r, old);
	return 0;
}

/* What cannot be read, or is larger than anybody could have made it, is left out. */
static void load_all(bool keys)
{
	struct cairn_varstore_entry e;
	uint32_t at = 0;

	while (efi_nv_next(&at, &e)) {
		uint32_t bytes = cairn_varstore_cost(e.name_bytes, e.data_bytes);

		if (e.name_bytes + e.data_bytes <= EFI_VARIABLE_MAX &&
		    bytes <= efi_nv_capacity() - store->lasting && load(&e, keys) < 0)
			return;
	}
}

void efi_variables_load(void)
{
	load_all(false);
}

void efi_variables_load_keys(void)
{
	load_all(true);
}

FW_RT_CODE void efi_rt_convert_store(void)
{
	(void)efi_convert_pointer(0, (void **)&store);
}
