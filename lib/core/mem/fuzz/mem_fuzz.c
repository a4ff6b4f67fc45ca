/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Any map, any access: an access succeeds exactly when a plain walk over the regions says that all
 * of it is there, and the sanitizers watch that nothing else is touched.
 */
#include <stdlib.h>

#include <cairn/cursor.h>
#include <cairn/mem.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define N_REGIONS   6
#define REGION_SIZE 64

/* The reference: byte by byte. */
static bool all_there(const struct cairn_mem *m, uint64_t at, uint64_t len, uint32_t forbidden)
{
	for (uint64_t i = 0; i < len; i++) {
		bool found = false;

		if (at + i < at)
			return false;
		for (size_t k = 0; k < m->n_regions; k++) {
			const struct cairn_mem_region *r = &m->regions[k];

			found |= at + i >= r->at.v && at + i - r->at.v < r->len_bytes &&
				 !(r->flags & forbidden);
		}
		if (!found)
			return false;
	}
	return true;
}

static void one_access(const struct cairn_mem *m, struct cairn_reader *r)
{
	uint8_t buf[256] = { 0 };
	struct cairn_span spans[3];
	uint8_t op = cairn_reader_u8(r);
	uint64_t at = m->n_regions ? m->regions[op % m->n_regions].at.v : 0;
	size_t len = cairn_reader_u8(r), n = 0;
	bool reads, writes;
	int rc;

	at += (uint64_t)(int8_t)cairn_reader_u8(r);
	reads = all_there(m, at, len, CAIRN_MEM_LENT);
	writes = all_there(m, at, len, CAIRN_MEM_LENT | CAIRN_MEM_READ_ONLY);
	if ((cairn_mem_read(m, buf, cairn_gpa_of(at), len) == 0) != reads ||
	    (cairn_mem_write(m, cairn_gpa_of(at), buf, len) == 0) != writes ||
	    (cairn_mem_zero(m, cairn_gpa_of(at), len) == 0) != writes)
		abort();
	rc = cairn_mem_spans(m, cairn_gpa_of(at), len, CAIRN_PERM_RW, spans, 3, &n);
	if ((rc != -EFAULT) != writes || (rc == 0 && cairn_spans_bytes(spans, n) != len))
		abort();
	if (rc == 0 && cairn_spans_write(spans, n, op, buf, len) != (len > op ? len - op : 0u))
		abort();
	if (cairn_mem_span(m, cairn_gpa_of(at), len, CAIRN_PERM_READ, spans) == 0)
		cairn_copy_in(buf, spans[0].base, spans[0].len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_mem_region regions[N_REGIONS];
	uint8_t *host[N_REGIONS];
	struct cairn_mem m;
	struct cairn_reader r;
	uint64_t at = size & 1 ? 0 : UINT64_MAX - 300;
	size_t n;

	cairn_reader_init(&r, data, size);
	n = cairn_reader_u8(&r) % (N_REGIONS + 1);
	for (size_t i = 0; i < N_REGIONS; i++)
		host[i] = NULL;
	for (size_t i = 0; i < n; i++) {
		uint8_t len = cairn_reader_u8(&r) % REGION_SIZE, gap = cairn_reader_u8(&r);

		at += gap & 0xf;
		host[i] = malloc(len); /* exactly: the sanitizer guards both ends */
		regions[i] = (struct cairn_mem_region){
			.at = { at }, .len_bytes = len, .host = host[i], .flags = gap >> 6
		};
		if (host[i])
			memset(host[i], 0, len);
		at += len;
	}
	if (cairn_mem_init(&m, regions, n, NULL) == 0)
		while (cairn_reader_left(&r))
			one_access(&m, &r);
	for (size_t i = 0; i < N_REGIONS; i++)
		free(host[i]);
	return 0;
}
