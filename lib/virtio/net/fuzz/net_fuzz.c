/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Chains of every shape on both queues, chains written past the driver, guest memory rewritten,
 * frames of every length from a port that is full, fails or is gone at times. The device ends every
 * stop, and hands back a position that skips nothing.
 */
#include <stdlib.h>

#include <cairn/cursor.h>
#include <cairn/virtio_net.h>
#include <cairn/virtio_rig.h>

#include "../test/fake_port.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RAM_BYTES 262144u

static struct cairn_virtio_rig rig;
static struct fake_port port;
static uint8_t bytes[CAIRN_NET_FRAME_BYTES + 100];

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void op_push(struct cairn_reader *r, uint16_t queue)
{
	struct cairn_virtq_mock_piece p[8];
	uint8_t n = 1 + cairn_reader_u8(r) % 8;
	uint16_t head;

	for (uint8_t i = 0; i < n; i++) {
		uint16_t v = cairn_reader_le16(r);
		uint32_t len = 1u + (v & 0x400 ? v & 0x3ff : v & 0x3f);

		p[i] = (struct cairn_virtq_mock_piece){ bytes, len, queue == 0 };
		if (v & 0x8000 && v & 0x4000)
			p[i].writable = !p[i].writable;
		if (v & 0x2000)
			p[i].len *= 50;
	}
	(void)!cairn_virtio_rig_push(&rig, queue, p, n, &head);
}

static void op_arrive(struct cairn_reader *r)
{
	uint16_t v = cairn_reader_le16(r);

	(void)!send(port.peer, bytes, v & 0x8000 ? v : v & 0x7ff, MSG_DONTWAIT);
}

static void op_leave(void)
{
	while (recv(port.peer, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

static void op_raw(struct cairn_reader *r, uint16_t queue)
{
	uint16_t i = cairn_reader_u8(r) % 32;
	uint64_t at = CAIRN_VIRTQ_MOCK_BASE + cairn_reader_le16(r);

	cairn_virtq_mock_raw_desc(&rig.queues[queue].mock, i, at, cairn_reader_le16(r),
				  cairn_reader_u8(r) & 7, cairn_reader_u8(r) % 40);
	cairn_virtq_mock_raw_offer(&rig.queues[queue].mock, i);
	cairn_virtio_rig_kick(&rig, queue);
}

static void op_poke(struct cairn_reader *r)
{
	uint32_t at = cairn_reader_le16(r);
	uint8_t v = cairn_reader_u8(r);

	(void)!cairn_mem_write(&rig.ram.mem, cairn_gpa_of(CAIRN_VIRTQ_MOCK_BASE + at), &v, 1);
}

static void op_stop(uint16_t queue, enum cairn_vq_stop how)
{
	if (!cairn_vdev_queue_is_started(rig.vdev, queue))
		return;
	must(cairn_virtio_rig_stop(&rig, queue, how) == 0);
	must(rig.queues[queue].pos.avail == rig.queues[queue].pos.used);
	if (rig.vdev->state != CAIRN_VDEV_BROKEN && rig.ram.next < RAM_BYTES / 2)
		must(cairn_virtio_rig_start(&rig, queue, 32) == 0);
}

static void op(struct cairn_reader *r)
{
	uint8_t b = cairn_reader_u8(r);
	uint16_t queue = b >> 7;

	switch (b % 8) {
	case 0:
	case 1:
		op_push(r, queue);
		break;
	case 2:
		op_arrive(r);
		break;
	case 3:
		op_raw(r, queue);
		break;
	case 4:
		op_poke(r);
		break;
	case 5:
		port.transmit_error = b & 8 ? -EAGAIN : b & 16 ? -EIO : 0;
		port.n_full = b >> 5 & 3;
		port.receive_error = (b & 0x78) == 0x78 ? -EIO : 0;
		break;
	case 6:
		if (b & 8)
			op_leave();
		for (uint8_t i = 0; i < (b >> 4 & 7); i++)
			must(cairn_loop_dispatch(rig.loop, 0) >= 0);
		break;
	case 7:
		op_stop(queue, b & 8 ? CAIRN_VQ_CANCEL : CAIRN_VQ_DRAIN);
		break;
	}
}

static struct cairn_virtio_net *open_device(uint8_t how)
{
	const uint64_t tso = CAIRN_VIRTIO_NET_F_HOST_ECN | CAIRN_VIRTIO_NET_F_GUEST_ECN |
			     CAIRN_VIRTIO_NET_F_HOST_TSO4 | CAIRN_VIRTIO_NET_F_HOST_TSO6 |
			     CAIRN_VIRTIO_NET_F_GUEST_TSO4 | CAIRN_VIRTIO_NET_F_GUEST_TSO6;
	struct cairn_virtio_net_cfg cfg = { .port = &port.net, .queue_size = 32 };
	struct cairn_virtio_net *n;
	uint64_t without = 0;

	if (how & 1)
		without |= CAIRN_VIRTIO_NET_F_MRG_RXBUF;
	if (how & 2)
		without |= tso;
	if (how & 4)
		without |= CAIRN_VIRTIO_F_EVENT_IDX;
	must(cairn_virtio_rig_open(&rig, RAM_BYTES, how & 8 ? 4 : 1) == 0);
	must(fake_open(&port) == 0);
	cfg.home = rig.loop;
	must(cairn_virtio_net_new(&cfg, &n, NULL) == 0);
	must(cairn_virtio_rig_attach(&rig, cairn_virtio_net_vdev(n),
				     cairn_virtio_net_vdev(n)->features & ~without) == 0);
	must(cairn_virtio_rig_start(&rig, 0, 32) == 0);
	must(cairn_virtio_rig_start(&rig, 1, 32) == 0);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_virtio_net *n;
	struct cairn_reader r;

	cairn_reader_init(&r, data, size);
	n = open_device(cairn_reader_u8(&r));
	for (int i = 0; cairn_reader_left(&r) && i < 64; i++)
		op(&r);
	(void)!cairn_loop_dispatch(rig.loop, 0);
	must(cairn_virtio_rig_detach(&rig) == 0);
	cairn_virtio_net_free(n);
	cairn_net_close(&port.net);
	cairn_virtio_rig_close(&rig);
	return 0;
}
