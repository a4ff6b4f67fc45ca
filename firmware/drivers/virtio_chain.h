/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* virtio_chain.h - buffers of a chain. */
#ifndef FW_VIRTIO_CHAIN_H
#define FW_VIRTIO_CHAIN_H

#include <cairn/math.h>
#include <cairn/virtq_driver.h>

#include "flight.h"
#include "pages.h"

static inline struct cairn_virtq_buf fw_virtio_buf_(const void *at, uint32_t len, bool writable)
{
	return (struct cairn_virtq_buf){ cairn_gpa_of(fw_address_(at)), len, writable };
}

/* The first bytes of a transfer, in segments of at most that many. Returns how many those are. */
static inline uint16_t fw_virtio_bufs_of_(const struct fw_transfer *t, uint64_t bytes,
					  uint32_t segment_bytes, struct cairn_virtq_buf *bufs)
{
	uint16_t n = 0;

	for (uint64_t off = 0; off < bytes; off += bufs[n++].len)
		bufs[n] = (struct cairn_virtq_buf){
			cairn_gpa_of(t->at + off),
			(uint32_t)cairn_min_u64(bytes - off, segment_bytes),
			t->kind == FW_READ,
		};
	return n;
}

#endif
