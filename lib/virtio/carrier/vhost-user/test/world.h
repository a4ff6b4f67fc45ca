/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* world.h - a scripted device behind the carrier, and a front end, all in one thread. */
#ifndef VHOST_USER_WORLD_H
#define VHOST_USER_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/vdev_script.h>
#include <cairn/vhost_user_client.h>
#include <cairn/virtio_vhost_user.h>

#include <dirent.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORLD_FEATURES   (CAIRN_VIRTIO_F_INDIRECT_DESC | CAIRN_VIRTIO_F_EVENT_IDX)
#define WORLD_CONFIG_LEN 60u
#define ALL_PROTOCOL     UINT64_MAX

struct world {
	struct cairn_loop *loop;
	struct cairn_vdev_script dev;
	struct cairn_virtio_vhost_user *b;
	struct cairn_vhost_user_client c;
	unsigned int refused, closed, hung;
	int n_fds;
};

extern struct world world;

int world_setup(void **state);
int world_teardown(void **state); /* and nothing was lost */
void world_turn(void);            /* until nothing happens any more */
void world_connect(void);
/* Up to a running ring 0 of size 8. */
void world_negotiate(void);
void world_share(void);
void world_ring(uint32_t index);
void world_run(void);
/* GET_VRING_BASE of ring 0, without waiting for the answer. */
void world_ask_stop(void);
int world_count_fds(void);
/* A file that can be shared as memory. */
int world_memfd(uint64_t bytes);

static inline unsigned int world_entered(enum cairn_vdev_op op)
{
	return world.dev.entered[op];
}

#define WORLD_TEST(t) cmocka_unit_test_setup_teardown(t, world_setup, world_teardown)

#endif
