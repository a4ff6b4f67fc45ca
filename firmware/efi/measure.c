/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "measure.h"

#include <cairn/authenticode.h>
#include <cairn/cursor.h>
#include <fw/secure.h>

#include "boot.h"
#include "disk.h"
#include "runtime.h"
#include "tpm.h"

enum {
	PCR_FIRMWARE = 0,
	PCR_CONFIG = 1,
	PCR_DRIVERS = 2,
	PCR_BOOT = 4,
	PCR_BOOT_CONFIG = 5,
	PCR_SECURE = 7,
	PCR_INITRD = 9,
	PCR_HANDED = 12,
	LAST_SEPARATED = 6, /* PCR 7 has its own already */

	BOOT_ENTRIES_MAX = 256,
	IMAGE_EVENT_FIXED = 32,
};

static bool is_attempt_due, was_attempted;
static struct {
	uint32_t n;
	uint8_t digests[EFI_AUTHORITIES_MAX][32]; /* SHA-256 */
} authorities;

void efi_measure_data(uint32_t pcr, uint32_t type, const void *event, UINTN n)
{
	struct cairn_tpm_digests d;

	if (!efi_tpm.is_on)
		return;
	cairn_tpm_digest(efi_tpm.banks.active, event, n, &d);
	(void)efi_tpm_measure(pcr, type, &d, event, n);
}

static void action(uint32_t pcr, const char *text, UINTN n)
{
	efi_measure_data(pcr, CAIRN_EV_EFI_ACTION, text, n);
}

/* Without the NUL: profile, 10.4.4. */
#define ACTION(pcr, text) action(pcr, text, sizeof(text) - 1)

static void separator(uint32_t pcr)
{
	static const uint8_t zeroes[4];

	efi_measure_data(pcr, CAIRN_EV_SEPARATOR, zeroes, sizeof(zeroes));
}

/* In pool memory; NULL: there is none, or there is an end of measuring. */
static void *read_variable(const CHAR16 *name, const EFI_GUID *guid, UINTN *ret_n)
{
	CHAR16 *n = (CHAR16 *)(uintptr_t)name; /* the standard's prototypes lack const */
	EFI_GUID *g = (EFI_GUID *)(uintptr_t)guid;
	void *value = efi_boot_variable(name, guid, ret_n);

	if (value)
		return value;
	*ret_n = 0;
	if (efi_get_variable(n, g, NULL, ret_n, NULL) == EFI_BUFFER_TOO_SMALL)
		efi_tpm_give_up("no memory for a variable", *ret_n);
	*ret_n = 0;
	return NULL;
}

/* UEFI_VARIABLE_DATA: profile, 10.2.6. */
static uint8_t *variable_data(const CHAR16 *name, const EFI_GUID *guid, const void *value, UINTN n,
			      UINTN *ret_size)
{
	UINTN chars = efi_strlen(name), size = sizeof(*guid) + 16 + chars * sizeof(*name) + n;
	uint8_t *data = efi_pool_alloc(EfiBootServicesData, size);
	struct cairn_writer w;

	if (!data) {
		efi_tpm_give_up("no memory for a variable", size);
		return NULL;
	}
	cairn_writer_init(&w, data, size);
	cairn_writer_bytes(&w, guid, sizeof(*guid));
	cairn_writer_le64(&w, chars);
	cairn_writer_le64(&w, n);
	cairn_writer_bytes(&w, name, chars * sizeof(*name));
	cairn_writer_bytes(&w, value, n);
	*ret_size = size;
	return data;
}

static void secure_event(uint32_t type, const CHAR16 *name, const EFI_GUID *guid, const void *value,
			 UINTN n)
{
	UINTN size;
	uint8_t *data = efi_tpm.is_on ? variable_data(name, guid, value, n, &size) : NULL;

	if (data)
		efi_measure_data(PCR_SECURE, type, data, size);
	(void)efi_pool_free(data);
}

/* An absent one is measured as empty: profile, 3.3.4.8. */
static void secure_variable(const CHAR16 *name, const EFI_GUID *guid)
{
	UINTN n;
	void *value = read_variable(name, guid, &n);

	secure_event(CAIRN_EV_EFI_VARIABLE_DRIVER_CONFIG, name, guid, value, n);
	(void)efi_pool_free(value);
}

/* Whether it was there before; from now on it was, if there is room. */
static bool is_known(const void *entry, UINTN n)
{
	uint8_t digest[sizeof(authorities.digests[0])];

	cairn_hash_bytes(CAIRN_SHA256, entry, n, digest);
	for (uint32_t i = 0; i < authorities.n; i++)
		if (memcmp(authorities.digests[i], digest, sizeof(digest)) == 0)
			return true;
	if (authorities.n < EFI_AUTHORITIES_MAX)
		memcpy(authorities.digests[authorities.n++], digest, sizeof(digest));
	return false;
}

void efi_measure_authority(const void *entry, UINTN n)
{
	if (n && efi_tpm.is_on && !is_known(entry, n))
		secure_event(CAIRN_EV_EFI_VARIABLE_AUTHORITY, u"db", &efi_guid_image_security,
			     entry, n);
}

static void secure_variables(void)
{
	static const struct {
		const CHAR16 *name;
		const EFI_GUID *guid;
	} all[] = {
		{ u"SecureBoot", &efi_guid_global_variable }, { u"PK", &efi_guid_global_variable },
		{ u"KEK", &efi_guid_global_variable },        { u"db", &efi_guid_image_security },
		{ u"dbx", &efi_guid_image_security },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(all) && efi_tpm.is_on; i++)
		secure_variable(all[i].name, all[i].guid);
}

/* The digest is of the value alone, as other firmware has it: profile, 10.4.1. Returns the value.
 */
static void *boot_variable(const CHAR16 *name, UINTN *ret_n)
{
	struct cairn_tpm_digests d;
	void *value = read_variable(name, &efi_guid_global_variable, ret_n);
	uint8_t *data;
	UINTN size;

	if (!value)
		return NULL;
	data = variable_data(name, &efi_guid_global_variable, value, *ret_n, &size);
	if (data) {
		cairn_tpm_digest(efi_tpm.banks.active, value, *ret_n, &d);
		(void)efi_tpm_measure(PCR_CONFIG, CAIRN_EV_EFI_VARIABLE_BOOT, &d, data, size);
	}
	(void)efi_pool_free(data);
	return value;
}

static void boot_entry(const uint8_t *number)
{
	CHAR16 name[] = u"Boot0000";
	UINTN n;

	for (uint32_t i = 0; i < 4; i++)
		name[4 + i] = u"0123456789ABCDEF"[number[1 - i / 2] >> (i % 2 ? 0 : 4) & 15];
	(void)efi_pool_free(boot_variable(name, &n));
}

static void boot_variables(void)
{
	UINTN n;
	uint8_t *order = boot_variable(u"BootOrder", &n);

	for (UINTN i = 0; order && i + 1 < n && i / 2 < BOOT_ENTRIES_MAX && efi_tpm.is_on; i += 2)
		boot_entry(order + i);
	(void)efi_pool_free(order);
}

void efi_measure_init(void)
{
	static const CHAR16 version[] = u"cairn-fw " CAIRN_VERSION;

	is_attempt_due = was_attempted = false;
	authorities.n = 0;
	efi_tpm_init();
	efi_measure_data(PCR_FIRMWARE, CAIRN_EV_S_CRTM_VERSION, version, sizeof(version));
	secure_variables();
	separator(PCR_SECURE);
}

void efi_measure_attempt(void)
{
	is_attempt_due = true;
}

static void begin_attempt(void)
{
	if (!is_attempt_due)
		return;
	is_attempt_due = false;
	if (!was_attempted)
		boot_variables();
	ACTION(PCR_BOOT, "Calling EFI Application from Boot Option");
	for (uint32_t pcr = 0; !was_attempted && pcr <= LAST_SEPARATED; pcr++)
		separator(pcr);
	was_attempted = true;
}

void efi_measure_returned(void)
{
	if (!is_attempt_due)
		ACTION(PCR_BOOT, "Returning from EFI Application from Boot Option");
	is_attempt_due = false;
}

/* The event names what was hashed. */
static void handed(uint32_t pcr, const void *bytes, UINTN n, const char *name, UINTN name_bytes)
{
	struct cairn_tpm_digests d;

	if (!n || !efi_tpm.is_on)
		return;
	cairn_tpm_digest(efi_tpm.banks.active, bytes, n, &d);
	(void)efi_tpm_measure(pcr, CAIRN_EV_IPL, &d, name, name_bytes);
}

void efi_measure_handed(const void *options, UINTN bytes, const struct fw_efi_candidate *what)
{
	static const char initrd[] = "cairn-fw: initrd", dtb[] = "cairn-fw: device tree";

	if (bytes)
		efi_measure_data(PCR_HANDED, CAIRN_EV_IPL, options, bytes);
	if (!what)
		return;
	handed(PCR_INITRD, what->initrd, what->initrd_bytes, initrd, sizeof(initrd));
	handed(PCR_HANDED, what->dtb, what->dtb_bytes, dtb, sizeof(dtb));
}

void fw_efi_measure_kernel(const void *kernel, uint64_t bytes, const struct fw_efi_candidate *what)
{
	static const char name[] = "cairn-fw: kernel";
	UINTN n = 0;

	if (!efi_tpm.is_on)
		return;
	efi_measure_attempt();
	begin_attempt();
	handed(PCR_BOOT, kernel, bytes, name, sizeof(name));
	while (what->options && what->options[n])
		n++;
	efi_measure_handed(what->options, n ? n + 1 : 0, what);
	fw_tpm_close(&efi_tpm.device);
}

bool efi_measure_program(const void *file, UINTN n, const struct cairn_pe *pe,
			 struct cairn_tpm_digests *ret)
{
	ret->kinds = efi_tpm.banks.active;
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++)
		if (ret->kinds & 1u << i && cairn_authenticode_digest((enum cairn_hash_kind)i, file,
								      n, pe, ret->v[i], NULL) < 0)
			return false;
	return true;
}

static struct fw_block *disk_of(EFI_HANDLE device)
{
	efi_list_each(l, &efi_disks)
	{
		struct efi_disk *d = cairn_container_of(l, struct efi_disk, link);

		if (device && d->handle == device)
			return d->block;
	}
	return NULL;
}

static uint32_t type_of(const struct cairn_pe *pe)
{
	switch (pe->subsystem) {
	case 11:
		return CAIRN_EV_EFI_BOOT_SERVICES_DRIVER;
	case 12:
		return CAIRN_EV_EFI_RUNTIME_SERVICES_DRIVER;
	default:
		return CAIRN_EV_EFI_BOOT_SERVICES_APPLICATION;
	}
}

/* UEFI_IMAGE_LOAD_EVENT: profile, 10.2.3. */
static void image_event(const struct cairn_pe *pe, uint64_t at, efi_path *path,
			const struct cairn_tpm_digests *d)
{
	UINTN path_bytes = path ? efi_path_size(path) : 0, size = IMAGE_EVENT_FIXED + path_bytes;
	uint8_t *event = efi_pool_alloc(EfiBootServicesData, size);
	uint32_t type = type_of(pe);
	struct cairn_writer w;

	if (!event) {
		efi_tpm_give_up("no memory for a program's event", size);
		return;
	}
	cairn_writer_init(&w, event, size);
	cairn_writer_le64(&w, at);
	cairn_writer_le64(&w, pe->image_bytes);
	cairn_writer_le64(&w, pe->image_base);
	cairn_writer_le64(&w, path_bytes);
	cairn_writer_bytes(&w, path, path_bytes);
	(void)efi_tpm_measure(type == CAIRN_EV_EFI_BOOT_SERVICES_APPLICATION ? PCR_BOOT
									     : PCR_DRIVERS,
			      type, d, event, size);
	(void)efi_pool_free(event);
}

void efi_measure_image(const struct efi_source *file, const struct cairn_pe *pe, uint64_t at,
		       efi_path *path)
{
	struct fw_block *disk = disk_of(file->device);
	struct cairn_tpm_digests d;
	const void *authority;
	size_t n;

	if (!efi_tpm.is_on)
		return;
	begin_attempt();
	if (disk)
		efi_measure_disk(disk);
	authority = fw_secure_authority(&n);
	efi_measure_authority(authority, n);
	if (!efi_tpm.is_on)
		return;
	if (efi_measure_program(file->bytes, file->size, pe, &d))
		image_event(pe, at, path, &d);
	else
		efi_tpm_give_up("a program that has no digest", file->size);
}

void efi_measure_exit(enum efi_measure_exit what)
{
	if (what == EFI_EXIT_INVOKED)
		ACTION(PCR_BOOT_CONFIG, "Exit Boot Services Invocation");
	else if (what == EFI_EXIT_FAILED)
		ACTION(PCR_BOOT_CONFIG, "Exit Boot Services Returned with Failure");
	else
		ACTION(PCR_BOOT_CONFIG, "Exit Boot Services Returned with Success");
	if (what == EFI_EXIT_DONE)
		fw_tpm_close(&efi_tpm.device);
}
