/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * threads.c - the engine that works everywhere: a few threads that block in our place.
 *
 * One lock guards both lists. Whoever finishes the first request after the loop took the last ones
 * rings the bell, an eventfd of the engine's own: outside the lock, which the loop takes at once.
 * It may ring for what the loop has taken already, even when the engine is bound no more: that is
 * heard as nothing.
 */
#include "block.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/fs.h>

#define MAX_THREADS     64u
#define DEFAULT_THREADS 4u

struct threads {
	struct cairn_block_engine base;
	struct cairn_trigger thread_start;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct cairn_block_list todo, finished; /* under lock */
	bool stop;                              /* under lock */
	int bell_fd;
	struct cairn_watch bell;
	struct cairn_block_list fresh; /* submitted, not committed; the loop's */
	uint32_t n_threads, n_fresh;
	pthread_t ids[MAX_THREADS];
};

static struct threads *to_threads(struct cairn_block_engine *e)
{
	return cairn_container_of(e, struct threads, base);
}

static int64_t discard_device(int fd, const struct cairn_block_step *s)
{
	uint64_t range[2] = { s->offset, s->bytes };

	return ioctl(fd, BLKDISCARD, range);
}

static int64_t perform(int fd, const struct cairn_block_step *s)
{
	int64_t r = -1;

	switch (s->kind) {
	case CAIRN_BLOCK_STEP_READV:
		r = preadv(fd, s->iov, (int)s->n_iov, (off_t)s->offset);
		break;
	case CAIRN_BLOCK_STEP_WRITEV:
		r = pwritev(fd, s->iov, (int)s->n_iov, (off_t)s->offset);
		break;
	case CAIRN_BLOCK_STEP_SYNC:
		r = fdatasync(fd);
		break;
	case CAIRN_BLOCK_STEP_FALLOCATE:
		r = fallocate(fd, s->mode, (off_t)s->offset, (off_t)s->bytes);
		break;
	case CAIRN_BLOCK_STEP_DEVICE_DISCARD:
		r = discard_device(fd, s);
		break;
	}
	return r < 0 ? -errno : r;
}

static void serve(const struct cairn_disk *d, struct cairn_block_req *r)
{
	struct cairn_block_step s;

	cairn_block_step_begin_(d, r);
	do
		cairn_block_step_(d, r, &s);
	while (!cairn_block_step_result_(r, perform(d->fd, &s)));
}

/* Under the lock. True: ring the bell, without it. */
CAIRN_MUST_USE static bool finish(struct threads *t, struct cairn_block_req *r)
{
	bool is_first = !t->finished.head;

	cairn_block_list_add(&t->finished, r);
	return is_first;
}

static void ring_bell(struct threads *t)
{
	uint64_t one = 1;

	/* Full would be: rung, and not heard for 2^64 requests. */
	(void)!write(t->bell_fd, &one, sizeof(one));
}

static void *worker(void *arg)
{
	struct threads *t = arg;

	cairn_trigger_fire(&t->thread_start);
	pthread_mutex_lock(&t->lock);
	while (!t->stop) {
		struct cairn_block_req *r = cairn_block_list_take(&t->todo);
		bool must_ring;

		if (!r) {
			pthread_cond_wait(&t->work, &t->lock);
			continue;
		}
		pthread_mutex_unlock(&t->lock);
		serve(t->base.disk, r);
		pthread_mutex_lock(&t->lock);
		must_ring = finish(t, r);
		if (!must_ring)
			continue;
		pthread_mutex_unlock(&t->lock);
		ring_bell(t);
		pthread_mutex_lock(&t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

static void on_bell(struct cairn_watch *w, uint32_t events)
{
	struct threads *t = cairn_container_of(w, struct threads, bell);
	struct cairn_block_list l;
	struct cairn_block_req *r;

	pthread_mutex_lock(&t->lock);
	l = t->finished;
	t->finished = (struct cairn_block_list){ 0 };
	pthread_mutex_unlock(&t->lock);
	while ((r = cairn_block_list_take(&l)))
		cairn_block_complete(&t->base, r, r->result);
	cairn_block_round_done(&t->base);
}

static void threads_submit(struct cairn_block_engine *e, struct cairn_block_req *r)
{
	struct threads *t = to_threads(e);

	cairn_block_list_add(&t->fresh, r);
	t->n_fresh++;
}

static void threads_commit(struct cairn_block_engine *e)
{
	struct threads *t = to_threads(e);

	if (!t->fresh.head)
		return;
	pthread_mutex_lock(&t->lock);
	if (t->todo.tail)
		t->todo.tail->next = t->fresh.head;
	else
		t->todo.head = t->fresh.head;
	t->todo.tail = t->fresh.tail;
	if (t->n_fresh == 1)
		pthread_cond_signal(&t->work);
	else
		pthread_cond_broadcast(&t->work);
	pthread_mutex_unlock(&t->lock);
	t->fresh = (struct cairn_block_list){ 0 };
	t->n_fresh = 0;
}

static void threads_cancel(struct cairn_block_engine *e, struct cairn_block_req *r)
{
	struct threads *t = to_threads(e);
	bool must_ring = false;

	threads_commit(e);
	pthread_mutex_lock(&t->lock);
	if (cairn_block_list_remove(&t->todo, r)) {
		r->result = -ECANCELED;
		must_ring = finish(t, r);
	}
	pthread_mutex_unlock(&t->lock);
	if (must_ring)
		ring_bell(t);
}

static int threads_bind(struct cairn_block_engine *e)
{
	struct threads *t = to_threads(e);

	/* Edge-triggered: the count need not be read. */
	return cairn_loop_watch(e->loop, &t->bell, t->bell_fd, EPOLLIN | EPOLLET);
}

static void threads_unbind(struct cairn_block_engine *e)
{
	cairn_watch_remove(&to_threads(e)->bell);
}

static void threads_fini(struct cairn_block_engine *e)
{
	struct threads *t = to_threads(e);

	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_broadcast(&t->work);
	pthread_mutex_unlock(&t->lock);
	for (uint32_t i = 0; i < t->n_threads; i++)
		pthread_join(t->ids[i], NULL);
	if (t->bell_fd >= 0)
		close(t->bell_fd);
	pthread_cond_destroy(&t->work);
	pthread_mutex_destroy(&t->lock);
	cairn_block_engine_fini(e);
	free(t);
}

static const struct cairn_block_engine_ops threads_ops = {
	.size = sizeof(threads_ops),
	.submit = threads_submit,
	.commit = threads_commit,
	.cancel = threads_cancel,
	.bind = threads_bind,
	.unbind = threads_unbind,
	.fini = threads_fini,
};

/* Signals are for the program's own threads. */
static int start(struct threads *t, uint32_t n)
{
	sigset_t all, old;
	int r = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (r == 0 && t->n_threads < n) {
		r = pthread_create(&t->ids[t->n_threads], NULL, worker, t);
		if (r == 0)
			t->n_threads++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -r;
}

int cairn_block_threads_new_(struct cairn_disk *disk, const struct cairn_block_engine_cfg *cfg,
			     struct cairn_block_engine **ret, struct cairn_err *err)
{
	uint32_t n = cfg->n_threads ? cfg->n_threads : DEFAULT_THREADS;
	struct cairn_disk_geometry g = cairn_disk_geometry(disk);
	struct threads *t;
	int r;

	if (n > MAX_THREADS)
		return cairn_err_set(err, EINVAL, "too many threads for a block engine", n);
	t = calloc(1, sizeof(*t));
	if (!t)
		return cairn_err_set(err, ENOMEM, "no memory for a block engine", 0);
	r = cairn_block_engine_init(&t->base, &threads_ops, "threads", disk, &g);
	if (r < 0) {
		free(t);
		return cairn_err_set(err, -r, "no memory for a block engine", 0);
	}
	t->thread_start = cfg->thread_start;
	t->bell.fn = on_bell;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->work, NULL);
	t->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = t->bell_fd < 0 ? -errno : start(t, n);
	if (r < 0) {
		threads_fini(&t->base);
		return cairn_err_set(err, -r, "cannot start the threads of a block engine", n);
	}
	*ret = &t->base;
	return 0;
}
