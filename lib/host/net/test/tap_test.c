/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * tap_test.c - attaching to tap interfaces, in a network namespace of the test's own. Skipped where
 * this user may make none.
 */
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <cairn/net.h>

#include <linux/if_packet.h>
#include <linux/if_tun.h>

static bool has_namespace;

/* An interface that stays when its maker is gone. Returns false where that is not permitted. */
static bool make(const char *name, short kind)
{
	struct ifreq r = { .ifr_flags = (short)(kind | IFF_NO_PI) };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	bool made;

	strncpy(r.ifr_name, name, IFNAMSIZ - 1);
	made = fd >= 0 && ioctl(fd, TUNSETIFF, &r) == 0 && ioctl(fd, TUNSETPERSIST, 1) == 0;
	if (fd >= 0)
		close(fd);
	return made;
}

static void bring_up(const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strncpy(r.ifr_name, name, IFNAMSIZ - 1);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &r), 0);
	close(fd);
}

static void need_tap(void)
{
	if (!has_namespace)
		skip();
}

static void missing_interface_is_named_and_not_made(void **state)
{
	struct cairn_net *n;
	struct cairn_err err;

	assert_int_equal(cairn_net_tap_open("cairn-none", &n, &err), -ENODEV);
	assert_non_null(strstr(err.what, "ip tuntap add"));
	assert_non_null(strstr(err.detail, "cairn-none"));
	assert_int_equal(if_nametoindex("cairn-none"), 0);
}

static void names_are_checked(void **state)
{
	struct cairn_net *n;

	assert_int_equal(cairn_net_tap_open("", &n, NULL), -EINVAL);
	assert_int_equal(cairn_net_tap_open("sixteen-letters.", &n, NULL), -EINVAL);
}

static void second_user_is_refused(void **state)
{
	struct cairn_net *n, *other;
	struct cairn_err err;

	need_tap();
	assert_int_equal(cairn_net_tap_open("tap0", &n, &err), 0);
	assert_int_equal(cairn_net_tap_open("tap0", &other, &err), -EBUSY);
	assert_non_null(strstr(err.what, "in use"));
	cairn_net_close(n);
	assert_int_equal(cairn_net_tap_open("tap0", &n, &err), 0);
	cairn_net_close(n);
}

static void interface_of_another_kind_is_refused(void **state)
{
	struct cairn_net *n;
	struct cairn_err err;

	need_tap();
	assert_int_equal(cairn_net_tap_open("lo", &n, &err), -EINVAL);
	assert_true(make("tun0", IFF_TUN));
	assert_int_equal(cairn_net_tap_open("tun0", &n, &err), -EINVAL);
	assert_non_null(strstr(err.what, "no tap"));
}

static void fd_is_close_on_exec_and_does_not_block(void **state)
{
	struct cairn_net *n;

	need_tap();
	assert_int_equal(cairn_net_tap_open("tap0", &n, NULL), 0);
	assert_true(fcntl(n->fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(n->fd, F_GETFL) & O_NONBLOCK);
	cairn_net_close(n);
}

static void frames_go_out_and_come_in(void **state)
{
	uint8_t out[12 + 60] = { 0 }, in[2048];
	struct iovec iov = { out, sizeof(out) }, room = { in, sizeof(in) };
	struct cairn_net *n;
	int r;

	need_tap();
	assert_int_equal(cairn_net_tap_open("tap0", &n, NULL), 0);
	bring_up("tap0");
	memset(out + 12, 0xff, 6);
	out[12 + 6] = 2;
	out[12 + 12] = 0x88;
	out[12 + 13] = 0xb5;
	assert_int_equal(n->ops->transmit(n, &iov, 1), 0);
	/* The kernel may have greeted the link with frames of its own. */
	do
		r = n->ops->receive(n, &room, 1);
	while (r >= (int)CAIRN_NET_HEADER_BYTES);
	assert_int_equal(r, -EAGAIN);
	iov.iov_len = 15; /* no Ethernet header */
	assert_int_equal(n->ops->transmit(n, &iov, 1), -EINVAL);
	cairn_net_close(n);
}

static void offloads_are_taken(void **state)
{
	struct cairn_net *n;

	need_tap();
	assert_int_equal(cairn_net_tap_open("tap0", &n, NULL), 0);
	assert_int_equal(n->ops->set_offloads(n, n->offloads), 0);
	assert_int_equal(n->ops->set_offloads(n, 0), 0);
	assert_int_equal(n->ops->set_offloads(n, CAIRN_NET_TSO4), -EINVAL);
	cairn_net_close(n);
}

#define QUEUES 3
static struct cairn_net *ports[QUEUES];

static void open_queues(void)
{
	assert_int_equal(cairn_net_tap_open_queues("tap1", QUEUES, ports, NULL), 0);
}

static void close_queues(void)
{
	for (int i = 0; i < QUEUES; i++)
		cairn_net_close(ports[i]);
}

static void wrong_number_of_queues_is_refused(void **state)
{
	struct cairn_err err;

	need_tap();
	assert_int_equal(cairn_net_tap_open_queues("tap1", 0, ports, &err), -EINVAL);
	assert_int_equal(cairn_net_tap_open_queues("tap1", 257, ports, &err), -EINVAL);
	assert_non_null(strstr(err.what, "1 to 256"));
}

static void kind_of_interface_must_fit_the_number_of_queues(void **state)
{
	struct cairn_err err;

	need_tap();
	assert_int_equal(cairn_net_tap_open_queues("tap0", 2, ports, &err), -EINVAL);
	assert_non_null(strstr(err.what, "mode tap multi_queue"));
	assert_int_equal(cairn_net_tap_open_queues("tap1", 1, ports, &err), -EINVAL);
	assert_non_null(strstr(err.what, "without multi_queue"));
	assert_int_equal(cairn_net_tap_open_queues("lo", 2, ports, &err), -EINVAL);
	assert_non_null(strstr(err.what, "no tap"));
	assert_int_equal(cairn_net_tap_open("tap0", ports, NULL), 0);
	cairn_net_close(ports[0]);
}

static void second_user_of_queues_is_refused(void **state)
{
	struct cairn_net *others[2];
	struct cairn_err err;

	need_tap();
	if (getenv("CAIRN_EMULATOR")) {
		print_message("qemu-user has no SIOCETHTOOL, which tells of the other user\n");
		skip();
	}
	bring_up("tap1");
	open_queues();
	assert_int_equal(cairn_net_tap_open_queues("tap1", 2, others, &err), -EBUSY);
	assert_non_null(strstr(err.what, "in use"));
	close_queues();
	open_queues();
	close_queues();
}

/* From the host's side, into the tap: of its own flow by its last byte. */
static void send_to_tap1(uint8_t flow)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)if_nametoindex("tap1") };
	/* Ethernet, IPv4, UDP from 10.0.0.1 to 10.0.0.2, ports 1000 and flow */
	uint8_t frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1,
			      8,    0,    0x45, 0,    0,    46,   0, 0, 0, 0, 9, 17 };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	memcpy(frame + 26, "\x0a\0\0\1\x0a\0\0\2\3\xe8\0", 11);
	frame[37] = flow;
	frame[39] = 26;
	assert_int_equal(sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)),
			 sizeof(frame));
	close(fd);
}

/* How many of those frames have come to it. */
static unsigned int received(struct cairn_net *n)
{
	uint8_t bytes[2048];
	struct iovec room = { bytes, sizeof(bytes) };
	unsigned int count = 0;
	int r;

	while ((r = n->ops->receive(n, &room, 1)) > 0)
		count += r == 12 + 60 && bytes[12 + 6] == 2 && bytes[12 + 12] == 8;
	assert_int_equal(r, -EAGAIN);
	return count;
}

/* A link that has just come up loses what the kernel sends at first. */
static void wait_for_link(void)
{
	do {
		sched_yield();
		send_to_tap1(0);
	} while (!received(ports[0]));
}

static void enable(int i, bool on)
{
	assert_int_equal(ports[i]->ops->set_enabled(ports[i], on), 0);
}

static void frames_come_to_enabled_queues_only(void **state)
{
	unsigned int n;

	need_tap();
	bring_up("tap1");
	open_queues();
	wait_for_link();
	for (uint8_t i = 0; i < 64; i++)
		send_to_tap1(i);
	assert_int_equal(received(ports[0]), 64);
	assert_int_equal(received(ports[1]) + received(ports[2]), 0);
	enable(1, true);
	enable(1, true);
	for (uint8_t i = 0; i < 64; i++)
		send_to_tap1(i);
	n = received(ports[0]);
	assert_in_range(n, 1, 63);
	assert_int_equal(received(ports[1]), 64 - n);
	assert_int_equal(received(ports[2]), 0);
	for (uint8_t i = 0; i < 64; i++)
		send_to_tap1(i);
	enable(1, false); /* what waits there is lost */
	assert_int_equal(received(ports[1]), 0);
	assert_in_range(received(ports[0]), 1, 63);
	enable(2, true);
	enable(1, true);
	enable(2, false);
	enable(2, false);
	close_queues();
}

static void queue_that_is_off_sends_and_takes_offloads(void **state)
{
	uint8_t out[12 + 60] = { [12 + 12] = 0x88, [12 + 13] = 0xb5 };
	struct iovec iov = { out, sizeof(out) };

	need_tap();
	bring_up("tap1");
	open_queues();
	assert_int_equal(ports[2]->ops->transmit(ports[2], &iov, 1), 0);
	assert_int_equal(ports[2]->ops->set_offloads(ports[2], ports[2]->offloads), 0);
	close_queues();
}

static void close_takes_null(void **state)
{
	cairn_net_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_interface_is_named_and_not_made),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(second_user_is_refused),
		cmocka_unit_test(interface_of_another_kind_is_refused),
		cmocka_unit_test(fd_is_close_on_exec_and_does_not_block),
		cmocka_unit_test(frames_go_out_and_come_in),
		cmocka_unit_test(offloads_are_taken),
		cmocka_unit_test(wrong_number_of_queues_is_refused),
		cmocka_unit_test(kind_of_interface_must_fit_the_number_of_queues),
		cmocka_unit_test(second_user_of_queues_is_refused),
		cmocka_unit_test(frames_come_to_enabled_queues_only),
		cmocka_unit_test(queue_that_is_off_sends_and_takes_offloads),
		cmocka_unit_test(close_takes_null),
	};

	has_namespace = unshare(CLONE_NEWNET) == 0 && make("tap0", IFF_TAP) &&
			make("tap1", IFF_TAP | IFF_MULTI_QUEUE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
