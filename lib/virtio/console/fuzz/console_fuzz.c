/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Chains of every shape on every queue, chains written past the driver, guest memory rewritten, a
 * program that takes all, some or none of the output and has input of every length; with ports,
 * also messages about them, and ports that open, close, come and go. No more input is taken than
 * was given, and every stop ends.
 */
#include <cairn/virtio_console.h>
#include <cairn/virtio_rig_fuzz.h>

#define MAX_PORTS 3u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cairn_virtio_rig rig;
static struct cairn_virtio_console *con;
static uint8_t bytes[65536];
static volatile uint8_t seen;
static uint16_t n_queues;
static size_t appetite; /* bytes of output that the program takes at a time */

static size_t output(void *ctx, const uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		seen ^= out[i]; /* the sanitizers see each byte read */
	return n < appetite ? n : appetite;
}

static void give(uint32_t port, size_t n)
{
	cairn_virtio_rig_fuzz_must(cairn_virtio_console_input(con, port, bytes, n) <= n);
}

static void on_room(void *ctx)
{
	give((uint32_t)(uintptr_t)ctx, 5);
}

static struct cairn_virtio_console_port_cfg port_cfg(uint32_t i, uint8_t how)
{
	return (struct cairn_virtio_console_port_cfg){
		.name = how & 1 ? "name" : NULL,
		.is_console = how & 2,
		.is_open = how & 4,
		.has_size = how & 8,
		.output = output,
		.ctx = (void *)(uintptr_t)i,
		.room = { how & 16 ? on_room : NULL, (void *)(uintptr_t)i },
	};
}

/* A message to the device, most of them of a port that can be. */
static void say(struct cairn_reader *r)
{
	uint8_t b = cairn_reader_u8(r), m[8];
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(m, sizeof(m)) };
	uint16_t head;

	cairn_le_store(m, 4, b >> 6 ? b >> 6 : MAX_PORTS - 1);
	cairn_le_store(m + 4, 2, b & 8 ? b & 7 : 3u * (b & 2));
	cairn_le_store(m + 6, 2, b >> 4 & 3);
	(void)!cairn_virtio_rig_push(&rig, CAIRN_VIRTIO_CONSOLE_CONTROL_TX, p, 1, &head);
}

static void change(uint8_t how)
{
	const struct cairn_virtio_console_port_cfg cfg = port_cfg(how >> 6, how);
	uint32_t port = how >> 6;

	switch (how % 3) {
	case 0:
		cairn_virtio_console_set_open(con, port, how & 4);
		break;
	case 1:
		cairn_virtio_console_remove_port(con, port);
		break;
	case 2:
		(void)!cairn_virtio_console_add_port(con, &cfg, &port);
		break;
	}
}

static void op_on_ports(struct cairn_reader *r)
{
	uint8_t b = cairn_reader_u8(r);
	struct cairn_vdev_call call = { .done = NULL };

	switch (b % 4) {
	case 0:
		if (n_queues > 2)
			say(r);
		break;
	case 1:
		change(cairn_reader_u8(r));
		break;
	case 2:
		cairn_virtio_console_set_size(con, b >> 6, b, cairn_reader_u8(r));
		break;
	case 3:
		(void)!cairn_vdev_config_write(rig.vdev, b >> 2 & 7, &b, 1, &call);
		break;
	}
}

static void ready(void)
{
	for (uint32_t i = 0; i < MAX_PORTS; i++)
		cairn_virtio_console_output_ready(con, i);
}

static void op(struct cairn_reader *r)
{
	uint8_t b = cairn_reader_u8(r);
	uint16_t queue = (b >> 3) % n_queues, v;

	switch (b % 8) {
	case 0:
	case 1:
		cairn_virtio_rig_fuzz_push(&rig, r, queue, queue % 2 == 0, bytes);
		break;
	case 2:
		v = cairn_reader_le16(r);
		give(b >> 6, v);
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
			ready();
		break;
	case 6:
		if (b & 8)
			op_on_ports(r);
		cairn_virtio_rig_fuzz_turn(&rig, b >> 4 & 7);
		break;
	case 7:
		v = cairn_reader_u8(r);
		if (!(v & 1)) { /* output that was taken is drained only once there is room */
			appetite = SIZE_MAX;
			ready();
		}
		cairn_virtio_rig_fuzz_stop(&rig, queue, v & 1 ? CAIRN_VQ_CANCEL : CAIRN_VQ_DRAIN);
		break;
	}
}

static void open_device(uint8_t how)
{
	const struct cairn_virtio_console_port_cfg ports[] = { port_cfg(0, how), port_cfg(1, 21) };
	struct cairn_virtio_console_cfg cfg = {
		.ports = ports,
		.n_ports = how & 128 ? 2 : 1,
		.max_ports = how & 128 ? MAX_PORTS : 0,
	};
	uint64_t features;

	appetite = SIZE_MAX;
	cairn_virtio_rig_fuzz_must(
	    cairn_virtio_rig_open(&rig, CAIRN_VIRTIO_RIG_FUZZ_RAM, how & 64 ? 4 : 1) == 0);
	cfg.home = rig.loop;
	cairn_virtio_rig_fuzz_must(cairn_virtio_console_new(&cfg, &con, NULL) == 0);
	features = cairn_virtio_console_vdev(con)->features;
	if (how & 32)
		features &= ~CAIRN_VIRTIO_F_EVENT_IDX;
	cairn_virtio_rig_fuzz_must(
	    cairn_virtio_rig_attach(&rig, cairn_virtio_console_vdev(con), features) == 0);
	n_queues = cairn_virtio_console_vdev(con)->n_queues;
	for (uint16_t i = 0; i < n_queues; i++)
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
