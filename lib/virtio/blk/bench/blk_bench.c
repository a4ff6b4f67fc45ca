/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * blk_bench - 4 KiB random reads, 32 at a time, from a file in the page cache and past it, through
 * the device and each engine: requests per second of wall time, and CPU time per request (driver's
 * end included, kernel's work too).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cairn/virtio_blk.h>
#include <cairn/virtio_rig.h>

enum { DEPTH = 32, BATCHES = 4000, FILE_MIB = 64 };

static struct cairn_virtio_rig rig;
static char path[] = "./blk-bench-XXXXXX";

static double wall_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

/* Headers, data and status bytes lie in guest memory once and for all. */
#define DATA_AT   (CAIRN_VIRTQ_MOCK_BASE + (1u << 20))
#define HEADER_AT (CAIRN_VIRTQ_MOCK_BASE + (2u << 20))

static int batch(uint64_t *seed)
{
	struct cairn_virtq_driver *driver = &rig.queues[0].mock.driver;
	uint32_t written;
	uint16_t head;

	for (uint32_t i = 0; i < DEPTH; i++) {
		const struct cairn_virtq_buf bufs[] = {
			{ { HEADER_AT + i * 32 }, 16, false },
			{ { DATA_AT + i * 4096 }, 4096, true },
			{ { HEADER_AT + i * 32 + 16 }, 1, true },
		};
		uint8_t header[16] = { 0 };

		*seed = *seed * UINT64_C(6364136223846793005) + 1;
		cairn_le_store(header + 8, 8, (*seed >> 33) % (FILE_MIB * 256u) * 8);
		if (cairn_mem_write(&rig.ram.mem, bufs[0].at, header, sizeof(header)) < 0 ||
		    cairn_virtq_driver_add(driver, bufs, 3, NULL, &head) < 0)
			return -1;
	}
	cairn_virtq_driver_publish(driver);
	if (cairn_virtq_driver_must_kick(driver))
		cairn_virtio_rig_kick(&rig, 0);
	for (int i = 0; i < DEPTH; i++)
		if (cairn_virtio_rig_collect(&rig, 0, &head, &written) != 1 || written != 4097)
			return -1;
	return 0;
}

static int run(const char *name)
{
	uint64_t seed = 1;
	double wall = wall_s(), cpu = cpu_s();

	for (int i = 0; i < BATCHES; i++)
		if (batch(&seed) < 0)
			return 1;
	wall = wall_s() - wall;
	cpu = cpu_s() - cpu;
	printf("%s: %.0f requests per s, %.2f us of CPU each\n", name, DEPTH * BATCHES / wall,
	       cpu * 1e6 / (DEPTH * BATCHES));
	return 0;
}

static int measure(const char *name, enum cairn_block_kind kind, uint32_t flags)
{
	struct cairn_block_engine_cfg cfg = { .kind = kind };
	struct cairn_virtio_blk_cfg blk_cfg = { .n_queues = 1 };
	struct cairn_block_engine *engine;
	struct cairn_virtio_blk *b;
	struct cairn_disk *d;
	int r;

	if (cairn_disk_open(path, flags | CAIRN_DISK_READ_ONLY, &d, NULL) < 0 ||
	    cairn_block_engine_new(d, &cfg, &engine, NULL) < 0) {
		printf("%s: not possible here\n", name);
		return 0;
	}
	if (cairn_virtio_rig_open(&rig, 4 << 20, 1) < 0)
		return 1;
	blk_cfg.home = rig.loop;
	blk_cfg.engines = &engine;
	if (cairn_virtio_blk_new(&blk_cfg, &b, NULL) < 0 ||
	    cairn_virtio_rig_attach(&rig, cairn_virtio_blk_vdev(b),
				    cairn_virtio_blk_vdev(b)->features) < 0 ||
	    cairn_virtio_rig_start(&rig, 0, 128) < 0)
		return 1;
	r = run(name);
	if (cairn_virtio_rig_detach(&rig) < 0)
		return 1;
	cairn_virtio_blk_free(b);
	cairn_block_engine_free(engine);
	cairn_disk_close(d);
	cairn_virtio_rig_close(&rig);
	return r;
}

static int make_file(void)
{
	static uint8_t mib[1 << 20];
	int fd = mkstemp(path), r = 0;

	for (int i = 0; fd >= 0 && i < FILE_MIB; i++)
		if (write(fd, mib, sizeof(mib)) != sizeof(mib))
			r = 1;
	if (fd < 0 || fsync(fd) < 0)
		return 1;
	close(fd);
	return r;
}

int main(void)
{
	int r = make_file();

	if (r == 0)
		r = measure("io_uring, page cache", CAIRN_BLOCK_URING, 0) ||
		    measure("threads, page cache", CAIRN_BLOCK_THREADS, 0) ||
		    measure("io_uring, direct", CAIRN_BLOCK_URING, CAIRN_DISK_DIRECT) ||
		    measure("threads, direct", CAIRN_BLOCK_THREADS, CAIRN_DISK_DIRECT);
	unlink(path);
	return r;
}
