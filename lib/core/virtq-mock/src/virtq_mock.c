/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Memory by a bump allocator; rings and tables stay inside one region, buffers need not. */
#include <cairn/virtq_mock.h>

int cairn_virtq_mock_ram_init(struct cairn_virtq_mock_ram *ram, void *bytes, size_t len,
			      size_t n_regions)
{
	size_t each;

	if (n_regions == 0 || n_regions > CAIRN_VIRTQ_MOCK_MAX_REGIONS || len == 0 ||
	    len % (n_regions * 4096))
		return -EINVAL;
	each = len / n_regions;
	*ram = (struct cairn_virtq_mock_ram){ .region_bytes = each };
	memset(bytes, 0, len);
	for (size_t i = 0; i < n_regions; i++)
		ram->regions[i] = (struct cairn_mem_region){
			.at = { CAIRN_VIRTQ_MOCK_BASE + i * each },
			.len_bytes = each,
			.host = (uint8_t *)bytes + (n_regions - 1 - i) * each,
		};
	return cairn_mem_init(&ram->mem, ram->regions, n_regions, NULL);
}

int cairn_virtq_mock_alloc(struct cairn_virtq_mock_ram *ram, uint64_t len, uint64_t align,
			   cairn_gpa *ret_at)
{
	uint64_t at;

	if (!cairn_align_up(ram->next, align, &at) ||
	    !cairn_in_range(at, len, ram->region_bytes * ram->mem.n_regions))
		return -ENOSPC;
	ram->next = at + len;
	ret_at->v = CAIRN_VIRTQ_MOCK_BASE + at;
	return 0;
}

/* Allocate inside one region, and say where that is in the host. */
static int alloc_whole(struct cairn_virtq_mock_ram *ram, uint64_t len, uint64_t align,
		       cairn_gpa *ret_at, void **ret_host)
{
	uint64_t room = ram->region_bytes - ram->next % ram->region_bytes;
	struct cairn_span span;
	int rc;

	if (room < len + align) /* the rest of this region is left unused */
		ram->next += room;
	rc = cairn_virtq_mock_alloc(ram, len, align, ret_at);
	if (rc < 0)
		return rc;
	if (cairn_mem_span(&ram->mem, *ret_at, len, CAIRN_PERM_RW, &span) < 0)
		return -ENOSPC; /* larger than a region */
	*ret_host = span.base;
	return 0;
}

int cairn_virtq_mock_init(struct cairn_virtq_mock *vq, struct cairn_virtq_mock_ram *ram,
			  uint16_t size, uint64_t features)
{
	struct cairn_virtq_driver_cfg cfg = { .size = size, .slots = vq->slots };
	int rc;

	if (size > CAIRN_VIRTQ_MOCK_MAX_SIZE || !cairn_is_pow2(size))
		return -EINVAL;
	cfg.features = features;
	*vq = (struct cairn_virtq_mock){ .ram = ram, .size = size, .features = features };
	rc = alloc_whole(ram, CAIRN_VIRTQ_DESC_BYTES(size), 16, &vq->desc_at, &cfg.desc);
	if (rc == 0)
		rc = alloc_whole(ram, CAIRN_VIRTQ_DRIVER_BYTES(size), 2, &vq->driver_at,
				 &cfg.driver);
	if (rc == 0)
		rc = alloc_whole(ram, CAIRN_VIRTQ_DEVICE_BYTES(size), 4, &vq->device_at,
				 &cfg.device);
	return rc < 0 ? rc : cairn_virtq_driver_init(&vq->driver, &cfg);
}

struct cairn_virtq_cfg cairn_virtq_mock_cfg(const struct cairn_virtq_mock *vq)
{
	return (struct cairn_virtq_cfg){ .mem = &vq->ram->mem,
					 .size = vq->size,
					 .desc = vq->desc_at,
					 .driver = vq->driver_at,
					 .device = vq->device_at,
					 .features = vq->features };
}

static int fill(struct cairn_virtq_mock_ram *ram, const struct cairn_virtq_mock_piece *p,
		struct cairn_virtq_buf *ret_buf)
{
	const uint8_t byte = CAIRN_VIRTQ_MOCK_FILL;
	cairn_gpa at;
	int rc = cairn_virtq_mock_alloc(ram, p->len, 8, &at);

	if (rc < 0)
		return rc;
	if (!p->writable)
		rc = cairn_mem_write(&ram->mem, at, p->bytes, p->len);
	for (uint32_t i = 0; rc == 0 && p->writable && i < p->len; i++)
		rc = cairn_mem_write(&ram->mem, cairn_gpa_of(at.v + i), &byte, 1);
	*ret_buf = (struct cairn_virtq_buf){ .at = at, .len = p->len, .writable = p->writable };
	return rc;
}

int cairn_virtq_mock_add(struct cairn_virtq_mock *vq, const struct cairn_virtq_mock_piece *pieces,
			 uint16_t n, bool indirect, uint16_t *ret_head)
{
	struct cairn_virtq_buf bufs[CAIRN_VIRTQ_MOCK_MAX_PIECES];
	struct cairn_virtq_table table = { .cap = n };
	uint16_t head;
	int rc = 0;

	if (n > CAIRN_VIRTQ_MOCK_MAX_PIECES)
		return -EINVAL;
	for (uint16_t i = 0; rc == 0 && i < n; i++)
		rc = fill(vq->ram, &pieces[i], &bufs[i]);
	if (rc == 0 && indirect)
		rc = alloc_whole(vq->ram, 16u * n, 16, &table.at, &table.host);
	if (rc == 0)
		rc = cairn_virtq_driver_add(&vq->driver, bufs, n, indirect ? &table : NULL, &head);
	if (rc < 0)
		return rc;
	memcpy(vq->bufs[head], bufs, n * sizeof(bufs[0]));
	vq->n_bufs[head] = n;
	*ret_head = head;
	return 0;
}

int cairn_virtq_mock_push(struct cairn_virtq_mock *vq, const struct cairn_virtq_mock_piece *pieces,
			  uint16_t n, uint16_t *ret_head)
{
	int rc = cairn_virtq_mock_add(vq, pieces, n, false, ret_head);

	if (rc < 0)
		return rc;
	cairn_virtq_driver_publish(&vq->driver);
	return 0;
}

int cairn_virtq_mock_collect(struct cairn_virtq_mock *vq, uint16_t *ret_head, uint32_t *ret_written)
{
	return cairn_virtq_driver_get(&vq->driver, ret_head, ret_written);
}

size_t cairn_virtq_mock_data(const struct cairn_virtq_mock *vq, uint16_t head, void *dst,
			     size_t cap)
{
	size_t done = 0;

	for (uint16_t i = 0; i < vq->n_bufs[head]; i++) {
		const struct cairn_virtq_buf *b = &vq->bufs[head][i];
		size_t part = (size_t)cairn_min_u64(b->len, cap - done);

		if (!b->writable)
			continue;
		if (cairn_mem_read(&vq->ram->mem, (uint8_t *)dst + done, b->at, part) < 0)
			break;
		done += part;
	}
	return done;
}

void cairn_virtq_mock_raw_desc(struct cairn_virtq_mock *vq, uint16_t i, uint64_t at, uint32_t len,
			       uint16_t flags, uint16_t next)
{
	uint8_t d[16];
	uint8_t *table = vq->driver.desc;

	cairn_le_store(d, 8, at);
	cairn_le_store(d + 8, 4, len);
	cairn_le_store(d + 12, 2, flags);
	cairn_le_store(d + 14, 2, next);
	cairn_copy_out(table + 16u * (i & (vq->size - 1)), d, sizeof(d));
}

void cairn_virtq_mock_raw_offer(struct cairn_virtq_mock *vq, uint16_t head)
{
	cairn_le16 *words = vq->driver.avail; /* flags, idx, ring[] */
	uint16_t idx = cairn_load_relaxed16(&words[1]);

	cairn_store_relaxed16(&words[2 + (idx & (vq->size - 1))], head);
	cairn_store_release16(&words[1], (uint16_t)(idx + 1));
}
