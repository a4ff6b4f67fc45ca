/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cairn/hostmem.h>

#define PAGE UINT64_C(4096)

/* In each test, because cmocka installs handlers of its own before each. */
static void guard(void)
{
	assert_int_equal(cairn_hostmem_guard(), 0);
}

static int file_of(uint64_t len)
{
	int fd = memfd_create("shrinks", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	return fd;
}

static struct cairn_memview *view_of(struct cairn_mapping *m)
{
	struct cairn_memview_part p = { .mapping = m, .len_bytes = cairn_mapping_len(m) };
	struct cairn_memview *v;

	assert_int_equal(cairn_memview_new(&p, 1, &v, NULL), 0);
	return v;
}

static void truncated_file_reads_as_zero_and_breaks_the_mapping(void **state)
{
	int fd = file_of(4 * PAGE);
	struct cairn_mapping *m;
	struct cairn_memview *v;
	uint8_t buf[2] = { 0xff, 0xff };

	guard();
	assert_int_equal(cairn_mapping_of_fd(fd, 0, 4 * PAGE, 0, &m, NULL), 0);
	v = view_of(m);
	assert_int_equal(ftruncate(fd, (off_t)PAGE), 0);
	assert_int_equal(cairn_mem_read(cairn_memview_mem(v), buf, cairn_gpa_of(10), 1), 0);
	assert_false(cairn_memview_is_broken(v)); /* what is left of the file still works */
	assert_int_equal(cairn_mem_read(cairn_memview_mem(v), buf, cairn_gpa_of(3 * PAGE), 2), 0);
	assert_int_equal(buf[0] | buf[1], 0);
	assert_true(cairn_memview_is_broken(v));
	assert_true(cairn_mapping_is_broken(m));
	cairn_memview_put(v);
	cairn_mapping_put(m);
	close(fd);
}

static void truncated_file_can_be_written_to(void **state)
{
	int fd = file_of(2 * PAGE);
	struct cairn_mapping *m;
	struct cairn_memview *v;
	uint8_t b = 7, got = 0;

	guard();
	assert_int_equal(cairn_mapping_of_fd(fd, 100, PAGE + 100, 0, &m, NULL), 0);
	v = view_of(m);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(cairn_mem_write(cairn_memview_mem(v), cairn_gpa_of(PAGE), &b, 1), 0);
	assert_int_equal(cairn_mem_read(cairn_memview_mem(v), &got, cairn_gpa_of(PAGE), 1), 0);
	assert_int_equal(got, 7);
	assert_true(cairn_mapping_is_broken(m));
	cairn_memview_put(v);
	cairn_mapping_put(m);
	close(fd);
}

static void read_only_mapping_stays_read_only_when_patched(void **state)
{
	int fd = file_of(PAGE);
	struct cairn_mapping *m;

	guard();
	assert_int_equal(cairn_mapping_of_fd(fd, 0, PAGE, CAIRN_MAPPING_READ_ONLY, &m, NULL), 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(*(volatile uint8_t *)cairn_mapping_host(m), 0);
	assert_true(cairn_mapping_is_broken(m));
	assert_int_equal(mprotect(cairn_mapping_host(m), PAGE, PROT_READ), 0); /* one mapping */
	cairn_mapping_put(m);
	close(fd);
}

static int death_of_child(void (*child)(void))
{
	pid_t pid;
	int status = 0;

	guard();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		child();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void touch_a_stranger(void)
{
	int fd = memfd_create("stranger", MFD_CLOEXEC);
	volatile uint8_t *p;

	if (ftruncate(fd, (off_t)PAGE) < 0)
		_exit(1);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (ftruncate(fd, 0) < 0)
		_exit(1);
	(void)*p;
}

static void fault_outside_any_mapping_is_fatal(void **state)
{
	assert_int_equal(death_of_child(touch_a_stranger), SIGBUS);
}

static void send_sigbus(void)
{
	kill(getpid(), SIGBUS);
}

static void sigbus_sent_by_somebody_is_fatal(void **state)
{
	assert_int_equal(death_of_child(send_sigbus), SIGBUS);
}

/* What the kernel sends for a page whose hardware failed, inside a mapping. */
static void send_broken_hardware(void)
{
	siginfo_t info = { .si_signo = SIGBUS, .si_code = BUS_MCEERR_AR };
	struct cairn_mapping *m;

	if (cairn_mapping_new(PAGE, &m, NULL) < 0)
		_exit(1);
	info.si_addr = cairn_mapping_host(m);
	syscall(SYS_rt_sigqueueinfo, getpid(), SIGBUS, &info);
}

static void broken_hardware_is_not_hidden(void **state)
{
	if (getenv("CAIRN_EMULATOR")) {
		print_message("the emulator does not pass on what the signal says\n");
		skip();
	}
	assert_int_equal(death_of_child(send_broken_hardware), SIGBUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(truncated_file_reads_as_zero_and_breaks_the_mapping),
		cmocka_unit_test(truncated_file_can_be_written_to),
		cmocka_unit_test(read_only_mapping_stays_read_only_when_patched),
		cmocka_unit_test(fault_outside_any_mapping_is_fatal),
		cmocka_unit_test(broken_hardware_is_not_hidden),
		cmocka_unit_test(sigbus_sent_by_somebody_is_fatal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
