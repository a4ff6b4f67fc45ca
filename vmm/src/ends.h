/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * ends.h - a vm's interrupts and doorbells in the form that carriers take them. The vm outlives
 * every line taken and both sources. Threads as irq_line.h says.
 */
#ifndef VMM_ENDS_H
#define VMM_ENDS_H

#include <cairn/hv.h>
#include <cairn/irq_line.h>

/* Line `number` of the vm, wired. Returns 0, -EINVAL (no such line), -EEXIST (taken), -ENOMEM. */
CAIRN_MUST_USE int ends_line(struct cairn_vm *vm, uint32_t number, struct cairn_irq_line **ret);
/* A source of the vm's messages, and its doorbells. */
struct cairn_msi_source ends_messages(struct cairn_vm *vm);
struct cairn_doorbells ends_doorbells(struct cairn_vm *vm);

#endif
