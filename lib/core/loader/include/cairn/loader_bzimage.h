/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loader_bzimage.h - the bzImage of Linux/x86: a real-mode part that is not used, and a
 * protected-mode part that holds the compressed kernel. Either a host unpacks the payload and loads
 * it as the ELF kernel that it is, or the protected-mode part is placed as it stands and unpacks
 * itself, entered at its 64-bit entry. Linux's boot.rst, protocol 2.06 and later.
 */
#ifndef CAIRN_LOADER_BZIMAGE_H
#define CAIRN_LOADER_BZIMAGE_H

#include <cairn/ids.h>
#include <cairn/loader_image.h>
#include <cairn/loader_linux.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_BZIMAGE_ENTRY64 0x200 /* from the start of the protected-mode part */

struct cairn_bzimage {
	struct cairn_linux_setup_header header; /* zero behind the end that the file gives it */
	uint64_t kernel_off, kernel_bytes;      /* protected-mode part, inside the file */
	struct cairn_payload payload;
	uint16_t protocol; /* 0x020f is 2.15 */
	bool has_entry64;
	bool relocatable;
	uint32_t alignment;   /* a power of two where relocatable */
	uint64_t preferred;   /* load address; 1 MiB where the header has none */
	uint64_t init_bytes;  /* memory it needs from its load address; >= kernel_bytes */
	uint32_t cmdline_max; /* without the NUL */
	uint32_t initrd_max;  /* highest address of the initrd's last byte */
};

/*
 * cairn_loader_bzimage_parse() - read and check the setup header and the payload's first bytes.
 *
 * Returns 0; -EPROTO: no setup header, or a header that contradicts itself or the file's length;
 * -ENOTSUP: protocol older than 2.06, or a zImage; or what the image returned.
 */
CAIRN_MUST_USE int cairn_loader_bzimage_parse(const struct cairn_image *image,
					      struct cairn_bzimage *ret_bz, struct cairn_err *err);

/*
 * cairn_loader_bzimage_place() - write the protected-mode part, at its preferred address, or, where
 * that does not fit and the kernel is relocatable, at the lowest aligned one.
 *
 * @allowed: guest memory that the kernel may take
 * @ret_span: where it is: load address and init_bytes. The entry is at + CAIRN_BZIMAGE_ENTRY64.
 *
 * Returns 0; -ENOTSUP: no 64-bit entry; -EFAULT: does not fit into `allowed`; or what image or sink
 * returned.
 */
CAIRN_MUST_USE int cairn_loader_bzimage_place(const struct cairn_bzimage *bz,
					      const struct cairn_image *image,
					      struct cairn_range allowed,
					      const struct cairn_load_sink *sink,
					      struct cairn_range *ret_span, struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
