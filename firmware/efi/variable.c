/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Variables (UEFI 2.10, 8.2) in a store of their own, in memory that stays: records one behind the
 * other, each {struct record, name with its NUL, data}, padded to 8 bytes. A record that changes is
 * taken out and appended anew. All places are offsets, so the store may be mapped anywhere. What is
 * read is read here; the non-volatile ones are written to where they last (nv.h) before.
 */
#include <fw/secure.h>

#include "core.h"
#include "nv.h"
#include "runtime.h"

#define VOLATILE_MAX   (160u << 10)
#define VARIABLE_MAX   (64u << 10) /* of name and data together */
#define NAME_BYTES_MAX CAIRN_VARSTORE_NAME_BYTES_MAX
/* Behind what both kinds may take: a record that is being made. */
#define SPARE_BYTES    (VARIABLE_MAX + sizeof(struct record) + 8)

#define ATTRIBUTES_KNOWN                                                                           \
	(EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE | EFI_VARIABLE_RUNTIME |             \
	 EFI_VARIABLE_HARDWARE_ERROR | EFI_VARIABLE_AUTH_WRITE | EFI_VARIABLE_TIME_AUTH_WRITE |    \
	 EFI_VARIABLE_APPEND_WRITE | EFI_VARIABLE_ENHANCED_AUTH)
#define ATTRIBUTES_AUTH                                                                            \
	(EFI_VARIABLE_AUTH_WRITE | EFI_VARIABLE_TIME_AUTH_WRITE | EFI_VARIABLE_ENHANCED_AUTH)

struct record {
	uint32_t bytes; /* of all of it, padded */
	uint32_t attributes;
	uint32_t name_bytes, data_bytes;
	EFI_GUID guid;
	uint8_t time[16]; /* of authenticated ones */
	uint32_t is_own, pad;
};
CAIRN_STATIC_ASSERT(sizeof(struct record) == 56, "a record takes what it takes in nv.h's store");

struct store {
	uint32_t used;
	uint32_t lasting; /* of it, by variables that are non-volatile */
	uint8_t bytes[];
};

FW_RT_DATA static struct store *store = NULL; /* pages of its own, for ever */

FW_RT_INLINE struct record *record_at(uint32_t off)
{
	return (struct record *)(void *)(store->bytes + off);
}

FW_RT_INLINE uint8_t *name_of(struct record *r)
{
	return (uint8_t *)(r + 1);
}

FW_RT_INLINE uint8_t *data_of(struct record *r)
{
	return name_of(r) + r->name_bytes;
}

FW_RT_INLINE UINTN padded(UINTN n)
{
	return (n + 7) & ~(UINTN)7;
}

/* Bytes with the NUL, or 0: empty or longer than any variable's. */
FW_RT_INLINE UINTN name_size(const CHAR16 *name)
{
	for (UINTN n = 0; n < NAME_BYTES_MAX / sizeof(*name); n++)
		if (!name[n])
			return n ? (n + 1) * sizeof(*name) : 0;
	return 0;
}

FW_RT_INLINE bool is_visible(const struct record *r)
{
	return !efi_rt_is_alone || (r->attributes & EFI_VARIABLE_RUNTIME);
}

FW_RT_CODE static struct record *find(const CHAR16 *name, UINTN name_bytes, const EFI_GUID *guid)
{
	for (uint32_t off = 0; off < store->used; off += record_at(off)->bytes) {
		struct record *r = record_at(off);

		if (r->name_bytes == name_bytes && efi_rt_equal(&r->guid, guid, sizeof(*guid)) &&
		    efi_rt_equal(name_of(r), name, name_bytes) && is_visible(r))
			return r;
	}
	return NULL;
}

/* The firmware makes its own ones anew with each start, whatever they say. */
FW_RT_INLINE bool is_lasting(const struct record *r)
{
	return (r->attributes & EFI_VARIABLE_NON_VOLATILE) && !r->is_own;
}

FW_RT_CODE static void take_out(struct record *r)
{
	uint8_t *at = (uint8_t *)r;
	uint32_t bytes = r->bytes, off = (uint32_t)(at - store->bytes);

	if (is_lasting(r))
		store->lasting -= bytes;
	efi_rt_copy(at, at + bytes, store->used - off - bytes);
	store->used -= bytes;
}

struct change {
	const CHAR16 *name;
	const EFI_GUID *guid;
	UINTN name_bytes, size;
	const void *data;
	uint32_t attributes;
	bool is_append, is_own;
};

FW_RT_INLINE uint32_t room_of(bool lasting)
{
	return lasting ? efi_nv_capacity() : VOLATILE_MAX;
}

FW_RT_INLINE uint32_t used_of(bool lasting)
{
	return lasting ? store->lasting : store->used - store->lasting;
}

FW_RT_CODE static struct cairn_varstore_key key_of(struct record *r)
{
	struct cairn_varstore_key key;

	key.name = name_of(r);
	key.name_bytes = r->name_bytes;
	efi_rt_copy(key.guid, &r->guid, sizeof(key.guid));
	return key;
}

/* What it shall be, behind all that there is: not in the store yet. */
FW_RT_CODE static struct record *make(const struct change *c, struct record *old, UINTN kept)
{
	struct record *r = record_at(store->used);

	r->bytes = (uint32_t)padded(sizeof(*r) + c->name_bytes + kept + c->size);
	r->attributes = c->attributes;
	r->name_bytes = (uint32_t)c->name_bytes;
	r->data_bytes = (uint32_t)(kept + c->size);
	efi_rt_copy(&r->guid, c->guid, sizeof(r->guid));
	for (UINTN i = 0; i < sizeof(r->time); i++)
		((volatile uint8_t *)r->time)[i] = 0;
	r->is_own = c->is_own;
	r->pad = 0;
	efi_rt_copy(name_of(r), c->name, c->name_bytes);
	if (kept)
		efi_rt_copy(data_of(r), data_of(old), kept);
	efi_rt_copy(data_of(r) + kept, c->data, c->size);
	return r;
}

/* Where it lasts first: what fails there has not been. */
FW_RT_CODE static EFI_STATUS make_lasting(struct record *r)
{
	struct cairn_varstore_key key = key_of(r);
	struct cairn_varstore_value value;

	if (!is_lasting(r))
		return EFI_SUCCESS;
	value.data = data_of(r);
	value.data_bytes = r->data_bytes;
	value.attributes = r->attributes;
	efi_rt_copy(value.time, r->time, sizeof(value.time));
	return efi_nv_put(&key, &value);
}

/* From memory alone. */
FW_RT_CODE static void keep(struct record *r, struct record *old)
{
	store->used += r->bytes;
	if (is_lasting(r))
		store->lasting += r->bytes;
	if (old)
		take_out(old);
}

/*
 * The one place where a variable is stored. Room is counted as if the old one were gone; then
 * nothing can fail but the place where it lasts.
 */
FW_RT_CODE static EFI_STATUS put(const struct change *c, struct record *old)
{
	UINTN kept = old && c->is_append ? old->data_bytes : 0;
	UINTN bytes = padded(sizeof(*old) + c->name_bytes + kept + c->size);
	bool lasting = (c->attributes & EFI_VARIABLE_NON_VOLATILE) && !c->is_own;
	struct record *r;
	EFI_STATUS status;

	if (c->size > VARIABLE_MAX || c->name_bytes + c->size > VARIABLE_MAX)
		return EFI_INVALID_PARAMETER; /* 8.2.3: more than the largest there can be */
	if (c->name_bytes + kept + c->size > VARIABLE_MAX)
		return EFI_OUT_OF_RESOURCES;
	if (used_of(lasting) - (old ? old->bytes : 0) + bytes > room_of(lasting))
		return EFI_OUT_OF_RESOURCES;
	r = make(c, old, kept);
	status = make_lasting(r);
	if (!EFI_ERROR(status))
		keep(r, old);
	return status;
}

/* And the one where it ends. */
FW_RT_CODE static EFI_STATUS delete (struct record *old)
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
	UINTN name_bytes, room;
	struct record *r;

	if (!name || !guid || !size)
		return EFI_INVALID_PARAMETER;
	name_bytes = name_size(name);
	r = name_bytes ? find(name, name_bytes, guid) : NULL;
	if (!r)
		return EFI_NOT_FOUND;
	room = *size;
	if (room >= r->data_bytes && !data)
		return EFI_INVALID_PARAMETER;
	*size = r->data_bytes;
	if (attributes)
		*attributes = r->attributes;
	if (room < r->data_bytes)
		return EFI_BUFFER_TOO_SMALL;
	efi_rt_copy(data, data_of(r), r->data_bytes);
	return EFI_SUCCESS;
}

/* The first visible one at or behind this place. */
FW_RT_CODE static struct record *visible_from(uint32_t off)
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
	struct record *r;

	if (!size || !name || !guid)
		return EFI_INVALID_PARAMETER;
	room = *size;
	while (n < room / sizeof(*name) && name[n])
		n++;
	if (n == room / sizeof(*name)) /* 8.2.2: no NUL in the buffer */
		return EFI_INVALID_PARAMETER;
	if (n) {
		r = find(name, (n + 1) * sizeof(*name), guid);
		if (!r)
			return EFI_INVALID_PARAMETER;
		off = (uint32_t)((uint8_t *)r - store->bytes) + r->bytes;
	}
	r = visible_from(off);
	if (!r)
		return EFI_NOT_FOUND;
	*size = r->name_bytes;
	if (room < r->name_bytes)
		return EFI_BUFFER_TOO_SMALL;
	efi_rt_copy(name, name_of(r), r->name_bytes);
	efi_rt_copy(guid, &r->guid, sizeof(*guid));
	return EFI_SUCCESS;
}

/* 8.2.3: what attributes mean by themselves. */
FW_RT_CODE static EFI_STATUS check_attributes(uint32_t attributes)
{
	if (attributes & ~ATTRIBUTES_KNOWN)
		return EFI_INVALID_PARAMETER;
	if ((attributes & EFI_VARIABLE_RUNTIME) && !(attributes & EFI_VARIABLE_BOOTSERVICE))
		return EFI_INVALID_PARAMETER;
	if (attributes & (ATTRIBUTES_AUTH | EFI_VARIABLE_HARDWARE_ERROR))
		return EFI_UNSUPPORTED;
	return EFI_SUCCESS;
}

/* What an operating system may still do: RT_PROPERTIES says so where it may do nothing (4.6.2). */
FW_RT_CODE static EFI_STATUS check_alone(const struct change *c, const struct record *old)
{
	const uint32_t need = EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_RUNTIME;

	if (!efi_rt_is_alone)
		return EFI_SUCCESS;
	if (!efi_nv_stays())
		return EFI_UNSUPPORTED;
	if (old && !(old->attributes & EFI_VARIABLE_NON_VOLATILE))
		return EFI_WRITE_PROTECTED;
	if (!old && (c->attributes & need) != need)
		return EFI_INVALID_PARAMETER;
	return EFI_SUCCESS;
}

FW_RT_CODE static EFI_STATUS change(struct change *c, struct record *old)
{
	bool has_access = c->attributes & (EFI_VARIABLE_BOOTSERVICE | EFI_VARIABLE_RUNTIME);

	if (old && has_access && old->attributes != c->attributes)
		return EFI_INVALID_PARAMETER;
	if (!has_access || (c->size == 0 && !c->is_append))
		return old ? delete (old) : EFI_NOT_FOUND;
	if (c->size == 0)
		return EFI_SUCCESS;
	return put(c, old);
}

FW_RT_CODE EFIAPI EFI_STATUS efi_set_variable(CHAR16 *name, EFI_GUID *guid, uint32_t attributes,
					      UINTN size, void *data)
{
	struct change c;
	struct record *old;
	EFI_STATUS status;

	if (!name || !name[0] || !guid || (size && !data))
		return EFI_INVALID_PARAMETER;
	status = check_attributes(attributes);
	if (EFI_ERROR(status))
		return status;
	c.name = name;
	c.guid = guid;
	c.name_bytes = name_size(name);
	c.size = size;
	c.data = data;
	c.attributes = attributes & ~EFI_VARIABLE_APPEND_WRITE;
	c.is_append = attributes & EFI_VARIABLE_APPEND_WRITE;
	c.is_own = false;
	if (!c.name_bytes)
		return EFI_OUT_OF_RESOURCES;
	old = find(name, c.name_bytes, guid);
	if (old && old->is_own)
		return EFI_WRITE_PROTECTED;
	status = check_alone(&c, old);
	return EFI_ERROR(status) ? status : change(&c, old);
}

FW_RT_CODE EFIAPI EFI_STATUS efi_query_variables(uint32_t attributes, uint64_t *max_storage,
						 uint64_t *remaining, uint64_t *max_size)
{
	bool lasting = attributes & EFI_VARIABLE_NON_VOLATILE;
	EFI_STATUS status;

	if (!max_storage || !remaining || !max_size || attributes == 0)
		return EFI_INVALID_PARAMETER;
	status = check_attributes(attributes);
	if (EFI_ERROR(status))
		return status;
	if (!(attributes & EFI_VARIABLE_BOOTSERVICE) ||
	    (efi_rt_is_alone && !(attributes & EFI_VARIABLE_RUNTIME)))
		return EFI_INVALID_PARAMETER;
	*max_storage = room_of(lasting);
	*remaining = room_of(lasting) - used_of(lasting);
	*max_size = VARIABLE_MAX;
	return EFI_SUCCESS;
}

EFI_STATUS efi_variable_set_own(const CHAR16 *name, const EFI_GUID *guid, uint32_t attributes,
				const void *data, UINTN size)
{
	struct change c = { .name = name,
			    .guid = guid,
			    .name_bytes = name_size(name),
			    .data = data,
			    .size = size,
			    .attributes =
				attributes | EFI_VARIABLE_BOOTSERVICE | EFI_VARIABLE_RUNTIME,
			    .is_own = true };

	struct record *old = find(name, c.name_bytes, guid);

	if (size)
		return put(&c, old);
	if (old)
		take_out(old);
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

/* Read into its place behind the others. */
static int load(const struct cairn_varstore_entry *e)
{
	struct record *r = record_at(store->used), *old;
	int ret;

	*r = (struct record){ .bytes = cairn_varstore_cost(e->name_bytes, e->data_bytes),
			      .attributes = e->attributes | EFI_VARIABLE_NON_VOLATILE,
			      .name_bytes = e->name_bytes,
			      .data_bytes = e->data_bytes };
	memcpy(&r->guid, e->guid, sizeof(r->guid));
	memcpy(r->time, e->time, sizeof(r->time));
	ret = cairn_varstore_read(&efi_nv.store, e, name_of(r), data_of(r));
	if (ret < 0 || name_size((const CHAR16 *)(const void *)name_of(r)) != e->name_bytes)
		return ret;
	old = find((const CHAR16 *)(const void *)name_of(r), e->name_bytes, &r->guid);
	if (!old || !old->is_own)
		keep(r, old);
	return 0;
}

/*
 * Whoever owns the system can write to where this comes from. So with Secure Boot nothing is
 * believed that only loaders could have written, such as keys of their own.
 */
static bool is_believed(uint32_t attributes)
{
	return (attributes & EFI_VARIABLE_RUNTIME) || !fw_secure_is_on();
}

/* What cannot be read, or is larger than anybody could have made it, is left out. */
void efi_variables_load(void)
{
	struct cairn_varstore_entry e;
	uint32_t at = 0;

	while (efi_nv_next(&at, &e)) {
		uint32_t bytes = cairn_varstore_cost(e.name_bytes, e.data_bytes);

		if (!EFI_ERROR(check_attributes(e.attributes)) && is_believed(e.attributes) &&
		    e.name_bytes + e.data_bytes <= VARIABLE_MAX &&
		    bytes <= efi_nv_capacity() - store->lasting && load(&e) < 0)
			return;
	}
}

FW_RT_CODE void efi_rt_convert_store(void)
{
	(void)efi_convert_pointer(0, (void **)&store);
}
