/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "world.h"

#include <sys/mman.h>

struct world world;

int world_count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

int world_memfd(uint64_t bytes)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	return fd;
}

static void on_refused(void *ctx, const char *what, const struct cairn_err *err)
{
	assert_non_null(what);
	assert_non_null(err->what);
	assert_true(err->code > 0);
	world.refused++;
}

static void on_closed(void *ctx)
{
	world.closed++;
}

static void on_hung(void *ctx)
{
	world.hung++;
}

void world_turn(void)
{
	int quiet = 0;

	for (int rounds = 0; quiet < 2; rounds++) {
		int n = cairn_loop_dispatch(world.loop, 0);

		assert_true(n >= 0 && rounds < 200);
		quiet = n ? 0 : quiet + 1;
	}
}

static void on_turn(void *ctx)
{
	assert_true(cairn_loop_dispatch(world.loop, 0) >= 0);
}

int world_setup(void **state)
{
	static const uint16_t queue_max[] = { 8, 16 };

	memset(&world, 0, sizeof(world));
	world.n_fds = world_count_fds();
	assert_int_equal(cairn_loop_new(&world.loop), 0);
	assert_int_equal(cairn_vdev_script_init(&world.dev,
						&(struct cairn_vdev_script_desc){
						    .home = world.loop,
						    .features = WORLD_FEATURES,
						    .n_queues = 2,
						    .config_len = WORLD_CONFIG_LEN,
						    .queue_max = queue_max,
						}),
			 0);
	assert_int_equal(cairn_virtio_vhost_user_open(&world.dev.vdev,
						      &(struct cairn_virtio_vhost_user_news){
							  .refused = on_refused,
							  .closed = on_closed,
							  .hung = on_hung,
						      },
						      &world.b),
			 0);
	cairn_vhost_user_client_init(&world.c, -1);
	world_connect();
	return 0;
}

static void unstick(void)
{
	for (int op = CAIRN_VDEV_OP_NONE; op < (int)CAIRN_VDEV_SCRIPT_OPS; op++) {
		world.dev.answer[op] = CAIRN_VDEV_SCRIPT_NOW;
		world.dev.status[op] = 0;
	}
	for (int round = 0; round < 4; round++) {
		for (int op = CAIRN_VDEV_OP_NONE; op < (int)CAIRN_VDEV_SCRIPT_OPS; op++)
			cairn_vdev_script_release(&world.dev, (enum cairn_vdev_op)op);
		world_turn();
	}
}

int world_teardown(void **state)
{
	cairn_vhost_user_client_fini(&world.c);
	world_turn();
	unstick();
	assert_false(cairn_virtio_vhost_user_is_connected(world.b));
	assert_false(world.dev.queues[0].running || world.dev.queues[1].running);
	cairn_virtio_vhost_user_close(world.b);
	assert_null(world.dev.vdev.host);
	cairn_vdev_fini(&world.dev.vdev);
	cairn_loop_free(world.loop);
	assert_int_equal(world_count_fds(), world.n_fds);
	return 0;
}

void world_connect(void)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
			 0);
	assert_int_equal(cairn_virtio_vhost_user_take(world.b, pair[0]), 0);
	cairn_vhost_user_client_fini(&world.c);
	cairn_vhost_user_client_init(&world.c, pair[1]);
	world.c.turn.fn = on_turn;
}

void world_negotiate(void)
{
	assert_int_equal(cairn_vhost_user_client_negotiate(&world.c, UINT64_MAX, ALL_PROTOCOL), 0);
}

void world_share(void)
{
	assert_int_equal(cairn_vhost_user_client_share(&world.c, 1 << 16), 0);
}

void world_ring(uint32_t index)
{
	assert_int_equal(cairn_vhost_user_client_ring(&world.c, index, 8), 0);
	assert_int_equal(eventfd_write(world.c.rings[index].kick_fd, 1), 0);
	world_turn();
	assert_true(world.dev.queues[index].running);
}

void world_run(void)
{
	world_negotiate();
	world_share();
	world_ring(0);
}

void world_ask_stop(void)
{
	struct cairn_vhost_user_header h = { CAIRN_VHOST_USER_GET_VRING_BASE, 1, 8 };
	const uint64_t body = 0;

	assert_int_equal(cairn_vhost_user_send(world.c.sock, &h, &body, NULL, 0), 0);
}
