/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/cursor.h>
#include <cairn/le.h>
#include <cairn/tpm_log.h>

enum {
	SHA1_BYTES = 20,
	OLD_HEADER = 32,    /* PCR, type, SHA-1 digest, size of the data */
	SPEC_ID_FIXED = 29, /* signature, class, version, size of UINTN, number of hashes, vendor */
	EVENT_FIXED = 16,   /* PCR, type, number of digests, size of the data */
	UINTN_BYTES = 8,
	/* Of the profile 1.05, 10.4.5.1: */
	MINOR = 0,
	MAJOR = 2,
	ERRATA = 105,
};

static const char signature[16] = "Spec ID Event03";

static uint32_t count_of(cairn_tpm_kinds kinds)
{
	uint32_t n = 0;

	for (; kinds; kinds &= kinds - 1)
		n++;
	return n;
}

static bool has(cairn_tpm_kinds kinds, uint32_t kind)
{
	return kinds >> kind & 1;
}

static void write_spec_id(struct cairn_writer *w, cairn_tpm_kinds kinds)
{
	cairn_writer_le32(w, 0);
	cairn_writer_le32(w, CAIRN_EV_NO_ACTION);
	cairn_writer_fill(w, 0, SHA1_BYTES);
	cairn_writer_le32(w, SPEC_ID_FIXED + 4 * count_of(kinds));
	cairn_writer_bytes(w, signature, sizeof(signature));
	cairn_writer_le32(w, 0); /* a client, not a server */
	cairn_writer_u8(w, MINOR);
	cairn_writer_u8(w, MAJOR);
	cairn_writer_u8(w, ERRATA);
	cairn_writer_u8(w, UINTN_BYTES / 4);
	cairn_writer_le32(w, count_of(kinds));
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++) {
		if (!has(kinds, i))
			continue;
		cairn_writer_le16(w, cairn_tpm_alg((enum cairn_hash_kind)i));
		cairn_writer_le16(w, (uint16_t)cairn_hash_size((enum cairn_hash_kind)i));
	}
	cairn_writer_u8(w, 0); /* nothing of the vendor's */
}

int cairn_tpm_log_init(struct cairn_tpm_log *log, void *bytes, size_t cap, cairn_tpm_kinds kinds)
{
	struct cairn_writer w;

	cairn_writer_init(&w, bytes, cap);
	write_spec_id(&w, kinds);
	if (!cairn_writer_is_whole(&w))
		return -ENOSPC;
	*log = (struct cairn_tpm_log){ .bytes = bytes, .cap = cap, .used = w.need, .kinds = kinds };
	return 0;
}

/* The hashes that the first event names, each once and of its right size. */
static int read_kinds(struct cairn_reader *r, cairn_tpm_kinds *ret_kinds)
{
	cairn_tpm_kinds kinds = 0;
	uint32_t n = cairn_reader_le32(r);

	if (n == 0 || n > CAIRN_TPM_KINDS)
		return n ? -ENOTSUP : -EPROTO;
	for (uint32_t i = 0; i < n; i++) {
		uint16_t alg = cairn_reader_le16(r), size = cairn_reader_le16(r);
		enum cairn_hash_kind kind;

		if (r->failed)
			return -EPROTO;
		if (cairn_tpm_kind(alg, &kind) < 0)
			return -ENOTSUP;
		if (has(kinds, kind) || size != cairn_hash_size(kind))
			return -EPROTO;
		kinds |= 1u << kind;
	}
	*ret_kinds = kinds;
	return 0;
}

static int read_spec_id(struct cairn_reader *r, cairn_tpm_kinds *ret_kinds)
{
	uint32_t pcr = cairn_reader_le32(r), type = cairn_reader_le32(r), size;
	char name[sizeof(signature)];
	size_t start;
	int ret;

	cairn_reader_skip(r, SHA1_BYTES);
	size = cairn_reader_le32(r);
	start = r->at;
	cairn_reader_bytes(r, name, sizeof(name));
	cairn_reader_skip(r, 8); /* class, version, size of UINTN */
	if (r->failed || pcr != 0 || type != CAIRN_EV_NO_ACTION ||
	    memcmp(name, signature, sizeof(name)) != 0)
		return -EPROTO;
	ret = read_kinds(r, ret_kinds);
	if (ret < 0)
		return ret;
	cairn_reader_skip(r, cairn_reader_u8(r));
	return r->failed || r->at - start != size ? -EPROTO : 0;
}

static int read_digests(struct cairn_reader *r, cairn_tpm_kinds kinds, uint32_t n,
			struct cairn_tpm_digests *ret)
{
	ret->kinds = 0;
	if (n != count_of(kinds))
		return -EPROTO;
	for (uint32_t i = 0; i < n; i++) {
		enum cairn_hash_kind kind;

		if (cairn_tpm_kind(cairn_reader_le16(r), &kind) < 0 || !has(kinds, kind) ||
		    has(ret->kinds, kind))
			return -EPROTO;
		cairn_reader_bytes(r, ret->v[kind], cairn_hash_size(kind));
		ret->kinds |= 1u << kind;
	}
	return 0;
}

/* Returns 1; 0: the end, or a record of zeroes; -EPROTO. */
static int read_event(struct cairn_reader *r, cairn_tpm_kinds kinds, struct cairn_tpm_event *ret)
{
	uint32_t n_digests;

	if (cairn_reader_left(r) < EVENT_FIXED)
		return 0;
	ret->pcr = cairn_reader_le32(r);
	ret->type = cairn_reader_le32(r);
	n_digests = cairn_reader_le32(r);
	if (ret->pcr == 0 && ret->type == 0 && n_digests == 0)
		return 0;
	if (ret->pcr >= CAIRN_TPM_PCRS || read_digests(r, kinds, n_digests, &ret->digests) < 0)
		return -EPROTO;
	ret->n = cairn_reader_le32(r);
	ret->data = r->buf + r->at;
	cairn_reader_skip(r, ret->n);
	return r->failed ? -EPROTO : 1;
}

int cairn_tpm_log_adopt(struct cairn_tpm_log *log, void *bytes, size_t cap)
{
	struct cairn_tpm_log found = { .bytes = bytes, .cap = cap };
	struct cairn_tpm_event event;
	struct cairn_reader r;
	int ret;

	cairn_reader_init(&r, bytes, cap);
	ret = read_spec_id(&r, &found.kinds);
	if (ret < 0)
		return ret;
	found.used = r.at;
	while ((ret = read_event(&r, found.kinds, &event)) > 0) {
		found.last = found.used;
		found.used = r.at;
	}
	if (ret < 0)
		return ret;
	*log = found;
	return 0;
}

size_t cairn_tpm_event_size(cairn_tpm_kinds kinds, size_t n)
{
	size_t size = EVENT_FIXED + n;

	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++)
		if (has(kinds, i))
			size += 2 + cairn_hash_size((enum cairn_hash_kind)i);
	return size;
}

void cairn_tpm_event_write(uint8_t *dst, uint32_t pcr, uint32_t type,
			   const struct cairn_tpm_digests *digests, const void *data, size_t n)
{
	struct cairn_writer w;

	cairn_writer_init(&w, dst, cairn_tpm_event_size(digests->kinds, n));
	cairn_writer_le32(&w, pcr);
	cairn_writer_le32(&w, type);
	cairn_writer_le32(&w, count_of(digests->kinds));
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++) {
		if (!has(digests->kinds, i))
			continue;
		cairn_writer_le16(&w, cairn_tpm_alg((enum cairn_hash_kind)i));
		cairn_writer_bytes(&w, digests->v[i], cairn_hash_size((enum cairn_hash_kind)i));
	}
	cairn_writer_le32(&w, (uint32_t)n);
	cairn_writer_bytes(&w, data, n);
}

int cairn_tpm_log_append(struct cairn_tpm_log *log, uint32_t pcr, uint32_t type,
			 const struct cairn_tpm_digests *digests, const void *data, size_t n)
{
	size_t left = log->cap - log->used, fixed = cairn_tpm_event_size(log->kinds, 0);

	if (left < fixed || left - fixed < n)
		return -ENOSPC;
	cairn_tpm_event_write(log->bytes + log->used, pcr, type, digests, data, n);
	log->last = log->used;
	log->used += fixed + n;
	return 0;
}

int cairn_tpm_log_next(const struct cairn_tpm_log *log, size_t *at, struct cairn_tpm_event *ret)
{
	struct cairn_reader r;
	int got;

	cairn_reader_init(&r, log->bytes, log->used);
	if (*at == 0) {
		cairn_reader_skip(&r, OLD_HEADER - 4);
		*at = OLD_HEADER + cairn_reader_le32(&r);
		r.at = 0;
	}
	cairn_reader_skip(&r, *at - r.at);
	got = read_event(&r, log->kinds, ret);
	if (got <= 0)
		return 0;
	*at = r.at;
	return 1;
}

void cairn_tpm_log_replay(const struct cairn_tpm_log *log, enum cairn_hash_kind kind, uint32_t pcr,
			  uint8_t *ret_value)
{
	uint32_t size = cairn_hash_size(kind);
	struct cairn_tpm_event event;
	struct cairn_hash h;
	size_t at = 0;

	memset(ret_value, 0, size);
	while (cairn_tpm_log_next(log, &at, &event) > 0) {
		if (event.pcr != pcr || event.type == CAIRN_EV_NO_ACTION)
			continue;
		cairn_hash_init(&h, kind);
		cairn_hash_update(&h, ret_value, size);
		cairn_hash_update(&h, event.digests.v[kind], size);
		cairn_hash_final(&h, ret_value);
	}
}
