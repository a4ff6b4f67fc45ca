/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Authenticode, "Calculating the PE Image Hash": the headers without two fields, the sections in
 * the order of the file, and what is left behind as many bytes, up to the signatures. So all that a
 * loader takes of the file is in it.
 */
#include <cairn/authenticode.h>

#define CHECKSUM_BYTES    4u
#define CERTS_ENTRY_BYTES 8u

static void add_headers(struct cairn_hash *h, const uint8_t *file, const struct cairn_pe *pe)
{
	uint32_t at = pe->checksum_at + CHECKSUM_BYTES;

	cairn_hash_update(h, file, pe->checksum_at);
	if (pe->certs_entry_at) {
		cairn_hash_update(h, file + at, pe->certs_entry_at - at);
		at = pe->certs_entry_at + CERTS_ENTRY_BYTES;
	}
	cairn_hash_update(h, file + at, pe->headers_bytes - at);
}

static bool is_before(const struct cairn_pe *pe, uint32_t a, uint32_t b)
{
	const struct cairn_pe_section *s = pe->sections;

	if (s[a].file_off != s[b].file_off)
		return s[a].file_off < s[b].file_off;
	return a < b;
}

/* The section that follows `last` in the file; n_sections: there is none. */
static uint32_t next_section(const struct cairn_pe *pe, uint32_t last)
{
	uint32_t found = pe->n_sections;

	for (uint32_t i = 0; i < pe->n_sections; i++) {
		if (last < pe->n_sections && !is_before(pe, last, i))
			continue;
		if (found == pe->n_sections || is_before(pe, i, found))
			found = i;
	}
	return found;
}

int cairn_authenticode_digest(enum cairn_hash_kind kind, const void *file, size_t n,
			      const struct cairn_pe *pe, uint8_t *ret_digest, struct cairn_err *err)
{
	uint64_t end = pe->certs_len ? pe->certs_at : n, done = pe->headers_bytes;
	const uint8_t *bytes = file;
	struct cairn_hash h;

	if (pe->certs_len && (uint64_t)pe->certs_at + pe->certs_len != n)
		return cairn_err_set(err, EPROTO, "PE signatures that are not at the file's end",
				     pe->certs_at);
	for (uint32_t i = 0; i < pe->n_sections; i++)
		done += pe->sections[i].raw_bytes;
	if (done > end)
		return cairn_err_set(err, EPROTO, "PE sections longer than their file", done);
	cairn_hash_init(&h, kind);
	add_headers(&h, bytes, pe);
	for (uint32_t i = next_section(pe, pe->n_sections); i < pe->n_sections;
	     i = next_section(pe, i))
		cairn_hash_update(&h, bytes + pe->sections[i].file_off, pe->sections[i].raw_bytes);
	cairn_hash_update(&h, bytes + done, end - done);
	cairn_hash_final(&h, ret_digest);
	return 0;
}
