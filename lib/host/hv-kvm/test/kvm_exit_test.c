/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kvm_exit_test.c - run pages as KVM would leave them. Needs no KVM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../src/kvm_.h"

static struct cairn_hv_exit exit_of(struct kvm_run *r)
{
	struct cairn_hv_exit e;

	cairn_hv_kvm_exit_(r, &e);
	return e;
}

static struct cairn_hv_exit system_event(uint32_t type)
{
	struct kvm_run r = { .exit_reason = KVM_EXIT_SYSTEM_EVENT, .system_event = { type } };

	return exit_of(&r);
}

static void system_events_have_their_kinds_and_numbers(void **state)
{
	assert_int_equal(system_event(KVM_SYSTEM_EVENT_SHUTDOWN).kind, CAIRN_HV_EXIT_OFF);
	assert_int_equal(system_event(KVM_SYSTEM_EVENT_SHUTDOWN).code, KVM_SYSTEM_EVENT_SHUTDOWN);
	assert_int_equal(system_event(KVM_SYSTEM_EVENT_RESET).kind, CAIRN_HV_EXIT_RESET);
	assert_int_equal(system_event(KVM_SYSTEM_EVENT_CRASH).kind, CAIRN_HV_EXIT_CRASH);
	assert_int_equal(system_event(KVM_SYSTEM_EVENT_SUSPEND).kind, CAIRN_HV_EXIT_SUSPEND);
}

/* PSCI's SYSTEM_RESET2 says so in the first of its flags. */
static void a_reset_brings_its_flags(void **state)
{
	struct kvm_run r = { .exit_reason = KVM_EXIT_SYSTEM_EVENT,
			     .system_event = { .type = KVM_SYSTEM_EVENT_RESET, .ndata = 1 } };

	r.system_event.data[0] = 1;
	assert_true(exit_of(&r).code == (KVM_SYSTEM_EVENT_RESET | UINT64_C(1) << 32));
	r.system_event.ndata = 0;
	assert_int_equal(exit_of(&r).code, KVM_SYSTEM_EVENT_RESET);
}

static void an_access_that_was_not_decoded_is_a_fault(void **state)
{
	struct kvm_run r = { .exit_reason = KVM_EXIT_ARM_NISV,
			     .arm_nisv = { .esr_iss = 0x40, .fault_ipa = 0x9000 } };
	struct cairn_hv_exit e = exit_of(&r);

	assert_true(e.kind == CAIRN_HV_EXIT_FAULT && e.is_write && e.addr == 0x9000);
	assert_true(e.len == 0 && !e.data);
	r.arm_nisv.esr_iss = 0;
	assert_false(exit_of(&r).is_write);
}

static void a_new_system_event_is_a_number(void **state)
{
	struct cairn_hv_exit e = system_event(99);

	assert_int_equal(e.kind, CAIRN_HV_EXIT_OTHER);
	assert_true(e.code == (KVM_EXIT_SYSTEM_EVENT | UINT64_C(99) << 32));
}

static void an_internal_error_says_which(void **state)
{
	struct kvm_run r = { .exit_reason = KVM_EXIT_INTERNAL_ERROR,
			     .internal.suberror = KVM_INTERNAL_ERROR_EMULATION };
	struct cairn_hv_exit e = exit_of(&r);

	assert_int_equal(e.kind, CAIRN_HV_EXIT_OTHER);
	assert_true(e.code ==
		    (KVM_EXIT_INTERNAL_ERROR | (uint64_t)KVM_INTERNAL_ERROR_EMULATION << 32));
}

static void a_failed_entry_says_why(void **state)
{
	struct kvm_run r = { .exit_reason = KVM_EXIT_FAIL_ENTRY,
			     .fail_entry.hardware_entry_failure_reason = 0x80000021 };
	struct cairn_hv_exit e = exit_of(&r);

	assert_int_equal(e.kind, CAIRN_HV_EXIT_OTHER);
	assert_true(e.code == (KVM_EXIT_FAIL_ENTRY | UINT64_C(0x80000021) << 32));
}

static void an_unknown_exit_is_a_number_and_nothing_else(void **state)
{
	struct kvm_run r = { .exit_reason = 4711 };
	struct cairn_hv_exit e = exit_of(&r);

	assert_int_equal(e.kind, CAIRN_HV_EXIT_OTHER);
	assert_int_equal(e.code, 4711);
	assert_null(e.data);
}

static void shutdown_and_halt_are_known(void **state)
{
	struct kvm_run r = { .exit_reason = KVM_EXIT_SHUTDOWN };

	assert_int_equal(exit_of(&r).kind, CAIRN_HV_EXIT_CRASH);
	r.exit_reason = KVM_EXIT_HLT;
	assert_int_equal(exit_of(&r).kind, CAIRN_HV_EXIT_HALT);
}

static void data_of_accesses_lies_in_the_run_page(void **state)
{
	struct kvm_run r = { .exit_reason = KVM_EXIT_IO,
			     .io = { .direction = KVM_EXIT_IO_OUT,
				     .size = 2,
				     .count = 3,
				     .port = 0x1f0,
				     .data_offset = 512 } };
	struct cairn_hv_exit e = exit_of(&r);

	assert_true(e.kind == CAIRN_HV_EXIT_PIO && e.is_write && e.len == 2 && e.count == 3);
	assert_int_equal(e.addr, 0x1f0);
	assert_ptr_equal(e.data, (uint8_t *)&r + 512);
	r = (struct kvm_run){ .exit_reason = KVM_EXIT_MMIO,
			      .mmio = { .phys_addr = 0xd0000000, .len = 4 } };
	e = exit_of(&r);
	assert_true(e.kind == CAIRN_HV_EXIT_MMIO && !e.is_write && e.len == 4 && e.count == 1);
	assert_ptr_equal(e.data, r.mmio.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system_events_have_their_kinds_and_numbers),
		cmocka_unit_test(a_reset_brings_its_flags),
		cmocka_unit_test(an_access_that_was_not_decoded_is_a_fault),
		cmocka_unit_test(a_new_system_event_is_a_number),
		cmocka_unit_test(an_internal_error_says_which),
		cmocka_unit_test(a_failed_entry_says_why),
		cmocka_unit_test(an_unknown_exit_is_a_number_and_nothing_else),
		cmocka_unit_test(shutdown_and_halt_are_known),
		cmocka_unit_test(data_of_accesses_lies_in_the_run_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
