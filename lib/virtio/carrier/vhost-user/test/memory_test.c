/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Memory tables and single regions, good and hostile. */
#include "world.h"

#include <sys/mman.h>

#define UVA CAIRN_VHOST_USER_CLIENT_UVA

struct table {
	uint32_t n, zero;
	struct cairn_vhost_user_region regions[CAIRN_VHOST_USER_MAX_REGIONS];
};

static int send_table(const struct table *t, uint32_t size, int fd)
{
	int fds[CAIRN_VHOST_USER_MAX_REGIONS];

	for (uint32_t i = 0; i < t->n; i++)
		fds[i] = fd;
	return cairn_vhost_user_client_request(&world.c, CAIRN_VHOST_USER_SET_MEM_TABLE, t, size,
					       fds, t->n, NULL, 0);
}

/* One or two regions, of a file of 64 KiB. */
static int try_regions(struct cairn_vhost_user_region a, const struct cairn_vhost_user_region *b)
{
	struct table t = { .n = b ? 2 : 1, .regions = { a } };
	int fd = world_memfd(1 << 16), r;

	if (b)
		t.regions[1] = *b;
	r = send_table(&t, (uint32_t)(8 + t.n * sizeof(a)), fd);
	close(fd);
	return r;
}

static int one_region(uint32_t request, uint64_t gpa, uint64_t uva, int fd)
{
	struct {
		uint64_t zero;
		struct cairn_vhost_user_region region;
	} body = { 0, { gpa, 4096, uva, 0 } };

	return cairn_vhost_user_client_request(&world.c, request, &body, sizeof(body), &fd,
					       fd < 0 ? 0 : 1, NULL, 0);
}

static size_t n_regions(void)
{
	return cairn_memview_mem(world.dev.vdev.view)->n_regions;
}

static void table_becomes_the_view_of_the_device(void **state)
{
	uint8_t byte;

	world_negotiate();
	world_share();
	world.c.ram[0x123] = 0x77;
	assert_int_equal(n_regions(), 1);
	assert_int_equal(cairn_mem_read(cairn_memview_mem(world.dev.vdev.view), &byte,
					cairn_gpa_of(CAIRN_VHOST_USER_CLIENT_GPA + 0x123), 1),
			 0);
	assert_int_equal(byte, 0x77);
}

static void table_with_a_tail_is_accepted(void **state)
{
	struct table t = { .n = 1, .regions = { { 0xe984000, 0x4000, 0xe984000, 0x4000 } } };
	int fd = world_memfd(1 << 16);

	world_negotiate();
	assert_int_equal(send_table(&t, 72, fd), 0);
	assert_int_equal(n_regions(), 1);
	close(fd);
}

static void hostile_regions_are_refused_and_the_old_table_stays(void **state)
{
	const struct cairn_vhost_user_region good = { 0x10000, 4096, UVA, 0 };
	const struct cairn_vhost_user_region same_gpa = { 0x10800, 4096, UVA + 0x10000, 0 };
	const struct cairn_vhost_user_region same_uva = { 0x20000, 4096, UVA + 0x800, 0 };

	world_negotiate();
	world_share();
	assert_int_equal(try_regions((struct cairn_vhost_user_region){ 0, 1 << 17, UVA, 0 }, NULL),
			 -EREMOTEIO);
	assert_int_equal(
	    try_regions((struct cairn_vhost_user_region){ 0, 4096, UVA, 1 << 16 }, NULL),
	    -EREMOTEIO);
	assert_int_equal(try_regions((struct cairn_vhost_user_region){ 8, 4096, UVA, 0 }, NULL),
			 -EREMOTEIO);
	assert_int_equal(try_regions((struct cairn_vhost_user_region){ 0, 4096, UVA + 8, 0 }, NULL),
			 -EREMOTEIO);
	assert_int_equal(try_regions((struct cairn_vhost_user_region){ 0, 4096, UVA, 8 }, NULL),
			 -EREMOTEIO);
	assert_int_equal(try_regions(good, &same_gpa), -EREMOTEIO);
	assert_int_equal(try_regions(good, &same_uva), -EREMOTEIO);
	assert_int_equal(n_regions(), 1);
	assert_true(cairn_mem_find(cairn_memview_mem(world.dev.vdev.view),
				   cairn_gpa_of(CAIRN_VHOST_USER_CLIENT_GPA)) != NULL);
	assert_int_equal(try_regions(good, NULL), 0);
}

static void what_is_no_file_is_no_memory(void **state)
{
	struct table t = { .n = 1, .regions = { { 0, 4096, UVA, 0 } } };
	int fd = eventfd(0, 0);

	world_negotiate();
	assert_int_equal(send_table(&t, 40, fd), -EREMOTEIO);
	close(fd);
}

static void running_rings_are_drained_and_go_on_where_they_stood(void **state)
{
	world_run();
	world.dev.stop_pos.avail = 5;
	world.dev.answer[CAIRN_VDEV_OP_QUEUE_STOP] = CAIRN_VDEV_SCRIPT_LATER;
	world_share();
	assert_int_equal(world.dev.last_how, CAIRN_VQ_DRAIN);
	assert_int_equal(world.dev.entered[CAIRN_VDEV_OP_QUEUE_STOP], 1);
	assert_int_equal(world.dev.entered[CAIRN_VDEV_OP_QUEUE_START], 2);
	assert_true(world.dev.queues[0].running);
	assert_int_equal(world.dev.queues[0].cfg.pos.avail, 5);
}

static void ring_whose_memory_went_away_fails_and_returns_with_it(void **state)
{
	const struct cairn_vhost_user_region other = { 0x10000, 4096, UVA - 0x10000, 0 };

	world_run();
	assert_int_equal(try_regions(other, NULL), 0);
	assert_false(world.dev.queues[0].running);
	assert_int_equal(world.refused, 1);
	world_share();
	assert_true(world.dev.queues[0].running);
}

static void memory_the_device_refuses_is_not_taken(void **state)
{
	world_run();
	world.dev.status[CAIRN_VDEV_OP_SET_VIEW] = -EIO;
	assert_int_equal(
	    try_regions((struct cairn_vhost_user_region){ 0, 4096, UVA - 4096, 0 }, NULL),
	    -EREMOTEIO);
	assert_true(world.dev.queues[0].running); /* with the memory of before */
}

static void regions_come_and_go_one_by_one(void **state)
{
	int fd = world_memfd(4096);

	world_negotiate();
	assert_int_equal(one_region(CAIRN_VHOST_USER_ADD_MEM_REG, 0, UVA, fd), 0);
	assert_int_equal(one_region(CAIRN_VHOST_USER_ADD_MEM_REG, 4096, UVA + 4096, fd), 0);
	assert_int_equal(n_regions(), 2);
	assert_int_equal(one_region(CAIRN_VHOST_USER_ADD_MEM_REG, 4096, UVA + 8192, fd),
			 -EREMOTEIO);
	assert_int_equal(one_region(CAIRN_VHOST_USER_REM_MEM_REG, 0, UVA + 4096, -1), -EREMOTEIO);
	assert_int_equal(one_region(CAIRN_VHOST_USER_REM_MEM_REG, 0, UVA, fd), 0);
	assert_int_equal(n_regions(), 1);
	assert_int_equal(one_region(CAIRN_VHOST_USER_REM_MEM_REG, 0, UVA, -1), -EREMOTEIO);
	assert_int_equal(one_region(CAIRN_VHOST_USER_REM_MEM_REG, 4096, UVA + 4096, -1), 0);
	assert_int_equal(n_regions(), 0);
	close(fd);
}

static void regions_are_limited(void **state)
{
	int fd = world_memfd(4096);

	world_negotiate();
	for (uint64_t i = 0; i < CAIRN_VIRTIO_VHOST_USER_SLOTS; i++)
		assert_int_equal(
		    one_region(CAIRN_VHOST_USER_ADD_MEM_REG, i * 8192, UVA + i * 8192, fd), 0);
	assert_int_equal(one_region(CAIRN_VHOST_USER_ADD_MEM_REG, 1 << 30, UVA + (1 << 30), fd),
			 -EREMOTEIO);
	assert_int_equal(n_regions(), CAIRN_VIRTIO_VHOST_USER_SLOTS);
	close(fd);
}

static void truncated_memory_ends_the_connection(void **state)
{
	uint8_t byte;
	uint64_t n;

	assert_int_equal(cairn_hostmem_guard(), 0);
	world_negotiate();
	world_share();
	assert_int_equal(ftruncate(world.c.memfd, 0), 0);
	assert_int_equal(cairn_mem_read(cairn_memview_mem(world.dev.vdev.view), &byte,
					cairn_gpa_of(CAIRN_VHOST_USER_CLIENT_GPA), 1),
			 0);
	assert_int_equal(cairn_vhost_user_client_get(&world.c, CAIRN_VHOST_USER_GET_FEATURES, &n),
			 -ENOTCONN);
	world_turn();
	assert_int_equal(world.closed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(table_becomes_the_view_of_the_device),
		WORLD_TEST(table_with_a_tail_is_accepted),
		WORLD_TEST(hostile_regions_are_refused_and_the_old_table_stays),
		WORLD_TEST(what_is_no_file_is_no_memory),
		WORLD_TEST(running_rings_are_drained_and_go_on_where_they_stood),
		WORLD_TEST(ring_whose_memory_went_away_fails_and_returns_with_it),
		WORLD_TEST(memory_the_device_refuses_is_not_taken),
		WORLD_TEST(regions_come_and_go_one_by_one),
		WORLD_TEST(regions_are_limited),
		WORLD_TEST(truncated_memory_ends_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
