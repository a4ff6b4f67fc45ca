/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/bus.h>

/* Remembers the last access and answers with what it was told to. */
struct probe {
	uint64_t off, value;
	uint32_t len;
	unsigned reads, writes;
	enum cairn_io answer;
};

static enum cairn_io probe_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct probe *p = ctx;

	p->off = off;
	p->len = len;
	p->reads++;
	*ret_value = p->value;
	return p->answer;
}

static enum cairn_io probe_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct probe *p = ctx;

	p->off = off;
	p->len = len;
	p->value = value;
	p->writes++;
	return p->answer;
}

static const struct cairn_bus_ops probe_ops = { .read = probe_read, .write = probe_write };

struct world {
	struct cairn_bus_region array[4];
	struct cairn_bus bus;
	struct probe a, b;
};

static struct cairn_bus_region region(uint64_t base, uint64_t len, struct probe *p)
{
	return (struct cairn_bus_region){ .base = base, .len = len, .ops = &probe_ops, .ctx = p };
}

static int add(struct world *w, uint64_t base, uint64_t len, struct probe *p)
{
	struct cairn_bus_region r = region(base, len, p);

	return cairn_bus_add(&w->bus, &r);
}

/* A at [0x1000, 0x1010), B right behind it at [0x1010, 0x1020). */
static void start(struct world *w)
{
	*w = (struct world){ 0 };
	assert_int_equal(
	    cairn_bus_init(&w->bus, w->array, 4, CAIRN_BUS_MEM_LAST, CAIRN_BUS_MEM_MAX_LEN), 0);
	assert_int_equal(add(w, 0x1010, 0x10, &w->b), 0);
	assert_int_equal(add(w, 0x1000, 0x10, &w->a), 0);
}

static void access_reaches_the_device_with_its_offset(void **state)
{
	struct world w;
	uint64_t v;

	start(&w);
	w.b.value = 0x1122334455667788;
	assert_int_equal(cairn_bus_read(&w.bus, 0x1014, 2, &v), CAIRN_IO_DONE);
	assert_int_equal(w.b.off, 4);
	assert_int_equal(w.b.len, 2);
	assert_int_equal(v, 0x7788);
	assert_int_equal(cairn_bus_write(&w.bus, 0x1008, 8, 0xa1b2c3d4e5f60718), CAIRN_IO_DONE);
	assert_int_equal(w.a.off, 8);
	assert_true(w.a.value == 0xa1b2c3d4e5f60718);
	assert_int_equal(w.b.writes, 0);
}

static void write_passes_only_the_bytes_of_the_access(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(cairn_bus_write(&w.bus, 0x1000, 1, 0xffffffffffffff42), CAIRN_IO_DONE);
	assert_int_equal(w.a.value, 0x42);
}

static void unclaimed_read_gives_all_ones(void **state)
{
	struct world w;
	uint64_t v = 0;

	start(&w);
	assert_int_equal(cairn_bus_read(&w.bus, 0x1020, 4, &v), CAIRN_IO_UNCLAIMED);
	assert_true(v == 0xffffffff);
	assert_int_equal(cairn_bus_read(&w.bus, 0xff8, 8, &v), CAIRN_IO_UNCLAIMED);
	assert_true(v == UINT64_MAX);
	assert_int_equal(cairn_bus_write(&w.bus, 0, 1, 0), CAIRN_IO_UNCLAIMED);
}

static void access_across_a_border_reaches_nobody(void **state)
{
	struct world w;
	uint64_t v = 0;

	start(&w);
	assert_int_equal(cairn_bus_read(&w.bus, 0x100e, 4, &v), CAIRN_IO_BAD);
	assert_true(v == 0xffffffff);
	assert_int_equal(cairn_bus_write(&w.bus, 0xffc, 8, 0), CAIRN_IO_BAD);
	assert_int_equal(cairn_bus_write(&w.bus, 0x101c, 8, 0), CAIRN_IO_BAD);
	assert_int_equal(w.a.reads + w.a.writes + w.b.reads + w.b.writes, 0);
}

static void access_of_an_odd_size_is_bad(void **state)
{
	struct world w;
	uint64_t v = 0;

	start(&w);
	assert_int_equal(cairn_bus_read(&w.bus, 0x1000, 0, &v), CAIRN_IO_BAD);
	assert_int_equal(cairn_bus_read(&w.bus, 0x1000, 3, &v), CAIRN_IO_BAD);
	assert_true(v == UINT64_MAX);
	assert_int_equal(cairn_bus_write(&w.bus, 0x1000, 16, 0), CAIRN_IO_BAD);
	assert_int_equal(w.a.reads + w.a.writes, 0);
}

static void access_wider_than_the_bus_is_bad(void **state)
{
	struct world w;
	uint64_t v;

	start(&w);
	assert_int_equal(
	    cairn_bus_init(&w.bus, w.array, 4, CAIRN_BUS_PORT_LAST, CAIRN_BUS_PORT_MAX_LEN), 0);
	assert_int_equal(add(&w, 0xfff8, 8, &w.a), 0);
	assert_int_equal(cairn_bus_read(&w.bus, 0xfff8, 8, &v), CAIRN_IO_BAD);
	assert_int_equal(cairn_bus_read(&w.bus, 0xfffc, 4, &v), CAIRN_IO_DONE);
	assert_int_equal(cairn_bus_read(&w.bus, 0xfffe, 4, &v), CAIRN_IO_BAD);
	assert_int_equal(cairn_bus_read(&w.bus, 0x10000, 1, &v), CAIRN_IO_BAD);
}

static void access_at_the_end_of_the_space_does_not_wrap(void **state)
{
	struct world w;
	uint64_t v;

	start(&w);
	assert_int_equal(add(&w, 0, 8, &w.a), 0);
	assert_int_equal(add(&w, UINT64_MAX - 7, 8, &w.b), 0);
	assert_int_equal(cairn_bus_read(&w.bus, UINT64_MAX - 7, 8, &v), CAIRN_IO_DONE);
	assert_int_equal(cairn_bus_read(&w.bus, UINT64_MAX - 3, 8, &v), CAIRN_IO_BAD);
	assert_int_equal(w.a.reads, 0);
}

static void refusal_of_the_device_reads_as_all_ones(void **state)
{
	struct world w;
	uint64_t v = 0;

	start(&w);
	w.a.answer = CAIRN_IO_BAD;
	w.a.value = 0x12;
	assert_int_equal(cairn_bus_read(&w.bus, 0x1000, 1, &v), CAIRN_IO_BAD);
	assert_true(v == 0xff);
}

static void remap_is_passed_on_with_the_value(void **state)
{
	struct world w;
	uint64_t v = 0;

	start(&w);
	w.a.answer = CAIRN_IO_REMAP;
	w.a.value = 0x12;
	assert_int_equal(cairn_bus_read(&w.bus, 0x1000, 1, &v), CAIRN_IO_REMAP);
	assert_true(v == 0x12);
	assert_int_equal(cairn_bus_write(&w.bus, 0x1000, 1, 3), CAIRN_IO_REMAP);
}

static void bytes_are_little_endian(void **state)
{
	struct world w;
	uint8_t bytes[8] = { 1, 2, 3, 4, 0xee, 0xee, 0xee, 0xee };

	start(&w);
	assert_int_equal(cairn_bus_access(&w.bus, 0x1000, true, bytes, 4), CAIRN_IO_DONE);
	assert_int_equal(w.a.value, 0x04030201);
	w.a.value = 0xaabb;
	assert_int_equal(cairn_bus_access(&w.bus, 0x1000, false, bytes, 2), CAIRN_IO_DONE);
	assert_int_equal(bytes[0], 0xbb);
	assert_int_equal(bytes[1], 0xaa);
	assert_int_equal(bytes[2], 3);
	assert_int_equal(cairn_bus_access(&w.bus, 0x1000, false, bytes, 200), CAIRN_IO_BAD);
	assert_int_equal(bytes[7], 0xee);
	assert_int_equal(cairn_bus_access(&w.bus, 0x5000, false, bytes, 1), CAIRN_IO_UNCLAIMED);
	assert_int_equal(bytes[0], 0xff);
}

static void add_refuses_overlap(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(add(&w, 0x100f, 1, &w.a), -EEXIST);
	assert_int_equal(add(&w, 0xff0, 0x11, &w.a), -EEXIST);
	assert_int_equal(add(&w, 0, UINT64_MAX, &w.a), -EEXIST);
	assert_int_equal(add(&w, 0xff0, 0x10, &w.a), 0);
	assert_true(cairn_bus_is_valid(&w.bus));
}

static void add_refuses_nonsense(void **state)
{
	static const struct cairn_bus_ops half = { .read = probe_read };
	static const struct cairn_bus_ops other_half = { .write = probe_write };
	struct world w;
	struct cairn_bus_region r;

	start(&w);
	assert_int_equal(add(&w, 0x2000, 0, &w.a), -EINVAL);
	assert_int_equal(add(&w, 0, 0, &w.a), -EINVAL);
	assert_int_equal(add(&w, UINT64_MAX, 2, &w.a), -EINVAL);
	r = region(0x2000, 4, &w.a);
	r.ops = NULL;
	assert_int_equal(cairn_bus_add(&w.bus, &r), -EINVAL);
	r.ops = &half;
	assert_int_equal(cairn_bus_add(&w.bus, &r), -EINVAL);
	r.ops = &other_half;
	assert_int_equal(cairn_bus_add(&w.bus, &r), -EINVAL);
	assert_int_equal(cairn_bus_init(&w.bus, w.array, 4, 0xffff, 3), -EINVAL);
}

static void add_refuses_what_lies_beyond_the_last_address(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(cairn_bus_init(&w.bus, w.array, 4, 0xffff, 4), 0);
	assert_int_equal(add(&w, 0x10000, 1, &w.a), -EINVAL);
	assert_int_equal(add(&w, 0xffff, 2, &w.a), -EINVAL);
	assert_int_equal(add(&w, 0xffff, 1, &w.a), 0);
}

static void add_says_when_the_array_is_full(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(add(&w, 0x3000, 1, &w.a), 0);
	assert_int_equal(add(&w, 0x2000, 1, &w.a), 0);
	assert_int_equal(add(&w, 0x4000, 1, &w.a), -ENOSPC);
	assert_true(cairn_bus_is_valid(&w.bus));
}

static void removed_region_is_unclaimed(void **state)
{
	struct world w;
	uint64_t v;

	start(&w);
	assert_int_equal(cairn_bus_remove(&w.bus, 0x1001), -ENOENT);
	assert_int_equal(cairn_bus_remove(&w.bus, 0x1000), 0);
	assert_int_equal(cairn_bus_remove(&w.bus, 0x1000), -ENOENT);
	assert_int_equal(cairn_bus_read(&w.bus, 0x1000, 1, &v), CAIRN_IO_UNCLAIMED);
	assert_int_equal(cairn_bus_read(&w.bus, 0x1010, 1, &v), CAIRN_IO_DONE);
}

static void moved_region_answers_only_at_its_new_place(void **state)
{
	struct world w;
	uint64_t v;

	start(&w);
	assert_int_equal(cairn_bus_move(&w.bus, 0x1000, 0x1800), 0);
	assert_int_equal(cairn_bus_read(&w.bus, 0x1000, 1, &v), CAIRN_IO_UNCLAIMED);
	assert_int_equal(cairn_bus_read(&w.bus, 0x1804, 1, &v), CAIRN_IO_DONE);
	assert_int_equal(w.a.off, 4);
	assert_true(cairn_bus_is_valid(&w.bus));
}

static void region_may_move_over_its_own_bytes(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(cairn_bus_move(&w.bus, 0x1000, 0xff8), 0);
	assert_true(cairn_bus_is_valid(&w.bus));
}

static void refused_move_leaves_the_region(void **state)
{
	struct world w;
	uint64_t v;

	start(&w);
	assert_int_equal(cairn_bus_move(&w.bus, 0x1000, 0x1008), -EEXIST);
	assert_int_equal(cairn_bus_move(&w.bus, 0x1000, UINT64_MAX), -EINVAL);
	assert_int_equal(cairn_bus_move(&w.bus, 0x1004, 0x2000), -ENOENT);
	assert_int_equal(cairn_bus_read(&w.bus, 0x1000, 1, &v), CAIRN_IO_DONE);
	assert_true(cairn_bus_is_valid(&w.bus));
}

static void is_valid_sees_a_broken_table(void **state)
{
	struct world w;

	start(&w);
	w.array[1].base = 0x100f;
	assert_false(cairn_bus_is_valid(&w.bus));
	w.array[1].base = 0x1010;
	w.array[1].len = 0;
	assert_false(cairn_bus_is_valid(&w.bus));
	w.array[1].len = UINT64_MAX;
	assert_false(cairn_bus_is_valid(&w.bus));
	w.array[1].len = 1;
	assert_true(cairn_bus_is_valid(&w.bus));
	w.bus.last = 0x100f;
	assert_false(cairn_bus_is_valid(&w.bus));
	w.bus.last = UINT64_MAX;
	w.bus.cap = 1;
	assert_false(cairn_bus_is_valid(&w.bus));
}

/* The example of the README. */
static enum cairn_io led_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	*ret_value = *(uint8_t *)ctx;
	return len == 1 ? CAIRN_IO_DONE : CAIRN_IO_BAD;
}

static enum cairn_io led_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	if (len != 1)
		return CAIRN_IO_BAD;
	*(uint8_t *)ctx = (uint8_t)value;
	return CAIRN_IO_DONE;
}

static void readme_example_works(void **state)
{
	static const struct cairn_bus_ops led_ops = { .read = led_read, .write = led_write };
	struct cairn_bus_region array[8];
	struct cairn_bus ports;
	uint8_t leds = 0, in = 0x55;

	assert_int_equal(
	    cairn_bus_init(&ports, array, 8, CAIRN_BUS_PORT_LAST, CAIRN_BUS_PORT_MAX_LEN), 0);
	assert_int_equal(cairn_bus_add(&ports,
				       &(struct cairn_bus_region){
					   .base = 0x80, .len = 1, .ops = &led_ops, .ctx = &leds }),
			 0);
	assert_int_equal(cairn_bus_access(&ports, 0x80, true, &in, 1), CAIRN_IO_DONE);
	assert_int_equal(leds, 0x55);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(access_reaches_the_device_with_its_offset),
		cmocka_unit_test(write_passes_only_the_bytes_of_the_access),
		cmocka_unit_test(unclaimed_read_gives_all_ones),
		cmocka_unit_test(access_across_a_border_reaches_nobody),
		cmocka_unit_test(access_of_an_odd_size_is_bad),
		cmocka_unit_test(access_wider_than_the_bus_is_bad),
		cmocka_unit_test(access_at_the_end_of_the_space_does_not_wrap),
		cmocka_unit_test(refusal_of_the_device_reads_as_all_ones),
		cmocka_unit_test(remap_is_passed_on_with_the_value),
		cmocka_unit_test(bytes_are_little_endian),
		cmocka_unit_test(add_refuses_overlap),
		cmocka_unit_test(add_refuses_nonsense),
		cmocka_unit_test(add_refuses_what_lies_beyond_the_last_address),
		cmocka_unit_test(add_says_when_the_array_is_full),
		cmocka_unit_test(removed_region_is_unclaimed),
		cmocka_unit_test(moved_region_answers_only_at_its_new_place),
		cmocka_unit_test(region_may_move_over_its_own_bytes),
		cmocka_unit_test(refused_move_leaves_the_region),
		cmocka_unit_test(is_valid_sees_a_broken_table),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
