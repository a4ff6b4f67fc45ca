/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* wait.c - sleeping for another thread's answer, interruptibly. */
#include <cairn/event.h>

void cairn_wait_init(struct cairn_wait *w)
{
	*w = (struct cairn_wait){ .status = 0 };
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->cond, NULL);
}

void cairn_wait_fini(struct cairn_wait *w)
{
	pthread_cond_destroy(&w->cond);
	pthread_mutex_destroy(&w->lock);
}

void cairn_wait_arm(struct cairn_wait *w)
{
	pthread_mutex_lock(&w->lock);
	w->done = w->interrupted = false;
	w->status = 0;
	pthread_mutex_unlock(&w->lock);
}

void cairn_wait_done(struct cairn_wait *w, int status)
{
	pthread_mutex_lock(&w->lock);
	w->done = true;
	w->status = status;
	/* Under the lock: the waiter may end w as soon as it can take the lock. */
	pthread_cond_broadcast(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

void cairn_wait_interrupt(struct cairn_wait *w)
{
	pthread_mutex_lock(&w->lock);
	w->interrupted = true;
	pthread_cond_broadcast(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

int cairn_wait_for(struct cairn_wait *w, int *ret_status)
{
	int r = -EINTR;

	pthread_mutex_lock(&w->lock);
	while (!w->done && !w->interrupted)
		pthread_cond_wait(&w->cond, &w->lock);
	if (w->done) { /* an answer beats an interruption */
		*ret_status = w->status;
		r = 0;
	}
	pthread_mutex_unlock(&w->lock);
	return r;
}
