/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* ports_test.c - a console with ports: what is said about them, and what each of them carries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cairn/virtio_console.h>
#include <cairn/virtio_rig.h>

#define CONTROL_RX CAIRN_VIRTIO_CONSOLE_CONTROL_RX
#define CONTROL_TX CAIRN_VIRTIO_CONSOLE_CONTROL_TX
#define MAX_PORTS  3u

enum { READY, ADD, REMOVE, PORT_READY, CONSOLE, RESIZE, OPEN, NAME };

struct end { /* the host's, of a port */
	char out[64];
	size_t n_out, room;
	int n_opens, n_closes;
	uint32_t n_rooms;
};

static struct cairn_virtio_rig rig;
static struct cairn_virtio_console *con;
static struct end ends[MAX_PORTS + 1];

static size_t output(void *ctx, const uint8_t *bytes, size_t n)
{
	struct end *e = ctx;

	n = n < e->room ? n : e->room;
	memcpy(e->out + e->n_out, bytes, n);
	e->n_out += n;
	e->room -= n;
	return n;
}

static void on_guest_open(void *ctx, bool open)
{
	struct end *e = ctx;

	if (open)
		e->n_opens++;
	else
		e->n_closes++;
}

static void on_room(void *ctx)
{
	((struct end *)ctx)->n_rooms++;
}

static struct cairn_virtio_console_port_cfg port_cfg(uint32_t i, const char *name)
{
	ends[i] = (struct end){ .room = sizeof(ends[i].out) };
	return (struct cairn_virtio_console_port_cfg){
		.name = name,
		.is_open = true,
		.output = output,
		.guest_open = on_guest_open,
		.ctx = &ends[i],
		.room = { on_room, &ends[i] },
	};
}

static void open_console(uint32_t max_ports, uint64_t without)
{
	struct cairn_virtio_console_port_cfg ports[2] = { port_cfg(0, NULL), port_cfg(1, "data") };
	struct cairn_virtio_console_cfg cfg = { .ports = ports,
						.n_ports = 2,
						.max_ports = max_ports };
	struct cairn_vdev *d;

	ports[0].is_console = true;
	ports[0].has_size = true;
	ports[0].columns = 80;
	ports[0].rows = 25;
	ports[1].has_size = true;
	assert_int_equal(cairn_virtio_rig_open(&rig, 1 << 20, 1), 0);
	cfg.home = rig.loop;
	assert_int_equal(cairn_virtio_console_new(&cfg, &con, NULL), 0);
	d = cairn_virtio_console_vdev(con);
	assert_int_equal(cairn_virtio_rig_attach(&rig, d, d->features & ~without), 0);
}

static int setup(void **state)
{
	open_console(MAX_PORTS, 0);
	for (uint16_t i = 0; i < 2 + 2 * MAX_PORTS; i++)
		assert_int_equal(cairn_virtio_rig_start(&rig, i, 16), 0);
	cairn_virtio_rig_settle(&rig);
	return 0;
}

static int setup_without_multiport(void **state)
{
	open_console(MAX_PORTS, CAIRN_VIRTIO_CONSOLE_F_MULTIPORT);
	assert_int_equal(cairn_virtio_rig_start(&rig, 0, 16), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, 1, 16), 0);
	cairn_virtio_rig_settle(&rig);
	return 0;
}

static int setup_of_sixteen(void **state)
{
	open_console(CAIRN_VIRTIO_CONSOLE_MAX_PORTS, 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, CONTROL_RX, 32), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, CONTROL_TX, 32), 0);
	cairn_virtio_rig_settle(&rig);
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	cairn_virtio_console_free(con);
	cairn_virtio_rig_close(&rig);
	return 0;
}

static void offer(uint16_t queue, uint32_t bytes)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_W(bytes) };
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, queue, p, 1, &head), 0);
}

static void send(uint16_t queue, const void *bytes, uint32_t n)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R(bytes, n) };
	uint32_t written;
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, queue, p, 1, &head), 0);
	cairn_virtio_rig_settle(&rig);
	while (cairn_virtq_mock_collect(&rig.queues[queue].mock, &head, &written) == 1)
		;
}

static void say(uint32_t port, uint16_t event, uint16_t value)
{
	uint8_t m[8];

	cairn_le_store(m, 4, port);
	cairn_le_store(m + 4, 2, event);
	cairn_le_store(m + 6, 2, value);
	send(CONTROL_TX, m, sizeof(m));
}

/* The next message is this one, with what follows its head. */
static void hear_more(uint32_t port, uint16_t event, uint16_t value, const void *more, uint32_t n)
{
	uint32_t written;
	uint8_t m[32];
	uint16_t head;

	offer(CONTROL_RX, sizeof(m));
	assert_int_equal(cairn_virtio_rig_collect(&rig, CONTROL_RX, &head, &written), 1);
	cairn_virtq_mock_data(&rig.queues[CONTROL_RX].mock, head, m, sizeof(m));
	assert_int_equal(cairn_le_load(m, 4), port);
	assert_int_equal(cairn_le_load(m + 4, 2), event);
	assert_int_equal(cairn_le_load(m + 6, 2), value);
	assert_int_equal(written, 8 + n);
	assert_memory_equal(m + 8, more, n);
}

static void hear(uint32_t port, uint16_t event, uint16_t value)
{
	hear_more(port, event, value, "", 0);
}

/* Nothing is waiting to be said. The buffer stays for the message after. */
static void hear_nothing(void)
{
	uint32_t written;
	uint16_t head;

	offer(CONTROL_RX, 32);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(cairn_virtq_mock_collect(&rig.queues[CONTROL_RX].mock, &head, &written),
			 0);
}

static void expect_broken(void)
{
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(rig.n_broken, 1);
	assert_int_equal(rig.broken_why, -EPROTO);
}

static size_t input(uint32_t port, const char *text)
{
	return cairn_virtio_console_input(con, port, (const uint8_t *)text, strlen(text));
}

/* Both ports are there and port 1 is ready and open at the guest's end. */
static void introduce(void)
{
	say(UINT32_MAX, READY, 1);
	hear(0, ADD, 1);
	hear(1, ADD, 1);
	say(1, PORT_READY, 1);
	hear_more(1, NAME, 1, "data", 4);
	hear(1, OPEN, 1);
	say(1, OPEN, 1);
}

static void introduce_the_console(void)
{
	introduce();
	say(0, PORT_READY, 1);
	hear(0, CONSOLE, 1);
	hear_more(0, RESIZE, 1, "\x50\0\x19\0", 4);
	hear(0, OPEN, 1);
}

static void ports_are_introduced(void **state)
{
	uint8_t max[4];

	assert_int_equal(cairn_vdev_config_read(rig.vdev, 4, max, 4), 0);
	assert_memory_equal(max, "\3\0\0\0", 4);
	introduce_the_console();
	assert_int_equal(ends[1].n_opens, 1);
	assert_int_equal(ends[0].n_opens, 0);
	hear_nothing();
}

static void nothing_is_said_before_the_device_is_ready(void **state)
{
	struct cairn_virtio_console_port_cfg cfg = port_cfg(2, "late");
	uint32_t port;

	assert_int_equal(cairn_virtio_console_add_port(con, &cfg, &port), 0);
	hear_nothing();
	cairn_virtio_console_set_size(con, 0, 1, 2);
	cairn_virtio_console_set_open(con, 0, false);
	hear_nothing();
}

static void device_that_failed_hears_nothing(void **state)
{
	introduce();
	say(0, READY, 0);
	assert_int_equal(ends[1].n_closes, 1);
	cairn_virtio_console_set_open(con, 1, false);
	hear_nothing();
}

static void ports_are_introduced_once(void **state)
{
	introduce();
	say(0, READY, 1);
	hear_nothing();
}

static void port_that_failed_hears_nothing(void **state)
{
	introduce();
	say(0, PORT_READY, 0);
	cairn_virtio_console_set_size(con, 0, 1, 2);
	hear_nothing();
}

static void driver_that_woke_up_need_not_be_introduced(void **state)
{
	uint32_t port;
	struct cairn_virtio_console_port_cfg cfg = port_cfg(2, "late");

	say(1, PORT_READY, 1);
	hear_more(1, NAME, 1, "data", 4);
	hear(1, OPEN, 1);
	assert_int_equal(cairn_virtio_console_add_port(con, &cfg, &port), 0);
	hear(2, ADD, 1);
}

static void ports_carry_their_own_bytes(void **state)
{
	introduce();
	send(5, "one", 3);
	send(1, "zero", 4);
	assert_int_equal(ends[1].n_out, 3);
	assert_memory_equal(ends[1].out, "one", 3);
	assert_int_equal(ends[0].n_out, 4);
	assert_memory_equal(ends[0].out, "zero", 4);
}

static void input_waits_until_the_guest_opens_its_end(void **state)
{
	offer(0, 16);
	say(UINT32_MAX, READY, 1);
	say(0, PORT_READY, 1);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(input(0, "abc"), 0);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(ends[0].n_rooms, 0);
	hear(0, ADD, 1);
	say(0, PORT_READY, 1);
	say(0, OPEN, 1);
	assert_int_equal(ends[0].n_rooms, 1);
	assert_int_equal(input(0, "abc"), 3);
	say(0, OPEN, 0);
	assert_int_equal(ends[0].n_closes, 1);
	offer(0, 16);
	assert_int_equal(input(0, "def"), 0);
}

static void output_to_a_closed_end_is_dropped(void **state)
{
	introduce();
	cairn_virtio_console_set_open(con, 1, false);
	hear(1, OPEN, 0);
	send(5, "lost", 4);
	cairn_virtio_console_set_open(con, 1, true);
	hear(1, OPEN, 1);
	send(5, "kept", 4);
	assert_int_equal(ends[1].n_out, 4);
	assert_memory_equal(ends[1].out, "kept", 4);
}

static void closing_drops_output_that_waits(void **state)
{
	introduce();
	ends[1].room = 2;
	send(5, "abcd", 4);
	cairn_virtio_console_set_open(con, 1, false);
	ends[1].room = 10;
	cairn_virtio_console_set_open(con, 1, true);
	send(5, "ef", 2);
	assert_int_equal(ends[1].n_out, 4);
	assert_memory_equal(ends[1].out, "abef", 4);
}

static void closing_ends_a_drain(void **state)
{
	introduce();
	ends[1].room = 2;
	send(5, "abcd", 4);
	assert_int_equal(cairn_virtio_rig_ask_stop(&rig, 5, CAIRN_VQ_DRAIN), 0);
	cairn_virtio_rig_settle(&rig);
	assert_true(rig.queues[5].stop_pending[CAIRN_VQ_DRAIN]);
	cairn_virtio_console_set_open(con, 1, false);
	cairn_virtio_rig_settle(&rig);
	assert_false(rig.queues[5].stop_pending[CAIRN_VQ_DRAIN]);
}

static void open_and_closed_again_is_no_news(void **state)
{
	introduce();
	cairn_virtio_console_set_open(con, 1, false);
	cairn_virtio_console_set_open(con, 1, true);
	hear_nothing();
}

static void sizes_without_a_buffer_are_overtaken_by_the_last(void **state)
{
	introduce_the_console();
	cairn_virtio_console_set_size(con, 0, 100, 30);
	cairn_virtio_console_set_size(con, 0, 132, 50);
	hear_more(0, RESIZE, 1, "\x84\0\x32\0", 4);
	cairn_virtio_console_set_size(con, 0, 132, 50);
	hear_nothing();
	assert_int_equal(rig.n_config_changed, 2);
}

static void sizes_of_a_plain_port_are_not_told(void **state)
{
	introduce();
	cairn_virtio_console_set_size(con, 1, 100, 30);
	hear_nothing();
	assert_int_equal(rig.n_config_changed, 0);
}

static void messages_wait_for_buffers_and_none_is_lost(void **state)
{
	struct cairn_virtio_console_port_cfg cfg = port_cfg(2, "late");
	uint32_t port;

	introduce_the_console();
	cairn_virtio_console_set_open(con, 0, false);
	cairn_virtio_console_set_size(con, 0, 132, 50);
	cairn_virtio_console_remove_port(con, 1);
	assert_int_equal(cairn_virtio_console_add_port(con, &cfg, &port), 0);
	assert_int_equal(port, 1);
	assert_int_equal(cairn_virtio_console_add_port(con, &cfg, &port), 0);
	assert_int_equal(port, 2);
	hear_more(0, RESIZE, 1, "\x84\0\x32\0", 4);
	hear(0, OPEN, 0);
	hear(1, REMOVE, 1);
	hear(1, ADD, 1);
	hear(2, ADD, 1);
	hear_nothing();
}

static void port_that_was_never_told_goes_silently(void **state)
{
	struct cairn_virtio_console_port_cfg cfg = port_cfg(2, "late");
	uint32_t port;

	introduce();
	assert_int_equal(cairn_virtio_console_add_port(con, &cfg, &port), 0);
	cairn_virtio_console_remove_port(con, port);
	hear_nothing();
}

static void no_more_ports_than_there_are_numbers(void **state)
{
	struct cairn_virtio_console_port_cfg cfg = port_cfg(2, "late");
	char name[CAIRN_VIRTIO_CONSOLE_NAME_BYTES + 1] = { 0 };
	uint32_t port;

	assert_int_equal(cairn_virtio_console_add_port(con, &cfg, &port), 0);
	assert_int_equal(cairn_virtio_console_add_port(con, &cfg, &port), -ENOSPC);
	memset(name, 'n', CAIRN_VIRTIO_CONSOLE_NAME_BYTES);
	cfg.name = name;
	cairn_virtio_console_remove_port(con, 2);
	assert_int_equal(cairn_virtio_console_add_port(con, &cfg, &port), -EINVAL);
}

static void removed_port_is_dead(void **state)
{
	introduce();
	ends[1].room = 1;
	send(5, "abc", 3);
	cairn_virtio_console_remove_port(con, 1);
	ends[1].room = 10;
	cairn_virtio_console_output_ready(con, 1);
	send(5, "def", 3);
	offer(4, 16);
	assert_int_equal(input(1, "x"), 0);
	cairn_virtio_console_set_open(con, 1, false);
	cairn_virtio_console_set_size(con, 1, 1, 1);
	cairn_virtio_console_remove_port(con, 1);
	cairn_virtio_rig_settle(&rig);
	assert_int_equal(ends[1].n_out, 1);
	assert_int_equal(ends[1].n_rooms, 0);
	hear(1, REMOVE, 1);
	hear_nothing();
}

static void talk_about_a_port_that_went_is_ignored(void **state)
{
	introduce();
	cairn_virtio_console_remove_port(con, 1);
	say(1, PORT_READY, 1);
	say(1, OPEN, 1);
	hear(1, REMOVE, 1);
	say(1, PORT_READY, 1);
	say(2, PORT_READY, 1);
	hear_nothing();
	assert_int_equal(rig.n_broken, 0);
	assert_int_equal(ends[1].n_opens, 1);
}

static void talk_about_the_port_before_is_ignored(void **state)
{
	struct cairn_virtio_console_port_cfg cfg = port_cfg(2, "late");
	uint32_t port;

	introduce();
	cairn_virtio_console_remove_port(con, 1);
	assert_int_equal(cairn_virtio_console_add_port(con, &cfg, &port), 0);
	say(1, PORT_READY, 1);
	say(1, OPEN, 1);
	assert_int_equal(ends[2].n_opens, 0);
	hear(1, REMOVE, 1);
	hear(1, ADD, 1);
	say(1, PORT_READY, 1);
	hear_more(1, NAME, 1, "late", 4);
}

static void port_is_opened_after_it_is_ready_only(void **state)
{
	say(UINT32_MAX, READY, 1);
	hear(0, ADD, 1);
	hear(1, ADD, 1);
	say(1, OPEN, 1);
	assert_int_equal(ends[1].n_opens, 0);
	assert_int_equal(rig.n_broken, 0);
}

static void unknown_messages_are_ignored(void **state)
{
	introduce();
	say(7, RESIZE, 1);
	say(0, NAME, 1);
	say(UINT32_MAX, 999, 1);
	hear_nothing();
	assert_int_equal(rig.n_broken, 0);
}

static void port_beyond_the_last_breaks_the_device(void **state)
{
	say(MAX_PORTS, PORT_READY, 1);
	expect_broken();
}

static void short_message_breaks_the_device(void **state)
{
	send(CONTROL_TX, "\0\0\0\0\0\0\1", 7);
	expect_broken();
}

/* Both directions, long enough either way. */
static void send_mixed(uint16_t queue)
{
	const struct cairn_virtq_mock_piece p[] = { CAIRN_VIRTQ_MOCK_R("\0\0\0\0\0\0\1", 8),
						    CAIRN_VIRTQ_MOCK_W(32) };
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, queue, p, 2, &head), 0);
}

static void writable_message_breaks_the_device(void **state)
{
	send_mixed(CONTROL_TX);
	expect_broken();
}

static void readable_control_buffer_breaks_the_device(void **state)
{
	send_mixed(CONTROL_RX);
	say(UINT32_MAX, READY, 1);
	expect_broken();
}

static void short_control_buffer_breaks_the_device(void **state)
{
	offer(CONTROL_RX, 7);
	say(UINT32_MAX, READY, 1);
	expect_broken();
}

static void size_without_room_breaks_the_device(void **state)
{
	introduce_the_console();
	offer(CONTROL_RX, 11);
	cairn_virtio_console_set_size(con, 0, 1, 2);
	expect_broken();
}

static void name_takes_the_room_there_is(void **state)
{
	uint32_t written;
	uint16_t head;

	offer(CONTROL_RX, 10);
	say(1, PORT_READY, 1);
	assert_int_equal(cairn_virtio_rig_collect(&rig, CONTROL_RX, &head, &written), 1);
	assert_int_equal(written, 10);
	hear(1, OPEN, 1);
}

static void reset_closes_and_forgets(void **state)
{
	introduce();
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	assert_int_equal(ends[1].n_closes, 1);
	assert_int_equal(cairn_virtio_rig_attach(&rig, rig.vdev, rig.vdev->features), 0);
	for (uint16_t i = 0; i < 2 + 2 * MAX_PORTS; i++)
		assert_int_equal(cairn_virtio_rig_start(&rig, i, 16), 0);
	hear_nothing();
	offer(4, 16);
	assert_int_equal(input(1, "x"), 0);
}

static void reset_lets_ports_be_introduced_again(void **state)
{
	introduce();
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	assert_int_equal(cairn_virtio_rig_attach(&rig, rig.vdev, rig.vdev->features), 0);
	for (uint16_t i = 0; i < 2 + 2 * MAX_PORTS; i++)
		assert_int_equal(cairn_virtio_rig_start(&rig, i, 16), 0);
	introduce();
}

static void flood_of_messages_is_served_in_rounds(void **state)
{
	for (int i = 0; i < 100; i++)
		say(1, PORT_READY, (uint16_t)(i % 2));
	assert_int_equal(rig.n_broken, 0);
	hear_more(1, NAME, 1, "data", 4);
	hear(1, OPEN, 1);
	hear_nothing();
}

static void driver_without_multiport_knows_port_0_only(void **state)
{
	struct cairn_virtio_console_port_cfg cfg = port_cfg(2, NULL);
	uint32_t port;

	cairn_virtio_console_set_open(con, 0, false);
	assert_int_equal(cairn_virtio_console_add_port(con, &cfg, &port), 0);
	send(1, "out", 3);
	assert_memory_equal(ends[0].out, "out", 3);
	offer(0, 16);
	assert_int_equal(input(0, "in"), 2);
	cairn_virtio_console_set_size(con, 0, 132, 50);
	assert_int_equal(rig.n_config_changed, 1);
	assert_int_equal(cairn_virtio_rig_start(&rig, CONTROL_RX, 16), -EPROTO);
}

static void sixteen_ports_are_introduced(void **state)
{
	assert_int_equal(rig.vdev->n_queues, 34);
	assert_int_equal(cairn_virtio_console_rx_of(15), 32);
	for (uint32_t i = 2; i < CAIRN_VIRTIO_CONSOLE_MAX_PORTS; i++) {
		struct cairn_virtio_console_port_cfg cfg = port_cfg(2, NULL);
		uint32_t port;

		assert_int_equal(cairn_virtio_console_add_port(con, &cfg, &port), 0);
		assert_int_equal(port, i);
	}
	say(UINT32_MAX, READY, 1);
	for (uint32_t i = 0; i < CAIRN_VIRTIO_CONSOLE_MAX_PORTS; i++)
		hear(i, ADD, 1);
	say(15, PORT_READY, 1);
	hear(15, OPEN, 1);
}

static void refuse(uint32_t n_ports, uint32_t max_ports)
{
	struct cairn_virtio_console_port_cfg ports[17];
	const struct cairn_virtio_console_cfg cfg = {
		.home = rig.loop, .ports = ports, .n_ports = n_ports, .max_ports = max_ports
	};
	struct cairn_virtio_console *c;
	struct cairn_err err;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(ports); i++)
		ports[i] = (struct cairn_virtio_console_port_cfg){ .output = output };
	assert_int_equal(cairn_virtio_console_new(&cfg, &c, &err), -EINVAL);
	assert_string_not_equal(err.what, "cannot make a console"); /* seen early */
}

static void wrong_numbers_of_ports_are_refused(void **state)
{
	refuse(0, 1);
	refuse(2, 1);
	refuse(2, 0);
	refuse(0, 0);
	refuse(1, 17);
}

#define T(f)             cmocka_unit_test_setup_teardown(f, setup, teardown)
#define WITH(f, a_setup) cmocka_unit_test_setup_teardown(f, a_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(ports_are_introduced),
		T(nothing_is_said_before_the_device_is_ready),
		T(device_that_failed_hears_nothing),
		T(ports_are_introduced_once),
		T(port_that_failed_hears_nothing),
		T(driver_that_woke_up_need_not_be_introduced),
		T(ports_carry_their_own_bytes),
		T(input_waits_until_the_guest_opens_its_end),
		T(output_to_a_closed_end_is_dropped),
		T(closing_drops_output_that_waits),
		T(closing_ends_a_drain),
		T(open_and_closed_again_is_no_news),
		T(sizes_without_a_buffer_are_overtaken_by_the_last),
		T(sizes_of_a_plain_port_are_not_told),
		T(messages_wait_for_buffers_and_none_is_lost),
		T(port_that_was_never_told_goes_silently),
		T(no_more_ports_than_there_are_numbers),
		T(removed_port_is_dead),
		T(talk_about_a_port_that_went_is_ignored),
		T(talk_about_the_port_before_is_ignored),
		T(port_is_opened_after_it_is_ready_only),
		T(unknown_messages_are_ignored),
		T(port_beyond_the_last_breaks_the_device),
		T(short_message_breaks_the_device),
		T(writable_message_breaks_the_device),
		T(readable_control_buffer_breaks_the_device),
		T(short_control_buffer_breaks_the_device),
		T(size_without_room_breaks_the_device),
		T(name_takes_the_room_there_is),
		T(reset_closes_and_forgets),
		T(reset_lets_ports_be_introduced_again),
		T(flood_of_messages_is_served_in_rounds),
		WITH(driver_without_multiport_knows_port_0_only, setup_without_multiport),
		WITH(sixteen_ports_are_introduced, setup_of_sixteen),
		T(wrong_numbers_of_ports_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
