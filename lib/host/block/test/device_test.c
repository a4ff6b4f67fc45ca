/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* device_test.c - block devices, by a loop device over a scratch file. Skipped where this user can
 * have none. */
#include "support.h"

#include <linux/loop.h>
#include <sys/ioctl.h>

#define DISK_BYTES (4u << 20)

static struct image img;
static char device[32];
static int device_fd = -1;
static uint8_t data[DISK_BYTES], back[DISK_BYTES];

static int try_device(int control)
{
	struct loop_config cfg = {
		.fd = (uint32_t)img.fd,
		.info = { .lo_flags = LO_FLAGS_AUTOCLEAR },
	};
	int n = ioctl(control, LOOP_CTL_GET_FREE);

	if (n < 0)
		return -1;
	snprintf(device, sizeof(device), "/dev/loop%d", n);
	device_fd = open(device, O_RDWR | O_CLOEXEC);
	if (device_fd >= 0 && ioctl(device_fd, LOOP_CONFIGURE, &cfg) == 0)
		return 0;
	if (device_fd >= 0)
		close(device_fd);
	device_fd = -1;
	return -1;
}

static int setup(void **state)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	image_make(&img, DISK_BYTES);
	/* Another program may take the free one first. */
	for (int i = 0; control >= 0 && i < 5 && device_fd < 0; i++)
		(void)!try_device(control);
	if (control >= 0)
		close(control);
	return 0;
}

static int teardown(void **state)
{
	if (device_fd >= 0)
		close(device_fd); /* the last user: it is detached by itself */
	device_fd = -1;
	image_drop(&img);
	return 0;
}

static void device_tells_its_geometry(void **state)
{
	struct cairn_disk_geometry g;
	struct cairn_disk *d;

	if (device_fd < 0)
		skip();
	assert_int_equal(cairn_disk_open(device, 0, &d, NULL), 0);
	g = cairn_disk_geometry(d);
	assert_true(g.is_device && g.can_discard);
	assert_int_equal(g.size_bytes, DISK_BYTES);
	assert_true(g.physical_bytes >= g.block_bytes);
	cairn_disk_close(d);
}

static void device_in_use_is_refused(void **state)
{
	struct cairn_disk *d, *other;
	struct cairn_err err;

	if (device_fd < 0)
		skip();
	assert_int_equal(cairn_disk_open(device, 0, &d, NULL), 0);
	assert_int_equal(cairn_disk_open(device, CAIRN_DISK_NO_LOCK, &other, &err), -EBUSY);
	assert_string_equal(err.what, "block device is mounted or claimed");
	cairn_disk_close(d);
}

static void every_operation(enum cairn_block_kind kind, uint32_t flags)
{
	struct cairn_block_engine_cfg cfg = { .kind = kind };
	struct cairn_block_engine *e;
	struct cairn_trigger none = { 0 };
	struct cairn_loop *loop;
	struct cairn_disk *d;

	assert_int_equal(cairn_loop_new(&loop), 0);
	assert_int_equal(cairn_disk_open(device, flags, &d, NULL), 0);
	assert_int_equal(cairn_block_engine_new(d, &cfg, &e, NULL), 0);
	assert_int_equal(cairn_block_bind(e, loop, none), 0);
	pattern_fill(data, 0, DISK_BYTES, 9);
	assert_int_equal(test_do(loop, e, CAIRN_BLOCK_WRITE, 0, data, DISK_BYTES), 0);
	assert_int_equal(test_do(loop, e, CAIRN_BLOCK_FLUSH, 0, NULL, 0), 0);
	assert_int_equal(test_do(loop, e, CAIRN_BLOCK_WRITE_ZEROES, 4096, NULL, 1 << 20), 0);
	assert_int_equal(test_do(loop, e, CAIRN_BLOCK_DISCARD, 2 << 20, NULL, 1 << 20), 0);
	assert_int_equal(test_do(loop, e, CAIRN_BLOCK_READ, 0, back, DISK_BYTES), 0);
	assert_true(pattern_holds(back, 0, 4096, 9));
	assert_true(is_all(back + 4096, 1 << 20, 0));
	assert_true(pattern_holds(back + (3 << 20), 3 << 20, 1 << 20, 9));
	assert_int_equal(cairn_block_unbind(e), 0);
	cairn_block_engine_free(e);
	cairn_disk_close(d);
	cairn_loop_free(loop);
}

static void threads_do_every_operation(void **state)
{
	if (device_fd < 0)
		skip();
	every_operation(CAIRN_BLOCK_THREADS, 0);
	every_operation(CAIRN_BLOCK_THREADS, CAIRN_DISK_DIRECT);
}

static void auto_does_every_operation(void **state)
{
	if (device_fd < 0)
		skip();
	every_operation(CAIRN_BLOCK_AUTO, 0);
	every_operation(CAIRN_BLOCK_AUTO, CAIRN_DISK_DIRECT);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(device_tells_its_geometry),
		T(device_in_use_is_refused),
		T(threads_do_every_operation),
		T(auto_does_every_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
