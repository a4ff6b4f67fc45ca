/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "fake_tpm.h"

#include <stdlib.h>
#include <string.h>

#include <cairn/le.h>

#include "arch_test.h"

enum {
	LOC_CTRL = 0x08,
	LOC_STS = 0x0c,
	INTF_ID = 0x30,
	CTRL_REQ = 0x40,
	CTRL_STS = 0x44,
	CTRL_CANCEL = 0x48,
	CTRL_START = 0x4c,
	SIZE = 0x58,
	LOW = 0x5c,
	RSP_SIZE = 0x64,
	RSP_LOW = 0x68,
	BUFFER = 0x80,
	RC_RETRY = 0x922,
};

static struct fake_tpm *tpm;

struct answer {
	uint8_t *at; /* behind the header */
	uint32_t n;
};

static uint32_t be(const uint8_t *p, uint32_t n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static void put(struct answer *a, uint32_t n, uint32_t v)
{
	while (n--)
		a->at[a->n++] = (uint8_t)(v >> 8 * n);
}

void fake_tpm_extend(struct fake_tpm *t, uint32_t pcr, const struct cairn_tpm_digests *d)
{
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++) {
		uint32_t size = cairn_hash_size((enum cairn_hash_kind)i);
		struct cairn_hash h;

		if (!(t->active & d->kinds & 1u << i))
			continue;
		cairn_hash_init(&h, (enum cairn_hash_kind)i);
		cairn_hash_update(&h, t->pcr[i][pcr], size);
		cairn_hash_update(&h, d->v[i], size);
		cairn_hash_final(&h, t->pcr[i][pcr]);
	}
}

static uint32_t pcr_extend(const uint8_t *c)
{
	struct cairn_tpm_digests d = { 0 };
	uint32_t n = be(c + 27, 4);

	c += 31;
	while (n--) {
		enum cairn_hash_kind kind;

		if (cairn_tpm_kind((uint16_t)be(c, 2), &kind) < 0)
			return 0x2c3;
		memcpy(d.v[kind], c + 2, cairn_hash_size(kind));
		d.kinds |= 1u << kind;
		c += 2 + cairn_hash_size(kind);
	}
	fake_tpm_extend(tpm, be(tpm->page + BUFFER + 10, 4), &d);
	return 0;
}

static uint32_t pcr_event(const uint8_t *c)
{
	struct cairn_tpm_digests d;

	cairn_tpm_digest(tpm->active, c + 29, be(c + 27, 2), &d);
	fake_tpm_extend(tpm, be(c + 10, 4), &d);
	tpm->n_capped++;
	return 0;
}

static void put_selection(struct answer *a, uint32_t alg, bool is_active)
{
	put(a, 2, alg);
	put(a, 1, 3);
	put(a, 3, is_active ? 0xffffff : 0);
}

static uint32_t get_capability(const uint8_t *c, struct answer *a)
{
	uint32_t property = be(c + 14, 4);

	put(a, 1, 0);
	put(a, 4, be(c + 10, 4));
	if (be(c + 10, 4) == 6) {
		put(a, 4, 1);
		put(a, 4, property);
		put(a, 4, property == CAIRN_TPM_MANUFACTURER ? 0x46414b45 : 2048);
		return 0;
	}
	put(a, 4, (uint32_t)__builtin_popcount(tpm->supported) + tpm->has_unknown);
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++)
		if (tpm->supported >> i & 1)
			put_selection(a, cairn_tpm_alg((enum cairn_hash_kind)i),
				      tpm->active >> i & 1);
	if (tpm->has_unknown)
		put_selection(a, 0x12, true);
	return 0;
}

static uint32_t pcr_read(const uint8_t *c, struct answer *a)
{
	enum cairn_hash_kind kind;
	uint32_t pcr = 0, bits = be(c + 19, 1) << 16 | be(c + 18, 1) << 8 | be(c + 17, 1), size;

	if (cairn_tpm_kind((uint16_t)be(c + 14, 2), &kind) < 0)
		return 0x2c3;
	while (!(bits >> pcr & 1))
		pcr++;
	size = cairn_hash_size(kind);
	put(a, 4, 1);
	put(a, 4, 1);
	put(a, 2, be(c + 14, 2));
	put(a, 1, 3);
	memcpy(a->at + a->n, c + 17, 3);
	a->n += 3;
	put(a, 4, 1);
	put(a, 2, size);
	memcpy(a->at + a->n, tpm->pcr[kind][pcr], size);
	a->n += size;
	return 0;
}

static uint32_t execute(uint32_t code, const uint8_t *c, struct answer *a)
{
	switch (code) {
	case 0x144:
		if (tpm->is_started)
			return CAIRN_TPM_RC_INITIALIZE;
		tpm->is_started = true;
		return 0;
	case 0x17a:
		return get_capability(c, a);
	case 0x17b:
		put(a, 2, be(c + 10, 2));
		memset(a->at + a->n, 0x5a, be(c + 10, 2));
		a->n += be(c + 10, 2);
		return 0;
	case 0x17e:
		return pcr_read(c, a);
	case 0x182:
		return pcr_extend(c);
	case 0x13c:
		return pcr_event(c);
	case 0x129:
		tpm->auth_bytes = be(c + 27, 2);
		return 0;
	default:
		return 0x143;
	}
}

static void answer(uint32_t rc, const struct answer *a, uint32_t size)
{
	struct answer head = { tpm->page + BUFFER, 0 };

	put(&head, 2, 0x8001);
	put(&head, 4, size);
	put(&head, 4, rc);
	memcpy(tpm->page + BUFFER + 10, a->at, a->n);
}

static bool has_fault(uint32_t code)
{
	return tpm->fault != FAKE_TPM_WELL && (tpm->on == code || tpm->on == FAKE_TPM_ANY);
}

/* The command stays unanswered where this returns false. */
static bool fail(struct answer *a)
{
	switch (tpm->fault) {
	case FAKE_TPM_FATAL:
		tpm->page[CTRL_STS] = 1;
		return true;
	case FAKE_TPM_REFUSES:
		answer(tpm->rc, a, 10);
		return true;
	case FAKE_TPM_IS_BUSY:
		answer(RC_RETRY, a, 10);
		if (--tpm->busy == 0)
			tpm->fault = FAKE_TPM_WELL;
		return true;
	case FAKE_TPM_SAYS_LESS:
		answer(0, a, 9);
		return true;
	case FAKE_TPM_SAYS_MORE:
		answer(0, a, 0xffffffff);
		return true;
	case FAKE_TPM_SAYS_SO:
		memcpy(tpm->page + BUFFER, tpm->said, tpm->n_said);
		return true;
	default:
		return false;
	}
}

static void start(void)
{
	uint8_t body[512];
	struct answer a = { body, 0 };
	uint32_t code = be(tpm->page + BUFFER + 6, 4), rc;
	bool is_wrong = has_fault(code);

	tpm->n_commands++;
	if (!tpm->is_ready)
		abort();
	if (!is_wrong || tpm->fault == FAKE_TPM_CUTS) {
		rc = tpm->is_started || code == 0x144 ? execute(code, tpm->page + BUFFER, &a)
						      : CAIRN_TPM_RC_INITIALIZE;
		a.n -= is_wrong && a.n;
		answer(rc, &a, 10 + a.n);
	} else if (!fail(&a)) {
		tpm->page[CTRL_START] = 1;
	}
	if (is_wrong && tpm->is_once)
		tpm->on = 0;
}

static void control(uint32_t reg, uint32_t value)
{
	if (reg == LOC_CTRL && value == 1)
		tpm->is_granted = !tpm->never_granted;
	if (reg == LOC_CTRL && value == 2)
		tpm->is_granted = false;
	if (reg == CTRL_REQ && value == 1)
		tpm->is_ready = !tpm->never_ready;
	if (reg == CTRL_REQ && value == 2)
		tpm->is_ready = false;
	if (reg == CTRL_REQ)
		tpm->page[CTRL_REQ] = value == 1 && tpm->never_ready;
	if (reg == CTRL_CANCEL && value == 1 && tpm->fault == FAKE_TPM_HANGS)
		tpm->page[CTRL_START] = 0;
	tpm->page[LOC_STS] = tpm->is_granted;
	if (reg == CTRL_START && value == 1)
		start();
}

static uint32_t reg_of(uint64_t at, uint32_t width)
{
	if (at < FAKE_TPM_AT || at - FAKE_TPM_AT + width > sizeof(tpm->page))
		abort();
	return (uint32_t)(at - FAKE_TPM_AT);
}

static uint32_t mmio_read(uint64_t at, uint32_t width)
{
	return (uint32_t)cairn_le_load(tpm->page + reg_of(at, width), width);
}

static void mmio_write(uint64_t at, uint32_t width, uint32_t value)
{
	uint32_t reg = reg_of(at, width);

	if (reg >= BUFFER)
		cairn_le_store(tpm->page + reg, width, value);
	else
		control(reg, value);
}

void fake_tpm_open(struct fake_tpm *t, struct fw_platform *p)
{
	*t = (struct fake_tpm){ .supported = 15,
				.active =
				    1u << CAIRN_SHA1 | 1u << CAIRN_SHA256 | 1u << CAIRN_SHA384 };
	t->page[INTF_ID] = 1;
	for (uint32_t reg = SIZE; reg <= RSP_SIZE; reg += RSP_SIZE - SIZE)
		cairn_le_store(t->page + reg, 4, sizeof(t->page) - BUFFER);
	for (uint32_t reg = LOW; reg <= RSP_LOW; reg += RSP_LOW - LOW)
		cairn_le_store(t->page + reg, 4, FAKE_TPM_AT + BUFFER);
	tpm = t;
	test_mmio_read = mmio_read;
	test_mmio_write = mmio_write;
	p->tpm.method = 7;
	p->tpm.control_at = FAKE_TPM_AT + CTRL_REQ;
}
