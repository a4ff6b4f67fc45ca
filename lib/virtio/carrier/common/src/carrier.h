/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* carrier.h - shared by carrier.c (life), registers.c and queues.c (the driver's side) and
 * steps.c (the device's side). */
#ifndef CAIRN_CARRIER_INTERNAL_H
#define CAIRN_CARRIER_INTERNAL_H

#include <cairn/carrier.h>

/* Enter ops until the device has been told everything, or an op goes on. Home loop. */
void cairn_carrier_run_(struct cairn_carrier *c);
/* Of the timer `tell`: the wish is done, if all is still settled. */
void cairn_carrier_tell_(struct cairn_timer *t);
/* The posted call: run. */
void cairn_carrier_woken_(struct cairn_call *call);

/* Under the lock: have the home loop run. */
void cairn_carrier_wake_(struct cairn_carrier *c);
/* Under the lock: registers as after power-on. */
void cairn_carrier_fresh_(struct cairn_carrier *c);
/* Under the lock: the queue's registers alone. */
void cairn_carrier_queue_fresh_(struct cairn_carrier_queue *q);
/* Under the lock, the device has no part in q: what disabling and reset asked for is done. */
void cairn_carrier_queue_disabled_(struct cairn_carrier_queue *q);

/* Under the lock: nobody has interrupted the waits, and this is not the home loop. */
bool cairn_carrier_may_wait_(const struct cairn_carrier *c);
/* Under the lock, dropping it meanwhile: sleep until *flag is false, or nobody may wait. */
void cairn_carrier_wait_while_(struct cairn_carrier *c, const bool *flag);
/* The same: whether a write does anything: not after unplug, and only after a reset that is under
 * way (whose own wait may have been interrupted). */
bool cairn_carrier_hears_(struct cairn_carrier *c);

#endif
