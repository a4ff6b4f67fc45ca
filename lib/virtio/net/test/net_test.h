/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* net_test.h - for tests: a device with several pairs of queues, its ports, and its commands. */
#ifndef CAIRN_NET_TEST_H
#define CAIRN_NET_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cairn/virtio_net.h>
#include <cairn/virtio_rig.h>

#include "fake_port.h"

enum { PAIRS = 3, CONTROL = 2 * PAIRS };
enum { CLASS_RX, CLASS_MAC, CLASS_MQ = 4, CLASS_OFFLOADS };
enum { OK, ERR };

static struct cairn_virtio_rig rig;
static struct fake_port ports[PAIRS];
static struct cairn_virtio_net *net;

/* Without these features. */
static inline void open_net(uint64_t without)
{
	struct cairn_net *const list[] = { &ports[0].net, &ports[1].net, &ports[2].net };
	struct cairn_virtio_net_cfg cfg = {
		.ports = list, .n_pairs = PAIRS, .has_mac = true, .mac = { 2, 0, 0, 0, 0, 7 }
	};
	struct cairn_vdev *d;

	assert_int_equal(cairn_virtio_rig_open(&rig, 8 << 20, 4), 0);
	for (int i = 0; i < PAIRS; i++)
		assert_int_equal(fake_open(&ports[i]), 0);
	cfg.home = rig.loop;
	assert_int_equal(cairn_virtio_net_new(&cfg, &net, NULL), 0);
	d = cairn_virtio_net_vdev(net);
	assert_int_equal(cairn_virtio_rig_attach(&rig, d, d->features & ~without), 0);
}

static inline void close_net(void)
{
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	cairn_virtio_net_free(net);
	for (int i = 0; i < PAIRS; i++)
		cairn_net_close(&ports[i].net);
	cairn_virtio_rig_close(&rig);
}

static inline void add_buffers(uint16_t queue, uint32_t n)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_W(1526) };
	uint16_t head;

	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(cairn_virtio_rig_push(&rig, queue, p, 1, &head), 0);
}

/* What the device answers on that queue; 0xee: nothing. */
static inline int command_on(uint16_t queue, uint8_t class, uint8_t number, const void *data,
			     uint32_t len)
{
	const uint8_t header[] = { class, number };
	const struct cairn_virtq_mock_piece bare[] = { CAIRN_VIRTQ_MOCK_R(header, 2),
						       CAIRN_VIRTQ_MOCK_W(1) };
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(header, 2),
						    CAIRN_VIRTQ_MOCK_R(data, len),
						    CAIRN_VIRTQ_MOCK_W(1) };
	uint32_t written;
	uint16_t head;
	uint8_t answer;

	assert_int_equal(cairn_virtio_rig_push(&rig, queue, len ? p : bare, len ? 3 : 2, &head), 0);
	assert_int_equal(cairn_virtio_rig_collect(&rig, queue, &head, &written), 1);
	assert_int_equal(written, 1);
	assert_int_equal(cairn_virtq_mock_data(&rig.queues[queue].mock, head, &answer, 1), 1);
	return answer;
}

static inline int command(uint8_t class, uint8_t number, const void *data, uint32_t len)
{
	return command_on(CONTROL, class, number, data, len);
}

static inline int set_mode(uint8_t number, uint8_t on)
{
	return command(CLASS_RX, number, &on, 1);
}

static inline int set_pairs(uint16_t n)
{
	const uint8_t data[] = { (uint8_t)n, (uint8_t)(n >> 8) };

	return command(CLASS_MQ, 0, data, sizeof(data));
}

static inline int set_offloads(uint64_t features)
{
	uint8_t data[8];

	cairn_le_store(data, sizeof(data), features);
	return command(CLASS_OFFLOADS, 0, data, sizeof(data));
}

#endif
