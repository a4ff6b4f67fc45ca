/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* ports_test.c - the host's ends of --port, with the driver of a guest in front of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cairn/virtio_console.h>
#include <cairn/virtio_rig.h>

#include "ports.h"

/* Messages about ports (virtio 1.2, 5.3.6.2), that this test needs. */
enum { DEVICE_READY = 0, DEVICE_ADD = 1, PORT_READY = 3, PORT_OPEN = 6, PORT_NAME = 7 };

enum { SOCKET, FILE_, PTY, N_PORTS };

static char folder[] = "/tmp/cairn-ports-XXXXXX";
static struct cairn_virtio_rig rig;
static struct run_options o;
static struct ports *ports;
static struct cairn_virtio_console *device;

static int open_words(const char *const *words)
{
	char why[256] = "";
	int n = 0;

	while (words[n])
		n++;
	if (options_parse(n, words, &o, why, sizeof(why)) != OPTIONS_OK)
		fail_msg("%s", why);
	return ports_open(rig.loop, &o, &ports);
}

#define OPEN_PORTS(...) open_words((const char *const[]){ "--kernel", "k", __VA_ARGS__, NULL })

/* A machine begins. */
static void boot(void)
{
	struct cairn_vdev *d;

	assert_int_equal(ports_connect(ports, &device, NULL), 0);
	d = cairn_virtio_console_vdev(device);
	assert_int_equal(cairn_virtio_rig_attach(&rig, d, d->features), 0);
	for (uint16_t i = 0; i < 2 + 2 * N_PORTS; i++)
		assert_int_equal(cairn_virtio_rig_start(&rig, i, 16), 0);
}

static void shut_down(void)
{
	ports_disconnect(ports);
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	cairn_virtio_console_free(device);
}

static void offer(uint16_t queue, uint32_t bytes)
{
	uint16_t head;

	assert_int_equal(
	    cairn_virtio_rig_push(&rig, queue,
				  &(const struct cairn_virtq_mock_piece)CAIRN_VIRTQ_MOCK_W(bytes),
				  1, &head),
	    0);
}

/* Taken by the device at once. */
static void carry(uint16_t queue, const void *bytes, uint32_t n)
{
	const struct cairn_virtq_mock_piece piece = CAIRN_VIRTQ_MOCK_R(bytes, n);
	uint32_t written;
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_push(&rig, queue, &piece, 1, &head), 0);
	assert_int_equal(cairn_virtio_rig_collect(&rig, queue, &head, &written), 1);
}

/* What a queue has been given is this. */
static void expect(uint16_t queue, const void *bytes, uint32_t n)
{
	uint8_t got[64];
	uint32_t written;
	uint16_t head;

	assert_int_equal(cairn_virtio_rig_collect(&rig, queue, &head, &written), 1);
	assert_int_equal(written, n);
	cairn_virtq_mock_data(&rig.queues[queue].mock, head, got, sizeof(got));
	assert_memory_equal(got, bytes, n);
}

static void say(uint8_t port, uint8_t event, uint8_t value)
{
	carry(CAIRN_VIRTIO_CONSOLE_CONTROL_TX,
	      (const uint8_t[]){ port, 0, 0, 0, event, 0, value, 0 }, 8);
}

static void hear_name(uint8_t port, uint8_t event, uint8_t value, const char *name)
{
	uint8_t message[64] = { port, 0, 0, 0, event, 0, value, 0 };

	memcpy(message + 8, name, strlen(name));
	offer(CAIRN_VIRTIO_CONSOLE_CONTROL_RX, sizeof(message));
	expect(CAIRN_VIRTIO_CONSOLE_CONTROL_RX, message, (uint32_t)(8 + strlen(name)));
}

static void hear(uint8_t port, uint8_t event, uint8_t value)
{
	hear_name(port, event, value, "");
}

/* All are open at the guest's end; of the host's only the file is. */
static void introduce(void)
{
	say(0, DEVICE_READY, 1);
	for (uint8_t i = 0; i < N_PORTS; i++)
		hear(i, DEVICE_ADD, 1);
	for (uint8_t i = 0; i < N_PORTS; i++)
		say(i, PORT_READY, 1);
	hear_name(SOCKET, PORT_NAME, 1, "sock");
	hear_name(FILE_, PORT_NAME, 1, "log");
	hear(FILE_, PORT_OPEN, 1);
	hear_name(PTY, PORT_NAME, 1, "tty");
	for (uint8_t i = 0; i < N_PORTS; i++)
		say(i, PORT_OPEN, 1);
}

static int setup(void **state)
{
	assert_int_equal(cairn_virtio_rig_open(&rig, 1 << 20, 1), 0);
	return 0;
}

static int setup_all(void **state)
{
	setup(state);
	assert_int_equal(OPEN_PORTS("--port", "name=sock,socket=sock", "--port",
				    "name=log,file=log", "--port", "name=tty,pty,link=tty"),
			 0);
	boot();
	introduce();
	return 0;
}

static bool is_there(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0;
}

static int teardown(void **state)
{
	ports_close(ports);
	ports = NULL;
	options_free(&o);
	cairn_virtio_rig_close(&rig);
	unlink("log");
	assert_false(is_there("sock") || is_there("tty"));
	return 0;
}

static int teardown_all(void **state)
{
	shut_down();
	return teardown(state);
}

static int call(void)
{
	const struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "sock" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	cairn_virtio_rig_settle(&rig);
	return fd;
}

static int open_tty(void)
{
	int fd = open("tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void hang_up(int fd)
{
	close(fd);
	cairn_virtio_rig_settle(&rig);
}

/* What the guest's port has read is this. */
static void expect_input(uint32_t port, const char *text)
{
	expect(cairn_virtio_console_rx_of(port), text, (uint32_t)strlen(text));
}

static void send_text(uint32_t port, const char *text)
{
	carry((uint16_t)(cairn_virtio_console_rx_of(port) + 1), text, (uint32_t)strlen(text));
}

static void expect_read(int fd, const char *text)
{
	char got[64] = "";

	assert_int_equal(read(fd, got, sizeof(got)), strlen(text));
	assert_memory_equal(got, text, strlen(text));
}

static void guest_hears_of_clients_and_they_of_each_other_nothing(void **state)
{
	for (int i = 0; i < 2; i++) {
		int fd = call();

		hear(SOCKET, PORT_OPEN, 1);
		send_text(SOCKET, "out");
		expect_read(fd, "out");
		offer(cairn_virtio_console_rx_of(SOCKET), 64);
		assert_int_equal(write(fd, "in", 2), 2);
		expect_input(SOCKET, "in");
		hang_up(fd);
		hear(SOCKET, PORT_OPEN, 0);
		send_text(SOCKET, "dropped");
	}
}

static void input_waits_for_the_guest(void **state)
{
	int fd = call();

	hear(SOCKET, PORT_OPEN, 1);
	assert_int_equal(write(fd, "early", 5), 5);
	cairn_virtio_rig_settle(&rig);
	offer(cairn_virtio_console_rx_of(SOCKET), 3);
	expect_input(SOCKET, "ear");
	offer(cairn_virtio_console_rx_of(SOCKET), 64);
	expect_input(SOCKET, "ly");
	hang_up(fd);
	hear(SOCKET, PORT_OPEN, 0);
}

static void guest_hears_of_the_pty(void **state)
{
	int fd = open_tty();

	hear(PTY, PORT_OPEN, 1);
	offer(cairn_virtio_console_rx_of(PTY), 64);
	assert_int_equal(write(fd, "in\3", 3), 3);
	expect_input(PTY, "in\3");
	send_text(PTY, "out");
	expect_read(fd, "out");
	close(fd);
	hear(PTY, PORT_OPEN, 0);
}

static void file_takes_what_comes(void **state)
{
	int fd;

	send_text(FILE_, "one ");
	send_text(FILE_, "two");
	shut_down();
	ports_close(ports);
	ports = NULL;
	fd = open("log", O_RDONLY | O_CLOEXEC);
	expect_read(fd, "one two");
	close(fd);
}

static void client_stays_over_a_reboot(void **state)
{
	int fd = call();

	hear(SOCKET, PORT_OPEN, 1);
	shut_down();
	assert_int_equal(write(fd, "between", 7), 7);
	cairn_virtio_rig_settle(&rig);
	boot();
	say(0, DEVICE_READY, 1);
	for (uint8_t i = 0; i < N_PORTS; i++)
		hear(i, DEVICE_ADD, 1);
	say(SOCKET, PORT_READY, 1);
	hear_name(SOCKET, PORT_NAME, 1, "sock");
	hear(SOCKET, PORT_OPEN, 1);
	say(SOCKET, PORT_OPEN, 1);
	offer(cairn_virtio_console_rx_of(SOCKET), 64);
	expect_input(SOCKET, "between");
	close(fd);
}

static void without_ports_there_is_nothing(void **state)
{
	assert_int_equal(OPEN_PORTS("--rng"), 0);
	assert_null(ports);
}

/* And what was opened before it is gone. */
static void a_port_that_cannot_be_opened_takes_the_others_along(void **state)
{
	static const struct {
		const char *port;
		int code;
	} bad[] = {
		{ "name=b,socket=nowhere/s", EXIT_BAD_FILE },
		{ "name=b,socket=sock", EXIT_BAD_FILE },
		{ "name=b,socket=0000000000000000000000000000000000000000000000000000000000000000"
		  "00000000000000000000000000000000000000000000",
		  EXIT_BAD_FILE },
		{ "name=b,file=nowhere/f", EXIT_BAD_FILE },
		{ "name=b,file=.", EXIT_BAD_FILE },
		{ "name=b,pty,link=tty", EXIT_HOST },
		{ "name=b,pty,link=nowhere/l", EXIT_HOST },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		assert_int_equal(OPEN_PORTS("--port", "name=s,socket=sock", "--port",
					    "name=t,pty,link=tty", "--port", bad[i].port),
				 bad[i].code);
		assert_null(ports);
		assert_false(is_there("sock") || is_there("tty"));
		options_free(&o);
	}
}

static void sixteen_ports_are_one_device(void **state)
{
	const char *words[2 + 2 * MAX_PORTS + 1] = { "--kernel", "k" };
	char values[MAX_PORTS][32];

	for (unsigned i = 0; i < MAX_PORTS; i++) {
		snprintf(values[i], sizeof(values[i]), "name=%u,pty", i);
		words[2 + 2 * i] = "--port";
		words[3 + 2 * i] = values[i];
	}
	assert_int_equal(open_words(words), 0);
	assert_int_equal(ports_connect(ports, &device, NULL), 0);
	assert_int_equal(cairn_virtio_console_vdev(device)->n_queues, 2 + 2 * MAX_PORTS);
	ports_disconnect(ports);
	cairn_virtio_console_free(device);
}

static int enter(void **state)
{
	assert_non_null(mkdtemp(folder));
	return chdir(folder);
}

static int leave(void **state)
{
	return rmdir(folder); /* nothing else was left */
}

#define T(f)   cmocka_unit_test_setup_teardown(f, setup, teardown)
#define ALL(f) cmocka_unit_test_setup_teardown(f, setup_all, teardown_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALL(guest_hears_of_clients_and_they_of_each_other_nothing),
		ALL(input_waits_for_the_guest),
		ALL(guest_hears_of_the_pty),
		cmocka_unit_test_setup_teardown(file_takes_what_comes, setup_all, teardown),
		ALL(client_stays_over_a_reboot),
		T(without_ports_there_is_nothing),
		T(a_port_that_cannot_be_opened_takes_the_others_along),
		T(sixteen_ports_are_one_device),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
