/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Variables (UEFI 2.10, 8.2) in a store of their own, in memory that stays: records one behind the
 * other, each {struct record, name with its NUL, data}, padded to 8 bytes. A record that changes is
 * taken out and appended anew. All places are offsets, so the store may be mapped anywhere.
 */
#include "core.h"
#include "runtime.h"

#define STORE_BYTES    (160u << 10)
#define VARIABLE_MAX   (64u << 10) /* of name and data together */
#define NAME_BYTES_MAX 1024u       /* bytes, with the NUL */

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
	uint32_t is_own, pad;
};
CAIRN_STATIC_ASSERT(sizeof(struct record) % 8 == 0, "records follow each other");

struct store {
	uint32_t used, pad;
	uint8_t bytes[STORE_BYTES];
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

FW_RT_CODE static void take_out(struct record *r)
{
	uint8_t *at = (uint8_t *)r;
	uint32_t bytes = r->bytes, off = (uint32_t)(at - store->bytes);

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

/* Room is counted as if the old one were gone; then nothing can fail. */
FW_RT_CODE static EFI_STATUS put(const struct change *c, struct record *old)
{
	UINTN kept = old && c->is_append ? old->data_bytes : 0;
	UINTN bytes = padded(sizeof(*old) + c->name_bytes + kept + c->size);
	struct record *r;

	if (c->size > VARIABLE_MAX || c->name_bytes + kept + c->size > VARIABLE_MAX)
		return EFI_OUT_OF_RESOURCES;
	if (store->used - (old && !kept ? old->bytes : 0) + bytes > STORE_BYTES)
		return EFI_OUT_OF_RESOURCES;
	if (old && !kept)
		take_out(old);
	r = record_at(store->used);
	r->bytes = (uint32_t)bytes;
	r->attributes = c->attributes;
	r->name_bytes = (uint32_t)c->name_bytes;
	r->data_bytes = (uint32_t)(kept + c->size);
	efi_rt_copy(&r->guid, c->guid, sizeof(r->guid));
	r->is_own = c->is_own;
	r->pad = 0;
	efi_rt_copy(name_of(r), c->name, c->name_bytes);
	if (kept)
		efi_rt_copy(data_of(r), data_of(old), kept);
	efi_rt_copy(data_of(r) + kept, c->data, c->size);
	store->used += (uint32_t)bytes;
	if (old && kept)
		take_out(old);
	return EFI_SUCCESS;
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

/* What an operating system may still do. */
FW_RT_CODE static EFI_STATUS check_alone(const struct change *c, const struct record *old)
{
	const uint32_t need = EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_RUNTIME;

	if (!efi_rt_is_alone)
		return EFI_SUCCESS;
	if (old && !(old->attributes & EFI_VARIABLE_NON_VOLATILE))
		return EFI_WRITE_PROTECTED;
	if (!old && (c->attributes & need) != need)
		return EFI_INVALID_PARAMETER;
	return EFI_SUCCESS;
}

FW_RT_CODE static EFI_STATUS change(struct change *c, struct record *old)
{
	bool has_access = c->attributes & (EFI_VARIABLE_BOOTSERVICE | EFI_VARIABLE_RUNTIME);

	if (!has_access || (c->size == 0 && !c->is_append)) {
		if (!old)
			return EFI_NOT_FOUND;
		take_out(old);
		return EFI_SUCCESS;
	}
	if (old && old->attributes != c->attributes)
		return EFI_INVALID_PARAMETER;
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
	EFI_STATUS status;

	if (!max_storage || !remaining || !max_size || attributes == 0)
		return EFI_INVALID_PARAMETER;
	status = check_attributes(attributes);
	if (EFI_ERROR(status))
		return status;
	if (!(attributes & EFI_VARIABLE_BOOTSERVICE) ||
	    (efi_rt_is_alone && !(attributes & EFI_VARIABLE_RUNTIME)))
		return EFI_INVALID_PARAMETER;
	*max_storage = STORE_BYTES;
	*remaining = STORE_BYTES - store->used;
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
	uint64_t at;
	EFI_STATUS status =
	    efi_pages_alloc(FW_WHERE_ANY, FW_ANY_ADDRESS, sizeof(*store) / FW_PAGE_BYTES + 1,
			    FW_PAGE_BYTES, EfiRuntimeServicesData, &at);

	if (EFI_ERROR(status))
		return status;
	store = (struct store *)(uintptr_t)at;
	store->used = 0;
	return EFI_SUCCESS;
}

FW_RT_CODE void efi_rt_convert_store(void)
{
	(void)efi_convert_pointer(0, (void **)&store);
}
