/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* efi_tcg2.h - EFI_TCG2_PROTOCOL and its tables: TCG EFI Protocol Specification, family 2.0, 00.13.
 */
#ifndef FW_EFI_EFI_TCG2_H
#define FW_EFI_EFI_TCG2_H

#include "efi_tables.h"

typedef struct {
	uint8_t Major, Minor;
} EFI_TCG2_VERSION;

#define EFI_TCG2_LOG_TCG_2      0x2u /* the crypto-agile one */
#define EFI_TCG2_EXTEND_ONLY    UINT64_C(0x1)
#define PE_COFF_IMAGE           UINT64_C(0x10)
#define EFI_TCG2_EVENT_VERSION  1u
#define EFI_TCG2_FINAL_EVENTS_V 1u
#define EFI_TCG2_CAPABILITY_1_0 28u /* bytes of the first version of the structure below */

typedef struct { /* 6.4 */
	uint8_t Size;
	EFI_TCG2_VERSION StructureVersion, ProtocolVersion;
	uint32_t HashAlgorithmBitmap, SupportedEventLogs;
	BOOLEAN TPMPresentFlag;
	uint16_t MaxCommandSize, MaxResponseSize;
	uint32_t ManufacturerID, NumberOfPCRBanks, ActivePcrBanks;
} EFI_TCG2_BOOT_SERVICE_CAPABILITY;
CAIRN_STATIC_ASSERT(sizeof(EFI_TCG2_BOOT_SERVICE_CAPABILITY) == 36, "6.4");
CAIRN_STATIC_ASSERT(offsetof(EFI_TCG2_BOOT_SERVICE_CAPABILITY, NumberOfPCRBanks) ==
			EFI_TCG2_CAPABILITY_1_0,
		    "6.4");

typedef struct { /* 6.6 */
	uint32_t Size;
	struct __attribute__((packed)) {
		uint32_t HeaderSize;
		uint16_t HeaderVersion;
		uint32_t PCRIndex, EventType;
	} Header;
	uint8_t Event[];
} __attribute__((packed)) EFI_TCG2_EVENT;
CAIRN_STATIC_ASSERT(offsetof(EFI_TCG2_EVENT, Event) == 18, "6.6");

typedef struct EFI_TCG2_PROTOCOL EFI_TCG2_PROTOCOL;
struct EFI_TCG2_PROTOCOL {
	EFIAPI EFI_STATUS (*GetCapability)(EFI_TCG2_PROTOCOL *This,
					   EFI_TCG2_BOOT_SERVICE_CAPABILITY *ProtocolCapability);
	EFIAPI EFI_STATUS (*GetEventLog)(EFI_TCG2_PROTOCOL *This, uint32_t EventLogFormat,
					 EFI_PHYSICAL_ADDRESS *EventLogLocation,
					 EFI_PHYSICAL_ADDRESS *EventLogLastEntry,
					 BOOLEAN *EventLogTruncated);
	EFIAPI EFI_STATUS (*HashLogExtendEvent)(EFI_TCG2_PROTOCOL *This, uint64_t Flags,
						EFI_PHYSICAL_ADDRESS DataToHash,
						uint64_t DataToHashLen, EFI_TCG2_EVENT *Event);
	EFIAPI EFI_STATUS (*SubmitCommand)(EFI_TCG2_PROTOCOL *This,
					   uint32_t InputParameterBlockSize,
					   uint8_t *InputParameterBlock,
					   uint32_t OutputParameterBlockSize,
					   uint8_t *OutputParameterBlock);
	EFIAPI EFI_STATUS (*GetActivePcrBanks)(EFI_TCG2_PROTOCOL *This, uint32_t *ActivePcrBanks);
	EFIAPI EFI_STATUS (*SetActivePcrBanks)(EFI_TCG2_PROTOCOL *This, uint32_t ActivePcrBanks);
	EFIAPI EFI_STATUS (*GetResultOfSetActivePcrBanks)(EFI_TCG2_PROTOCOL *This,
							  uint32_t *OperationPresent,
							  uint32_t *Response);
};

typedef struct { /* 7 */
	uint64_t Version, NumberOfEvents;
	uint8_t Events[];
} EFI_TCG2_FINAL_EVENTS_TABLE;

extern const EFI_GUID efi_guid_tcg2, efi_guid_tcg2_final_events;

#endif
