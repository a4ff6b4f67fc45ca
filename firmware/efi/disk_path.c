/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Device paths of disks and partitions (UEFI 2.10, 10.3): where in the machine, where on the disk.
 */
#include <cairn/le.h>

#include "disk.h"

#define PNP0A03 0x0a0341d0u /* a PCI root */

struct acpi_node {
	EFI_DEVICE_PATH_PROTOCOL head;
	cairn_le32 hid, uid;
};
CAIRN_STATIC_ASSERT(sizeof(struct acpi_node) == 12, "UEFI 2.10, 10.3.3");

struct pci_node {
	EFI_DEVICE_PATH_PROTOCOL head;
	uint8_t function, device;
};
CAIRN_STATIC_ASSERT(sizeof(struct pci_node) == 6, "UEFI 2.10, 10.3.2.1");

struct mmio_node { /* a vendor's node, 10.3.2.4 */
	EFI_DEVICE_PATH_PROTOCOL head;
	EFI_GUID guid;
	cairn_le64 at;
} __attribute__((packed));
CAIRN_STATIC_ASSERT(sizeof(struct mmio_node) == 28, "UEFI 2.10, 10.3.2.4");

struct unit_node { /* 10.3.4.2, as SCSI */
	EFI_DEVICE_PATH_PROTOCOL head;
	cairn_le16 target, lun;
};
CAIRN_STATIC_ASSERT(sizeof(struct unit_node) == 8, "UEFI 2.10, 10.3.4.2");

struct harddrive_node {
	EFI_DEVICE_PATH_PROTOCOL head;
	cairn_le32 number;
	cairn_le64 first, n;
	uint8_t signature[16], format, signature_type;
} __attribute__((packed));
CAIRN_STATIC_ASSERT(sizeof(struct harddrive_node) == 42, "UEFI 2.10, 10.3.5.1");

struct cdrom_node {
	EFI_DEVICE_PATH_PROTOCOL head;
	cairn_le32 entry;
	cairn_le64 first, n;
} __attribute__((packed));
CAIRN_STATIC_ASSERT(sizeof(struct cdrom_node) == 24, "UEFI 2.10, 10.3.5.2");

enum { FORMAT_MBR = 1, FORMAT_GPT = 2, SIGNATURE_MBR = 1, SIGNATURE_GUID = 2 };

#define HEAD(type, sub_type, node)                                                                 \
	{                                                                                          \
		type, sub_type,                                                                    \
		{                                                                                  \
			sizeof(struct node), 0                                                     \
		}                                                                                  \
	}

/* The path with one node more; the old one is freed. NULL stays NULL. */
static EFI_DEVICE_PATH_PROTOCOL *extend(EFI_DEVICE_PATH_PROTOCOL *path, const void *node, UINTN len)
{
	EFI_DEVICE_PATH_PROTOCOL *longer = path ? efi_path_append(path, node, len) : NULL;

	(void)efi_pool_free(path);
	return longer;
}

static EFI_DEVICE_PATH_PROTOCOL *pci_path(const struct fw_location *at)
{
	const struct acpi_node root = { .head = HEAD(EFI_DP_ACPI, EFI_DP_ACPI_HID, acpi_node),
					.hid = cairn_le32_of(PNP0A03),
					.uid = cairn_le32_of(at->segment) };
	EFI_DEVICE_PATH_PROTOCOL *path = efi_path_append(NULL, &root, sizeof(root));

	for (uint32_t i = 0; i < at->path_len && i < CAIRN_ARRAY_LEN(at->path); i++) {
		const struct pci_node n = { .head = HEAD(EFI_DP_HARDWARE, EFI_DP_HW_PCI, pci_node),
					    .function = at->path[i].fn,
					    .device = at->path[i].dev };

		path = extend(path, &n, sizeof(n));
	}
	return path;
}

EFI_DEVICE_PATH_PROTOCOL *efi_disk_path(const struct fw_location *at)
{
	const struct unit_node unit = { .head = HEAD(EFI_DP_MESSAGING, EFI_DP_MSG_SCSI, unit_node),
					.target = cairn_le16_of((uint16_t)(at->unit >> 16)),
					.lun = cairn_le16_of((uint16_t)at->unit) };
	const struct mmio_node mmio = { .head = HEAD(EFI_DP_HARDWARE, EFI_DP_HW_VENDOR, mmio_node),
					.guid = efi_guid_virtio_mmio,
					.at = cairn_le64_of(at->mmio_at) };
	EFI_DEVICE_PATH_PROTOCOL *path =
	    at->bus == FW_BUS_PCI ? pci_path(at) : efi_path_append(NULL, &mmio, sizeof(mmio));

	return at->unit ? extend(path, &unit, sizeof(unit)) : path;
}

EFI_DEVICE_PATH_PROTOCOL *efi_partition_path(efi_path *disk, const struct cairn_partitions *table,
					     const struct cairn_partition *p)
{
	bool is_gpt = table->scheme == CAIRN_PARTITION_GPT;
	struct harddrive_node hd = { .head =
					 HEAD(EFI_DP_MEDIA, EFI_DP_MEDIA_HARDDRIVE, harddrive_node),
				     .number = cairn_le32_of(p->index),
				     .first = cairn_le64_of(p->first),
				     .n = cairn_le64_of(p->n),
				     .format = is_gpt ? FORMAT_GPT : FORMAT_MBR,
				     .signature_type = is_gpt ? SIGNATURE_GUID : SIGNATURE_MBR };
	const struct cdrom_node cd = { .head = HEAD(EFI_DP_MEDIA, EFI_DP_MEDIA_CDROM, cdrom_node),
				       /* the default entry is number 0 */
				       .entry = cairn_le32_of(p->index - 1),
				       .first = cairn_le64_of(p->first),
				       .n = cairn_le64_of(p->n) };

	if (table->scheme == CAIRN_PARTITION_ELTORITO)
		return efi_path_append(disk, &cd, sizeof(cd));
	if (is_gpt)
		memcpy(hd.signature, p->unique.b, sizeof(hd.signature));
	else
		cairn_le_store(hd.signature, 4, table->disk_signature);
	return efi_path_append(disk, &hd, sizeof(hd));
}
