/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The TPM for loaders and kernels: TCG EFI Protocol Specification, family 2.0, 00.13. */
#include <cairn/loader_image.h>
#include <cairn/loader_pe.h>

#include "measure.h"
#include "tpm.h"

static EFI_HANDLE handle;
static EFI_TCG2_PROTOCOL protocol;

/* The standard's bits of hashes are those of cairn_tpm_kinds. */
CAIRN_STATIC_ASSERT(CAIRN_SHA1 == 0 && CAIRN_SHA256 == 1 && CAIRN_SHA384 == 2 && CAIRN_SHA512 == 3,
		    "6.4");

static uint16_t at_most_16_bits(uint32_t v)
{
	return v < UINT16_MAX ? (uint16_t)v : UINT16_MAX;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static EFIAPI EFI_STATUS get_capability(EFI_TCG2_PROTOCOL *this,
					EFI_TCG2_BOOT_SERVICE_CAPABILITY *cap)
{
	EFI_TCG2_BOOT_SERVICE_CAPABILITY all = {
		.Size = sizeof(all),
		.StructureVersion = { 1, 1 },
		.ProtocolVersion = { 1, 1 },
		.HashAlgorithmBitmap = efi_tpm.banks.supported,
		.SupportedEventLogs = EFI_TCG2_LOG_TCG_2,
		.TPMPresentFlag = efi_tpm.is_on,
		.MaxCommandSize =
		    at_most_16_bits(smaller(efi_tpm.max_command, efi_tpm.device.command_bytes)),
		.MaxResponseSize =
		    at_most_16_bits(smaller(efi_tpm.max_response, efi_tpm.device.response_bytes)),
		.ManufacturerID = efi_tpm.manufacturer,
		.NumberOfPCRBanks = efi_tpm.banks.n_supported,
		.ActivePcrBanks = efi_tpm.banks.active,
	};
	uint8_t room;

	if (this != &protocol || !cap)
		return EFI_INVALID_PARAMETER;
	room = cap->Size;
	if (room >= sizeof(all)) {
		*cap = all;
		return EFI_SUCCESS;
	}
	if (room < EFI_TCG2_CAPABILITY_1_0) {
		cap->Size = sizeof(all);
		return EFI_BUFFER_TOO_SMALL;
	}
	/* A program of the first version of the standard: what it knows. */
	all.Size = EFI_TCG2_CAPABILITY_1_0;
	all.StructureVersion.Minor = all.ProtocolVersion.Minor = 0;
	memcpy(cap, &all, EFI_TCG2_CAPABILITY_1_0);
	return EFI_SUCCESS;
}

static EFIAPI EFI_STATUS get_event_log(EFI_TCG2_PROTOCOL *this, uint32_t format,
				       EFI_PHYSICAL_ADDRESS *at, EFI_PHYSICAL_ADDRESS *last,
				       BOOLEAN *is_truncated)
{
	const struct cairn_tpm_log *log = efi_log();

	if (this != &protocol || format != EFI_TCG2_LOG_TCG_2)
		return EFI_INVALID_PARAMETER;
	if (!at || !last || !is_truncated)
		return EFI_INVALID_PARAMETER;
	if (!efi_tpm.is_on) {
		*at = *last = 0;
		*is_truncated = false;
		return EFI_SUCCESS;
	}
	*at = (uintptr_t)log->bytes;
	*last = (uintptr_t)log->bytes + log->last;
	*is_truncated = efi_log_is_truncated();
	efi_log_was_seen();
	return EFI_SUCCESS;
}

static bool digest_program(const void *file, UINTN n, struct cairn_tpm_digests *ret)
{
	static struct cairn_pe pe;
	struct cairn_image image = cairn_loader_image_mem(file, n);

	return cairn_loader_pe_parse(&image, &pe, NULL) == 0 &&
	       efi_measure_program(file, n, &pe, ret);
}

static UINTN data_bytes(const EFI_TCG2_EVENT *event)
{
	return event->Size - sizeof(event->Size) - sizeof(event->Header);
}

/* Profile, 10.4.1: such an event has digests of zeroes, and no PCR knows of it. */
static EFI_STATUS log_only(uint32_t pcr, const EFI_TCG2_EVENT *event)
{
	struct cairn_tpm_digests none = { .kinds = efi_tpm.banks.active };

	return efi_log_append(pcr, CAIRN_EV_NO_ACTION, &none, event->Event, data_bytes(event));
}

static EFIAPI EFI_STATUS hash_log_extend(EFI_TCG2_PROTOCOL *this, uint64_t flags,
					 EFI_PHYSICAL_ADDRESS data, uint64_t len,
					 EFI_TCG2_EVENT *event)
{
	const uint32_t head = sizeof(event->Header);
	const void *bytes = (const void *)(uintptr_t)data;
	struct cairn_tpm_digests d;
	uint32_t pcr, type;

	if (this != &protocol || !data || !event)
		return EFI_INVALID_PARAMETER;
	if (event->Size < sizeof(event->Size) + head || event->Header.HeaderSize != head ||
	    event->Header.HeaderVersion != EFI_TCG2_EVENT_VERSION)
		return EFI_INVALID_PARAMETER;
	pcr = event->Header.PCRIndex;
	type = event->Header.EventType;
	if (pcr >= CAIRN_TPM_PCRS)
		return EFI_INVALID_PARAMETER;
	if (!efi_tpm.is_on)
		return EFI_DEVICE_ERROR;
	if (type == CAIRN_EV_NO_ACTION && !(flags & EFI_TCG2_EXTEND_ONLY))
		return log_only(pcr, event);
	if (!(flags & PE_COFF_IMAGE))
		cairn_tpm_digest(efi_tpm.banks.active, bytes, len, &d);
	else if (!digest_program(bytes, len, &d))
		return EFI_UNSUPPORTED;
	if (flags & EFI_TCG2_EXTEND_ONLY)
		return efi_tpm_extend(pcr, &d);
	return efi_tpm_measure(pcr, type, &d, event->Event, data_bytes(event));
}

static EFIAPI EFI_STATUS submit_command(EFI_TCG2_PROTOCOL *this, uint32_t in_size, uint8_t *in,
					uint32_t out_size, uint8_t *out)
{
	uint32_t n;

	if (this != &protocol || !in_size || !in || !out_size || !out)
		return EFI_INVALID_PARAMETER;
	if (!efi_tpm.is_on)
		return EFI_DEVICE_ERROR;
	switch (fw_tpm_submit(&efi_tpm.device, in, in_size, out, out_size, FW_TPM_PROGRAM_NS, &n)) {
	case 0:
		return EFI_SUCCESS;
	case -EINVAL:
		return EFI_INVALID_PARAMETER;
	case -ENOSPC:
		return EFI_BUFFER_TOO_SMALL;
	default:
		return EFI_DEVICE_ERROR;
	}
}

static EFIAPI EFI_STATUS get_banks(EFI_TCG2_PROTOCOL *this, uint32_t *ret_banks)
{
	if (this != &protocol || !ret_banks)
		return EFI_INVALID_PARAMETER;
	*ret_banks = efi_tpm.banks.active;
	return EFI_SUCCESS;
}

/* Others than those that are active would take a reset, and something that remembers across it. */
static EFIAPI EFI_STATUS set_banks(EFI_TCG2_PROTOCOL *this, uint32_t banks)
{
	if (this != &protocol || !banks || banks & ~efi_tpm.banks.supported)
		return EFI_INVALID_PARAMETER;
	return banks == efi_tpm.banks.active ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

static EFIAPI EFI_STATUS get_set_result(EFI_TCG2_PROTOCOL *this, uint32_t *present,
					uint32_t *response)
{
	if (this != &protocol || !present || !response)
		return EFI_INVALID_PARAMETER;
	*present = *response = 0;
	return EFI_SUCCESS;
}

static EFI_TCG2_PROTOCOL protocol = {
	.GetCapability = get_capability,
	.GetEventLog = get_event_log,
	.HashLogExtendEvent = hash_log_extend,
	.SubmitCommand = submit_command,
	.GetActivePcrBanks = get_banks,
	.SetActivePcrBanks = set_banks,
	.GetResultOfSetActivePcrBanks = get_set_result,
};

EFI_STATUS efi_tcg2_install(void)
{
	return efi_install(&handle, &efi_guid_tcg2, &protocol);
}

void efi_tcg2_uninstall(void)
{
	/* Who holds it gets errors from it. When the boot services are over nobody finds it. */
	if (handle && efi_st->BootServices &&
	    !EFI_ERROR(efi_uninstall(handle, &efi_guid_tcg2, &protocol)))
		handle = NULL;
}
