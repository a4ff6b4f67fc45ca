/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* choice_test.c - which engine one gets, where io_uring is there and where it is not. */
#include "support.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static struct image img;
static struct cairn_disk *disk;

static int setup(void **state)
{
	image_make(&img, 1 << 20);
	return cairn_disk_open(img.path, 0, &disk, NULL);
}

static int teardown(void **state)
{
	cairn_disk_close(disk);
	image_drop(&img);
	return 0;
}

static int make(enum cairn_block_kind kind, uint16_t depth, uint16_t n_threads)
{
	struct cairn_block_engine_cfg cfg = {
		.kind = kind,
		.depth = depth,
		.n_threads = n_threads,
	};
	struct cairn_block_engine *e = NULL;
	struct cairn_err err;
	int r = cairn_block_engine_new(disk, &cfg, &e, &err);

	cairn_block_engine_free(e);
	return r;
}

static void limits_are_held(void **state)
{
	assert_int_equal(make(CAIRN_BLOCK_URING, 4097, 0), -EINVAL);
	assert_int_equal(make(CAIRN_BLOCK_AUTO, 4097, 0), -EINVAL);
	assert_int_equal(make(CAIRN_BLOCK_THREADS, 4097, 0), -EINVAL);
	assert_int_equal(make(CAIRN_BLOCK_THREADS, 0, 65), -EINVAL);
	assert_int_equal(make((enum cairn_block_kind)77, 0, 0), -EINVAL);
	assert_int_equal(make(CAIRN_BLOCK_THREADS, 0, 64), 0);
}

static void forbid_io_uring(void)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog p = { CAIRN_ARRAY_LEN(f), f };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p);
}

/* In a process of its own, because a filter stays. Returns what went wrong, 0 for nothing. */
static int child_without_io_uring(void)
{
	struct cairn_block_engine_cfg cfg = { .kind = CAIRN_BLOCK_URING };
	struct cairn_block_engine *e;
	struct cairn_err err = { 0 };

	forbid_io_uring();
	if (cairn_block_engine_new(disk, &cfg, &e, &err) != -EPERM || err.code != EPERM)
		return 1;
	cfg.kind = CAIRN_BLOCK_AUTO;
	if (cairn_block_engine_new(disk, &cfg, &e, &err) != 0)
		return 2;
	if (strcmp(e->name, "threads") != 0 || !e->note)
		return 3;
	cairn_block_engine_free(e);
	return 0;
}

static void auto_falls_back_to_threads_where_io_uring_is_forbidden(void **state)
{
	int status;
	pid_t pid;

	if (prctl(PR_GET_SECCOMP) < 0) {
		print_message("there are no system call filters here\n");
		skip();
	}
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(child_without_io_uring());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void note_start(void *ctx)
{
	__atomic_add_fetch((int *)ctx, 1, __ATOMIC_RELAXED);
}

static void thread_start_runs_on_each_thread(void **state)
{
	int n = 0;
	struct cairn_block_engine_cfg cfg = {
		.kind = CAIRN_BLOCK_THREADS,
		.n_threads = 5,
		.thread_start = { note_start, &n },
	};
	struct cairn_block_engine *e;

	assert_int_equal(cairn_block_engine_new(disk, &cfg, &e, NULL), 0);
	cairn_block_engine_free(e); /* joins */
	assert_int_equal(n, 5);
}

static void free_takes_null(void **state)
{
	cairn_block_engine_free(NULL);
}

static void on_write_done(struct cairn_block_req *r, int status)
{
	assert_int_equal(status, 0);
}

static void readme_example_works(void **state)
{
	struct cairn_block_engine_cfg cfg = { .kind = CAIRN_BLOCK_AUTO };
	struct cairn_block_engine *engine;
	struct cairn_disk *d;
	struct cairn_loop *loop;
	const char *path = img.path;
	char text[512] = "hello";
	struct iovec iov = { text, sizeof(text) };
	struct cairn_block_req req = {
		.op = CAIRN_BLOCK_WRITE,
		.iov = &iov,
		.n_iov = 1,
		.offset = 1024,
		.bytes = sizeof(text),
		.done = on_write_done,
	};
	struct cairn_trigger none = { 0 };

	cairn_disk_close(disk);
	disk = NULL;
	assert_int_equal(cairn_loop_new(&loop), 0);
	assert_int_equal(cairn_disk_open(path, 0, &d, NULL), 0);
	assert_int_equal(cairn_block_engine_new(d, &cfg, &engine, NULL), 0);
	assert_int_equal(cairn_block_bind(engine, loop, none), 0);
	assert_int_equal(cairn_block_submit(engine, &req), 0);
	cairn_block_commit(engine);
	while (cairn_block_in_flight(engine))
		assert_true(cairn_loop_dispatch(loop, -1) >= 0);
	assert_int_equal(cairn_block_unbind(engine), 0);
	cairn_block_engine_free(engine);
	cairn_disk_close(d);
	cairn_loop_free(loop);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(limits_are_held),
		T(auto_falls_back_to_threads_where_io_uring_is_forbidden),
		T(thread_start_runs_on_each_thread),
		T(free_takes_null),
		T(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
