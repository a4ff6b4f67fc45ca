/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* world.h - a scripted device with two queues on a loop of its own, and a carrier that counts. */
#ifndef VDEV_TEST_WORLD_H
#define VDEV_TEST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include <cairn/vdev_script.h>

#define OFFER   UINT64_C(0xf0)
#define CARRIER (UINT64_C(1) << 40)

struct answer {
	struct cairn_vdev_call call;
	unsigned int n;
	int status;
};

struct world {
	struct cairn_loop *loop;
	struct cairn_vdev_script dev;
	struct cairn_vdev *vdev;
	struct cairn_vdev_host host;
	struct cairn_memview *view;
	int kick_fd[2];
	unsigned int broken, changed;
	int why;
	struct answer a, b; /* two calls, for ops that overlap */
};

static inline void on_done(struct cairn_vdev_call *call, int status)
{
	struct answer *a = cairn_container_of(call, struct answer, call);

	a->n++;
	a->status = status;
}

static inline void on_broken(struct cairn_vdev_host *h, int why)
{
	struct world *w = cairn_container_of(h, struct world, host);

	w->broken++;
	w->why = why;
}

static inline void on_changed(struct cairn_vdev_host *h)
{
	cairn_container_of(h, struct world, host)->changed++;
}

static const struct cairn_vdev_host_ops world_host_ops = { .size = sizeof(world_host_ops),
							   .config_changed = on_changed,
							   .broken = on_broken };

static inline struct world *world_new(uint32_t flags)
{
	static const uint16_t queue_max[] = { 8, 16 };
	static struct world w;

	w = (struct world){ .host = { &world_host_ops, CARRIER } };
	w.a.call.done = w.b.call.done = on_done;
	w.vdev = &w.dev.vdev;
	assert_int_equal(cairn_loop_new(&w.loop), 0);
	assert_int_equal(cairn_memview_new(NULL, 0, &w.view, NULL), 0);
	assert_int_equal(cairn_vdev_script_init(
			     &w.dev, &(struct cairn_vdev_script_desc){ .home = w.loop,
								       .features = OFFER,
								       .flags = flags,
								       .n_queues = 2,
								       .config_len = 8,
								       .queue_max = queue_max }),
			 0);
	cairn_vdev_attach(w.vdev, &w.host);
	for (int i = 0; i < 2; i++)
		w.kick_fd[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return &w;
}

static inline void world_free(struct world *w)
{
	for (int i = 0; i < 2; i++) {
		cairn_watch_remove(&w->dev.queues[i].watch);
		close(w->kick_fd[i]);
	}
	cairn_vdev_fini(w->vdev);
	assert_int_equal(w->dev.finished, 1);
	cairn_memview_put(w->view);
	cairn_loop_free(w->loop);
}

static inline void turn(struct world *w)
{
	assert_true(cairn_loop_dispatch(w->loop, 0) >= 0);
}

static inline struct cairn_vq_cfg cfg_of(struct world *w, uint16_t index)
{
	return (struct cairn_vq_cfg){ .index = index,
				      .size = 8,
				      .kick_fd = w->kick_fd[index],
				      .call_fd = -1,
				      .loop = w->loop,
				      .enabled = true };
}

static inline int start(struct world *w, uint16_t index)
{
	struct cairn_vq_cfg cfg = cfg_of(w, index);

	return cairn_vdev_queue_start(w->vdev, &cfg, &w->a.call);
}

/* Bring a fresh device into a state; RUNNING has queue 0 started. */
static inline void go_to(struct world *w, enum cairn_vdev_state state)
{
	if (state != CAIRN_VDEV_NEW)
		assert_int_equal(cairn_vdev_set_features(w->vdev, OFFER, &w->a.call), 0);
	if (state == CAIRN_VDEV_RUNNING || state == CAIRN_VDEV_BROKEN)
		assert_int_equal(start(w, 0), 0);
	if (state == CAIRN_VDEV_BROKEN)
		cairn_vdev_break(w->vdev, -EPROTO);
	assert_int_equal(w->vdev->state, state);
}

#endif
