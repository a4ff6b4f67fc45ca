/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A hostile driver: any access to configuration space and BARs, in any order, with a device that
 * answers at once, later, or dies. The bus and the MSI-X table stay valid, and everything can be
 * taken apart at the end.
 */
#include <stdlib.h>

#include <cairn/cursor.h>
#include <cairn/pci_root.h>
#include <cairn/vdev_script.h>
#include <cairn/virtio_pci.h>

#define ECAM     UINT64_C(0xb0000000)
#define BARS     UINT64_C(0xc0000000)
#define N_QUEUES 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct machine {
	struct cairn_bus_region array[8];
	struct cairn_bus mem;
	struct cairn_pci_root root;
	struct cairn_virtio_pci pci;
	struct cairn_vdev_script dev;
	struct cairn_loop *loop;
	struct cairn_memview *view;
	struct cairn_irq_line lines[N_QUEUES + 2];
	unsigned n_lines, n_bells;
	bool refuse; /* messages */
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static int line_set(struct cairn_irq_line *l, bool high)
{
	return 0;
}

static int line_route(struct cairn_irq_line *l, uint64_t addr, uint32_t data)
{
	return data == 0xdead ? -EINVAL : 0;
}

static void line_put(struct cairn_irq_line *l)
{
	must(l->ops != NULL);
	l->ops = NULL;
}

static const struct cairn_irq_line_ops line_ops = { .set = line_set,
						    .route = line_route,
						    .put = line_put };

static int take(void *ctx, struct cairn_irq_line **ret)
{
	struct machine *m = ctx;

	if (m->refuse)
		return -ENOSPC;
	must(m->n_lines <= N_QUEUES);
	*ret = &m->lines[m->n_lines++];
	(*ret)->ops = &line_ops;
	return 0;
}

static int add_bell(void *ctx, bool pio, uint64_t addr, uint8_t len, const uint64_t *match, int fd)
{
	((struct machine *)ctx)->n_bells++;
	return 0;
}

static int del_bell(void *ctx, bool pio, uint64_t addr, uint8_t len, const uint64_t *match, int fd)
{
	must(((struct machine *)ctx)->n_bells-- > 0);
	return 0;
}

static void build(struct machine *m)
{
	static const uint16_t queue_max[N_QUEUES] = { 8, 256, 1 };
	const struct cairn_pci_root_config c = { .mem = &m->mem, .mem32 = { BARS, 0x100000 } };
	struct cairn_irq_line *intx = &m->lines[N_QUEUES + 1];

	*m = (struct machine){ 0 };
	intx->ops = &line_ops;
	must(cairn_loop_new(&m->loop) == 0);
	must(cairn_memview_new(NULL, 0, &m->view, NULL) == 0);
	must(cairn_vdev_script_init(
		 &m->dev, &(struct cairn_vdev_script_desc){ .home = m->loop,
							    .features = 0x21,
							    .n_queues = N_QUEUES,
							    .config_len = 24,
							    .queue_max = queue_max }) == 0);
	must(cairn_bus_init(&m->mem, m->array, 8, UINT64_MAX, 8) == 0);
	must(cairn_pci_root_init(&m->root, &c) == 0);
	must(cairn_bus_add(&m->mem,
			   &(struct cairn_bus_region){ ECAM, CAIRN_PCI_ECAM_LEN,
						       &cairn_pci_root_ecam_ops, &m->root }) == 0);
	must(cairn_virtio_pci_init(&m->pci, &(struct cairn_virtio_pci_desc){
						.vdev = &m->dev.vdev,
						.view = m->view,
						.msi = { take, m },
						.intx = intx,
						.intx_pin = 1,
						.doorbells = { add_bell, del_bell, m } }) == 0);
	must(cairn_pci_root_add(&m->root, 1, 0, &m->pci.func) == 0);
	cairn_carrier_interrupt(&m->pci.carrier, true);
}

static void turn(struct machine *m)
{
	for (int i = 0; i < 8; i++)
		must(cairn_loop_dispatch(m->loop, 0) >= 0);
}

static void on_unplugged(struct cairn_carrier_call *call, int status)
{
}

static void take_apart(struct machine *m)
{
	struct cairn_carrier_call call = { .done = on_unplugged };

	for (int i = 0; i < (int)CAIRN_VDEV_SCRIPT_OPS; i++) {
		m->dev.answer[i] = CAIRN_VDEV_SCRIPT_NOW;
		m->dev.status[i] = 0;
	}
	must(cairn_carrier_unplug(&m->pci.carrier, CAIRN_VQ_CANCEL, &call) == 0);
	turn(m);
	cairn_virtio_pci_fini(&m->pci);
	must(m->n_bells == 0);
	for (unsigned i = 0; i < CAIRN_ARRAY_LEN(m->lines); i++)
		must(m->lines[i].ops == NULL);
	cairn_vdev_fini(&m->dev.vdev);
	cairn_memview_put(m->view);
	cairn_loop_free(m->loop);
}

/* What the fuzzer lets the device and the host do. */
static void script(struct machine *m, uint8_t op, uint16_t v)
{
	static const enum cairn_vdev_script_answer answers[] = { CAIRN_VDEV_SCRIPT_NOW,
								 CAIRN_VDEV_SCRIPT_LATER,
								 CAIRN_VDEV_SCRIPT_INSIDE,
								 CAIRN_VDEV_SCRIPT_DIES };

	m->refuse = op & 4;
	m->dev.answer[v % CAIRN_VDEV_SCRIPT_OPS] = answers[op & 3];
	if (m->dev.queues[v % N_QUEUES].running)
		cairn_vdev_script_signal(&m->dev, v % N_QUEUES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t bases[4] = { ECAM + 0x8000, BARS, BARS + 0x4000, BARS + 0x3000 };
	static struct machine m;
	struct cairn_reader r;

	build(&m);
	cairn_reader_init(&r, data, size < 4096 ? size : 4096);
	while (cairn_reader_left(&r)) {
		uint8_t op = cairn_reader_u8(&r), bytes[8] = { 0 };
		uint16_t off = cairn_reader_le16(&r);
		uint32_t len = 1u << (op >> 1 & 3);

		if ((op & 0xe0) == 0xe0) {
			script(&m, op, off);
		} else if (op & 1) {
			cairn_reader_bytes(&r, bytes, len < cairn_reader_left(&r) ? len : 1);
		}
		if ((op & 0xe0) != 0xe0 &&
		    cairn_bus_access(&m.mem,
				     bases[op >> 3 & 3] + (off & 0xfff) + (op & 0x20 ? 0x1000 : 0),
				     op & 1, bytes, len) == CAIRN_IO_REMAP)
			cairn_pci_root_remap(&m.root);
		if (op & 0x40)
			turn(&m);
		must(cairn_bus_is_valid(&m.mem) && cairn_pci_msix_is_valid(&m.pci.msix));
	}
	cairn_pci_root_reset(&m.root);
	take_apart(&m);
	return 0;
}
