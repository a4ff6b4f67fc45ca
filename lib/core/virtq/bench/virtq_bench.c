/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The queue in the shapes of virtio-queue's own benchmarks: 256 entries in 4 GiB of memory; one
 * chain of 128 descriptors, 128 chains of one, direct and indirect; 128 used elements. Here a walk
 * also checks and translates every buffer. One line of JSON for each, per whole walk;
 * tools/bench.d/rust-peers prints the same names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cairn/bench.h>
#include <cairn/virtq_driver.h>

#define SIZE      256
#define N         128
#define MEM_BYTES UINT64_C(0x100000000)
#define BUF_BYTES 0x1000u

enum {
	AT_DESC = 0,
	AT_DRIVER = 0x10000,
	AT_DEVICE = 0x20000,
	AT_TABLES = 0x30000, /* N entries for each of N chains */
	AT_DATA = 0x100000,
};

static struct cairn_mem_region region;
static struct cairn_mem mem;
static struct cairn_virtq_slot slots[SIZE];
static struct cairn_span spans[N];
static struct cairn_virtq_chain chain = { .spans = spans, .cap = N };

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "virtq_bench: %s\n", what);
	exit(1);
}

static void *host(uint32_t at)
{
	return (uint8_t *)region.host + at;
}

/* A queue that was just put on a ring with `chains` chains of `len` descriptors each. */
static struct cairn_virtq queue_with(uint16_t chains, uint16_t len, bool indirect, bool writable)
{
	const struct cairn_virtq_driver_cfg driver_cfg = { .size = SIZE,
							   .desc = host(AT_DESC),
							   .driver = host(AT_DRIVER),
							   .device = host(AT_DEVICE),
							   .slots = slots,
							   .features =
							       CAIRN_VIRTIO_F_INDIRECT_DESC };
	const struct cairn_virtq_cfg cfg = { .mem = &mem,
					     .size = SIZE,
					     .desc = { AT_DESC },
					     .driver = { AT_DRIVER },
					     .device = { AT_DEVICE },
					     .features = CAIRN_VIRTIO_F_INDIRECT_DESC };
	struct cairn_virtq_buf bufs[N];
	struct cairn_virtq_driver d;
	struct cairn_virtq q;
	uint16_t head;

	must(cairn_virtq_driver_init(&d, &driver_cfg) == 0, "driver");
	for (uint16_t c = 0; c < chains; c++) {
		uint32_t at = AT_TABLES + c * len * 16u;
		struct cairn_virtq_table table = { .host = host(at), .at = { at }, .cap = len };

		for (uint16_t i = 0; i < len; i++)
			bufs[i] = (struct cairn_virtq_buf){
				.at = { AT_DATA + (c * len + i) * BUF_BYTES },
				.len = BUF_BYTES,
				.writable = writable,
			};
		must(cairn_virtq_driver_add(&d, bufs, len, indirect ? &table : NULL, &head) == 0,
		     "add");
	}
	cairn_virtq_driver_publish(&d);
	must(cairn_virtq_init(&q, &cfg) == 0, "queue");
	return q;
}

static void do_walk(void *ctx, uint64_t n)
{
	const struct cairn_virtq *fresh = ctx;

	while (n--) {
		struct cairn_virtq q = *fresh;
		size_t pieces = 0;

		while (cairn_virtq_pop(&q, &chain) == 1)
			pieces += chain.n_read;
		must(pieces == N, "walk");
	}
}

static void do_add_used(void *ctx, uint64_t n)
{
	const struct cairn_virtq *taken = ctx;

	while (n--) {
		struct cairn_virtq q = *taken;

		for (int i = 0; i < N; i++)
			must(cairn_virtq_push(&q, &chain, BUF_BYTES) == 0, "push");
	}
}

int main(void)
{
	struct cairn_virtq q;

	region = (struct cairn_mem_region){
		.len_bytes = MEM_BYTES,
		.host = mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
	};
	must(region.host != MAP_FAILED, "mmap");
	must(cairn_mem_init(&mem, &region, 1, NULL) == 0, "memory");
	q = queue_with(1, N, false, false);
	cairn_bench_run(stdout, "queue/single_chain/direct", do_walk, &q, 1);
	q = queue_with(N, 1, false, false);
	cairn_bench_run(stdout, "queue/multiple_chains/direct", do_walk, &q, 1);
	q = queue_with(1, N, true, false);
	cairn_bench_run(stdout, "queue/single_chain/indirect", do_walk, &q, 1);
	q = queue_with(N, 1, true, false);
	cairn_bench_run(stdout, "queue/multiple_chains/indirect", do_walk, &q, 1);
	q = queue_with(N, 1, false, true);
	for (int i = 0; i < N; i++)
		must(cairn_virtq_pop(&q, &chain) == 1, "pop");
	cairn_bench_run(stdout, "queue/add_used", do_add_used, &q, 1);
	return 0;
}
