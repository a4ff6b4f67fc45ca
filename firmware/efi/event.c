/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Events, task priority levels and timers (UEFI 2.10, 7.1). There is no timer interrupt: time is
 * looked at whenever a level is restored, an event is asked for, and in every wait.
 */
#include <fw/arch.h>
#include <fw/clock.h>

#include "core.h"
#include "runtime.h"
#include "services.h"

#define TPL_COUNT (TPL_HIGH_LEVEL + 1)

struct efi_event {
	struct efi_link link, queue;
	uint32_t type;
	EFI_TPL tpl;
	EFI_EVENT_NOTIFY fn;
	void *ctx;
	EFI_GUID group;
	bool has_group, is_signaled, is_queued, has_timer;
	uint64_t due_ns, period_ns;
	struct efi_event *next_virtual;
};

static EFI_LIST(events);
static struct efi_link queues[TPL_COUNT]; /* to be notified, by level, oldest first */
static EFI_TPL current_tpl = TPL_APPLICATION;
static bool timers_are_over;

EFI_TPL efi_tpl(void)
{
	return current_tpl;
}

struct efi_event *efi_event_of(EFI_EVENT event)
{
	efi_list_each(l, &events) if (cairn_container_of(l, struct efi_event, link) ==
				      event) return event;
	return NULL;
}

bool efi_event_is_signal(const struct efi_event *e)
{
	return e->type & EVT_NOTIFY_SIGNAL;
}

static void queue(struct efi_event *e)
{
	struct efi_link *q = &queues[e->tpl];

	if (e->is_queued)
		return;
	if (!q->next)
		efi_list_init(q);
	e->is_queued = true;
	efi_list_append(q, &e->queue);
}

static struct efi_event *queued_above(EFI_TPL floor)
{
	for (EFI_TPL tpl = TPL_HIGH_LEVEL; tpl > floor; tpl--)
		if (queues[tpl].next && !efi_list_is_empty(&queues[tpl]))
			return cairn_container_of(queues[tpl].next, struct efi_event, queue);
	return NULL;
}

/* Runs what waits above the present level. The event may be closed by its own function. */
void efi_event_dispatch(void)
{
	EFI_TPL floor = current_tpl;
	struct efi_event *e;

	while ((e = queued_above(floor)) != NULL) {
		efi_list_remove(&e->queue);
		e->is_queued = false;
		if (e->type & EVT_NOTIFY_SIGNAL)
			e->is_signaled = false;
		current_tpl = e->tpl;
		e->fn(e, e->ctx);
	}
	current_tpl = floor;
}

static void mark_one(struct efi_event *e)
{
	e->is_signaled = true;
	if (e->type & EVT_NOTIFY_SIGNAL)
		queue(e);
}

void efi_event_mark_group(const EFI_GUID *group)
{
	efi_list_each(l, &events)
	{
		struct efi_event *e = cairn_container_of(l, struct efi_event, link);

		if (e->has_group && efi_guid_equal(&e->group, group))
			mark_one(e);
	}
}

void efi_event_mark(struct efi_event *e)
{
	if (e->has_group)
		efi_event_mark_group(&e->group);
	else
		mark_one(e);
}

void efi_event_signal_group(const EFI_GUID *group)
{
	efi_event_mark_group(group);
	efi_event_dispatch();
}

static void expire(struct efi_event *e, uint64_t now)
{
	if (e->period_ns == 0)
		e->has_timer = false;
	else if (now - e->due_ns < e->period_ns)
		e->due_ns += e->period_ns;
	else
		e->due_ns = now + e->period_ns;
	efi_event_mark(e);
}

void efi_event_poll(void)
{
	uint64_t now;

	if (timers_are_over)
		return;
	efi_watchdog_poll();
	now = fw_clock_ns();
	efi_list_each(l, &events)
	{
		struct efi_event *e = cairn_container_of(l, struct efi_event, link);

		if (e->has_timer && e->due_ns <= now)
			expire(e, now);
	}
	efi_event_dispatch();
}

void efi_timers_stop(void)
{
	timers_are_over = true;
}

EFIAPI EFI_TPL efi_raise_tpl(EFI_TPL new_tpl)
{
	EFI_TPL old = current_tpl;

	if (new_tpl > old && new_tpl <= TPL_HIGH_LEVEL)
		current_tpl = new_tpl;
	return old;
}

EFIAPI void efi_restore_tpl(EFI_TPL old_tpl)
{
	if (old_tpl > current_tpl)
		return;
	current_tpl = old_tpl;
	if (old_tpl < TPL_HIGH_LEVEL)
		efi_event_poll();
}

/* What CreateEvent's old names stand for, in groups. */
static const EFI_GUID *group_of_type(uint32_t type)
{
	if (type == EVT_SIGNAL_EXIT_BOOT_SERVICES)
		return &efi_group_exit_boot;
	if (type == EVT_SIGNAL_VIRTUAL_ADDRESS)
		return &efi_group_virtual_address;
	return NULL;
}

static bool is_type_valid(uint32_t type)
{
	if (group_of_type(type))
		return true;
	return (type & ~(EVT_TIMER | EVT_RUNTIME | EVT_NOTIFY_WAIT | EVT_NOTIFY_SIGNAL)) == 0 &&
	       (type & (EVT_NOTIFY_WAIT | EVT_NOTIFY_SIGNAL)) !=
		   (EVT_NOTIFY_WAIT | EVT_NOTIFY_SIGNAL);
}

static EFI_STATUS create(uint32_t type, EFI_TPL tpl, EFI_EVENT_NOTIFY fn, void *ctx,
			 const EFI_GUID *group, EFI_EVENT *ret_event)
{
	bool notifies = type & (EVT_NOTIFY_WAIT | EVT_NOTIFY_SIGNAL);
	struct efi_event *e;

	if (!ret_event || !is_type_valid(type))
		return EFI_INVALID_PARAMETER;
	if (notifies && (!fn || (tpl != TPL_CALLBACK && tpl != TPL_NOTIFY)))
		return EFI_INVALID_PARAMETER;
	e = efi_pool_alloc(type & EVT_RUNTIME ? EfiRuntimeServicesData : EfiBootServicesData,
			   sizeof(*e));
	if (!e)
		return EFI_OUT_OF_RESOURCES;
	*e = (struct efi_event){ .type = type, .tpl = notifies ? tpl : 0, .fn = fn, .ctx = ctx };
	if (group) {
		e->has_group = true;
		e->group = *group;
	}
	efi_list_init(&e->queue);
	efi_list_append(&events, &e->link);
	*ret_event = e;
	return EFI_SUCCESS;
}

EFIAPI EFI_STATUS efi_create_event(uint32_t type, EFI_TPL tpl, EFI_EVENT_NOTIFY fn, void *ctx,
				   EFI_EVENT *ret_event)
{
	return create(type, tpl, fn, ctx, group_of_type(type), ret_event);
}

EFIAPI EFI_STATUS efi_create_event_ex(uint32_t type, EFI_TPL tpl, EFI_EVENT_NOTIFY fn,
				      const void *ctx, const EFI_GUID *group, EFI_EVENT *ret_event)
{
	if (!group)
		return efi_create_event(type, tpl, fn, (void *)(uintptr_t)ctx, ret_event);
	if (group_of_type(type))
		return EFI_INVALID_PARAMETER;
	return create(type, tpl, fn, (void *)(uintptr_t)ctx, group, ret_event);
}

EFIAPI EFI_STATUS efi_close_event(EFI_EVENT event)
{
	struct efi_event *e = efi_event_of(event);

	if (!e)
		return EFI_INVALID_PARAMETER;
	efi_list_remove(&e->link);
	efi_list_remove(&e->queue);
	efi_notify_end(e);
	(void)efi_pool_free(e);
	return EFI_SUCCESS;
}

EFIAPI EFI_STATUS efi_signal_event(EFI_EVENT event)
{
	struct efi_event *e = efi_event_of(event);

	if (!e)
		return EFI_INVALID_PARAMETER;
	efi_event_mark(e);
	efi_event_dispatch();
	return EFI_SUCCESS;
}

/* Looks, and where the event knows how to look, lets it. A signal is taken by whoever sees it. */
static bool take(struct efi_event *e)
{
	if (!e->is_signaled && (e->type & EVT_NOTIFY_WAIT)) {
		queue(e);
		efi_event_dispatch();
	}
	if (!efi_event_of(e) || !e->is_signaled)
		return false;
	e->is_signaled = false;
	return true;
}

EFIAPI EFI_STATUS efi_check_event(EFI_EVENT event)
{
	struct efi_event *e = efi_event_of(event);

	if (!e || (e->type & EVT_NOTIFY_SIGNAL))
		return EFI_INVALID_PARAMETER;
	efi_event_poll();
	if (!efi_event_of(event))
		return EFI_INVALID_PARAMETER;
	return take(e) ? EFI_SUCCESS : EFI_NOT_READY;
}

EFIAPI EFI_STATUS efi_wait_for_event(UINTN n, EFI_EVENT *wanted, UINTN *ret_index)
{
	if (n == 0 || !wanted || !ret_index)
		return EFI_INVALID_PARAMETER;
	if (current_tpl != TPL_APPLICATION)
		return EFI_UNSUPPORTED;
	for (;;) {
		for (UINTN i = 0; i < n; i++) {
			EFI_STATUS status = efi_check_event(wanted[i]);

			if (status == EFI_NOT_READY)
				continue;
			*ret_index = i;
			return status;
		}
		fw_arch_pause();
	}
}

EFIAPI EFI_STATUS efi_set_timer(EFI_EVENT event, EFI_TIMER_DELAY type, uint64_t trigger)
{
	struct efi_event *e = efi_event_of(event);
	uint64_t ns = trigger > UINT64_MAX / 200 ? UINT64_MAX / 2 : trigger * 100;

	if (!e || !(e->type & EVT_TIMER) || (uint32_t)type > TimerRelative)
		return EFI_INVALID_PARAMETER;
	e->has_timer = type != TimerCancel;
	e->due_ns = fw_clock_ns() + ns;
	/* 0 means every tick of a timer that this machine has not: of one millisecond, then. */
	e->period_ns = type != TimerPeriodic ? 0 : ns ? ns : 1000000;
	return EFI_SUCCESS;
}

/*
 * 7.1.2: events of the group live in runtime memory. They are chained while the list of all still
 * is there; then nothing but the chain is looked at.
 */
FW_RT_DATA static struct efi_event *virtual_events = NULL;

void efi_events_keep_virtual(void)
{
	efi_list_each(l, &events)
	{
		struct efi_event *e = cairn_container_of(l, struct efi_event, link);

		if (!e->has_group || !(e->type & EVT_RUNTIME) || !e->fn ||
		    !efi_guid_equal(&e->group, &efi_group_virtual_address))
			continue;
		e->next_virtual = virtual_events;
		virtual_events = e;
	}
}

FW_RT_CODE void efi_rt_tell_virtual(void)
{
	for (struct efi_event *e = virtual_events; e; e = e->next_virtual)
		e->fn(e, e->ctx);
	virtual_events = NULL;
}
