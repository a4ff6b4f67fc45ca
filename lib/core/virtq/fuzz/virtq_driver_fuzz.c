/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A hostile device against the driver's end: used elements and indices from the input, any order of
 * calls. The driver gives back only chains that are out, each once, and never runs out of
 * descriptors that are not in use.
 */
#include <cairn/virtq_driver.h>

#include "fuzz_ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE 16

struct fuzz {
	struct fuzz_ram ram;
	struct cairn_virtq_driver d;
	struct cairn_virtq_slot slots[SIZE];
	uint16_t need[SIZE]; /* descriptors of the chain that starts here, 0 when none is out */
	uint32_t room[SIZE];
};

static void *host(struct fuzz *f, uint32_t at)
{
	return (uint8_t *)f->ram.regions[0].host + (at - FUZZ_BASE);
}

static void op_add(struct fuzz *f, struct cairn_reader *r)
{
	struct cairn_virtq_buf bufs[4];
	uint8_t shape = cairn_reader_u8(r);
	uint16_t n = 1 + shape % 4, head;
	struct cairn_virtq_table table = { .host = host(f, FUZZ_BASE + 0x800),
					   .at = { FUZZ_BASE + 0x800 },
					   .cap = 4 };
	uint32_t room = 0;
	int rc;

	for (uint16_t i = 0; i < n; i++) {
		bufs[i] = (struct cairn_virtq_buf){ .at = { FUZZ_BASE },
						    .len = cairn_reader_u8(r),
						    .writable = shape >> (4 + i) & 1 };
		room += bufs[i].writable ? bufs[i].len : 0;
	}
	rc = cairn_virtq_driver_add(&f->d, bufs, n, shape & 8 ? &table : NULL, &head);
	if (rc < 0)
		return;
	if (head >= SIZE || f->need[head])
		abort();
	f->need[head] = shape & 8 ? 1 : n;
	f->room[head] = room;
}

static void op_get(struct fuzz *f)
{
	uint32_t written;
	uint16_t head;

	if (cairn_virtq_driver_get(&f->d, &head, &written) != 1)
		return;
	if (head >= SIZE || !f->need[head] || written > f->room[head])
		abort();
	f->need[head] = 0;
}

static void check_free(const struct fuzz *f)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < SIZE; i++)
		used += f->need[i];
	if (cairn_virtq_driver_free(&f->d) + used != SIZE)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz f;
	struct cairn_virtq_driver_cfg cfg = { .size = SIZE, .slots = f.slots };
	struct cairn_reader r;

	memset(&f, 0, sizeof(f));
	fuzz_ram_init(&f.ram);
	cairn_reader_init(&r, data, size);
	cfg.features = (uint64_t)(cairn_reader_u8(&r) & 3) << 28;
	cfg.desc = host(&f, FUZZ_DESC);
	cfg.driver = host(&f, FUZZ_DRIVER);
	cfg.device = host(&f, FUZZ_DEVICE);
	fuzz_must(cairn_virtq_driver_init(&f.d, &cfg));
	while (cairn_reader_left(&r)) {
		uint8_t op = cairn_reader_u8(&r);

		if (op < 80) {
			op_add(&f, &r);
		} else if (op < 160) {
			op_get(&f);
		} else if (op < 190) {
			cairn_virtq_driver_publish(&f.d);
			(void)cairn_virtq_driver_must_kick(&f.d);
		} else if (op < 210) {
			(void)cairn_virtq_driver_enable_interrupts(&f.d);
			cairn_virtq_driver_disable_interrupts(&f.d);
		} else {
			uint16_t v = cairn_reader_u8(&r) & (op & 1 ? 0x1f : 0xff);
			uint32_t at = FUZZ_DEVICE + (cairn_reader_u8(&r) % 0x88 & ~1u);

			memcpy(host(&f, at), &v, 2);
		}
		check_free(&f);
	}
	fuzz_ram_fini(&f.ram);
	return 0;
}
