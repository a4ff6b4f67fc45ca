/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* fault.c - requests wait in one of two lists: due (with rounds still to go in `tries` and how they
 * end in `stage`), or held. */
#include <cairn/block_fault.h>
#include <cairn/copy.h>

static struct cairn_block_fault *to_fault(struct cairn_block_engine *e)
{
	return cairn_container_of(e, struct cairn_block_fault, engine);
}

static void add(struct cairn_block_req **head, struct cairn_block_req **last,
		struct cairn_block_req *r)
{
	r->next = NULL;
	if (*head)
		(*last)->next = r;
	else
		*head = r;
	*last = r;
}

static void post(struct cairn_block_fault *f)
{
	if (f->posted || !f->due)
		return;
	f->posted = true;
	cairn_loop_post(f->engine.loop, &f->call);
}

static void make_due(struct cairn_block_fault *f, struct cairn_block_req *r, uint32_t rounds,
		     enum cairn_block_fault_mode how, int status)
{
	r->tries = rounds;
	r->stage = how;
	r->result = status;
	add(&f->due, &f->due_last, r);
	post(f);
}

static void fault_submit(struct cairn_block_engine *e, struct cairn_block_req *r)
{
	struct cairn_block_fault *f = to_fault(e);

	f->n_submitted++;
	switch (f->mode) {
	case CAIRN_BLOCK_FAULT_HOLD:
		f->n_held++;
		add(&f->held, &f->held_last, r);
		return;
	case CAIRN_BLOCK_FAULT_DELAY:
		make_due(f, r, f->arg, f->mode, 0);
		return;
	case CAIRN_BLOCK_FAULT_ERROR:
		make_due(f, r, 0, f->mode, -(int)f->arg);
		return;
	case CAIRN_BLOCK_FAULT_SHORT:
	case CAIRN_BLOCK_FAULT_NONE:
		make_due(f, r, 0, f->mode, 0);
		return;
	}
}

static void fault_commit(struct cairn_block_engine *e)
{
	to_fault(e)->n_commits++;
}

static void fault_cancel(struct cairn_block_engine *e, struct cairn_block_req *r)
{
	struct cairn_block_fault *f = to_fault(e);
	struct cairn_block_req **at = &f->held, *before = NULL;

	f->n_cancels++;
	while (f->can_cancel && *at && *at != r) {
		before = *at;
		at = &before->next;
	}
	if (!f->can_cancel || !*at)
		return;
	*at = r->next;
	if (f->held_last == r)
		f->held_last = before;
	f->n_held--;
	make_due(f, r, 0, CAIRN_BLOCK_FAULT_ERROR, -ECANCELED);
}

static int fault_bind(struct cairn_block_engine *e)
{
	return 0;
}

static void fault_unbind(struct cairn_block_engine *e)
{
}

static void fault_fini_op(struct cairn_block_engine *e)
{
	cairn_block_engine_fini(e);
}

static const struct cairn_block_engine_ops fault_ops = {
	.size = sizeof(fault_ops),
	.submit = fault_submit,
	.commit = fault_commit,
	.cancel = fault_cancel,
	.bind = fault_bind,
	.unbind = fault_unbind,
	.fini = fault_fini_op,
};

static void transfer(struct cairn_block_fault *f, const struct cairn_block_req *r, uint64_t bytes)
{
	uint8_t *at = f->bytes + r->offset;

	for (uint32_t i = 0; i < r->n_iov && bytes; i++) {
		size_t n = cairn_min_u64(r->iov[i].iov_len, bytes);

		if (r->op == CAIRN_BLOCK_READ)
			cairn_copy_out(r->iov[i].iov_base, at, n);
		else
			cairn_copy_in(at, r->iov[i].iov_base, n);
		at += n;
		bytes -= n;
	}
}

static int perform(struct cairn_block_fault *f, const struct cairn_block_req *r)
{
	bool is_short = r->stage == CAIRN_BLOCK_FAULT_SHORT;
	uint64_t bytes = is_short ? r->bytes / 2 : r->bytes;

	switch (r->op) {
	case CAIRN_BLOCK_READ:
	case CAIRN_BLOCK_WRITE:
		transfer(f, r, bytes);
		break;
	case CAIRN_BLOCK_FLUSH:
		f->n_flushes++;
		break;
	case CAIRN_BLOCK_DISCARD: /* undefined content: let nobody rely on it */
		memset(f->bytes + r->offset, 0xdd, bytes);
		break;
	case CAIRN_BLOCK_WRITE_ZEROES:
		memset(f->bytes + r->offset, 0, bytes);
		break;
	}
	return is_short ? -EIO : 0;
}

static void on_call(struct cairn_call *c)
{
	struct cairn_block_fault *f = cairn_container_of(c, struct cairn_block_fault, call);
	struct cairn_block_req *r = f->due, *next;

	f->posted = false;
	f->due = NULL;
	for (; r; r = next) {
		next = r->next;
		if (r->tries) {
			r->tries--;
			add(&f->due, &f->due_last, r);
			continue;
		}
		if (r->stage != CAIRN_BLOCK_FAULT_ERROR)
			r->result = perform(f, r);
		cairn_block_complete(&f->engine, r, r->result);
	}
	cairn_block_round_done(&f->engine);
	post(f);
}

int cairn_block_fault_init(struct cairn_block_fault *f, const struct cairn_disk_geometry *geometry,
			   uint8_t *bytes)
{
	memset(f, 0, sizeof(*f));
	f->bytes = bytes;
	f->can_cancel = true;
	f->call.fn = on_call;
	return cairn_block_engine_init(&f->engine, &fault_ops, "fault", NULL, geometry);
}

void cairn_block_fault_fini(struct cairn_block_fault *f)
{
	cairn_block_engine_free(&f->engine);
}

void cairn_block_fault_release(struct cairn_block_fault *f, uint32_t n)
{
	while (n-- && f->held) {
		struct cairn_block_req *r = f->held;

		f->held = r->next;
		f->n_held--;
		make_due(f, r, 0, CAIRN_BLOCK_FAULT_NONE, 0);
	}
}

void cairn_block_fault_resize(struct cairn_block_fault *f, uint64_t size_bytes)
{
	f->engine.geometry.size_bytes = size_bytes;
}
