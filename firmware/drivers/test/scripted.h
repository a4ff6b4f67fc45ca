/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * scripted.h - a virtio-mmio device that says and does what a test wants: lies in its registers,
 * wild rings, or nothing at all. Left as it is it is an honest virtio-blk of version 2, or 1.
 */
#ifndef FW_TEST_SCRIPTED_H
#define FW_TEST_SCRIPTED_H

#include "world.h"

#define SCRIPTED_DISK   (64u * 512u)
#define SCRIPTED_QUEUES 4u

struct scripted_queue {
	uint64_t desc, driver, device;
	uint32_t size;
	struct cairn_virtq ring;
	bool is_ready;
};

struct scripted {
	const struct cairn_mem *mem; /* where its rings are */
	/* what it says; the test writes them */
	uint32_t magic, version, id, queue_max;
	uint64_t offered;
	uint8_t config[256];
	bool refuses_features;   /* FEATURES_OK does not stay */
	bool ignores_reset;      /* the status does not become 0 */
	bool needs_reset;        /* says so once it runs */
	bool changes_generation; /* at each read */
	uint8_t status_byte;     /* of each request */
	/* Instead of serving: writes into the used ring, or does nothing. NULL: serves. */
	void (*serve)(struct scripted *s, struct scripted_queue *q);
	/* what it was told */
	uint32_t status, select, feature_word, generation, n_notified, n_resets;
	uint64_t accepted;
	uint32_t page_bytes, align;
	struct scripted_queue queues[SCRIPTED_QUEUES];
	uint32_t n_requests, n_segments_max, segment_max;
	uint8_t disk[SCRIPTED_DISK];
};

extern struct scripted scripted;

/* An honest disk at WORLD_MMIO, in a world that is open. */
void scripted_plug(uint32_t version);
/* Memory of another kind for world and device: below 2^44, as version 1 wants it. */
void scripted_open_low_ram(void);
void scripted_close_low_ram(void);
/* Writes a used element and moves used.idx by `by`. */
void scripted_use(struct scripted_queue *q, uint32_t id, uint32_t len, uint16_t by);
void scripted_never(struct scripted *s, struct scripted_queue *q);

#endif
