/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * efi_base.h - scalar types, status codes, GUIDs and device path nodes of UEFI 2.10, spelled as the
 * standard does (2.3, appendix D, 10).
 */
#ifndef FW_EFI_BASE_H
#define FW_EFI_BASE_H

#include <cairn/env.h>

#if defined(__x86_64__)
#define EFIAPI             __attribute__((ms_abi)) /* 2.3.4.2 */
#define EFI_VA_LIST        __builtin_ms_va_list
#define EFI_VA_START(l, p) __builtin_ms_va_start(l, p)
#define EFI_VA_END(l)      __builtin_ms_va_end(l)
#else
#define EFIAPI
#define EFI_VA_LIST        __builtin_va_list
#define EFI_VA_START(l, p) __builtin_va_start(l, p)
#define EFI_VA_END(l)      __builtin_va_end(l)
#endif
#define EFI_VA_ARG(l, type) __builtin_va_arg(l, type)

typedef uint8_t BOOLEAN;
typedef char CHAR8;
typedef uint16_t CHAR16;
typedef intptr_t INTN;
typedef uintptr_t UINTN;
typedef UINTN EFI_STATUS;
typedef void *EFI_HANDLE;
typedef void *EFI_EVENT;
typedef UINTN EFI_TPL;
typedef uint64_t EFI_LBA;
typedef uint64_t EFI_PHYSICAL_ADDRESS;
typedef uint64_t EFI_VIRTUAL_ADDRESS;

CAIRN_STATIC_ASSERT(sizeof(UINTN) == 8, "only 64-bit machines");
CAIRN_STATIC_ASSERT(sizeof(u"") == sizeof(CHAR16), "UCS-2 literals");

#define EFI_ERROR_BIT            ((UINTN)1 << 63)
#define EFI_SUCCESS              ((UINTN)0)
#define EFI_WARN_UNKNOWN_GLYPH   ((UINTN)1)
#define EFI_WARN_DELETE_FAILURE  ((UINTN)2)
#define EFI_LOAD_ERROR           (EFI_ERROR_BIT | 1)
#define EFI_INVALID_PARAMETER    (EFI_ERROR_BIT | 2)
#define EFI_UNSUPPORTED          (EFI_ERROR_BIT | 3)
#define EFI_BAD_BUFFER_SIZE      (EFI_ERROR_BIT | 4)
#define EFI_BUFFER_TOO_SMALL     (EFI_ERROR_BIT | 5)
#define EFI_NOT_READY            (EFI_ERROR_BIT | 6)
#define EFI_DEVICE_ERROR         (EFI_ERROR_BIT | 7)
#define EFI_WRITE_PROTECTED      (EFI_ERROR_BIT | 8)
#define EFI_OUT_OF_RESOURCES     (EFI_ERROR_BIT | 9)
#define EFI_VOLUME_CORRUPTED     (EFI_ERROR_BIT | 10)
#define EFI_VOLUME_FULL          (EFI_ERROR_BIT | 11)
#define EFI_NO_MEDIA             (EFI_ERROR_BIT | 12)
#define EFI_MEDIA_CHANGED        (EFI_ERROR_BIT | 13)
#define EFI_NOT_FOUND            (EFI_ERROR_BIT | 14)
#define EFI_ACCESS_DENIED        (EFI_ERROR_BIT | 15)
#define EFI_NO_MAPPING           (EFI_ERROR_BIT | 17)
#define EFI_TIMEOUT              (EFI_ERROR_BIT | 18)
#define EFI_ALREADY_STARTED      (EFI_ERROR_BIT | 20)
#define EFI_ABORTED              (EFI_ERROR_BIT | 21)
#define EFI_INCOMPATIBLE_VERSION (EFI_ERROR_BIT | 25)
#define EFI_SECURITY_VIOLATION   (EFI_ERROR_BIT | 26)
#define EFI_ERROR(status)        (((status)&EFI_ERROR_BIT) != 0)

typedef struct {
	uint32_t Data1;
	uint16_t Data2;
	uint16_t Data3;
	uint8_t Data4[8];
} EFI_GUID;
CAIRN_STATIC_ASSERT(sizeof(EFI_GUID) == 16, "UEFI 2.10, appendix A");

typedef struct { /* UEFI 2.10, 8.3.1 */
	uint16_t Year;
	uint8_t Month, Day, Hour, Minute, Second, Pad1;
	uint32_t Nanosecond;
	int16_t TimeZone;
	uint8_t Daylight, Pad2;
} EFI_TIME;
CAIRN_STATIC_ASSERT(sizeof(EFI_TIME) == 16, "UEFI 2.10, 8.3.1");
#define EFI_UNSPECIFIED_TIMEZONE 0x7ff

/* UEFI 2.10, 10.2: nodes lie at any alignment, so everything in them is bytes. */
typedef struct {
	uint8_t Type, SubType, Length[2];
} EFI_DEVICE_PATH_PROTOCOL;
CAIRN_STATIC_ASSERT(sizeof(EFI_DEVICE_PATH_PROTOCOL) == 4, "UEFI 2.10, 10.2");

enum { /* types, and those subtypes that the firmware makes or reads */
       EFI_DP_HARDWARE = 1,
       EFI_DP_HW_PCI = 1,
       EFI_DP_HW_MEMORY = 3,
       EFI_DP_HW_VENDOR = 4,
       EFI_DP_ACPI = 2,
       EFI_DP_ACPI_HID = 1,
       EFI_DP_MESSAGING = 3,
       EFI_DP_MSG_SCSI = 2,
       EFI_DP_MSG_VENDOR = 10,
       EFI_DP_MSG_SATA = 18,
       EFI_DP_MSG_NVME = 23,
       EFI_DP_MEDIA = 4,
       EFI_DP_MEDIA_HARDDRIVE = 1,
       EFI_DP_MEDIA_CDROM = 2,
       EFI_DP_MEDIA_VENDOR = 3,
       EFI_DP_MEDIA_FILEPATH = 4,
       EFI_DP_BBS = 5,
       EFI_DP_END = 0x7f,
       EFI_DP_END_INSTANCE = 1,
       EFI_DP_END_ENTIRE = 0xff,
};

typedef enum {
	AllocateAnyPages,
	AllocateMaxAddress,
	AllocateAddress,
	MaxAllocateType,
} EFI_ALLOCATE_TYPE;

typedef enum { /* the numbers of fw/memory.h are these */
	       EfiReservedMemoryType,
	       EfiLoaderCode,
	       EfiLoaderData,
	       EfiBootServicesCode,
	       EfiBootServicesData,
	       EfiRuntimeServicesCode,
	       EfiRuntimeServicesData,
	       EfiConventionalMemory,
	       EfiUnusableMemory,
	       EfiACPIReclaimMemory,
	       EfiACPIMemoryNVS,
	       EfiMemoryMappedIO,
	       EfiMemoryMappedIOPortSpace,
	       EfiPalCode,
	       EfiPersistentMemory,
	       EfiUnacceptedMemoryType,
	       EfiMaxMemoryType,
} EFI_MEMORY_TYPE;

typedef struct { /* UEFI 2.10, 7.2.3 */
	uint32_t Type, Pad;
	EFI_PHYSICAL_ADDRESS PhysicalStart;
	EFI_VIRTUAL_ADDRESS VirtualStart;
	uint64_t NumberOfPages, Attribute;
} EFI_MEMORY_DESCRIPTOR;
CAIRN_STATIC_ASSERT(sizeof(EFI_MEMORY_DESCRIPTOR) == 40, "UEFI 2.10, 7.2.3");
#define EFI_MEMORY_DESCRIPTOR_VERSION 1

#define EFI_MEMORY_RP                 UINT64_C(0x2000)
#define EFI_MEMORY_XP                 UINT64_C(0x4000)
#define EFI_MEMORY_RO                 UINT64_C(0x20000)
#define EFI_MEMORY_RUNTIME            (UINT64_C(1) << 63)

#define TPL_APPLICATION               ((EFI_TPL)4)
#define TPL_CALLBACK                  ((EFI_TPL)8)
#define TPL_NOTIFY                    ((EFI_TPL)16)
#define TPL_HIGH_LEVEL                ((EFI_TPL)31)

#define EVT_TIMER                     0x80000000u
#define EVT_RUNTIME                   0x40000000u
#define EVT_NOTIFY_WAIT               0x00000100u
#define EVT_NOTIFY_SIGNAL             0x00000200u
#define EVT_SIGNAL_EXIT_BOOT_SERVICES 0x00000201u
#define EVT_SIGNAL_VIRTUAL_ADDRESS    0x60000202u

#define EFI_VARIABLE_NON_VOLATILE     0x01u
#define EFI_VARIABLE_BOOTSERVICE      0x02u
#define EFI_VARIABLE_RUNTIME          0x04u
#define EFI_VARIABLE_HARDWARE_ERROR   0x08u
#define EFI_VARIABLE_AUTH_WRITE       0x10u
#define EFI_VARIABLE_TIME_AUTH_WRITE  0x20u
#define EFI_VARIABLE_APPEND_WRITE     0x40u
#define EFI_VARIABLE_ENHANCED_AUTH    0x80u

typedef EFIAPI void (*EFI_EVENT_NOTIFY)(EFI_EVENT Event, void *Context);

typedef enum { TimerCancel, TimerPeriodic, TimerRelative } EFI_TIMER_DELAY;
typedef enum { EFI_NATIVE_INTERFACE } EFI_INTERFACE_TYPE;
typedef enum { AllHandles, ByRegisterNotify, ByProtocol } EFI_LOCATE_SEARCH_TYPE;
typedef enum {
	EfiResetCold,
	EfiResetWarm,
	EfiResetShutdown,
	EfiResetPlatformSpecific
} EFI_RESET_TYPE;

#define EFI_OPEN_BY_HANDLE 0x01u
#define EFI_OPEN_GET       0x02u
#define EFI_OPEN_TEST      0x04u
#define EFI_OPEN_BY_CHILD  0x08u
#define EFI_OPEN_BY_DRIVER 0x10u
#define EFI_OPEN_EXCLUSIVE 0x20u

typedef struct { /* UEFI 2.10, 7.3.11 */
	EFI_HANDLE AgentHandle, ControllerHandle;
	uint32_t Attributes, OpenCount;
} EFI_OPEN_PROTOCOL_INFORMATION_ENTRY;

#endif
