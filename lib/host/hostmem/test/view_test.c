/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include <cairn/hostmem.h>

#define PAGE UINT64_C(4096)

static struct cairn_mapping *new_mapping(void)
{
	struct cairn_mapping *m;

	assert_int_equal(cairn_mapping_new(4 * PAGE, &m, NULL), 0);
	return m;
}

static struct cairn_memview_part part(uint64_t at, struct cairn_mapping *m, uint64_t off,
				      uint64_t len)
{
	return (struct cairn_memview_part){
		.at = cairn_gpa_of(at), .mapping = m, .offset = off, .len_bytes = len
	};
}

static void view_shows_parts_where_they_were_put(void **state)
{
	struct cairn_mapping *m = new_mapping();
	struct cairn_memview_part parts[] = { part(0x100000, m, 2 * PAGE, PAGE),
					      part(0, m, 0, PAGE) };
	struct cairn_memview *v;
	uint32_t value = 0x12345678, got = 0;
	size_t n;

	assert_int_equal(cairn_memview_new(parts, 2, &v, NULL), 0);
	assert_int_equal(cairn_mem_write(cairn_memview_mem(v), cairn_gpa_of(0x100010), &value, 4),
			 0);
	memcpy(&got, (uint8_t *)cairn_mapping_host(m) + 2 * PAGE + 0x10, 4);
	assert_int_equal(got, value);
	assert_int_equal(cairn_memview_parts(v, &n)[0].at.v, 0);
	assert_int_equal(n, 2);
	assert_int_equal(cairn_mem_read(cairn_memview_mem(v), &got, cairn_gpa_of(PAGE), 1),
			 -EFAULT);
	cairn_memview_put(v);
	cairn_mapping_put(m);
}

static void view_keeps_its_mappings(void **state)
{
	struct cairn_mapping *m = new_mapping();
	struct cairn_memview_part p = part(0, m, 0, PAGE);
	struct cairn_memview *v;
	uint8_t b = 1;

	assert_int_equal(cairn_memview_new(&p, 1, &v, NULL), 0);
	cairn_mapping_put(m); /* ours; the view's is left */
	assert_ptr_equal(cairn_memview_get(v), v);
	cairn_memview_put(v);
	assert_int_equal(cairn_mem_write(cairn_memview_mem(v), cairn_gpa_of(5), &b, 1), 0);
	assert_false(cairn_memview_is_broken(v));
	cairn_memview_put(v);
	cairn_memview_put(NULL);
}

static void overlapping_parts_are_refused(void **state)
{
	struct cairn_mapping *m = new_mapping();
	struct cairn_memview_part parts[] = { part(PAGE, m, 0, PAGE), part(1, m, 0, PAGE) };
	struct cairn_memview *v;

	assert_int_equal(cairn_memview_new(parts, 2, &v, NULL), -EINVAL);
	cairn_mapping_put(m);
}

static void part_outside_its_mapping_is_refused(void **state)
{
	struct cairn_mapping *m = new_mapping();
	struct cairn_memview_part past = part(0, m, 3 * PAGE, 2 * PAGE);
	struct cairn_memview_part wraps = part(0, m, UINT64_MAX, 2);
	struct cairn_memview_part empty = part(0, m, 0, 0);
	struct cairn_memview *v;

	assert_int_equal(cairn_memview_new(&past, 1, &v, NULL), -EINVAL);
	assert_int_equal(cairn_memview_new(&wraps, 1, &v, NULL), -EINVAL);
	assert_int_equal(cairn_memview_new(&empty, 1, &v, NULL), -EINVAL);
	cairn_mapping_put(m);
}

static void too_many_parts_are_refused(void **state)
{
	static struct cairn_memview_part parts[CAIRN_MEMVIEW_MAX_PARTS + 1];
	struct cairn_mapping *m = new_mapping();
	struct cairn_memview *v;

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(parts); i++)
		parts[i] = part(i * PAGE, m, 0, PAGE);
	assert_int_equal(cairn_memview_new(parts, CAIRN_ARRAY_LEN(parts), &v, NULL), -EINVAL);
	assert_int_equal(cairn_memview_new(parts, CAIRN_MEMVIEW_MAX_PARTS, &v, NULL), 0);
	cairn_memview_put(v);
	cairn_mapping_put(m);
}

static void only_lent_memory_may_lack_a_mapping(void **state)
{
	struct cairn_memview_part p = part(0, NULL, 0, PAGE);
	struct cairn_memview *v;
	uint8_t b;

	assert_int_equal(cairn_memview_new(&p, 1, &v, NULL), -EINVAL);
	p.flags = CAIRN_MEM_LENT;
	assert_int_equal(cairn_memview_new(&p, 1, &v, NULL), 0);
	assert_int_equal(cairn_mem_read(cairn_memview_mem(v), &b, cairn_gpa_of(0), 1), -EFAULT);
	cairn_memview_put(v);
	p.flags = 1u << 9;
	assert_int_equal(cairn_memview_new(&p, 1, &v, NULL), -EINVAL);
}

static void read_only_mapping_makes_read_only_memory(void **state)
{
	int fd = memfd_create("rom", MFD_CLOEXEC);
	struct cairn_memview_part p;
	struct cairn_mapping *m;
	struct cairn_memview *v;
	uint8_t b = 0;

	assert_int_equal(ftruncate(fd, (off_t)PAGE), 0);
	assert_int_equal(cairn_mapping_of_fd(fd, 0, PAGE, CAIRN_MAPPING_READ_ONLY, &m, NULL), 0);
	p = part(0, m, 0, PAGE);
	assert_int_equal(cairn_memview_new(&p, 1, &v, NULL), 0);
	assert_int_equal(cairn_mem_write(cairn_memview_mem(v), cairn_gpa_of(0), &b, 1), -EFAULT);
	assert_int_equal(cairn_mem_read(cairn_memview_mem(v), &b, cairn_gpa_of(0), 1), 0);
	cairn_memview_put(v);
	cairn_mapping_put(m);
	close(fd);
}

static void view_of_nothing_is_empty(void **state)
{
	struct cairn_memview *v;
	uint8_t b;

	assert_int_equal(cairn_memview_new(NULL, 0, &v, NULL), 0);
	assert_int_equal(cairn_mem_read(cairn_memview_mem(v), &b, cairn_gpa_of(0), 1), -EFAULT);
	cairn_memview_put(v);
}

static void readme_example_works(void **state)
{
	struct cairn_mapping *ram;
	struct cairn_memview *view;
	struct cairn_err err;
	uint64_t answer = 42;

	assert_int_equal(cairn_mapping_new(1 << 20, &ram, &err), 0);
	assert_int_equal(cairn_memview_new(&(struct cairn_memview_part){ .at = cairn_gpa_of(0),
									 .mapping = ram,
									 .len_bytes = 1 << 20 },
					   1, &view, &err),
			 0);
	cairn_mapping_put(ram); /* the view has it now */
	assert_int_equal(
	    cairn_mem_write(cairn_memview_mem(view), cairn_gpa_of(0x1000), &answer, sizeof(answer)),
	    0);
	cairn_memview_put(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(view_shows_parts_where_they_were_put),
		cmocka_unit_test(view_keeps_its_mappings),
		cmocka_unit_test(overlapping_parts_are_refused),
		cmocka_unit_test(part_outside_its_mapping_is_refused),
		cmocka_unit_test(too_many_parts_are_refused),
		cmocka_unit_test(only_lent_memory_may_lack_a_mapping),
		cmocka_unit_test(read_only_mapping_makes_read_only_memory),
		cmocka_unit_test(view_of_nothing_is_empty),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
