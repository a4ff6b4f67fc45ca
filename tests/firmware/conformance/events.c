/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Events, levels and timers (UEFI 2.10, 7.1). */
#include "conform.h"

enum { LOG_MAX = 8 };
static char order[LOG_MAX + 1];
static UINTN n_order;
static UINTN count;

static EFIAPI void note(EFI_EVENT event, void *context)
{
	if (n_order < LOG_MAX)
		order[n_order++] = *(const char *)context;
	order[n_order] = 0;
}

static EFIAPI void add_one(EFI_EVENT event, void *context)
{
	count++;
}

static EFIAPI void signal_itself(EFI_EVENT event, void *context)
{
	if (++count >= 3)
		(void)bs->SignalEvent(event);
}

static const char *order_taken(void)
{
	n_order = 0;
	return order;
}

static void say_creation(void)
{
	EFI_EVENT e = NULL;

	say("event no-result", bs->CreateEvent(0, 0, NULL, NULL, NULL), "");
	say("event both-notify",
	    bs->CreateEvent(EVT_NOTIFY_WAIT | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, add_one, NULL, &e),
	    "");
	say("event no-function", bs->CreateEvent(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, NULL, NULL, &e),
	    "");
	say("event tpl-application",
	    bs->CreateEvent(EVT_NOTIFY_SIGNAL, TPL_APPLICATION, add_one, NULL, &e), "");
	say("event tpl-31", bs->CreateEvent(EVT_NOTIFY_SIGNAL, TPL_HIGH_LEVEL, add_one, NULL, &e),
	    "");
	say("event tpl-32", bs->CreateEvent(EVT_NOTIFY_SIGNAL, 32, add_one, NULL, &e), "");
	say("event tpl-12", bs->CreateEvent(EVT_NOTIFY_SIGNAL, 12, add_one, NULL, &e), "");
	say("event tpl-0-wait", bs->CreateEvent(EVT_NOTIFY_WAIT, 0, add_one, NULL, &e), "");
	say("event type-unknown", bs->CreateEvent(0x1000, TPL_CALLBACK, add_one, NULL, &e), "");
	say("event ex-both",
	    bs->CreateEventEx(EVT_NOTIFY_WAIT | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, add_one, NULL,
			      &guid_a, &e),
	    "");
	say("event ex-exit-type-in-group",
	    bs->CreateEventEx(EVT_SIGNAL_EXIT_BOOT_SERVICES, TPL_CALLBACK, add_one, NULL, &guid_a,
			      &e),
	    "");
	say("event ex-no-function",
	    bs->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, NULL, NULL, &guid_a, &e), "");
	say("event ex-without-group",
	    bs->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, add_one, NULL, NULL, &e), "close %r",
	    bs->CloseEvent(e));
	say("event close-nothing", bs->CloseEvent(NULL), "");
}

static void say_plain(void)
{
	EFI_EVENT e = NULL, list[2];
	UINTN index = 99;
	EFI_TPL tpl;

	say("event plain", bs->CreateEvent(0, 0, NULL, NULL, &e), "");
	say("event check-before", bs->CheckEvent(e), "");
	say("event signal", bs->SignalEvent(e), "twice %r", bs->SignalEvent(e));
	say("event check-signalled", bs->CheckEvent(e), "then %r", bs->CheckEvent(e));
	(void)bs->SignalEvent(e);
	list[0] = list[1] = e;
	say("event wait", bs->WaitForEvent(1, &e, &index), "index %u then %r", U(index),
	    bs->CheckEvent(e));
	say("event wait-for-none", bs->WaitForEvent(0, &e, &index), "");
	tpl = bs->RaiseTPL(TPL_CALLBACK);
	(void)bs->SignalEvent(e);
	{
		EFI_STATUS status = bs->WaitForEvent(1, &e, &index);

		bs->RestoreTPL(tpl);
		say("event wait-at-callback", status, "was %u", U(tpl));
	}
	say("event still-signalled", bs->CheckEvent(e), "");
	(void)bs->CreateEvent(0, 0, NULL, NULL, &list[0]);
	(void)bs->SignalEvent(list[1]);
	say("event wait-second", bs->WaitForEvent(2, list, &index), "index %u", U(index));
	say("event close", bs->CloseEvent(e), "other %r", bs->CloseEvent(list[0]));
}

static void say_notify(void)
{
	EFI_EVENT e = NULL, list[2];
	UINTN index = 99;
	EFI_TPL tpl;

	count = 0;
	say("event notify", bs->CreateEvent(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, add_one, NULL, &e),
	    "");
	say("event notify-check", bs->CheckEvent(e), "");
	list[0] = e;
	say("event notify-wait", bs->WaitForEvent(1, list, &index), "index %u", U(index));
	say("event notify-signal", bs->SignalEvent(e), "calls %u", U(count));
	(void)bs->SignalEvent(e);
	say("event notify-again", EFI_SUCCESS, "calls %u", U(count));
	tpl = bs->RaiseTPL(TPL_NOTIFY);
	(void)bs->SignalEvent(e);
	(void)bs->SignalEvent(e);
	index = count;
	bs->RestoreTPL(tpl);
	say("event notify-masked", EFI_SUCCESS, "before %u after %u", U(index), U(count));
	tpl = bs->RaiseTPL(TPL_NOTIFY);
	(void)bs->SignalEvent(e);
	(void)bs->CloseEvent(e);
	bs->RestoreTPL(tpl);
	say("event notify-closed-while-queued", EFI_SUCCESS, "calls %u", U(count));
}

static void say_wait_function(void)
{
	EFI_EVENT e = NULL;

	count = 0;
	(void)bs->CreateEvent(EVT_NOTIFY_WAIT, TPL_CALLBACK, add_one, NULL, &e);
	say("event wait-function", bs->CheckEvent(e), "calls %u", U(count));
	say("event wait-function-signal", bs->SignalEvent(e), "calls %u", U(count));
	say("event wait-function-check", bs->CheckEvent(e), "calls %u", U(count));
	(void)bs->CloseEvent(e);
	count = 2;
	(void)bs->CreateEvent(EVT_NOTIFY_WAIT, TPL_CALLBACK, signal_itself, NULL, &e);
	say("event wait-function-signals", bs->CheckEvent(e), "calls %u then %r", U(count),
	    bs->CheckEvent(e));
	(void)bs->CloseEvent(e);
}

/* Higher levels first, and of one level in the order of the signals (7.1). */
static void say_order(void)
{
	static const char names[] = "abcd"; /* in this order they are signalled */
	static const EFI_TPL levels[] = { TPL_CALLBACK, TPL_NOTIFY, TPL_CALLBACK, TPL_NOTIFY };
	EFI_EVENT e[4];
	EFI_TPL tpl;

	for (UINTN i = 0; i < 4; i++)
		(void)bs->CreateEvent(EVT_NOTIFY_SIGNAL, levels[i], note,
				      (void *)(uintptr_t)&names[i], &e[i]);
	tpl = bs->RaiseTPL(TPL_HIGH_LEVEL);
	for (UINTN i = 0; i < 4; i++)
		(void)bs->SignalEvent(e[i]);
	bs->RestoreTPL(TPL_NOTIFY);
	bs->RestoreTPL(tpl);
	say("event order", EFI_SUCCESS, "%s", order_taken());
	tpl = bs->RaiseTPL(TPL_CALLBACK);
	for (UINTN i = 0; i < 4; i++)
		(void)bs->SignalEvent(e[3 - i]);
	order[n_order] = 0;
	say("event order-at-callback", EFI_SUCCESS, "%s", order);
	bs->RestoreTPL(tpl);
	say("event order-after", EFI_SUCCESS, "%s", order_taken());
	for (UINTN i = 0; i < 4; i++)
		(void)bs->CloseEvent(e[i]);
}

static void say_groups(void)
{
	EFI_EVENT a = NULL, b = NULL, plain = NULL, other = NULL;

	order_taken();
	(void)bs->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, note, (void *)(uintptr_t) "a",
				&guid_a, &a);
	(void)bs->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_NOTIFY, note, (void *)(uintptr_t) "b",
				&guid_a, &b);
	(void)bs->CreateEventEx(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, note, (void *)(uintptr_t) "c",
				&guid_b, &other);
	(void)bs->CreateEventEx(0, 0, NULL, NULL, &guid_a, &plain);
	say("event group", bs->SignalEvent(a), "%s plain %r", order_taken(), bs->CheckEvent(plain));
	say("event group-by-plain", bs->SignalEvent(plain), "%s plain %r", order_taken(),
	    bs->CheckEvent(plain));
	(void)bs->CloseEvent(a);
	say("event group-one-closed", bs->SignalEvent(b), "%s", order_taken());
	(void)bs->CloseEvent(b);
	(void)bs->CloseEvent(other);
	(void)bs->CloseEvent(plain);
}

static void say_levels(void)
{
	EFI_TPL first = bs->RaiseTPL(TPL_CALLBACK), second = bs->RaiseTPL(TPL_CALLBACK),
		third = bs->RaiseTPL(TPL_NOTIFY), fourth = bs->RaiseTPL(TPL_HIGH_LEVEL);

	bs->RestoreTPL(TPL_APPLICATION);
	say("event levels", EFI_SUCCESS, "%u %u %u %u", U(first), U(second), U(third), U(fourth));
}

void event_group(void)
{
	say_creation();
	say_plain();
	say_notify();
	say_wait_function();
	say_order();
	say_groups();
	say_levels();
}

static UINTN wait_for_count(UINTN wanted)
{
	for (UINTN i = 0; i < 5000 && count < wanted; i++)
		(void)bs->Stall(1000);
	return count;
}

static void say_timers_that_notify(void)
{
	EFI_EVENT e = NULL;
	EFI_TPL tpl;
	UINTN masked;

	count = 0;
	(void)bs->CreateEvent(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, add_one, NULL, &e);
	say("timer relative", bs->SetTimer(e, TimerRelative, 10000), "calls %u",
	    U(wait_for_count(1)));
	(void)bs->Stall(50000);
	say("timer relative-once", EFI_SUCCESS, "calls %u", U(count));
	count = 0;
	say("timer periodic", bs->SetTimer(e, TimerPeriodic, 10000), "many %u",
	    U(wait_for_count(3) >= 3));
	say("timer cancel", bs->SetTimer(e, TimerCancel, 0), "");
	count = 0;
	(void)bs->Stall(50000);
	say("timer cancelled", EFI_SUCCESS, "calls %u", U(count));
	tpl = bs->RaiseTPL(TPL_NOTIFY);
	(void)bs->SetTimer(e, TimerRelative, 10000);
	(void)bs->Stall(100000);
	masked = count;
	bs->RestoreTPL(tpl);
	say("timer masked", EFI_SUCCESS, "before %u after %u", U(masked), U(wait_for_count(1)));
	count = 0;
	say("timer zero", bs->SetTimer(e, TimerRelative, 0), "calls %u", U(wait_for_count(1)));
	(void)bs->CloseEvent(e);
}

void timer_group(void)
{
	EFI_EVENT e = NULL, plain = NULL;
	UINTN index = 99;

	(void)bs->CreateEvent(EVT_TIMER, 0, NULL, NULL, &e);
	(void)bs->CreateEvent(0, 0, NULL, NULL, &plain);
	say("timer bad-type", bs->SetTimer(e, (EFI_TIMER_DELAY)3, 1), "");
	say("timer no-timer", bs->SetTimer(plain, TimerRelative, 1), "");
	say("timer no-event", bs->SetTimer(NULL, TimerRelative, 1), "");
	say("timer set", bs->SetTimer(e, TimerRelative, 20000), "");
	say("timer wait", bs->WaitForEvent(1, &e, &index), "index %u", U(index));
	say("timer taken", bs->CheckEvent(e), "");
	say("timer far", bs->SetTimer(e, TimerRelative, UINT64_C(10000000) * 3600), "check %r",
	    bs->CheckEvent(e));
	say("timer far-signalled", bs->SignalEvent(e), "check %r", bs->CheckEvent(e));
	say("timer close-running", bs->CloseEvent(e), "");
	(void)bs->CloseEvent(plain);
	say_timers_that_notify();
}
