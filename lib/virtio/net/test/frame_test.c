/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* frame_test.c - frames both ways, of every length, with buffers of every shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cairn/virtio_net.h>
#include <cairn/virtio_rig.h>

#include "fake_port.h"

#define RX CAIRN_VIRTIO_NET_RX
#define TX CAIRN_VIRTIO_NET_TX

static const uint64_t tso = CAIRN_VIRTIO_NET_F_HOST_TSO4 | CAIRN_VIRTIO_NET_F_HOST_TSO6 |
			    CAIRN_VIRTIO_NET_F_HOST_ECN | CAIRN_VIRTIO_NET_F_GUEST_TSO4 |
			    CAIRN_VIRTIO_NET_F_GUEST_TSO6 | CAIRN_VIRTIO_NET_F_GUEST_ECN;
static struct cairn_virtio_rig rig;
static struct fake_port port;
static struct cairn_virtio_net *net;
static struct cairn_net *const port_list[] = { &port.net };
static uint8_t frame[70000], got[70000];

static void open_without(uint64_t features)
{
	struct cairn_virtio_net_cfg cfg = {
		.ports = port_list,
		.n_pairs = 1,
		.has_mac = true,
		.mac = { 2, 0, 0, 0, 0, 7 },
		.mtu = 1500,
		.queue_size = 256,
	};
	struct cairn_vdev *d;

	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)(i * 131 >> 3);
	assert_int_equal(cairn_virtio_rig_open(&rig, 4 << 20, 4), 0);
	assert_int_equal(fake_open(&port), 0);
	cfg.home = rig.loop;
	assert_int_equal(cairn_virtio_net_new(&cfg, &net, NULL), 0);
	d = cairn_virtio_net_vdev(net);
	assert_int_equal(cairn_virtio_rig_attach(&rig, d, d->features & ~features), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, RX, 256), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, TX, 64), 0);
}

static int setup(void **state)
{
	open_without(0);
	return 0;
}

static int setup_small(void **state)
{
	open_without(tso);
	return 0;
}

static int setup_unmerged(void **state)
{
	open_without(tso | CAIRN_VIRTIO_NET_F_MRG_RXBUF);
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	cairn_virtio_net_free(net);
	cairn_net_close(&port.net);
	cairn_virtio_rig_close(&rig);
	return 0;
}

static void add_buffers(uint32_t n, uint32_t bytes)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_W(bytes) };
	uint16_t head;

	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(cairn_virtio_rig_push(&rig, RX, p, 1, &head), 0);
}

/* From the network. */
static void arrive(size_t bytes)
{
	assert_int_equal(send(port.peer, frame, bytes, 0), bytes);
}

static uint32_t n_buffers;

/* One frame as the driver sees it, into got. Returns its bytes. */
static size_t take_frame(void)
{
	size_t at = 0;

	n_buffers = 1;
	for (uint32_t i = 0; i < n_buffers; i++) {
		uint32_t written;
		uint16_t head;

		assert_int_equal(cairn_virtio_rig_collect(&rig, RX, &head, &written), 1);
		at += cairn_virtq_mock_data(&rig.queues[RX].mock, head, got + at, written);
		if (i == 0)
			n_buffers = got[10] | (uint32_t)got[11] << 8;
	}
	return at;
}

static void assert_frame(size_t bytes)
{
	assert_int_equal(take_frame(), bytes);
	assert_memory_equal(got, frame, 10);
	assert_memory_equal(got + 12, frame + 12, bytes - 12);
}

static bool nothing_arrived(void)
{
	uint32_t written;
	uint16_t head;

	cairn_virtio_rig_settle(&rig);
	return cairn_virtq_mock_collect(&rig.queues[RX].mock, &head, &written) == 0;
}

static void short_frame_takes_one_buffer(void **state)
{
	add_buffers(4, 1526);
	arrive(72);
	assert_frame(72);
	assert_int_equal(n_buffers, 1);
	arrive(1526);
	assert_frame(1526);
	assert_int_equal(n_buffers, 1);
}

static void long_frame_is_spread_over_buffers(void **state)
{
	add_buffers(60, 1526);
	arrive(1527);
	assert_frame(1527);
	assert_int_equal(n_buffers, 2);
	arrive(CAIRN_NET_FRAME_BYTES);
	assert_frame(CAIRN_NET_FRAME_BYTES);
	assert_int_equal(n_buffers, 43);
	assert_int_equal(cairn_virtio_net_counts(net).rx_frames, 2);
}

static void frame_waits_for_the_first_buffer(void **state)
{
	arrive(100);
	cairn_virtio_rig_settle(&rig);
	add_buffers(1, 1526);
	assert_frame(100);
}

/* The frame is read into what there is; the rest of it, and then all, waits in the backlog. */
static void long_frame_waits_for_enough_buffers(void **state)
{
	add_buffers(3, 1526);
	arrive(20000);
	assert_true(nothing_arrived());
	add_buffers(5, 1526);
	assert_true(nothing_arrived());
	add_buffers(6, 1526);
	assert_frame(20000);
	assert_int_equal(n_buffers, 14);
	arrive(60);
	add_buffers(1, 1526);
	assert_frame(60);
}

static void frame_longer_than_promised_is_delivered_all_the_same(void **state)
{
	add_buffers(40, 1526); /* the driver accepted no long ones */
	arrive(9000);
	assert_frame(9000);
}

static void frames_keep_their_order(void **state)
{
	add_buffers(100, 1526);
	for (size_t i = 0; i < 20; i++)
		arrive(100 + i * 150);
	for (size_t i = 0; i < 20; i++)
		assert_frame(100 + i * 150);
}

static void without_merging_a_frame_takes_one_buffer(void **state)
{
	add_buffers(2, 1526);
	arrive(1526);
	assert_frame(1526);
	assert_int_equal(n_buffers, 1);
}

static void without_merging_a_frame_too_long_is_dropped(void **state)
{
	add_buffers(2, 1526);
	arrive(1527);
	arrive(70);
	assert_frame(70);
	assert_int_equal(cairn_virtio_net_counts(net).rx_dropped, 1);
}

static void frame_that_can_never_fit_is_dropped(void **state)
{
	add_buffers(256, 100);
	arrive(20000); /* 128 buffers of 100 bytes are as many as a frame may take */
	arrive(70);
	assert_frame(70);
	assert_int_equal(cairn_virtio_net_counts(net).rx_dropped, 1);
}

static void scattered_buffers_are_filled(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_W(5), CAIRN_VIRTQ_MOCK_W(6),
						    CAIRN_VIRTQ_MOCK_W(100) };
	uint16_t head;

	for (int i = 0; i < 3; i++)
		assert_int_equal(cairn_virtio_rig_push(&rig, RX, p, 3, &head), 0);
	arrive(250);
	assert_frame(250);
	assert_int_equal(n_buffers, 3);
}

static void runt_from_the_network_is_ignored(void **state)
{
	add_buffers(2, 1526);
	arrive(20);
	arrive(60);
	assert_frame(60);
}

static void buffer_without_room_for_the_header_breaks_the_device(void **state)
{
	add_buffers(1, 11);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
	assert_int_equal(rig.broken_why, -EPROTO);
}

static void readable_buffer_on_the_receive_queue_breaks_the_device(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R("x", 1),
						    CAIRN_VIRTQ_MOCK_W(1526) };
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, RX, p, 2, &head), 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
}

static void stop_gives_back_what_was_taken_in_advance(void **state)
{
	add_buffers(50, 1526);
	arrive(100);
	assert_frame(100);
	assert_int_equal(cairn_virtio_rig_stop(&rig, RX, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(rig.queues[RX].pos.avail, 1);
	assert_int_equal(rig.queues[RX].pos.used, 1);
	assert_int_equal(cairn_virtio_rig_start(&rig, RX, 256), 0);
	add_buffers(1, 1526);
	arrive(100);
	assert_frame(100);
}

static void disabled_queue_leaves_frames_in_the_port(void **state)
{
	add_buffers(5, 1526);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_vdev_queue_enable(cairn_virtio_net_vdev(net), RX, false), 0);
	arrive(100);
	assert_true(nothing_arrived()); /* and the loop comes to rest */
	assert_int_equal(cairn_vdev_queue_enable(cairn_virtio_net_vdev(net), RX, true), 0);
	assert_frame(100);
}

static uint16_t link_status(void)
{
	uint8_t b[2];

	assert_int_equal(cairn_vdev_config_read(cairn_virtio_net_vdev(net), 6, b, 2), 0);
	return (uint16_t)cairn_le_load(b, 2);
}

static void port_that_is_gone_takes_the_link_down(void **state)
{
	add_buffers(5, 1526);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(link_status(), 1);
	port.receive_error = -EIO;
	arrive(100);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(link_status(), 0);
	assert_int_equal(rig.n_config_changed, 1);
	assert_int_equal(rig.n_broken, 0);
}

static void link_is_told_when_it_changes(void **state)
{
	cairn_virtio_net_set_link(net, true);
	assert_int_equal(rig.n_config_changed, 0);
	cairn_virtio_net_set_link(net, false);
	assert_int_equal(rig.n_config_changed, 1);
	assert_int_equal(link_status(), 0);
}

static void transmit(const struct cairn_virtq_mock_piece *p, uint16_t n)
{
	uint32_t written;
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, TX, p, n, &head), 0);
	assert_int_equal(cairn_virtio_rig_collect(&rig, TX, &head, &written), 1);
	assert_int_equal(written, 0);
}

static void frame_is_sent_as_it_is(void **state)
{
	const struct cairn_virtq_mock_piece p[] = {
		CAIRN_VIRTQ_MOCK_R(frame, 3),
		CAIRN_VIRTQ_MOCK_R(frame + 3, 20),
		CAIRN_VIRTQ_MOCK_R(frame + 23, 1000),
	};

	transmit(p, 3);
	assert_int_equal(recv(port.peer, got, sizeof(got), 0), 1023);
	assert_memory_equal(got, frame, 1023);
	assert_int_equal(cairn_virtio_net_counts(net).tx_frames, 1);
}

static void longest_frame_is_sent_and_longer_is_dropped(void **state)
{
	const struct cairn_virtq_mock_piece longest[] = { CAIRN_VIRTQ_MOCK_R(
	    frame, CAIRN_NET_FRAME_BYTES) };
	const struct cairn_virtq_mock_piece longer[] = { CAIRN_VIRTQ_MOCK_R(
	    frame, CAIRN_NET_FRAME_BYTES + 1) };

	transmit(longest, 1);
	transmit(longer, 1);
	assert_int_equal(recv(port.peer, got, sizeof(got), 0), CAIRN_NET_FRAME_BYTES);
	assert_memory_equal(got, frame, CAIRN_NET_FRAME_BYTES);
	assert_int_equal(recv(port.peer, got, sizeof(got), 0), -1);
	assert_int_equal(cairn_virtio_net_counts(net).tx_dropped, 1);
}

static void misshapen_frames_are_dropped(void **state)
{
	const struct cairn_virtq_mock_piece tiny[] = { CAIRN_VIRTQ_MOCK_R(frame, 25) };
	const struct cairn_virtq_mock_piece writable[] = { CAIRN_VIRTQ_MOCK_R(frame, 100),
							   CAIRN_VIRTQ_MOCK_W(10) };
	const struct cairn_virtq_mock_piece least[] = { CAIRN_VIRTQ_MOCK_R(frame, 26) };

	transmit(tiny, 1);
	transmit(writable, 2);
	assert_int_equal(cairn_virtio_net_counts(net).tx_dropped, 2);
	transmit(least, 1);
	assert_int_equal(recv(port.peer, got, sizeof(got), 0), 26);
	assert_int_equal(rig.n_broken, 0);
}

static void frame_that_the_port_refuses_is_dropped(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(frame, 100) };

	port.transmit_error = -EINVAL;
	transmit(p, 1);
	port.transmit_error = 0;
	transmit(p, 1);
	assert_int_equal(cairn_virtio_net_counts(net).tx_dropped, 1);
	assert_int_equal(cairn_virtio_net_counts(net).tx_frames, 1);
}

static void full_port_is_waited_for(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(frame, 100) };

	port.transmit_error = -EAGAIN;
	port.n_full = 2;
	transmit(p, 1);
	assert_int_equal(recv(port.peer, got, sizeof(got), 0), 100);
	assert_int_equal(cairn_virtio_net_counts(net).tx_dropped, 0);
}

static void stop_while_the_port_is_full_skips_nothing(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(frame, 100) };
	uint16_t head;

	port.transmit_error = -EAGAIN;
	port.n_full = UINT32_MAX;
	assert_int_equal(cairn_virtio_rig_push(&rig, TX, p, 1, &head), 0);
	while (port.n_full == UINT32_MAX)
		assert_true(cairn_loop_dispatch(rig.loop, 1000) >= 0);
	assert_int_equal(cairn_virtio_rig_stop(&rig, TX, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(rig.queues[TX].pos.avail, 0);
}

static struct cairn_vdev_call no_call;

static int features(uint64_t f)
{
	return cairn_vdev_set_features(cairn_virtio_net_vdev(net), f, &no_call);
}

static void features_that_need_others_are_refused_alone(void **state)
{
	assert_int_equal(cairn_virtio_rig_stop(&rig, RX, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(cairn_virtio_rig_stop(&rig, TX, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(features(CAIRN_VIRTIO_NET_F_HOST_TSO4), -ENOTSUP);
	assert_int_equal(features(CAIRN_VIRTIO_NET_F_HOST_TSO6), -ENOTSUP);
	assert_int_equal(features(CAIRN_VIRTIO_NET_F_GUEST_TSO4), -ENOTSUP);
	assert_int_equal(features(CAIRN_VIRTIO_NET_F_GUEST_TSO6), -ENOTSUP);
	assert_int_equal(features(CAIRN_VIRTIO_NET_F_GUEST_CSUM | CAIRN_VIRTIO_NET_F_GUEST_ECN),
			 -ENOTSUP);
	assert_int_equal(features(CAIRN_VIRTIO_NET_F_CSUM | CAIRN_VIRTIO_NET_F_HOST_ECN), -ENOTSUP);
	assert_int_equal(features(CAIRN_VIRTIO_NET_F_GUEST_CSUM | CAIRN_VIRTIO_NET_F_GUEST_TSO6),
			 0);
	assert_int_equal(port.offloads, CAIRN_NET_CSUM | CAIRN_NET_TSO6);
	assert_int_equal(features(CAIRN_VIRTIO_NET_F_CTRL_RX), -ENOTSUP);
	assert_int_equal(features(CAIRN_VIRTIO_NET_F_CTRL_MAC_ADDR), -ENOTSUP);
	assert_int_equal(features(0), 0);
	assert_int_equal(port.offloads, 0);
}

static void configuration_tells_the_port(void **state)
{
	uint8_t c[12];

	assert_int_equal(cairn_vdev_config_read(cairn_virtio_net_vdev(net), 0, c, 12), 0);
	assert_memory_equal(c, "\2\0\0\0\0\7\1\0\1\0\xdc\5", 12);
	assert_int_equal(cairn_virtio_net_vdev(net)->type, 1);
}

static void bad_configurations_are_refused(void **state)
{
	const struct cairn_net_ops single = { .size = sizeof(single) };
	struct cairn_net only = { .ops = &single };
	struct cairn_net *const two[] = { &port.net, &only };
	struct cairn_virtio_net_cfg cfg = {
		.home = rig.loop, .ports = two, .n_pairs = 1, .mtu = 67
	};
	struct cairn_virtio_net *n;

	assert_int_equal(cairn_virtio_net_new(&cfg, &n, NULL), -EINVAL);
	cfg.mtu = 0;
	cfg.n_pairs = 0;
	assert_int_equal(cairn_virtio_net_new(&cfg, &n, NULL), -EINVAL);
	cfg.n_pairs = 17;
	assert_int_equal(cairn_virtio_net_new(&cfg, &n, NULL), -EINVAL);
	cfg.n_pairs = 2;
	assert_int_equal(cairn_virtio_net_new(&cfg, &n, NULL), -EINVAL);
	cfg.n_pairs = 1;
	cfg.queue_size = 100;
	assert_int_equal(cairn_virtio_net_new(&cfg, &n, NULL), -EINVAL);
	cfg.queue_size = 0;
	cfg.has_mac = true;
	cfg.mac[0] = 3;
	assert_int_equal(cairn_virtio_net_new(&cfg, &n, NULL), -EINVAL);
	cairn_virtio_net_free(NULL);
}

#define T(f)      cmocka_unit_test_setup_teardown(f, setup, teardown)
#define SMALL(f)  cmocka_unit_test_setup_teardown(f, setup_small, teardown)
#define SINGLE(f) cmocka_unit_test_setup_teardown(f, setup_unmerged, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(short_frame_takes_one_buffer),
		T(long_frame_is_spread_over_buffers),
		T(frame_waits_for_the_first_buffer),
		T(long_frame_waits_for_enough_buffers),
		SMALL(frame_longer_than_promised_is_delivered_all_the_same),
		SMALL(frame_waits_for_the_first_buffer),
		T(frames_keep_their_order),
		SMALL(frames_keep_their_order),
		SINGLE(without_merging_a_frame_takes_one_buffer),
		SINGLE(without_merging_a_frame_too_long_is_dropped),
		T(frame_that_can_never_fit_is_dropped),
		T(scattered_buffers_are_filled),
		T(runt_from_the_network_is_ignored),
		T(buffer_without_room_for_the_header_breaks_the_device),
		T(readable_buffer_on_the_receive_queue_breaks_the_device),
		T(stop_gives_back_what_was_taken_in_advance),
		T(disabled_queue_leaves_frames_in_the_port),
		T(port_that_is_gone_takes_the_link_down),
		T(link_is_told_when_it_changes),
		T(frame_is_sent_as_it_is),
		T(longest_frame_is_sent_and_longer_is_dropped),
		T(misshapen_frames_are_dropped),
		T(frame_that_the_port_refuses_is_dropped),
		T(full_port_is_waited_for),
		T(stop_while_the_port_is_full_skips_nothing),
		T(features_that_need_others_are_refused_alone),
		T(configuration_tells_the_port),
		T(bad_configurations_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
