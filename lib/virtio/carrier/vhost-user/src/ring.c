/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * ring.c - one ring: its descriptors, and starting it.
 *
 * The kick descriptor of a stopped ring is watched here, and starts it; the kick is not read, so
 * that the device, whose descriptor it then is, sees it as well. The call descriptor changes while
 * a ring runs (front ends mask interrupts that way), so the device is given a number of ours, and a
 * new descriptor is put behind it.
 */
#include "backend.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void replace_fd(int *fd, int by)
{
	if (*fd >= 0)
		close(*fd);
	*fd = by;
}

/* Never waits: a front end can make its descriptor full. One that blocks is asked first; if the
 * front end fills it between, its back end hangs until a signal comes. */
static void signal_fd(int fd, bool blocks)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	uint64_t one = 1;

	if (blocks && (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT)))
		return; /* full: it is signalled already */
	(void)!write(fd, &one, sizeof(one));
}

static void on_call(void *ctx)
{
	struct ring *r = ctx;

	if (__atomic_load_n(&r->has_call, __ATOMIC_ACQUIRE))
		signal_fd(r->call_fd, __atomic_load_n(&r->call_blocks, __ATOMIC_RELAXED));
}

static bool fd_blocks(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || !(flags & O_NONBLOCK);
}

static void on_kick(struct cairn_watch *w, uint32_t events)
{
	struct ring *r = cairn_container_of(w, struct ring, kick);

	cairn_watch_remove(w);
	r->wanted = true;
	if (r->b->job == JOB_NONE)
		cairn_vub_steps_begin_(r->b, JOB_KICK, 0);
}

int cairn_vub_ring_open_(struct ring *r, struct cairn_virtio_vhost_user *b, uint16_t index)
{
	*r = (struct ring){ .b = b, .index = index, .kick_fd = -1, .err_fd = -1 };
	r->kick.fn = on_kick;
	r->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return r->call_fd < 0 ? -errno : 0;
}

void cairn_vub_ring_close_(struct ring *r)
{
	cairn_vub_ring_forget_(r, true);
	replace_fd(&r->call_fd, -1);
}

void cairn_vub_ring_forget_(struct ring *r, bool all)
{
	cairn_vub_ring_drop_kick_(r);
	r->size = r->base = 0;
	r->has_addr = r->enabled = r->failed = false;
	if (!all)
		return;
	replace_fd(&r->err_fd, -1);
	if (__atomic_load_n(&r->has_call, __ATOMIC_RELAXED))
		(void)!cairn_vub_ring_set_call_(r, -1);
}

void cairn_vub_ring_drop_kick_(struct ring *r)
{
	cairn_watch_remove(&r->kick);
	replace_fd(&r->kick_fd, -1);
	r->wanted = false;
}

void cairn_vub_ring_set_kick_(struct ring *r, int fd)
{
	cairn_watch_remove(&r->kick);
	replace_fd(&r->kick_fd, fd);
	r->failed = false;
	/* One that was running when its kick changed runs on; one without kicks is polled. */
	r->wanted = r->wanted || fd < 0;
	if (r->wanted)
		return;
	if (cairn_loop_watch(r->b->vdev->home, &r->kick, fd, EPOLLIN) < 0)
		cairn_vub_ring_fail_(r);
}

int cairn_vub_ring_set_call_(struct ring *r, int fd)
{
	int behind = fd;

	if (fd < 0)
		behind = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	__atomic_store_n(&r->call_blocks, true, __ATOMIC_RELAXED);
	__atomic_store_n(&r->has_call, fd >= 0, __ATOMIC_RELEASE);
	if (behind < 0 || dup3(behind, r->call_fd, O_CLOEXEC) < 0)
		return -errno;
	__atomic_store_n(&r->call_blocks, fd_blocks(behind), __ATOMIC_RELAXED);
	close(behind);
	return 0;
}

void cairn_vub_ring_set_err_(struct ring *r, int fd)
{
	replace_fd(&r->err_fd, fd);
}

bool cairn_vub_ring_can_start_(const struct ring *r)
{
	return r->wanted && !r->started && !r->failed && r->size && r->has_addr;
}

/* The whole of each ring lies inside one region. */
static bool translate(const struct ring *r, struct cairn_vq_cfg *cfg)
{
	const struct cairn_virtio_vhost_user *b = r->b;

	return cairn_vub_memory_translate_(b, r->addr.desc, CAIRN_VIRTQ_DESC_BYTES(r->size),
					   &cfg->desc) &&
	       cairn_vub_memory_translate_(b, r->addr.avail, CAIRN_VIRTQ_DRIVER_BYTES(r->size),
					   &cfg->driver) &&
	       cairn_vub_memory_translate_(b, r->addr.used, CAIRN_VIRTQ_DEVICE_BYTES(r->size),
					   &cfg->device);
}

int cairn_vub_ring_start_(struct ring *r)
{
	struct cairn_virtio_vhost_user *b = r->b;
	struct cairn_vq_cfg cfg = {
		.index = r->index,
		.size = (uint16_t)r->size,
		.pos.avail = r->base,
		.kick_fd = r->kick_fd,
		.call_fd = r->call_fd,
		.call = { on_call, r },
		.loop = b->vdev->home,
		.enabled = r->enabled,
	};
	int e;

	cairn_watch_remove(&r->kick);
	if (!translate(r, &cfg))
		return cairn_err_set(&b->start_err, EFAULT, "ring is not inside one memory region",
				     r->addr.desc);
	/* The driver may have used the ring with another back end before: it says how far. */
	e = cairn_virtq_read_used(cairn_memview_mem(b->vdev->view), cfg.device, cfg.size,
				  &cfg.pos.used);
	if (e == 0)
		e = cairn_vdev_queue_start(b->vdev, &cfg, &b->call);
	if (e < 0)
		return cairn_err_set(&b->start_err, -e, "the device does not start the ring",
				     r->index);
	return e;
}

void cairn_vub_ring_fail_(struct ring *r)
{
	cairn_watch_remove(&r->kick);
	r->failed = true;
	if (r->err_fd >= 0)
		signal_fd(r->err_fd, true);
}
