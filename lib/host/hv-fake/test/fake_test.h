/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* fake_test.h - a fake vm for the tests of hv and hv-fake. */
#ifndef FAKE_TEST_H
#define FAKE_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <unistd.h>
#include <sys/eventfd.h>

#include <cairn/hv_fake.h>
#include <cairn/hv_ops.h>

static _Alignas(CAIRN_HV_PAGE) unsigned char test_page[CAIRN_HV_PAGE];

static inline struct cairn_vm *test_vm(void)
{
	const struct cairn_hv_vm_config c = { .max_vcpus = 4, .n_lines = 24 };
	struct cairn_vm *vm;

	assert_int_equal(cairn_hv_open(&cairn_hv_fake_ops, NULL, &c, &vm, NULL), 0);
	return vm;
}

static inline struct cairn_hv_region test_region(uint32_t slot, uint64_t at, uint64_t len)
{
	return (struct cairn_hv_region){
		.slot = slot, .at = { at }, .len_bytes = len, .host = test_page, .fd = -1
	};
}

/* With memory and vcpu 0, started. */
static inline struct cairn_vm *test_live_vm(struct cairn_vcpu **ret_v)
{
	const struct cairn_hv_region r = test_region(0, 0, CAIRN_HV_PAGE);
	const struct cairn_hv_start s = { 0 };
	struct cairn_vm *vm = test_vm();

	assert_int_equal(cairn_hv_mem_add(vm, &r), 0);
	assert_int_equal(cairn_hv_vcpu_open(vm, 0, ret_v), 0);
	assert_int_equal(cairn_hv_start(vm, &s, NULL), 0);
	return vm;
}

static inline void test_end(struct cairn_vm *vm, struct cairn_vcpu *v)
{
	cairn_hv_vcpu_close(v);
	cairn_hv_close(vm);
}

static inline int test_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

/* What the eventfd holds; 0: nothing. */
static inline uint64_t test_taken(int fd)
{
	eventfd_t n = 0;

	return eventfd_read(fd, &n) < 0 ? 0 : n;
}

#endif
