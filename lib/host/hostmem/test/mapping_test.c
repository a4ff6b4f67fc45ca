/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cairn/hostmem.h>

#define PAGE UINT64_C(4096)

/* A file of n bytes, byte i being i & 0xff. */
static int pattern_fd(size_t n)
{
	int fd = memfd_create("pattern", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < n; i++) {
		uint8_t b = (uint8_t)i;

		assert_int_equal(write(fd, &b, 1), 1);
	}
	return fd;
}

/* The permissions column of /proc/self/maps for the mapping that holds p. */
static void perms_of(const void *p, char perms[5])
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512];
	uintptr_t from, to;

	assert_non_null(f);
	memset(perms, 0, 5);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &from, &to, perms) == 3 &&
		    (uintptr_t)p >= from && (uintptr_t)p < to)
			break;
	fclose(f);
}

static void new_memory_is_zero_and_writable_but_not_executable(void **state)
{
	struct cairn_mapping *m;
	uint8_t *host;
	char perms[5];

	assert_int_equal(cairn_mapping_new(4 * PAGE, &m, NULL), 0);
	host = cairn_mapping_host(m);
	assert_int_equal(host[3 * PAGE], 0);
	host[4 * PAGE - 1] = 1;
	assert_int_equal(cairn_mapping_len(m), 4 * PAGE);
	assert_int_equal(cairn_mapping_fd_offset(m), 0);
	assert_false(cairn_mapping_is_read_only(m));
	assert_false(cairn_mapping_is_broken(m));
	perms_of(host, perms);
	assert_string_equal(perms, "rw-s");
	cairn_mapping_put(m);
}

static void new_memory_is_sealed_against_shrinking(void **state)
{
	struct cairn_mapping *m;
	struct stat st;
	int fd;

	assert_int_equal(cairn_mapping_new(2 * PAGE, &m, NULL), 0);
	fd = cairn_mapping_fd(m);
	assert_int_equal(ftruncate(fd, (off_t)PAGE), -1);
	assert_int_equal(ftruncate(fd, (off_t)(3 * PAGE)), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0111, 0); /* nobody executes guest memory */
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	cairn_mapping_put(m);
}

static void private_memory_is_zero_and_writable_and_has_no_file(void **state)
{
	struct cairn_mapping *m;
	uint8_t *host;
	char perms[5];

	assert_int_equal(cairn_mapping_new_private(4 * PAGE, CAIRN_PAGES_TRANSPARENT, &m, NULL), 0);
	host = cairn_mapping_host(m);
	assert_int_equal(host[3 * PAGE], 0);
	host[4 * PAGE - 1] = 1;
	assert_int_equal(cairn_mapping_len(m), 4 * PAGE);
	assert_int_equal(cairn_mapping_fd(m), -1);
	assert_false(cairn_mapping_is_read_only(m));
	perms_of(host, perms);
	assert_string_equal(perms, "rw-p");
	cairn_mapping_put(m);
	assert_int_equal(cairn_mapping_new_private(PAGE + 1, CAIRN_PAGES_SMALL, &m, NULL), -EINVAL);
}

static void large_memory_is_aligned_for_huge_pages(void **state)
{
	struct cairn_mapping *m;

	assert_int_equal(cairn_mapping_new(UINT64_C(8) << 20, &m, NULL), 0);
	assert_int_equal((uintptr_t)cairn_mapping_host(m) & ((2u << 20) - 1), 0);
	cairn_mapping_put(m);
	assert_int_equal(
	    cairn_mapping_new_private(UINT64_C(8) << 20, CAIRN_PAGES_TRANSPARENT, &m, NULL), 0);
	assert_int_equal((uintptr_t)cairn_mapping_host(m) & ((2u << 20) - 1), 0);
	cairn_mapping_put(m);
}

/* Whether the kernel was asked to keep huge pages away from p ("nh" in smaps). */
static bool wants_small_pages(const void *p)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[512];
	bool is_there = false, found = false;

	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f)) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			is_there = (uintptr_t)p >= from && (uintptr_t)p < to;
		found = is_there && !strncmp(line, "VmFlags:", 8);
	}
	fclose(f);
	assert_true(found);
	return strstr(line, " nh");
}

static void need_proc_of_the_kernel(void)
{
	if (getenv("CAIRN_EMULATOR")) {
		print_message("the emulator makes up what /proc says of memory\n");
		skip();
	}
}

static void a_sparse_part_has_small_pages_and_the_rest_has_not(void **state)
{
	const uint64_t huge = UINT64_C(2) << 20;
	struct cairn_mapping *m;
	uint8_t *host;

	need_proc_of_the_kernel();
	assert_int_equal(cairn_mapping_new_private(4 * huge, CAIRN_PAGES_TRANSPARENT, &m, NULL), 0);
	host = cairn_mapping_host(m);
	cairn_mapping_expect_sparse(m, 3 * huge, 2 * huge); /* not inside */
	assert_false(wants_small_pages(host + 3 * huge));
	cairn_mapping_expect_sparse(m, huge, huge);
	assert_false(wants_small_pages(host));
	assert_true(wants_small_pages(host + huge));
	assert_true(wants_small_pages(host + 2 * huge - 1));
	assert_false(wants_small_pages(host + 2 * huge));
	cairn_mapping_put(m);
}

static void small_pages_are_small_everywhere(void **state)
{
	struct cairn_mapping *m;

	need_proc_of_the_kernel();
	assert_int_equal(cairn_mapping_new_private(UINT64_C(4) << 20, CAIRN_PAGES_SMALL, &m, NULL),
			 0);
	assert_true(wants_small_pages(cairn_mapping_host(m)));
	cairn_mapping_put(m);
}

static unsigned long number_in(const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned long n = 0;

	if (f && fscanf(f, "%lu", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n;
}

#define POOL_2M "/sys/kernel/mm/hugepages/hugepages-2048kB/"
#define POOL_1G "/sys/kernel/mm/hugepages/hugepages-1048576kB/"

static void pool_pages_are_all_taken_at_once_and_given_back(void **state)
{
	const uint64_t huge = UINT64_C(2) << 20;
	unsigned long unreserved =
	    number_in(POOL_2M "free_hugepages") - number_in(POOL_2M "resv_hugepages");
	struct cairn_mapping *m, *too_many;
	struct cairn_err err = { 0 };

	if (unreserved < 2)
		skip(); /* this machine has no free huge pages; tests/boot/hugepages has */
	assert_int_equal(cairn_mapping_new_private(2 * huge, CAIRN_PAGES_2M, &m, &err), 0);
	((uint8_t *)cairn_mapping_host(m))[2 * huge - 1] = 1;
	assert_int_equal(
	    cairn_mapping_new_private((unreserved - 1) * huge, CAIRN_PAGES_2M, &too_many, &err),
	    -ENOMEM);
	assert_string_equal(err.what, "the host's pool has too few free huge pages");
	cairn_mapping_put(m);
	assert_int_equal(number_in(POOL_2M "free_hugepages") - number_in(POOL_2M "resv_hugepages"),
			 unreserved);
}

static void pool_pages_come_whole_or_not_at_all(void **state)
{
	struct cairn_mapping *m;
	struct cairn_err err = { 0 };
	int r;

	assert_int_equal(cairn_mapping_new_private(PAGE, CAIRN_PAGES_2M, &m, &err), -EINVAL);
	assert_int_equal(cairn_mapping_new_private(UINT64_C(2) << 20, CAIRN_PAGES_1G, &m, &err),
			 -EINVAL);
	if (getenv("CAIRN_EMULATOR")) {
		print_message("the emulator forgets that huge pages were asked for\n");
		skip();
	}
	/* One more than there are: refused now, by whichever reason is this host's. */
	r = cairn_mapping_new_private((number_in(POOL_1G "free_hugepages") + 1) << 30,
				      CAIRN_PAGES_1G, &m, &err);
	assert_true(r == -ENOMEM || r == -ENOTSUP);
}

static void odd_lengths_are_refused(void **state)
{
	struct cairn_mapping *m;
	struct cairn_err err;

	assert_int_equal(cairn_mapping_new(0, &m, &err), -EINVAL);
	assert_int_equal(cairn_mapping_new(PAGE + 1, &m, &err), -EINVAL);
	assert_int_equal(err.at, PAGE + 1);
	assert_int_equal(cairn_mapping_new(UINT64_MAX - PAGE + 1, &m, &err), -EINVAL);
}

static void more_than_the_host_has_is_refused_with_its_reason(void **state)
{
	struct cairn_mapping *m;
	struct cairn_err err;

	assert_true(cairn_mapping_new(UINT64_C(1) << 62, &m, &err) < 0);
	assert_true(err.code == ENOMEM || err.code == EFBIG);
	assert_true(err.detail[0] != '\0');
}

static void part_of_a_file_starts_exactly_at_its_offset(void **state)
{
	int fd = pattern_fd(3 * PAGE);
	struct cairn_mapping *m;
	const uint8_t *host;

	assert_int_equal(cairn_mapping_of_fd(fd, PAGE + 5, PAGE + 7, 0, &m, NULL), 0);
	close(fd); /* the mapping has its own */
	host = cairn_mapping_host(m);
	assert_int_equal(host[0], 5);
	assert_int_equal(host[PAGE + 6], (uint8_t)(2 * PAGE + 11));
	assert_int_equal(cairn_mapping_fd_offset(m), PAGE + 5);
	assert_int_equal(fcntl(cairn_mapping_fd(m), F_GETFD), FD_CLOEXEC);
	cairn_mapping_put(m);
}

static void private_mapping_leaves_the_file_alone(void **state)
{
	int fd = pattern_fd(PAGE);
	struct cairn_mapping *m;
	uint8_t b = 0;

	assert_int_equal(cairn_mapping_of_fd(fd, 0, PAGE, CAIRN_MAPPING_PRIVATE, &m, NULL), 0);
	((uint8_t *)cairn_mapping_host(m))[9] = 0xee;
	assert_int_equal(pread(fd, &b, 1, 9), 1);
	assert_int_equal(b, 9);
	cairn_mapping_put(m);
	close(fd);
}

static void read_only_mapping_is_read_only(void **state)
{
	int fd = pattern_fd(PAGE);
	struct cairn_mapping *m;
	char perms[5];

	assert_int_equal(cairn_mapping_of_fd(fd, 0, PAGE, CAIRN_MAPPING_READ_ONLY, &m, NULL), 0);
	assert_true(cairn_mapping_is_read_only(m));
	perms_of(cairn_mapping_host(m), perms);
	assert_string_equal(perms, "r--s");
	cairn_mapping_put(m);
	close(fd);
}

static void range_beyond_the_file_is_refused(void **state)
{
	int fd = pattern_fd(PAGE);
	struct cairn_mapping *m;

	assert_int_equal(cairn_mapping_of_fd(fd, 0, PAGE + 1, 0, &m, NULL), -EINVAL);
	assert_int_equal(cairn_mapping_of_fd(fd, PAGE, 1, 0, &m, NULL), -EINVAL);
	assert_int_equal(cairn_mapping_of_fd(fd, UINT64_MAX, 2, 0, &m, NULL), -EINVAL);
	assert_int_equal(cairn_mapping_of_fd(fd, 1, UINT64_MAX, 0, &m, NULL), -EINVAL);
	assert_int_equal(cairn_mapping_of_fd(fd, 0, 0, 0, &m, NULL), -EINVAL);
	close(fd);
}

static void what_is_no_file_is_refused(void **state)
{
	struct cairn_mapping *m;
	struct cairn_err err;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(cairn_mapping_of_fd(fds[0], 0, PAGE, 0, &m, &err), -EINVAL);
	assert_int_equal(cairn_mapping_of_fd(-1, 0, PAGE, 0, &m, &err), -EBADF);
	close(fds[0]);
	close(fds[1]);
	fds[0] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* has a size, as a rule */
	assert_int_equal(cairn_mapping_of_fd(fds[0], 0, 1, CAIRN_MAPPING_READ_ONLY, &m, &err),
			 -EINVAL);
	close(fds[0]);
}

static void unknown_flag_is_refused(void **state)
{
	int fd = pattern_fd(1);
	struct cairn_mapping *m;

	assert_int_equal(cairn_mapping_of_fd(fd, 0, 1, 1u << 7, &m, NULL), -EINVAL);
	close(fd);
}

static void file_that_may_not_be_written_is_refused_with_its_reason(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct cairn_mapping *m;
	struct cairn_err err;

	assert_true(fd >= 0);
	assert_int_equal(cairn_mapping_of_fd(fd, 0, 1, 0, &m, &err), -EACCES);
	assert_true(err.detail[0] != '\0');
	assert_int_equal(cairn_mapping_of_fd(fd, 0, 1, CAIRN_MAPPING_READ_ONLY, &m, &err), 0);
	cairn_mapping_put(m);
	close(fd);
}

static void mapping_lives_until_the_last_reference(void **state)
{
	struct cairn_mapping *m;

	assert_int_equal(cairn_mapping_new(PAGE, &m, NULL), 0);
	assert_ptr_equal(cairn_mapping_get(m), m);
	cairn_mapping_put(m);
	((uint8_t *)cairn_mapping_host(m))[0] = 1;
	cairn_mapping_put(m);
	cairn_mapping_put(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_memory_is_zero_and_writable_but_not_executable),
		cmocka_unit_test(new_memory_is_sealed_against_shrinking),
		cmocka_unit_test(private_memory_is_zero_and_writable_and_has_no_file),
		cmocka_unit_test(large_memory_is_aligned_for_huge_pages),
		cmocka_unit_test(a_sparse_part_has_small_pages_and_the_rest_has_not),
		cmocka_unit_test(small_pages_are_small_everywhere),
		cmocka_unit_test(pool_pages_are_all_taken_at_once_and_given_back),
		cmocka_unit_test(pool_pages_come_whole_or_not_at_all),
		cmocka_unit_test(odd_lengths_are_refused),
		cmocka_unit_test(more_than_the_host_has_is_refused_with_its_reason),
		cmocka_unit_test(part_of_a_file_starts_exactly_at_its_offset),
		cmocka_unit_test(private_mapping_leaves_the_file_alone),
		cmocka_unit_test(read_only_mapping_is_read_only),
		cmocka_unit_test(range_beyond_the_file_is_refused),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(unknown_flag_is_refused),
		cmocka_unit_test(file_that_may_not_be_written_is_refused_with_its_reason),
		cmocka_unit_test(mapping_lives_until_the_last_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
