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

#ifdef __cplusplus
}
#endif
#endif
