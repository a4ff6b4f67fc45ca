/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What each kind of thread may ask of the kernel. Memory that is mapped never becomes executable;
 * files are opened before the filter closes, so no thread can open another.
 */
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cairn/sandbox.h>

#include "confine.h"
#include "ioctls.h"
#include "terminal.h"

#define ANY     CAIRN_SECCOMP_ANY
#define ONE_OF  CAIRN_SECCOMP_ONE_OF
#define NO_BITS CAIRN_SECCOMP_NO_BITS

static const uint32_t prot_exec = PROT_EXEC;

/* A fatal signal may meet any thread, and its handler gives the terminal back. */
#define TERMINAL_IOCTLS TCGETS, TCSETS

/* Interrupts and doorbells: a guest's accesses change them, so both kinds of thread do. */
#define LINE_IOCTLS     KVM_IRQ_LINE, KVM_IRQFD, KVM_IOEVENTFD, KVM_SET_GSI_ROUTING, KVM_SIGNAL_MSI

/* The last: memory that a guest only reads comes and goes with the flash's commands. */
static const uint32_t vcpu_ioctls[] = { ARCH_VCPU_IOCTLS, TERMINAL_IOCTLS, LINE_IOCTLS,
					KVM_SET_USER_MEMORY_REGION };

static const struct cairn_seccomp_rule vcpu_rules[] = {
	ANY(read),
	ANY(write),
	ANY(fdatasync), /* of the flash: it is done before the guest goes on */
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

static const uint32_t main_ioctls[] = { KVM_GET_API_VERSION, KVM_CREATE_VM,
					KVM_CHECK_EXTENSION, KVM_GET_VCPU_MMAP_SIZE,
					KVM_CREATE_VCPU,     KVM_SET_USER_MEMORY_REGION,
					ARCH_IOCTLS,         TUNSETOFFLOAD,
					TUNSETQUEUE,         TIOCGWINSZ,
					TERMINAL_IOCTLS,     LINE_IOCTLS };

static const struct cairn_seccomp_rule main_rules[] = {
	ANY(read),
	ANY(write),
	ANY(readv),
	ANY(writev),
	ANY(accept4), /* clients of a port's socket, and what goes to them */
	ANY(sendto),
	ANY(pread64),
	ANY(pwrite64),
	ANY(preadv),
	ANY(pwritev),
	ANY(close),
	ANY(fstat),
	ANY(fstatfs),
	ANY(newfstatat),
	ANY(lseek),
	ANY(dup),
	ANY(fcntl),
	ANY(fallocate),
	ANY(fdatasync),
	CAIRN_SECCOMP_ANY_UNLINK,
	CAIRN_SECCOMP_ANY_EPOLL_WAIT,
	ANY(epoll_ctl),
	ANY(epoll_create1),
	ANY(eventfd2),
	ANY(timerfd_create),
	ANY(timerfd_settime),
	CAIRN_SECCOMP_ANY_POLL,
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

static const uint32_t pool_ioctls[] = { BLKDISCARD, BLKZEROOUT, TERMINAL_IOCTLS };

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
	ANY(getpid),
	ANY(gettid),
	ANY(tgkill),
	ANY(munmap),
	ANY(madvise),
	ANY(brk),
	ANY(exit),
	ANY(exit_group),
	ANY(rt_sigreturn),
	ANY(rt_sigprocmask),
	NO_BITS(mmap, 2, &prot_exec),
	NO_BITS(mprotect, 2, &prot_exec),
	ONE_OF(ioctl, 1, pool_ioctls),
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
	if (mode == SECCOMP_OFF)
		return 0;
	return cairn_seccomp_confine(policies[kind].rules, policies[kind].n,
				     mode == SECCOMP_LOG ? CAIRN_SECCOMP_LOG : CAIRN_SECCOMP_TRAP);
}

static void restore(void *ctx)
{
	(void)ctx;
	terminal_restore();
}

int confine_prepare(void)
{
	return cairn_seccomp_report("cairn", EXIT_INTERNAL,
				    (struct cairn_trigger){ .fn = restore });
}
