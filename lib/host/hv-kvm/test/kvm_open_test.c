/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_open_test.c - what open() says when there is no KVM to be had. Needs no KVM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cairn/hv_kvm.h>

static int open_at(const char *path, int kick_signal, struct cairn_err *err)
{
	const struct cairn_hv_vm_config c = { .max_vcpus = 1, .kick_signal = kick_signal };
	struct cairn_vm *vm = NULL;
	int rc = cairn_hv_open(&cairn_hv_kvm_ops, path, &c, &vm, err);

	cairn_hv_close(vm);
	return rc;
}

static void a_missing_node_is_enoent_and_named(void **state)
{
	struct cairn_err err = { 0 };

	assert_int_equal(open_at("/nonexistent/kvm", SIGRTMIN, &err), -ENOENT);
	assert_int_equal(err.code, ENOENT);
	assert_non_null(strstr(err.detail, "/nonexistent/kvm"));
	assert_int_equal(open_at("/nonexistent/kvm", SIGRTMIN, NULL), -ENOENT);
}

static void a_node_that_is_not_kvm_is_enodev(void **state)
{
	struct cairn_err err = { 0 };

	assert_int_equal(open_at("/dev/null", SIGRTMIN, &err), -ENODEV);
	assert_non_null(strstr(err.detail, "/dev/null"));
}

static void other_failures_come_as_they_are(void **state)
{
	assert_int_equal(open_at("/dev/null/kvm", SIGRTMIN, NULL), -ENOTDIR);
}

/* As nobody, in a process of its own: root may open everything. */
static void a_node_without_permission_is_eacces(void **state)
{
	char path[] = "/tmp/kvm_open_test.XXXXXX";
	int fd = mkstemp(path), status = 0;
	pid_t child;

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0), 0);
	close(fd);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(geteuid() == 0 && setuid(65534) < 0
			  ? 2
			  : open_at(path, SIGRTMIN, NULL) != -EACCES);
	assert_int_equal(waitpid(child, &status, 0), child);
	unlink(path);
	assert_int_equal(status, 0);
}

static void the_kick_signal_must_be_one_that_can_be_caught(void **state)
{
	assert_int_equal(open_at("/nonexistent/kvm", 0, NULL), -EINVAL);
	assert_int_equal(open_at("/nonexistent/kvm", -1, NULL), -EINVAL);
	assert_int_equal(open_at("/nonexistent/kvm", SIGKILL, NULL), -EINVAL);
}

static void a_descriptor_that_is_not_kvm_is_enodev_and_stays_open(void **state)
{
	struct cairn_hv_vm_config c = { .max_vcpus = 1, .kick_signal = SIGRTMIN };
	struct cairn_vm *vm;

	c.node_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(c.node_fd > 0);
	assert_int_equal(cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL), -ENODEV);
	assert_int_equal(close(c.node_fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_node_is_enoent_and_named),
		cmocka_unit_test(a_node_that_is_not_kvm_is_enodev),
		cmocka_unit_test(other_failures_come_as_they_are),
		cmocka_unit_test(a_node_without_permission_is_eacces),
		cmocka_unit_test(a_descriptor_that_is_not_kvm_is_enodev_and_stays_open),
		cmocka_unit_test(the_kick_signal_must_be_one_that_can_be_caught),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
