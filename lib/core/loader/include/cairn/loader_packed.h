/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * loader_packed.h - kernel files that are a compressed Image: what Linux's build calls Image.gz
 * (and Image.xz, Image.zst …), a compressed stream and nothing else; and EFI zboot, vmlinuz.efi, an
 * EFI program that holds the stream and would unpack it itself, were there EFI: its header is in
 * Linux's drivers/firmware/efi/libstub/zboot-header.S. A host unpacks the payload (component
 * unpack) and loads the Image within.
 */
#ifndef CAIRN_LOADER_PACKED_H
#define CAIRN_LOADER_PACKED_H

#include <cairn/loader_image.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * cairn_loader_packed_parse() - where the compressed Image is, and how it is compressed.
 *
 * @ret_payload: off and bytes lie inside the image; unpacked_bytes is 0, not said
 *
 * Returns 0; -EPROTO: neither of the two, or a zboot header that contradicts the file's length or
 * the payload; -ENOTSUP: zboot with a name of a compression that nobody here knows; or what the
 * image returned. Reads less than 100 bytes.
 */
CAIRN_MUST_USE int cairn_loader_packed_parse(const struct cairn_image *image,
					     struct cairn_payload *ret_payload,
					     struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
