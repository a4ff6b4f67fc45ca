/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * parse.c - from bytes to checked requests. One table says what each request looks like; each kind
 * of body has one function.
 */
#include <cairn/vhost_user.h>

#include <string.h>

enum body {
	BODY_NONE,
	BODY_U64,
	BODY_STATE,
	BODY_ADDR,
	BODY_RING_FD,
	BODY_TABLE,
	BODY_REGION,
	BODY_GET_CONFIG,
	BODY_SET_CONFIG,
};

#define ANY_FDS 0xff /* the body's function looks at their number */

struct form {
	const char *name;
	enum body body;
	uint16_t size; /* exactly, or at least where at_least */
	bool at_least, has_reply;
	uint8_t n_fds;
};

#define FORM(request, ...) [CAIRN_VHOST_USER_##request] = { #request, __VA_ARGS__ }

static const struct form forms[] = {
	FORM(GET_FEATURES, BODY_NONE, .has_reply = true),
	FORM(SET_FEATURES, BODY_U64, 8),
	FORM(SET_OWNER, BODY_NONE),
	FORM(RESET_OWNER, BODY_NONE),
	FORM(SET_MEM_TABLE, BODY_TABLE, 8, .at_least = true, .n_fds = ANY_FDS),
	FORM(SET_VRING_NUM, BODY_STATE, 8),
	FORM(SET_VRING_ADDR, BODY_ADDR, 40),
	FORM(SET_VRING_BASE, BODY_STATE, 8),
	FORM(GET_VRING_BASE, BODY_STATE, 8, .has_reply = true),
	FORM(SET_VRING_KICK, BODY_RING_FD, 8, .n_fds = ANY_FDS),
	FORM(SET_VRING_CALL, BODY_RING_FD, 8, .n_fds = ANY_FDS),
	FORM(SET_VRING_ERR, BODY_RING_FD, 8, .n_fds = ANY_FDS),
	FORM(GET_PROTOCOL_FEATURES, BODY_NONE, .has_reply = true),
	FORM(SET_PROTOCOL_FEATURES, BODY_U64, 8),
	FORM(GET_QUEUE_NUM, BODY_NONE, .has_reply = true),
	FORM(SET_VRING_ENABLE, BODY_STATE, 8),
	FORM(SET_BACKEND_REQ_FD, BODY_NONE, .n_fds = 1),
	FORM(GET_CONFIG, BODY_GET_CONFIG, 12, .at_least = true, .has_reply = true),
	FORM(SET_CONFIG, BODY_SET_CONFIG, 12, .at_least = true),
	FORM(RESET_DEVICE, BODY_NONE),
	FORM(GET_MAX_MEM_SLOTS, BODY_NONE, .has_reply = true),
	FORM(ADD_MEM_REG, BODY_REGION, 40, .n_fds = 1),
	FORM(REM_MEM_REG, BODY_REGION, 40, .n_fds = ANY_FDS),
};

static const struct form *form_of(uint32_t request)
{
	if (request >= CAIRN_ARRAY_LEN(forms) || !forms[request].name)
		return NULL;
	return &forms[request];
}

const char *cairn_vhost_user_name(uint32_t request)
{
	const struct form *f = form_of(request);

	return f ? f->name : "unknown request";
}

bool cairn_vhost_user_has_reply(uint32_t request)
{
	const struct form *f = form_of(request);

	return f && f->has_reply;
}

int cairn_vhost_user_parse_header(const uint8_t *bytes, bool is_reply,
				  struct cairn_vhost_user_header *ret, struct cairn_err *err)
{
	uint32_t known = CAIRN_VHOST_USER_VERSION_MASK | CAIRN_VHOST_USER_REPLY |
			 (is_reply ? 0u : CAIRN_VHOST_USER_NEED_REPLY);
	struct cairn_vhost_user_header h;

	memcpy(&h, bytes, sizeof(h));
	if ((h.flags & CAIRN_VHOST_USER_VERSION_MASK) != CAIRN_VHOST_USER_VERSION)
		return cairn_err_set(err, EPROTO, "not version 1 of the protocol", h.flags);
	if (h.flags & ~known)
		return cairn_err_set(err, EPROTO, "unknown flags in a header", h.flags);
	if (!(h.flags & CAIRN_VHOST_USER_REPLY) == is_reply)
		return cairn_err_set(err, EPROTO, "a reply from the wrong side", h.flags);
	if (h.size > CAIRN_VHOST_USER_MAX_BODY)
		return cairn_err_set(err, EPROTO, "message too long", h.size);
	*ret = h;
	return 0;
}

/* gpa, uva and offset in the file all have to go on for len_bytes. */
static int check_region(const struct cairn_vhost_user_region *r, struct cairn_err *err)
{
	uint64_t end;

	if (!r->len_bytes)
		return cairn_err_set(err, EPROTO, "memory region of length 0", r->gpa);
	if (!cairn_add_u64(r->gpa, r->len_bytes, &end) ||
	    !cairn_add_u64(r->uva, r->len_bytes, &end) ||
	    !cairn_add_u64(r->fd_offset, r->len_bytes, &end))
		return cairn_err_set(err, EPROTO, "memory region wraps", r->gpa);
	return 0;
}

static int parse_table(const struct cairn_vhost_user_header *h, const uint8_t *body,
		       struct cairn_vhost_user_msg *m, struct cairn_err *err)
{
	const size_t each = sizeof(m->table.regions[0]);
	uint32_t n;

	memcpy(&n, body, sizeof(n));
	if (n > CAIRN_VHOST_USER_MAX_REGIONS)
		return cairn_err_set(err, EPROTO, "too many memory regions", n);
	if (h->size < 8 + n * each)
		return cairn_err_set(err, EPROTO, "memory table shorter than it says", h->size);
	if (m->n_fds != n)
		return cairn_err_set(err, EPROTO, "not one descriptor for each memory region",
				     m->n_fds);
	m->table.n = n;
	memcpy(m->table.regions, body + 8, n * each);
	for (uint32_t i = 0; i < n; i++) {
		int r = check_region(&m->table.regions[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_region(const uint8_t *body, struct cairn_vhost_user_msg *m, struct cairn_err *err)
{
	if (m->n_fds > 1)
		return cairn_err_set(err, EPROTO, "more than one descriptor", m->n_fds);
	memcpy(&m->region, body + 8, sizeof(m->region));
	return check_region(&m->region, err);
}

static int parse_ring_fd(const uint8_t *body, struct cairn_vhost_user_msg *m, struct cairn_err *err)
{
	uint64_t word;

	memcpy(&word, body, sizeof(word));
	if (word & ~(CAIRN_VHOST_USER_NO_FD | 0xff))
		return cairn_err_set(err, EPROTO, "unknown bits beside a ring's index", word);
	m->ring_fd.index = (uint8_t)word;
	m->ring_fd.has_fd = !(word & CAIRN_VHOST_USER_NO_FD);
	if (m->n_fds != (m->ring_fd.has_fd ? 1u : 0u))
		return cairn_err_set(err, EPROTO, "not the number of descriptors it says",
				     m->n_fds);
	return 0;
}

static int parse_config(const struct cairn_vhost_user_header *h, const uint8_t *body, bool is_set,
			struct cairn_vhost_user_msg *m, struct cairn_err *err)
{
	struct cairn_vhost_user_config c;

	memcpy(&c, body, sizeof(c));
	if (!c.len_bytes || !cairn_in_range(c.offset, c.len_bytes, CAIRN_VHOST_USER_MAX_CONFIG))
		return cairn_err_set(err, EPROTO, "configuration range", c.offset);
	m->config.offset = c.offset;
	m->config.len_bytes = c.len_bytes;
	if (!is_set)
		return 0;
	if (h->size < sizeof(c) + c.len_bytes)
		return cairn_err_set(err, EPROTO, "configuration shorter than it says", h->size);
	memcpy(m->config.bytes, body + sizeof(c), c.len_bytes);
	return 0;
}

static int parse_body(const struct form *f, const struct cairn_vhost_user_header *h,
		      const uint8_t *body, struct cairn_vhost_user_msg *m, struct cairn_err *err)
{
	switch (f->body) {
	case BODY_U64:
		memcpy(&m->u64, body, sizeof(m->u64));
		return 0;
	case BODY_STATE:
		memcpy(&m->state, body, sizeof(m->state));
		return 0;
	case BODY_ADDR:
		memcpy(&m->addr, body, sizeof(m->addr));
		return 0;
	case BODY_RING_FD:
		return parse_ring_fd(body, m, err);
	case BODY_TABLE:
		return parse_table(h, body, m, err);
	case BODY_REGION:
		return parse_region(body, m, err);
	case BODY_GET_CONFIG:
	case BODY_SET_CONFIG:
		return parse_config(h, body, f->body == BODY_SET_CONFIG, m, err);
	default:
		return 0;
	}
}

int cairn_vhost_user_parse(const struct cairn_vhost_user_header *h, const uint8_t *body,
			   unsigned int n_fds, struct cairn_vhost_user_msg *ret,
			   struct cairn_err *err)
{
	const struct form *f = form_of(h->request);
	struct cairn_vhost_user_msg m;
	int r;

	if (!f)
		return cairn_err_set(err, ENOSYS, "unknown request", h->request);
	if (f->at_least ? h->size < f->size : h->size != f->size)
		return cairn_err_set(err, EPROTO, "wrong size", h->size);
	if (f->n_fds != ANY_FDS && n_fds != f->n_fds)
		return cairn_err_set(err, EPROTO, "wrong number of descriptors", n_fds);
	memset(&m, 0, sizeof(m));
	m.request = (enum cairn_vhost_user_request)h->request;
	m.need_reply = h->flags & CAIRN_VHOST_USER_NEED_REPLY;
	m.n_fds = n_fds;
	r = parse_body(f, h, body, &m, err);
	if (r == 0)
		*ret = m;
	return r;
}
