/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* efi_protocols.h - the protocols that the firmware offers, and what they are handed. UEFI 2.10. */
#ifndef FW_EFI_PROTOCOLS_H
#define FW_EFI_PROTOCOLS_H

#include "efi_tables.h"

#define EFI_LOADED_IMAGE_REVISION 0x1000u

typedef struct { /* 9.1 */
	uint32_t Revision;
	EFI_HANDLE ParentHandle;
	EFI_SYSTEM_TABLE *SystemTable;
	EFI_HANDLE DeviceHandle;
	EFI_DEVICE_PATH_PROTOCOL *FilePath;
	void *Reserved;
	uint32_t LoadOptionsSize;
	void *LoadOptions;
	void *ImageBase;
	uint64_t ImageSize;
	EFI_MEMORY_TYPE ImageCodeType, ImageDataType;
	EFIAPI EFI_STATUS (*Unload)(EFI_HANDLE ImageHandle);
} EFI_LOADED_IMAGE_PROTOCOL;
CAIRN_STATIC_ASSERT(offsetof(EFI_LOADED_IMAGE_PROTOCOL, ImageBase) == 0x40, "9.1");
CAIRN_STATIC_ASSERT(sizeof(EFI_LOADED_IMAGE_PROTOCOL) == 0x60, "9.1");

typedef struct { /* 13.9 */
	uint32_t MediaId;
	BOOLEAN RemovableMedia, MediaPresent, LogicalPartition, ReadOnly, WriteCaching;
	uint32_t BlockSize, IoAlign;
	EFI_LBA LastBlock, LowestAlignedLba;
	uint32_t LogicalBlocksPerPhysicalBlock, OptimalTransferLengthGranularity;
} EFI_BLOCK_IO_MEDIA;
CAIRN_STATIC_ASSERT(offsetof(EFI_BLOCK_IO_MEDIA, LastBlock) == 24, "13.9");

#define EFI_BLOCK_IO_REVISION3 0x0002001fu

typedef struct EFI_BLOCK_IO_PROTOCOL EFI_BLOCK_IO_PROTOCOL;
struct EFI_BLOCK_IO_PROTOCOL {
	uint64_t Revision;
	EFI_BLOCK_IO_MEDIA *Media;
	EFIAPI EFI_STATUS (*Reset)(EFI_BLOCK_IO_PROTOCOL *This, BOOLEAN ExtendedVerification);
	EFIAPI EFI_STATUS (*ReadBlocks)(EFI_BLOCK_IO_PROTOCOL *This, uint32_t MediaId, EFI_LBA Lba,
					UINTN BufferSize, void *Buffer);
	EFIAPI EFI_STATUS (*WriteBlocks)(EFI_BLOCK_IO_PROTOCOL *This, uint32_t MediaId, EFI_LBA Lba,
					 UINTN BufferSize, void *Buffer);
	EFIAPI EFI_STATUS (*FlushBlocks)(EFI_BLOCK_IO_PROTOCOL *This);
};

#define EFI_DISK_IO_REVISION 0x00010000u

typedef struct EFI_DISK_IO_PROTOCOL EFI_DISK_IO_PROTOCOL;
struct EFI_DISK_IO_PROTOCOL { /* 13.7 */
	uint64_t Revision;
	EFIAPI EFI_STATUS (*ReadDisk)(EFI_DISK_IO_PROTOCOL *This, uint32_t MediaId, uint64_t Offset,
				      UINTN BufferSize, void *Buffer);
	EFIAPI EFI_STATUS (*WriteDisk)(EFI_DISK_IO_PROTOCOL *This, uint32_t MediaId,
				       uint64_t Offset, UINTN BufferSize, void *Buffer);
};

#define EFI_FILE_MODE_READ   UINT64_C(1)
#define EFI_FILE_MODE_WRITE  UINT64_C(2)
#define EFI_FILE_MODE_CREATE (UINT64_C(1) << 63)
#define EFI_FILE_READ_ONLY   UINT64_C(0x01)
#define EFI_FILE_DIRECTORY   UINT64_C(0x10)
#define EFI_FILE_VALID_ATTR  UINT64_C(0x37)
#define EFI_FILE_REVISION    0x00010000u
#define EFI_FILE_FS_REVISION 0x00010000u

typedef struct EFI_FILE_PROTOCOL EFI_FILE_PROTOCOL;
struct EFI_FILE_PROTOCOL { /* 13.5 */
	uint64_t Revision;
	EFIAPI EFI_STATUS (*Open)(EFI_FILE_PROTOCOL *This, EFI_FILE_PROTOCOL **NewHandle,
				  const CHAR16 *FileName, uint64_t OpenMode, uint64_t Attributes);
	EFIAPI EFI_STATUS (*Close)(EFI_FILE_PROTOCOL *This);
	EFIAPI EFI_STATUS (*Delete)(EFI_FILE_PROTOCOL *This);
	EFIAPI EFI_STATUS (*Read)(EFI_FILE_PROTOCOL *This, UINTN *BufferSize, void *Buffer);
	EFIAPI EFI_STATUS (*Write)(EFI_FILE_PROTOCOL *This, UINTN *BufferSize, void *Buffer);
	EFIAPI EFI_STATUS (*GetPosition)(EFI_FILE_PROTOCOL *This, uint64_t *Position);
	EFIAPI EFI_STATUS (*SetPosition)(EFI_FILE_PROTOCOL *This, uint64_t Position);
	EFIAPI EFI_STATUS (*GetInfo)(EFI_FILE_PROTOCOL *This, EFI_GUID *InformationType,
				     UINTN *BufferSize, void *Buffer);
	EFIAPI EFI_STATUS (*SetInfo)(EFI_FILE_PROTOCOL *This, EFI_GUID *InformationType,
				     UINTN BufferSize, void *Buffer);
	EFIAPI EFI_STATUS (*Flush)(EFI_FILE_PROTOCOL *This);
};

typedef struct EFI_SIMPLE_FILE_SYSTEM_PROTOCOL EFI_SIMPLE_FILE_SYSTEM_PROTOCOL;
struct EFI_SIMPLE_FILE_SYSTEM_PROTOCOL { /* 13.4 */
	uint64_t Revision;
	EFIAPI EFI_STATUS (*OpenVolume)(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *This,
					EFI_FILE_PROTOCOL **Root);
};

typedef struct { /* 13.5.16 */
	uint64_t Size, FileSize, PhysicalSize;
	EFI_TIME CreateTime, LastAccessTime, ModificationTime;
	uint64_t Attribute;
	CHAR16 FileName[];
} EFI_FILE_INFO;
CAIRN_STATIC_ASSERT(offsetof(EFI_FILE_INFO, FileName) == 80, "13.5.16");

typedef struct { /* 13.5.17 */
	uint64_t Size;
	BOOLEAN ReadOnly;
	uint64_t VolumeSize, FreeSpace;
	uint32_t BlockSize;
	CHAR16 VolumeLabel[];
} EFI_FILE_SYSTEM_INFO;
CAIRN_STATIC_ASSERT(offsetof(EFI_FILE_SYSTEM_INFO, VolumeLabel) == 36, "13.5.17");

typedef struct EFI_LOAD_FILE_PROTOCOL EFI_LOAD_FILE_PROTOCOL;
struct EFI_LOAD_FILE_PROTOCOL { /* 13.1, and 13.2: LoadFile2 */
	EFIAPI EFI_STATUS (*LoadFile)(EFI_LOAD_FILE_PROTOCOL *This,
				      EFI_DEVICE_PATH_PROTOCOL *FilePath, BOOLEAN BootPolicy,
				      UINTN *BufferSize, void *Buffer);
};

typedef struct { /* 12.4 */
	int32_t MaxMode, Mode, Attribute, CursorColumn, CursorRow;
	BOOLEAN CursorVisible;
} SIMPLE_TEXT_OUTPUT_MODE;

typedef struct EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL;
struct EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL { /* 12.4 */
	EFIAPI EFI_STATUS (*Reset)(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *This, BOOLEAN Extended);
	EFIAPI EFI_STATUS (*OutputString)(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *This,
					  const CHAR16 *String);
	EFIAPI EFI_STATUS (*TestString)(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *This,
					const CHAR16 *String);
	EFIAPI EFI_STATUS (*QueryMode)(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *This, UINTN ModeNumber,
				       UINTN *Columns, UINTN *Rows);
	EFIAPI EFI_STATUS (*SetMode)(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *This, UINTN ModeNumber);
	EFIAPI EFI_STATUS (*SetAttribute)(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *This, UINTN Attribute);
	EFIAPI EFI_STATUS (*ClearScreen)(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *This);
	EFIAPI EFI_STATUS (*SetCursorPosition)(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *This, UINTN Column,
					       UINTN Row);
	EFIAPI EFI_STATUS (*EnableCursor)(EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *This, BOOLEAN Visible);
	SIMPLE_TEXT_OUTPUT_MODE *Mode;
};

typedef struct {
	uint16_t ScanCode;
	CHAR16 UnicodeChar;
} EFI_INPUT_KEY;

typedef struct EFI_SIMPLE_TEXT_INPUT_PROTOCOL EFI_SIMPLE_TEXT_INPUT_PROTOCOL;
struct EFI_SIMPLE_TEXT_INPUT_PROTOCOL { /* 12.3 */
	EFIAPI EFI_STATUS (*Reset)(EFI_SIMPLE_TEXT_INPUT_PROTOCOL *This, BOOLEAN Extended);
	EFIAPI EFI_STATUS (*ReadKeyStroke)(EFI_SIMPLE_TEXT_INPUT_PROTOCOL *This,
					   EFI_INPUT_KEY *Key);
	EFI_EVENT WaitForKey;
};

typedef struct {
	uint32_t KeyShiftState;
	uint8_t KeyToggleState;
} EFI_KEY_STATE;
#define EFI_SHIFT_STATE_VALID  0x80000000u
#define EFI_TOGGLE_STATE_VALID 0x80u

typedef struct {
	EFI_INPUT_KEY Key;
	EFI_KEY_STATE KeyState;
} EFI_KEY_DATA;

typedef EFIAPI EFI_STATUS (*EFI_KEY_NOTIFY_FUNCTION)(EFI_KEY_DATA *KeyData);

typedef struct EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL;
struct EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL { /* 12.2 */
	EFIAPI EFI_STATUS (*Reset)(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *This, BOOLEAN Extended);
	EFIAPI EFI_STATUS (*ReadKeyStrokeEx)(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *This,
					     EFI_KEY_DATA *KeyData);
	EFI_EVENT WaitForKeyEx;
	EFIAPI EFI_STATUS (*SetState)(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *This,
				      uint8_t *KeyToggleState);
	EFIAPI EFI_STATUS (*RegisterKeyNotify)(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *This,
					       EFI_KEY_DATA *KeyData,
					       EFI_KEY_NOTIFY_FUNCTION KeyNotificationFunction,
					       void **NotifyHandle);
	EFIAPI EFI_STATUS (*UnregisterKeyNotify)(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *This,
						 void *NotificationHandle);
};

typedef struct EFI_RNG_PROTOCOL EFI_RNG_PROTOCOL;
struct EFI_RNG_PROTOCOL { /* 37.5 */
	EFIAPI EFI_STATUS (*GetInfo)(EFI_RNG_PROTOCOL *This, UINTN *RNGAlgorithmListSize,
				     EFI_GUID *RNGAlgorithmList);
	EFIAPI EFI_STATUS (*GetRNG)(EFI_RNG_PROTOCOL *This, EFI_GUID *RNGAlgorithm,
				    UINTN RNGValueLength, uint8_t *RNGValue);
};

typedef struct EFI_MEMORY_ATTRIBUTE_PROTOCOL EFI_MEMORY_ATTRIBUTE_PROTOCOL;
struct EFI_MEMORY_ATTRIBUTE_PROTOCOL { /* 37.7 */
	EFIAPI EFI_STATUS (*GetMemoryAttributes)(EFI_MEMORY_ATTRIBUTE_PROTOCOL *This,
						 EFI_PHYSICAL_ADDRESS BaseAddress, uint64_t Length,
						 uint64_t *Attributes);
	EFIAPI EFI_STATUS (*SetMemoryAttributes)(EFI_MEMORY_ATTRIBUTE_PROTOCOL *This,
						 EFI_PHYSICAL_ADDRESS BaseAddress, uint64_t Length,
						 uint64_t Attributes);
	EFIAPI EFI_STATUS (*ClearMemoryAttributes)(EFI_MEMORY_ATTRIBUTE_PROTOCOL *This,
						   EFI_PHYSICAL_ADDRESS BaseAddress,
						   uint64_t Length, uint64_t Attributes);
};

typedef struct EFI_UNICODE_COLLATION_PROTOCOL EFI_UNICODE_COLLATION_PROTOCOL;
struct EFI_UNICODE_COLLATION_PROTOCOL { /* 13.10 */
	EFIAPI INTN (*StriColl)(EFI_UNICODE_COLLATION_PROTOCOL *This, const CHAR16 *Str1,
				const CHAR16 *Str2);
	EFIAPI BOOLEAN (*MetaiMatch)(EFI_UNICODE_COLLATION_PROTOCOL *This, const CHAR16 *String,
				     const CHAR16 *Pattern);
	EFIAPI void (*StrLwr)(EFI_UNICODE_COLLATION_PROTOCOL *This, CHAR16 *Str);
	EFIAPI void (*StrUpr)(EFI_UNICODE_COLLATION_PROTOCOL *This, CHAR16 *Str);
	EFIAPI void (*FatToStr)(EFI_UNICODE_COLLATION_PROTOCOL *This, UINTN FatSize,
				const CHAR8 *Fat, CHAR16 *String);
	EFIAPI BOOLEAN (*StrToFat)(EFI_UNICODE_COLLATION_PROTOCOL *This, const CHAR16 *String,
				   UINTN FatSize, CHAR8 *Fat);
	CHAR8 *SupportedLanguages;
};

typedef struct EFI_DRIVER_BINDING_PROTOCOL EFI_DRIVER_BINDING_PROTOCOL;
struct EFI_DRIVER_BINDING_PROTOCOL { /* 11.1 */
	EFIAPI EFI_STATUS (*Supported)(EFI_DRIVER_BINDING_PROTOCOL *This,
				       EFI_HANDLE ControllerHandle,
				       EFI_DEVICE_PATH_PROTOCOL *RemainingDevicePath);
	EFIAPI EFI_STATUS (*Start)(EFI_DRIVER_BINDING_PROTOCOL *This, EFI_HANDLE ControllerHandle,
				   EFI_DEVICE_PATH_PROTOCOL *RemainingDevicePath);
	EFIAPI EFI_STATUS (*Stop)(EFI_DRIVER_BINDING_PROTOCOL *This, EFI_HANDLE ControllerHandle,
				  UINTN NumberOfChildren, EFI_HANDLE *ChildHandleBuffer);
	uint32_t Version;
	EFI_HANDLE ImageHandle, DriverBindingHandle;
};
CAIRN_STATIC_ASSERT(sizeof(EFI_DRIVER_BINDING_PROTOCOL) == 48, "11.1");

typedef struct { /* 10.6 */
	EFIAPI CHAR16 *(*ConvertDeviceNodeToText)(const EFI_DEVICE_PATH_PROTOCOL *DeviceNode,
						  BOOLEAN DisplayOnly, BOOLEAN AllowShortcuts);
	EFIAPI CHAR16 *(*ConvertDevicePathToText)(const EFI_DEVICE_PATH_PROTOCOL *DevicePath,
						  BOOLEAN DisplayOnly, BOOLEAN AllowShortcuts);
} EFI_DEVICE_PATH_TO_TEXT_PROTOCOL;

typedef struct { /* 10.6 */
	EFIAPI EFI_DEVICE_PATH_PROTOCOL *(*ConvertTextToDeviceNode)(const CHAR16 *TextDeviceNode);
	EFIAPI EFI_DEVICE_PATH_PROTOCOL *(*ConvertTextToDevicePath)(const CHAR16 *TextDevicePath);
} EFI_DEVICE_PATH_FROM_TEXT_PROTOCOL;

typedef struct { /* 10.5 */
	EFIAPI UINTN (*GetDevicePathSize)(const EFI_DEVICE_PATH_PROTOCOL *DevicePath);
	EFIAPI EFI_DEVICE_PATH_PROTOCOL *(*DuplicateDevicePath)(
	    const EFI_DEVICE_PATH_PROTOCOL *DevicePath);
	EFIAPI EFI_DEVICE_PATH_PROTOCOL *(*AppendDevicePath)(const EFI_DEVICE_PATH_PROTOCOL *Src1,
							     const EFI_DEVICE_PATH_PROTOCOL *Src2);
	EFIAPI EFI_DEVICE_PATH_PROTOCOL *(*AppendDeviceNode)(
	    const EFI_DEVICE_PATH_PROTOCOL *DevicePath, const EFI_DEVICE_PATH_PROTOCOL *DeviceNode);
	EFIAPI EFI_DEVICE_PATH_PROTOCOL *(*AppendDevicePathInstance)(
	    const EFI_DEVICE_PATH_PROTOCOL *DevicePath,
	    const EFI_DEVICE_PATH_PROTOCOL *DevicePathInstance);
	EFIAPI EFI_DEVICE_PATH_PROTOCOL *(*GetNextDevicePathInstance)(
	    EFI_DEVICE_PATH_PROTOCOL **DevicePathInstance, UINTN *DevicePathInstanceSize);
	EFIAPI BOOLEAN (*IsDevicePathMultiInstance)(const EFI_DEVICE_PATH_PROTOCOL *DevicePath);
	EFIAPI EFI_DEVICE_PATH_PROTOCOL *(*CreateDeviceNode)(uint8_t NodeType, uint8_t NodeSubType,
							     uint16_t NodeLength);
} EFI_DEVICE_PATH_UTILITIES_PROTOCOL;

#endif
