/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * crew.h - the vCPU threads. They are made once, before the system call filter closes, and serve
 * one virtual machine after the other: parked, they hold nothing of a machine.
 *
 * States of the crew: PARKED -crew_run()-> RUNNING -crew_park()-> PARKED, -crew_free()-> gone.
 * All functions are the main thread's, except where said.
 */
#ifndef VMM_CREW_H
#define VMM_CREW_H

#include <signal.h>

#include <cairn/hv.h>

/* Brings a vCPU's thread out of the guest; nothing else uses it. */
#define CREW_KICK_SIGNAL SIGRTMIN

struct crew;

struct crew_hooks {
	/* On the vCPU's thread, once, before anything else: names, filters. Negative errno ends
	 * crew_new() with it. */
	int (*enter)(void *ctx, uint32_t id);
	/* One exit, on the vCPU's thread. False: the vCPU stops until the crew is parked (it was
	 * powered off, or the machine is being taken down). */
	bool (*exit)(void *ctx, uint32_t id, const struct cairn_hv_exit *exit);
	/* run() failed for good with this errno; the vCPU stops. */
	void (*failed)(void *ctx, uint32_t id, int why);
	void *ctx;
};

/* n threads, parked. Returns 0 or a negative errno. kick_signal is blocked nowhere in them. */
CAIRN_MUST_USE int crew_new(uint32_t n, const struct crew_hooks *hooks, struct crew **ret);
/* Ends the threads; parked. NULL is fine. */
void crew_free(struct crew *c);

/* The vCPU that thread `id` will run; parked. NULL: none. */
void crew_assign(struct crew *c, uint32_t id, struct cairn_vcpu *v);
void crew_run(struct crew *c);
/* Returns when every thread is out of run() and out of every hook. Where hooks wait for others, the
 * caller has interrupted these waits. */
void crew_park(struct crew *c);
#endif
