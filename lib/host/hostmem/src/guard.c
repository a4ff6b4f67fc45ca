/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * guard.c - life after SIGBUS. The signal is the process's, so the table of mappings is too; a
 * handler cannot take locks, so it reads a fixed array of atomic pointers. A slot is emptied before
 * its mapping goes away, and a fault in a mapping that is being unmapped is a mistake of ours.
 */
#include "mapping.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#define MAX_MAPPINGS 4096

static struct cairn_mapping *slots[MAX_MAPPINGS]; /* atomic */
static size_t n_slots;                            /* atomic: used ones are below */
static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;

int cairn_hostmem_guard_add_(struct cairn_mapping *m)
{
	int r = -ENOSPC;

	pthread_mutex_lock(&slots_lock);
	for (size_t i = 0; i < MAX_MAPPINGS; i++) {
		if (__atomic_load_n(&slots[i], __ATOMIC_RELAXED))
			continue;
		__atomic_store_n(&slots[i], m, __ATOMIC_RELEASE);
		if (i >= __atomic_load_n(&n_slots, __ATOMIC_RELAXED))
			__atomic_store_n(&n_slots, i + 1, __ATOMIC_RELEASE);
		r = 0;
		break;
	}
	pthread_mutex_unlock(&slots_lock);
	return r;
}

void cairn_hostmem_guard_del_(struct cairn_mapping *m)
{
	pthread_mutex_lock(&slots_lock);
	for (size_t i = 0; i < n_slots; i++)
		if (__atomic_load_n(&slots[i], __ATOMIC_RELAXED) == m)
			__atomic_store_n(&slots[i], NULL, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&slots_lock);
}

static struct cairn_mapping *find(uintptr_t addr)
{
	size_t n = __atomic_load_n(&n_slots, __ATOMIC_ACQUIRE);

	for (size_t i = 0; i < n; i++) {
		struct cairn_mapping *m = __atomic_load_n(&slots[i], __ATOMIC_ACQUIRE);

		if (m && addr - (uintptr_t)m->base < m->base_len)
			return m;
	}
	return NULL;
}

/* A page of zeroes where the file has no page any more. mmap is a bare system call here. */
static bool patch(struct cairn_mapping *m, uintptr_t addr)
{
	uintptr_t off = cairn_align_down(addr - (uintptr_t)m->base, m->page_bytes);
	void *p = mmap(m->base + off, m->page_bytes, m->prot,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);

	__atomic_store_n(&m->broken, true, __ATOMIC_RELEASE);
	return p != MAP_FAILED;
}

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	int saved = errno;
	struct cairn_mapping *m = NULL;

	/* Only "no such page in the file"; broken hardware is not ours to hide. */
	if (info->si_code == BUS_ADRERR)
		m = find((uintptr_t)info->si_addr);
	if (!m || !patch(m, (uintptr_t)info->si_addr)) {
		signal(SIGBUS, SIG_DFL);
		raise(SIGBUS); /* blocked until this handler returns */
	}
	errno = saved;
}

int cairn_hostmem_guard(void)
{
	struct sigaction sa = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_RESTART };

	sigemptyset(&sa.sa_mask);
	return sigaction(SIGBUS, &sa, NULL) < 0 ? -errno : 0;
}
