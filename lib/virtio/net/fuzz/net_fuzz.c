/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Chains of every shape on both queues, chains written past the driver, guest memory rewritten,
 * frames of every length from a port that is full, fails or is gone at times. The device ends every
 * stop, and hands back a position that skips nothing.
 */
#include <cairn/virtio_net.h>
#include <cairn/virtio_rig_fuzz.h>

#include "../test/fake_port.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cairn_virtio_rig rig;
static struct fake_port port;
static uint8_t bytes[CAIRN_NET_FRAME_BYTES + 100];

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

static void op(struct cairn_reader *r)
{
	uint8_t b = cairn_reader_u8(r);
	uint16_t queue = b >> 7;

	switch (b % 8) {
	case 0:
	case 1:
		cairn_virtio_rig_fuzz_push(&rig, r, queue, queue == 0, bytes);
		break;
	case 2:
		op_arrive(r);
		break;
	case 3:
		cairn_virtio_rig_fuzz_raw(&rig, r, queue);
		break;
	case 4:
		cairn_virtio_rig_fuzz_poke(&rig, r);
		break;
	case 5:
		port.transmit_error = b & 8 ? -EAGAIN : b & 16 ? -EIO : 0;
		port.n_full = b >> 5 & 3;
		port.receive_error = (b & 0x78) == 0x78 ? -EIO : 0;
		break;
	case 6:
		if (b & 8)
			op_leave();
		cairn_virtio_rig_fuzz_turn(&rig, b >> 4 & 7);
		break;
	case 7:
		cairn_virtio_rig_fuzz_stop(&rig, queue, b & 8 ? CAIRN_VQ_CANCEL : CAIRN_VQ_DRAIN);
		break;
	}
}

static struct cairn_virtio_net *open_device(uint8_t how)
{
	const uint64_t tso = CAIRN_VIRTIO_NET_F_HOST_ECN | CAIRN_VIRTIO_NET_F_GUEST_ECN |
			     CAIRN_VIRTIO_NET_F_HOST_TSO4 | CAIRN_VIRTIO_NET_F_HOST_TSO6 |
			     CAIRN_VIRTIO_NET_F_GUEST_TSO4 | CAIRN_VIRTIO_NET_F_GUEST_TSO6;
	struct cairn_net *const ports[] = { &port.net };
	struct cairn_virtio_net_cfg cfg = { .ports = ports,
					    .n_pairs = 1,
					    .queue_size = CAIRN_VIRTIO_RIG_FUZZ_RING };
	struct cairn_virtio_net *n;
	uint64_t without = 0;

	if (how & 1)
		without |= CAIRN_VIRTIO_NET_F_MRG_RXBUF;
	if (how & 2)
		without |= tso;
	if (how & 4)
		without |= CAIRN_VIRTIO_F_EVENT_IDX;
	cairn_virtio_rig_fuzz_must(
	    cairn_virtio_rig_open(&rig, CAIRN_VIRTIO_RIG_FUZZ_RAM, how & 8 ? 4 : 1) == 0);
	cairn_virtio_rig_fuzz_must(fake_open(&port) == 0);
	cfg.home = rig.loop;
	cairn_virtio_rig_fuzz_must(cairn_virtio_net_new(&cfg, &n, NULL) == 0);
	cairn_virtio_rig_fuzz_must(
	    cairn_virtio_rig_attach(&rig, cairn_virtio_net_vdev(n),
				    cairn_virtio_net_vdev(n)->features & ~without) == 0);
	cairn_virtio_rig_fuzz_must(cairn_virtio_rig_start(&rig, 0, CAIRN_VIRTIO_RIG_FUZZ_RING) ==
				   0);
	cairn_virtio_rig_fuzz_must(cairn_virtio_rig_start(&rig, 1, CAIRN_VIRTIO_RIG_FUZZ_RING) ==
				   0);
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
	cairn_virtio_rig_fuzz_must(cairn_virtio_rig_detach(&rig) == 0);
	cairn_virtio_net_free(n);
	cairn_net_close(&port.net);
	cairn_virtio_rig_close(&rig);
	return 0;
}
