/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* console_test.c - bytes both ways, with either side full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cairn/virtio_console.h>
#include <cairn/virtio_rig.h>

#define RX CAIRN_VIRTIO_CONSOLE_RX
#define TX CAIRN_VIRTIO_CONSOLE_TX

static struct cairn_virtio_rig rig;
static struct cairn_virtio_console *con;
static uint8_t out[1 << 20]; /* what the guest wrote */
static size_t n_out, out_room, n_outputs;
static const char *pending; /* input that waits for room */
static uint32_t n_rooms;

static size_t output(void *ctx, const uint8_t *bytes, size_t n)
{
	n_outputs++;
	if (n > out_room)
		n = out_room;
	memcpy(out + n_out, bytes, n);
	n_out += n;
	out_room -= n;
	return n;
}

static void on_room(void *ctx)
{
	n_rooms++;
	if (pending)
		pending +=
		    cairn_virtio_console_input(con, 0, (const uint8_t *)pending, strlen(pending));
}

static void open_console(bool has_size)
{
	const struct cairn_virtio_console_port_cfg port = {
		.output = output,
		.room = { on_room, NULL },
		.has_size = has_size,
		.columns = 80,
		.rows = 25,
	};
	struct cairn_virtio_console_cfg cfg = { .ports = &port, .n_ports = 1 };
	struct cairn_vdev *d;

	n_out = n_outputs = n_rooms = 0;
	out_room = sizeof(out);
	pending = NULL;
	assert_int_equal(cairn_virtio_rig_open(&rig, 1 << 20, 2), 0);
	cfg.home = rig.loop;
	assert_int_equal(cairn_virtio_console_new(&cfg, &con, NULL), 0);
	d = cairn_virtio_console_vdev(con); /* for a carrier */
	assert_int_equal(cairn_virtio_rig_attach(&rig, d, d->features), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, RX, 16), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, TX, 16), 0);
	cairn_virtio_rig_settle(&rig);
}

static int setup(void **state)
{
	open_console(false);
	return 0;
}

static int setup_sized(void **state)
{
	open_console(true);
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	cairn_virtio_console_free(con);
	cairn_virtio_rig_close(&rig);
	return 0;
}

static void guest_writes(const void *bytes, uint32_t n)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(bytes, n) };
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, TX, p, 1, &head), 0);
}

static void guest_listens(uint32_t n)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_W(n) };
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, RX, p, 1, &head), 0);
}

static void expect_input(const char *text)
{
	uint32_t written;
	uint16_t head;
	char got[64];

	assert_int_equal(cairn_virtio_rig_collect(&rig, RX, &head, &written), 1);
	assert_int_equal(written, strlen(text));
	cairn_virtq_mock_data(&rig.queues[RX].mock, head, got, sizeof(got));
	assert_memory_equal(got, text, written);
}

static size_t input(const char *text)
{
	return cairn_virtio_console_input(con, 0, (const uint8_t *)text, strlen(text));
}

static void output_arrives_in_order(void **state)
{
	uint32_t written;
	uint16_t head;

	guest_writes("hello ", 6);
	guest_writes("world", 5);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(n_out, 11);
	assert_memory_equal(out, "hello world", 11);
	assert_int_equal(cairn_virtio_rig_collect(&rig, TX, &head, &written), 1);
	assert_int_equal(written, 0);
}

static void input_fills_one_buffer_at_a_time(void **state)
{
	guest_listens(4);
	guest_listens(16);
	assert_int_equal(input("abcdefg"), 7);
	expect_input("abcd");
	expect_input("efg");
	assert_int_equal(n_rooms, 0);
}

static void input_waits_for_room(void **state)
{
	pending = "abcdef";
	assert_int_equal(input(pending), 0);
	guest_listens(4);
	expect_input("abcd");
	assert_int_equal(n_rooms, 1);
	guest_listens(4);
	expect_input("ef");
	assert_int_equal(n_rooms, 2);
	assert_string_equal(pending, "");
}

static void room_is_not_told_to_who_did_not_ask(void **state)
{
	guest_listens(16);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(n_rooms, 0);
}

static void input_without_a_driver_is_asked_for_when_it_comes(void **state)
{
	assert_int_equal(cairn_virtio_rig_stop(&rig, RX, CAIRN_VQ_CANCEL), 0);
	pending = "x";
	assert_int_equal(input(pending), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, RX, 16), 0);
	guest_listens(16);
	expect_input("x");
}

static void full_output_holds_the_guest_back(void **state)
{
	uint32_t written;
	uint16_t head;

	out_room = 4;
	guest_writes("abcdef", 6);
	guest_writes("ghi", 3);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(n_out, 4);
	assert_int_equal(cairn_virtq_mock_collect(&rig.queues[TX].mock, &head, &written), 0);
	out_room = 1;
	cairn_virtio_console_output_ready(con, 0);
	assert_int_equal(n_out, 5);
	out_room = 100;
	cairn_virtio_console_output_ready(con, 0);
	cairn_virtio_rig_settle(&rig);
	assert_memory_equal(out, "abcdefghi", 9);
	assert_int_equal(n_out, 9);
}

static void drain_waits_until_the_rest_is_out(void **state)
{
	out_room = 2;
	guest_writes("abcd", 4);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_rig_ask_stop(&rig, TX, CAIRN_VQ_DRAIN), 0);
	cairn_virtio_rig_settle(&rig);
	assert_true(rig.queues[TX].stop_pending[CAIRN_VQ_DRAIN]);
	out_room = 2;
	cairn_virtio_console_output_ready(con, 0);
	cairn_virtio_rig_settle(&rig);
	assert_false(rig.queues[TX].stop_pending[CAIRN_VQ_DRAIN]);
	assert_memory_equal(out, "abcd", 4);
	assert_int_equal(rig.queues[TX].pos.used, 1);
}

static void cancel_drops_the_rest(void **state)
{
	out_room = 2;
	guest_writes("abcd", 4);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtio_rig_stop(&rig, TX, CAIRN_VQ_CANCEL), 0);
	assert_int_equal(n_out, 2);
	out_room = 100;
	assert_int_equal(cairn_virtio_rig_start(&rig, TX, 16), 0);
	guest_writes("ef", 2);
	cairn_virtio_rig_settle(&rig);
	assert_memory_equal(out, "abef", 4);
}

static void long_output_goes_in_rounds(void **state)
{
	static uint8_t big[100000];

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7 >> 2);
	guest_writes(big, sizeof(big));
	while (!n_out)
		assert_true(cairn_loop_dispatch(rig.loop, 1000) >= 0);
	assert_int_equal(n_out, CAIRN_VIRTIO_CONSOLE_ROUND_BYTES);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(n_out, sizeof(big));
	assert_memory_equal(out, big, sizeof(big));
}

static void stop_between_rounds_finishes_the_chain(void **state)
{
	static uint8_t big[100000];

	guest_writes(big, sizeof(big));
	while (!n_out)
		assert_true(cairn_loop_dispatch(rig.loop, 1000) >= 0);
	assert_int_equal(cairn_virtio_rig_stop(&rig, TX, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(n_out, sizeof(big));
}

static void expect_broken(void)
{
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
	assert_int_equal(rig.broken_why, -EPROTO);
}

static void writable_output_breaks_the_device(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R("x", 1),
						    CAIRN_VIRTQ_MOCK_W(1) };
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, TX, p, 2, &head), 0);
	expect_broken();
	assert_int_equal(n_out, 0);
}

static void readable_input_buffer_breaks_the_device(void **state)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R("x", 1),
						    CAIRN_VIRTQ_MOCK_W(1) };
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, RX, p, 2, &head), 0);
	assert_int_equal(input("y"), 0);
	expect_broken();
}

static void empty_input_buffer_breaks_the_device(void **state)
{
	cairn_virtq_mock_raw_desc(&rig.queues[RX].mock, 0, CAIRN_VIRTQ_MOCK_BASE, 0, 2, 0);
	cairn_virtq_mock_raw_offer(&rig.queues[RX].mock, 0);
	assert_int_equal(input("y"), 0);
	expect_broken();
}

static void size_is_told_when_given(void **state)
{
	uint8_t c[4];

	assert_true(cairn_virtio_console_vdev(con)->features & CAIRN_VIRTIO_CONSOLE_F_SIZE);
	assert_int_equal(cairn_vdev_config_read(cairn_virtio_console_vdev(con), 0, c, 4), 0);
	assert_memory_equal(c, "\x50\0\x19\0", 4);
	cairn_virtio_console_set_size(con, 0, 80, 25);
	assert_int_equal(rig.n_config_changed, 0);
	cairn_virtio_console_set_size(con, 0, 132, 50);
	assert_int_equal(rig.n_config_changed, 1);
	assert_int_equal(cairn_vdev_config_read(cairn_virtio_console_vdev(con), 0, c, 4), 0);
	assert_memory_equal(c, "\x84\0\x32\0", 4);
}

static void size_is_not_told_when_not_given(void **state)
{
	uint8_t c[4];

	assert_false(cairn_virtio_console_vdev(con)->features & CAIRN_VIRTIO_CONSOLE_F_SIZE);
	cairn_virtio_console_set_size(con, 0, 132, 50);
	assert_int_equal(rig.n_config_changed, 0);
	assert_int_equal(cairn_vdev_config_read(cairn_virtio_console_vdev(con), 0, c, 4), 0);
	assert_memory_equal(c, "\0\0\0\0", 4);
}

static void emergency_write(uint16_t off, const char *bytes, uint16_t n)
{
	struct cairn_vdev_call call = { .done = NULL };

	assert_int_equal(cairn_vdev_config_write(cairn_virtio_console_vdev(con), off,
						 (const uint8_t *)bytes, n, &call),
			 0);
}

static void emergency_writes_need_no_queue(void **state)
{
	uint8_t c[4];

	assert_int_equal(cairn_virtio_rig_stop(&rig, TX, CAIRN_VQ_CANCEL), 0);
	emergency_write(8, "a\0\0\0", 4);
	emergency_write(8, "b", 1);
	emergency_write(6, "xxc", 3);
	assert_int_equal(n_out, 3);
	assert_memory_equal(out, "abc", 3);
	assert_int_equal(cairn_vdev_config_read(cairn_virtio_console_vdev(con), 8, c, 4), 0);
	assert_memory_equal(c, "\0\0\0\0", 4);
}

static void writes_elsewhere_in_the_configuration_are_no_output(void **state)
{
	uint8_t c[4];

	emergency_write(0, "xxxx", 4);
	emergency_write(0, "xxxxxxxx", 8);
	emergency_write(9, "xxx", 3);
	assert_int_equal(n_out, 0);
	assert_int_equal(cairn_vdev_config_read(cairn_virtio_console_vdev(con), 0, c, 4), 0);
	assert_memory_equal(c, "\0\0\0\0", 4);
}

static void console_without_output_is_refused(void **state)
{
	const struct cairn_virtio_console_port_cfg port = { .is_console = true };
	struct cairn_virtio_console_cfg cfg = { .home = rig.loop, .ports = &port, .n_ports = 1 };
	struct cairn_virtio_console *c;

	assert_int_equal(cairn_virtio_console_new(&cfg, &c, NULL), -EINVAL);
	cairn_virtio_console_free(NULL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(output_arrives_in_order),
		T(input_fills_one_buffer_at_a_time),
		T(input_waits_for_room),
		T(room_is_not_told_to_who_did_not_ask),
		T(input_without_a_driver_is_asked_for_when_it_comes),
		T(full_output_holds_the_guest_back),
		T(drain_waits_until_the_rest_is_out),
		T(cancel_drops_the_rest),
		T(long_output_goes_in_rounds),
		T(stop_between_rounds_finishes_the_chain),
		T(writable_output_breaks_the_device),
		T(readable_input_buffer_breaks_the_device),
		T(empty_input_buffer_breaks_the_device),
		cmocka_unit_test_setup_teardown(size_is_told_when_given, setup_sized, teardown),
		T(size_is_not_told_when_not_given),
		T(emergency_writes_need_no_queue),
		T(writes_elsewhere_in_the_configuration_are_no_output),
		T(console_without_output_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
