/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_vm_test.c - a vm's life on KVM: descriptors, limits, registers, and life after life. */
#include "guest_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Open descriptors of this process but the one that counts them; *ret_bad: not close-on-exec. */
static unsigned count_fds(unsigned first, unsigned *ret_bad)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	*ret_bad = 0;
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		int fd = (int)strtol(e->d_name, NULL, 10);

		if (e->d_name[0] == '.' || fd == dirfd(d) || fd < (int)first)
			continue;
		n++;
		*ret_bad += !(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	}
	closedir(d);
	return n;
}

static void all_descriptors_are_close_on_exec(void **state)
{
	unsigned bad, before = count_fds(3, &bad);
	unsigned bad_before = bad;
	struct guest g = guest_open(2, guest_lines, &guest_hello);

	assert_int_equal(count_fds(3, &bad) - before, 3); /* vm, two vcpus */
	assert_int_equal(bad, bad_before);
	guest_close(&g);
	assert_int_equal(count_fds(3, &bad), before);
}

/* A vm and its vcpu. Returns 0 and closes both, or the errno of the step that failed. */
static int vm_and_vcpu(void)
{
	const struct cairn_hv_vm_config c = guest_config(1, guest_lines);
	struct cairn_vcpu *v = NULL;
	struct cairn_vm *vm = NULL;
	int rc = cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, &vm, NULL);

	if (rc == 0)
		rc = cairn_hv_vcpu_open(vm, 0, &v);
	cairn_hv_vcpu_close(v);
	cairn_hv_close(vm);
	return rc;
}

/* With none, one, two … descriptors to be had, whichever step fails does so cleanly. */
static void running_out_of_descriptors_is_emfile_and_leaks_none(void **state)
{
	unsigned bad, before = count_fds(0, &bad), failed = 0;
	struct rlimit full, few;
	int lowest = dup(0), rc;

	assert_true(lowest >= 0);
	close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &full), 0);
	few = full;
	do {
		few.rlim_cur = (rlim_t)lowest + failed;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		rc = vm_and_vcpu();
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &full), 0);
		assert_int_equal(count_fds(0, &bad), before);
		failed += rc == -EMFILE;
	} while (rc == -EMFILE);
	assert_int_equal(rc, 0);
	assert_true(failed >= 2); /* node and vm, vm and vcpu */
}

static void limits_are_asked_of_the_vm(void **state)
{
	struct cairn_vm *with = guest_vm(1, guest_lines), *without = guest_vm(1, 0);

	assert_true(cairn_hv_cap(with, CAIRN_HV_MAX_VCPUS) >= 1);
	assert_true(cairn_hv_cap(with, CAIRN_HV_GPA_BITS) >= 32);
	assert_true(cairn_hv_cap(with, CAIRN_HV_MEM_SLOTS) >= 32);
	assert_true(cairn_hv_cap(with, CAIRN_HV_LINES) >= (int)guest_lines);
	assert_int_equal(cairn_hv_cap(with, CAIRN_HV_BOOT_REGS), 2);
	assert_int_equal(cairn_hv_cap(with, CAIRN_HV_MEM_LEND), 0);
	assert_true(cairn_hv_cap(with, CAIRN_HV_MSI) > 1000 ||
		    cairn_hv_cap(with, CAIRN_HV_GIC) == 2);
	assert_int_equal(cairn_hv_cap(without, CAIRN_HV_MSI), 0);
	cairn_hv_close(with);
	cairn_hv_close(without);
}

/* Part by part: a guest ran in between, and the new vm shows nothing of it; the second waits. */
static void a_new_vm_after_a_reboot_is_like_the_first(void **state)
{
	unsigned bad, before = count_fds(0, &bad);
	unsigned char *first[2] = { NULL };

	for (int boot = 0; boot < 10; boot++) {
		struct guest g = guest_open(2, guest_lines, &guest_hello);

		for (int i = 0; i < 2; i++) {
			size_t len;
			unsigned char *now = guest_state(g.vcpu[i], &len);

			if (first[i]) {
				assert_memory_equal(now, first[i], len);
				free(now);
			} else {
				first[i] = now;
			}
		}
		guest_expect_mmio(&g, 0x9000, 1, 1);
		guest_close(&g);
	}
	free(first[0]);
	free(first[1]);
	assert_int_equal(count_fds(0, &bad), before);
}

static void one_node_serves_many_vms_and_stays_open(void **state)
{
	struct cairn_hv_vm_config c = guest_config(1, 0);
	struct cairn_vm *vm;

	c.node_fd = cairn_hv_kvm_node_open(NULL, NULL);
	assert_true(c.node_fd > 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(cairn_hv_open(&cairn_hv_kvm_ops, "/nonexistent", &c, &vm, NULL),
				 0);
		cairn_hv_close(vm);
	}
	assert_int_equal(close(c.node_fd), 0);
}

static void two_vms_live_side_by_side(void **state)
{
	struct guest a = guest_open(1, guest_lines, &guest_hello);
	struct guest b = guest_open(1, guest_lines, &guest_hello);

	guest_expect_mmio(&a, 0x9000, 1, 1);
	guest_close(&a);
	guest_expect_mmio(&b, 0x9000, 1, 1);
	guest_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_descriptors_are_close_on_exec),
		cmocka_unit_test(running_out_of_descriptors_is_emfile_and_leaks_none),
		cmocka_unit_test(limits_are_asked_of_the_vm),
		cmocka_unit_test(a_new_vm_after_a_reboot_is_like_the_first),
		cmocka_unit_test(one_node_serves_many_vms_and_stays_open),
		cmocka_unit_test(two_vms_live_side_by_side),
	};

	if (!guest_has_kvm())
		return GUEST_TEST_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
