/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* filter_test.c - which frames reach the driver, by what it has asked for. */
#include "net_test.h"

#define RX CAIRN_VIRTIO_NET_RX

enum { PROMISC, ALLMULTI, ALLUNI, NOMULTI, NOUNI, NOBCAST };

static const char *const own = "\2\0\0\0\0\7";
static const char *const other = "\2\0\0\0\0\x8";
static const char *const group = "\1\0\x5e\0\0\1";
static const char *const all = "\xff\xff\xff\xff\xff\xff";

static int setup(void **state)
{
	open_net(0);
	assert_int_equal(cairn_virtio_rig_start(&rig, CONTROL, 64), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, RX, 64), 0);
	add_buffers(RX, 60);
	return 0;
}

static int teardown(void **state)
{
	close_net();
	return 0;
}

static void arrive(const char *dst, size_t bytes)
{
	uint8_t frame[3000] = { 0 };

	memcpy(frame + 12, dst, 6);
	assert_int_equal(send(ports[0].peer, frame, bytes, 0), bytes);
}

/* Whether a frame to dst comes to the driver: one that always passes follows it. */
static bool passes_long(const char *dst, size_t bytes)
{
	uint64_t before = cairn_virtio_net_counts(net).rx_filtered;
	uint64_t frames = cairn_virtio_net_counts(net).rx_frames;

	arrive(dst, bytes);
	cairn_virtio_rig_settle(&rig);
	frames = cairn_virtio_net_counts(net).rx_frames - frames;
	assert_int_equal(frames + cairn_virtio_net_counts(net).rx_filtered - before, 1);
	return frames;
}

static bool passes(const char *dst)
{
	return passes_long(dst, 100);
}

/* The unicast list, then the other. */
static int set_table(uint32_t n, const char *unicast, uint32_t n2, const char *multicast)
{
	static uint8_t data[2000];
	uint32_t at = 4;

	cairn_le_store(data, 4, n);
	for (uint32_t i = 0; i < n; i++, at += 6)
		memcpy(data + at, unicast, 6);
	cairn_le_store(data + at, 4, n2);
	at += 4;
	for (uint32_t i = 0; i < n2; i++, at += 6)
		memcpy(data + at, multicast, 6);
	return command(CLASS_MAC, 0, data, at);
}

static void everything_passes_until_the_driver_asks(void **state)
{
	assert_true(passes(other) && passes(group) && passes(all));
	assert_int_equal(command(CLASS_MAC, 1, own, 6), OK);
	assert_true(passes(other) && passes(group) && passes(all));
}

static void own_address_and_broadcast_pass(void **state)
{
	assert_int_equal(set_mode(PROMISC, 0), OK);
	assert_true(passes(own) && passes(all));
	assert_false(passes(other) || passes(group));
	assert_int_equal(set_mode(PROMISC, 1), OK);
	assert_true(passes(other) && passes(group));
}

static void new_address_passes_and_the_old_no_more(void **state)
{
	assert_int_equal(set_mode(PROMISC, 0), OK);
	assert_int_equal(command(CLASS_MAC, 1, other, 6), OK);
	assert_true(passes(other));
	assert_false(passes(own));
}

static void listed_addresses_pass(void **state)
{
	assert_int_equal(set_table(1, other, 1, group), OK);
	assert_true(passes(own) && passes(other) && passes(group) && passes(all));
	assert_false(passes("\2\0\0\0\0\x9") || passes("\1\0\x5e\0\0\2"));
	assert_int_equal(set_table(0, NULL, 0, NULL), OK);
	assert_false(passes(other) || passes(group));
}

static void table_that_is_refused_changes_nothing(void **state)
{
	assert_int_equal(set_table(1, other, 1, group), OK);
	assert_int_equal(command(CLASS_MAC, 0, "\0\0\0\0\1\0\0\0", 8), ERR);
	assert_true(passes(other) && passes(group));
}

static void refused_commands_do_not_begin_to_filter(void **state)
{
	assert_int_equal(command(CLASS_MAC, 0, "\0\0\0\0\1\0\0\0", 8), ERR);
	assert_int_equal(set_mode(PROMISC, 2), ERR);
	assert_true(passes(other));
}

static void list_that_is_too_long_passes_all_of_its_kind(void **state)
{
	assert_int_equal(set_table(64, other, 64, group), OK);
	assert_false(passes("\2\0\0\0\0\x9") || passes("\1\0\x5e\0\0\2"));
	assert_int_equal(set_table(65, other, 64, group), OK);
	assert_true(passes("\2\0\0\0\0\x9"));
	assert_false(passes("\1\0\x5e\0\0\2"));
	assert_int_equal(set_table(64, other, 65, group), OK);
	assert_false(passes("\2\0\0\0\0\x9"));
	assert_true(passes("\1\0\x5e\0\0\2"));
}

static void modes_pass_or_hold_their_kind(void **state)
{
	assert_int_equal(set_mode(ALLMULTI, 1), OK);
	assert_true(passes(group) && passes(own));
	assert_false(passes(other));
	assert_int_equal(set_mode(ALLUNI, 1), OK);
	assert_true(passes(other));
	assert_int_equal(set_mode(NOMULTI, 1), OK); /* stronger than ALLMULTI */
	assert_false(passes(group));
	assert_true(passes(all));
	assert_int_equal(set_mode(NOUNI, 1), OK);
	assert_false(passes(own) || passes(other));
	assert_int_equal(set_mode(NOBCAST, 1), OK);
	assert_false(passes(all));
	assert_int_equal(set_mode(PROMISC, 1), OK); /* stronger than all */
	assert_true(passes(own) && passes(group) && passes(all));
	assert_int_equal(set_mode(PROMISC, 0), OK);
	assert_int_equal(set_mode(NOBCAST, 0), OK);
	assert_true(passes(all));
	assert_false(passes(own));
}

static void frame_that_fills_the_backlog_is_judged_too(void **state)
{
	assert_int_equal(cairn_virtio_rig_stop(&rig, RX, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, RX, 64), 0);
	assert_int_equal(set_mode(PROMISC, 0), OK);
	add_buffers(RX, 1);
	assert_false(passes_long(other, 3000));
	arrive(own, 3000);
	cairn_virtio_rig_settle(&rig);
	add_buffers(RX, 1);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_net_counts(net).rx_frames, 1);
}

/* A queue that is new, with one buffer. */
static void start_with(uint32_t bytes)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_W(bytes) };
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_stop(&rig, RX, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, RX, 64), 0);
	assert_int_equal(cairn_virtio_rig_push(&rig, RX, p, 1, &head), 0);
}

/* The first buffer ends before, within or behind the address. */
static void address_may_lie_across_buffers(void **state)
{
	assert_int_equal(set_mode(PROMISC, 0), OK);
	for (uint32_t first = 12; first < 20; first++) {
		start_with(first);
		add_buffers(RX, 1);
		assert_false(passes(other));
		assert_true(passes(own));
	}
}

static void address_may_lie_in_the_backlog(void **state)
{
	uint64_t frames, filtered;

	assert_int_equal(set_mode(PROMISC, 0), OK);
	for (uint32_t first = 12; first < 20; first++) {
		start_with(first);
		assert_false(passes(other));
		frames = cairn_virtio_net_counts(net).rx_frames;
		filtered = cairn_virtio_net_counts(net).rx_filtered;
		arrive(own, 100);
		cairn_virtio_rig_settle(&rig);
		add_buffers(RX, 1);
		cairn_virtio_rig_settle(&rig);
		assert_int_equal(cairn_virtio_net_counts(net).rx_frames, frames + 1);
		assert_int_equal(cairn_virtio_net_counts(net).rx_filtered, filtered);
	}
}

static void reset_ends_filtering(void **state)
{
	struct cairn_vdev *d = cairn_virtio_net_vdev(net);

	assert_int_equal(set_mode(NOBCAST, 1), OK);
	assert_false(passes(all) || passes(other));
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	assert_int_equal(cairn_virtio_rig_attach(&rig, d, d->features), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, RX, 64), 0);
	add_buffers(RX, 60);
	assert_true(passes(all) && passes(other));
}

static void unknown_own_address_passes_all_unicast(void **state)
{
	struct cairn_net *const list[] = { &ports[0].net };
	struct cairn_virtio_net_cfg cfg = { .home = rig.loop, .ports = list, .n_pairs = 1 };
	struct cairn_vdev *d;

	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	cairn_virtio_net_free(net);
	assert_int_equal(cairn_virtio_net_new(&cfg, &net, NULL), 0);
	d = cairn_virtio_net_vdev(net);
	assert_int_equal(cairn_virtio_rig_attach(&rig, d, d->features), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, RX, 64), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, 2, 64), 0);
	add_buffers(RX, 60);
	assert_int_equal(command_on(2, CLASS_RX, PROMISC, "", 1), OK);
	assert_true(passes(own) && passes(other));
	assert_false(passes(group));
	assert_int_equal(command_on(2, CLASS_MAC, 1, own, 6), OK);
	assert_false(passes(other));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(everything_passes_until_the_driver_asks),
		T(own_address_and_broadcast_pass),
		T(new_address_passes_and_the_old_no_more),
		T(listed_addresses_pass),
		T(table_that_is_refused_changes_nothing),
		T(refused_commands_do_not_begin_to_filter),
		T(list_that_is_too_long_passes_all_of_its_kind),
		T(modes_pass_or_hold_their_kind),
		T(frame_that_fills_the_backlog_is_judged_too),
		T(address_may_lie_across_buffers),
		T(address_may_lie_in_the_backlog),
		T(reset_ends_filtering),
		T(unknown_own_address_passes_all_unicast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
