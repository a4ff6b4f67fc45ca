/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The log's places. The firmware's own is whole, and what GetEventLog shows. Where ACPI's TPM2
 * table has room for a log, that is a copy: an operating system that was not started through EFI's
 * stub finds it there only (TCG ACPI Specification 1.4, 7.3). What a firmware before this one left
 * there is the beginning of ours.
 */
#include <cairn/math.h>
#include <fw/arch.h>
#include <fw/platform.h>

#include "tpm.h"

#define LOG_BYTES   (64u << 10)
#define FINAL_BYTES (16u << 10)

static struct {
	struct cairn_tpm_log log;
	uint64_t at, final_at; /* pages; 0: none yet */
	bool is_truncated, was_seen;
	uint8_t *area; /* of ACPI's table; NULL: none, or it was too small in the end */
	uint32_t area_bytes;
	size_t final_used;
} state;

static EFI_TCG2_FINAL_EVENTS_TABLE *final_table(void)
{
	return (EFI_TCG2_FINAL_EVENTS_TABLE *)(uintptr_t)state.final_at;
}

static int take_pages(uint32_t bytes, uint32_t type, uint64_t *at)
{
	if (*at)
		return 0;
	return EFI_ERROR(efi_pages_alloc(FW_WHERE_ANY, FW_ANY_ADDRESS, bytes / FW_PAGE_BYTES,
					 FW_PAGE_BYTES, type, at))
		   ? -ENOMEM
		   : 0;
}

/* Only memory that nobody is ever given: neither a program's nor the firmware's. */
static void find_area(void)
{
	uint64_t at = fw_platform.tpm.log_at, end;
	uint32_t bytes = fw_platform.tpm.log_bytes;
	const struct fw_memory_entry *e = fw_memory_find(&fw_platform.memory, at);

	state.area = NULL;
	if (!bytes || !e || !cairn_add_u64(at, bytes, &end) ||
	    end > e->at + e->pages * FW_PAGE_BYTES)
		return;
	if (e->type != FW_MEM_RESERVED && e->type != FW_MEM_ACPI && e->type != FW_MEM_NVS)
		return;
	if (e->is_allocated || !fw_arch_view(at, bytes))
		return;
	state.area = (uint8_t *)(uintptr_t)at;
	state.area_bytes = bytes;
}

static void drop_area(void)
{
	if (state.area)
		memset(state.area, 0, state.area_bytes);
	state.area = NULL;
}

/* Bytes [from, used) of the log are new. What does not fit any more is no log at all there. */
static void copy_to_area(size_t from)
{
	if (state.area && state.log.used <= state.area_bytes)
		memcpy(state.area + from, state.log.bytes + from, state.log.used - from);
	else
		drop_area();
}

/* The log of a firmware before, or a new one where there is nothing that is a log. */
static int begin(uint8_t *bytes, cairn_tpm_kinds kinds)
{
	memset(bytes, 0, LOG_BYTES);
	if (state.area) {
		memcpy(bytes, state.area, cairn_min_u64(state.area_bytes, LOG_BYTES));
		if (cairn_tpm_log_adopt(&state.log, bytes, LOG_BYTES) == 0 &&
		    state.log.kinds == kinds)
			return 0;
		memset(bytes, 0, LOG_BYTES);
		memset(state.area, 0, state.area_bytes);
	}
	return cairn_tpm_log_init(&state.log, bytes, LOG_BYTES, kinds);
}

int efi_log_init(cairn_tpm_kinds kinds, struct cairn_err *err)
{
	int ret = take_pages(LOG_BYTES, EfiBootServicesData, &state.at);

	if (ret == 0)
		ret = take_pages(FINAL_BYTES, EfiACPIMemoryNVS, &state.final_at);
	if (ret < 0)
		return cairn_err_set(err, ENOMEM, "no memory for its log", 0);
	state.is_truncated = state.was_seen = false;
	find_area();
	ret = begin((uint8_t *)(uintptr_t)state.at, kinds);
	if (ret < 0)
		return cairn_err_set(err, -ret, "no room for its log", 0);
	copy_to_area(0);
	memset(final_table(), 0, FINAL_BYTES);
	final_table()->Version = EFI_TCG2_FINAL_EVENTS_V;
	state.final_used = sizeof(EFI_TCG2_FINAL_EVENTS_TABLE);
	if (EFI_ERROR(efi_config_table(&efi_guid_tcg2_final_events, final_table())))
		return cairn_err_set(err, ENOMEM, "no room for its final events", 0);
	return 0;
}

const struct cairn_tpm_log *efi_log(void)
{
	return &state.log;
}

bool efi_log_is_truncated(void)
{
	return state.is_truncated;
}

void efi_log_was_seen(void)
{
	state.was_seen = true;
}

static bool append_final(uint32_t pcr, uint32_t type, const struct cairn_tpm_digests *d,
			 const void *event, UINTN n)
{
	size_t left = FINAL_BYTES - state.final_used, fixed = cairn_tpm_event_size(d->kinds, 0);

	if (!state.was_seen)
		return true;
	if (left < fixed || left - fixed < n)
		return false;
	cairn_tpm_event_write((uint8_t *)final_table() + state.final_used, pcr, type, d, event, n);
	state.final_used += fixed + n;
	final_table()->NumberOfEvents++;
	return true;
}

EFI_STATUS efi_log_append(uint32_t pcr, uint32_t type, const struct cairn_tpm_digests *d,
			  const void *event, UINTN n)
{
	size_t from = state.log.used;

	/* A log with a gap explains nothing: in front of the first event that is lost it ends. */
	if (state.is_truncated)
		return EFI_VOLUME_FULL;
	state.is_truncated = cairn_tpm_log_append(&state.log, pcr, type, d, event, n) < 0;
	if (!state.is_truncated) {
		copy_to_area(from);
		state.is_truncated = !append_final(pcr, type, d, event, n);
	}
	return state.is_truncated ? EFI_VOLUME_FULL : EFI_SUCCESS;
}

void efi_log_drop(void)
{
	if (state.final_at)
		(void)efi_config_table(&efi_guid_tcg2_final_events, NULL);
	if (!state.area)
		find_area();
	drop_area();
	state.was_seen = false;
	state.log = (struct cairn_tpm_log){ 0 };
}
