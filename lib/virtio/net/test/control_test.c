/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* control_test.c - commands: what each sets, and each way to get it wrong. */
#include "net_test.h"

static void open_with_control(uint64_t without)
{
	open_net(without);
	assert_int_equal(cairn_virtio_rig_start(&rig, CONTROL, 64), 0);
}

static int setup(void **state)
{
	open_with_control(0);
	return 0;
}

static int teardown(void **state)
{
	close_net();
	return 0;
}

static const struct {
	uint8_t class, number;
	uint32_t bytes;
	uint64_t feature;
	uint8_t data[8];
} commands[] = {
	{ CLASS_RX, 0, 1, CAIRN_VIRTIO_NET_F_CTRL_RX, { 1 } },
	{ CLASS_RX, 1, 1, CAIRN_VIRTIO_NET_F_CTRL_RX, { 1 } },
	{ CLASS_RX, 2, 1, CAIRN_VIRTIO_NET_F_CTRL_RX_EXTRA, { 1 } },
	{ CLASS_RX, 3, 1, CAIRN_VIRTIO_NET_F_CTRL_RX_EXTRA, { 1 } },
	{ CLASS_RX, 4, 1, CAIRN_VIRTIO_NET_F_CTRL_RX_EXTRA, { 1 } },
	{ CLASS_RX, 5, 1, CAIRN_VIRTIO_NET_F_CTRL_RX_EXTRA, { 1 } },
	{ CLASS_MAC, 0, 8, CAIRN_VIRTIO_NET_F_CTRL_RX, { 0 } },
	{ CLASS_MAC, 1, 6, CAIRN_VIRTIO_NET_F_CTRL_MAC_ADDR, { 2, 3, 4, 5, 6, 7 } },
	{ CLASS_MQ, 0, 2, CAIRN_VIRTIO_NET_F_MQ, { 2 } },
	{ CLASS_OFFLOADS, 0, 8, CAIRN_VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, { 2 } },
};

/* The i-th, with so many bytes of data. */
static int try(size_t i, uint32_t bytes)
{
	uint8_t data[12] = { 0 };

	memcpy(data, commands[i].data, sizeof(commands[i].data));
	return command(commands[i].class, commands[i].number, data, bytes);
}

static void commands_have_their_size(void **state)
{
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(commands); i++) {
		for (uint32_t bytes = 0; bytes <= 12; bytes++)
			assert_int_equal(try(i, bytes), bytes == commands[i].bytes ? OK : ERR);
	}
	assert_int_equal(rig.n_broken, 0);
}

static void commands_need_their_feature(void **state)
{
	uint64_t all = 0;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(commands); i++)
		all |= commands[i].feature;
	close_net();
	open_with_control(all & ~CAIRN_VIRTIO_NET_F_MQ); /* which says where the queue is */
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(commands); i++)
		assert_int_equal(try(i, commands[i].bytes),
				 commands[i].class == CLASS_MQ ? OK : ERR);
}

static void unknown_commands_are_errors(void **state)
{
	const uint8_t zeros[8] = { 0 };

	assert_int_equal(command(CLASS_RX, 6, zeros, 1), ERR);
	assert_int_equal(command(CLASS_MAC, 2, zeros, 8), ERR);
	assert_int_equal(command(2, 0, zeros, 2), ERR); /* VLAN */
	assert_int_equal(command(3, 0, zeros, 0), ERR); /* ANNOUNCE */
	assert_int_equal(command(CLASS_MQ, 1, zeros, 2), ERR);
	assert_int_equal(command(CLASS_OFFLOADS, 1, zeros, 8), ERR);
	assert_int_equal(command(255, 255, zeros, 8), ERR);
}

static void modes_are_on_or_off(void **state)
{
	for (uint8_t i = 0; i < 6; i++) {
		assert_int_equal(set_mode(i, 0), OK);
		assert_int_equal(set_mode(i, 2), ERR);
		assert_int_equal(set_mode(i, 255), ERR);
	}
}

static int chain(const struct cairn_virtq_mock_piece *p, uint16_t n, uint8_t *got, size_t len)
{
	uint32_t written;
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, CONTROL, p, n, &head), 0);
	assert_int_equal(cairn_virtio_rig_collect(&rig, CONTROL, &head, &written), 1);
	assert_int_equal(written, 1);
	cairn_virtq_mock_data(&rig.queues[CONTROL].mock, head, got, len);
	return got[0];
}

static void header_cut_short_is_an_error(void **state)
{
	const struct cairn_virtq_mock_piece none[] = { CAIRN_VIRTQ_MOCK_W(1) };
	const struct cairn_virtq_mock_piece one[] = { CAIRN_VIRTQ_MOCK_R("\1", 1),
						      CAIRN_VIRTQ_MOCK_W(1) };
	uint8_t got[1];

	assert_int_equal(chain(none, 1, got, 1), ERR);
	assert_int_equal(chain(one, 2, got, 1), ERR);
}

static void command_may_be_in_any_pieces(void **state)
{
	const struct cairn_virtq_mock_piece p[] = {
		CAIRN_VIRTQ_MOCK_R("\4", 1),
		CAIRN_VIRTQ_MOCK_R("\0\2", 2),
		CAIRN_VIRTQ_MOCK_R("\0", 1),
		CAIRN_VIRTQ_MOCK_W(1),
	};
	uint8_t got[1];

	assert_int_equal(chain(p, 4, got, 1), OK);
	assert_true(ports[1].is_enabled);
}

/* Where there is more room, the rest is for results. */
static void answer_is_the_first_byte(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R("\4\0\2\0", 4),
						    CAIRN_VIRTQ_MOCK_W(1), CAIRN_VIRTQ_MOCK_W(2) };
	uint8_t got[3];

	assert_int_equal(chain(p, 3, got, 3), OK);
	assert_int_equal(got[1], CAIRN_VIRTQ_MOCK_FILL);
	assert_int_equal(got[2], CAIRN_VIRTQ_MOCK_FILL);
}

static void command_without_room_for_the_answer_breaks_the_device(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R("\4\0\2\0", 4) };
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, CONTROL, p, 1, &head), 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
	assert_int_equal(rig.broken_why, -EPROTO);
	assert_false(ports[1].is_enabled); /* it was not carried out */
}

static void flood_of_commands_is_served_in_order(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R("\4\0\2\0", 4),
						    CAIRN_VIRTQ_MOCK_W(1) };
	uint16_t heads[30], head;
	uint32_t written;

	for (int i = 0; i < 30; i++)
		assert_int_equal(cairn_virtio_rig_push(&rig, CONTROL, p, 2, &heads[i]), 0);
	for (int i = 0; i < 30; i++) {
		assert_int_equal(cairn_virtio_rig_collect(&rig, CONTROL, &head, &written), 1);
		assert_int_equal(head, heads[i]);
	}
}

/* Entries and addresses of two lists, one behind the other. */
static uint32_t put_list(uint8_t *data, uint32_t at, uint32_t entries, uint32_t there)
{
	cairn_le_store(data + at, 4, entries);
	memset(data + at + 4, 2, there * 6);
	return at + 4 + there * 6;
}

static int set_table(uint32_t entries, uint32_t there, uint32_t entries2, uint32_t there2, int more)
{
	static uint8_t data[65536];
	uint32_t len = put_list(data, 0, entries, there);

	len = put_list(data, len, entries2, there2);
	return command(CLASS_MAC, 0, data, (uint32_t)((int)len + more));
}

static void tables_have_the_size_they_say(void **state)
{
	assert_int_equal(set_table(0, 0, 0, 0, 0), OK);
	assert_int_equal(set_table(1, 1, 2, 2, 0), OK);
	assert_int_equal(set_table(64, 64, 65, 65, 0), OK);
	assert_int_equal(set_table(3000, 3000, 3000, 3000, 0), OK);
	assert_int_equal(set_table(1, 1, 2, 2, 1), ERR);
	assert_int_equal(set_table(1, 1, 2, 2, 6), ERR);
	assert_int_equal(set_table(1, 1, 2, 2, -1), ERR);
	assert_int_equal(set_table(0, 0, 0, 0, -1), ERR);
	assert_int_equal(set_table(0, 0, 0, 0, -4), ERR);
	assert_int_equal(set_table(0, 0, 0, 0, -5), ERR);
	assert_int_equal(set_table(2, 1, 0, 0, 0), ERR);
	assert_int_equal(set_table(0, 0, 2, 1, 0), ERR);
	/* 4 bytes as 32-bit products */
	assert_int_equal(set_table(0x2aaaaaab, 0, 0, 0, 0), ERR);
	assert_int_equal(set_table(0xffffffff, 0, 0, 0, 0), ERR);
	assert_int_equal(set_table(0, 0, 0xffffffff, 0, 0), ERR);
}

static void addresses_that_are_none_are_errors(void **state)
{
	assert_int_equal(command(CLASS_MAC, 1, "\3\0\0\0\0\1", 6), ERR);
	assert_int_equal(command(CLASS_MAC, 1, "\xff\xff\xff\xff\xff\xff", 6), ERR);
	assert_int_equal(command(CLASS_MAC, 1, "\0\0\0\0\0\0", 6), ERR);
	assert_int_equal(command(CLASS_MAC, 1, "\0\0\0\0\0\1", 6), OK);
}

static void assert_config_mac(const char *mac)
{
	uint8_t bytes[6];

	assert_int_equal(cairn_vdev_config_read(cairn_virtio_net_vdev(net), 0, bytes, 6), 0);
	assert_memory_equal(bytes, mac, 6);
}

static void address_shows_in_the_configuration(void **state)
{
	assert_int_equal(command(CLASS_MAC, 1, "\2\3\4\5\6\7", 6), OK);
	assert_config_mac("\2\3\4\5\6\7");
	assert_int_equal(rig.n_config_changed, 0); /* who asked knows */
}

static void offloads_are_those_that_were_negotiated(void **state)
{
	const uint64_t csum = CAIRN_VIRTIO_NET_F_GUEST_CSUM, tso4 = CAIRN_VIRTIO_NET_F_GUEST_TSO4;

	close_net();
	open_with_control(CAIRN_VIRTIO_NET_F_GUEST_TSO6 | CAIRN_VIRTIO_NET_F_GUEST_ECN);
	assert_int_equal(ports[0].offloads, CAIRN_NET_CSUM | CAIRN_NET_TSO4);
	assert_int_equal(set_offloads(csum), OK);
	for (int i = 0; i < PAIRS; i++)
		assert_int_equal(ports[i].offloads, CAIRN_NET_CSUM);
	assert_int_equal(set_offloads(csum | CAIRN_VIRTIO_NET_F_GUEST_TSO6), ERR);
	assert_int_equal(set_offloads(csum | CAIRN_VIRTIO_NET_F_CSUM), ERR);
	assert_int_equal(set_offloads(csum | UINT64_C(1) << 63), ERR);
	assert_int_equal(set_offloads(tso4), ERR); /* needs the other */
	assert_int_equal(ports[0].offloads, CAIRN_NET_CSUM);
	assert_int_equal(set_offloads(csum | tso4), OK);
	assert_int_equal(ports[2].offloads, CAIRN_NET_CSUM | CAIRN_NET_TSO4);
	assert_int_equal(set_offloads(0), OK);
	assert_int_equal(ports[2].offloads, 0);
	ports[1].offload_error = -EIO;
	assert_int_equal(set_offloads(csum), ERR);
}

static unsigned int enabled(void)
{
	unsigned int bits = 0;

	for (unsigned int i = 0; i < PAIRS; i++)
		bits |= (unsigned int)ports[i].is_enabled << i;
	return bits;
}

static void pairs_switch_ports(void **state)
{
	assert_int_equal(enabled(), 1);
	assert_int_equal(set_pairs(3), OK);
	assert_int_equal(enabled(), 7);
	assert_int_equal(set_pairs(0), ERR);
	assert_int_equal(set_pairs(4), ERR);
	assert_int_equal(set_pairs(0x101), ERR);
	assert_int_equal(enabled(), 7);
	assert_int_equal(set_pairs(2), OK);
	assert_int_equal(enabled(), 3);
	assert_int_equal(set_pairs(2), OK);
	assert_int_equal(set_pairs(1), OK);
	assert_int_equal(enabled(), 1);
}

static void port_that_refuses_leaves_all_as_they_were(void **state)
{
	ports[2].enable_error = -EIO;
	assert_int_equal(set_pairs(3), ERR);
	assert_int_equal(enabled(), 1);
	ports[2].enable_error = 0;
	assert_int_equal(set_pairs(3), OK);
	ports[1].enable_error = -EIO;
	assert_int_equal(set_pairs(1), ERR);
	assert_int_equal(enabled(), 7);
	ports[1].enable_error = 0;
}

static void accept_features(void)
{
	struct cairn_vdev *d = cairn_virtio_net_vdev(net);

	assert_int_equal(cairn_virtio_rig_attach(&rig, d, d->features), 0);
}

static void reset_restores_what_commands_have_changed(void **state)
{
	assert_int_equal(command(CLASS_MAC, 1, "\2\3\4\5\6\7", 6), OK);
	assert_int_equal(set_pairs(3), OK);
	assert_int_equal(set_offloads(0), OK);
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	assert_config_mac("\2\0\0\0\0\7");
	assert_int_equal(enabled(), 1);
	accept_features();
	assert_int_equal(ports[1].offloads, ports[1].net.offloads);
	ports[0].offload_error = ports[1].enable_error = -EIO; /* gone */
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	ports[0].offload_error = ports[1].enable_error = 0;
	accept_features();
}

static void control_queue_is_the_third_without_several_pairs(void **state)
{
	const uint8_t on = 1;

	close_net();
	open_net(CAIRN_VIRTIO_NET_F_MQ);
	assert_int_equal(cairn_virtio_rig_start(&rig, CONTROL, 64), -EPROTO);
	assert_int_equal(cairn_virtio_rig_start(&rig, 3, 64), -EPROTO);
	assert_int_equal(cairn_virtio_rig_start(&rig, 2, 64), 0);
	assert_int_equal(command_on(2, CLASS_RX, 0, &on, 1), OK);
	assert_int_equal(command_on(2, CLASS_MQ, 0, "\1\0", 2), ERR);
}

static void no_control_queue_without_its_feature(void **state)
{
	close_net();
	open_net(CAIRN_VIRTIO_NET_F_CTRL_VQ | CAIRN_VIRTIO_NET_F_CTRL_RX | CAIRN_VIRTIO_NET_F_MQ |
		 CAIRN_VIRTIO_NET_F_CTRL_MAC_ADDR);
	assert_int_equal(cairn_virtio_rig_start(&rig, 2, 64), -EPROTO);
	assert_int_equal(cairn_virtio_rig_start(&rig, CONTROL, 64), -EPROTO);
	assert_int_equal(cairn_virtio_rig_start(&rig, 1, 64), 0);
}

/* On the loop that it is started on nothing would ever happen. */
static void control_queue_is_always_at_home(void **state)
{
	struct cairn_loop *other;

	assert_int_equal(cairn_virtio_rig_stop(&rig, CONTROL, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(cairn_loop_new(&other), 0);
	assert_int_equal(cairn_virtio_rig_start_on(&rig, CONTROL, 64, other), 0);
	assert_int_equal(set_pairs(2), OK);
	assert_int_equal(cairn_virtio_rig_stop(&rig, CONTROL, CAIRN_VQ_DRAIN), 0);
	cairn_loop_free(other);
}

static void new_device_takes_over_ports_with_one_pair(void **state)
{
	struct cairn_net *const list[] = { &ports[0].net, &ports[1].net };
	const struct cairn_virtio_net_cfg cfg = { .home = rig.loop, .ports = list, .n_pairs = 2 };
	struct cairn_virtio_net *next;

	assert_int_equal(set_pairs(3), OK);
	assert_int_equal(cairn_virtio_net_new(&cfg, &next, NULL), 0);
	assert_false(ports[1].is_enabled);
	cairn_virtio_net_free(next);
	ports[1].is_enabled = true;
	ports[1].enable_error = -EIO;
	assert_int_equal(cairn_virtio_net_new(&cfg, &next, NULL), -EIO);
}

static void configuration_tells_the_pairs(void **state)
{
	uint8_t bytes[2];

	assert_int_equal(cairn_vdev_config_read(cairn_virtio_net_vdev(net), 8, bytes, 2), 0);
	assert_int_equal(cairn_le_load(bytes, 2), PAIRS);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(commands_have_their_size),
		T(commands_need_their_feature),
		T(unknown_commands_are_errors),
		T(modes_are_on_or_off),
		T(header_cut_short_is_an_error),
		T(command_may_be_in_any_pieces),
		T(answer_is_the_first_byte),
		T(command_without_room_for_the_answer_breaks_the_device),
		T(flood_of_commands_is_served_in_order),
		T(tables_have_the_size_they_say),
		T(addresses_that_are_none_are_errors),
		T(address_shows_in_the_configuration),
		T(offloads_are_those_that_were_negotiated),
		T(pairs_switch_ports),
		T(port_that_refuses_leaves_all_as_they_were),
		T(reset_restores_what_commands_have_changed),
		T(control_queue_is_the_third_without_several_pairs),
		T(no_control_queue_without_its_feature),
		T(control_queue_is_always_at_home),
		T(new_device_takes_over_ports_with_one_pair),
		T(configuration_tells_the_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
