/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * crc.h - the two 32-bit cyclic redundancy checks that file formats use. They find accidents, not
 * forgeries.
 */
#ifndef CAIRN_CRC_H
#define CAIRN_CRC_H

#include <cairn/env.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * cairn_crc_ieee() - IEEE 802.3: that of GPT, gzip and UEFI's CalculateCrc32.
 *
 * @crc: 0 for the first piece, or what the piece before returned. Pure. O(len), no large table.
 */
uint32_t cairn_crc_ieee(uint32_t crc, const void *bytes, size_t len);

/*
 * cairn_crc_castagnoli() - Castagnoli: that of ext4.
 *
 * @crc: the register itself, not inverted before or after: ~0 to begin with, as ext4 does. Pure.
 */
uint32_t cairn_crc_castagnoli(uint32_t crc, const void *bytes, size_t len);

#ifdef __cplusplus
}
#endif
#endif
