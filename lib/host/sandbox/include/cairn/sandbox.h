/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * sandbox.h - system call filters: an allow-list per kind of thread, compiled to a BPF program that
 * finds a call in O(log n) comparisons and refuses foreign architectures and the x32 numbers.
 *
 * Building is pure; installing acts on the calling thread for good. Threads made afterwards inherit
 * it, so a program starts its threads first and each installs its own.
 */
#ifndef CAIRN_SANDBOX_H
#define CAIRN_SANDBOX_H

#include <linux/filter.h>

#include <cairn/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_SECCOMP_ANY_ARG 0xff

/* One allowed system call: with any arguments, or only where the low 32 bits of one argument have
 * one of some values (and the high 32 bits are zero, where the kernel takes 64). */
struct cairn_seccomp_rule {
	uint32_t nr;
	uint8_t arg;       /* 0 … 5, or CAIRN_SECCOMP_ANY_ARG */
	bool is_masked;    /* values has one entry: a mask of bits that must be clear */
	uint16_t n_values; /* 1 … 64 when arg is one */
	const uint32_t *values;
};

/* Initialisers of rules, by the call's name: any arguments; argument n one of an array of values;
 * argument n without any bit of the mask that `bits` points to. */
#define CAIRN_SECCOMP_ANY(call)                                                                    \
	{                                                                                          \
		.nr = SYS_##call, .arg = CAIRN_SECCOMP_ANY_ARG                                     \
	}
#define CAIRN_SECCOMP_ONE_OF(call, n, v)                                                           \
	{                                                                                          \
		.nr = SYS_##call, .arg = n, .n_values = CAIRN_ARRAY_LEN(v), .values = v            \
	}
#define CAIRN_SECCOMP_NO_BITS(call, n, bits)                                                       \
	{                                                                                          \
		.nr = SYS_##call, .arg = n, .is_masked = true, .n_values = 1, .values = bits       \
	}

/* Rules for what is behind these functions of the C library. x86_64 has calls that architectures
 * younger than it never got; of those only the general form is there. */
#ifdef SYS_poll
#define CAIRN_SECCOMP_ANY_POLL       CAIRN_SECCOMP_ANY(poll), CAIRN_SECCOMP_ANY(ppoll)
#define CAIRN_SECCOMP_ANY_EPOLL_WAIT CAIRN_SECCOMP_ANY(epoll_wait), CAIRN_SECCOMP_ANY(epoll_pwait)
#define CAIRN_SECCOMP_ANY_UNLINK     CAIRN_SECCOMP_ANY(unlink)
#else
#define CAIRN_SECCOMP_ANY_POLL       CAIRN_SECCOMP_ANY(ppoll)
#define CAIRN_SECCOMP_ANY_EPOLL_WAIT CAIRN_SECCOMP_ANY(epoll_pwait)
#define CAIRN_SECCOMP_ANY_UNLINK     CAIRN_SECCOMP_ANY(unlinkat)
#endif

enum cairn_seccomp_deny {
	CAIRN_SECCOMP_TRAP, /* SIGSYS: the program says which call it was, and ends */
	CAIRN_SECCOMP_KILL, /* the process dies on the spot */
	CAIRN_SECCOMP_LOG,  /* allowed, with a line in the kernel's log */
};

#define CAIRN_SECCOMP_MAX_INSNS 1024u
#define CAIRN_SECCOMP_MAX_RULES 128u

/*
 * cairn_seccomp_build() - compile an allow-list.
 *
 * @rules: any order, each number once. @insns: room for cap instructions
 *
 * Returns how many instructions were written; -EINVAL (a number twice, an argument beyond 5, no or
 * too many values, too many rules); -ENOSPC (cap).
 */
CAIRN_MUST_USE int cairn_seccomp_build(const struct cairn_seccomp_rule *rules, size_t n,
				       enum cairn_seccomp_deny deny, struct sock_filter *insns,
				       size_t cap);

/* Install it on this thread, after giving up new privileges. Returns 0 or a negative errno. */
CAIRN_MUST_USE int cairn_seccomp_install(const struct sock_filter *insns, size_t n);

/* Both: build in a buffer of its own (8 KiB of stack), and install. Returns 0, or as the two. */
CAIRN_MUST_USE int cairn_seccomp_confine(const struct cairn_seccomp_rule *rules, size_t n,
					 enum cairn_seccomp_deny deny);

/*
 * cairn_seccomp_report() - what happens on CAIRN_SECCOMP_TRAP, for the whole process, once.
 *
 * @program: begins the one line on standard error that names the number of the call; at most 32
 * characters count. Lives for ever
 * @before: called first, from the signal handler (a terminal to restore); or no function
 *
 * Then the process ends with exit_code. Returns 0 or a negative errno of sigaction.
 */
CAIRN_MUST_USE int cairn_seccomp_report(const char *program, int exit_code,
					struct cairn_trigger before);

#ifdef __cplusplus
}
#endif
#endif
