/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Chains of every shape on both queues, chains written past the driver, guest memory rewritten, a
 * program that takes all, some or none of the output and has input of every length. No more input
 * is taken than was given, and every stop ends.
 */
#include <cairn/virtio_console.h>
#include <cairn/virtio_rig_fuzz.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cairn_virtio_rig rig;
static struct cairn_virtio_console *con;
static uint8_t bytes[65536];
static volatile uint8_t seen;
static size_t appetite; /* bytes of output that the program takes at a time */

static size_t output(void *ctx, const uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		seen ^= out[i]; /* the sanitizers see each byte read */
	return n < appetite ? n : appetite;
}

static void on_room(void *ctx)
{
	cairn_virtio_rig_fuzz_must(cairn_virtio_console_input(con, bytes, 5) <= 5);
}

static void op(struct cairn_reader *r)
{
	uint8_t b = cairn_reader_u8(r);
	uint16_t queue = b >> 7, v;

	switch (b % 8) {
	case 0:
	case 1:
		cairn_virtio_rig_fuzz_push(&rig, r, queue, queue == CAIRN_VIRTIO_CONSOLE_RX, bytes);
		break;
	case 2:
		v = cairn_reader_le16(r);
		cairn_virtio_rig_fuzz_must(cairn_virtio_console_input(con, bytes, v) <= v);
		break;
	case 3:
		cairn_virtio_rig_fuzz_raw(&rig, r, queue);
		break;
	case 4:
		cairn_virtio_rig_fuzz_poke(&rig, r);
		break;
	case 5:
		appetite = cairn_reader_le16(r);
		if (appetite)
			cairn_virtio_console_output_ready(con);
		break;
	case 6:
		if (b & 8)
			cairn_virtio_console_set_size(con, b, cairn_reader_u8(r));
		cairn_virtio_rig_fuzz_turn(&rig, b >> 4 & 7);
		break;
	case 7:
		if (!(b & 8)) { /* output that was taken is drained only once there is room */
			appetite = SIZE_MAX;
			cairn_virtio_console_output_ready(con);
		}
		cairn_virtio_rig_fuzz_stop(&rig, queue, b & 8 ? CAIRN_VQ_CANCEL : CAIRN_VQ_DRAIN);
		break;
	}
}

static void open_device(uint8_t how)
{
	struct cairn_virtio_console_cfg cfg = {
		.output = output,
		.room = { how & 1 ? on_room : NULL, NULL },
		.has_size = how & 2,
	};
	uint64_t features;

	appetite = SIZE_MAX;
	cairn_virtio_rig_fuzz_must(
	    cairn_virtio_rig_open(&rig, CAIRN_VIRTIO_RIG_FUZZ_RAM, how & 8 ? 4 : 1) == 0);
	cfg.home = rig.loop;
	cairn_virtio_rig_fuzz_must(cairn_virtio_console_new(&cfg, &con, NULL) == 0);
	features = cairn_virtio_console_vdev(con)->features;
	if (how & 4)
		features &= ~CAIRN_VIRTIO_F_EVENT_IDX;
	cairn_virtio_rig_fuzz_must(
	    cairn_virtio_rig_attach(&rig, cairn_virtio_console_vdev(con), features) == 0);
	for (uint16_t i = 0; i < 2; i++)
		cairn_virtio_rig_fuzz_must(
		    cairn_virtio_rig_start(&rig, i, CAIRN_VIRTIO_RIG_FUZZ_RING) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_reader r;

	cairn_reader_init(&r, data, size);
	open_device(cairn_reader_u8(&r));
	for (int i = 0; cairn_reader_left(&r) && i < 64; i++)
		op(&r);
	cairn_virtio_rig_fuzz_turn(&rig, 1);
	cairn_virtio_rig_fuzz_must(cairn_virtio_rig_detach(&rig) == 0);
	cairn_virtio_console_free(con);
	cairn_virtio_rig_close(&rig);
	return 0;
}
