/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Commands of every shape, good ones and wrecked ones, beside frames on both pairs, ports that
 * refuse, and queues that stop and start. What commands have set lies within its bounds: ports are
 * on from the first to the last pair in use, offloads are those that were accepted; and a reset
 * takes it all back.
 */
#include <cairn/virtio_net.h>
#include <cairn/virtio_rig_fuzz.h>

#include "../test/fake_port.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAIRS = 2 };

static struct cairn_virtio_rig rig;
static struct fake_port ports[PAIRS];
static uint8_t bytes[52000];
static uint16_t control; /* queue */

/* A table of two lists, which says what it has. Returns its bytes. */
static uint32_t make_table(uint8_t *data, uint8_t lengths)
{
	uint32_t n = lengths & 7, n2 = lengths >> 3 & 7;

	cairn_le_store(data, 4, n);
	cairn_le_store(data + 4 + 6 * n, 4, n2);
	return 8 + 6 * (n + n2);
}

/* A command as it should be, or with a byte changed, or its length; in two pieces. */
static void op_command(struct cairn_reader *r)
{
	static const uint8_t known[][3] = { { 0, 0, 1 }, { 0, 1, 1 }, { 0, 5, 1 }, { 1, 0, 0 },
					    { 1, 1, 6 }, { 4, 0, 2 }, { 5, 0, 8 } };
	uint8_t how = cairn_reader_u8(r), b = cairn_reader_u8(r);
	const uint8_t *k = known[how % CAIRN_ARRAY_LEN(known)];
	uint8_t command[128] = { k[0], k[1], cairn_reader_u8(r) & 3 };
	uint32_t len = 2u + (k[2] ? k[2] : make_table(command + 2, b));
	struct cairn_virtq_mock_piece p[3] = { { .bytes = command, .len = 1 } };
	uint16_t head;

	if (how & 0x40)
		command[b % len] ^= cairn_reader_u8(r);
	if (how & 0x80)
		len = 2 + (b & 0x3f);
	p[0].len += b % (len - 1);
	p[1].bytes = command + p[0].len;
	p[1].len = len - p[0].len;
	p[2] = (struct cairn_virtq_mock_piece)CAIRN_VIRTQ_MOCK_W(1);
	(void)!cairn_virtio_rig_push(&rig, control, p, 3, &head);
}

static void op_port(uint8_t b)
{
	struct fake_port *f = &ports[b >> 3 & 1];

	f->enable_error = b & 0x10 ? -EIO : 0;
	f->offload_error = b & 0x20 ? -EIO : 0;
	f->transmit_error = b & 0x40 ? -EIO : 0;
}

/* Always to a queue that there is. */
static uint16_t queue_of(uint8_t b)
{
	uint16_t q = (uint16_t)(b >> 4) % 5;

	return q <= control ? q : control;
}

static void op(struct cairn_reader *r)
{
	uint8_t b = cairn_reader_u8(r);
	uint16_t q = queue_of(b);

	switch (b % 8) {
	case 0:
	case 1:
		op_command(r);
		break;
	case 2:
		(void)!send(ports[b >> 3 & 1].peer, bytes, 26 + cairn_reader_u8(r), MSG_DONTWAIT);
		break;
	case 3:
		cairn_virtio_rig_fuzz_raw(&rig, r, q);
		break;
	case 4:
		cairn_virtio_rig_fuzz_poke(&rig, r);
		break;
	case 5:
		op_port(b);
		break;
	case 6:
		cairn_virtio_rig_fuzz_push(&rig, r, q, q % 2 == 0 && q != control, bytes);
		cairn_virtio_rig_fuzz_turn(&rig, b >> 4 & 3);
		break;
	case 7:
		cairn_virtio_rig_fuzz_stop(&rig, q, b & 8 ? CAIRN_VQ_CANCEL : CAIRN_VQ_DRAIN);
		break;
	}
}

static struct cairn_virtio_net *open_device(uint8_t how)
{
	struct cairn_net *const list[] = { &ports[0].net, &ports[1].net };
	struct cairn_virtio_net_cfg cfg = { .ports = list,
					    .n_pairs = PAIRS,
					    .has_mac = how & 4,
					    .mac = { 2, 0, 0, 0, 0, 7 },
					    .queue_size = CAIRN_VIRTIO_RIG_FUZZ_RING };
	uint64_t without = how & 1 ? CAIRN_VIRTIO_NET_F_MQ : 0;
	struct cairn_virtio_net *n;
	struct cairn_vdev *d;

	if (how & 2)
		without |= CAIRN_VIRTIO_NET_F_GUEST_ECN | CAIRN_VIRTIO_NET_F_CTRL_RX_EXTRA;
	control = how & 1 ? 2 : 2 * PAIRS;
	cairn_virtio_rig_fuzz_must(
	    cairn_virtio_rig_open(&rig, CAIRN_VIRTIO_RIG_FUZZ_RAM, how & 8 ? 4 : 1) == 0);
	for (int i = 0; i < PAIRS; i++)
		cairn_virtio_rig_fuzz_must(fake_open(&ports[i]) == 0);
	cfg.home = rig.loop;
	cairn_virtio_rig_fuzz_must(cairn_virtio_net_new(&cfg, &n, NULL) == 0);
	d = cairn_virtio_net_vdev(n);
	cairn_virtio_rig_fuzz_must(cairn_virtio_rig_attach(&rig, d, d->features & ~without) == 0);
	for (uint16_t i = 0; i <= control; i++)
		cairn_virtio_rig_fuzz_must(
		    cairn_virtio_rig_start(&rig, i, CAIRN_VIRTIO_RIG_FUZZ_RING) == 0);
	return n;
}

static void check(bool is_new)
{
	cairn_virtio_rig_fuzz_must(ports[0].is_enabled);
	cairn_virtio_rig_fuzz_must(!ports[1].is_enabled || (control == 2 * PAIRS && !is_new));
	for (int i = 0; i < PAIRS; i++)
		cairn_virtio_rig_fuzz_must(!(ports[i].offloads & ~ports[i].net.offloads) &&
					   !(is_new && ports[i].offloads));
}

static void close_device(struct cairn_virtio_net *n)
{
	cairn_virtio_net_free(n);
	for (int i = 0; i < PAIRS; i++)
		cairn_net_close(&ports[i].net);
	cairn_virtio_rig_close(&rig);
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
	check(false);
	op_port(0);
	op_port(8);
	cairn_virtio_rig_fuzz_must(cairn_virtio_rig_detach(&rig) == 0);
	check(true);
	close_device(n);
	return 0;
}
