/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * tap_test.c - the device on a real tap, in a network namespace of the test's own: an ARP request
 * goes out, the kernel's answer comes in. Skipped where this user may make no tap.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <cairn/virtio_net.h>
#include <cairn/virtio_rig.h>

#include <linux/if_tun.h>

static struct cairn_virtio_rig rig;

static bool make_tap(void)
{
	struct ifreq r = { .ifr_name = "tap0", .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	bool made = fd >= 0 && ioctl(fd, TUNSETIFF, &r) == 0 && ioctl(fd, TUNSETPERSIST, 1) == 0;

	if (fd >= 0)
		close(fd);
	return made;
}

/* 10.9.8.1 on tap0, up. */
static void configure(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a090801) };
	struct ifreq r = { .ifr_name = "tap0" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(&r.ifr_addr, &a, sizeof(a));
	assert_int_equal(ioctl(fd, SIOCSIFADDR, &r), 0);
	a.sin_addr.s_addr = htonl(0xffffff00);
	memcpy(&r.ifr_netmask, &a, sizeof(a));
	assert_int_equal(ioctl(fd, SIOCSIFNETMASK, &r), 0);
	r.ifr_flags = IFF_UP;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &r), 0);
	close(fd);
}

/* Header of virtio-net, Ethernet, ARP: who has 10.9.8.1, tell 10.9.8.2 */
static const uint8_t request[] = {
	0,    0,    0,    0,    0,    0,    0,  0, 0, 0, 0, 0,                    /* virtio-net */
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,  0, 0, 0, 0, 7, 8, 6,              /* Ethernet */
	0,    1,    8,    0,    6,    4,    0,  1, 2, 0, 0, 0, 0, 7, 10, 9, 8, 2, /* from */
	0,    0,    0,    0,    0,    0,    10, 9, 8, 1,                          /* to */
};

static bool is_answer(const uint8_t *f)
{
	return f[12 + 12] == 8 && f[12 + 13] == 6 && f[12 + 21] == 2;
}

/* True when an ARP answer came; the kernel sends other frames on a new link too. */
static bool take_answer(void)
{
	for (int quiet = 0; quiet < 10;) {
		uint8_t got[1526];
		uint32_t written;
		uint16_t head;
		int r = cairn_virtq_mock_collect(&rig.queues[CAIRN_VIRTIO_NET_RX].mock, &head,
						 &written);

		assert_true(r >= 0);
		if (r == 0) {
			quiet += cairn_loop_dispatch(rig.loop, 100) == 0;
			continue;
		}
		cairn_virtq_mock_data(&rig.queues[CAIRN_VIRTIO_NET_RX].mock, head, got, written);
		if (!is_answer(got))
			continue;
		assert_memory_equal(got + 12, "\2\0\0\0\0\7", 6);
		assert_memory_equal(got + 12 + 28, "\x0a\x09\x08\x01", 4);
		assert_int_equal(got[10], 1);
		return true;
	}
	return false;
}

static void arp_is_answered_through_the_device(void **state)
{
	const struct cairn_virtq_mock_piece room[] = { CAIRN_VIRTQ_MOCK_W(1526) };
	const struct cairn_virtq_mock_piece out[] = { CAIRN_VIRTQ_MOCK_R(request,
									 sizeof(request)) };
	struct cairn_virtio_net_cfg cfg = { .n_pairs = 1,
					    .has_mac = true,
					    .mac = { 2, 0, 0, 0, 0, 7 } };
	struct cairn_virtio_net *n;
	struct cairn_net *port;
	struct cairn_vdev *d;
	uint16_t head;

	if (unshare(CLONE_NEWNET) < 0 || !make_tap())
		skip();
	configure();
	assert_int_equal(cairn_virtio_rig_open(&rig, 1 << 20, 1), 0);

	cfg.home = rig.loop;
	cfg.ports = &port;
	assert_int_equal(cairn_net_tap_open("tap0", &port, NULL), 0);
	assert_int_equal(cairn_virtio_net_new(&cfg, &n, NULL), 0);
	d = cairn_virtio_net_vdev(n); /* for a carrier */

	assert_int_equal(cairn_virtio_rig_attach(&rig, d, d->features), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, CAIRN_VIRTIO_NET_RX, 64), 0);
	assert_int_equal(cairn_virtio_rig_start(&rig, CAIRN_VIRTIO_NET_TX, 64), 0);
	for (int i = 0; i < 60; i++)
		assert_int_equal(cairn_virtio_rig_push(&rig, CAIRN_VIRTIO_NET_RX, room, 1, &head),
				 0);
	/* A link that has just come up loses what the kernel sends at first. */
	do
		assert_int_equal(cairn_virtio_rig_push(&rig, CAIRN_VIRTIO_NET_TX, out, 1, &head),
				 0);
	while (!take_answer());
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);

	cairn_virtio_net_free(n);
	cairn_net_close(port);
	cairn_virtio_rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_is_answered_through_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
