/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Images: loading them (UEFI 2.10, 7.4.1, 9.1), starting, leaving and unloading (7.4.2 to 7.4.5).
 */
#include "conform.h"

static uint8_t *child_bytes;
static UINTN child_size;

static EFI_LOADED_IMAGE_PROTOCOL *image_of(EFI_HANDLE h)
{
	return interface_of(h, &efi_guid_loaded_image);
}

/* The path of a file on a device, in pool memory. */
static EFI_DEVICE_PATH_PROTOCOL *path_of(EFI_HANDLE device, const CHAR16 *name)
{
	EFI_DEVICE_PATH_PROTOCOL *head = interface_of(device, &efi_guid_device_path);
	UINTN n = head ? path_bytes(head) - 4 : 0, text = (length_of(name) + 1) * sizeof(*name);
	uint8_t *p = NULL;

	if (bs->AllocatePool(EfiLoaderData, n + 4 + text + 4, (void **)&p))
		return NULL;
	bs->CopyMem(p, head, n);
	p[n] = EFI_DP_MEDIA;
	p[n + 1] = EFI_DP_MEDIA_FILEPATH;
	p[n + 2] = (uint8_t)(text + 4);
	p[n + 3] = 0;
	bs->CopyMem(p + n + 4, (void *)(uintptr_t)name, text);
	p[n + 4 + text] = EFI_DP_END;
	p[n + 5 + text] = EFI_DP_END_ENTIRE;
	p[n + 6 + text] = 4;
	p[n + 7 + text] = 0;
	return (EFI_DEVICE_PATH_PROTOCOL *)p;
}

static EFI_STATUS load(void *bytes, UINTN size, EFI_HANDLE *ret)
{
	*ret = NULL;
	return bs->LoadImage(false, self, NULL, bytes, size, ret);
}

static void say_path_loads(void)
{
	EFI_DEVICE_PATH_PROTOCOL *p = path_of(loaded->DeviceHandle, u"\\DATA\\CHILD.EFI"), *whole;
	EFI_LOADED_IMAGE_PROTOCOL *i;
	EFI_HANDLE h = NULL;

	say("image path", bs->LoadImage(false, self, p, NULL, 0, &h), "");
	i = image_of(h);
	whole = interface_of(h, &efi_guid_loaded_image_path);
	if (i)
		say("image path-facts", EFI_SUCCESS,
		    "revision %x device %u parent %u file-node %u whole %u types %u %u",
		    U(i->Revision), U(i->DeviceHandle == loaded->DeviceHandle),
		    U(i->ParentHandle == self), U(i->FilePath && i->FilePath->Type == 4),
		    U(whole && is_equal(whole, p, path_bytes(p))), U(i->ImageCodeType),
		    U(i->ImageDataType));
	say("image path-unload", bs->UnloadImage(h), "gone %u", U(image_of(h) == NULL));
	say("image path-policy", bs->LoadImage(true, self, p, NULL, 0, &h), "");
	(void)bs->UnloadImage(h);
	h = NULL;
	say("image path-absent",
	    bs->LoadImage(false, self, path_of(loaded->DeviceHandle, u"\\DATA\\NONE.EFI"), NULL, 0,
			  &h),
	    "handle %u", U(h != NULL));
	say("image path-folder",
	    bs->LoadImage(false, self, path_of(loaded->DeviceHandle, u"\\DATA"), NULL, 0, &h), "");
	say("image path-text",
	    bs->LoadImage(false, self, path_of(loaded->DeviceHandle, u"\\DATA\\HELLO.TXT"), NULL, 0,
			  &h),
	    "handle %u", U(h != NULL));
	say("image path-empty",
	    bs->LoadImage(false, self, path_of(loaded->DeviceHandle, u"\\DATA\\EMPTY"), NULL, 0,
			  &h),
	    "");
	say("image path-no-device",
	    bs->LoadImage(false, self, path_of(NULL, u"\\DATA\\CHILD.EFI"), NULL, 0, &h), "");
	say("image path-whole-disk",
	    bs->LoadImage(false, self,
			  path_of(disk_handle(SECOND_DISK_BLOCKS), u"\\DATA\\CHILD.EFI"), NULL, 0,
			  &h),
	    "");
}

/* 10.3.5.1, 3.1.2: a partition's node alone stands for whichever disk has it. */
static void say_short_path(void)
{
	EFI_DEVICE_PATH_PROTOCOL *p = path_of(loaded->DeviceHandle, u"\\DATA\\CHILD.EFI");
	EFI_HANDLE h = NULL;

	while (!(p->Type == EFI_DP_MEDIA && p->SubType == EFI_DP_MEDIA_HARDDRIVE))
		p = (void *)((uint8_t *)p + (p->Length[0] | p->Length[1] << 8));
	say("image short-path", bs->LoadImage(false, self, p, NULL, 0, &h), "handle %u",
	    U(h != NULL));
	if (h)
		(void)bs->UnloadImage(h);
}

static UINTN n_asked;
static BOOLEAN last_policy;

static EFIAPI EFI_STATUS give_child(EFI_LOAD_FILE_PROTOCOL *this, EFI_DEVICE_PATH_PROTOCOL *path,
				    BOOLEAN boot_policy, UINTN *size, void *buffer)
{
	UINTN room = *size;

	n_asked++;
	last_policy = boot_policy;
	*size = child_size;
	if (!buffer || room < child_size)
		return EFI_BUFFER_TOO_SMALL;
	bs->CopyMem(buffer, child_bytes, child_size);
	return EFI_SUCCESS;
}

/* 7.4.1: LoadFile2 is for what is no boot option, LoadFile for both. */
static void say_load_files(void)
{
	static const uint8_t path[] = { 1, 4, 20, 0, 8, 8, 8, 8, 8,    8,    8, 8,
					8, 8, 8,  8, 8, 8, 8, 8, 0x7f, 0xff, 4, 0 };
	static EFI_LOAD_FILE_PROTOCOL file = { give_child };
	EFI_DEVICE_PATH_PROTOCOL *p = (void *)(uintptr_t)path;
	EFI_HANDLE device = NULL, h = NULL;

	(void)bs->InstallMultipleProtocolInterfaces(&device, &efi_guid_device_path, path,
						    &efi_guid_load_file2, &file, NULL);
	say("image load-file2", bs->LoadImage(false, self, p, NULL, 0, &h),
	    "asked %u policy %u device %u", U(n_asked), U(last_policy),
	    U(h && image_of(h)->DeviceHandle == device));
	(void)bs->UnloadImage(h);
	say("image load-file2-policy", bs->LoadImage(true, self, p, NULL, 0, &h), "");
	(void)bs->UninstallMultipleProtocolInterfaces(device, &efi_guid_load_file2, &file, NULL);
	(void)bs->InstallMultipleProtocolInterfaces(&device, &efi_guid_load_file, &file, NULL);
	n_asked = 0;
	say("image load-file-policy", bs->LoadImage(true, self, p, NULL, 0, &h),
	    "asked %u policy %u", U(n_asked), U(last_policy));
	(void)bs->UnloadImage(h);
	say("image load-file", bs->LoadImage(false, self, p, NULL, 0, &h), "policy %u",
	    U(last_policy));
	(void)bs->UnloadImage(h);
	(void)bs->UninstallMultipleProtocolInterfaces(device, &efi_guid_load_file, &file,
						      &efi_guid_device_path, path, NULL);
}

static void say_memory_path(void)
{
	uint8_t path[28] = { EFI_DP_HARDWARE, EFI_DP_HW_MEMORY, 24, 0, EfiLoaderData };
	uint64_t first = (uintptr_t)child_bytes, last = first + child_size - 1;
	EFI_HANDLE h = NULL;

	bs->CopyMem(path + 8, &first, 8);
	bs->CopyMem(path + 16, &last, 8);
	path[24] = EFI_DP_END;
	path[25] = EFI_DP_END_ENTIRE;
	path[26] = 4;
	say("image memory-path-alone", bs->LoadImage(false, self, (void *)path, NULL, 0, &h), "");
	say("image memory-path",
	    bs->LoadImage(false, self, (void *)path, child_bytes, child_size, &h),
	    "device %u file %u", U(h && image_of(h)->DeviceHandle), U(h && image_of(h)->FilePath));
	if (h)
		(void)bs->UnloadImage(h);
}

static void say_bad_loads(void)
{
	uint8_t *copy = NULL;
	EFI_HANDLE h = NULL;
	uint32_t at;

	say("image no-parent", bs->LoadImage(false, NULL, NULL, child_bytes, child_size, &h), "");
	say("image no-result", bs->LoadImage(false, self, NULL, child_bytes, child_size, NULL), "");
	say("image parent-no-image",
	    bs->LoadImage(false, loaded->DeviceHandle, NULL, child_bytes, child_size, &h), "");
	say("image nothing", bs->LoadImage(false, self, NULL, NULL, 0, &h), "");
	say("image no-bytes", load(child_bytes, 0, &h), "");
	say("image half-a-header", load(child_bytes, 70, &h), "handle %u", U(h != NULL));
	(void)bs->AllocatePool(EfiLoaderData, child_size, (void **)&copy);
	bs->CopyMem(copy, child_bytes, child_size);
	copy[0] = 'X';
	say("image no-magic", load(copy, child_size, &h), "");
	copy[0] = 'M';
	bs->CopyMem(&at, copy + 0x3c, 4);
	copy[at + 4] = 0x4c; /* IA-32 */
	copy[at + 5] = 0x01;
	say("image other-machine", load(copy, child_size, &h), "");
	bs->CopyMem(copy, child_bytes, child_size);
	copy[at + 0x5c] = 2; /* a subsystem of Windows */
	say("image other-subsystem", load(copy, child_size, &h), "");
	bs->CopyMem(copy, child_bytes, child_size);
	say("image cut", load(copy, 600, &h), "");
	(void)bs->FreePool(copy);
}

void image_group(void)
{
	EFI_HANDLE h;

	child_bytes = read_whole(u"\\DATA\\CHILD.EFI", &child_size);
	say("image own", EFI_SUCCESS, "device %u types %u %u options %u",
	    U(interface_of(loaded->DeviceHandle, &efi_guid_file_system) != NULL),
	    U(loaded->ImageCodeType), U(loaded->ImageDataType), U(loaded->Unload != NULL));
	say("image own-path", EFI_SUCCESS, "file %u text %u", U(loaded->FilePath->Type == 4),
	    U(is_equal(loaded->FilePath + 1, u"\\EFI\\BOOT\\BOOT", 28)));
	say("image buffer", load(child_bytes, child_size, &h), "device %u file %u path %u",
	    U(h && image_of(h)->DeviceHandle), U(h && image_of(h)->FilePath),
	    U(interface_of(h, &efi_guid_loaded_image_path) != NULL));
	say("image buffer-unload", bs->UnloadImage(h), "");
	say("image unload-again", bs->UnloadImage(h), "");
	say("image unload-nothing", bs->UnloadImage(NULL), "");
	say("image unload-device", bs->UnloadImage(loaded->DeviceHandle), "");
	say_path_loads();
	say_short_path();
	say_load_files();
	say_memory_path();
	say_bad_loads();
}

static EFI_HANDLE prepared(void *bytes, UINTN size, const void *options, UINTN options_size)
{
	EFI_LOADED_IMAGE_PROTOCOL *i;
	EFI_HANDLE h;

	if (load(bytes, size, &h))
		return NULL;
	i = image_of(h);
	i->LoadOptions = (void *)(uintptr_t)options;
	i->LoadOptionsSize = (uint32_t)options_size;
	return h;
}

static EFI_HANDLE child_with(const CHAR16 *action)
{
	return prepared(child_bytes, child_size, action, 4);
}

static void say_exits(void)
{
	EFI_HANDLE h = child_with(u"e");
	CHAR16 *data = NULL;
	UINTN size = 99;

	say("start exit", bs->StartImage(h, &size, &data), "size %u text %u gone %u", U(size),
	    U(is_text(data, u"because")), U(image_of(h) == NULL));
	say("start exit-data-free", bs->FreePool(data), "");
	say("start exit-no-data", bs->StartImage(child_with(u"e"), NULL, NULL), "");
	{
		EFI_STATUS status = bs->StartImage(child_with(u"d"), &size, &data);
		EFI_TPL level = bs->RaiseTPL(TPL_HIGH_LEVEL);

		bs->RestoreTPL(level);
		say("start exit-deep", status, "text %u level %u", U(is_text(data, u"because")),
		    U(level));
	}
	data = NULL;
	size = 99;
	say("start return", bs->StartImage(child_with(u"s"), &size, &data), "size %u data %u",
	    U(size), U(data != NULL));
	h = child_with(u"f");
	say("start return-error", bs->StartImage(h, NULL, NULL), "gone %u", U(image_of(h) == NULL));
	say("start options", bs->StartImage(child_with(u"o"), NULL, NULL), "");
	say("start exit-of-parent", bs->StartImage(child_with(u"x"), NULL, NULL), "");
	h = child_with(u"s");
	say("start exit-not-started", bs->Exit(h, EFI_SUCCESS, 0, NULL), "gone %u",
	    U(image_of(h) == NULL));
	say("start exit-nothing", bs->Exit(NULL, EFI_SUCCESS, 0, NULL), "");
	say("start nothing", bs->StartImage(NULL, NULL, NULL), "");
	say("start device", bs->StartImage(loaded->DeviceHandle, NULL, NULL), "");
	say("start itself", bs->StartImage(self, NULL, NULL), "");
}

static void say_nested(void)
{
	struct {
		CHAR16 action[4];
		EFI_HANDLE inner;
	} options = { u"n", child_with(u"d") };

	say("start nested",
	    bs->StartImage(prepared(child_bytes, child_size, &options, sizeof(options)), NULL,
			   NULL),
	    "gone %u", U(image_of(options.inner) == NULL));
}

static void say_drivers(void)
{
	UINTN size;
	void *bytes = read_whole(u"\\DATA\\DRIVER.EFI", &size);
	EFI_HANDLE h = prepared(bytes, size, u"s", 4);

	say("start driver", bs->StartImage(h, NULL, NULL), "there %u types %u %u",
	    U(image_of(h) != NULL), U(image_of(h)->ImageCodeType), U(image_of(h)->ImageDataType));
	say("start driver-again", bs->StartImage(h, NULL, NULL), "");
	say("start driver-unload", bs->UnloadImage(h), "there %u", U(image_of(h) != NULL));
	h = prepared(bytes, size, u"u", 4);
	(void)bs->StartImage(h, NULL, NULL);
	say("start driver-agrees", bs->UnloadImage(h), "there %u", U(image_of(h) != NULL));
	h = prepared(bytes, size, u"r", 4);
	(void)bs->StartImage(h, NULL, NULL);
	say("start driver-refuses", bs->UnloadImage(h), "there %u", U(image_of(h) != NULL));
	h = prepared(bytes, size, u"f", 4);
	say("start driver-fails", bs->StartImage(h, NULL, NULL), "there %u",
	    U(image_of(h) != NULL));
	(void)bs->FreePool(bytes);
}

void start_group(void)
{
	say_exits();
	say_nested();
	say_drivers();
	(void)bs->FreePool(child_bytes);
}
