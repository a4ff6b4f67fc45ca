/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * virtio_rig.h - for the tests of devices: a carrier without a transport, on one loop, with a guest
 * memory and a mock driver for each queue.
 *
 *	static struct cairn_virtio_rig rig;
 *
 *	cairn_virtio_rig_open(&rig, 1 << 20, 1);
 *	... make the device with rig.loop as its home ...
 *	cairn_virtio_rig_attach(&rig, vdev, vdev->features);
 *	cairn_virtio_rig_start(&rig, 0, 16);
 *	cairn_virtio_rig_push(&rig, 0, pieces, n, &head);	// and kick
 *	cairn_virtio_rig_collect(&rig, 0, &head, &written);	// runs the loop until it is there
 *	cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_DRAIN);
 *	cairn_virtio_rig_detach(&rig);
 *	... free the device ...
 *	cairn_virtio_rig_close(&rig);
 *
 * Returns are 0 or a negative errno, for tests to assert. One thread, but that queues may run on
 * loops of others.
 */
#ifndef CAIRN_VIRTIO_RIG_H
#define CAIRN_VIRTIO_RIG_H

#include <cairn/vdev.h>
#include <cairn/virtq_mock.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VIRTIO_RIG_QUEUES 8

struct cairn_virtio_rig_queue {
	struct cairn_virtq_mock mock;
	int kick_fd;
	uint32_t n_signals; /* interrupts; by atomic access when another loop runs the queue */
	struct cairn_vdev_call start_call, stop_calls[2];
	bool start_pending, stop_pending[2];
	int start_status, stop_status[2];
	struct cairn_vq_pos pos; /* of the last stop */
};

struct cairn_virtio_rig { /* large: make it static */
	struct cairn_loop *loop;
	struct cairn_mapping *mapping;
	struct cairn_memview *view;
	struct cairn_virtq_mock_ram ram;
	struct cairn_vdev *vdev;
	struct cairn_vdev_host host;
	uint32_t n_config_changed, n_broken;
	int broken_why;
	struct cairn_virtio_rig_queue queues[CAIRN_VIRTIO_RIG_QUEUES];
};

/* Guest memory of `bytes` in n_regions that touch, as cairn_virtq_mock_ram_init() says. */
CAIRN_MUST_USE int cairn_virtio_rig_open(struct cairn_virtio_rig *rig, uint64_t bytes,
					 size_t n_regions);
/* No device is attached. */
void cairn_virtio_rig_close(struct cairn_virtio_rig *rig);

/* Take a device, hand it the memory, accept these features (the ring's among them). */
CAIRN_MUST_USE int cairn_virtio_rig_attach(struct cairn_virtio_rig *rig, struct cairn_vdev *d,
					   uint64_t features);
/* Cancel what runs, reset, let go. */
CAIRN_MUST_USE int cairn_virtio_rig_detach(struct cairn_virtio_rig *rig);

/* A new ring for queue i, and start it on the rig's loop (_on: on that one). Waits. */
CAIRN_MUST_USE int cairn_virtio_rig_start(struct cairn_virtio_rig *rig, uint16_t i, uint16_t size);
CAIRN_MUST_USE int cairn_virtio_rig_start_on(struct cairn_virtio_rig *rig, uint16_t i,
					     uint16_t size, struct cairn_loop *loop);
/* Stop it and wait for the end (10 s: -ETIMEDOUT). */
CAIRN_MUST_USE int cairn_virtio_rig_stop(struct cairn_virtio_rig *rig, uint16_t i,
					 enum cairn_vq_stop how);
/* Ask only: stop_pending[how] says whether it goes on. */
CAIRN_MUST_USE int cairn_virtio_rig_ask_stop(struct cairn_virtio_rig *rig, uint16_t i,
					     enum cairn_vq_stop how);

/* Offer a chain; kick if the device wants to be kicked. */
CAIRN_MUST_USE int cairn_virtio_rig_push(struct cairn_virtio_rig *rig, uint16_t i,
					 const struct cairn_virtq_mock_piece *pieces, uint16_t n,
					 uint16_t *ret_head);
void cairn_virtio_rig_kick(struct cairn_virtio_rig *rig, uint16_t i);
/* Run the loop until it has nothing to do just now. */
void cairn_virtio_rig_settle(struct cairn_virtio_rig *rig);
/* Run the loop until queue i gives a chain back: 1; -ETIMEDOUT (10 s), -EPROTO. */
CAIRN_MUST_USE int cairn_virtio_rig_collect(struct cairn_virtio_rig *rig, uint16_t i,
					    uint16_t *ret_head, uint32_t *ret_written);

#ifdef __cplusplus
}
#endif
#endif
