/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The shared side of every copy lies against a page that cannot be touched, so one byte too many is
 * a crash; a second thread flips words, so an access that is not single shows as a torn value.
 */
#include <cairn/copy.h>

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { MAX_LEN = 40, MAX_ALIGN = 16, FLIPS = 500000, CANARY = 0xa5 };

/* One page of memory with an untouchable page on each side. */
struct guarded {
	uint8_t *page;
	size_t size;
};

static int guarded_setup(void **state)
{
	static struct guarded g;
	uint8_t *all;

	g.size = (size_t)sysconf(_SC_PAGESIZE);
	all = mmap(NULL, 3 * g.size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED || mprotect(all + g.size, g.size, PROT_READ | PROT_WRITE))
		return -1;
	g.page = all + g.size;
	*state = &g;
	return 0;
}

static int guarded_teardown(void **state)
{
	struct guarded *g = *state;

	return munmap(g->page - g->size, 3 * g->size);
}

static void fill_counting(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(i * 7 + 1);
}

static void assert_all(const uint8_t *p, size_t len, uint8_t byte)
{
	size_t i = 0;

	while (i < len && p[i] == byte)
		i++;
	assert_int_equal(i, len);
}

static void check_in(const uint8_t *src, size_t dst_align, size_t len)
{
	uint8_t buf[MAX_ALIGN + MAX_LEN + 8];
	uint8_t *dst = buf + dst_align;

	memset(buf, CANARY, sizeof(buf));
	cairn_copy_in(dst, src, len);
	assert_memory_equal(dst, src, len);
	assert_all(buf, dst_align, CANARY);
	assert_all(dst + len, sizeof(buf) - dst_align - len, CANARY);
}

static void copy_in_is_exact_at_every_alignment_and_length(void **state)
{
	struct guarded *g = *state;

	fill_counting(g->page, g->size);
	for (size_t len = 0; len <= MAX_LEN; len++)
		for (size_t align = 0; align < MAX_ALIGN; align++) {
			check_in(g->page + align, align ^ 5, len);
			check_in(g->page + g->size - len - align, align, len);
		}
}

static void check_out(struct guarded *g, uint8_t *dst, size_t src_align, size_t len)
{
	uint8_t src[MAX_ALIGN + MAX_LEN];

	fill_counting(src, sizeof(src));
	memset(g->page, CANARY, g->size);
	cairn_copy_out(dst, src + src_align, len);
	assert_memory_equal(dst, src + src_align, len);
	assert_all(g->page, (size_t)(dst - g->page), CANARY);
	assert_all(dst + len, (size_t)(g->page + g->size - dst) - len, CANARY);
}

static void copy_out_is_exact_at_every_alignment_and_length(void **state)
{
	struct guarded *g = *state;

	for (size_t len = 0; len <= MAX_LEN; len++)
		for (size_t align = 0; align < MAX_ALIGN; align++) {
			check_out(g, g->page + align, align ^ 3, len);
			check_out(g, g->page + g->size - len - align, align, len);
		}
}

static void copy_zero_is_exact_at_every_alignment_and_length(void **state)
{
	struct guarded *g = *state;

	for (size_t len = 0; len <= 200; len++)
		for (size_t align = 0; align < MAX_ALIGN; align++) {
			uint8_t *dst = g->page + g->size - len - align;

			memset(g->page, CANARY, g->size);
			cairn_copy_zero(dst, len);
			assert_all(dst, len, 0);
			assert_all(g->page, (size_t)(dst - g->page), CANARY);
			assert_all(dst + len, align, CANARY);
		}
}

static void long_copies_are_exact(void **state)
{
	struct guarded *g = *state;
	uint8_t src[1000], back[1000];

	fill_counting(src, sizeof(src));
	cairn_copy_out(g->page + g->size - sizeof(src), src, sizeof(src));
	cairn_copy_in(back, g->page + g->size - sizeof(src), sizeof(back));
	assert_memory_equal(back, src, sizeof(src));
	cairn_copy_zero(g->page + g->size - 999, 999);
	assert_int_equal(g->page[g->size - 1000], src[0]);
	assert_all(g->page + g->size - 999, 999, 0);
}

/* A word that one thread flips between all zeroes and all ones while another looks. */
struct flipped {
	_Alignas(8) uint8_t word[8];
	size_t len;
	bool with_zero; /* zeroes are written by copy_zero */
	bool stop;
};

static void *flip(void *arg)
{
	static const uint64_t zeroes, ones = UINT64_MAX;
	struct flipped *f = arg;

	while (!__atomic_load_n(&f->stop, __ATOMIC_RELAXED)) {
		cairn_copy_out(f->word, &ones, f->len);
		if (f->with_zero)
			cairn_copy_zero(f->word, f->len);
		else
			cairn_copy_out(f->word, &zeroes, f->len);
	}
	return NULL;
}

static void assert_never_torn(size_t len, bool with_zero)
{
	struct flipped f = { .len = len, .with_zero = with_zero };
	uint64_t ones = len == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * len)) - 1;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, flip, &f), 0);
	for (int i = 0; i < FLIPS; i++) {
		cairn_le64 seen = { 0 };
		uint64_t v;

		cairn_copy_in(&seen, f.word, len);
		v = cairn_le64_get(seen);
		assert_true(v == 0 || v == ones);
		if (i % 1000 == 0)
			sched_yield(); /* lets the other thread run where there is one CPU */
	}
	__atomic_store_n(&f.stop, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void aligned_words_are_never_torn(void **state)
{
	(void)state;
	for (size_t len = 2; len <= 8; len *= 2) {
		assert_never_torn(len, false);
		assert_never_torn(len, true);
	}
}

static void shared_words_are_little_endian(void **state)
{
	_Alignas(2) uint8_t bytes[2] = { 0x34, 0x12 };
	cairn_le16 *word = (cairn_le16 *)(void *)bytes;

	(void)state;
	assert_int_equal(cairn_load_acquire16(word), 0x1234);
	assert_int_equal(cairn_load_relaxed16(word), 0x1234);
	cairn_store_release16(word, 0xabcd);
	assert_int_equal(bytes[0], 0xcd);
	assert_int_equal(bytes[1], 0xab);
	cairn_store_relaxed16(word, 0x0102);
	cairn_fence_full();
	assert_int_equal(bytes[0], 0x02);
	assert_int_equal(bytes[1], 0x01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copy_in_is_exact_at_every_alignment_and_length),
		cmocka_unit_test(copy_out_is_exact_at_every_alignment_and_length),
		cmocka_unit_test(copy_zero_is_exact_at_every_alignment_and_length),
		cmocka_unit_test(long_copies_are_exact),
		cmocka_unit_test(aligned_words_are_never_torn),
		cmocka_unit_test(shared_words_are_little_endian),
	};

	return cmocka_run_group_tests(tests, guarded_setup, guarded_teardown);
}
