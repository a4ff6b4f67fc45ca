/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "driver.h"

static int line_set(struct cairn_irq_line *l, bool high)
{
	struct test_line *t = cairn_container_of(l, struct test_line, line);

	__atomic_store_n(&t->high, high, __ATOMIC_SEQ_CST);
	if (high)
		__atomic_add_fetch(&t->sent, 1, __ATOMIC_SEQ_CST);
	return 0;
}

static int line_route(struct cairn_irq_line *l, uint64_t addr, uint32_t data)
{
	struct test_line *t = cairn_container_of(l, struct test_line, line);

	if (t->world->route_answer < 0)
		return t->world->route_answer;
	t->routes++;
	t->address = addr;
	t->data = data;
	return 0;
}

static void line_put(struct cairn_irq_line *l)
{
	cairn_container_of(l, struct test_line, line)->puts++;
}

static const struct cairn_irq_line_ops wired_ops = { .set = line_set, .put = line_put };
static const struct cairn_irq_line_ops message_ops = { .set = line_set,
						       .route = line_route,
						       .put = line_put };

static int take(void *ctx, struct cairn_irq_line **ret)
{
	struct world *w = ctx;
	struct test_line *t = &w->lines[w->n_lines];

	if (w->take_answer < 0)
		return w->take_answer;
	assert_true(w->n_lines < N_LINES);
	w->n_lines++;
	*t = (struct test_line){ .line = { &message_ops }, .world = w };
	*ret = &t->line;
	return 0;
}

static int add_bell(void *ctx, bool pio, uint64_t addr, uint8_t len, const uint64_t *match, int fd)
{
	struct world *w = ctx;

	assert_false(pio);
	assert_null(match);
	if (w->n_bells == w->bells_allowed)
		return -ENOTSUP;
	w->bells[w->n_bells++] = (struct bell){ addr, len, fd };
	return 0;
}

static int del_bell(void *ctx, bool pio, uint64_t addr, uint8_t len, const uint64_t *match, int fd)
{
	struct world *w = ctx;

	for (unsigned i = 0; i < w->n_bells; i++) {
		if (w->bells[i].addr != addr || w->bells[i].fd != fd)
			continue;
		w->bells[i] = w->bells[--w->n_bells];
		return 0;
	}
	fail_msg("no such doorbell");
	return -ENOENT;
}

uint64_t rd(struct world *w, uint64_t addr, uint32_t len)
{
	uint64_t v;

	cairn_bus_read(&w->mem, addr, len, &v);
	return v;
}

void wr(struct world *w, uint64_t addr, uint32_t len, uint64_t value)
{
	if (cairn_bus_write(&w->mem, addr, len, value) == CAIRN_IO_REMAP)
		cairn_pci_root_remap(&w->root);
}

uint32_t find_cap(struct world *w, uint8_t type)
{
	uint32_t at = (uint32_t)rd(w, FUNC + 0x34, 1);

	while (at && !(rd(w, FUNC + at, 1) == 0x09 && rd(w, FUNC + at + 3, 1) == type))
		at = (uint32_t)rd(w, FUNC + at + 1, 1);
	assert_int_not_equal(at, 0);
	return at;
}

void set_message(struct world *w, uint32_t vector, bool masked)
{
	wr(w, MSIX + 16 * vector, 8, MSG(vector));
	wr(w, MSIX + 16 * vector + 8, 4, vector);
	wr(w, MSIX + 16 * vector + 12, 4, masked);
}

struct test_line *line_of(struct world *w, uint32_t vector)
{
	for (unsigned i = 0; i < w->n_lines; i++)
		if (w->lines[i].address == MSG(vector) && w->lines[i].data == vector)
			return &w->lines[i];
	return NULL;
}

unsigned take_sent(struct test_line *l)
{
	return l ? __atomic_exchange_n(&l->sent, 0, __ATOMIC_SEQ_CST) : 0;
}

static void build_root(struct world *w)
{
	const struct cairn_pci_root_config c = { .mem = &w->mem, .mem32 = { REGS, 0x1000000 } };
	const struct cairn_bus_region ecam = { .base = ECAM,
					       .len = CAIRN_PCI_ECAM_LEN,
					       .ops = &cairn_pci_root_ecam_ops,
					       .ctx = &w->root };

	assert_int_equal(
	    cairn_bus_init(&w->mem, w->array, 8, CAIRN_BUS_MEM_LAST, CAIRN_BUS_MEM_MAX_LEN), 0);
	assert_int_equal(cairn_pci_root_init(&w->root, &c), 0);
	assert_int_equal(cairn_bus_add(&w->mem, &ecam), 0);
}

static void open_with(struct cairn_suite *s, bool msix)
{
	static struct world w;

	w = (struct world){ .intx = { .line = { &wired_ops } }, .bells_allowed = N_BELLS };
	s->transport = &w;
	build_root(&w);
	assert_int_equal(
	    cairn_virtio_pci_init(
		&w.pci, &(struct cairn_virtio_pci_desc){ .vdev = &s->dev.vdev,
							 .view = s->view,
							 .msi = { msix ? take : NULL, &w },
							 .intx = &w.intx.line,
							 .intx_pin = 1,
							 .doorbells = { add_bell, del_bell, &w } }),
	    0);
	assert_int_equal(cairn_pci_root_add(&w.root, 1, 0, &w.pci.func), 0);
	cairn_carrier_interrupt(&w.pci.carrier, true);
	wr(&w, FUNC + 0x04, 2, 0x0006); /* memory, bus master */
}

static void p_open(struct cairn_suite *s)
{
	uint32_t at;

	open_with(s, true);
	at = (uint32_t)rd(world_of(s), FUNC + 0x34, 1);
	assert_int_equal(rd(world_of(s), FUNC + at, 1), 0x11);
	wr(world_of(s), FUNC + at + 2, 2, 0x8000);
	for (uint32_t v = 0; v <= CAIRN_SUITE_QUEUES; v++)
		set_message(world_of(s), v, false);
}

static void p_open_bare(struct cairn_suite *s)
{
	open_with(s, true);
}

static void p_open_intx(struct cairn_suite *s)
{
	open_with(s, false);
}

static void p_close(struct cairn_suite *s)
{
	struct world *w = world_of(s);

	cairn_virtio_pci_fini(&w->pci);
	assert_int_equal(w->n_bells, 0);
	assert_int_equal(w->intx.puts, 1);
	for (unsigned i = 0; i < w->n_lines; i++)
		assert_int_equal(w->lines[i].puts, 1);
	assert_null(s->dev.vdev.host);
}

static uint32_t get(struct cairn_suite *s, uint32_t off, uint32_t len)
{
	return (uint32_t)rd(world_of(s), REGS + off, len);
}

static void put(struct cairn_suite *s, uint32_t off, uint32_t len, uint64_t value)
{
	wr(world_of(s), REGS + off, len, value);
}

/* The status, and where a driver would, the vector of the configuration. */
static void p_set_status(struct cairn_suite *s, uint32_t status)
{
	put(s, 0x14, 1, status);
	if (status)
		put(s, 0x10, 2, 0);
}

static uint32_t p_status(struct cairn_suite *s)
{
	return get(s, 0x14, 1);
}

static uint64_t p_offered(struct cairn_suite *s)
{
	uint64_t low;

	put(s, 0x00, 4, 2);
	assert_int_equal(get(s, 0x04, 4), 0);
	put(s, 0x00, 4, 0);
	low = get(s, 0x04, 4);
	put(s, 0x00, 4, 1);
	return (uint64_t)get(s, 0x04, 4) << 32 | low;
}

static void p_ack(struct cairn_suite *s, uint32_t sel, uint32_t bits)
{
	put(s, 0x08, 4, sel);
	put(s, 0x0c, 4, bits);
}

/* A queue beyond 16 bits cannot be said; one that is not there can. */
static void select_queue(struct cairn_suite *s, uint32_t q)
{
	put(s, 0x16, 2, q > 0xffff ? 0xffff : q);
}

static uint32_t p_queue_max(struct cairn_suite *s, uint32_t q)
{
	return cairn_carrier_queue_max(&world_of(s)->pci.carrier, q);
}

static uint32_t p_queue_size(struct cairn_suite *s, uint32_t q)
{
	select_queue(s, q);
	return get(s, 0x18, 2);
}

/* As with queues: what the register cannot hold becomes what no queue can have. */
static void p_set_queue_size(struct cairn_suite *s, uint32_t q, uint32_t size)
{
	select_queue(s, q);
	put(s, 0x18, 2, size > 0xffff ? 0xffff : size);
}

static void p_set_queue_addr(struct cairn_suite *s, uint32_t q, uint64_t desc, uint64_t driver,
			     uint64_t device)
{
	select_queue(s, q);
	put(s, 0x20, 4, (uint32_t)desc);
	put(s, 0x24, 4, desc >> 32);
	put(s, 0x28, 8, driver);
	put(s, 0x30, 4, (uint32_t)device);
	put(s, 0x34, 4, device >> 32);
}

static void p_enable(struct cairn_suite *s, uint32_t q)
{
	select_queue(s, q);
	put(s, 0x1a, 2, q + 1);
	put(s, 0x1c, 2, 1);
}

static bool p_is_enabled(struct cairn_suite *s, uint32_t q)
{
	select_queue(s, q);
	return get(s, 0x1c, 2);
}

static void p_queue_reset(struct cairn_suite *s, uint32_t q)
{
	select_queue(s, q);
	put(s, 0x3a, 2, 1);
}

static bool p_is_resetting(struct cairn_suite *s, uint32_t q)
{
	select_queue(s, q);
	return get(s, 0x3a, 2);
}

static void p_kick(struct cairn_suite *s, uint32_t q)
{
	put(s, 0x3000 + (q > 0x3ff ? 0x3ff : q) * 4, 2, q);
}

static uint64_t p_config_read(struct cairn_suite *s, uint32_t off, uint32_t len)
{
	return rd(world_of(s), REGS + 0x2000 + off, len);
}

static void p_config_write(struct cairn_suite *s, uint32_t off, uint32_t len, uint64_t value)
{
	wr(world_of(s), REGS + 0x2000 + off, len, value);
}

static uint32_t p_generation(struct cairn_suite *s)
{
	return get(s, 0x15, 1);
}

static unsigned int p_take_queue_irqs(struct cairn_suite *s)
{
	struct world *w = world_of(s);

	assert_int_equal(get(s, 0x1000, 1), 0); /* the ISR is for the wired interrupt */
	return take_sent(line_of(w, 1)) + take_sent(line_of(w, 2));
}

static unsigned int p_take_config_irqs(struct cairn_suite *s)
{
	return take_sent(line_of(world_of(s), 0));
}

static struct cairn_carrier *p_carrier(struct cairn_suite *s)
{
	return &world_of(s)->pci.carrier;
}

/* Of the wired kind a driver knows only that there was one since it read the ISR. */
static unsigned int p_take_isr(struct cairn_suite *s)
{
	struct world *w = world_of(s);
	bool high = w->intx.high;
	unsigned isr = get(s, 0x1000, 1);

	assert_int_equal(high, isr != 0);
	assert_false(w->intx.high);
	return isr;
}

static const struct cairn_suite_regs pci_regs = {
	.set_status = p_set_status,
	.status = p_status,
	.ack = p_ack,
	.queue_max = p_queue_max,
	.queue_size = p_queue_size,
	.set_queue_size = p_set_queue_size,
	.set_queue_addr = p_set_queue_addr,
	.enable = p_enable,
	.is_enabled = p_is_enabled,
	.generation = p_generation,
	.carrier = p_carrier,
};

/* A queue of virtio-pci is stopped by its reset only. */
#define PCI_SUITE_OPS                                                                              \
	CAIRN_SUITE_REGISTER_OPS, .lacks = CAIRN_SUITE_REGISTER_LACKS | CAIRN_SUITE_STOP,          \
				  .close = p_close, .offered = p_offered, .kick = p_kick,          \
				  .config_read = p_config_read, .config_write = p_config_write,    \
				  .queue_reset = p_queue_reset, .is_resetting = p_is_resetting,    \
				  .regs = &pci_regs

const struct cairn_suite_ops pci_suite_ops = {
	.name = "virtio-pci",
	.open = p_open,
	PCI_SUITE_OPS,
	.take_queue_irqs = p_take_queue_irqs,
	.take_config_irqs = p_take_config_irqs,
};

const struct cairn_suite_ops pci_bare_suite_ops = {
	.name = "virtio-pci, nothing set",
	.open = p_open_bare,
	PCI_SUITE_OPS,
	.take_queue_irqs = p_take_isr,
	.take_config_irqs = p_take_isr,
};

const struct cairn_suite_ops pci_intx_suite_ops = {
	.name = "virtio-pci, wired",
	.open = p_open_intx,
	PCI_SUITE_OPS,
	.take_queue_irqs = p_take_isr,
	.take_config_irqs = p_take_isr,
};
