/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* cpuid_test.c - CPUID tables in, CPUID tables out. Needs no KVM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "../../src/x86_64/cpuid_.h"

enum { INDEXED = KVM_CPUID_FLAG_SIGNIFCANT_INDEX };

/* As a host with 16 threads in 8 cores says it: the guest must not see that. */
static const struct kvm_cpuid_entry2 intel[] = {
	{ .function = 0, .eax = 0x1f, .ebx = 0x756e6547, .ecx = 0x6c65746e, .edx = 0x49656e69 },
	{ .function = 1, .ebx = 0x07100800, .ecx = 0x01202000, .edx = 0x1f8bfbff },
	{ .function = 4, .index = 0, .flags = INDEXED, .eax = 0x1c004121, .ebx = 0x02c0003f },
	{ .function = 4, .index = 1, .flags = INDEXED, .eax = 0x1c03c163, .ebx = 0x04c0003f },
	{ .function = 4, .index = 2, .flags = INDEXED },
	{ .function = 0xb,
	  .index = 0,
	  .flags = INDEXED,
	  .eax = 1,
	  .ebx = 2,
	  .ecx = 0x100,
	  .edx = 7 },
	{ .function = 0xb, .index = 1, .flags = INDEXED, .eax = 4, .ebx = 16, .ecx = 0x201 },
	{ .function = 0x40000000, .eax = 0x40000001, .ebx = 0x4b4d564b },
	{ .function = 0x40000001, .eax = 0x01007efb },
	{ .function = 0x80000001, .edx = 0x20100800 },
	{ .function = 0x80000008, .eax = 0x3930 },
};

static const struct kvm_cpuid_entry2 amd[] = {
	{ .function = 0, .eax = 0xd, .ebx = 0x68747541, .ecx = 0x444d4163, .edx = 0x69746e65 },
	{ .function = 1, .ebx = 0x00100800, .ecx = 0x00202000, .edx = 0x178bfbff },
	{ .function = 0x80000001, .ecx = 1u << 22, .edx = 0x20100800 },
	{ .function = 0x80000008, .eax = 0x302d3030, .ecx = 0x400f },
	{ .function = 0x8000001d, .index = 0, .flags = INDEXED, .eax = 0x00004121 },
	{ .function = 0x8000001d, .index = 3, .flags = INDEXED, .eax = 0x0003c163 },
	{ .function = 0x8000001e, .eax = 9, .ebx = 0x104, .ecx = 3 },
};

static struct kvm_cpuid2 *table(const struct kvm_cpuid_entry2 *e, uint32_t n)
{
	struct kvm_cpuid2 *t = calloc(1, sizeof(*t) + KVM_CPUID_MAX * sizeof(*e));

	assert_non_null(t);
	memcpy(t->entries, e, n * sizeof(*e));
	t->nent = n;
	return t;
}

static struct kvm_cpuid2 *shaped(const struct kvm_cpuid_entry2 *e, uint32_t n,
				 struct kvm_cpuid_shape s, uint32_t id)
{
	struct kvm_cpuid2 *t = table(e, n);

	assert_int_equal(cairn_hv_kvm_cpuid_shape_(t, &s), 0);
	cairn_hv_kvm_cpuid_own_(t, &s, id);
	return t;
}

static struct kvm_cpuid2 *shaped_intel(uint32_t threads, uint32_t per_core, uint32_t id)
{
	return shaped(intel, CAIRN_ARRAY_LEN(intel),
		      (struct kvm_cpuid_shape){ threads, per_core, true, threads > 255 }, id);
}

static struct kvm_cpuid2 *shaped_amd(uint32_t threads, uint32_t per_core, uint32_t id)
{
	return shaped(amd, CAIRN_ARRAY_LEN(amd),
		      (struct kvm_cpuid_shape){ threads, per_core, false, threads > 255 }, id);
}

static struct kvm_cpuid_entry2 leaf(const struct kvm_cpuid2 *t, uint32_t function, uint32_t index)
{
	const struct kvm_cpuid_entry2 *e = cairn_hv_kvm_cpuid_find_(t, function, index);

	assert_non_null(e);
	return *e;
}

static void leaf_1_has_the_id_and_the_number_of_ids(void **state)
{
	struct kvm_cpuid2 *t = shaped_intel(6, 1, 5);

	assert_int_equal(leaf(t, 1, 0).ebx, 0x05080800);
	free(t);
	t = shaped_intel(255, 1, 254);
	assert_int_equal(leaf(t, 1, 0).ebx, 0xfeff0800);
	free(t);
}

static void leaf_1_says_hypervisor_and_threads(void **state)
{
	struct kvm_cpuid2 *t = shaped_intel(1, 1, 0);

	assert_true(leaf(t, 1, 0).ecx & (1u << 31));
	assert_false(leaf(t, 1, 0).edx & (1u << 28));
	free(t);
	t = shaped_intel(2, 1, 0);
	assert_true(leaf(t, 1, 0).edx & (1u << 28));
	free(t);
}

static void tsc_deadline_is_as_the_apic_has_it(void **state)
{
	struct kvm_cpuid2 *t = shaped_intel(1, 1, 0);

	assert_true(leaf(t, 1, 0).ecx & (1u << 24));
	free(t);
	t = shaped(intel, CAIRN_ARRAY_LEN(intel), (struct kvm_cpuid_shape){ 1, 1, false }, 0);
	assert_false(leaf(t, 1, 0).ecx & (1u << 24));
	free(t);
}

static void extended_topology_has_both_levels_and_an_end(void **state)
{
	static const uint32_t leaves[] = { 0xb, 0x1f };
	struct kvm_cpuid2 *t = shaped_intel(6, 2, 3);

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(leaf(t, leaves[i], 0).eax, 1);
		assert_int_equal(leaf(t, leaves[i], 0).ebx, 2);
		assert_int_equal(leaf(t, leaves[i], 0).ecx, 0x100);
		assert_int_equal(leaf(t, leaves[i], 0).edx, 3);
		assert_int_equal(leaf(t, leaves[i], 1).eax, 3);
		assert_int_equal(leaf(t, leaves[i], 1).ebx, 6);
		assert_int_equal(leaf(t, leaves[i], 1).ecx, 0x201);
		assert_int_equal(leaf(t, leaves[i], 1).edx, 3);
		assert_int_equal(leaf(t, leaves[i], 2).ebx, 0);
		assert_int_equal(leaf(t, leaves[i], 2).ecx, 2);
		assert_null(cairn_hv_kvm_cpuid_find_(t, leaves[i], 3));
	}
	free(t);
}

static void extended_topology_exists_where_the_host_had_none(void **state)
{
	struct kvm_cpuid2 *t = shaped_intel(1, 1, 0);

	free(t);
	t = shaped_amd(4, 1, 2);
	assert_int_equal(leaf(t, 0xb, 1).ebx, 4);
	assert_null(cairn_hv_kvm_cpuid_find_(t, 0x1f, 0));
	assert_int_equal(leaf(t, 0, 0).eax, 0xd);
	free(t);
}

static void highest_leaf_reaches_the_topology(void **state)
{
	const struct kvm_cpuid_entry2 old[] = { { .function = 0, .eax = 5 }, { .function = 1 } };
	struct kvm_cpuid2 *t = shaped(old, 2, (struct kvm_cpuid_shape){ 2, 1, false }, 1);

	assert_int_equal(leaf(t, 0, 0).eax, 0xb);
	assert_int_equal(leaf(t, 0xb, 1).edx, 1);
	free(t);
}

static void caches_are_shared_as_the_guest_is_built(void **state)
{
	struct kvm_cpuid2 *t = shaped_intel(8, 2, 0);

	/* first level: 2 threads; third: 8 ids; 4 cores */
	assert_int_equal(leaf(t, 4, 0).eax, 0x0c004121);
	assert_int_equal(leaf(t, 4, 1).eax, 0x0c01c163);
	assert_int_equal(leaf(t, 4, 2).eax, 0);
	free(t);
	t = shaped_intel(1, 1, 0);
	assert_int_equal(leaf(t, 4, 0).eax, 0x00000121);
	assert_int_equal(leaf(t, 4, 1).eax, 0x00000163);
	free(t);
}

static void amd_leaves_count_threads_and_cores(void **state)
{
	struct kvm_cpuid2 *t = shaped_amd(6, 2, 5);

	assert_int_equal(leaf(t, 0x80000008, 0).ecx & 0xf0ff, 0x3005);
	assert_true(leaf(t, 0x80000001, 0).ecx & 2);
	assert_int_equal(leaf(t, 0x8000001d, 0).eax, 0x00004121);
	assert_int_equal(leaf(t, 0x8000001d, 3).eax, 0x0001c163);
	assert_int_equal(leaf(t, 0x8000001e, 0).eax, 5);
	assert_int_equal(leaf(t, 0x8000001e, 0).ebx, 0x102);
	assert_int_equal(leaf(t, 0x8000001e, 0).ecx, 0);
	free(t);
	t = shaped_amd(1, 1, 0);
	assert_false(leaf(t, 0x80000001, 0).ecx & 2);
	free(t);
}

static void amd_leaves_stay_as_they_are_on_intel(void **state)
{
	struct kvm_cpuid2 *t = shaped_intel(6, 2, 5);

	assert_int_equal(leaf(t, 0x80000008, 0).ecx, 0);
	assert_int_equal(leaf(t, 0x80000001, 0).ecx, 0);
	free(t);
}

static void core_id_needs_topology_extensions(void **state)
{
	struct kvm_cpuid2 *t = table(amd, CAIRN_ARRAY_LEN(amd));
	const struct kvm_cpuid_shape s = { 4, 1, false };

	cairn_hv_kvm_cpuid_find_(t, 0x80000001, 0)->ecx = 0;
	assert_int_equal(cairn_hv_kvm_cpuid_shape_(t, &s), 0);
	cairn_hv_kvm_cpuid_own_(t, &s, 2);
	assert_int_equal(leaf(t, 0x8000001e, 0).eax, 9);
	free(t);
}

static void own_ids_may_be_written_again(void **state)
{
	struct kvm_cpuid2 *t = shaped_intel(4, 1, 3);
	struct kvm_cpuid2 *once = shaped_intel(4, 1, 1);
	const struct kvm_cpuid_shape s = { 4, 1, true };

	cairn_hv_kvm_cpuid_own_(t, &s, 1);
	assert_int_equal(t->nent, once->nent);
	assert_memory_equal(t->entries, once->entries, t->nent * sizeof(t->entries[0]));
	free(t);
	free(once);
}

/* Each field that is too narrow is at its largest, or its lowest bits. */
static void ids_may_have_more_than_8_bits(void **state)
{
	struct kvm_cpuid2 *t = shaped_intel(300, 1, 299);

	assert_int_equal(leaf(t, 1, 0).ebx, 0x2bff0800);
	assert_int_equal(leaf(t, 4, 1).eax >> 14, 0x3f << 12 | 511);
	assert_int_equal(leaf(t, 0xb, 1).eax, 9);
	assert_int_equal(leaf(t, 0xb, 1).ebx, 300);
	assert_int_equal(leaf(t, 0xb, 0).edx, 299);
	assert_int_equal(leaf(t, 0x40000001, 0).eax, 0x0100fefb);
	free(t);
	t = shaped_amd(300, 1, 299);
	assert_int_equal(leaf(t, 0x80000008, 0).ecx & 0xf0ff, 0x90ff);
	assert_int_equal(leaf(t, 0x8000001e, 0).eax, 299);
	free(t);
}

static void kvm_leaves_pass_unchanged(void **state)
{
	struct kvm_cpuid2 *t = shaped_intel(4, 1, 3);

	assert_int_equal(leaf(t, 0x40000000, 0).ebx, 0x4b4d564b);
	assert_int_equal(leaf(t, 0x40000001, 0).eax, 0x01007efb);
	free(t);
}

static void a_full_table_is_an_error(void **state)
{
	struct kvm_cpuid2 *t = table(intel, CAIRN_ARRAY_LEN(intel));
	const struct kvm_cpuid_shape s = { 1, 1, false };

	for (; t->nent < KVM_CPUID_MAX; t->nent++)
		t->entries[t->nent].function = 0x80001000;
	assert_int_equal(cairn_hv_kvm_cpuid_shape_(t, &s), -ENOSPC);
	free(t);
}

static void address_bits_prefer_those_of_guests(void **state)
{
	struct kvm_cpuid2 *t = table(intel, CAIRN_ARRAY_LEN(intel));

	assert_int_equal(cairn_hv_kvm_cpuid_gpa_bits_(t), 0x30);
	free(t);
	t = table(amd, CAIRN_ARRAY_LEN(amd));
	assert_int_equal(cairn_hv_kvm_cpuid_gpa_bits_(t), 0x2d);
	t->nent = 1;
	assert_int_equal(cairn_hv_kvm_cpuid_gpa_bits_(t), 36);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaf_1_has_the_id_and_the_number_of_ids),
		cmocka_unit_test(leaf_1_says_hypervisor_and_threads),
		cmocka_unit_test(tsc_deadline_is_as_the_apic_has_it),
		cmocka_unit_test(extended_topology_has_both_levels_and_an_end),
		cmocka_unit_test(extended_topology_exists_where_the_host_had_none),
		cmocka_unit_test(highest_leaf_reaches_the_topology),
		cmocka_unit_test(caches_are_shared_as_the_guest_is_built),
		cmocka_unit_test(amd_leaves_count_threads_and_cores),
		cmocka_unit_test(amd_leaves_stay_as_they_are_on_intel),
		cmocka_unit_test(core_id_needs_topology_extensions),
		cmocka_unit_test(own_ids_may_be_written_again),
		cmocka_unit_test(ids_may_have_more_than_8_bits),
		cmocka_unit_test(kvm_leaves_pass_unchanged),
		cmocka_unit_test(a_full_table_is_an_error),
		cmocka_unit_test(address_bits_prefer_those_of_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
