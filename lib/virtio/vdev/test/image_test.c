/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include <cairn/vdev.h>

static int accept_features(struct cairn_vdev *d, uint64_t acked, struct cairn_vdev_call *call)
{
	return 0;
}

static int start(struct cairn_vdev *d, const struct cairn_vq_cfg *cfg, struct cairn_vdev_call *call)
{
	return 0;
}

static int stop(struct cairn_vdev *d, uint16_t index, enum cairn_vq_stop how,
		struct cairn_vdev_call *call)
{
	return 0;
}

/* As little as a device may have. */
static const struct cairn_vdev_ops least_ops = {
	.size = sizeof(least_ops),
	.set_features = accept_features,
	.queue_start = start,
	.queue_stop = stop,
};

static const uint16_t queue_max[CAIRN_VDEV_MAX_QUEUES + 1] = { 8, 8 };

struct world {
	struct cairn_loop *loop;
	struct cairn_vdev_desc desc;
	struct cairn_vdev vdev;
};

static int setup(void **state)
{
	static struct world w;

	w = (struct world){ .vdev.generation = 0 };
	assert_int_equal(cairn_loop_new(&w.loop), 0);
	w.desc = (struct cairn_vdev_desc){ .ops = &least_ops,
					   .home = w.loop,
					   .n_queues = 2,
					   .config_len = 8,
					   .queue_max = queue_max };
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	cairn_loop_free(w->loop);
	return 0;
}

static void init_wants_the_ops_that_may_not_be_null(void **state)
{
	struct world *w = *state;
	struct cairn_vdev_ops ops[5];

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(ops); i++)
		ops[i] = least_ops;
	ops[0].set_features = NULL;
	ops[1].queue_start = NULL;
	ops[2].queue_stop = NULL;
	ops[3].size = sizeof(ops[3]) - 1;
	for (size_t i = 0; i < 4; i++) {
		w->desc.ops = &ops[i];
		assert_int_equal(cairn_vdev_init(&w->vdev, &w->desc), -EINVAL);
	}
	w->desc.ops = &ops[4];
	assert_int_equal(cairn_vdev_init(&w->vdev, &w->desc), 0);
	cairn_vdev_fini(&w->vdev);
}

static void init_wants_a_loop(void **state)
{
	struct world *w = *state;

	w->desc.home = NULL;
	assert_int_equal(cairn_vdev_init(&w->vdev, &w->desc), -EINVAL);
}

static void init_holds_the_limits(void **state)
{
	struct world *w = *state;
	struct cairn_vdev_desc d = w->desc;

	d.n_queues = CAIRN_VDEV_MAX_QUEUES + 1;
	assert_int_equal(cairn_vdev_init(&w->vdev, &d), -EINVAL);
	d = w->desc;
	d.config_len = CAIRN_VDEV_MAX_CONFIG + 1;
	assert_int_equal(cairn_vdev_init(&w->vdev, &d), -EINVAL);
}

static void init_wants_queue_sizes_that_are_powers_of_two(void **state)
{
	struct world *w = *state;
	uint16_t odd[2] = { 8, 12 };

	w->desc.queue_max = odd;
	assert_int_equal(cairn_vdev_init(&w->vdev, &w->desc), -EINVAL);
	odd[1] = 0;
	assert_int_equal(cairn_vdev_init(&w->vdev, &w->desc), -EINVAL);
}

static void image_shows_what_was_published(void **state)
{
	struct world *w = *state;
	uint8_t in[4] = { 1, 2, 3, 4 }, out[8];

	assert_int_equal(cairn_vdev_init(&w->vdev, &w->desc), 0);
	cairn_vdev_config_publish(&w->vdev, 4, in, 4);
	assert_int_equal(cairn_vdev_config_read(&w->vdev, 0, out, 8), 0);
	assert_memory_equal(out, ((uint8_t[]){ 0, 0, 0, 0, 1, 2, 3, 4 }), 8);
	cairn_vdev_fini(&w->vdev);
}

static void generation_moves_only_when_a_byte_does(void **state)
{
	struct world *w = *state;
	uint8_t v = 1;
	uint32_t g;

	assert_int_equal(cairn_vdev_init(&w->vdev, &w->desc), 0);
	g = cairn_vdev_config_generation(&w->vdev);
	cairn_vdev_config_publish(&w->vdev, 0, &v, 1);
	assert_int_not_equal(cairn_vdev_config_generation(&w->vdev), g);
	g = cairn_vdev_config_generation(&w->vdev);
	cairn_vdev_config_publish(&w->vdev, 0, &v, 1);
	assert_int_equal(cairn_vdev_config_generation(&w->vdev), g);
	cairn_vdev_fini(&w->vdev);
}

static void reading_beyond_the_image_is_refused(void **state)
{
	struct world *w = *state;
	uint8_t out[16];

	assert_int_equal(cairn_vdev_init(&w->vdev, &w->desc), 0);
	assert_int_equal(cairn_vdev_config_read(&w->vdev, 0, out, 9), -EINVAL);
	assert_int_equal(cairn_vdev_config_read(&w->vdev, 8, out, 1), -EINVAL);
	assert_int_equal(cairn_vdev_config_read(&w->vdev, 0xffff, out, 4), -EINVAL);
	cairn_vdev_fini(&w->vdev);
}

static void ops_that_are_null_succeed(void **state)
{
	struct world *w = *state;
	struct cairn_vdev_call call = { .done = NULL };
	struct cairn_vq_cfg cfg = { .size = 8, .kick_fd = -1, .call_fd = -1, .loop = w->loop };
	struct cairn_memview *v;
	uint8_t b = 5;

	assert_int_equal(cairn_vdev_init(&w->vdev, &w->desc), 0);
	assert_int_equal(cairn_memview_new(NULL, 0, &v, NULL), 0);
	assert_int_equal(cairn_vdev_set_view(&w->vdev, v, CAIRN_VIEW_REPLACED, &call), 0);
	cairn_memview_put(v);
	assert_int_equal(cairn_vdev_config_write(&w->vdev, 0, &b, 1, &call), 0);
	assert_int_equal(cairn_vdev_config_read(&w->vdev, 0, &b, 1), 0);
	assert_int_equal(b, 0); /* dropped */
	assert_int_equal(cairn_vdev_set_features(&w->vdev, 0, &call), 0);
	assert_int_equal(cairn_vdev_queue_start(&w->vdev, &cfg, &call), 0);
	assert_int_equal(cairn_vdev_queue_enable(&w->vdev, 0, true), 0);
	assert_int_equal(cairn_vdev_queue_stop(&w->vdev, 0, CAIRN_VQ_DRAIN, &call), 0);
	assert_int_equal(cairn_vdev_reset(&w->vdev, &call), 0);
	cairn_vdev_fini(&w->vdev);
}

static void count(void *ctx)
{
	++*(int *)ctx;
}

static void signal_takes_the_trigger_before_the_fd(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), calls = 0;
	struct cairn_vq_cfg cfg = { .call_fd = fd, .call = { .fn = count, .ctx = &calls } };
	uint64_t n = 0;

	cairn_vq_signal(&cfg);
	assert_int_equal(calls, 1);
	assert_int_equal(read(fd, &n, sizeof(n)), -1);
	cfg.call.fn = NULL;
	cairn_vq_signal(&cfg);
	assert_int_equal(read(fd, &n, sizeof(n)), sizeof(n));
	cfg.call_fd = -1;
	cairn_vq_signal(&cfg);
	close(fd);
}

/* The device that README.md shows: it takes no features, and its queue is a formality. */
static void readme_example_works(void **state)
{
	struct cairn_loop *home = ((struct world *)*state)->loop;
	static const uint16_t sizes[] = { 64 };
	static const uint8_t serial[4] = { 'c', 'a', 'i', 'r' };
	struct cairn_vdev dev;
	uint8_t read_back[4];

	assert_int_equal(cairn_vdev_init(&dev, &(struct cairn_vdev_desc){ .ops = &least_ops,
									  .home = home,
									  .type = 4,
									  .n_queues = 1,
									  .config_len = 4,
									  .queue_max = sizes }),
			 0);
	cairn_vdev_config_publish(&dev, 0, serial, sizeof(serial));
	assert_int_equal(cairn_vdev_config_read(&dev, 0, read_back, 4), 0);
	cairn_vdev_fini(&dev);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(init_wants_the_ops_that_may_not_be_null),
		TEST(init_wants_a_loop),
		TEST(init_holds_the_limits),
		TEST(init_wants_queue_sizes_that_are_powers_of_two),
		TEST(image_shows_what_was_published),
		TEST(generation_moves_only_when_a_byte_does),
		TEST(reading_beyond_the_image_is_refused),
		TEST(ops_that_are_null_succeed),
		TEST(signal_takes_the_trigger_before_the_fd),
		TEST(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
