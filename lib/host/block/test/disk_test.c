/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* disk_test.c - opening, locking and measuring images. */
#include "support.h"

#include <pthread.h>
#include <sys/stat.h>

static struct image img;

static int setup(void **state)
{
	image_make(&img, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	image_drop(&img);
	return 0;
}

static int open_code(const char *path, uint32_t flags, struct cairn_err *err)
{
	struct cairn_disk *d = NULL;
	int r = cairn_disk_open(path, flags, &d, err);

	cairn_disk_close(d);
	return r;
}

static void opens_a_file_and_tells_its_geometry(void **state)
{
	struct cairn_disk_geometry g;
	struct cairn_disk *d;

	assert_int_equal(cairn_disk_open(img.path, 0, &d, NULL), 0);
	g = cairn_disk_geometry(d);
	assert_int_equal(g.size_bytes, 1 << 20);
	assert_int_equal(g.block_bytes, 512);
	assert_int_equal(g.physical_bytes, 4096);
	assert_int_equal(g.memory_align, 1);
	assert_false(g.is_read_only || g.is_direct || g.is_device);
	cairn_disk_close(d);
}

static void fd_is_close_on_exec_and_blocking(void **state)
{
	struct cairn_disk *d;

	assert_int_equal(cairn_disk_open(img.path, 0, &d, NULL), 0);
	assert_true(fcntl(cairn_disk_fd(d), F_GETFD) & FD_CLOEXEC);
	assert_false(fcntl(cairn_disk_fd(d), F_GETFL) & O_NONBLOCK);
	cairn_disk_close(d);
}

static void missing_file_is_named(void **state)
{
	struct cairn_err err;

	assert_int_equal(open_code("/nonexistent/disk.img", 0, &err), -ENOENT);
	assert_non_null(strstr(err.detail, "/nonexistent/disk.img"));
	assert_int_equal(err.code, ENOENT);
}

static void refuses_what_is_no_disk(void **state)
{
	char fifo[300];
	struct cairn_err err;

	assert_int_equal(open_code("/tmp", CAIRN_DISK_READ_ONLY, &err), -EINVAL);
	assert_int_equal(open_code("/dev/null", 0, &err), -EINVAL);
	snprintf(fifo, sizeof(fifo), "%s.fifo", img.path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(open_code(fifo, CAIRN_DISK_READ_ONLY, &err), -EINVAL);
	unlink(fifo);
}

static void refuses_an_empty_image(void **state)
{
	struct cairn_err err;

	assert_int_equal(ftruncate(img.fd, 0), 0);
	assert_int_equal(open_code(img.path, 0, &err), -EINVAL);
	assert_string_equal(err.what, "disk image is empty");
	assert_non_null(strstr(err.detail, img.path));
}

static void refuses_a_size_that_is_no_multiple_of_512(void **state)
{
	struct cairn_err err;

	assert_int_equal(ftruncate(img.fd, 1025), 0);
	assert_int_equal(open_code(img.path, 0, &err), -EINVAL);
	assert_int_equal(err.at, 1025);
	assert_non_null(strstr(err.detail, "1025"));
}

static void second_writer_is_refused(void **state)
{
	struct cairn_disk *d;
	struct cairn_err err;

	assert_int_equal(cairn_disk_open(img.path, 0, &d, NULL), 0);
	assert_int_equal(open_code(img.path, 0, &err), -EBUSY);
	assert_non_null(strstr(err.what, "in use by another process"));
	cairn_disk_close(d);
	assert_int_equal(open_code(img.path, 0, &err), 0);
}

static void readers_share(void **state)
{
	struct cairn_disk *a, *b;

	assert_int_equal(cairn_disk_open(img.path, CAIRN_DISK_READ_ONLY, &a, NULL), 0);
	assert_int_equal(cairn_disk_open(img.path, CAIRN_DISK_READ_ONLY, &b, NULL), 0);
	assert_true(cairn_disk_geometry(a).is_read_only);
	assert_false(cairn_disk_geometry(a).can_discard);
	assert_int_equal(open_code(img.path, 0, NULL), -EBUSY);
	cairn_disk_close(a);
	cairn_disk_close(b);
}

static void reader_is_refused_beside_a_writer(void **state)
{
	struct cairn_disk *d;
	struct cairn_err err;

	assert_int_equal(cairn_disk_open(img.path, 0, &d, NULL), 0);
	assert_int_equal(open_code(img.path, CAIRN_DISK_READ_ONLY, &err), -EBUSY);
	assert_non_null(strstr(err.what, "being written"));
	cairn_disk_close(d);
}

static void no_lock_asks_nobody(void **state)
{
	struct cairn_disk *d;

	assert_int_equal(cairn_disk_open(img.path, 0, &d, NULL), 0);
	assert_int_equal(open_code(img.path, CAIRN_DISK_NO_LOCK, NULL), 0);
	cairn_disk_close(d);
}

static void *close_a_little_later(void *disk)
{
	usleep(100000);
	cairn_disk_close(disk);
	return NULL;
}

static void patience_outlasts_who_lets_go(void **state)
{
	struct cairn_disk *d;
	pthread_t thread;

	assert_int_equal(cairn_disk_open(img.path, 0, &d, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, close_a_little_later, d), 0);
	assert_int_equal(open_code(img.path, CAIRN_DISK_PATIENT, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void patience_ends(void **state)
{
	struct cairn_disk *d;

	assert_int_equal(cairn_disk_open(img.path, 0, &d, NULL), 0);
	assert_int_equal(open_code(img.path, CAIRN_DISK_PATIENT, NULL), -EBUSY);
	cairn_disk_close(d);
}

static void refresh_tells_growth_and_shrinkage(void **state)
{
	struct cairn_disk *d;

	assert_int_equal(cairn_disk_open(img.path, 0, &d, NULL), 0);
	assert_int_equal(cairn_disk_refresh(d, NULL), 0);
	assert_int_equal(ftruncate(img.fd, 2 << 20), 0);
	assert_int_equal(cairn_disk_refresh(d, NULL), 1);
	assert_int_equal(cairn_disk_size_bytes(d), 2 << 20);
	assert_int_equal(ftruncate(img.fd, 512), 0);
	assert_int_equal(cairn_disk_refresh(d, NULL), 1);
	assert_int_equal(cairn_disk_geometry(d).size_bytes, 512);
	cairn_disk_close(d);
}

static void refresh_keeps_the_size_when_the_new_one_is_nonsense(void **state)
{
	struct cairn_disk *d;
	struct cairn_err err;

	assert_int_equal(cairn_disk_open(img.path, 0, &d, NULL), 0);
	assert_int_equal(ftruncate(img.fd, 700), 0);
	assert_int_equal(cairn_disk_refresh(d, &err), -EINVAL);
	assert_int_equal(cairn_disk_size_bytes(d), 1 << 20);
	cairn_disk_close(d);
}

static void direct_has_alignment_or_says_why_not(void **state)
{
	struct cairn_disk_geometry g;
	struct cairn_disk *d;
	struct cairn_err err;
	int r = cairn_disk_open(img.path, CAIRN_DISK_DIRECT, &d, &err);

	if (r < 0) {
		assert_int_equal(r, -EINVAL);
		assert_string_equal(err.what, "no direct access on this file system");
		skip();
	}
	g = cairn_disk_geometry(d);
	assert_true(g.is_direct);
	assert_true(cairn_is_pow2(g.memory_align) && g.memory_align > 1);
	assert_true(cairn_is_pow2(g.block_bytes) && g.block_bytes >= 512);
	cairn_disk_close(d);
}

/* Where the file system does not tell alignments (tmpfs, for one) they are tried out. */
static void direct_alignment_is_tried_out(void **state)
{
	struct cairn_disk *d = NULL;
	char path[] = "/dev/shm/cairn-disk-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC), r;

	if (fd < 0)
		skip();
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	r = cairn_disk_open(path, CAIRN_DISK_DIRECT, &d, NULL);
	unlink(path);
	close(fd);
	assert_true(r == 0 || r == -EINVAL);
	if (r == 0)
		assert_true(cairn_disk_geometry(d).block_bytes >= 512);
	cairn_disk_close(d);
}

static void close_takes_null(void **state)
{
	cairn_disk_close(NULL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(opens_a_file_and_tells_its_geometry),
		T(fd_is_close_on_exec_and_blocking),
		T(missing_file_is_named),
		T(refuses_what_is_no_disk),
		T(refuses_an_empty_image),
		T(refuses_a_size_that_is_no_multiple_of_512),
		T(second_writer_is_refused),
		T(readers_share),
		T(reader_is_refused_beside_a_writer),
		T(no_lock_asks_nobody),
		T(patience_outlasts_who_lets_go),
		T(patience_ends),
		T(refresh_tells_growth_and_shrinkage),
		T(refresh_keeps_the_size_when_the_new_one_is_nonsense),
		T(direct_has_alignment_or_says_why_not),
		T(direct_alignment_is_tried_out),
		T(close_takes_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
