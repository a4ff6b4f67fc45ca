/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Chains of every shape, chains written past the driver, guest memory rewritten, a source that
 * fails at times. The source is never asked for more than a chain's share, and every stop ends.
 */
#include <errno.h>
#include <string.h>

#include <cairn/virtio_rig_fuzz.h>
#include <cairn/virtio_rng.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cairn_virtio_rig rig;
static uint8_t bytes[65536];
static bool source_fails;

static int fill(void *ctx, void *dst, size_t len)
{
	cairn_virtio_rig_fuzz_must(len <= CAIRN_VIRTIO_RNG_CHAIN_BYTES);
	memset(dst, 0x42, len);
	return source_fails ? -EIO : (int)len;
}

static void op(struct cairn_reader *r)
{
	uint8_t b = cairn_reader_u8(r);

	switch (b % 8) {
	case 0:
	case 1:
	case 2:
		cairn_virtio_rig_fuzz_push(&rig, r, 0, true, bytes);
		break;
	case 3:
		cairn_virtio_rig_fuzz_raw(&rig, r, 0);
		break;
	case 4:
		cairn_virtio_rig_fuzz_poke(&rig, r);
		break;
	case 5:
		source_fails = (b & 0x78) == 0x78;
		break;
	case 6:
		cairn_virtio_rig_fuzz_turn(&rig, b >> 4 & 7);
		break;
	case 7:
		cairn_virtio_rig_fuzz_stop(&rig, 0, b & 8 ? CAIRN_VQ_CANCEL : CAIRN_VQ_DRAIN);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_virtio_rng_cfg cfg = { .fill = fill };
	struct cairn_virtio_rng *rng;
	struct cairn_reader r;

	source_fails = false;
	cairn_reader_init(&r, data, size);
	cairn_virtio_rig_fuzz_must(cairn_virtio_rig_open(&rig, CAIRN_VIRTIO_RIG_FUZZ_RAM,
							 cairn_reader_u8(&r) & 1 ? 4 : 1) == 0);
	cfg.home = rig.loop;
	cairn_virtio_rig_fuzz_must(cairn_virtio_rng_new(&cfg, &rng, NULL) == 0);
	cairn_virtio_rig_fuzz_must(cairn_virtio_rig_attach(&rig, cairn_virtio_rng_vdev(rng),
							   cairn_virtio_rng_vdev(rng)->features) ==
				   0);
	cairn_virtio_rig_fuzz_must(cairn_virtio_rig_start(&rig, 0, CAIRN_VIRTIO_RIG_FUZZ_RING) ==
				   0);
	for (int i = 0; cairn_reader_left(&r) && i < 64; i++)
		op(&r);
	cairn_virtio_rig_fuzz_turn(&rig, 1);
	cairn_virtio_rig_fuzz_must(cairn_virtio_rig_detach(&rig) == 0);
	cairn_virtio_rng_free(rng);
	cairn_virtio_rig_close(&rig);
	return 0;
}
