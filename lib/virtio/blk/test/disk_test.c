/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * disk_test.c - the device over real files: two queues, each on a thread of its own, with every
 * engine; and the example of the README.
 */
#include "blk_test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define FILE_BYTES (1u << 20)

struct thread {
	pthread_t id;
	struct cairn_loop *loop;
};

static struct thread threads[2];
static struct cairn_disk *file;
static struct cairn_block_engine *file_engines[2];
static char path[200];

static void *run_loop(void *arg)
{
	struct thread *t = arg;

	(void)!cairn_loop_run(t->loop);
	return NULL;
}

static void open_file(enum cairn_block_kind kind)
{
	struct cairn_block_engine_cfg cfg = { .kind = kind, .n_threads = 2 };
	const char *dir = getenv("TMPDIR");
	int fd;

	snprintf(path, sizeof(path), "%s/cairn-blk-XXXXXX", dir ? dir : "/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, FILE_BYTES), 0);
	close(fd);
	assert_int_equal(cairn_disk_open(path, 0, &file, NULL), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(cairn_block_engine_new(file, &cfg, &file_engines[i], NULL), 0);
}

static void close_file(void)
{
	for (int i = 0; i < 2; i++)
		cairn_block_engine_free(file_engines[i]);
	cairn_disk_close(file);
	unlink(path);
}

static void start_threads(void)
{
	for (int i = 0; i < 2; i++) {
		assert_int_equal(cairn_loop_new(&threads[i].loop), 0);
		assert_int_equal(pthread_create(&threads[i].id, NULL, run_loop, &threads[i]), 0);
	}
}

static void stop_threads(void)
{
	for (int i = 0; i < 2; i++) {
		cairn_loop_stop(threads[i].loop);
		pthread_join(threads[i].id, NULL);
		cairn_loop_free(threads[i].loop);
	}
}

/* One request on queue i; its last writable byte. */
static int request_on(uint16_t i, uint32_t type, uint64_t sector, const void *out,
		      uint32_t out_bytes, uint32_t in_bytes)
{
	struct header h = header(type, sector);
	struct cairn_virtq_mock_piece p[3] = { CAIRN_VIRTQ_MOCK_R(&h, sizeof(h)) };
	uint16_t n = 1, head;
	size_t bytes;

	if (out_bytes)
		p[n++] = (struct cairn_virtq_mock_piece)CAIRN_VIRTQ_MOCK_R(out, out_bytes);
	p[n++] = (struct cairn_virtq_mock_piece)CAIRN_VIRTQ_MOCK_W(in_bytes + 1);
	rig.ram.next = (i + 1) * (FILE_BYTES / 2); /* the same place every time */
	assert_int_equal(cairn_virtio_rig_push(&rig, i, p, n, &head), 0);
	assert_int_equal(cairn_virtio_rig_collect(&rig, i, &head, &answer_written), 1);
	bytes =
	    cairn_virtq_mock_data(&rig.queues[i].mock, head, answer_bytes, sizeof(answer_bytes));
	return answer_bytes[bytes - 1];
}

static void write_and_read_back(void)
{
	static uint8_t chunk[65536], whole[FILE_BYTES];
	int fd;

	for (uint32_t at = 0; at < FILE_BYTES; at += sizeof(chunk)) {
		for (uint32_t i = 0; i < sizeof(chunk); i++)
			chunk[i] = (uint8_t)((at + i) * 2654435761u >> 24);
		assert_int_equal(
		    request_on(at / sizeof(chunk) % 2, OUT, at / 512, chunk, sizeof(chunk), 0), OK);
	}
	assert_int_equal(request_on(0, FLUSH, 0, NULL, 0, 0), OK);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, whole, FILE_BYTES, 0), FILE_BYTES);
	close(fd);
	for (uint32_t at = 0; at < FILE_BYTES; at += sizeof(chunk)) {
		assert_int_equal(
		    request_on((at / sizeof(chunk) + 1) % 2, IN, at / 512, NULL, 0, sizeof(chunk)),
		    OK);
		assert_memory_equal(answer_bytes, whole + at, sizeof(chunk));
		assert_int_equal(whole[at + 9], (uint8_t)((at + 9) * 2654435761u >> 24));
	}
}

static void with_engine(enum cairn_block_kind kind)
{
	struct cairn_virtio_blk_cfg cfg = { .engines = file_engines, .n_queues = 2 };

	open_file(kind);
	start_threads();
	assert_int_equal(cairn_virtio_rig_open(&rig, 2 * FILE_BYTES, 1), 0);
	cfg.home = rig.loop;
	assert_int_equal(cairn_virtio_blk_new(&cfg, &blk, NULL), 0);
	assert_int_equal(cairn_virtio_rig_attach(&rig, cairn_virtio_blk_vdev(blk),
						 cairn_virtio_blk_vdev(blk)->features),
			 0);
	assert_int_equal(config(34, 2), 2);
	for (uint16_t i = 0; i < 2; i++)
		assert_int_equal(cairn_virtio_rig_start_on(&rig, i, 64, threads[i].loop), 0);
	write_and_read_back();
	assert_int_equal(cairn_virtio_rig_stop(&rig, 0, CAIRN_VQ_DRAIN), 0);
	assert_int_equal(cairn_virtio_rig_detach(&rig), 0);
	cairn_virtio_blk_free(blk);
	stop_threads();
	close_file();
	cairn_virtio_rig_close(&rig);
}

static void queues_on_threads_move_data_with_auto(void **state)
{
	with_engine(CAIRN_BLOCK_AUTO);
}

static void queues_on_threads_move_data_with_threads(void **state)
{
	with_engine(CAIRN_BLOCK_THREADS);
}

static void readme_example_works(void **state)
{
	struct cairn_virtio_blk_cfg cfg = { .home = rig.loop, .n_queues = 1, .serial = "data" };
	struct cairn_block_engine_cfg engine_cfg = { .kind = CAIRN_BLOCK_AUTO };
	struct cairn_block_engine *engine;
	struct cairn_virtio_blk *b;
	struct cairn_disk *d;

	open_file(CAIRN_BLOCK_THREADS);
	cairn_disk_close(file);
	assert_int_equal(cairn_virtio_rig_open(&rig, 1 << 20, 1), 0);
	cfg.home = rig.loop;

	assert_int_equal(cairn_disk_open(path, 0, &d, NULL), 0);
	assert_int_equal(cairn_block_engine_new(d, &engine_cfg, &engine, NULL), 0);
	cfg.engines = &engine;
	assert_int_equal(cairn_virtio_blk_new(&cfg, &b, NULL), 0);
	/* hand cairn_virtio_blk_vdev(b) to a carrier; afterwards, in this order: */
	cairn_virtio_blk_free(b);
	cairn_block_engine_free(engine);
	cairn_disk_close(d);

	file = NULL;
	close_file();
	cairn_virtio_rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queues_on_threads_move_data_with_auto),
		cmocka_unit_test(queues_on_threads_move_data_with_threads),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
