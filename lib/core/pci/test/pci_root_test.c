/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/pci_root.h>

#define ECAM   UINT64_C(0xb0000000)
#define MEM32  UINT64_C(0xc0000000)
#define MEM64  UINT64_C(0x8000000000)
#define DEV(d) (ECAM + ((uint64_t)(d) << 15))

struct world {
	struct cairn_bus_region mem_array[16], port_array[2];
	struct cairn_bus mem, ports;
	struct cairn_pci_root root;
	struct cairn_pci_func f, g;
	uint8_t cf9;
	bool irq;
	unsigned bar, told;
	uint64_t address;
};

/* A device whose every byte reads as its offset; writes set *ctx. */
static enum cairn_io dev_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	*ret_value = off;
	return CAIRN_IO_DONE;
}

static enum cairn_io dev_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	*(uint8_t *)ctx = (uint8_t)value;
	return CAIRN_IO_DONE;
}

static const struct cairn_bus_ops dev_ops = { .read = dev_read, .write = dev_write };

static void set_irq(void *ctx, bool high)
{
	((struct world *)ctx)->irq = high;
}

static const struct cairn_pci_ids ids = { .vendor = 0x1af4, .device = 0x1041 };

static struct cairn_pci_root_config config(struct world *w)
{
	return (struct cairn_pci_root_config){
		.mem = &w->mem,
		.mem32 = { MEM32, 0x10000000 },
		.mem64 = { MEM64, 0x100000000 },
		.bridge = { .vendor = 0x1b36, .device = 0x0008, .class_code = 0x123456 },
		.cf9 = &dev_ops,
		.cf9_ctx = &w->cf9,
	};
}

static void add_region(struct cairn_bus *bus, uint64_t base, uint64_t len,
		       const struct cairn_bus_ops *ops, void *ctx)
{
	struct cairn_bus_region r = { .base = base, .len = len, .ops = ops, .ctx = ctx };

	assert_int_equal(cairn_bus_add(bus, &r), 0);
}

/* A root and two functions that are not added yet: BAR 0 of 4 KiB, and BAR 2 of 64 KiB, 64-bit. */
static void start(struct world *w)
{
	struct cairn_pci_root_config c = config(w);

	*w = (struct world){ 0 };
	assert_int_equal(cairn_bus_init(&w->mem, w->mem_array, 16, UINT64_MAX, 8), 0);
	assert_int_equal(cairn_bus_init(&w->ports, w->port_array, 2, 0xffff, 4), 0);
	assert_int_equal(cairn_pci_root_init(&w->root, &c), 0);
	add_region(&w->mem, ECAM, 2 * CAIRN_PCI_ECAM_LEN, &cairn_pci_root_ecam_ops, &w->root);
	add_region(&w->ports, CAIRN_PCI_PORT, CAIRN_PCI_PORT_LEN, &cairn_pci_root_port_ops,
		   &w->root);
	cairn_pci_func_init(&w->f, &ids);
	assert_int_equal(cairn_pci_func_bar(&w->f, 0, 0x1000, 0, &dev_ops, NULL), 0);
	assert_int_equal(cairn_pci_func_bar(&w->f, 2, 0x10000, CAIRN_PCI_BAR_64, &dev_ops, NULL),
			 0);
	assert_int_equal(cairn_pci_func_intx(&w->f, 1, (struct cairn_line){ set_irq, w }), 0);
	cairn_pci_func_init(&w->g, &ids);
	assert_int_equal(cairn_pci_func_bar(&w->g, 0, 0x1000, 0, &dev_ops, NULL), 0);
}

/* Both added, at 00:01.0 and 00:02.0. */
static void start_added(struct world *w)
{
	start(w);
	assert_int_equal(cairn_pci_root_add(&w->root, 1, 0, &w->f), 0);
	assert_int_equal(cairn_pci_root_add(&w->root, 2, 0, &w->g), 0);
}

static uint64_t in(struct world *w, uint64_t addr, uint32_t len)
{
	uint64_t v;

	cairn_bus_read(&w->mem, addr, len, &v);
	return v;
}

/* As a VMM does it: the change of the map is made after the access. */
static void out(struct world *w, uint64_t addr, uint32_t len, uint64_t v)
{
	if (cairn_bus_write(&w->mem, addr, len, v) == CAIRN_IO_REMAP)
		cairn_pci_root_remap(&w->root);
	assert_true(cairn_bus_is_valid(&w->mem));
}

static bool is_there(struct world *w, uint64_t addr)
{
	uint64_t v;

	return cairn_bus_read(&w->mem, addr, 4, &v) == CAIRN_IO_DONE;
}

static uint64_t port_in(struct world *w, uint64_t port, uint32_t len)
{
	uint64_t v;

	cairn_bus_read(&w->ports, port, len, &v);
	return v;
}

static enum cairn_io port_out(struct world *w, uint64_t port, uint32_t len, uint64_t v)
{
	return cairn_bus_write(&w->ports, port, len, v);
}

static void host_bridge_is_at_zero(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(in(&w, DEV(0), 4), 0x00081b36);
	assert_int_equal(in(&w, DEV(0) + 8, 4), 0x06000000);
}

static void absent_functions_read_as_all_ones(void **state)
{
	struct world w;

	start_added(&w);
	assert_true(in(&w, DEV(3), 4) == 0xffffffff);
	assert_true(in(&w, DEV(1) + 0x1000, 4) == 0xffffffff);
	assert_true(in(&w, ECAM + CAIRN_PCI_ECAM_LEN + 0x8000, 4) == 0xffffffff);
	assert_true(in(&w, DEV(1) + 0x100, 4) == 0xffffffff);
	assert_true(in(&w, DEV(1) + 0xffe, 4) == 0xffffffff);
	out(&w, DEV(3) + 4, 2, 2);
}

static void ecam_reaches_the_function(void **state)
{
	struct world w;

	start_added(&w);
	assert_int_equal(in(&w, DEV(1), 4), 0x10411af4);
	assert_int_equal(in(&w, DEV(2) + 2, 2), 0x1041);
	out(&w, DEV(2) + 0x3c, 1, 9);
	assert_int_equal(in(&w, DEV(2) + 0x3c, 1), 9);
	assert_int_equal(in(&w, DEV(1) + 0x3c, 1), 0);
	assert_true(in(&w, DEV(1), 8) == UINT64_MAX);
}

static void ports_reach_the_function(void **state)
{
	struct world w;

	start_added(&w);
	assert_int_equal(port_out(&w, 0xcf8, 4, 0x8000083c), CAIRN_IO_DONE);
	assert_true(port_in(&w, 0xcf8, 4) == 0x8000083c);
	assert_int_equal(port_out(&w, 0xcfc, 1, 0x0b), CAIRN_IO_DONE);
	assert_int_equal(port_in(&w, 0xcfc, 2), 0x010b);
	assert_int_equal(port_in(&w, 0xcfd, 1), 0x01);
	assert_int_equal(in(&w, DEV(1) + 0x3c, 1), 0x0b);
	assert_int_equal(port_out(&w, 0xcf8, 4, 0x80000802), CAIRN_IO_DONE);
	assert_int_equal(port_in(&w, 0xcfe, 2), 0x1041);
}

static void ports_need_the_enable_bit_and_bus_zero(void **state)
{
	struct world w;

	start_added(&w);
	assert_int_equal(port_out(&w, 0xcf8, 4, 0x00000800), CAIRN_IO_DONE);
	assert_true(port_in(&w, 0xcfc, 4) == 0xffffffff);
	assert_int_equal(port_out(&w, 0xcf8, 4, 0x80010800), CAIRN_IO_DONE);
	assert_true(port_in(&w, 0xcfc, 4) == 0xffffffff);
	assert_int_equal(port_out(&w, 0xcf8, 4, 0x8000083c), CAIRN_IO_DONE);
	assert_int_equal(port_out(&w, 0xcf8, 4, 0x0000083c), CAIRN_IO_DONE);
	assert_int_equal(port_out(&w, 0xcfc, 1, 0x0b), CAIRN_IO_DONE);
	assert_int_equal(in(&w, DEV(1) + 0x3c, 1), 0);
}

/* Linux writes a byte to 0xcfb before it trusts mechanism 1. */
static void narrow_accesses_to_the_address_are_ignored(void **state)
{
	struct world w;

	start_added(&w);
	assert_int_equal(port_out(&w, 0xcf8, 4, 0x80000800), CAIRN_IO_DONE);
	assert_int_equal(port_out(&w, 0xcfb, 1, 0x01), CAIRN_IO_BAD);
	assert_int_equal(port_out(&w, 0xcf8, 2, 0x01), CAIRN_IO_BAD);
	assert_int_equal(port_in(&w, 0xcf8, 1), 0xff);
	assert_int_equal(port_out(&w, 0xcfa, 4, 0), CAIRN_IO_BAD);
	assert_true(port_in(&w, 0xcfa, 4) == 0xffffffff);
	assert_int_equal(port_in(&w, 0xcf9, 2), 0xffff);
	assert_true(port_in(&w, 0xcf8, 4) == 0x80000800);
}

static void byte_at_cf9_goes_to_the_reset_register(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(port_out(&w, 0xcf9, 1, 6), CAIRN_IO_DONE);
	assert_int_equal(w.cf9, 6);
	assert_int_equal(port_in(&w, 0xcf9, 1), 0);
	assert_int_equal(port_out(&w, 0xcf9, 2, 7), CAIRN_IO_BAD);
	w.root.cf9 = NULL;
	assert_int_equal(port_out(&w, 0xcf9, 1, 8), CAIRN_IO_BAD);
	assert_int_equal(port_in(&w, 0xcf9, 1), 0xff);
	assert_int_equal(w.cf9, 6);
}

static void bars_are_assigned_but_off_at_first(void **state)
{
	struct world w;

	start_added(&w);
	assert_true(in(&w, DEV(1) + 0x10, 4) == MEM32);
	assert_true(in(&w, DEV(1) + 0x18, 4) == (uint32_t)MEM64 + 4);
	assert_true(in(&w, DEV(1) + 0x1c, 4) == MEM64 >> 32);
	assert_true(in(&w, DEV(2) + 0x10, 4) == MEM32 + 0x1000);
	assert_false(is_there(&w, MEM32));
	assert_true(cairn_pci_func_bar_address(&w.f, 0) == CAIRN_PCI_UNMAPPED);
	out(&w, DEV(1) + 4, 2, 2);
	assert_true(cairn_pci_func_bar_address(&w.f, 0) == MEM32);
	assert_true(cairn_pci_func_bar_address(&w.f, 1) == CAIRN_PCI_UNMAPPED);
	assert_true(cairn_pci_func_bar_address(&w.f, CAIRN_PCI_BARS) == CAIRN_PCI_UNMAPPED);
}

static void memory_enable_maps_and_unmaps(void **state)
{
	struct world w;

	start_added(&w);
	out(&w, DEV(1) + 4, 2, 2);
	assert_int_equal(in(&w, MEM32 + 0xffc, 4), 0xffc);
	assert_int_equal(in(&w, MEM64 + 0xfff8, 4), 0xfff8);
	assert_false(is_there(&w, MEM32 + 0x1000));
	out(&w, DEV(1) + 4, 2, 0);
	assert_false(is_there(&w, MEM32));
	assert_false(is_there(&w, MEM64));
}

static void moved_bar_answers_at_its_new_place(void **state)
{
	struct world w;

	start_added(&w);
	out(&w, DEV(1) + 4, 2, 2);
	out(&w, DEV(1) + 0x10, 4, MEM32 + 0x5000);
	assert_false(is_there(&w, MEM32));
	assert_true(is_there(&w, MEM32 + 0x5000));
	out(&w, DEV(1) + 0x18, 4, (uint32_t)MEM64 + 0x10000);
	assert_true(is_there(&w, MEM64 + 0x10000));
}

static void sixty_four_bit_bar_moves_by_halves(void **state)
{
	struct world w;

	start_added(&w);
	out(&w, DEV(1) + 4, 2, 2);
	out(&w, DEV(1) + 0x1c, 4, 0);
	assert_false(is_there(&w, MEM64));
	out(&w, DEV(1) + 0x18, 4, MEM32 + 0x10000);
	assert_true(is_there(&w, MEM32 + 0x10000));
}

static void sizing_with_decoding_on_is_survived(void **state)
{
	struct world w;

	start_added(&w);
	out(&w, DEV(1) + 4, 2, 2);
	out(&w, DEV(1) + 0x10, 4, 0xffffffff);
	assert_true(in(&w, DEV(1) + 0x10, 4) == 0xfffff000);
	assert_false(is_there(&w, MEM32));
	out(&w, DEV(1) + 0x10, 4, MEM32);
	assert_true(is_there(&w, MEM32));
}

static void bar_outside_the_windows_decodes_nowhere(void **state)
{
	struct world w;

	start_added(&w);
	out(&w, DEV(1) + 4, 2, 2);
	out(&w, DEV(1) + 0x10, 4, 0x00100000); /* where memory would be */
	assert_false(is_there(&w, 0x00100000));
	out(&w, DEV(1) + 0x10, 4, MEM32 + 0x10000000);
	assert_false(is_there(&w, MEM32 + 0x10000000));
	out(&w, DEV(1) + 0x10, 4, MEM32 + 0x0ffff000);
	assert_true(is_there(&w, MEM32 + 0x0ffff000));
	out(&w, DEV(1) + 0x10, 4, 0xb0000000);
	assert_int_equal(in(&w, DEV(0), 4), 0x00081b36);
}

static void overlapping_bar_stays_off_until_there_is_room(void **state)
{
	struct world w;

	start_added(&w);
	out(&w, DEV(1) + 4, 2, 2);
	out(&w, DEV(2) + 4, 2, 2);
	out(&w, DEV(2) + 0x10, 4, MEM32);
	assert_false(is_there(&w, MEM32 + 0x1000));
	assert_true(w.g.bars[0].mapped == CAIRN_PCI_UNMAPPED);
	assert_true(w.f.bars[0].mapped == MEM32);
	assert_int_equal(cairn_pci_root_remap(&w.root), 1);
	out(&w, DEV(1) + 0x10, 4, MEM32 + 0x8000);
	assert_true(w.g.bars[0].mapped == MEM32);
	assert_int_equal(cairn_pci_root_remap(&w.root), 0);
}

static void told_mapped(void *ctx, unsigned bar, uint64_t address)
{
	struct world *w = ctx;

	w->told++;
	w->bar = bar;
	w->address = address;
}

static void owner_is_told_where_its_bars_are(void **state)
{
	struct world w;
	struct cairn_pci_owner owner = { .mapped = told_mapped, .ctx = &w };

	start(&w);
	assert_int_equal(cairn_pci_func_own(&w.g, &owner), 0);
	assert_int_equal(cairn_pci_root_add(&w.root, 1, 0, &w.f), 0);
	assert_int_equal(cairn_pci_root_add(&w.root, 2, 0, &w.g), 0);
	out(&w, DEV(1) + 4, 2, 2);
	assert_int_equal(w.told, 0);
	out(&w, DEV(2) + 4, 2, 2);
	assert_int_equal(w.told, 1);
	assert_true(w.address == MEM32 + 0x1000);
	out(&w, DEV(2) + 0x10, 4, MEM32); /* refused: off the bus */
	assert_int_equal(w.told, 2);
	assert_true(w.address == CAIRN_PCI_UNMAPPED);
	out(&w, DEV(2) + 0x10, 4, MEM32 + 0x3000);
	assert_int_equal(w.told, 3);
	assert_int_equal(w.bar, 0);
	assert_int_equal(cairn_pci_func_own(&w.g, &owner), -EINVAL);
}

static void bars_can_change_places(void **state)
{
	struct world w;

	start_added(&w);
	out(&w, DEV(1) + 4, 2, 2);
	out(&w, DEV(2) + 4, 2, 2);
	assert_int_equal(cairn_bus_write(&w.mem, DEV(1) + 0x10, 4, MEM32 + 0x1000), CAIRN_IO_REMAP);
	assert_int_equal(cairn_bus_write(&w.mem, DEV(2) + 0x10, 4, MEM32), CAIRN_IO_REMAP);
	assert_int_equal(cairn_pci_root_remap(&w.root), 0);
	assert_true(w.f.bars[0].mapped == MEM32 + 0x1000);
	assert_true(w.g.bars[0].mapped == MEM32);
}

static void add_refuses_bad_slots(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(cairn_pci_root_add(&w.root, 0, 0, &w.f), -EINVAL);
	assert_int_equal(cairn_pci_root_add(&w.root, 0, 1, &w.f), -EINVAL);
	assert_int_equal(cairn_pci_root_add(&w.root, 32, 0, &w.f), -EINVAL);
	assert_int_equal(cairn_pci_root_add(&w.root, 1, 8, &w.f), -EINVAL);
	assert_int_equal(cairn_pci_root_add(&w.root, 1, 1, &w.f), -EINVAL);
	assert_int_equal(cairn_pci_root_add(&w.root, 31, 0, &w.f), 0);
	assert_int_equal(cairn_pci_root_add(&w.root, 30, 0, &w.f), -EINVAL);
	assert_int_equal(cairn_pci_root_add(&w.root, 31, 0, &w.g), -EEXIST);
	assert_int_equal(in(&w, DEV(31), 2), 0x1af4);
	assert_int_equal(cairn_pci_root_add(&w.root, 2, 0, &w.g), 0);
	cairn_pci_func_init(&w.f, &ids);
	assert_int_equal(cairn_pci_root_add(&w.root, 2, 8, &w.f), -EINVAL);
}

static void second_function_makes_the_device_multi_function(void **state)
{
	struct world w;

	start(&w);
	assert_int_equal(cairn_pci_root_add(&w.root, 4, 0, &w.f), 0);
	assert_int_equal(in(&w, DEV(4) + 0x0e, 1), 0x00);
	assert_int_equal(cairn_pci_root_add(&w.root, 4, 7, &w.g), 0);
	assert_int_equal(in(&w, DEV(4) + 0x0e, 1), 0x80);
	assert_int_equal(in(&w, DEV(4) + 0x7000, 4), 0x10411af4);
	cairn_pci_root_reset(&w.root);
	assert_int_equal(in(&w, DEV(4) + 0x0e, 1), 0x80);
}

static void refresh(void *ctx, uint32_t off, uint32_t len)
{
}

static enum cairn_io stored(void *ctx, uint32_t off, uint32_t len)
{
	return CAIRN_IO_DONE;
}

static void added_function_is_closed_to_its_builder(void **state)
{
	struct world w;
	struct cairn_pci_config_hook hook = { .off = 0x40, .refresh = refresh, .stored = stored };
	uint8_t at;

	start_added(&w);
	assert_int_equal(cairn_pci_func_bar(&w.f, 1, 0x1000, 0, &dev_ops, NULL), -EINVAL);
	assert_int_equal(cairn_pci_func_cap(&w.f, 9, &at, NULL, 1, &at), -EINVAL);
	assert_int_equal(cairn_pci_func_intx(&w.f, 1, (struct cairn_line){ 0 }), -EINVAL);
	assert_int_equal(cairn_pci_func_hook(&w.f, &hook), -EINVAL);
}

static void full_window_takes_nothing(void **state)
{
	struct cairn_pci_root_config c;
	struct world w;
	uint64_t at;

	start(&w);
	c = config(&w);
	c.mem32.len = 0x2000;
	c.mem64.len = 0;
	assert_int_equal(cairn_pci_root_init(&w.root, &c), 0);
	assert_int_equal(cairn_pci_root_add(&w.root, 1, 0, &w.f), -ENOSPC);
	assert_int_equal(w.root.ranges[0].n, 0);
	assert_int_equal(cairn_pci_root_add(&w.root, 1, 0, &w.g), 0);
	at = w.root.taken[0][0].at;
	assert_true(at == MEM32);
}

static void sixty_four_bit_bar_goes_below_when_there_is_no_room_above(void **state)
{
	struct cairn_pci_root_config c;
	struct world w;

	start(&w);
	c = config(&w);
	c.mem64.len = 0x8000;
	assert_int_equal(cairn_pci_root_init(&w.root, &c), 0);
	assert_int_equal(cairn_pci_root_add(&w.root, 1, 0, &w.f), 0);
	assert_true(in(&w, DEV(1) + 0x18, 4) == MEM32 + 0x10004);
	assert_int_equal(in(&w, DEV(1) + 0x1c, 4), 0);
}

static void bad_windows_are_refused(void **state)
{
	struct cairn_pci_root_config c;
	struct world w;

	start(&w);
	c = config(&w);
	c.mem = NULL;
	assert_int_equal(cairn_pci_root_init(&w.root, &c), -EINVAL);
	c = config(&w);
	c.mem32.len = 0x40000001;
	assert_int_equal(cairn_pci_root_init(&w.root, &c), -EINVAL);
	c.mem32.base = UINT64_C(1) << 32;
	c.mem32.len = 1;
	assert_int_equal(cairn_pci_root_init(&w.root, &c), -EINVAL);
	c = config(&w);
	c.mem64.base = 0xf0000000;
	assert_int_equal(cairn_pci_root_init(&w.root, &c), -EINVAL);
	c.mem64.base = UINT64_MAX - 0xfff;
	assert_int_equal(cairn_pci_root_init(&w.root, &c), -EINVAL);
}

static void reset_brings_everything_back(void **state)
{
	struct world w, fresh;

	start_added(&fresh);
	start_added(&w);
	out(&w, DEV(1) + 0x10, 4, MEM32 + 0x5000);
	out(&w, DEV(1) + 4, 2, 0x406);
	out(&w, DEV(1) + 0x3c, 1, 9);
	cairn_pci_func_set_intx(&w.f, true);
	out(&w, DEV(1) + 4, 2, 0x006);
	assert_true(w.irq);
	assert_int_equal(port_out(&w, 0xcf8, 4, 0x80000800), CAIRN_IO_DONE);
	cairn_pci_root_reset(&w.root);
	assert_false(w.irq);
	assert_false(is_there(&w, MEM32 + 0x5000));
	assert_memory_equal(w.f.config, fresh.f.config, sizeof(w.f.config));
	assert_memory_equal(w.root.bridge.config, fresh.root.bridge.config, 256);
	assert_int_equal(port_in(&w, 0xcf8, 4), 0);
	assert_int_equal(w.mem.n, fresh.mem.n);
}

/* The example of the README. */
static void readme_example_works(void **state)
{
	struct cairn_bus_region array[4];
	struct cairn_bus mem;
	struct cairn_pci_root root;
	struct cairn_pci_func disk;
	const struct cairn_pci_root_config c = {
		.mem = &mem,
		.mem32 = { 0xc0000000, 0x10000000 },
		.bridge = { .vendor = 0x1b36, .device = 0x0008 },
	};
	const struct cairn_pci_ids blk = { .vendor = 0x1af4,
					   .device = 0x1042,
					   .class_code = 0x010000 };

	assert_int_equal(cairn_bus_init(&mem, array, 4, CAIRN_BUS_MEM_LAST, CAIRN_BUS_MEM_MAX_LEN),
			 0);
	assert_int_equal(cairn_pci_root_init(&root, &c), 0);
	add_region(&mem, 0xb0000000, CAIRN_PCI_ECAM_LEN, &cairn_pci_root_ecam_ops, &root);
	cairn_pci_func_init(&disk, &blk);
	assert_int_equal(cairn_pci_func_bar(&disk, 0, 0x4000, 0, &dev_ops, &disk), 0);
	assert_int_equal(cairn_pci_root_add(&root, 1, 0, &disk), 0);
	/* The driver enables memory: command register of 00:01.0. */
	assert_int_equal(cairn_bus_write(&mem, 0xb0008004, 2, 2), CAIRN_IO_REMAP);
	assert_int_equal(cairn_pci_root_remap(&root), 0);
	assert_int_equal(disk.bars[0].mapped, 0xc0000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_bridge_is_at_zero),
		cmocka_unit_test(absent_functions_read_as_all_ones),
		cmocka_unit_test(ecam_reaches_the_function),
		cmocka_unit_test(ports_reach_the_function),
		cmocka_unit_test(ports_need_the_enable_bit_and_bus_zero),
		cmocka_unit_test(narrow_accesses_to_the_address_are_ignored),
		cmocka_unit_test(byte_at_cf9_goes_to_the_reset_register),
		cmocka_unit_test(bars_are_assigned_but_off_at_first),
		cmocka_unit_test(memory_enable_maps_and_unmaps),
		cmocka_unit_test(moved_bar_answers_at_its_new_place),
		cmocka_unit_test(sixty_four_bit_bar_moves_by_halves),
		cmocka_unit_test(sizing_with_decoding_on_is_survived),
		cmocka_unit_test(bar_outside_the_windows_decodes_nowhere),
		cmocka_unit_test(overlapping_bar_stays_off_until_there_is_room),
		cmocka_unit_test(owner_is_told_where_its_bars_are),
		cmocka_unit_test(bars_can_change_places),
		cmocka_unit_test(add_refuses_bad_slots),
		cmocka_unit_test(second_function_makes_the_device_multi_function),
		cmocka_unit_test(added_function_is_closed_to_its_builder),
		cmocka_unit_test(full_window_takes_nothing),
		cmocka_unit_test(sixty_four_bit_bar_goes_below_when_there_is_no_room_above),
		cmocka_unit_test(bad_windows_are_refused),
		cmocka_unit_test(reset_brings_everything_back),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
