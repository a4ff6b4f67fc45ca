/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Events, timers and priorities: UEFI 2.10, 7.1. */
#include "arch_test.h"
#include "rig.h"

#define MS UINT64_C(10000) /* in units of 100 ns */

static char order[32];

static void note(char c)
{
	size_t n = 0;

	while (order[n])
		n++;
	order[n] = c;
}

static EFIAPI void note_context(EFI_EVENT event, void *ctx)
{
	note(*(const char *)ctx);
}

static EFI_EVENT made(uint32_t type, EFI_TPL tpl, const char *name)
{
	EFI_EVENT e;

	memset(order, 0, sizeof(order));
	assert_status(BS->CreateEvent(type, tpl, note_context, (void *)(uintptr_t)name, &e),
		      EFI_SUCCESS);
	return e;
}

static void create_refuses_nonsense(void **state)
{
	EFI_GUID group = { 9, 9, 9, { 0 } };
	EFI_EVENT e;

	assert_status(BS->CreateEvent(0, 0, NULL, NULL, NULL), EFI_INVALID_PARAMETER);
	assert_status(BS->CreateEvent(EVT_NOTIFY_SIGNAL | EVT_NOTIFY_WAIT, TPL_CALLBACK,
				      note_context, NULL, &e),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->CreateEvent(1, 0, NULL, NULL, &e), EFI_INVALID_PARAMETER);
	assert_status(BS->CreateEvent(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, NULL, NULL, &e),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->CreateEvent(EVT_NOTIFY_WAIT, TPL_APPLICATION, note_context, NULL, &e),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->CreateEvent(EVT_NOTIFY_WAIT, TPL_HIGH_LEVEL, note_context, NULL, &e),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->CreateEventEx(EVT_SIGNAL_EXIT_BOOT_SERVICES, TPL_CALLBACK, note_context,
					NULL, &group, &e),
		      EFI_INVALID_PARAMETER);
	assert_status(BS->CloseEvent(NULL), EFI_INVALID_PARAMETER);
	assert_status(BS->SignalEvent(&group), EFI_INVALID_PARAMETER);
	assert_status(BS->CheckEvent(&group), EFI_INVALID_PARAMETER);
}

static void signal_is_taken_once(void **state)
{
	EFI_EVENT e;

	assert_status(BS->CreateEvent(0, 0, NULL, NULL, &e), EFI_SUCCESS);
	assert_status(BS->CheckEvent(e), EFI_NOT_READY);
	assert_status(BS->SignalEvent(e), EFI_SUCCESS);
	assert_status(BS->SignalEvent(e), EFI_SUCCESS);
	assert_status(BS->CheckEvent(e), EFI_SUCCESS);
	assert_status(BS->CheckEvent(e), EFI_NOT_READY);
	assert_status(BS->CloseEvent(e), EFI_SUCCESS);
	assert_status(BS->CloseEvent(e), EFI_INVALID_PARAMETER);
}

static void functions_wait_until_the_level_is_restored(void **state)
{
	EFI_EVENT a = made(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, "a");
	EFI_EVENT b = made(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, "b");
	EFI_TPL old = BS->RaiseTPL(TPL_NOTIFY);

	assert_int_equal(old, TPL_APPLICATION);
	BS->SignalEvent(a);
	BS->SignalEvent(a);
	BS->SignalEvent(b);
	assert_string_equal(order, "");
	BS->RestoreTPL(TPL_CALLBACK);
	assert_string_equal(order, "b");
	BS->RestoreTPL(old);
	assert_string_equal(order, "ba");
	assert_status(BS->CheckEvent(a), EFI_INVALID_PARAMETER);
	BS->SignalEvent(a);
	assert_string_equal(order, "baa");
	BS->CloseEvent(a);
	BS->CloseEvent(b);
}

static EFIAPI void close_itself(EFI_EVENT event, void *ctx)
{
	note('c');
	assert_status(BS->CloseEvent(event), EFI_SUCCESS);
}

static void event_may_be_closed_by_its_own_function(void **state)
{
	EFI_EVENT e;

	memset(order, 0, sizeof(order));
	assert_status(BS->CreateEvent(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, close_itself, NULL, &e),
		      EFI_SUCCESS);
	assert_status(BS->SignalEvent(e), EFI_SUCCESS);
	assert_string_equal(order, "c");
	assert_status(BS->SignalEvent(e), EFI_INVALID_PARAMETER);
}

static void closed_event_is_not_told(void **state)
{
	EFI_EVENT e = made(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, "x");
	EFI_TPL old = BS->RaiseTPL(TPL_NOTIFY);

	BS->SignalEvent(e);
	BS->CloseEvent(e);
	BS->RestoreTPL(old);
	assert_string_equal(order, "");
}

static EFIAPI void signal_myself(EFI_EVENT event, void *ctx)
{
	note('w');
	BS->SignalEvent(event);
}

static void waiting_lets_the_event_look(void **state)
{
	EFI_EVENT e;
	UINTN i = 9;

	memset(order, 0, sizeof(order));
	assert_status(BS->CreateEvent(EVT_NOTIFY_WAIT, TPL_CALLBACK, signal_myself, NULL, &e),
		      EFI_SUCCESS);
	assert_status(BS->CheckEvent(e), EFI_SUCCESS);
	assert_status(BS->WaitForEvent(1, &e, &i), EFI_SUCCESS);
	assert_int_equal(i, 0);
	assert_string_equal(order, "ww");
	BS->CloseEvent(e);
}

static void wait_refuses_nonsense(void **state)
{
	EFI_EVENT list[2];
	EFI_TPL old;
	UINTN i = 9;

	assert_status(BS->CreateEvent(0, 0, NULL, NULL, &list[0]), EFI_SUCCESS);
	list[1] = made(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, "x");
	assert_status(BS->WaitForEvent(0, list, &i), EFI_INVALID_PARAMETER);
	assert_status(BS->WaitForEvent(1, NULL, &i), EFI_INVALID_PARAMETER);
	assert_status(BS->WaitForEvent(1, list, NULL), EFI_INVALID_PARAMETER);
	assert_status(BS->WaitForEvent(2, list, &i), EFI_INVALID_PARAMETER);
	assert_int_equal(i, 1);
	old = BS->RaiseTPL(TPL_CALLBACK);
	assert_status(BS->WaitForEvent(1, list, &i), EFI_UNSUPPORTED);
	BS->RestoreTPL(old);
	BS->CloseEvent(list[0]);
	BS->CloseEvent(list[1]);
}

static void relative_timer_fires_once(void **state)
{
	uint64_t start = test_ticks;
	EFI_EVENT e, none;
	UINTN i;

	assert_status(BS->CreateEvent(EVT_TIMER, 0, NULL, NULL, &e), EFI_SUCCESS);
	assert_status(BS->CreateEvent(0, 0, NULL, NULL, &none), EFI_SUCCESS);
	assert_status(BS->SetTimer(none, TimerRelative, MS), EFI_INVALID_PARAMETER);
	assert_status(BS->SetTimer(e, (EFI_TIMER_DELAY)3, MS), EFI_INVALID_PARAMETER);
	assert_status(BS->SetTimer(e, TimerRelative, 5 * MS), EFI_SUCCESS);
	assert_status(BS->CheckEvent(e), EFI_NOT_READY);
	assert_status(BS->WaitForEvent(1, &e, &i), EFI_SUCCESS);
	assert_true(test_ticks - start >= 5000000);
	test_ticks += 50000000;
	assert_status(BS->CheckEvent(e), EFI_NOT_READY);
	assert_status(BS->SetTimer(e, TimerRelative, UINT64_MAX), EFI_SUCCESS);
	assert_status(BS->CheckEvent(e), EFI_NOT_READY);
	assert_status(BS->SetTimer(e, TimerRelative, 0), EFI_SUCCESS);
	assert_status(BS->CheckEvent(e), EFI_SUCCESS);
	BS->CloseEvent(e);
	BS->CloseEvent(none);
}

static void periodic_timer_fires_until_it_is_cancelled(void **state)
{
	EFI_EVENT e = made(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, "p");

	assert_status(BS->SetTimer(e, TimerPeriodic, 10 * MS), EFI_SUCCESS);
	for (int i = 0; i < 3; i++)
		assert_status(BS->Stall(10000), EFI_SUCCESS);
	assert_string_equal(order, "ppp");
	test_ticks += UINT64_C(1000000000); /* nobody looked for a second */
	BS->RestoreTPL(BS->RaiseTPL(TPL_NOTIFY));
	BS->RestoreTPL(BS->RaiseTPL(TPL_NOTIFY));
	assert_string_equal(order, "pppp");
	assert_status(BS->SetTimer(e, TimerCancel, 0), EFI_SUCCESS);
	assert_status(BS->Stall(50000), EFI_SUCCESS);
	assert_string_equal(order, "pppp");
	BS->CloseEvent(e);
}

static void stall_takes_its_time(void **state)
{
	uint64_t start = test_ticks;

	assert_status(BS->Stall(25000), EFI_SUCCESS);
	assert_true(test_ticks - start >= 25000000);
}

static void group_is_signalled_together(void **state)
{
	EFI_GUID group = { 4, 5, 6, { 0 } };
	EFI_EVENT a, b;

	memset(order, 0, sizeof(order));
	assert_status(
	    BS->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, note_context, "a", &group, &a),
	    EFI_SUCCESS);
	assert_status(
	    BS->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, note_context, "b", &group, &b),
	    EFI_SUCCESS);
	BS->SignalEvent(a);
	assert_string_equal(order, "ba");
	BS->CloseEvent(a);
	BS->SignalEvent(b);
	assert_string_equal(order, "bab");
	BS->CloseEvent(b);
}

static void change_of_the_memory_map_is_told(void **state)
{
	EFI_PHYSICAL_ADDRESS at;
	EFI_EVENT e;

	memset(order, 0, sizeof(order));
	assert_status(BS->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, note_context, "m",
					&efi_group_memory_map, &e),
		      EFI_SUCCESS);
	memset(order, 0, sizeof(order));
	assert_status(BS->AllocatePages(AllocateAnyPages, EfiLoaderData, 1, &at), EFI_SUCCESS);
	assert_string_equal(order, "m");
	assert_status(BS->FreePages(at, 1), EFI_SUCCESS);
	assert_string_equal(order, "mm");
	BS->CloseEvent(e);
}

static void watchdog_can_be_set_and_silenced(void **state)
{
	assert_status(BS->SetWatchdogTimer(10, 0x10000, 0, NULL), EFI_SUCCESS);
	assert_status(BS->Stall(1000), EFI_SUCCESS);
	assert_status(BS->SetWatchdogTimer(0, 0, 0, NULL), EFI_SUCCESS);
	test_ticks += UINT64_C(20000000000);
	assert_status(BS->Stall(1), EFI_SUCCESS); /* test/arch.c would abort */
}

static void monotonic_count_grows(void **state)
{
	uint64_t a, b;
	uint32_t high;

	assert_status(BS->GetNextMonotonicCount(NULL), EFI_INVALID_PARAMETER);
	assert_status(BS->GetNextMonotonicCount(&a), EFI_SUCCESS);
	assert_status(BS->GetNextMonotonicCount(&b), EFI_SUCCESS);
	assert_true(b > a);
	assert_status(RT->GetNextHighMonotonicCount(NULL), EFI_INVALID_PARAMETER);
	assert_status(RT->GetNextHighMonotonicCount(&high), EFI_SUCCESS);
	assert_true(high > b >> 32);
	assert_status(BS->GetNextMonotonicCount(&a), EFI_SUCCESS);
	assert_true(a >> 32 == high);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_refuses_nonsense),
		cmocka_unit_test(signal_is_taken_once),
		cmocka_unit_test(functions_wait_until_the_level_is_restored),
		cmocka_unit_test(event_may_be_closed_by_its_own_function),
		cmocka_unit_test(closed_event_is_not_told),
		cmocka_unit_test(waiting_lets_the_event_look),
		cmocka_unit_test(wait_refuses_nonsense),
		cmocka_unit_test(relative_timer_fires_once),
		cmocka_unit_test(periodic_timer_fires_until_it_is_cancelled),
		cmocka_unit_test(stall_takes_its_time),
		cmocka_unit_test(group_is_signalled_together),
		cmocka_unit_test(change_of_the_memory_map_is_told),
		cmocka_unit_test(watchdog_can_be_set_and_silenced),
		cmocka_unit_test(monotonic_count_grows),
	};

	return cmocka_run_group_tests(tests, rig_setup, NULL);
}
