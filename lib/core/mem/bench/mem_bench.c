/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Guest memory in the shapes of vm-memory's own benchmarks, so that the two can stand side by side:
 * 8 regions of 2 GiB with accesses at four places, a lookup in each of 256 regions, plain copies.
 * One line of JSON for each; tools/bench.d/rust-peers prints the same names.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cairn/bench.h>
#include <cairn/mem.h>

#define N_REGIONS    8
#define REGION_BYTES UINT64_C(0x80000000)
#define ACCESS_BYTES 0x200
#define BIG_BYTES    96
#define SMALL_BYTES  8

static struct cairn_mem mem;
static uint8_t buf[ACCESS_BYTES];
static int zero_fd, null_fd;

struct access {
	cairn_gpa at;
	size_t len;
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "mem_bench: %s\n", what);
	exit(1);
}

static void do_read(void *ctx, uint64_t n)
{
	const struct access *a = ctx;

	while (n--) {
		must(cairn_mem_read(&mem, buf, a->at, a->len) == 0, "read");
		cairn_bench_keep(buf);
	}
}

static void do_write(void *ctx, uint64_t n)
{
	const struct access *a = ctx;

	while (n--) {
		cairn_bench_keep(buf);
		must(cairn_mem_write(&mem, a->at, buf, a->len) == 0, "write");
	}
}

static int iovecs_of(const struct access *a, enum cairn_perm want, struct iovec iov[2])
{
	struct cairn_span s[2];
	size_t n = 0;

	must(cairn_mem_spans(&mem, a->at, a->len, want, s, 2, &n) == 0, "spans");
	for (size_t i = 0; i < n; i++)
		iov[i] = (struct iovec){ s[i].base, s[i].len };
	return (int)n;
}

static void do_file_read(void *ctx, uint64_t n)
{
	const struct access *a = ctx;
	struct iovec iov[2];

	while (n--) {
		int parts = iovecs_of(a, CAIRN_PERM_WRITE, iov);

		ssize_t got = parts == 1 ? read(zero_fd, iov[0].iov_base, iov[0].iov_len)
					 : readv(zero_fd, iov, parts);

		must(got == (ssize_t)a->len, "read");
		cairn_mem_mark(&mem, a->at, a->len);
	}
}

static void do_file_write(void *ctx, uint64_t n)
{
	const struct access *a = ctx;
	struct iovec iov[2];

	while (n--) {
		int parts = iovecs_of(a, CAIRN_PERM_READ, iov);

		ssize_t put = parts == 1 ? write(null_fd, iov[0].iov_base, iov[0].iov_len)
					 : writev(null_fd, iov, parts);

		must(put == (ssize_t)a->len, "write");
	}
}

static const struct {
	const char *name;
	void (*fn)(void *ctx, uint64_t n);
	size_t len;
} ops[] = {
	{ "read_from", do_write, ACCESS_BYTES }, /* "read from a slice into memory" */
	{ "read_from_file", do_file_read, ACCESS_BYTES },
	{ "read_exact_from", do_write, ACCESS_BYTES },
	{ "read_entire_slice_from", do_read, ACCESS_BYTES },
	{ "read_slice_from", do_read, ACCESS_BYTES },
	{ "read_small_obj_from", do_read, SMALL_BYTES },
	{ "read_big_obj_from", do_read, BIG_BYTES },
	{ "write_to", do_read, ACCESS_BYTES },
	{ "write_to_file", do_file_write, ACCESS_BYTES },
	{ "write_exact_to", do_read, ACCESS_BYTES },
	{ "write_entire_slice_to", do_write, ACCESS_BYTES },
	{ "write_slice_to", do_write, ACCESS_BYTES },
	{ "write_small_obj_to", do_write, SMALL_BYTES },
	{ "write_big_obj_to", do_write, BIG_BYTES },
};

static const struct {
	const char *name;
	uint64_t region;
	bool crosses; /* half in region, half in the next */
} places[] = {
	{ "first", 0, false },
	{ "cross_first", 0, true },
	{ "cross_last", N_REGIONS - 2, true },
	{ "last", N_REGIONS - 1, false },
};

static void map_regions(struct cairn_mem_region *regions, size_t n, uint64_t bytes)
{
	for (size_t i = 0; i < n; i++) {
		void *host = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		must(host != MAP_FAILED, "mmap");
		regions[i] = (struct cairn_mem_region){ .at = { i * bytes },
							.len_bytes = bytes,
							.host = host };
	}
	must(cairn_mem_init(&mem, regions, n, NULL) == 0, "init");
}

static void bench_accesses(void)
{
	static struct cairn_mem_region regions[N_REGIONS];
	char name[64];

	map_regions(regions, N_REGIONS, REGION_BYTES);
	for (size_t p = 0; p < CAIRN_ARRAY_LEN(places); p++) {
		for (size_t o = 0; o < CAIRN_ARRAY_LEN(ops); o++) {
			struct access a = { { places[p].region * REGION_BYTES }, ops[o].len };

			if (places[p].crosses)
				a.at.v += REGION_BYTES - a.len / 2;
			snprintf(name, sizeof(name), "mmap/%s/%s", ops[o].name, places[p].name);
			cairn_bench_run(stdout, name, ops[o].fn, &a, 1);
		}
	}
}

static void do_find(void *ctx, uint64_t n)
{
	while (n--)
		for (uint64_t i = 0; i < 256; i++) {
			cairn_gpa at = cairn_gpa_of(i << 20);

			cairn_bench_keep(&at);
			must(cairn_mem_find(&mem, at) != NULL, "find");
		}
}

static uint8_t guest[10240], local[10240];

/* 1024 bytes at a time, whatever the caller calls its elements. */
static void do_copy_to(void *ctx, uint64_t n)
{
	while (n--) {
		cairn_copy_in(local, guest, 1024);
		cairn_bench_keep(local);
	}
}

static void do_copy_from(void *ctx, uint64_t n)
{
	while (n--) {
		cairn_bench_keep(local);
		cairn_copy_out(guest, local, 1024);
	}
}

static void do_copy_between(void *ctx, uint64_t n)
{
	while (n--) {
		cairn_copy_out(local, guest, sizeof(guest));
		cairn_bench_keep(local);
	}
}

int main(void)
{
	static struct cairn_mem_region regions[256];

	zero_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	must(zero_fd >= 0 && null_fd >= 0, "open");
	bench_accesses();
	map_regions(regions, 256, 1 << 20);
	cairn_bench_run(stdout, "find_region", do_find, NULL, 256);
	cairn_bench_run(stdout, "volatile/copy_to_u8", do_copy_to, NULL, 1);
	cairn_bench_run(stdout, "volatile/copy_to_u16", do_copy_to, NULL, 1);
	cairn_bench_run(stdout, "volatile/copy_to_volatile_slice", do_copy_between, NULL, 1);
	cairn_bench_run(stdout, "volatile/copy_from_u8", do_copy_from, NULL, 1);
	cairn_bench_run(stdout, "volatile/copy_from_u16", do_copy_from, NULL, 1);
	return 0;
}
