/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "crew.h"

enum order { ORDER_PARK, ORDER_RUN, ORDER_QUIT };

struct member { /* a vCPU thread */
	struct crew *crew;
	uint32_t id;
	pthread_t thread;
	bool is_started; /* the thread exists */
	struct cairn_vcpu *vcpu;
};

struct crew {
	struct crew_hooks hooks;
	uint32_t n;
	pthread_mutex_t lock;
	pthread_cond_t ordered; /* the threads wait for it */
	pthread_cond_t parked;  /* the main thread does */
	int order;              /* enum order; written under the lock, read without */
	uint64_t round;         /* of crew_run() */
	uint32_t n_parked, n_entered;
	int enter_failed;
	struct member members[];
};

static int order_now(const struct crew *c)
{
	return __atomic_load_n(&c->order, __ATOMIC_ACQUIRE);
}

static void set_order(struct crew *c, enum order order)
{
	__atomic_store_n(&c->order, order, __ATOMIC_RELEASE);
}

static void run_vcpu(struct member *m)
{
	struct crew *c = m->crew;
	struct cairn_hv_exit *exit;

	while (order_now(c) == ORDER_RUN) {
		int r = cairn_hv_vcpu_run(m->vcpu, &exit);

		if (r) {
			c->hooks.failed(c->hooks.ctx, m->id, r);
			return;
		}
		if (exit->kind == CAIRN_HV_EXIT_KICKED)
			continue;
		if (!c->hooks.exit(c->hooks.ctx, m->id, exit))
			return;
	}
}

static void *member_main(void *arg)
{
	struct member *m = arg;
	struct crew *c = m->crew;
	uint64_t served = 0;
	char name[16];
	int r;

	snprintf(name, sizeof(name), "vcpu %u", m->id);
	pthread_setname_np(pthread_self(), name);
	r = c->hooks.enter(c->hooks.ctx, m->id);
	pthread_mutex_lock(&c->lock);
	if (r)
		c->enter_failed = r;
	c->n_entered++;
	for (;;) {
		c->n_parked++;
		pthread_cond_signal(&c->parked);
		while (c->order != ORDER_QUIT && (c->order != ORDER_RUN || c->round == served))
			pthread_cond_wait(&c->ordered, &c->lock);
		if (c->order == ORDER_QUIT)
			break;
		served = c->round;
		c->n_parked--;
		pthread_mutex_unlock(&c->lock);
		if (m->vcpu)
			run_vcpu(m);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

static int start_member(struct crew *c, uint32_t id)
{
	struct member *m = &c->members[id];
	int r;

	m->crew = c;
	m->id = id;
	r = pthread_create(&m->thread, NULL, member_main, m);
	if (r)
		return -r;
	m->is_started = true;
	return 0;
}

int crew_new(uint32_t n, const struct crew_hooks *hooks, struct crew **ret)
{
	struct crew *c = calloc(1, sizeof(*c) + n * sizeof(c->members[0]));
	int r = 0;

	if (!c)
		return -ENOMEM;
	c->hooks = *hooks;
	c->n = n;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->ordered, NULL);
	pthread_cond_init(&c->parked, NULL);
	for (uint32_t i = 0; i < n && !r; i++)
		r = start_member(c, i);
	if (!r) {
		pthread_mutex_lock(&c->lock);
		while (c->n_entered < n)
			pthread_cond_wait(&c->parked, &c->lock);
		r = c->enter_failed;
		pthread_mutex_unlock(&c->lock);
	}
	if (r) {
		crew_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

void crew_free(struct crew *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	set_order(c, ORDER_QUIT);
	pthread_cond_broadcast(&c->ordered);
	pthread_mutex_unlock(&c->lock);
	for (uint32_t i = 0; i < c->n; i++) {
		if (c->members[i].is_started)
			pthread_join(c->members[i].thread, NULL);
	}
	pthread_cond_destroy(&c->ordered);
	pthread_cond_destroy(&c->parked);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void crew_assign(struct crew *c, uint32_t id, struct cairn_vcpu *v)
{
	c->members[id].vcpu = v;
}

void crew_run(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->round++;
	set_order(c, ORDER_RUN);
	pthread_cond_broadcast(&c->ordered);
	pthread_mutex_unlock(&c->lock);
}

void crew_park(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	if (c->order == ORDER_RUN) {
		set_order(c, ORDER_PARK);
		for (uint32_t i = 0; i < c->n; i++)
			if (c->members[i].vcpu)
				cairn_hv_vcpu_kick(c->members[i].vcpu);
	}
	while (c->n_parked < c->n)
		pthread_cond_wait(&c->parked, &c->lock);
	pthread_mutex_unlock(&c->lock);
}
