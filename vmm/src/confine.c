/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What each kind of thread may ask of the kernel. Memory that is mapped never becomes executable;
 * files are opened before the filter closes, so no thread can open another.
 */
#include <linux/if_tun.h>
#include <linux/kvm.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cairn/sandbox.h>

#include "confine.h"
#include "terminal.h"

#define ANY(call)                                                                                  \
	{                                                                                          \
		.nr = SYS_##call, .arg = CAIRN_SECCOMP_ANY_ARG                                     \
	}
#define ONE_OF(call, n, v)                                                                         \
	{                                                                                          \
		.nr = SYS_##call, .arg = n, .n_values = CAIRN_ARRAY_LEN(v), .values = v            \
	}
#define NO_BITS(call, n, bits)                                                                     \
	{                                                                                          \
		.nr = SYS_##call, .arg = n, .is_masked = true, .n_values = 1, .values = bits       \
	}

static const uint32_t prot_exec = PROT_EXEC;

/* Interrupts and doorbells: a guest's accesses change them, so both kinds of thread do. */
#define LINE_IOCTLS KVM_IRQ_LINE, KVM_IRQFD, KVM_IOEVENTFD, KVM_SET_GSI_ROUTING, KVM_SIGNAL_MSI

static const uint32_t vcpu_ioctls[] = { KVM_RUN, LINE_IOCTLS };

static const struct cairn_seccomp_rule vcpu_rules[] = {
	ANY(read),
	ANY(write),
	ANY(futex),
	ANY(clock_gettime),
	ANY(rt_sigreturn),
	ANY(rt_sigprocmask),
	ANY(getpid),
	ANY(gettid),
	ANY(tgkill),
	ANY(munmap),
	ANY(madvise),
	ANY(brk),
	ANY(exit),
	ANY(exit_group),
	ANY(sched_yield),
	ANY(restart_syscall),
	NO_BITS(mmap, 2, &prot_exec),
	NO_BITS(mprotect, 2, &prot_exec),
	ONE_OF(ioctl, 1, vcpu_ioctls),
};

static const uint32_t main_ioctls[] = { KVM_GET_API_VERSION,
					KVM_CREATE_VM,
					KVM_CHECK_EXTENSION,
					KVM_GET_VCPU_MMAP_SIZE,
					KVM_GET_SUPPORTED_CPUID,
					KVM_CREATE_VCPU,
					KVM_SET_USER_MEMORY_REGION,
					KVM_SET_TSS_ADDR,
					KVM_SET_IDENTITY_MAP_ADDR,
					KVM_CREATE_IRQCHIP,
					KVM_SET_CPUID2,
					KVM_SET_MSRS,
					KVM_GET_REGS,
					KVM_SET_REGS,
					KVM_GET_SREGS,
					KVM_SET_SREGS,
					KVM_KVMCLOCK_CTRL,
					TUNSETOFFLOAD,
					LINE_IOCTLS };

static const struct cairn_seccomp_rule main_rules[] = {
	ANY(read),
	ANY(write),
	ANY(readv),
	ANY(writev),
	ANY(pread64),
	ANY(pwrite64),
	ANY(preadv),
	ANY(pwritev),
	ANY(close),
	ANY(fstat),
	ANY(fchmod),
	ANY(fstatfs),
	ANY(newfstatat),
	ANY(lseek),
	ANY(dup),
	ANY(fcntl),
	ANY(fallocate),
	ANY(fdatasync),
	ANY(ftruncate),
	ANY(memfd_create),
	ANY(unlink),
	ANY(epoll_wait),
	ANY(epoll_pwait),
	ANY(epoll_ctl),
	ANY(epoll_create1),
	ANY(eventfd2),
	ANY(timerfd_create),
	ANY(timerfd_settime),
	ANY(poll),
	ANY(ppoll),
	ANY(io_uring_setup),
	ANY(io_uring_enter),
	ANY(io_uring_register),
	ANY(getrandom),
	ANY(futex),
	ANY(clock_gettime),
	ANY(rt_sigaction),
	ANY(rt_sigreturn),
	ANY(rt_sigprocmask),
	ANY(getpid),
	ANY(gettid),
	ANY(tgkill),
	ANY(munmap),
	ANY(mremap),
	ANY(madvise),
	ANY(brk),
	ANY(exit),
	ANY(exit_group),
	ANY(sched_yield),
	ANY(restart_syscall),
	NO_BITS(mmap, 2, &prot_exec),
	NO_BITS(mprotect, 2, &prot_exec),
	ONE_OF(ioctl, 1, main_ioctls),
};

static const struct cairn_seccomp_rule pool_rules[] = {
	ANY(read),
	ANY(write),
	ANY(readv),
	ANY(writev),
	ANY(pread64),
	ANY(pwrite64),
	ANY(preadv),
	ANY(pwritev),
	ANY(fallocate),
	ANY(fdatasync),
	ANY(fsync),
	ANY(futex),
	ANY(clock_gettime),
	ANY(munmap),
	ANY(madvise),
	ANY(brk),
	ANY(exit),
	ANY(exit_group),
	ANY(rt_sigreturn),
	ANY(rt_sigprocmask),
	NO_BITS(mmap, 2, &prot_exec),
	NO_BITS(mprotect, 2, &prot_exec),
};

static const struct {
	const struct cairn_seccomp_rule *rules;
	size_t n;
} policies[] = {
	[CONFINE_MAIN] = { main_rules, CAIRN_ARRAY_LEN(main_rules) },
	[CONFINE_VCPU] = { vcpu_rules, CAIRN_ARRAY_LEN(vcpu_rules) },
	[CONFINE_POOL] = { pool_rules, CAIRN_ARRAY_LEN(pool_rules) },
};

int confine_thread(enum confine_kind kind, enum seccomp_mode mode)
{
	enum cairn_seccomp_deny deny = mode == SECCOMP_LOG ? CAIRN_SECCOMP_LOG : CAIRN_SECCOMP_TRAP;
	struct sock_filter insns[CAIRN_SECCOMP_MAX_INSNS];
	int n;

	if (mode == SECCOMP_OFF)
		return 0;
	n = cairn_seccomp_build(policies[kind].rules, policies[kind].n, deny, insns,
				CAIRN_SECCOMP_MAX_INSNS);
	return n < 0 ? n : cairn_seccomp_install(insns, (size_t)n);
}

/* Async-signal-safe: no formatting functions, one write. */
static void on_refused(int sig, siginfo_t *info, void *context)
{
	char line[] = "cairn: the system call filter refused call       (a bug; --seccomp log goes "
		      "on)\r\n";
	char *digit = strstr(line, "call  ") + 10;

	(void)sig;
	(void)context;
	for (unsigned nr = (unsigned)info->si_syscall; nr; nr /= 10)
		*digit-- = (char)('0' + nr % 10);
	terminal_restore();
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(EXIT_INTERNAL);
	_exit(EXIT_INTERNAL);
}

int confine_prepare(void)
{
	struct sigaction act = { .sa_sigaction = on_refused, .sa_flags = SA_SIGINFO };

	sigemptyset(&act.sa_mask);
	return sigaction(SIGSYS, &act, NULL) ? -errno : 0;
}
