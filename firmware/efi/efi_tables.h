/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* efi_tables.h - the system table and its services: UEFI 2.10, 4 and the prototypes of 7 and 8. */
#ifndef FW_EFI_TABLES_H
#define FW_EFI_TABLES_H

#include "efi_base.h"

typedef struct { /* 4.2 */
	uint64_t Signature;
	uint32_t Revision, HeaderSize, CRC32, Reserved;
} EFI_TABLE_HEADER;
CAIRN_STATIC_ASSERT(sizeof(EFI_TABLE_HEADER) == 24, "UEFI 2.10, 4.2");

#define EFI_SPECIFICATION_VERSION (2u << 16 | 100u) /* 2.10: the minor number in tenths */
#define EFI_SYSTEM_SIGNATURE      UINT64_C(0x5453595320494249)
#define EFI_BOOT_SIGNATURE        UINT64_C(0x56524553544f4f42)
#define EFI_RUNTIME_SIGNATURE     UINT64_C(0x56524553544e5552)

typedef struct { /* 4.4 */
	EFI_TABLE_HEADER Hdr;

	EFIAPI EFI_TPL (*RaiseTPL)(EFI_TPL NewTpl);
	EFIAPI void (*RestoreTPL)(EFI_TPL OldTpl);

	EFIAPI EFI_STATUS (*AllocatePages)(EFI_ALLOCATE_TYPE Type, EFI_MEMORY_TYPE MemoryType,
					   UINTN Pages, EFI_PHYSICAL_ADDRESS *Memory);
	EFIAPI EFI_STATUS (*FreePages)(EFI_PHYSICAL_ADDRESS Memory, UINTN Pages);
	EFIAPI EFI_STATUS (*GetMemoryMap)(UINTN *MemoryMapSize, EFI_MEMORY_DESCRIPTOR *MemoryMap,
					  UINTN *MapKey, UINTN *DescriptorSize,
					  uint32_t *DescriptorVersion);
	EFIAPI EFI_STATUS (*AllocatePool)(EFI_MEMORY_TYPE PoolType, UINTN Size, void **Buffer);
	EFIAPI EFI_STATUS (*FreePool)(void *Buffer);

	EFIAPI EFI_STATUS (*CreateEvent)(uint32_t Type, EFI_TPL NotifyTpl,
					 EFI_EVENT_NOTIFY NotifyFunction, void *NotifyContext,
					 EFI_EVENT *Event);
	EFIAPI EFI_STATUS (*SetTimer)(EFI_EVENT Event, EFI_TIMER_DELAY Type, uint64_t TriggerTime);
	EFIAPI EFI_STATUS (*WaitForEvent)(UINTN NumberOfEvents, EFI_EVENT *Event, UINTN *Index);
	EFIAPI EFI_STATUS (*SignalEvent)(EFI_EVENT Event);
	EFIAPI EFI_STATUS (*CloseEvent)(EFI_EVENT Event);
	EFIAPI EFI_STATUS (*CheckEvent)(EFI_EVENT Event);

	EFIAPI EFI_STATUS (*InstallProtocolInterface)(EFI_HANDLE *Handle, const EFI_GUID *Protocol,
						      EFI_INTERFACE_TYPE InterfaceType,
						      void *Interface);
	EFIAPI EFI_STATUS (*ReinstallProtocolInterface)(EFI_HANDLE Handle, const EFI_GUID *Protocol,
							void *OldInterface, void *NewInterface);
	EFIAPI EFI_STATUS (*UninstallProtocolInterface)(EFI_HANDLE Handle, const EFI_GUID *Protocol,
							void *Interface);
	EFIAPI EFI_STATUS (*HandleProtocol)(EFI_HANDLE Handle, const EFI_GUID *Protocol,
					    void **Interface);
	void *Reserved;
	EFIAPI EFI_STATUS (*RegisterProtocolNotify)(const EFI_GUID *Protocol, EFI_EVENT Event,
						    void **Registration);
	EFIAPI EFI_STATUS (*LocateHandle)(EFI_LOCATE_SEARCH_TYPE SearchType,
					  const EFI_GUID *Protocol, void *SearchKey,
					  UINTN *BufferSize, EFI_HANDLE *Buffer);
	EFIAPI EFI_STATUS (*LocateDevicePath)(const EFI_GUID *Protocol,
					      EFI_DEVICE_PATH_PROTOCOL **DevicePath,
					      EFI_HANDLE *Device);
	EFIAPI EFI_STATUS (*InstallConfigurationTable)(const EFI_GUID *Guid, void *Table);

	EFIAPI EFI_STATUS (*LoadImage)(BOOLEAN BootPolicy, EFI_HANDLE ParentImageHandle,
				       EFI_DEVICE_PATH_PROTOCOL *DevicePath, void *SourceBuffer,
				       UINTN SourceSize, EFI_HANDLE *ImageHandle);
	EFIAPI EFI_STATUS (*StartImage)(EFI_HANDLE ImageHandle, UINTN *ExitDataSize,
					CHAR16 **ExitData);
	EFIAPI EFI_STATUS (*Exit)(EFI_HANDLE ImageHandle, EFI_STATUS ExitStatus, UINTN ExitDataSize,
				  CHAR16 *ExitData);
	EFIAPI EFI_STATUS (*UnloadImage)(EFI_HANDLE ImageHandle);
	EFIAPI EFI_STATUS (*ExitBootServices)(EFI_HANDLE ImageHandle, UINTN MapKey);

	EFIAPI EFI_STATUS (*GetNextMonotonicCount)(uint64_t *Count);
	EFIAPI EFI_STATUS (*Stall)(UINTN Microseconds);
	EFIAPI EFI_STATUS (*SetWatchdogTimer)(UINTN Timeout, uint64_t WatchdogCode, UINTN DataSize,
					      CHAR16 *WatchdogData);

	EFIAPI EFI_STATUS (*ConnectController)(EFI_HANDLE ControllerHandle,
					       EFI_HANDLE *DriverImageHandle,
					       EFI_DEVICE_PATH_PROTOCOL *RemainingDevicePath,
					       BOOLEAN Recursive);
	EFIAPI EFI_STATUS (*DisconnectController)(EFI_HANDLE ControllerHandle,
						  EFI_HANDLE DriverImageHandle,
						  EFI_HANDLE ChildHandle);

	EFIAPI EFI_STATUS (*OpenProtocol)(EFI_HANDLE Handle, const EFI_GUID *Protocol,
					  void **Interface, EFI_HANDLE AgentHandle,
					  EFI_HANDLE ControllerHandle, uint32_t Attributes);
	EFIAPI EFI_STATUS (*CloseProtocol)(EFI_HANDLE Handle, const EFI_GUID *Protocol,
					   EFI_HANDLE AgentHandle, EFI_HANDLE ControllerHandle);
	EFIAPI EFI_STATUS (*OpenProtocolInformation)(
	    EFI_HANDLE Handle, const EFI_GUID *Protocol,
	    EFI_OPEN_PROTOCOL_INFORMATION_ENTRY **EntryBuffer, UINTN *EntryCount);
	EFIAPI EFI_STATUS (*ProtocolsPerHandle)(EFI_HANDLE Handle, EFI_GUID ***ProtocolBuffer,
						UINTN *ProtocolBufferCount);
	EFIAPI EFI_STATUS (*LocateHandleBuffer)(EFI_LOCATE_SEARCH_TYPE SearchType,
						const EFI_GUID *Protocol, void *SearchKey,
						UINTN *NoHandles, EFI_HANDLE **Buffer);
	EFIAPI EFI_STATUS (*LocateProtocol)(const EFI_GUID *Protocol, void *Registration,
					    void **Interface);
	EFIAPI EFI_STATUS (*InstallMultipleProtocolInterfaces)(EFI_HANDLE *Handle, ...);
	EFIAPI EFI_STATUS (*UninstallMultipleProtocolInterfaces)(EFI_HANDLE Handle, ...);

	EFIAPI EFI_STATUS (*CalculateCrc32)(void *Data, UINTN DataSize, uint32_t *Crc32);
	EFIAPI void (*CopyMem)(void *Destination, void *Source, UINTN Length);
	EFIAPI void (*SetMem)(void *Buffer, UINTN Size, uint8_t Value);
	EFIAPI EFI_STATUS (*CreateEventEx)(uint32_t Type, EFI_TPL NotifyTpl,
					   EFI_EVENT_NOTIFY NotifyFunction,
					   const void *NotifyContext, const EFI_GUID *EventGroup,
					   EFI_EVENT *Event);
} EFI_BOOT_SERVICES;
CAIRN_STATIC_ASSERT(offsetof(EFI_BOOT_SERVICES, InstallProtocolInterface) == 0x80, "4.4");
CAIRN_STATIC_ASSERT(offsetof(EFI_BOOT_SERVICES, LoadImage) == 0xc8, "4.4");
CAIRN_STATIC_ASSERT(offsetof(EFI_BOOT_SERVICES, OpenProtocol) == 0x118, "4.4");
CAIRN_STATIC_ASSERT(sizeof(EFI_BOOT_SERVICES) == 0x178, "UEFI 2.10, 4.4");

typedef struct {
	uint32_t Resolution, Accuracy;
	BOOLEAN SetsToZero;
} EFI_TIME_CAPABILITIES;

typedef struct { /* 4.5 */
	EFI_TABLE_HEADER Hdr;
	EFIAPI EFI_STATUS (*GetTime)(EFI_TIME *Time, EFI_TIME_CAPABILITIES *Capabilities);
	EFIAPI EFI_STATUS (*SetTime)(EFI_TIME *Time);
	EFIAPI EFI_STATUS (*GetWakeupTime)(BOOLEAN *Enabled, BOOLEAN *Pending, EFI_TIME *Time);
	EFIAPI EFI_STATUS (*SetWakeupTime)(BOOLEAN Enable, EFI_TIME *Time);
	EFIAPI EFI_STATUS (*SetVirtualAddressMap)(UINTN MemoryMapSize, UINTN DescriptorSize,
						  uint32_t DescriptorVersion,
						  EFI_MEMORY_DESCRIPTOR *VirtualMap);
	EFIAPI EFI_STATUS (*ConvertPointer)(UINTN DebugDisposition, void **Address);
	EFIAPI EFI_STATUS (*GetVariable)(CHAR16 *VariableName, EFI_GUID *VendorGuid,
					 uint32_t *Attributes, UINTN *DataSize, void *Data);
	EFIAPI EFI_STATUS (*GetNextVariableName)(UINTN *VariableNameSize, CHAR16 *VariableName,
						 EFI_GUID *VendorGuid);
	EFIAPI EFI_STATUS (*SetVariable)(CHAR16 *VariableName, EFI_GUID *VendorGuid,
					 uint32_t Attributes, UINTN DataSize, void *Data);
	EFIAPI EFI_STATUS (*GetNextHighMonotonicCount)(uint32_t *HighCount);
	EFIAPI void (*ResetSystem)(EFI_RESET_TYPE ResetType, EFI_STATUS ResetStatus, UINTN DataSize,
				   void *ResetData);
	EFIAPI EFI_STATUS (*UpdateCapsule)(void **CapsuleHeaderArray, UINTN CapsuleCount,
					   EFI_PHYSICAL_ADDRESS ScatterGatherList);
	EFIAPI EFI_STATUS (*QueryCapsuleCapabilities)(void **CapsuleHeaderArray, UINTN CapsuleCount,
						      uint64_t *MaximumCapsuleSize,
						      EFI_RESET_TYPE *ResetType);
	EFIAPI EFI_STATUS (*QueryVariableInfo)(uint32_t Attributes,
					       uint64_t *MaximumVariableStorageSize,
					       uint64_t *RemainingVariableStorageSize,
					       uint64_t *MaximumVariableSize);
} EFI_RUNTIME_SERVICES;
CAIRN_STATIC_ASSERT(offsetof(EFI_RUNTIME_SERVICES, GetVariable) == 0x48, "4.5");
CAIRN_STATIC_ASSERT(sizeof(EFI_RUNTIME_SERVICES) == 0x88, "UEFI 2.10, 4.5");

typedef struct { /* 4.6 */
	EFI_GUID VendorGuid;
	void *VendorTable;
} EFI_CONFIGURATION_TABLE;
CAIRN_STATIC_ASSERT(sizeof(EFI_CONFIGURATION_TABLE) == 24, "UEFI 2.10, 4.6");

typedef struct { /* 4.3 */
	EFI_TABLE_HEADER Hdr;
	CHAR16 *FirmwareVendor;
	uint32_t FirmwareRevision;
	EFI_HANDLE ConsoleInHandle;
	void *ConIn;
	EFI_HANDLE ConsoleOutHandle;
	void *ConOut;
	EFI_HANDLE StandardErrorHandle;
	void *StdErr;
	EFI_RUNTIME_SERVICES *RuntimeServices;
	EFI_BOOT_SERVICES *BootServices;
	UINTN NumberOfTableEntries;
	EFI_CONFIGURATION_TABLE *ConfigurationTable;
} EFI_SYSTEM_TABLE;
CAIRN_STATIC_ASSERT(offsetof(EFI_SYSTEM_TABLE, ConIn) == 0x30, "4.3");
CAIRN_STATIC_ASSERT(offsetof(EFI_SYSTEM_TABLE, BootServices) == 0x60, "4.3");
CAIRN_STATIC_ASSERT(sizeof(EFI_SYSTEM_TABLE) == 0x78, "UEFI 2.10, 4.3");

#endif
