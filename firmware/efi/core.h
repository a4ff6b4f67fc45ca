/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * core.h - what the parts of the EFI side share. Services that stand in a table are declared in
 * services.h; here is what one part needs of another. One thread; notify functions run inside
 * calls, so state is whole before anything is signalled.
 */
#ifndef FW_EFI_CORE_H
#define FW_EFI_CORE_H

#include <cairn/err.h>
#include <fw/memory.h>

#include "efi.h"
#include "list.h"

/* The nearest status for what the rest of the firmware returns: 0 or a negative errno. */
EFI_STATUS efi_status_of(int ret);

/* ---- memory ---- */
/* Pages in the sizes that an operating system can map (2.3.6.1). */
EFI_STATUS efi_pages_alloc(enum fw_where where, uint64_t at, uint64_t pages, uint64_t align,
			   uint32_t type, uint64_t *ret_at);
EFI_STATUS efi_pages_free(uint64_t at, uint64_t pages);
/* 16-byte aligned. NULL when there is no memory. size 0 is one byte. */
void *efi_pool_alloc(uint32_t type, UINTN size);
/* For the firmware's own objects: boot services data, zeroed. */
void *efi_new(UINTN size);
/* False: not an allocated block. NULL is none. */
bool efi_pool_free(void *block);
uint64_t efi_memory_key(void);
/* The pages are about to be freed: what was set for them by the memory attribute protocol is over.
 */
void efi_memory_attributes_end(uint64_t at, uint64_t end);

/* ---- events ---- */
struct efi_event;
/* NULL when it is none, or was closed. */
struct efi_event *efi_event_of(EFI_EVENT event);
bool efi_event_is_signal(const struct efi_event *e);
/* Signalled; notify functions wait until efi_event_dispatch(), when the caller's state is whole. */
void efi_event_mark(struct efi_event *e);
void efi_event_mark_group(const EFI_GUID *group);
void efi_event_dispatch(void);
void efi_event_signal_group(const EFI_GUID *group); /* both */
/* Time has passed: due timers, and then what is queued above the present TPL. */
void efi_event_poll(void);
EFI_TPL efi_tpl(void);
void efi_timers_stop(void);         /* for good */
void efi_events_keep_virtual(void); /* those that SetVirtualAddressMap tells */

/* ---- handles ---- */
struct efi_handle {
	struct efi_link link;   /* in the order of birth */
	struct efi_link ifaces; /* struct efi_iface */
};

struct efi_iface { /* one protocol on one handle */
	struct efi_link link;
	struct efi_handle *handle;
	EFI_GUID guid;
	void *interface;
	uint64_t born; /* a number that grows: for RegisterProtocolNotify */
	struct efi_link opens;
};

struct efi_open {
	struct efi_link link;
	EFI_HANDLE agent, controller;
	uint32_t attributes, count;
};

extern struct efi_link efi_handles;
/* NULL when it is none. O(handles). */
struct efi_handle *efi_handle_of(EFI_HANDLE handle);
struct efi_iface *efi_iface_find(const struct efi_handle *h, const EFI_GUID *guid);
/* The interface, or NULL. */
void *efi_interface(EFI_HANDLE handle, const EFI_GUID *guid);
/* *handle NULL: a new one. The guid must not be on the handle. */
EFI_STATUS efi_install(EFI_HANDLE *handle, const EFI_GUID *guid, void *interface);
/* Another interface in the place of i's. ACCESS_DENIED: somebody holds it. */
EFI_STATUS efi_replace(struct efi_iface *i, void *interface);
/* NOT_FOUND: no such interface; ACCESS_DENIED: somebody holds it. A handle without any is gone. */
EFI_STATUS efi_uninstall(EFI_HANDLE handle, const EFI_GUID *guid, void *interface);
/* The same, whoever holds it: what it is about ends now. Not there: nothing. */
void efi_take_away(EFI_HANDLE handle, const EFI_GUID *guid);
void efi_handle_release(struct efi_handle *h); /* freed, when it has no protocol left */
void efi_agent_gone(EFI_HANDLE agent);         /* everything that it opened is closed */
/*
 * Drivers that hold the protocol are asked to stop, one after the other. ACCESS_DENIED: one stays.
 * What was looked up before must be looked up again.
 */
EFI_STATUS efi_stop_drivers_of(EFI_HANDLE handle, const EFI_GUID *guid);
void efi_notify_installed(struct efi_iface *iface);
void efi_notify_end(const struct efi_event *event); /* it is closed: nothing is to be told to it */
uint64_t efi_births(void);

/* ---- device paths ---- */
#define EFI_PATH_MAX 65536u
typedef const EFI_DEVICE_PATH_PROTOCOL efi_path;

static inline UINTN efi_node_len(efi_path *node)
{
	return node->Length[0] | (UINTN)node->Length[1] << 8;
}
static inline bool efi_node_is_end(efi_path *node)
{
	return node->Type == EFI_DP_END && node->SubType == EFI_DP_END_ENTIRE;
}
static inline bool efi_node_is(efi_path *node, uint8_t type, uint8_t sub_type)
{
	return node->Type == type && node->SubType == sub_type;
}
static inline efi_path *efi_node_next(efi_path *node)
{
	return (efi_path *)((const uint8_t *)node + efi_node_len(node));
}
/* Bytes with the end node, or 0: a node shorter than its header, or beyond EFI_PATH_MAX. */
UINTN efi_path_size(efi_path *path);
/* The node before the end, or the end itself. */
efi_path *efi_path_last(efi_path *path);
/* Of partitions, by what identifies them and not by where they lie. */
bool efi_node_is_same_partition(efi_path *a, efi_path *b);
/* The first part, up to `n` bytes of it, then the second (NULL: only an end); NULL: no memory. */
EFI_DEVICE_PATH_PROTOCOL *efi_path_join(efi_path *first, UINTN n, efi_path *second);
EFI_DEVICE_PATH_PROTOCOL *efi_path_copy(efi_path *path);
/* The parent's path and one node of `len` bytes behind it. */
EFI_DEVICE_PATH_PROTOCOL *efi_path_append(efi_path *parent, const void *node, UINTN len);
/* A file path node. The name is UCS-2. */
EFI_DEVICE_PATH_PROTOCOL *efi_path_append_file(efi_path *parent, const CHAR16 *name);
/*
 * The handle with this protocol whose device path is the longest prefix of *path, which is moved
 * behind it. NULL: none.
 */
EFI_HANDLE efi_path_locate(const EFI_GUID *guid, efi_path **path);

/* ---- text ---- */
UINTN efi_strlen(const CHAR16 *s);
/* What fits of it, with a NUL; what is no UTF-8 is left out whole. Returns its length. */
UINTN efi_from_utf8(CHAR16 *dst, UINTN cap, const char *src);
CHAR16 *efi_utf8_to_pool(const char *src); /* NULL: no memory */

/* ---- the table, time, images ---- */
void efi_tables_init(void);
void efi_runtime_init(void);
EFI_STATUS efi_config_init(void);
EFI_STATUS efi_dtb_init(void); /* part of it */
void efi_table_drop_boot_services(void);
void efi_watchdog_poll(void);
void efi_disks_flush(void);      /* what is kept back is written */
bool efi_image_is_running(void); /* or is it the firmware that calls? */
extern EFI_SYSTEM_TABLE *efi_st;
void efi_table_crc(EFI_TABLE_HEADER *header);
uint32_t efi_crc32(const void *data, UINTN len);
/* NULL table: removed. */
EFI_STATUS efi_config_table(const EFI_GUID *guid, void *table);

#endif
