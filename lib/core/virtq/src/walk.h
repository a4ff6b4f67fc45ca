/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The walk along one chain. Private to the component. */
#ifndef CAIRN_VIRTQ_WALK_H
#define CAIRN_VIRTQ_WALK_H

#include <cairn/virtq.h>

/*
 * Read, check and translate the chain that starts at descriptor `head`, which the driver chose.
 * Returns 0 with @chain filled (all but at_), -EPROTO, -EFAULT; on failure only the caller's array
 * of spans has changed.
 */
CAIRN_MUST_USE int cairn_virtq_walk_(const struct cairn_virtq *q, uint16_t head,
				     struct cairn_virtq_chain *chain);

#endif
