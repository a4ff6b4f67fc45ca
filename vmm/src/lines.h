/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* lines.h - the hypervisor's interrupts and doorbells as carriers want them (irq_line.h). */
#ifndef VMM_LINES_H
#define VMM_LINES_H

#include <cairn/hv.h>
#include <cairn/irq_line.h>

/* A wired line that several devices drive by its level: high while any of them holds it high. */
struct line_shared;
CAIRN_MUST_USE int line_shared_new(struct cairn_vm *vm, uint32_t number, struct line_shared **ret);
/* Every end of it was put. NULL is fine. */
void line_shared_free(struct line_shared *s);
/* One device's end. Released by ops->put, which lowers it. Returns 0 or -ENOMEM. */
CAIRN_MUST_USE int line_shared_take(struct line_shared *s, struct cairn_irq_line **ret);
/* A wired, edge-triggered line: set(high) is one pulse, one system call; set(low) does nothing. */
CAIRN_MUST_USE int line_pulse(struct cairn_vm *vm, uint32_t number, struct cairn_irq_line **ret);

/* Message-signalled ones of one device. Outlives the source and the lines from it. */
struct line_messages {
	struct cairn_vm *vm;
	uint32_t devid; /* what tells the device from others on its bus: its PCI requester id */
};
/* Without a take function where the hypervisor has no messages. */
struct cairn_msi_source line_msi_source(struct line_messages *of);
/* vm outlives them. */
struct cairn_doorbells line_doorbells(struct cairn_vm *vm);

#endif
