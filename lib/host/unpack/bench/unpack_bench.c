/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Times what stands between a distribution's kernel file and a guest that can start: read and
 * parse, unpack, place. Usage: unpack_bench KERNEL… ; one line per file, best of several runs.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cairn/loader.h>
#include <cairn/math.h>
#include <cairn/unpack.h>

#define RAM_BYTES ((size_t)256 << 20)
#define RUNS      9

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int file_read_at(void *ctx, uint64_t off, void *dst, size_t len)
{
	return pread(*(int *)ctx, dst, len, (off_t)off) == (ssize_t)len ? 0 : -EIO;
}

static int ram_write(void *ctx, cairn_gpa at, const void *src, size_t len)
{
	if (!cairn_in_range(at.v, len, RAM_BYTES))
		return -EFAULT;
	memcpy((uint8_t *)ctx + at.v, src, len);
	return 0;
}

/* Fresh memory is zero already. */
static int ram_zero(void *ctx, cairn_gpa at, uint64_t len_bytes)
{
	return cairn_in_range(at.v, len_bytes, RAM_BYTES) ? 0 : -EFAULT;
}

static int ram_read_from(void *ctx, cairn_gpa at, const struct cairn_image *image, uint64_t off,
			 uint64_t len_bytes)
{
	if (!cairn_in_range(at.v, len_bytes, RAM_BYTES))
		return -EFAULT;
	return image->read_at(image->ctx, off, (uint8_t *)ctx + at.v, len_bytes);
}

struct times {
	double parse, unpack, place;
};

static int once(const struct cairn_image *file, struct cairn_bzimage *bz, struct times *t,
		struct cairn_err *err)
{
	struct cairn_range allowed = { .at = 0x100000, .len = RAM_BYTES - 0x100000 };
	struct cairn_load_sink sink = { ram_write, ram_zero, ram_read_from, NULL };
	struct cairn_unpack_kernel k = { 0 };
	struct cairn_image image;
	struct cairn_elf elf;
	double start = now_ms();
	int ret = cairn_loader_bzimage_parse(file, bz, err);

	t->parse = now_ms() - start;
	start = now_ms();
	if (ret == 0)
		ret = cairn_unpack_kernel_open(file, &bz->payload, RAM_BYTES, &k, err);
	t->unpack = now_ms() - start;
	sink.ctx = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	start = now_ms();
	image = cairn_loader_image_mem(k.bytes, k.len);
	if (ret == 0)
		ret = cairn_loader_elf_parse(&image, &elf, err);
	if (ret == 0)
		ret = cairn_loader_elf_place(&elf, &image, allowed, &sink, err);
	t->place = now_ms() - start;
	munmap(sink.ctx, RAM_BYTES);
	cairn_unpack_kernel_close(&k);
	return ret;
}

static int measure(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct times best = { 1e9, 1e9, 1e9 }, t;
	struct cairn_bzimage bz = { 0 };
	struct cairn_err err = { 0 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		perror(path);
		return 1;
	}
	struct cairn_image file = { file_read_at, (uint64_t)st.st_size, &fd };
	for (int i = 0; i < RUNS; i++) {
		if (once(&file, &bz, &t, &err) < 0) {
			fprintf(stderr, "%s: %s (%#llx)\n", path, err.what,
				(unsigned long long)err.at);
			return 1;
		}
		best.parse = t.parse < best.parse ? t.parse : best.parse;
		best.unpack = t.unpack < best.unpack ? t.unpack : best.unpack;
		best.place = t.place < best.place ? t.place : best.place;
	}
	close(fd);
	printf("%s: %s, %llu to %u bytes; parse %.3f ms, unpack %.1f ms, place %.1f ms\n", path,
	       cairn_loader_payload_name(bz.payload.kind), (unsigned long long)bz.payload.bytes,
	       bz.payload.unpacked_bytes, best.parse, best.unpack, best.place);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= measure(argv[i]);
	return failed;
}
