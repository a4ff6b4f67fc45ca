/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* internal.h - the three kinds of tables, behind the iterator. */
#ifndef CAIRN_PARTITION_INTERNAL_H
#define CAIRN_PARTITION_INTERNAL_H

#include <cairn/partition.h>

/* Reads what must be inside the disk. Returns 0, -EPROTO (it is not), or the disk's error. */
CAIRN_MUST_USE int cairn_partition_read_(const struct cairn_partitions *p, uint64_t at, void *dst,
					 size_t len, struct cairn_err *err);

/*
 * Each open fills *p and returns 0, or -ENOENT: the disk has no such table. next is as
 * cairn_partition_next().
 */
CAIRN_MUST_USE int cairn_partition_gpt_open_(struct cairn_partitions *p, struct cairn_err *err);
CAIRN_MUST_USE int cairn_partition_gpt_next_(struct cairn_partitions *p,
					     struct cairn_partition *ret, struct cairn_err *err);

/* *ret_is_protective: one of the slots says that the rest is GPT's; then *p is not filled. */
CAIRN_MUST_USE int cairn_partition_mbr_open_(struct cairn_partitions *p, bool *ret_is_protective,
					     struct cairn_err *err);
CAIRN_MUST_USE int cairn_partition_mbr_next_(struct cairn_partitions *p,
					     struct cairn_partition *ret, struct cairn_err *err);
void cairn_partition_mbr_rewind_(struct cairn_partitions *p);

CAIRN_MUST_USE int cairn_partition_eltorito_open_(struct cairn_partitions *p,
						  struct cairn_err *err);
CAIRN_MUST_USE int cairn_partition_eltorito_next_(struct cairn_partitions *p,
						  struct cairn_partition *ret,
						  struct cairn_err *err);

#endif
