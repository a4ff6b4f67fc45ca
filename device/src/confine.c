/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * What each kind of thread may ask of the kernel. Nothing can be opened, no connection made, no
 * program run: the disk and the listening socket are open before the filter closes, and everything
 * else comes from the front end.
 */
#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cairn/sandbox.h>

#include "confine.h"

#define ANY     CAIRN_SECCOMP_ANY
#define ONE_OF  CAIRN_SECCOMP_ONE_OF
#define NO_BITS CAIRN_SECCOMP_NO_BITS

static const uint32_t prot_exec = PROT_EXEC;
static const uint32_t disk_ioctls[] = { BLKGETSIZE64, BLKDISCARD };

static const struct cairn_seccomp_rule loop_rules[] = {
	ANY(read),
	ANY(write),
	ANY(close),
	ANY(accept4),
	ANY(getsockopt),
	ANY(recvmsg),
	ANY(sendmsg),
	ANY(dup3),
	ANY(fcntl),
	ANY(fstat),
	ANY(newfstatat),
	ANY(fstatfs),
	ANY(eventfd2),
	CAIRN_SECCOMP_ANY_EPOLL_WAIT,
	ANY(epoll_ctl),
	ANY(timerfd_settime),
	CAIRN_SECCOMP_ANY_POLL,
	ANY(io_uring_enter),
	ANY(io_uring_register),
	ANY(getrandom),
	ANY(futex),
	ANY(clock_gettime),
	ANY(rt_sigreturn),
	ANY(rt_sigprocmask),
	ANY(restart_syscall),
	CAIRN_SECCOMP_ANY_UNLINK,
	ANY(munmap),
	ANY(mremap),
	ANY(madvise),
	ANY(brk),
	ANY(exit),
	ANY(exit_group),
	NO_BITS(mmap, 2, &prot_exec),
	NO_BITS(mprotect, 2, &prot_exec),
	ONE_OF(ioctl, 1, disk_ioctls),
};

static const struct cairn_seccomp_rule pool_rules[] = {
	ANY(read),
	ANY(write),
	ANY(pread64),
	ANY(pwrite64),
	ANY(preadv),
	ANY(pwritev),
	ANY(preadv2),
	ANY(pwritev2),
	ANY(fallocate),
	ANY(fdatasync),
	ANY(futex),
	ANY(clock_gettime),
	ANY(rt_sigreturn),
	ANY(rt_sigprocmask),
	ANY(restart_syscall),
	ANY(munmap),
	ANY(madvise),
	ANY(brk),
	ANY(exit),
	ANY(exit_group),
	NO_BITS(mmap, 2, &prot_exec),
	NO_BITS(mprotect, 2, &prot_exec),
	ONE_OF(ioctl, 1, disk_ioctls),
};

static const struct {
	const struct cairn_seccomp_rule *rules;
	size_t n;
} policies[] = {
	[CONFINE_LOOP] = { loop_rules, CAIRN_ARRAY_LEN(loop_rules) },
	[CONFINE_POOL] = { pool_rules, CAIRN_ARRAY_LEN(pool_rules) },
};

int confine_thread(enum confine_kind kind, enum seccomp_mode mode)
{
	if (mode == SECCOMP_OFF)
		return 0;
	return cairn_seccomp_confine(policies[kind].rules, policies[kind].n,
				     mode == SECCOMP_LOG ? CAIRN_SECCOMP_LOG : CAIRN_SECCOMP_TRAP);
}

int confine_prepare(void)
{
	return cairn_seccomp_report("cairn-device", EXIT_INTERNAL, (struct cairn_trigger){ 0 });
}
