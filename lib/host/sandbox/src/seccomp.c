/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The program: check the architecture, load the number, descend a binary tree over the sorted
 * numbers, check an argument where a rule has one. Conditional jumps of classic BPF reach 255
 * instructions, so the tree uses them only over one unconditional jump, which reaches anywhere.
 */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cairn/sandbox.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#else
#error "the sandbox does not know this architecture's audit number"
#endif

enum { X32_BIT = 0x40000000, MAX_VALUES = 64 };

struct build {
	struct sock_filter *insns;
	size_t cap, n;
	uint32_t deny;
	struct cairn_seccomp_rule rules[CAIRN_SECCOMP_MAX_RULES];
};

static size_t emit(struct build *b, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (b->n < b->cap)
		b->insns[b->n] = (struct sock_filter){ code, jt, jf, k };
	return b->n++;
}

static void emit_return(struct build *b, uint32_t action)
{
	emit(b, BPF_RET | BPF_K, 0, 0, action);
}

static void emit_load(struct build *b, uint32_t offset)
{
	emit(b, BPF_LD | BPF_W | BPF_ABS, 0, 0, offset);
}

/* The accumulator must be k, or the call is denied. */
static void emit_require(struct build *b, uint16_t test, uint32_t k, bool wanted)
{
	emit(b, BPF_JMP | test | BPF_K, wanted ? 1 : 0, wanted ? 0 : 1, k);
	emit_return(b, b->deny);
}

/* Little-endian halves of a 64-bit argument, as all three architectures have them. */
static void emit_rule(struct build *b, const struct cairn_seccomp_rule *r)
{
	emit_load(b, offsetof(struct seccomp_data, nr));
	emit_require(b, BPF_JEQ, r->nr, true);
	if (r->arg != CAIRN_SECCOMP_ANY_ARG) {
		uint32_t low = (uint32_t)(offsetof(struct seccomp_data, args) + 8u * r->arg);

		emit_load(b, low + 4);
		emit_require(b, BPF_JEQ, 0, true);
		emit_load(b, low);
		if (r->is_masked) {
			emit_require(b, BPF_JSET, r->values[0], false);
		} else {
			for (uint8_t i = 0; i < r->n_values; i++) {
				uint8_t to_allow = (uint8_t)(r->n_values - i);

				emit(b, BPF_JMP | BPF_JEQ | BPF_K, to_allow, 0, r->values[i]);
			}
			emit_return(b, b->deny);
		}
	}
	emit_return(b, SECCOMP_RET_ALLOW);
}

/* rules[lo … hi): the accumulator holds the number. Depth is log2 of 128. */
static void emit_tree(struct build *b, size_t lo, size_t hi)
{
	size_t mid = lo + (hi - lo) / 2, jump;

	if (hi - lo == 1) {
		emit_rule(b, &b->rules[lo]);
		return;
	}
	emit(b, BPF_JMP | BPF_JGE | BPF_K, 0, 1, b->rules[mid].nr);
	jump = emit(b, BPF_JMP | BPF_JA, 0, 0, 0);
	emit_tree(b, lo, mid);
	if (jump < b->cap)
		b->insns[jump].k = (uint32_t)(b->n - jump - 1);
	emit_tree(b, mid, hi);
}

/* Copies the rules in the order of their numbers. False: one is misshapen or there twice. */
static bool sort_rules(struct build *b, const struct cairn_seccomp_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct cairn_seccomp_rule *r = &rules[i];
		size_t at = i;

		if (r->arg != CAIRN_SECCOMP_ANY_ARG &&
		    (r->arg > 5 || !r->values || r->n_values == 0 || r->n_values > MAX_VALUES ||
		     (r->is_masked && r->n_values != 1)))
			return false;
		while (at > 0 && b->rules[at - 1].nr > r->nr) {
			b->rules[at] = b->rules[at - 1];
			at--;
		}
		if (at > 0 && b->rules[at - 1].nr == r->nr)
			return false;
		b->rules[at] = *r;
	}
	return true;
}

static uint32_t deny_action(enum cairn_seccomp_deny deny)
{
	switch (deny) {
	case CAIRN_SECCOMP_TRAP:
		return SECCOMP_RET_TRAP;
	case CAIRN_SECCOMP_LOG:
		return SECCOMP_RET_LOG;
	case CAIRN_SECCOMP_KILL:
		break;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

int cairn_seccomp_build(const struct cairn_seccomp_rule *rules, size_t n,
			enum cairn_seccomp_deny deny, struct sock_filter *insns, size_t cap)
{
	struct build b = { .insns = insns, .cap = cap, .deny = deny_action(deny) };

	if (n > CAIRN_SECCOMP_MAX_RULES || !sort_rules(&b, rules, n))
		return -EINVAL;
	emit_load(&b, offsetof(struct seccomp_data, arch));
	emit(&b, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, NATIVE_ARCH);
	emit_return(&b, SECCOMP_RET_KILL_PROCESS);
	emit_load(&b, offsetof(struct seccomp_data, nr));
	emit(&b, BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32_BIT);
	emit_return(&b, SECCOMP_RET_KILL_PROCESS);
	if (n)
		emit_tree(&b, 0, n);
	else
		emit_return(&b, b.deny);
	return b.n > cap ? -ENOSPC : (int)b.n;
}

int cairn_seccomp_install(const struct sock_filter *insns, size_t n)
{
	struct sock_fprog prog = { .len = (unsigned short)n,
				   .filter = (struct sock_filter *)insns };

	if (n == 0 || n > CAIRN_SECCOMP_MAX_INSNS)
		return -EINVAL;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog))
		return -errno;
	return 0;
}

int cairn_seccomp_confine(const struct cairn_seccomp_rule *rules, size_t n,
			  enum cairn_seccomp_deny deny)
{
	struct sock_filter insns[CAIRN_SECCOMP_MAX_INSNS];
	int len = cairn_seccomp_build(rules, n, deny, insns, CAIRN_SECCOMP_MAX_INSNS);

	return len < 0 ? len : cairn_seccomp_install(insns, (size_t)len);
}
