/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * vcpu.c - running a vcpu, and ending it.
 *
 * A kick is one byte, kvm_run.immediate_exit, which the kernel reads at each entry; the signal is
 * only for a vcpu that has entered already. kick() sets the byte, then looks who runs; run() says
 * who runs, then enters: whichever is second sees the first (both sequentially consistent, the
 * kernel's read comes after a system call). run() takes the byte back only when it ends KICKED, so
 * a kick that meets another exit stays for the next run(). An entry with the byte set completes the
 * access that left run() before, and only then ends: that is the flush.
 */
#include "kvm_.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct kvm_run *run_map(struct kvm_vm *k, int fd)
{
	void *p = mmap(NULL, k->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void vcpu_free(struct kvm_vm *k, struct kvm_vcpu *c)
{
	if (c->run)
		munmap(c->run, k->run_bytes);
	if (c->fd >= 0)
		cairn_hv_kvm_arch_vcpu_close_(k, c->fd);
	free(c);
}

int cairn_hv_kvm_vcpu_open_(struct cairn_vm *vm, uint32_t id, struct cairn_vcpu **ret)
{
	struct kvm_vm *k = to_kvm_vm(vm);
	struct kvm_vcpu *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return -ENOMEM;
	c->fd = cairn_hv_kvm_arch_vcpu_(k, id);
	rc = c->fd < 0 ? c->fd : 0;
	if (rc == 0) {
		c->run = run_map(k, c->fd);
		rc = c->run ? 0 : -errno;
	}
	if (rc < 0)
		vcpu_free(k, c);
	else
		*ret = &c->vcpu;
	return rc;
}

void cairn_hv_kvm_vcpu_close_(struct cairn_vcpu *v)
{
	vcpu_free(to_kvm_vm(v->vm), to_kvm_vcpu(v));
}

void cairn_hv_kvm_kick_(struct cairn_vcpu *v)
{
	struct kvm_vcpu *c = to_kvm_vcpu(v);
	int saved = errno;
	pid_t runner;

	__atomic_store_n(&c->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	runner = __atomic_load_n(&c->runner, __ATOMIC_SEQ_CST);
	/* tgkill: a thread that is gone by now is an error, not a wild pointer */
	if (runner)
		syscall(SYS_tgkill, getpid(), runner, to_kvm_vm(v->vm)->kick_signal);
	errno = saved;
}

/* The calling thread's id; asked once per thread, because every entry needs it. */
static pid_t thread_id(void)
{
	static _Thread_local pid_t id;

	if (!id)
		id = (pid_t)syscall(SYS_gettid);
	return id;
}

static void signal_unblock(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* Enters until something happened. Returns 0 (an exit), 1 (kicked), or a negative errno. */
static int enter(struct kvm_vcpu *c)
{
	for (;;) {
		if (ioctl(c->fd, KVM_RUN, 0) == 0)
			return 0;
		/* EAGAIN: a parked processor was woken. EINTR: some signal, ours or another. */
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
		if (errno == EINTR &&
		    __atomic_exchange_n(&c->run->immediate_exit, 0, __ATOMIC_SEQ_CST))
			return 1;
	}
}

/* Until something happened that is the program's to see. As enter(). */
static int enter_past_chip(struct kvm_vcpu *c, const struct kvm_chip *chip)
{
	int rc, own;

	do {
		rc = enter(c);
		own = rc == 0 && chip ? chip->exit(c) : 0;
	} while (own > 0);
	return own < 0 ? own : rc;
}

int cairn_hv_kvm_run_(struct cairn_vcpu *v, struct cairn_hv_exit **ret_exit)
{
	struct kvm_vcpu *c = to_kvm_vcpu(v);
	pid_t self = thread_id();
	int rc = 0;

	if (c->exit.kind == CAIRN_HV_EXIT_FAULT)
		rc = cairn_hv_kvm_arch_resume_(c);
	if (rc < 0)
		return rc;
	if (c->ready != self) {
		signal_unblock(to_kvm_vm(v->vm)->kick_signal);
		c->ready = self;
	}
	__atomic_store_n(&c->runner, self, __ATOMIC_SEQ_CST);
	rc = enter_past_chip(c, to_kvm_vm(v->vm)->chip);
	__atomic_store_n(&c->runner, 0, __ATOMIC_RELEASE);
	if (rc < 0)
		return rc;
	if (rc == 0)
		cairn_hv_kvm_exit_(c->run, &c->exit);
	else
		c->exit = (struct cairn_hv_exit){ .kind = CAIRN_HV_EXIT_KICKED };
	*ret_exit = &c->exit;
	return 0;
}
