/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * driver.h - a machine with one PCI function: root, memory bus, messages, doorbells; and the
 * suite's driver for it. Everything the driver does is an access to the bus.
 */
#ifndef PCI_TEST_DRIVER_H
#define PCI_TEST_DRIVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/carrier_suite.h>
#include <cairn/pci_root.h>
#include <cairn/virtio_pci.h>

#define ECAM    UINT64_C(0xb0000000)
#define FUNC    (ECAM + 0x8000) /* 00:01.0 */
#define REGS    UINT64_C(0xc0000000)
#define MSIX    UINT64_C(0xc0004000)
#define MOVED   UINT64_C(0xc0100000)
#define N_LINES 8
#define N_BELLS 8
#define MSG(v)  (0xfee00000u + (v)*0x1000u)

/* An interrupt line, wired or by messages. */
struct test_line {
	struct cairn_irq_line line;
	struct world *world;
	bool high;
	unsigned sent; /* atomic: highs */
	unsigned routes, puts;
	uint64_t address;
	uint32_t data;
};

struct bell {
	uint64_t addr;
	uint8_t len;
	int fd;
};

struct world {
	struct cairn_bus_region array[8];
	struct cairn_bus mem;
	struct cairn_pci_root root;
	struct cairn_virtio_pci pci;
	struct test_line intx;
	struct test_line lines[N_LINES]; /* handed out in order */
	unsigned n_lines;
	int take_answer, route_answer;
	struct bell bells[N_BELLS];
	unsigned n_bells, bells_allowed;
};

static inline struct world *world_of(const struct cairn_suite *s)
{
	return s->transport;
}

extern const struct cairn_suite_ops pci_suite_ops;
/* The same with MSI-X as at power-on: the test sets it up. */
extern const struct cairn_suite_ops pci_bare_suite_ops;
/* The same with the wired interrupt only. */
extern const struct cairn_suite_ops pci_intx_suite_ops;

/* Accesses as a vCPU makes them, with the map changed when that is asked for. */
uint64_t rd(struct world *w, uint64_t addr, uint32_t len);
void wr(struct world *w, uint64_t addr, uint32_t len, uint64_t value);
/* Of the capability list: where the structure of this cfg_type is. Fails when it is not there. */
uint32_t find_cap(struct world *w, uint8_t type);
/* Message v to MSG(v) and data v, unmasked. */
void set_message(struct world *w, uint32_t vector, bool masked);
/* The line that sends message v; NULL: none does. */
struct test_line *line_of(struct world *w, uint32_t vector);
unsigned take_sent(struct test_line *l);

#endif
