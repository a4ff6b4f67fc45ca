/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A hostile driver against the device's end. The input is a list of operations: write descriptors,
 * offers or any bytes, and call any function of the queue. What pop gives must lie in memory, its
 * sums must be right, and a device that behaves must never be refused.
 *
 * Built a second time with FUZZ_HOSTILE_THREAD: another thread then writes the input over the same
 * memory all the while, so that whatever is read twice is seen twice.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "fuzz_ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE       32
#define MAX_PIECES 40
#define MAX_OPS    4096

struct taken {
	struct cairn_span spans[MAX_PIECES];
	struct cairn_virtq_chain chain;
};

struct fuzz {
	struct fuzz_ram ram;
	struct cairn_virtq_cfg cfg;
	struct cairn_virtq q;
	struct taken out[SIZE]; /* chains popped, oldest first */
	size_t n_out;
};

static void check_chain(const struct fuzz *f, const struct cairn_virtq_chain *c)
{
	struct cairn_mem *mem = (struct cairn_mem *)&f->ram.mem;
	size_t n = (size_t)c->n_read + c->n_write;

	if (n > c->cap || c->head_ >= SIZE ||
	    cairn_spans_bytes(c->spans, c->n_read) != c->read_bytes ||
	    cairn_spans_bytes(c->spans + c->n_read, c->n_write) != c->write_bytes)
		abort();
	for (size_t i = 0; i < n; i++) {
		const struct cairn_span *s = &c->spans[i];
		struct cairn_span again;

		fuzz_must(cairn_mem_span(mem, s->at, s->len, CAIRN_PERM_RW, &again));
		if (again.base != s->base)
			abort();
	}
}

static void op_pop(struct fuzz *f, bool peek)
{
	struct taken *t, spare = { 0 };
	int rc;

	t = f->n_out < SIZE ? &f->out[f->n_out] : &spare;
	t->chain = (struct cairn_virtq_chain){ .spans = t->spans, .cap = MAX_PIECES };
	rc = peek ? cairn_virtq_peek(&f->q, &t->chain) : cairn_virtq_pop(&f->q, &t->chain);
	if (rc < 0 && !cairn_virtq_is_broken(&f->q))
		abort();
	if (rc != 1)
		return;
	check_chain(f, &t->chain);
	if (peek)
		return;
	if (f->n_out == SIZE)
		abort(); /* more chains out than the queue has entries */
	f->n_out++;
}

static void op_put(struct fuzz *f, uint8_t pick)
{
	struct taken *t;
	uint8_t bytes[256] = { 0 };
	size_t i, n;

	if (!f->n_out)
		return;
	i = pick % f->n_out;
	t = &f->out[i];
	n = cairn_spans_write(t->spans + t->chain.n_read, t->chain.n_write, 0, bytes, pick);
	if (cairn_virtq_put(&f->q, &t->chain, (uint32_t)n) < 0 && !cairn_virtq_is_broken(&f->q))
		abort();
	for (f->n_out--; i < f->n_out; i++) {
		f->out[i] = f->out[i + 1];
		f->out[i].chain.spans = f->out[i].spans;
	}
}

static void op_restart(struct fuzz *f)
{
	f->cfg.pos = cairn_virtq_pos(&f->q);
	if (cairn_virtq_is_broken(&f->q)) {
		fuzz_must(
		    cairn_virtq_read_used(&f->ram.mem, f->cfg.device, SIZE, &f->cfg.pos.used));
		f->cfg.pos.avail = f->cfg.pos.used;
		f->n_out = 0;
	}
	fuzz_must(cairn_virtq_init(&f->q, &f->cfg));
}

static void op_write(struct fuzz *f, struct cairn_reader *r)
{
	uint16_t at = cairn_reader_le16(r) % FUZZ_BYTES;
	uint16_t v = cairn_reader_le16(r);

	(void)cairn_mem_write(&f->ram.mem, cairn_gpa_of(FUZZ_BASE + at), &v, sizeof(v));
}

static void op_offer(struct fuzz *f, uint8_t head)
{
	uint8_t words[2];
	uint16_t idx;

	fuzz_must(cairn_mem_read(&f->ram.mem, words, cairn_gpa_of(FUZZ_DRIVER + 2), 2));
	idx = (uint16_t)cairn_le_load(words, 2);
	cairn_le_store(words, 2, head % (SIZE + 1));
	fuzz_must(cairn_mem_write(&f->ram.mem, cairn_gpa_of(FUZZ_DRIVER + 4u + idx % SIZE * 2u),
				  words, 2));
	cairn_le_store(words, 2, idx + 1u);
	fuzz_must(cairn_mem_write(&f->ram.mem, cairn_gpa_of(FUZZ_DRIVER + 2), words, 2));
}

static void one_op(struct fuzz *f, struct cairn_reader *r)
{
	uint8_t op = cairn_reader_u8(r), arg = op >> 4;

	switch (op & 0xf) {
	case 0:
	case 1:
	case 2:
		fuzz_desc(&f->ram, r);
		break;
	case 3:
	case 4:
		op_offer(f, cairn_reader_u8(r));
		break;
	case 5:
	case 6:
		op_pop(f, false);
		break;
	case 7:
		op_pop(f, true);
		break;
	case 8:
	case 9:
		op_put(f, cairn_reader_u8(r));
		break;
	case 10:
		if (f->n_out && cairn_virtq_unpop(&f->q, &f->out[f->n_out - 1].chain) == 0)
			f->n_out--;
		break;
	case 11:
		cairn_virtq_publish(&f->q);
		(void)cairn_virtq_must_signal(&f->q);
		break;
	case 12:
		if (arg & 1)
			(void)cairn_virtq_enable_kicks(&f->q);
		else
			cairn_virtq_disable_kicks(&f->q);
		break;
	case 13:
		if (cairn_virtq_available(&f->q) > SIZE)
			abort();
		break;
	case 14:
		op_restart(f);
		break;
	default:
		op_write(f, r);
	}
}

#ifdef FUZZ_HOSTILE_THREAD
static struct hostile {
	const struct fuzz_ram *ram;
	const uint8_t *data;
	size_t size;
	atomic_bool stop;
} hostile;

static void *hostile_main(void *ctx)
{
	struct hostile *h = ctx;

	for (size_t i = 0; !atomic_load(&h->stop); i++) {
		uint8_t v = h->data[i % h->size];
		/* mostly the rings, sometimes anywhere */
		uint64_t at = (i * 13 + v) % (i % 8 ? 0x700 : FUZZ_BYTES);

		(void)cairn_mem_write(&h->ram->mem, cairn_gpa_of(FUZZ_BASE + at), &v, 1);
	}
	return NULL;
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz f;
	struct cairn_reader r;

	if (size < 2)
		return 0;
	cairn_reader_init(&r, data, size);
	fuzz_ram_init(&f.ram);
	f.n_out = 0;
	f.cfg = (struct cairn_virtq_cfg){ .mem = &f.ram.mem,
					  .size = SIZE,
					  .desc = { FUZZ_DESC },
					  .driver = { FUZZ_DRIVER },
					  .device = { FUZZ_DEVICE } };
	f.cfg.features = (uint64_t)(cairn_reader_u8(&r) & 3) << 28;
	fuzz_must(cairn_virtq_init(&f.q, &f.cfg));
#ifdef FUZZ_HOSTILE_THREAD
	pthread_t thread;

	hostile.ram = &f.ram;
	hostile.data = data;
	hostile.size = size;
	atomic_store(&hostile.stop, false);
	if (pthread_create(&thread, NULL, hostile_main, &hostile))
		abort();
#endif
	for (int i = 0; i < MAX_OPS && cairn_reader_left(&r); i++)
		one_op(&f, &r);
#ifdef FUZZ_HOSTILE_THREAD
	atomic_store(&hostile.stop, true);
	pthread_join(thread, NULL);
#endif
	fuzz_ram_fini(&f.ram);
	return 0;
}
