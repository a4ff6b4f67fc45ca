/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * mmio_fuzz.c - a driver that does anything to the registers, in front of a device that answers in
 * any way, and a program that pauses, resets and changes memory in between. Each input byte pair
 * chooses a deed. In the end the device is let answer everything, and must then reset and run as if
 * nothing had been.
 */
#include <stdlib.h>

#include <cairn/vdev_script.h>

#include "../test/fakes.h"

#define QUEUES 3
#define CONFIG 20

struct world {
	struct cairn_loop *loop;
	struct cairn_memview *view;
	struct cairn_vdev_script dev;
	struct cairn_virtio_mmio mmio;
	struct fake_line line;
	struct fake_bells bells;
	struct cairn_carrier_call wish;
	unsigned int n_wishes, n_done;
};

static void must(bool yes)
{
	if (!yes)
		abort();
}

static void on_wish(struct cairn_carrier_call *call, int status)
{
	cairn_container_of(call, struct world, wish)->n_done++;
}

static void setup(struct world *w)
{
	static const uint16_t queue_max[QUEUES] = { 8, 1, 32768 };

	memset(w, 0, sizeof(*w));
	w->wish.done = on_wish;
	w->line.line.ops = &fake_line_ops;
	must(cairn_loop_new(&w->loop) == 0);
	must(cairn_memview_new(NULL, 0, &w->view, NULL) == 0);
	must(cairn_vdev_script_init(
		 &w->dev, &(struct cairn_vdev_script_desc){ .home = w->loop,
							    .features = 0x31,
							    .n_queues = QUEUES,
							    .config_len = CONFIG,
							    .queue_max = queue_max }) == 0);
	must(cairn_virtio_mmio_init(&w->mmio, &(struct cairn_virtio_mmio_desc){
						  .vdev = &w->dev.vdev,
						  .view = w->view,
						  .line = &w->line.line,
						  .doorbells = { fake_add, fake_del, &w->bells },
						  .base = FAKE_BASE }) == 0);
	cairn_carrier_interrupt(&w->mmio.carrier, true);
}

static void turn(struct world *w)
{
	int rounds = 0;

	while (cairn_loop_dispatch(w->loop, 0) > 0)
		must(++rounds < 1000);
}

static void unstick(struct world *w)
{
	for (unsigned int op = 0; op < CAIRN_VDEV_SCRIPT_OPS; op++) {
		w->dev.answer[op] = CAIRN_VDEV_SCRIPT_NOW;
		w->dev.status[op] = 0;
	}
	for (unsigned int i = 0; i < 4 * CAIRN_VDEV_SCRIPT_OPS; i++) {
		cairn_vdev_script_release(&w->dev, (enum cairn_vdev_op)(i % CAIRN_VDEV_SCRIPT_OPS));
		turn(w);
	}
}

static void wish(struct world *w, uint8_t which)
{
	struct cairn_carrier *c = &w->mmio.carrier;
	int r;

	if (which % 4 == 0)
		r = cairn_carrier_pause(c, &w->wish);
	else if (which % 4 == 1)
		r = cairn_carrier_resume(c, &w->wish);
	else if (which % 4 == 2)
		r = cairn_carrier_reset(c, &w->wish);
	else
		r = cairn_carrier_set_view(
		    c, w->view, which & 4 ? CAIRN_VIEW_GROWN : CAIRN_VIEW_REPLACED, &w->wish);
	w->n_wishes += r == 0;
}

static void access_registers(struct world *w, uint8_t what, const uint8_t *arg)
{
	/* Registers that matter, values that matter; else anything. */
	static const uint16_t offs[] = { 0x70, 0x30, 0x38, 0x44, 0x50,  0x20,  0x24, 0xc0,
					 0x14, 0x64, 0x80, 0x94, 0x100, 0x110, 0xfc, 0x10 };
	uint64_t off = what & 0x10 ? offs[what % 16] : (uint64_t)arg[0] << 1;
	uint32_t len = what & 0x20 ? 4 : 1u << (arg[1] & 3);
	uint64_t value = arg[1];

	if (what & 0x40)
		value = value << 8 | arg[0];
	if (off + len > CAIRN_VIRTIO_MMIO_LEN)
		return;
	if (arg[0] & 0x80)
		(void)cairn_virtio_mmio_bus_ops.read(&w->mmio, off, len, &value);
	else
		(void)cairn_virtio_mmio_bus_ops.write(&w->mmio, off, len, value);
}

static void deed(struct world *w, uint8_t what, const uint8_t *arg)
{
	unsigned int op = arg[0] % CAIRN_VDEV_SCRIPT_OPS;

	if (what & 0x80) {
		access_registers(w, what, arg);
		return;
	}
	switch (what % 9) {
	case 0:
		turn(w);
		break;
	case 1:
		w->dev.answer[op] = arg[1] % (CAIRN_VDEV_SCRIPT_DIES + 1);
		break;
	case 2:
		w->dev.status[op] = arg[1] & 1 ? -EIO : 0;
		break;
	case 3:
		cairn_vdev_script_release(&w->dev, (enum cairn_vdev_op)op);
		break;
	case 4:
		cairn_vdev_script_signal(&w->dev, arg[0] % QUEUES);
		break;
	case 5:
		cairn_vdev_script_config(&w->dev, arg[0] % CONFIG, arg[1]);
		break;
	case 6:
		cairn_vdev_break(&w->dev.vdev, -EPROTO);
		break;
	case 7:
		wish(w, arg[0]);
		break;
	default:
		must(cairn_loop_dispatch(w->loop, 0) >= 0);
		break;
	}
}

static void must_run_again(struct world *w)
{
	struct cairn_virtio_mmio *m = &w->mmio;

	unstick(w);
	must(w->n_done == w->n_wishes);
	w->n_wishes += cairn_carrier_resume(&m->carrier, &w->wish) == 0;
	fake_write(m, 0x70, 0);
	turn(w);
	must(fake_read(m, 0x70) == 0 && w->dev.vdev.state == CAIRN_VDEV_NEW);
	fake_write(m, 0x70, 3);
	fake_write(m, 0x24, 1);
	fake_write(m, 0x20, 1);
	fake_write(m, 0x70, 0xb);
	fake_write(m, 0x44, 1);
	fake_write(m, 0x70, 0xf);
	turn(w);
	must(fake_read(m, 0x70) == 0xf && w->dev.queues[0].running);
}

static void teardown(struct world *w)
{
	w->n_wishes += cairn_carrier_unplug(&w->mmio.carrier, CAIRN_VQ_DRAIN, &w->wish) == 0;
	turn(w);
	must(w->n_done == w->n_wishes);
	cairn_virtio_mmio_fini(&w->mmio);
	cairn_vdev_fini(&w->dev.vdev);
	cairn_memview_put(w->view);
	cairn_loop_free(w->loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;

	setup(&w);
	for (size_t i = 0; i + 3 <= size && i < 3 * 300; i += 3)
		deed(&w, data[i], data + i + 1);
	must_run_again(&w);
	teardown(&w);
	return 0;
}
